"""What the functions of logits but for losses accept, and what they say of the rest: the same words for the compiled
kernels and for NumPy.

All of it is checked before anything is computed.
"""

import operator
from typing import NamedTuple

import numpy as np

from fastact._shared.arguments import broadcasts_to, is_floating, one_axis, result_dtype, row_options
from fastact._shared.dtypes import common_dtype
from fastact._shared.loss_arguments import _class_indices, _instead_of_labels, _real


class Rows(NamedTuple):
    """Logits whose rows lie along an axis, and what counts of them, checked."""

    dtype: np.dtype  # of the results
    logits: np.ndarray
    axis: int  # not negative
    where: np.ndarray | None
    bias: np.ndarray | None
    scale: np.ndarray

    @property
    def is_plain(self):
        """Whether the logits count as they are."""
        return self.where is None and self.bias is None and self.scale.ndim == 0 and bool(self.scale == 1)

    @property
    def outer(self):
        """The shape without the axis."""
        return self.logits.shape[: self.axis] + self.logits.shape[self.axis + 1 :]

    def moved(self):
        """Views of logits, where, bias and scale, the axis last; a scale that is one number stays that."""
        shape = self.logits.shape
        spread = [
            a if a is None or (i == 3 and a.ndim == 0) else np.moveaxis(np.broadcast_to(a, shape), self.axis, -1)
            for i, a in enumerate((self.logits, self.where, self.bias, self.scale))
        ]
        return tuple(spread)


def rows_of_logits(name, logits, axis, where, bias, scale):
    """The arguments that the functions have in common, as Rows."""
    logits = _real(name, "logits", logits)
    dtype = result_dtype(name, logits.dtype, argument="logits")
    axis = one_axis(name, axis, logits.ndim)
    where, bias, scale = row_options(name, logits.shape, where, bias, scale, lead="logits")
    if scale.size == 1:
        scale = scale.reshape(())
    return Rows(dtype, logits, axis, where, bias, scale)


def values_of_rows(name, values, given):
    """A number for each element of the logits, the axis last."""
    values = _real(name, "values", values)
    if not broadcasts_to(values.shape, given.logits.shape):
        raise ValueError(
            f"fastact.{name}: values of shape {values.shape} do not broadcast to logits of shape {given.logits.shape}"
        )
    return np.moveaxis(np.broadcast_to(values, given.logits.shape), given.axis, -1)


def two_rows(name, p_logits, q_logits, axis, where):
    """The logits of two distributions, of one shape and one type, as Rows."""
    logits = {"p_logits": p_logits, "q_logits": q_logits}
    logits = {argument: _real(name, argument, a) for argument, a in logits.items()}
    dtype = common_dtype(name, tuple(logits.values()))
    shapes = [a.shape for a in logits.values()]
    if shapes[0] != shapes[1]:
        raise ValueError(f"fastact.{name}: p_logits have shape {shapes[0]} and q_logits {shapes[1]}: they must agree")
    return [rows_of_logits(name, a, axis, where, None, 1.0)._replace(dtype=dtype) for a in logits.values()]


def count_of_largest(name, k, length, axis):
    """How many elements of each row are wanted."""
    try:
        if isinstance(k, bool | np.bool_):
            raise TypeError
        k = operator.index(k)
    except TypeError:
        raise TypeError(f"fastact.{name}: k must be an int, got {k!r}") from None
    if k < 0:
        raise ValueError(f"fastact.{name}: k must not be negative, got {k}")
    if k > length:
        raise ValueError(
            f"fastact.{name}: k is {k}, but there are {length} logits along axis {axis}; write "
            f"k=min({k}, logits.shape[{axis}])"
        )
    return k


def labels_of_rows(name, labels, given):
    """A class for each row, as intp in C order: a copy, that nobody else writes to."""
    labels = _real(name, "labels", labels)
    if labels.dtype.kind == "b" or is_floating(labels.dtype):
        shown = (
            f"write labels.argmax({given.axis})" if labels.shape == given.logits.shape else "write labels.astype(int)"
        )
        raise TypeError(f"fastact.{name}: labels must be integers, got {labels.dtype}; {shown}")
    if labels.shape != given.outer:
        raise ValueError(
            f"fastact.{name}: labels have shape {labels.shape}, expected {given.outer}: logits have shape "
            f"{given.logits.shape} and their classes axis {given.axis}"
            f"{_instead_of_labels(labels, given.logits.shape, given.axis)}"
        )
    return _class_indices(name, labels, given.logits.shape[given.axis])
