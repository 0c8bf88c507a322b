"""Sums of packed rows over their probabilities, in float64, as the kernels of information.pyx give them."""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.engine cimport (
    fa_dtype, fa_information, fa_information_op, fa_row_averages, fa_row_products, fa_run_information,
    fa_run_row_averages, fa_run_row_products, fa_status,
)
from fastact._arrays.kernels cimport GIL_CUTOFF, check_memory, kernels, note_threads
from fastact._arrays.layout cimport dtype_of
from fastact._arrays.plain cimport row_length

import numpy as np

cnp.import_array()


cdef cnp.ndarray sums_of(cnp.ndarray p, cnp.ndarray a, cnp.ndarray q, cnp.ndarray b):
    """A sum for each row; all are packed and of one type, q and b may be None, and a may be one row that serves all."""
    cdef fa_row_products call
    cdef cnp.ndarray sums = np.empty((<object>p).shape[:-1])
    memset(&call, 0, sizeof(fa_row_products))
    call.dtype, call.n = dtype_of(cnp.PyArray_TYPE(p)), row_length(p)
    call.count = cnp.PyArray_SIZE(p) // <Py_ssize_t>call.n
    call.step = call.n if cnp.PyArray_NDIM(a) == cnp.PyArray_NDIM(p) else 0
    call.p, call.a = cnp.PyArray_DATA(p), cnp.PyArray_DATA(a)
    if q is not None:
        call.q, call.b = cnp.PyArray_DATA(q), cnp.PyArray_DATA(b)
    call.sum = <double *>cnp.PyArray_DATA(sums)
    note_threads()
    with nogil:
        fa_run_row_products(kernels(), &call)
    return sums


cdef int inform(fa_information_op op, cnp.ndarray x, cnp.ndarray y, cnp.ndarray sums) except -1:
    """A sum for each packed row of x. y is None, of x's shape, or one row that serves all."""
    cdef fa_information call
    cdef fa_status status
    cdef fa_dtype dtype = dtype_of(cnp.PyArray_TYPE(x))
    cdef Py_ssize_t n = row_length(x)
    memset(&call, 0, sizeof(fa_information))
    call.x, call.n, call.xstep, call.count = cnp.PyArray_DATA(x), n, n, cnp.PyArray_SIZE(x) // n
    if y is not None:
        call.y, call.ystep = cnp.PyArray_DATA(y), n if cnp.PyArray_NDIM(y) == cnp.PyArray_NDIM(x) else 0
    call.sum = <double *>cnp.PyArray_DATA(sums)
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        status = fa_run_information(kernels(), op, dtype, &call)
    else:
        note_threads()
        with nogil:
            status = fa_run_information(kernels(), op, dtype, &call)
    check_memory(status)
    return 0


cdef int average(cnp.ndarray x, cnp.ndarray vectors, cnp.ndarray offsets, bint weighted, cnp.ndarray found) except -1:
    """Averages for each packed row of logits, or of probabilities, of vectors of at least one number.

    The numbers of a vector are adjacent; offsets: where those of each row begin, None where they serve all.
    """
    cdef fa_row_averages call
    cdef fa_status status
    cdef int last = cnp.PyArray_NDIM(vectors) - 1
    memset(&call, 0, sizeof(fa_row_averages))
    call.dtype, call.weighted = dtype_of(cnp.PyArray_TYPE(x)), weighted
    call.n, call.d = row_length(x), cnp.PyArray_DIM(vectors, last)
    call.count = cnp.PyArray_SIZE(x) // <Py_ssize_t>call.n
    call.x, call.values, call.y = cnp.PyArray_DATA(x), cnp.PyArray_DATA(vectors), <double *>cnp.PyArray_DATA(found)
    call.vstep = cnp.PyArray_STRIDE(vectors, last - 1) // cnp.PyArray_ITEMSIZE(x)
    if offsets is not None:
        call.offset = <const Py_ssize_t *>cnp.PyArray_DATA(offsets)
    note_threads()
    with nogil:
        status = fa_run_row_averages(kernels(), &call)
    check_memory(status)
    return 0


cdef cnp.ndarray averages_of(cnp.ndarray x, cnp.ndarray vectors, bint weighted):
    """The same of vectors with one more axis than x."""
    cdef cnp.ndarray offsets = None, found
    outer, d = (<object>x).shape[:-1], (<object>vectors).shape[-1]
    found = np.empty(outer + (d,))
    if d == 0:
        return found
    *steps, _, _ = [step // (<object>x).itemsize for step in (<object>vectors).strides]
    if any(steps):
        offsets = np.zeros(outer, np.intp)
        for axis, step in enumerate(steps):
            offsets += (np.arange(outer[axis]) * step).reshape((-1,) + (1,) * (len(outer) - axis - 1))
    average(x, vectors, offsets, weighted, found)
    return found
