"""Runs a row function where the layout of its arrays allows it."""

cimport numpy as cnp

from fastact._call cimport fa_dtype, fa_row_op

cdef enum:
    TASK = 65_536  # elements in one thread's turn

cdef bint execute(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced,
                  cnp.ndarray dy=*) except -1
