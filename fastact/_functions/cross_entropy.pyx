"""cross_entropy and softmax_focal_loss: arguments, and the layouts and types that kernels cannot read. Those go through
a bounded buffer."""

cimport numpy as cnp
from cython cimport cdivision
from libc.math cimport isinf
from libc.string cimport memset

from fastact._arrays.convert cimport is_reduction, read_buffer, scalar, write_buffer
from fastact._arrays.engine cimport (
    FA_DONE,
    FA_F32,
    FA_F64,
    fa_cross_entropy,
    fa_dtype,
    fa_extra,
    fa_run_cross_entropy,
    fa_status,
    fa_strided,
    fa_sum_of_weights,
    fa_sums,
    fa_sums_close,
    fa_sums_open,
    fa_workers,
)
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport GIL_CUTOFF, check_memory, kernels, note_threads
from fastact._arrays.labels cimport are_rows_of, are_settled, settle
from fastact._arrays.layout cimport MAX_DIMS, PyArray_IS_C_CONTIGUOUS, is_computed_in, kernel_reads, place_rows
from fastact._arrays.memory cimport new_like
from fastact._arrays.rows cimport TASK, extra_at, extra_of

import math

import numpy as np

from fastact._reference import table
from fastact._containers import other_arrays
from fastact._shared.focal_arguments import MOST, softmax_focal_arguments
from fastact._shared.loss_arguments import asked, cross_entropy_arguments
from fastact._shared.row_arguments import extra_logits
from fastact._shared.docs import adopt
from fastact._functions.hinted import hinted
from fastact._arrays.convert import slabs
from fastact._shared.wrap import rewrap

cnp.import_array()


cdef class Given:
    """The arguments of cross_entropy, checked. Of `labels` and `probabilities` one is None."""
    cdef cnp.dtype dtype             # of the results
    cdef cnp.ndarray logits
    cdef int axis                    # that of the classes, not negative
    # Py_ssize_t in C order, aligned; classes, or negative where a row is ignored. So they were when they were checked:
    # another thread may write
    cdef cnp.ndarray labels
    cdef cnp.ndarray probabilities
    cdef cnp.ndarray weight          # of every class, double, in C order, aligned; or None
    cdef cnp.ndarray sample_weight   # of every row, likewise
    cdef double label_smoothing
    cdef cnp.ndarray extra           # the logit of one more class, of every row or without axes; or None

    def __cinit__(self, dtype, logits, axis, labels, probabilities, weight, sample_weight, label_smoothing, extra):
        self.dtype, self.logits, self.axis, self.label_smoothing = dtype, logits, axis, label_smoothing
        self.labels, self.probabilities = labels, probabilities
        self.weight, self.sample_weight, self.extra = weight, sample_weight, extra


cdef bint are_plain_weights(object weights, cnp.ndarray logits, int axis):
    """Whether they are doubles, one of each row, as the engine reads them."""
    return (cnp.PyArray_CheckExact(weights) and kernel_reads(weights, cnp.NPY_DOUBLE)
            and PyArray_IS_C_CONTIGUOUS(weights) and are_rows_of(weights, logits, axis))


cdef Given plain_arguments(object logits, object labels, object given_axis, object sample_weight, object ignore_index,
                           object label_smoothing, object extra_logit, object reduction):
    """The arguments where they need no conversion of floating numbers and no message; else None."""
    cdef int type_number, axis
    cdef Py_ssize_t ignored, classes
    cdef cnp.ndarray extra = None
    if not (cnp.PyArray_CheckExact(logits) and cnp.PyArray_CheckExact(labels)
            and type(given_axis) is int and type(ignore_index) is int and type(label_smoothing) is float
            and 0 <= <double>label_smoothing <= 1 and is_reduction(reduction)):
        return None
    type_number = cnp.PyArray_TYPE(logits)
    if not (is_computed_in(type_number) and kernel_reads(logits, type_number)):
        return None
    try:
        axis, ignored = given_axis, ignore_index
    except OverflowError:
        return None
    axis += cnp.PyArray_NDIM(logits) if axis < 0 else 0
    if not 0 <= axis < cnp.PyArray_NDIM(logits) or cnp.PyArray_DIM(logits, axis) == 0:
        return None
    if not (sample_weight is None or are_plain_weights(sample_weight, logits, axis)):
        return None
    classes = cnp.PyArray_DIM(logits, axis)
    if extra_logit is not None:
        if not (type(extra_logit) is float or type(extra_logit) is int or cnp.PyArray_CheckExact(extra_logit)):
            return None
        extra = extra_logits("cross_entropy", extra_logit, logits.shape, (axis,), logits.dtype, "logits")
        classes += 1
    if cnp.PyArray_ISINTEGER(labels):
        if not are_rows_of(labels, logits, axis):
            return None
        if not (kernel_reads(labels, cnp.NPY_INTP) and PyArray_IS_C_CONTIGUOUS(labels)
                and are_settled(labels, classes, ignored)):
            if not np.can_cast(labels.dtype, np.intp):
                return None
            labels = labels.astype(np.intp, order="C")
            if not settle(labels, classes, ignored):
                return None
        return Given(logits.dtype, logits, axis, labels, None, None, sample_weight, label_smoothing, extra)
    elif (extra is None and kernel_reads(labels, type_number) and cnp.PyArray_SAMESHAPE(labels, logits)
          and label_smoothing == 0.0):
        return Given(logits.dtype, logits, axis, None, labels, None, sample_weight, label_smoothing, None)
    return None


