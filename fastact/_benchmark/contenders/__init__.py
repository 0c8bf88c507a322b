"""Who competes: every library's best way of computing a function on NumPy arrays, its results NumPy arrays again.

A module per library. Each has functions(threads), by label: called with a cell's operands. Where the library can store
into ready arrays, functions_out(threads): called with the results' arrays first; IN_PLACE names those of them that give
the same where the first operand is that array. ONLY names the types it computes in, where these are not all. A missing
label is not competed in, and a missing library costs nothing.
"""

import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from fastact._benchmark import processor

# module here -> the packages it needs
LIBRARIES = {
    "fastact": (),
    "copy": (),
    "numpy": (),
    "scipy": ("scipy",),
    "sklearn": ("sklearn",),
    "torch": ("torch", "ml_dtypes"),
    "onnxruntime": ("onnxruntime", "onnx"),
    "openvino": ("openvino",),
    "numexpr": ("numexpr",),
    "numba": ("numba",),
    "jax": ("jax",),
}
NAMES = {
    "numpy": "NumPy",
    "scipy": "SciPy",
    "sklearn": "scikit-learn",
    "torch": "PyTorch",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "numba": "Numba",
    "jax": "JAX",
}
NO_PEERS = {"fastact", "copy"}
PEERS = [library for library in LIBRARIES if library not in NO_PEERS]
SLOW = 0.1  # seconds of a call that is timed once: a peer so slow on 16 M elements is nobody's best


def installed():
    """Those that are here and keep to the instruction set that fastact is held to."""
    here = [name for name, needs in LIBRARIES.items() if all(find_spec(need) for need in needs)]
    return [name for name in here if name not in processor.unheld()]


def name(library):
    """As readers know it."""
    return NAMES.get(library, library)


def _module(library):
    return import_module(f"fastact._benchmark.contenders.of_{library}")


def computes_in(library, dtype):
    """Whether the library has the type of this name."""
    return dtype in getattr(_module(library), "ONLY", {dtype})


@cache
def functions(library, result="new", threads=1):
    """The library's functions by label; none where it cannot run so."""
    module = _module(library)
    if result == "in place":
        ready = functions(library, "out=", threads)
        return {label: _in_place(ready[label]) for label in ready if label in getattr(module, "IN_PLACE", ())}
    make = getattr(module, "functions_out" if result == "out=" else "functions", None)
    return make(threads) if make else {}


def _in_place(into):
    return lambda x, *operands: into(x, x, *operands)


def set_threads(library, threads):
    """Of this library, and of all that are loaded: PyTorch's number limits whoever shares its OpenMP runtime."""
    for each in LIBRARIES:
        if each == library or f"{__name__}.of_{each}" in sys.modules:
            setting = getattr(_module(each), "set_threads", None)
            if setting:
                setting(threads)
