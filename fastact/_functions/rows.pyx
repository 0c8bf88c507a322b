"""softmax, log_softmax, logsumexp and the gradients along any axes: their arguments."""

cimport numpy as cnp

from libc.float cimport FLT_MAX
from libc.math cimport INFINITY

from fastact._arrays.convert cimport number, packed_in, write_buffer
from fastact._arrays.engine cimport (
    FA_F32, FA_F64, FA_LOG_SOFTMAX, FA_LOG_SOFTMAX_GRAD, FA_LOGSUMEXP, FA_SOFTMAX, FA_SOFTMAX_GRAD, fa_row_op,
)
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.layout cimport (
    MAX_DIMS, PyArray_IS_C_CONTIGUOUS, is_computed_in, kernel_reads, mark_axes, same_or_disjoint_layout, takes_result,
)
from fastact._arrays.memory cimport new_like
from fastact._arrays.row_options cimport LONG, at_once, of_options
from fastact._arrays.rows cimport TASK, over_rows, run_both, run_direct

import numpy as np

from fastact._containers import other_arrays
from fastact._functions.hinted import hinted
from fastact._functions.signed_sums import weighted_log_sum
from fastact._reference import table
from fastact._shared.arguments import (
    check_out,
    result_dtype,
    row_options,
)
from fastact._shared.docs import adopt
from fastact._shared.row_arguments import extra_logits, row_gradient_arguments
from fastact._shared.wrap import rewrap

cnp.import_array()

cdef object SINGLE = np.dtype(np.float32)


# ---- functions ----

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


cdef inline bint is_plain_extra(object extra_logit) noexcept:
    """Whether an extra logit is none, a number or an array of NumPy."""
    return (extra_logit is None or type(extra_logit) is float or type(extra_logit) is int
            or cnp.PyArray_CheckExact(extra_logit))


cdef cnp.ndarray extra_array(str name, object given, cnp.ndarray x, const char *reduced, int type_number):
    """The extra logits as the engine reads them; what takes no conversion without a look at it by NumPy."""
    cdef int a, dims = 0
    cdef bint fits
    if type(given) is float and (type_number == cnp.NPY_DOUBLE or not FLT_MAX < abs(<double>given) < INFINITY):
        return number(given, type_number)
    if (cnp.PyArray_CheckExact(given) and kernel_reads(given, type_number) and PyArray_IS_C_CONTIGUOUS(given)
            and cnp.PyArray_NDIM(given)):
        fits = True
        for a in range(cnp.PyArray_NDIM(x)):
            if not reduced[a]:
                fits = (fits and dims < cnp.PyArray_NDIM(given)
                        and cnp.PyArray_DIM(given, dims) == cnp.PyArray_DIM(x, a))
                dims += 1
        if fits and dims == cnp.PyArray_NDIM(given):
            return given
    axes = tuple([a for a in range(cnp.PyArray_NDIM(x)) if reduced[a]])
    kind = np.dtype(np.float64 if type_number == cnp.NPY_DOUBLE else np.float32)
    return extra_logits(name, given, (<object>x).shape, axes, kind)


cdef object stored_at_once(fa_row_op op, cnp.ndarray x, const char *reduced, int dims, cnp.npy_intp *shape,
                           object where, object bias, double scale, cnp.ndarray extra):
    """A few rows stored in 16 bits, with options: converted whole. None where they are for slabs."""
    cdef cnp.ndarray wide, y
    if cnp.PyArray_SIZE(x) > 2 * TASK or not (bias is None or bias.dtype == x.dtype):
        return None
    wide = cnp.PyArray_EMPTY(dims, shape, cnp.NPY_FLOAT, 0)
    bias = None if bias is None else packed_in(bias, SINGLE)
    if at_once(packed_in(x, SINGLE), wide, op, FA_F32, reduced, where, bias, scale, extra) < 0:
        return None
    y = cnp.PyArray_EMPTY(dims, shape, cnp.PyArray_TYPE(x), 0)
    write_buffer(y, wide)
    return y if dims else (<object>y)[()]


