"""Arrays and numbers in the kernels' types, and from there in others."""

cimport numpy as cnp

cdef cnp.ndarray read_buffer(cnp.ndarray part, object kind)
cdef cnp.ndarray read_finite(cnp.ndarray part, object kind)
cdef cnp.ndarray packed_in(cnp.ndarray part, object kind)
cdef int write_buffer(cnp.ndarray part, cnp.ndarray buffer) except -1
cdef cnp.ndarray number(double value, int type_number)
cdef object scalar(double value, cnp.dtype dtype)
cdef bint is_reduction(object reduction) noexcept
