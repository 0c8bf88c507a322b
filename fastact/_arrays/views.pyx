"""The C library's functions on memoryviews of any steps: what fastact.cython_views is made of.

All that is wrong is said before anything is written.
"""

from fastact._arrays.engine cimport (
    FA_F32, FA_F64, FA_NO_MEMORY, FA_UNSUPPORTED_LAYOUT, fa_call, fa_call_rows, fa_op, fa_row_op, fa_status,
    fa_strided, fa_strided_apart, fa_strided_same,
)
from fastact._arrays.kernels cimport note_threads_for


cdef int refuse(const char *name, str why) except -1:
    raise ValueError(f"fastact.cython_views.{name.decode()}: {why}")


cdef int refuse_overlap(const char *name, const fa_strided *nest, int inputs, int count,
                        bint is_double) except -1 nogil:
    """Refuses outputs that share memory with another operand, but for those that are an input, element by element."""
    cdef int a, b
    for b in range(inputs, count):
        for a in range(b):
            if not (fa_strided_apart(nest, a, b, 8 if is_double else 4)
                    or (a < inputs and fa_strided_same(nest, a, b))):
                with gil:
                    refuse(name, "an output shares some of its memory with another view; give one that is apart, or "
                                 "the same view")
    return 0


cdef int run(const char *name, Operands *given, fa_op op, int outputs, bint is_double) except -1 nogil:
    """Runs an elementwise operation on views of one length; its outputs come last."""
    cdef Py_ssize_t n = given.lengths[given.count - 1]
    cdef Py_ssize_t[6] steps
    cdef int a
    for a in range(given.count):
        steps[a] = given.nest.steps[a][0]
        if given.lengths[a] >= 0 and given.lengths[a] != n:
            with gil:
                refuse(name, f"views have {given.lengths[a]} and {n} elements; give all of them as many")
    if n == 0:
        return 0
    given.nest.dimensions, given.nest.shape[0] = 1, n
    refuse_overlap(name, &given.nest, given.count - outputs, given.count, is_double)
    note_threads_for(n)
    fa_call(op, FA_F64 if is_double else FA_F32, given.nest.args, steps, n)
    return 0


cdef int run_rows(const char *name, Rows *given, fa_row_op op, bint is_double) except -1 nogil:
    """Runs a row operation on views of as many rows, of one length; the result is operand 1."""
    cdef fa_status status
    cdef Py_ssize_t rows = given.rows[0], length = given.lengths[0]
    cdef int a
    for a in range(1, given.count):
        if given.rows[a] != rows or given.lengths[a] not in (-1, length):
            with gil:
                refuse(name, f"views have {rows} rows of {length} elements and {given.rows[a]} rows"
                             + (f" of {given.lengths[a]}" if given.lengths[a] >= 0 else "")
                             + "; give all of them as many")
    if rows == 0 or length == 0:
        return 0
    given.nest.dimensions, given.nest.shape[0], given.nest.shape[1] = 2, rows, length
    refuse_overlap(name, &given.nest, 1, 2, is_double)
    note_threads_for(rows * length)
    status = fa_call_rows(op, FA_F64 if is_double else FA_F32, &given.nest, b"\0\1")
    if status == FA_NO_MEMORY:
        with gil:
            raise MemoryError(f"fastact.cython_views.{name.decode()}: no memory for the scratch of rows")
    if status == FA_UNSUPPORTED_LAYOUT:
        with gil:
            refuse(name, "the elements of a row, or those of a column, must be adjacent in all views; give copies that "
                         "are")
    return 0
