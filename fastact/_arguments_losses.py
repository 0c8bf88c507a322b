"""What the losses accept, and what they say of the rest: the same words for the compiled kernels and for NumPy.

All of it is checked before anything is computed.
"""

import numbers
import operator
from typing import NamedTuple

import numpy as np

from fastact._arguments import check_real, is_floating, one_axis, result_dtype

REDUCTIONS = ("none", "mean", "sum")


class CrossEntropy(NamedTuple):
    """The arguments of cross_entropy, checked. Of `labels` and `probabilities` one is None."""

    dtype: np.dtype  # of the results
    logits: np.ndarray
    axis: int  # that of the classes, not negative
    labels: np.ndarray | None  # intp, of the shape of logits without the axis; -1 where a row is ignored
    probabilities: np.ndarray | None  # of the shape of logits, in any real type
    weight: np.ndarray | None  # of shape (classes,), contiguous, float64; longdouble where the results are
    label_smoothing: float


class BinaryCrossEntropy(NamedTuple):
    """The arguments of binary_cross_entropy_with_logits, checked: arrays of real types that broadcast to `shape`."""

    dtype: np.dtype  # of the results
    shape: tuple[int, ...]
    logits: np.ndarray
    targets: np.ndarray
    weight: np.ndarray | None
    pos_weight: np.ndarray | None


def _real(name, argument, given):
    """An argument as an array of a type that can be computed with."""
    if isinstance(given, np.ma.MaskedArray):
        raise TypeError(f"fastact.{name}: {argument} must not be a masked array: its mask would be ignored")
    array = np.asarray(given)
    check_real(name, argument, array.dtype)
    return array


def _check_reduction(name, reduction):
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(f"fastact.{name}: reduction must be 'none', 'mean' or 'sum', got {reduction!r}")


def _smoothing(name, given):
    if type(given) is not float and not isinstance(given, numbers.Real):
        raise TypeError(f"fastact.{name}: label_smoothing must be a number from 0 to 1, got {given!r}")
    if not 0 <= given <= 1:
        raise ValueError(f"fastact.{name}: label_smoothing must be from 0 to 1, got {given!r}")
    return float(given)


def _class_indices(name, labels, classes, ignore_index):
    """The labels as intp, -1 where they are to be ignored; ValueError that names the first that is no class."""
    # as unsigned numbers the negative ones are large: one pass tells whether every label is a class
    unsigned = labels.view(labels.dtype.str.replace("i", "u"))
    if not 0 <= ignore_index < classes and (labels.size == 0 or unsigned.max() < classes):
        return labels.astype(np.intp, copy=False)
    ignored = labels == ignore_index
    bad = ((labels < 0) | (labels >= classes)) & ~ignored
    if bad.any():
        first = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(bad)))
        value = int(np.atleast_1d(labels)[first])
        place = f"labels[{', '.join(map(str, first))}]" if labels.ndim else "labels"
        raise ValueError(
            f"fastact.{name}: {place} is {value}, which is neither a class, 0 to {classes - 1}, "
            f"nor ignore_index={ignore_index}"
        )
    return np.where(ignored, -1, labels).astype(np.intp, copy=False)


def cross_entropy_arguments(logits, labels, axis, weight, ignore_index, label_smoothing, reduction):
    """What cross_entropy was given, as a CrossEntropy; TypeError or ValueError that names the argument at fault."""
    name = "cross_entropy"
    logits, labels = _real(name, "logits", logits), _real(name, "labels", labels)
    dtype = result_dtype(name, logits.dtype)
    axis = one_axis(name, axis, logits.ndim)
    _check_reduction(name, reduction)
    label_smoothing = _smoothing(name, label_smoothing)
    try:
        ignore_index = operator.index(ignore_index)
    except TypeError:
        raise TypeError(f"fastact.{name}: ignore_index must be an int, got {ignore_index!r}") from None
    classes = logits.shape[axis]
    if classes == 0:
        raise ValueError(f"fastact.{name}: logits of shape {logits.shape} have no classes along axis {axis}")
    if weight is not None:
        weight = _real(name, "weight", weight)
        if weight.shape != (classes,):
            raise ValueError(f"fastact.{name}: weight has shape {weight.shape}, expected {(classes,)}: one per class")
        weight = np.ascontiguousarray(weight, np.promote_types(dtype, np.float64))
    rows = logits.shape[:axis] + logits.shape[axis + 1 :]
    if is_floating(labels.dtype):
        if labels.shape != logits.shape:
            hint = "; labels that are class indices must be integers" if labels.shape == rows else ""
            raise ValueError(
                f"fastact.{name}: labels of dtype {labels.dtype} are probabilities and must have the shape of logits, "
                f"{logits.shape}, got {labels.shape}{hint}"
            )
        return CrossEntropy(dtype, logits, axis, None, labels, weight, label_smoothing)
    if labels.dtype.kind == "b":
        raise TypeError(f"fastact.{name}: labels must be integers or floating probabilities, got bool")
    if labels.shape != rows:
        raise ValueError(
            f"fastact.{name}: labels have shape {labels.shape}, expected {rows}: logits have shape {logits.shape} "
            f"and their classes axis {axis}"
        )
    labels = _class_indices(name, labels, classes, ignore_index)
    return CrossEntropy(dtype, logits, axis, labels, None, weight, label_smoothing)


def binary_cross_entropy_arguments(logits, targets, weight, pos_weight, reduction):
    """What binary_cross_entropy_with_logits was given, as a BinaryCrossEntropy; TypeError or ValueError that names the
    argument at fault."""
    name = "binary_cross_entropy_with_logits"
    given = {"logits": logits, "targets": targets, "weight": weight, "pos_weight": pos_weight}
    arrays = {
        argument: None if value is None and argument in ("weight", "pos_weight") else _real(name, argument, value)
        for argument, value in given.items()
    }
    dtype = result_dtype(name, arrays["logits"].dtype)
    _check_reduction(name, reduction)
    shape = arrays["logits"].shape
    for argument, array in arrays.items():
        if array is None:
            continue
        try:
            shape = np.broadcast_shapes(shape, array.shape)
        except ValueError:
            others = "logits" if argument == "targets" else "logits and targets"
            raise ValueError(
                f"fastact.{name}: {argument} of shape {array.shape} does not broadcast against {others} of {shape}"
            ) from None
    return BinaryCrossEntropy(dtype, shape, **arrays)
