"""The focal losses in NumPy: formula, signature, documentation.

With the cross entropy L of an answer they are u**gamma * L, u = 1 - exp(-L): a confident right answer counts less.
"""

import numpy as np

from fastact._containers import other_arrays
from fastact._reference.binary_losses import binary_cross_entropy_with_logits
from fastact._reference.losses import cross_entropy, finish, reduced, rows_of_losses, shares, times, widen
from fastact._shared.docs import documented
from fastact._shared.focal_arguments import share_of_answers, sigmoid_focal_arguments, softmax_focal_arguments
from fastact._shared.loss_arguments import count_of_samples

__all__ = ["sigmoid_focal_loss", "softmax_focal_loss"]


def _binary(x, t, gamma):
    """The loss of each element and its two derivatives: elementwise/focal.h has the names and the formulas."""
    a = np.abs(x)
    e = np.exp(-a)
    d, negative = 1 + e, x < 0
    h, k = np.where(negative, t, 1 - t), np.where(negative, 1 - t, t)
    c, n = h - k, h + k * e
    u = np.where((t < 0) | (t > 1), np.nan, n / d) ** gamma
    loss = times(h, a) + np.log1p(e)
    some = np.where(n > 0, n, 1)
    bent, shared, difference = times(e, loss / some), e / some, h - k * e
    gradient = u / d * (difference + gamma * c * bent)
    inner = (gamma * c - c) * shared + e - 1
    second = e * (1 + 2 * gamma * c * (difference / some)) + gamma * c * bent * inner
    return u * loss, np.where(negative, -gradient, gradient), u / np.square(d) * second


