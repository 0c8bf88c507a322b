"""What the gradients of row functions accept: the same words for the compiled kernels and for NumPy."""

import numpy as np

from fastact._shared.arguments import broadcasts_to, check_out, check_real, normalize_axes
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
