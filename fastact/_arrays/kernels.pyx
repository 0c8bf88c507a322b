"""Chooses the kernels, and tells the engine how many threads a call may use: by this context's block, or for all."""

from contextvars import ContextVar

from fastact._arrays.engine cimport (
    FA_NO_MEMORY,
    FA_OPS,
    fa_overrides,
    fa_cache_of_system,
    fa_engine_prepare,
    fa_kernels,
    fa_last_level,
    fa_op,
    fa_op_name,
    fa_openmp,
    fa_override_threads,
    fa_quota,
    fa_quota_threads,
    fa_run_sum,
    fa_set_threads,
    fa_status,
    fa_sum,
    fa_threads,
    fa_use,
)

cdef const fa_kernels *table = NULL

cdef const fa_kernels *kernels() noexcept nogil:
    return table


def select(name):
    """Chooses the instruction set, also for the C library's functions: by name, or for None the best one of this CPU.

    Returns the obstacle, or None.
    """
    global table
    cdef const char *why = NULL
    cdef bytes text
    if name is None:
        table = fa_use(NULL, &why)
    else:
        text = name.encode()
        table = fa_use(text, &why)
    return None if table != NULL else why.decode()


cdef int operation(bytes name) except -1:
    """The number of an elementwise kernel."""
    cdef int op
    for op in range(<int>FA_OPS):
        if fa_op_name(<fa_op>op) == name:
            return op
    raise LookupError(f"no kernel is registered as {name!r}")


def registry():
    """Names of all elementwise kernels."""
    cdef int op
    return [fa_op_name(<fa_op>op).decode() for op in range(<int>FA_OPS)]


def isa():
    """Name of the chosen instruction set."""
    return table.name.decode()


# ---- threads ----

fa_engine_prepare()


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
    fa_overrides(1)
    return block


def close_block(Block block):
    block.is_open = False
    fa_overrides(-1)
    BLOCKS.set(tuple([other for other in BLOCKS.get() if (<Block>other).is_open]))


cdef int note_threads() except -1:
    """Tells the C library of this context's innermost block: to be called before the GIL is released for a kernel."""
    cdef int n = 0
    if fa_overrides(0):
        for block in <tuple>BLOCKS.get():
            if (<Block>block).is_open:
                n = (<Block>block).n
        fa_override_threads(n)
    return 0


cdef int note_threads_without_gil() noexcept nogil:
    """The same for who has released the GIL, or does not know."""
    if fa_overrides(0):
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


def cache_of_system(root=""):
    """Bytes of the last-level cache as the system tells them, 0 where it does not."""
    cdef bytes text = root.encode()
    return fa_cache_of_system(text)


def last_level():
    """Bytes that the engine takes the last-level cache to hold."""
    return fa_last_level()


# ---- what the engine says ----

cdef int check_memory(fa_status status) except -1:
    """Raises where the engine found no memory."""
    if status == FA_NO_MEMORY:
        raise MemoryError("fastact: no memory for a row's scratch or for the sums of a loss")
    return 0


cdef double run_sum(const fa_sum *p, size_t first, size_t last, double total) except? -1:
    """total and the sum over elements first to last; first must be a whole number of blocks."""
    cdef fa_status status
    if last - first < GIL_CUTOFF:
        status = fa_run_sum(p, first, last, &total)
    else:
        with nogil:
            status = fa_run_sum(p, first, last, &total)
    check_memory(status)
    return total
