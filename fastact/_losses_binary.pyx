"""binary_cross_entropy_with_logits: losses element by element, or their sum, with the gradient from the same pass.

A sum runs over blocks of FA_BLOCK elements, counted in C order whatever the layout: a block's losses stand on the
stack, the kernels add them up in float64, and the blocks' sums are added in order. What does not step evenly through
memory, or is of another type, comes a slab of blocks at a time through a buffer.
"""

cimport numpy as cnp
from cython.parallel cimport prange
from libc.stdlib cimport free, malloc

from fastact._call cimport (
    FA_BF16,
    FA_BLOCK,
    FA_DTYPES,
    FA_F16,
    FA_F32,
    FA_F64,
    Elementwise,
    Loop,
    call_many,
    fa_dtype,
    kernels,
    parallel_starts,
    run_serially,
    threads_for,
)

import math

import numpy as np

from fastact import _numpy
from fastact._arguments_losses import binary_cross_entropy_arguments
from fastact._broadcast import added_up
from fastact._docs import adopt
from fastact._wrap import rewrap

cnp.import_array()

cdef enum:
    INPUTS = 4               # logits, targets, weight, pos_weight
    SLAB = 16 * 4096         # elements that a buffer holds: whole blocks
    GIL_CUTOFF = 10_000      # elements from which the GIL is released

cdef Elementwise losses = Elementwise("binary_cross_entropy_with_logits", "binary_cross_entropy")
cdef Elementwise losses_and_gradients = Elementwise("binary_cross_entropy_with_logits", "binary_cross_entropy_and_grad")


# ---- the blocks of a sum ----

cdef struct Operand:
    char *data
    Py_ssize_t step  # bytes from one element to the next
    size_t period    # elements after which they repeat, a block beyond them included; 0 where they do not


cdef struct Pass:
    const Loop *loop
    Operand[INPUTS] inputs
    Operand gradient   # data is NULL where none is wanted
    double divisor     # of the gradient
    size_t first       # the elements of this pass
    size_t last


cdef inline char *place(const Operand *a, size_t element) noexcept nogil:
    return a.data + <Py_ssize_t>(element % a.period if a.period else element) * a.step


cdef double run_block(const Pass *p, size_t first) noexcept nogil:
    """The sum of a block's losses; its gradients go to their place."""
    cdef double[FA_BLOCK] memory
    cdef char *args[INPUTS + 2]
    cdef Py_ssize_t[INPUTS + 2] steps
    cdef size_t n = min(<size_t>FA_BLOCK, p.last - first)
    cdef int a
    cdef fa_dtype dtype = p.loop.dtype
    if dtype >= FA_DTYPES:
        return run_stored_block(p, first, n)
    for a in range(INPUTS):
        args[a] = place(&p.inputs[a], first)
        steps[a] = p.inputs[a].step
    args[INPUTS] = <char *>memory
    steps[INPUTS] = sizeof(float) if dtype == FA_F32 else sizeof(double)
    if p.gradient.data != NULL:
        args[INPUTS + 1] = place(&p.gradient, first)
        steps[INPUTS + 1] = steps[INPUTS]
    run_serially(p.loop, args, steps, n)
    if p.gradient.data != NULL and p.divisor != 1:
        kernels().divide[dtype](args[INPUTS + 1], n, p.divisor)
    return kernels().sum[dtype](memory, n)


cdef double run_stored_block(const Pass *p, size_t first, size_t n) noexcept nogil:
    """The same of elements stored in 16 bits: in float32 from their conversion to that of the gradients."""
    cdef float[INPUTS + 2][FA_BLOCK] memory
    cdef int stored = p.loop.dtype - FA_F16
    cdef char *args[INPUTS + 2]
    cdef int a
    cdef size_t i
    for a in range(INPUTS + 2):
        args[a] = <char *>memory[a]
    for a in range(INPUTS):
        if p.inputs[a].step:
            kernels().widen[stored](place(&p.inputs[a], first), memory[a], n)
        else:
            kernels().widen[stored](p.inputs[a].data, memory[a], 1)
            for i in range(1, n):
                memory[a][i] = memory[a][0]
    p.loop.kernel(args, n)
    if p.gradient.data != NULL:
        if p.divisor != 1:
            kernels().divide[FA_F32](memory[INPUTS + 1], n, p.divisor)
        kernels().narrow[stored](memory[INPUTS + 1], place(&p.gradient, first), n)
    return kernels().sum[FA_F32](memory[INPUTS], n)


