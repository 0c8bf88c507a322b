"""Chooses, once, between the compiled kernels and NumPy.

FASTACT_ISA=avx512|avx2|neon|portable|numpy forces one; a forced choice that cannot be had raises ImportError, so that a
broken build cannot hide behind the fallback. What falls back, or is told to, says so by a warning.
"""

import importlib
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType

CHOICES = ("avx512", "avx2", "neon", "portable", "numpy")


def _choose() -> tuple[ModuleType | None, str]:
    """The module of the native call path, or None, and why; for None also what to do about it."""
    wanted = os.environ.get("FASTACT_ISA", "").strip().lower() or None
    if wanted is not None and wanted not in CHOICES:
        raise ImportError(f"fastact: FASTACT_ISA={wanted!r} is unknown; choose one of {', '.join(CHOICES)}")
    if wanted == "numpy":
        return None, "FASTACT_ISA=numpy asks for it; unset FASTACT_ISA to use the kernels"
    folder = Path(__file__).parent / "lib"
    if sys.platform == "win32" and folder.is_dir():  # untested: where the modules' library is
        os.add_dll_directory(str(folder))
    try:
        _kernels = importlib.import_module("fastact._arrays.kernels")  # whose own error names what is missing
    except ImportError as error:
        if wanted is not None:
            raise ImportError(f"fastact: FASTACT_ISA={wanted}, but the native modules are missing: {error}") from error
        if isinstance(error, ModuleNotFoundError):
            return None, (
                f"the native modules are missing: {error}; install a C compiler and then fastact again, with "
                "FASTACT_REQUIRE_NATIVE=1 python -m pip install --force-reinstall --no-cache-dir, which says what "
                "fails, or install a wheel"
            )
        return None, (
            f"the native modules do not load: {error}; install fastact again, for this Python and this NumPy, with "
            "python -m pip install --force-reinstall --no-cache-dir"
        )
    obstacle = _kernels.select(wanted)
    if obstacle is None:
        return _kernels, "forced by FASTACT_ISA" if wanted else "the best this CPU has"
    if wanted is not None:
        raise ImportError(f"fastact: FASTACT_ISA={wanted} cannot run here: {obstacle}")
    return None, (
        f"{obstacle}; the kernels need a CPU with AVX2 and FMA and a compiler that builds for it; those of "
        "FASTACT_ISA=portable run on any CPU, but may be slower than NumPy"
    )


native, reason = _choose()


def warn_of_reference() -> None:
    """Say why results are computed in NumPy, where they are; the warning names the line that imports the package."""
    if native is None:
        warnings.warn(f"fastact computes in NumPy, slower than its kernels: {reason}", RuntimeWarning, stacklevel=3)
