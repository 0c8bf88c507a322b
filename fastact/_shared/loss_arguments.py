"""What the losses accept, and what they say of the rest: the same words for the compiled kernels and for NumPy.

All of it is checked before anything is computed.
"""

import math
import numbers
import operator
from typing import NamedTuple

import numpy as np

from fastact._shared.arguments import broadcasts_to, check_real, is_floating, one_axis, result_dtype
from fastact._shared.row_arguments import extra_logits

REDUCTIONS = ("none", "mean", "sum")


class CrossEntropy(NamedTuple):
    """The arguments of cross_entropy, checked. Of `labels` and `probabilities` one is None."""

    dtype: np.dtype  # of the results
    logits: np.ndarray
    axis: int  # that of the classes, not negative
    labels: np.ndarray | None  # intp, a copy in C order of the shape of logits without the axis; -1 where ignored
    probabilities: np.ndarray | None  # of the shape of logits, in any real type
    weight: np.ndarray | None  # of shape (classes,), contiguous, aligned, float64; longdouble where the results are
    sample_weight: np.ndarray | None  # likewise, of the shape of logits without the axis
    label_smoothing: float
    extra: np.ndarray | None  # the logit of one more class, see extra_logits; it has no place in `logits`


class BinaryCrossEntropy(NamedTuple):
    """The arguments of binary_cross_entropy_with_logits, checked: arrays of real types that broadcast to the logits'
    shape."""

    dtype: np.dtype  # of the results
    computed: np.dtype  # the type in which arguments are taken: that of the results, float32 at least
    logits: np.ndarray
    targets: np.ndarray
    weight: np.ndarray | None
    pos_weight: np.ndarray | None
    sample_weight: np.ndarray | None


def _real(name, argument, given):
    """An argument as an array of a type that can be computed with."""
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"fastact.{name}: {argument} must not be a masked array: its mask would be ignored")
    array = np.asarray(given)
    check_real(name, argument, array.dtype, given)
    return array


def _check_reduction(name, reduction):
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        hint = "; write 'none' to keep the loss of each" if reduction is None or reduction is False else ""
        raise ValueError(f"fastact.{name}: reduction must be 'none', 'mean' or 'sum', got {reduction!r}{hint}")


def _smoothing(name, given):
    if type(given) is not float and (isinstance(given, bool) or not isinstance(given, numbers.Real)):
        raise TypeError(f"fastact.{name}: label_smoothing must be a number from 0 to 1, got {given!r}")
    if not 0 <= given <= 1:
        raise ValueError(f"fastact.{name}: label_smoothing must be from 0 to 1, got {given!r}")
    return float(given)


def _ignored(name, given):
    try:
        if isinstance(given, bool | np.bool_):
            raise TypeError
        return operator.index(given)
    except TypeError:
        hint = "; leave it out where no row is to be ignored" if given is None else ""
        raise TypeError(f"fastact.{name}: ignore_index must be an int, got {given!r}{hint}") from None


def _class_indices(name, labels, classes, ignore_index=None):
    """A copy of the labels as intp, -1 where they are to be ignored; ValueError that names the first that is none."""
    labels = labels.copy()  # checked and used, whatever another thread writes meanwhile
    limits = np.iinfo(labels.dtype)
    is_class = labels <= min(classes - 1, limits.max)
    if limits.min < 0:
        is_class &= labels >= 0
    # compared in their own type: -100 is no uint8, and 255 no int8
    can_be_ignored = ignore_index is not None and limits.min <= ignore_index <= limits.max
    is_ignored = labels == labels.dtype.type(ignore_index) if can_be_ignored else np.zeros(labels.shape, bool)
    bad = ~np.asarray(is_class | is_ignored)
    if bad.any():
        first = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(bad)))
        value = int(np.atleast_1d(labels)[first])
        place = f"labels[{', '.join(map(str, first))}]" if labels.ndim else "labels"
        fault = f"neither a class, 0 to {classes - 1}, nor ignore_index={ignore_index}"
        if ignore_index is None:
            fault = f"no class, 0 to {classes - 1}"
        raise ValueError(f"fastact.{name}: {place} is {value}, which is {fault}")
    indices = labels.astype(np.intp, order="C")
    np.putmask(indices, is_ignored, -1)
    return indices


def _axis_of_labels(shape, logits_shape):
    """The axis that labels of this shape lack; None where it is not that alone."""
    for axis in range(len(logits_shape)):
        if logits_shape[:axis] + logits_shape[axis + 1 :] == shape:
            return axis
    return None


def _instead_of_labels(labels, logits_shape, axis):
    """What to write for labels of a shape that does not fit; empty where it cannot be guessed."""
    kept = (*logits_shape[:axis], 1, *logits_shape[axis + 1 :])
    if labels.shape == logits_shape and labels.shape != kept:
        if is_floating(labels.dtype):
            return ""
        return f"; write labels.argmax({axis}) where they are one-hot, or labels.astype(float) for probabilities"
    if labels.shape == kept:
        place = "labels[:, 0]" if axis == 1 and labels.ndim == 2 else f"labels.squeeze({axis})"
        return f"; write {place}{'.astype(int)' if is_floating(labels.dtype) else ''}"
    other = _axis_of_labels(labels.shape, logits_shape)
    return "" if other is None or other == axis else f"; write axis={other} where that is the axis of the classes"


