"""The one call path of the elementwise functions: arguments, output, NumPy ufunc, threads.

A call on exact, aligned, native, contiguous arrays that lie alike takes the fast path: checks, output, kernel. Such
arrays of any layout, broadcast too, go through a nest of loops (`_layout`). Everything else goes through a real NumPy
ufunc whose inner loop runs the same kernels, so that casting, `where`, memory that overlaps and `__array_ufunc__` are
NumPy's own work.
"""

cimport numpy as cnp
from cpython.mem cimport PyMem_Malloc
from cython cimport boundscheck, wraparound
from cython.parallel cimport prange

from fastact._layout cimport PyArray_ISNOTSWAPPED, PyArray_ISWRITEABLE, alike, apart, fa_nest, is_plain, lay_out
from fastact._pool cimport new_like

import os

import numpy as np

from fastact import _numpy
from fastact._arguments import is_bfloat16, result_dtype
from fastact._ufunc import ask, overriding

cnp.import_array()
cnp.import_ufunc()

cdef extern from "numpy/arrayobject.h":
    enum:
        NPY_HALF

cdef extern from "fenv.h" nogil:
    int FE_ALL_EXCEPT
    int feclearexcept(int)

cdef extern from "threads.h" nogil:
    int fa_threads()
    void fa_set_threads(int n)
    int fa_override_threads(int n)
    int fa_threads_now()
    void fa_parallel_starts()
    void fa_share_ends()
    void fa_parallel_ends()
    int fa_openmp()

# Releasing the GIL costs about 35 ns: as long as a kernel takes for a few hundred elements.
cdef enum:
    GIL_CUTOFF = 10_000       # elements from which the GIL is released
    THREAD_CUTOFF = 32_768    # elements from which work is shared among threads
    LIGHTER = 4               # as many times more where operations are light
    CHUNK = 4_096             # threads' shares are multiples of this


def _last_level_cache():
    try:
        size = os.sysconf("SC_LEVEL3_CACHE_SIZE")
    except (AttributeError, ValueError, OSError):
        size = 0
    return size if size > 0 else 32 << 20


cdef size_t LAST_LEVEL = _last_level_cache()

cdef const fa_kernels *table = NULL

cdef const fa_kernels *kernels() noexcept nogil:
    return table


cdef void map_nest(const Loop *loop, const fa_nest *nest, size_t start, size_t n) noexcept nogil:
    fa_map_nest(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, nest, False, start, n)


cdef size_t scratch_bytes(fa_row_op op, fa_dtype dtype, size_t n, bint columns) noexcept nogil:
    return fa_scratch(op, dtype, n, columns)


cdef size_t loss_columns_most() noexcept nogil:
    return fa_loss_columns_most()


cdef size_t last_level() noexcept nogil:
    """Bytes of the last-level cache: what is larger is read from memory and written to it."""
    return LAST_LEVEL


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


def registry():
    """Names of all elementwise kernels."""
    cdef int op
    return [fa_op_name(<fa_op>op).decode() for op in range(<int>FA_OPS)]


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
    return 1 if elements < THREAD_CUTOFF else fa_threads_now()


cdef void parallel_starts() noexcept nogil:
    """To be called before a parallel region: a forked child must know that there was one."""
    fa_parallel_starts()


cdef void share_ends() noexcept nogil:
    """To be called by each thread of a parallel region when its share of the work is done."""
    fa_share_ends()


cdef void parallel_ends() noexcept nogil:
    """To be called after a parallel region whose threads call share_ends()."""
    fa_parallel_ends()


