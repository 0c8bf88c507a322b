"""xarray: dimensions meet by name, labels are kept, aligned or refused."""

import numpy as np
import pytest
from interop import PAIRS, SINGLES, flat
from registry import ELEMENTWISE, ROWS, same, sample

import fastact

xarray = pytest.importorskip("xarray")

elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
alike = pytest.mark.parametrize("f", [case for case in ROWS if case.name != "logsumexp"], ids=lambda case: case.id)
single = pytest.mark.parametrize("name", SINGLES)
pair = pytest.mark.parametrize("name", PAIRS)
GATE_GRADIENTS = [name for name in SINGLES if name.endswith("_grad-twice")]


def labelled(values, dims=("row", "column"), name="z"):
    coords = {"row": list("abc"), "column": list("pqrs"), "height": ("row", [1.0, 2.0, 3.0]), "run": 7}
    coords = {key: c for key, c in coords.items() if key in (*dims, "run") or "row" in dims}
    return xarray.DataArray(values, dims=dims, coords=coords, name=name, attrs={"units": "nat"})


def equal(got, want):
    for one, known in zip(flat(got), flat(want), strict=True):
        same(np.asarray(one), np.asarray(known))


@elementwise
def test_elementwise(f):
    x = labelled(sample((3, 4), np.float32))
    xarray.testing.assert_identical(f(x), x.copy(data=f(x.values)))
    for values in (sample((3, 4), np.int8), sample((3, 4), np.bool_)):
        x = labelled(values)
        xarray.testing.assert_identical(f(x), x.copy(data=f(values)))
        dataset = f(xarray.Dataset({"a": x, "b": x * 1.5}))
        same(dataset["a"].values, f(values))
        same(dataset["b"].values, f((x * 1.5).values))


@alike
def test_rows(f):
    x = labelled(sample((3, 4), np.float32))
    for axis in (0, -1, None):
        xarray.testing.assert_identical(f(x, axis=axis), x.copy(data=f(x.values, axis=axis)))
    assert f(x.variable).identical(xarray.Variable(x.dims, f(x.values), x.attrs))


def test_logsumexp():
    x = labelled(sample((3, 4)))
    xarray.testing.assert_identical(
        fastact.logsumexp(x), x[:, 0].drop_vars("column").copy(data=fastact.logsumexp(x.values))
    )
    by_rows = fastact.logsumexp(x, 0)
    assert set(by_rows.coords) == {"column", "run"}
    same(by_rows.values, fastact.logsumexp(x.values, 0))
    whole = fastact.logsumexp(x, None)
    assert whole.shape == ()
    assert set(whole.coords) == {"run"}
    kept = fastact.logsumexp(x, keepdims=True)
    assert kept.dims == x.dims
    assert kept.shape == (3, 1)
    assert set(kept.coords) == {"row", "height", "run"}


@single
def test_values(name):
    for dtype in (np.float32, np.float64, np.int8):
        values = sample((3, 4), dtype)
        got = SINGLES[name](labelled(values))
        equal(got, SINGLES[name](values))
        for one in flat(got):
            if np.shape(one) == (3, 4):
                assert one.dims == ("row", "column")
                assert list(one.coords["row"].values) == list("abc")
                assert list(one.coords["column"].values) == list("pqrs")
                assert one.attrs == {"units": "nat"}


@pair
def test_dimensions_and_labels_in_another_order(name):
    f = PAIRS[name]
    a, b = labelled(sample((3, 4))), labelled(np.abs(sample((3, 4), seed=1)) + 0.5, name="other")
    want = f(a.values, b.values)
    for given in (b, b.T, b[::-1], b[:, ::-1].T, b.variable, b.drop_vars("column").T):
        for one, known in zip(flat(f(a, given)), flat(want), strict=True):
            if np.ndim(known) == 2:
                one = one.transpose("row", "column")
            same(np.asarray(one), np.asarray(known))
    for wrong in (b.assign_coords(row=list("abx")), b[:2], b[:, 1:], b.drop_vars("row")[:1]):
        with pytest.raises(ValueError, match=rf"fastact\.{name.split('-')[0]}.*: \w+ has .*labels.*reindex_like"):
            f(a, wrong)
    if not name.startswith(("prelu", "glu", "swiglu", "geglu", "reglu")):
        with pytest.raises(ValueError, match=r"has the dimension 'run'|has the dimension 'time'"):
            f(a, b.rename(column="time"))
    equal(f(a, b.values), want)


