"""What the functions accept, and what they say of the rest: the same words for the compiled kernels and for NumPy."""

import operator

import numpy as np

FLOATING = "efdg"  # the type characters of float16, float32, float64 and longdouble


def is_bfloat16(dtype):
    """Whether this is the type of that name, which the package ml_dtypes adds to NumPy."""
    return dtype.kind == "V" and dtype.name == "bfloat16"  # the name is slow: NumPy makes it up on every call


def is_floating(dtype):
    """Whether the functions answer arrays of this type in the same type."""
    return dtype.char in FLOATING or is_bfloat16(dtype)


# What is no array, by an attribute that it has, and what to write instead.
REMEDIES = {
    "__next__": "pass list({0}), or np.fromiter({0}, float)",
    "toarray": "pass {0}.toarray(), or {0}.data for the stored elements alone",
    "collect": "pass {0}.collect()",
    "to_numpy": "pass {0}.to_numpy(float), with na_value where values are missing",
    "keys": "pass list({0}.values())",
    "isdisjoint": "pass sorted({0}): a set has no order",
    "astype": "pass {0}.astype(float)",
}


def refuse_object(name, argument, given):
    """TypeError for what NumPy makes an array of objects of: it names its type and what to pass instead."""
    kind = type(given)
    if isinstance(given, np.ndarray):
        shown = "an array of dtype object"
    elif isinstance(given, (list, tuple)):
        shown = f"a {kind.__name__} of other objects than numbers"
    else:
        library = "" if kind.__module__ == "builtins" else f"{kind.__module__.partition('.')[0]} "
        shown = f"a {library}{kind.__name__} object"
    remedy = next((f": {text}" for attribute, text in REMEDIES.items() if hasattr(given, attribute)), "")
    raise TypeError(
        f"fastact.{name}: {shown} is not supported; {argument} must be real floating, integer or bool"
        + remedy.format(argument)
    )


def check_real(name, argument, dtype, given=None):
    """TypeError unless arrays of this type can be computed with; `given` is what the array was made of."""
    if not is_floating(dtype) and dtype.kind not in "biu":
        if dtype.kind == "O" and given is not None:
            refuse_object(name, argument, given)
        raise TypeError(f"fastact.{name}: {dtype} is not supported; {argument} must be real floating, integer or bool")


def result_dtype(name, given, dtype=None, casting="same_kind", argument="x", origin=None):
    """The floating type in which function `name` answers an array of dtype `given`; TypeError where there is none."""
    check_real(name, argument, given, origin)
    if dtype is None:
        return given.newbyteorder("=") if is_floating(given) else np.dtype(np.float64)
    dtype = np.dtype(dtype)
    if not is_floating(dtype):
        raise TypeError(f"fastact.{name}: dtype {dtype} is not supported; dtype must be real floating")
    if not np.can_cast(given, dtype, casting):
        raise TypeError(f"fastact.{name}: {argument} cannot be cast from {given} to {dtype} with casting={casting!r}")
    return dtype.newbyteorder("=")


def promoted(name, given):
    """The type in which these arrays or types meet; TypeError where they have none, as float16 and bfloat16."""
    try:
        return np.result_type(*given)
    except TypeError:
        names = sorted({str(getattr(a, "dtype", a)) for a in given})
        raise TypeError(f"fastact.{name}: {' and '.join(names)} have no common type; pass dtype=...") from None


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


def one_axis(name, axis, ndim):
    """A single axis as a non-negative int."""
    if isinstance(axis, tuple) or axis is None:
        raise TypeError(f"fastact.{name}: axis must be an int, got {axis!r}")
    if ndim == 0:
        raise ValueError(f"fastact.{name}: an array of shape () has no axis {axis!r}")
    return normalize_axes(name, axis, ndim)[0]


def halves(name, x, axis):
    """Views of the first and the second half of array x along an axis."""
    axis = one_axis(name, axis, x.ndim)
    half, odd = divmod(x.shape[axis], 2)
    if odd:
        raise ValueError(
            f"fastact.{name}: axis {axis} of shape {x.shape} has the odd length {x.shape[axis]}, which has no halves"
        )
    before = (slice(None),) * axis
    first, second = (*before, slice(None, half)), (*before, slice(half, None))
    return x[first], x[second]


def broadcasts_to(shape, target):
    """Whether an array of this shape can be stretched to the target's, which it leaves as it is."""
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(length in (1, wanted) for length, wanted in pairs)


def as_array(given):
    """An array of numbers, or a number: Python's integers may be out of the range of NumPy's."""
    return np.asarray(float(given) if type(given) is int else given)


def row_options(name, shape, where, bias, scale, lead="x"):
    """`where`, `bias` and `scale` as arrays that broadcast to the input's shape; bias and mask may be None for none."""
    given = {"scale": scale} if bias is None else {"scale": scale, "bias": bias}
    given = {key: as_array(a) for key, a in given.items()}
    if where is not None:
        given["where"] = np.asarray(where)
    for argument, array in given.items():
        wanted = "b" if argument == "where" else "fiub"
        if array.dtype.kind not in wanted and not (argument != "where" and is_bfloat16(array.dtype)):
            kinds = "bool" if argument == "where" else "real"
            raise TypeError(f"fastact.{name}: {argument} must be {kinds}, got {array.dtype}")
        if not broadcasts_to(array.shape, shape):
            raise ValueError(
                f"fastact.{name}: {argument} of shape {array.shape} does not broadcast to {lead} of shape {shape}"
            )
    return given.get("where"), given.get("bias"), given["scale"]


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
