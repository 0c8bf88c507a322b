"""Row functions of scale*x + bias under a mask, in memory that does not grow with x.

The sum is made in two parts, high and low, where its rounding to the type would show; a few rows at a time, or a long
row a few blocks at a time: once for its peak, once for its sums and once for its output.
"""

cimport numpy as cnp
from libc.float cimport FLT_MAX
from libc.math cimport INFINITY, copysign, isinf

from fastact._arrays.call cimport Elementwise, call_many
from fastact._arrays.convert cimport read_finite, write_buffer
from fastact._arrays.engine cimport (
    FA_ADD_EXP,
    FA_BLOCK,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    FA_SOME_NAN,
    FA_STAGES,
    fa_dtype,
    fa_extra,
    fa_long_row,
    fa_long_row_make,
    fa_long_row_take,
    fa_loop,
    fa_loop_of_parts,
    fa_row_op,
    fa_run_made_rows,
    fa_run_scaled_rows,
    fa_status,
    fa_strided,
    fa_workers,
)
from fastact._arrays.kernels cimport check_memory, kernels, note_threads
from fastact._arrays.layout cimport MAX_DIMS, PyArray_IS_C_CONTIGUOUS, kernel_reads, nest_in_order
from fastact._arrays.rows cimport TASK, extra_at, extra_of, over_rows

import math

import numpy as np

from fastact._arrays.convert import slabs

cnp.import_array()

cdef Elementwise row_input = Elementwise("row_input")

# by fa_dtype: the kernels' types, and what stands for no bias and no mask
cdef tuple KINDS = (np.dtype(np.float32), np.dtype(np.float64))
cdef tuple ZEROS = tuple([np.zeros((), kind) for kind in KINDS])
cdef tuple ONES = tuple([np.ones((), kind) for kind in KINDS])


cdef cnp.ndarray number_in_kind(double number, object kind):
    cdef float single = <float>number
    cdef cnp.ndarray made = cnp.PyArray_EMPTY(0, NULL, kind.num, 0)
    if cnp.PyArray_TYPE(made) == cnp.NPY_DOUBLE:
        (<double *>cnp.PyArray_DATA(made))[0] = number
    else:
        if isinf(single) and not isinf(number):
            single = <float>copysign(FLT_MAX, number)
        (<float *>cnp.PyArray_DATA(made))[0] = single
    return made


cdef cnp.ndarray in_kind(cnp.ndarray part, object kind):
    """In the kernels' type. What is finite stays so."""
    if kernel_reads(part, kind.num):
        return part
    if cnp.PyArray_NDIM(part) == 0 and kernel_reads(part, cnp.NPY_DOUBLE):
        return number_in_kind((<double *>cnp.PyArray_DATA(part))[0], kind)
    with np.errstate(all="ignore"):
        return read_finite(part, kind)


cdef bint is_exact(object bias, cnp.ndarray scale) except -1:
    """Whether scale*x + bias needs no second part and cannot overflow: powers of two up to 1, or 0, and no bias."""
    if bias is not None or cnp.PyArray_SIZE(scale) > FA_BLOCK:
        return False
    if cnp.PyArray_NDIM(scale) == 0:
        number = abs(float(scale))
        return number == 0 or (number <= 1 and math.frexp(number)[0] == 0.5)
    with np.errstate(all="ignore"):  # bfloat16 compares NaN with a warning
        mantissa = np.frexp(scale)[0]
        return bool((((np.abs(mantissa) == 0.5) & (np.abs(scale) <= 1)) | (scale == 0)).all())


cdef bint of_packed(tuple given, tuple shape, cnp.ndarray y, fa_row_op op, fa_dtype dtype, size_t n,
                    bint exact, cnp.ndarray extra) except -1:
    """Rows made of operands that kernels can read, to a contiguous result; whether a row of it is NaN."""
    cdef fa_strided nest
    cdef fa_loop make = row_input.loops[dtype] if exact else fa_loop_of_parts(kernels(), dtype)
    cdef size_t count = math.prod(shape) // n
    cdef fa_status status
    cdef fa_extra place
    cdef const fa_extra *beside = extra_at(extra, &place)
    nest_in_order(&nest, shape, (*given, *(None,) * make.outputs), cnp.PyArray_ITEMSIZE(y))
    note_threads()
    with nogil:
        status = fa_run_made_rows(&make, &nest, cnp.PyArray_DATA(y), op, count, n, beside)
    check_memory(status)
    return status == FA_SOME_NAN


