"""binary_cross_entropy_with_logits: losses element by element, or their sum, with the gradient from the same pass.

Arrays of the type that is computed in are read where they lie. Large ones of another type are converted a slab of
blocks at a time.
"""

cimport numpy as cnp
from libc.math cimport INFINITY, isinf

from fastact._arrays.call cimport Elementwise, call_many
from fastact._arrays.convert cimport is_reduction, number, read_buffer, scalar, write_buffer
from fastact._arrays.engine cimport fa_sum, fa_workers
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport note_threads, run_sum
from fastact._arrays.layout cimport PyArray_IS_C_CONTIGUOUS, dtype_of, is_computed_in, kernel_reads, nest_in_order
from fastact._arrays.memory cimport new_like

import math
from functools import partial

import numpy as np

from fastact._reference import table
from fastact._containers import other_arrays
from fastact._shared.loss_arguments import (
    asked,
    binary_cross_entropy_arguments,
    count_of_samples,
    product_of_weights,
)
from fastact._shared.docs import adopt
from fastact._functions.hinted import hinted
from fastact._shared.wrap import rewrap

cnp.import_array()

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    SLAB = 16 * 4096   # elements that a buffer holds: whole blocks

cdef Elementwise losses = Elementwise("binary_cross_entropy_with_logits", "binary_cross_entropy")
cdef Elementwise losses_and_gradients = Elementwise("binary_cross_entropy_with_logits", "binary_cross_entropy_and_grad")
cdef Elementwise slope = Elementwise("binary_cross_entropy_with_logits", "sigmoid_grad")
cdef dict ONE = {"f": np.ones((), np.float32), "d": np.ones((), np.float64)}


cdef bint runs_in_order(cnp.ndarray a) noexcept:
    """Whether no axis takes longer steps than those before it: else walking it in C order misses the caches."""
    cdef Py_ssize_t step, most = PY_SSIZE_T_MAX
    cdef int axis
    for axis in range(cnp.PyArray_NDIM(a)):
        step = abs(cnp.PyArray_STRIDE(a, axis))
        if step == 0 or cnp.PyArray_DIM(a, axis) == 1:
            continue
        if step > most:
            return False
        most = step
    return True


cdef double summed(Elementwise op, tuple operands, tuple shape, object real, cnp.ndarray gradient,
                   double divisor) except? -1:
    """The sum of all losses, which are the first output of `op`, computed in `real`; their gradients, which are its
    second one, divided and rounded, where an array in C order is given for them."""
    cdef fa_sum p
    cdef size_t n = math.prod(shape), start, stop
    cdef double total = 0
    cdef int type_number = real.num, loss_at = len(operands), gradient_at = loss_at + 1
    cdef bint is_narrowed = gradient is not None and cnp.PyArray_TYPE(gradient) != type_number
    cdef cnp.ndarray a
    cdef list arguments = [None] * (loss_at + op.nout)  # None is packed
    cdef dict slabs = {}                                # number of the argument: what is converted a slab at a time
    for i, operand in enumerate(operands):
        if operand is None:
            arguments[i] = ONE[real.char]
        elif kernel_reads(operand, type_number):
            arguments[i] = operand if runs_in_order(operand) else np.ascontiguousarray(operand)
        elif operand.size == n and n > SLAB and operand.flags.c_contiguous:
            slabs[i] = operand.reshape(-1)
        else:
            arguments[i] = read_buffer(operand, real)
    nest_in_order(&p.nest, shape, tuple(arguments), real.itemsize)
    p.loop = &op.loops[dtype_of(type_number)]
    note_threads()
    p.summed, p.divided, p.divisor = loss_at, 0 if gradient is None else gradient_at, divisor
    p.workers = fa_workers(n)
    if gradient is not None and not is_narrowed:
        p.nest.args[gradient_at] = cnp.PyArray_BYTES(gradient)
    if not slabs and not is_narrowed:
        return run_sum(&p, 0, n, 0)
    for start in range(0, n, SLAB):
        stop = min(n, start + SLAB)
        if is_narrowed:
            slabs[gradient_at] = np.empty(stop - start, real)
        buffers = {i: a if i == gradient_at else read_buffer(a[start:stop], real) for i, a in slabs.items()}
        for i, a in buffers.items():
            p.nest.args[i] = cnp.PyArray_BYTES(a) - <Py_ssize_t>start * cnp.PyArray_ITEMSIZE(a)
        total = run_sum(&p, start, stop, total)
        if is_narrowed:
            write_buffer((<object>gradient).reshape(-1)[start:stop], buffers[gradient_at])
    return total


