"""softmax, log_softmax and logsumexp along any axes: their arguments."""

cimport numpy as cnp

from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport FA_F32, FA_F64, FA_LOG_SOFTMAX, FA_LOGSUMEXP, FA_SOFTMAX, fa_row_op
from fastact._arrays.layout cimport same_or_disjoint_layout
from fastact._arrays.plan cimport MAX_DIMS
from fastact._arrays.memory cimport new_like
from fastact._arrays.row_options cimport LONG, of_options
from fastact._arrays.convert cimport kernel_reads, mark_axes, over_rows, run_direct, takes_result

import numpy as np

from fastact._reference import table
from fastact._containers import other_arrays
from fastact._shared.arguments import (
    check_out,
    result_dtype,
    row_options,
)
from fastact._shared.docs import adopt
from fastact._functions.hinted import hinted
from fastact._shared.wrap import rewrap

cnp.import_array()

# ---- arguments ----

cdef bint is_long(cnp.ndarray x, const char *reduced) noexcept:
    """Whether a row is too long to be held whole."""
    cdef size_t n = 1
    cdef int a
    if cnp.PyArray_SIZE(x) <= LONG:
        return False
    for a in range(cnp.PyArray_NDIM(x)):
        if reduced[a]:
            n *= cnp.PyArray_DIM(x, a)
    return n > LONG


cdef object along_axes(fa_row_op op, str name, object given, object axis, object out, object dtype, bint keepdims,
                       object where, object bias, object scale):
    """The one way in for all row functions."""
    cdef cnp.ndarray x, y
    cdef bint exact = cnp.PyArray_CheckExact(given)
    cdef bint reduces = op == FA_LOGSUMEXP
    cdef char[MAX_DIMS] reduced
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int typenum, a, dims = 0
    cdef bint is_stored = False, has_parts
    if not (exact and where is None and bias is None and type(scale) is float):
        answer = other_arrays.rows(name, given, axis, out, dtype, where, bias, scale, keepdims if reduces else None)
        if answer is not NotImplemented:
            return answer
    x = given if exact else np.asarray(given)
    typenum = cnp.PyArray_TYPE(x)
    if dtype is not None or not (typenum == cnp.NPY_FLOAT or typenum == cnp.NPY_DOUBLE):
        kind = result_dtype(name, x.dtype, dtype, origin=given)
        if kind.char == "g":
            extra = {"keepdims": keepdims} if reduces else {}
            options = {"out": out, "dtype": dtype, "where": where, "bias": bias, "scale": scale, **extra}
            return getattr(table, name)(given, axis, **options)
        is_stored = kind.itemsize == 2  # in 16 bits: computed in float32
        typenum = kind.num
    mark_axes(name, axis, cnp.PyArray_NDIM(x), reduced)
    for a in range(cnp.PyArray_NDIM(x)):
        if not reduces or keepdims or not reduced[a]:
            shape[dims] = 1 if reduces and reduced[a] else cnp.PyArray_DIM(x, a)
            dims += 1
    if out is not None:
        if isinstance(out, tuple) and len(out) == 1:
            out = out[0]
        if is_stored or not takes_result(out, typenum, dims, shape):
            if not is_stored:
                kind = np.dtype(np.float32 if typenum == cnp.NPY_FLOAT else np.float64)
            check_out(name, out, tuple([shape[a] for a in range(dims)]), kind)
        if not same_or_disjoint_layout(x, out, reduced if reduces else NULL):
            x = x.copy()
    has_parts = not (where is None and bias is None and type(scale) is float and scale == 1.0)
    if has_parts:
        where, bias, scale = row_options(name, (<object>x).shape, where, bias, scale)
        if out is not None:
            where, bias, scale = [option.copy() if option is not None and np.may_share_memory(option, out) else option
                                  for option in (where, bias, scale)]
    if out is not None and (not is_stored or out.dtype == kind):
        y = out
    elif not reduces and kernel_reads(x, typenum):
        y = new_like(x)
    else:
        y = cnp.PyArray_EMPTY(dims, shape, typenum, 0)
    if cnp.PyArray_SIZE(x) == 0:
        if cnp.PyArray_SIZE(y):
            y.fill(-np.inf)
    elif not has_parts and not is_long(x, reduced):
        over_rows(x, y, op, typenum, reduced)
    elif has_parts or not run_direct(x, y, op, typenum, reduced):
        if not has_parts:
            where, bias, scale = row_options(name, (<object>x).shape, None, None, 1.0)
        of_options(x, y, op, FA_F64 if typenum == cnp.NPY_DOUBLE else FA_F32,
                   tuple([a for a in range(x.ndim) if reduced[a]]), where, bias, scale)
    if out is not None:
        if <object>y is not out:  # rounded to 16 bits first, then cast
            with np.errstate(all="ignore"):
                np.copyto(out, y, casting="same_kind")
        return out
    if dims == 0:
        return (<object>y)[()]
    return y if exact or reduces else rewrap(given, y)


cdef object rows_of(fa_row_op op, str name, object x, object axis, object out, object dtype, bint keepdims,
                    object where, object bias, object scale):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return along_axes(op, name, x, axis, out, dtype, keepdims, where, bias, scale)
    finally:
        fa_fp_leave(before)


# ---- the public functions ----

def softmax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return rows_of(FA_SOFTMAX, "softmax", x, axis, out, dtype, False, where, bias, scale)


def log_softmax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return rows_of(FA_LOG_SOFTMAX, "log_softmax", x, axis, out, dtype, False, where, bias, scale)


def logsumexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    return rows_of(FA_LOGSUMEXP, "logsumexp", x, axis, out, dtype, keepdims, where, bias, scale)


__all__ = adopt(globals(), table, hinted)
