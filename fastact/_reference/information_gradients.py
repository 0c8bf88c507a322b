"""The gradients of entropy, kl_divergence and expectation with respect to logits, of softmax and its logarithm.

The functions of logits are given: those of NumPy or the compiled ones.
"""

import math

import numpy as np

from fastact._containers import other_choices
from fastact._reference.log_sums import argument_of
from fastact._reference.rows import log_softmax, softmax
from fastact._shared.choice_arguments import gradients_of_rows, rows_of_logits, two_rows, values_of_rows
from fastact._shared.docs import documented

__all__ = ["entropy_grad", "expectation_grad", "kl_divergence_grad"]

AT_ONCE = 1 << 17  # elements, so that intermediate arrays stay in the caches


def _summed(p, a):
    """sum(p * a) of each row; what has no probability does not count."""
    return np.where(p == 0, 0, p * a).sum(axis=-1, keepdims=True)


def _from_mean(p, a):
    """a less its mean under p: the mean of the differences, which rounding leaves, is taken off too."""
    a = a - _summed(p, a)
    return a - _summed(p, a)


def _slopes(p, a):
    return np.where(p == 0, 0, p * a)


def _pieces(shape):
    """Index tuples of parts of about AT_ONCE elements along the first axis."""
    if len(shape) < 2 or math.prod(shape) <= AT_ONCE:
        return [(...,)]
    step = max(1, AT_ONCE * shape[0] // math.prod(shape))
    return [(slice(start, start + step), ...) for start in range(0, shape[0], step)]


def _gradient(given, dy, slopes):
    """dy * scale * slopes(z, x, options, piece), z being what softmax is taken of, in the shape of the logits."""
    x, where, bias, scale = given.moved()
    wide = np.promote_types(given.dtype, np.float64)
    result = np.empty(x.shape, given.dtype)
    with np.errstate(all="ignore"):
        for piece in _pieces(x.shape) if x.size else ():
            options = {
                "where": None if where is None else where[piece],
                "bias": None if bias is None else bias[piece],
                "scale": scale if scale.ndim == 0 else scale[piece],
            }
            part = np.ascontiguousarray(x[piece].astype(np.promote_types(given.dtype, np.float32), copy=False))
            z = argument_of(part, *options.values(), wide)
            factor = dy[piece].astype(wide)[..., None] * options["scale"].astype(wide)
            found = slopes(z, part, options, piece)
            result[piece] = np.where(found == 0, 0, found * factor)
    return np.ascontiguousarray(np.moveaxis(result, -1, given.axis))


def entropy_gradient(softmax, dy, logits, axis, where, bias, scale):
    name = "entropy_grad"
    given = {"logits": logits, "where": where, "bias": bias, "scale": scale}
    answer = other_choices.gradient(name, dy, given, axis)
    if answer is not NotImplemented:
        return answer
    rows = rows_of_logits(name, logits, axis, where, bias, scale)
    wide = np.promote_types(rows.dtype, np.float64)

    def slopes(z, x, options, piece):
        p = softmax(x, **options, dtype=wide)
        # log(p) and the entropy have log(sum(exp)) in common, which is left out
        return -_slopes(p, _from_mean(p, z - z.max(axis=-1, keepdims=True)))

    return _gradient(rows, gradients_of_rows(name, dy, rows), slopes)


def expectation_gradient(softmax, dy, logits, values, axis, where, bias, scale):
    name = "expectation_grad"
    given = {"logits": logits, "values": values, "where": where, "bias": bias, "scale": scale}
    answer = other_choices.gradient(name, dy, given, axis)
    if answer is not NotImplemented:
        return answer
    rows = rows_of_logits(name, logits, axis, where, bias, scale)
    numbers = values_of_rows(name, values, rows)
    wide = np.promote_types(rows.dtype, np.float64)
    are_vectors = numbers.ndim > rows.logits.ndim
    dy = gradients_of_rows(name, dy, rows, numbers.shape[-1:] if are_vectors else ())

    def slopes(z, x, options, piece):
        p = softmax(x, **options, dtype=wide)
        if are_vectors:
            v = np.einsum("...ij,...j->...i", numbers[piece], dy[piece], dtype=wide)
        else:
            v = numbers[piece].astype(np.promote_types(rows.dtype, np.float32)).astype(wide)
        # from the value of the largest probability: of one that is nearly 1 nothing cancels
        return _slopes(p, _from_mean(p, v - np.take_along_axis(v, p.argmax(axis=-1, keepdims=True), axis=-1)))

    return _gradient(rows, np.broadcast_to(1.0, rows.outer) if are_vectors else dy, slopes)


def divergence_gradients(softmax, log_softmax, dy, p_logits, q_logits, axis, where):
    name = "kl_divergence_grad"
    answer = other_choices.gradient(name, dy, {"p_logits": p_logits, "q_logits": q_logits, "where": where}, axis)
    if answer is not NotImplemented:
        return answer
    rows, others = two_rows(name, p_logits, q_logits, axis, where)
    wide = np.promote_types(rows.dtype, np.float64)
    second = others.moved()[0]

    def both(x, options, piece):
        y = np.ascontiguousarray(second[piece].astype(np.promote_types(rows.dtype, np.float32), copy=False))
        p, log_p, q, log_q = (f(a, **options, dtype=wide) for a in (x, y) for f in (softmax, log_softmax))
        return p, q, np.where((p == 0) & (q == 0), p, log_p - log_q)

    def of_p(z, x, options, piece):
        p, _, d = both(x, options, piece)
        return _slopes(p, _from_mean(p, d))

    def of_q(z, x, options, piece):
        p, q, d = both(x, options, piece)
        return np.where(d > 0, p * np.expm1(-d), -q * np.expm1(d))  # q - p

    dy = gradients_of_rows(name, dy, rows)
    return _gradient(rows, dy, of_p), _gradient(rows, dy, of_q)


@documented
def entropy_grad(dy, logits, /, axis=-1, *, where=None, bias=None, scale=1.0):
    """Gradient of `entropy` with respect to logits: -dy * scale * p * (log(p) + entropy), p = softmax(logits).

    {gradient of logits start}
    {gradient of logits end}

    Notes
    -----
    With z = scale * logits + bias, counted from its maximum, it is -p * (z - sum(p * z)): nothing cancels where p is
    nearly uniform, or nearly 1. The error is below 16 eps of p * (abs(z) + sum(p * abs(z))), in float32 below 2 eps of
    the result but next to its zero. Computed in float64; 16 bits are rounded once.

    Examples
    --------
    >>> import fastact
    >>> fastact.entropy_grad(1.0, [0.0, 0.0, 1.0])
    array([ 0.12210311,  0.12210311, -0.24420622])
    """
    return entropy_gradient(softmax, dy, logits, axis, where, bias, scale)


@documented
def expectation_grad(dy, logits, values, /, axis=-1, *, where=None, bias=None, scale=1.0):
    """Gradient of `expectation` with respect to logits: dy * scale * p * (values - expectation), p = softmax(logits).

    That with respect to the values is ``dy * softmax(logits)``. Of vectors, values and expectation are those of their
    products with `dy`, ``sum(dy * values)``.

    {gradient of logits start}
    values : array_like
        As in `expectation`.
    {gradient of logits end}

    Notes
    -----
    With v, the values counted from that of the largest probability, it is p * (v - sum(p * v)): nothing cancels where p
    is nearly 1. The error is below 16 eps of p * (abs(v) + sum(p * abs(v))), in float32 below 2 eps of the result but
    next to its zero. Computed in float64; 16 bits are rounded once.

    Examples
    --------
    >>> import fastact
    >>> fastact.expectation_grad(1.0, [0.0, 0.0, 0.0], [1.0, 2.0, 6.0])
    array([-0.66666667, -0.33333333,  1.        ])
    """
    return expectation_gradient(softmax, dy, logits, values, axis, where, bias, scale)


@documented
def kl_divergence_grad(dy, p_logits, q_logits, /, axis=-1, *, where=None):
    """Gradients of `kl_divergence` with respect to both logits: dy * p * (log(p / q) - kl_divergence) and dy * (q - p).

    Parameters
    ----------
    dy : array_like
        Gradient with respect to the result of the function; it broadcasts to that.
    p_logits, q_logits : array_like
        What the function was given. Floating, integer or bool. Integers and bool are computed in float64.
    axis : int, optional
        As in `kl_divergence`.
    where : array_like of bool, optional
        Elements that count in both; it broadcasts to the shape of the logits.

    Returns
    -------
    dp_logits, dq_logits : ndarray
        Of the shape and floating type of the logits. 0 at what does not count. pandas and xarray objects keep their
        labels. Where the divergence is inf, the first is NaN.

    Raises
    ------
    {logits errors}

    Notes
    -----
    q - p is found by the logarithms: it keeps its digits where the distributions agree, and where both are nearly 1.
    Of float32 logits the error is below 2 eps of the result; in float64 what rounding takes from d = log(p / q) counts,
    a few eps of log(p). Computed in float64; 16 bits are rounded once.

    Examples
    --------
    >>> import fastact
    >>> dp, dq = fastact.kl_divergence_grad(1.0, [0.0, 1.0], [0.0, 0.5])
    >>> dp
    array([-0.09830597,  0.09830597])
    >>> dq
    array([ 0.10859925, -0.10859925])
    """
    return divergence_gradients(softmax, log_softmax, dy, p_logits, q_logits, axis, where)
