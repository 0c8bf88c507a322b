"""softmax, log_softmax and logsumexp along any axes: arguments, and scale*x + bias under a mask, a slab at a time."""

cimport numpy as cnp

from fastact._call cimport Elementwise, call_many
from fastact._fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._kernels cimport (
    FA_F32, FA_F64, FA_LOG_SOFTMAX, FA_LOGSUMEXP, FA_SOFTMAX, fa_dtype, fa_row_op, note_threads, threads_for,
)
from fastact._layout cimport PyArray_IS_C_CONTIGUOUS, fa_nest, nest_in_order, one_or_apart
from fastact._plan cimport MAX_DIMS
from fastact._pool cimport new_like
from fastact._run cimport TASK, execute_made
from fastact._slabs cimport is_direct, mark_axes, over_rows, read_buffer, takes_result

import math

import numpy as np

from fastact import _numpy, _other_arrays
from fastact._arguments import (
    check_out,
    result_dtype,
    row_options,
    rows_without_elements,
)
from fastact._docs import adopt
from fastact._hinted import hinted
from fastact._slabs import slabs
from fastact._wrap import rewrap

cnp.import_array()

# ---- mask, bias and scale ----

cdef Elementwise row_input = Elementwise("row_input")


cdef inline object in_kind(cnp.ndarray part, object kind):
    return part if part.dtype is kind else read_buffer(part, kind)


cdef int by_slabs(list moved, cnp.ndarray target, fa_row_op op, object kind, int dims, size_t n) except -1:
    """Rows along all but the first `dims` axes: a slab's input is made where its result will stand, or in a buffer."""
    cdef cnp.ndarray x = moved[0]
    last = tuple(range(dims - x.ndim, 0))
    note_threads()
    for index in slabs((<object>x).shape[:dims], n, 2 * TASK * threads_for(cnp.PyArray_SIZE(x))):
        part = target[index]
        is_place = op != FA_LOGSUMEXP and part.dtype == kind and part.dtype.isnative
        slab = part if is_place else np.empty(moved[0][index].shape, kind)
        given = tuple([in_kind(a[index], kind) for a in moved])
        call_many(row_input, given, slab, True, "same_kind", "K", None, True)
        along_axes(op, "", slab, last, part, None, op == FA_LOGSUMEXP, None, None, 1.0)
    return 0


cdef int of_parts(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                  object scale) except -1:
    """The function of scale*x + bias where the mask holds: packed rows at once, others a slab at a time."""
    cdef fa_nest nest
    cdef int typenum = cnp.NPY_FLOAT if dtype == FA_F32 else cnp.NPY_DOUBLE
    last = tuple(range(-len(axes), 0))
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    operands = [x, scale, 0.0 if bias is None else bias, 1.0 if where is None else where]
    # what is repeated is converted once, the rest a slab at a time
    operands = [a if np.size(a) > cnp.PyArray_SIZE(x) // 4 else np.asarray(a, kind) for a in operands]
    moved = [np.moveaxis(np.broadcast_to(a, (<object>x).shape), axes, last) for a in operands]
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = moved[0].shape[:x.ndim - len(axes)]
    n = math.prod(moved[0].shape[len(outer):])
    if (n <= TASK and tuple([a - x.ndim for a in axes]) == last and PyArray_IS_C_CONTIGUOUS(y) and is_direct(y, typenum)
            and all([is_direct(a, typenum) for a in moved])):
        nest_in_order(&nest, moved[0].shape, (*moved, None), kind.itemsize)
        execute_made(&nest, &row_input.loops[dtype], y, op, dtype, math.prod(outer), n)
    else:
        by_slabs(moved, target, op, kind, len(outer), n)
    if where is not None:
        empty = rows_without_elements(where, x.ndim, axes)
        if empty is not None:
            place = y if y.ndim == x.ndim else np.expand_dims(y, axes)
            np.copyto(place, 0 if op == FA_SOFTMAX else -np.inf, where=empty)
    return 0


# ---- arguments ----

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
        answer = _other_arrays.rows(name, given, axis, out, dtype, where, bias, scale, keepdims if reduces else None)
        if answer is not NotImplemented:
            return answer
    x = given if exact else np.asarray(given)
    typenum = cnp.PyArray_TYPE(x)
    if dtype is not None or not (typenum == cnp.NPY_FLOAT or typenum == cnp.NPY_DOUBLE):
        kind = result_dtype(name, x.dtype, dtype, origin=given)
        if kind.char == "g":
            extra = {"keepdims": keepdims} if reduces else {}
            return getattr(_numpy, name)(given, axis, out=out, dtype=dtype, where=where, bias=bias, scale=scale,
                                         **extra)
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
        if not one_or_apart(x, out, reduced if reduces else NULL):
            x = x.copy()
    has_parts = not (where is None and bias is None and type(scale) is float and scale == 1.0)
    if has_parts:
        where, bias, scale = row_options(name, (<object>x).shape, where, bias, scale)
        if out is not None:
            where, bias, scale = [option.copy() if option is not None and np.may_share_memory(option, out) else option
                                  for option in (where, bias, scale)]
    if out is not None and (not is_stored or out.dtype == kind):
        y = out
    elif not reduces and is_direct(x, typenum):
        y = new_like(x)
    else:
        y = cnp.PyArray_EMPTY(dims, shape, typenum, 0)
    if cnp.PyArray_SIZE(x) == 0:
        if cnp.PyArray_SIZE(y):
            y.fill(-np.inf)
    elif has_parts:
        with np.errstate(all="ignore"):  # bias and scale may be out of a smaller type's range
            of_parts(x, y, op, FA_F64 if typenum == cnp.NPY_DOUBLE else FA_F32,
                     tuple([a for a in range(x.ndim) if reduced[a]]), where, bias, scale)
    else:
        over_rows(x, y, op, typenum, reduced)
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


__all__ = adopt(globals(), _numpy, hinted)
