"""The part of `call` that makes a ufunc of every operation, and hands calls to it that the fast path does not take."""

cdef enum:
    BLOCK = 128  # numbers, 1 KB for each operand: threads may have small stacks


cdef bint feeds_back(const fa_loop *loop, char **args, const cnp.npy_intp *steps, Py_ssize_t n) noexcept nogil:
    """Whether results are read again as operands: what `reduce` and `accumulate` ask of a loop."""
    cdef int a, o
    cdef Py_ssize_t step, ahead
    for o in range(loop.inputs, loop.inputs + loop.outputs):
        for a in range(loop.inputs):
            step, ahead = steps[a], args[o] - args[a]
            if step != steps[o]:
                continue
            if step < 0:
                step, ahead = -step, -ahead
            if (ahead == 0 if step == 0 else 0 < ahead < n * step):
                return n > 1
    return False


cdef void inner_loop(char **args, const cnp.npy_intp *shape, const cnp.npy_intp *steps, void *data) noexcept nogil:
    cdef const fa_loop *loop = <const fa_loop *>data
    cdef char *places[FA_MAX_ARGUMENTS]
    cdef Py_ssize_t i, n = shape[0]
    cdef int a
    cdef fa_fp_mode before = fa_fp_enter()
    if n >= GIL_CUTOFF:
        note_threads_without_gil()
    if feeds_back(loop, args, steps, n):
        for i in range(n):
            for a in range(loop.inputs + loop.outputs):
                places[a] = args[a] + i * steps[a]
            fa_run(loop, places, <const Py_ssize_t *>steps, 1)
    else:
        fa_run(loop, args, <const Py_ssize_t *>steps, <size_t>n)
    leave_without_flags(before)


cdef inline double as_double(const char *a, int type_number) noexcept nogil:
    if type_number == cnp.NPY_BYTE:
        return (<const signed char *>a)[0]
    if type_number == cnp.NPY_BOOL or type_number == cnp.NPY_UBYTE:
        return (<const unsigned char *>a)[0]
    if type_number == cnp.NPY_SHORT:
        return (<const short *>a)[0]
    if type_number == cnp.NPY_USHORT:
        return (<const unsigned short *>a)[0]
    return (<const int *>a)[0]


cdef void integer_loop(char **args, const cnp.npy_intp *shape, const cnp.npy_intp *steps, void *data) noexcept nogil:
    """NumPy would compute int8 and bool in float16, int16 in float32: here they are doubles, a block at a time."""
    cdef const Exact *exact = <const Exact *>data
    cdef double block[FA_MAX_INPUTS][BLOCK]
    cdef char *places[FA_MAX_ARGUMENTS]
    cdef Py_ssize_t[FA_MAX_ARGUMENTS] strides
    cdef Py_ssize_t i, count, first = 0, n = shape[0]
    cdef int a, inputs = exact.loop.inputs, outputs = exact.loop.outputs
    cdef fa_fp_mode before = fa_fp_enter()
    for a in range(inputs):
        strides[a] = sizeof(double)
    for a in range(inputs, inputs + outputs):
        strides[a] = steps[a]
    while first < n:
        count = min(n - first, <Py_ssize_t>BLOCK)
        for a in range(inputs):
            for i in range(count):
                block[a][i] = as_double(args[a] + (first + i) * steps[a], exact.type_number)
            places[a] = <char *>block[a]
        for a in range(inputs, inputs + outputs):
            places[a] = args[a] + first * steps[a]
        fa_run(exact.loop, places, strides, <size_t>count)
        first += count
    leave_without_flags(before)


# The loops that every ufunc is made with, in the order in which NumPy tries them. bfloat16 joins when it is first met.
# Integers come first, for a short one would be cast to float16.
cdef enum:
    INTEGERS = 6
    LOOPS = INTEGERS + 3