@pytest.mark.parametrize("name", GATE_GRADIENTS)
def test_sums_go_by_name(name):
    gradient = getattr(fastact, name.split("-")[0])
    values = sample((3, 3))
    a, b = xarray.DataArray(values, dims=("row", "column")), xarray.DataArray(sample(3, seed=1), dims="row")
    da, db = gradient(1.0, a, b)
    want = gradient(1.0, values, b.values[:, None])
    assert (da.dims, db.dims) == (("row", "column"), ("row",))
    same(da.values, want[0])
    same(db.values, want[1][:, 0])
    db, da = gradient(1.0, b, a.T)
    assert db.dims == ("row",)
    assert da.dims == ("column", "row")
    same(db.values, gradient(1.0, b.values[:, None], values)[0][:, 0])


def test_prelu_grad_sums_by_name():
    values, slopes = sample((3, 3)), np.array([0.1, 0.2, 0.3])
    x = xarray.DataArray(values, dims=("row", "column"))
    weight = xarray.DataArray(slopes, dims="row", coords={"row": list("abc")}, name="slope")
    dx, dweight = fastact.prelu_grad(1.0, x, weight)
    want = fastact.prelu_grad(1.0, values, slopes[:, None])
    same(dx.values, want[0])
    same(dweight.values, want[1][:, 0])
    assert dweight.name == "slope"
    assert list(dweight.coords["row"].values) == list("abc")
    # labels that meet in one element are no broadcasting
    one = xarray.DataArray([0.5], dims="row", coords={"row": ["a"]})
    with pytest.raises(ValueError, match=r"fastact.prelu_grad: weight has other labels along axis 0"):
        fastact.prelu_grad(1.0, labelled(sample((3, 4))), one)


def test_halves():
    x = labelled(sample((3, 4)))
    y = fastact.glu(x)
    assert y.dims == x.dims
    assert set(y.coords) == {"row", "height", "run"}
    same(y.values, fastact.glu(x.values))
    dx = fastact.glu_grad(y, x)
    xarray.testing.assert_identical(dx, x.copy(data=fastact.glu_grad(y.values, x.values)))
    with pytest.raises(ValueError, match=r"fastact.glu_grad: dy has"):
        fastact.glu_grad(y[::-1].assign_coords(row=list("xyz")), x)


def test_losses():
    x = labelled(sample((3, 4)))
    labels = xarray.DataArray([0, 3, 1], dims="row", coords={"row": list("abc")})
    want = fastact.cross_entropy(x.values, labels.values, reduction="none", return_grad=True)
    for given in (labels, labels[::-1], labels.values):
        loss, gradient = fastact.cross_entropy(x, given, reduction="none", return_grad=True)
        assert set(loss.coords) == {"row", "height", "run"}
        same(loss.values, want[0])
        xarray.testing.assert_identical(gradient, x.copy(data=want[1]))
    same(fastact.cross_entropy(x.T, labels, axis=0), fastact.cross_entropy(x.values, labels.values))
    with pytest.raises(ValueError, match="labels has the dimension 'time', which logits has not"):
        fastact.cross_entropy(x, labels.rename(row="time"))
    weight = xarray.DataArray([1.0, 2.0, 3.0, 4.0], dims="column", coords={"column": list("srqp")})
    want = fastact.cross_entropy(x.values, labels.values, weight=weight.values[::-1].copy())
    same(fastact.cross_entropy(x, labels, weight=weight), want)
    with pytest.raises(ValueError, match="weight has the dimensions"):
        fastact.cross_entropy(x, labels, weight=labels)


@pytest.mark.parametrize("name", [name for name in SINGLES if not name.startswith(("cross", "softmax_focal"))])
def test_datasets_are_refused(name):
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a Dataset; call it for each of its variables"):
        SINGLES[name](xarray.Dataset({"a": labelled(sample((3, 4)))}))


def test_libraries_do_not_mix():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"fastact.softmax: x is of xarray and bias of pandas; .*to_numpy"):
        fastact.softmax(labelled(sample((3, 4))), bias=pandas.DataFrame(sample((3, 4))))


def test_multi_index():
    pandas = pytest.importorskip("pandas")
    index = pandas.MultiIndex.from_product([[1, 2], list("xy")], names=["n", "s"])
    x = xarray.DataArray(
        sample((4, 2)), dims=("row", "column"), coords=xarray.Coordinates.from_pandas_multiindex(index, "row")
    )
    y = fastact.logsumexp(x)
    assert y.indexes["row"].equals(index)
    same(fastact.softmax(x, bias=x[::-1]).values, fastact.softmax(x.values, bias=x.values))
