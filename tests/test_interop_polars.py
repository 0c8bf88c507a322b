"""polars: Series in, Series out, missing values kept or refused; frames are computed as numpy.exp computes them."""

import numpy as np
import pytest
from interop import PAIRS, SINGLES, flat
from registry import VARIANTS, same, sample

import fastact

polars = pytest.importorskip("polars")

variants = pytest.mark.parametrize("f", VARIANTS, ids=lambda case: case.id)
single = pytest.mark.parametrize("name", SINGLES)
pair = pytest.mark.parametrize("name", PAIRS)


def equal(got, want):
    for one, known in zip(flat(got), flat(want), strict=True):
        same(np.asarray(one), np.asarray(known))


@variants
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.bool_, np.int64])
def test_elementwise(f, dtype):
    x = sample(20, dtype)
    if f.name == "prelu" and f.is_default:
        return
    y = f(polars.Series("score", x))
    assert isinstance(y, polars.Series)
    assert y.name == "score"
    same(y.to_numpy(), f(x))


@variants
def test_missing_stays_missing(f):
    y = f(polars.Series([0.5, None, 0.25]))
    assert y.null_count() == 1
    assert y[1] is None
    assert y[0] == f(np.array([0.5]))[0]


def test_several_series():
    a, b = polars.Series("a", [1.0, 2.0, 3.0]), polars.Series("b", [0.5, None, 2.0])
    y = fastact.swiglu(a, b)
    assert y.name == "a"
    assert y.is_null().to_list() == [False, True, False]
    same(fastact.sigmoid_grad(a, a).to_numpy(), fastact.sigmoid_grad(a.to_numpy(), a.to_numpy()))
    out = np.empty(3)
    assert fastact.sigmoid(a, out=out) is out


@single
def test_frames(name):
    x = sample((3, 4), np.float32)
    frame = polars.DataFrame(x, schema=list("pqrs"))
    equal(SINGLES[name](frame), SINGLES[name](x))
    if not name.startswith(("cross_entropy", "softmax_focal")):  # the test asks for the shape first
        with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a LazyFrame; call its collect\(\) first"):
            SINGLES[name](frame.lazy())
    frame = frame.with_columns(polars.Series("q", [1.0, None, 2.0]))
    with pytest.raises(ValueError, match=r"fastact\.\w+: \w+ holds missing values; write \w+\.fill_null"):
        SINGLES[name](frame)


@pair
def test_columns_in_another_order(name):
    a, b = sample((3, 4)), np.abs(sample((3, 4), seed=1)) + 0.5
    frame, other = polars.DataFrame(a, schema=list("pqrs")), polars.DataFrame(b, schema=list("pqrs"))
    equal(PAIRS[name](frame, other), PAIRS[name](a, b))
    with pytest.raises(ValueError, match=r"fastact\.\w+: \w+ has other columns than \w+ .*select\(\w+\.columns\)"):
        PAIRS[name](frame, other.select(list("srqp")))


def test_series():
    x = sample(6, np.float32)
    series = polars.Series("z", x)
    for f in (fastact.softmax, fastact.log_softmax, fastact.glu, lambda x: fastact.softmax_grad(1.0, x)):
        y = f(series)
        assert isinstance(y, polars.Series)
        assert y.name == "z"
        same(y.to_numpy(), f(x))
    same(fastact.logsumexp(series), fastact.logsumexp(x))
    for got, want in zip(fastact.glu_grad(1.0, series, 0.5), fastact.glu_grad(1.0, x, 0.5), strict=True):
        same(np.asarray(got), np.asarray(want))
    labels = polars.Series([0, 1, 0])
    loss = fastact.cross_entropy(x.reshape(3, 2), labels, reduction="none")
    assert isinstance(loss, polars.Series)
    same(loss.to_numpy(), fastact.cross_entropy(x.reshape(3, 2), labels.to_numpy(), reduction="none"))
    with pytest.raises(ValueError, match="fill_null"):
        fastact.softmax(polars.Series([1.0, None]))
