"""softmax, log_softmax and logsumexp along any axes.

A call becomes a plan: one batch of rows (elements adjacent) or of columns (neighbouring rows adjacent), repeated over
the remaining axes. Layouts that are neither go through a bounded buffer, a few rows at a time.
"""

cimport numpy as cnp
from cython.parallel cimport prange
from libc.stdint cimport uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from fastact._call cimport (
    FA_BF16,
    FA_BLOCK,
    FA_F16,
    FA_F32,
    FA_F64,
    FA_LOG_SOFTMAX,
    FA_LOGSUMEXP,
    FA_SOFTMAX,
    Elementwise,
    fa_dtype,
    fa_pieces,
    fa_row_op,
    fa_rows,
    fa_rows_kernel,
    kernels,
    parallel_starts,
    scratch_bytes,
    threads_for,
)

import math
import os

import numpy as np

from fastact import _numpy
from fastact._arguments import (
    check_out,
    check_rows_input,
    is_bfloat16,
    normalize_axes,
    result_dtype,
    row_options,
    rows_without_elements,
)
from fastact._docs import adopt
from fastact._wrap import rewrap

cnp.import_array()

cdef extern from "numpy/arrayobject.h":
    object PyArray_NewLikeArray(cnp.ndarray prototype, cnp.NPY_ORDER order, void *descr, int subok)

cdef enum:
    MAX_DIMS = 64
    TASK = 65_536        # elements in one thread's turn
    GIL_CUTOFF = 10_000  # elements from which the GIL is released


def _last_level_cache():
    try:
        size = os.sysconf("SC_LEVEL3_CACHE_SIZE")
    except (AttributeError, ValueError, OSError):
        size = 0
    return size if size > 0 else 32 << 20


cdef size_t LAST_LEVEL = _last_level_cache()


cdef struct Dim:
    Py_ssize_t size
    Py_ssize_t x  # bytes from one element to the next in the input
    Py_ssize_t y  # likewise in the output


cdef struct Plan:
    fa_rows_kernel kernel
    fa_row_op op
    fa_dtype dtype
    bint columns
    fa_rows batch       # at the first outer index
    Py_ssize_t xnext    # elements from one row (or column) of the batch to the next
    Py_ssize_t ynext
    int dims
    Dim[MAX_DIMS] outer
    size_t repeats      # product of the outer sizes
    size_t per          # rows (or columns) in a task
    Py_ssize_t itemsize


# ---- making a plan ----

cdef int merge(Dim *dims, int count) noexcept nogil:
    """Joins neighbouring dimensions that step evenly through both arrays; drops those of one element."""
    cdef int i, kept = 0
    for i in range(count):
        if dims[i].size == 1:
            continue
        if (kept and dims[kept - 1].x == dims[i].x * dims[i].size and dims[kept - 1].y == dims[i].y * dims[i].size):
            dims[kept - 1].size *= dims[i].size
            dims[kept - 1].x = dims[i].x
            dims[kept - 1].y = dims[i].y
        else:
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
        while j and magnitude(dims[j - 1].y) < magnitude(moved.y):
            dims[j] = dims[j - 1]
            j -= 1
        dims[j] = moved


cdef bint make_plan(Plan *plan, Dim *inner, int inners, Dim *outer, int outers) noexcept nogil:
    """Fills the plan's geometry from the axes of the rows and the others; False where the layout needs the buffer."""
    cdef Py_ssize_t size = plan.itemsize
    cdef int i, batch
    cdef bint reduces = plan.op == FA_LOGSUMEXP
    cdef Dim row, across
    inners = merge(inner, inners)
    sort_outer(outer, outers)
    outers = merge(outer, outers)
    if inners > 1:
        return False
    row = inner[0] if inners else Dim(1, size, size)
    if row.x % size or row.y % size:
        return False
    plan.batch.n = row.size
    plan.columns = False
    batch = outers - 1
    if row.size > 1 and not (row.x == size and (reduces or row.y == size)):
        plan.columns = True
        for batch in range(outers - 1, -1, -1):
            if outer[batch].x == size and outer[batch].y == size:
                break
        else:
            return False
    across = outer[batch] if batch >= 0 else Dim(1, size, size)
    if across.x % size or across.y % size:
        return False
    plan.batch.count = across.size
    plan.xnext = across.x // size
    plan.ynext = across.y // size
    plan.batch.xstep = row.x // size if plan.columns else plan.xnext
    plan.batch.ystep = row.y // size if plan.columns else plan.ynext
    plan.dims = 0
    plan.repeats = 1
    for i in range(outers):
        if i != batch:
            plan.outer[plan.dims] = outer[i]
            plan.dims += 1
            plan.repeats *= outer[i].size
    return True