cdef bint spreads(cnp.ndarray option, cnp.ndarray x) noexcept:
    """Whether an array, adjacent along its last axis, which is that of x, broadcasts to x."""
    cdef int missing = cnp.PyArray_NDIM(x) - cnp.PyArray_NDIM(option), axis
    if missing < 0 or cnp.PyArray_NDIM(option) == 0:
        return False
    for axis in range(cnp.PyArray_NDIM(option)):
        if cnp.PyArray_DIM(option, axis) != cnp.PyArray_DIM(x, axis + missing) and (
                cnp.PyArray_DIM(option, axis) != 1 or axis + missing == cnp.PyArray_NDIM(x) - 1):
            return False
    return is_adjacent(option)


cdef int at_once(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced, object where,
                 object bias, double scale, cnp.ndarray extra) except -2:
    """Rows that lie as kernels read them. -1 where they do not, and nothing has been written."""
    cdef int last = cnp.PyArray_NDIM(x) - 1, axis, number = cnp.NPY_DOUBLE if dtype else cnp.NPY_FLOAT
    cdef Py_ssize_t n
    cdef double size = -scale if scale < 0 else scale
    if last < 0 or not reduced[last] or not 2.0**-100 <= size <= 2.0**100 or extra is not None and size != 1:
        return -1
    for axis in range(last):
        if reduced[axis]:
            return -1
    n = cnp.PyArray_DIM(x, last)
    if not (SHORT <= n <= LONG and kernel_reads(x, number) and kernel_reads(y, number) and is_adjacent(x)
            and PyArray_IS_C_CONTIGUOUS(y)):
        return -1
    if bias is not None:
        if where is not None or not (kernel_reads(bias, number) and spreads(bias, x)):
            return -1
        of_packed((x, number_in_kind(scale, KINDS[dtype]), bias, ONES[dtype]), (<object>x).shape, y, op, dtype, n,
                  False, extra)
        return 0
    if where is None:
        if scale < 0 or not PyArray_IS_C_CONTIGUOUS(x) or cnp.PyArray_DATA(x) == cnp.PyArray_DATA(y):
            return -1
    elif cnp.PyArray_TYPE(where) != cnp.NPY_BOOL or not spreads(where, x):
        return -1
    of_scaled(x, where, y, op, dtype, scale, extra)
    return 0


cdef bint is_served(object where, object bias, cnp.ndarray scale, cnp.ndarray extra) except -1:
    """Whether a number scales and a mask of bytes, or none, says what counts: then nothing is made in parts. An extra
    logit is not scaled."""
    if bias is not None or cnp.PyArray_SIZE(scale) != 1:
        return False
    if extra is not None and abs(scale.item()) != 1:
        return False
    with np.errstate(all="ignore"):
        return (where is None or where.dtype == np.bool_) and bool(2.0**-100 <= abs(scale.item()) <= 2.0**100)


cdef bint is_adjacent(cnp.ndarray a) noexcept:
    """Whether neighbours along the last axis are adjacent in memory."""
    cdef int last = cnp.PyArray_NDIM(a) - 1
    return cnp.PyArray_DIM(a, last) == 1 or cnp.PyArray_STRIDE(a, last) == cnp.PyArray_ITEMSIZE(a)


