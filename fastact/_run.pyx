"""Runs a row function where the layout of its arrays allows it: the plan's tasks are shared among threads."""

cimport numpy as cnp
from cython.parallel cimport prange
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc

from fastact._kernels cimport (
    FA_BLOCK,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    FA_SOFTMAX_GRAD,
    GIL_CUTOFF,
    Loop,
    fa_dtype,
    fa_gradient_pieces,
    fa_pieces,
    fa_row_op,
    fa_rows,
    kernels,
    map_nest,
    parallel_ends,
    parallel_starts,
    scratch_bytes,
    share_ends,
    threads_for,
)
from fastact._layout cimport fa_nest
from fastact._plan cimport ARRAYS, DY, MAX_DIMS, X, Y, Dim, Plan, dim_of, make_plan

cnp.import_array()

cdef enum:
    FAR = 25_165_824  # bytes: from three quarters of the last level on, rows count as beyond it


cdef void locate(const Plan *plan, size_t repeat, size_t first, char **at) noexcept nogil:
    """Where row (or column) `first` of the batch stands in each array, at one outer index, counted in C order."""
    cdef int a, d
    for a in range(ARRAYS):
        at[a] = plan.base[a] + <Py_ssize_t>first * plan.next[a]
    for d in range(plan.dims - 1, -1, -1):
        for a in range(ARRAYS):
            at[a] += <Py_ssize_t>(repeat % plan.outer[d].size) * plan.outer[d].step[a]
        repeat //= plan.outer[d].size


