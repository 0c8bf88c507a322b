"""``python -m pytest benchmarks`` times every contender on the same arrays and prints who wins each function and shape.

One thread, float32; about a minute. A contender is timed only after its result has been compared with fastact's. The
contenders of a group follow one another within seconds: compare inside a group, not across runs.
"""

import numpy as np
import pytest
from contenders import LIBRARIES_OUT, functions, installed, one_thread

ELEMENTWISE = ["sigmoid", "tanh", "silu", "gelu", "gelu-tanh"]
ROWS = ["softmax", "log_softmax"]
SHAPES = {name: [(16,), (4096,), (65_536,), (1 << 20,)] for name in ELEMENTWISE}
SHAPES |= {name: [(64, 1024), (1024, 1024), (100_000, 10)] for name in ROWS}
CELLS = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]
OUT_CELLS = [(name, (1 << 20,)) for name in ELEMENTWISE] + [(name, (1024, 1024)) for name in ROWS]


def label(shape):
    return "x".join(map(str, shape))


@pytest.fixture(scope="module", autouse=True)
def setting():
    one_thread()
    with np.errstate(all="ignore"):
        yield


def data(shape):
    return np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)


def check(name, x, y):
    """The same function to about 1e-5, tails aside: several contenders lose theirs."""
    assert y.dtype == np.float32
    assert y.shape == x.shape
    np.testing.assert_allclose(y, functions("fastact")[name](x), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("library", installed())
@pytest.mark.parametrize(("name", "shape"), CELLS, ids=[f"{name}-{label(shape)}" for name, shape in CELLS])
def test_new_result(benchmark, name, shape, library):
    benchmark.group = f"{name} {label(shape)}"
    if name not in functions(library):
        pytest.skip(f"{library} has no {name}")
    f, x = functions(library)[name], data(shape)
    check(name, x, f(x))
    benchmark(f, x)


@pytest.mark.parametrize("library", installed(LIBRARIES_OUT))
@pytest.mark.parametrize(("name", "shape"), OUT_CELLS, ids=[f"{name}-{label(shape)}" for name, shape in OUT_CELLS])
def test_out(benchmark, name, shape, library):
    benchmark.group = f"{name} {label(shape)} out="
    if name not in functions(library, out=True):
        pytest.skip(f"{library} has no {name} with out")
    f, x = functions(library, out=True)[name], data(shape)
    out = np.empty_like(x)
    f(x, out)
    check(name, x, out)
    benchmark(f, x, out)