def _class_weights(name, weight, classes, rows, dtype):
    """A factor for each class, contiguous and aligned, in float64 at least; or None."""
    if weight is None:
        return None
    weight = _real(name, "weight", weight)
    if weight.shape != (classes,):
        hint = "; write sample_weight= for one of each row" if weight.shape == rows else ""
        raise ValueError(f"fastact.{name}: weight has shape {weight.shape}, expected {(classes,)}: one per class{hint}")
    with np.errstate(all="ignore"):  # longdouble may be out of the range of float64
        return np.require(weight, np.promote_types(dtype, np.float64), ["C_CONTIGUOUS", "ALIGNED"])


def sample_weights(name, given, shape, logits_shape):
    """The weights of samples as an array that broadcasts to `shape`, that of the losses, whose first axes are theirs;
    or None."""
    if given is None:
        return None
    weight = _real(name, "sample_weight", given)
    missing = len(shape) - weight.ndim
    if missing < 0 or not broadcasts_to(weight.shape + (1,) * missing, shape):
        hint = ""
        if weight.ndim == 2 and weight.shape[1] == 1:
            hint = "; write sample_weight[:, 0]"
        elif weight.ndim and weight.shape == logits_shape[-weight.ndim :]:
            hint = "; write weight= for one of each class"
        raise ValueError(
            f"fastact.{name}: sample_weight has shape {weight.shape}, expected {shape}, that of the losses, or its "
            f"first axes{hint}"
        )
    return weight.reshape(weight.shape + (1,) * missing)


def classes_of_rows(name, logits, labels, axis, ignore_index, reduction):
    """What a loss of rows with a class each was given, as a CrossEntropy without weights."""
    return cross_entropy_arguments(
        logits, labels, axis, None, None, ignore_index, 0.0, reduction, name=name, of_probabilities=False
    )


def cross_entropy_arguments(
    logits,
    labels,
    axis,
    weight,
    sample_weight,
    ignore_index,
    label_smoothing,
    reduction,
    extra_logit=None,
    *,
    name="cross_entropy",
    of_probabilities=True,
):
    """What cross_entropy was given, as a CrossEntropy; TypeError or ValueError that names the argument at fault.

    of_probabilities: whether labels may be those of the classes.
    """
    logits, labels = _real(name, "logits", logits), _real(name, "labels", labels)
    dtype = result_dtype(name, logits.dtype)
    axis = one_axis(name, axis, logits.ndim)
    _check_reduction(name, reduction)
    label_smoothing = _smoothing(name, label_smoothing)
    ignore_index = _ignored(name, ignore_index)
    classes = logits.shape[axis]
    if classes == 0:
        raise ValueError(f"fastact.{name}: logits of shape {logits.shape} have no classes along axis {axis}")
    rows = logits.shape[:axis] + logits.shape[axis + 1 :]
    extra = None
    if extra_logit is not None:
        classes += 1
        extra = extra_logits(name, extra_logit, logits.shape, (axis,), np.promote_types(dtype, np.float32), "logits")
    weight = _class_weights(name, weight, classes, rows, dtype)
    sample_weight = sample_weights(name, sample_weight, rows, logits.shape)
    if sample_weight is not None:
        with np.errstate(all="ignore"):
            sample_weight = np.array(
                np.broadcast_to(sample_weight, rows), np.promote_types(dtype, np.float64), order="C"
            )
    if is_floating(labels.dtype) and not of_probabilities:
        hint = f"labels.argmax({axis})" if labels.shape == logits.shape else "labels.astype(int)"
        raise TypeError(f"fastact.{name}: labels must be integers, classes, got {labels.dtype}; write {hint}")
    if is_floating(labels.dtype):
        if extra is not None:
            raise TypeError(
                f"fastact.{name}: labels of dtype {labels.dtype} are probabilities, which extra_logit takes no "
                "part in; pass classes, or concatenate the extra logits to logits"
            )
        if labels.shape != logits.shape:
            hint = _instead_of_labels(labels, logits.shape, axis)
            if labels.shape == rows:
                hint = "; labels that are class indices must be integers: write labels.astype(int)"
            raise ValueError(
                f"fastact.{name}: labels of dtype {labels.dtype} are probabilities and must have the shape of logits, "
                f"{logits.shape}, got {labels.shape}{hint}"
            )
        return CrossEntropy(dtype, logits, axis, None, labels, weight, sample_weight, label_smoothing, None)
    if labels.dtype.kind == "b":
        hint = f"write labels.argmax({axis})" if labels.shape == logits.shape else "write labels.astype(int)"
        kinds = "integers or floating probabilities" if of_probabilities else "integers, classes"
        raise TypeError(f"fastact.{name}: labels must be {kinds}, got bool; {hint}")
    if labels.shape != rows:
        raise ValueError(
            f"fastact.{name}: labels have shape {labels.shape}, expected {rows}: logits have shape {logits.shape} "
            f"and their classes axis {axis}{_instead_of_labels(labels, logits.shape, axis)}"
        )
    labels = _class_indices(name, labels, classes, ignore_index)
    return CrossEntropy(dtype, logits, axis, labels, None, weight, sample_weight, label_smoothing, extra)


