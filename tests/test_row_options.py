"""softmax and its kin of scale * x + bias under a mask."""

import numpy as np
import pytest
from registry import NATIVE, ROWS, same, sample

import fastact

rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
NOTHING = {"softmax": 0.0, "log_softmax": -np.inf, "logsumexp": -np.inf}


def expected(f, x, axis=-1, where=None, bias=0.0, scale=1.0):
    """The plain function, in float64, of what is to be taken."""
    given = np.asarray(scale, float) * x.astype(float) + np.asarray(bias, float)
    mask = np.broadcast_to(True if where is None else where, x.shape)
    given = np.where(mask, given, -np.inf)
    with np.errstate(all="ignore"):
        result = f(given, axis)
    none = ~mask.any(axis=axis, keepdims=f.name != "logsumexp")
    return np.where(none, NOTHING[f.name], result)


def close(got, want, dtype):
    tolerance = 40 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


@rows
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), None])
def test_against_the_plain_function(f, dtype, axis):
    x = sample((5, 6, 7), dtype)
    mask = sample((5, 6, 7), seed=1) > -1
    bias = sample((6, 1), dtype, seed=2)
    scale = sample((7,), dtype, seed=3)
    for options in (
        {"where": mask},
        {"where": mask[0]},
        {"bias": bias},
        {"scale": 0.5},
        {"scale": scale},
        {"where": mask[:, :1], "bias": bias, "scale": -2},
    ):
        got = f(x, axis, **options)
        assert got.dtype == dtype
        close(got, expected(f, x, axis, **options), dtype)


@rows
def test_masked_elements_do_not_matter(f):
    x = sample((40, 50))
    mask = sample((40, 50), seed=1) > 0
    spoiled = x.copy()
    spoiled[~mask] = np.resize([np.nan, np.inf, -np.inf, 1e300], (~mask).sum())
    with np.errstate(all="raise"):
        same(f(spoiled, where=mask), f(x, where=mask))
    if f.name != "logsumexp":
        assert (f(x, where=mask)[~mask] == NOTHING[f.name]).all()


@rows
def test_rows_of_which_nothing_counts(f):
    x = sample((4, 9))
    mask = np.ones((4, 9), bool)
    mask[1:3] = False
    x[0, 0] = np.nan
    got = f(x, where=mask)
    assert np.isnan(got[0]).all()
    assert (got[1:3] == NOTHING[f.name]).all()
    same(got[3], f(x[3]))
    assert np.all(f(x, where=False) == NOTHING[f.name])
    # nothing but -inf is not the same as nothing
    assert f.name == "logsumexp" or np.isnan(f(np.full(3, -np.inf), where=[True, True, False])).any()


@rows
def test_causal_mask_of_attention(f):
    x = sample((2, 3, 33, 33), np.float32)
    mask = np.tril(np.ones((33, 33), bool))
    got = f(x, where=mask)
    close(got, expected(f, x, where=mask), np.float32)
    if NATIVE:  # the last row is whole, and made of the same bits
        same(got[:, :, -1], f(np.ascontiguousarray(x[:, :, -1])))


@rows
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: np.dtype(dtype).name)
def test_out_and_layouts(f, dtype):
    x = sample((8, 9, 10), dtype)
    mask = sample((9, 10), seed=4) > -2
    want = f(x, where=mask, scale=0.25)
    out = np.empty(want.shape, dtype, order="F")
    assert f(x, out=out, where=mask, scale=0.25) is out
    same(out, want)
    same(f(np.asfortranarray(x), where=mask, scale=0.25), want)
    wide = np.repeat(x, 2, axis=-1)[..., ::2]
    same(f(wide, where=np.asfortranarray(mask), scale=0.25), want)
    if f.name != "logsumexp":
        place = x.copy()
        f(place, out=place, where=mask, scale=0.25)
        same(place, want)


def test_bias_that_is_the_output():
    x, bias = sample((300, 700)), sample((300, 700), seed=1)
    want = fastact.softmax(x, bias=bias)
    assert fastact.softmax(x, out=bias, bias=bias) is bias
    same(bias, want)


@rows
def test_large_is_as_small(f):
    x, mask = sample((700, 600), np.float32), sample((700, 600), seed=1) > -3
    whole = f(x, where=mask)
    for i in (0, 333, 699):
        same(whole[i], f(x[i], where=mask[i]))


@rows
def test_bad_options(f):
    x = sample((4, 5))
    out = np.zeros(f(x).shape)
    for options, error in (
        ({"where": np.ones((4, 5))}, TypeError),
        ({"where": np.ones((5, 4), bool)}, ValueError),
        ({"where": np.ones((2, 4, 5), bool)}, ValueError),
        ({"bias": np.ones(5, complex)}, TypeError),
        ({"bias": np.ones(4)}, ValueError),
        ({"scale": "2"}, TypeError),
        ({"scale": None}, TypeError),
        ({"scale": np.ones((3, 1))}, ValueError),
    ):
        with pytest.raises(error, match=rf"fastact\.{f.name}: {next(iter(options))}"):
            f(x, out=out, **options)
    assert (out == 0).all()
