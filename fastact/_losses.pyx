"""cross_entropy: arguments, and the layouts and types that kernels cannot read. Those go through a bounded buffer."""

cimport numpy as cnp
from libc.string cimport memset

from fastact._call cimport FA_F32, FA_F64, fa_dtype
from fastact._losses_run cimport Losses, Sums, add_up, close_sums, open_sums, run_losses
from fastact._pool cimport new_like
from fastact._run cimport TASK
from fastact._slabs cimport is_direct, read_buffer, write_buffer

import numpy as np

from fastact import _numpy
from fastact._arguments_losses import cross_entropy_arguments
from fastact._docs import adopt
from fastact._slabs import slabs
from fastact._wrap import rewrap

cnp.import_array()


cdef object shares(object given, object part, object kind):
    """What the classes count for, given their probabilities, as contiguous rows of the kernels' type."""
    part = part.astype(given.dtype, copy=False)
    if given.weight is None and not given.label_smoothing:
        return read_buffer(part, kind)
    q = part.astype(np.float64) * (1 - given.label_smoothing)
    q += given.label_smoothing / part.shape[-1]
    if given.weight is not None:
        q *= given.weight
    return np.ascontiguousarray(q, kind)


cdef int through_buffer(object given, cnp.ndarray x, cnp.ndarray y, fa_dtype dtype, Losses *losses) except -1:
    """A few rows at a time through a contiguous buffer, in which the gradient takes the place of the logits."""
    cdef size_t first = 0
    cdef cnp.ndarray buffer, targets
    source = np.moveaxis(x, given.axis, -1)
    target = None if y is None else np.moveaxis(y, given.axis, -1)
    likely = None if given.probabilities is None else np.moveaxis(given.probabilities, given.axis, -1)
    n = source.shape[-1]
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    for index in slabs(source.shape[:-1], n, TASK):
        buffer = read_buffer(source[index], kind)
        if likely is not None:
            targets = shares(given, likely[index], kind)
            losses.t = cnp.PyArray_DATA(targets)
        rows = (<object>buffer).reshape(-1, n)
        run_losses(rows, None if y is None else rows, 1, dtype, first, losses)
        first += len(rows)
        if y is not None:
            write_buffer(target[index], buffer)
    return 0


cdef double sum_of_weights(cnp.ndarray labels, cnp.ndarray weight) except? -1:
    """Those of the labels of all rows that count."""
    cdef size_t count = cnp.PyArray_SIZE(labels), i, counted = 0, k, first
    cdef const Py_ssize_t *label = <const Py_ssize_t *>cnp.PyArray_DATA(labels)
    cdef const double *of_class
    cdef double[1024] part
    cdef Sums sums
    if weight is None:
        with nogil:
            for i in range(count):
                counted += label[i] >= 0
        return counted
    of_class = <const double *>cnp.PyArray_DATA(weight)
    open_sums(&sums, count, 1)
    with nogil:
        for first in range(0, count, 1024):
            k = min(count - first, <size_t>1024)
            for i in range(k):
                part[i] = of_class[label[first + i]] if label[first + i] >= 0 else 0.0
            add_up(&sums, first, part, k)
        return close_sums(&sums)


cdef object set_targets(object given, int typenum, Losses *losses):
    """Sets what classes count for where that is more than a label; returns what the pointer needs, None where there is
    none as yet: then the arrays must go through the buffer."""
    cdef cnp.ndarray targets = given.probabilities
    cdef size_t classes = given.logits.shape[given.axis]
    losses.own = 1 - given.label_smoothing
    losses.scale = 1
    losses.tstep = classes
    if targets is None:
        losses.scale = given.label_smoothing / classes
        losses.tstep = 0
        targets = np.ones(classes) if given.weight is None else given.weight
        targets = (<object>targets).astype(np.float32 if typenum == cnp.NPY_FLOAT else np.float64)
    elif (given.weight is not None or given.label_smoothing or not is_direct(targets, typenum)
            or not (<object>targets).flags.c_contiguous or given.axis != targets.ndim - 1):
        return None
    losses.t = cnp.PyArray_DATA(targets)
    return targets


cdef object compute(object given, object reduction, bint return_grad):
    """The loss, and the gradient or None."""
    cdef cnp.ndarray x = given.logits, weight = given.weight, labels = None, y = None, out
    cdef Losses losses
    cdef Sums sums
    cdef int typenum = cnp.NPY_DOUBLE if given.dtype.char == "d" else cnp.NPY_FLOAT
    cdef fa_dtype dtype = FA_F64 if typenum == cnp.NPY_DOUBLE else FA_F32
    cdef size_t classes = cnp.PyArray_DIM(x, given.axis), count = cnp.PyArray_SIZE(x) // classes
    cdef double total = 0, counted = count
    cdef object targets = None
    cdef bint is_soft = given.labels is None or given.label_smoothing
    memset(&losses, 0, sizeof(Losses))
    losses.factor = 1
    if given.labels is not None:
        labels = np.asarray(given.labels, order="C")
        losses.label = <const Py_ssize_t *>cnp.PyArray_DATA(labels)
        losses.weight = NULL if weight is None else <const double *>cnp.PyArray_DATA(weight)
    if is_soft:
        targets = set_targets(given, typenum, &losses)
    if return_grad:
        y = new_like(x) if is_direct(x, typenum) else np.empty_like(x, dtype=given.dtype)
    if reduction == "none":
        # float16 is rounded once, from float64
        rows = (<object>x).shape[:given.axis] + (<object>x).shape[given.axis + 1:]
        out = np.empty(rows, np.float32 if given.dtype.char == "f" else np.float64)
        if given.dtype.char == "f":
            losses.single = <float *>cnp.PyArray_DATA(out)
        else:
            losses.double_ = <double *>cnp.PyArray_DATA(out)
    else:
        if reduction == "mean":
            counted = count if labels is None else sum_of_weights(labels, weight)
            losses.factor = np.divide(1.0, counted)
        open_sums(&sums, count, classes)
        losses.sums = &sums
    try:
        if count and not (is_direct(x, typenum) and (y is None or is_direct(y, typenum))
                          and (targets is not None or not is_soft)
                          and run_losses(x, y, given.axis, dtype, 0, &losses)):
            through_buffer(given, x, y, dtype, &losses)
    finally:
        if losses.sums != NULL:
            total = close_sums(&sums)
    if reduction == "none":
        return np.asarray(out).astype(given.dtype, copy=False)[()], y
    return given.dtype.type(np.float64(total) / counted if reduction == "mean" else total), y


def cross_entropy(
    logits,
    labels,
    /,
    *,
    axis=-1,
    weight=None,
    ignore_index=-100,
    label_smoothing=0.0,
    reduction="mean",
    return_grad=False,
):
    given = cross_entropy_arguments(logits, labels, axis, weight, ignore_index, label_smoothing, reduction)
    if given.dtype.char == "g":
        return _numpy.cross_entropy(
            logits,
            labels,
            axis=axis,
            weight=weight,
            ignore_index=ignore_index,
            label_smoothing=label_smoothing,
            reduction=reduction,
            return_grad=return_grad,
        )
    with np.errstate(all="ignore"):
        loss, gradient = compute(given, reduction, return_grad)
    return (loss, rewrap(logits, gradient)) if return_grad else loss


__all__ = adopt(globals(), _numpy)
