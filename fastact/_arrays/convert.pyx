"""Arrays and numbers in the kernels' types: a slab at a time, through a bounded buffer."""

cimport numpy as cnp

from fastact._arrays.engine cimport FA_BF16, FA_F16
from fastact._arrays.kernels cimport kernels
from fastact._arrays.layout cimport PyArray_IS_C_CONTIGUOUS, kernel_reads

import math

import numpy as np

from fastact._shared.arguments import is_bfloat16

cnp.import_array()


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


cdef cnp.ndarray packed_in(cnp.ndarray part, object kind):
    """The array itself where kernels can read it in one piece, else a contiguous copy of what is finite."""
    if kernel_reads(part, kind.num) and PyArray_IS_C_CONTIGUOUS(part):
        return part
    return np.ascontiguousarray(read_finite(part, kind))


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


# ---- the arguments and results of reductions ----

cdef bint is_reduction(object reduction) noexcept:
    return type(reduction) is str and (reduction == "mean" or reduction == "sum" or reduction == "none")


cdef cnp.ndarray number(double value, int type_number):
    """An array without axes, of float32 or float64."""
    cdef cnp.ndarray made = cnp.PyArray_EMPTY(0, NULL, type_number, 0)
    if type_number == cnp.NPY_FLOAT:
        (<float *>cnp.PyArray_DATA(made))[0] = <float>value
    else:
        (<double *>cnp.PyArray_DATA(made))[0] = value
    return made


cdef object scalar(double value, cnp.dtype dtype):
    """A NumPy scalar, rounded once."""
    if dtype.type_num == cnp.NPY_FLOAT or dtype.type_num == cnp.NPY_DOUBLE:
        return number(value, dtype.type_num)[()]
    return np.float64(value).astype(dtype)
