"""Which way a row function goes over its arrays: one batch of rows (elements adjacent) or of columns (neighbouring rows
adjacent), repeated over the remaining axes."""

from fastact._arrays.kernels cimport FA_LOGSUMEXP


cdef Dim dim_of(Py_ssize_t size, Py_ssize_t x, Py_ssize_t y, Py_ssize_t dy) noexcept nogil:
    cdef Dim dim
    dim.size = size
    dim.step[X], dim.step[Y], dim.step[DY] = x, y, dy
    return dim


cdef inline bint joins(const Dim *slower, const Dim *faster) noexcept nogil:
    """Whether all arrays step evenly through both dimensions."""
    cdef int a
    for a in range(ARRAYS):
        if slower.step[a] != faster.step[a] * faster.size:
            return False
    return True


cdef int merge(Dim *dims, int count) noexcept nogil:
    """Joins neighbouring dimensions where the arrays' steps allow it; drops those of one element."""
    cdef int i, kept = 0
    for i in range(count):
        if dims[i].size == 1:
            continue
        if kept and joins(&dims[kept - 1], &dims[i]):
            dims[i].size *= dims[kept - 1].size
            kept -= 1
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
        while j and magnitude(dims[j - 1].step[Y]) < magnitude(moved.step[Y]):
            dims[j] = dims[j - 1]
            j -= 1
        dims[j] = moved


cdef inline bint steps_by(const Dim *dim, Py_ssize_t step, int reduced) noexcept nogil:
    """Whether the dimension's elements lie that far apart in every array but the one that has a single result a row."""
    cdef int a
    for a in range(ARRAYS):
        if a != reduced and dim.step[a] != step:
            return False
    return True


cdef inline bint steps_in_elements(const Dim *dim, Py_ssize_t size) noexcept nogil:
    cdef int a
    for a in range(ARRAYS):
        if dim.step[a] % size:
            return False
    return True


cdef bint make_plan(Plan *plan, Dim *inner, int inners, Dim *outer, int outers) noexcept nogil:
    """Fills the plan's geometry from the axes of the rows and the others; False where the layout needs the buffer."""
    cdef Py_ssize_t size = plan.itemsize
    cdef int i, batch
    cdef Dim row, across, single = dim_of(1, size, size, size)
    inners = merge(inner, inners)
    sort_outer(outer, outers)
    outers = merge(outer, outers)
    if inners > 1:
        return False
    row = inner[0] if inners else single
    plan.batch.n = row.size
    plan.columns = False
    batch = outers - 1
    if not steps_by(&row, size, Y if plan.op == FA_LOGSUMEXP else -1):
        plan.columns = True
        for batch in range(outers - 1, -1, -1):
            if steps_by(&outer[batch], size, -1):
                break
        else:
            return False
    across = outer[batch] if batch >= 0 else single
    if not (steps_in_elements(&row, size) and steps_in_elements(&across, size)):
        return False
    plan.batch.count = across.size
    plan.next = across.step
    across = row if plan.columns else across
    plan.batch.xstep = across.step[X] // size
    plan.batch.ystep = across.step[Y] // size
    plan.batch.dystep = across.step[DY] // size
    plan.dims = 0
    plan.repeats = 1
    for i in range(outers):
        if i != batch:
            plan.outer[plan.dims] = outer[i]
            plan.dims += 1
            plan.repeats *= outer[i].size
    return True