@documented
def sigmoid_focal_loss(
    logits,
    targets,
    alpha=0.25,
    gamma=2.0,
    *,
    sample_weight=None,
    reduction="mean",
    return_grad=False,
    return_hess=False,
):
    """Focal loss of sigmoid(logits), element by element, reduced, and its gradient.

    -alpha_t * (1 - p_t)**gamma * log(p_t), where p_t is the probability of the right answer: answers that are right
    already count less, so that many easy ones do not outweigh the few hard ones. From logits, without a sigmoid in
    between.

    Parameters
    ----------
    logits : array_like
        Floating, integer or bool. Integers and bool are computed in float64.
    targets : array_like
        From 0 to 1, others give NaN. Real, or bool; they broadcast to the shape of `logits`, which they cannot stretch.
        Between 0 and 1 the loss is (1 - p_t)**gamma times the binary cross entropy, p_t = p * t + (1 - p) * (1 - t).
    alpha : float, optional
        What an answer counts for: alpha * t + (1 - alpha) * (1 - t). Negative: 1 for all.
    gamma : float, optional
        How much less easy ones count, at least 0; 0 is binary cross entropy.
    sample_weight : array_like, optional
        A factor for each element, or for all of a row: of the shape of `logits`, or of the first axes of that. What has
        weight 0 counts for nothing.
    {reduction}
        The mean is over all elements, with `sample_weight` sum(sample_weight * loss) / sum(sample_weight). `alpha` does
        not count in the divisor.
    {return_grad}
    {return_hess}

    Returns
    -------
    {result of losses}
    hessian : ndarray or scalar
        Only if `return_hess`: likewise. It can be negative: the loss is concave where an answer is wrong and confident.

    Raises
    ------
    TypeError
        If an argument is complex, masked or not numeric, or `alpha` or `gamma` is no number.
    ValueError
        If an argument does not broadcast to the shape of `logits`, `alpha` is above 1, `gamma` negative, one of them
        not finite, or `reduction` unknown.

    Notes
    -----
    All results are finite for finite logits. A factor of 0 makes 0 of everything: at logits of inf the loss is 0 for a
    target of 1. NaN gives NaN, but where the weight is 0.

    In float32 all results are computed in float64 and rounded once. In float64, for a target of 0 or 1, gamma = 2 and
    no alpha, loss, gradient and Hessian are within 8 ULP, and for any target, alpha and gamma up to 8 within 12: the
    loss of its true value, the others of the sum of the sizes of their terms. The gradient has terms of one sign for
    targets of 0 and 1. The Hessian is a difference; its terms are, for a target of 1, p = sigmoid(x), q = 1 - p and the
    cross entropy L, q**gamma * p times q, 2 * gamma * q, gamma * L * q and gamma**2 * L * p. Sums are taken in float64;
    float16 is computed in float32. All arguments are rounded to the type that is computed in.

    PyTorch's torchvision.ops.sigmoid_focal_loss has the same parameters; its default reduction is 'none'.

    Examples
    --------
    >>> import fastact
    >>> fastact.sigmoid_focal_loss([2.0, -1.0, -4.0], [1, 0, 1], reduction="none")
    array([4.50890709e-04, 1.69935431e-02, 9.68726809e-01])
    >>> loss, gradient = fastact.sigmoid_focal_loss([2.0, -4.0], [1, 1], alpha=-1, return_grad=True)
    >>> gradient
    array([-0.00243547, -0.54319793])
    """
    operands = {"logits": logits, "targets": targets}
    options = {"reduction": reduction, "return_grad": return_grad, "return_hess": return_hess}
    answer = other_arrays.elementwise_loss(
        "sigmoid_focal_loss", operands, sample_weight, **options, alpha=alpha, gamma=gamma
    )
    if answer is not NotImplemented:
        return answer
    given = sigmoid_focal_arguments(logits, targets, alpha, gamma, sample_weight, reduction)
    wide = np.promote_types(given.computed, np.float64)
    if given.gamma == 0:
        weight = share_of_answers(widen(given.targets, given.computed), given.alpha)
        return binary_cross_entropy_with_logits(
            logits, targets, weight=weight, sample_weight=given.sample_weight, **options
        )
    with np.errstate(all="ignore"):
        x, t = (widen(a, given.computed) for a in (given.logits, given.targets))
        alpha, gamma = (wide.type(given.computed.type(number)) for number in (given.alpha, given.gamma))
        share = share_of_answers(t, alpha)
        w = widen(np.asarray(1 if given.sample_weight is None else given.sample_weight), given.computed)
        w = w if share is None else np.where((t < 0) | (t > 1), w, w * share)
        results = [times(w, np.where(np.isnan(x), x, a)) for a in _binary(x, t, gamma)]
        loss, factor = reduced(results[0], count_of_samples(given.sample_weight, x.shape), reduction)
        slopes = [times(a, factor) for a in results[1:]]
        return finish(logits, loss, *slopes, given.dtype, return_grad, return_hess)


def _of_rows(loss, gamma):
    """The focal loss of rows, given their cross entropy, and its two derivatives by that; all 0 where it is 0."""
    u, p = -np.expm1(-loss), np.exp(-loss)
    some, power = np.where(u > 0, u, 1), u**gamma
    part = times(p, loss) / some
    slope = power * (1 + gamma * part)
    steep = np.where(u > 0, some ** (gamma - 1), 0)  # power / u overflows where u is subnormal
    bend = gamma * steep * p * (2 + (gamma - 1) * part) - gamma * power * part
    return power * loss, slope, bend


