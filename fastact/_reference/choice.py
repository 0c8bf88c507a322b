"""top_k and log_prob in readable NumPy: a few elements of each row's softmax."""

import numpy as np

from fastact._containers import other_choices
from fastact._reference.rows import log_softmax, scaled, softmax
from fastact._shared.choice_arguments import count_of_largest, labels_of_rows, rows_of_logits
from fastact._shared.docs import documented

__all__ = ["log_prob", "top_k"]


def rounded_sum(x, bias, scale):
    """scale * x + bias, rounded to the type of x."""
    return scaled(x, x.dtype, bias, scale).astype(x.dtype, copy=False)


def _compared(given):
    """What decides which elements of a row are the largest: scale * x + bias, rounded to the type that is computed in.

    Where a number alone scales, it is the logits themselves or their negatives, which no rounding makes equal.
    """
    x, _, bias, scale = given.moved()
    work = np.promote_types(given.dtype, np.float32)
    if bias is None and scale.ndim == 0:
        return x.astype(work, copy=False) * np.sign(scale).astype(work)
    return rounded_sum(x.astype(work, copy=False), bias, scale)


def places_of_largest(given, k):
    """The indices of the k largest elements of each row, by a stable sort of all."""
    compared, where = _compared(given), given.moved()[1]
    is_nan = np.isnan(compared)
    group = np.where(is_nan, 0, 1)
    if where is not None:
        group = np.where(where, group, 2)
    compared = np.where(group == 1, compared, 0)
    return np.lexsort((-compared, group), axis=-1)[..., :k].astype(np.intp)


def _at(given, places, log):
    """The results of softmax or log_softmax at places along the last axis."""
    x, where, bias, scale = given.moved()
    rows = (log_softmax if log else softmax)(x, where=where, bias=bias, scale=scale, dtype=given.dtype)
    return np.take_along_axis(rows, places, axis=-1)


@documented
def top_k(logits, k, axis=-1, *, where=None, bias=None, scale=1.0, log=False):
    """The k largest probabilities of softmax(logits) along an axis, and where they stand.

    They are divided by the sum over all logits, and no softmax is stored. Pass the logits, not their softmax.

    Parameters
    ----------
    {logits}
    k : int
        How many, from 0 to the length of the axis.
    axis : int, optional
        The axis along which probabilities sum to 1.
    {logits options}
    log : bool, optional
        Whether to return the logarithms of the probabilities.

    Returns
    -------
    probabilities : ndarray
        Largest first, of the floating type of `logits` and of its shape with length `k` along `axis`: the numbers that
        `softmax`, or `log_softmax`, gives there.
    indices : ndarray of intp
        Of the same shape: their places along `axis`.

    Raises
    ------
    {logits errors}

    Notes
    -----
    The order is that of the logits; equal ones come by their index. NaN comes first, then numbers, and last what the
    mask leaves out: with probability 0, where fewer than `k` logits count. A row that holds NaN or inf, or nothing but
    -inf, has probabilities NaN; its indices are in that order too. With a bias, or with an array of scales, the order
    is that of ``scale * logits + bias`` rounded to the type that is computed in.

    {softmax accuracy}

    Examples
    --------
    >>> import fastact
    >>> probabilities, indices = fastact.top_k([[1.0, 4.0, 2.0, 4.0], [0.0, -1.0, 3.0, 9.0]], 2)
    >>> probabilities
    array([[0.45764028, 0.45764028],
           [0.99735943, 0.00247221]])
    >>> indices
    array([[1, 3],
           [3, 2]])
    """
    answer = other_choices.top_k(logits, k, axis, where, bias, scale, log)
    if answer is not NotImplemented:
        return answer
    given = rows_of_logits("top_k", logits, axis, where, bias, scale)
    k = count_of_largest("top_k", k, given.logits.shape[given.axis], given.axis)
    with np.errstate(all="ignore"):
        places = places_of_largest(given, k)
        found = _at(given, places, log), places
    return tuple(np.ascontiguousarray(np.moveaxis(a, -1, given.axis)) for a in found)


@documented
def log_prob(logits, labels, axis=-1, *, where=None, bias=None, scale=1.0):
    """The logarithm of softmax(logits) at the label of each row, logits[label] - log(sum(exp(logits))).

    It is what a score, a policy's gradient or a beam adds up; minus the loss of each row that `cross_entropy` with
    ``reduction="none"`` gives, which can return the gradient too.

    Parameters
    ----------
    {logits}
    labels : array_like of int
        The classes, of the shape of `logits` without `axis`; one where `logits` is one row.
    axis : int, optional
        That of the classes.
    {logits options}

    Returns
    -------
    ndarray or scalar
        Of the floating type of `logits` and of its shape without `axis`: the number that `log_softmax` gives there. A
        label that the mask leaves out has -inf. pandas and xarray objects keep their labels.

    Raises
    ------
    {logits errors}

    Notes
    -----
    A row that holds NaN or inf, or nothing but -inf, is NaN. A label that another thread turns into no class during the
    call gives NaN.

    {log_softmax accuracy}

    Examples
    --------
    >>> import fastact
    >>> fastact.log_prob([[2.0, 0.5, -1.0], [0.0, 40.0, 0.0]], [0, 1])
    array([-2.41311297e-01, -8.49670851e-18])
    """
    answer = other_choices.log_prob(logits, labels, axis, where, bias, scale)
    if answer is not NotImplemented:
        return answer
    given = rows_of_logits("log_prob", logits, axis, where, bias, scale)
    labels = labels_of_rows("log_prob", labels, given)
    with np.errstate(all="ignore"):
        return _at(given, labels[..., None], True)[..., 0][()]
