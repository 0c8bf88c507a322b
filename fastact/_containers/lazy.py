"""Row functions and gradients of dask arrays as graphs: nothing is computed here.

dask is loaded where there is one of its arrays. Axes along which a function needs all elements must be whole in their
chunks.
"""

import math
import sys

import numpy as np

from fastact._containers import lazy_chunks as chunks
from fastact._containers.kinds import is_lazy
from fastact._shared.arguments import normalize_axes, result_dtype, row_options
from fastact._shared.dtypes import WEAK, common_dtype
from fastact._shared.row_arguments import extra_logits, row_gradient_arguments


def dask():
    return sys.modules["dask.array"]


def as_lazy(a):
    """The operand as an array of dask."""
    return a if is_lazy(a) else dask().asarray(np.asarray(a))


def stand_in(a):
    """An array of the same shape and type in the memory of one element, for the checks of arguments."""
    if a is None or type(a) in WEAK:
        return a
    if not is_lazy(a):
        return np.asarray(a)
    return np.broadcast_to(np.zeros((), a.dtype), a.shape)


def check(name, out, *arrays):
    """TypeError and ValueError where the graph could not be made."""
    if out is not None and not (isinstance(out, tuple) and all(a is None for a in out)):
        raise TypeError(f"fastact.{name}: out cannot be filled by a dask array, which is lazy; leave it out")
    for a in arrays:
        if is_lazy(a) and any(math.isnan(size) for size in a.shape):
            raise ValueError(
                f"fastact.{name}: a dask array of shape {a.shape} has chunks of unknown sizes; write "
                "x.compute_chunk_sizes() first"
            )


def check_whole(name, argument, a, axes):
    """ValueError unless the chunks of the array are whole along the axes."""
    cut = [axis for axis in axes if len(a.chunks[axis]) > 1]
    if cut:
        sizes = ", ".join(f"{axis}: -1" for axis in cut)
        raise ValueError(
            f"fastact.{name}: {argument} has {len(a.chunks[cut[0]])} chunks along axis {cut[0]}, which must be whole; "
            f"write {argument}.rechunk({{{sizes}}})"
        )


def whole(a, ndim, axes):
    """An operand beside one of `ndim` dimensions, in one chunk along the axes."""
    a = as_lazy(a)
    own = {axis - ndim + a.ndim: -1 for axis in axes if axis - ndim + a.ndim >= 0}
    return a.rechunk(own) if own else a


def blockwise(called, shape_of, operands, dtype, adjusted=(), **keywords):
    """The function of the chunks of all operands, which broadcast to the dimensions of `shape_of`."""
    ndim = shape_of.ndim
    pairs = []
    for a in operands:
        pairs += [a, tuple(range(ndim - a.ndim, ndim))]
    return dask().blockwise(
        called,
        tuple(range(ndim)),
        *pairs,
        name=None,
        dtype=dtype,
        meta=np.empty((0,) * ndim, dtype),
        adjust_chunks={axis: 1 for axis in adjusted},
        align_arrays=True,
        **keywords,
    )


def part(both, which, dtype, adjusted=None):
    """One result of chunks that have two; along the axis `adjusted` it has one element."""
    return both.map_blocks(
        chunks.part,
        which,
        dtype=dtype,
        meta=np.empty((0,) * both.ndim, dtype),
        chunks=None if adjusted is None else tuple((1,) if a == adjusted else c for a, c in enumerate(both.chunks)),
    )


def _rounded(a, dtype):
    return a.map_blocks(chunks.rounded, dtype, dtype=dtype, meta=np.empty((0,) * a.ndim, dtype))


# ---- row functions ----


def rows(name, x, axis, out, dtype, where, bias, scale, keepdims=None, extra_logit=None):
    """A row function, whose rows lie whole in the chunks of x."""
    check(name, out, x, where, bias, scale, extra_logit)
    x = as_lazy(x)
    kind = result_dtype(name, x.dtype, dtype)
    axes = normalize_axes(name, axis, x.ndim)
    row_options(name, x.shape, stand_in(where), stand_in(bias), stand_in(scale))
    check_whole(name, "x", x, axes)
    options = {"where": where, "bias": bias, "scale": scale}
    if extra_logit is not None:
        extra_logits(name, stand_in(extra_logit), x.shape, axes, kind)
        if np.ndim(extra_logit) and np.ndim(extra_logit) < x.ndim:  # chunks are brought together axis by axis
            rows = tuple(size for a, size in enumerate(x.shape) if a not in axes)
            extra_logit = dask().broadcast_to(as_lazy(extra_logit), rows)
            extra_logit = extra_logit[tuple(None if a in axes else slice(None) for a in range(x.ndim))]
        options["extra_logit"] = extra_logit
    arrays = {key: whole(a, x.ndim, axes) for key, a in options.items() if a is not None and type(a) not in WEAK}
    keywords = {key: a for key, a in options.items() if key not in arrays}
    keywords |= {"dtype": dtype} if keepdims is None else {"dtype": dtype, "keepdims": True}
    result = blockwise(
        chunks.rows,
        x,
        (x, *arrays.values()),
        kind,
        adjusted=() if keepdims is None else axes,
        function=name,
        axis=axes,
        given=tuple(arrays),
        keywords=keywords,
    )
    return result if keepdims is None or keepdims else result.squeeze(axis=axes)


def row_gradient(name, dy, y, axis, out, dtype):
    """The gradient of a row function."""
    check(name, out, dy, y)
    y = as_lazy(y)
    _, _, kind, axes = row_gradient_arguments(name, stand_in(dy), stand_in(y), axis, None, dtype)
    check_whole(name, "y", y, axes)
    dy = np.asarray(dy, kind) if type(dy) in WEAK else dy
    operands = whole(dy, y.ndim, axes), y
    return blockwise(chunks.row_gradient, y, operands, kind, function=name, axis=axes, asked=dtype)


# ---- gradients with respect to several operands ----


def operand_gradients(name, operands, is_summed, out, where, casting, order, dtype, subok, **numbers):
    """Two gradients, added up to the shape of their operand where that is to be."""
    check(name, out, *operands)
    if where is not True:
        raise TypeError(f"fastact.{name}: where is not supported for dask arrays; multiply dy by the mask instead")
    kind = common_dtype(name, [stand_in(a) for a in operands], dtype, casting)
    arrays = [as_lazy(np.asarray(a, kind) if type(a) in WEAK else a) for a in operands]
    whole = dask().broadcast_arrays(*arrays)[0]
    both = blockwise(
        chunks.operand_gradients,
        whole,
        arrays,
        kind,
        function=name,
        keywords={"dtype": dtype, "casting": casting, **numbers},
    )
    shapes = [a.shape for a in arrays[1:]]
    results = [part(both, 0, kind), part(both, 1, kind)]
    return tuple(
        _added_up(result, shape, kind) if summed and shape != whole.shape else result
        for result, shape, summed in zip(results, shapes, is_summed, strict=True)
    )


def _added_up(shares, shape, dtype):
    """The sums over the axes that broadcasting added or stretched."""
    first = shares.ndim - len(shape)
    axes = tuple(a for a in range(shares.ndim) if a < first or (shape[a - first] == 1 and shares.shape[a] != 1))
    total = shares.sum(axis=axes, dtype=np.promote_types(dtype, np.float64), keepdims=True)
    return _rounded(total.reshape(shape), dtype)
