"""top_k and log_prob: rows where they lie, or a slab at a time; with options from a slab of their softmax.

Plain arrays along their last axis are spared the conversions and the messages.
"""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.convert cimport packed_in
from fastact._arrays.engine cimport (
    FA_F32, FA_F64, FA_LOG_SOFTMAX, FA_SOFTMAX, fa_chosen, fa_row_op, fa_run_chosen, fa_status,
)
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport GIL_CUTOFF, check_memory, kernels, note_threads
from fastact._arrays.labels cimport are_classes, are_rows_of
from fastact._arrays.layout cimport MAX_DIMS
from fastact._arrays.plain cimport are_plain_rows, is_packed, no_options, one_each, row_length
from fastact._arrays.rows cimport TASK

import numpy as np

from fastact._arrays.convert import slabs
from fastact._containers import other_choices
from fastact._functions.hinted import hinted
from fastact._functions import rows as row_functions
from fastact._reference import choice, table
from fastact._shared.choice_arguments import count_of_largest, labels_of_rows, rows_of_logits
from fastact._shared.docs import adopt

cnp.import_array()


cdef int run(cnp.ndarray x, Py_ssize_t n, size_t k, cnp.ndarray where, cnp.ndarray index, bint given, fa_row_op op,
             cnp.ndarray y) except -1:
    """Rows of n adjacent elements, one after the other; where, index and y lie in the same order, or are None. In the
    default floating-point mode."""
    cdef fa_chosen call
    cdef fa_status status
    cdef fa_fp_mode before = fa_fp_enter()
    memset(&call, 0, sizeof(fa_chosen))
    call.op, call.dtype = op, FA_F64 if cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE else FA_F32
    call.count, call.n, call.k, call.step = cnp.PyArray_SIZE(x) // n, n, k, n
    call.x, call.index, call.given = cnp.PyArray_DATA(x), <Py_ssize_t *>cnp.PyArray_DATA(index), given
    if where is not None:
        call.where = <const unsigned char *>cnp.PyArray_DATA(where)
    if y is not None:
        call.y = cnp.PyArray_DATA(y)
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        status = fa_run_chosen(kernels(), &call)
    else:
        note_threads()
        with nogil:
            status = fa_run_chosen(kernels(), &call)
    fa_fp_leave(before)
    check_memory(status)
    return 0


cdef object compared(object flat, object where, object bias, object scale):
    """What decides which elements are the largest, -inf where the mask leaves one out."""
    if bias is None and scale.ndim == 0:
        if scale <= 0:
            flat = flat * np.sign(scale).astype(flat.dtype)
        if scale != scale:
            flat = np.full_like(flat, np.nan)
    else:
        flat = choice.rounded_sum(flat, bias, scale)
    return flat if where is None else np.where(where, flat, flat.dtype.type(-np.inf))


cdef object largest(object flat, object where, object bias, object scale, Py_ssize_t k):
    """The indices of the k largest of scale * x + bias in each of some packed rows."""
    made = np.empty((*flat.shape[:-1], k), np.intp)
    counts = None if where is None else np.ascontiguousarray(np.broadcast_to(where, flat.shape))
    order = np.ascontiguousarray(compared(flat, counts, bias, scale))
    run(order, flat.shape[-1], k, counts, made, False, FA_SOFTMAX, None)
    return made


cdef int with_options(tuple parts, cnp.ndarray index, cnp.ndarray y, object kind, bint given, bint log) except -1:
    """Rows of scale * x + bias under a mask: their softmax is made a slab at a time."""
    cdef cnp.ndarray flat, places
    x, where, bias, scale = parts
    n, k = x.shape[-1], (<object>index).shape[-1]
    for piece in slabs(x.shape[:-1], n, 4 * TASK):
        flat = packed_in(x[piece], kind)
        options = [a if a is None or (a is scale and a.ndim == 0) else np.ascontiguousarray(a[piece])
                   for a in (where, bias, scale)]
        whole = row_functions.log_softmax if log else row_functions.softmax
        rows = whole(flat, where=options[0], bias=options[1], scale=options[2])
        places = index[piece]
        if not given:
            places[...] = largest(flat, options[0], options[1], options[2], k)
        y[piece] = np.take_along_axis(rows, places, axis=-1)
    return 0


