"""expectation of vectors: against a sum in longdouble, whatever lies where, and what it refuses."""

import numpy as np
import pytest
from registry import FLOATS, same, sample

import fastact

pytestmark = pytest.mark.each_isa
WIDTHS = [dtype for dtype in FLOATS if dtype != np.longdouble]  # longdouble is what they are held to
each_type = pytest.mark.parametrize("dtype", WIDTHS, ids=lambda dtype: dtype.__name__)
nan, inf = np.nan, np.inf


def vectors(shape, dtype, seed=3):
    return sample(shape, dtype, seed=seed)


def by_definition(x, v, axis=-1):
    """The expectation and the sum of sizes of its terms."""
    z = np.moveaxis(x.astype(np.longdouble), axis, -1)
    w = np.exp(z - z.max(axis=-1, keepdims=True))
    p = w / w.sum(axis=-1, keepdims=True)
    terms = p[..., None] * np.moveaxis(np.broadcast_to(v, x.shape + v.shape[-1:]), axis - 1 if axis < 0 else axis, -2)
    return terms.sum(axis=-2), abs(terms).sum(axis=-2)


@each_type
@pytest.mark.parametrize(
    ("shape", "of_values", "axis"),
    [
        ((9,), (9, 5), -1),
        ((3, 1), (3, 1, 2), -1),
        ((1, 5000), (1, 5000, 40), -1),
        ((37, 300), (1, 300, 17), -1),
        ((5, 300), (5, 300, 1), 1),
        ((4, 3, 70), (4, 1, 70, 33), -1),
        ((6, 21, 3), (1, 21, 1, 300), 1),
        ((40, 4), (4, 3), 0),
    ],
)
def test_against_the_definition(dtype, shape, of_values, axis):
    x, v = 3 * sample(shape, dtype), vectors(of_values, dtype)
    if len(of_values) == len(shape):
        v = v[None]
    found = fastact.expectation(x, v, axis)
    want, size = by_definition(x, v, axis)
    assert found.dtype == dtype
    assert found.shape == want.shape
    assert (abs(found - want) <= 5 * np.finfo(dtype).eps * size + np.finfo(dtype).smallest_subnormal).all()


@each_type
def test_bits_depend_on_no_place(dtype):
    x, v = sample((19, 600), dtype), vectors((600, 290), dtype)
    want = fastact.expectation(x, v[None])
    for n in (1, 2, 5):
        with fastact.num_threads(n):
            same(fastact.expectation(x, v[None]), want)
    same(np.array([fastact.expectation(row, v) for row in x]), want)
    same(fastact.expectation(x, v[None, :, 3:5]), want[:, 3:5])
    same(fastact.expectation(x.T, v[:, None], 0), want)
    same(fastact.expectation(np.asfortranarray(x), np.asfortranarray(v)[None]), want)
    same(fastact.expectation(x[:, ::-1], v[None, ::-1]), fastact.expectation(x[:, ::-1].copy(), v[::-1][None].copy()))
    same(fastact.expectation(x, np.repeat(v, 2, axis=1)[None, :, ::2]), want)
    same(fastact.expectation(x.astype(x.dtype.newbyteorder()), v.astype(v.dtype.newbyteorder())[None]), want)
    same(fastact.expectation(x, np.broadcast_to(v, (19, 600, 290))), want)
    same(fastact.expectation(x, np.broadcast_to(v, (19, 600, 290)).copy()), want)


def test_options_are_those_of_softmax():
    x, v = sample((9, 40)), vectors((9, 40, 6), np.float64)
    options = {"where": np.arange(40) % 3 > 0, "bias": sample(40, seed=1), "scale": np.linspace(0.3, 2, 9)[:, None]}
    p = fastact.softmax(x, **options)
    np.testing.assert_allclose(fastact.expectation(x, v, **options), np.einsum("ij,ijk->ik", p, v), rtol=0, atol=1e-14)
    spoiled = np.where(options["where"], x, nan)
    same(fastact.expectation(spoiled, v, **options), fastact.expectation(x, v, **options))
    same(fastact.expectation(x, v, where=False), np.zeros((9, 6)))


