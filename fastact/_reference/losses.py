"""Cross entropy in NumPy: formula, signature, documentation.

Losses are sums of terms that are not negative, as long as labels and weights are not: nothing cancels, and the loss of
a confident prediction keeps its relative accuracy.
"""

import numpy as np

from fastact._containers import other_arrays
from fastact._shared.docs import documented
from fastact._shared.loss_arguments import asked, cross_entropy_arguments
from fastact._shared.wrap import rewrap

__all__ = ["cross_entropy"]


def widen(array, dtype):
    """In at least double precision, by way of the type that kernels take it in; in one piece, so that sums do not
    depend on the layout."""
    wide = array.astype(dtype, copy=False).astype(np.promote_types(dtype, np.float64), copy=False)
    return wide.copy(order="C") if array.ndim else wide


def times(coefficient, value):
    """Their product; 0 where the coefficient is, though the value be infinite or NaN."""
    return np.where(coefficient == 0, 0, coefficient * value)


def _rest(a, place):
    """The sum of each row without the element at `place`, which is not subtracted from the whole."""
    others = np.array(a)
    np.put_along_axis(others, place, 0, axis=-1)
    return others.sum(axis=-1, keepdims=True)


def _complement(a, total):
    """total - a along rows that add up to total, without cancellation at the largest element."""
    place = a.argmax(axis=-1, keepdims=True)
    result = total - a
    np.put_along_axis(result, place, _rest(a, place), axis=-1)
    return result


def shares(given, shape):
    """q, what every class of a row counts for: the label's share and the weights; and what the row counts for."""
    wide = np.promote_types(given.dtype, np.float64)
    weight = np.ones(shape[-1], wide) if given.weight is None else given.weight
    of_row = np.ones(shape[:-1], wide) if given.sample_weight is None else given.sample_weight
    if given.labels is None:
        q = widen(np.moveaxis(given.probabilities, given.axis, -1), wide) * (1 - given.label_smoothing)
        return (q + given.label_smoothing / shape[-1]) * weight * of_row[..., None], of_row
    counts = np.where(given.labels < 0, 0, weight[given.labels])
    q = np.where((given.labels < 0)[..., None], 0, np.full(shape, given.label_smoothing / shape[-1], wide) * weight)
    place = np.maximum(given.labels, 0)[..., None]
    own = np.take_along_axis(q, place, axis=-1) + (1 - given.label_smoothing) * counts[..., None]
    np.put_along_axis(q, place, own, axis=-1)
    return times(of_row[..., None], q), times(of_row, counts)


def rows_of_losses(x, q):
    """The loss of each row, sum(q * (logsumexp(x) - x)), its gradient, sum(q) * softmax(x) - q, and the diagonal of its
    Hessian, sum(q) * p * (1 - p)."""
    m = x.max(axis=-1, keepdims=True)
    below = np.where(np.isfinite(m), m - x, np.nan)
    e = np.exp(-below)
    rest = _rest(e, x.argmax(axis=-1, keepdims=True)) + (m - m)
    # half the difference: the whole may overflow where its share does not
    far = 2 * times(q, np.where(np.isfinite(m), m / 2 - x / 2, np.nan)).sum(axis=-1)
    loss = far + q.sum(axis=-1) * np.log1p(rest[..., 0])
    p = e / (1 + rest)
    others, whole = _complement(e, 1 + rest) / (1 + rest), q.sum(axis=-1, keepdims=True)
    gradient = p * _complement(q, whole) - q * others
    counts = (q != 0).any(axis=-1)  # else it is nothing, though the row be NaN
    hessian = np.where(whole != 0, whole * (p * others), 0)
    return np.where(counts, loss, 0), np.where(counts[..., None], gradient, 0), hessian


def reduced(loss, counted, reduction):
    """The loss reduced, and the factor of its gradient."""
    if reduction == "none":
        return loss, 1
    if reduction == "sum":
        return loss.sum(), 1
    return loss.sum() / counted, 1 / counted


def finish(logits, loss, gradient, hessian, dtype, return_grad, return_hess):
    """What is asked for, rounded to the type of the results."""
    loss = np.asarray(loss).astype(dtype)
    loss = loss[()] if loss.ndim == 0 else loss
    slopes = [np.asarray(a).astype(dtype) for a in (gradient, hessian)]
    slopes = [a[()] if a.ndim == 0 else rewrap(logits, a) for a in slopes]
    return asked((loss, *slopes), return_grad, return_hess)


