"""The losses of labels that may hold or not, element by element, in NumPy: formula, signature, documentation."""

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.losses import finish, reduced, times, widen
from fastact._shared.docs import documented
from fastact._shared.loss_arguments import binary_cross_entropy_arguments, count_of_samples, product_of_weights

__all__ = ["binary_cross_entropy_with_logits"]


@documented
def binary_cross_entropy_with_logits(
    logits,
    targets,
    *,
    weight=None,
    pos_weight=None,
    sample_weight=None,
    reduction="mean",
    return_grad=False,
    return_hess=False,
):
    """Binary cross entropy of sigmoid(logits), element by element, reduced, and its gradient.

    weight * (pos_weight * targets * softplus(-logits) + (1 - targets) * softplus(logits)): one term for each label that
    may hold or not, independently of the others. From logits, without a sigmoid in between: a confident prediction has
    a loss of a few 1e-9, not 0.

    Parameters
    ----------
    logits : array_like
        Floating, integer or bool. Integers and bool are computed in float64.
    targets : array_like
        Probabilities, 0 to 1. Real, or bool; they broadcast to the shape of `logits`, which they cannot stretch: for
        logits of shape (n, 1) write ``targets[:, None]``.
    weight : array_like, optional
        A factor for each element; it broadcasts to the shape of `logits`. What has weight 0 counts for nothing,
        whatever the other arguments hold there: loss and gradient are 0.
    pos_weight : array_like, optional
        A factor for each positive answer, commonly one for each class; it broadcasts to the shape of `logits`.
    sample_weight : array_like, optional
        A factor for each element, or for all of a row: of the shape of `logits`, or of the first axes of that. What has
        weight 0 counts for nothing.
    {reduction}
        The mean is over all elements, whatever `weight` and `pos_weight` say. With `sample_weight` it is
        sum(sample_weight * loss) / sum(sample_weight), both over all elements, as in scikit-learn.
    {return_grad}
    {return_hess}

    Returns
    -------
    {result of losses}
    hessian : ndarray or scalar
        Only if `return_hess`: likewise. With p = sigmoid(logits) it is p * (1 - p), times all weights of the element;
        `pos_weight` counts as the target says, pos_weight * targets + 1 - targets.

    Raises
    ------
    TypeError
        If an argument is complex, masked or not numeric.
    ValueError
        If an argument does not broadcast to the shape of `logits`, or `reduction` is unknown.

    Notes
    -----
    A term whose factor is 0 counts for nothing: at logits of inf the loss is 0 for a target of 1, where PyTorch gives
    NaN, and inf for any other. NaN gives NaN, but where the weight is 0. The mean of no elements is NaN.

    For targets of 0 and 1 the loss of an element and its gradient are within 4 ULP of their true value however
    confident it is; for others, of the larger of their two parts. Sums are taken in float64; float16 is computed in
    float32 and rounded once. All arguments are rounded to the type that is computed in: beside float32 logits, targets
    of float64 that come within 1e-5 of 1 want logits of float64.

    Examples
    --------
    >>> import fastact
    >>> fastact.binary_cross_entropy_with_logits([2.0, -1.0, 40.0], [1, 0, 1], reduction="none")
    array([1.26928011e-01, 3.13261688e-01, 4.24835426e-18])
    >>> loss, gradient = fastact.binary_cross_entropy_with_logits([2.0, -1.0], [1, 0], return_grad=True)
    >>> gradient
    array([-0.05960146,  0.13447071])
    >>> loss = fastact.binary_cross_entropy_with_logits([2.0, -1.0], [1, 0], sample_weight=[3.0, 1.0])
    >>> round(float(loss), 6)
    0.173511
    >>> loss, hessian = fastact.binary_cross_entropy_with_logits([2.0, -1.0], [1, 0], reduction="sum", return_hess=True)
    >>> hessian
    array([0.10499359, 0.19661193])
    """
    answer = other_arrays.elementwise_loss(
        "binary_cross_entropy_with_logits",
        {"logits": logits, "targets": targets, "weight": weight, "pos_weight": pos_weight},
        sample_weight,
        reduction,
        return_grad,
        return_hess,
    )
    if answer is not NotImplemented:
        return answer
    given = binary_cross_entropy_arguments(logits, targets, weight, pos_weight, sample_weight, reduction)
    with np.errstate(all="ignore"):
        factors = product_of_weights(given.weight, given.sample_weight)
        parts = given.logits, given.targets, factors, given.pos_weight
        x, z, w, p = (widen(np.asarray(1 if a is None else a), given.computed) for a in parts)
        e = np.exp(-np.abs(x))
        pz = times(z, p)
        loss = times(pz, np.maximum(-x, 0) + np.log1p(e)) + times(1 - z, np.maximum(x, 0) + np.log1p(e))
        loss = times(w, np.where(np.isnan(x), x, loss))
        gradient = times(w, ((1 - z) * np.where(x < 0, e, 1) - pz * np.where(x < 0, 1, e)) / (1 + e))
        loss, factor = reduced(loss, count_of_samples(given.sample_weight, x.shape), reduction)
        hessian = np.where(np.isnan(x), x, e / np.square(1 + e))
        hessian = times(w, hessian if given.pos_weight is None else (pz + (1 - z)) * hessian)
        slopes = [times(a, factor) for a in (gradient, hessian)]
        return finish(logits, loss, *slopes, given.dtype, return_grad, return_hess)