cdef object along_axes(fa_row_op op, str name, object given, object axis, object out, object dtype, bint keepdims,
                       object where, object bias, object scale, object extra_logit):
    """The one way in for all row functions."""
    cdef cnp.ndarray x, y, extra = None
    cdef bint exact = cnp.PyArray_CheckExact(given)
    cdef bint reduces = op == FA_LOGSUMEXP
    cdef char[MAX_DIMS] reduced
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int type_number, a, dims = 0
    cdef bint is_stored = False, has_parts
    cdef bint plain = (exact and (where is None or cnp.PyArray_CheckExact(where))
                       and (bias is None or cnp.PyArray_CheckExact(bias)) and type(scale) is float
                       and is_plain_extra(extra_logit))
    if not plain or (where is not None or bias is not None) and out is not None and not cnp.PyArray_CheckExact(out):
        function = "logsumexp" if reduces else name
        answer = other_arrays.rows(function, given, axis, out, dtype, where, bias, scale, keepdims if reduces else None,
                                   extra_logit)
        if answer is not NotImplemented:
            return answer
    x = given if exact else np.asarray(given)
    type_number = cnp.PyArray_TYPE(x)
    if dtype is not None or not is_computed_in(type_number):
        kind = result_dtype(name, x.dtype, dtype, origin=given)
        if kind.char == "g":
            reducing = {"keepdims": keepdims} if reduces else {}
            options = {"out": out, "dtype": dtype, "where": where, "bias": bias, "scale": scale,
                       "extra_logit": extra_logit, **reducing}
            return getattr(table, "logsumexp" if reduces else name)(given, axis, **options)
        is_stored = kind.itemsize == 2  # in 16 bits: computed in float32
        type_number = kind.num
    mark_axes(name, axis, cnp.PyArray_NDIM(x), reduced)
    for a in range(cnp.PyArray_NDIM(x)):
        if not reduces or keepdims or not reduced[a]:
            shape[dims] = 1 if reduces and reduced[a] else cnp.PyArray_DIM(x, a)
            dims += 1
    if extra_logit is not None:
        extra = extra_array(name, extra_logit, x, reduced,
                            cnp.NPY_DOUBLE if type_number == cnp.NPY_DOUBLE else cnp.NPY_FLOAT)
    if out is not None:
        if isinstance(out, tuple) and len(out) == 1:
            out = out[0]
        if is_stored or not takes_result(out, type_number, dims, shape):
            if not is_stored:
                kind = np.dtype(np.float32 if type_number == cnp.NPY_FLOAT else np.float64)
            check_out(name, out, tuple([shape[a] for a in range(dims)]), kind)
        if not same_or_disjoint_layout(x, out, reduced if reduces else NULL):
            x = x.copy()
        if extra is not None and np.may_share_memory(extra, out):
            extra = extra.copy()
    has_parts = not (where is None and bias is None and type(scale) is float and scale == 1.0)
    if has_parts and plain and not is_stored and cnp.PyArray_SIZE(x) and not (
            out is not None and (where is not None and np.may_share_memory(where, out)
                                 or bias is not None and np.may_share_memory(bias, out))):
        if out is not None:
            y = out
        elif not reduces and kernel_reads(x, type_number) and PyArray_IS_C_CONTIGUOUS(x):
            y = new_like(x)
        else:
            y = cnp.PyArray_EMPTY(dims, shape, type_number, 0)
        if at_once(x, y, op, FA_F64 if type_number == cnp.NPY_DOUBLE else FA_F32, reduced, where, bias, scale,
                   extra) >= 0:
            return out if out is not None else y if dims else (<object>y)[()]
    if has_parts and plain and is_stored and out is None and kind == x.dtype and cnp.PyArray_SIZE(x):
        answer = stored_at_once(op, x, reduced, dims, shape, where, bias, scale, extra)
        if answer is not None:
            return answer
    if has_parts:
        where, bias, scale = row_options(name, (<object>x).shape, where, bias, scale)
        if out is not None:
            where, bias, scale = [option.copy() if option is not None and np.may_share_memory(option, out) else option
                                  for option in (where, bias, scale)]
    if out is not None and (not is_stored or out.dtype == kind):
        y = out
    elif not reduces and kernel_reads(x, type_number):
        y = new_like(x)
    else:
        y = cnp.PyArray_EMPTY(dims, shape, type_number, 0)
    if cnp.PyArray_SIZE(x) == 0:
        if cnp.PyArray_SIZE(y):
            with np.errstate(all="ignore"):
                y[...] = -np.inf if extra is None else extra.reshape(np.shape(y)) if extra.ndim else extra
    elif not has_parts and not is_long(x, reduced):
        over_rows(x, y, op, type_number, reduced, None, extra)
    elif has_parts or not run_direct(x, y, op, type_number, reduced, None, extra):
        if not has_parts:
            where, bias, scale = row_options(name, (<object>x).shape, None, None, 1.0)
        of_options(x, y, op, FA_F64 if type_number == cnp.NPY_DOUBLE else FA_F32,
                   tuple([a for a in range(x.ndim) if reduced[a]]), where, bias, scale, extra)
    if out is not None:
        if <object>y is not out:  # rounded to 16 bits first, then cast
            with np.errstate(all="ignore"):
                np.copyto(out, y, casting="same_kind")
        return out
    if dims == 0:
        return (<object>y)[()]
    return y if exact or reduces else rewrap(given, y)


