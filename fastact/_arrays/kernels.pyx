"""The chosen kernels and the threads that run them: the C library is linked into this module alone."""

from contextvars import ContextVar

cdef extern from "engine/threads.h" nogil:
    void fa_threads_prepare()
    int fa_threads()
    void fa_set_threads(int n)
    void fa_override_threads(int n)
    int fa_blocks(int more)
    int fa_threads_now()
    int fa_openmp()

cdef extern from "engine/parallel.h" nogil:
    int fa_parallel(int workers, fa_work work, void *context)

cdef extern from "engine/quota.h" nogil:
    double fa_quota(const char *root)
    int fa_quota_threads(double cpus)

cdef enum:
    GRAIN = 16_384            # elements that are work enough for a thread
    THREAD_CUTOFF = 2 * GRAIN
    LIGHTER = 4               # as many times more where operations are light
    CHUNK = 4_096             # threads' shares are multiples of this


cdef const fa_kernels *table = NULL

cdef const fa_kernels *kernels() noexcept nogil:
    return table


cdef void map_nest(const Loop *loop, const fa_strided *nest, size_t start, size_t n) noexcept nogil:
    fa_map_strided_nd(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, nest, False, start, n)


cdef size_t scratch_bytes(fa_row_op op, fa_dtype dtype, size_t n, bint columns) noexcept nogil:
    return fa_scratch(op, dtype, n, columns)


cdef size_t loss_columns_most() noexcept nogil:
    return fa_loss_columns_most()


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


cdef int operation(bytes name) except -1:
    """The number of an elementwise kernel."""
    cdef int op
    for op in range(<int>FA_OPS):
        if fa_op_name(<fa_op>op) == name:
            return op
    raise LookupError(f"no kernel is registered as {name!r}")


cdef Loop loop_of(int op, fa_dtype dtype) noexcept:
    """A type stored in 16 bits has float32's kernel."""
    return Loop(table.map[op][dtype if dtype < FA_COMPUTE_DTYPES else <int>FA_F32], dtype, fa_op_inputs(<fa_op>op),
                fa_op_outputs(<fa_op>op), fa_op_cost(<fa_op>op))


def registry():
    """Names of all elementwise kernels."""
    cdef int op
    return [fa_op_name(<fa_op>op).decode() for op in range(<int>FA_OPS)]


def isa():
    """Name of the chosen instruction set."""
    return table.name.decode()


# ---- threads ----

fa_threads_prepare()


def set_threads(int n):
    fa_set_threads(n)


cdef class Block:
    """The body of a ``with num_threads(n)``, from its start to its end."""
    cdef int n
    cdef bint is_open

    def __cinit__(self, int n):
        self.n, self.is_open = n, True


# Blocks that were opened in this context, the innermost last. Generators open and close theirs in any order, perhaps
# in another context than that of the start: a block that was closed counts nowhere.
cdef object BLOCKS = ContextVar("fastact.num_threads", default=())


def open_block(int n):
    block = Block(n)
    BLOCKS.set((*BLOCKS.get(), block))
    fa_blocks(1)
    return block


def close_block(Block block):
    block.is_open = False
    fa_blocks(-1)
    BLOCKS.set(tuple([other for other in BLOCKS.get() if (<Block>other).is_open]))


cdef int note_threads() except -1:
    """Tells the C library of this context's innermost block: to be called before the GIL is released for a kernel."""
    cdef int n = 0
    if fa_blocks(0):
        for block in <tuple>BLOCKS.get():
            if (<Block>block).is_open:
                n = (<Block>block).n
        fa_override_threads(n)
    return 0


cdef int note_threads_without_gil() noexcept nogil:
    """The same for who has released the GIL, or does not know."""
    if fa_blocks(0):
        with gil:
            try:
                note_threads()
            except BaseException:  # of memory alone: the setting of all threads serves
                fa_override_threads(0)
    return 0


def threads():
    note_threads()
    return fa_threads()


def openmp():
    return fa_openmp()


def quota(root=""):
    """CPUs that the container allows, 0 where it sets no limit; root is put before the paths of /proc and /sys."""
    cdef bytes text = root.encode()
    return fa_quota(text)


def quota_threads(double cpus):
    """The threads that so many CPUs serve."""
    return fa_quota_threads(cpus)


cdef int threads_for(size_t elements) noexcept nogil:
    """As many as have a grain of work each."""
    cdef size_t grains = elements // GRAIN
    cdef int most
    if elements < THREAD_CUTOFF:
        return 1
    most = fa_threads_now()
    return <int>grains if grains < <size_t>most else most


