"""sample: draws from a slab's probabilities, which are not kept.

Small plain arrays, of which everything may be drawn, are spared the conversions and the messages.
"""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.convert cimport packed_in
from fastact._arrays.engine cimport FA_F32, FA_F64, fa_draws, fa_run_draws, fa_status
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport check_memory, kernels, note_threads
from fastact._arrays.plain cimport are_plain_rows, no_options
from fastact._arrays.rows cimport TASK
from fastact._functions.choice cimport largest

import numpy as np

from fastact._arrays.convert import slabs
from fastact._containers import other_choices
from fastact._functions import rows as row_functions
from fastact._functions.hinted import hinted
from fastact._reference import sampling, table
from fastact._shared.choice_arguments import check_drawn, filters_of, rows_of_logits, uniforms, without_infinite_scale
from fastact._shared.docs import adopt

cnp.import_array()


cdef cnp.ndarray draws_of(cnp.ndarray p, cnp.ndarray u):
    """The places of draws from packed rows, of shape (draws, rows), as u is. In the default floating-point mode."""
    cdef fa_draws call
    cdef fa_status status
    cdef fa_fp_mode before
    cdef cnp.ndarray index = np.empty((<object>u).shape, np.intp)
    memset(&call, 0, sizeof(fa_draws))
    call.dtype = FA_F64 if cnp.PyArray_TYPE(p) == cnp.NPY_DOUBLE else FA_F32
    call.count, call.draws = cnp.PyArray_DIM(u, 1), cnp.PyArray_DIM(u, 0)
    call.n = cnp.PyArray_DIM(p, cnp.PyArray_NDIM(p) - 1)
    call.p, call.uniform = cnp.PyArray_DATA(p), <double *>cnp.PyArray_DATA(u)
    call.index = <Py_ssize_t *>cnp.PyArray_DATA(index)
    note_threads()
    before = fa_fp_enter()
    with nogil:
        status = fa_run_draws(kernels(), &call)
    fa_fp_leave(before)
    check_memory(status)
    return index


cdef object of_slab(object flat, object u, object where, object bias, object scale, object filters):
    """Draws of some packed rows; u and they have shape (draws, rows)."""
    p = row_functions.softmax(flat, where=where, bias=bias, scale=scale)
    few = sampling.without_small(p, filters)
    if few is not None:
        return draws_of(few, u)
    places, q = sampling.candidates(p, filters, lambda k: largest(flat, where, bias, scale, k))
    index = draws_of(np.ascontiguousarray(q), u)
    rows = np.arange(index.shape[1])
    return np.where(index < 0, -1, places.reshape(-1, places.shape[-1])[rows, index])


cdef object drawn(object given, object u, object filters):
    """Indices of shape (draws, *outer)."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        with np.errstate(all="ignore"):
            x, where, bias, scale = given.moved()
            kind = np.dtype(np.float64 if given.dtype.itemsize > 4 else np.float32)
            index = np.empty(u.shape, np.intp)
            for piece in slabs(x.shape[:-1], x.shape[-1], 2 * TASK):
                part = u[(slice(None), *piece)]
                index[(slice(None), *piece)] = of_slab(
                    packed_in(x[piece], kind),
                    np.ascontiguousarray(part.reshape(len(u), -1)),
                    None if where is None else where[piece],
                    None if bias is None else bias[piece],
                    scale if scale.ndim == 0 else scale[piece],
                    filters,
                ).reshape(part.shape)
            return index
    finally:
        fa_fp_leave(before)


def first_of(given, k):
    x, where, _, scale = given.moved()
    kind = np.dtype(np.float64 if given.dtype.itemsize > 4 else np.float32)
    return largest(packed_in(x, kind), where, None, scale, k)


cdef object drawn_of_plain(cnp.ndarray x, object rng):
    """One draw of each row."""
    cdef object outer = (<object>x).shape[:-1]
    cdef cnp.ndarray u = np.asarray(rng.random(outer)), index
    cdef Py_ssize_t row, count = cnp.PyArray_SIZE(u)
    index = draws_of(row_functions.softmax(x), u.reshape(1, count))
    for row in range(count):
        if (<Py_ssize_t *>cnp.PyArray_DATA(index))[row] < 0:
            check_drawn("sample", index.reshape(outer), outer)
    return index.reshape(outer)[()]


def sample(logits, rng, *, axis=-1, size=None, where=None, bias=None, scale=1.0, top_k=None, top_p=None, min_p=None):
    if (size is None and top_k is None and top_p is None and min_p is None and no_options(where, bias, scale)
            and are_plain_rows(logits, axis) and cnp.PyArray_SIZE(logits) <= TASK and type(rng) is np.random.Generator):
        return drawn_of_plain(logits, rng)
    options = {"where": where, "bias": bias, "scale": scale}
    filters = {"top_k": top_k, "top_p": top_p, "min_p": min_p}
    answer = other_choices.sample(logits, rng, axis, size, options, filters)
    if answer is not NotImplemented:
        return answer
    given, signs = without_infinite_scale("sample", rows_of_logits("sample", logits, axis, **options))
    kept = filters_of("sample", **filters)
    u, _ = uniforms("sample", rng, size, given.outer)
    if not u.size or not given.logits.shape[given.axis]:
        return check_drawn("sample", np.full(u.shape, -1), given.outer)[()]
    index = drawn(given, u.reshape(-1, *given.outer), kept).reshape(u.shape)
    if signs is not None:
        x, counts, _, _ = given.moved()
        with np.errstate(all="ignore"):
            index = np.where(signs != 0, sampling.at_infinite_scale(x, counts, signs, first_of, given), index)
    return check_drawn("sample", index, given.outer)[()]


__all__ = adopt(globals(), table, hinted)
