"""The elementwise functions and their gradients: signature and one line of body.

Their documentation is that of their NumPy twins. A gradient is a vector-Jacobian product: dy times the derivative at x.
"""

from fastact._call cimport Elementwise, call, call_many
from fastact._prelu cimport prelu_gradients

from fastact import _numpy
from fastact._docs import adopt
from fastact._hinted import hinted
from fastact._numpy_gaussian import gelu_kind

cdef Elementwise _celu = Elementwise("celu")
cdef Elementwise _celu_grad = Elementwise("celu_grad")
cdef Elementwise _elu = Elementwise("elu")
cdef Elementwise _elu_grad = Elementwise("elu_grad")
cdef Elementwise _gelu = Elementwise("gelu")
cdef Elementwise _gelu_grad = Elementwise("gelu_grad")
cdef Elementwise _gelu_sigmoid = Elementwise("gelu", "gelu_sigmoid")
cdef Elementwise _gelu_sigmoid_grad = Elementwise("gelu_grad", "gelu_sigmoid_grad")
cdef Elementwise _gelu_tanh = Elementwise("gelu", "gelu_tanh")
cdef Elementwise _gelu_tanh_grad = Elementwise("gelu_grad", "gelu_tanh_grad")
cdef Elementwise _hard_sigmoid = Elementwise("hard_sigmoid")
cdef Elementwise _hard_sigmoid_grad = Elementwise("hard_sigmoid_grad")
cdef Elementwise _hard_silu = Elementwise("hard_silu")
cdef Elementwise _hard_silu_grad = Elementwise("hard_silu_grad")
cdef Elementwise _hard_tanh = Elementwise("hard_tanh")
cdef Elementwise _hard_tanh_grad = Elementwise("hard_tanh_grad")
cdef Elementwise _leaky_relu = Elementwise("leaky_relu")
cdef Elementwise _leaky_relu_grad = Elementwise("leaky_relu_grad")
cdef Elementwise _log_sigmoid = Elementwise("log_sigmoid")
cdef Elementwise _log_sigmoid_grad = Elementwise("log_sigmoid_grad")
cdef Elementwise _logit = Elementwise("logit")
cdef Elementwise _logit_grad = Elementwise("logit_grad")
cdef Elementwise _mish = Elementwise("mish")
cdef Elementwise _mish_grad = Elementwise("mish_grad")
cdef Elementwise _prelu = Elementwise("prelu")
cdef Elementwise _prelu_grad = Elementwise("prelu_grad")
cdef Elementwise _relu = Elementwise("relu")
cdef Elementwise _relu6 = Elementwise("relu6")
cdef Elementwise _relu6_grad = Elementwise("relu6_grad")
cdef Elementwise _relu_grad = Elementwise("relu_grad")
cdef Elementwise _selu = Elementwise("selu")
cdef Elementwise _selu_grad = Elementwise("selu_grad")
cdef Elementwise _sigmoid = Elementwise("sigmoid")
cdef Elementwise _sigmoid_grad = Elementwise("sigmoid_grad")
cdef Elementwise _silu = Elementwise("silu")
cdef Elementwise _silu_grad = Elementwise("silu_grad")
cdef Elementwise _softplus = Elementwise("softplus")
cdef Elementwise _softplus_grad = Elementwise("softplus_grad")
cdef Elementwise _softsign = Elementwise("softsign")
cdef Elementwise _softsign_grad = Elementwise("softsign_grad")
cdef Elementwise _swish = Elementwise("swish")
cdef Elementwise _swish_grad = Elementwise("swish_grad")
cdef Elementwise _tanh = Elementwise("tanh")
cdef Elementwise _tanh_grad = Elementwise("tanh_grad")
cdef dict GELU = {"none": _gelu, "tanh": _gelu_tanh, "sigmoid": _gelu_sigmoid}
cdef dict GELU_GRAD = {"none": _gelu_grad, "tanh": _gelu_tanh_grad, "sigmoid": _gelu_sigmoid_grad}


cdef Elementwise chosen(dict operations, str name, object approximate):
    operation = operations.get(approximate) if isinstance(approximate, str) else None
    if operation is None:
        gelu_kind(name, approximate)  # which says what is wrong
    return operation


def celu(x, /, alpha=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_celu, (x, alpha), out, where, casting, order, dtype, subok)


def elu(x, /, alpha=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_elu, (x, alpha), out, where, casting, order, dtype, subok)