cdef void run_task(const Plan *plan, size_t task, void *scratch) noexcept nogil:
    cdef size_t shares = (plan.batch.count + plan.per - 1) // plan.per
    cdef size_t first = (task % shares) * plan.per
    cdef fa_rows part = plan.batch
    cdef char *at[ARRAYS]
    locate(plan, task // shares, first, at)
    part.x = at[X]
    part.y = at[Y]
    part.dy = at[DY]
    part.count = min(plan.per, plan.batch.count - first)
    part.scratch = scratch
    plan.kernel(&part)


cdef int run_tasks(const Plan *plan, size_t first, size_t last) noexcept nogil:
    """Tasks first to last with one thread's scratch; -1 without memory."""
    cdef size_t task
    cdef char *memory = <char *>malloc(scratch_bytes(plan.op, plan.dtype, plan.batch.n, plan.columns) + 64)
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
    cdef char *at[ARRAYS]
    cdef char *x
    cdef char *y
    if value == NULL:
        return -1
    locate(plan, task // plan.batch.count, task % plan.batch.count, at)
    x, y = at[X], at[Y]
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


cdef int run_split_gradient(const Plan *plan, size_t task, int workers) noexcept nogil:
    """The same for a gradient: the sums of its blocks, then the finish. -1 without memory."""
    cdef const fa_gradient_pieces *piece = &kernels().gradient_pieces[plan.op - FA_SOFTMAX_GRAD][plan.dtype]
    cdef size_t n = plan.batch.n
    cdef Py_ssize_t blocks = <Py_ssize_t>((n + FA_BLOCK - 1) // FA_BLOCK), b, step = FA_BLOCK * plan.itemsize
    cdef double *value = <double *>malloc(2 * blocks * sizeof(double))
    cdef char *at[ARRAYS]
    if value == NULL:
        return -1
    locate(plan, task // plan.batch.count, task % plan.batch.count, at)
    for b in prange(blocks, num_threads=workers, schedule="static"):
        piece.sum(at[DY] + b * step, at[X] + b * step, min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK), value + 2 * b)
    piece.join(value, blocks)
    for b in prange(blocks, num_threads=workers, schedule="static"):
        piece.finish(at[DY] + b * step, at[X] + b * step, at[Y] + b * step,
                     min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK), value)
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
            failed |= (run_split_gradient if plan.op >= FA_SOFTMAX_GRAD else run_split)(plan, w, workers)
        return failed
    for w in prange(workers, num_threads=workers, schedule="static", chunksize=1):
        failed |= run_tasks(plan, tasks * w // workers, tasks * (w + 1) // workers)
        share_ends()
    parallel_ends()
    return failed


cdef bint execute(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced,
                  cnp.ndarray dy=None) except -1:
    """Runs the operation where the layout allows it; False where the caller must go through the buffer.

    reduced[a] says whether axis a lies along the rows. y has x's axes, or for logsumexp those that are left. A gradient
    has dy too, of x's shape.
    """
    cdef Plan plan
    cdef Dim[MAX_DIMS] inner
    cdef Dim[MAX_DIMS] outer
    cdef int a, b = 0, inners = 0, outers = 0, failed
    cdef bint lacks_axes = cnp.PyArray_NDIM(y) < cnp.PyArray_NDIM(x)
    cdef Py_ssize_t step
    if dy is None:
        dy = x
    plan.op = op
    plan.dtype = dtype
    plan.itemsize = cnp.PyArray_ITEMSIZE(x)
    for a in range(cnp.PyArray_NDIM(x)):
        step = cnp.PyArray_STRIDE(x, a)
        if reduced[a]:
            # one result a row: no output step limits how logsumexp's axes may be joined
            inner[inners] = dim_of(cnp.PyArray_DIM(x, a), step,
                                   step if op == FA_LOGSUMEXP else cnp.PyArray_STRIDE(y, a), cnp.PyArray_STRIDE(dy, a))
            inners += 1
            b += not lacks_axes
        else:
            outer[outers] = dim_of(cnp.PyArray_DIM(x, a), step, cnp.PyArray_STRIDE(y, b), cnp.PyArray_STRIDE(dy, a))
            outers += 1
            b += 1
    if not make_plan(&plan, inner, inners, outer, outers):
        return False
    plan.kernel = kernels().columns[op][dtype] if plan.columns else kernels().rows[op][dtype]
    plan.base[X], plan.base[Y], plan.base[DY] = cnp.PyArray_BYTES(x), cnp.PyArray_BYTES(y), cnp.PyArray_BYTES(dy)
    plan.batch.stream = (op != FA_LOGSUMEXP
                         and (2 if dy is x else 3) * <size_t>cnp.PyArray_NBYTES(x) > FAR)
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        failed = run(&plan)
    else:
        with nogil:
            failed = run(&plan)
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return True


# ---- rows that are made first ----

cdef int run_made(const Plan *plan, const fa_nest *nest, const Loop *make, size_t first, size_t last) noexcept nogil:
    """Rows first to last by one thread: some at a time are made in its scratch, from where the kernel takes them."""
    cdef fa_nest there = nest[0]
    cdef fa_rows part = plan.batch
    cdef size_t n = plan.batch.n, row = first
    cdef size_t room = (plan.per * n * <size_t>plan.itemsize + 127) // 64 * 64
    cdef char *memory = <char *>malloc(room + scratch_bytes(plan.op, plan.dtype, n, False) + 64)
    cdef char *rows = memory + (64 - <uintptr_t>memory % 64) % 64
    if memory == NULL:
        return -1
    part.x, part.scratch = rows, rows + room
    while row < last:
        part.count = min(plan.per, last - row)
        part.y = plan.base[Y] + <Py_ssize_t>row * plan.next[Y]
        there.args[make.inputs] = rows - row * n * <size_t>plan.itemsize
        map_nest(make, &there, row * n, part.count * n)
        plan.kernel(&part)
        row += part.count
    free(memory)
    return 0


cdef int execute_made(const fa_nest *nest, const Loop *make, cnp.ndarray y, fa_row_op op, fa_dtype dtype,
                      size_t count, size_t n) except -1:
    """The operation on `count` packed rows that `make` makes of the nest's operands; y is contiguous."""
    cdef Plan plan
    cdef int workers = threads_for(count * n), w, failed = 0
    plan.op, plan.dtype, plan.itemsize, plan.kernel = op, dtype, cnp.PyArray_ITEMSIZE(y), kernels().rows[op][dtype]
    plan.batch.n, plan.batch.xstep, plan.batch.ystep = n, n, 1 if op == FA_LOGSUMEXP else n
    plan.batch.dy, plan.batch.dystep = NULL, 0
    plan.batch.stream = op != FA_LOGSUMEXP and 2 * <size_t>cnp.PyArray_NBYTES(y) > FAR
    plan.base[Y], plan.next[Y] = cnp.PyArray_BYTES(y), plan.batch.ystep * plan.itemsize
    plan.per = max(<size_t>1, TASK // 2 // n)  # with what the kernel reads again, within the second-level cache
    with nogil:
        if workers == 1:
            failed = run_made(&plan, nest, make, 0, count)
        else:
            parallel_starts()
            for w in prange(workers, num_threads=workers, schedule="static", chunksize=1):
                failed |= run_made(&plan, nest, make, count * w // workers, count * (w + 1) // workers)
                share_ends()
            parallel_ends()
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return 0
