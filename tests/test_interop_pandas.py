"""pandas: labels are kept, aligned or refused; frames of nullable and Arrow types are computed."""

import numpy as np
import pytest
from interop import LOSSES, PAIRS, SINGLES, flat
from registry import ELEMENTWISE, ROWS, same, sample

import fastact

pandas = pytest.importorskip("pandas")

elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
alike = pytest.mark.parametrize("f", [case for case in ROWS if case.name != "logsumexp"], ids=lambda case: case.id)
rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
single = pytest.mark.parametrize("name", SINGLES)
pair = pytest.mark.parametrize("name", PAIRS)

INDEX, COLUMNS = list("abc"), list("pqrs")


def frame_of(values, columns=COLUMNS):
    return pandas.DataFrame(values, index=INDEX, columns=columns[: values.shape[1]])


@pytest.fixture
def frame():
    return frame_of(sample((3, 4)))


@pytest.fixture
def other():
    return frame_of(np.abs(sample((3, 4), seed=1)) + 0.5)


def equal(got, want):
    """The same values and types, whatever the labels."""
    for one, known in zip(flat(got), flat(want), strict=True):
        same(np.asarray(one), np.asarray(known))


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_elementwise(f, dtype):
    series = pandas.Series(sample(4, dtype), index=list("abcd"), name="score")
    y = f(series)
    pandas.testing.assert_series_equal(y, pandas.Series(f(series.to_numpy()), index=series.index, name="score"))
    frame = frame_of(sample((3, 4), dtype))
    pandas.testing.assert_frame_equal(f(frame), frame_of(f(frame.to_numpy())))


@elementwise
def test_mixed_columns(f):
    frame = pandas.DataFrame({"a": np.array([1, 2, 3]), "b": np.array([0.5, 1.5, 2.5], np.float32)})
    y = f(frame)
    same(y["a"].to_numpy(), f(frame["a"].to_numpy()))
    same(y["b"].to_numpy(), f(frame["b"].to_numpy()))


@elementwise
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.bool_, np.int16])
def test_integers_are_float64(f, dtype):
    """Also where pandas calls the ufunc, which by itself would take the smallest type that holds them."""
    values = sample((3, 4), dtype)
    for x in (frame_of(values), pandas.Series(values[0]), pandas.DataFrame({"a": values[0], "b": values[0] * 1.5})):
        y = f(x)
        assert {str(dtype) for dtype in np.atleast_1d(y.dtypes)} == {"float64"}
        equal(y, f(x.to_numpy(np.float64)))
    twice = pandas.DataFrame(values, columns=["a", "a", "b", "b"])
    equal(f(twice), f(values))
    nullable = pandas.Series(values[0]).convert_dtypes()
    equal(f(nullable).to_numpy(np.float64), f(values[0]))


def test_integer_operands_are_float64():
    x = frame_of(sample((3, 4), np.uint8))
    for result in (fastact.swiglu(x, x), *fastact.swiglu_grad(x, x, x), fastact.sigmoid_grad(x, x)):
        assert (result.dtypes == np.float64).all()
    equal(fastact.swiglu_grad(x, x, x), fastact.swiglu_grad(*[x.to_numpy()] * 3))


@alike
def test_rows(f):
    series = pandas.Series(sample(4, np.float32), index=list("abcd"), name="score")
    pandas.testing.assert_series_equal(f(series), pandas.Series(f(series.to_numpy()), index=series.index, name="score"))
    frame = frame_of(sample((3, 2)))
    for axis in (0, 1, -1, None):
        pandas.testing.assert_frame_equal(f(frame, axis=axis), frame_of(f(frame.to_numpy(), axis=axis)))
    frame.attrs["source"] = "test"
    assert f(frame).attrs == {"source": "test"}
    out = np.empty((3, 2))
    assert f(frame, out=out) is out


