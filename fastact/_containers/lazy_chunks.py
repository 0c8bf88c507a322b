"""What the graphs of lazy arrays call, chunk by chunk: functions of a module, so that they pickle by name.

`function` is the name of the public one. Arrays that may be missing are named in `given`.
"""

import numpy as np


def _public(function):
    import fastact  # a worker process may not have it yet

    return getattr(fastact, function)


def rows(x, *options, function, axis, given, keywords):
    """A row function of one chunk, with all its axes."""
    return _public(function)(x, axis, **dict(zip(given, options, strict=True)), **keywords)


def scaled(x, *options, function, given, keywords):
    """An elementwise function of scale * x + bias of one chunk."""
    return _public(function)(x, **dict(zip(given, options, strict=True)), **keywords)


def row_gradient(dy, y, *, function, axis, asked):
    """The gradient of a row function of one chunk."""
    return _public(function)(dy, y, axis, dtype=asked)


def operand_gradients(*operands, function, keywords):
    """Both gradients of one chunk, where nothing is added up."""
    return _public(function)(*np.broadcast_arrays(*operands), **keywords)


def cross_entropy(logits, labels, *weights, function, axis, given, keywords):
    """The losses of one chunk, with the axis of the classes, their gradient, and their Hessian if it is asked for."""
    weights = dict(zip(given, weights, strict=True))
    loss, *slopes = _public(function)(
        logits, labels, axis=axis, reduction="none", return_grad=True, **weights, **keywords
    )
    return np.expand_dims(loss, axis), *slopes


def counted(labels, *weights, given, ignore_index):
    """What every row counts for in the mean; ignore_index is None where rows have probabilities instead of labels."""
    weights = dict(zip(given, weights, strict=True))
    is_ignored = np.zeros(labels.shape, bool) if ignore_index is None else labels == ignore_index
    counts = np.where(is_ignored, 0.0, weights.get("sample_weight", 1.0))
    if ignore_index is not None and "weight" in weights:
        counts = counts * weights["weight"].astype(np.float64)[np.where(is_ignored, 0, labels)]
    return counts


def elementwise_loss(logits, *arrays, function, given, keywords):
    """The losses of one chunk and their gradients, and their Hessian if it is asked for."""
    arrays = dict(zip(given, arrays, strict=True))
    return _public(function)(logits, **arrays, **keywords, reduction="none", return_grad=True)


def part(results, which):
    """One of the results of a chunk."""
    return results[which]


def rounded(a, dtype):
    """A sum in the type of the results."""
    with np.errstate(all="ignore"):
        return np.asarray(a).astype(dtype, copy=False)


def divided(gradient, divisor, dtype):
    """The gradient of a mean; 0 where that of the loss is."""
    with np.errstate(all="ignore"):
        wide = gradient.astype(np.promote_types(dtype, np.float64)) / divisor
        return np.where(gradient == 0, 0, wide).astype(dtype)


def quotient(total, divisor, dtype):
    """A mean; that of nothing is NaN."""
    with np.errstate(all="ignore"):
        return np.asarray(np.asarray(total) / divisor).astype(dtype)


def top_k(logits, *options, k, axis, given, keywords):
    """The largest probabilities of one chunk and their places."""
    return _public("top_k")(logits, k, axis, **dict(zip(given, options, strict=True)), **keywords)


def log_prob(logits, labels, *options, axis, given, keywords):
    """The log-probabilities of one chunk, with the axis of the classes."""
    options = dict(zip(given, options, strict=True))
    return np.expand_dims(_public("log_prob")(logits, labels, axis, **options, **keywords), axis)


def reduced(*arrays, function, axis, given, keywords):
    """A number for each row of one chunk, with the axis of the rows."""
    options = dict(zip(given, arrays, strict=True))
    return np.expand_dims(_public(function)(**options, **keywords, axis=axis), axis)