cdef object rows_of(fa_row_op op, str name, object x, object axis, object out, object dtype, bint keepdims,
                    object where, object bias, object scale, object extra_logit):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return along_axes(op, name, x, axis, out, dtype, keepdims, where, bias, scale, extra_logit)
    finally:
        fa_fp_leave(before)


cdef object at_once_with_sums(fa_row_op op, str name, object given, object axis, object out, object dtype,
                              object where, object bias, object scale, object extra_logit):
    """The result and its rows' logsumexp from one pass over memory; None where that cannot be."""
    cdef cnp.ndarray x, y, sums, extra = None
    cdef char[MAX_DIMS] reduced
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int a, dims = 0
    if not (cnp.PyArray_CheckExact(given) and dtype is None and where is None and bias is None
            and type(scale) is float and scale == 1.0 and is_plain_extra(extra_logit)):
        return None
    x = given
    if not (is_computed_in(cnp.PyArray_TYPE(x)) and kernel_reads(x, cnp.PyArray_TYPE(x)) and cnp.PyArray_SIZE(x)):
        return None
    mark_axes(name, axis, cnp.PyArray_NDIM(x), reduced)
    if cnp.PyArray_NDIM(x) == 0 or is_long(x, reduced):
        return None
    if out is not None and not (takes_result(out, cnp.PyArray_TYPE(x), cnp.PyArray_NDIM(x), cnp.PyArray_DIMS(x))
                                and kernel_reads(out, cnp.PyArray_TYPE(x)) and same_or_disjoint_layout(x, out, NULL)):
        return None
    if extra_logit is not None:
        extra = extra_array(name, extra_logit, x, reduced, cnp.PyArray_TYPE(x))
        if out is not None and np.may_share_memory(extra, out):
            extra = extra.copy()
    for a in range(cnp.PyArray_NDIM(x)):
        if not reduced[a]:
            shape[dims] = cnp.PyArray_DIM(x, a)
            dims += 1
    sums = cnp.PyArray_EMPTY(dims, shape, cnp.PyArray_TYPE(x), 0)
    y = new_like(x) if out is None else out
    if not run_both(x, y, sums, op, reduced, extra):
        return None
    return y, sums if dims else (<object>sums)[()]


cdef object rows_and_sums(fa_row_op op, str name, object x, object axis, object out, object dtype, object where,
                          object bias, object scale, object extra_logit):
    """The result and logsumexp of its rows."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        both = at_once_with_sums(op, name, x, axis, out, dtype, where, bias, scale, extra_logit)
        if both is None:  # the sums first: x may be out
            sums = along_axes(FA_LOGSUMEXP, name, x, axis, None, dtype, False, where, bias, scale, extra_logit)
            both = along_axes(op, name, x, axis, out, dtype, False, where, bias, scale, extra_logit), sums
        return both
    finally:
        fa_fp_leave(before)


# ---- gradients ----

cdef object without_overlap(cnp.ndarray a, cnp.ndarray out):
    """The array, or a copy of it where writing to out would change elements that are still to be read."""
    return a if same_or_disjoint_layout(a, out, NULL) else a.copy()


cdef inline bint are_alike(object dy, object y) noexcept:
    """Whether they are arrays of one shape and one type of the kernels'."""
    return (cnp.PyArray_CheckExact(dy) and cnp.PyArray_CheckExact(y) and cnp.PyArray_TYPE(dy) == cnp.PyArray_TYPE(y)
            and is_computed_in(cnp.PyArray_TYPE(y)) and cnp.PyArray_SAMESHAPE(dy, y))


