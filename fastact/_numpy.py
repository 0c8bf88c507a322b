"""The functions in readable NumPy: their specification, the path for longdouble and float16, and the fallback where the
compiled kernels are missing.

Formulas are given an array of float64 or longdouble; narrower types are computed in float64 and rounded once. Nothing
overflows, and tails keep their relative accuracy until the true result underflows.
"""

import numpy as np

from fastact._docs import documented
from fastact._numpy_rows import log_softmax, logsumexp, softmax
from fastact._ufunc import Ufunc

__all__ = ["gelu", "log_softmax", "logsumexp", "sigmoid", "silu", "softmax", "tanh"]


# ---- the logistic family ----


def _sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def _times_sigmoid(x, z, z_low=0):
    """x * sigmoid(z + z_low), where x and z have the same sign and z_low is the part of z below its rounding.

    For z < 0 the exponential is taken in two halves: sigmoid(z) may underflow before x * sigmoid(z) does.
    """
    half = np.exp(-np.abs(z) / 2) * (1 - np.sign(z) * z_low / 2)
    positive = x / (1 + half * half)
    # -inf times the zero that exp leaves would be NaN
    negative = np.maximum(x, np.finfo(x.dtype).min) * half / (1 + half * half) * half
    return np.where(np.signbit(z), negative, positive)


def _silu(x):
    return _times_sigmoid(x, x)


# ---- the Gaussian family ----

# beyond it the results are 0 and x in every floating type (longdouble underflows near 151)
_FAR = 200

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


def _two_parts(pieces, dtype):
    """The sum of the pieces rounded to dtype, and what that leaves."""
    high = dtype.type(0)
    for piece in pieces:
        high += dtype.type(piece)
    low = dtype.type(pieces[0]) - high
    for piece in pieces[1:]:
        low += dtype.type(piece)
    return high, low


def _split(a):
    """a as a sum of two numbers of half its precision (Veltkamp)."""
    bits = (np.finfo(a.dtype).nmant + 2) // 2
    c = a * (2.0**bits + 1)
    high = c - (c - a)
    return high, a - high


def _product(a, b):
    """a*b rounded, and its rounding error, exactly (Dekker)."""
    p = a * b
    (ah, al), (bh, bl) = _split(a), _split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def _times_upper_tail(a):
    """a Q(a) for a >= 0, where Q(a) = erfc(a / sqrt(2)) / 2 is the upper tail of the standard normal distribution.

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
    square, error = _product(a, a)  # the rounding of a*a alone would cost up to a*a/2 units
    half = np.exp(-square / 4) * (1 - error / 4)  # in two halves: Q(a) may underflow before a Q(a) does
    pole = np.where(t < root, 1 / (1 + np.exp(2 * root * t)), 0)
    return a * half * (t / root * integral) * half + a * pole


def _gelu(x):
    return np.where(x >= 0, x, -0.0) - _times_upper_tail(np.minimum(np.abs(x), _FAR))


def _gelu_tanh(x):
    """x sigmoid(2 sqrt(2/pi) (x + 0.044715 x**3)); the sigmoid's argument is carried in two parts."""
    slope, slope_low = _two_parts(_SLOPE, x.dtype)
    cubic, cubic_low = _two_parts(_CUBIC, x.dtype)
    c = np.clip(x, -_FAR, _FAR)
    square, square_low = _product(c, c)
    q, q_low = _product(square, cubic)
    q_low += square_low * cubic + square * cubic_low
    s = slope + q
    s_low = (np.where(q < slope, (slope - s) + q, (q - s) + slope) + slope_low) + q_low
    z, z_low = _product(c, s)
    return _times_sigmoid(x, z, z_low + c * s_low)


_UFUNCS = {
    "sigmoid": Ufunc("sigmoid", _sigmoid),
    "tanh": Ufunc("tanh", np.tanh),
    "silu": Ufunc("silu", _silu),
    "gelu": Ufunc("gelu", _gelu),
    "gelu_tanh": Ufunc("gelu", _gelu_tanh),
}


@documented
def sigmoid(x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Logistic function 1 / (1 + exp(-x)), element by element.

    Accurate in both tails: sigmoid(-700.0) is 9.9e-305, not 0.

    Parameters
    ----------
    {x}
    {out}
    {ufunc}

    Returns
    -------
    {result}

    Raises
    ------
    {elementwise errors}

    Examples
    --------
    >>> import fastact
    >>> fastact.sigmoid([-2.0, 0.0, 2.0])
    array([0.11920292, 0.5       , 0.88079708])
    """
    return _UFUNCS["sigmoid"](x, out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)


@documented
def tanh(x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Hyperbolic tangent, element by element.

    Parameters
    ----------
    {x}
    {out}
    {ufunc}

    Returns
    -------
    {result}

    Raises
    ------
    {elementwise errors}

    Examples
    --------
    >>> import fastact
    >>> fastact.tanh([-1.0, 0.0, 1.0])
    array([-0.76159416,  0.        ,  0.76159416])
    """
    return _UFUNCS["tanh"](x, out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)


@documented
def silu(x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Sigmoid linear unit x * sigmoid(x), also known as swish, element by element.

    Parameters
    ----------
    {x}
    {out}
    {ufunc}

    Returns
    -------
    {result}

    Raises
    ------
    {elementwise errors}

    Examples
    --------
    >>> import fastact
    >>> fastact.silu([-1.0, 0.0, 1.0])
    array([-0.26894142,  0.        ,  0.73105858])
    """
    return _UFUNCS["silu"](x, out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)


@documented
def gelu(x, /, out=None, *, approximate="none", where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Gaussian error linear unit x * Phi(x), Phi being the standard normal distribution function, element by element.

    The negative tail keeps its relative accuracy: gelu(-10.0) is -7.6e-23, where 1 + erf would give 0.

    Parameters
    ----------
    {x}
    {out}
    approximate : {'none', 'tanh'}, optional
        'none' is the definition; 'tanh' is x * sigmoid(2 * sqrt(2 / pi) * (x + 0.044715 * x**3)), for models trained
        with it. The names and the default are PyTorch's; JAX and Keras have functions that approximate by default.
    {ufunc}

    Returns
    -------
    {result}

    Raises
    ------
    {elementwise errors}
    ValueError
        If `approximate` is neither 'none' nor 'tanh'.

    Examples
    --------
    >>> import fastact
    >>> fastact.gelu([-1.0, 0.0, 1.0])
    array([-0.15865525,  0.        ,  0.84134475])
    >>> fastact.gelu([-1.0, 0.0, 1.0], approximate="tanh")
    array([-0.15880801,  0.        ,  0.84119199])
    """
    kinds = {"none": "gelu", "tanh": "gelu_tanh"}
    if not isinstance(approximate, str) or approximate not in kinds:
        raise ValueError(f"fastact.gelu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return _UFUNCS[kinds[approximate]](x, out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)