def test_logsumexp(frame):
    values = frame.to_numpy()
    for axis, index in ((1, INDEX), (-1, INDEX), (0, COLUMNS)):
        want = pandas.Series(fastact.logsumexp(values, axis), index=index)
        pandas.testing.assert_series_equal(fastact.logsumexp(frame, axis), want)
    assert type(fastact.logsumexp(frame, None)) is np.float64
    assert type(fastact.logsumexp(frame["p"])) is np.float64
    kept = fastact.logsumexp(frame, 1, keepdims=True)
    assert list(kept.index) == INDEX
    assert list(kept.columns) == [0]
    kept = fastact.logsumexp(frame, 0, keepdims=True)
    assert list(kept.columns) == COLUMNS


@single
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.bool_])
def test_values(name, dtype):
    values = sample((3, 4), dtype)
    equal(SINGLES[name](frame_of(values)), SINGLES[name](values))


@single
@pytest.mark.parametrize("dtype", ["Float64", "Int64", "boolean", "double[pyarrow]", "int64[pyarrow]", "bool[pyarrow]"])
def test_nullable(name, dtype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    values = sample((3, 4), np.bool_ if "bool" in dtype else np.int64).astype(np.float64)
    frame = frame_of(values).astype("bool" if "bool" in dtype else "float64").astype(dtype)
    equal(SINGLES[name](frame), SINGLES[name](values))
    mixed = frame_of(values).astype({"q": dtype}) if "bool" not in dtype else frame
    equal(SINGLES[name](mixed), SINGLES[name](values))
    frame.iloc[1, 2] = pandas.NA
    with pytest.raises(ValueError, match=r"fastact\.\w+: \w+ .*missing values.*fillna"):
        SINGLES[name](frame)


@elementwise
@pytest.mark.parametrize("dtype", ["Float64", "Int64", "double[pyarrow]"])
def test_nullable_elementwise(f, dtype):
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    values = sample((3, 4), np.int64).astype(np.float64)
    frame = frame_of(values).astype(dtype)
    equal(f(frame).astype("float64"), f(values))
    if f.is_gradient:
        equal(f.vjp(frame, frame).astype("float64"), f.vjp(values, values))
    series = frame["q"]
    equal(f(series).astype("float64"), f(values[:, 1]))
    series = series.mask([False, True, False])
    assert list(f(series).isna())[1]


@pair
def test_labels_in_another_order(name, frame, other):
    f = PAIRS[name]
    want = f(frame.to_numpy(), other.to_numpy())
    for given in (other, other.loc[list("cab")], other[list("srqp")], other.loc[list("bca"), list("qprs")]):
        got = f(frame, given)
        equal(got, want)
        for one in flat(got):
            if np.ndim(one) == 2:
                assert list(one.index) == INDEX
                assert list(one.columns) == COLUMNS


@pair
def test_other_labels(name, frame, other):
    f = PAIRS[name]
    message = rf"fastact\.{name.split('-')[0]}.*: \w+ has other labels.*reindex_like.*to_numpy"
    others = other.set_axis(list("abx"), axis=0), other.set_axis(range(4), axis=1), other.iloc[:2], other.iloc[:, 1:]
    for wrong in others:
        with pytest.raises(ValueError, match=message):
            f(frame, wrong)
    equal(f(frame, other.to_numpy()), f(frame.to_numpy(), other.to_numpy()))
    got = flat(f(frame.to_numpy(), other))[0]
    assert type(got) in (pandas.DataFrame, pandas.Series) or name.startswith("cross_entropy")


@rows
def test_series_goes_along_the_columns(f, frame):
    series = pandas.Series([1.0, 2.0, 3.0, 4.0], index=COLUMNS)
    want = f(frame.to_numpy(), bias=series.to_numpy(), where=series.to_numpy() > 1)
    equal(f(frame, bias=series[::-1], where=series[::-1] > 1), want)
    equal(f(frame, bias=frame * 0 + series, where=series > 1), want)
    with pytest.raises(ValueError, match=rf"fastact.{f.name}: bias has other labels"):
        f(frame, bias=pandas.Series([1.0, 2.0, 3.0], index=INDEX))


def test_sums_keep_labels(frame):
    weight = pandas.Series([0.1, 0.2, 0.3, 0.4], index=COLUMNS[::-1], name="slope")
    dx, dweight = fastact.prelu_grad(1.0, frame, weight)
    want = fastact.prelu_grad(1.0, frame.to_numpy(), weight.to_numpy()[::-1].copy())
    pandas.testing.assert_frame_equal(dx, frame_of(want[0]))
    pandas.testing.assert_series_equal(dweight, pandas.Series(want[1], index=COLUMNS, name="slope"))
    da, db = fastact.glu_grad(1.0, frame, weight)
    assert list(da.columns) == COLUMNS
    assert list(db.index) == COLUMNS


def test_halves(frame):
    y = fastact.glu(frame)
    assert list(y.index) == INDEX
    assert list(y.columns) == [0, 1]
    y = fastact.glu(frame.iloc[:2], axis=0)
    assert list(y.columns) == COLUMNS
    assert list(y.index) == [0]
    dx = fastact.glu_grad(fastact.glu(frame), frame)
    assert list(dx.columns) == COLUMNS
    equal(dx, fastact.glu_grad(fastact.glu(frame.to_numpy()), frame.to_numpy()))
    with pytest.raises(ValueError, match=r"fastact.glu_grad: dy has other labels"):
        fastact.glu_grad(frame[["r", "s"]], frame)


def test_losses(frame):
    labels = pandas.Series([0, 3, 1], index=INDEX)
    want = fastact.cross_entropy(frame.to_numpy(), labels.to_numpy(), reduction="none", return_grad=True)
    for given in (labels, labels[::-1], labels.astype("Int64"), labels.to_numpy()):
        loss, gradient = fastact.cross_entropy(frame, given, reduction="none", return_grad=True)
        pandas.testing.assert_series_equal(loss, pandas.Series(want[0], index=INDEX))
        pandas.testing.assert_frame_equal(gradient, frame_of(want[1]))
    loss = fastact.cross_entropy(frame.to_numpy(), labels, reduction="none")
    pandas.testing.assert_series_equal(loss, pandas.Series(want[0], index=INDEX))
    with pytest.raises(ValueError, match=r"labels has other labels along axis 0.*\[0, 1, 2\], not \['a'"):
        fastact.cross_entropy(frame, labels.reset_index(drop=True))
    weight = pandas.Series([1.0, 2.0, 3.0, 4.0], index=COLUMNS)
    want = fastact.cross_entropy(frame.to_numpy(), labels.to_numpy(), weight=weight.to_numpy())
    same(fastact.cross_entropy(frame, labels, weight=weight[::-1]), want)
    with pytest.raises(ValueError, match="cross_entropy: weight has other labels"):
        fastact.cross_entropy(frame, labels, weight=weight.reset_index(drop=True))
    transposed = fastact.cross_entropy(frame.T, labels, axis=0, weight=weight)
    same(np.asarray(transposed), np.asarray(want))


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_series(name):
    x = pandas.Series([1.0, -2.0, 0.5], index=INDEX, name="z")
    targets = pandas.Series([0.25, 0.5, 0.25], index=INDEX)
    if name == "softmax_focal_loss":  # whose labels are no probabilities
        return
    want = LOSSES[name](x.to_numpy(), targets.to_numpy(), return_grad=True)
    loss, gradient = LOSSES[name](x, targets[::-1], return_grad=True)
    same(loss, want[0])
    pandas.testing.assert_series_equal(gradient, pandas.Series(want[1], index=INDEX, name="z"))
    with pytest.raises(ValueError, match=f"fastact.{name}: .* other labels"):
        LOSSES[name](x, targets.reset_index(drop=True))


@single
def test_strings_are_refused(name):
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": ["text", "more"]})
    with pytest.raises(TypeError, match=r"fastact\.\w+: a pandas DataFrame object is not supported; .*to_numpy"):
        SINGLES[name](frame)


def test_labels_that_stand_twice(frame):
    twice = frame.set_axis(["p", "p", "q", "q"], axis=1)
    equal(fastact.softmax(twice, bias=twice), fastact.softmax(frame.to_numpy(), bias=frame.to_numpy()))
    with pytest.raises(ValueError, match="bias has other labels"):
        fastact.softmax(twice, bias=twice.iloc[:, ::-1].set_axis(["p", "q", "p", "q"], axis=1))
