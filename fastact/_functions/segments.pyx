"""softmax, log_softmax and logsumexp of segments: of rows in one piece by src/engine/segments.c.

What they do with their arguments stands beside their NumPy references.
"""

cimport numpy as cnp
from libc.math cimport INFINITY

from fastact._arrays.engine cimport (
    FA_F32, FA_F64, FA_LOG_SOFTMAX, FA_LOGSUMEXP, FA_SOFTMAX, FA_SOME_NAN, fa_loop, fa_loop_of_parts, fa_made_segments,
    fa_row_op, fa_run_made_segments, fa_run_segments, fa_segmented, fa_status, fa_strided,
    fa_workers,
)
from fastact._arrays.kernels cimport check_memory, kernels, note_threads
from fastact._arrays.layout cimport nest_in_order
from fastact._arrays.memory cimport new_like
from fastact._arrays.row_options cimport LONG, SHORT, in_kind, is_served, of_options
from fastact._arrays.rows cimport TASK

import numpy as np

from fastact._arrays.convert import slabs
from fastact._functions.hinted import hinted
from fastact._reference import segments as reference
from fastact._reference import table
from fastact._shared.docs import adopt

cnp.import_array()


cdef fa_segmented segmented(cnp.ndarray x, cnp.ndarray y, cnp.ndarray offsets):
    cdef fa_segmented call
    call.count = cnp.PyArray_DIM(offsets, 0) - 1
    call.rows = cnp.PyArray_SIZE(x) // cnp.PyArray_DIM(x, cnp.PyArray_NDIM(x) - 1)
    call.dtype = FA_F64 if cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE else FA_F32
    call.offset = <const Py_ssize_t *>cnp.PyArray_DATA(offsets)
    call.x, call.y = cnp.PyArray_DATA(x), cnp.PyArray_DATA(y)
    return call


def _compute(int kind, cnp.ndarray rows, cnp.ndarray offsets, object where, object bias, object scale):
    """Along the last axis of an array in C order, by offsets that have been checked. Options: of its shape, or None;
    scale may be one number."""
    cdef cnp.ndarray y
    cdef fa_segmented call
    cdef fa_status status
    cdef fa_row_op op = (FA_SOFTMAX if kind == reference.SOFTMAX
                         else FA_LOG_SOFTMAX if kind == reference.LOG_SOFTMAX else FA_LOGSUMEXP)
    cdef int type_number = cnp.PyArray_TYPE(rows)
    if type_number != cnp.NPY_FLOAT and type_number != cnp.NPY_DOUBLE:
        return reference._compute(kind, rows, offsets, where, bias, scale)
    cdef bint reduces = op == FA_LOGSUMEXP
    outer = (<object>rows).shape[:-1]
    if reduces:
        y = np.full((*outer, cnp.PyArray_DIM(offsets, 0) - 1), -np.inf, rows.dtype)
    else:
        y = new_like(rows)
    if cnp.PyArray_SIZE(rows) == 0:
        return y
    note_threads()
    if where is not None or bias is not None or scale is not None:
        for index, first, last in pieces(outer, offsets, 2 * TASK * fa_workers(cnp.PyArray_SIZE(rows))):
            part = (..., slice(offsets[first], offsets[last]))
            result = y[index][(..., slice(first, last)) if reduces else part]
            some = offsets[first:last + 1] - offsets[first]
            made(op, rows[index][part], result, some, cut(where, index, part), cut(bias, index, part),
                 cut(scale, index, part))
        return y
    call = segmented(rows, y, offsets)
    with nogil:
        status = fa_run_segments(kernels(), op, &call)
    check_memory(status)
    return y


cdef object cut(object option, object index, object part):
    """A part of some rows of an option; one number stays."""
    return option if option is None or option.ndim == 0 else option[index][part]


def pieces(outer, offsets, limit):
    """Index tuples of whole rows, or of one, and its segments from a first to a last: about as many elements as limit,
    for options may have to be converted."""
    count, n = len(offsets) - 1, offsets[-1]
    for index in slabs(outer, n, limit):
        first = 0
        while n > limit and offsets[first] + limit < n:
            last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + limit, "right")) - 1)
            yield index, first, last
            first = last
        yield index, first, count


cdef int made(fa_row_op op, cnp.ndarray x, cnp.ndarray y, cnp.ndarray offsets, object where, object bias,
              object scale) except -1:
    """Segments of scale*x + bias where the mask holds. Those that are too long to be held go one by one."""
    cdef fa_strided nest
    cdef fa_segmented call
    cdef fa_made_segments more
    cdef fa_status status
    cdef fa_loop make
    cdef cnp.ndarray mask
    cdef bint reduces = op == FA_LOGSUMEXP
    cdef double nothing = 0 if op == FA_SOFTMAX else -INFINITY
    if cnp.PyArray_SIZE(x) == 0:
        return 0
    call = segmented(x, y, offsets)
    make = fa_loop_of_parts(kernels(), call.dtype)
    kind = x.dtype
    one, none = np.ones((), kind), np.zeros((), kind)
    scale = in_kind(one if scale is None else scale, kind)
    more.make, more.operands, more.least, more.most = &make, &nest, SHORT, LONG
    more.is_served, more.where, more.scale = is_served(where, bias, scale, None), NULL, 1
    if more.is_served:
        more.scale = scale.item()
        if where is not None or more.scale < 0:
            mask = np.ascontiguousarray(np.broadcast_to(True if where is None else where, (<object>x).shape))
            more.where = <const unsigned char *>cnp.PyArray_DATA(mask)
    counts = one if where is None or more.is_served and abs(more.scale) == 1 else where  # of a mask alone it is bytes
    operands = (x, scale, in_kind(none if bias is None else bias, kind), in_kind(counts, kind), None, None)
    nest_in_order(&nest, (<object>x).shape, operands, kind.itemsize)
    with nogil:
        status = fa_run_made_segments(kernels(), op, &call, &more)
    check_memory(status)
    for i in np.nonzero(np.diff(offsets) > LONG)[0]:
        part = (..., slice(offsets[i], offsets[i + 1]))
        place = y[(..., i) if reduces else part]
        of_options(x[part], place, op, call.dtype, (x.ndim - 1,), cut(where, ..., part), cut(bias, ..., part),
                   cut(scale, ..., part), None)
    if where is not None and status == FA_SOME_NAN and not reduces:
        np.copyto(y, nothing, where=np.isnan(y) & ~where)
    return 0


def segment_softmax(x, offsets, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.segmented(_compute, reference.SOFTMAX, x, offsets, axis, out, where, bias, scale, dtype)


def segment_log_softmax(x, offsets, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.segmented(_compute, reference.LOG_SOFTMAX, x, offsets, axis, out, where, bias, scale, dtype)


def segment_logsumexp(x, offsets, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.segmented(_compute, reference.LOGSUMEXP, x, offsets, axis, out, where, bias, scale, dtype)


__all__ = adopt(globals(), table, hinted)
