"""Row functions: where their arrays lie, or a few rows at a time through a buffer."""

cimport numpy as cnp

from fastact._arrays.convert cimport read_buffer, read_finite, write_buffer
from fastact._arrays.engine cimport (
    FA_F32, FA_F64, FA_LOGSUMEXP, FA_UNSUPPORTED_LAYOUT, fa_dtype, fa_extra, fa_row_op, fa_run_rows,
    fa_run_rows_and_sums, fa_status,
    fa_strided,
)
from fastact._arrays.kernels cimport GIL_CUTOFF, check_memory, kernels, note_threads
from fastact._arrays.layout cimport dtype_of, kernel_reads, place_rows

import numpy as np

from fastact._arrays.convert import slabs

cnp.import_array()


cdef cnp.ndarray extra_of(cnp.ndarray extra, object index):
    """The extra logits of some rows."""
    return extra if extra is None or cnp.PyArray_NDIM(extra) == 0 else (<object>extra)[index]


cdef bint run_rows(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced,
                   cnp.ndarray dy, cnp.ndarray extra) except -1:
    """Runs the operation where the arrays lie; False where their layout does not allow it.

    reduced[a] says whether axis a lies along the rows. y has x's axes, or for logsumexp those that are left. A gradient
    has dy too, of x's shape. extra: see extra_at.
    """
    cdef fa_strided arrays
    cdef fa_extra place
    cdef const fa_extra *beside
    cdef fa_status status
    place_rows(&arrays, x, y, dy, reduced if op == FA_LOGSUMEXP else NULL)
    if extra is not None:
        beside = extra_at(extra, &place)
        note_threads()
        with nogil:
            status = fa_run_rows_and_sums(kernels(), op, dtype, &arrays, reduced, beside, NULL)
    elif cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        status = fa_run_rows(kernels(), op, dtype, &arrays, reduced)
    else:
        note_threads()
        with nogil:
            status = fa_run_rows(kernels(), op, dtype, &arrays, reduced)
    check_memory(status)
    return status != FA_UNSUPPORTED_LAYOUT


cdef bint run_both(cnp.ndarray x, cnp.ndarray y, cnp.ndarray sums, fa_row_op op, const char *reduced,
                   cnp.ndarray extra) except -1:
    """softmax or log_softmax where the arrays lie, and logsumexp, packed; False where their layout does not allow it,
    and nothing has been written."""
    cdef fa_strided arrays
    cdef fa_status status
    cdef fa_dtype dtype = dtype_of(cnp.PyArray_TYPE(x))
    cdef fa_extra place
    cdef const fa_extra *beside = extra_at(extra, &place)
    place_rows(&arrays, x, y, None, NULL)
    note_threads()
    with nogil:
        status = fa_run_rows_and_sums(kernels(), op, dtype, &arrays, reduced, beside, cnp.PyArray_DATA(sums))
    check_memory(status)
    return status != FA_UNSUPPORTED_LAYOUT


cdef int through_buffer(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced,
                        cnp.ndarray dy, cnp.ndarray extra) except -1:
    """Runs the operation a few rows at a time, through a contiguous buffer."""
    cdef cnp.ndarray second = None
    axes = tuple([a for a in range(x.ndim) if reduced[a]])
    last = tuple(range(-len(axes), 0))
    source = np.moveaxis(x, axes, last)
    upstream = None if dy is None else np.moveaxis(dy, axes, last)
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = source.shape[:x.ndim - len(axes)]
    n = int(np.prod(source.shape[len(outer):], dtype=np.intp))
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    for index in slabs(outer, n, TASK):
        part = target[index]
        flat = (read_finite if upstream is None else read_buffer)(source[index], kind).reshape(-1, n)
        if upstream is not None:
            second = read_buffer(upstream[index], kind).reshape(-1, n)
        result = flat if op != FA_LOGSUMEXP else np.empty((len(flat), 1), kind)
        run_rows(flat, result, op, dtype, b"\0\1", second, extra_of(extra, index))
        write_buffer(part, result.reshape(part.shape))
    return 0


cdef bint run_direct(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int type_number, const char *reduced,
                     cnp.ndarray dy=None, cnp.ndarray extra=None) except -1:
    """Runs the operation where the arrays lie; False where neither their types nor their layout allow it."""
    return (kernel_reads(x, type_number) and kernel_reads(y, type_number)
            and (dy is None or kernel_reads(dy, type_number))
            and run_rows(x, y, op, dtype_of(type_number), reduced, dy, extra))


cdef int over_rows(cnp.ndarray x, cnp.ndarray y, fa_row_op op, int type_number, const char *reduced,
                   cnp.ndarray dy=None, cnp.ndarray extra=None) except -1:
    """Runs the operation in a type of the kernels', whatever the arrays' own. A gradient has dy too, of x's shape."""
    if not run_direct(x, y, op, type_number, reduced, dy, extra):
        with np.errstate(all="ignore"):
            through_buffer(x, y, op, FA_F64 if type_number == cnp.NPY_DOUBLE else FA_F32, reduced, dy, extra)
    return 0
