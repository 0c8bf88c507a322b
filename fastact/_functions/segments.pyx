"""softmax, log_softmax and logsumexp of segments: of rows in one piece by src/engine/segments.c.

What they do with their arguments stands beside their NumPy references.
"""

cimport numpy as cnp

from fastact._arrays.engine cimport (
    FA_F32, FA_F64, FA_LOG_SOFTMAX, FA_LOGSUMEXP, FA_SOFTMAX, fa_row_op, fa_run_segments, fa_segmented, fa_status,
)
from fastact._arrays.kernels cimport check_memory, kernels, note_threads
from fastact._arrays.memory cimport new_like

import numpy as np

from fastact._functions.hinted import hinted
from fastact._reference import segments as reference
from fastact._reference import table
from fastact._shared.docs import adopt

cnp.import_array()


def _compute(int kind, cnp.ndarray rows, cnp.ndarray offsets):
    """Of an array of two dimensions in C order, and offsets that have been checked."""
    cdef cnp.ndarray y
    cdef fa_segmented call
    cdef fa_status status
    cdef fa_row_op op = (FA_SOFTMAX if kind == reference.SOFTMAX
                         else FA_LOG_SOFTMAX if kind == reference.LOG_SOFTMAX else FA_LOGSUMEXP)
    cdef int type_number = cnp.PyArray_TYPE(rows)
    if type_number != cnp.NPY_FLOAT and type_number != cnp.NPY_DOUBLE:
        return reference._compute(kind, rows, offsets)
    call.rows, call.count = cnp.PyArray_DIM(rows, 0), cnp.PyArray_DIM(offsets, 0) - 1
    if op == FA_LOGSUMEXP:
        y = np.full((call.rows, call.count), -np.inf, rows.dtype)
    else:
        y = new_like(rows)
    if cnp.PyArray_SIZE(rows) == 0:
        return y
    call.dtype = FA_F64 if type_number == cnp.NPY_DOUBLE else FA_F32
    call.offset = <const Py_ssize_t *>cnp.PyArray_DATA(offsets)
    call.x, call.y = cnp.PyArray_DATA(rows), cnp.PyArray_DATA(y)
    note_threads()
    with nogil:
        status = fa_run_segments(kernels(), op, &call)
    check_memory(status)
    return y


def segment_softmax(x, offsets, /, axis=-1, *, out=None, dtype=None):
    return reference.segmented(_compute, reference.SOFTMAX, x, offsets, axis, out, dtype)


def segment_log_softmax(x, offsets, /, axis=-1, *, out=None, dtype=None):
    return reference.segmented(_compute, reference.LOG_SOFTMAX, x, offsets, axis, out, dtype)


def segment_logsumexp(x, offsets, /, axis=-1, *, out=None, dtype=None):
    return reference.segmented(_compute, reference.LOGSUMEXP, x, offsets, axis, out, dtype)


__all__ = adopt(globals(), table, hinted)
