"""Chooses, once, between the compiled kernels and NumPy.

FASTACT_ISA=avx512|avx2|neon|portable|numpy forces one; a forced choice that cannot be had raises ImportError, so that a
broken build cannot hide behind the fallback.
"""

import importlib
import os
from types import ModuleType

CHOICES = ("avx512", "avx2", "neon", "portable", "numpy")


def _choose() -> tuple[ModuleType | None, str]:
    """The module of the native call path or None, and why."""
    wanted = os.environ.get("FASTACT_ISA", "").strip().lower() or None
    if wanted is not None and wanted not in CHOICES:
        raise ImportError(f"fastact: FASTACT_ISA={wanted!r} is unknown; choose one of {', '.join(CHOICES)}")
    if wanted == "numpy":
        return None, "FASTACT_ISA=numpy"
    try:
        _kernels = importlib.import_module("fastact._kernels")  # whose own error names what is missing
    except ImportError as error:
        if wanted is not None:
            raise ImportError(f"fastact: FASTACT_ISA={wanted}, but the native modules are missing: {error}") from error
        return None, f"the native modules are missing: {error}"
    obstacle = _kernels.select(wanted)
    if obstacle is None:
        return _kernels, "forced by FASTACT_ISA" if wanted else "the best this CPU has"
    if wanted is not None:
        raise ImportError(f"fastact: FASTACT_ISA={wanted} cannot run here: {obstacle}")
    return None, obstacle


native, reason = _choose()
