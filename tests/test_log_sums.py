"""logmeanexp, logcumsumexp, and the gradients of logsumexp and logcumsumexp: against their definitions and PyTorch."""

import numpy as np
import pytest
from registry import same, sample

import fastact

each_type = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


def eps(dtype):
    return float(np.finfo(dtype).eps)


def exact_cumulated(row):
    mpmath = pytest.importorskip("mpmath")
    total, results = mpmath.mpf(0), []
    for v in row:
        total += mpmath.exp(mpmath.mpf(float(v)))
        results.append(mpmath.log(total) if total else -mpmath.inf)
    return results


@each_type
@pytest.mark.parametrize("axis", [0, 1, -1, (0, 2), None])
@pytest.mark.parametrize("keepdims", [False, True])
def test_log_mean(axis, keepdims, dtype):
    x = sample((5, 7, 6), dtype)
    want = np.log(np.mean(np.exp(x.astype(np.float64)), axis=axis, keepdims=keepdims))
    got = fastact.logmeanexp(x, axis, keepdims=keepdims)
    assert np.asarray(got).dtype == dtype
    np.testing.assert_allclose(got, want, rtol=8 * eps(dtype), atol=8 * eps(dtype) * np.log(210))
    out = np.empty_like(want, dtype)
    assert fastact.logmeanexp(x, axis, keepdims=keepdims, out=out) is out
    same(out, np.asarray(got))