cdef fa_dtype[3] LOOP_DTYPE = [FA_F16, FA_F32, FA_F64]
cdef char[LOOPS] LOOP_TYPENUM = [cnp.NPY_BOOL, cnp.NPY_BYTE, cnp.NPY_UBYTE, cnp.NPY_SHORT, cnp.NPY_USHORT,
                                 cnp.NPY_INT, NPY_HALF, cnp.NPY_FLOAT, cnp.NPY_DOUBLE]
cdef cnp.PyUFuncGenericFunction[LOOPS] INNER_LOOPS

cdef extern from *:
    """
    #include <stdatomic.h>
    /* The number that NumPy gave to bfloat16, -1 before it is met: calls read it while another thread may set it. */
    static atomic_int bfloat16_number = -1;
    static int known_bfloat16(void) { return atomic_load_explicit(&bfloat16_number, memory_order_acquire); }
    static void know_bfloat16(int number) { atomic_store_explicit(&bfloat16_number, number, memory_order_release); }
    """
    int known_bfloat16()
    void know_bfloat16(int number)

cdef object REGISTERING = threading.Lock()
cdef list OPERATIONS = []


cdef class Elementwise:
    def __cinit__(self, str name, str kernel=None, object reference=None):
        """The operation `kernel` of the registry (by default the function's own name), with its ufunc in NumPy.

        ValueError where that takes another number of operands than the kernel.
        """
        cdef int i, a, arguments, op = operation((kernel or name).encode())
        self.name, self.kernel = name, kernel or name
        self.reference = reference
        for i in range(<int>FA_ALL_DTYPES):
            self.loops[i] = fa_loop_of(kernels(), <fa_op>op, <fa_dtype>i)
        self.nin, self.nout = self.loops[0].inputs, self.loops[0].outputs
        if reference is not None and (reference.nin, reference.nout) != (self.nin, self.nout):
            raise ValueError(f"{self.kernel}: the kernel has {self.nin} operands and {self.nout} results, NumPy's "
                             f"formula {reference.nin} and {reference.nout}")
        arguments = self.nin + self.nout
        self._data = <void **>PyMem_Malloc(LOOPS * sizeof(void *))
        self._types = <char *>PyMem_Malloc(LOOPS * arguments)
        if self._data == NULL or self._types == NULL:
            raise MemoryError
        for i in range(<int>LOOPS):
            if i < INTEGERS:
                self.exact[i].loop, self.exact[i].type_number = &self.loops[FA_F64], LOOP_TYPENUM[i]
                self._data[i] = &self.exact[i]
                INNER_LOOPS[i] = <cnp.PyUFuncGenericFunction>integer_loop
            else:
                self._data[i] = &self.loops[LOOP_DTYPE[i - INTEGERS]]
                INNER_LOOPS[i] = <cnp.PyUFuncGenericFunction>inner_loop
            for a in range(arguments):
                self._types[i * arguments + a] = (LOOP_TYPENUM[i] if a < self.nin or i >= INTEGERS
                                                  else <char>cnp.NPY_DOUBLE)
        self._text = self.kernel.encode()
        self._documentation = (self.reference.__doc__ if self.reference is not None else name).encode()
        self.ufunc = cnp.PyUFunc_FromFuncAndData(
            INNER_LOOPS, self._data, self._types, LOOPS, self.nin, self.nout, cnp.PyUFunc_None, self._text,
            self._documentation, 0)
        # the ufunc holds bare addresses of its texts, the loops and the types: they live as long as the process
        OPERATIONS.append(self)

    @property
    def __name__(self):
        return self.kernel

    def __reduce__(self):
        return operation_of, (self.kernel,)

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


def operation_of(str kernel):
    """The operation of that kernel, by which it is pickled: the public one where a loss has the kernel too."""
    cdef Elementwise op
    cdef list found = [op for op in OPERATIONS if op.kernel == kernel]
    for op in found:
        if op.reference is not None:
            return op
    if not found:
        raise KeyError(kernel)
    return found[0]


