"""GELU in NumPy: formula, signature, documentation."""

from functools import cache

import numpy as np

from fastact._reference.formulas import FAR, decimal, gate_slope, mended, product, times_sigmoid, two_parts
from fastact._reference.scaled import apply
from fastact._reference.ufunc import Ufunc
from fastact._shared.docs import documented

__all__ = ["gelu", "gelu_grad"]


# beyond it the results are 0 and x in every floating type (longdouble underflows near 151)
FAR_TAIL = 200
# likewise of gelu by tanh, where tanh_argument is 26,745
TANH_FAR = 72

# 2 sqrt(2/pi) and 0.044715 times that, each as a sum of float64 numbers (tools/derive/numpy_constants.py)
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
    """dy (Phi(x) + x phi(x)), which for x < 0 is dy (Q(a) - a phi(a)), a = -x, and 1 minus that for -x otherwise.

    Its terms have opposite signs: an infinite dy meets their sum.
    """
    infinite = np.isinf(dy)
    if infinite.any():
        y = _gelu_slope(np.where(infinite, np.sign(dy), dy), x)
        return np.where(infinite, y * np.inf, y)
    a = np.minimum(np.abs(x), FAR_TAIL)
    half, s, pole = upper_tail(a)
    s -= a / np.sqrt(8 * np.arctan(x.dtype.type(1)))
    square, error = product(a, a)
    unit = np.where(np.isinf(dy), 1, dy)  # the parts of the tail differ in sign
    tail = mended(unit * half * s * half, half, unit, s, square / 2, error / 2) + unit * pole
    return np.where(x > 0, dy * (1 - (half * s * half + pole)), np.where(unit == dy, tail, dy * tail))


@cache
def _tanh_coefficients(dtype):
    """a and b of z = a x + b x**3, rounded, and each as a sum of a number of few bits and the rest."""
    slope, slope_low = two_parts(_SLOPE, dtype)
    cubic, cubic_low = two_parts(_CUBIC, dtype)
    bits = np.finfo(dtype).nmant - 35
    a, b = np.rint(slope * 2.0 ** (bits + 14)) / 2.0 ** (bits + 14), np.rint(cubic * 2.0**bits) / 2.0**bits
    return slope, cubic, a, b, (slope - a) + slope_low, (cubic - b) + cubic_low


def tanh_argument(x):
    """2 sqrt(2/pi) (x + 0.044715 x**3) in two parts.

    At h, which is x rounded to a multiple of 2**-7, it is computed without rounding, from coefficients of few bits: the
    multiples of 2**-21 of their unit that arise are smaller than 2**15. What remains is small: the rest of the
    coefficients, and the difference between h and x.
    """
    slope, cubic, a, b, a_rest, b_rest = _tanh_coefficients(x.dtype)
    x = np.clip(x, -TANH_FAR, TANH_FAR)
    h = np.rint(x * 128) / 128
    square = h * h
    high = h * (a + b * square)
    low = (x - h) * (slope + cubic * (x * x + h * (x + h))) + h * (a_rest + b_rest * square)
    z = high + low
    return z, low - (z - high)


def _gelu_tanh(x):
    return times_sigmoid(x, *tanh_argument(x))


def _gelu_tanh_narrow(x):
    slope, cubic, *_ = _tanh_coefficients(x.dtype)
    c = np.clip(x, -TANH_FAR, TANH_FAR)
    z = c * c
    z *= cubic
    z += slope
    z *= c
    return times_sigmoid(x, z)


def _gelu_tanh_slope(dy, x):
    c = np.clip(x, -TANH_FAR, TANH_FAR)
    slope, cubic, *_ = _tanh_coefficients(x.dtype)
    return gate_slope(dy, *tanh_argument(x), c * (slope + 3 * cubic * c * c))


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
    "gelu_tanh": Ufunc("gelu", _gelu_tanh, narrow=_gelu_tanh_narrow),
    "gelu_sigmoid": Ufunc("gelu", _gelu_sigmoid),
    "gelu_grad": Ufunc("gelu_grad", _gelu_slope, 2),
    "gelu_tanh_grad": Ufunc("gelu_grad", _gelu_tanh_slope, 2),
    "gelu_sigmoid_grad": Ufunc("gelu_grad", _gelu_sigmoid_slope, 2),
}


@documented
def gelu(
    x,
    /,
    approximate="none",
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
    keywords = {"where": where, "casting": casting, "order": order, "dtype": dtype, "subok": subok}
    return apply(_UFUNCS[gelu_kind("gelu", approximate)], x, (), bias, scale, out=out, **keywords)


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
