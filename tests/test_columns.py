"""Along the first axis the row functions give the bits that they give along the last: a column is a row."""

import numpy as np
import pytest
from registry import NATIVE, ROW_GRADIENTS, ROWS, same

import fastact

pytestmark = [
    pytest.mark.each_isa,
    pytest.mark.skipif(not NATIVE, reason="promised by the kernels; NumPy sums in an order of its own"),
]

LENGTHS = [*range(1, 71), 127, 128, 129, 130, 1000, 4095, 4096, 4097, 9001, 20_000]
rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
each_type = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)


@pytest.fixture(params=[1, 3])
def threads(request):
    with fastact.num_threads(request.param):
        yield request.param


def columns_of(n, dtype, rng):
    """A few columns of n elements, of several widths, with what is infinite or NaN in some."""
    count = int(rng.integers(1, 40 if n < 200 else 12))
    x = (rng.normal(size=(n, count)) * rng.choice([0.1, 3, 40], count)).astype(dtype)
    x[rng.integers(0, n), 0] = -np.inf
    if n % 3 == 0:
        x[rng.integers(0, n), -1] = rng.choice([np.inf, np.nan])
    return x


def turned(f, x, **options):
    """f along the last axis of the transposed copy, turned back."""
    options = {k: np.ascontiguousarray(v.T) if np.ndim(v) == 2 else v for k, v in options.items()}
    y = np.asarray(f(np.ascontiguousarray(x.T), axis=-1, **options))
    return y.T if y.ndim == 2 else y


@rows
@each_type
def test_columns(f, dtype, threads):
    rng = np.random.default_rng(threads)
    for n in LENGTHS:
        x = columns_of(n, dtype, rng)
        same(np.asarray(f(x, axis=0)), turned(f, x))


@rows
@each_type
def test_with_options(f, dtype, threads):
    rng = np.random.default_rng(threads)
    for n in LENGTHS[::3]:
        x = columns_of(n, dtype, rng)
        for options in (
            {"scale": 0.37},
            {"bias": rng.normal(size=x.shape).astype(dtype)},
            {"where": rng.random(x.shape) < 0.7},
            {"where": rng.random(x.shape) < 0.5, "bias": rng.normal(size=x.shape).astype(dtype), "scale": -1.9},
        ):
            same(np.asarray(f(x, axis=0, **options)), turned(f, x, **options))


@rows
@each_type
def test_large(f, dtype, threads):
    """Columns by the hundred, between other axes, in place: tiles, and the ways of several threads."""
    x = (np.random.default_rng(2).normal(size=(3, 61, 700)) * 5).astype(dtype)
    want = np.asarray(f(np.ascontiguousarray(x.swapaxes(1, 2)), axis=-1))
    want = want.swapaxes(1, 2) if want.ndim == 3 else want
    same(np.asarray(f(x, axis=1)), want)
    same(np.asarray(f(np.asfortranarray(x), axis=1)), want)
    if want.shape == x.shape:
        place = x.copy()
        f(place, axis=1, out=place)
        same(place, want)


@pytest.mark.parametrize("name", ROW_GRADIENTS)
@each_type
def test_gradients(name, dtype, threads):
    rng = np.random.default_rng(threads)
    function = getattr(fastact, name.removesuffix("_grad"))
    for n in LENGTHS:
        x = columns_of(n, dtype, rng)
        y, dy = function(x, axis=0), rng.normal(size=x.shape).astype(dtype)
        want = ROW_GRADIENTS[name](np.ascontiguousarray(dy.T), np.ascontiguousarray(y.T), axis=-1)
        same(ROW_GRADIENTS[name](dy, y, axis=0), np.ascontiguousarray(want.T))
