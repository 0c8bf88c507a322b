"""Rows that need no conversion and no message: of a plain array along its last axis, which count as they are."""

cimport numpy as cnp

from fastact._arrays.layout cimport PyArray_IS_C_CONTIGUOUS, is_computed_in, kernel_reads


cdef inline bint is_packed(object a, int type_number):
    """A NumPy array of that type in one piece, as kernels read it."""
    return cnp.PyArray_CheckExact(a) and kernel_reads(a, type_number) and PyArray_IS_C_CONTIGUOUS(a)


cdef inline bint are_plain_rows(object x, object axis):
    """An array of the kernels' own type, in one piece and not empty, and its last axis."""
    return (cnp.PyArray_CheckExact(x) and type(axis) is int and cnp.PyArray_NDIM(x) > 0
            and is_computed_in(cnp.PyArray_TYPE(x)) and is_packed(x, cnp.PyArray_TYPE(x)) and cnp.PyArray_SIZE(x) > 0
            and (axis == -1 or axis == cnp.PyArray_NDIM(x) - 1))


cdef inline bint no_options(object where, object bias, object scale):
    return where is None and bias is None and (type(scale) is float or type(scale) is int) and scale == 1


cdef inline Py_ssize_t row_length(cnp.ndarray x) noexcept:
    return cnp.PyArray_DIM(x, cnp.PyArray_NDIM(x) - 1)


cdef inline cnp.ndarray one_each(cnp.ndarray x, int type_number):
    """A new array with a number for each row."""
    return cnp.PyArray_EMPTY(cnp.PyArray_NDIM(x) - 1, cnp.PyArray_DIMS(x), type_number, 0)
