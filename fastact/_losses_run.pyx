"""How cross entropy runs. Rows are counted in C order over the axes that are not the classes'; a task is a range of
them, cut where the arrays do not step evenly. Tasks are shared among threads, and so are long rows where they are few.
"""

cimport numpy as cnp
from cython.parallel cimport prange
from libc.math cimport NAN
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from fastact._kernels cimport (
    FA_BLOCK,
    FA_F32,
    FA_SOFTMAX,
    GIL_CUTOFF,
    fa_dtype,
    fa_loss_pieces,
    fa_losses,
    fa_pieces,
    fa_soft_losses,
    kernels,
    parallel_ends,
    parallel_starts,
    scratch_bytes,
    share_ends,
    threads_for,
)
from fastact._losses_plan cimport Plan, locate, make_plan
from fastact._run cimport TASK
from fastact._sums cimport add_up

cnp.import_array()

cdef enum:
    MOST_ROWS = 4096  # in a task


cdef inline double weight_of(const Losses *losses, Py_ssize_t label) noexcept nogil:
    if <size_t>label >= losses.classes:
        return 0.0 if label < 0 else NAN
    return 1.0 if losses.weight == NULL else losses.weight[label]


cdef void read_labels(const Losses *losses, size_t first, Py_ssize_t *label, size_t count) noexcept nogil:
    """A copy of the labels from the first on, which no other thread writes to; a row that counts 0 has none."""
    cdef size_t i
    memcpy(label, losses.label + first, count * sizeof(Py_ssize_t))
    if losses.weight != NULL and losses.t == NULL:
        for i in range(count):
            label[i] = -1 if weight_of(losses, label[i]) == 0 else label[i]


cdef void take_losses(const Losses *losses, size_t first, const Py_ssize_t *label, double *loss,
                      size_t count) noexcept nogil:
    """Weighs the losses of the rows from the first on and takes them where they are wanted."""
    cdef size_t i
    if losses.weight != NULL and losses.t == NULL:
        for i in range(count):
            loss[i] *= weight_of(losses, label[i])
    if losses.single != NULL:
        for i in range(count):
            losses.single[first + i] = <float>loss[i]
    elif losses.double_ != NULL:
        for i in range(count):
            losses.double_[first + i] = loss[i]
    else:
        add_up(losses.sums, first, loss, count)


cdef inline double gain_of(const Losses *losses, Py_ssize_t label) noexcept nogil:
    cdef double weight = weight_of(losses, label)
    return 0.0 if weight == 0 else weight * losses.factor  # the factor may be infinite


cdef void run_soft(const Plan *plan, const Losses *losses, size_t row, fa_losses *part, double *own) noexcept nogil:
    cdef fa_soft_losses soft
    cdef size_t i
    soft.rows = part.rows
    soft.t = <const char *>losses.t + losses.tstep * <Py_ssize_t>row * plan.itemsize
    soft.tstep = losses.tstep
    soft.scale = losses.scale
    soft.label = part.label
    soft.own = own
    soft.gain = losses.factor
    soft.loss = part.loss
    if part.label != NULL:
        for i in range(part.rows.count):
            own[i] = losses.own * weight_of(losses, part.label[i])
    kernels().soft_loss_rows[plan.dtype](&soft)


cdef void run_task(const Plan *plan, const Losses *losses, size_t task, fa_losses *part, double *gain,
                   Py_ssize_t *label) noexcept nogil:
    cdef size_t row = task * plan.per, stop = min(row + plan.per, plan.rows), i
    cdef const char *x
    cdef char *y
    while row < stop:
        part.rows.count = min(locate(plan, row, &x, &y), stop - row)
        part.rows.x = x
        part.rows.y = y
        if losses.label != NULL:
            read_labels(losses, plan.first + row, label, part.rows.count)
            part.label = label
        if losses.t != NULL:
            run_soft(plan, losses, row, part, gain)
        else:
            if losses.weight != NULL and plan.y != NULL:
                for i in range(part.rows.count):
                    gain[i] = gain_of(losses, part.label[i])
            plan.kernel(part)
        take_losses(losses, plan.first + row, label, part.loss, part.rows.count)
        row += part.rows.count


cdef int run_tasks(const Plan *plan, const Losses *losses, size_t begin, size_t end) noexcept nogil:
    """The tasks of one thread, with its scratch; -1 without memory."""
    cdef size_t task, i
    cdef fa_losses part = plan.part
    cdef char *memory = <char *>malloc(scratch_bytes(FA_SOFTMAX, plan.dtype, plan.part.rows.n, plan.columns) + 64)
    cdef double *gain = <double *>malloc(2 * plan.per * sizeof(double))
    cdef Py_ssize_t *label = <Py_ssize_t *>malloc(plan.per * sizeof(Py_ssize_t))
    if memory == NULL or gain == NULL or label == NULL:
        free(memory)
        free(gain)
        free(label)
        return -1
    part.label = NULL
    part.rows.scratch = memory + (64 - <uintptr_t>memory % 64) % 64
    part.gain = gain if plan.y != NULL else NULL
    part.loss = gain + plan.per
    for i in range(plan.per):
        gain[i] = losses.factor
    for task in range(begin, end):
        run_task(plan, losses, task, &part, gain, label)
    free(memory)
    free(gain)
    free(label)
    return 0


