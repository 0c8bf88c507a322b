"""Row functions of scale*x + bias under a mask, in memory that does not grow with x.

The sum is made in two parts, high and low, where its rounding to the type would show; a few rows at a time, or a long
row a few blocks at a time: once for its peak, once for its sums and once for its output.
"""

cimport numpy as cnp

from fastact._call cimport Elementwise, call_many
from fastact._kernels cimport (
    FA_BLOCK,
    FA_F32,
    FA_LIGHT,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    Loop,
    fa_dtype,
    fa_parts,
    fa_row_op,
    kernels,
    map_nest,
    note_threads,
    threads_for,
)
from fastact._layout cimport PyArray_IS_C_CONTIGUOUS, fa_nest, nest_in_order
from fastact._plan cimport MAX_DIMS
from fastact._run cimport TASK, execute_made
from fastact._slabs cimport is_direct, over_rows, read_buffer, write_buffer

import math

import numpy as np

from fastact._slabs import slabs

cnp.import_array()

cdef Elementwise row_input = Elementwise("row_input")


cdef cnp.ndarray in_kind(cnp.ndarray part, object kind):
    """In the kernels' type. What is finite stays so: it ends at the type's largest number."""
    cdef cnp.ndarray made
    if is_direct(part, kind.num):
        return part
    made = read_buffer(part, kind)
    if part.dtype.kind == "f" and part.dtype.itemsize > kind.itemsize:
        beyond = np.isinf(made)
        if beyond.any():
            beyond &= np.isfinite(part)
            np.copyto(made, np.copysign(np.finfo(kind).max, made), where=beyond)
    return made


cdef bint is_exact(object bias, cnp.ndarray scale) except -1:
    """Whether scale*x + bias needs no second part and cannot overflow: powers of two up to 1, or 0, and no bias."""
    if bias is not None or cnp.PyArray_SIZE(scale) > FA_BLOCK:
        return False
    mantissa = np.frexp(scale)[0]
    return bool((((np.abs(mantissa) == 0.5) & (np.abs(scale) <= 1)) | (scale == 0)).all())


cdef Loop loop_in_parts(fa_dtype dtype) noexcept:
    cdef Loop loop
    loop.kernel, loop.dtype, loop.inputs, loop.outputs = kernels().parts[dtype].make, dtype, 4, 2
    loop.cost = FA_LIGHT
    return loop


