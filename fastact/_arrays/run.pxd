"""Runs a row function where the layout of its arrays allows it."""

cimport numpy as cnp

from fastact._arrays.kernels cimport Loop, fa_dtype, fa_row_op
from fastact._arrays.layout cimport fa_strided

cdef enum:
    TASK = 65_536  # elements in one thread's turn

cdef bint execute(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced,
                  cnp.ndarray dy=*) except -1

cdef int execute_made(const fa_strided *nest, const Loop *make, cnp.ndarray y, fa_row_op op, fa_dtype dtype,
                      size_t count, size_t n) except -1