cdef object shares(Given given, object part, object kind):
    """What the classes count for, given their probabilities, as contiguous rows of the kernels' type."""
    if given.weight is None and not given.label_smoothing:
        return read_buffer(part, kind)
    q = part.astype(np.float64) * (1 - given.label_smoothing)
    q += given.label_smoothing / part.shape[-1]
    if given.weight is not None:
        q *= given.weight
    return np.ascontiguousarray(q, kind)


cdef bint run_losses(cnp.ndarray x, cnp.ndarray y, cnp.ndarray h, int axis, size_t first,
                     fa_cross_entropy *losses) except -1:
    """Losses of the rows of x along an axis, their gradient to y and their Hessian to h unless these are None; False
    where the layout does not allow it. The first row has that number among all of the call."""
    cdef fa_strided arrays
    cdef fa_status status
    place_rows(&arrays, x, x if y is None else y, h, NULL)
    losses.hessian = h is not None
    if y is None:
        arrays.args[1] = NULL
    if cnp.PyArray_SIZE(x) < GIL_CUTOFF:
        status = fa_run_cross_entropy(kernels(), losses, &arrays, axis, first)
    else:
        note_threads()
        with nogil:
            status = fa_run_cross_entropy(kernels(), losses, &arrays, axis, first)
    check_memory(status)
    return status == FA_DONE


cdef cnp.ndarray with_extra(Given given, object source, object index, object kind, list room):
    """Rows in the kernels' type, and behind each its extra logit; in memory that is taken once for all slabs."""
    part = source[index]
    shape = *part.shape[:-1], part.shape[-1] + 1
    size = math.prod(shape)
    if not room or room[0].size < size:
        room[:] = [np.empty(size, kind)]
    buffer = room[0][:size].reshape(shape)
    buffer[..., :-1] = part
    buffer[..., -1] = extra_of(given.extra, index)
    return buffer


cdef int write_rows(bint is_longer, cnp.ndarray part, cnp.ndarray buffer) except -1:
    """The rows of the buffer to their place, without what stands for the extra logits where they are longer by that."""
    if is_longer:
        buffer = (<object>buffer)[..., :-1]
        if cnp.PyArray_TYPE(part) == cnp.PyArray_TYPE(buffer):
            np.copyto(part, buffer)
            return 0
        buffer = np.ascontiguousarray(buffer)
    return write_buffer(part, buffer)


cdef int through_buffer(Given given, cnp.ndarray x, cnp.ndarray y, cnp.ndarray h, fa_dtype dtype,
                        fa_cross_entropy *losses) except -1:
    """A few rows at a time through a contiguous buffer, in which the gradient takes the place of the logits. An extra
    logit that the engine does not take is there an element of its row."""
    cdef size_t first = 0
    cdef bint is_longer = given.extra is not None and losses.extra == NULL
    cdef cnp.ndarray buffer, targets, curved = None
    source = np.moveaxis(x, given.axis, -1)
    target, hessian = (None if a is None else np.moveaxis(a, given.axis, -1) for a in (y, h))
    likely = None if given.probabilities is None else np.moveaxis(given.probabilities, given.axis, -1)
    n = source.shape[-1] + is_longer
    room = []
    kind = np.dtype(np.float32 if dtype == FA_F32 else np.float64)
    for index in slabs(source.shape[:-1], n, TASK * (fa_workers(x.size) if is_longer else 1)):
        if not is_longer:
            buffer = read_buffer(source[index], kind)
        else:
            buffer = with_extra(given, source, index, kind, room)
        if likely is not None:
            targets = shares(given, likely[index], kind)
            losses.target = cnp.PyArray_DATA(targets)
        rows = (<object>buffer).reshape(-1, n)
        if h is not None:
            curved = np.empty_like(rows)
        run_losses(rows, None if y is None else rows, curved, 1, first, losses)
        first += len(rows)
        if y is not None:
            write_rows(is_longer, target[index], buffer)
        if h is not None:
            write_rows(is_longer, hessian[index], (<object>curved).reshape((<object>buffer).shape))
    return 0


