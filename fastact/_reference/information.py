"""entropy, kl_divergence and expectation in readable NumPy: sums over softmax's probabilities."""

import numpy as np

from fastact._containers import other_choices
from fastact._reference.rows import log_softmax, softmax
from fastact._shared.choice_arguments import rows_of_logits, two_rows, values_of_rows
from fastact._shared.docs import documented

__all__ = ["entropy", "expectation", "kl_divergence"]


def _probabilities(given, kind):
    """softmax of the rows and its logarithm, in a type."""
    x, where, bias, scale = given.moved()
    options = {"where": where, "bias": bias, "scale": scale}
    work = np.promote_types(given.dtype, np.float32)
    return tuple(f(x.astype(work, copy=False), **options, dtype=kind) for f in (softmax, log_softmax))


def _sum(terms, dtype):
    return np.ascontiguousarray(terms).sum(axis=-1).astype(dtype)[()]


def _averages(p, vectors, dtype):
    """sum(p * vectors), row by row: products of all rows may not fit into memory."""
    found = np.empty(p.shape[:-1] + vectors.shape[-1:], dtype)
    for row in np.ndindex(p.shape[:-1]):
        found[row] = _sum(np.where(p[row] == 0, 0, p[row] * vectors[row].T), dtype)
    return found


@documented
def entropy(logits, axis=-1, *, where=None, bias=None, scale=1.0):
    """The entropy of softmax(logits) along an axis, -sum(p * log(p)) in nats, with 0 * log(0) = 0.

    Its gradient is `entropy_grad`.

    Parameters
    ----------
    {logits}
    axis : int, optional
        The axis along which probabilities sum to 1.
    {logits options}

    Returns
    -------
    {logits result}

    Raises
    ------
    {logits errors}

    Notes
    -----
    A row that holds NaN or inf, or nothing but -inf, is NaN. No term is negative: the relative error is below 16 eps,
    also of a row in which one element takes nearly all. Sums are taken in float64; float16 is rounded once.

    Examples
    --------
    >>> import fastact
    >>> fastact.entropy([[0.0, 0.0, 0.0, 0.0], [50.0, 0.0, 0.0, 0.0]])
    array([1.38629436e+00, 2.95098727e-20])
    """
    answer = other_choices.reduced("entropy", {"logits": logits, "where": where, "bias": bias, "scale": scale}, axis)
    if answer is not NotImplemented:
        return answer
    given = rows_of_logits("entropy", logits, axis, where, bias, scale)
    with np.errstate(all="ignore"):
        p, log_p = _probabilities(given, np.promote_types(given.dtype, np.float64))
        return _sum(np.where(p == 0, 0, -p * log_p), given.dtype)