cdef int of_scaled(cnp.ndarray x, cnp.ndarray where, cnp.ndarray y, fa_row_op op, fa_dtype dtype,
                   double scale, cnp.ndarray extra) except -1:
    """Rows along the last axis of scale*x, x and mask adjacent there, to a contiguous result. The mask
    broadcasts to x. Without one x is contiguous, apart from the result."""
    cdef fa_strided nest
    cdef fa_status status
    cdef fa_extra place
    cdef const fa_extra *beside = extra_at(extra, &place)
    cdef int axis, missing = 0 if where is None else cnp.PyArray_NDIM(x) - cnp.PyArray_NDIM(where)
    cdef Py_ssize_t size = cnp.PyArray_SIZE(x)
    nest.args[0], nest.args[1] = cnp.PyArray_BYTES(x), NULL
    if where is None:
        nest.dimensions = 2
        nest.shape[1] = cnp.PyArray_DIM(x, cnp.PyArray_NDIM(x) - 1)
        nest.shape[0] = size // <Py_ssize_t>nest.shape[1]
        nest.steps[0][1] = cnp.PyArray_ITEMSIZE(x)
        nest.steps[0][0] = <Py_ssize_t>nest.shape[1] * cnp.PyArray_ITEMSIZE(x)
    else:
        nest.dimensions = cnp.PyArray_NDIM(x)
        nest.args[1] = cnp.PyArray_BYTES(where)
        for axis in range(nest.dimensions):
            nest.shape[axis] = cnp.PyArray_DIM(x, axis)
            nest.steps[0][axis] = cnp.PyArray_STRIDE(x, axis)
            nest.steps[1][axis] = 0
            if axis >= missing and cnp.PyArray_DIM(where, axis - missing) > 1:
                nest.steps[1][axis] = cnp.PyArray_STRIDE(where, axis - missing)
    note_threads()
    with nogil:
        status = fa_run_scaled_rows(kernels(), op, dtype, &nest, cnp.PyArray_DATA(y), scale, beside)
    check_memory(status)
    return 0


cdef int by_scaled_slabs(cnp.ndarray x, object where, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes,
                         Py_ssize_t n, double scale, cnp.ndarray extra) except -1:
    """The same in any layout and type, a slab at a time."""
    cdef int dims = x.ndim - len(axes)
    cdef cnp.ndarray part, slab
    kind, last = KINDS[dtype], tuple(range(-len(axes), 0))
    source = np.moveaxis(x, axes, last)
    mask = None if where is None else np.moveaxis(np.broadcast_to(where, (<object>x).shape), axes, last)
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    note_threads()
    for index in slabs(source.shape[:dims], n, 2 * TASK * fa_workers(cnp.PyArray_SIZE(x))):
        part = target[index]
        slab = part
        if not (kernel_reads(part, kind.num) and PyArray_IS_C_CONTIGUOUS(part)):
            slab = np.empty((<object>part).shape, kind)
        flat = np.ascontiguousarray(in_kind(source[index], kind)).reshape(-1, n)
        counts = None if mask is None else np.ascontiguousarray(mask[index]).reshape(-1, n)
        if counts is None and (scale < 0 or np.may_share_memory(flat, slab)):
            counts = np.broadcast_to(np.ones(n, bool), flat.shape)
        of_scaled(flat, counts, slab, op, dtype, scale, extra_of(extra, index))
        if slab is not part:
            with np.errstate(all="ignore"):
                write_buffer(part, slab)
    return 0


cdef bint is_spoiled(cnp.ndarray part, int inner) except -1:
    """Whether a row of results is NaN: then its first element is."""
    return bool(np.isnan(part[(..., *(0,) * inner)]).any())


