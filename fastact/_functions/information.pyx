"""entropy, kl_divergence and expectation: sums over a slab's probabilities, which are not kept."""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.convert cimport packed_in
from fastact._arrays.engine cimport FA_F32, FA_F64, fa_row_products, fa_run_row_products
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport kernels, note_threads
from fastact._arrays.rows cimport TASK

import numpy as np

from fastact._arrays.convert import slabs
from fastact._containers import other_choices
from fastact._functions import rows as row_functions
from fastact._functions.hinted import hinted
from fastact._reference import table
from fastact._shared.choice_arguments import rows_of_logits, two_rows, values_of_rows
from fastact._shared.docs import adopt

cnp.import_array()


cdef cnp.ndarray sums_of(cnp.ndarray p, cnp.ndarray a, cnp.ndarray q, cnp.ndarray b):
    """A sum for each row; all are packed and of one type, q and b may be None, and a may be one row that serves all."""
    cdef fa_row_products call
    cdef cnp.ndarray sums = np.empty((<object>p).shape[:-1])
    memset(&call, 0, sizeof(fa_row_products))
    call.dtype = FA_F64 if cnp.PyArray_TYPE(p) == cnp.NPY_DOUBLE else FA_F32
    call.n = cnp.PyArray_DIM(p, cnp.PyArray_NDIM(p) - 1)
    call.count = cnp.PyArray_SIZE(p) // <Py_ssize_t>call.n
    call.step = call.n if cnp.PyArray_NDIM(a) == cnp.PyArray_NDIM(p) else 0
    call.p, call.a = cnp.PyArray_DATA(p), cnp.PyArray_DATA(a)
    if q is not None:
        call.q, call.b = cnp.PyArray_DATA(q), cnp.PyArray_DATA(b)
    call.sum = <double *>cnp.PyArray_DATA(sums)
    note_threads()
    with nogil:
        fa_run_row_products(kernels(), &call)
    return sums


cdef object options_of(tuple parts, object piece):
    """The keywords of a slab."""
    _, where, bias, scale = parts
    return {
        "where": None if where is None else where[piece],
        "bias": None if bias is None else bias[piece],
        "scale": scale if scale.ndim == 0 else scale[piece],
    }


cdef object over_slabs(object given, object kind, object make):
    """What `make` gives of the packed rows, options and index of each slab, rounded to the type of the results."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        with np.errstate(all="ignore"):
            parts = given.moved()
            x = parts[0]
            outer, n = x.shape[:-1], x.shape[-1]
            result = np.zeros(outer, given.dtype)
            if x.size:
                for piece in slabs(outer, n, 2 * TASK):
                    result[piece] = make(packed_in(x[piece], kind), options_of(parts, piece), piece)
            return result[()]
    finally:
        fa_fp_leave(before)


def entropy(logits, axis=-1, *, where=None, bias=None, scale=1.0):
    given = {"logits": logits, "where": where, "bias": bias, "scale": scale}
    answer = other_choices.reduced("entropy", given, axis)
    if answer is not NotImplemented:
        return answer
    rows = rows_of_logits("entropy", logits, axis, where, bias, scale)
    if rows.dtype.char == "g":
        return table.entropy(logits, axis, where=where, bias=bias, scale=scale)

    def make(flat, options, piece):
        # 0 - x, lest it be -0
        p, log_p = row_functions.softmax(flat, **options), row_functions.log_softmax(flat, **options)
        return 0 - sums_of(p, log_p, None, None)

    return over_slabs(rows, np.dtype(np.float64 if rows.dtype.itemsize > 4 else np.float32), make)


def expectation(logits, values, axis=-1, *, where=None, bias=None, scale=1.0):
    given = {"logits": logits, "values": values, "where": where, "bias": bias, "scale": scale}
    answer = other_choices.reduced("expectation", given, axis)
    if answer is not NotImplemented:
        return answer
    rows = rows_of_logits("expectation", logits, axis, where, bias, scale)
    numbers = values_of_rows("expectation", values, rows)
    if rows.dtype.char == "g":
        return table.expectation(logits, values, axis, where=where, bias=bias, scale=scale)
    kind = np.dtype(np.float64 if rows.dtype.itemsize > 4 else np.float32)
    one = None
    if rows.logits.ndim > 1 and not any(numbers.strides[:-1]):  # of all rows
        one = np.ascontiguousarray(numbers[(0,) * (numbers.ndim - 1)], kind) if rows.logits.size else None

    def make(flat, options, piece):
        averaged = one if one is not None else np.ascontiguousarray(numbers[piece].astype(kind, copy=False))
        return sums_of(row_functions.softmax(flat, **options), averaged, None, None)

    return over_slabs(rows, kind, make)


def kl_divergence(p_logits, q_logits, axis=-1, *, where=None):
    given = {"p_logits": p_logits, "q_logits": q_logits, "where": where}
    answer = other_choices.reduced("kl_divergence", given, axis)
    if answer is not NotImplemented:
        return answer
    rows, others = two_rows("kl_divergence", p_logits, q_logits, axis, where)
    if rows.dtype.char == "g":
        return table.kl_divergence(p_logits, q_logits, axis, where=where)
    kind = np.dtype(np.float64)
    other = others.moved()[0]
    # from there on what cancels in sum(p * (log(p) - log(q))) does not show
    enough = 1.0 if rows.dtype.itemsize > 4 else 1e-4

    def make(flat, options, piece):
        second = packed_in(other[piece], kind)
        p, log_p = row_functions.softmax(flat, **options), row_functions.log_softmax(flat, **options)
        log_q = row_functions.log_softmax(second, **options)
        sums = np.atleast_1d(sums_of(p, log_p, None, None) - sums_of(p, log_q, None, None))
        close = ~(sums >= enough)  # NaN too, of logarithms that are infinite
        if close.any():
            n = flat.shape[-1]
            p, log_p, log_q, q = [np.ascontiguousarray(np.reshape(a, (*sums.shape, n))[close])
                                  for a in (p, log_p, log_q, row_functions.softmax(second, **options))]
            sums[close] = sums_of(p, log_p, q, log_q)
        return sums.reshape(flat.shape[:-1])

    return over_slabs(rows, kind, make)


__all__ = adopt(globals(), table, hinted)
