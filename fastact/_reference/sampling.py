"""sample in readable NumPy: draws from softmax of logits."""

import numpy as np

from fastact._containers import other_choices
from fastact._reference.choice import places_of_largest
from fastact._reference.rows import softmax
from fastact._shared.choice_arguments import (
    check_drawn,
    filters_of,
    rows_of_logits,
    uniforms,
    without_infinite_scale,
)
from fastact._shared.docs import documented

__all__ = ["sample"]

FEW = 64  # candidates that top_p looks at first


def without_small(p, filters):
    """The probabilities themselves, 0 where they are small beside the largest of their row, where no filter goes by
    order; else None."""
    if filters.top_k is not None or filters.top_p is not None:
        return None
    if filters.min_p is not None:
        p[p < filters.min_p * p.max(axis=-1, keepdims=True).astype(np.float64)] = 0
    return p


def candidates(p, filters, largest):
    """The places of the elements that may be drawn, largest first, and their probabilities, 0 where filters leave them
    out. `largest` gives the places of the k largest elements of each row."""
    n = p.shape[-1]
    most = n if filters.top_k is None else min(filters.top_k, n)
    k = min(FEW, n) if filters.top_k is None and filters.top_p is not None else most
    total = p.sum(axis=-1, dtype=np.float64)
    while True:
        places = largest(k)
        q = np.take_along_axis(p, places, axis=-1).astype(np.float64)
        if filters.top_p is None:
            break
        reached = np.cumsum(q, axis=-1)
        wanted = filters.top_p * (total if filters.top_k is None else reached[..., -1])
        if k == most or not (reached[..., -1] < wanted).any():
            before = np.concatenate([np.zeros_like(reached[..., :1]), reached[..., :-1]], axis=-1)
            q[before >= wanted[..., None]] = 0
            break
        k = min(8 * k, most)
    if filters.min_p is not None:
        q[q < filters.min_p * q[..., :1]] = 0
    return places, q


def _drawn(p, u):
    """The index of a draw from each row of p, -1 where there is none."""
    reached = np.cumsum(p, axis=-1, dtype=np.float64)
    total = reached[..., -1]
    index = (reached <= (u * total)[..., None]).sum(axis=-1)
    last = p.shape[-1] - 1 - np.argmax(p[..., ::-1] > 0, axis=-1)
    return np.where((total > 0) & np.isfinite(total), np.minimum(index, last), -1)


@documented
def sample(logits, rng, *, axis=-1, size=None, where=None, bias=None, scale=1.0, top_k=None, top_p=None, min_p=None):
    """Indices drawn from softmax(logits) along an axis, one for each row.

    Each draw takes one float64 from the generator, ``rng.random()``, in C order: the same generator gives the same
    indices with any number of threads and on any instruction set. Unlike ``Generator.choice`` and ``multinomial`` it
    takes logits, and never refuses a row because its probabilities add up to 1 only nearly.

    Parameters
    ----------
    {logits}
    rng : numpy.random.Generator
        Such as ``numpy.random.default_rng(seed)``.
    axis : int, optional
        The axis along which probabilities sum to 1.
    size : int or tuple of ints, optional
        How many draws of each row; None for one. They lie along new axes in front.
    {logits options}
        A scale of inf, temperature 0, takes the largest logit, the first of equal ones, whatever the bias is.
    top_k : int, optional
        Draw from that many elements, the largest of a row.
    top_p : float, optional
        Draw from the fewest elements, largest first, whose probabilities reach that sum: of what `top_k` has left.
    min_p : float, optional
        Draw from elements whose probability is at least that part of the largest one.

    Returns
    -------
    ndarray of intp, or a scalar
        Of the shape of `logits` without `axis`, behind that of `size`. pandas and xarray objects keep their labels
        where `size` is None.

    Raises
    ------
    TypeError
        If `rng` is no Generator, an argument is complex, masked or not numeric, or logits are a dask array.
    ValueError
        If a row has no distribution: it holds NaN or inf, or nothing of it counts; the message names the first. If a
        filter is out of its range, or an argument has a wrong shape.
    numpy.exceptions.AxisError
        If `axis` is out of range.

    Notes
    -----
    An element of probability 0 is never drawn. Probabilities are those of `softmax`, in float32 or float64, and their
    sums are taken in float64. Elements that tie at the edge of a filter are kept by their index.

    Examples
    --------
    >>> import numpy, fastact
    >>> rng = numpy.random.default_rng(1)
    >>> fastact.sample([[0.0, 1.0, 2.0], [9.0, 0.0, 0.0]], rng, size=4)
    array([[2, 0],
           [1, 0],
           [1, 0],
           [2, 0]])
    >>> int(fastact.sample([0.0, 1.0, 3.0, 2.0], rng, scale=numpy.inf))
    2
    """
    options = {"where": where, "bias": bias, "scale": scale}
    filters = {"top_k": top_k, "top_p": top_p, "min_p": min_p}
    answer = other_choices.sample(logits, rng, axis, size, options, filters)
    if answer is not NotImplemented:
        return answer
    given, signs = without_infinite_scale("sample", rows_of_logits("sample", logits, axis, **options))
    kept = filters_of("sample", **filters)
    u, _ = uniforms("sample", rng, size, given.outer)
    with np.errstate(all="ignore"):
        x, counts, bias, scale = given.moved()
        if not u.size or not x.shape[-1]:
            return check_drawn("sample", np.full(u.shape, -1), given.outer)[()]
        p = softmax(x, where=counts, bias=bias, scale=scale, dtype=np.promote_types(given.dtype, np.float32))
        few = without_small(p, kept)
        if few is not None:
            index = _drawn(few, u)
        else:
            places, q = candidates(p, kept, lambda k: places_of_largest(given, k))
            index = _drawn(q, u)
            taken = np.take_along_axis(np.broadcast_to(places, (*u.shape, places.shape[-1])), index[..., None], axis=-1)
            index = np.where(index < 0, -1, taken[..., 0])
        if signs is not None:
            index = np.where(signs != 0, at_infinite_scale(x, counts, signs, places_of_largest, given), index)
    return check_drawn("sample", index, given.outer)[()]


def at_infinite_scale(x, where, signs, largest, given):
    """The place of each row's largest element, or the smallest where the sign is -1; -1 where there is none."""
    chosen = given._replace(logits=np.moveaxis(x * signs[..., None], -1, given.axis), bias=None, scale=np.ones(()))
    first = largest(chosen, 1)
    value = np.take_along_axis(x, first, axis=-1)
    counts = True if where is None else np.take_along_axis(np.broadcast_to(where, x.shape), first, axis=-1)
    return np.where(np.isnan(value) | np.logical_not(counts), -1, first)[..., 0]
