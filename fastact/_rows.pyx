"""softmax, log_softmax and logsumexp along any axes: arguments, and the layouts and types that kernels cannot read.

Those go through a bounded buffer, a slab of rows at a time; so does scale*x + bias under a mask.
"""

cimport numpy as cnp
from libc.string cimport memset

from fastact._call cimport (
    FA_BF16,
    FA_F16,
    FA_F32,
    FA_F64,
    FA_LOG_SOFTMAX,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    Elementwise,
    fa_dtype,
    fa_row_op,
    kernels,
)
from fastact._plan cimport TASK, execute

import math

import numpy as np

from fastact import _numpy
from fastact._arguments import (
    check_out,
    check_rows_input,
    is_bfloat16,
    normalize_axes,
    result_dtype,
    row_options,
    rows_without_elements,
)
from fastact._docs import adopt
from fastact._wrap import rewrap

cnp.import_array()

cdef extern from "numpy/arrayobject.h":
    object PyArray_NewLikeArray(cnp.ndarray prototype, cnp.NPY_ORDER order, void *descr, int subok)

cdef enum:
    MAX_DIMS = 64  # NumPy's own limit


# ---- slabs: a bounded part of the arrays at a time ----

def slabs(shape, elements, limit):
    """Index tuples that cut an array of this shape into slabs of at most `limit` elements where an index suffices.

    Every element of the shape stands for `elements` of the array.
    """
    whole = elements * math.prod(shape)
    if whole <= limit or not shape:
        yield (...,)
        return
    slab = whole // shape[0]
    if slab > limit:
        for i in range(shape[0]):
            for rest in slabs(shape[1:], elements, limit):
                yield (i, *rest)
        return
    step = limit // slab
    for start in range(0, shape[0], step):
        yield (slice(start, start + step), ...)


cdef int stored_type(object dtype) except -2:
    """FA_F16 or FA_BF16 where the table converts that type, else -1."""
    if not dtype.isnative:
        return -1
    return FA_F16 if dtype.char == "e" else FA_BF16 if is_bfloat16(dtype) else -1


cdef cnp.ndarray read_buffer(cnp.ndarray part, object kind):
    """A contiguous copy in the kernels' type."""
    cdef int stored = stored_type(part.dtype)
    cdef cnp.ndarray packed, buffer
    if stored < 0 or kind.char != "f":
        return np.array(part, dtype=kind, order="C", copy=True)
    packed = np.ascontiguousarray(part)
    buffer = np.empty((<object>packed).shape, kind)
    kernels().widen[stored - FA_F16](cnp.PyArray_DATA(packed), <float *>cnp.PyArray_DATA(buffer),
                                     cnp.PyArray_SIZE(packed))
    return buffer


cdef int write_buffer(cnp.ndarray part, cnp.ndarray buffer) except -1:
    """The contiguous buffer to its place, in the type that stands there."""
    cdef int stored = stored_type(part.dtype)
    cdef cnp.ndarray packed
    if stored < 0 or cnp.PyArray_TYPE(buffer) != cnp.NPY_FLOAT:
        np.copyto(part, buffer, casting="same_kind")
        return 0
    packed = part if (<object>part).flags.c_contiguous else np.empty((<object>part).shape, part.dtype)
    kernels().narrow[stored - FA_F16](<float *>cnp.PyArray_DATA(buffer), cnp.PyArray_DATA(packed),
                                      cnp.PyArray_SIZE(packed))
    if packed is not part:
        np.copyto(part, packed)
    return 0


cdef int through_buffer(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced) except -1:
    """Layouts and types the kernels cannot read: a few rows at a time through a contiguous buffer."""
    axes = tuple([a for a in range(x.ndim) if reduced[a]])
    last = tuple(range(-len(axes), 0))
    source = np.moveaxis(x, axes, last)
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = source.shape[:x.ndim - len(axes)]
    n = int(np.prod(source.shape[len(outer):], dtype=np.intp))
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    for index in slabs(outer, n, TASK):
        part = target[index]
        buffer = read_buffer(source[index], kind)
        flat = buffer.reshape(-1, n)
        result = flat if op != FA_LOGSUMEXP else np.empty((len(flat), 1), kind)
        execute(flat, result, op, dtype, b"\0\1")
        write_buffer(part, result.reshape(part.shape))
    return 0


# ---- mask, bias and scale ----

cdef Elementwise row_input = Elementwise("row_input")


cdef int of_parts(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                  object scale) except -1:
    """The function of scale*x + bias where the mask holds, a slab at a time: the slab's input is made where its result
    will stand, or in a buffer where that cannot hold it."""
    last = tuple(range(-len(axes), 0))
    operands = [x, scale, 0.0 if bias is None else bias, True if where is None else where]
    moved = [np.moveaxis(np.broadcast_to(a, (<object>x).shape), axes, last) for a in operands]
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = moved[0].shape[:x.ndim - len(axes)]
    n = math.prod(moved[0].shape[len(outer):])
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    axis = tuple(range(-len(axes), 0))
    for index in slabs(outer, n, 2 * TASK):
        part = target[index]
        is_place = op != FA_LOGSUMEXP and part.dtype == kind and part.dtype.isnative
        slab = part if is_place else np.empty(moved[0][index].shape, kind)
        row_input.ufunc(*[a[index] for a in moved], out=slab, dtype=kind, casting="unsafe")
        along_axes(op, "", slab, axis, part, None, op == FA_LOGSUMEXP, None, None, 1.0)
    if where is not None:
        empty = rows_without_elements(where, x.ndim, axes)
        if empty is not None:
            place = y if y.ndim == x.ndim else np.expand_dims(y, axes)
            np.copyto(place, 0 if op == FA_SOFTMAX else -np.inf, where=empty)
    return 0