@cdivision(True)
cdef double quotient(double a, double b) noexcept:
    return a / b


cdef object set_targets(Given given, int typenum, fa_cross_entropy *losses):
    """Sets what classes count for where that is more than a label; returns what the pointer needs, None where there is
    none as yet: then the arrays must go through the buffer."""
    cdef cnp.ndarray targets = given.probabilities
    cdef Py_ssize_t classes = losses.classes
    losses.label_weight = 1 - given.label_smoothing
    losses.target_scale = 1
    losses.target_step = classes
    if targets is None:
        losses.target_scale = given.label_smoothing / classes
        losses.target_step = 0
        targets = np.ones(classes) if given.weight is None else given.weight
        targets = (<object>targets).astype(np.float32 if typenum == cnp.NPY_FLOAT else np.float64)
    elif (given.weight is not None or given.label_smoothing or not kernel_reads(targets, typenum)
            or not (<object>targets).flags.c_contiguous or given.axis != targets.ndim - 1):
        return None
    losses.target = cnp.PyArray_DATA(targets)
    return targets


cdef cnp.ndarray without_axis(cnp.ndarray x, int axis, int type_number):
    """A new array in C order, of the shape of x but for one axis."""
    cdef cnp.npy_intp[MAX_DIMS] shape
    cdef int a, count = cnp.PyArray_NDIM(x) - 1
    for a in range(count):
        shape[a] = cnp.PyArray_DIM(x, a + (a >= axis))
    return cnp.PyArray_EMPTY(count, shape, type_number, 0)


cdef tuple compute(Given given, object reduction, bint return_grad, bint return_hess, double gamma):
    """The loss, and the gradient and the Hessian or None."""
    cdef cnp.ndarray x = given.logits, weight = given.weight, y = None, h = None, out = None
    cdef fa_cross_entropy losses
    cdef fa_extra beside
    cdef fa_sums sums
    cdef int typenum = cnp.NPY_DOUBLE if given.dtype.type_num == cnp.NPY_DOUBLE else cnp.NPY_FLOAT
    cdef fa_dtype dtype = FA_F64 if typenum == cnp.NPY_DOUBLE else FA_F32
    cdef size_t count = cnp.PyArray_SIZE(x) // cnp.PyArray_DIM(x, given.axis)
    cdef size_t classes = cnp.PyArray_DIM(x, given.axis) + (given.extra is not None)
    cdef double total = 0, counted = count
    cdef fa_status status
    cdef object targets = None
    cdef bint is_soft = given.labels is None or given.label_smoothing != 0
    memset(&losses, 0, sizeof(fa_cross_entropy))
    losses.dtype = dtype
    losses.grad_scale = 1
    losses.gamma = gamma
    losses.classes = classes
    if given.labels is not None:
        losses.label = <const Py_ssize_t *>cnp.PyArray_DATA(given.labels)
        losses.class_weight = NULL if weight is None else <double *>cnp.PyArray_DATA(weight)
    if given.sample_weight is not None:
        losses.row_weight = <double *>cnp.PyArray_DATA(given.sample_weight)
    if not is_soft and not return_hess:
        losses.extra = extra_at(given.extra, &beside)
    if is_soft:
        targets = set_targets(given, typenum, &losses)
    if return_grad or return_hess:
        y = new_like(x) if kernel_reads(x, typenum) else np.empty_like(x, dtype=given.dtype)
    if return_hess:
        h = new_like(x) if kernel_reads(x, typenum) else np.empty_like(x, dtype=given.dtype)
    if reduction == "none":
        # float16 is rounded once, from float64
        out = without_axis(x, given.axis, typenum if given.dtype.type_num == typenum else cnp.NPY_DOUBLE)
        if cnp.PyArray_TYPE(out) == cnp.NPY_FLOAT:
            losses.loss_f32 = <float *>cnp.PyArray_DATA(out)
        else:
            losses.loss_f64 = <double *>cnp.PyArray_DATA(out)
    else:
        if reduction == "mean":
            if given.labels is not None or given.sample_weight is not None:
                with nogil:
                    status = fa_sum_of_weights(&losses, count, &counted)
                check_memory(status)
            # an infinite factor comes last: what is 0 stays so
            losses.grad_scale = 1 if isinf(quotient(1, counted)) else quotient(1, counted)
        check_memory(fa_sums_open(&sums, count, classes))
        losses.sums = &sums
    try:
        if count and not ((given.extra is None or losses.extra != NULL) and kernel_reads(x, typenum)
                          and (y is None or kernel_reads(y, typenum))
                          and (targets is not None or not is_soft)
                          and run_losses(x, y, h, given.axis, 0, &losses)):
            through_buffer(given, x, y, h, dtype, &losses)
    finally:
        if losses.sums != NULL:
            total = fa_sums_close(&sums)
    for slope in (y, h):
        if slope is not None and isinf(quotient(1, counted)):
            np.multiply(slope, quotient(1, counted), out=slope, where=slope != 0)
    if out is None:
        return scalar(quotient(total, counted) if reduction == "mean" else total, given.dtype), y, h
    loss = (<object>out).astype(given.dtype, copy=False)
    return loss if cnp.PyArray_NDIM(out) else loss[()], y, h


