"""Row functions, losses and gradients of dask arrays as graphs: nothing is computed here.

dask is loaded where there is one of its arrays. Axes along which a function needs all elements must be whole in their
chunks.
"""

import math
import sys

import numpy as np

from fastact._containers import lazy_chunks as chunks
from fastact._containers.kinds import is_lazy
from fastact._shared.arguments import broadcasts_to, normalize_axes, one_axis, result_dtype, row_options
from fastact._shared.dtypes import WEAK, common_dtype
from fastact._shared.loss_arguments import binary_cross_entropy_arguments, cross_entropy_arguments, sample_weights
from fastact._shared.row_arguments import row_gradient_arguments


def _dask():
    return sys.modules["dask.array"]


def as_lazy(a):
    """The operand as an array of dask."""
    return a if is_lazy(a) else _dask().asarray(np.asarray(a))


def _stand_in(a):
    """An array of the same shape and type in the memory of one element, for the checks of arguments."""
    if a is None or type(a) in WEAK:
        return a
    if not is_lazy(a):
        return np.asarray(a)
    return np.broadcast_to(np.zeros((), a.dtype), a.shape)


def _check(name, out, *arrays):
    """TypeError and ValueError where the graph could not be made."""
    if out is not None and not (isinstance(out, tuple) and all(a is None for a in out)):
        raise TypeError(f"fastact.{name}: out cannot be filled by a dask array, which is lazy; leave it out")
    for a in arrays:
        if is_lazy(a) and any(math.isnan(size) for size in a.shape):
            raise ValueError(
                f"fastact.{name}: a dask array of shape {a.shape} has chunks of unknown sizes; write "
                "x.compute_chunk_sizes() first"
            )


def _check_whole(name, argument, a, axes):
    """ValueError unless the chunks of the array are whole along the axes."""
    cut = [axis for axis in axes if len(a.chunks[axis]) > 1]
    if cut:
        sizes = ", ".join(f"{axis}: -1" for axis in cut)
        raise ValueError(
            f"fastact.{name}: {argument} has {len(a.chunks[cut[0]])} chunks along axis {cut[0]}, which must be whole; "
            f"write {argument}.rechunk({{{sizes}}})"
        )


def _whole(a, ndim, axes):
    """An operand beside one of `ndim` dimensions, in one chunk along the axes."""
    a = as_lazy(a)
    own = {axis - ndim + a.ndim: -1 for axis in axes if axis - ndim + a.ndim >= 0}
    return a.rechunk(own) if own else a


