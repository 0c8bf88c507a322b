"""logmeanexp, logcumsumexp, and the gradients of logsumexp and logcumsumexp, made of the compiled functions.

What they do with their arguments stands beside their NumPy references. Plain arrays along their last axis are spared
that.
"""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_run_weighted_rows, fa_status, fa_weighted_rows
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport GIL_CUTOFF, check_memory, kernels, note_threads
from fastact._arrays.layout cimport dtype_of
from fastact._arrays.memory cimport new_like
from fastact._arrays.plain cimport are_plain_rows, is_packed, no_options, row_length

import numpy as np

from fastact._functions.elementwise import elu_grad
from fastact._functions.gated import logaddexp
from fastact._functions.rows import logsumexp as _logsumexp
from fastact._functions.rows import softmax as _softmax

from fastact._functions.hinted import hinted
from fastact._reference import log_sums as reference
from fastact._reference import table
from fastact._shared.docs import adopt

cnp.import_array()

_KERNELS = reference.Kernels(_logsumexp, _softmax, logaddexp, elu_grad)
del logaddexp, elu_grad


cdef enum:
    MOST_COUNTS = 1000

cdef dict COUNTS = {}


cdef object logarithm_of(Py_ssize_t n, object dtype):
    """log(n) as logsumexp rounds it to that type."""
    key = n, dtype.char
    found = COUNTS.get(key)
    if found is None:
        if len(COUNTS) >= MOST_COUNTS:
            COUNTS.clear()
        found = COUNTS[key] = np.float64(_logsumexp(np.broadcast_to(dtype.type(0), (n,))))
    return found


cdef object mean_of_plain(cnp.ndarray x):
    cdef fa_fp_mode before
    cdef object dtype = x.dtype
    total = _logsumexp(x)
    count = logarithm_of(row_length(x), dtype)
    before = fa_fp_enter()
    try:
        if cnp.PyArray_NDIM(x) == 1:
            return dtype.type(np.float64(total) - count)
        total = np.subtract(total, count)
        return total if total.dtype is dtype else total.astype(dtype)
    finally:
        fa_fp_leave(before)


cdef object gradient_of_plain(cnp.ndarray dy, cnp.ndarray x):
    cdef cnp.ndarray y = new_like(x)
    cdef fa_weighted_rows call
    cdef fa_status status
    cdef fa_fp_mode before = fa_fp_enter()
    call.dtype = dtype_of(cnp.PyArray_TYPE(x))
    call.count, call.n = cnp.PyArray_SIZE(dy), row_length(x)
    call.x, call.by, call.y = cnp.PyArray_DATA(x), cnp.PyArray_DATA(dy), cnp.PyArray_DATA(y)
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        status = fa_run_weighted_rows(kernels(), &call)
    else:
        note_threads()
        with nogil:
            status = fa_run_weighted_rows(kernels(), &call)
    fa_fp_leave(before)
    check_memory(status)
    return y


cdef bint is_one_each(object dy, cnp.ndarray x):
    """Whether dy, packed and of x's type, holds a number for each of x's rows."""
    cdef int axis
    if not (is_packed(dy, cnp.PyArray_TYPE(x)) and cnp.PyArray_NDIM(dy) == cnp.PyArray_NDIM(x) - 1):
        return False
    for axis in range(cnp.PyArray_NDIM(dy)):
        if cnp.PyArray_DIM(dy, axis) != cnp.PyArray_DIM(x, axis):
            return False
    return True


def logmeanexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    if (out is None and dtype is None and keepdims is False and no_options(where, bias, scale)
            and are_plain_rows(x, axis)):
        return mean_of_plain(x)
    return reference.log_mean_of(_KERNELS, x, axis, out, where, bias, scale, bool(keepdims), dtype)


def logsumexp_grad(dy, x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, keepdims=False,
                   dtype=None):
    if (out is None and extra_logit is None and dtype is None and keepdims is False
            and no_options(where, bias, scale) and are_plain_rows(x, axis) and is_one_each(dy, x)):
        return gradient_of_plain(dy, x)
    return reference.log_sum_gradient(_KERNELS, dy, x, axis, out, where, bias, scale, extra_logit, bool(keepdims),
                                      dtype)


def logcumsumexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.log_cumulative_sums(_KERNELS, x, axis, out, where, bias, scale, dtype)


def logcumsumexp_grad(dy, x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.log_cumulative_gradient(_KERNELS, dy, x, axis, out, where, bias, scale, dtype)


__all__ = adopt(globals(), table, hinted)
