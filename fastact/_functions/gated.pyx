"""The gated functions and their gradients, of two arrays or of one in halves, and logaddexp, of two: signature and one
line of body.

Their documentation is that of their NumPy references.
"""

cimport numpy as cnp

from fastact._arrays.call cimport Elementwise, call_many
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.layout cimport MAX_DIMS, PyArray_ISNOTSWAPPED, PyArray_ISWRITEABLE, is_computed_in
from fastact._arrays.memory cimport new_like

from fastact._reference import table
from fastact._containers import other_arrays
from fastact._shared.docs import adopt
from fastact._functions.hinted import hinted
from fastact._containers.gates import gate_gradient, gate_numbers, gate_operands, pair_gradient

cnp.import_array()

cdef extern from "numpy/arrayobject.h":
    object PyArray_New(type subtype, int dimensions, cnp.npy_intp *shape, int type_number, cnp.npy_intp *strides,
                       void *data, int itemsize, int flags, void *prototype)

cdef Elementwise _geglu = Elementwise("geglu", None, table.UFUNCS["geglu"])
cdef Elementwise _geglu_grad = Elementwise("geglu_grad", None, table.UFUNCS["geglu_grad"])
cdef Elementwise _glu = Elementwise("glu", None, table.UFUNCS["glu"])
cdef Elementwise _glu_grad = Elementwise("glu_grad", None, table.UFUNCS["glu_grad"])
cdef Elementwise _logaddexp = Elementwise("logaddexp", None, table.UFUNCS["logaddexp"])
cdef Elementwise _logaddexp_grad = Elementwise("logaddexp_grad", None, table.UFUNCS["logaddexp_grad"])
cdef Elementwise _reglu = Elementwise("reglu", None, table.UFUNCS["reglu"])
cdef Elementwise _reglu_grad = Elementwise("reglu_grad", None, table.UFUNCS["reglu_grad"])
cdef Elementwise _swiglu = Elementwise("swiglu", None, table.UFUNCS["swiglu"])
cdef Elementwise _swiglu_grad = Elementwise("swiglu_grad", None, table.UFUNCS["swiglu_grad"])
cdef Elementwise _swiglu_clamped = Elementwise("swiglu", "swiglu_clamped", table.UFUNCS["swiglu_clamped"])
cdef Elementwise _swiglu_clamped_grad = Elementwise("swiglu_grad", "swiglu_clamped_grad",
                                                    table.UFUNCS["swiglu_clamped_grad"])
# the defaults, by whose addresses a call without numbers is recognised
cdef object ONE = 1.0, NO_LIMIT = float("inf"), NOTHING = 0.0


cdef object half(cnp.ndarray x, int axis, bint second):
    """A view of the first or the second half of the elements along an axis."""
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int a, flags = cnp.NPY_ARRAY_WRITEABLE if PyArray_ISWRITEABLE(x) else 0
    cdef char *data = cnp.PyArray_BYTES(x)
    cdef cnp.ndarray view
    for a in range(cnp.PyArray_NDIM(x)):
        shape[a] = cnp.PyArray_DIM(x, a)
    shape[axis] //= 2
    if second:
        data += shape[axis] * cnp.PyArray_STRIDE(x, axis)
    view = PyArray_New(cnp.ndarray, cnp.PyArray_NDIM(x), shape, cnp.PyArray_TYPE(x), cnp.PyArray_STRIDES(x), data,
                       0, flags, NULL)
    cnp.set_array_base(view, x)
    return view


cdef int axis_of_halves(object x, object axis) noexcept:
    """The axis along which an array of the kernels' own types has halves; -1 where that is to be looked at closely."""
    cdef Py_ssize_t a
    if not (cnp.PyArray_CheckExact(x) and type(axis) is int and -64 <= axis < 64
            and is_computed_in(cnp.PyArray_TYPE(x))
            and PyArray_ISNOTSWAPPED(x)):
        return -1
    a = axis
    a += cnp.PyArray_NDIM(x) if a < 0 else 0
    return a if 0 <= a < cnp.PyArray_NDIM(x) and cnp.PyArray_DIM(x, a) % 2 == 0 else -1


cdef tuple operands_of(str name, object a, object b, object axis):
    cdef int along
    cdef bint is_operand
    if b is not None:
        is_operand = (cnp.PyArray_CheckExact(b) and cnp.PyArray_NDIM(b) > 0) or type(b) is float
        return (a, b) if is_operand and type(axis) is int and axis == -1 else gate_operands(name, a, b, axis)
    along = axis_of_halves(a, axis)
    return gate_operands(name, a, b, axis) if along < 0 else (half(a, along, False), half(a, along, True))


