"""The gated linear units and their gradients in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._containers.gates import gate, gate_gradient, gate_numbers
from fastact._reference.formulas import FAR, decay, mended, product, product_of_three, scaled
from fastact._reference.gaussian import FAR_TAIL, upper_tail
from fastact._reference.ufunc import Ufunc
from fastact._shared.docs import documented

__all__ = ["geglu", "geglu_grad", "glu", "glu_grad", "reglu", "reglu_grad", "swiglu", "swiglu_grad"]


def _finite(a):
    """-inf as the lowest number: the zero that an activation gives there must not meet it."""
    return np.where(a == -np.inf, np.finfo(a.dtype).min, a)


def _glu(a, b):
    half = decay(b)
    e = half * half
    return np.where(np.signbit(b), mended(a * half / (1 + e) * half, half, a, 1, b), a / (1 + e))


def _glu_grad(dy, a, b):
    e = np.exp(-np.abs(b))
    return _glu(dy, b), product_of_three(dy, a, 1 / ((1 + e) * (1 + e)), np.exp(-np.abs(b) / 4))


def _root(a):
    """exp(a / 4) for a < 0, 1 elsewhere: its fourth power is the tail of sigmoid(a)."""
    return np.exp(np.minimum(a, 0) / 4)


def _swiglu(a, b):
    return product_of_three(_finite(a), b, 1 / (1 + np.exp(-np.abs(a))), _root(a))


def _swiglu_grad(dy, a, b):
    e, v = np.exp(-np.abs(a)), np.clip(a, -FAR, FAR)
    slope = np.where(a < 0, 1 + v + e, 1 + e * (1 + v)) / ((1 + e) * (1 + e))
    return product_of_three(dy, b, slope, _root(a)), _swiglu(a, dy)


class _Clamped:
    """What swiglu with numbers of its own is made of: x sigma(alpha x) y, x and y being the operands that are held."""

    def __init__(self, a, b, alpha, limit, offset):
        x, self.y = np.minimum(a, limit), np.minimum(np.maximum(b, -limit), limit) + offset
        z, low = scaled(x, alpha)
        largest = np.finfo(x.dtype).max
        self.x = np.where(z < 0, np.clip(x, -largest, largest), x)  # the zero of sigma must not meet infinity
        self.z = np.clip(z, -FAR, FAR) + low
        self.falling = self.z < 0
        self.e = np.exp(-np.abs(z)) * (1 - np.sign(z) * low)
        self.root = np.exp(np.minimum(z, 0) / 4) * (1 + np.where(self.falling, low, 0) / 4)

    def times_sigma(self, u, v):
        return product_of_three(u, v, 1 / (1 + self.e), self.root)

    def times_slope(self, u, v):
        e = self.e
        slope = np.where(self.falling, 1 + self.z + e, 1 + e * (1 + self.z)) / ((1 + e) * (1 + e))
        return product_of_three(u, v, slope, self.root)


def _swiglu_clamped(a, b, alpha, limit, offset):
    c = _Clamped(a, b, alpha, limit, offset)
    return c.times_sigma(c.x, c.y)


def _swiglu_clamped_grad(dy, a, b, alpha, limit, offset):
    c = _Clamped(a, b, alpha, limit, offset)
    da, db = c.times_slope(dy, c.y), c.times_sigma(c.x, dy)
    held = (np.where(np.isnan(other), other, dy * 0) for other in (c.y, c.x))
    return tuple(
        np.where(size > limit, none, gradient)
        for size, none, gradient in zip((a, np.abs(b)), held, (da, db), strict=True)
    )


def _normal(a, density):
    """The distribution function of the standard normal plus density * a times its density: a slope, and the fourth root
    of what it is to be multiplied by."""
    t = np.minimum(np.abs(a), 2 * FAR_TAIL)  # large operands reach further into the tail
    half, s, pole = upper_tail(t)
    if density:
        s -= t / np.sqrt(8 * np.arctan(t.dtype.type(1)))
    near = half * s * half + pole  # what lies above 0 of 1 - Phi or Phi; the pole is 0 where that could underflow
    is_far = (a < 0) & (pole == 0)
    square, error = product(t, t)
    root = np.exp(-square / 8) * (1 - error / 8)
    return np.where(a > 0, 1 - near, np.where(is_far, s, near)), np.where(is_far, root, 1)


def _geglu(a, b):
    return product_of_three(_finite(a), b, *_normal(a, density=False))


def _geglu_grad(dy, a, b):
    return product_of_three(dy, b, *_normal(a, density=True)), _geglu(a, dy)


def _reglu(a, b):
    return np.where(a <= 0, 0, a) * b


def _reglu_grad(dy, a, b):
    return dy * np.where(np.isnan(a), a, a > 0) * b, _reglu(a, dy)


_UFUNCS = {
    "glu": Ufunc("glu", _glu, 2),
    "swiglu": Ufunc("swiglu", _swiglu, 2),
    "geglu": Ufunc("geglu", _geglu, 2),
    "reglu": Ufunc("reglu", _reglu, 2),
    "glu_grad": Ufunc("glu_grad", _glu_grad, 3, 2),
    "swiglu_grad": Ufunc("swiglu_grad", _swiglu_grad, 3, 2),
    "geglu_grad": Ufunc("geglu_grad", _geglu_grad, 3, 2),
    "reglu_grad": Ufunc("reglu_grad", _reglu_grad, 3, 2),
    "swiglu_clamped": Ufunc("swiglu", _swiglu_clamped, 5),
    "swiglu_clamped_grad": Ufunc("swiglu_grad", _swiglu_clamped_grad, 6, 2),
}


@documented
def glu(a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Gated linear unit a * sigmoid(b), element by element.

    The gate is the second operand, or the second half of one array, as in PyTorch and Keras; in `swiglu`, `geglu` and
    `reglu` it is the first. a = inf at b = -inf gives NaN. Dauphin, Fan, Auli and Grangier, arXiv:1612.08083.

    {gate start}
    {end of gate}

    Examples
    --------
    >>> import fastact
    >>> fastact.glu([1.0, 2.0], [0.0, -1.0])
    array([0.5       , 0.53788284])
    >>> fastact.glu([1.0, 2.0, 0.0, -1.0])
    array([0.5       , 0.53788284])
    """
    return gate(_UFUNCS["glu"], a, b, out, axis, where, casting, order, dtype, subok)


