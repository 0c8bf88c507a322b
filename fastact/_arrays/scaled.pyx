"""Elementwise functions of scale * x + bias: the kernels make the sum block by block, no array of sums is ever whole.

Native arrays in any layout go through one walk over memory, everything else through a NumPy ufunc of x, scale, bias and
the parameters, which is made for an operation when it is first needed.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Malloc

from fastact._arrays.call cimport Elementwise, Number, as_number, type_of_kernel
from fastact._arrays.engine cimport (
    FA_ALL_DTYPES, FA_BF16, FA_F16, FA_F32, FA_F64, FA_I8, FA_MAX_ARGUMENTS, FA_U8, fa_dtype, fa_loop, fa_run_scaled,
    fa_strided,
)
from fastact._arrays.fpmode cimport (
    FE_ALL_EXCEPT, fa_fp_enter, fa_fp_leave, fa_fp_mode, feclearexcept, leave_without_flags,
)
from fastact._arrays.kernels cimport GIL_CUTOFF, note_threads, note_threads_without_gil
from fastact._arrays.layout cimport kernel_reads, lay_out

import threading

import numpy as np

from fastact._arrays.call import meet_bfloat16
from fastact._containers import other_scaled
from fastact._shared.arguments import is_bfloat16, row_options
from fastact._shared.dtypes import WEAK, common_dtype, number
from fastact._shared.scaled_arguments import check_operand, check_out_type, default_dtype, sum_dtype

cnp.import_array()
cnp.import_ufunc()

cdef enum:
    LOOPS = 6
    SMALL = 4  # an option is converted at once where x has as many times more elements

cdef struct ScaledLoop:
    const fa_loop *loop
    fa_dtype of_x


# ---- native arrays ----

cdef bint spreads_to(cnp.ndarray a, cnp.ndarray x) noexcept:
    """Whether a broadcasts to the shape of x."""
    cdef int lead = cnp.PyArray_NDIM(x) - cnp.PyArray_NDIM(a), axis
    if lead < 0:
        return False
    for axis in range(cnp.PyArray_NDIM(a)):
        if cnp.PyArray_DIM(a, axis) != 1 and cnp.PyArray_DIM(a, axis) != cnp.PyArray_DIM(x, lead + axis):
            return False
    return True


cdef object option(object a, cnp.ndarray x, object work):
    """bias or scale as the walk takes it: a Python number or an array in the type of the sum; None for the rest."""
    if type(a) is float or type(a) is int:
        return a
    if not cnp.PyArray_CheckExact(a):
        return float(a) if isinstance(a, (np.floating, np.integer)) else None
    if not spreads_to(a, x):
        return None
    if kernel_reads(a, work.num):
        return a
    if SMALL * cnp.PyArray_SIZE(a) > cnp.PyArray_SIZE(x) or not (a.dtype.kind in "fiub" or is_bfloat16(a.dtype)):
        return None
    with np.errstate(all="ignore"):
        return a.astype(work, copy=False)


cdef object in_a_walk(Elementwise op, object x, tuple parameters, object bias, object scale, object out):
    """The result for arrays that kernels can read; None for the rest."""
    cdef fa_strided nest
    cdef int[FA_MAX_ARGUMENTS] types
    cdef Number[FA_MAX_ARGUMENTS] numbers
    cdef int a, kind, of_x, t, made
    cdef size_t n
    cdef tuple operands
    if not cnp.PyArray_CheckExact(x) or cnp.PyArray_NDIM(x) == 0:
        return None
    kind = cnp.PyArray_TYPE(x)
    if kind == cnp.NPY_BYTE or kind == cnp.NPY_UBYTE:
        if scale is None:
            return None  # float64, as all integers
        of_x, t, made = FA_I8 if kind == cnp.NPY_BYTE else FA_U8, FA_F32, cnp.NPY_FLOAT
    else:
        of_x = t = type_of_kernel(x)
        made = kind
    if t < 0:
        return None
    work = F64 if t == FA_F64 else F32
    if type(out) is tuple and len(<tuple>out) == 1:
        out = (<tuple>out)[0]
    scale = 1.0 if scale is None else option(scale, x, work)
    bias = -0.0 if bias is None else option(bias, x, work)
    if scale is None or bias is None:
        return None
    operands = (x, scale, bias, *parameters)
    types[0], types[1], types[2] = kind, work.num, work.num
    for a in range(len(operands)):
        if a > 2:
            types[a] = made
        if type(operands[a]) is float or type(operands[a]) is int:
            as_number(operands[a], (FA_F64 if t == FA_F64 else FA_F32) if a <= 2 else t, &numbers[a])
    y = lay_out(&nest, made, types, operands, <char *>numbers, sizeof(Number), out, 1)
    if y is None:
        return None
    n = <size_t>cnp.PyArray_SIZE(y)
    if n < GIL_CUTOFF:
        fa_run_scaled(&op.loops[t], <fa_dtype>of_x, &nest, n)
    else:
        note_threads()
        with nogil:
            fa_run_scaled(&op.loops[t], <fa_dtype>of_x, &nest, n)
    return y


cdef object F32 = np.dtype(np.float32)
cdef object F64 = np.dtype(np.float64)


# ---- everything else, by a ufunc ----

cdef void scaled_loop(char **args, const cnp.npy_intp *shape, const cnp.npy_intp *steps, void *data) noexcept nogil:
    cdef const ScaledLoop *own = <const ScaledLoop *>data
    cdef fa_strided nest
    cdef int a
    cdef fa_fp_mode before = fa_fp_enter()
    nest.dimensions, nest.shape[0] = 1, <size_t>shape[0]
    for a in range(own.loop.inputs + 3):
        nest.args[a], nest.steps[a][0] = args[a], steps[a]
    if shape[0] >= GIL_CUTOFF:
        note_threads_without_gil()
    fa_run_scaled(own.loop, own.of_x, &nest, nest.shape[0])
    leave_without_flags(before)


# bfloat16, of which NumPy has no type of its own, comes as integers of 16 bits
cdef int[LOOPS] TYPE_OF_X = [cnp.NPY_BYTE, cnp.NPY_UBYTE, cnp.NPY_USHORT, cnp.NPY_FLOAT16, cnp.NPY_FLOAT,
                             cnp.NPY_DOUBLE]
cdef int[LOOPS] DTYPE_OF_X = [FA_I8, FA_U8, FA_BF16, FA_F16, FA_F32, FA_F64]
cdef cnp.PyUFuncGenericFunction[LOOPS] INNER_LOOPS
cdef dict UFUNCS = {}
cdef object MAKING = threading.Lock()


cdef object ufunc_of(Elementwise op):
    """The ufunc of x, scale, bias and the parameters of an operation."""
    cdef int i, a, t, arguments = op.nin + 3
    cdef ScaledLoop *loops
    cdef void **data
    cdef char *types
    cdef bytes name
    with MAKING:
        if op.kernel in UFUNCS:
            return UFUNCS[op.kernel][0]
        loops = <ScaledLoop *>PyMem_Malloc(LOOPS * sizeof(ScaledLoop))
        data = <void **>PyMem_Malloc(LOOPS * sizeof(void *))
        types = <char *>PyMem_Malloc(LOOPS * arguments)
        if loops == NULL or data == NULL or types == NULL:
            raise MemoryError
        for i in range(<int>LOOPS):
            t = DTYPE_OF_X[i] if DTYPE_OF_X[i] < FA_ALL_DTYPES else FA_F32
            loops[i].loop, loops[i].of_x = &op.loops[t], <fa_dtype>DTYPE_OF_X[i]
            data[i], INNER_LOOPS[i] = &loops[i], <cnp.PyUFuncGenericFunction>scaled_loop
            for a in range(arguments):
                types[i * arguments + a] = <char>(
                    TYPE_OF_X[i] if a == 0 else (cnp.NPY_DOUBLE if t == FA_F64 else cnp.NPY_FLOAT) if a < 3
                    else cnp.NPY_FLOAT if DTYPE_OF_X[i] >= FA_ALL_DTYPES else TYPE_OF_X[i])
        name = op.kernel.encode()
        ufunc = cnp.PyUFunc_FromFuncAndData(INNER_LOOPS, data, types, LOOPS, op.nin + 2, 1, cnp.PyUFunc_None, name,
                                            name, 0)
        # it holds bare addresses of its texts, the loops and the types, which live as long as the process
        UFUNCS[op.kernel] = ufunc, name, op
        return ufunc


cdef object as_bits(object a):
    """An array of bfloat16 as integers."""
    return a.view(np.uint16)


cdef object through_ufunc(Elementwise op, object x, tuple parameters, object bias, object scale, object out,
                          object where, object casting, object order, object dtype, object subok):
    where = True if where is None else where
    keywords = {"where": where, "casting": casting, "order": order, "dtype": dtype, "subok": subok}
    answer = other_scaled.scaled(op.name, op.kernel, x, parameters, bias, scale, out, keywords)
    if answer is not NotImplemented:
        return answer
    check_operand(op.name, x)
    dtype = default_dtype(op.name, x, parameters, scale) if dtype is None else np.dtype(dtype)
    result = common_dtype(op.name, (x, *parameters), dtype, casting)
    given = x
    x = np.asanyarray(x)
    if type(out) is tuple and len(<tuple>out) == 1:
        (out,) = out
    check_out_type(op.name, out, result, casting)
    scale = 1.0 if scale is None else scale
    _, bias, scale = row_options(op.name, x.shape, None, -0.0 if bias is None else bias, scale)
    keywords["dtype"] = result
    if result.char == "g":
        return op.reference.scaled(given, scale, bias, *parameters, out=out, **keywords)
    work = sum_dtype(result)
    kind = x.dtype if x.dtype.char in "bB" and result.char == "f" else result
    with np.errstate(all="ignore"):
        # numbers may be out of the range of NumPy's integers
        parameters = tuple([number(a, result) if type(a) in WEAK else np.asanyarray(a) for a in parameters])
        if type(given) in WEAK:
            x = np.asarray(number(given, result))
        scale, bias = [a if 4 * a.size > x.size and a.dtype.kind in "fiub" else a.astype(work, copy=False)
                       for a in (scale, bias)]
        del keywords["dtype"]
        keywords["casting"] = "unsafe"
        place = out
        if is_bfloat16(result):
            meet_bfloat16(result)
            kind = np.dtype(np.uint16)
            x = as_bits(x.astype(result, copy=False))
            parameters = tuple([as_bits(a.astype(result, copy=False)) for a in parameters])
            place = as_bits(out) if out is not None and out.dtype == result else None
        stored = np.dtype(np.uint16) if is_bfloat16(result) else result
        signature = (kind, work, work, *(stored,) * len(parameters), stored)
        y = ufunc_of(op)(x, scale, bias, *parameters, out=place, signature=signature, **keywords)
        if is_bfloat16(result) and place is None:
            y = y.view(result)
            if out is not None:
                np.copyto(out, y, where=where, casting="unsafe")
    feclearexcept(FE_ALL_EXCEPT)
    return y if out is None else out


cdef object scaled(Elementwise op, object x, tuple parameters, object bias, object scale, object out, object where,
                   object casting, object order, object dtype, object subok):
    if where is True and dtype is None and casting == "same_kind" and order == "K" and subok is True:
        y = in_a_walk(op, x, parameters, bias, scale, out)
        if y is not None:
            return y
    return through_ufunc(op, x, parameters, bias, scale, out, where, casting, order, dtype, subok)


cdef object call_scaled(Elementwise op, object x, tuple parameters, object bias, object scale, object out, object where,
                        object casting, object order, object dtype, object subok):
    """In the default floating-point mode: NumPy and Python convert numbers too."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return scaled(op, x, parameters, bias, scale, out, where, casting, order, dtype, subok)
    finally:
        fa_fp_leave(before)
