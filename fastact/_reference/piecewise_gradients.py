"""Gradients of the piecewise linear and rational functions in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.activation import activation
from fastact._reference.formulas import line
from fastact._reference.piecewise import is_usual
from fastact._reference.ufunc import Ufunc
from fastact._shared.broadcast import operand_gradients
from fastact._shared.docs import documented

__all__ = ["hard_sigmoid_grad", "prelu_grad"]


def _times(dy, x, slope):
    """The slope is a number at every x but NaN."""
    return dy * np.where(np.isnan(x), x, slope)


def _leaky_relu(dy, x, negative_slope):
    return _times(dy, x, np.where(x > 0, 1, negative_slope))


def _shrink(dy, x, lambd):
    return _times(dy, np.where(np.isnan(lambd), lambd, x), np.abs(x) > lambd)


def _prelu(dy, x, weight):
    return _leaky_relu(dy, x, weight), dy * np.minimum(x, 0)


def prelu_gradients(operation, dy, x, weight, out, where, casting, order, dtype, subok):
    """prelu_grad by the operation that gives dx and each element's share of dweight; `out` may be that of dx alone."""
    if out is not None and not (isinstance(out, tuple) and len(out) > 1):
        out = (*out, None) if isinstance(out, tuple) else (out, None)
    operands = {"x": x, "weight": weight, "dy": dy}
    answer = other_arrays.operand_gradients(
        operation.__name__,
        operands,
        (None, "weight"),
        out,
        where,
        casting=casting,
        order=order,
        dtype=dtype,
        subok=subok,
    )
    if answer is not NotImplemented:
        return answer
    shapes = None, np.shape(weight)
    where = True if where is None else where
    return operand_gradients(operation, (dy, x, weight), shapes, out, where, casting, order, dtype, subok)


def _hard_sigmoid(dy, x):
    return _times(dy / 6, x, np.abs(x) < 3)


def _hard_sigmoid_sloped(dy, x, slope, offset):
    c = offset - 1
    part = c - offset
    bounds = (offset, 0), (c, (offset - (c - part)) - (1 + part))  # offset - 1 in two parts
    above, below = (np.where(c == 0, np.copysign(1, slope) * x, line(x, slope, c, low)) for c, low in bounds)
    return _times(dy, slope * x + offset, np.where((above > 0) & (below < 0), slope, 0))


_UFUNCS = {
    "prelu_grad": Ufunc("prelu_grad", _prelu, 3, 2),
    "hard_sigmoid_grad": Ufunc("hard_sigmoid_grad", _hard_sigmoid, 2),
    "hard_sigmoid_sloped_grad": Ufunc("hard_sigmoid_grad", _hard_sigmoid_sloped, 4),
}


@activation
def relu_grad(dy, x):
    """dy times the derivative of `relu` at x, 1 for x > 0, 0 elsewhere, element by element.

    At 0 it is 0, as in PyTorch.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.relu_grad(1.0, [-1.0, 0.0, 1.0])
    array([0., 0., 1.])
    """
    return _times(dy, x, x > 0)


@activation
def relu6_grad(dy, x):
    """dy times the derivative of `relu6` at x, 1 for 0 < x < 6, 0 elsewhere, element by element.

    At 0 and 6 it is 0, as in PyTorch.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.relu6_grad(1.0, [-1.0, 3.0, 8.0])
    array([0., 1., 0.])
    """
    return _times(dy, x, (x > 0) & (x < 6))


@activation
def leaky_relu_grad(dy, x, negative_slope=0.01):
    """dy times the derivative of `leaky_relu` at x, 1 for x > 0, negative_slope elsewhere, element by element.

    {gradient start}
    negative_slope : array_like, optional
        As in `leaky_relu`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.leaky_relu_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.01, 0.01, 1.  ])
    """
    return _leaky_relu(dy, x, negative_slope)