cdef int by_slabs(list moved, cnp.ndarray target, fa_row_op op, fa_dtype dtype, object kind, int dims, size_t n,
                  bint exact, cnp.ndarray extra) except -1:
    """Rows along all but the first `dims` axes: operands are read, and rows made, a slab at a time."""
    cdef cnp.ndarray part, slab
    cdef int spoiled = 0, axis, inner = (<cnp.ndarray>moved[0]).ndim - dims
    cdef char[MAX_DIMS] reduced
    cdef size_t limit
    note_threads()
    limit = 2 * TASK * fa_workers(cnp.PyArray_SIZE(moved[0]))
    for index in slabs((<object>moved[0]).shape[:dims], n, limit):
        part = target[index]
        shape = moved[0][index].shape
        if exact:
            slab = part if op != FA_LOGSUMEXP and kernel_reads(part, kind.num) else np.empty(shape, kind)
            for piece in slabs(shape, 1, limit):
                given = tuple([in_kind(a[index][piece], kind) for a in moved])
                call_many(row_input, given, slab[piece], True, "same_kind", "K", None, True)
            for axis in range(slab.ndim):
                reduced[axis] = axis >= slab.ndim - inner
            over_rows(slab, part[(..., *(0,) * inner)] if op == FA_LOGSUMEXP else part, op, kind.num, reduced, None,
                      extra_of(extra, index))
            if op != FA_LOGSUMEXP:
                spoiled |= is_spoiled(part, inner)
            continue
        given = tuple([in_kind(a[index], kind) for a in moved])
        slab = part
        if not (kernel_reads(part, kind.num) and PyArray_IS_C_CONTIGUOUS(part)):
            slab = np.empty((<object>part).shape, kind)
        spoiled |= of_packed(given, shape, slab, op, dtype, n, False, extra_of(extra, index))
        if slab is not part:
            write_buffer(part, slab)
    return spoiled


# ---- a long row ----

cdef int take(fa_long_row *row, cnp.ndarray made, cnp.ndarray place, Py_ssize_t first) except -1:
    """What one stage does with the elements that have been made; in the last, their results go to their place."""
    cdef Py_ssize_t last = first + <Py_ssize_t>row.filled
    with nogil:
        fa_long_row_take(row)
    if row.stage == FA_STAGES - 1:
        results = made[:row.filled]
        if place.ndim == 1:
            write_buffer(place[first:last], results)
        else:
            place.flat[first:last] = results
    row.filled = 0
    return 0