# ---- running it ----

cdef void run_task(const Plan *plan, size_t task, void *scratch) noexcept nogil:
    cdef size_t pieces = (plan.batch.count + plan.per - 1) // plan.per
    cdef size_t first = (task % pieces) * plan.per, rest = task // pieces
    cdef Py_ssize_t x = plan.xnext * <Py_ssize_t>first * plan.itemsize
    cdef Py_ssize_t y = plan.ynext * <Py_ssize_t>first * plan.itemsize
    cdef fa_rows part = plan.batch
    cdef int d
    for d in range(plan.dims - 1, -1, -1):
        x += <Py_ssize_t>(rest % plan.outer[d].size) * plan.outer[d].x
        y += <Py_ssize_t>(rest % plan.outer[d].size) * plan.outer[d].y
        rest //= plan.outer[d].size
    part.x = <const char *>part.x + x
    part.y = <char *>part.y + y
    part.count = min(plan.per, plan.batch.count - first)
    part.scratch = scratch
    plan.kernel(&part)


cdef int run_tasks(const Plan *plan, size_t first, size_t last) noexcept nogil:
    """Tasks first to last with one thread's scratch; -1 without memory."""
    cdef size_t task
    cdef char *memory = <char *>malloc(scratch_bytes(plan.dtype, plan.batch.n, plan.columns) + 64)
    if memory == NULL:
        return -1
    for task in range(first, last):
        run_task(plan, task, memory + (64 - <uintptr_t>memory % 64) % 64)
    free(memory)
    return 0


cdef int run_split(const Plan *plan, size_t task, int workers) noexcept nogil:
    """One long row, its blocks shared among threads: peaks, sums of exp, then the finish. -1 without memory."""
    cdef const fa_pieces *piece = &kernels().pieces[plan.dtype]
    cdef size_t n = plan.batch.n
    cdef Py_ssize_t blocks = <Py_ssize_t>((n + FA_BLOCK - 1) // FA_BLOCK), b, step = FA_BLOCK * plan.itemsize
    cdef double *value = <double *>malloc(blocks * sizeof(double))
    cdef double m, s = 0
    cdef const char *x
    cdef char *y
    cdef Py_ssize_t xo = 0, yo = 0
    cdef size_t rest = task // plan.batch.count
    cdef int d
    if value == NULL:
        return -1
    for d in range(plan.dims - 1, -1, -1):
        xo += <Py_ssize_t>(rest % plan.outer[d].size) * plan.outer[d].x
        yo += <Py_ssize_t>(rest % plan.outer[d].size) * plan.outer[d].y
        rest //= plan.outer[d].size
    x = <const char *>plan.batch.x + xo + plan.xnext * <Py_ssize_t>(task % plan.batch.count) * plan.itemsize
    y = <char *>plan.batch.y + yo + plan.ynext * <Py_ssize_t>(task % plan.batch.count) * plan.itemsize
    for b in prange(blocks, num_threads=workers, schedule="static"):
        value[b] = piece.peak(x + b * step, min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK))
    m = value[0]
    for b in range(1, blocks):
        m = value[b] if value[b] > m else m
    for b in prange(blocks, num_threads=workers, schedule="static"):
        value[b] = piece.exp_sum(x + b * step, y + b * step if plan.op == FA_SOFTMAX else NULL,
                                 min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK), m)
    for b in range(blocks):
        s = s + value[b]
    if plan.op == FA_LOGSUMEXP:
        piece.finish[FA_LOGSUMEXP](x, y, n, m, s)
    else:
        for b in prange(blocks, num_threads=workers, schedule="static"):
            piece.finish[plan.op](x + b * step, y + b * step, min(<size_t>FA_BLOCK, n - <size_t>b * FA_BLOCK), m, s)
    free(value)
    return 0


