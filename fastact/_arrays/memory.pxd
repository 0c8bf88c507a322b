"""New result arrays, their memory from the pool where they are large."""

cimport numpy as cnp

cdef extern from "numpy/arrayobject.h":
    """
    /* What PyArray_NewLikeArray makes of an array in C order, in one step. */
    static inline PyObject *new_in_c_order(PyArrayObject *x) {
      PyArray_Descr *descr = PyArray_DESCR(x);
      Py_INCREF(descr);
      return PyArray_NewFromDescr(&PyArray_Type, descr, PyArray_NDIM(x), PyArray_DIMS(x), NULL, NULL, 0, NULL);
    }
    """
    object new_in_c_order(cnp.ndarray x)
    bint PyArray_IS_C_CONTIGUOUS(cnp.ndarray)
    object PyArray_NewLikeArray(cnp.ndarray prototype, cnp.NPY_ORDER order, void *descr, int subok)

cdef enum:
    # From there on the C library's allocator gives freed memory back to the system where two results are freed one
    # after the other, and faults it in anew; a look into the pool takes 0.2 us, the kernels 5 us and more.
    LARGE = 256 * 1024

cdef object large_like(cnp.ndarray x)
# an array of this type, shape and strides, which leave no gaps; `size` in bytes
cdef object new_strided(int dimensions, cnp.npy_intp *shape, cnp.npy_intp *strides, int type_number, size_t size)


cdef inline object new_of_size(cnp.ndarray x, size_t size):
    """An array of x's type, shape and memory order, which takes so many bytes."""
    if size >= LARGE:
        return large_like(x)
    if PyArray_IS_C_CONTIGUOUS(x):
        return new_in_c_order(x)
    return PyArray_NewLikeArray(x, cnp.NPY_KEEPORDER, NULL, 0)


cdef inline object new_like(cnp.ndarray x):
    return new_of_size(x, cnp.PyArray_NBYTES(x))