cdef int of_packed(tuple given, tuple shape, cnp.ndarray y, fa_row_op op, fa_dtype dtype, size_t n,
                   bint exact) except -1:
    """Rows made of operands that kernels can read, to a contiguous result; 1 where a row of it is NaN."""
    cdef fa_nest nest
    cdef Loop loop = row_input.loops[dtype] if exact else loop_in_parts(dtype)
    nest_in_order(&nest, shape, (*given, *(None,) * loop.outputs), cnp.PyArray_ITEMSIZE(y))
    return execute_made(&nest, &loop, y, op, dtype, math.prod(shape) // n, n)


cdef bint is_spoiled(cnp.ndarray part, int inner) except -1:
    """Whether a row of results is NaN: then its first element is."""
    return bool(np.isnan(part[(..., *(0,) * inner)]).any())


cdef int by_slabs(list moved, cnp.ndarray target, fa_row_op op, fa_dtype dtype, object kind, int dims, size_t n,
                  bint exact) except -1:
    """Rows along all but the first `dims` axes: operands are read, and rows made, a slab at a time."""
    cdef cnp.ndarray part, slab
    cdef int spoiled = 0, axis, inner = (<cnp.ndarray>moved[0]).ndim - dims
    cdef char[MAX_DIMS] reduced
    cdef size_t limit
    note_threads()
    limit = 2 * TASK * threads_for(cnp.PyArray_SIZE(moved[0]))
    for index in slabs((<object>moved[0]).shape[:dims], n, limit):
        part = target[index]
        shape = moved[0][index].shape
        if exact:
            slab = part if op != FA_LOGSUMEXP and is_direct(part, kind.num) else np.empty(shape, kind)
            for piece in slabs(shape, 1, limit):
                given = tuple([in_kind(a[index][piece], kind) for a in moved])
                call_many(row_input, given, slab[piece], True, "same_kind", "K", None, True)
            for axis in range(slab.ndim):
                reduced[axis] = axis >= slab.ndim - inner
            over_rows(slab, part[(..., *(0,) * inner)] if op == FA_LOGSUMEXP else part, op, kind.num, reduced)
            if op != FA_LOGSUMEXP:
                spoiled |= is_spoiled(part, inner)
            continue
        given = tuple([in_kind(a[index], kind) for a in moved])
        slab = part
        if not (is_direct(part, kind.num) and PyArray_IS_C_CONTIGUOUS(part)):
            slab = np.empty((<object>part).shape, kind)
        spoiled |= of_packed(given, shape, slab, op, dtype, n, False)
        if slab is not part:
            write_buffer(part, slab)
    return spoiled


# ---- a long row ----

cdef struct Long:
    size_t filled     # elements in the buffers
    Py_ssize_t offset  # of their first in the row
    double[2] m
    double[2] s


cdef int take(Long *row, int stage, fa_row_op op, fa_dtype dtype, cnp.ndarray high, cnp.ndarray low,
              cnp.ndarray place) except -1:
    """What one stage does with the blocks that have been made."""
    cdef const fa_parts *parts = &kernels().parts[dtype]
    cdef size_t i, k, size = cnp.PyArray_ITEMSIZE(high)
    cdef char *first = cnp.PyArray_BYTES(high)
    cdef char *second = cnp.PyArray_BYTES(low)
    with nogil:
        i = 0
        while i < row.filled:
            k = min(row.filled - i, <size_t>FA_BLOCK)
            if stage == 0:
                parts.peak(first + i * size, second + i * size, k, row.m)
            elif stage == 1:
                parts.sum(op, first + i * size, second + i * size, k, row.m, row.s)
            else:
                parts.finish(op, first + i * size, second + i * size, first + i * size, k, row.m, row.s)
            i += FA_BLOCK
    if stage == 2:
        made = high[:row.filled]
        if place.ndim == 1:
            write_buffer(place[row.offset:row.offset + row.filled], made)
        else:
            place.flat[row.offset:row.offset + row.filled] = made
    row.offset += row.filled
    row.filled = 0
    return 0


cdef int long_row(list operands, cnp.ndarray place, fa_row_op op, fa_dtype dtype, object kind) except -1:
    """1 where the row's results are NaN."""
    cdef fa_nest nest
    cdef Loop loop = loop_in_parts(dtype)
    cdef cnp.ndarray high = np.empty(TASK, kind), low = np.empty(TASK, kind)
    cdef Py_ssize_t size = kind.itemsize
    cdef size_t start, whole, some
    cdef int stage
    cdef Long row
    row.m[0], row.m[1], row.s[0], row.s[1] = -np.inf, 0, 0, 0
    shape = operands[0].shape
    for stage in range(2 if op == FA_LOGSUMEXP else 3):
        row.offset = row.filled = 0
        for piece in slabs(shape, 1, TASK):
            given = [in_kind(a[piece], kind) for a in operands]
            nest_in_order(&nest, given[0].shape, (*given, None, None), size)
            whole, start = given[0].size, 0
            while start < whole:
                some = min(whole - start, TASK - row.filled)
                nest.args[4] = cnp.PyArray_BYTES(high) + (<Py_ssize_t>row.filled - <Py_ssize_t>start) * size
                nest.args[5] = cnp.PyArray_BYTES(low) + (<Py_ssize_t>row.filled - <Py_ssize_t>start) * size
                with nogil:
                    map_nest(&loop, &nest, start, some)
                row.filled += some
                start += some
                if row.filled == TASK:
                    take(&row, stage, op, dtype, high, low, place)
        if row.filled:
            take(&row, stage, op, dtype, high, low, place)
    if op == FA_LOGSUMEXP:
        kernels().parts[dtype].finish(op, cnp.PyArray_BYTES(high), cnp.PyArray_BYTES(low), cnp.PyArray_BYTES(high), 1,
                                      row.m, row.s)
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


cdef int of_options(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                    object scale) except -1:
    """The function of scale*x + bias where the mask holds."""
    cdef bint exact
    cdef int spoiled = 0, dims = x.ndim - len(axes)
    last = tuple(range(-len(axes), 0))
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    operands = [x, scale, np.zeros((), kind) if bias is None else bias, np.ones((), kind) if where is None else where]
    # what is repeated is converted once, the rest a slab at a time
    most = max(1024, min(cnp.PyArray_SIZE(x) // 4, 8 * TASK))
    operands = [a if a.size > most else in_kind(a, kind) for a in operands]
    exact = is_exact(bias, operands[1])
    moved = [np.moveaxis(np.broadcast_to(a, (<object>x).shape), axes, last) for a in operands]
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    n = math.prod(moved[0].shape[dims:])
    if (n <= (TASK if exact else LONG) and tuple([a - x.ndim for a in axes]) == last and PyArray_IS_C_CONTIGUOUS(y)
            and is_direct(y, kind.num) and all([is_direct(a, kind.num) for a in moved])):
        spoiled = of_packed(tuple(moved), moved[0].shape, y, op, dtype, n, exact)
    elif n <= LONG or (exact and op != FA_LOGSUMEXP and is_direct(y, kind.num)
                       and PyArray_IS_C_CONTIGUOUS(target)):
        spoiled = by_slabs(moved, target, op, dtype, kind, dims, n, exact)
    else:
        for index in np.ndindex(moved[0].shape[:dims]):
            spoiled |= long_row([a[index] for a in moved], target[(*index, ...)], op, dtype, kind)
    if where is not None and spoiled and op != FA_LOGSUMEXP:
        settle(y, where, axes, op)
    return 0
