"""The logistic family in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._reference.activation import activation
from fastact._reference.formulas import scaled, times_sigmoid

__all__: list[str] = []


@activation
def sigmoid(x):
    """Logistic function 1 / (1 + exp(-x)), element by element.

    Accurate in both tails: sigmoid(-700.0) is 9.9e-305, not 0. SciPy calls it expit.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.sigmoid([-2.0, 0.0, 2.0])
    array([0.11920292, 0.5       , 0.88079708])
    """
    return times_sigmoid(1, x)


@activation
def log_sigmoid(x):
    """Logarithm of the logistic function, -log(1 + exp(-x)), element by element.

    Accurate in both tails: log_sigmoid(40.0) is -4.2e-18, not 0. -inf gives -inf, inf gives 0. SciPy's is log_expit.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.log_sigmoid([-1.0, 0.0, 1.0])
    array([-1.31326169, -0.69314718, -0.31326169])
    """
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


@activation
def logit(x):
    """Inverse of the logistic function, log(x / (1 - x)), element by element.

    Accurate near 1/2, where the result is near 0. 0 gives -inf, 1 gives inf, and outside [0, 1] the result is NaN: as
    in SciPy, and in PyTorch without its `eps`.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.logit([0.1, 0.5, 0.9])
    array([-2.19722458,  0.        ,  2.19722458])
    """
    # 2 artanh(2x - 1) where 2x - 1 is exact: there the logarithms of x and 1 - x could cancel.
    return np.where(x < 0.25, np.log(x) - np.log1p(-x), 2 * np.arctanh(2 * x - 1))


@activation
def tanh(x):
    """Hyperbolic tangent, element by element.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.tanh([-1.0, 0.0, 1.0])
    array([-0.76159416,  0.        ,  0.76159416])
    """
    return np.tanh(x)


@activation
def silu(x):
    """Sigmoid linear unit x * sigmoid(x), element by element. Keras and JAX also call it swish.

    -inf gives 0. Hendrycks and Gimpel, arXiv:1606.08415.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.silu([-1.0, 0.0, 1.0])
    array([-0.26894142,  0.        ,  0.73105858])
    """
    return times_sigmoid(x, x)


@activation
def swish(x, beta=1.0):
    """x * sigmoid(beta * x), element by element.

    With beta = 1 it is `silu`, which is all that Keras and JAX mean by swish. An infinite x gives the limit.
    Ramachandran, Zoph and Le, arXiv:1710.05941.

    {start}
    beta : array_like, optional
        Broadcasts against `x`.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.swish([-1.0, 0.0, 1.0])
    array([-0.26894142,  0.        ,  0.73105858])
    >>> fastact.swish([-1.0, 0.0, 1.0], beta=1.702)
    array([-0.15420423,  0.        ,  0.84579577])
    """
    return times_sigmoid(x, *scaled(x, beta))
