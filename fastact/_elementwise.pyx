"""The elementwise functions: signature, documentation, one line of body."""

from fastact._call cimport Elementwise, call

from functools import partial

from fastact import _numpy
from fastact._docs import adopt

cdef Elementwise _sigmoid = Elementwise("sigmoid")
cdef Elementwise _tanh = Elementwise("tanh")
cdef Elementwise _silu = Elementwise("silu")
cdef Elementwise _gelu = Elementwise("gelu")
cdef Elementwise _gelu_tanh = Elementwise("gelu", "gelu_tanh", partial(_numpy.gelu, approximate="tanh"))


def sigmoid(x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_sigmoid, x, out, where, casting, order, dtype, subok)


def tanh(x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_tanh, x, out, where, casting, order, dtype, subok)


def silu(x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call(_silu, x, out, where, casting, order, dtype, subok)


def gelu(x, /, out=None, *, approximate="none", where=True, casting="same_kind", order="K", dtype=None, subok=True):
    if approximate == "none":
        return call(_gelu, x, out, where, casting, order, dtype, subok)
    if approximate == "tanh":
        return call(_gelu_tanh, x, out, where, casting, order, dtype, subok)
    raise ValueError(f"fastact.gelu: approximate must be 'none' or 'tanh', got {approximate!r}")


__all__ = adopt(globals(), _numpy)
