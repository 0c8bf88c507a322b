"""What the focal losses accept beside what their losses without a focus do."""

import numbers
from typing import NamedTuple

import numpy as np

from fastact._shared.loss_arguments import cross_entropy_arguments, elementwise_arguments


class SigmoidFocal(NamedTuple):
    """The arguments of sigmoid_focal_loss, checked: arrays of real types that broadcast to the logits' shape."""

    dtype: np.dtype  # of the results
    computed: np.dtype  # the type in which arguments are taken: that of the results, float32 at least
    logits: np.ndarray
    targets: np.ndarray
    sample_weight: np.ndarray | None
    alpha: float  # negative where both answers count 1
    gamma: float


MOST = 1e30  # of gamma, and of the size of a negative alpha: within float32


def checked_gamma(name, given):
    """The exponent as a float; TypeError or ValueError."""
    if isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise TypeError(f"fastact.{name}: gamma must be a number from 0 on, got {given!r}")
    if not 0 <= given <= MOST:
        raise ValueError(f"fastact.{name}: gamma must be from 0 to {MOST:g}, got {given!r}")
    return float(given)


def checked_alpha(name, given):
    """The weight of positive answers as a float; TypeError or ValueError."""
    hint = "; write alpha=-1 where both answers count the same"
    if isinstance(given, bool) or not isinstance(given, numbers.Real):
        raise TypeError(f"fastact.{name}: alpha must be a number from 0 to 1, or negative, got {given!r}{hint}")
    if not -MOST <= given <= 1:
        raise ValueError(f"fastact.{name}: alpha must be from 0 to 1, or negative, got {given!r}{hint}")
    return float(given)


def sigmoid_focal_arguments(logits, targets, alpha, gamma, sample_weight, reduction):
    """What sigmoid_focal_loss was given, as a SigmoidFocal; TypeError or ValueError that names what is at fault."""
    name = "sigmoid_focal_loss"
    arrays, sample_weight, dtype, computed = elementwise_arguments(
        name, {"logits": logits, "targets": targets}, sample_weight, reduction
    )
    alpha, gamma = checked_alpha(name, alpha), checked_gamma(name, gamma)
    return SigmoidFocal(dtype, computed, **arrays, sample_weight=sample_weight, alpha=alpha, gamma=gamma)


def share_of_answers(targets, alpha):
    """What an element counts for by its target, alpha of a positive answer and 1 - alpha of a negative one; or None."""
    return None if alpha < 0 else targets * alpha + (1 - targets) * (1 - alpha)


def softmax_focal_arguments(logits, labels, gamma, axis, weight, sample_weight, ignore_index, reduction):
    """What softmax_focal_loss was given: a CrossEntropy with labels, and gamma; TypeError or ValueError that names the
    argument at fault."""
    name = "softmax_focal_loss"
    given = cross_entropy_arguments(
        logits, labels, axis, weight, sample_weight, ignore_index, 0.0, reduction, name=name, of_probabilities=False
    )
    return given, checked_gamma(name, gamma)