def test_special_values():
    v = np.array([[1.0, 2.0], [inf, nan], [3.0, -inf]])
    same(fastact.expectation([0.0, -inf, -inf], v), v[0])
    same(fastact.expectation([0.0, -inf, 0.0], v), np.array([2.0, -inf]))
    same(fastact.expectation([0.0, 0.0, 0.0], v), np.array([inf, nan]))
    for row in ([nan, 0, 0], [inf, 0, 0], [-inf, -inf, -inf]):
        same(fastact.expectation(np.array(row), v), np.full(2, nan))
    huge = np.full((4, 2), np.finfo(float).max / 2)  # times a weight they overflow
    np.testing.assert_allclose(fastact.expectation([700.0, 0.0, 700.0, 700.0], huge), huge[0], rtol=1e-15)
    same(fastact.expectation(np.empty((3, 0)), np.empty((3, 0, 2))), np.zeros((3, 2)))
    assert fastact.expectation(np.ones((3, 4)), np.empty((1, 4, 0))).shape == (3, 0)
    assert fastact.expectation(np.empty((0, 4)), np.ones((1, 4, 5))).shape == (0, 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_of_any_size(dtype):
    """Products with weights neither overflow nor vanish, whatever the size of the values."""
    x, v, info = 9 * sample((5, 100), dtype), vectors((1, 100, 19), dtype), np.finfo(dtype)
    v /= abs(v).max()
    for power in np.linspace(np.log2(info.smallest_subnormal) + 4, info.maxexp - 1, 25).astype(int):
        sized = np.ldexp(v, power)
        want, size = by_definition(x, sized)
        found = fastact.expectation(x, sized)
        assert (abs(found - want) <= 5 * info.eps * size + info.smallest_subnormal).all(), power


def test_a_square_of_values_holds_numbers_not_vectors():
    """As before there were vectors: values with as many axes as logits are a number for each element."""
    x, v = sample((5, 5)), vectors((5, 5), np.float64)
    same(fastact.expectation(x, v), np.array([fastact.expectation(*both) for both in zip(x, v, strict=True)]))


def test_other_types_of_values():
    x, v = sample((3, 8), np.float32), sample((1, 8, 4), np.int8)
    same(fastact.expectation(x, v), fastact.expectation(x, v.astype(np.float32)))
    same(fastact.expectation(x, v.tolist()), fastact.expectation(x, v.astype(np.float32)))
    wide = fastact.expectation(x.astype(np.longdouble), v)
    assert wide.dtype == np.longdouble
    np.testing.assert_allclose(wide, by_definition(x, v)[0], rtol=1e-15, atol=1e-15)


def test_gradient():
    x, v, dy = sample((3, 4, 5), scale=1.0), vectors((1, 4, 5, 6), np.float64), sample((3, 5, 6), seed=5)
    found = fastact.expectation_grad(dy, x, v, 1)
    h = 1e-6
    for place in ((0, 0, 0), (1, 2, 3), (2, 3, 4)):
        step = np.zeros(x.shape)
        step[place] = h
        apart = (fastact.expectation(x + step, v, 1) - fastact.expectation(x - step, v, 1)) / (2 * h)
        np.testing.assert_allclose(found[place], (apart * dy).sum(), rtol=1e-6, atol=1e-9)
    narrow = fastact.expectation_grad(1.0, x.astype(np.float32), v, 1)
    assert narrow.dtype == np.float32
    with pytest.raises(ValueError, match=r"expectation_grad: dy of shape \(3, 5\) does not broadcast to \(3, 5, 6\)"):
        fastact.expectation_grad(np.ones((3, 5)), x, v, 1)


def test_errors_say_how_vectors_are_given():
    for x, v, said in (
        (np.ones((2, 3)), np.ones((3, 7)), r"one axis more than logits: write values\[None\]"),
        (np.ones((4, 2, 3)), np.ones((3, 7)), r"write values\[None, None\]"),
        (np.ones((2, 3)), np.ones((2, 4, 7)), r"\(2, 4, 7\) do not broadcast to logits of shape \(2, 3\)$"),
        (np.ones(3), np.ones((1, 3, 7)), r"do not broadcast to logits of shape \(3,\)$"),
    ):
        with pytest.raises(ValueError, match=f"fastact.expectation: .*{said}"):
            fastact.expectation(x, v)


def test_arrays_of_other_libraries():
    pandas, array = pytest.importorskip("pandas"), pytest.importorskip("dask.array")
    xarray, torch = pytest.importorskip("xarray"), pytest.importorskip("torch")
    x, v = sample(3), vectors((3, 2), np.float64)
    for given, remedy in ((pandas.Series, "to_numpy"), (array.from_array, "compute"), (xarray.DataArray, "to_numpy")):
        with pytest.raises(TypeError, match=rf"expectation: logits is .*\(3, 2\).*; pass logits\.{remedy}"):
            fastact.expectation(given(x), v)
        with pytest.raises(TypeError, match="expectation_grad: logits is"):
            fastact.expectation_grad(1.0, given(x), v)
    with pytest.raises(TypeError, match=r"expectation: values is .*\(3, 2\).*; pass values\.to_numpy"):
        fastact.expectation(x, pandas.DataFrame(v))
    found = fastact.expectation(torch.from_numpy(x), torch.from_numpy(v))
    assert isinstance(found, torch.Tensor)
    same(found.numpy(), fastact.expectation(x, v))
