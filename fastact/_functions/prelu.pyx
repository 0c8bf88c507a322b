"""prelu_grad: the gradient with respect to the weight is a sum over the elements that share it.

One weight for all elements has its sum from the pass that gives dx; others have theirs from an array of all shares.
"""

cimport numpy as cnp

from fastact._arrays.call cimport Elementwise, call_many
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport FA_F32, FA_F64, note_threads, threads_for
from fastact._arrays.layout cimport PyArray_IS_C_CONTIGUOUS, PyArray_ISWRITEABLE, same_layout, disjoint, nest_in_order
from fastact._arrays.memory cimport new_like
from fastact._arrays.convert cimport kernel_reads
from fastact._arrays.sums cimport Pass, number, sum_pass

from fastact._reference import piecewise_gradients

cnp.import_array()


cdef bint takes_results(object dx, object dweight, object dy, cnp.ndarray x, cnp.ndarray weight) noexcept:
    """Whether arrays given for dx and dweight, or None, lie as x and weight do and share no memory still to be read."""
    cdef bint free = True
    if dx is not None:
        free = (cnp.PyArray_CheckExact(dx) and same_layout(dx, x) and PyArray_ISWRITEABLE(dx)
                and disjoint(dx, cnp.PyArray_BYTES(x), cnp.PyArray_NBYTES(x))
                and disjoint(dx, cnp.PyArray_BYTES(dy), cnp.PyArray_NBYTES(dy))
                and disjoint(dx, cnp.PyArray_BYTES(weight), cnp.PyArray_NBYTES(weight)))
    if free and dweight is not None:
        free = (cnp.PyArray_CheckExact(dweight) and PyArray_ISWRITEABLE(dweight)
                and cnp.PyArray_TYPE(dweight) == cnp.PyArray_TYPE(weight)
                and cnp.PyArray_SAMESHAPE(dweight, weight)
                and (dx is None or disjoint(dweight, cnp.PyArray_BYTES(dx), cnp.PyArray_NBYTES(dx))))
    return free


cdef object with_one_weight(Elementwise op, object dy, cnp.ndarray x, object weight, object out):
    """dx and dweight for arrays of one type and shape, x in C order, and one weight; None for anything else."""
    cdef Pass p
    cdef int type_number = cnp.PyArray_TYPE(x)
    cdef size_t n = cnp.PyArray_SIZE(x)
    cdef cnp.ndarray dx, dweight
    if not ((type_number == cnp.NPY_FLOAT or type_number == cnp.NPY_DOUBLE) and kernel_reads(x, type_number)
            and PyArray_IS_C_CONTIGUOUS(x) and cnp.PyArray_NDIM(x) > 0
            and cnp.PyArray_CheckExact(dy) and kernel_reads(dy, type_number) and cnp.PyArray_SAMESHAPE(dy, x)):
        return None
    if type(weight) is float:
        weight = number(weight, type_number)
    if not (cnp.PyArray_CheckExact(weight) and kernel_reads(weight, type_number) and cnp.PyArray_SIZE(weight) == 1
            and cnp.PyArray_NDIM(weight) <= cnp.PyArray_NDIM(x) and n > 1):
        return None
    if out is None:
        out = (None, None)
    if not (type(out) is tuple and len(<tuple>out) == 2 and takes_results(out[0], out[1], dy, x, weight)):
        return None
    dx = new_like(x) if out[0] is None else out[0]
    nest_in_order(&p.nest, (<object>x).shape, (dy, x, weight, None, None), cnp.PyArray_ITEMSIZE(x))
    p.loop = &op.loops[FA_F32 if type_number == cnp.NPY_FLOAT else FA_F64]
    p.nest.args[3] = cnp.PyArray_BYTES(dx)
    note_threads()
    p.summed, p.divided, p.divisor, p.threads = 4, 0, 1, threads_for(n)
    dweight = number(sum_pass(&p, 0, n, 0), type_number)
    if out[1] is not None:
        out[1][...] = dweight
        return dx, out[1]
    return dx, dweight[()] if cnp.PyArray_NDIM(weight) == 0 else (<object>dweight).reshape((<object>weight).shape)


cdef object gradients(Elementwise op, object dy, object x, object weight, object out, object where,
                      object casting, object order, object dtype, object subok):
    if (cnp.PyArray_CheckExact(x) and cnp.PyArray_CheckExact(weight) and cnp.PyArray_CheckExact(dy) and out is None
            and where is True and cnp.PyArray_SAMESHAPE(x, weight) and cnp.PyArray_SAMESHAPE(x, dy)):
        return call_many(op, (dy, x, weight), None, where, casting, order, dtype, subok)  # nothing to be summed
    if (cnp.PyArray_CheckExact(x) and where is True and dtype is None and subok is True
            and casting == "same_kind" and order == "K"):
        results = with_one_weight(op, dy, x, weight, out)
        if results is not None:
            return results
    return piecewise_gradients.prelu_gradients(op, dy, x, weight, out, where, casting, order, dtype, subok)


cdef object prelu_gradients(Elementwise op, object dy, object x, object weight, object out, object where,
                            object casting, object order, object dtype, object subok):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return gradients(op, dy, x, weight, out, where, casting, order, dtype, subok)
    finally:
        fa_fp_leave(before)
