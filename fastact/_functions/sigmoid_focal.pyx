"""sigmoid_focal_loss: as binary_cross_entropy.pyx, with kernels of its own."""

cimport numpy as cnp

from fastact._arrays.call cimport Elementwise, call_many
from fastact._arrays.convert cimport is_reduction, number
from fastact._arrays.layout cimport is_computed_in, kernel_reads
from fastact._functions.binary_cross_entropy cimport computed_by_default, computed_plain, is_contiguous

from functools import partial

import numpy as np

from fastact._reference import table
from fastact._containers import other_arrays
from fastact._shared.focal_arguments import MOST, share_of_answers, sigmoid_focal_arguments
from fastact._shared.loss_arguments import asked, count_of_samples
from fastact._shared.docs import adopt
from fastact._functions import binary_cross_entropy as binary
from fastact._functions.hinted import hinted
from fastact._shared.wrap import rewrap

cnp.import_array()

cdef Elementwise losses = Elementwise("sigmoid_focal_loss", "focal")
cdef Elementwise losses_and_gradients = Elementwise("sigmoid_focal_loss", "focal_and_grad")
cdef Elementwise second_derivatives = Elementwise("sigmoid_focal_loss", "focal_hessian")


def hessian(tuple operands, object real, object dtype, double divisor):
    """The diagonal of the Hessian."""
    operands = tuple([1.0 if a is None else a if kernel_reads(a, real.num) else np.require(a, real, ["ALIGNED"])
                      for a in operands])
    found = call_many(second_derivatives, operands, None, True, "same_kind", "K", None, True)
    if divisor != 1:
        with np.errstate(all="ignore"):
            found = np.divide(found, divisor, dtype=real)
    return found.astype(dtype, copy=False)


cdef tuple plain_operands(object logits, object targets, object alpha, object gamma, object reduction):
    """The operands where they need no conversion and no message: arrays that lie alike, and numbers; else None."""
    cdef int type_number
    if not (cnp.PyArray_CheckExact(logits) and cnp.PyArray_CheckExact(targets) and is_reduction(reduction)
            and type(alpha) is float and type(gamma) is float and -MOST <= alpha <= 1 and 0 < gamma <= MOST):
        return None
    type_number = cnp.PyArray_TYPE(logits)
    if not (is_computed_in(type_number) and is_contiguous(logits, type_number)
            and is_contiguous(targets, type_number) and cnp.PyArray_SAMESHAPE(logits, targets)):
        return None
    return logits, targets, None, number(alpha, type_number), number(gamma, type_number)


def sigmoid_focal_loss(logits, targets, alpha=0.25, gamma=2.0, *, sample_weight=None, reduction="mean",
                       return_grad=False, return_hess=False):
    cdef tuple operands = None
    cdef object curve = None
    cdef Elementwise op = losses_and_gradients if return_grad else losses
    if sample_weight is None:
        operands = plain_operands(logits, targets, alpha, gamma, reduction)
    if operands is not None:
        return computed_plain(op, operands, hessian, cnp.PyArray_SIZE(logits), reduction, return_grad, return_hess)
    options = {"reduction": reduction, "return_grad": return_grad, "return_hess": return_hess}
    answer = other_arrays.elementwise_loss("sigmoid_focal_loss", {"logits": logits, "targets": targets}, sample_weight,
                                           **options, alpha=alpha, gamma=gamma)
    if answer is not NotImplemented:
        return answer
    given = sigmoid_focal_arguments(logits, targets, alpha, gamma, sample_weight, reduction)
    if given.dtype.char == "g":
        return table.sigmoid_focal_loss(logits, targets, alpha, gamma, sample_weight=sample_weight, **options)
    if given.gamma == 0:
        weight = share_of_answers(given.targets.astype(given.computed).astype(np.float64), given.alpha)
        return binary.binary_cross_entropy_with_logits(logits, targets, weight=weight, sample_weight=sample_weight,
                                                       **options)
    with np.errstate(all="ignore"):
        numbers = [np.asarray(a, given.computed) for a in (given.alpha, given.gamma)]
        count = count_of_samples(given.sample_weight, given.logits.shape)
        operands = given.logits, given.targets, given.sample_weight, *numbers
        if return_hess:
            curve = partial(hessian, operands, given.computed, given.dtype)
        loss, *slopes = computed_by_default(op, operands, curve, count, given.computed, given.dtype, reduction)
    slopes = [a if a is None else rewrap(logits, a) if a.ndim else np.asarray(a)[()] for a in slopes]
    return asked((loss, *slopes), return_grad, return_hess)


__all__ = adopt(globals(), table, hinted)