def test_log_mean_counts_what_the_mask_leaves():
    x, mask = sample((40, 9)), sample((40, 9), np.bool_, seed=3)
    mask[0], mask[1] = False, True
    got = fastact.logmeanexp(x, where=mask)
    for row, counts, value in zip(x, mask, got, strict=True):
        want = np.log(np.mean(np.exp(row[counts]))) if counts.any() else nan
        np.testing.assert_allclose(value, want, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(fastact.logmeanexp(x, scale=0.5, bias=1.0), fastact.logmeanexp(0.5 * x + 1), rtol=1e-14)


def test_log_mean_of_extremes():
    assert fastact.logmeanexp([1e308, 1e308]) == 1e308
    assert fastact.logmeanexp([-inf, -inf]) == -inf
    assert fastact.logmeanexp([inf, 0.0]) == inf
    assert np.isnan(fastact.logmeanexp(np.zeros((3, 0)))).all()


@each_type
@pytest.mark.parametrize("n", [1, 2, 3, 7, 100, 1000])
def test_cumulated(n, dtype):
    x = (sample((3, n), np.float64, scale=20) if n > 1 else np.ones((3, 1))).astype(dtype)
    for axis, given in ((1, x), (0, np.ascontiguousarray(x.T)), (-1, np.asfortranarray(x))):
        got = fastact.logcumsumexp(given, axis)
        assert got.dtype == dtype
        got = got.T if axis == 0 else got
        for row, values in zip(x, got, strict=True):
            for value, want in zip(values, exact_cumulated(row), strict=True):
                limit = 2**-51 * (2 + 2 * np.log2(n)) + eps(dtype)
                assert abs(float(value) - want) <= limit * max(abs(want), 1)


def test_cumulated_extremes():
    x = np.array([-inf, -inf, 1000.0, 1000.0, -1000.0, nan, 0.0])
    got = fastact.logcumsumexp(x)
    np.testing.assert_allclose(got[:5], [-inf, -inf, 1000, 1000 + np.log(2), 1000 + np.log(2)])
    assert np.isnan(got[5:]).all()
    mask = np.array([True, False, True, True, True, False, True])
    np.testing.assert_allclose(fastact.logcumsumexp(x, where=mask)[-1], 1000 + np.log(2))
    same(fastact.logcumsumexp(sample((4, 5)), 1, scale=2.0), fastact.logcumsumexp(2 * sample((4, 5)), 1))
    out = sample((4, 5))
    want = fastact.logcumsumexp(out, 0)
    assert fastact.logcumsumexp(out, 0, out=out) is out
    same(out, want)
    with pytest.raises(TypeError, match=r"fastact\.logcumsumexp: axis must be an int"):
        fastact.logcumsumexp(out, None)


def test_labels_are_kept():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(sample((4, 3)), columns=list("abc"))
    for f in (fastact.logcumsumexp, fastact.sparsemax, fastact.entmax15):
        y = f(frame)
        assert list(y.columns) == list("abc")
        same(y.to_numpy(), f(frame.to_numpy()))
    same(fastact.logmeanexp(frame).to_numpy(), fastact.logmeanexp(frame.to_numpy()))
    for f in (fastact.logmeanexp, fastact.logcumsumexp, fastact.sparsemax):
        with pytest.raises(TypeError, match="mask"):
            f(np.ma.masked_array(np.zeros(3), mask=[0, 1, 0]))


# ---- gradients ----


@each_type
@pytest.mark.parametrize("axis", [0, -1, (0, 1), None])
def test_gradient_of_log_sum(axis, dtype):
    x = sample((4, 6), dtype)
    for keepdims in (False, True):
        total = fastact.logsumexp(x, axis, keepdims=keepdims)
        dy = sample((4, 6), dtype, seed=1)[: 1 if np.ndim(total) == 0 else None]
        dy = np.resize(dy, np.shape(total)).astype(dtype)
        got = fastact.logsumexp_grad(dy, x, axis, keepdims=keepdims)
        wide = dy if keepdims else np.expand_dims(dy, tuple(range(2)) if axis is None else axis) if dy.ndim else dy
        np.testing.assert_allclose(got, wide * fastact.softmax(x, axis), rtol=4 * eps(dtype))
        assert got.dtype == dtype
        place = x.copy()
        assert fastact.logsumexp_grad(dy, place, axis, keepdims=keepdims, out=place) is place
        same(place, got)
    with pytest.raises(ValueError, match=r"fastact\.logsumexp_grad: dy of shape"):
        fastact.logsumexp_grad(np.ones(5), x, -1)


def test_gradient_of_log_sum_with_options():
    x, mask = sample((4, 6)), sample((4, 6), np.bool_, seed=3)
    got = fastact.logsumexp_grad(1.0, x, where=mask, scale=0.5, bias=x[0])
    np.testing.assert_allclose(got, 0.5 * fastact.softmax(x, where=mask, scale=0.5, bias=x[0]), rtol=1e-15)


@pytest.mark.parametrize("axis", [0, 1])
def test_gradient_of_cumulated_against_pytorch(axis):
    torch = pytest.importorskip("torch")
    for scale in (1, 30):
        x, dy = sample((9, 40), scale=scale), sample((9, 40), seed=1)
        given = torch.from_numpy(x).requires_grad_()
        (want,) = torch.autograd.grad(torch.logcumsumexp(given, axis), given, torch.from_numpy(dy))
        np.testing.assert_allclose(fastact.logcumsumexp_grad(dy, x, axis), want.numpy(), rtol=1e-9, atol=1e-12)


def test_gradient_of_cumulated_by_differences():
    x, dy = sample(12), sample(12, seed=1)
    want = []
    for i in range(12):
        step = np.zeros(12)
        step[i] = 1e-6
        up, down = (fastact.logcumsumexp(x + d) for d in (step, -step))
        want.append((dy * (up - down)).sum() / 2e-6)
    np.testing.assert_allclose(fastact.logcumsumexp_grad(dy, x), want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        fastact.logcumsumexp_grad(dy, x, scale=2.0), 2 * fastact.logcumsumexp_grad(dy, 2 * x), rtol=1e-14
    )
    got = fastact.logcumsumexp_grad(1.0, np.array([-inf, 0.0, -inf]))
    np.testing.assert_array_equal(got, [0, 2, 0])


# ---- plain arrays along their last axis, which take a shorter way ----


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("shape", [(1,), (7,), (5, 1), (3, 4, 9), (50, 300), (2, 70_000), (20_000, 10)], ids=str)
@pytest.mark.parametrize("n", [1, 3])
def test_plain_arrays_have_the_bits_of_others(shape, dtype, n):
    x, dy = sample(shape, dtype), sample(shape[:-1], dtype, seed=2)
    if len(shape) > 1:
        x[1, 0], dy[:1] = inf, 0
    with fastact.num_threads(n), np.errstate(all="raise"):
        same(np.asarray(fastact.logmeanexp(x)), fastact.logmeanexp(x, keepdims=True)[..., 0])
        same(fastact.logsumexp_grad(dy, x), fastact.logsumexp_grad(dy, x, out=np.empty_like(x)))
    assert type(fastact.logmeanexp(x[..., :])) is type(fastact.logsumexp(x))


# ---- weights and signs, as SciPy's ----


@each_type
@pytest.mark.parametrize("axis", [0, -1, (0, 1), None])
def test_weighted_against_scipy(axis, dtype):
    special = pytest.importorskip("scipy.special")
    x, b = sample((6, 9), dtype, scale=3), sample((6, 9), dtype, seed=1)
    b[0], b[1] = 0, np.abs(b[1])
    for keepdims in (False, True):
        for factor in (b, np.abs(b), b[:1], 2.0, -1.0):
            wide = x.astype(np.float64), np.asarray(factor, np.float64)
            want, want_sign = special.logsumexp(wide[0], axis, b=wide[1], keepdims=keepdims, return_sign=True)
            got, sign = fastact.logsumexp(x, axis, b=factor, keepdims=keepdims, return_sign=True)
            np.testing.assert_allclose(got, want, rtol=4 * eps(dtype), atol=1e-12 + 4 * eps(dtype))
            np.testing.assert_array_equal(sign, want_sign)
            assert np.asarray(got).dtype == np.asarray(sign).dtype == dtype
            alone = fastact.logsumexp(x, axis, b=factor, keepdims=keepdims)
            same(np.asarray(alone), np.where(np.asarray(sign) < 0, nan, got).astype(dtype))


def test_weighted_extremes():
    f = fastact.logsumexp
    assert f([1000.0, 1000.0], b=[1.0, -1.0], return_sign=True) == (-inf, 0)
    assert f([inf, 0.0], b=[0.0, 2.0]) == np.log(2)
    assert f([nan, 0.0], b=[0.0, 1.0]) == 0
    assert f([inf, 0.0], b=[-1.0, 2.0], return_sign=True) == (inf, -1)
    assert np.isnan(f([inf, inf], b=[-1.0, 2.0], return_sign=True)).all()
    assert np.isnan(f([nan, 0.0], b=1.0, return_sign=True)).all()
    assert f([-inf, -inf], return_sign=True) == (-inf, 0)
    assert f(np.zeros(0), return_sign=True) == (-inf, 0)
    assert np.isnan(f([0.0, 1.0], b=-1.0))
    np.testing.assert_allclose(f([0.0, -100.0], b=[1.0, -1.0]), -np.exp(-100.0), rtol=1e-14)
    np.testing.assert_allclose(f([1.0, 2.0], b=[1.0, 2.0], where=[True, False], scale=3.0), 3)
    np.testing.assert_allclose(
        f([1.0, 2.0], b=[1.0, 2.0], extra_logit=0.5), np.log(np.exp(1) + 2 * np.exp(2) + np.exp(0.5))
    )
    for wrong, error in ((np.zeros(3), ValueError), (1j, TypeError), ("a", TypeError)):
        with pytest.raises(error, match=r"fastact\.logsumexp: (b|complex|<U1)"):
            f([1.0, 2.0], b=wrong)


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("n", [1, 7, 8, 17, 300])
@pytest.mark.parametrize("width", [1, 30, 300])
def test_weighted_against_60_digits(width, n, dtype):
    """Within eps of the result and of its parts, and of the largest term where terms cancel."""
    mpmath = pytest.importorskip("mpmath")
    x, b = sample((9, n), dtype, scale=width), sample((9, n), seed=1)
    b[:, ::7], b[0] = 0, abs(b[0]) + 0.1
    x[1, -1] = abs(x[1]).max() + 40
    for row, factors, found, sign in zip(x, b, *fastact.logsumexp(x, b=b, return_sign=True), strict=True):
        with mpmath.workdps(60):
            terms = [mpmath.mpf(float(c)) * mpmath.exp(mpmath.mpf(float(v))) for v, c in zip(row, factors, strict=True)]
            total = mpmath.fsum(terms)
            assert sign == mpmath.sign(total)
            if total == 0:
                assert found == -inf
                continue
            want, largest = mpmath.log(abs(total)), max(map(abs, terms))
            limit = eps(dtype) * abs(want) + 4 * 2.0**-52 * (1 + float(abs(row).max()) + largest / abs(total))
            assert abs(mpmath.mpf(float(found)) - want) <= limit


def test_weighted_keeps_a_small_rest():
    """1 + exp(-d) in the logarithm, with either sign, below the rounding of 1."""
    d = np.array([40.0, 300.0, 600.0])
    x = np.stack([np.full(3, 0.0), -d], axis=1)
    for sign in (1.0, -1.0):
        np.testing.assert_allclose(fastact.logsumexp(x, b=[1.0, sign]), sign * np.exp(-d), rtol=1e-14)


def test_weighted_factors_of_any_size():
    f = fastact.logsumexp
    np.testing.assert_allclose(f([1.0, 2.0], b=[1e-300, 1e300]), 2 + np.log(1e300), rtol=1e-15)
    np.testing.assert_allclose(f([1.0, 1.0], b=[1e-250, 1e-250]), 1 + np.log(2e-250), rtol=1e-15)
    assert f([0.0, 0.0], b=[inf, 1.0], return_sign=True) == (inf, 1)
    assert f([0.0, -1500.0, 0.0], b=[1.0, 1.0, -1.0], return_sign=True) == (-inf, 0)
    assert f([-inf, 5.0], b=[1.0, 0.0], return_sign=True) == (-inf, 0)


def test_weighted_in_any_layout_and_by_any_threads():
    x, b = sample((300, 5, 400), np.float64, scale=4), sample((300, 5, 400), seed=1)
    want = np.stack(fastact.logsumexp(x, b=b, return_sign=True))
    for n in (1, 2, 5):
        with fastact.num_threads(n):
            same(np.stack(fastact.logsumexp(x, b=b, return_sign=True)), want)
    same(np.stack(fastact.logsumexp(np.asfortranarray(x), b=np.asfortranarray(b), return_sign=True)), want)
    same(np.stack(fastact.logsumexp(np.moveaxis(x, 2, 0), 0, b=np.moveaxis(b, 2, 0), return_sign=True)), want)
    same(np.stack(fastact.logsumexp(x.astype(">f8"), b=b, return_sign=True)), want)
    apart = np.ndarray(x.shape, x.dtype, np.empty(x.nbytes + 1, np.uint8), 1)
    apart[...] = x
    same(np.stack(fastact.logsumexp(apart, b=b, return_sign=True)), want)
    some = np.stack(fastact.logsumexp(x, b=b[0], return_sign=True))
    same(some, np.stack(fastact.logsumexp(x, b=np.broadcast_to(b[0], x.shape).copy(), return_sign=True)))
    same(
        fastact.logsumexp(x[0], (0, 1), b=b[0], keepdims=True),
        fastact.logsumexp(x[0].ravel(), b=b[0].ravel(), keepdims=True).reshape(1, 1),
    )
    assert fastact.logsumexp(np.zeros((3, 0)), b=2.0, extra_logit=1.5).tolist() == [1.5] * 3
    assert fastact.logsumexp(np.zeros((0, 3)), b=2.0).shape == (0,)


def test_weighted_labels():
    pandas = pytest.importorskip("pandas")
    frame, b = pandas.DataFrame(sample((4, 3))), sample((4, 3), seed=2)
    got, sign = fastact.logsumexp(frame, b=pandas.DataFrame(b), return_sign=True)
    want = fastact.logsumexp(frame.to_numpy(), b=b, return_sign=True)
    same(got.to_numpy(), want[0])
    same(sign.to_numpy(), want[1])


def test_factors_of_any_size():
    """A small one of the largest element beside a large one of another takes no digits; a masked one does not count."""
    x = np.array([0.0, 1.0, 2.0])
    assert fastact.logsumexp(x, b=[1e13, 1e-116, 1e-200]) == np.log(1e13)
    assert np.isneginf(fastact.logsumexp(x, b=np.inf, where=False))
    assert np.isnan(fastact.logsumexp([inf, 0.0], b=[1.0, nan]))
    assert fastact.logsumexp(x, extra_logit=2**70, b=2**70) > 1e21
    with np.errstate(all="raise"):
        assert np.isneginf(fastact.logsumexp(np.zeros((0, 1), np.float16), 0, extra_logit=-1e300)).all()