cdef tuple separate(Elementwise op, tuple operands, object real, object dtype):
    """The losses, and their gradients or None where `op` has no such output."""
    # numbers of 16 bits alone are widened and rounded by the ufunc's loop
    cdef object kind = dtype if all([a is None or a.dtype == dtype for a in operands]) else real
    cdef int type_number = kind.num
    operands = tuple([1.0 if a is None else a if kernel_reads(a, type_number) else np.require(a, kind, ["ALIGNED"])
                      for a in operands])
    results = call_many(op, operands, None, True, "same_kind", "K", None, True)
    loss, gradient = results if op.nout > 1 else (results, None)
    if kind is dtype:
        return loss, gradient
    return loss.astype(dtype, copy=False), None if gradient is None else gradient.astype(dtype, copy=False)


def hessian(tuple operands, object real, object dtype, double divisor):
    """The diagonal of the Hessian: weights times the derivative of sigmoid, whose kernel takes them as dy."""
    x, targets, weight, pos_weight = operands
    whole = np.float64(1 / divisor) if weight is None else weight.astype(np.float64) / divisor
    if pos_weight is not None:
        z, p = (a.astype(real).astype(np.float64) for a in (targets, pos_weight))  # rounded as the loss takes them
        whole = whole * (np.where(z == 0, 0, z * p) + (1 - z))
    kind = x.dtype if x.dtype == dtype and np.ndim(whole) == 0 and dtype == real else real
    x = x if kernel_reads(x, kind.num) else np.require(x, kind, ["ALIGNED"])
    found = call_many(slope, (np.asarray(whole, kind), x), None, True, "same_kind", "K", None, True)
    if weight is not None:  # where it is 0, rounded as the loss takes it, it counts for nothing, be the logit NaN
        weight = weight.astype(real, copy=False)
        found = found if weight.all() else np.where(weight == 0, found.dtype.type(0), found)
    return found.astype(dtype, copy=False)


cdef tuple computed(Elementwise op, tuple operands, object curve, double count, object real, object dtype,
                    object reduction):
    """The loss, its gradient with respect to the logits, None where `op` has no such output, and its Hessian, None
    unless `curve` gives it for what it is to be divided by. count: what a mean is divided by."""
    cdef cnp.ndarray logits = operands[0], gradient = None, packed
    cdef tuple shape = (<object>logits).shape
    cdef double total, divisor = count if reduction == "mean" else 1
    # an infinite factor comes last: what is 0 stays so
    cdef double factor = 1 / divisor if divisor else INFINITY
    cdef bint is_last = isinf(factor), return_grad = op.nout > 1
    cdef bint is_packed = PyArray_IS_C_CONTIGUOUS(logits)
    cdef object curved = None if curve is None else curve(1 if is_last else divisor)
    if reduction == "none":
        return *separate(op, operands, real, dtype), curved
    if return_grad:
        gradient = new_like(logits) if is_packed and logits.dtype is dtype else np.empty(shape, dtype)
    total = summed(op, operands, shape, real, gradient, 1 if is_last else divisor)
    if return_grad and is_last:
        np.multiply(gradient, factor, out=gradient, where=gradient != 0)
    if curved is not None and is_last:
        curved = np.multiply(curved, factor, out=np.zeros_like(curved), where=curved != 0)
    if return_grad and not is_packed:
        packed, gradient = gradient, np.empty_like(logits, dtype)
        np.copyto(gradient, packed)
    return scalar(total / divisor if divisor else total * factor, dtype), gradient, curved


