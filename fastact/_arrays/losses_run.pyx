"""How cross entropy runs. Rows are counted in C order over the axes that are not the classes'; a task is a range of
them, cut where the arrays do not step evenly. Tasks are shared among threads, and so are long rows where they are few.
"""

cimport numpy as cnp
from libc.math cimport NAN
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from fastact._arrays.kernels cimport (
    FA_BLOCK,
    FA_F32,
    FA_SOFTMAX,
    GIL_CUTOFF,
    fa_dtype,
    fa_losses,
    fa_soft_losses,
    kernels,
    note_threads,
    run_parallel,
    scratch_bytes,
    threads_for,
)
from fastact._arrays.losses_plan cimport Plan, locate, make_plan
from fastact._arrays.run cimport TASK
from fastact._arrays.sums cimport add_up

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
    return weight_of(losses, label) * losses.factor


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
    for i in range(plan.per if plan.y != NULL else 0):
        gain[i] = losses.factor
    for task in range(begin, end):
        run_task(plan, losses, task, &part, gain, label)
    free(memory)
    free(gain)
    free(label)
    return 0


# the arguments of run_tasks(), for `count` tasks from `first` on
cdef struct Tasks:
    const Plan *plan
    const Losses *losses
    size_t first
    size_t count


cdef int tasks_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Tasks *t = <const Tasks *>context
    return run_tasks(t.plan, t.losses, t.first + t.count * w // workers, t.first + t.count * (w + 1) // workers)


# One long row, its blocks shared among threads, with a value for each.
cdef struct Split:
    const Plan *plan
    const Losses *losses
    size_t row
    size_t blocks
    double *value
    const char *x
    char *y
    Py_ssize_t label
    double gain
    double m
    double at_label
    double rest


cdef inline size_t length_of(const Split *split, size_t b) noexcept nogil:
    return min(<size_t>FA_BLOCK, split.plan.part.rows.n - b * FA_BLOCK)


cdef int peak_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        u.value[b] = kernels().pieces[u.plan.dtype].peak(u.x + b * step, length_of(u, b))
    return 0


cdef int exp_sum_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        u.value[b] = kernels().loss_pieces[u.plan.dtype].exp_sum(
            u.x + b * step, u.y + b * step if u.y != NULL else NULL, length_of(u, b),
            u.label - <Py_ssize_t>b * FA_BLOCK, u.m)
    return 0


cdef int finish_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    cdef size_t b, step = FA_BLOCK * u.plan.itemsize, n = u.plan.part.rows.n
    for b in range(u.blocks * w // workers, u.blocks * (w + 1) // workers):
        u.value[b] = kernels().loss_pieces[u.plan.dtype].finish(
            u.y + b * step if u.y != NULL else NULL, length_of(u, b) if u.y != NULL else 0, n,
            u.label - <Py_ssize_t>b * FA_BLOCK, u.gain, u.m, u.at_label, u.rest)
    return 0


cdef int join_sums_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef Split *u = <Split *>context
    cdef size_t b
    u.rest = 0
    for b in range(u.blocks):
        u.rest += u.value[b]
    u.gain = gain_of(u.losses, u.label)
    return 0


cdef int take_share(void *context, size_t w, size_t workers) noexcept nogil:
    cdef const Split *u = <const Split *>context
    take_losses(u.losses, u.plan.first + u.row, &u.label, u.value, 1)
    return 0


cdef int run_split(const Plan *plan, const Losses *losses, size_t row, Py_ssize_t label, int workers) noexcept nogil:
    """One long row, its blocks shared among threads: peaks, sums of exp, then the gradient; of one of its classes. -1
    without memory."""
    cdef Split split
    cdef size_t b
    split.plan, split.losses, split.row = plan, losses, row
    split.blocks = (plan.part.rows.n + FA_BLOCK - 1) // FA_BLOCK
    split.label = label
    split.value = <double *>malloc(split.blocks * sizeof(double))
    if split.value == NULL:
        return -1
    locate(plan, row, &split.x, &split.y)
    run_parallel(workers, peak_share, &split)
    split.m = split.value[0]
    for b in range(1, split.blocks):
        split.m = split.value[b] if split.value[b] > split.m else split.m
    split.at_label = ((<const float *>split.x)[split.label] if plan.dtype == FA_F32
                      else (<const double *>split.x)[split.label])
    run_parallel(workers, exp_sum_share, &split)
    run_parallel(1, join_sums_share, &split)
    if split.y == NULL:
        split.blocks = 1  # the loss is each block's, and nothing is stored
    run_parallel(workers if split.y != NULL else 1, finish_share, &split)
    run_parallel(1, take_share, &split)
    free(split.value)
    return 0


cdef int run(Plan *plan, const Losses *losses) noexcept nogil:
    """The whole plan on as many threads as serve. -1 without memory."""
    cdef size_t n = plan.part.rows.n, block = losses.sums.block if losses.sums != NULL else 1, tasks, row
    cdef int workers = threads_for(plan.rows * n), failed = 0
    cdef Py_ssize_t label
    cdef Tasks all_tasks
    plan.per = min(max(<size_t>1, TASK // n), <size_t>MOST_ROWS)
    if plan.columns:
        plan.per = max(plan.per, <size_t>512)
    if workers > 1 and plan.rows // plan.per < 4 * <size_t>workers:
        plan.per = min(plan.per, (plan.rows + workers - 1) // workers)
    if plan.per > 16:
        plan.per = (plan.per + 15) // 16 * 16
    plan.per = (plan.per + block - 1) // block * block
    tasks = (plan.rows + plan.per - 1) // plan.per
    if tasks == 1:
        plan.per = plan.rows
    if plan.first % block and tasks > 1:
        workers = 1
    all_tasks = Tasks(plan, losses, 0, tasks)
    if workers > 1 and losses.t == NULL and not plan.columns and plan.rows < <size_t>workers and n >= 4 * FA_BLOCK:
        plan.per = 1
        for row in range(plan.rows):
            label = read_once(losses.label + plan.first + row)
            if <size_t>label >= n or weight_of(losses, label) == 0:
                all_tasks.first, all_tasks.count = row, 1
                failed |= run_parallel(1, tasks_share, &all_tasks)
            else:
                failed |= run_split(plan, losses, row, label, workers)
        return failed
    return run_parallel(workers, tasks_share, &all_tasks)


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
        note_threads()
        with nogil:
            failed = run(&plan, losses)
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return True
