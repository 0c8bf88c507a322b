"""The piecewise linear and rational functions in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._reference.activation import activation
from fastact._reference.formulas import line
from fastact._reference.scaled import apply
from fastact._reference.ufunc import Ufunc
from fastact._shared.docs import documented

__all__ = ["hard_sigmoid"]


def _leaky_relu(x, negative_slope):
    return np.where(x > 0, x, negative_slope * x)


def _unless_nan(parameter, y):
    return np.where(np.isnan(parameter), parameter, y)


def _hard_sigmoid(x):
    return np.clip((x + 3) / 6, 0, 1)  # x / 6 + 1 / 2 without the rounding of x / 6, which would show near -3


@activation
def relu(x):
    """Rectified linear unit max(x, 0), element by element. NaN gives NaN.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.relu([-1.0, 0.0, 1.0])
    array([0., 0., 1.])
    """
    return np.where(x <= 0, 0, x)


@activation
def relu6(x):
    """min(max(x, 0), 6), element by element. NaN gives NaN.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.relu6([-1.0, 3.0, 8.0])
    array([0., 3., 6.])
    """
    return np.clip(x, 0, 6)


@activation
def leaky_relu(x, negative_slope=0.01):
    """x for x > 0, negative_slope * x elsewhere, element by element.

    The default is PyTorch's and JAX's; Keras has 0.2 in its function and 0.3 in its layer.

    {start}
    negative_slope : array_like, optional
        Broadcasts against `x`.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.leaky_relu([-1.0, 0.0, 1.0])
    array([-0.01,  0.  ,  1.  ])
    """
    return _leaky_relu(x, negative_slope)


@activation
def prelu(x, weight):
    """Parametric rectified linear unit: x for x > 0, weight * x elsewhere, element by element.

    `weight` broadcasts as any operand of a ufunc does, so it belongs to the last axes. In PyTorch it belongs to the
    second: give it the shape (channels, 1, 1) for images of shape (images, channels, height, width). He, Zhang, Ren and
    Sun, arXiv:1502.01852.

    {start}
    weight : array_like
        The slope for negative x. Broadcasts against `x`.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.prelu([[-1.0, 2.0], [-3.0, -4.0]], [0.25, 0.5])
    array([[-0.25,  2.  ],
           [-0.75, -2.  ]])
    """
    return _leaky_relu(x, weight)


@activation
def softsign(x):
    """x / (1 + abs(x)), element by element. An infinite x gives 1 of its sign, where PyTorch gives NaN.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.softsign([-1.0, 0.0, 1.0])
    array([-0.5,  0. ,  0.5])
    """
    return np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x)))


def _hard_sigmoid_sloped(x, slope, offset):
    y = line(x, slope, offset)
    return _unless_nan(y, np.where(y > 0, np.minimum(y, 1), 0))


def is_usual(slope, offset):
    """Whether these are hard_sigmoid's defaults, for which it has a formula of its own."""
    return type(slope) is float and type(offset) is float and slope == 1 / 6 and offset == 0.5


_UFUNCS = {
    "hard_sigmoid": Ufunc("hard_sigmoid", _hard_sigmoid),
    "hard_sigmoid_sloped": Ufunc("hard_sigmoid", _hard_sigmoid_sloped, 3),
}


@documented
def hard_sigmoid(
    x,
    /,
    slope=1 / 6,
    offset=0.5,
    *,
    out=None,
    where=True,
    casting="same_kind",
    order="K",
    dtype=None,
    subok=True,
    bias=None,
    scale=None,
):
    """min(max(slope * x + offset, 0), 1), element by element.

    By default x / 6 + 1 / 2 between -3 and 3, as in PyTorch, JAX and Keras 3. ONNX calls the parameters alpha and beta,
    and has 0.2 and 0.5 where they are left out: ``hard_sigmoid(x, 0.2)``, which is Keras 2's too.

    {start}
    slope, offset : array_like, optional
        Of the line; they broadcast against `x`. The default slope is 1 / 6 itself, in every type; other numbers are
        taken as the type of `x` has them.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_sigmoid([-1.0, 0.0, 1.0])
    array([0.33333333, 0.5       , 0.66666667])
    >>> fastact.hard_sigmoid([-1.0, 0.0, 1.0], 0.2)
    array([0.3, 0.5, 0.7])
    """
    parameters, name = ((), "hard_sigmoid") if is_usual(slope, offset) else ((slope, offset), "hard_sigmoid_sloped")
    keywords = {"where": where, "casting": casting, "order": order, "dtype": dtype, "subok": subok}
    return apply(_UFUNCS[name], x, parameters, bias, scale, out=out, **keywords)


@activation
def hard_silu(x):
    """x * hard_sigmoid(x), element by element, which PyTorch calls hardswish.

    -inf gives 0. Howard et al., arXiv:1905.02244.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_silu([-1.0, 0.0, 1.0])
    array([-0.33333333,  0.        ,  0.66666667])
    """
    return np.maximum(x, -3) * _hard_sigmoid(x)


@activation
def hard_shrink(x, lambd=0.5):
    """x for abs(x) > lambd, 0 elsewhere, element by element. NaN gives NaN.

    {start}
    lambd : array_like, optional
        Broadcasts against `x`. Where it is negative, the result is x.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_shrink([-1.0, 0.25, 1.0])
    array([-1.,  0.,  1.])
    """
    return _unless_nan(lambd, np.where(np.abs(x) <= lambd, 0, x))


@activation
def soft_shrink(x, lambd=0.5):
    """x moved towards 0 by lambd, and 0 where it would pass it, element by element: soft thresholding.

    {start}
    lambd : array_like, optional
        Broadcasts against `x`. Where it is negative, for which PyTorch raises an error, x is moved away from 0.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.soft_shrink([-1.0, 0.25, 1.0])
    array([-0.5,  0. ,  0.5])
    """
    size = np.abs(x)
    return _unless_nan(lambd, np.copysign(np.where(size <= lambd, 0, size - lambd), x))


@activation
def threshold(x, threshold, value):
    """x where it is larger than the threshold, a value elsewhere, element by element. NaN gives NaN.

    {start}
    threshold, value : array_like
        What x must exceed, and the result where it does not; they broadcast against `x`.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.threshold([-1.0, 0.1, 1.0], 0.1, 20.0)
    array([20., 20.,  1.])
    """
    return _unless_nan(threshold, np.where(x <= threshold, value, x))


@activation
def relu_squared(x):
    """max(x, 0)**2, element by element. NaN gives NaN.

    So et al., arXiv:2109.08668.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.relu_squared([-1.0, 0.0, 3.0])
    array([0., 0., 9.])
    """
    return np.where(x <= 0, 0, x) ** 2


@activation
def hard_tanh(x, min_val=-1.0, max_val=1.0):
    """min(max(x, min_val), max_val), element by element. NaN gives NaN.

    {start}
    min_val, max_val : array_like, optional
        The lower and the upper bound; they broadcast against `x`. Where the lower is above the upper, for which PyTorch
        raises an error, the result is `max_val`.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.hard_tanh([-3.0, 0.5, 3.0])
    array([-1. ,  0.5,  1. ])
    """
    return np.minimum(np.maximum(x, min_val), max_val)
