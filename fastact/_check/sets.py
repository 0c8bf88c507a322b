"""The instruction sets that have kernels, and which of them this CPU runs."""

import os

from fastact import _backend

SETS = tuple(name for name in _backend.CHOICES if name != "numpy")


def obstacles() -> dict[str, str]:
    """What keeps each set from running here, "" where nothing does. Not while other threads compute."""
    kernels = _backend.native
    if kernels is None:
        return dict.fromkeys(SETS, _backend.reason)
    chosen = kernels.isa()
    found = {name: kernels.select(name) or "" for name in SETS}
    kernels.select(chosen)
    return found


def asked() -> str:
    """The set that FASTACT_ISA holds the package to, "" where it is free."""
    return os.environ.get("FASTACT_ISA", "").strip().lower()
