"""The one call path of the elementwise functions: arguments, output, NumPy ufunc, threads.

A call on one exact, aligned, native, contiguous array takes the fast path: checks, output, kernel. Everything else goes
through a real NumPy ufunc whose inner loop runs the same kernels, so that broadcasting, casting, `where`, overlapping
memory and `__array_ufunc__` are NumPy's own work.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Malloc
from cython.parallel cimport prange

import numpy as np

from fastact import _numpy
from fastact._arguments import result_dtype

cnp.import_array()
cnp.import_ufunc()

cdef extern from "numpy/arrayobject.h":
    object PyArray_NewLikeArray(cnp.ndarray prototype, cnp.NPY_ORDER order, void *descr, int subok)
    bint PyArray_ISALIGNED(cnp.ndarray)
    bint PyArray_ISWRITEABLE(cnp.ndarray)
    bint PyArray_ISNOTSWAPPED(cnp.ndarray)
    bint PyArray_IS_C_CONTIGUOUS(cnp.ndarray)
    bint PyArray_IS_F_CONTIGUOUS(cnp.ndarray)

cdef extern from "fenv.h" nogil:
    int FE_ALL_EXCEPT
    int feclearexcept(int)

cdef extern from "threads.h" nogil:
    int fa_threads()
    void fa_set_threads(int n)
    int fa_override_threads(int n)
    void fa_note_parallel()
    int fa_openmp()

# Releasing the GIL costs about 35 ns: as long as a kernel takes for a few hundred elements.
cdef enum:
    GIL_CUTOFF = 10_000       # elements from which the GIL is released
    THREAD_CUTOFF = 131_072   # elements from which work is shared among threads
    CHUNK = 16_384            # elements in one thread's turn: 64 to 128 KiB in, as much out

cdef const fa_kernels *table = NULL

cdef const fa_kernels *kernels() noexcept nogil:
    return table


cdef size_t scratch_bytes(fa_dtype dtype, size_t n, bint columns) noexcept nogil:
    return fa_scratch(dtype, n, columns)


def select(name):
    """Chooses the instruction set: by name, or the best one of this CPU for None. Returns the obstacle, or None."""
    global table
    cdef const char *why = NULL
    cdef bytes text
    if name is None:
        table = fa_select(NULL, &why)
    else:
        text = name.encode()
        table = fa_select(text, &why)
    return None if table != NULL else why.decode()


def isa():
    """Name of the chosen instruction set."""
    return table.name.decode()


# ---- threads ----

def set_threads(int n):
    fa_set_threads(n)


def override_threads(int n):
    return fa_override_threads(n)


def threads():
    return fa_threads()


def openmp():
    return fa_openmp()


cdef int threads_for(size_t elements) noexcept nogil:
    return 1 if elements < THREAD_CUTOFF else fa_threads()


cdef void parallel_starts() noexcept nogil:
    """To be called before a parallel region: a forked child must know that there was one."""
    fa_note_parallel()


cdef void run_chunk(fa_map_kernel kernel, fa_dtype dtype, int arguments, char **args, const Py_ssize_t *steps, size_t n,
                    size_t start) noexcept nogil:
    cdef char *part[8]
    cdef int a
    for a in range(arguments):
        part[a] = args[a] + <Py_ssize_t>start * steps[a]
    fa_map(kernel, dtype, arguments, part, steps, min(n - start, <size_t>CHUNK))


cdef void run(fa_map_kernel kernel, fa_dtype dtype, int arguments, char **args, const Py_ssize_t *steps,
              size_t n) noexcept nogil:
    """Runs a kernel over n elements of any strides, on as many threads as serve. Chunks are of fixed size."""
    cdef int workers = threads_for(n)
    cdef Py_ssize_t chunk, chunks
    if workers == 1:
        fa_map(kernel, dtype, arguments, args, steps, n)
        return
    chunks = <Py_ssize_t>((n + CHUNK - 1) // CHUNK)
    parallel_starts()
    for chunk in prange(chunks, num_threads=workers, schedule="static"):
        run_chunk(kernel, dtype, arguments, args, steps, n, <size_t>chunk * CHUNK)


# ---- the ufunc path ----

ctypedef struct Loop:
    fa_map_kernel kernel
    fa_dtype dtype
    int arguments


cdef void inner_loop(char **args, const cnp.npy_intp *shape, const cnp.npy_intp *steps, void *data) noexcept nogil:
    cdef Loop *loop = <Loop *>data
    run(loop.kernel, loop.dtype, loop.arguments, args, <const Py_ssize_t *>steps, <size_t>shape[0])
    # clamped and blended lanes may have raised flags that say nothing about the result
    feclearexcept(FE_ALL_EXCEPT)


cdef cnp.PyUFuncGenericFunction[2] INNER_LOOPS = [<cnp.PyUFuncGenericFunction>inner_loop,
                                                  <cnp.PyUFuncGenericFunction>inner_loop]
# one row per loop: the element type of each argument
cdef char[4] TYPES = [cnp.NPY_FLOAT, cnp.NPY_FLOAT, cnp.NPY_DOUBLE, cnp.NPY_DOUBLE]
cdef list IMMORTAL = []


cdef class Elementwise:
    def __cinit__(self, str name, str kernel=None, object twin=None):
        """The operation `kernel` of the registry (by default the function's own name), with its NumPy twin."""
        cdef int op, dtype
        cdef Loop *loops
        cdef bytes key = (kernel or name).encode()
        for op in range(<int>FA_OPS):
            if fa_op_name(<fa_op>op) == key:
                break
        else:
            raise LookupError(f"no kernel is registered as {key!r}")
        self.name = name
        self.twin = twin if twin is not None else getattr(_numpy, name)
        loops = <Loop *>PyMem_Malloc(FA_DTYPES * sizeof(Loop))
        self._data = <void **>PyMem_Malloc(FA_DTYPES * sizeof(void *))
        if loops == NULL or self._data == NULL:
            raise MemoryError
        for dtype in range(<int>FA_DTYPES):
            self.kernel[dtype] = table.map[op][dtype]
            loops[dtype] = Loop(table.map[op][dtype], <fa_dtype>dtype, fa_op_inputs(<fa_op>op) + 1)
            self._data[dtype] = &loops[dtype]
        text = name.encode()
        # the ufunc holds bare addresses of the name and the loops: they live as long as the process
        IMMORTAL.append((self, text))
        self.ufunc = cnp.PyUFunc_FromFuncAndData(
            INNER_LOOPS, self._data, TYPES, FA_DTYPES, fa_op_inputs(<fa_op>op), 1, cnp.PyUFunc_None, text, NULL, 0)


cdef object through_ufunc(Elementwise op, object x, object out, object where, object casting, object order,
                          object dtype, object subok):
    cdef dict keywords = {}
    if not hasattr(x, "__array_ufunc__"):
        x = np.asanyarray(x)
    if dtype is not None:
        dtype = np.dtype(dtype)
    given = getattr(x, "dtype", None)  # a DataFrame has none, pandas' own types are none of NumPy's
    if isinstance(given, np.dtype):
        result = result_dtype(op.name, given, dtype, casting)
        if result.char in "eg":
            return op.twin(x, out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)
        if given.kind in "biu":
            dtype = result
    if out is not None:
        keywords["out"] = out
    if where is not True:
        keywords["where"] = where
    if casting is not SAME_KIND:
        keywords["casting"] = casting
    if order is not KEEP_ORDER:
        keywords["order"] = order
    if dtype is not None:
        keywords["dtype"] = dtype
    if subok is not True:
        keywords["subok"] = subok
    return op.ufunc(x, **keywords)


# ---- the fast path ----

# interned, so that a default argument is recognised by its address
cdef str SAME_KIND = "same_kind"
cdef str KEEP_ORDER = "K"


cdef inline int kernel_dtype(cnp.ndarray x) noexcept:
    """The kernels' name for an element type, -1 where there is none or the bytes are swapped."""
    cdef int t = cnp.PyArray_TYPE(x)
    if not PyArray_ISNOTSWAPPED(x):
        return -1
    return FA_F32 if t == cnp.NPY_FLOAT else FA_F64 if t == cnp.NPY_DOUBLE else -1


cdef inline bint is_plain(cnp.ndarray x) noexcept:
    """Aligned, contiguous in either order, and not 0-d (whose result is a scalar)."""
    return (cnp.PyArray_NDIM(x) > 0 and PyArray_ISALIGNED(x)
            and (PyArray_IS_C_CONTIGUOUS(x) or PyArray_IS_F_CONTIGUOUS(x)))


cdef inline bint fits(cnp.ndarray y, cnp.ndarray x) noexcept:
    """Whether y can take the result of x element by element: same type, shape, layout, and y is x or apart from it."""
    cdef Py_ssize_t size = cnp.PyArray_NBYTES(x)
    cdef char *p = cnp.PyArray_BYTES(x)
    cdef char *q = cnp.PyArray_BYTES(y)
    return (cnp.PyArray_TYPE(y) == cnp.PyArray_TYPE(x) and PyArray_ISNOTSWAPPED(y) and PyArray_ISALIGNED(y)
            and PyArray_ISWRITEABLE(y) and cnp.PyArray_SAMESHAPE(x, y)
            and ((PyArray_IS_C_CONTIGUOUS(x) and PyArray_IS_C_CONTIGUOUS(y))
                 or (PyArray_IS_F_CONTIGUOUS(x) and PyArray_IS_F_CONTIGUOUS(y)))
            and (p == q or p + size <= q or q + size <= p))


cdef object call(Elementwise op, object x, object out, object where, object casting, object order, object dtype,
                 object subok):
    cdef int t
    cdef size_t n
    cdef Py_ssize_t steps[2]
    cdef char *args[2]
    cdef object y
    if not (cnp.PyArray_CheckExact(x) and where is True and dtype is None and casting is SAME_KIND
            and order is KEEP_ORDER and subok is True and is_plain(x)):
        return through_ufunc(op, x, out, where, casting, order, dtype, subok)
    t = kernel_dtype(x)
    if t < 0:
        return through_ufunc(op, x, out, where, casting, order, dtype, subok)
    if out is None:
        y = PyArray_NewLikeArray(x, cnp.NPY_KEEPORDER, NULL, 0)
    elif cnp.PyArray_CheckExact(out) and fits(out, x):
        y = out
    else:
        return through_ufunc(op, x, out, where, casting, order, dtype, subok)
    n = cnp.PyArray_SIZE(x)
    args[0] = cnp.PyArray_BYTES(x)
    args[1] = cnp.PyArray_BYTES(y)
    if n < GIL_CUTOFF:
        op.kernel[t](args, n)
    else:
        steps[0] = steps[1] = cnp.PyArray_ITEMSIZE(x)
        with nogil:
            run(op.kernel[t], <fa_dtype>t, 2, args, steps, n)
    return y
