"""Definitions of the elementwise functions and their derivatives, in mpmath and in float64.

Each takes x and the function's parameters: `exact` mpmath numbers; `double` float64 arrays, with a relative error far
below float32's rounding, but near a zero of a derivative.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

try:
    import mpmath
except ImportError:  # the tests that need it are skipped
    mpmath = None


@dataclass(frozen=True)
class Oracle:
    exact: Callable
    double: Callable
    # |x| beyond which a float64 result is 0 or has reached its other limit
    reach: float = math.inf
    # where the function crosses 0, other than at 0
    roots: tuple[float, ...] = ()
    # parameters beside the defaults that are tried; the first stands for a default where there is none
    others: tuple[tuple[float, ...], ...] = ()
    # the interval that matters, where that is not the whole line
    domain: tuple[float, float] = (-math.inf, math.inf)


# ---- float64 ----

_erfc = np.frompyfunc(math.erfc, 1, 1)
_density = 1 / math.sqrt(2 * math.pi)


def _phi(x):
    return _erfc(-x / math.sqrt(2)).astype(np.float64) / 2


def _logistic(x):
    return np.where(x < 0, np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))), 1 / (1 + np.exp(-np.abs(x))))


def _log1p_exp(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _is_sixth(slope):
    """Whether this is hard_sigmoid's default, which is 1/6 itself in every type."""
    return abs(6 * slope - 1) < 0.01


def _exact_slope(slope):
    return mpmath.mpf(1) / 6 if _is_sixth(slope) else mpmath.mpf(slope)


def _line(x, slope, offset):
    return (x + 3) / 6 if _is_sixth(slope) else slope * x + offset


def _tanh_argument(x):
    return 2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)


def _tanh_slope(x):
    return 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)


def _gate(x, z, slope=1.0):
    """The derivative of x * logistic(z), z' = slope."""
    return np.where(z < -750, 0, _logistic(z) * (1 + np.clip(x, -1e4, 1e4) * slope * _logistic(-z)))


def _unit_derivative(x, factor, z):
    return np.where(x > 0, 1, factor * np.exp(np.minimum(z, 0)))


def _mish(x):
    # tanh(log(1 + e)) = (2e + e**2) / (2 + 2e + e**2), by the smaller of e and 1/e
    w = np.exp(-np.abs(x))
    return np.where(x < 0, x * w * (2 + w) / (2 + w * (2 + w)), x * (1 + 2 * w) / (1 + 2 * w + 2 * w * w))


def _mish_derivative(x):
    w = np.exp(-np.abs(x))
    down = w * ((2 + w) / (2 + w * (2 + w)) + 4 * np.maximum(x, -1e4) * (1 + w) / (2 + w * (2 + w)) ** 2)
    d = 1 + 2 * w + 2 * w * w
    up = (1 + 2 * w) / d + 4 * np.minimum(x, 1e4) * w * w * (1 + w) / d**2
    return np.where(x < 0, down, up)


def _gelu_derivative(x):
    c = np.clip(x, -1e3, 1e3)
    return _phi(c) + c * _density * np.exp(-c * c / 2)


def _between(x, low, high, inside, below=0.0, above=0.0):
    return np.where(x <= low, below, np.where(x >= high, above, inside))


def _logit(x):
    return np.where(np.abs(x - 0.5) < 0.2, 2 * np.arctanh(2 * x - 1), np.log(x) - np.log1p(-x))


def _softsign(x):
    return np.where(np.isinf(x), np.sign(x), x / (1 + np.abs(x)))


def _tanh_shrink(x):
    # the series is 2**-40 off at 0.1
    square = np.minimum(x * x, 0.01)
    series = (
        x * square * (1 / 3 - square * (2 / 15 - square * (17 / 315 - square * (62 / 2835 - square * 1382 / 155925))))
    )
    return np.where(np.abs(x) < 0.1, series, x - np.tanh(x))


def _log1mexp(x):
    size = np.abs(x)
    return np.where(size < 0.7, np.log(-np.expm1(-size)), np.log1p(-np.exp(-size)))


