"""entropy, kl_divergence and expectation: sums over rows' probabilities, which are not kept.

Plain rows go to kernels of their own. Others, and rows of which those say no number, take softmax and log_softmax of a
slab. Plain arrays along their last axis are spared the conversions and the messages.
"""

cimport numpy as cnp
from libc.math cimport isfinite

from fastact._arrays.convert cimport packed_in
from fastact._arrays.engine cimport (
    FA_DIVERGENCE, FA_DIVERGENCE_LEAST, FA_ENTROPY, FA_EXPECTATION, fa_information_op, fa_threads,
)
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport note_threads
from fastact._arrays.plain cimport are_plain_rows, is_packed, no_options, one_each, row_length
from fastact._arrays.rows cimport TASK
from fastact._functions.row_sums cimport average, averages_of, inform, sums_of

import numpy as np

from fastact._arrays.convert import slabs
from fastact._containers import other_choices
from fastact._functions import rows as row_functions
from fastact._functions.hinted import hinted
from fastact._reference import table
from fastact._shared.choice_arguments import rows_of_logits, two_rows, values_of_rows
from fastact._shared.docs import adopt

cnp.import_array()


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
                direct = where is None and is_packed(x, kind.num) and (one or is_packed(other, kind.num))
                for piece in [(...,)] if direct else pieces(outer, n):
                    flat, y = packed_in(x[piece], kind), other if one else packed_in(other[piece], kind)
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


# ---- plain arrays along their last axis ----

cdef object rounded(cnp.ndarray sums, cnp.ndarray x):
    """The results in float64 as the type of the logits stores them."""
    if cnp.PyArray_TYPE(x) != cnp.NPY_DOUBLE:
        sums = cnp.PyArray_Cast(sums, cnp.PyArray_TYPE(x))
    return sums[()] if cnp.PyArray_NDIM(sums) == 0 else sums


cdef bint are_final(fa_information_op op, cnp.ndarray sums) noexcept:
    """Whether no row is to be made otherwise, as `of_plain` does."""
    cdef const double *sum = <const double *>cnp.PyArray_DATA(sums)
    cdef Py_ssize_t row
    for row in range(cnp.PyArray_SIZE(sums) if op != FA_ENTROPY else 0):
        if not isfinite(sum[row]) or (op == FA_DIVERGENCE and sum[row] < FA_DIVERGENCE_LEAST):
            return False
    return True


cdef object of_packed(fa_information_op op, cnp.ndarray x, cnp.ndarray other):
    """None where it is for `of_plain` to say."""
    cdef fa_fp_mode before = fa_fp_enter()
    cdef cnp.ndarray sums
    try:
        sums = one_each(x, cnp.NPY_DOUBLE)
        inform(op, x, other, sums)
        return rounded(sums, x) if are_final(op, sums) else None
    finally:
        fa_fp_leave(before)


cdef object average_of_packed(cnp.ndarray x, cnp.ndarray vectors):
    """By vectors in one piece that serve all rows."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        found = np.empty((<object>x).shape[:-1] + (<object>vectors).shape[-1:])
        average(x, vectors, None, False, found)
        return rounded(found, x)
    finally:
        fa_fp_leave(before)


cdef object expectation_of_packed(cnp.ndarray x, object values):
    """Of numbers of each class, or of each element, or of vectors that serve all rows; of others None."""
    cdef int type_number = cnp.PyArray_TYPE(x), dims = cnp.PyArray_NDIM(x)
    cdef cnp.ndarray v
    if cnp.PyArray_CheckExact(values) and cnp.PyArray_NDIM(values) == 1 and cnp.PyArray_ISINTEGER(values):
        values = values.astype(x.dtype)
    if not is_packed(values, type_number):
        return None
    v = values
    if cnp.PyArray_NDIM(v) == dims + 1:
        if (cnp.PyArray_DIM(v, dims - 1) == row_length(x) and cnp.PyArray_DIM(v, dims) > 0
                and cnp.PyArray_SIZE(v) == row_length(x) * cnp.PyArray_DIM(v, dims)):
            return average_of_packed(x, v)
    elif cnp.PyArray_SAMESHAPE(v, x) or (cnp.PyArray_NDIM(v) == 1 and cnp.PyArray_DIM(v, 0) == row_length(x)):
        return of_packed(FA_EXPECTATION, x, v)
    return None


def entropy(logits, axis=-1, *, where=None, bias=None, scale=1.0):
    if no_options(where, bias, scale) and are_plain_rows(logits, axis):
        return of_packed(FA_ENTROPY, logits, None)
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
    if no_options(where, bias, scale) and are_plain_rows(logits, axis):
        answer = expectation_of_packed(logits, values)
        if answer is not None:
            return answer
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
    if (where is None and are_plain_rows(p_logits, axis) and cnp.PyArray_TYPE(p_logits) == cnp.NPY_FLOAT
            and is_packed(q_logits, cnp.NPY_FLOAT) and cnp.PyArray_SAMESHAPE(p_logits, q_logits)):
        answer = of_packed(FA_DIVERGENCE, p_logits, q_logits)
        if answer is not None:
            return answer
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