cdef int long_row(list operands, cnp.ndarray place, fa_row_op op, fa_dtype dtype, object kind,
                  double extra) except -1:
    """Blocks are made and taken by as many threads as serve. extra: the extra logit, -inf for none. 1 where the row's
    results are NaN."""
    cdef fa_strided nest
    cdef fa_loop make = fa_loop_of_parts(kernels(), dtype)
    cdef cnp.ndarray high, low, of_block, logit, none
    cdef size_t whole, start, count
    cdef Py_ssize_t first  # of the elements in the buffers
    cdef fa_long_row row
    note_threads()
    row.make, row.op, row.workers = &make, op, fa_workers(cnp.PyArray_SIZE(operands[0]))
    row.room = TASK * <size_t>row.workers
    high, low = np.empty(row.room, kind), np.empty(row.room, kind)
    of_block = np.empty(2 * (row.room // FA_BLOCK), np.float64)
    row.high, row.low = cnp.PyArray_BYTES(high), cnp.PyArray_BYTES(low)
    row.of_block = <double *>cnp.PyArray_DATA(of_block)
    row.m[0], row.m[1], row.s[0], row.s[1] = extra if extra == extra else -INFINITY, 0, 0, 0
    for row.stage in range(FA_STAGES - 1 if op == FA_LOGSUMEXP else FA_STAGES):
        first = row.filled = 0
        for piece in slabs(operands[0].shape, 1, row.room):
            given = [in_kind(a[piece], kind) for a in operands]
            nest_in_order(&nest, given[0].shape, (*given, None, None), kind.itemsize)
            whole, start = given[0].size, 0
            while start < whole:
                count = min(whole - start, row.room - row.filled)
                with nogil:
                    fa_long_row_make(&row, &nest, start, count)
                start += count
                if row.filled == row.room:
                    take(&row, high, place, first)
                    first += row.room
        if row.filled:
            take(&row, high, place, first)
        if row.stage == FA_ADD_EXP and extra != -INFINITY:  # a block of its own
            logit, none = np.full(1, extra, kind), np.zeros(1, kind)
            kernels().parts[dtype].sum(op, cnp.PyArray_DATA(logit), cnp.PyArray_DATA(none), 1, row.m, row.s)
    if op == FA_LOGSUMEXP:
        kernels().parts[dtype].finish(op, row.high, row.low, row.high, 1, row.m, row.s)
        write_buffer(place.reshape(1), high[:1])
    return row.s[0] != row.s[0] or not math.isfinite(row.m[0])


# ---- the one way in ----

cdef int settle(cnp.ndarray y, object where, tuple axes, fa_row_op op) except -1:
    """In rows that are NaN, or of which nothing counts, masked elements get what they have in any other."""
    value = 0 if op == FA_SOFTMAX else -np.inf
    last = tuple(range(-len(axes), 0))
    target = np.moveaxis(y, axes, last)
    mask = np.moveaxis(np.broadcast_to(where, (<object>y).shape), axes, last)
    outer, row = target.shape[:y.ndim - len(axes)], target.shape[y.ndim - len(axes):]
    for index in slabs(outer, math.prod(row), TASK):
        part, counts = target[index], mask[index]
        spoiled = np.isnan(part[(..., *(0,) * len(axes))])
        if part.ndim > len(axes):
            if spoiled.any():
                np.copyto(part, value, where=spoiled.reshape(spoiled.shape + (1,) * len(axes)) & ~counts)
        elif spoiled:
            for piece in slabs(row, 1, TASK):
                np.copyto(part[piece], value, where=~counts[piece])
    return 0


cdef int by_layout(list operands, cnp.ndarray y, fa_row_op op, fa_dtype dtype, object kind, tuple axes,
                   bint exact, cnp.ndarray extra) except -1:
    """Rows in any layout. 1 where a row of results is NaN."""
    cdef cnp.ndarray x = operands[0]
    cdef int spoiled = 0, dims = x.ndim - len(axes)
    last = tuple(range(-len(axes), 0))
    moved = [np.moveaxis(np.broadcast_to(a, (<object>x).shape), axes, last) for a in operands]
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    n = math.prod(moved[0].shape[dims:])
    with np.errstate(all="ignore"):
        if n <= LONG or (exact and op != FA_LOGSUMEXP and kernel_reads(y, kind.num)
                         and PyArray_IS_C_CONTIGUOUS(target)):
            return by_slabs(moved, target, op, dtype, kind, dims, n, exact, extra)
        for index in np.ndindex(moved[0].shape[:dims]):
            beside = -math.inf if extra is None else float((<object>extra)[index] if cnp.PyArray_NDIM(extra) else extra)
            spoiled |= long_row([a[index] for a in moved], target[(*index, ...)], op, dtype, kind, beside)
    return spoiled


cdef int of_options(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                    object scale, cnp.ndarray extra) except -1:
    """The function of scale*x + bias where the mask holds."""
    cdef bint exact
    cdef int spoiled
    cdef size_t n = 1
    kind = KINDS[dtype]
    for axis in axes:
        n *= cnp.PyArray_DIM(x, axis)
    if SHORT <= n <= LONG and is_served(where, bias, scale, extra):
        return by_scaled_slabs(x, where, y, op, dtype, axes, n, in_kind(scale, kind).item(), extra)
    operands = [x, scale, ZEROS[dtype] if bias is None else bias, ONES[dtype] if where is None else where]
    # what is repeated is converted once, the rest a slab at a time
    most = max(1024, min(cnp.PyArray_SIZE(x) // 4, 8 * TASK))
    operands = [a if cnp.PyArray_SIZE(a) > most else in_kind(a, kind) for a in operands]
    exact = is_exact(bias, operands[1])
    # operands that kernels can read, and a result that is written in order
    if (n <= <size_t>(TASK if exact else LONG) and axes == tuple(range(x.ndim - len(axes), x.ndim))
            and PyArray_IS_C_CONTIGUOUS(y) and kernel_reads(y, kind.num)
            and all([kernel_reads(a, kind.num) for a in operands])):
        spoiled = of_packed(tuple(operands), (<object>x).shape, y, op, dtype, n, exact, extra)
    else:
        spoiled = by_layout(operands, y, op, dtype, kind, axes, exact, extra)
    if where is not None and spoiled and op != FA_LOGSUMEXP:
        settle(y, where, axes, op)
    return 0