def _squareplus_derivative(x, b=4.0):
    root = np.hypot(x, np.sqrt(b))
    return np.where(x > 0, np.where(np.isinf(x), 1, 1 + x / root) / (2 - np.isinf(x)), b / (root - x) / root / 2)


# ---- mpmath ----


def _mp(name):
    return lambda x: getattr(mpmath, name)(x)


def _exact_logistic(x):
    return 1 / (1 + mpmath.exp(-x)) if x > 0 else mpmath.exp(x) / (1 + mpmath.exp(x))


def _exact_log1p_exp(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


def _exact_phi(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def _exact_tanh_argument(x):
    return 2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)


def _exact_tanh_slope(x):
    return 2 * mpmath.sqrt(2 / mpmath.pi) * (1 + 3 * mpmath.mpf("0.044715") * x**2)


def _exact_gate(x, z, slope=1):
    return _exact_logistic(z) * (1 + x * slope * _exact_logistic(-z))


def _exact_mish_derivative(x):
    tanh = mpmath.tanh(_exact_log1p_exp(x))
    return tanh + x * _exact_logistic(x) / mpmath.cosh(_exact_log1p_exp(x)) ** 2


def _exact_between(x, low, high, inside, below=0, above=0):
    return below if x <= low else above if x >= high else inside


def _exact_tanh_shrink(x):
    if abs(x) > 1e-3:
        return x - mpmath.tanh(x)
    terms = ((1, 3), (-2, 15), (17, 315), (-62, 2835), (1382, 155925), (-21844, 6081075))
    return mpmath.fsum(mpmath.mpf(n) / d * x ** (2 * k + 3) for k, (n, d) in enumerate(terms))


def _exact_log1mexp(x):
    if x == 0:
        return -mpmath.inf
    return mpmath.log(-mpmath.expm1(-abs(x))) if abs(x) < 1 else mpmath.log1p(-mpmath.exp(-abs(x)))


def _k():
    return mpmath.mpf("1.702")


def _selu():
    """scale and scale * alpha from their definition: the fixed point of mean 0 and variance 1."""
    m = mpmath
    e = m.sqrt(m.e) * m.erfc(1 / m.sqrt(2))
    square = 2 * m.e**2 * m.erfc(m.sqrt(2)) + m.pi * e**2 - 2 * (2 + m.pi) * e + m.pi + 2
    scale = m.sqrt(2 * m.pi) * (1 - e) / m.sqrt(square)
    return scale, scale * m.sqrt(2 / m.pi) / (1 - e)


_SCALE, _NEGATIVE = 1.0507009873554805, 1.7580993408473769
_SILU_ROOT, _MISH_ROOT = -1.2784645427610738, -1.1924312145154951
_ALPHAS = ((0.7,), (1.3,))
_BETAS = ((1.702,), (0.3,), (5.0,))
_LINES = ((0.2, 0.5), (-0.7, 0.25))
_LAMBDS = ((1.25,), (0.0,))
_CAPS = ((30.0,), (0.7,))
_WIDTHS = ((1.0,), (0.01,))
_THRESHOLDS = ((0.1, 20.0), (-0.5, -0.3))

FUNCTIONS = {
    ("sigmoid", ()): Oracle(_exact_logistic, _logistic, reach=745),
    ("log_sigmoid", ()): Oracle(lambda x: -_exact_log1p_exp(-x), lambda x: -_log1p_exp(-x), reach=745),
    ("logit", ()): Oracle(
        lambda x: mpmath.log(x) - mpmath.log1p(-x) if 0 < x < 1 else mpmath.nan, _logit, reach=1, domain=(0, 1)
    ),
    ("tanh", ()): Oracle(_mp("tanh"), np.tanh, reach=20),
    ("silu", ()): Oracle(lambda x: x * _exact_logistic(x), lambda x: x * _logistic(x), reach=752),
    ("swish", ()): Oracle(
        lambda x, beta=1: x * _exact_logistic(beta * x),
        lambda x, beta=1.0: x * _logistic(beta * x),
        reach=752,
        others=_BETAS,
    ),
    ("gelu", (("approximate", "none"),)): Oracle(lambda x: x * _exact_phi(x), lambda x: x * _phi(x), reach=38.7),
    ("gelu", (("approximate", "tanh"),)): Oracle(
        lambda x: x * _exact_logistic(_exact_tanh_argument(x)), lambda x: x * _logistic(_tanh_argument(x)), reach=21.6
    ),
    ("gelu", (("approximate", "sigmoid"),)): Oracle(
        lambda x: x * _exact_logistic(_k() * x), lambda x: x * _logistic(1.702 * x), reach=441
    ),
    ("mish", ()): Oracle(lambda x: x * mpmath.tanh(_exact_log1p_exp(x)), _mish, reach=752),
    ("softplus", ()): Oracle(
        lambda x, beta=1: _exact_log1p_exp(beta * x) / beta,
        lambda x, beta=1.0: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(beta * x))) / beta,
        reach=745,
        others=_BETAS,
    ),
    ("elu", ()): Oracle(
        lambda x, alpha=1: x if x > 0 else alpha * mpmath.expm1(x),
        lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(x)),
        others=_ALPHAS,
    ),
    ("celu", ()): Oracle(
        lambda x, alpha=1: x if x > 0 else alpha * mpmath.expm1(x / alpha),
        lambda x, alpha=1.0: np.where(x > 0, x, alpha * np.expm1(x / alpha)),
        others=_ALPHAS,
    ),
    ("selu", ()): Oracle(
        lambda x: _selu()[0] * x if x > 0 else _selu()[1] * mpmath.expm1(x),
        lambda x: np.where(x > 0, _SCALE * x, _NEGATIVE * np.expm1(x)),
    ),
    ("relu", ()): Oracle(lambda x: max(x, 0), lambda x: np.maximum(x, 0)),
    ("relu6", ()): Oracle(lambda x: min(max(x, 0), 6), lambda x: np.clip(x, 0, 6)),
    ("leaky_relu", ()): Oracle(
        lambda x, slope: x if x > 0 else slope * x,
        lambda x, slope=0.01: np.where(x > 0, x, slope * x),
        others=((0.3,),),
    ),
    ("prelu", ()): Oracle(
        lambda x, weight: x if x > 0 else weight * x,
        lambda x, weight=0.25: np.where(x > 0, x, weight * x),
        others=((0.25,), (-1.7,)),
    ),
    ("softsign", ()): Oracle(lambda x: x / (1 + abs(x)), _softsign),
    ("hard_sigmoid", ()): Oracle(
        lambda x, slope=1 / 6, offset=0.5: min(max(_exact_slope(slope) * x + offset, 0), 1),
        lambda x, slope=1 / 6, offset=0.5: np.clip(_line(x, slope, offset), 0, 1),
        reach=3,
        others=_LINES,
    ),
    ("hard_silu", ()): Oracle(
        lambda x: _exact_between(x, -3, 3, x * (x + 3) / 6, 0, x),
        lambda x: np.maximum(x, -3) * np.clip((x + 3) / 6, 0, 1),
        reach=3,
    ),
    ("hard_tanh", ()): Oracle(
        lambda x, low=-1, high=1: min(max(x, low), high),
        lambda x, low=-1.0, high=1.0: np.minimum(np.maximum(x, low), high),
        others=((-0.3, 7.0),),
    ),
    ("hard_shrink", ()): Oracle(
        lambda x, lambd="0.5": x if abs(x) > mpmath.mpf(lambd) else 0,
        lambda x, lambd=0.5: np.where(np.abs(x) > lambd, x, 0),
        others=_LAMBDS,
    ),
    ("soft_shrink", ()): Oracle(
        lambda x, lambd="0.5": mpmath.sign(x) * max(abs(x) - mpmath.mpf(lambd), 0),
        lambda x, lambd=0.5: np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, 0)),
        others=_LAMBDS,
    ),
    ("threshold", ()): Oracle(
        lambda x, least, value: x if x > least else value,
        lambda x, least=0.1, value=20.0: np.where(x > least, x, value),
        others=_THRESHOLDS,
    ),
    ("relu_squared", ()): Oracle(lambda x: x * x if x > 0 else 0, lambda x: np.where(x > 0, x * x, 0)),
    ("tanh_shrink", ()): Oracle(_exact_tanh_shrink, _tanh_shrink),
    ("softcap", ()): Oracle(
        lambda x, cap: cap * mpmath.tanh(x / cap), lambda x, cap=30.0: cap * np.tanh(x / cap), others=_CAPS
    ),
    ("squareplus", ()): Oracle(
        lambda x, b=4: (x + mpmath.sqrt(x * x + b)) / 2 if x > 0 else b / (mpmath.sqrt(x * x + b) - x) / 2,
        lambda x, b=4.0: np.where(x > 0, x / 2 + np.hypot(x, np.sqrt(b)) / 2, b / (np.hypot(x, np.sqrt(b)) - x) / 2),
        others=_WIDTHS,
    ),
    ("log1mexp", ()): Oracle(_exact_log1mexp, _log1mexp, reach=745),
}

