"""Threads, and what was chosen on this machine: the same for the compiled kernels and for NumPy."""

import operator
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np

from fastact._backend import native, reason

__all__ = [
    "__version__",
    "get_include",
    "get_num_threads",
    "isa",
    "num_threads",
    "set_num_threads",
    "show_config",
]

__version__ = version("fastact")


def _positive(function: str, n: int) -> int:
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"fastact.{function}: n must be an integer, got {type(n).__name__}") from None
    if not 1 <= n <= 1024:
        raise ValueError(f"fastact.{function}: n must be from 1 to 1024, got {n}")
    return n


def set_num_threads(n: int) -> None:
    """Set how many threads a call may use, for the whole process.

    Parameters
    ----------
    n : int
        From 1 to 1024. Results do not depend on it. Small arrays always run on one thread.

    Raises
    ------
    TypeError, ValueError
        If `n` is not an integer, or out of range.
    """
    n = _positive("set_num_threads", n)
    if native is not None:
        native.set_threads(n)


def _read_environment() -> None:
    text = os.environ.get("FASTACT_NUM_THREADS", "").strip()
    if not text:
        return
    try:
        set_num_threads(int(text))
    except ValueError:
        raise ImportError(f"fastact: FASTACT_NUM_THREADS={text!r} must be a whole number from 1 to 1024") from None


_read_environment()


def get_num_threads() -> int:
    """Return how many threads a call may use now.

    The setting of this thread's innermost `num_threads` block, else that of `set_num_threads`, else of the environment
    (`FASTACT_NUM_THREADS`, then `OMP_NUM_THREADS`), else the number of CPUs this process may run on; never more than a
    limit imposed through threadpoolctl. 1 on NumPy, without OpenMP, and in a child forked after this process ran in
    parallel.
    """
    return 1 if native is None else native.threads()


@contextmanager
def num_threads(n: int) -> Iterator[None]:
    """Use `n` threads at most inside a ``with`` block, for calls made by this thread.

    Parameters
    ----------
    n : int
        From 1 to 1024.

    Examples
    --------
    >>> import fastact
    >>> with fastact.num_threads(1):
    ...     fastact.get_num_threads()
    1
    """
    n = _positive("num_threads", n)
    if native is None:
        yield
        return
    before = native.override_threads(n)
    try:
        yield
    finally:
        native.override_threads(before)


def isa() -> str:
    """Return the name of the instruction set in use: 'avx512', 'avx2', 'neon', 'portable' or 'numpy'."""
    return "numpy" if native is None else native.isa()


def get_include() -> str:
    """Return the folder to add to a C compiler's include path for ``#include <fastact/fastact.h>``."""
    package = Path(__file__).parent
    installed = package / "include"
    return str(installed if installed.is_dir() else package.parent / "include")


def describe() -> dict[str, str]:
    """What was chosen and why, as a mapping from a label to its value."""
    date = 0 if native is None else native.openmp()
    return {
        "fastact": __version__,
        "instruction set": f"{isa()} ({reason})",
        "threads": str(get_num_threads()),
        "OpenMP": f"{date // 100}-{date % 100:02d}" if date else "no",
        "NumPy": np.__version__,
        "Python": platform.python_version(),
    }


def show_config() -> None:
    """Print the instruction set in use and why, the threads, and the versions."""
    print("\n".join(f"{label:16} {value}" for label, value in describe().items()))