def gelu(x, /, approximate="none", *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(chosen(GELU, "gelu", approximate), x, out, where, casting, order, dtype, subok)


def hard_sigmoid(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_hard_sigmoid, x, out, where, casting, order, dtype, subok)


def hard_silu(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_hard_silu, x, out, where, casting, order, dtype, subok)


def hard_tanh(x, /, min_val=-1.0, max_val=1.0, *, out=None, where=True, casting="same_kind", order="K",
              dtype=None, subok=True):
    return call_many(_hard_tanh, (x, min_val, max_val), out, where, casting, order, dtype, subok)


def leaky_relu(x, /, negative_slope=0.01, *, out=None, where=True, casting="same_kind", order="K",
               dtype=None, subok=True):
    return call_many(_leaky_relu, (x, negative_slope), out, where, casting, order, dtype, subok)


def log_sigmoid(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_log_sigmoid, x, out, where, casting, order, dtype, subok)


def logit(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_logit, x, out, where, casting, order, dtype, subok)


def mish(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_mish, x, out, where, casting, order, dtype, subok)


def prelu(x, /, weight, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_prelu, (x, weight), out, where, casting, order, dtype, subok)


def relu(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_relu, x, out, where, casting, order, dtype, subok)


def relu6(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_relu6, x, out, where, casting, order, dtype, subok)


def selu(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_selu, x, out, where, casting, order, dtype, subok)


def sigmoid(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_sigmoid, x, out, where, casting, order, dtype, subok)


def silu(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_silu, x, out, where, casting, order, dtype, subok)


def softplus(x, /, beta=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_softplus, (x, beta), out, where, casting, order, dtype, subok)


def softsign(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_softsign, x, out, where, casting, order, dtype, subok)


def swish(x, /, beta=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_swish, (x, beta), out, where, casting, order, dtype, subok)


def tanh(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_tanh, x, out, where, casting, order, dtype, subok)


def celu_grad(dy, x, /, alpha=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_celu_grad, (dy, x, alpha), out, where, casting, order, dtype, subok)


def elu_grad(dy, x, /, alpha=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_elu_grad, (dy, x, alpha), out, where, casting, order, dtype, subok)


def gelu_grad(dy, x, /, approximate="none", *, out=None, where=True, casting="same_kind", order="K",
              dtype=None, subok=True):
    return call_many(chosen(GELU_GRAD, "gelu_grad", approximate), (dy, x), out, where, casting, order, dtype, subok)


def hard_sigmoid_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_hard_sigmoid_grad, (dy, x), out, where, casting, order, dtype, subok)


def hard_silu_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_hard_silu_grad, (dy, x), out, where, casting, order, dtype, subok)


def hard_tanh_grad(dy, x, /, min_val=-1.0, max_val=1.0, *, out=None, where=True, casting="same_kind", order="K",
                   dtype=None, subok=True):
    return call_many(_hard_tanh_grad, (dy, x, min_val, max_val), out, where, casting, order, dtype, subok)


def leaky_relu_grad(dy, x, /, negative_slope=0.01, *, out=None, where=True, casting="same_kind", order="K",
                    dtype=None, subok=True):
    return call_many(_leaky_relu_grad, (dy, x, negative_slope), out, where, casting, order, dtype, subok)


def log_sigmoid_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_log_sigmoid_grad, (dy, x), out, where, casting, order, dtype, subok)


def logit_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_logit_grad, (dy, x), out, where, casting, order, dtype, subok)


def mish_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_mish_grad, (dy, x), out, where, casting, order, dtype, subok)


def prelu_grad(dy, x, /, weight, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return prelu_gradients(_prelu_grad, dy, x, weight, out, where, casting, order, dtype, subok)


def relu6_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_relu6_grad, (dy, x), out, where, casting, order, dtype, subok)


def relu_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_relu_grad, (dy, x), out, where, casting, order, dtype, subok)


def selu_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_selu_grad, (dy, x), out, where, casting, order, dtype, subok)


def sigmoid_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_sigmoid_grad, (dy, x), out, where, casting, order, dtype, subok)


def silu_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_silu_grad, (dy, x), out, where, casting, order, dtype, subok)


def softplus_grad(dy, x, /, beta=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_softplus_grad, (dy, x, beta), out, where, casting, order, dtype, subok)


def softsign_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_softsign_grad, (dy, x), out, where, casting, order, dtype, subok)


def swish_grad(dy, x, /, beta=1.0, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_swish_grad, (dy, x, beta), out, where, casting, order, dtype, subok)


def tanh_grad(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_tanh_grad, (dy, x), out, where, casting, order, dtype, subok)


__all__ = adopt(globals(), _numpy, hinted)