cdef object gradient(fa_row_op op, str name, object upstream, object given, object axis, object out, object dtype):
    """The one way in for the gradients of row functions."""
    cdef cnp.ndarray dy, y = None, dx
    cdef char[MAX_DIMS] reduced
    cdef int type_number
    cdef bint is_stored = False
    if type(out) is tuple and len(<tuple>out) == 1:
        out = out[0]
    if dtype is None and are_alike(upstream, given):
        y = given
        type_number = cnp.PyArray_TYPE(y)
    if y is not None and (out is None or takes_result(out, type_number, cnp.PyArray_NDIM(y), cnp.PyArray_DIMS(y))):
        dy = upstream
    else:
        answer = other_arrays.row_gradient(name, upstream, given, axis, out, dtype)
        if answer is not NotImplemented:
            return answer
        dy, y, kind, _ = row_gradient_arguments(name, upstream, given, axis, out, dtype)
        if kind.char == "g":
            return getattr(table, name)(upstream, given, axis, out=out, dtype=dtype)
        is_stored = kind.itemsize == 2  # in 16 bits: computed in float32
        type_number = kind.num
    mark_axes(name, axis, cnp.PyArray_NDIM(y), reduced)
    if out is not None:
        dy, y = without_overlap(dy, out), without_overlap(y, out)
    if out is not None and (not is_stored or out.dtype == kind):
        dx = out
    elif kernel_reads(y, type_number):
        dx = new_like(y)
    else:
        dx = np.empty_like(y, cnp.PyArray_DescrFromType(type_number), subok=False)
    if cnp.PyArray_SIZE(y):
        over_rows(y, dx, op, type_number, reduced, dy)
    if out is not None:
        if <object>dx is not out:  # rounded to 16 bits first, then cast
            with np.errstate(all="ignore"):
                np.copyto(out, dx, casting="same_kind")
        return out
    if cnp.PyArray_NDIM(dx) == 0:
        return (<object>dx)[()]
    return dx if cnp.PyArray_CheckExact(given) else rewrap(given, dx)


cdef object gradient_of(fa_row_op op, str name, object dy, object y, object axis, object out, object dtype):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return gradient(op, name, dy, y, axis, out, dtype)
    finally:
        fa_fp_leave(before)


# ---- the public functions ----

def softmax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, dtype=None,
            return_logsumexp=False):
    if return_logsumexp:
        return rows_and_sums(FA_SOFTMAX, "softmax", x, axis, out, dtype, where, bias, scale, extra_logit)
    return rows_of(FA_SOFTMAX, "softmax", x, axis, out, dtype, False, where, bias, scale, extra_logit)


def log_softmax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, dtype=None,
                return_logsumexp=False):
    if return_logsumexp:
        return rows_and_sums(FA_LOG_SOFTMAX, "log_softmax", x, axis, out, dtype, where, bias, scale, extra_logit)
    return rows_of(FA_LOG_SOFTMAX, "log_softmax", x, axis, out, dtype, False, where, bias, scale, extra_logit)


def logsumexp(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, extra_logit=None, keepdims=False,
              dtype=None, b=None, return_sign=False):
    if b is not None or return_sign:
        options = {"where": where, "bias": bias, "scale": scale}
        return weighted_log_sum(x, axis, out, dtype, b, return_sign, extra_logit, bool(keepdims), options)
    return rows_of(FA_LOGSUMEXP, "logsumexp", x, axis, out, dtype, keepdims, where, bias, scale, extra_logit)


def softmax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return gradient_of(FA_SOFTMAX_GRAD, "softmax_grad", dy, y, axis, out, dtype)


def log_softmax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return gradient_of(FA_LOG_SOFTMAX_GRAD, "log_softmax_grad", dy, y, axis, out, dtype)


__all__ = adopt(globals(), table, hinted)