cdef int run_parallel(int workers, fa_work work, void *context) noexcept nogil:
    """Runs the shares of some work on as many threads as are given; what they return, or-ed.

    Kernels run nowhere else, except on few packed elements in call(): a share has a stack that suffices, and other
    threads enter the default floating-point mode, in which the caller is.
    """
    return fa_parallel(workers, work, context)


# ---- elementwise operations ----

# the arguments of run_serially()
cdef struct Strided:
    const Loop *loop
    char **args
    const Py_ssize_t *steps
    size_t n


cdef int strided_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Strided *s = <const Strided *>context
    cdef const Loop *loop = s.loop
    if loop.dtype < FA_COMPUTE_DTYPES:
        fa_map(loop.kernel, loop.dtype, loop.inputs, loop.outputs, s.args, s.steps, s.n)
    else:
        fa_map_stored(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, s.args, s.steps, s.n)
    return 0


cdef void run_serially(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil:
    cdef Strided call = Strided(loop, args, steps, n)
    run_parallel(1, strided_share, &call)


# the arguments of run_share()
cdef struct Nested:
    const Loop *loop
    const fa_strided *nest
    bint stream
    size_t n


cdef int nested_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Nested *s = <const Nested *>context
    cdef const Loop *loop = s.loop
    if workers == 1:
        fa_map_strided_nd(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, s.nest, s.stream, 0, s.n)
    else:
        run_share(loop, s.nest, s.stream, s.n, w, workers)
    return 0


cdef void run_nest(const Loop *loop, const fa_strided *nest, size_t n) noexcept nogil:
    """Runs a kernel over a nest of n elements, which as many threads as serve share in equal parts."""
    cdef int workers = threads_for(n // LIGHTER if loop.cost == FA_LIGHT else n)
    cdef bint stream = (n >= THREAD_CUTOFF and loop.cost == FA_LIGHT
                        and fa_strided_streams(nest, loop.dtype, loop.inputs, loop.outputs, LAST_LEVEL))
    cdef Nested call = Nested(loop, nest, stream, n)
    run_parallel(workers, nested_share, &call)


cdef void run_share(const Loop *loop, const fa_strided *nest, bint stream, size_t n, size_t w,
                    size_t workers) noexcept nogil:
    """Part w of as many as there are workers."""
    cdef size_t size = fa_strided_chunk(nest, loop.inputs + loop.outputs, CHUNK), chunks = (n + size - 1) // size
    cdef size_t first = chunks * w // workers * size, last = min(n, chunks * (w + 1) // workers * size)
    if first < last:
        fa_map_strided_nd(table, loop.kernel, loop.dtype, loop.inputs, loop.outputs, nest, stream, first, last - first)


cdef inline bint meet(const char *p, Py_ssize_t p_step, const char *q, Py_ssize_t q_step, size_t n,
                      size_t itemsize) noexcept nogil:
    """Whether n elements from p on share memory with those from q on without being the same."""
    cdef Py_ssize_t p_span = p_step * <Py_ssize_t>(n - 1), q_span = q_step * <Py_ssize_t>(n - 1)
    if p == q and p_step == q_step:
        return False
    return (p + min(p_span, 0) < q + max(q_span, 0) + itemsize
            and q + min(q_span, 0) < p + max(p_span, 0) + itemsize)


cdef bint need_order(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil:
    """Whether an output may overtake an input: NumPy passes such to a loop that takes the elements in order."""
    cdef size_t itemsize = 8 if loop.dtype == FA_F64 else 4 if loop.dtype == FA_F32 else 2
    cdef int a, b
    for b in range(loop.inputs, loop.inputs + loop.outputs):
        for a in range(loop.inputs):
            if meet(args[b], steps[b], args[a], steps[a], n, itemsize):
                return True
    return False


cdef void run(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil:
    """Runs a kernel over n elements of any strides."""
    cdef fa_strided nest
    cdef int a
    if n < THREAD_CUTOFF or need_order(loop, args, steps, n):
        run_serially(loop, args, steps, n)
        return
    nest.dimensions = 1
    nest.shape[0] = n
    for a in range(loop.inputs + loop.outputs):
        nest.args[a] = args[a]
        nest.steps[a][0] = steps[a]
    run_nest(loop, &nest, n)


# ---- numbers ----

cdef int as_number(object x, int t, Number *number) except -1:
    """The Python number x as a kernel's type stores it, as often as a kernel reads of what is repeated."""
    cdef double whole = x
    cdef float single = <float>whole
    cdef int i
    if t == FA_F64:
        for i in range(<int>(FA_REPEATED // sizeof(double))):
            number.whole[i] = whole
    elif t == FA_F32:
        for i in range(<int>(FA_REPEATED // sizeof(float))):
            number.single[i] = single
    else:
        table.narrow[t - FA_F16](&single, number, 1)
    return 0
