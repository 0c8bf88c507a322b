"""The arrays of a cell: operands, masks and biases, and ready arrays for results."""

from functools import lru_cache

import numpy as np

import fastact
from fastact import _catalogue as catalogue
from fastact._benchmark import kinds

SCALE = 0.125


def as_dtype(name):
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


@lru_cache(maxsize=24)
def _normal(seed, shape, dtype, scale=3.0):
    return (scale * np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)).astype(as_dtype(dtype))


def _numbers(cell, seed):
    if cell.data == kinds.USUAL:
        return _normal(seed, cell.shape, cell.dtype)
    return kinds.numbers(cell.data, seed, cell.shape, as_dtype(cell.dtype))


@lru_cache(maxsize=4)
def operands(cell):
    """The arrays that every contender is given, none of which it may change."""
    name, family, shape = cell.function.name, cell.function.family, cell.shape
    x = _numbers(cell, 0)
    if name.startswith("logit"):
        usual = cell.data == kinds.USUAL
        x = _between(shape).astype(x.dtype) if usual else kinds.probabilities(x)
    if name.startswith("prelu"):
        extra = (np.full(1, 0.25, x.dtype),)
    elif "gate" in family or "pair" in family:
        extra = (_numbers(cell, 1),)
    elif name in ("cross_entropy", "softmax_focal_loss", "log_prob"):
        extra = (np.random.default_rng(1).integers(0, shape[-1], shape[:-1]),)
    elif name == "kl_divergence":
        extra = (_numbers(cell, 1),)
    elif name == "expectation":
        extra = (np.arange(shape[-1], dtype=x.dtype),)
    elif family == "loss":
        extra = (np.random.default_rng(1).integers(0, 2, shape).astype(x.dtype),)
    elif family == "row gradient" and "x" in catalogue.parameters(name):
        return _normal(2, shape[:-1] if name == "logsumexp_grad" else shape, cell.dtype, 1.0), x
    elif family == "row gradient":
        base = getattr(fastact, name.removesuffix("_grad"))
        return _normal(2, shape, cell.dtype, 1.0), base(x, **cell.function.keywords)
    else:
        extra = ()
    if "gradient" in family:
        return (_normal(2, shape, cell.dtype, 1.0), x, *extra)
    return (x, *extra)


def _between(shape):
    return np.random.default_rng(0).random(shape, dtype=np.float32) * 0.98 + 0.01


@lru_cache(maxsize=1)
def _causal(length):
    return np.tril(np.ones((length, length), bool))


def causal(shape, dtype):
    """The mask that lets a position see those before it."""
    return _causal(shape[-1])


@lru_cache(maxsize=2)
def mask(shape, dtype):
    """One element of four is hidden, at random."""
    return np.random.default_rng(3).random(shape) < 0.75


def bias(shape, dtype):
    """A number for each element."""
    return _normal(4, shape, dtype.name, 1.0)


def keywords(function, x):
    """What fastact is called with beside the operands, of which x is the first."""
    return {key: made(x.shape, x.dtype) if callable(made) else made for key, made in function.keywords.items()}


def results(cell):
    """Ready arrays for the results: as fastact gives them, filled with NaN; one array or a tuple."""
    given = operands(cell)
    made = getattr(fastact, cell.function.name)(*given, **keywords(cell.function, given[0]))
    if isinstance(made, tuple):
        return tuple(np.full_like(y, np.nan) for y in made)
    return np.full_like(made, np.nan)