@documented
def prelu_grad(dy, x, /, weight, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """dy times the derivatives of `prelu` with respect to x and to weight, the latter summed over what shares a weight.

    Each element of x has the derivatives 1 and 0 for x > 0, weight and x elsewhere.

    Parameters
    ----------
    dy : array_like
        Gradient with respect to the result of `prelu`.
    x, weight : array_like
        What `prelu` was given. All three broadcast.
    out : ndarray or tuple of two, optional
        Where to store dx, or dx and dweight; in a tuple None stands for a new array.
    where : array_like of bool, optional
        Only elements where it is True are computed and added; the others of dx keep what `out` held.
    casting, order, dtype, subok
        As in any NumPy ufunc.

    Returns
    -------
    dx : ndarray or scalar
        Of the shape to which the operands broadcast.
    dweight : ndarray or scalar
        Of the shape of `weight`. float16 and float32 are added up in float64.

    Raises
    ------
    {elementwise errors}

    Notes
    -----
    {gradient accuracy}

    Examples
    --------
    >>> import fastact
    >>> dx, dweight = fastact.prelu_grad(1.0, [[-1.0, 2.0], [-3.0, -4.0]], [0.25, 0.5])
    >>> dx
    array([[0.25, 1.  ],
           [0.25, 0.5 ]])
    >>> dweight
    array([-4., -4.])
    """
    return prelu_gradients(_UFUNCS["prelu_grad"], dy, x, weight, out, where, casting, order, dtype, subok)


@activation
def softsign_grad(dy, x):
    """dy times the derivative of `softsign` at x, 1 / (1 + abs(x))**2, element by element.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.softsign_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.25, 1.  , 0.25])
    """
    return dy / (1 + np.abs(x)) / (1 + np.abs(x))


@documented
def hard_sigmoid_grad(
    dy, x, /, slope=1 / 6, offset=0.5, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True
):
    """dy times the derivative of `hard_sigmoid` at x, slope for 0 < slope * x + offset < 1, 0 elsewhere.

    By default 1 / 6 for -3 < x < 3. At the bounds it is 0, as in PyTorch.

    {gradient start}
    slope, offset : array_like, optional
        As in `hard_sigmoid`; they broadcast against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_sigmoid_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.16666667, 0.16666667, 0.16666667])
    >>> fastact.hard_sigmoid_grad(1.0, [-1.0, 0.0, 2.5], 0.2)
    array([0.2, 0.2, 0. ])
    """
    usual = is_usual(slope, offset)
    operands, name = ((dy, x), "hard_sigmoid_grad") if usual else ((dy, x, slope, offset), "hard_sigmoid_sloped_grad")
    return _UFUNCS[name](*operands, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)


@activation
def hard_silu_grad(dy, x):
    """dy times the derivative of `hard_silu` at x, x / 3 + 1 / 2 for -3 < x < 3, 0 below, 1 above, element by element.

    At -3 it is 0 and at 3 it is 1, as in PyTorch.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_silu_grad(1.0, [-1.0, 0.0, 1.0])
    array([0.16666667, 0.5       , 0.83333333])
    """
    return _times(dy, x, np.where(x >= 3, 1, np.where(x <= -3, 0, (2 * x + 3) / 6)))


@activation
def hard_shrink_grad(dy, x, lambd=0.5):
    """dy times the derivative of `hard_shrink` at x, 1 for abs(x) > lambd, 0 elsewhere, element by element.

    {gradient start}
    lambd : array_like, optional
        As in `hard_shrink`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_shrink_grad(1.0, [-1.0, 0.25, 1.0])
    array([1., 0., 1.])
    """
    return _shrink(dy, x, lambd)


@activation
def soft_shrink_grad(dy, x, lambd=0.5):
    """dy times the derivative of `soft_shrink` at x, 1 for abs(x) > lambd, 0 elsewhere, element by element.

    {gradient start}
    lambd : array_like, optional
        As in `soft_shrink`; it broadcasts against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.soft_shrink_grad(1.0, [-1.0, 0.25, 1.0])
    array([1., 0., 1.])
    """
    return _shrink(dy, x, lambd)


@activation
def threshold_grad(dy, x, threshold, value):
    """dy times the derivative of `threshold` at x, 1 where x is larger than the threshold, 0 elsewhere.

    {gradient start}
    threshold, value : array_like
        As in `threshold`; they broadcast against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.threshold_grad(1.0, [-1.0, 0.1, 1.0], 0.1, 20.0)
    array([0., 0., 1.])
    """
    below = np.where(np.isnan(value), value, 0)
    return _times(dy, np.where(np.isnan(threshold), threshold, x), np.where(x > threshold, 1, below))


@activation
def relu_squared_grad(dy, x):
    """dy times the derivative of `relu_squared` at x, 2 * max(x, 0), element by element.

    {gradient start}
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.relu_squared_grad(1.0, [-1.0, 0.0, 3.0])
    array([0., 0., 6.])
    """
    r = np.where(x <= 0, 0, x)
    large = r > 1
    return np.where(large, 2 * dy, dy) * np.where(large, r, 2 * r)


@activation
def hard_tanh_grad(dy, x, min_val=-1.0, max_val=1.0):
    """dy times the derivative of `hard_tanh` at x, 1 for min_val < x < max_val, 0 elsewhere, element by element.

    At both bounds it is 0, as in PyTorch.

    {gradient start}
    min_val, max_val : array_like, optional
        As in `hard_tanh`; they broadcast against `x`.
    {end of gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_tanh_grad(1.0, [-3.0, 0.5, 3.0])
    array([0., 1., 0.])
    """
    x = np.where(np.isnan(min_val) | np.isnan(max_val), np.nan, x)
    return _times(dy, x, (x > min_val) & (x < max_val))
