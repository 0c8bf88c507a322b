"""The C library's functions on memoryviews of any steps: what fastact.cython_views is made of."""

from fastact._arrays.engine cimport FA_MAX_ARGUMENTS, fa_op, fa_row_op, fa_strided


cdef struct Operands:
    # of an elementwise operation, in the kernels' order
    fa_strided nest
    Py_ssize_t[FA_MAX_ARGUMENTS] lengths  # -1 of a number
    int count


cdef struct Rows:
    # of a row operation, in the engine's order
    fa_strided nest
    Py_ssize_t[3] rows
    Py_ssize_t[3] lengths  # -1 of what has one element for a row
    int count


cdef inline void add(Operands *to, const void *at, Py_ssize_t step, Py_ssize_t length) noexcept nogil:
    to.nest.args[to.count] = <char *>at
    to.nest.steps[to.count][0] = step
    to.lengths[to.count] = length
    to.count += 1


cdef inline void add_rows(Rows *to, const void *at, Py_ssize_t rows, Py_ssize_t row_step, Py_ssize_t length,
                          Py_ssize_t step) noexcept nogil:
    to.nest.args[to.count] = <char *>at
    to.nest.steps[to.count][0], to.nest.steps[to.count][1] = row_step, step
    to.rows[to.count], to.lengths[to.count] = rows, length
    to.count += 1


cdef int run(const char *name, Operands *given, fa_op op, int outputs, bint is_double) except -1 nogil
cdef int run_rows(const char *name, Rows *given, fa_row_op op, bint is_double) except -1 nogil
