"""How a row function runs: the arrays' layout becomes a plan, one batch of rows (elements adjacent) or of columns
(neighbouring rows adjacent), repeated over the remaining axes; the plan's tasks are shared among threads.
"""

cimport numpy as cnp
from cython.parallel cimport prange
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc

from fastact._call cimport (
    FA_BLOCK,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    fa_dtype,
    fa_pieces,
    fa_row_op,
    fa_rows,
    fa_rows_kernel,
    kernels,
    parallel_starts,
    scratch_bytes,
    threads_for,
)

import os

cnp.import_array()

cdef enum:
    MAX_DIMS = 64        # NumPy's own limit
    GIL_CUTOFF = 10_000  # elements from which the GIL is released


def _last_level_cache():
    try:
        size = os.sysconf("SC_LEVEL3_CACHE_SIZE")
    except (AttributeError, ValueError, OSError):
        size = 0
    return size if size > 0 else 32 << 20


cdef size_t LAST_LEVEL = _last_level_cache()


cdef struct Dim:
    Py_ssize_t size
    Py_ssize_t x  # bytes from one element to the next in the input
    Py_ssize_t y  # likewise in the output


cdef struct Plan:
    fa_rows_kernel kernel
    fa_row_op op
    fa_dtype dtype
    bint columns
    fa_rows batch       # at the first outer index
    Py_ssize_t xnext    # elements from one row (or column) of the batch to the next
    Py_ssize_t ynext
    int dims
    Dim[MAX_DIMS] outer
    size_t repeats      # product of the outer sizes
    size_t per          # rows (or columns) in a task
    Py_ssize_t itemsize


# ---- making a plan ----

cdef int merge(Dim *dims, int count) noexcept nogil:
    """Joins neighbouring dimensions that step evenly through both arrays; drops those of one element."""
    cdef int i, kept = 0
    for i in range(count):
        if dims[i].size == 1:
            continue
        if (kept and dims[kept - 1].x == dims[i].x * dims[i].size and dims[kept - 1].y == dims[i].y * dims[i].size):
            dims[kept - 1].size *= dims[i].size
            dims[kept - 1].x = dims[i].x
            dims[kept - 1].y = dims[i].y
        else:
            dims[kept] = dims[i]
            kept += 1
    return kept


cdef inline Py_ssize_t magnitude(Py_ssize_t step) noexcept nogil:
    return -step if step < 0 else step


cdef void sort_outer(Dim *dims, int count) noexcept nogil:
    """By falling output step, so that what is adjacent in memory comes last. Insertion sort: few dimensions."""
    cdef int i, j
    cdef Dim moved
    for i in range(1, count):
        moved = dims[i]
        j = i
        while j and magnitude(dims[j - 1].y) < magnitude(moved.y):
            dims[j] = dims[j - 1]
            j -= 1
        dims[j] = moved


cdef bint make_plan(Plan *plan, Dim *inner, int inners, Dim *outer, int outers) noexcept nogil:
    """Fills the plan's geometry from the axes of the rows and the others; False where the layout needs the buffer."""
    cdef Py_ssize_t size = plan.itemsize
    cdef int i, batch
    cdef bint reduces = plan.op == FA_LOGSUMEXP
    cdef Dim row, across
    inners = merge(inner, inners)
    sort_outer(outer, outers)
    outers = merge(outer, outers)
    if inners > 1:
        return False
    row = inner[0] if inners else Dim(1, size, size)
    if row.x % size or row.y % size:
        return False
    plan.batch.n = row.size
    plan.columns = False
    batch = outers - 1
    if row.size > 1 and not (row.x == size and (reduces or row.y == size)):
        plan.columns = True
        for batch in range(outers - 1, -1, -1):
            if outer[batch].x == size and outer[batch].y == size:
                break
        else:
            return False
    across = outer[batch] if batch >= 0 else Dim(1, size, size)
    if across.x % size or across.y % size:
        return False
    plan.batch.count = across.size
    plan.xnext = across.x // size
    plan.ynext = across.y // size
    plan.batch.xstep = row.x // size if plan.columns else plan.xnext
    plan.batch.ystep = row.y // size if plan.columns else plan.ynext
    plan.dims = 0
    plan.repeats = 1
    for i in range(outers):
        if i != batch:
            plan.outer[plan.dims] = outer[i]
            plan.dims += 1
            plan.repeats *= outer[i].size
    return True


# ---- running it ----

cdef void locate(const Plan *plan, size_t repeat, const char **x, char **y) noexcept nogil:
    """Where the batch stands at one index over the outer dimensions, counted in C order."""
    cdef int d
    x[0] = <const char *>plan.batch.x
    y[0] = <char *>plan.batch.y
    for d in range(plan.dims - 1, -1, -1):
        x[0] += <Py_ssize_t>(repeat % plan.outer[d].size) * plan.outer[d].x
        y[0] += <Py_ssize_t>(repeat % plan.outer[d].size) * plan.outer[d].y
        repeat //= plan.outer[d].size


