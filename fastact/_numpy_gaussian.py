"""GELU in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._docs import documented
from fastact._numpy_formulas import FAR, decimal, gate_slope, product, times_sigmoid, two_parts
from fastact._ufunc import Ufunc

__all__ = ["gelu", "gelu_grad"]


# beyond it the results are 0 and x in every floating type (longdouble underflows near 151)
FAR_TAIL = 200

# 2 sqrt(2/pi) and 0.044715 times that, each as a sum of float64 numbers (tools/derive_numpy.py)
_SLOPE = (
    float.fromhex("0x1.9884533d43651p+0"),
    float.fromhex("-0x1.cbc0d30ebfd15p-54"),
    float.fromhex("-0x1.c7402c7d60cfbp-110"),
)
_CUBIC = (
    float.fromhex("0x1.2444f2a4d8b4bp-4"),
    float.fromhex("-0x1.6c843a29d1c70p-61"),
    float.fromhex("-0x1.e59a5ef3f43e4p-115"),
)
SIGMOID_SLOPE = decimal("1.702")

KINDS = {"none": "gelu", "tanh": "gelu_tanh", "sigmoid": "gelu_sigmoid"}


def gelu_kind(name, approximate):
    """The operation that computes gelu with this approximation."""
    if approximate is True or approximate is False:
        raise TypeError(
            f"fastact.{name}: approximate={approximate} is not supported; "
            f"write approximate={'tanh' if approximate else 'none'!r}"
        )
    if not isinstance(approximate, str) or approximate not in KINDS:
        raise ValueError(f"fastact.{name}: approximate must be 'none', 'tanh' or 'sigmoid', got {approximate!r}")
    return KINDS[approximate]


def upper_tail(a):
    """Q(a) = erfc(a / sqrt(2)) / 2, a >= 0, the upper tail of the standard normal distribution: half * S * half + pole.

    The midpoint rule with step h for erfc(t) = (2 t/pi) exp(-t*t) integral of exp(-s*s)/(s*s + t*t) over s > 0, plus
    the residue of the integrand's pole while that exceeds the rule's error, exp(-(pi/h)**2) of erfc (Goodwin 1949;
    Hunter and Regan 1972). h takes that error below the rounding of a's type. All terms are positive: nothing cancels.
    """
    real = a.dtype.type
    root = np.sqrt(3 - np.log(np.finfo(real).eps))
    h = 4 * np.arctan(real(1)) / root
    nodes = h * (np.arange(int(root / h) + 1, dtype=real) + real(0.5))
    t = a / np.sqrt(real(2))
    integral = np.zeros_like(t)
    for s in nodes[::-1]:  # the small terms first
        integral += np.exp(-s * s) / (s * s + t * t)
    square, error = product(a, a)  # the rounding of a*a alone would cost up to a*a/2 units
    half = np.exp(-square / 4) * (1 - error / 4)  # in two halves: Q(a) may underflow before a Q(a) does
    pole = np.where(t < root, 1 / (1 + np.exp(2 * root * t)), 0)
    return half, t / root * integral, pole


def _gelu(x):
    a = np.minimum(np.abs(x), FAR_TAIL)
    half, s, pole = upper_tail(a)
    return np.where(x >= 0, x, -0.0) - (a * half * s * half + a * pole)


def _gelu_slope(dy, x):
    """dy (Phi(x) + x phi(x)), which for x < 0 is dy (Q(a) - a phi(a)), a = -x, and 1 minus that for -x otherwise."""
    a = np.minimum(np.abs(x), FAR_TAIL)
    half, s, pole = upper_tail(a)
    s -= a / np.sqrt(8 * np.arctan(x.dtype.type(1)))
    return np.where(x > 0, dy * (1 - (half * s * half + pole)), dy * half * s * half + dy * pole)


def tanh_argument(x):
    """2 sqrt(2/pi) (x + 0.044715 x**3) in two parts, and x times its derivative."""
    slope, slope_low = two_parts(_SLOPE, x.dtype)
    cubic, cubic_low = two_parts(_CUBIC, x.dtype)
    c = np.clip(x, -FAR_TAIL, FAR_TAIL)
    square, square_low = product(c, c)
    q, q_low = product(square, cubic)
    q_low += square_low * cubic + square * cubic_low
    s = slope + q
    s_low = (np.where(q < slope, (slope - s) + q, (q - s) + slope) + slope_low) + q_low
    z, z_low = product(c, s)
    return z, z_low + c * s_low, c * (slope + 3 * q)


def _gelu_tanh(x):
    z, z_low, _ = tanh_argument(x)
    return times_sigmoid(x, z, z_low)


def _gelu_tanh_slope(dy, x):
    return gate_slope(dy, *tanh_argument(x))


def sigmoid_argument(x):
    """1.702 x in two parts."""
    slope, slope_low = two_parts(SIGMOID_SLOPE, x.dtype)
    c = np.clip(x, -FAR, FAR)
    z, z_low = product(c, slope)
    return z, z_low + c * slope_low


def _gelu_sigmoid(x):
    return times_sigmoid(x, *sigmoid_argument(x))


def _gelu_sigmoid_slope(dy, x):
    z, z_low = sigmoid_argument(x)
    return gate_slope(dy, z, z_low, z)


_UFUNCS = {
    "gelu": Ufunc("gelu", _gelu),
    "gelu_tanh": Ufunc("gelu", _gelu_tanh),
    "gelu_sigmoid": Ufunc("gelu", _gelu_sigmoid),
    "gelu_grad": Ufunc("gelu_grad", _gelu_slope, 2),
    "gelu_tanh_grad": Ufunc("gelu_grad", _gelu_tanh_slope, 2),
    "gelu_sigmoid_grad": Ufunc("gelu_grad", _gelu_sigmoid_slope, 2),
}


@documented
def gelu(x, /, approximate="none", *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Gaussian error linear unit x * Phi(x), Phi being the standard normal distribution function, element by element.

    The negative tail keeps its relative accuracy: gelu(-10.0) is -7.6e-23, where 1 + erf would give 0. -inf gives 0.
    Hendrycks and Gimpel, arXiv:1606.08415.

    {start}
    approximate : {'none', 'tanh', 'sigmoid'}, optional
        'none' is the definition; 'tanh' is x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3)) and 'sigmoid' is
        x * sigmoid(1.702 * x), for models trained with them. The default and the first two names are PyTorch's; JAX and
        Keras have functions that approximate by default.
    {end of gelu}

    Examples
    --------
    >>> import fastact
    >>> fastact.gelu([-1.0, 0.0, 1.0])
    array([-0.15865525,  0.        ,  0.84134475])
    >>> fastact.gelu([-1.0, 0.0, 1.0], approximate="tanh")
    array([-0.15880801,  0.        ,  0.84119199])
    """
    return _UFUNCS[gelu_kind("gelu", approximate)](
        x, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok
    )


@documented
def gelu_grad(
    dy, x, /, approximate="none", *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True
):
    """dy times the derivative of `gelu` at x, Phi(x) + x * phi(x), element by element.

    phi is the standard normal density. With an approximation it is the derivative of that.

    {gradient start}
    approximate : {'none', 'tanh', 'sigmoid'}, optional
        'none' is the definition; 'tanh' is x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3)) and 'sigmoid' is
        x * sigmoid(1.702 * x), for models trained with them. The default and the first two names are PyTorch's; JAX and
        Keras have functions that approximate by default.
    {end of gelu gradient}

    Examples
    --------
    >>> import fastact
    >>> fastact.gelu_grad(1.0, [-1.0, 0.0, 1.0])
    array([-0.08331547,  0.5       ,  1.08331547])
    >>> fastact.gelu_grad([0.5, 2.0, 0.5], [-1.0, 0.0, 1.0], approximate="sigmoid")
    array([-0.0338898,  1.       ,  0.5338898])
    """
    return _UFUNCS[gelu_kind("gelu_grad", approximate) + "_grad"](
        dy, x, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok
    )
