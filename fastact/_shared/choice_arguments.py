"""What the functions of logits but for losses accept, and what they say of the rest: the same words for the compiled
kernels and for NumPy.

All of it is checked before anything is computed.
"""

import numbers
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
        shape, axis = self.logits.shape, self.axis
        where, bias = (None if a is None else _spread(a, shape, axis, -1) for a in (self.where, self.bias))
        scale = self.scale if self.scale.ndim == 0 else _spread(self.scale, shape, axis, -1)
        return _spread(self.logits, shape, axis, -1), where, bias, scale


def _spread(a, shape, axis, place):
    """A view of that shape, the axis in its place. NumPy's functions take microseconds where there is nothing to do."""
    a = a if a.shape == shape else np.broadcast_to(a, shape)
    return a if axis == place % len(shape) else np.moveaxis(a, axis, place)


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
    """A number for each element of the logits, the axis last; or a vector, in one more axis behind it."""
    values, shape = _real(name, "values", values), given.logits.shape
    are_vectors = values.ndim == len(shape) + 1
    if not broadcasts_to(values.shape[:-1] if are_vectors else values.shape, shape):
        hint = ""
        if 1 < values.ndim <= len(shape) and broadcasts_to(values.shape[:-1], shape):
            fresh = ", ".join(["None"] * (len(shape) + 1 - values.ndim))
            hint = f"; values that hold a vector for each class have one axis more than logits: write values[{fresh}]"
        raise ValueError(
            f"fastact.{name}: values of shape {values.shape} do not broadcast to logits of shape {shape}{hint}"
        )
    if not are_vectors:
        return _spread(values, shape, given.axis, -1)
    return _spread(_adjacent(values, given.dtype), shape + values.shape[-1:], given.axis, -2)


def _adjacent(vectors, dtype):
    """Vectors in the type that is computed in, the numbers of each side by side in memory."""
    with np.errstate(all="ignore"):
        vectors = vectors.astype(np.promote_types(dtype, np.float32), copy=False)
    size = vectors.itemsize
    lie = vectors.flags.aligned and (vectors.shape[-1] < 2 or vectors.strides[-1] == size)
    return vectors if lie and not any(step % size for step in vectors.strides) else np.ascontiguousarray(vectors)


def two_rows(name, p_logits, q_logits, axis, where):
    """The logits of two distributions, of one shape and one type, as Rows."""
    logits = {"p_logits": p_logits, "q_logits": q_logits}
    logits = {argument: _real(name, argument, a) for argument, a in logits.items()}
    dtype = common_dtype(name, tuple(logits.values()))
    shapes = [a.shape for a in logits.values()]
    if shapes[0] != shapes[1]:
        raise ValueError(f"fastact.{name}: p_logits have shape {shapes[0]} and q_logits {shapes[1]}: they must agree")
    return [rows_of_logits(name, a, axis, where, None, 1.0)._replace(dtype=dtype) for a in logits.values()]


def gradients_of_rows(name, dy, given, vector=()):
    """A gradient for each row, of the shape of the function's result: `vector` is that of a row's."""
    dy, shape = _real(name, "dy", dy), given.outer + vector
    if not broadcasts_to(dy.shape, shape):
        raise ValueError(f"fastact.{name}: dy of shape {dy.shape} does not broadcast to {shape}, that of the result")
    return np.broadcast_to(dy, shape)


def count_of_largest(name, k, length, axis, argument="k"):
    """How many elements of each row are wanted."""
    try:
        if isinstance(k, bool | np.bool_):
            raise TypeError
        k = operator.index(k)
    except TypeError:
        raise TypeError(f"fastact.{name}: {argument} must be an int, got {k!r}") from None
    if k < 0:
        raise ValueError(f"fastact.{name}: {argument} must not be negative, got {k}")
    if k > length:
        raise ValueError(
            f"fastact.{name}: k is {k}, but there are {length} logits along axis {axis}; write "
            f"k=min({k}, logits.shape[{axis}])"
        )
    return k


class Filters(NamedTuple):
    """What sample leaves of a row's distribution; None for all."""

    top_k: int | None
    top_p: float | None
    min_p: float | None


def filters_of(name, top_k, top_p, min_p):
    """The filters, checked; those that leave everything are None."""
    if top_k is not None:
        top_k = count_of_largest(name, top_k, float("inf"), None, "top_k")
        if top_k == 0:
            raise ValueError(f"fastact.{name}: top_k must be 1 at least; leave it out to draw from all")
    given = {"top_p": top_p, "min_p": min_p}
    for argument, value in given.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError(f"fastact.{name}: {argument} must be a number from 0 to 1, got {value!r}")
        if not 0 <= value <= 1 or (argument == "top_p" and value == 0):
            least = "above 0 and at most 1" if argument == "top_p" else "from 0 to 1"
            raise ValueError(f"fastact.{name}: {argument} must be {least}, got {value!r}")
    return Filters(top_k, None if top_p == 1 else top_p, min_p or None)


def uniforms(name, rng, size, outer):
    """The numbers from 0 to 1 that decide the draws, of shape size + outer, and the size as a tuple."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"fastact.{name}: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
            "write numpy.random.default_rng(seed)"
        )
    try:
        size = () if size is None else tuple(map(operator.index, size if isinstance(size, tuple) else (size,)))
    except TypeError:
        raise TypeError(f"fastact.{name}: size must be None, an int or a tuple of ints, got {size!r}") from None
    if any(length < 0 for length in size):
        raise ValueError(f"fastact.{name}: size must not be negative, got {size}")
    return rng.random((*size, *outer)), size


def without_infinite_scale(name, given):
    """Rows of which the scale is finite, and for each row the sign of an infinite one, 0 for none; or None."""
    scale = given.scale
    if scale.dtype.kind != "f" or not np.isinf(scale).any():
        return given, None
    signs = np.where(np.isinf(scale), np.sign(scale), 0)
    wide = np.moveaxis(np.broadcast_to(signs, given.logits.shape), given.axis, -1)
    if wide.size and (wide != wide[..., :1]).any():
        raise ValueError(f"fastact.{name}: an infinite scale must be that of a whole row")
    finite = np.where(np.isinf(scale), np.ones((), scale.dtype), scale)
    return given._replace(scale=finite), wide[..., 0] if wide.size else None


def check_drawn(name, index, outer):
    """ValueError for the first row of which nothing could be drawn."""
    bad = np.argwhere(np.asarray(index) < 0)
    if len(bad):
        row = tuple(int(i) for i in bad[0][len(bad[0]) - len(outer) :])
        raise ValueError(
            f"fastact.{name}: row {row} has no distribution: its logits hold NaN or inf, or nothing of it counts"
        )
    return index


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
