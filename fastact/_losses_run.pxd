"""Runs cross entropy on rows: the geometry of the arrays and the threads."""

cimport numpy as cnp

from fastact._kernels cimport fa_dtype
from fastact._sums cimport Sums

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