@documented
def expectation(logits, values, axis=-1, *, where=None, bias=None, scale=1.0):
    """The expectation of values under softmax(logits) along an axis, sum(p * values).

    Distances of a detection head are ``expectation(logits, numpy.arange(16))``, attention's last step for one query is
    ``expectation(scores, values)`` with a vector for each key. No array of probabilities is made of plain rows. Its
    gradient is `expectation_grad`.

    Parameters
    ----------
    {logits}
    values : array_like
        What is averaged: numbers that broadcast to the shape of `logits`; or with one axis more than `logits` vectors,
        whose numbers lie along that last axis and whose other axes broadcast to the shape of `logits`. Vectors of shape
        (n, d) that serve all rows of two-dimensional logits are ``values[None]``.
    axis : int, optional
        The axis of `logits` along which probabilities sum to 1.
    {logits options}

    Returns
    -------
    ndarray or scalar
        Of the floating type of the logits and of their shape without `axis`; of vectors their length comes last. pandas
        and xarray objects keep their labels, but take no vectors.

    Raises
    ------
    {logits errors}

    Notes
    -----
    A row of logits that holds NaN or inf, or nothing but -inf, is NaN. Values of probability 0 do not count, whatever
    they are. The error is below 5 eps of ``sum(p * abs(values))``, of vectors in float32 below 6. Sums are taken in
    float64, but for sums of 16 terms of vectors in float32; values are rounded to the type that is computed in, and
    float16 is rounded once. Averages of vectors have the same bits on every processor and need no room for
    probabilities; where neither matters, ``softmax(logits) @ vectors`` in float32 took 0.3 to 1 of the time.

    Examples
    --------
    >>> import fastact
    >>> fastact.expectation([[0.0, 0.0, 0.0], [9.0, 0.0, 9.0]], [1.0, 2.0, 5.0])
    array([2.66666667, 2.9999383 ])
    >>> fastact.expectation([0.0, 0.0, 1000.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    array([5., 6.])
    """
    options = {"where": where, "bias": bias, "scale": scale}
    answer = other_choices.reduced("expectation", {"logits": logits, "values": values, **options}, axis)
    if answer is not NotImplemented:
        return answer
    given = rows_of_logits("expectation", logits, axis, where, bias, scale)
    values = values_of_rows("expectation", values, given)
    with np.errstate(all="ignore"):
        p, _ = _probabilities(given, np.promote_types(given.dtype, np.float64))
        if values.ndim > p.ndim:
            return _averages(p, values, given.dtype)
        values = values.astype(np.promote_types(given.dtype, np.float32))
        return _sum(np.where(p == 0, 0, p * values), given.dtype)


@documented
def kl_divergence(p_logits, q_logits, axis=-1, *, where=None):
    """The divergence of Kullback and Leibler of softmax(p_logits) from softmax(q_logits), sum(p * log(p / q)).

    PyTorch's ``kl_div`` takes log(q) first; here p stands first, as in the formula. Its gradients with respect to both
    are `kl_divergence_grad`.

    Parameters
    ----------
    p_logits, q_logits : array_like
        Of one shape. Floating, integer or bool. Integers and bool are computed in float64.
    axis : int, optional
        The axis along which probabilities sum to 1.
    where : array_like of bool, optional
        Elements that count in both; it broadcasts to the shape of the logits.

    Returns
    -------
    ndarray or scalar
        Of the floating type of the logits and of their shape without `axis`. pandas and xarray objects keep their
        labels.

    Raises
    ------
    {logits errors}

    Notes
    -----
    Where p is 0 there is nothing to add; where q alone is 0 the divergence is inf. A row that holds NaN or inf, or
    nothing but -inf, is NaN.

    It is computed as sum(p * (d + exp(-d) - 1)), d = log(p / q), whose terms are not negative: nothing cancels where
    the distributions agree, and of float32 logits the relative error is below 4 eps. In float64 what rounding takes
    from d counts, a few eps of log(p): where the distributions agree to within d, the relative error is about eps / d.

    Examples
    --------
    >>> import fastact
    >>> float(fastact.kl_divergence([0.0, 1.0, 2.0], [0.0, 1.0, 2.0]))
    0.0
    >>> fastact.kl_divergence([[0.0, 1.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1e-5]])
    array([4.62117157e-01, 1.25000000e-11])
    """
    name = "kl_divergence"
    answer = other_choices.reduced(name, {"p_logits": p_logits, "q_logits": q_logits, "where": where}, axis)
    if answer is not NotImplemented:
        return answer
    both = two_rows(name, p_logits, q_logits, axis, where)
    with np.errstate(all="ignore"):
        kind = np.promote_types(both[0].dtype, np.float64)
        (p, log_p), (q, log_q) = (_probabilities(given, kind) for given in both)
        return _sum(_divergence(p, log_p - log_q, q), both[0].dtype)


def _divergence(p, d, q):
    """p * (d + exp(-d) - 1), where q is p * exp(-d); near 0 by its series."""
    small = np.where(np.abs(d) < 0.25, d, 0)
    series = np.zeros_like(small)
    for k in range(15, 1, -1):
        series = (1 - series) * (small / k)
    return np.where(np.abs(d) < 0.25, p * series * small, np.where(p == 0, q, p * d + (q - p)))