cdef object gated(Elementwise op, object a, object b, object out, object axis, object where, object casting,
                  object order, object dtype, object subok, dict numbers=None):
    cdef tuple operands
    if b is None and not cnp.PyArray_CheckExact(a):
        answer = other_arrays.halved_gate(op.name, a, out, axis, where, casting=casting, order=order, dtype=dtype,
                                          subok=subok, **(numbers or {}))
        if answer is not NotImplemented:
            return answer
    operands = operands_of(op.name, a, b, axis)
    if numbers is not None:
        operands += tuple(numbers.values())
    return call_many(op, operands, out, where, casting, order, dtype, subok)


cdef bint same_shape(object dy, object a, object b) noexcept:
    """Whether these are arrays of one shape: there is nothing to be summed."""
    return (cnp.PyArray_CheckExact(dy) and cnp.PyArray_CheckExact(a) and cnp.PyArray_CheckExact(b)
            and cnp.PyArray_SAMESHAPE(dy, a) and cnp.PyArray_SAMESHAPE(a, b))


cdef object gradient(Elementwise op, object dy, object a, object b, object out, object axis, object where,
                     object casting, object order, object dtype, object subok, dict numbers=None):
    cdef int along
    cdef tuple operands, others = tuple(numbers.values()) if numbers else ()
    cdef fa_fp_mode before
    if out is None and where is True and b is not None and same_shape(dy, a, b):
        operands = operands_of(op.name, a, b, axis)
        return call_many(op, (dy, *operands, *others), out, where, casting, order, dtype, subok)
    along = axis_of_halves(a, axis) if b is None else -1
    if along >= 0 and out is None and where is True and dtype is None and order == "K":
        operands = half(a, along, False), half(a, along, True)
        if same_shape(dy, operands[0], operands[1]) and cnp.PyArray_TYPE(dy) == cnp.PyArray_TYPE(a):
            dx = new_like(a)
            parts = half(dx, along, False), half(dx, along, True)
            call_many(op, (dy, *operands, *others), parts, where, casting, order, dtype, subok)
            return dx
    before = fa_fp_enter()
    try:
        return gate_gradient(op, dy, a, b, out, axis, where, casting, order, dtype, subok, numbers)
    finally:
        fa_fp_leave(before)


cdef object pair_of_gradients(Elementwise op, object dy, object a, object b, object out, object where, object casting,
                              object order, object dtype, object subok):
    cdef fa_fp_mode before
    if out is None and where is True and same_shape(dy, a, b):
        return call_many(op, (dy, a, b), out, where, casting, order, dtype, subok)
    before = fa_fp_enter()
    try:
        return pair_gradient(op, dy, a, b, out, where, casting, order, dtype, subok)
    finally:
        fa_fp_leave(before)


def logaddexp(a, b, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return call_many(_logaddexp, (a, b), out, where, casting, order, dtype, subok)


def logaddexp_grad(dy, a, b, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return pair_of_gradients(_logaddexp_grad, dy, a, b, out, where, casting, order, dtype, subok)


def geglu(a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_geglu, a, b, out, axis, where, casting, order, dtype, subok)


def glu(a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_glu, a, b, out, axis, where, casting, order, dtype, subok)


def reglu(a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K", dtype=None, subok=True):
    return gated(_reglu, a, b, out, axis, where, casting, order, dtype, subok)


def swiglu(a, b=None, /, alpha=ONE, limit=NO_LIMIT, offset=NOTHING, *, out=None, axis=-1, where=True,
           casting="same_kind", order="K", dtype=None, subok=True):
    if limit is NO_LIMIT and alpha is ONE and offset is NOTHING:
        return gated(_swiglu, a, b, out, axis, where, casting, order, dtype, subok)
    cdef dict numbers = gate_numbers("swiglu", alpha, limit, offset)
    return gated(_swiglu_clamped if numbers else _swiglu, a, b, out, axis, where, casting, order, dtype, subok, numbers)


def geglu_grad(dy, a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K",
               dtype=None, subok=True):
    return gradient(_geglu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


def glu_grad(dy, a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K",
             dtype=None, subok=True):
    return gradient(_glu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


def reglu_grad(dy, a, b=None, /, *, out=None, axis=-1, where=True, casting="same_kind", order="K",
               dtype=None, subok=True):
    return gradient(_reglu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)


def swiglu_grad(dy, a, b=None, /, alpha=ONE, limit=NO_LIMIT, offset=NOTHING, *, out=None, axis=-1, where=True,
                casting="same_kind", order="K", dtype=None, subok=True):
    if limit is NO_LIMIT and alpha is ONE and offset is NOTHING:
        return gradient(_swiglu_grad, dy, a, b, out, axis, where, casting, order, dtype, subok)
    cdef dict numbers = gate_numbers("swiglu_grad", alpha, limit, offset)
    return gradient(_swiglu_clamped_grad if numbers else _swiglu_grad, dy, a, b, out, axis, where, casting, order,
                    dtype, subok, numbers)


__all__ = adopt(globals(), table, hinted)
