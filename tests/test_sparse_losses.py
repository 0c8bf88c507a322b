"""sparsemax_loss and entmax15_loss: against their definition in other arithmetic, and their gradients."""

import numpy as np
import pytest
from registry import NATIVE, same, sample
from test_sparse import EXACT

import fastact

LOSSES = {"sparsemax": fastact.sparsemax_loss, "entmax15": fastact.entmax15_loss}
each = pytest.mark.parametrize("name", LOSSES)
each_type = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
inf, nan = np.inf, np.nan


def exact(name, row, label):
    """The loss of Fenchel and Young by its definition, and the probabilities, in 160 bits."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workprec(160):
        p = [mpmath.mpf(v.numerator) / v.denominator if name == "sparsemax" else v for v in EXACT[name](row)]
        x = [mpmath.mpf(float(v)) for v in row]
        product = mpmath.fsum(a * b for a, b in zip(p, x, strict=True) if a)
        if name == "sparsemax":
            omega = (1 - mpmath.fsum(v * v for v in p)) / 2
        else:
            omega = (1 - mpmath.fsum(v * mpmath.sqrt(v) for v in p)) / mpmath.mpf("0.75")
        return omega + product - x[label], p


@each
@each_type
@pytest.mark.parametrize("scale", [0.01, 0.5, 3, 100])
def test_against_the_definition(name, dtype, scale):
    pytest.importorskip("mpmath")
    eps, least = float(np.finfo(dtype).eps), float(np.finfo(dtype).smallest_subnormal)
    wide = float(np.finfo(np.float64).eps) * (1 if NATIVE else 4)
    for n in (1, 2, 3, 10, 100):
        rng = np.random.default_rng(n)
        x, labels = rng.normal(0, scale, (6, n)).astype(dtype), rng.integers(0, n, 6)
        labels[:3] = x[:3].argmax(axis=1)
        loss, gradient = LOSSES[name](x, labels, reduction="none", return_grad=True)
        assert loss.dtype == gradient.dtype == dtype
        for i in range(6):
            want, p = exact(name, x[i], labels[i])
            want = float(want)
            assert abs(float(loss[i]) - want) <= 4 * eps * want + 8 * wide * want**0.5 + least
            for j in range(n):
                slope = float(p[j] - (j == labels[i]))
                assert abs(float(gradient[i, j]) - slope) <= 8 * (1 if NATIVE else 4) * eps * max(
                    abs(slope), float(max(p))
                )


@each
def test_small_losses_keep_their_digits(name):
    """1 - p of the label is found without a subtraction from 1."""
    margin = 1 if name == "sparsemax" else 2
    for gap in (2.0**-10, 2.0**-20):
        row = np.array([margin - gap, 0.0, -5.0], np.float32)
        want, _ = exact(name, row, 0)
        np.testing.assert_allclose(LOSSES[name](row, 0), float(want), rtol=1e-6)
    assert LOSSES[name](np.array([margin, 0.0, -5.0]), 0) == 0


@each
def test_reductions_and_ignored_rows(name):
    f = LOSSES[name]
    x, labels = sample((7, 5)), np.array([0, 1, -100, 4, 2, -100, 3])
    loss, gradient = f(x, labels, reduction="none", return_grad=True)
    assert loss[2] == loss[5] == 0
    assert (gradient[[2, 5]] == 0).all()
    np.testing.assert_allclose(f(x, labels, reduction="sum"), loss.sum(), rtol=1e-15)
    mean, slopes = f(x, labels, return_grad=True)
    np.testing.assert_allclose(mean, loss.sum() / 5, rtol=1e-15)
    np.testing.assert_allclose(slopes, gradient / 5, rtol=1e-15)
    spoiled = x.copy()
    spoiled[2] = nan
    same(f(spoiled, labels, reduction="none"), loss)
    same(f(x, np.where(labels < 0, 3, labels), ignore_index=3, reduction="none")[[2, 5, 6]], np.zeros(3))
    mean, slopes = f(x, np.full(7, -100), return_grad=True)
    assert np.isnan(mean)
    assert (slopes == 0).all()
    assert type(f(x[0], 2)) is np.float64


@each
def test_any_axis_layout_and_type(name):
    f, x = LOSSES[name], sample((4, 5, 6))
    labels = np.random.default_rng(0).integers(0, 5, (4, 6))
    loss, gradient = f(x, labels, axis=1, reduction="none", return_grad=True)
    moved, slopes = f(np.moveaxis(x, 1, -1).copy(), labels, reduction="none", return_grad=True)
    same(loss, moved)
    same(gradient, np.moveaxis(slopes, -1, 1).copy())
    same(f(x[::-1, :, ::2], labels[::-1, ::2].astype(np.int8), axis=1, reduction="none"), loss[::-1, ::2].copy())
    integers = np.arange(12).reshape(3, 4) % 5
    same(f(integers, [0, 1, 2]), f(integers.astype(np.float64), [0, 1, 2]))
    long = f(x.astype(np.longdouble), labels, axis=1, reduction="none")
    assert long.dtype == np.longdouble
    np.testing.assert_allclose(long.astype(np.float64), loss, rtol=1e-12)


@each
def test_gradient_by_differences(name):
    f, x, labels = LOSSES[name], sample((30, 6)), np.arange(30) % 6
    _, gradient = f(x, labels, reduction="sum", return_grad=True)
    h = 1e-6
    for i in range(6):
        step = np.zeros(6)
        step[i] = h
        up, down = (f(x + s, labels, reduction="none") for s in (step, -step))
        np.testing.assert_allclose(gradient[:, i], (up - down) / (2 * h), atol=1e-5)


@each
@each_type
def test_special_rows(name, dtype):
    x = np.array([[0, 1, nan], [0, inf, 1], [-inf, -inf, -inf], [0, 0.25, -inf], [0, 0.25, -inf]], dtype)
    with np.errstate(all="raise"):
        loss, gradient = LOSSES[name](x, [0, 1, 2, 2, 0], reduction="none", return_grad=True)
        assert LOSSES[name](x[3:], [2, 0]) == inf
    assert np.isnan(loss[:3]).all()
    assert np.isnan(gradient[:3]).all()
    assert loss[3] == inf
    np.testing.assert_allclose(gradient[3, 2], -1, rtol=1e-15)
    assert np.isfinite(loss[4])
    assert np.isfinite(gradient[3:]).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_threads(threads):
    x, labels = sample((3000, 40), np.float32), np.arange(3000) % 40
    for f in LOSSES.values():
        with fastact.num_threads(threads):
            loss, gradient = f(x, labels, reduction="none", return_grad=True)
            total = f(x, labels, reduction="sum")
        pieces = [f(x[i : i + 30], labels[i : i + 30], reduction="none") for i in range(0, 3000, 30)]
        same(loss, np.concatenate(pieces))
        with fastact.num_threads(1):
            same(total, f(x, labels, reduction="sum"))
            same(gradient, f(x, labels, reduction="sum", return_grad=True)[1])


@pytest.mark.parametrize(
    ("labels", "options", "error", "words"),
    [
        ([0, 5, 1], {}, ValueError, r"labels\[1\] is 5, which is neither a class, 0 to 3, nor ignore_index=-100"),
        (
            [0.0, 1.0, 2.0],
            {},
            TypeError,
            r"labels must be integers, classes, got float64; write labels.astype\(int\)",
        ),
        ([True, False, True], {}, TypeError, "labels must be integers, classes, got bool"),
        ([0, 1], {}, ValueError, r"labels have shape \(2,\), expected \(3,\)"),
        ([0, 1, 2], {"reduction": None}, ValueError, "reduction must be 'none', 'mean' or 'sum', got None"),
        ([0, 1, 2], {"ignore_index": 1.5}, TypeError, "ignore_index must be an int, got 1.5"),
        ([0, 1, 2], {"axis": (0, 1)}, TypeError, "axis must be an int"),
    ],
)
@each
def test_errors(name, labels, options, error, words):
    with pytest.raises(error, match=rf"fastact\.{name}_loss: {words}"):
        LOSSES[name](np.zeros((3, 4)), labels, **options)
    with pytest.raises(TypeError, match=rf"fastact\.{name}_loss: complex128 is not supported"):
        LOSSES[name](np.zeros((3, 4), complex), [0, 1, 2])


@each
def test_containers(name):
    f, x, labels = LOSSES[name], sample((6, 4)), np.arange(6) % 4
    want, slopes = f(x, labels, return_grad=True)
    pandas = pytest.importorskip("pandas")
    frame, series = pandas.DataFrame(x, list("abcdef"), list("wxyz")), pandas.Series(labels, list("abcdef"))
    loss, gradient = f(frame, series[::-1], return_grad=True)
    assert loss == want
    pandas.testing.assert_frame_equal(gradient, pandas.DataFrame(slopes, frame.index, frame.columns))
    with pytest.raises(
        TypeError, match=r"labels is a MaskedArray, whose mask would be ignored; pass .* labels of ignore_index"
    ):
        f(x, np.ma.masked_array(labels, labels == 0))
    dask = pytest.importorskip("dask.array")
    with pytest.raises(TypeError, match=rf"fastact\.{name}_loss: logits is an Array; pass logits.compute\(\)"):
        f(dask.from_array(x), labels)
