"""Row functions of scale*x + bias under a mask."""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_dtype, fa_row_op

cdef enum:
    LONG = 262_144  # elements: longer rows are never held whole, nor what they are made of

cdef enum:
    SHORT = 64  # elements: shorter rows are made several at a time, whatever scales them

cdef cnp.ndarray in_kind(cnp.ndarray part, object kind)
cdef bint is_served(object where, object bias, cnp.ndarray scale, cnp.ndarray extra) except -1
cdef int at_once(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced, object where,
                 object bias, double scale, cnp.ndarray extra) except -2
cdef int of_options(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                    object scale, cnp.ndarray extra) except -1