@documented
def swiglu(
    a,
    b=None,
    /,
    alpha=1.0,
    limit=np.inf,
    offset=0.0,
    *,
    out=None,
    axis=-1,
    where=True,
    casting="same_kind",
    order="K",
    dtype=None,
    subok=True,
):
    """Gated linear unit silu(a) * b = a * sigmoid(a) * b, element by element; with numbers, that of gpt-oss.

    The activation is taken of the first operand, or of the first half of one array; libraries differ, and some swap the
    halves: then call it as ``swiglu(b, a)``. a = -inf gives 0 for finite b, NaN for an infinite one. Shazeer,
    arXiv:2002.05202.

    With numbers it is x * sigmoid(alpha * x) * (y + offset), where x is min(a, limit) and y is b held between -limit
    and limit. gpt-oss has ``alpha=1.702, limit=7.0, offset=1.0``, of even and odd elements: ``swiglu(h[..., ::2],
    h[..., 1::2], ...)``. ONNX Runtime and TensorRT-LLM call the offset beta; models that clamp alone give `limit`.

    {gate start}
    {gate numbers}
    {end of gate}

    Examples
    --------
    >>> import fastact
    >>> fastact.swiglu([1.0, 2.0], [3.0, -1.0])
    array([ 2.19317574, -1.76159416])
    >>> fastact.swiglu([1.0, 2.0, 3.0, -1.0])
    array([ 2.19317574, -1.76159416])
    >>> fastact.swiglu([1.0, 9.0], [3.0, 9.0], alpha=1.702, limit=7.0, offset=1.0)
    array([ 3.38318306, 55.99962503])
    """
    numbers = gate_numbers("swiglu", alpha, limit, offset)
    operation = _UFUNCS["swiglu_clamped" if numbers else "swiglu"]
    return gate(operation, a, b, out, axis, where, casting, order, dtype, subok, numbers)


