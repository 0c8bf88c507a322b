"""Row functions on arrays of any layout and of the kernels' types or others."""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_row_op

cdef enum:
    TASK = 65_536  # elements of a slab that goes through a buffer

cdef bint run_direct(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int type_number, const char *reduced,
                     cnp.ndarray dy=*) except -1
cdef bint run_both(cnp.ndarray x, cnp.ndarray y, cnp.ndarray sums, fa_row_op op, const char *reduced) except -1
cdef int over_rows(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int type_number, const char *reduced,
                   cnp.ndarray dy=*) except -1
