"""The types of elementwise functions of scale * x + bias."""

import numpy as np

from fastact._shared.arguments import is_floating, promoted
from fastact._shared.dtypes import WEAK

BYTES = ("b", "B")  # int8 and uint8


def default_dtype(name, x, parameters, scale):
    """The type of results for integers of 8 bits beside a scale, float32 or that of arrays beside it; else None."""
    dtype = getattr(x, "dtype", None)
    if scale is None or not isinstance(dtype, np.dtype) or dtype.char not in BYTES:
        return None
    types = [np.asarray(a).dtype for a in parameters if type(a) not in WEAK]
    together = promoted(name, [np.dtype(np.float32), *types])
    return together if is_floating(together) else np.dtype(np.float64)


def sum_dtype(result):
    """The type in which scale * x + bias is rounded, for results of that type."""
    return result if result.itemsize > 4 else np.dtype(np.float32)


def check_operand(name, x):
    """TypeError where an operand answers in the place of ufuncs and is no array: it knows nothing of bias and scale."""
    if hasattr(type(x), "__array_ufunc__") and not isinstance(x, (np.ndarray, np.generic)):
        raise TypeError(
            f"fastact.{name}: bias and scale are for arrays, and x is {type(x).__name__}, which computes ufuncs "
            "itself; pass scale * x + bias as x"
        )


def check_out_type(name, out, result, casting):
    """TypeError where `out` is no array or of a type that the result cannot be cast to."""
    if out is None:
        return
    if not isinstance(out, np.ndarray):
        raise TypeError(f"fastact.{name}: out must be an array, got {type(out).__name__}")
    if not np.can_cast(result, out.dtype, casting):
        raise TypeError(
            f"fastact.{name}: the result cannot be cast from {result} to {out.dtype} with casting={casting!r}"
        )
