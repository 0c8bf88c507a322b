"""logsumexp with weights, or with signs: rows in float64 by src/rows/signed_sums.h.

What it does with its arguments stands beside the NumPy reference, which computes the rows that the kernel leaves out.
"""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.engine cimport fa_run_signed_sums, fa_signed_sums, fa_threads
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport kernels, note_threads
from fastact._arrays.rows cimport TASK

import numpy as np

from fastact._arrays.convert import slabs
from fastact._reference import weighted_log_sums as reference

cnp.import_array()


def _pieces(outer, n):
    """Index tuples of slabs that every thread has work in."""
    note_threads()
    return slabs(outer, n, 2 * TASK * fa_threads())


def _compute(z, b):
    """Of packed rows in float64 or longdouble, and their factors, or one row of them for all."""
    cdef fa_signed_sums call
    cdef cnp.ndarray x, factors, logarithm, sign
    if z.dtype != np.float64 or z.size == 0:
        return reference._compute(z, b)
    x, factors = np.require(z, None, "CA"), np.require(b, None, "CA")
    logarithm, sign = np.empty(len(z)), np.empty(len(z))
    memset(&call, 0, sizeof(fa_signed_sums))
    call.x, call.b = <const double *>cnp.PyArray_DATA(x), <const double *>cnp.PyArray_DATA(factors)
    call.count, call.n = cnp.PyArray_DIM(x, 0), cnp.PyArray_DIM(x, 1)
    call.xstep, call.bstep = call.n, call.n if cnp.PyArray_DIM(factors, 0) == cnp.PyArray_DIM(x, 0) else 0
    call.logarithm, call.sign = <double *>cnp.PyArray_DATA(logarithm), <double *>cnp.PyArray_DATA(sign)
    with nogil:
        fa_run_signed_sums(kernels(), &call)
    left = np.nonzero(np.isnan(sign))[0]
    if left.size:
        logarithm[left], sign[left] = reference._compute(z[left], b if call.bstep == 0 else b[left])
    return logarithm, sign


def weighted_log_sum(*arguments):
    """In the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return reference.weighted_log_sum(_compute, _pieces, *arguments)
    finally:
        fa_fp_leave(before)