cdef tuple computed_by_default(Elementwise op, tuple operands, object curve, double count, object real, object dtype,
                               object reduction):
    """The same in the default floating-point mode: NumPy and Cython compute parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return computed(op, operands, curve, count, real, dtype, reduction)
    finally:
        fa_fp_leave(before)


cdef object computed_plain(Elementwise op, tuple operands, object curvature, double count, object reduction,
                           bint return_grad, bint return_hess):
    """What is asked for, of operands that need no conversion. curvature: the function that gives the Hessian; count:
    what a mean is divided by."""
    cdef cnp.ndarray logits = operands[0]
    cdef object dtype = logits.dtype, curve = partial(curvature, operands, dtype, dtype) if return_hess else None
    results = computed_by_default(op, operands, curve, count, dtype, dtype, reduction)
    return asked(results, return_grad, return_hess) if return_grad or return_hess else results[0]


cdef bint is_contiguous(object given, int type_number) noexcept:
    return cnp.PyArray_CheckExact(given) and cnp.PyArray_NDIM(given) > 0 and kernel_reads(given, type_number)


cdef tuple plain_operands(object logits, object targets, object weight, object pos_weight, object reduction):
    """The operands where they need no conversion and no message: arrays that lie alike, and numbers; else None."""
    cdef int type_number
    if not (cnp.PyArray_CheckExact(logits) and cnp.PyArray_CheckExact(targets)):
        return None
    type_number = cnp.PyArray_TYPE(logits)
    if not (is_computed_in(type_number) and is_contiguous(logits, type_number)
            and is_contiguous(targets, type_number) and cnp.PyArray_SAMESHAPE(logits, targets)
            and (weight is None or type(weight) is float) and (pos_weight is None or type(pos_weight) is float)
            and is_reduction(reduction)):
        return None
    return (logits, targets, None if weight is None else number(weight, type_number),
            None if pos_weight is None else number(pos_weight, type_number))


cdef cnp.ndarray plain_weights(object given, cnp.ndarray logits):
    """The weights of samples, for each logit or for those of the first axes, where they need no conversion and no
    message; else None."""
    cdef int axis, axes
    if not (cnp.PyArray_CheckExact(given) and is_computed_in(cnp.PyArray_TYPE(given))
            and is_contiguous(given, cnp.PyArray_TYPE(given))):
        return None
    axes = cnp.PyArray_NDIM(given)
    if axes > cnp.PyArray_NDIM(logits):
        return None
    for axis in range(axes):
        if cnp.PyArray_DIM(given, axis) != cnp.PyArray_DIM(logits, axis):
            return None
    return given if axes == cnp.PyArray_NDIM(logits) else given.reshape(
        given.shape + (1,) * (cnp.PyArray_NDIM(logits) - axes))


def binary_cross_entropy_with_logits(logits, targets, *, weight=None, pos_weight=None, sample_weight=None,
                                     reduction="mean", return_grad=False, return_hess=False):
    cdef tuple operands = None
    cdef cnp.ndarray samples = None
    cdef double count
    cdef object curve = None
    cdef Elementwise op = losses_and_gradients if return_grad else losses
    if sample_weight is None or weight is None:
        operands = plain_operands(logits, targets, weight, pos_weight, reduction)
    if operands is not None and sample_weight is not None:
        samples = plain_weights(sample_weight, logits)
        operands = None if samples is None else (operands[0], operands[1], samples, operands[3])
    if samples is not None:
        with np.errstate(all="ignore"):
            count = count_of_samples(samples, logits.shape) if reduction == "mean" else 1
            return computed_plain(op, operands, hessian, count, reduction, return_grad, return_hess)
    if operands is not None:
        return computed_plain(op, operands, hessian, cnp.PyArray_SIZE(logits), reduction, return_grad, return_hess)
    answer = other_arrays.elementwise_loss(
        "binary_cross_entropy_with_logits",
        {"logits": logits, "targets": targets, "weight": weight, "pos_weight": pos_weight},
        sample_weight, reduction, return_grad, return_hess)
    if answer is not NotImplemented:
        return answer
    given = binary_cross_entropy_arguments(logits, targets, weight, pos_weight, sample_weight, reduction)
    if given.dtype.char == "g":
        return table.binary_cross_entropy_with_logits(
            logits, targets, weight=weight, pos_weight=pos_weight, sample_weight=sample_weight, reduction=reduction,
            return_grad=return_grad, return_hess=return_hess)
    with np.errstate(all="ignore"):
        factors = product_of_weights(given.weight, given.sample_weight)
        count = count_of_samples(given.sample_weight, given.logits.shape)
        operands = given.logits, given.targets, factors, given.pos_weight
        if return_hess:
            curve = partial(hessian, operands, given.computed, given.dtype)
        loss, *slopes = computed_by_default(op, operands, curve, count, given.computed, given.dtype, reduction)
    slopes = [a if a is None else rewrap(logits, a) if a.ndim else np.asarray(a)[()] for a in slopes]
    return asked((loss, *slopes), return_grad, return_hess)


__all__ = adopt(globals(), table, hinted)
