"""Sums over all elements of a call."""

cimport numpy as cnp

from fastact._arrays.kernels cimport Loop
from fastact._arrays.layout cimport fa_strided

# ---- arguments and results of reductions ----

cdef bint is_reduction(object reduction) noexcept
cdef cnp.ndarray number(double value, int type_number)
cdef object scalar(double value, cnp.dtype dtype)

# ---- of numbers ----

ctypedef struct Sums:
    # by their index, in an order that neither threads nor layout change: blocks of `block` numbers, a power of two,
    # each in LANES lanes by turns
    double *lanes
    size_t block
    size_t blocks

cdef int open_sums(Sums *sums, size_t count, size_t length) except -1
cdef void add_up(Sums *sums, size_t first, const double *values, size_t count) noexcept nogil
cdef double close_sums(Sums *sums) noexcept nogil

# ---- of an output of an elementwise operation ----

ctypedef struct Pass:
    const Loop *loop   # of float32 or float64
    fa_strided nest       # in C order; outputs are packed, from their addresses on
    int summed         # the argument whose elements are added up and not stored
    int divided        # the argument to be divided by `divisor`, 0 for none
    double divisor
    int threads

cdef double sum_pass(const Pass *p, size_t first, size_t last, double total) except? -1
