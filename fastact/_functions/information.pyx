"""entropy, kl_divergence and expectation: sums over rows' probabilities, which are not kept.

Plain rows go to kernels of their own. Others, and rows of which those say no number, take softmax and log_softmax of a
slab.
"""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.convert cimport packed_in
from fastact._arrays.engine cimport (
    FA_DIVERGENCE, FA_DIVERGENCE_LEAST, FA_ENTROPY, FA_EXPECTATION, FA_F32, FA_F64, fa_information, fa_information_op,
    fa_row_averages, fa_row_products, fa_run_information, fa_run_row_averages, fa_run_row_products, fa_status,
    fa_threads,
)
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport GIL_CUTOFF, check_memory, kernels, note_threads
from fastact._arrays.layout cimport PyArray_IS_C_CONTIGUOUS, kernel_reads
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


cdef int inform(fa_information_op op, cnp.ndarray x, cnp.ndarray y, cnp.ndarray sums) except -1:
    """A sum for each packed row of x. y is None, of x's shape, or one row that serves all."""
    cdef fa_information call
    cdef fa_status status
    cdef Py_ssize_t n = cnp.PyArray_DIM(x, cnp.PyArray_NDIM(x) - 1)
    memset(&call, 0, sizeof(fa_information))
    call.x, call.n, call.xstep, call.count = cnp.PyArray_DATA(x), n, n, cnp.PyArray_SIZE(x) // n
    if y is not None:
        call.y, call.ystep = cnp.PyArray_DATA(y), n if cnp.PyArray_NDIM(y) == cnp.PyArray_NDIM(x) else 0
    call.sum = <double *>cnp.PyArray_DATA(sums)
    dtype = FA_F64 if cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE else FA_F32
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        status = fa_run_information(kernels(), op, dtype, &call)
    else:
        note_threads()
        with nogil:
            status = fa_run_information(kernels(), op, dtype, &call)
    check_memory(status)
    return 0