cdef object chosen(object given, object k, object labels, bint log):
    """The results at the labels, one for each row, or at the k largest; and the indices."""
    cdef cnp.ndarray x, part, index, y, made
    cdef object dtype = given.dtype
    cdef object kind = np.dtype(np.float64 if dtype.itemsize > 4 else np.float32)
    cdef fa_row_op op = FA_LOG_SOFTMAX if log else FA_SOFTMAX
    parts = given.moved()
    x = parts[0]
    outer, n = (<object>x).shape[:-1], (<object>x).shape[-1]
    y = np.empty((*outer, k), dtype)
    index = np.empty((*outer, k), np.intp) if labels is None else labels.reshape((*outer, 1))
    if cnp.PyArray_SIZE(x) == 0 or k == 0:
        return y, index
    if not given.is_plain:
        with_options(parts, index, y, kind, labels is not None, log)
    elif dtype == kind and is_packed(x, kind.num):
        run(x, n, k, None, index, labels is not None, op, y)
    else:
        for piece in slabs(outer, n, 4 * TASK):
            part = packed_in(x[piece], kind)
            made = np.empty((<object>y[piece]).shape, kind)
            places = np.ascontiguousarray(index[piece])
            run(part, n, k, None, places, labels is not None, op, made)
            if labels is None:
                index[piece] = places
            y[piece] = made
    return y, index


cdef object chosen_by_default(object given, object k, object labels, bint log):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        with np.errstate(all="ignore"):
            return chosen(given, k, labels, log)
    finally:
        fa_fp_leave(before)


cdef object largest_of_plain(cnp.ndarray x, Py_ssize_t k, bint log):
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int axis, last = cnp.PyArray_NDIM(x) - 1
    cdef cnp.ndarray y, index
    for axis in range(last):
        shape[axis] = cnp.PyArray_DIM(x, axis)
    shape[last] = k
    y = cnp.PyArray_EMPTY(last + 1, shape, cnp.PyArray_TYPE(x), 0)
    index = cnp.PyArray_EMPTY(last + 1, shape, cnp.NPY_INTP, 0)
    run(x, row_length(x), k, None, index, False, FA_LOG_SOFTMAX if log else FA_SOFTMAX, y)
    return y, index


cdef object log_prob_of_plain(cnp.ndarray x, cnp.ndarray labels):
    """None where labels are to be refused."""
    # a copy: another thread may write to them
    cdef cnp.ndarray index = cnp.PyArray_Cast(labels, cnp.NPY_INTP), y
    if not are_classes(index, row_length(x)):
        return None
    y = one_each(x, cnp.PyArray_TYPE(x))
    run(x, row_length(x), 1, None, index, True, FA_LOG_SOFTMAX, y)
    return y[()] if cnp.PyArray_NDIM(y) == 0 else y


def top_k(logits, k, axis=-1, *, where=None, bias=None, scale=1.0, log=False):
    if no_options(where, bias, scale) and are_plain_rows(logits, axis) and type(k) is int and type(log) is bool:
        if 0 < k <= row_length(logits):
            return largest_of_plain(logits, k, log)
    answer = other_choices.top_k(logits, k, axis, where, bias, scale, log)
    if answer is not NotImplemented:
        return answer
    given = rows_of_logits("top_k", logits, axis, where, bias, scale)
    count = count_of_largest("top_k", k, given.logits.shape[given.axis], given.axis)
    if given.dtype.char == "g":
        return table.top_k(logits, k, axis, where=where, bias=bias, scale=scale, log=log)
    y, index = chosen_by_default(given, count, None, log)
    if given.axis == y.ndim - 1:
        return y, index
    return tuple([np.ascontiguousarray(np.moveaxis(a, -1, given.axis)) for a in (y, index)])


def log_prob(logits, labels, axis=-1, *, where=None, bias=None, scale=1.0):
    if (no_options(where, bias, scale) and are_plain_rows(logits, axis) and is_packed(labels, cnp.NPY_INTP)
            and are_rows_of(labels, logits, cnp.PyArray_NDIM(logits) - 1)):
        answer = log_prob_of_plain(logits, labels)
        if answer is not None:
            return answer
    answer = other_choices.log_prob(logits, labels, axis, where, bias, scale)
    if answer is not NotImplemented:
        return answer
    given = rows_of_logits("log_prob", logits, axis, where, bias, scale)
    places = labels_of_rows("log_prob", labels, given)
    if given.dtype.char == "g":
        return table.log_prob(logits, labels, axis, where=where, bias=bias, scale=scale)
    y, _ = chosen_by_default(given, 1, places, True)
    return y[..., 0][()] if y.ndim > 1 else y[0]


__all__ = adopt(globals(), table, hinted)
