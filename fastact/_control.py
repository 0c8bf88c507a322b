"""Threads, and what was chosen on this machine: the same for the compiled kernels and for NumPy."""

import importlib
import operator
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import numpy as np

from fastact._backend import native, reason

_pool: ModuleType | None = None if native is None else importlib.import_module("fastact._arrays.memory")

__all__ = [
    "__version__",
    "clear_pool",
    "get_include",
    "get_library_dir",
    "get_num_threads",
    "get_pool_limit",
    "isa",
    "num_threads",
    "set_num_threads",
    "set_pool_limit",
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
        From 1 to 1024. Results do not depend on it. Small arrays always run on one thread, and so do calls
        while other threads use the CPUs, or for a second at most after one that had to wait for a busy CPU.

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

    The setting of this context's innermost `num_threads` block, else that of `set_num_threads`, else of the environment
    (`FASTACT_NUM_THREADS`, then `OMP_NUM_THREADS`, of which at most four for each CPU count), else the number of CPUs
    this process may run on, or of the whole ones that its container's CPU quota allows (control groups, read at
    import), whichever is smaller; never more than a limit imposed through threadpoolctl. 1 on NumPy, without OpenMP,
    and in a forked child, whose parent's threads it does not have.
    """
    return 1 if native is None else native.threads()


@contextmanager
def num_threads(n: int) -> Iterator[None]:
    """Use `n` threads at most inside a ``with`` block, for calls made by this thread or asynchronous task.

    Parameters
    ----------
    n : int
        From 1 to 1024.

    Notes
    -----
    The block belongs to the context (`contextvars`) in which it starts: other threads and tasks do not see it; those
    that start with a copy of the context do until it ends. A generator has its caller's context: while it waits inside
    a block, the block counts for its caller too. Blocks may end in any order; the last to start of those that are open
    counts.

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
    block = native.open_block(n)
    try:
        yield
    finally:
        native.close_block(block)


def set_pool_limit(nbytes: int) -> None:
    """Set how much memory of freed results is kept for the next ones.

    The memory of a result of 256 KiB or more is otherwise given back to the system and mapped anew in many loops, which
    takes longer than most functions do. Of memory kept beyond the limit the oldest is freed.

    Parameters
    ----------
    nbytes : int
        0 keeps nothing. The default is 320 MiB, but at most a sixteenth of the machine's memory: room for two results
        of 16 million float64 numbers, which is what a chain such as f(g(x)) frees and needs again. The environment
        variable ``FASTACT_POOL_LIMIT`` sets another, in bytes or such as ``64M``.

    Raises
    ------
    TypeError, ValueError
        If `nbytes` is not an integer, or negative.
    """
    try:
        nbytes = operator.index(nbytes)
    except TypeError:
        raise TypeError(f"fastact.set_pool_limit: nbytes must be an integer, got {type(nbytes).__name__}") from None
    if not 0 <= nbytes <= sys.maxsize:
        raise ValueError(f"fastact.set_pool_limit: nbytes must be from 0 to {sys.maxsize}, got {nbytes}")
    if _pool is not None:
        _pool.set_limit(nbytes)


def get_pool_limit() -> int:
    """Return how many bytes of freed results are kept at most; 0 on NumPy."""
    return 0 if _pool is None else _pool.get_limit()


def clear_pool() -> None:
    """Give the memory of freed results back to the system."""
    if _pool is not None:
        _pool.clear()


def _default_pool_limit() -> int:
    text = os.environ.get("FASTACT_POOL_LIMIT", "").strip()
    if text:
        parts = re.fullmatch(r"([0-9]+)([KMG]?)", text, re.IGNORECASE)
        if not parts:
            raise ImportError(f"fastact: FASTACT_POOL_LIMIT={text!r} must be a number of bytes, or such as 64M")
        # what exceeds any machine's memory is as good as none; Python itself refuses to read thousands of digits
        count = int(parts[1]) if len(parts[1]) < 20 else sys.maxsize
        return min(count << {"": 0, "K": 10, "M": 20, "G": 30}[parts[2].upper()], sys.maxsize)
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        memory = 1 << 32
    return min(320 << 20, memory // 16)


set_pool_limit(_default_pool_limit())


def isa() -> str:
    """Return the name of the instruction set in use: 'avx512', 'avx2', 'neon', 'portable' or 'numpy'."""
    return "numpy" if native is None else native.isa()


def get_include() -> str:
    """Return the folder to add to a C compiler's include path for ``#include <fastact/fastact.h>``."""
    package = Path(__file__).parent
    installed = package / "include"
    return str(installed if installed.is_dir() else package.parent / "include")


def get_library_dir() -> str:
    """Return the folder of the shared C library, with which ``-lfastact`` links.

    ``python -m fastact config --cflags --libs`` prints all that a compiler needs.

    Raises
    ------
    RuntimeError
        Where the library was not compiled: functions then run on NumPy.
    """
    folder = Path(__file__).parent / "lib"
    if not folder.is_dir():
        raise RuntimeError(f"fastact: get_library_dir: there is no compiled library: {reason}")
    return str(folder)


def describe() -> dict[str, str | int]:
    """What was chosen and why, as a mapping from a label to its value."""
    date = 0 if native is None else native.openmp()
    return {
        "fastact": __version__,
        "instruction set": f"{isa()} ({reason})",
        "threads": get_num_threads(),
        "pool": f"{0 if _pool is None else _pool.held() >> 20} of {get_pool_limit() >> 20} MiB",
        "OpenMP": f"{date // 100}-{date % 100:02d}" if date else "no",
        "NumPy": np.__version__,
        "Python": platform.python_version(),
    }


def show_config(mode: str = "stdout") -> dict[str, str | int] | None:
    """Print the instruction set in use and why, the threads, the memory kept for results, and the versions.

    Parameters
    ----------
    mode : {'stdout', 'dicts'}, optional
        'dicts' returns what would be printed, as a dictionary. ``python -m fastact info --json`` prints it and more.

    Raises
    ------
    ValueError
        If `mode` is another.
    """
    if mode not in ("stdout", "dicts"):
        raise ValueError(f"fastact.show_config: mode must be 'stdout' or 'dicts', got {mode!r}")
    found = describe()
    if mode == "dicts":
        return found
    print("\n".join(f"{label:16} {value}" for label, value in found.items()))
    return None