cdef void run_task(const Plan *plan, size_t task, void *scratch) noexcept nogil:
    cdef size_t shares = (plan.batch.count + plan.per - 1) // plan.per
    cdef size_t first = (task % shares) * plan.per
    cdef fa_rows part = plan.batch
    cdef const char *x
    cdef char *y
    locate(plan, task // shares, &x, &y)
    part.x = x + plan.xnext * <Py_ssize_t>first * plan.itemsize
    part.y = y + plan.ynext * <Py_ssize_t>first * plan.itemsize
    part.count = min(plan.per, plan.batch.count - first)
    part.scratch = scratch
    plan.kernel(&part)


cdef int run_tasks(const Plan *plan, size_t first, size_t last) noexcept nogil:
    """Tasks first to last with one thread's scratch; -1 without memory."""
    cdef size_t task
    cdef char *memory = <char *>malloc(scratch_bytes(plan.dtype, plan.batch.n, plan.columns) + 64)
    if memory == NULL:
        return -1
    for task in range(first, last):
        run_task(plan, task, memory + (64 - <uintptr_t>memory % 64) % 64)
    free(memory)
    return 0


cdef int run_split(const Plan *plan, size_t task, int workers) noexcept nogil:
    """One long row, its blocks shared among threads: peaks, sums of exp, then the finish. -1 without memory."""
    cdef const fa_pieces *piece = &kernels().pieces[plan.dtype]
    cdef size_t n = plan.batch.n
    cdef Py_ssize_t blocks = <Py_ssize_t>((n + FA_BLOCK - 1) // FA_BLOCK), b, step = FA_BLOCK * plan.itemsize
    cdef double *value = <double *>malloc(blocks * sizeof(double))
    cdef double m, s = 0
    cdef const char *x
    cdef char *y
    if value == NULL:
        return -1
    locate(plan, task // plan.batch.count, &x, &y)
    x += plan.xnext * <Py_ssize_t>(task % plan.batch.count) * plan.itemsize
    y += plan.ynext * <Py_ssize_t>(task % plan.batch.count) * plan.itemsize
    for b in prange(blocks, num_threads=workers, schedule="static"):
        value[b] = piece.peak(x + b * step, min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK))
    m = value[0]
    for b in range(1, blocks):
        m = value[b] if value[b] > m else m
    for b in prange(blocks, num_threads=workers, schedule="static"):
        value[b] = piece.exp_sum(x + b * step, y + b * step if plan.op == FA_SOFTMAX else NULL,
                                 min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK), m)
    for b in range(blocks):
        s = s + value[b]
    if plan.op == FA_LOGSUMEXP:
        piece.finish[FA_LOGSUMEXP](x, y, n, m, s)
    else:
        for b in prange(blocks, num_threads=workers, schedule="static"):
            piece.finish[plan.op](x + b * step, y + b * step, min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK), m, s)
    free(value)
    return 0


cdef int run(Plan *plan) noexcept nogil:
    """The whole plan on as many threads as serve. -1 without memory."""
    cdef size_t elements = plan.repeats * plan.batch.count * plan.batch.n, tasks
    cdef int workers = threads_for(elements), w, failed = 0
    plan.per = max(<size_t>1, TASK // plan.batch.n)
    if plan.columns:
        plan.per = max(plan.per, <size_t>512)
    if workers > 1 and plan.repeats < <size_t>workers:
        plan.per = min(plan.per, (plan.batch.count + workers - 1) // workers)
    plan.per = (plan.per + 15) // 16 * 16 if plan.columns or plan.batch.n <= 64 else plan.per
    tasks = plan.repeats * ((plan.batch.count + plan.per - 1) // plan.per)
    if workers == 1:
        return run_tasks(plan, 0, tasks)
    parallel_starts()
    if not plan.columns and plan.repeats * plan.batch.count < <size_t>workers and plan.batch.n >= 4 * FA_BLOCK:
        for w in range(<int>(plan.repeats * plan.batch.count)):
            failed |= run_split(plan, w, workers)
        return failed
    for w in prange(workers, num_threads=workers, schedule="static", chunksize=1):
        failed |= run_tasks(plan, tasks * w // workers, tasks * (w + 1) // workers)
    return failed


cdef bint execute(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced) except -1:
    """Runs the operation where the layout allows it; False where the caller must go through the buffer.

    reduced[a] says whether axis a lies along the rows. y has x's axes, or for logsumexp those that are left.
    """
    cdef Plan plan
    cdef Dim[MAX_DIMS] inner
    cdef Dim[MAX_DIMS] outer
    cdef int a, b = 0, inners = 0, outers = 0, failed
    cdef bint lacks_axes = cnp.PyArray_NDIM(y) < cnp.PyArray_NDIM(x)
    cdef Py_ssize_t step
    plan.op = op
    plan.dtype = dtype
    plan.itemsize = cnp.PyArray_ITEMSIZE(x)
    for a in range(cnp.PyArray_NDIM(x)):
        step = cnp.PyArray_STRIDE(x, a)
        if reduced[a]:
            # one result a row: no output step limits how logsumexp's axes may be joined
            inner[inners] = Dim(cnp.PyArray_DIM(x, a), step, step if op == FA_LOGSUMEXP else cnp.PyArray_STRIDE(y, a))
            inners += 1
            b += not lacks_axes
        else:
            outer[outers] = Dim(cnp.PyArray_DIM(x, a), step, cnp.PyArray_STRIDE(y, b))
            outers += 1
            b += 1
    if not make_plan(&plan, inner, inners, outer, outers):
        return False
    plan.kernel = kernels().columns[op][dtype] if plan.columns else kernels().rows[op][dtype]
    plan.batch.x = cnp.PyArray_BYTES(x)
    plan.batch.y = cnp.PyArray_BYTES(y)
    plan.batch.stream = op != FA_LOGSUMEXP and 2 * <size_t>cnp.PyArray_NBYTES(x) > LAST_LEVEL
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        failed = run(&plan)
    else:
        with nogil:
            failed = run(&plan)
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return True