cdef void run_serially(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil:
    if loop.dtype < FA_DTYPES:
        fa_map(loop.kernel, loop.dtype, loop.inputs, loop.outputs, args, steps, n)
    else:
        fa_map_stored(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, args, steps, n)


cdef void run_nest(const Loop *loop, const fa_nest *nest, size_t n) noexcept nogil:
    """Runs a kernel over a nest of n elements, which as many threads as serve share in equal parts."""
    cdef int workers = threads_for(n // LIGHTER if loop.cost == FA_LIGHT else n), w
    cdef bint stream = (loop.cost == FA_LIGHT
                        and fa_nest_streams(nest, loop.dtype, loop.inputs, loop.outputs, LAST_LEVEL))
    if workers == 1:
        fa_map_nest(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, nest, stream, 0, n)
        return
    parallel_starts()
    for w in prange(workers, num_threads=workers, schedule="static", chunksize=1):
        run_share(loop, nest, stream, n, w, workers)
        share_ends()
    parallel_ends()


cdef void run_share(const Loop *loop, const fa_nest *nest, bint stream, size_t n, size_t w,
                    size_t workers) noexcept nogil:
    """Part w of as many as there are workers."""
    cdef size_t size = fa_nest_chunk(nest, CHUNK), chunks = (n + size - 1) // size
    cdef size_t first = chunks * w // workers * size, last = min(n, chunks * (w + 1) // workers * size)
    if first < last:
        fa_map_nest(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, nest, stream, first, last - first)


cdef void run(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil:
    """Runs a kernel over n elements of any strides."""
    cdef fa_nest nest
    cdef int a
    if n < THREAD_CUTOFF:
        run_serially(loop, args, steps, n)
        return
    nest.dimensions = 1
    nest.shape[0] = n
    for a in range(loop.inputs + loop.outputs):
        nest.args[a] = args[a]
        nest.steps[a][0] = steps[a]
    run_nest(loop, &nest, n)


# ---- the ufunc path ----

cdef void inner_loop(char **args, const cnp.npy_intp *shape, const cnp.npy_intp *steps, void *data) noexcept nogil:
    run(<const Loop *>data, args, <const Py_ssize_t *>steps, <size_t>shape[0])
    # clamped and blended lanes may have raised flags that say nothing about the result
    feclearexcept(FE_ALL_EXCEPT)


# The loops that every ufunc is made with, in the order in which NumPy tries them. bfloat16 joins when it is first met.
cdef enum:
    LOOPS = 3
cdef fa_dtype[LOOPS] LOOP_DTYPE = [FA_F16, FA_F32, FA_F64]
cdef char[LOOPS] LOOP_TYPENUM = [NPY_HALF, cnp.NPY_FLOAT, cnp.NPY_DOUBLE]
cdef cnp.PyUFuncGenericFunction[LOOPS] INNER_LOOPS = [<cnp.PyUFuncGenericFunction>inner_loop,
                                                      <cnp.PyUFuncGenericFunction>inner_loop,
                                                      <cnp.PyUFuncGenericFunction>inner_loop]
cdef int BFLOAT16 = -1  # the number that NumPy gave it
cdef list OPERATIONS = []


cdef class Elementwise:
    def __cinit__(self, str name, str kernel=None):
        """The operation `kernel` of the registry (by default the function's own name), with its NumPy twin."""
        cdef int op, i, a, arguments
        cdef bytes key = (kernel or name).encode()
        for op in range(<int>FA_OPS):
            if fa_op_name(<fa_op>op) == key:
                break
        else:
            raise LookupError(f"no kernel is registered as {key!r}")
        self.name = name
        self.twin = _numpy.UFUNCS.get(kernel or name)
        self.nin = fa_op_inputs(<fa_op>op)
        self.nout = fa_op_outputs(<fa_op>op)
        arguments = self.nin + self.nout
        self._data = <void **>PyMem_Malloc(LOOPS * sizeof(void *))
        self._types = <char *>PyMem_Malloc(LOOPS * arguments)
        if self._data == NULL or self._types == NULL:
            raise MemoryError
        for i in range(<int>FA_STORED):
            self.loops[i] = Loop(table.map[op][i if i < FA_DTYPES else <int>FA_F32], <fa_dtype>i, self.nin, self.nout,
                                 fa_op_cost(<fa_op>op))
        for i in range(<int>LOOPS):
            self._data[i] = &self.loops[LOOP_DTYPE[i]]
            for a in range(arguments):
                self._types[i * arguments + a] = LOOP_TYPENUM[i]
        self._text = name.encode()
        self.ufunc = cnp.PyUFunc_FromFuncAndData(
            INNER_LOOPS, self._data, self._types, LOOPS, self.nin, self.nout, cnp.PyUFunc_None, self._text, NULL, 0)
        # the ufunc holds bare addresses of the name, the loops and the types: they live as long as the process
        OPERATIONS.append(self)

    @property
    def __name__(self):
        return self.name

    def __call__(self, *operands, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        """As a ufunc is called: by what overrides it (see `ask`), and where an operation is handed on."""
        if len(operands) > self.nin and out is None:
            out = operands[self.nin:] + (None,) * (self.nin + self.nout - len(operands))
            operands = operands[:self.nin]
        if self.nout == 1 and type(out) is tuple and len(out) == 1:
            out = out[0]
        if self.nin > 1 and len(operands) == self.nin:
            return call_many(self, operands, out, where, casting, order, dtype, subok)
        return through_ufunc(self, operands, out, where, casting, order, dtype, subok)


cdef int register_bfloat16(int typenum) except -1:
    """Gives every ufunc a loop for the type that ml_dtypes has added to NumPy under this number."""
    global BFLOAT16
    cdef int[FA_MAX_ARGUMENTS] types
    cdef Elementwise op
    for i in range(FA_MAX_ARGUMENTS):
        types[i] = typenum
    for op in OPERATIONS:
        cnp.PyUFunc_RegisterLoopForType(op.ufunc, typenum, <cnp.PyUFuncGenericFunction>inner_loop, types,
                                        &op.loops[FA_BF16])
    BFLOAT16 = typenum
    return 0


cdef object operand(object x):
    """What a ufunc is given: arrays and what overrides ufuncs as they are, Python numbers too, the rest as arrays."""
    return x if hasattr(x, "__array_ufunc__") or type(x) is float or type(x) is int else np.asanyarray(x)


cdef object through_ufunc(Elementwise op, tuple operands, object out, object where, object casting, object order,
                          object dtype, object subok):
    cdef dict keywords = {}
    operands = tuple([operand(x) for x in operands])
    if dtype is not None:
        dtype = np.dtype(dtype)
    # Python numbers take the type of the others; a DataFrame has no dtype, and pandas' own are none of NumPy's
    types = [x if type(x) is float or type(x) is int else getattr(x, "dtype", None) for x in operands]
    if all([isinstance(t, (np.dtype, float, int)) for t in types]):
        for t in types:
            if isinstance(t, np.dtype):
                result_dtype(op.name, t)
        arrays = [t for t in types if isinstance(t, np.dtype)]
        given = np.result_type(*arrays) if arrays else np.dtype(np.float64)
        result = result_dtype(op.name, given, dtype, casting)
        if BFLOAT16 < 0 and is_bfloat16(result):
            register_bfloat16(result.num)
        if result.char == "g":
            return op.twin(*operands, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)
        if given.kind in "biu":
            dtype = result
        elif is_bfloat16(result) and (dtype is not None or len(operands) > 1):
            # NumPy looks among the loops of added types only where all operands are of one: Python numbers are not
            operands = tuple([x.astype(result) if isinstance(x, (np.ndarray, np.generic))
                              else result.type(x) if type(x) is float or type(x) is int else x for x in operands])
            dtype = None
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
    if op.nin > 1:
        asked = overriding((*operands, *(out if type(out) is tuple else (out,)), where))
        if asked and any([type(x) is float or type(x) is int for x in operands]):
            if out is not None and type(out) is not tuple:
                keywords["out"] = (out,)
            return ask(op, asked, operands, keywords)
    return op.ufunc(*operands, **keywords)


# ---- the fast path ----

# interned, so that a default argument is recognised by its address
cdef str SAME_KIND = "same_kind"
cdef str KEEP_ORDER = "K"


cdef inline int kernel_dtype(cnp.ndarray x) noexcept:
    """The kernels' name for an element type, -1 where there is none or the bytes are swapped."""
    cdef int t = cnp.PyArray_TYPE(x)
    if not PyArray_ISNOTSWAPPED(x):
        return -1
    return (FA_F32 if t == cnp.NPY_FLOAT else FA_F64 if t == cnp.NPY_DOUBLE else FA_F16 if t == NPY_HALF
            else FA_BF16 if t == BFLOAT16 and t >= 0 else -1)


cdef object call(Elementwise op, object x, object out, object where, object casting, object order, object dtype,
                 object subok):
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
    if t < 0 or not is_plain(x):
        return in_a_nest(op, t, x, (x,), out)
    if out is None:
        y = new_like(x)
    elif (cnp.PyArray_CheckExact(out) and alike(out, x) and PyArray_ISWRITEABLE(out)
            and apart(out, cnp.PyArray_BYTES(x), cnp.PyArray_NBYTES(x))):
        y = out
    else:
        return in_a_nest(op, t, x, (x,), out)
    n = cnp.PyArray_SIZE(x)
    args[0] = cnp.PyArray_BYTES(x)
    args[1] = cnp.PyArray_BYTES(y)
    steps[0] = steps[1] = cnp.PyArray_ITEMSIZE(x)
    if n >= GIL_CUTOFF:
        with nogil:
            run(&op.loops[t], args, steps, n)
    elif t < FA_DTYPES:
        op.loops[t].kernel(args, n)
    else:
        run_serially(&op.loops[t], args, steps, n)
    return y


# a Python number in the type of the arrays beside it, as NumPy takes it
cdef union Number:
    float single
    double whole
    char[2] stored


cdef int as_number(object x, int t, Number *number) except -1:
    """The Python number x as a kernel's type stores it."""
    cdef float single
    if t == FA_F64:
        number.whole = <double>x
    else:
        single = <float><double>x
        if t == FA_F32:
            number.single = single
        else:
            table.narrow[t - FA_F16](&single, number, 1)
    return 0


cdef object in_a_nest(Elementwise op, int t, cnp.ndarray lead, tuple operands, object out):
    """Native arrays of one type in any layout and broadcast, and Python numbers; the rest through the ufunc."""
    cdef fa_nest nest
    cdef Number[FA_MAX_INPUTS] numbers
    cdef object y = None
    cdef size_t n
    cdef int a
    if t >= 0 and (out is None or op.nout == 1 or (type(out) is tuple and len(<tuple>out) == op.nout)):
        for a in range(op.nin):
            if type(operands[a]) is float or type(operands[a]) is int:
                as_number(operands[a], t, &numbers[a])
        y = lay_out(&nest, cnp.PyArray_TYPE(lead), operands, <char *>numbers, sizeof(Number), out, op.nout)
    if y is None:
        return through_ufunc(op, operands, out, True, SAME_KIND, KEEP_ORDER, None, True)
    n = <size_t>cnp.PyArray_SIZE(y if op.nout == 1 else (<tuple>y)[0])
    if n < GIL_CUTOFF:
        fa_map_nest(table, op.loops[t].kernel, <fa_dtype>t, op.nin, op.nout, &nest, False, 0, n)
    else:
        with nogil:
            run_nest(&op.loops[t], &nest, n)
    return y


cdef inline bint takes_output(object y, cnp.ndarray lead, char **args, const Py_ssize_t *steps, int inputs,
                              int o) noexcept:
    """Whether y can take output o: it lies as `lead` does, is one input or none, and no output before it."""
    cdef int a
    cdef bint free = cnp.PyArray_CheckExact(y) and alike(y, lead) and PyArray_ISWRITEABLE(y)
    for a in range(inputs + o if free else 0):
        free = free and (steps[a] == 0 or apart(y, args[a], cnp.PyArray_NBYTES(lead)))
        free = free and (a < inputs or args[a] != cnp.PyArray_BYTES(y))
    return free


@boundscheck(False)
@wraparound(False)
cdef object call_many(Elementwise op, tuple operands, object out, object where, object casting, object order,
                      object dtype, object subok):
    """Several operands: plain arrays that lie alike, and Python numbers, which are repeated."""
    cdef int a, o, t = -1, inputs = op.nin, outputs = op.nout
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
    fast = t >= 0 and is_plain(lead)
    for a in range(inputs if fast else 0):
        x = operands[a]
        if type(x) is float or type(x) is int:
            as_number(x, t, &numbers[a])
            args[a] = <char *>&numbers[a]
            steps[a] = 0
        elif cnp.PyArray_CheckExact(x) and alike(x, lead):
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
    if n < GIL_CUTOFF:
        run_serially(&op.loops[t], args, steps, n)
    else:
        with nogil:
            run(&op.loops[t], args, steps, n)
    return y if outputs == 1 else results