cdef int run(Plan *plan) noexcept nogil:
    """The whole plan on as many threads as serve. -1 without memory."""
    cdef size_t elements = plan.repeats * plan.batch.count * plan.batch.n, tasks
    cdef int workers = threads_for(elements), w, failed = 0
    plan.per = max(<size_t>1, TASK // plan.batch.n)
    if plan.columns:
        plan.per = max(plan.per, <size_t>512)
    if workers > 1 and plan.repeats < <size_t>workers:
        plan.per = min(plan.per, (plan.batch.count + workers - 1) // workers)
    plan.per = (plan.per + 15) // 16 * 16 if plan.columns or plan.batch.n <= 64 else plan.per
    tasks = plan.repeats * ((plan.batch.count + plan.per - 1) // plan.per)
    if workers == 1:
        return run_tasks(plan, 0, tasks)
    parallel_starts()
    if not plan.columns and plan.repeats * plan.batch.count < <size_t>workers and plan.batch.n >= 4 * FA_BLOCK:
        for w in range(<int>(plan.repeats * plan.batch.count)):
            failed |= run_split(plan, w, workers)
        return failed
    for w in prange(workers, num_threads=workers, schedule="static", chunksize=1):
        failed |= run_tasks(plan, tasks * w // workers, tasks * (w + 1) // workers)
    return failed


cdef bint execute(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced) except -1:
    """Runs the operation where the layout allows it; False where the caller must go through the buffer.

    reduced[a] says whether axis a lies along the rows. y has x's axes, or for logsumexp those that are left.
    """
    cdef Plan plan
    cdef Dim[MAX_DIMS] inner
    cdef Dim[MAX_DIMS] outer
    cdef int a, b = 0, inners = 0, outers = 0, failed
    cdef bint lacks_axes = cnp.PyArray_NDIM(y) < cnp.PyArray_NDIM(x)
    cdef Py_ssize_t step
    plan.op = op
    plan.dtype = dtype
    plan.itemsize = cnp.PyArray_ITEMSIZE(x)
    for a in range(cnp.PyArray_NDIM(x)):
        step = cnp.PyArray_STRIDE(x, a)
        if reduced[a]:
            # one result a row: no output step limits how logsumexp's axes may be joined
            inner[inners] = Dim(cnp.PyArray_DIM(x, a), step, step if op == FA_LOGSUMEXP else cnp.PyArray_STRIDE(y, a))
            inners += 1
            b += not lacks_axes
        else:
            outer[outers] = Dim(cnp.PyArray_DIM(x, a), step, cnp.PyArray_STRIDE(y, b))
            outers += 1
            b += 1
    if not make_plan(&plan, inner, inners, outer, outers):
        return False
    plan.kernel = kernels().columns[op][dtype] if plan.columns else kernels().rows[op][dtype]
    plan.batch.x = cnp.PyArray_BYTES(x)
    plan.batch.y = cnp.PyArray_BYTES(y)
    plan.batch.stream = op != FA_LOGSUMEXP and 2 * <size_t>cnp.PyArray_NBYTES(x) > LAST_LEVEL
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        failed = run(&plan)
    else:
        with nogil:
            failed = run(&plan)
    if failed:
        raise MemoryError("fastact: no memory for a row's scratch")
    return True


# ---- slabs: a bounded part of the arrays at a time ----

def slabs(shape, elements, limit):
    """Index tuples that cut an array of this shape into slabs of at most `limit` elements where an index suffices.

    Every element of the shape stands for `elements` of the array.
    """
    whole = elements * math.prod(shape)
    if whole <= limit or not shape:
        yield (...,)
        return
    slab = whole // shape[0]
    if slab > limit:
        for i in range(shape[0]):
            for rest in slabs(shape[1:], elements, limit):
                yield (i, *rest)
        return
    step = limit // slab
    for start in range(0, shape[0], step):
        yield (slice(start, start + step), ...)


cdef int stored_type(object dtype) except -2:
    """FA_F16 or FA_BF16 where the table converts that type, else -1."""
    if not dtype.isnative:
        return -1
    return FA_F16 if dtype.char == "e" else FA_BF16 if is_bfloat16(dtype) else -1


cdef cnp.ndarray read_buffer(cnp.ndarray part, object kind):
    """A contiguous copy in the kernels' type."""
    cdef int stored = stored_type(part.dtype)
    cdef cnp.ndarray packed, buffer
    if stored < 0 or kind.char != "f":
        return np.array(part, dtype=kind, order="C", copy=True)
    packed = np.ascontiguousarray(part)
    buffer = np.empty((<object>packed).shape, kind)
    kernels().widen[stored - FA_F16](cnp.PyArray_DATA(packed), <float *>cnp.PyArray_DATA(buffer),
                                     cnp.PyArray_SIZE(packed))
    return buffer


cdef int write_buffer(cnp.ndarray part, cnp.ndarray buffer) except -1:
    """The contiguous buffer to its place, in the type that stands there."""
    cdef int stored = stored_type(part.dtype)
    cdef cnp.ndarray packed
    if stored < 0 or cnp.PyArray_TYPE(buffer) != cnp.NPY_FLOAT:
        np.copyto(part, buffer, casting="same_kind")
        return 0
    packed = part if (<object>part).flags.c_contiguous else np.empty((<object>part).shape, part.dtype)
    kernels().narrow[stored - FA_F16](<float *>cnp.PyArray_DATA(buffer), cnp.PyArray_DATA(packed),
                                      cnp.PyArray_SIZE(packed))
    if packed is not part:
        np.copyto(part, packed)
    return 0


cdef int through_buffer(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, const char *reduced) except -1:
    """Layouts and types the kernels cannot read: a few rows at a time through a contiguous buffer."""
    axes = tuple([a for a in range(x.ndim) if reduced[a]])
    last = tuple(range(-len(axes), 0))
    source = np.moveaxis(x, axes, last)
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = source.shape[:x.ndim - len(axes)]
    n = int(np.prod(source.shape[len(outer):], dtype=np.intp))
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    for index in slabs(outer, n, TASK):
        part = target[index]
        buffer = read_buffer(source[index], kind)
        flat = buffer.reshape(-1, n)
        result = flat if op != FA_LOGSUMEXP else np.empty((len(flat), 1), kind)
        execute(flat, result, op, dtype, b"\0\1")
        write_buffer(part, result.reshape(part.shape))
    return 0


# ---- mask, bias and scale ----

cdef Elementwise row_input = Elementwise("row_input", "row_input", False)


cdef int of_parts(cnp.ndarray x, cnp.ndarray y, fa_row_op op, fa_dtype dtype, tuple axes, object where, object bias,
                  object scale) except -1:
    """The function of scale*x + bias where the mask holds, a slab at a time: the slab's input is made where its result
    will stand, or in a buffer where that cannot hold it."""
    last = tuple(range(-len(axes), 0))
    operands = [x, scale, 0.0 if bias is None else bias, True if where is None else where]
    moved = [np.moveaxis(np.broadcast_to(a, (<object>x).shape), axes, last) for a in operands]
    target = np.moveaxis(y if y.ndim == x.ndim else np.expand_dims(y, axes), axes, last)
    outer = moved[0].shape[:x.ndim - len(axes)]
    n = math.prod(moved[0].shape[len(outer):])
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    axis = tuple(range(-len(axes), 0))
    for index in slabs(outer, n, 2 * TASK):
        part = target[index]
        is_place = op != FA_LOGSUMEXP and part.dtype == kind and part.dtype.isnative
        slab = part if is_place else np.empty(moved[0][index].shape, kind)
        row_input.ufunc(*[a[index] for a in moved], out=slab, dtype=kind, casting="unsafe")
        along_axes(op, "", slab, axis, part, None, op == FA_LOGSUMEXP, None, None, 1.0)
    if where is not None:
        empty = rows_without_elements(where, x.ndim, axes)
        if empty is not None:
            place = y if y.ndim == x.ndim else np.expand_dims(y, axes)
            np.copyto(place, 0 if op == FA_SOFTMAX else -np.inf, where=empty)
    return 0


# ---- arguments ----

cdef int mark_axes(str name, object axis, int ndim, char *reduced) except -1:
    """Sets reduced[a] to 1 for the axes along the rows, to 0 for the others."""
    cdef Py_ssize_t a
    memset(reduced, 0, MAX_DIMS)
    if type(axis) is int and -ndim <= axis < ndim:
        a = axis
        reduced[a + ndim if a < 0 else a] = 1
    else:
        for a in normalize_axes(name, axis, ndim):
            reduced[a] = 1
    return 0


cdef inline bint is_direct(cnp.ndarray a, int typenum) noexcept:
    """Whether kernels can read (and write) the elements where they lie."""
    return cnp.PyArray_TYPE(a) == typenum and cnp.PyArray_ISNOTSWAPPED(a) and cnp.PyArray_ISALIGNED(a)


cdef object along_axes(fa_row_op op, str name, object given, object axis, object out, object dtype, bint keepdims,
                       object where, object bias, object scale):
    """The one way in for all row functions."""
    cdef cnp.ndarray x, y
    cdef bint exact = cnp.PyArray_CheckExact(given)
    cdef bint reduces = op == FA_LOGSUMEXP
    cdef char[MAX_DIMS] reduced
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int typenum, a, dims = 0
    cdef bint is_stored = False, has_parts
    if not exact:
        check_rows_input(name, given)
    x = given if exact else np.asarray(given)
    typenum = cnp.PyArray_TYPE(x)
    if dtype is not None or not (typenum == cnp.NPY_FLOAT or typenum == cnp.NPY_DOUBLE):
        kind = result_dtype(name, x.dtype, dtype)
        if kind.char == "g":
            extra = {"keepdims": keepdims} if reduces else {}
            return getattr(_numpy, name)(given, axis, out, dtype=dtype, where=where, bias=bias, scale=scale, **extra)
        is_stored = kind.itemsize == 2  # in 16 bits: computed in float32, a buffer at a time
        typenum = cnp.NPY_FLOAT if is_stored else kind.num
    mark_axes(name, axis, cnp.PyArray_NDIM(x), reduced)
    for a in range(cnp.PyArray_NDIM(x)):
        if not reduces or keepdims or not reduced[a]:
            shape[dims] = 1 if reduces and reduced[a] else cnp.PyArray_DIM(x, a)
            dims += 1
    if out is not None:
        if isinstance(out, tuple) and len(out) == 1:
            out = out[0]
        if not is_stored:
            kind = np.dtype(np.float32 if typenum == cnp.NPY_FLOAT else np.float64)
        check_out(name, out, tuple([shape[a] for a in range(dims)]), kind)
        if np.may_share_memory(x, out) and not (not reduces and same_place(x, out)):
            x = x.copy()
    has_parts = not (where is None and bias is None and type(scale) is float and scale == 1.0)
    if has_parts:
        where, bias, scale = row_options(name, (<object>x).shape, where, bias, scale)
        if out is not None:
            where, bias, scale = [option.copy() if option is not None and np.may_share_memory(option, out) else option
                                  for option in (where, bias, scale)]
    if is_stored and (out is None or out.dtype != kind):
        y = np.empty(tuple([shape[a] for a in range(dims)]), kind)
    elif out is not None:
        y = out
    elif not reduces and is_direct(x, typenum):
        y = PyArray_NewLikeArray(x, cnp.NPY_KEEPORDER, NULL, 0)
    else:
        y = cnp.PyArray_EMPTY(dims, shape, typenum, 0)
    if cnp.PyArray_SIZE(x) == 0:
        if cnp.PyArray_SIZE(y):
            y.fill(-np.inf)
    else:
        dtype_id = FA_F32 if typenum == cnp.NPY_FLOAT else FA_F64
        if has_parts:
            of_parts(x, y, op, dtype_id, tuple([a for a in range(x.ndim) if reduced[a]]), where, bias, scale)
        elif not (is_direct(x, typenum) and is_direct(y, typenum) and execute(x, y, op, dtype_id, reduced)):
            through_buffer(x, y, op, dtype_id, reduced)
    if out is not None:
        if <object>y is not out:  # rounded to 16 bits first, then cast
            np.copyto(out, y, casting="same_kind")
        return out
    if dims == 0:
        return (<object>y)[()]
    return y if exact or reduces else rewrap(given, y)


cdef bint same_place(cnp.ndarray x, cnp.ndarray y):
    """Whether the arrays hold the same elements at the same addresses."""
    cdef int a
    if cnp.PyArray_BYTES(x) != cnp.PyArray_BYTES(y) or (<object>x).dtype != (<object>y).dtype:
        return False
    for a in range(cnp.PyArray_NDIM(x)):
        if cnp.PyArray_STRIDE(x, a) != cnp.PyArray_STRIDE(y, a):
            return False
    return True


# ---- the public functions ----

def softmax(x, /, axis=-1, out=None, *, where=None, bias=None, scale=1.0, dtype=None):
    return along_axes(FA_SOFTMAX, "softmax", x, axis, out, dtype, False, where, bias, scale)


def log_softmax(x, /, axis=-1, out=None, *, where=None, bias=None, scale=1.0, dtype=None):
    return along_axes(FA_LOG_SOFTMAX, "log_softmax", x, axis, out, dtype, False, where, bias, scale)


def logsumexp(x, /, axis=-1, out=None, *, where=None, bias=None, scale=1.0, keepdims=False, dtype=None):
    return along_axes(FA_LOGSUMEXP, "logsumexp", x, axis, out, dtype, keepdims, where, bias, scale)


__all__ = adopt(globals(), _numpy)
