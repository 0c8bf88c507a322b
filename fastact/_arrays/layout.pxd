"""How the arrays of one call lie: the tests of the fast path, and the nest of loops for what is not plain."""

cimport numpy as cnp

from fastact._arrays.engine cimport FA_BF16, FA_F16, FA_F32, FA_F64, FA_MAX_DIMENSIONS, fa_dtype, fa_strided

cdef extern from "numpy/arrayobject.h":
    bint PyArray_ISALIGNED(cnp.ndarray)
    bint PyArray_ISWRITEABLE(cnp.ndarray)
    bint PyArray_ISNOTSWAPPED(cnp.ndarray)
    bint PyArray_IS_C_CONTIGUOUS(cnp.ndarray)
    bint PyArray_IS_F_CONTIGUOUS(cnp.ndarray)

cdef enum:
    MAX_DIMS = FA_MAX_DIMENSIONS  # NumPy's own limit


cdef inline fa_dtype dtype_of(int type_number) noexcept:
    """The kernels' name for one of their element types."""
    return (FA_F32 if type_number == cnp.NPY_FLOAT else FA_F64 if type_number == cnp.NPY_DOUBLE
            else FA_F16 if type_number == cnp.NPY_FLOAT16 else FA_BF16)


cdef inline bint is_computed_in(int type_number) noexcept:
    """Whether kernels compute in that type."""
    return type_number == cnp.NPY_FLOAT or type_number == cnp.NPY_DOUBLE


cdef inline bint kernel_reads(cnp.ndarray a, int type_number) noexcept:
    """Whether kernels can read (and write) the elements where they lie."""
    return cnp.PyArray_TYPE(a) == type_number and PyArray_ISNOTSWAPPED(a) and PyArray_ISALIGNED(a)


cdef inline bint is_contiguous(cnp.ndarray x) noexcept:
    """Aligned, contiguous in either order, and not 0-d (whose result is a scalar)."""
    return (cnp.PyArray_NDIM(x) > 0 and PyArray_ISALIGNED(x)
            and (PyArray_IS_C_CONTIGUOUS(x) or PyArray_IS_F_CONTIGUOUS(x)))


cdef inline bint same_layout(cnp.ndarray y, cnp.ndarray x) noexcept:
    """Whether the elements of y lie as those of plain x do: same type, shape and memory order, aligned and native."""
    return (cnp.PyArray_TYPE(y) == cnp.PyArray_TYPE(x) and PyArray_ISNOTSWAPPED(y) and PyArray_ISALIGNED(y)
            and cnp.PyArray_SAMESHAPE(x, y)
            and ((PyArray_IS_C_CONTIGUOUS(x) and PyArray_IS_C_CONTIGUOUS(y))
                 or (PyArray_IS_F_CONTIGUOUS(x) and PyArray_IS_F_CONTIGUOUS(y))))


cdef inline bint disjoint(cnp.ndarray y, const char *p, Py_ssize_t size) noexcept:
    """Whether y and the size bytes at p are the same memory or have none in common."""
    cdef char *q = cnp.PyArray_BYTES(y)
    return (p == q and size == cnp.PyArray_NBYTES(y)) or p + size <= q or q + cnp.PyArray_NBYTES(y) <= p


cdef inline bint same_or_disjoint(const char *q, const char *p, Py_ssize_t size) noexcept:
    """The same of size bytes at each."""
    return p == q or p + size <= q or q + size <= p


cdef inline bint takes_output(object y, cnp.ndarray lead, char **args, const Py_ssize_t *steps, int inputs,
                              int o) noexcept:
    """Whether y can take output o: it lies as `lead` does, is one input or none, and no output before it."""
    cdef int a
    cdef bint free = cnp.PyArray_CheckExact(y) and same_layout(y, lead) and PyArray_ISWRITEABLE(y)
    cdef Py_ssize_t size = cnp.PyArray_NBYTES(lead)
    for a in range(inputs + o if free else 0):
        free = free and (steps[a] == 0 or same_or_disjoint(cnp.PyArray_BYTES(y), args[a], size))
        free = free and (a < inputs or args[a] != cnp.PyArray_BYTES(y))
    return free


cdef object lay_out(fa_strided *nest, int type_number, const int *types, tuple operands, char *numbers, size_t pitch,
                    object out, int outputs)

cdef bint same_or_disjoint_layout(cnp.ndarray x, cnp.ndarray y, const char *reduced) noexcept
cdef int nest_in_order(fa_strided *nest, tuple shape, tuple arguments, Py_ssize_t size) except -1
cdef int place_rows(fa_strided *arrays, cnp.ndarray x, cnp.ndarray y, cnp.ndarray dy, const char *reduced) noexcept
cdef int mark_axes(str name, object axis, int ndim, char *reduced) except -1
cdef bint takes_result(object out, int type_number, int dims, const cnp.npy_intp *shape) noexcept
