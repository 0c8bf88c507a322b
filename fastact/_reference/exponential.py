"""The exponential linear units, softplus, squareplus and mish in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._reference.activation import activation
from fastact._reference.formulas import decay, decimal, divided, mended, root_of_sum, scaled, two_parts

__all__: list[str] = []


# The fixed point of mean 0 and variance 1 (Klambauer et al., appendix 1): scale and scale * alpha
SELU_SCALE = decimal("1.0507009873554804934193349852946")
SELU_NEGATIVE = decimal("1.7580993408473768599402175208123")


@activation
def elu(x, alpha=1.0):
    """Exponential linear unit: x for x > 0, alpha * (exp(x) - 1) elsewhere, element by element.

    -inf gives -alpha. Small x keep their accuracy: exp(x) - 1 is never computed as written. Clevert, Unterthiner and
    Hochreiter, arXiv:1511.07289.

    {start}
    alpha : array_like, optional
        Minus the limit at -inf. Broadcasts against `x`. Where x >= 0 it has no part, whatever it is.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.elu([-1.0, 0.0, 1.0])
    array([-0.63212056,  0.        ,  1.        ])
    """
    return np.where(x < 0, alpha * np.expm1(x), x)


@activation
def celu(x, alpha=1.0):
    """Continuously differentiable exponential linear unit: x for x > 0, alpha * (exp(x / alpha) - 1) elsewhere.

    -inf gives -alpha. Barron, arXiv:1704.07483.

    {start}
    alpha : array_like, optional
        Minus the limit at -inf; it should be positive. Broadcasts against `x`. Where x >= 0 it has no part, whatever it
        is. Its limits: 0 gives relu, which PyTorch refuses, and an infinite one gives x.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.celu([-1.0, 0.0, 1.0], alpha=0.5)
    array([-0.43233236,  0.        ,  1.        ])
    """
    # An infinite alpha is the limit, x; alpha = 0 is the limit from above.
    z, low = divided(x, alpha)
    # expm1 of z > 0, with alpha < 0, may overflow before the result does
    root = np.exp(z / 4) * (1 + low / 4)
    grown = alpha * root * root * root * root
    near = np.where(z > 100, grown, alpha * (np.expm1(z) + np.where(z < 100, np.exp(z) * low, 0)))
    linear = (np.abs(z) < np.finfo(x.dtype).eps / 4) | np.isinf(alpha)  # z may have underflowed
    return np.where((x < 0) & ~linear, np.where(alpha == 0, 0, near), x)


@activation
def selu(x):
    """Scaled exponential linear unit: scale * x for x > 0, scale * alpha * (exp(x) - 1) elsewhere, element by element.

    scale is 1.0507009873554805 and alpha 1.6732632423543772: the values at which a layer keeps mean 0 and variance 1.
    -inf gives -1.7580993408473769. Klambauer, Unterthiner, Mayr and Hochreiter, arXiv:1706.02515.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.selu([-1.0, 0.0, 1.0])
    array([-1.11133074,  0.        ,  1.05070099])
    """
    scale, _ = two_parts(SELU_SCALE, x.dtype)
    negative, _ = two_parts(SELU_NEGATIVE, x.dtype)
    return np.where(x > 0, scale * x, negative * np.expm1(x))


@activation
def softplus(x, beta=1.0):
    """log(1 + exp(beta * x)) / beta, a smooth relu, element by element.

    -inf gives 0, inf gives inf. There is no threshold: where beta * x > 20 PyTorch returns x itself, and its float64
    results have lost half of their digits there.

    {start}
    beta : array_like, optional
        Sharpness, positive. Broadcasts against `x`. 0 gives inf.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.softplus([-1.0, 0.0, 1.0])
    array([0.31326169, 0.69314718, 1.31326169])
    """
    z, low = scaled(x, beta)
    half = decay(z, low)
    # log1p(e) is e in the far tail, where e may underflow before e / beta does
    largest = np.finfo(x.dtype).max
    inverse = np.clip(1 / beta, -largest, largest)  # where it overflows, `half` is 1 or 0
    tail = mended(half * inverse * half, half, inverse, 1, z, low)
    part = np.where(np.abs(z) > 500, tail, np.log1p(half * half) / beta)
    return np.where(z > 0, x, np.where(np.isnan(z), z, 0)) + part


@activation
def squareplus(x, b=4.0):
    """(x + sqrt(x**2 + b)) / 2, a smooth relu, element by element.

    -inf gives 0, inf gives inf; the left tail keeps its relative accuracy. JAX and Keras have the same default. Barron,
    arXiv:2112.11687.

    {start}
    b : array_like, optional
        Width of the bend, not negative. Broadcasts against `x`. 0 gives relu.
    {end of parameters}

    Examples
    --------
    >>> import fastact
    >>> fastact.squareplus([-1.0, 0.0, 1.0])
    array([0.61803399, 1.        , 1.61803399])
    """
    root = root_of_sum(x, b)
    tail = np.where(np.isinf(root - x), b / (root / 2 - x / 2) / 4, b / (root - x) / 2)
    y = np.where(x < 0, tail, x / 2 + root / 2)
    y = np.where((b == np.inf) | (x == np.inf), np.inf, np.where(x == -np.inf, 0, y))
    return np.where(np.isnan(x) | np.isnan(b), x + b, y)


@activation
def mish(x):
    """x * tanh(softplus(x)), element by element.

    -inf gives 0, and the negative tail keeps its relative accuracy: mish(-100.0) is -3.7e-42. Misra, arXiv:1908.08681.

    {start}
    {end}

    Examples
    --------
    >>> import fastact
    >>> fastact.mish([-1.0, 0.0, 1.0])
    array([-0.30340146,  0.        ,  0.86509839])
    """
    # x tanh(log(1 + exp(x))) by w = exp(-|x|): x (w**2 + 2w) / (w**2 + 2w + 2) for x < 0, and likewise.
    half = decay(x)
    w = half * half
    positive = x * (1 + 2 * w) / (1 + 2 * w * (1 + w))
    negative = np.maximum(x, np.finfo(x.dtype).min) * half * ((w + 2) / (w * (w + 2) + 2)) * half
    return np.where(np.signbit(x), negative, positive)
