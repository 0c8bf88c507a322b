"""The one call path of the elementwise functions: modules cimport `Elementwise`, `call` and `call_many`."""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_loop


# a Python number in the type of the arrays beside it, as NumPy takes it: FA_REPEATED bytes of it, or one of 16 bits
ctypedef union Number:
    float[16] single
    double[8] whole
    char[2] half


cdef struct Exact:
    # the loop of operands of one type of integers, computed in float64
    const fa_loop *loop
    int type_number


cdef class Elementwise:
    """One elementwise operation: its kernels, its NumPy ufunc and its NumPy reference."""
    cdef readonly str name  # of the public function
    cdef readonly str kernel  # that of the registry, and of the ufunc
    cdef readonly object ufunc
    cdef readonly object reference
    cdef readonly int nin
    cdef readonly int nout
    cdef fa_loop[4] loops  # by fa_dtype; a type stored in 16 bits has float32's kernel
    cdef void **_data
    cdef char *_types
    cdef bytes _text
    cdef bytes _documentation
    cdef Exact[6] exact


cdef object call(Elementwise op, object x, object out, object where, object casting, object order, object dtype,
                 object subok)

# `out` of an operation with several outputs is None or a tuple with an array or None for each; so is the result
cdef object call_many(Elementwise op, tuple operands, object out, object where, object casting, object order,
                      object dtype, object subok)

# the Python number x as a kernel's type stores it, as often as a kernel reads of what is repeated
cdef int as_number(object x, int t, Number *made) except -1
# the kernels' name for an element type, -1 where there is none or the bytes are swapped
cdef int type_of_kernel(cnp.ndarray x) noexcept
