"""What the row functions that are made of others do with their arguments and their results."""

import numpy as np

from fastact._reference.formulas import product_and_sum
from fastact._shared.arguments import check_out, check_real, result_dtype
from fastact._shared.wrap import rewrap


def finished(name, result, kind, out, given):
    """The result in the type of the arguments, or in `out`."""
    with np.errstate(all="ignore"):
        if out is not None:
            np.copyto(out, result, casting="unsafe")
            return out
        result = np.asarray(result).astype(kind, copy=False)
    return result[()] if result.ndim == 0 else rewrap(given, result) if np.shape(given) == result.shape else result


def place_of(name, out, shape, kind):
    """`out`, which a tuple may hold, checked."""
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if out is not None:
        check_out(name, out, shape, kind)
    return out


def kind_of(name, x, dtype, *arguments):
    """The type of the result and that of the computation, of x and other arrays that are checked alike."""
    for argument, given in arguments:
        check_real(name, argument, np.asarray(given).dtype, given)
    kind = result_dtype(name, np.asarray(x).dtype, dtype, origin=x)
    return kind, np.promote_types(np.float64, kind) if kind.itemsize > 2 else np.dtype(np.float64)


def is_one(scale):
    return type(scale) is float and scale == 1.0


def argument_of(x, where, bias, scale, wide):
    """scale * x + bias, and -inf where the mask is not True."""
    with np.errstate(all="ignore"):
        x = x.astype(wide)
        factor = np.asarray(scale).astype(wide)
        z = x if is_one(scale) else factor * x
        if bias is not None:
            z = product_and_sum(z, factor, x, np.asarray(bias).astype(wide))
        return z if where is None else np.where(where, z, -np.inf)
