"""The losses of sparsemax and entmax15 in readable NumPy: sums of terms that are not negative."""

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.losses import finish
from fastact._reference.sparse import ENTMAX15, SPARSEMAX, threshold_of
from fastact._shared.docs import documented
from fastact._shared.loss_arguments import classes_of_rows

__all__ = ["entmax15_loss", "sparsemax_loss"]


def sparse_loss(compute, name, power, logits, labels, axis, ignore_index, reduction, return_grad):
    """By compute(power, rows, labels, scale), of rows in one piece: their losses, the sum of these, the gradient."""
    answer = other_arrays.sparse_loss(name, logits, labels, axis, ignore_index, reduction, return_grad)
    if answer is not NotImplemented:
        return answer
    given = classes_of_rows(name, logits, labels, axis, ignore_index, reduction)
    with np.errstate(all="ignore"):
        moved = np.moveaxis(given.logits, given.axis, -1)
        rows = np.ascontiguousarray(moved.astype(np.promote_types(given.dtype, np.float32), copy=False))
        label = given.labels.reshape(-1)
        counted = np.count_nonzero(label >= 0)
        scale = 1 / counted if reduction == "mean" and counted else 1.0
        loss, total, dx = compute(power, rows.reshape(-1, moved.shape[-1]), label, scale)
        if reduction == "none":
            loss = loss.reshape(moved.shape[:-1])
        else:
            loss = total if reduction == "sum" else total / np.asarray(counted, loss.dtype)
        dx = np.ascontiguousarray(np.moveaxis(dx.reshape(moved.shape), -1, given.axis))
        return finish(logits, loss, dx, dx, given.dtype, return_grad, False)


def _row_losses(power, x, label, scale):
    """The losses of rows and their gradients times a scale."""
    m = x.max(axis=-1, keepdims=True)
    z = (x - m) / power
    bad = np.isnan(z).any(axis=-1)
    z = np.where(np.isnan(z), 0, z)
    place = np.maximum(label, 0)[:, None]
    d = z - threshold_of(power, z)
    own = np.take_along_axis(d, place, axis=-1)[:, 0]
    others = np.maximum(d, 0)
    np.put_along_axis(others, place, 0, axis=-1)
    p = others**power
    rest, powers = p.sum(axis=-1), (p * others).sum(axis=-1)  # rest is 1 less the label's probability
    if power == SPARSEMAX:
        loss = (rest**2 + powers) / 2
    else:
        root = np.maximum(own, 0)
        gap = rest / (1 + root)  # 1 less the root
        loss = (powers + gap * gap * (2 + root)) * 2 / 3
    loss += power * np.maximum(-own, 0)
    gradient = p * scale
    np.put_along_axis(gradient, place, 0 - rest[:, None] * scale, axis=-1)  # 0, not -0
    loss, gradient = np.where(bad, np.nan, loss), np.where(bad[:, None], np.nan, gradient)
    return np.where(label < 0, 0, loss), np.where(label[:, None] < 0, 0, gradient)


def compute_losses(power, x, label, scale):
    wide = np.promote_types(x.dtype, np.float64)
    loss, dx = np.zeros(len(x), wide), np.empty_like(x)
    step = max(1, 2**18 // x.shape[-1])
    for start in range(0, len(x), step):
        part = slice(start, start + step)
        loss[part], dx[part] = _row_losses(power, x[part].astype(wide), label[part], scale)
    return loss, loss.sum(), dx


@documented
def sparsemax_loss(logits, labels, *, axis=-1, ignore_index=-100, reduction="mean", return_grad=False):
    """The loss of Fenchel and Young whose gradient is sparsemax(logits), less 1 at the label, along an axis.

    With p = sparsemax(logits) it is (1 - sum(p**2)) / 2 + sum(p * logits) - logits[label]: 0 where the label's logit is
    at least 1 above all others, so that training ends there. That of the package entmax; Martins and Astudillo,
    arXiv:1602.02068.

    {sparse loss start}

    Examples
    --------
    >>> import fastact
    >>> logits = [[2.0, 0.5, -1.0], [0.5, 0.25, 0.0]]
    >>> loss, gradient = fastact.sparsemax_loss(logits, [0, 2], reduction="none", return_grad=True)
    >>> loss
    array([0.        , 0.64583333])
    >>> gradient
    array([[ 0.        ,  0.        ,  0.        ],
           [ 0.58333333,  0.33333333, -0.91666667]])
    """
    return sparse_loss(
        compute_losses, "sparsemax_loss", SPARSEMAX, logits, labels, axis, ignore_index, reduction, return_grad
    )


@documented
def entmax15_loss(logits, labels, *, axis=-1, ignore_index=-100, reduction="mean", return_grad=False):
    """The loss of Fenchel and Young whose gradient is entmax15(logits), less 1 at the label, along an axis.

    With p = entmax15(logits) it is (1 - sum(p**1.5)) / 0.75 + sum(p * logits) - logits[label]: 0 where the label's
    logit is at least 2 above all others. That of the package entmax; Peters, Niculae and Martins, arXiv:1905.05702.

    {sparse loss start}

    Examples
    --------
    >>> import fastact
    >>> logits = [[3.0, 0.5, -1.0], [0.5, 0.25, 0.0]]
    >>> loss, gradient = fastact.entmax15_loss(logits, [0, 2], reduction="none", return_grad=True)
    >>> loss
    array([0.        , 0.84933397])
    >>> gradient
    array([[ 0.        ,  0.        ,  0.        ],
           [ 0.48060606,  0.32291667, -0.80352273]])
    """
    return sparse_loss(
        compute_losses, "entmax15_loss", ENTMAX15, logits, labels, axis, ignore_index, reduction, return_grad
    )
