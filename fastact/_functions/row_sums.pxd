"""Sums of packed rows over their probabilities."""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_information_op

cdef cnp.ndarray sums_of(cnp.ndarray p, cnp.ndarray a, cnp.ndarray q, cnp.ndarray b)
cdef int inform(fa_information_op op, cnp.ndarray x, cnp.ndarray y, cnp.ndarray sums) except -1
cdef int average(cnp.ndarray x, cnp.ndarray vectors, cnp.ndarray offsets, bint weighted, cnp.ndarray found) except -1
cdef cnp.ndarray averages_of(cnp.ndarray x, cnp.ndarray vectors, bint weighted)
