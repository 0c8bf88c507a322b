"""How the rows of a loss lie in the logits and in their gradient.

Rows are counted in C order over the axes that are not the classes'; they are adjacent elements, or columns.
"""

cimport numpy as cnp

from fastact._arrays.kernels cimport loss_columns_most

cnp.import_array()


cdef int merge(Dim *dims, int count, bint has_gradient) noexcept nogil:
    """Joins neighbouring dimensions that step evenly through both arrays; drops those of one element."""
    cdef int i, kept = 0
    for i in range(count):
        if dims[i].size == 1:
            continue
        if (kept and dims[kept - 1].x == dims[i].x * dims[i].size
                and (not has_gradient or dims[kept - 1].y == dims[i].y * dims[i].size)):
            dims[i].size *= dims[kept - 1].size
            kept -= 1
        dims[kept] = dims[i]
        kept += 1
    if kept == 0:
        dims[0] = Dim(1, 0, 0)
        kept = 1
    return kept


cdef bint make_plan(Plan *plan, cnp.ndarray x, cnp.ndarray y, int axis) noexcept:
    """False where the kernels cannot read or write the arrays as they lie."""
    cdef Py_ssize_t size = plan.itemsize, xstep = cnp.PyArray_STRIDE(x, axis), ystep
    cdef int a, dims = 0
    cdef bint has_gradient = plan.y != NULL
    cdef Dim *last
    ystep = cnp.PyArray_STRIDE(y, axis) if has_gradient else xstep
    for a in range(cnp.PyArray_NDIM(x)):
        if a != axis:
            plan.dim[dims] = Dim(cnp.PyArray_DIM(x, a), cnp.PyArray_STRIDE(x, a),
                                 cnp.PyArray_STRIDE(y, a) if has_gradient else 0)
            plan.rows *= cnp.PyArray_DIM(x, a)
            dims += 1
    plan.dims = merge(plan.dim, dims, has_gradient)
    last = &plan.dim[plan.dims - 1]
    plan.part.rows.n = cnp.PyArray_DIM(x, axis)
    plan.columns = plan.part.rows.n > 1 and not (xstep == size and ystep == size)
    if plan.columns:
        # fewer columns than a vector has lanes are better copied
        if last.x != size or (has_gradient and last.y != size) or last.size < 16 \
                or plan.part.rows.n > loss_columns_most():
            return False
        plan.part.rows.xstep, plan.part.rows.ystep = xstep // size, ystep // size
        return xstep % size == 0 and ystep % size == 0
    plan.part.rows.xstep, plan.part.rows.ystep = last.x // size, last.y // size
    return last.x % size == 0 and last.y % size == 0


cdef size_t locate(const Plan *plan, size_t row, const char **x, char **y) noexcept nogil:
    """Where a row begins; how many, with it, follow at even steps."""
    cdef int d
    cdef Py_ssize_t index
    cdef size_t together = plan.dim[plan.dims - 1].size - row % plan.dim[plan.dims - 1].size
    x[0] = plan.x
    y[0] = plan.y
    for d in range(plan.dims - 1, -1, -1):
        index = row % plan.dim[d].size
        x[0] += index * plan.dim[d].x
        if plan.y != NULL:
            y[0] += index * plan.dim[d].y
        row //= plan.dim[d].size
    return together