DERIVATIVES = {
    ("sigmoid_grad", ()): Oracle(
        lambda x: _exact_logistic(x) * _exact_logistic(-x), lambda x: _logistic(x) * _logistic(-x), reach=745
    ),
    ("log_sigmoid_grad", ()): Oracle(lambda x: _exact_logistic(-x), lambda x: _logistic(-x), reach=745),
    ("logit_grad", ()): Oracle(
        lambda x: 1 / (x * (1 - x)) if 0 < x < 1 else mpmath.nan,
        lambda x: np.where((x < 0) | (x > 1), np.nan, 1 / np.abs(x * (1 - x))),
        reach=1,
        domain=(0, 1),
    ),
    ("tanh_grad", ()): Oracle(
        lambda x: 1 / mpmath.cosh(x) ** 2, lambda x: 4 * _logistic(2 * x) * _logistic(-2 * x), reach=372
    ),
    ("silu_grad", ()): Oracle(lambda x: _exact_gate(x, x), lambda x: _gate(x, x), reach=752, roots=(_SILU_ROOT,)),
    ("swish_grad", ()): Oracle(
        lambda x, beta=1: _exact_gate(x, beta * x, beta),
        lambda x, beta=1.0: _gate(x, beta * x, beta),
        reach=752,
        roots=(_SILU_ROOT,),
        others=_BETAS,
    ),
    ("gelu_grad", (("approximate", "none"),)): Oracle(
        lambda x: _exact_phi(x) + x * mpmath.npdf(x), _gelu_derivative, reach=38.7, roots=(-0.7517915246935645,)
    ),
    ("gelu_grad", (("approximate", "tanh"),)): Oracle(
        lambda x: _exact_gate(x, _exact_tanh_argument(x), _exact_tanh_slope(x)),
        lambda x: _gate(
            np.clip(x, -1e3, 1e3), _tanh_argument(np.clip(x, -1e3, 1e3)), _tanh_slope(np.clip(x, -1e3, 1e3))
        ),
        reach=21.6,
        roots=(-0.7524614220710162,),
    ),
    ("gelu_grad", (("approximate", "sigmoid"),)): Oracle(
        lambda x: _exact_gate(x, _k() * x, _k()),
        lambda x: _gate(x, 1.702 * x, 1.702),
        reach=441,
        roots=(_SILU_ROOT / 1.702,),
    ),
    ("mish_grad", ()): Oracle(_exact_mish_derivative, _mish_derivative, reach=752, roots=(_MISH_ROOT,)),
    ("softplus_grad", ()): Oracle(
        lambda x, beta=1: _exact_logistic(beta * x), lambda x, beta=1.0: _logistic(beta * x), reach=745, others=_BETAS
    ),
    ("elu_grad", ()): Oracle(
        lambda x, alpha=1: 1 if x > 0 else alpha * mpmath.exp(x),
        lambda x, alpha=1.0: _unit_derivative(x, alpha, x),
        reach=745,
        others=_ALPHAS,
    ),
    ("celu_grad", ()): Oracle(
        lambda x, alpha=1: 1 if x > 0 else mpmath.exp(x / alpha),
        lambda x, alpha=1.0: _unit_derivative(x, 1, x / alpha),
        reach=745,
        others=_ALPHAS,
    ),
    ("selu_grad", ()): Oracle(
        lambda x: _selu()[0] if x > 0 else _selu()[1] * mpmath.exp(x),
        lambda x: np.where(x > 0, _SCALE, _NEGATIVE * np.exp(np.minimum(x, 0))),
        reach=745,
    ),
    ("relu_grad", ()): Oracle(lambda x: int(x > 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    ("relu6_grad", ()): Oracle(lambda x: int(0 < x < 6), lambda x: _between(x, 0, 6, 1.0)),
    ("leaky_relu_grad", ()): Oracle(
        lambda x, slope: 1 if x > 0 else slope, lambda x, slope=0.01: np.where(x > 0, 1, slope), others=((0.3,),)
    ),
    ("softsign_grad", ()): Oracle(lambda x: 1 / (1 + abs(x)) ** 2, lambda x: 1 / (1 + np.abs(x)) / (1 + np.abs(x))),
    ("hard_sigmoid_grad", ()): Oracle(
        lambda x, slope=1 / 6, offset=0.5: _exact_between(
            _exact_slope(slope) * x + mpmath.mpf(offset), 0, 1, _exact_slope(slope)
        ),
        lambda x, slope=1 / 6, offset=0.5: _between(
            _line(x, slope, offset), 0, 1, 1 / 6 if _is_sixth(slope) else slope
        ),
        reach=3,
        others=_LINES,
    ),
    ("hard_silu_grad", ()): Oracle(
        lambda x: _exact_between(x, -3, 3, (2 * x + 3) / 6, 0, 1),
        lambda x: _between(x, -3, 3, (2 * x + 3) / 6, 0.0, 1.0),
        reach=3,
        roots=(-1.5,),
    ),
    ("hard_tanh_grad", ()): Oracle(
        lambda x, low=-1, high=1: int(low < x < high),
        lambda x, low=-1.0, high=1.0: _between(x, low, high, 1.0),
        others=((-0.3, 7.0),),
    ),
    ("hard_shrink_grad", ()): Oracle(
        lambda x, lambd="0.5": int(abs(x) > mpmath.mpf(lambd)),
        lambda x, lambd=0.5: np.where(np.abs(x) > lambd, 1.0, 0),
        others=_LAMBDS,
    ),
    ("soft_shrink_grad", ()): Oracle(
        lambda x, lambd="0.5": int(abs(x) > mpmath.mpf(lambd)),
        lambda x, lambd=0.5: np.where(np.abs(x) > lambd, 1.0, 0),
        others=_LAMBDS,
    ),
    ("threshold_grad", ()): Oracle(
        lambda x, least, value: int(x > least),
        lambda x, least=0.1, value=20.0: np.where(x > least, 1.0, 0),
        others=_THRESHOLDS,
    ),
    ("relu_squared_grad", ()): Oracle(lambda x: 2 * x if x > 0 else 0, lambda x: np.where(x > 0, 2 * x, 0)),
    ("tanh_shrink_grad", ()): Oracle(lambda x: mpmath.tanh(x) ** 2, lambda x: np.tanh(x) ** 2),
    ("softcap_grad", ()): Oracle(
        lambda x, cap: 1 / mpmath.cosh(x / cap) ** 2,
        lambda x, cap=30.0: 4 * _logistic(2 * x / cap) * _logistic(-2 * x / cap),
        others=_CAPS,
    ),
    ("squareplus_grad", ()): Oracle(
        lambda x, b=4: (
            (1 + x / mpmath.sqrt(x * x + b)) / 2
            if x > 0
            else b / (mpmath.sqrt(x * x + b) - x) / mpmath.sqrt(x * x + b) / 2
        ),
        _squareplus_derivative,
        others=_WIDTHS,
    ),
    ("log1mexp_grad", ()): Oracle(
        lambda x: mpmath.sign(x) / mpmath.expm1(abs(x)) if x else mpmath.inf,
        lambda x: (
            np.copysign(1, x) * np.where(np.abs(x) > 700, np.exp(-np.abs(x)), 1 / np.expm1(np.minimum(np.abs(x), 701)))
        ),
        reach=745,
    ),
}
