"""Runs cross entropy on rows: the geometry of the arrays, the threads, the sums."""

cimport numpy as cnp

from fastact._call cimport fa_dtype

ctypedef struct Sums:
    # of numbers by their index, in an order that neither threads nor layout change: blocks of `block` numbers, a power
    # of two, each in LANES lanes by turns
    double *lanes
    size_t block
    size_t blocks

cdef int open_sums(Sums *sums, size_t count, size_t length) except -1
cdef void add_up(Sums *sums, size_t first, const double *values, size_t count) noexcept nogil
cdef double close_sums(Sums *sums) noexcept nogil

ctypedef struct Losses:
    const Py_ssize_t *label  # of every row in C order; negative where the row counts for nothing; NULL for none
    const double *weight     # of every class; NULL for 1
    double factor            # of the gradient
    const void *t            # what the classes of every row count for: rows of the logits' type; NULL for labels alone
    Py_ssize_t tstep         # elements from one of these rows to the next, 0 for one that serves all
    double scale             # of t
    double own               # what a label of weight 1 counts for besides
    float *single            # the losses go here, or there, or to the sums
    double *double_
    Sums *sums

cdef bint run_losses(cnp.ndarray x, cnp.ndarray y, int axis, fa_dtype dtype, size_t first,
                     const Losses *losses) except -1