# ---- arguments ----

cdef int mark_axes(str name, object axis, int ndim, char *reduced) except -1:
    """Sets reduced[a] to 1 for the axes along the rows, to 0 for the others."""
    cdef Py_ssize_t a
    memset(reduced, 0, MAX_DIMS)
    if type(axis) is int and -ndim <= axis < ndim:
        a = axis
        reduced[a + ndim if a < 0 else a] = 1
    else:
        for a in normalize_axes(name, axis, ndim):
            reduced[a] = 1
    return 0


cdef inline bint is_direct(cnp.ndarray a, int typenum) noexcept:
    """Whether kernels can read (and write) the elements where they lie."""
    return cnp.PyArray_TYPE(a) == typenum and cnp.PyArray_ISNOTSWAPPED(a) and cnp.PyArray_ISALIGNED(a)


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
    if not exact:
        check_rows_input(name, given)
    x = given if exact else np.asarray(given)
    typenum = cnp.PyArray_TYPE(x)
    if dtype is not None or not (typenum == cnp.NPY_FLOAT or typenum == cnp.NPY_DOUBLE):
        kind = result_dtype(name, x.dtype, dtype)
        if kind.char == "g":
            extra = {"keepdims": keepdims} if reduces else {}
            return getattr(_numpy, name)(given, axis, out, dtype=dtype, where=where, bias=bias, scale=scale, **extra)
        is_stored = kind.itemsize == 2  # in 16 bits: computed in float32, a buffer at a time
        typenum = cnp.NPY_FLOAT if is_stored else kind.num
    mark_axes(name, axis, cnp.PyArray_NDIM(x), reduced)
    for a in range(cnp.PyArray_NDIM(x)):
        if not reduces or keepdims or not reduced[a]:
            shape[dims] = 1 if reduces and reduced[a] else cnp.PyArray_DIM(x, a)
            dims += 1
    if out is not None:
        if isinstance(out, tuple) and len(out) == 1:
            out = out[0]
        if not is_stored:
            kind = np.dtype(np.float32 if typenum == cnp.NPY_FLOAT else np.float64)
        check_out(name, out, tuple([shape[a] for a in range(dims)]), kind)
        if np.may_share_memory(x, out) and not (not reduces and same_place(x, out)):
            x = x.copy()
    has_parts = not (where is None and bias is None and type(scale) is float and scale == 1.0)
    if has_parts:
        where, bias, scale = row_options(name, (<object>x).shape, where, bias, scale)
        if out is not None:
            where, bias, scale = [option.copy() if option is not None and np.may_share_memory(option, out) else option
                                  for option in (where, bias, scale)]
    if is_stored and (out is None or out.dtype != kind):
        y = np.empty(tuple([shape[a] for a in range(dims)]), kind)
    elif out is not None:
        y = out
    elif not reduces and is_direct(x, typenum):
        y = PyArray_NewLikeArray(x, cnp.NPY_KEEPORDER, NULL, 0)
    else:
        y = cnp.PyArray_EMPTY(dims, shape, typenum, 0)
    if cnp.PyArray_SIZE(x) == 0:
        if cnp.PyArray_SIZE(y):
            y.fill(-np.inf)
    else:
        dtype_id = FA_F32 if typenum == cnp.NPY_FLOAT else FA_F64
        if has_parts:
            of_parts(x, y, op, dtype_id, tuple([a for a in range(x.ndim) if reduced[a]]), where, bias, scale)
        elif not (is_direct(x, typenum) and is_direct(y, typenum) and execute(x, y, op, dtype_id, reduced)):
            through_buffer(x, y, op, dtype_id, reduced)
    if out is not None:
        if <object>y is not out:  # rounded to 16 bits first, then cast
            np.copyto(out, y, casting="same_kind")
        return out
    if dims == 0:
        return (<object>y)[()]
    return y if exact or reduces else rewrap(given, y)


cdef bint same_place(cnp.ndarray x, cnp.ndarray y):
    """Whether the arrays hold the same elements at the same addresses."""
    cdef int a
    if cnp.PyArray_BYTES(x) != cnp.PyArray_BYTES(y) or (<object>x).dtype != (<object>y).dtype:
        return False
    for a in range(cnp.PyArray_NDIM(x)):
        if cnp.PyArray_STRIDE(x, a) != cnp.PyArray_STRIDE(y, a):
            return False
    return True


# ---- the public functions ----

def softmax(x, /, axis=-1, out=None, *, where=None, bias=None, scale=1.0, dtype=None):
    return along_axes(FA_SOFTMAX, "softmax", x, axis, out, dtype, False, where, bias, scale)


def log_softmax(x, /, axis=-1, out=None, *, where=None, bias=None, scale=1.0, dtype=None):
    return along_axes(FA_LOG_SOFTMAX, "log_softmax", x, axis, out, dtype, False, where, bias, scale)


def logsumexp(x, /, axis=-1, out=None, *, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    return along_axes(FA_LOGSUMEXP, "logsumexp", x, axis, out, dtype, keepdims, where, bias, scale)


__all__ = adopt(globals(), _numpy)
