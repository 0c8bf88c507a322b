"""What the functions accept, and what they say of the rest: the same words for the compiled kernels and for NumPy."""

import operator

import numpy as np

FLOATING = "efdg"  # the type characters of float16, float32, float64 and longdouble


def is_bfloat16(dtype):
    """Whether this is the type of that name, which the package ml_dtypes adds to NumPy."""
    return dtype.name == "bfloat16"


def is_floating(dtype):
    """Whether the functions answer arrays of this type in the same type."""
    return dtype.char in FLOATING or is_bfloat16(dtype)


def result_dtype(name, given, dtype=None, casting="same_kind"):
    """The floating type in which function `name` answers an array of dtype `given`; TypeError where there is none."""
    if not is_floating(given) and given.kind not in "biu":
        raise TypeError(f"fastact.{name}: {given} is not supported; x must be real floating, integer or bool")
    if dtype is None:
        return given.newbyteorder("=") if is_floating(given) else np.dtype(np.float64)
    dtype = np.dtype(dtype)
    if not is_floating(dtype):
        raise TypeError(f"fastact.{name}: dtype {dtype} is not supported; dtype must be real floating")
    if not np.can_cast(given, dtype, casting):
        raise TypeError(f"fastact.{name}: x cannot be cast from {given} to {dtype} with casting={casting!r}")
    return dtype.newbyteorder("=")


def normalize_axes(name, axis, ndim):
    """Ascending tuple of non-negative axes. A 0-d array counts as one row of one element."""
    if axis is None:
        return tuple(range(ndim))
    axes = []
    for item in axis if isinstance(axis, tuple) else (axis,):
        try:
            a = operator.index(item)
        except TypeError:
            raise TypeError(f"fastact.{name}: axis must be an int, a tuple of ints or None, got {axis!r}") from None
        if not -max(ndim, 1) <= a < max(ndim, 1):
            raise np.exceptions.AxisError(f"fastact.{name}: axis {a} is out of bounds for an array of dimension {ndim}")
        axes.append(a % max(ndim, 1))
    if len(set(axes)) != len(axes):
        raise ValueError(f"fastact.{name}: axis {axis!r} names an axis twice")
    return tuple(sorted(axes)) if ndim else ()


def check_rows_input(name, x):
    """Refuses arrays whose mask the row functions would ignore."""
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"fastact.{name}: masked arrays are not supported: their mask would be ignored")


def check_out(name, out, shape, dtype):
    """Raises unless `out` can take a result of that shape and type."""
    if not isinstance(out, np.ndarray) or isinstance(out, np.ma.MaskedArray):
        raise TypeError(f"fastact.{name}: out must be an array, got {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"fastact.{name}: out has shape {out.shape}, the result has {shape}")
    if not (out.dtype.kind in "fcO" or is_bfloat16(out.dtype)) or not np.can_cast(dtype, out.dtype, "same_kind"):
        raise TypeError(f"fastact.{name}: out has dtype {out.dtype}, which a result of {dtype} cannot be cast to")
    if not out.flags.writeable:
        raise ValueError(f"fastact.{name}: out is read-only")
