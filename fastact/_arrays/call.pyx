"""The one call path of the elementwise functions: arguments, output, NumPy ufunc.

A call on exact, aligned, native, contiguous arrays that lie alike takes the fast path: checks, output, kernel. Such
arrays of any layout, broadcast too, go through one walk over strided memory (`layout`). Everything else goes through a
real NumPy ufunc whose inner loop runs the same kernels, so that casting, `where`, memory that overlaps and
`__array_ufunc__` are NumPy's own work.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Malloc
from cython cimport boundscheck, wraparound

from fastact._arrays.fpmode cimport (
    FE_ALL_EXCEPT, fa_fp_enter, fa_fp_leave, fa_fp_mode, feclearexcept, leave_without_flags,
)
from fastact._arrays.engine cimport (
    FA_ALL_DTYPES, FA_BF16, FA_COMPUTE_DTYPES, FA_F16, FA_F32, FA_F64, FA_MAX_ARGUMENTS, FA_MAX_INPUTS, FA_REPEATED,
    fa_dtype, fa_loop, fa_loop_of, fa_op, fa_run, fa_run_in_order, fa_run_strided, fa_strided,
)
from fastact._arrays.kernels cimport GIL_CUTOFF, kernels, note_threads, note_threads_without_gil, operation
from fastact._arrays.layout cimport (
    PyArray_ISNOTSWAPPED, PyArray_ISWRITEABLE, is_contiguous, lay_out, same_layout, same_or_disjoint, takes_output,
)
from fastact._arrays.memory cimport new_like, new_of_size

import threading

import numpy as np

from fastact._containers import for_ufuncs
from fastact._shared.arguments import is_bfloat16
from fastact._containers.kinds import are_plain
from fastact._shared.dtypes import common_dtype, laid_out, number
from fastact._shared.overrides import ask, overriding

cnp.import_array()
cnp.import_ufunc()

cdef extern from "numpy/arrayobject.h":
    enum:
        NPY_HALF

include "ufunc_path.pxi"


# ---- the fast path ----

cdef int as_number(object x, int t, Number *made) except -1:
    """The Python number x as a kernel's type stores it, as often as a kernel reads of what is repeated."""
    cdef double whole = x
    cdef float single = <float>whole
    cdef int i
    if t == FA_F64:
        for i in range(<int>(FA_REPEATED // sizeof(double))):
            made.whole[i] = whole
    elif t == FA_F32:
        for i in range(<int>(FA_REPEATED // sizeof(float))):
            made.single[i] = single
    else:
        kernels().narrow[t - FA_F16](&single, made, 1)
    return 0


# interned, so that a default argument is recognised by its address
cdef str SAME_KIND = "same_kind"
cdef str KEEP_ORDER = "K"


cdef inline int kernel_dtype(cnp.ndarray x) noexcept:
    """The kernels' name for an element type, -1 where there is none or the bytes are swapped."""
    cdef int t = cnp.PyArray_TYPE(x)
    if not PyArray_ISNOTSWAPPED(x):
        return -1
    return (FA_F32 if t == cnp.NPY_FLOAT else FA_F64 if t == cnp.NPY_DOUBLE else FA_F16 if t == NPY_HALF
            else FA_BF16 if t >= 0 and t == known_bfloat16() else -1)


cdef int type_of_kernel(cnp.ndarray x) noexcept:
    """The same for other modules."""
    return kernel_dtype(x)


cdef inline object call_one(Elementwise op, object x, object out, object where, object casting, object order,
                            object dtype, object subok):
    """One operand: the shortest way, with nothing that a call on a small array does not need."""
    cdef int t
    cdef size_t n
    cdef Py_ssize_t steps[2]
    cdef char *args[2]
    cdef object y
    if not (cnp.PyArray_CheckExact(x) and where is True and dtype is None and casting is SAME_KIND
            and order is KEEP_ORDER and subok is True):
        return through_ufunc(op, (x,), out, where, casting, order, dtype, subok)
    t = kernel_dtype(x)
    if t < 0 or not is_contiguous(x):
        return in_a_nest(op, t, x, (x,), out)
    n = cnp.PyArray_SIZE(x)
    steps[0] = steps[1] = cnp.PyArray_ITEMSIZE(x)
    args[0] = cnp.PyArray_BYTES(x)
    if out is None:
        y = new_of_size(x, n * <size_t>steps[0])
    elif (cnp.PyArray_CheckExact(out) and same_layout(out, x) and PyArray_ISWRITEABLE(out)
            and same_or_disjoint(cnp.PyArray_BYTES(out), args[0], <Py_ssize_t>n * steps[0])):
        y = out
    else:
        return in_a_nest(op, t, x, (x,), out)
    args[1] = cnp.PyArray_BYTES(y)
    if n >= GIL_CUTOFF:
        note_threads()
        with nogil:
            fa_run(&op.loops[t], args, steps, n)
    elif t < FA_COMPUTE_DTYPES:
        op.loops[t].kernel(args, 0, n)
    else:
        fa_run_in_order(&op.loops[t], args, steps, n)
    return y


cdef object in_a_nest(Elementwise op, int t, cnp.ndarray lead, tuple operands, object out):
    """Native arrays of one type in any layout and broadcast, and Python numbers; the rest through the ufunc."""
    cdef fa_strided nest
    cdef Number[FA_MAX_INPUTS] numbers
    cdef object y = None
    cdef size_t n
    cdef int a
    if t >= 0 and (out is None or op.nout == 1 or (type(out) is tuple and len(<tuple>out) == op.nout)):
        for a in range(op.nin):
            if type(operands[a]) is float or type(operands[a]) is int:
                as_number(operands[a], t, &numbers[a])
        y = lay_out(&nest, cnp.PyArray_TYPE(lead), NULL, operands, <char *>numbers, sizeof(Number), out, op.nout)
    if y is None:
        return through_ufunc(op, operands, out, True, SAME_KIND, KEEP_ORDER, None, True)
    n = <size_t>cnp.PyArray_SIZE(y if op.nout == 1 else (<tuple>y)[0])
    if n < GIL_CUTOFF:
        fa_run_strided(&op.loops[t], &nest, n)
    else:
        note_threads()
        with nogil:
            fa_run_strided(&op.loops[t], &nest, n)
    return y


@boundscheck(False)
@wraparound(False)
cdef inline object call_several(Elementwise op, tuple operands, object out, object where, object casting, object order,
                                object dtype, object subok):
    """Several operands: plain arrays that lie alike, and Python numbers, which are repeated."""
    cdef int a, o, t = -1, inputs = op.nin, outputs = op.nout
    cdef unsigned repeated = 0
    cdef size_t n
    cdef Py_ssize_t[FA_MAX_ARGUMENTS] steps
    cdef char *args[FA_MAX_ARGUMENTS]
    cdef Number[FA_MAX_INPUTS] numbers
    cdef cnp.ndarray lead = None
    cdef object x, y
    cdef tuple results = ()
    cdef bint fast
    for a in range(inputs):
        x = operands[a]
        if cnp.PyArray_CheckExact(x) and cnp.PyArray_NDIM(x) > 0:
            lead = x
            break
    if lead is None or not (where is True and dtype is None and casting is SAME_KIND and order is KEEP_ORDER
                            and subok is True):
        return through_ufunc(op, operands, out, where, casting, order, dtype, subok)
    t = kernel_dtype(lead)
    fast = t >= 0 and is_contiguous(lead)
    for a in range(inputs if fast else 0):
        x = operands[a]
        if type(x) is float or type(x) is int:
            as_number(x, t, &numbers[a])
            args[a] = <char *>&numbers[a]
            steps[a] = 0
            repeated |= <unsigned>1 << a
        elif cnp.PyArray_CheckExact(x) and same_layout(x, lead):
            args[a] = cnp.PyArray_BYTES(x)
            steps[a] = cnp.PyArray_ITEMSIZE(x)
        else:
            fast = False
            break
    if outputs > 1 and out is not None:
        fast = fast and type(out) is tuple and len(<tuple>out) == outputs
    for o in range(outputs if fast else 0):
        y = out if outputs == 1 or out is None else (<tuple>out)[o]
        if y is None:
            y = new_like(lead)
        elif not takes_output(y, lead, args, steps, inputs, o):
            fast = False
            break
        args[inputs + o] = cnp.PyArray_BYTES(y)
        steps[inputs + o] = cnp.PyArray_ITEMSIZE(lead)
        if outputs > 1:
            results += (y,)
    if not fast:
        return in_a_nest(op, t, lead, operands, out)
    n = cnp.PyArray_SIZE(lead)
    if n >= GIL_CUTOFF:
        note_threads()
        with nogil:
            fa_run(&op.loops[t], args, steps, n)
    elif t < FA_COMPUTE_DTYPES:
        op.loops[t].kernel(args, repeated, n)
    else:
        fa_run_in_order(&op.loops[t], args, steps, n)
    return y if outputs == 1 else results


# ---- the way in ----

cdef object call(Elementwise op, object x, object out, object where, object casting, object order, object dtype,
                 object subok):
    """One operand, in the default floating-point mode: NumPy and Python convert numbers too."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return call_one(op, x, out, where, casting, order, dtype, subok)
    finally:
        fa_fp_leave(before)


cdef object call_many(Elementwise op, tuple operands, object out, object where, object casting, object order,
                      object dtype, object subok):
    """Several operands, likewise."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return call_several(op, operands, out, where, casting, order, dtype, subok)
    finally:
        fa_fp_leave(before)
