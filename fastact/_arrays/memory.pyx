"""The pool of large results as a memory handler of NumPy's: arrays own such memory as they own any other."""

cimport numpy as cnp
from cpython.pycapsule cimport PyCapsule_New
from libc.string cimport memset, strcpy

cnp.import_array()

cdef extern from "fastact/engine.h" nogil:
    void *fa_pool_take(size_t size)
    void fa_pool_give(void *data)
    void *fa_pool_resize(void *data, size_t size)
    void fa_pool_set_limit(size_t bytes)
    size_t fa_pool_limit()
    void fa_pool_clear()
    size_t fa_pool_held()

cdef extern from "numpy/arrayobject.h":
    ctypedef struct PyDataMemAllocator:
        void *ctx
        void *(*malloc)(void *ctx, size_t size) noexcept nogil
        void *(*calloc)(void *ctx, size_t count, size_t size) noexcept nogil
        void *(*realloc)(void *ctx, void *data, size_t size) noexcept nogil
        void (*free)(void *ctx, void *data, size_t size) noexcept nogil
    ctypedef struct PyDataMem_Handler:
        char name[127]
        unsigned char version
        PyDataMemAllocator allocator
    object PyDataMem_SetHandler(object handler)
    object PyArray_New(type subtype, int dimensions, cnp.npy_intp *shape, int type_number, cnp.npy_intp *strides,
                       void *data, int itemsize, int flags, void *prototype)


cdef void *take(void *ctx, size_t size) noexcept nogil:
    return fa_pool_take(size)


cdef void *take_zeros(void *ctx, size_t count, size_t size) noexcept nogil:
    cdef void *data = fa_pool_take(count * size) if size == 0 or count <= (<size_t>-1) // size else NULL
    return memset(data, 0, count * size) if data != NULL else NULL


cdef void *resize(void *ctx, void *data, size_t size) noexcept nogil:
    return fa_pool_resize(data, size)


cdef void give(void *ctx, void *data, size_t size) noexcept nogil:
    fa_pool_give(data)


# lives as long as the process: arrays may outlive this module
cdef PyDataMem_Handler handler
strcpy(handler.name, "fastact_pool")
handler.version = 1
handler.allocator.ctx = NULL
handler.allocator.malloc = take
handler.allocator.calloc = take_zeros
handler.allocator.realloc = resize
handler.allocator.free = give
cdef object capsule = PyCapsule_New(&handler, "mem_handler", NULL)


cdef object new_array(cnp.ndarray like, int dimensions, cnp.npy_intp *shape, cnp.npy_intp *strides, int type_number,
                      size_t size):
    """An array like another, or one as described where `like` is None; from the pool where it is large."""
    before = PyDataMem_SetHandler(capsule) if size >= LARGE and fa_pool_limit() != 0 else None
    try:
        if like is not None:
            return PyArray_NewLikeArray(like, cnp.NPY_KEEPORDER, NULL, 0)
        return PyArray_New(cnp.ndarray, dimensions, shape, type_number, strides, NULL, 0, 0, NULL)
    finally:
        if before is not None:
            PyDataMem_SetHandler(before)


cdef object large_like(cnp.ndarray x):
    return new_array(x, 0, NULL, NULL, 0, cnp.PyArray_NBYTES(x))


cdef object new_strided(int dimensions, cnp.npy_intp *shape, cnp.npy_intp *strides, int type_number, size_t size):
    return new_array(None, dimensions, shape, strides, type_number, size)


def set_limit(size_t size):
    """How many bytes may be kept unused; what exceeds it is freed."""
    fa_pool_set_limit(size)


def get_limit():
    return fa_pool_limit()


def held():
    """Bytes kept unused now."""
    return fa_pool_held()


def clear():
    """Frees what is kept unused."""
    fa_pool_clear()