@documented
def softmax_focal_loss(
    logits,
    labels,
    gamma=2.0,
    *,
    axis=-1,
    weight=None,
    sample_weight=None,
    ignore_index=-100,
    reduction="mean",
    return_grad=False,
    return_hess=False,
):
    """Focal loss of softmax(logits) along an axis, -(1 - p[label])**gamma * log(p[label]), and its gradient.

    Rows whose label is probable already count less, so that many easy ones do not outweigh the few hard ones.

    Parameters
    ----------
    logits : array_like
        Floating, integer or bool. Integers and bool are computed in float64.
    labels : array_like
        The class of every row, an integer: of the shape of `logits` without `axis`.
    gamma : float, optional
        How much less easy rows count, at least 0; 0 is cross entropy.
    axis : int, optional
        That of the classes.
    weight : array_like, optional
        A factor for each class.
    sample_weight : array_like, optional
        A factor for each row: of the shape of `labels`, or of the first axes of that. A row of weight 0 counts for
        nothing.
    ignore_index : int, optional
        Rows with this label count for nothing: their loss and their gradient are 0.
    {reduction}
        The mean is over the rows that count, each with its weight and that of its label.
    {return_grad}
    {return_hess}

    Returns
    -------
    {losses of rows}
    hessian : ndarray
        Only if `return_hess`: likewise. It can be negative.

    Raises
    ------
    TypeError
        If an argument is complex, masked or not numeric, labels are no integers, or `gamma` is no number.
    ValueError
        If a label is neither a class nor `ignore_index`, an argument has a wrong shape, `gamma` is negative or not
        finite, or `reduction` is unknown.
    numpy.exceptions.AxisError
        If `axis` is out of range.

    Notes
    -----
    With the cross entropy L of a row, p its label's probability and u = 1 - p, which is found without cancellation, the
    gradient is u**gamma * (1 + gamma * p * L / u) times that of cross entropy. All results are finite for finite
    logits; special values are as in `cross_entropy`.

    An error of L counts 1 + gamma times: the loss of a row is within 2 * (1 + gamma) eps of its true value, 6 for gamma
    = 2, and each element of its gradient within 4 more. With s = softmax(logits) the diagonal of the Hessian is y' * s
    * (1 - s) + y'' * (s - onehot)**2, y' and y'' the derivatives of the loss by L. It is a difference: within 10 + 2 *
    gamma eps of the sum of the sizes of its terms. Sums are taken in float64; float16 is computed in float32 and
    rounded once. In NumPy (`FASTACT_ISA=numpy`) the distance from the largest logit is rounded before exp besides.

    Examples
    --------
    >>> import fastact
    >>> logits = [[2.0, 1.0, -0.5], [0.0, 40.0, 0.0]]
    >>> fastact.softmax_focal_loss(logits, [0, 1], reduction="none")
    array([3.57804773e-02, 6.13411846e-52])
    >>> loss, gradient = fastact.softmax_focal_loss(logits, [1, -100], return_grad=True)
    >>> gradient
    array([[ 0.74231178, -0.80324444,  0.06093266],
           [ 0.        ,  0.        ,  0.        ]])
    """
    options = {"weight": weight, "sample_weight": sample_weight, "ignore_index": ignore_index}
    wanted = {"reduction": reduction, "return_grad": return_grad, "return_hess": return_hess}
    answer = other_arrays.cross_entropy(
        "softmax_focal_loss",
        logits,
        labels,
        axis,
        weight,
        sample_weight,
        **wanted,
        ignore_index=ignore_index,
        gamma=gamma,
    )
    if answer is not NotImplemented:
        return answer
    given, gamma = softmax_focal_arguments(logits, labels, gamma, axis=axis, **options, reduction=reduction)
    if gamma == 0:
        return cross_entropy(logits, labels, axis=axis, **options, **wanted)
    with np.errstate(all="ignore"):
        x = widen(np.moveaxis(given.logits, given.axis, -1), given.dtype)
        _, counts = shares(given, x.shape)
        q, _ = shares(given._replace(weight=None, sample_weight=None), x.shape)
        loss, gradient, hessian = rows_of_losses(x, q)
        loss, slope, bend = _of_rows(loss, gamma)
        slope, bend = (times(counts, a)[..., None] for a in (slope, bend))
        hessian = times(slope, hessian) + times(bend, np.square(gradient))
        loss, factor = reduced(times(counts, loss), counts.sum(), reduction)
        slopes = [
            np.ascontiguousarray(np.moveaxis(times(a, factor), -1, given.axis))
            for a in (times(slope, gradient), hessian)
        ]
        return finish(logits, loss, *slopes, given.dtype, return_grad, return_hess)
