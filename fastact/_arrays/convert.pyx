"""Layouts and types that row kernels cannot read: a slab of rows at a time, through a bounded buffer."""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.kernels cimport FA_BF16, FA_F16, FA_F32, FA_F64, FA_LOGSUMEXP, fa_dtype, fa_row_op, kernels
from fastact._arrays.layout cimport PyArray_ISWRITEABLE
from fastact._arrays.plan cimport MAX_DIMS
from fastact._arrays.run cimport TASK, execute

import math

import numpy as np

from fastact._shared.arguments import is_bfloat16, normalize_axes

cnp.import_array()


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


cdef bint kernel_reads(cnp.ndarray a, int typenum) noexcept:
    """Whether kernels can read (and write) the elements where they lie."""
    return cnp.PyArray_TYPE(a) == typenum and cnp.PyArray_ISNOTSWAPPED(a) and cnp.PyArray_ISALIGNED(a)


cdef bint takes_result(object out, int typenum, int dims, const cnp.npy_intp *shape) noexcept:
    """Whether out surely takes a result of this type and shape as it is; of the rest `check_out` judges."""
    cdef int a
    if not (cnp.PyArray_CheckExact(out) and cnp.PyArray_TYPE(out) == typenum and PyArray_ISWRITEABLE(out)
            and cnp.PyArray_NDIM(out) == dims):
        return False
    for a in range(dims):
        if cnp.PyArray_DIM(out, a) != shape[a]:
            return False
    return True


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
    packed = np.require(part, None, ["C_CONTIGUOUS", "ALIGNED"])
    buffer = np.empty((<object>part).shape, kind)  # packed may have one axis where part has none
    kernels().widen[stored - FA_F16](cnp.PyArray_DATA(packed), <float *>cnp.PyArray_DATA(buffer),
                                     cnp.PyArray_SIZE(packed))
    return buffer


cdef cnp.ndarray read_finite(cnp.ndarray part, object kind):
    """The same; what is finite stays so: it ends at the type's largest number."""
    cdef cnp.ndarray made = read_buffer(part, kind)
    if part.dtype.kind == "f" and part.dtype.itemsize > kind.itemsize:
        beyond = np.isinf(made)
        if beyond.any():
            beyond &= np.isfinite(part)
            np.copyto(made, np.copysign(np.finfo(kind).max, made), where=beyond)
    return made


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


cdef int through_buffer(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced,
                        cnp.ndarray dy) except -1:
    """Runs the operation a few rows at a time, through a contiguous buffer."""
    cdef cnp.ndarray second = None
    axes = tuple([a for a in range(x.ndim) if reduced[a]])
    last = tuple(range(-len(axes), 0))
    source = np.moveaxis(x, axes, last)
    upstream = None if dy is None else np.moveaxis(dy, axes, last)
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = source.shape[:x.ndim - len(axes)]
    n = int(np.prod(source.shape[len(outer):], dtype=np.intp))
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    for index in slabs(outer, n, TASK):
        part = target[index]
        flat = (read_finite if upstream is None else read_buffer)(source[index], kind).reshape(-1, n)
        if upstream is not None:
            second = read_buffer(upstream[index], kind).reshape(-1, n)
        result = flat if op != FA_LOGSUMEXP else np.empty((len(flat), 1), kind)
        execute(flat, result, op, dtype, b"\0\1", second)
        write_buffer(part, result.reshape(part.shape))
    return 0


cdef bint run_direct(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int typenum, const char *reduced,
                     cnp.ndarray dy=None) except -1:
    """Runs the operation where the arrays lie; False where neither their types nor their layout allow it."""
    cdef fa_dtype dtype = FA_F32 if typenum == cnp.NPY_FLOAT else FA_F64
    if typenum != cnp.NPY_FLOAT and typenum != cnp.NPY_DOUBLE:
        dtype = FA_F16 if typenum == cnp.NPY_FLOAT16 else FA_BF16
    return (kernel_reads(x, typenum) and kernel_reads(y, typenum) and (dy is None or kernel_reads(dy, typenum))
            and execute(x, y, op, dtype, reduced, dy))


cdef int over_rows(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int typenum, const char *reduced,
                   cnp.ndarray dy=None) except -1:
    """Runs the operation in a type of the kernels', whatever the arrays' own. A gradient has dy too, of x's shape."""
    if not run_direct(x, y, op, typenum, reduced, dy):
        with np.errstate(all="ignore"):
            through_buffer(x, y, op, FA_F64 if typenum == cnp.NPY_DOUBLE else FA_F32, reduced, dy)
    return 0
