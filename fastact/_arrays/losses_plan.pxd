"""How the rows of a loss lie in the logits and in their gradient."""

cimport numpy as cnp

from fastact._arrays.kernels cimport fa_dtype, fa_losses, fa_losses_kernel

cdef enum:
    MAX_DIMS = 64  # NumPy's own limit


cdef struct Dim:
    Py_ssize_t size
    Py_ssize_t x  # bytes from one row to the next in the logits
    Py_ssize_t y  # likewise in the gradient


cdef struct Plan:
    fa_losses_kernel kernel
    fa_dtype dtype
    bint columns
    fa_losses part      # lengths and steps
    const char *x
    char *y             # NULL for no gradient
    Py_ssize_t itemsize
    int dims            # at least 1
    Dim[MAX_DIMS] dim
    size_t rows
    size_t first        # the number of the first row
    size_t per          # rows in a task


cdef bint make_plan(Plan *plan, cnp.ndarray x, cnp.ndarray y, int axis) noexcept
cdef size_t locate(const Plan *plan, size_t row, const char **x, char **y) noexcept nogil