cdef double run_blocks(const Pass *p, double total, double *sums, int workers) noexcept nogil:
    """total and the sums of the pass's blocks, added in order; on several threads they wait in `sums`."""
    cdef Py_ssize_t blocks = <Py_ssize_t>((p.last - p.first + FA_BLOCK - 1) // FA_BLOCK), b
    if workers == 1:
        for b in range(blocks):
            total += run_block(p, p.first + <size_t>b * FA_BLOCK)
        return total
    parallel_starts()
    for b in prange(blocks, num_threads=workers, schedule="static"):
        sums[b] = run_block(p, p.first + <size_t>b * FA_BLOCK)
    for b in range(blocks):
        total = total + sums[b]
    return total


# ---- where the operands lie ----

cdef object even_step(cnp.ndarray a):
    """Bytes between neighbours in C order, None where that varies."""
    cdef int axis
    cdef Py_ssize_t step = cnp.PyArray_ITEMSIZE(a), span = 0
    for axis in range(cnp.PyArray_NDIM(a) - 1, -1, -1):
        if cnp.PyArray_DIM(a, axis) == 1:
            continue
        if span and cnp.PyArray_STRIDE(a, axis) != span:
            return None
        if not span:
            step = cnp.PyArray_STRIDE(a, axis)
        span = cnp.PyArray_STRIDE(a, axis) * cnp.PyArray_DIM(a, axis)
    return step


cdef tuple located(object a, tuple shape, object kind):
    """An array of that type from which the blocks can be read, the bytes between its elements and their period; None
    for one that must be buffered."""
    if a is None or a.size == 1:
        return np.full(1, 1 if a is None else a.reshape(()), kind), 0, 0
    if a.dtype != kind:
        if a.size > SLAB:
            return None
        a = a.astype(kind)
    if a.size < math.prod(shape):
        own = a.shape
        while own[0] == 1:
            own = own[1:]
        if a.size > SLAB or shape[len(shape) - len(own):] != own:
            return None
        return np.resize(a, a.size + FA_BLOCK), kind.itemsize, a.size
    step = even_step(a)
    if step is None or (kind.itemsize == 2 and not (step == 2 and a.flags.aligned)):
        return None
    return a, step, 0


def pieces(shape, start, stop):
    """Index tuples that cover the elements from start to stop, counted in C order, of an array of this shape."""
    if len(shape) < 2:
        yield (slice(start, stop),) if shape else ()
        return
    inner = math.prod(shape[1:])
    first, last = -(-start // inner), stop // inner  # the whole ones
    if first > last:
        for rest in pieces(shape[1:], start - last * inner, stop - last * inner):
            yield (last, *rest)
        return
    if start < first * inner:
        for rest in pieces(shape[1:], start - (first - 1) * inner, inner):
            yield (first - 1, *rest)
    if first < last:
        yield (slice(first, last),)
    if last * inner < stop:
        for rest in pieces(shape[1:], 0, stop - last * inner):
            yield (last, *rest)


def exchange(buffer, array, start, stop, is_reading):
    """Copies elements start to stop of the array to the buffer, or back."""
    at = 0
    for index in pieces(array.shape, start, stop):
        part = array[index]
        here = buffer[at : at + part.size].reshape(part.shape)
        at += part.size
        if is_reading:
            np.copyto(here, part, casting="unsafe")
        else:
            part[...] = here


# ---- the public function ----

cdef object KINDS = {"e": FA_F16, "f": FA_F32, "d": FA_F64}


cdef double summed(object given, object kind, object gradient, double divisor) except? -1:
    """The sum of all losses; the gradients, divided, where an array is given for them."""
    cdef Pass p
    cdef Elementwise op = losses if gradient is None else losses_and_gradients
    cdef cnp.ndarray array
    cdef size_t n = math.prod(given.shape)
    cdef int a, workers = threads_for(n)
    cdef double total = 0
    cdef double *sums = NULL
    cdef list buffered = []  # (array, buffer)
    cdef list kept = []
    p.loop = &op.loops[<int>KINDS.get(kind.char, FA_BF16)]
    p.divisor = divisor
    p.gradient.data = NULL
    inputs = given.logits, given.targets, given.weight, given.pos_weight
    for a in range(INPUTS):
        found = located(inputs[a], given.shape, kind)
        if found is None:
            array, step, period = np.empty(min(n, <size_t>SLAB), kind), kind.itemsize, SLAB
            buffered.append((np.broadcast_to(inputs[a], given.shape), array))
        else:
            array, step, period = found
        kept.append(array)
        p.inputs[a] = Operand(cnp.PyArray_BYTES(array), step, period)
    if gradient is not None:
        array = gradient if gradient.flags.c_contiguous else np.empty(min(n, <size_t>SLAB), kind)
        p.gradient = Operand(cnp.PyArray_BYTES(array), kind.itemsize, 0 if array is gradient else SLAB)
        target = None if array is gradient else array
    else:
        target = None
    if workers > 1:
        sums = <double *>malloc((n // FA_BLOCK + 1) * sizeof(double))
        if sums == NULL:
            raise MemoryError("fastact.binary_cross_entropy_with_logits: no memory for the blocks' sums")
    try:
        is_whole = not buffered and target is None
        for start in range(0, n, max(1, n) if is_whole else SLAB):
            stop = n if is_whole else min(n, start + SLAB)
            for source, buffer in buffered:
                exchange(buffer, source, start, stop, True)
            p.first, p.last = start, stop
            if n < GIL_CUTOFF:
                total = run_blocks(&p, total, sums, workers)
            else:
                with nogil:
                    total = run_blocks(&p, total, sums, workers)
            if target is not None:
                exchange(target, gradient, start, stop, False)
    finally:
        free(sums)
    return total


cdef tuple separate(object given, object kind, bint return_grad):
    """The losses, and their gradients or None."""
    operands = (given.logits, given.targets, given.weight, given.pos_weight)
    operands = tuple([1.0 if a is None else a.astype(kind, copy=False) for a in operands])
    results = call_many(losses_and_gradients if return_grad else losses, operands, None, True, "same_kind", "K", None,
                        True)
    return results if return_grad else (results, None)


def binary_cross_entropy_with_logits(logits, targets, /, *, weight=None, pos_weight=None, reduction="mean",
                                     return_grad=False):
    given = binary_cross_entropy_arguments(logits, targets, weight, pos_weight, reduction)
    dtype = given.dtype
    if dtype.char == "g":
        return _numpy.binary_cross_entropy_with_logits(logits, targets, weight=weight, pos_weight=pos_weight,
                                                       reduction=reduction, return_grad=return_grad)
    # an element of logits that stands for several has the sum of their gradients, which is rounded last
    is_shared = return_grad and given.logits.shape != given.shape
    kind = np.dtype(np.float32) if is_shared and dtype.itemsize == 2 else dtype
    n = math.prod(given.shape)
    with np.errstate(all="ignore"):
        if reduction == "none":
            loss, gradient = separate(given, kind, return_grad)
        else:
            gradient = None
            if return_grad:
                gradient = np.empty_like(given.logits, kind, shape=given.shape if is_shared else None)
            loss = np.float64(summed(given, kind, gradient, n if reduction == "mean" else 1))
            loss = loss / n if reduction == "mean" else loss
        loss = loss.astype(dtype, copy=False)
        if not return_grad:
            return loss
        if is_shared:
            gradient = added_up(gradient, given.logits.shape).astype(dtype)
    return loss, rewrap(logits, gradient) if gradient.ndim else gradient[()]


__all__ = adopt(globals(), _numpy)
