"""The gated functions and their gradients, of two arrays or of one in halves: signature and one line of body.

Their documentation is that of their NumPy twins.
"""

cimport numpy as cnp

from fastact._call cimport Elementwise, call_many

from fastact import _numpy
from fastact._docs import adopt
from fastact._gates import gate_gradient, gate_operands

cnp.import_array()

cdef Elementwise _geglu = Elementwise("geglu")
cdef Elementwise _geglu_grad = Elementwise("geglu_grad")
cdef Elementwise _glu = Elementwise("glu")
cdef Elementwise _glu_grad = Elementwise("glu_grad")
cdef Elementwise _reglu = Elementwise("reglu")
cdef Elementwise _reglu_grad = Elementwise("reglu_grad")
cdef Elementwise _swiglu = Elementwise("swiglu")
cdef Elementwise _swiglu_grad = Elementwise("swiglu_grad")


cdef object gated(Elementwise op, object a, object b, object out, object axis, object where, object casting,
                  object order, object dtype, object subok):
    return call_many(op, gate_operands(op.name, a, b, axis), out, where, casting, order, dtype, subok)


cdef bint alike(object dy, object a, object b) noexcept:
    """Whether these are arrays of one shape: there is nothing to be summed."""
    return (cnp.PyArray_CheckExact(dy) and cnp.PyArray_CheckExact(a) and cnp.PyArray_CheckExact(b)
            and cnp.PyArray_SAMESHAPE(dy, a) and cnp.PyArray_SAMESHAPE(a, b))


cdef object gradient(Elementwise op, object dy, object a, object b, object out, object axis, object where,
                     object casting, object order, object dtype, object subok):
    if out is None and where is True and alike(dy, a, b):
        return call_many(op, (dy, *gate_operands(op.name, a, b, axis)), out, where, casting, order, dtype, subok)
    return gate_gradient(op, dy, a, b, out, axis, where, casting, order, dtype, subok)


def geglu(a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_geglu, a, b, out, axis, where, casting, order, dtype, subok)


def glu(a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_glu, a, b, out, axis, where, casting, order, dtype, subok)


def reglu(a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_reglu, a, b, out, axis, where, casting, order, dtype, subok)


def swiglu(a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_swiglu, a, b, out, axis, where, casting, order, dtype, subok)


def geglu_grad(dy, a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K",
               dtype=None, subok=True):
    return gradient(_geglu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


def glu_grad(dy, a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K",
             dtype=None, subok=True):
    return gradient(_glu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


def reglu_grad(dy, a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K",
               dtype=None, subok=True):
    return gradient(_reglu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


def swiglu_grad(dy, a, b=None, /, out=None, *, axis=-1, where=True, casting="same_kind", order="K",
                dtype=None, subok=True):
    return gradient(_swiglu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


__all__ = adopt(globals(), _numpy)
