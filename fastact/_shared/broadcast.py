"""Gradients with respect to operands that were broadcast: summed to the shape of the operand."""

import numpy as np

from fastact._shared.arguments import check_out
from fastact._shared.dtypes import common_dtype


def operand_gradients(operation, operands, shapes, out, where, casting, order, dtype, subok):
    """The results of an operation, each added up to its shape of `shapes`; None leaves it in that of all operands.

    `out` is None or a tuple of arrays and None. Where nothing is to be added this is the operation itself.
    """
    name = operation.name
    where = True if where is None else where
    outs = (None,) * len(shapes) if out is None else out
    if not isinstance(outs, tuple) or len(outs) != len(shapes):
        got = len(outs) if isinstance(outs, tuple) else type(outs).__name__
        raise ValueError(f"fastact.{name}: out must be a tuple of {len(shapes)} arrays or None, got {got}")
    keywords = {"where": where, "casting": casting, "order": order, "dtype": dtype, "subok": subok}
    whole = np.broadcast_shapes(*(np.shape(a) for a in operands), np.shape(where))
    is_summed = [shape is not None and shape != whole for shape in shapes]
    for target, shape in zip(outs, shapes, strict=True):
        wanted = whole if shape is None else shape
        if isinstance(target, np.ndarray) and target.shape != wanted:
            common_dtype(name, operands, dtype, casting)  # what cannot be computed is the first to be said
            raise ValueError(f"fastact.{name}: out has shape {target.shape}, the result has {wanted}")
    if not any(is_summed):
        return operation(*operands, out=None if out is None else outs, **keywords)

    result_type = common_dtype(name, operands, dtype, casting)
    for target, shape, added in zip(outs, shapes, is_summed, strict=True):
        if added and target is not None:
            check_out(name, target, shape, result_type)
    given = tuple(None if added else target for target, added in zip(outs, is_summed, strict=True))
    if where is not True:  # a ufunc warns of elements that nothing is written to
        given = tuple(np.empty(whole, result_type) if target is None else target for target in given)
    results = list(operation(*operands, out=given if any(a is not None for a in given) else None, **keywords))
    for i, shape in enumerate(shapes):
        if not is_summed[i]:
            continue
        with np.errstate(all="ignore"):
            total = added_up(np.broadcast_to(results[i], whole), shape, where).astype(result_type)
            if outs[i] is not None:
                np.copyto(outs[i], total, casting="same_kind")
        results[i] = total[()] if outs[i] is None else outs[i]
    return tuple(results)


def added_up(shares, shape, where=True):
    """The sums over the axes that broadcasting from `shape` added or stretched, in float64 at least."""
    first = shares.ndim - len(shape)
    axes = tuple(a for a in range(shares.ndim) if a < first or (shape[a - first] == 1 and shares.shape[a] != 1))
    counts = {} if where is True else {"where": np.broadcast_to(where, shares.shape)}
    shares = np.ascontiguousarray(shares)  # NumPy adds in an order that depends on the layout
    with np.errstate(all="ignore"):
        wide = np.promote_types(shares.dtype, np.float64)
        return np.sum(shares, axis=axes, dtype=wide, keepdims=True, **counts).reshape(shape)
