"""Neural-network activations on NumPy arrays: SIMD kernels with stated accuracy and reproducible bits."""

from fastact._backend import native as _native
from fastact._control import (
    __version__,
    get_include,
    get_num_threads,
    isa,
    num_threads,
    set_num_threads,
    show_config,
)

if _native is None:
    from fastact._numpy import gelu, log_softmax, logsumexp, sigmoid, silu, softmax, tanh
else:
    from fastact._elementwise import gelu, sigmoid, silu, tanh
    from fastact._rows import log_softmax, logsumexp, softmax

__all__ = [
    "__version__",
    "gelu",
    "get_include",
    "get_num_threads",
    "isa",
    "log_softmax",
    "logsumexp",
    "num_threads",
    "set_num_threads",
    "show_config",
    "sigmoid",
    "silu",
    "softmax",
    "tanh",
]