cdef int register_bfloat16(int typenum) except -1:
    """Gives every ufunc a loop for the type that ml_dtypes has added to NumPy under this number, once.

    NumPy's lists of loops take no second one, and no two threads at a time. Fast paths serve the type once it is known.
    """
    cdef int[FA_MAX_ARGUMENTS] types
    cdef Elementwise op
    for i in range(FA_MAX_ARGUMENTS):
        types[i] = typenum
    with REGISTERING:
        if known_bfloat16() < 0:
            for op in OPERATIONS:
                cnp.PyUFunc_RegisterLoopForType(op.ufunc, typenum, <cnp.PyUFuncGenericFunction>inner_loop, types,
                                                &op.loops[FA_BF16])
            know_bfloat16(typenum)
    return 0


def meet_bfloat16(dtype):
    """Serves this type from now on: bfloat16 as ml_dtypes has added it to NumPy."""
    register_bfloat16(dtype.num)


cdef object operand(object x):
    """What a ufunc is given: arrays and what overrides ufuncs as they are, Python numbers too, the rest as arrays."""
    return x if hasattr(x, "__array_ufunc__") or type(x) is float or type(x) is int else np.asanyarray(x)


cdef tuple converted(tuple operands, object dtype, bint arrays_too):
    """The operands with Python numbers, and where wanted with arrays, in this type."""
    with np.errstate(all="ignore"):
        return tuple([number(x, dtype) if type(x) is float or type(x) is int
                      else x.astype(dtype, copy=False) if arrays_too and isinstance(x, (np.ndarray, np.generic)) else x
                      for x in operands])


cdef frozenset EXACT = frozenset((np.ndarray, float, int))  # nothing overrides a ufunc of these


cdef object through_ufunc(Elementwise op, tuple operands, object out, object where, object casting, object order,
                          object dtype, object subok):
    cdef dict keywords = {}
    cdef tuple given_operands
    if where is None:
        where = True
    if not (all([cnp.PyArray_CheckExact(x) or type(x) is float for x in operands]) or are_plain(*operands)):
        ready, finish = for_ufuncs.prepared(op.name, operands)
        if finish is not None:
            results = through_ufunc(op, ready, out, where, casting, order, dtype, subok)
            return results if out is not None else finish(results)
        operands = ready
    given_operands = operands
    operands = tuple([operand(x) for x in operands])
    if dtype is not None:
        dtype = np.dtype(dtype)
    # Python numbers take the type of the others; a DataFrame has no dtype, and pandas' own are none of NumPy's
    types = [None if type(x) is float or type(x) is int else getattr(x, "dtype", operands) for x in operands]
    if all([t is None or isinstance(t, np.dtype) for t in types]):
        result = common_dtype(op.name, given_operands, dtype, casting, types)
        if known_bfloat16() < 0 and is_bfloat16(result):
            register_bfloat16(result.num)
        if result.char == "g":
            return op.reference(*operands, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)
        arrays = [t for t in types if t is not None]
        is_exact = all([type(x) in EXACT or isinstance(x, np.generic) for x in operands])
        if any([is_bfloat16(t) for t in (*arrays, result)]) and (dtype is not None or len(operands) > 1):
            # NumPy looks among the loops of added types only where all operands are of one: Python numbers are not
            if out is None and where is True and is_exact:
                if any([type(x) is np.ndarray and cnp.PyArray_NDIM(x) > 0 for x in operands]):
                    # that of the operands as they are given: copies lie otherwise
                    out = tuple([laid_out(operands, result, order) for _ in range(op.nout)])
            operands = converted(operands, result, True)
            dtype = None
        else:
            if is_exact:
                operands = converted(operands, result, False)  # integers may be out of the range of NumPy's
            if all([t.kind in "biu" for t in arrays]):
                dtype = result
        if casting is not SAME_KIND and casting not in ("same_kind", "unsafe"):
            operands = converted(operands, result, False)  # Python numbers would count as float64
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
    with np.errstate(all="ignore"):  # NumPy casts to a narrower dtype or out
        result = op.ufunc(*operands, **keywords)
    feclearexcept(FE_ALL_EXCEPT)
    return result
