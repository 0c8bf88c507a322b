"""Row functions on arrays of any layout and of the kernels' types or others."""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_extra, fa_row_op

cdef enum:
    TASK = 65_536  # elements of a slab that goes through a buffer

cdef inline const fa_extra *extra_at(cnp.ndarray extra, fa_extra *place) noexcept:
    """Extra logits as the engine reads them: one of each row, packed, or without axes one for all; NULL for none."""
    if extra is None:
        return NULL
    place.logits = cnp.PyArray_DATA(extra)
    place.step = 1 if cnp.PyArray_NDIM(extra) else 0
    return place

cdef cnp.ndarray extra_of(cnp.ndarray extra, object index)
cdef bint run_direct(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int type_number, const char *reduced,
                     cnp.ndarray dy=*, cnp.ndarray extra=*) except -1
cdef bint run_both(cnp.ndarray x, cnp.ndarray y, cnp.ndarray sums, fa_row_op op, const char *reduced,
                   cnp.ndarray extra) except -1
cdef int over_rows(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int type_number, const char *reduced,
                   cnp.ndarray dy=*, cnp.ndarray extra=*) except -1
