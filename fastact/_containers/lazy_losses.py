"""Losses of dask arrays as graphs: nothing is computed here."""

import math

import numpy as np

from fastact._containers import lazy_chunks as chunks
from fastact._containers.kinds import is_lazy
from fastact._containers.lazy import (
    as_lazy,
    blockwise,
    check,
    check_whole,
    dask,
    part,
    stand_in,
    whole,
)
from fastact._shared.arguments import broadcasts_to, one_axis
from fastact._shared.focal_arguments import checked_alpha, checked_gamma
from fastact._shared.loss_arguments import cross_entropy_arguments, elementwise_arguments, sample_weights


def cross_entropy(name, logits, labels, weight, sample_weight, axis, reduction, return_grad, return_hess, **options):
    """The loss of rows that lie whole in the chunks of logits."""
    check(name, None, logits, labels, weight, sample_weight)
    logits = as_lazy(logits)
    labels = labels if is_lazy(labels) else np.asarray(labels)
    axis = one_axis(name, axis, logits.ndim)
    kind = _checked_types(name, logits, labels, weight, sample_weight, axis, reduction, options)
    check_whole(name, "logits", logits, (axis,))
    is_class = labels.ndim < logits.ndim
    labels = as_lazy(labels) if is_class else whole(labels, logits.ndim, (axis,))
    indices = tuple(range(logits.ndim))
    rest = indices[:axis] + indices[axis + 1 :]
    pairs = [logits, indices, labels, rest if is_class else indices]
    weights, given = [], []
    if weight is not None:
        weights += [as_lazy(weight).rechunk(-1), (axis,)]
        given.append("weight")
    if sample_weight is not None:
        shape = tuple(logits.shape[a] for a in rest)
        weights += [_of_first_axes(sample_weight, shape), rest]
        given.append("sample_weight")
    both = dask().blockwise(
        chunks.cross_entropy,
        indices,
        *pairs,
        *weights,
        dtype=kind,
        meta=np.empty((0,) * logits.ndim, kind),
        function=name,
        axis=axis,
        given=tuple(given),
        keywords=options | {"return_hess": return_hess},
    )
    loss = part(both, 0, kind, adjusted=axis).squeeze(axis=axis)
    slopes = _slopes(both, return_grad, return_hess, kind)
    if reduction != "mean":
        divisor = 1
    elif is_class or sample_weight is not None:
        counts = dask().blockwise(
            chunks.counted,
            rest,
            labels if is_class else loss,
            rest,
            *weights,
            concatenate=True,
            dtype=np.float64,
            meta=np.empty((0,) * loss.ndim),
            given=tuple(given),
            ignore_index=options["ignore_index"] if is_class else None,
        )
        divisor = counts.sum()
    else:
        divisor = math.prod(loss.shape)
    return _reduced(loss, slopes, divisor, reduction, kind)


def _slopes(results, return_grad, return_hess, kind):
    """Those of the gradient and the Hessian that are asked for."""
    return [part(results, which, kind) for which in (1, 2) if (return_grad, return_hess)[which - 1]]


def _of_first_axes(sample_weight, shape):
    """Weights of samples for every element of the shape."""
    weight = as_lazy(sample_weight)
    return dask().broadcast_to(weight.reshape(weight.shape + (1,) * (len(shape) - weight.ndim)), shape)


def _checked_types(name, logits, labels, weight, sample_weight, axis, reduction, options):
    """The type of the results; the arguments are checked on few rows where their shapes fit."""
    rows = logits.shape[:axis] + logits.shape[axis + 1 :]
    sample_weights(name, stand_in(sample_weight), rows, logits.shape)
    dims = [None, None]
    if labels.shape in (rows, logits.shape):
        few = [size if a == axis else min(size, 1) for a, size in enumerate(logits.shape)]
        dims = [tuple(few), tuple(few if labels.shape == logits.shape else few[:axis] + few[axis + 1 :])]
    logits, labels = (
        np.broadcast_to(np.zeros((), a.dtype), a.shape if d is None else d)
        for a, d in zip((logits, labels), dims, strict=True)
    )
    options = {"axis": axis, "weight": stand_in(weight), "sample_weight": None, "reduction": reduction, **options}
    if "gamma" in options:
        checked_gamma(name, options.pop("gamma"))
        options |= {"label_smoothing": 0.0, "of_probabilities": False}
    return cross_entropy_arguments(logits, labels, name=name, **options).dtype


def elementwise_loss(name, given, *, reduction, return_grad, return_hess, **numbers):
    """The loss element by element, of arrays by their names."""
    check(name, None, *given.values())
    operands = dict(given)
    sample_weight = operands.pop("sample_weight")
    kind = elementwise_arguments(
        name, {key: stand_in(a) for key, a in operands.items()}, stand_in(sample_weight), reduction
    )[2]
    for number, checked in (("alpha", checked_alpha), ("gamma", checked_gamma)):
        if number in numbers:
            checked(name, numbers[number])
    logits = as_lazy(operands.pop("logits"))
    for argument, a in operands.items():
        if a is not None and not broadcasts_to(np.shape(a), logits.shape):
            raise ValueError(
                f"fastact.{name}: {argument} of shape {np.shape(a)} does not broadcast to logits of {logits.shape}"
            )
    options = {key: as_lazy(a) for key, a in operands.items() if key == "targets" or a is not None}
    if sample_weight is not None:
        options["sample_weight"] = _of_first_axes(sample_weight, logits.shape)
    both = blockwise(
        chunks.elementwise_loss,
        logits,
        (logits, *options.values()),
        kind,
        function=name,
        given=tuple(options),
        keywords={**numbers, "return_hess": return_hess},
    )
    slopes = _slopes(both, return_grad, return_hess, kind)
    divisor = 1
    if reduction == "mean":
        divisor = math.prod(logits.shape)
        divisor = divisor if sample_weight is None else options["sample_weight"].sum(dtype=np.float64)
    return _reduced(part(both, 0, kind), slopes, divisor, reduction, kind)


def _reduced(loss, slopes, divisor, reduction, kind):
    """The loss reduced, with gradient and Hessian if there are any."""
    if reduction != "none":
        loss = loss.sum(dtype=np.promote_types(kind, np.float64))
        loss = loss.map_blocks(chunks.quotient, divisor, kind, dtype=kind, meta=np.empty((), kind))
        if reduction == "mean":
            slopes = [
                a.map_blocks(chunks.divided, divisor, kind, dtype=kind, meta=np.empty((0,) * a.ndim, kind))
                for a in slopes
            ]
    return (loss, *slopes) if slopes else loss
