"""The layout of the arrays of a row function as a plan."""

from fastact._arrays.kernels cimport fa_dtype, fa_row_op, fa_rows, fa_rows_kernel

cdef enum:
    MAX_DIMS = 64  # NumPy's own limit
    # the arrays of an operation; without a gradient to read, DY is X again
    X = 0
    Y = 1
    DY = 2
    ARRAYS = 3


cdef struct Dim:
    Py_ssize_t size
    Py_ssize_t step[ARRAYS]  # bytes from one element to the next in each array


cdef struct Plan:
    fa_rows_kernel kernel
    fa_row_op op
    fa_dtype dtype
    bint columns
    fa_rows batch       # at the first outer index
    char *base[ARRAYS]
    Py_ssize_t next[ARRAYS]   # bytes from one row (or column) of the batch to the next
    int dims
    Dim[MAX_DIMS] outer
    size_t repeats      # product of the outer sizes
    size_t per          # rows (or columns) in a task
    Py_ssize_t itemsize


cdef Dim dim_of(Py_ssize_t size, Py_ssize_t x, Py_ssize_t y, Py_ssize_t dy) noexcept nogil
cdef bint make_plan(Plan *plan, Dim *inner, int inners, Dim *outer, int outers) noexcept nogil