def _blockwise(called, shape_of, operands, dtype, adjusted=(), **keywords):
    """The function of the chunks of all operands, which broadcast to the dimensions of `shape_of`."""
    ndim = shape_of.ndim
    pairs = []
    for a in operands:
        pairs += [a, tuple(range(ndim - a.ndim, ndim))]
    return _dask().blockwise(
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


def _part(both, which, dtype, adjusted=None):
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


def rows(name, x, axis, out, dtype, where, bias, scale, keepdims=None):
    """A row function, whose rows lie whole in the chunks of x."""
    _check(name, out, x, where, bias, scale)
    x = as_lazy(x)
    kind = result_dtype(name, x.dtype, dtype)
    axes = normalize_axes(name, axis, x.ndim)
    row_options(name, x.shape, _stand_in(where), _stand_in(bias), _stand_in(scale))
    _check_whole(name, "x", x, axes)
    options = {"where": where, "bias": bias, "scale": scale}
    arrays = {key: _whole(a, x.ndim, axes) for key, a in options.items() if a is not None and type(a) not in WEAK}
    keywords = {key: a for key, a in options.items() if key not in arrays}
    keywords |= {"dtype": dtype} if keepdims is None else {"dtype": dtype, "keepdims": True}
    result = _blockwise(
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
    _check(name, out, dy, y)
    y = as_lazy(y)
    _, _, kind, axes = row_gradient_arguments(name, _stand_in(dy), _stand_in(y), axis, None, dtype)
    _check_whole(name, "y", y, axes)
    dy = np.asarray(dy, kind) if type(dy) in WEAK else dy
    operands = _whole(dy, y.ndim, axes), y
    return _blockwise(chunks.row_gradient, y, operands, kind, function=name, axis=axes, asked=dtype)


# ---- gradients with respect to several operands ----


def operand_gradients(name, operands, is_summed, out, where, casting, order, dtype, subok):
    """Two gradients, added up to the shape of their operand where that is to be."""
    _check(name, out, *operands)
    if where is not True:
        raise TypeError(f"fastact.{name}: where is not supported for dask arrays; multiply dy by the mask instead")
    kind = common_dtype(name, [_stand_in(a) for a in operands], dtype, casting)
    arrays = [as_lazy(np.asarray(a, kind) if type(a) in WEAK else a) for a in operands]
    whole = _dask().broadcast_arrays(*arrays)[0]
    both = _blockwise(
        chunks.operand_gradients, whole, arrays, kind, function=name, keywords={"dtype": dtype, "casting": casting}
    )
    shapes = [a.shape for a in arrays[1:]]
    results = [_part(both, 0, kind), _part(both, 1, kind)]
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


# ---- losses ----


def cross_entropy(logits, labels, weight, sample_weight, axis, reduction, return_grad, **options):
    """The loss of rows that lie whole in the chunks of logits."""
    name = "cross_entropy"
    _check(name, None, logits, labels, weight, sample_weight)
    logits = as_lazy(logits)
    labels = labels if is_lazy(labels) else np.asarray(labels)
    axis = one_axis(name, axis, logits.ndim)
    kind = _checked_types(logits, labels, weight, sample_weight, axis, reduction, options)
    _check_whole(name, "logits", logits, (axis,))
    is_class = labels.ndim < logits.ndim
    labels = as_lazy(labels) if is_class else _whole(labels, logits.ndim, (axis,))
    indices = tuple(range(logits.ndim))
    rest = indices[:axis] + indices[axis + 1 :]
    pairs = [logits, indices, labels, rest if is_class else indices]
    weights, given = [], []
    if weight is not None:
        weights += [as_lazy(weight).rechunk(-1), (axis,)]
        given.append("weight")
    if sample_weight is not None:
        shape = tuple(logits.shape[a] for a in rest)
        weights += [_of_first_axes(sample_weight, shape), rest]
        given.append("sample_weight")
    both = _dask().blockwise(
        chunks.cross_entropy,
        indices,
        *pairs,
        *weights,
        dtype=kind,
        meta=np.empty((0,) * logits.ndim, kind),
        axis=axis,
        given=tuple(given),
        keywords=options,
    )
    loss = _part(both, 0, kind, adjusted=axis).squeeze(axis=axis)
    gradient = _part(both, 1, kind) if return_grad else None
    if reduction != "mean":
        divisor = 1
    elif is_class or sample_weight is not None:
        counts = _dask().blockwise(
            chunks.counted,
            rest,
            labels if is_class else loss,
            rest,
            *weights,
            concatenate=True,
            dtype=np.float64,
            meta=np.empty((0,) * loss.ndim),
            given=tuple(given),
            ignore_index=options["ignore_index"] if is_class else None,
        )
        divisor = counts.sum()
    else:
        divisor = math.prod(loss.shape)
    return _reduced(loss, gradient, divisor, reduction, kind)


def _of_first_axes(sample_weight, shape):
    """Weights of samples for every element of the shape."""
    weight = as_lazy(sample_weight)
    return _dask().broadcast_to(weight.reshape(weight.shape + (1,) * (len(shape) - weight.ndim)), shape)


def _checked_types(logits, labels, weight, sample_weight, axis, reduction, options):
    """The type of the results; the arguments are checked on few rows where their shapes fit."""
    rows = logits.shape[:axis] + logits.shape[axis + 1 :]
    sample_weights("cross_entropy", _stand_in(sample_weight), rows, logits.shape)
    dims = [None, None]
    if labels.shape in (rows, logits.shape):
        few = [size if a == axis else min(size, 1) for a, size in enumerate(logits.shape)]
        dims = [tuple(few), tuple(few if labels.shape == logits.shape else few[:axis] + few[axis + 1 :])]
    logits, labels = (
        np.broadcast_to(np.zeros((), a.dtype), a.shape if d is None else d)
        for a, d in zip((logits, labels), dims, strict=True)
    )
    options = {"axis": axis, "weight": _stand_in(weight), "sample_weight": None, "reduction": reduction, **options}
    return cross_entropy_arguments(logits, labels, **options).dtype


def binary_cross_entropy(name, logits, targets, weight, pos_weight, sample_weight, reduction, return_grad):
    """The loss element by element."""
    given = {"logits": logits, "targets": targets, "weight": weight, "pos_weight": pos_weight}
    given["sample_weight"] = sample_weight
    _check(name, None, *given.values())
    checked = binary_cross_entropy_arguments(*(_stand_in(a) for a in given.values()), reduction)
    kind = checked.dtype
    logits = as_lazy(logits)
    for argument, a in given.items():
        if argument != "sample_weight" and a is not None and not broadcasts_to(np.shape(a), logits.shape):
            raise ValueError(
                f"fastact.{name}: {argument} of shape {np.shape(a)} does not broadcast to logits of {logits.shape}"
            )
    options = {key: as_lazy(a) for key, a in (("weight", weight), ("pos_weight", pos_weight)) if a is not None}
    if sample_weight is not None:
        options["sample_weight"] = _of_first_axes(sample_weight, logits.shape)
    operands = logits, as_lazy(targets), *options.values()
    both = _blockwise(chunks.binary_cross_entropy, logits, operands, kind, function=name, given=tuple(options))
    gradient = _part(both, 1, kind) if return_grad else None
    divisor = 1
    if reduction == "mean":
        divisor = math.prod(logits.shape)
        divisor = divisor if sample_weight is None else options["sample_weight"].sum(dtype=np.float64)
    return _reduced(_part(both, 0, kind), gradient, divisor, reduction, kind)


def _reduced(loss, gradient, divisor, reduction, kind):
    """The loss reduced, with the gradient if there is one."""
    if reduction != "none":
        loss = loss.sum(dtype=np.promote_types(kind, np.float64))
        loss = loss.map_blocks(chunks.quotient, divisor, kind, dtype=kind, meta=np.empty((), kind))
        if gradient is not None and reduction == "mean":
            meta = np.empty((0,) * gradient.ndim, kind)
            gradient = gradient.map_blocks(chunks.divided, divisor, kind, dtype=kind, meta=meta)
    return loss if gradient is None else (loss, gradient)
