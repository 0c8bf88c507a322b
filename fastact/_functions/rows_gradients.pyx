"""softmax_grad and log_softmax_grad along any axes."""

cimport numpy as cnp

from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport FA_LOG_SOFTMAX_GRAD, FA_SOFTMAX_GRAD, fa_row_op
from fastact._arrays.layout cimport same_or_disjoint_layout
from fastact._arrays.plan cimport MAX_DIMS
from fastact._arrays.memory cimport new_like
from fastact._arrays.convert cimport kernel_reads, mark_axes, over_rows, takes_result

import numpy as np

from fastact._reference import table
from fastact._containers import other_arrays
from fastact._shared.row_arguments import row_gradient_arguments
from fastact._shared.docs import adopt
from fastact._functions.hinted import hinted
from fastact._shared.wrap import rewrap

cnp.import_array()


cdef object without_overlap(cnp.ndarray a, cnp.ndarray out):
    """The array, or a copy of it where writing to out would change elements that are still to be read."""
    return a if same_or_disjoint_layout(a, out, NULL) else a.copy()


cdef inline bint are_alike(object dy, object y) noexcept:
    """Whether they are arrays of one shape and one type of the kernels'."""
    return (cnp.PyArray_CheckExact(dy) and cnp.PyArray_CheckExact(y) and cnp.PyArray_TYPE(dy) == cnp.PyArray_TYPE(y)
            and (cnp.PyArray_TYPE(y) == cnp.NPY_FLOAT or cnp.PyArray_TYPE(y) == cnp.NPY_DOUBLE)
            and cnp.PyArray_SAMESHAPE(dy, y))


cdef object gradient(fa_row_op op, str name, object upstream, object given, object axis, object out, object dtype):
    """The one way in for the gradients of row functions."""
    cdef cnp.ndarray dy, y = None, dx
    cdef char[MAX_DIMS] reduced
    cdef int typenum
    cdef bint is_stored = False
    if type(out) is tuple and len(<tuple>out) == 1:
        out = out[0]
    if dtype is None and are_alike(upstream, given):
        y = given
        typenum = cnp.PyArray_TYPE(y)
    if y is not None and (out is None or takes_result(out, typenum, cnp.PyArray_NDIM(y), cnp.PyArray_DIMS(y))):
        dy = upstream
    else:
        answer = other_arrays.row_gradient(name, upstream, given, axis, out, dtype)
        if answer is not NotImplemented:
            return answer
        dy, y, kind, _ = row_gradient_arguments(name, upstream, given, axis, out, dtype)
        if kind.char == "g":
            return getattr(table, name)(upstream, given, axis, out=out, dtype=dtype)
        is_stored = kind.itemsize == 2  # in 16 bits: computed in float32
        typenum = kind.num
    mark_axes(name, axis, cnp.PyArray_NDIM(y), reduced)
    if out is not None:
        dy, y = without_overlap(dy, out), without_overlap(y, out)
    if out is not None and (not is_stored or out.dtype == kind):
        dx = out
    elif kernel_reads(y, typenum):
        dx = new_like(y)
    else:
        dx = np.empty_like(y, cnp.PyArray_DescrFromType(typenum), subok=False)
    if cnp.PyArray_SIZE(y):
        over_rows(y, dx, op, typenum, reduced, dy)
    if out is not None:
        if <object>dx is not out:  # rounded to 16 bits first, then cast
            with np.errstate(all="ignore"):
                np.copyto(out, dx, casting="same_kind")
        return out
    if cnp.PyArray_NDIM(dx) == 0:
        return (<object>dx)[()]
    return dx if cnp.PyArray_CheckExact(given) else rewrap(given, dx)


cdef object gradient_of(fa_row_op op, str name, object dy, object y, object axis, object out, object dtype):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return gradient(op, name, dy, y, axis, out, dtype)
    finally:
        fa_fp_leave(before)


def softmax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return gradient_of(FA_SOFTMAX_GRAD, "softmax_grad", dy, y, axis, out, dtype)


def log_softmax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return gradient_of(FA_LOG_SOFTMAX_GRAD, "log_softmax_grad", dy, y, axis, out, dtype)


__all__ = adopt(globals(), table, hinted)