cdef tuple compute_by_default(Given given, object reduction, bint return_grad, bint return_hess, double gamma=0):
    """The same in the default floating-point mode: NumPy and Cython compute parts of it. gamma: of the focal loss."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return compute(given, reduction, return_grad, return_hess, gamma)
    finally:
        fa_fp_leave(before)


def cross_entropy(logits, labels, *, axis=-1, weight=None, sample_weight=None, ignore_index=-100, label_smoothing=0.0,
                  extra_logit=None, reduction="mean", return_grad=False, return_hess=False):
    cdef Given given = None
    if weight is None:
        given = plain_arguments(logits, labels, axis, sample_weight, ignore_index, label_smoothing, extra_logit,
                                reduction)
    if given is not None:
        results = compute_by_default(given, reduction, return_grad, return_hess)
        return asked(results, return_grad, return_hess) if return_grad or return_hess else results[0]
    answer = other_arrays.cross_entropy(
        "cross_entropy", logits, labels, axis, weight, sample_weight, reduction, return_grad, return_hess,
        extra_logit, ignore_index=ignore_index, label_smoothing=label_smoothing)
    if answer is not NotImplemented:
        return answer
    options = {"axis": axis, "weight": weight, "sample_weight": sample_weight, "ignore_index": ignore_index,
               "label_smoothing": label_smoothing, "reduction": reduction, "extra_logit": extra_logit}
    checked = cross_entropy_arguments(logits, labels, **options)
    if checked.dtype.char == "g":
        return table.cross_entropy(logits, labels, **options, return_grad=return_grad, return_hess=return_hess)
    with np.errstate(all="ignore"):
        loss, *slopes = compute_by_default(Given(*checked), reduction, return_grad, return_hess)
    slopes = [a if a is None else rewrap(logits, a) for a in slopes]
    return asked((loss, *slopes), return_grad, return_hess)


def softmax_focal_loss(logits, labels, gamma=2.0, *, axis=-1, weight=None, sample_weight=None, ignore_index=-100,
                       reduction="mean", return_grad=False, return_hess=False):
    cdef Given given = None
    if weight is None and type(gamma) is float and 0 <= gamma <= MOST and type(labels) is np.ndarray and (
            labels.dtype.kind in "iu"):
        given = plain_arguments(logits, labels, axis, sample_weight, ignore_index, 0.0, None, reduction)
    if given is not None:
        results = compute_by_default(given, reduction, return_grad, return_hess, gamma)
        return asked(results, return_grad, return_hess) if return_grad or return_hess else results[0]
    wanted = {"reduction": reduction, "return_grad": return_grad, "return_hess": return_hess}
    answer = other_arrays.cross_entropy("softmax_focal_loss", logits, labels, axis, weight, sample_weight, **wanted,
                                        ignore_index=ignore_index, gamma=gamma)
    if answer is not NotImplemented:
        return answer
    options = {"axis": axis, "weight": weight, "sample_weight": sample_weight, "ignore_index": ignore_index}
    checked, exponent = softmax_focal_arguments(logits, labels, gamma, **options, reduction=reduction)
    if checked.dtype.char == "g":
        return table.softmax_focal_loss(logits, labels, gamma, **options, **wanted)
    with np.errstate(all="ignore"):
        loss, *slopes = compute_by_default(Given(*checked), reduction, return_grad, return_hess, exponent)
    slopes = [a if a is None else rewrap(logits, a) for a in slopes]
    return asked((loss, *slopes), return_grad, return_hess)


__all__ = adopt(globals(), table, hinted)