cdef cnp.ndarray averages_of(cnp.ndarray x, cnp.ndarray vectors, bint weighted):
    """Averages for each packed row of logits, or of probabilities. Vectors have one more axis, adjacent in memory."""
    cdef fa_row_averages call
    cdef fa_status status
    cdef cnp.ndarray offsets, found
    outer, d = (<object>x).shape[:-1], (<object>vectors).shape[-1]
    found = np.empty(outer + (d,))
    if d == 0:
        return found
    memset(&call, 0, sizeof(fa_row_averages))
    call.dtype = FA_F64 if cnp.PyArray_TYPE(x) == cnp.NPY_DOUBLE else FA_F32
    call.n, call.d, call.weighted = (<object>x).shape[-1], d, weighted
    call.count = cnp.PyArray_SIZE(x) // <Py_ssize_t>call.n
    call.x, call.values, call.y = cnp.PyArray_DATA(x), cnp.PyArray_DATA(vectors), <double *>cnp.PyArray_DATA(found)
    *steps, call.vstep, _ = [step // (<object>x).itemsize for step in (<object>vectors).strides]
    if any(steps):
        offsets = np.zeros(outer, np.intp)
        for axis, step in enumerate(steps):
            offsets += (np.arange(outer[axis]) * step).reshape((-1,) + (1,) * (len(outer) - axis - 1))
        call.offset = <const Py_ssize_t *>cnp.PyArray_DATA(offsets)
    note_threads()
    with nogil:
        status = fa_run_row_averages(kernels(), &call)
    check_memory(status)
    return found


cdef bint is_packed(cnp.ndarray a, object kind):
    return kernel_reads(a, kind.num) and PyArray_IS_C_CONTIGUOUS(a)


cdef object pieces(tuple outer, Py_ssize_t n):
    """Slabs that every thread has work in."""
    note_threads()
    return slabs(outer, n, 2 * TASK * fa_threads())


def indices_of(wrong, n):
    """Indices of the rows that are True, as many at a time as a slab holds."""
    if wrong.ndim == 0:
        yield ()
        return
    places, step = np.nonzero(wrong), max(1, 2 * TASK // n)
    for start in range(0, len(places[0]), step):
        yield tuple([place[start:start + step] for place in places])


cdef object of_plain(object given, fa_information_op op, object other, object kind, object again):
    """The sums of rows that count as they are, but for the mask of a divergence. other: None, or as `inform` takes y.

    Those that are no number, and divergences that are not right to float32's digits, are made by `again`.
    """
    cdef fa_fp_mode before = fa_fp_enter()
    cdef cnp.ndarray x, y, sums
    try:
        with np.errstate(all="ignore"):
            parts = given.moved()
            x, where = parts[0], parts[1]
            outer, n = (<object>x).shape[:-1], (<object>x).shape[-1]
            sums = np.zeros(outer)
            if cnp.PyArray_SIZE(x):
                one = other is None or other.ndim < x.ndim
                direct = where is None and is_packed(x, kind) and (one or is_packed(other, kind))
                for piece in [(...,)] if direct else pieces(outer, n):
                    flat, y = packed_in(x[piece], kind), other if one else np.require(other[piece], kind, "CA")
                    if where is not None:
                        flat, y = [np.where(where[piece], a, a.dtype.type(-np.inf)) for a in (flat, y)]
                    found = sums if direct else np.empty(flat.shape[:-1])
                    inform(op, flat, y, found)
                    if not direct:
                        sums[piece] = found
                wrong = ~np.isfinite(sums)
                if op == FA_DIVERGENCE:
                    wrong |= (sums < FA_DIVERGENCE_LEAST) & (sums.astype(np.float32) != 0)
                if again is not None and wrong.any():
                    for index in indices_of(wrong, n):
                        sums[index] = again(index, tuple([a if a is None or a.ndim == 0 else a[index] for a in parts]))
            return sums.astype(given.dtype)[()]
    finally:
        fa_fp_leave(before)


cdef object options_of(tuple parts, object piece):
    """The keywords of a slab."""
    _, where, bias, scale = parts
    return {
        "where": None if where is None else where[piece],
        "bias": None if bias is None else bias[piece],
        "scale": scale if scale.ndim == 0 else scale[piece],
    }


cdef object over_slabs(object given, object kind, object make, tuple vector=()):
    """What `make` gives of the packed rows, options and index of each slab, rounded to the type of the results.

    vector: the shape of a row's result.
    """
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        with np.errstate(all="ignore"):
            parts = given.moved()
            x = parts[0]
            outer, n = x.shape[:-1], x.shape[-1]
            result = np.zeros(outer + vector, given.dtype)
            if x.size:
                for piece in pieces(outer, n):
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
    kind = kind_of(rows)
    if rows.is_plain:
        return of_plain(rows, FA_ENTROPY, None, kind, None)

    def make(flat, options, piece):
        # 0 - x, lest it be -0
        p, log_p = row_functions.softmax(flat, **options), row_functions.log_softmax(flat, **options)
        return 0 - sums_of(p, log_p, None, None)

    return over_slabs(rows, kind, make)


cdef object kind_of(object rows):
    return np.dtype(np.float64 if rows.dtype.itemsize > 4 else np.float32)


def expectation(logits, values, axis=-1, *, where=None, bias=None, scale=1.0):
    given = {"logits": logits, "values": values, "where": where, "bias": bias, "scale": scale}
    answer = other_choices.reduced("expectation", given, axis)
    if answer is not NotImplemented:
        return answer
    rows = rows_of_logits("expectation", logits, axis, where, bias, scale)
    numbers = values_of_rows("expectation", values, rows)
    if rows.dtype.char == "g":
        return table.expectation(logits, values, axis, where=where, bias=bias, scale=scale)
    kind = kind_of(rows)
    if numbers.ndim > rows.logits.ndim:
        def average(flat, options, piece):
            if rows.is_plain:
                return averages_of(flat, numbers[piece], False)
            return averages_of(row_functions.softmax(flat, **options), numbers[piece], True)

        return over_slabs(rows, kind, average, numbers.shape[-1:])
    one = None
    if rows.logits.ndim > 1 and not any(numbers.strides[:-1]):  # of all rows
        one = np.ascontiguousarray(numbers[(0,) * (numbers.ndim - 1)], kind) if rows.logits.size else None

    def make(flat, options, piece):
        averaged = one if one is not None else np.ascontiguousarray(numbers[piece].astype(kind, copy=False))
        return sums_of(row_functions.softmax(flat, **options), averaged, None, None)

    def again(wrong, parts):
        return make(packed_in(parts[0], kind), {}, wrong)

    if rows.is_plain:
        return of_plain(rows, FA_EXPECTATION, numbers if one is None else one, kind, again)
    return over_slabs(rows, kind, make)


cdef object divergences(object flat, object second, object options, double enough):
    """Of packed rows in float64; options: where they count."""
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
        return divergences(flat, packed_in(other[piece], kind), options, enough)

    def again(wrong, parts):
        return make(packed_in(parts[0], kind), {"where": parts[1]}, wrong)

    if rows.dtype.itemsize > 4:
        return over_slabs(rows, kind, make)
    return of_plain(rows, FA_DIVERGENCE, other, np.dtype(np.float32), again)


__all__ = adopt(globals(), table, hinted)