@documented
def cross_entropy(
    logits,
    labels,
    *,
    axis=-1,
    weight=None,
    sample_weight=None,
    ignore_index=-100,
    label_smoothing=0.0,
    extra_logit=None,
    reduction="mean",
    return_grad=False,
    return_hess=False,
):
    """Cross entropy of softmax(logits) along an axis, log(sum(exp(logits))) - logits[label], and its gradient.

    From logits, without a softmax in between: a confident prediction has a loss of a few 1e-9, not 0. PyTorch's classes
    are axis 1; here they are the last axis by default. Keras takes labels first, and probabilities by default.

    Parameters
    ----------
    logits : array_like
        Floating, integer or bool. Integers and bool are computed in float64.
    labels : array_like
        Either integers of any type, the classes, of the shape of `logits` without `axis`; or floating numbers of the
        shape of `logits`, the probabilities of the classes, which should add up to 1. One where `logits` is one row.
    axis : int, optional
        That of the classes.
    weight : array_like, optional
        A factor for each class, of shape (classes,). What counts for 0 counts for nothing, whatever its logits are.
    sample_weight : array_like, optional
        A factor for the loss of each row, of the shape of `logits` without `axis`, or of the first axes of that: one
        for each sample. A row of weight 0 counts for nothing, whatever it holds.
    ignore_index : int, optional
        Rows with this label count for nothing, whatever they hold: loss and gradient are 0. It may be a class, or no
        number that the labels' type holds. Probabilities have none: a row of zeros counts for nothing.
    label_smoothing : float, optional
        From 0 to 1: the part of every label that is spread evenly over all classes.
    extra_logit : array_like, optional
        The logit of one more class behind those of `logits`: a number, or an array of the shape of the losses, or with
        one element along `axis`, or one that broadcasts to it. Its label is the number of the other classes, its loss
        log(sum(exp(logits)) + exp(extra_logit)) - extra_logit; `weight` has one element more, and labels are smoothed
        over one class more. Gradient and Hessian are those of `logits` alone. Probabilities do not go with it.
    {reduction}
        With integer labels the mean is the sum divided by the weights of the labels of all rows that count; with
        probabilities it is divided by the number of rows. `sample_weight` multiplies the terms of both sums: without
        `weight` the mean is sum(sample_weight * loss) / sum(sample_weight), as in scikit-learn.
    {return_grad}
    {return_hess}

    Returns
    -------
    {losses of rows}
    hessian : ndarray
        Only if `return_hess`: likewise. With p the row's probabilities it is p * (1 - p), times what the row counts
        for: the product of its weights.

    Raises
    ------
    TypeError
        If an argument is complex, masked or not numeric, or labels are bool.
    ValueError
        If a label is no class and not `ignore_index`: the message names the first. If `labels` or `weight` has a wrong
        shape, there are no classes, `label_smoothing` is not from 0 to 1, or `reduction` is unknown. A label that
        another thread turns into no class during the call makes the loss NaN, or its row ignored where it is negative.
    numpy.exceptions.AxisError
        If `axis` is out of range.

    Notes
    -----
    A logit of -inf is probability 0: as label its loss is inf, and a class of probability 0 counts for nothing there,
    where PyTorch gives NaN. A row that holds NaN or inf, or nothing but -inf, has loss and gradient NaN unless it
    counts for nothing, and no other row has. If no row counts, the mean is NaN and its gradient 0. Class weights and
    label smoothing are PyTorch's.

    The loss of a row is within 4 ULP of its larger part, and that of a confident one of its own; so is the gradient:
    at the label it is minus the sum of the other probabilities. The relative error of the Hessian is below 10 eps.
    Sums are taken in float64; float16 is computed in float32, in which probabilities beside float16 and float32 logits
    are taken; weights are taken in float64.

    Examples
    --------
    >>> import fastact
    >>> logits = [[2.0, 0.5, -1.0], [0.0, 40.0, 0.0]]
    >>> fastact.cross_entropy(logits, [0, 1], reduction="none")
    array([2.41311297e-01, 8.49670851e-18])
    >>> loss, gradient = fastact.cross_entropy(logits, [0, -100], return_grad=True)
    >>> gradient
    array([[-0.21440297,  0.17529039,  0.03911257],
           [ 0.        ,  0.        ,  0.        ]])
    >>> round(float(fastact.cross_entropy(logits, [2, 0], sample_weight=[3.0, 1.0])), 6)
    12.430983
    >>> loss, gradient, hessian = fastact.cross_entropy(
    ...     logits, [0, 1], reduction="sum", return_grad=True, return_hess=True
    ... )
    >>> hessian
    array([[1.68434334e-01, 1.44563671e-01, 3.75827799e-02],
           [4.24835426e-18, 8.49670851e-18, 4.24835426e-18]])
    >>> fastact.cross_entropy([[2.0, 0.5]], [2], extra_logit=0.0, reduction="none")
    array([2.30635571])
    """
    answer = other_arrays.cross_entropy(
        "cross_entropy",
        logits,
        labels,
        axis,
        weight,
        sample_weight,
        reduction,
        return_grad,
        return_hess,
        extra_logit,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
    )
    if answer is not NotImplemented:
        return answer
    given = cross_entropy_arguments(
        logits, labels, axis, weight, sample_weight, ignore_index, label_smoothing, reduction, extra_logit
    )
    with np.errstate(all="ignore"):
        x = widen(np.moveaxis(given.logits, given.axis, -1), given.dtype)
        if given.extra is not None:
            beside = np.broadcast_to(given.extra, x.shape[:-1]).astype(x.dtype)
            x = np.concatenate([x, beside[..., None]], axis=-1)
        q, counts = shares(given, x.shape)
        loss, *slopes = rows_of_losses(x, q)
        loss, factor = reduced(loss, counts.sum(), reduction)
        slopes = [times(a[..., : given.logits.shape[given.axis]], factor) for a in slopes]
        slopes = [np.ascontiguousarray(np.moveaxis(a, -1, given.axis)) for a in slopes]
        return finish(logits, loss, *slopes, given.dtype, return_grad, return_hess)
