"""Runs cross entropy on rows: the geometry of the arrays and the threads."""

cimport numpy as cnp

from fastact._arrays.kernels cimport fa_dtype
from fastact._arrays.sums cimport Sums

cdef extern from *:
    """
    static inline Py_ssize_t fastact_read_once(const Py_ssize_t *p) { return *(const volatile Py_ssize_t *)p; }
    """
    Py_ssize_t read_once "fastact_read_once"(const Py_ssize_t *p) nogil

ctypedef struct Losses:
    # of every row in C order; negative where the row counts for nothing; NULL for none. Another thread may write to
    # them: each is read once, and compared with the classes by whatever it is an index for
    const Py_ssize_t *label
    size_t classes
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
