"""logmeanexp, logcumsumexp, and the gradients of logsumexp and logcumsumexp: signature, documentation, and how they are
made of logsumexp, softmax, logaddexp and an exponential, compiled or of NumPy."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastact._containers import other_arrays
from fastact._containers.kinds import are_plain, take_apart
from fastact._reference.exponential_gradients import elu_grad
from fastact._reference.logarithms import logaddexp
from fastact._reference.row_results import argument_of, finished, is_one, kind_of, place_of
from fastact._reference.rows import logsumexp, softmax
from fastact._shared.arguments import (
    broadcasts_to,
    normalize_axes,
    one_axis,
    row_options,
)
from fastact._shared.docs import documented
from fastact._shared.row_arguments import extra_logits

__all__ = ["logcumsumexp", "logcumsumexp_grad", "logmeanexp", "logsumexp_grad"]


class Kernels(NamedTuple):
    """What these functions are made of."""

    logsumexp: Callable[..., Any]
    softmax: Callable[..., Any]
    logaddexp: Callable[..., Any]
    elu_grad: Callable[..., Any]  # of 1, a number below 0 and 1: its exponential


def log_mean_of(kernels, x, axis, out, where, bias, scale, keepdims, dtype):
    name = "logmeanexp"
    answer = other_arrays.rows(name, x, axis, out, dtype, where, bias, scale, keepdims)
    if answer is not NotImplemented:
        return answer
    kind, _ = kind_of(name, x, dtype)
    x = np.asarray(x)
    wide = np.promote_types(kind, np.float32)  # of the sums; of their difference float64
    axes = normalize_axes(name, axis, x.ndim)
    kept = tuple(1 if a in axes else size for a, size in enumerate(x.shape))
    shape = kept if keepdims else tuple(size for a, size in enumerate(x.shape) if a not in axes)
    out = place_of(name, out, shape, kind)
    row_options(name, x.shape, where, bias, scale)
    total = kernels.logsumexp(x, axes, where=where, bias=bias, scale=scale, keepdims=keepdims, dtype=wide)
    if where is None:
        count = kernels.logsumexp(np.broadcast_to(wide.type(0), (math.prod(x.shape[a] for a in axes),)))
    else:
        count = kernels.logsumexp(np.broadcast_to(wide.type(0), x.shape), axes, where=where, keepdims=keepdims)
    with np.errstate(all="ignore"):
        return finished(name, total - count.astype(np.promote_types(wide, np.float64)), kind, out, None)


def log_sum_gradient(kernels, dy, x, axis, out, where, bias, scale, extra_logit, keepdims, dtype):
    name = "logsumexp_grad"
    answer = of_other_arrays(name, dy, x, axis, out, dtype, where, bias, scale, extra_logit)
    if answer is not NotImplemented:
        return answer
    kind, _ = kind_of(name, x, dtype, ("dy", dy))
    given, x, dy = x, np.asarray(x), np.asarray(dy)
    axes = normalize_axes(name, axis, x.ndim)
    row_options(name, x.shape, where, bias, scale)
    if extra_logit is not None:
        extra_logits(name, extra_logit, x.shape, axes, kind)
    out = place_of(name, out, x.shape, kind)
    with np.errstate(all="ignore"):
        dy = dy.astype(kind, copy=False)
        if not keepdims and dy.ndim:
            outer = tuple(size for a, size in enumerate(x.shape) if a not in axes)
            if not broadcasts_to(dy.shape, outer):
                raise ValueError(f"fastact.{name}: dy of shape {dy.shape} does not broadcast to the sums' {outer}")
            dy = np.expand_dims(np.broadcast_to(dy, outer), axes)
        if not broadcasts_to(dy.shape, x.shape):
            raise ValueError(f"fastact.{name}: dy of shape {dy.shape} does not broadcast to x of shape {x.shape}")
        target = out if out is not None and out.dtype == kind and not np.may_share_memory(out, dy) else None
        options = {"where": where, "bias": bias, "scale": scale, "extra_logit": extra_logit}
        y = kernels.softmax(x, axes, **options, dtype=kind, out=target)
        y = np.multiply(y, dy, out=y if isinstance(y, np.ndarray) else None)
        if not is_one(scale):
            y = np.multiply(y, np.asarray(scale).astype(kind))
        return y if y is out else finished(name, y, kind, out, given)


def of_other_arrays(name, dy, x, axis, out, dtype, where, bias, scale, extra_logit=None):
    """A gradient from x of arrays of other libraries; NotImplemented where they are plain."""
    if are_plain(dy, x, where, bias, scale, extra_logit):
        return NotImplemented
    for argument, given in (("dy", dy), ("x", x)):
        take_apart(name, argument, given)  # which says what to pass instead of what cannot be an array
    has_parts = where is not None or bias is not None or not is_one(scale) or extra_logit is not None
    if has_parts or (name == "logsumexp_grad" and not are_plain(dy)):
        raise TypeError(
            f"fastact.{name}: dy, where, bias, scale and extra_logit of other libraries' arrays, or beside them, "
            "are not supported; pass plain arrays"
        )
    return other_arrays.row_gradient(name, dy, x, axis, out, dtype)


def cumulated(add, x):
    """The sums of all elements up to each, along the first axis, by a tree: each is a sum of 2 log2(n) sums at most."""
    if len(x) < 2:
        return x
    y = np.empty_like(x)
    y[1::2] = cumulated(add, add(x[:-1:2], x[1::2]))
    y[0] = x[0]
    if len(x) > 2:
        y[2::2] = add(y[1:-1:2], x[2::2])
    return y


def log_cumulated(kernels, z):
    """logcumsumexp along the first axis."""
    return cumulated(kernels.logaddexp, np.ascontiguousarray(z))


def log_cumulative_sums(kernels, x, axis, out, where, bias, scale, dtype):
    name = "logcumsumexp"
    answer = other_arrays.rows(name, x, axis, out, dtype, where, bias, scale)
    if answer is not NotImplemented:
        return answer
    kind, wide = kind_of(name, x, dtype)
    given, x = x, np.asarray(x)
    axis = one_axis(name, axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis, x.ndim)
    row_options(name, x.shape, where, bias, scale)
    out = place_of(name, out, x.shape, kind)
    z = np.moveaxis(argument_of(x, where, bias, scale, wide), axis, 0)
    y = np.moveaxis(log_cumulated(kernels, z), 0, axis)
    return finished(name, np.ascontiguousarray(y) if out is None else y, kind, out, given)


def log_cumulative_gradient(kernels, dy, x, axis, out, where, bias, scale, dtype):
    """Of rows z the sum over i >= j of dy[i] exp(z[j] - y[i]), by pairs (the exponential of a fall, a sum)."""
    name = "logcumsumexp_grad"
    answer = of_other_arrays(name, dy, x, axis, out, dtype, where, bias, scale)
    if answer is not NotImplemented:
        return answer
    kind, wide = kind_of(name, x, dtype, ("dy", dy))
    given, x, dy = x, np.asarray(x), np.asarray(dy)
    axis = one_axis(name, axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis, x.ndim)
    row_options(name, x.shape, where, bias, scale)
    out = place_of(name, out, x.shape, kind)
    if not broadcasts_to(dy.shape, x.shape):
        raise ValueError(f"fastact.{name}: dy of shape {dy.shape} does not broadcast to x of shape {x.shape}")
    with np.errstate(all="ignore"):
        z = np.ascontiguousarray(np.moveaxis(argument_of(x, where, bias, scale, wide), axis, 0))
        dy = np.moveaxis(np.broadcast_to(dy, x.shape), axis, 0).astype(wide)
        y = log_cumulated(kernels, z)

        def exponential(fall):
            fall = np.where(np.isnan(fall) & (fall != fall), fall, np.minimum(fall, 0))
            return kernels.elu_grad(wide.type(1), fall, wide.type(1))

        falls = np.ones_like(z)
        falls[:-1] = exponential(np.where(np.isneginf(y[:-1]) & np.isneginf(y[1:]), 0, y[:-1] - y[1:]))
        pairs = np.stack([falls[::-1], dy[::-1]], axis=1)

        def add(first, second):
            """What stands first comes later in the row."""
            together = np.empty(second.shape, wide)
            together[:, 0] = first[:, 0] * second[:, 0]
            together[:, 1] = second[:, 1] + second[:, 0] * first[:, 1]
            return together

        sums = cumulated(add, pairs)[::-1, 1]
        dx = sums * exponential(np.where(np.isneginf(z), -np.inf, z - y))
        if not is_one(scale):
            dx = dx * np.moveaxis(np.broadcast_to(np.asarray(scale).astype(wide), x.shape), axis, 0)
        dx = np.moveaxis(dx, 0, axis)
        return finished(name, np.ascontiguousarray(dx) if out is None else dx, kind, out, given)


_KERNELS = Kernels(logsumexp, softmax, logaddexp, elu_grad)


@documented
def logmeanexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    """log(mean(exp(x))) along an axis, without overflow: `logsumexp` less the logarithm of how many elements count.

    Its gradient is that of `logsumexp`.

    Parameters
    ----------
    {x}
    axis : int, tuple of ints or None, optional
        The axis or axes to reduce; None for all.
    out : ndarray, optional
        Where to store the result.
    {row options}
    keepdims : bool, optional
        Whether the reduced axes stay, with one element each.
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x` without the reduced axes. A row of nothing but -inf gives -inf, one of which nothing counts
        NaN.

    Raises
    ------
    {row errors}

    Notes
    -----
    The error is below 8 eps of the larger of the result and the logarithm of the count.

    Examples
    --------
    >>> import fastact
    >>> float(fastact.logmeanexp([1000.0, 1000.0]))
    1000.0
    >>> fastact.logmeanexp([[0.0, 1.0], [2.0, 3.0]], where=[[True, False], [True, True]])
    array([0.        , 2.62011451])
    """
    return log_mean_of(_KERNELS, x, axis, out, where, bias, scale, bool(keepdims), dtype)


@documented
def logsumexp_grad(
    dy, x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, keepdims=False, dtype=None
):
    """Gradient of `logsumexp` with respect to x: dy * softmax(x) along an axis, times `scale`.

    Parameters
    ----------
    dy : array_like
        Gradient with respect to the result of `logsumexp`: of its shape, or a number.
    x : array_like
        What `logsumexp` was given. Floating, integer or bool; integers and bool are computed in float64.
    axis : int, tuple of ints or None, optional
        As in `logsumexp`.
    out : ndarray, optional
        Where to store the result; it may be `x` itself.
    {row options}
    {extra_logit}
    keepdims : bool, optional
        Whether `dy` has the reduced axes, with one element each.
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`. Where nothing of a row counts it is 0.

    Raises
    ------
    {row gradient errors}

    Notes
    -----
    The error is that of softmax and two roundings.

    Examples
    --------
    >>> import fastact
    >>> fastact.logsumexp_grad(2.0, [1.0, 2.0, 3.0])
    array([0.18006115, 0.48945694, 1.33048191])
    """
    return log_sum_gradient(_KERNELS, dy, x, axis, out, where, bias, scale, extra_logit, bool(keepdims), dtype)


@documented
def logcumsumexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """log(cumsum(exp(x))) along an axis, without overflow.

    Parameters
    ----------
    {x}
    axis : int, optional
        The axis along which sums run.
    {row out}
    {row options}
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`. pandas and xarray objects keep their labels. What does not count adds nothing; before the
        first element that counts the result is -inf. After a NaN all are NaN.

    Raises
    ------
    {row errors}

    Notes
    -----
    Computed in float64 by a tree of sums of two: each result is one of at most 2 * log2(n) such sums, whose errors are
    those of `logaddexp`.

    Examples
    --------
    >>> import fastact
    >>> fastact.logcumsumexp([0.0, 0.0, 0.0, 1000.0])
    array([0.00000000e+00, 6.93147181e-01, 1.09861229e+00, 1.00000000e+03])
    """
    return log_cumulative_sums(_KERNELS, x, axis, out, where, bias, scale, dtype)


@documented
def logcumsumexp_grad(dy, x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    """Gradient of `logcumsumexp` with respect to x: the sum over i >= j of dy[i] * exp(x[j] - y[i]), times `scale`.

    Parameters
    ----------
    dy : array_like
        Gradient with respect to the result y of `logcumsumexp`; it broadcasts to the shape of `x`.
    x : array_like
        What `logcumsumexp` was given. Floating, integer or bool; integers and bool are computed in float64.
    axis : int, optional
        As in `logcumsumexp`.
    out : ndarray, optional
        Where to store the result; it may be `x` or `dy` itself.
    {row options}
    {row dtype}

    Returns
    -------
    ndarray or scalar
        Of the shape of `x`.

    Raises
    ------
    {row gradient errors}

    Notes
    -----
    Computed in float64, without a division of sums: nothing overflows, and small terms are not lost beside large ones
    that have passed.

    Examples
    --------
    >>> import fastact
    >>> fastact.logcumsumexp_grad(1.0, [0.0, 0.0, 0.0])
    array([1.83333333, 0.83333333, 0.33333333])
    """
    return log_cumulative_gradient(_KERNELS, dy, x, axis, out, where, bias, scale, dtype)
