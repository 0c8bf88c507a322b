"""Row functions of scale*x + bias under a mask."""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_dtype, fa_row_op

cdef enum:
    LONG = 262_144  # elements: longer rows are never held whole, nor what they are made of

cdef int at_once(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced, object where,
                 object bias, double scale, cnp.ndarray extra) except -2
cdef int of_options(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                    object scale, cnp.ndarray extra) except -1
