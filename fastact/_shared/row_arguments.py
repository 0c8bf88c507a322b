"""What row functions accept beside their arrays: the same words for the compiled kernels and for NumPy."""

import numpy as np

from fastact._shared.arguments import as_array, broadcasts_to, check_out, check_real, is_bfloat16, normalize_axes
from fastact._shared.dtypes import WEAK, common_dtype


def row_gradient_arguments(name, dy, y, axis, out, dtype):
    """dy stretched to the shape of y, y, the type of the result and the axes, all of them checked."""
    for argument, given in (("dy", dy), ("y", y)):
        check_real(name, argument, np.asarray(given).dtype, given)
    result_type = common_dtype(name, (dy, y), dtype)
    with np.errstate(all="ignore"):  # a number may be out of the type's range
        dy, y = np.asarray(dy, result_type if type(dy) in WEAK else None), np.asarray(y)
    if not broadcasts_to(dy.shape, y.shape):
        raise ValueError(f"fastact.{name}: dy of shape {dy.shape} does not broadcast to y of shape {y.shape}")
    axes = normalize_axes(name, axis, y.ndim)
    if out is not None:
        check_out(name, out, y.shape, result_type)
    return np.broadcast_to(dy, y.shape), y, result_type, axes


def finite_as(a, dtype):
    """The array in that type; what is finite stays so."""
    a = np.asarray(a)
    cast = a.astype(dtype, copy=False)
    if np.can_cast(a.dtype, dtype):
        return cast
    most = np.finfo(dtype).max
    return np.where(np.isinf(cast) & np.isfinite(a), np.copysign(most, cast), cast)


def extra_logits(name, given, shape, axes, dtype, lead="x"):
    """The extra logits of rows along these axes of an array of this shape, in the type in which they are computed: one
    of each row, in C order and aligned, or without axes one for all rows."""
    array = as_array(given)
    if array.dtype.kind not in "fiub" and not is_bfloat16(array.dtype):
        raise TypeError(f"fastact.{name}: extra_logit must be real, got {array.dtype}")
    rows = tuple(size for a, size in enumerate(shape) if a not in axes)
    kept = tuple(1 if a in axes else size for a, size in enumerate(shape))
    with np.errstate(all="ignore"):
        array = finite_as(array, dtype)
    if array.ndim == 0:
        return np.require(array, None, ["ALIGNED"])
    if array.ndim == len(shape) and broadcasts_to(array.shape, kept):
        array = array.reshape(tuple(size for a, size in enumerate(array.shape) if a not in axes))
    elif not broadcasts_to(array.shape, rows):
        raise ValueError(
            f"fastact.{name}: extra_logit of shape {array.shape} is not one number for each row; {lead} of shape "
            f"{shape} has rows of shape {rows}, or {kept} with the axis kept"
        )
    return np.require(np.broadcast_to(array, rows), None, ["C_CONTIGUOUS", "ALIGNED"])
