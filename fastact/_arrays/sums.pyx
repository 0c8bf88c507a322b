"""Sums over all elements of a call, in an order that neither threads nor layout change.

Numbers that are there go into lanes by their index. An elementwise operation is summed a block of FA_BLOCK elements at
a time, counted in C order: what it gives for a block stands in a buffer, the kernels add it up in float64, and the
blocks' sums are added in order.
"""

cimport numpy as cnp
from libc.math cimport isfinite
from libc.stdlib cimport calloc, free, malloc

from fastact._arrays.kernels cimport (
    FA_BLOCK, FA_F32, GIL_CUTOFF, kernels, map_nest, run_parallel,
)

import numpy as np

cnp.import_array()

cdef enum:
    LANES = 8  # of a sum of numbers


# ---- arguments and results of reductions ----

cdef bint is_reduction(object reduction) noexcept:
    return type(reduction) is str and (reduction == "mean" or reduction == "sum" or reduction == "none")


cdef cnp.ndarray number(double value, int type_number):
    """An array without axes, of float32 or float64."""
    cdef cnp.ndarray made = cnp.PyArray_EMPTY(0, NULL, type_number, 0)
    if type_number == cnp.NPY_FLOAT:
        (<float *>cnp.PyArray_DATA(made))[0] = <float>value
    else:
        (<double *>cnp.PyArray_DATA(made))[0] = value
    return made


cdef object scalar(double value, cnp.dtype dtype):
    """A NumPy scalar, rounded once."""
    if dtype.type_num == cnp.NPY_FLOAT or dtype.type_num == cnp.NPY_DOUBLE:
        return number(value, dtype.type_num)[()]
    return np.float64(value).astype(dtype)


# ---- of numbers ----

cdef int open_sums(Sums *sums, size_t count, size_t length) except -1:
    """For `count` numbers, each of a row of so many elements: a block stands for FA_BLOCK elements."""
    sums.block = 1
    while 2 * sums.block * length <= FA_BLOCK:
        sums.block *= 2
    sums.blocks = (count + sums.block - 1) // sums.block
    sums.lanes = <double *>calloc(max(sums.blocks, <size_t>1) * LANES, sizeof(double))
    if sums.lanes == NULL:
        raise MemoryError("fastact: no memory for the sums of a loss")
    return 0


cdef void add_up(Sums *sums, size_t first, const double *values, size_t count) noexcept nogil:
    """Adds numbers `first` and on. Those of a block must come in order and from one thread at a time."""
    cdef size_t i, at
    for i in range(count):
        at = first + i
        sums.lanes[at // sums.block * LANES + at % sums.block % LANES] += values[i]


cdef double close_sums(Sums *sums) noexcept nogil:
    """The total; what its additions lose is added at the end (Neumaier). Frees the memory."""
    cdef double total = 0, lost = 0, part, whole
    cdef size_t b
    cdef double *lane
    for b in range(sums.blocks):
        lane = sums.lanes + b * LANES
        part = ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]))
        whole = total + part
        lost += (total - whole) + part if abs(total) >= abs(part) else (part - whole) + total
        total = whole
    free(sums.lanes)
    return total + lost if isfinite(total) else total


# ---- of an output of an elementwise operation ----

cdef double sum_block(const Pass *p, size_t first, size_t last, double *memory) noexcept nogil:
    """The sum of that output of the block from `first` on, of elements below `last`; the others go to their place."""
    cdef fa_strided nest = p.nest
    cdef Py_ssize_t size = sizeof(float) if p.loop.dtype == FA_F32 else sizeof(double)
    cdef size_t n = min(<size_t>FA_BLOCK, last - first)
    nest.args[p.summed] = <char *>memory - <Py_ssize_t>first * size
    map_nest(p.loop, &nest, first, n)
    if p.divided and p.divisor != 1:
        kernels().divide[p.loop.dtype](nest.args[p.divided] + <Py_ssize_t>first * size, n, p.divisor)
    return kernels().sum[p.loop.dtype](memory, n)


# the arguments of sum_share()
cdef struct Blocks:
    const Pass *p
    size_t first
    size_t last
    double *parts  # the sum of each block; NULL where one thread adds them to `total`
    double total


cdef int sum_share(void *context, size_t w, size_t workers) noexcept nogil:
    """The blocks of one thread. -1 without memory."""
    cdef Blocks *u = <Blocks *>context
    cdef size_t b, blocks = (u.last - u.first + FA_BLOCK - 1) // FA_BLOCK
    cdef double *memory = <double *>malloc(min(<size_t>FA_BLOCK, u.last - u.first) * sizeof(double))
    if memory == NULL:
        return -1
    for b in range(blocks * w // workers, blocks * (w + 1) // workers):
        if u.parts == NULL:
            u.total += sum_block(u.p, u.first + b * FA_BLOCK, u.last, memory)
        else:
            u.parts[b] = sum_block(u.p, u.first + b * FA_BLOCK, u.last, memory)
    free(memory)
    return 0


cdef int join_share(void *context, size_t w, size_t workers) noexcept nogil:
    """Adds the blocks' sums in order, in the mode in which they were made."""
    cdef Blocks *u = <Blocks *>context
    cdef size_t b
    for b in range((u.last - u.first + FA_BLOCK - 1) // FA_BLOCK):
        u.total += u.parts[b]
    return 0


cdef double sum_pass(const Pass *p, size_t first, size_t last, double total) except? -1:
    """total and the sum over elements first to last; first must be a whole number of blocks."""
    cdef Blocks blocks = Blocks(p, first, last, NULL, total)
    cdef int failed
    if last - first < GIL_CUTOFF:
        failed = run_parallel(1, sum_share, &blocks)
    else:
        if p.threads > 1:
            blocks.parts = <double *>malloc(((last - first) // FA_BLOCK + 1) * sizeof(double))
            if blocks.parts == NULL:
                raise MemoryError("fastact: no memory for the sums of blocks")
        with nogil:
            failed = run_parallel(p.threads, sum_share, &blocks)
            if not failed and blocks.parts != NULL:
                run_parallel(1, join_share, &blocks)
        free(blocks.parts)
    if failed:
        raise MemoryError("fastact: no memory for the sums of blocks")
    return blocks.total