@documented
def geglu(a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Gated linear unit gelu(a) * b with the exact `gelu`, element by element.

    The activation is taken of the first operand, or of the first half of one array; where a library takes it of the
    second, as that of Diffusers does, swap them. a = -inf gives 0 for finite b, NaN for an infinite one. Shazeer,
    arXiv:2002.05202.

    {gate start}
    {end of gate}

    Examples
    --------
    >>> import fastact
    >>> fastact.geglu([1.0, 2.0], [3.0, -1.0])
    array([ 2.52403424, -1.95449974])
    >>> fastact.geglu([1.0, 2.0, 3.0, -1.0])
    array([ 2.52403424, -1.95449974])
    """
    return gate(_UFUNCS["geglu"], a, b, out, axis, where, casting, order, dtype, subok)


@documented
def reglu(a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    """Gated linear unit relu(a) * b, element by element.

    The activation is taken of the first operand, or of the first half of one array. a <= 0 gives 0 for finite b, NaN
    for an infinite one. Shazeer, arXiv:2002.05202.

    {gate start}
    {end of gate}

    Examples
    --------
    >>> import fastact
    >>> fastact.reglu([1.0, -2.0], [3.0, -1.0])
    array([ 3., -0.])
    >>> fastact.reglu([1.0, -2.0, 3.0, -1.0])
    array([ 3., -0.])
    """
    return gate(_UFUNCS["reglu"], a, b, out, axis, where, casting, order, dtype, subok)


@documented
def glu_grad(
    dy, a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True
):
    """dy times the derivatives of `glu` with respect to a, sigmoid(b), and to b, a * sigmoid(b) * sigmoid(-b).

    No product on the way overflows or underflows unless the result does.

    {gate gradient start}
    {end of gate gradient}

    Examples
    --------
    >>> import fastact
    >>> da, db = fastact.glu_grad(1.0, [1.0, 2.0], [0.0, -1.0])
    >>> da
    array([0.5       , 0.26894142])
    >>> db
    array([0.25      , 0.39322387])
    >>> fastact.glu_grad(1.0, [1.0, 2.0, 0.0, -1.0])
    array([0.5       , 0.26894142, 0.25      , 0.39322387])
    """
    return gate_gradient(_UFUNCS["glu_grad"], dy, a, b, out, axis, where, casting, order, dtype, subok)


@documented
def swiglu_grad(
    dy,
    a,
    b=None,
    /,
    alpha=1.0,
    limit=np.inf,
    offset=0.0,
    *,
    out=None,
    axis=-1,
    where=True,
    casting="same_kind",
    order="K",
    dtype=None,
    subok=True,
):
    """dy times the derivatives of `swiglu` with respect to a, b * silu'(a), and to b, silu(a).

    silu'(a) is that of `silu_grad`. No product on the way overflows or underflows unless the result does.

    With numbers they are (y + offset) * silu'(alpha * x) for a <= limit, and x * sigmoid(alpha * x) for
    abs(b) <= limit, x and y as in `swiglu`; 0 where the operand is held. At the limit itself the gradient passes, as
    through PyTorch's clamp.

    {gate gradient start}
    {gate numbers}
    {end of gate gradient}

    Examples
    --------
    >>> import fastact
    >>> da, db = fastact.swiglu_grad(1.0, [1.0, 2.0], [3.0, -1.0])
    >>> da
    array([ 2.78301154, -1.09078425])
    >>> db
    array([0.73105858, 1.76159416])
    >>> fastact.swiglu_grad(1.0, [1.0, 2.0, 3.0, -1.0])
    array([ 2.78301154, -1.09078425,  0.73105858,  1.76159416])
    >>> da, db = fastact.swiglu_grad(1.0, [1.0, 9.0], [3.0, 4.0], alpha=1.702, limit=7.0, offset=1.0)
    >>> da
    array([4.27111843, 0.        ])
    >>> db
    array([0.84579577, 6.99995313])
    """
    numbers = gate_numbers("swiglu_grad", alpha, limit, offset)
    operation = _UFUNCS["swiglu_clamped_grad" if numbers else "swiglu_grad"]
    return gate_gradient(operation, dy, a, b, out, axis, where, casting, order, dtype, subok, numbers)


@documented
def geglu_grad(
    dy, a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True
):
    """dy times the derivatives of `geglu` with respect to a, b * gelu'(a), and to b, gelu(a).

    gelu'(a) is that of the exact `gelu_grad`. No product on the way overflows or underflows unless the result does.

    {gate gradient start}
    {end of gate gradient}

    Examples
    --------
    >>> import fastact
    >>> da, db = fastact.geglu_grad(1.0, [1.0, 2.0], [3.0, -1.0])
    >>> da
    array([ 3.24994641, -1.0852318 ])
    >>> db
    array([0.84134475, 1.95449974])
    >>> fastact.geglu_grad(1.0, [1.0, 2.0, 3.0, -1.0])
    array([ 3.24994641, -1.0852318 ,  0.84134475,  1.95449974])
    """
    return gate_gradient(_UFUNCS["geglu_grad"], dy, a, b, out, axis, where, casting, order, dtype, subok)


@documented
def reglu_grad(
    dy, a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True
):
    """dy times the derivatives of `reglu` with respect to a, b for a > 0 and 0 elsewhere, and to b, relu(a).

    At a = 0 the first is 0, as in PyTorch's relu.

    {gate gradient start}
    {end of gate gradient}

    Examples
    --------
    >>> import fastact
    >>> da, db = fastact.reglu_grad(1.0, [1.0, -2.0], [3.0, -1.0])
    >>> da
    array([ 3., -0.])
    >>> db
    array([1., 0.])
    >>> fastact.reglu_grad(1.0, [1.0, -2.0, 3.0, -1.0])
    array([ 3., -0.,  1.,  0.])
    """
    return gate_gradient(_UFUNCS["reglu_grad"], dy, a, b, out, axis, where, casting, order, dtype, subok)
