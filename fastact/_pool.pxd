"""New result arrays, their memory from the pool where they are large."""

cimport numpy as cnp

cdef extern from "numpy/arrayobject.h":
    object PyArray_NewLikeArray(cnp.ndarray prototype, cnp.NPY_ORDER order, void *descr, int subok)

cdef enum:
    # the C library's allocator maps blocks of 32 MiB and more anew every time, smaller ones it reuses itself
    LARGE = 32 * 1024 * 1024 - 4096

cdef object large_like(cnp.ndarray x)
# an array of this type, shape and strides, which leave no gaps; `size` in bytes
cdef object new_strided(int dimensions, cnp.npy_intp *shape, cnp.npy_intp *strides, int type_number, size_t size)


cdef inline object new_like(cnp.ndarray x):
    """An array of x's type, shape and memory order."""
    if cnp.PyArray_NBYTES(x) < LARGE:
        return PyArray_NewLikeArray(x, cnp.NPY_KEEPORDER, NULL, 0)
    return large_like(x)
