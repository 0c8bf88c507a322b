"""What the row functions share: their axes, where their arrays lie, and the buffer for what kernels cannot read."""

cimport numpy as cnp

from fastact._arrays.kernels cimport fa_row_op

cdef int mark_axes(str name, object axis, int ndim, char *reduced) except -1
cdef bint kernel_reads(cnp.ndarray a, int typenum) noexcept
cdef bint takes_result(object out, int typenum, int dims, const cnp.npy_intp *shape) noexcept
cdef bint run_direct(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int typenum, const char *reduced,
                     cnp.ndarray dy=*) except -1
cdef int over_rows(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int typenum, const char *reduced,
                   cnp.ndarray dy=*) except -1
cdef cnp.ndarray read_buffer(cnp.ndarray part, object kind)
cdef cnp.ndarray read_finite(cnp.ndarray part, object kind)
cdef int write_buffer(cnp.ndarray part, cnp.ndarray buffer) except -1