cdef int run_split(const Plan *plan, const Losses *losses, size_t row, Py_ssize_t label, int workers) noexcept nogil:
    """One long row, its blocks shared among threads: peaks, sums of exp, then the gradient; of one of its classes. -1
    without memory."""
    cdef const fa_pieces *piece = &kernels().pieces[plan.dtype]
    cdef const fa_loss_pieces *loss_piece = &kernels().loss_pieces[plan.dtype]
    cdef size_t n = plan.part.rows.n, block = FA_BLOCK, k
    cdef Py_ssize_t blocks = <Py_ssize_t>((n + block - 1) // block), b, step = FA_BLOCK * plan.itemsize
    cdef double *value = <double *>malloc(blocks * sizeof(double))
    cdef double m, at_label, loss = 0, rest = 0, gain = gain_of(losses, label)
    cdef const char *x
    cdef char *y
    if value == NULL:
        return -1
    locate(plan, row, &x, &y)
    for b in prange(blocks, num_threads=workers, schedule="static"):
        value[b] = piece.peak(x + b * step, min(block, n - <size_t>b * block))
    m = value[0]
    for b in range(1, blocks):
        m = value[b] if value[b] > m else m
    at_label = (<const float *>x)[label] if plan.dtype == FA_F32 else (<const double *>x)[label]
    for b in prange(blocks, num_threads=workers, schedule="static"):
        k = min(block, n - <size_t>b * block)
        value[b] = loss_piece.exp_sum(x + b * step, y + b * step if y != NULL else NULL, k, label - b * FA_BLOCK, m)
    for b in range(blocks):
        rest = rest + value[b]
    if y == NULL:
        loss = loss_piece.finish(NULL, 0, n, label, gain, m, at_label, rest)
    else:
        for b in prange(blocks, num_threads=workers, schedule="static"):
            k = min(block, n - <size_t>b * block)
            value[b] = loss_piece.finish(y + b * step, k, n, label - b * FA_BLOCK, gain, m, at_label, rest)
        loss = value[0]
    take_losses(losses, plan.first + row, &label, &loss, 1)
    free(value)
    return 0


cdef int run(Plan *plan, const Losses *losses) noexcept nogil:
    """The whole plan on as many threads as serve. -1 without memory."""
    cdef size_t n = plan.part.rows.n, block = losses.sums.block if losses.sums != NULL else 1, tasks, row
    cdef int workers = threads_for(plan.rows * n), w, failed = 0
    cdef Py_ssize_t label
    plan.per = min(max(<size_t>1, TASK // n), <size_t>MOST_ROWS)
    if plan.columns:
        plan.per = max(plan.per, <size_t>512)
    if workers > 1 and plan.rows // plan.per < 4 * <size_t>workers:
        plan.per = min(plan.per, (plan.rows + workers - 1) // workers)
    if plan.per > 16:
        plan.per = (plan.per + 15) // 16 * 16
    plan.per = (plan.per + block - 1) // block * block
    tasks = (plan.rows + plan.per - 1) // plan.per
    if workers == 1 or (plan.first % block and tasks > 1):
        return run_tasks(plan, losses, 0, tasks)
    parallel_starts()
    if losses.t == NULL and not plan.columns and plan.rows < <size_t>workers and n >= 4 * FA_BLOCK:
        plan.per = 1
        for row in range(plan.rows):
            label = read_once(losses.label + plan.first + row)
            if <size_t>label >= n or weight_of(losses, label) == 0:
                failed |= run_tasks(plan, losses, row, row + 1)
            else:
                failed |= run_split(plan, losses, row, label, workers)
        return failed
    for w in prange(workers, num_threads=workers, schedule="static", chunksize=1):
        failed |= run_tasks(plan, losses, tasks * w // workers, tasks * (w + 1) // workers)
        share_ends()
    parallel_ends()
    return failed


cdef bint run_losses(cnp.ndarray x, cnp.ndarray y, int axis, fa_dtype dtype, size_t first,
                     const Losses *losses) except -1:
    """Losses of the rows of x along an axis, and their gradient to y unless that is None; False where the layout does
    not allow it. The first row has that number among all of the call, to which labels, results and sums belong."""
    cdef Plan plan
    cdef int failed
    plan.dtype = dtype
    plan.itemsize = cnp.PyArray_ITEMSIZE(x)
    plan.x = cnp.PyArray_BYTES(x)
    plan.y = NULL if y is None else cnp.PyArray_BYTES(y)
    plan.rows = 1
    plan.first = first
    if not make_plan(&plan, x, y, axis) or (losses.t != NULL and plan.columns):
        return False
    plan.kernel = kernels().loss_columns[dtype] if plan.columns else kernels().loss_rows[dtype]
    plan.part.rows.stream = 0
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        failed = run(&plan, losses)
    else:
        with nogil:
            failed = run(&plan, losses)
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return True
