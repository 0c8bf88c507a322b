"""The chosen kernels, and what a call tells the engine of Python's threads before it releases the GIL."""

from fastact._arrays.engine cimport fa_kernels, fa_status, fa_sum

cdef enum:
    GIL_CUTOFF = 10_000      # elements from which the GIL is released: that costs 35 ns, a few hundred elements' time

cdef const fa_kernels *kernels() noexcept nogil
cdef int note_threads() except -1
cdef int note_threads_without_gil() noexcept nogil
cdef inline void note_threads_for(size_t elements) noexcept nogil:
    """The same, for a call that is large enough."""
    if elements >= GIL_CUTOFF:
        note_threads_without_gil()

cdef int operation(bytes name) except -1
cdef int check_memory(fa_status status) except -1
cdef double run_sum(const fa_sum *p, size_t first, size_t last, double total) except? -1
