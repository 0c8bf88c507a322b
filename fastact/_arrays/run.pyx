"""Runs a row function where the layout of its arrays allows it: the plan's tasks are shared among threads."""

cimport numpy as cnp
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free, malloc

from fastact._arrays.kernels cimport (
    FA_BLOCK,
    FA_F32,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    FA_SOFTMAX_GRAD,
    GIL_CUTOFF,
    Loop,
    fa_dtype,
    fa_gradient_pieces,
    fa_row_op,
    fa_rows,
    kernels,
    map_nest,
    note_threads,
    run_parallel,
    scratch_bytes,
    threads_for,
)
from fastact._arrays.layout cimport fa_strided
from fastact._arrays.plan cimport ARRAYS, DY, MAX_DIMS, X, Y, Dim, Plan, dim_of, make_plan

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


cdef int tasks_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Plan *plan = <const Plan *>context
    cdef size_t tasks = plan.repeats * ((plan.batch.count + plan.per - 1) // plan.per)
    return run_tasks(plan, tasks * w // workers, tasks * (w + 1) // workers)


# One long row, its blocks shared among threads: what is done to them, with a value (of a gradient: two) for each.
cdef struct Split:
    const Plan *plan
    size_t blocks
    double *value
    char *at[ARRAYS]
    double *sums  # of a block in two parts, those of the row in the first one's
    double m


cdef inline size_t length_of(const Split *split, size_t b) noexcept nogil:
    return min(<size_t>FA_BLOCK, split.plan.batch.n - b * FA_BLOCK)


cdef int peak_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        u.value[b] = kernels().pieces[u.plan.dtype].peak(u.at[X] + b * step, length_of(u, b))
    return 0


cdef int exp_sum_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        kernels().pieces[u.plan.dtype].exp_sum(
            u.at[X] + b * step, u.at[Y] + b * step if u.plan.op == FA_SOFTMAX else NULL, length_of(u, b), u.m,
            u.sums + 2 * b)
    return 0


cdef int finish_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    if u.plan.op == FA_LOGSUMEXP:
        kernels().pieces[u.plan.dtype].finish[FA_LOGSUMEXP](u.at[X], u.at[Y], u.plan.batch.n, u.m, u.sums)
        return 0
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        kernels().pieces[u.plan.dtype].finish[u.plan.op](u.at[X] + b * step, u.at[Y] + b * step, length_of(u, b), u.m,
                                                         u.sums)
    return 0


cdef int gradient_sum_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef const fa_gradient_pieces *piece = &kernels().gradient_pieces[u.plan.op - FA_SOFTMAX_GRAD][u.plan.dtype]
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        piece.sum(u.at[DY] + b * step, u.at[X] + b * step, length_of(u, b), u.value + 2 * b)
    return 0


cdef int gradient_join_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    kernels().gradient_pieces[u.plan.op - FA_SOFTMAX_GRAD][u.plan.dtype].join(u.value, u.blocks)
    return 0


cdef int gradient_finish_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef const fa_gradient_pieces *piece = &kernels().gradient_pieces[u.plan.op - FA_SOFTMAX_GRAD][u.plan.dtype]
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        piece.finish(u.at[DY] + b * step, u.at[X] + b * step, u.at[Y] + b * step, length_of(u, b), u.value)
    return 0


cdef void join_exp_sums(Split *u) noexcept nogil:
    cdef size_t b
    for b in range(1, u.blocks):
        u.sums[0] += u.sums[2 * b]
        u.sums[1] += u.sums[2 * b + 1]


cdef void join_peaks(Split *u) noexcept nogil:
    cdef size_t b
    u.m = u.value[0]
    for b in range(1, u.blocks):
        u.m = u.value[b] if u.value[b] > u.m else u.m


cdef int sum_join_share(void *context, size_t w, size_t workers) noexcept nogil:
    join_exp_sums(<Split *>context)
    return 0


cdef int run_split(const Plan *plan, size_t task, int workers) noexcept nogil:
    """One long row, its blocks shared among threads: peaks, sums of exp, then the finish; of a gradient the sums of its
    blocks, then the finish. -1 without memory."""
    cdef Split split
    split.plan, split.blocks = plan, (plan.batch.n + FA_BLOCK - 1) // FA_BLOCK
    split.value = <double *>calloc(3 * split.blocks, sizeof(double))  # peaks, then two sums of each
    if split.value == NULL:
        return -1
    split.sums = split.value + split.blocks
    locate(plan, task // plan.batch.count, task % plan.batch.count, split.at)
    if plan.op >= FA_SOFTMAX_GRAD:
        run_parallel(workers, gradient_sum_share, &split)
        run_parallel(1, gradient_join_share, &split)
        run_parallel(workers, gradient_finish_share, &split)
    else:
        run_parallel(workers, peak_share, &split)
        join_peaks(&split)
        run_parallel(workers, exp_sum_share, &split)
        run_parallel(1, sum_join_share, &split)
        run_parallel(1 if plan.op == FA_LOGSUMEXP else workers, finish_share, &split)
    free(split.value)
    return 0


cdef int run(Plan *plan) noexcept nogil:
    """The whole plan on as many threads as serve. -1 without memory."""
    cdef size_t elements = plan.repeats * plan.batch.count * plan.batch.n, row
    cdef int workers = threads_for(elements), failed = 0
    plan.per = max(<size_t>1, TASK // plan.batch.n)
    if plan.columns:
        plan.per = max(plan.per, <size_t>512)
    if workers > 1 and plan.repeats < <size_t>workers:
        plan.per = min(plan.per, (plan.batch.count + workers - 1) // workers)
    plan.per = (plan.per + 15) // 16 * 16 if plan.columns or plan.batch.n <= 64 else plan.per
    if (workers > 1 and not plan.columns and plan.repeats * plan.batch.count < <size_t>workers
            and plan.batch.n >= 4 * FA_BLOCK):
        for row in range(plan.repeats * plan.batch.count):
            failed |= run_split(plan, row, workers)
        return failed
    return run_parallel(workers, tasks_share, plan)


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
        note_threads()
        with nogil:
            failed = run(&plan)
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return True


# ---- rows that are made first ----

cdef int run_made(const Plan *plan, const fa_strided *nest, const Loop *make, size_t first, size_t last) noexcept nogil:
    """Rows first to last by one thread: some at a time are made in its scratch, from where the kernel takes them.

    1 where a row of results is NaN, -1 without memory.
    """
    cdef fa_strided there = nest[0]
    cdef fa_rows part = plan.batch
    cdef size_t n = plan.batch.n, row = first, i
    cdef size_t room = (plan.per * n * <size_t>plan.itemsize + 127) // 64 * 64
    cdef char *memory = <char *>malloc(make.outputs * room + scratch_bytes(plan.op, plan.dtype, n, False) + 64)
    cdef char *rows = memory + (64 - <uintptr_t>memory % 64) % 64
    cdef double y
    cdef int a, spoiled = 0
    if memory == NULL:
        return -1
    part.x, part.scratch = rows, rows + make.outputs * room
    part.dy = rows + room  # the low parts, where there are any
    while row < last:
        part.count = min(plan.per, last - row)
        part.y = plan.base[Y] + <Py_ssize_t>row * plan.next[Y]
        for a in range(make.outputs):
            there.args[make.inputs + a] = rows + a * room - row * n * <size_t>plan.itemsize
        map_nest(make, &there, row * n, part.count * n)
        plan.kernel(&part)
        for i in range(part.count):
            y = (<float *>part.y)[i * part.ystep] if plan.dtype == FA_F32 else (<double *>part.y)[i * part.ystep]
            spoiled |= y != y
        row += part.count
    free(memory)
    return spoiled


# the arguments of run_made()
cdef struct Made:
    const Plan *plan
    const fa_strided *nest
    const Loop *make
    size_t count


cdef int made_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Made *m = <const Made *>context
    return run_made(m.plan, m.nest, m.make, m.count * w // workers, m.count * (w + 1) // workers)


cdef int execute_made(const fa_strided *nest, const Loop *make, cnp.ndarray y, fa_row_op op, fa_dtype dtype,
                      size_t count, size_t n) except -1:
    """The operation on `count` packed rows that `make` makes of the nest's operands, in one part or two.

    y is contiguous. 1 where a row of results is NaN: its first element is.
    """
    cdef Plan plan
    cdef Made made = Made(&plan, nest, make, count)
    cdef int workers, failed
    note_threads()
    workers = threads_for(count * n)
    plan.op, plan.dtype, plan.itemsize = op, dtype, cnp.PyArray_ITEMSIZE(y)
    plan.kernel = kernels().rows[op][dtype] if make.outputs == 1 else kernels().parts[dtype].rows[op]
    plan.batch.n, plan.batch.xstep, plan.batch.ystep = n, n, 1 if op == FA_LOGSUMEXP else n
    plan.batch.dy, plan.batch.dystep = NULL, n
    plan.batch.stream = op != FA_LOGSUMEXP and 2 * <size_t>cnp.PyArray_NBYTES(y) > FAR
    plan.base[Y], plan.next[Y] = cnp.PyArray_BYTES(y), plan.batch.ystep * plan.itemsize
    plan.per = max(<size_t>1, TASK // 2 // make.outputs // n)  # within the second-level cache
    with nogil:
        failed = run_parallel(workers, made_share, &made)
    if failed < 0:
        raise MemoryError("fastact: no memory for a row's scratch")
    return failed