def _stretched(shape, logits_shape):
    """The shape to which both broadcast; None where they do not."""
    try:
        return np.broadcast_shapes(shape, logits_shape)
    except ValueError:
        return None


def _instead_of_operand(argument, shape, logits_shape):
    """What to write for an operand of a shape that the logits' does not hold; empty where it cannot be guessed."""
    if logits_shape == (*shape, 1):
        longer = "[:, None]" if len(shape) == 1 else "[..., None]"
        shorter = "[:, 0]" if len(shape) == 1 else ".squeeze(-1)"
        return f"; write {argument}{longer}, or logits{shorter}"
    if shape == (*logits_shape, 1):
        longer = "[:, None]" if len(shape) == 2 else "[..., None]"
        shorter = "[:, 0]" if len(shape) == 2 else ".squeeze(-1)"
        return f"; write {argument}{shorter}, or logits{longer}"
    if shape and len(shape) < len(logits_shape) and logits_shape[: len(shape)] == shape:
        new = ", None" * (len(logits_shape) - len(shape))
        return f"; write {argument}[{':' if len(shape) == 1 else '...'}{new}] for one of each row"
    if shape == (1,) * (len(shape) - len(logits_shape)) + logits_shape:
        return f"; write {argument}.reshape({logits_shape})"
    whole = _stretched(shape, logits_shape)
    if whole is None:
        return ""
    return f"; write np.broadcast_to(logits, {whole}) where a logit has several {argument}"


def elementwise_arguments(name, given, sample_weight, reduction):
    """The operands of a loss element by element as arrays, the weights of samples, the type of the results and that in
    which arguments are taken; TypeError or ValueError that names the argument at fault."""
    arrays = {
        argument: None if value is None and argument in ("weight", "pos_weight") else _real(name, argument, value)
        for argument, value in given.items()
    }
    dtype = result_dtype(name, arrays["logits"].dtype)
    _check_reduction(name, reduction)
    shape = arrays["logits"].shape
    for argument, array in arrays.items():
        if array is None or broadcasts_to(array.shape, shape):
            continue
        whole, hint = _stretched(array.shape, shape), _instead_of_operand(argument, array.shape, shape)
        fault = f"does not broadcast to logits of shape {shape}"
        if whole is not None:
            fault = f"would stretch logits of shape {shape} to {whole}"
        raise ValueError(f"fastact.{name}: {argument} of shape {array.shape} {fault}{hint}")
    computed = np.dtype(np.float32) if dtype.itemsize == 2 else dtype
    return arrays, sample_weights(name, sample_weight, shape, shape), dtype, computed


def binary_cross_entropy_arguments(logits, targets, weight, pos_weight, sample_weight, reduction):
    """What binary_cross_entropy_with_logits was given, as a BinaryCrossEntropy; TypeError or ValueError that names the
    argument at fault."""
    given = {"logits": logits, "targets": targets, "weight": weight, "pos_weight": pos_weight}
    name = "binary_cross_entropy_with_logits"
    arrays, sample_weight, dtype, computed = elementwise_arguments(name, given, sample_weight, reduction)
    return BinaryCrossEntropy(dtype, computed, **arrays, sample_weight=sample_weight)


def asked(results, return_grad, return_hess):
    """Of a loss, its gradient and its Hessian those that are asked for: a tuple, or the loss alone."""
    loss, gradient, hessian = results
    if return_hess:
        return (loss, gradient, hessian) if return_grad else (loss, hessian)
    return (loss, gradient) if return_grad else loss


def count_of_samples(sample_weight, shape):
    """What the mean over elements of this shape is divided by."""
    if sample_weight is None:
        return np.float64(math.prod(shape))
    kind = sample_weight.dtype
    wide = sample_weight if kind == np.float64 else sample_weight.astype(np.promote_types(kind, np.float64))
    return wide.sum() * (math.prod(shape) / wide.size if wide.size else 0)


def product_of_weights(weight, sample_weight):
    """One factor for each element; 0 where the sample's is, whatever the other holds."""
    if weight is None or sample_weight is None:
        return weight if sample_weight is None else sample_weight
    wide = np.promote_types(np.promote_types(weight.dtype, sample_weight.dtype), np.float64)
    return np.where(sample_weight == 0, 0, np.multiply(weight, sample_weight, dtype=wide))
