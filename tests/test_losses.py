"""cross_entropy and binary_cross_entropy_with_logits: values and gradients, options, special values, errors."""

import inspect
import re

import numpy as np
import oracles_losses
import pytest
from registry import FLOATS, LOSSES, compiled, same, sample

import fastact
from fastact import binary_cross_entropy_with_logits as binary
from fastact import cross_entropy

NATIVE = compiled(LOSSES)

inf, nan = np.inf, np.nan
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
each_computed = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
every = pytest.mark.parametrize("name", ["binary_cross_entropy_with_logits", "cross_entropy"])


def labels_for(shape, classes, seed=5):
    return np.random.default_rng(seed).integers(0, classes, shape)


def probabilities(shape, dtype=np.float64, seed=6, axis=-1):
    return fastact.softmax(sample(shape, seed=seed), axis).astype(dtype)


def call(name, logits, **options):
    """With labels or targets that fit, loss and gradient."""
    shape = np.shape(logits)
    if name == "cross_entropy":
        axis = options.get("axis", -1) % len(shape)
        return cross_entropy(
            logits, labels_for(shape[:axis] + shape[axis + 1 :], shape[axis]), return_grad=True, **options
        )
    return binary(logits, np.random.default_rng(5).integers(0, 2, shape), return_grad=True, **options)


# ---- accuracy ----


def within(got, want, size, dtype, factor):
    """Off by at most `factor` eps of the type that computes, of that size, and a rounding to float16."""
    computed = np.finfo(np.float32 if dtype == np.float16 else dtype)
    bound = factor * computed.eps * float(size) + float(np.finfo(dtype).smallest_subnormal)
    bound += 0.51 * float(np.finfo(dtype).eps) * abs(float(want)) if dtype == np.float16 else 0
    return abs(float(got) - want) <= bound


@each_computed
@pytest.mark.parametrize("scale", [0.1, 3, 30])
def test_cross_entropy(dtype, scale):
    mpmath = pytest.importorskip("mpmath")
    mpf = mpmath.mpf
    for classes, seed in ((1, 1), (2, 2), (3, 3), (10, 4), (40, 5)):
        x = sample((3, classes), dtype, seed=seed, scale=scale)
        rows = [[mpf(float(v)) for v in row] for row in x]
        weight = np.random.default_rng(seed).random(classes) + 0.25
        labels = labels_for(3, classes, seed)
        labels[0] = x[0].argmax()
        for given in (labels, probabilities((3, classes), dtype)):
            exact = [row.tolist() if row.ndim else int(row) for row in given]
            for w, smoothing in ((None, 0.0), (weight, 0.0), (None, 0.125), (weight, 0.25), (weight, 1.0)):
                each, gradient = cross_entropy(
                    x, given, weight=w, label_smoothing=smoothing, reduction="none", return_grad=True
                )
                assert each.dtype == gradient.dtype == dtype
                exact_weight = [mpf(1)] * classes if w is None else [mpf(v) for v in w]
                wants = []
                for i, row in enumerate(rows):
                    target = [mpf(float(v)) for v in exact[i]] if isinstance(exact[i], list) else exact[i]
                    q = oracles_losses.shares(classes, target, exact_weight, smoothing)
                    loss, slopes, sizes = oracles_losses.cross_entropy(row, q)
                    wants.append((loss, slopes))
                    # exp of what lies d below the maximum is off by d/2 eps where d was rounded
                    below = np.float64(x[i].max()) - x[i].astype(np.float64)
                    others = np.delete(below, below.argmin())
                    far = 6 + (others @ np.exp(-others) / max(np.exp(-others).sum(), 1e-300) if others.size else 0)
                    assert within(each[i], loss, loss, dtype, far), (float(each[i]), float(loss))
                    for g, want, size, d in zip(gradient[i], slopes, sizes, below, strict=True):
                        assert within(g, want, size, dtype, far + d), (float(g), float(want))
                total = mpmath.fsum(loss for loss, _ in wants)
                counts = exact_weight if given.ndim == 1 else None
                divisor = 3 if counts is None else mpmath.fsum(counts[i] for i in given)
                for reduction, by in (("sum", 1), ("mean", divisor)):
                    options = {"weight": w, "label_smoothing": smoothing, "reduction": reduction}
                    loss, gradient = cross_entropy(x, given, return_grad=True, **options)
                    same(np.asarray(cross_entropy(x, given, **options)), np.asarray(loss))
                    assert type(loss) is dtype
                    assert within(loss, total / by, total / by, dtype, 12 + 2 * scale)
                    want = np.array([[float(v / by) for v in slopes] for _, slopes in wants])
                    limit = (12 + 8 * scale) * float(np.finfo(dtype).eps)
                    smallest = float(np.finfo(dtype).smallest_subnormal)
                    np.testing.assert_allclose(
                        gradient, want, rtol=limit, atol=limit * float(np.abs(want).max()) + smallest
                    )


@each_computed
def test_binary_cross_entropy(dtype):
    mpmath = pytest.importorskip("mpmath")
    rng = np.random.default_rng(1)
    reach = 16 if dtype == np.float16 else 80 if dtype == np.float32 else 700
    x = np.concatenate([rng.normal(0, 3, 50), rng.uniform(-reach, reach, 50), [0, -0.0]]).astype(dtype)
    for kind in (0, 1, 0.5, rng.random(x.size)):
        z = np.broadcast_to(np.asarray(kind, dtype), x.shape)
        for w, p in (
            (None, None),
            (rng.random(x.size).astype(dtype), None),
            (None, dtype(2.5)),
            (dtype(0.5), dtype(0.1)),
        ):
            each, gradient = binary(x, z, weight=w, pos_weight=p, reduction="none", return_grad=True)
            assert each.dtype == gradient.dtype == dtype
            losses, slopes = [], []
            for i, v in enumerate(x):
                options = [mpmath.mpf(float(np.broadcast_to(1 if a is None else a, x.shape)[i])) for a in (z, w, p)]
                loss, slope, size = oracles_losses.binary_cross_entropy(mpmath.mpf(float(v)), *options)
                assert within(each[i], loss, abs(loss), dtype, 6), (float(v), float(each[i]), float(loss))
                assert within(gradient[i], slope, size, dtype, 6), (float(v), float(gradient[i]), float(slope))
                losses.append(loss)
                slopes.append(float(slope))
            for reduction, by in (("sum", 1), ("mean", x.size)):
                loss, gradient = binary(x, z, weight=w, pos_weight=p, reduction=reduction, return_grad=True)
                assert type(loss) is dtype
                total = mpmath.fsum(losses) / by
                assert within(loss, total, total, dtype, 12)
                limit = 12 * float(np.finfo(dtype).eps)
                smallest = float(np.finfo(dtype).smallest_subnormal)
                np.testing.assert_allclose(gradient, np.array(slopes) / by, rtol=limit, atol=limit / by + smallest)


@each_float
def test_confident_predictions_keep_their_digits(dtype):
    far = 9 if dtype == np.float16 else 80
    x = np.zeros((1, 10), dtype)
    x[0, 3] = far
    loss, gradient = cross_entropy(x, [3], return_grad=True)
    want = np.log1p(9 * np.exp(-np.longdouble(far)))
    limit = 50 * max(float(np.finfo(dtype).eps), 2.0**-52)
    np.testing.assert_allclose([float(loss)], [float(want)], rtol=limit)
    np.testing.assert_allclose(float(gradient[0, 3]), -float(-np.expm1(-want)), rtol=limit)
    loss, gradient = binary(dtype(far), 1, return_grad=True)
    want = np.log1p(np.exp(-np.longdouble(far)))
    np.testing.assert_allclose([float(loss)], [float(want)], rtol=limit)
    np.testing.assert_allclose(float(gradient), float(np.expm1(-want)), rtol=limit)


@pytest.mark.parametrize("shape", [(20_000, 10), (7000, 2), (9, 4097), (2, 70_000), (150, 151)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_large_cross_entropy(shape, dtype):
    x = sample(shape, dtype)
    labels = labels_for(shape[0], shape[1])
    labels[::7] = -100
    wide = x.astype(np.float64)
    m = wide.max(axis=1, keepdims=True)
    e = np.exp(wide - m)
    lse = (m + np.log(e.sum(axis=1, keepdims=True)))[:, 0]
    counts = labels >= 0
    place = np.maximum(labels, 0)
    for smoothing in (0.0, 0.1):
        each = (1 - smoothing) * (lse - np.take_along_axis(wide, place[:, None], 1)[:, 0])
        each = np.where(counts, each + smoothing * (lse - wide.mean(axis=1)), 0)
        target = np.full(shape, smoothing / shape[1])
        np.put_along_axis(target, place[:, None], 1 - smoothing + smoothing / shape[1], axis=1)
        slope = np.where(counts[:, None], e / e.sum(axis=1, keepdims=True) - target, 0)
        limit = 2e-6 if dtype == np.float32 else 1e-13
        for reduction, want, by in (
            ("none", each, 1),
            ("sum", each.sum(), 1),
            ("mean", each.sum() / counts.sum(), counts.sum()),
        ):
            for axis, view, columns in ((1, x, slope), (0, np.ascontiguousarray(x.T), slope.T)):
                options = {"axis": axis, "label_smoothing": smoothing, "reduction": reduction}
                loss, gradient = cross_entropy(view, labels, return_grad=True, **options)
                np.testing.assert_allclose(loss, want, rtol=limit, atol=limit)
                np.testing.assert_allclose(gradient, columns / by, rtol=20 * limit, atol=limit / by)
                same(np.asarray(loss), np.asarray(cross_entropy(view, labels, **options)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_large_binary(dtype):
    for shape in ((150_003,), (300, 301)):
        x, z = sample(shape, dtype), labels_for(shape, 2)
        wide = x.astype(np.float64)
        each = np.logaddexp(0, np.where(z == 1, -wide, wide))
        slope = 1 / (1 + np.exp(-wide)) - z
        limit = 2e-6 if dtype == np.float32 else 1e-12
        for reduction, want, by in (("none", each, 1), ("sum", each.sum(), 1), ("mean", each.mean(), x.size)):
            loss, gradient = binary(x, z, reduction=reduction, return_grad=True)
            np.testing.assert_allclose(loss, want, rtol=limit)
            np.testing.assert_allclose(gradient, slope / by, rtol=20 * limit, atol=limit / by)
            same(np.asarray(loss), np.asarray(binary(x, z, reduction=reduction)))


@every
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_central_differences(name, reduction):
    x, h = sample((4, 5), seed=2), 1e-5
    rng = np.random.default_rng(0)
    weight = rng.random(5) + 0.5
    options = {"weight": weight, "reduction": reduction, "return_grad": True}
    if name == "cross_entropy":
        forms = [
            (lambda v, t=t, s=s: cross_entropy(v, t, label_smoothing=s, **options))
            for t in (np.array([1, 0, -100, 4]), probabilities((4, 5)))
            for s in (0.0, 0.3)
        ]
    else:
        forms = [lambda v: binary(v, probabilities((4, 5)), pos_weight=2.0, **options)]
    for f in forms:
        got = f(x)[1]
        want = np.empty_like(x)
        for place in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[place] = h
            want[place] = (np.sum(f(x + step)[0]) - np.sum(f(x - step)[0])) / (2 * h)
        np.testing.assert_allclose(got, want, rtol=1e-7, atol=1e-9)


# ---- forms ----


@each_float
def test_axis_and_layouts(dtype):
    for axis in (-1, 0, 1, 2):
        x = sample((6, 7, 8), dtype)
        shape = np.delete(x.shape, axis)
        moved = np.ascontiguousarray(np.moveaxis(x, axis, -1))
        for labels, flat in (
            (labels_for(tuple(shape), x.shape[axis]),) * 2,
            (probabilities(x.shape, dtype, axis=axis), None),
        ):
            flat = np.moveaxis(labels, axis, -1) if flat is None else flat
            options = {"label_smoothing": 0.125, "weight": np.arange(1, x.shape[axis] + 1), "return_grad": True}
            for reduction in ("none", "sum", "mean"):
                options["reduction"] = reduction
                want = cross_entropy(moved, flat, **options)
                for change in (
                    np.array,
                    np.asfortranarray,
                    lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
                    lambda a: a[::-1, :, ...].copy()[::-1],
                    lambda a: a.astype(a.dtype.newbyteorder()),
                ):
                    for pair in ((change(x), change(labels)), (x, change(labels)), (change(x), labels)):
                        loss, gradient = cross_entropy(*pair, axis=axis, **options)
                        same(np.asarray(loss), np.asarray(want[0]))
                        same(np.moveaxis(gradient, axis, -1), want[1])
                        same(x, np.moveaxis(moved, -1, axis))


@each_float
def test_binary_layouts(dtype):
    x, z, w = sample((40, 30), dtype), probabilities((40, 30), dtype), sample((40, 30), dtype, seed=3)
    for reduction in ("none", "sum", "mean"):
        want = binary(x, z, weight=w, reduction=reduction, return_grad=True)
        for change in (
            np.asfortranarray,
            lambda a: np.repeat(a, 2, axis=-1)[:, ::2],
            lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
            lambda a: a.astype(a.dtype.newbyteorder()),
        ):
            for trio in ((change(x), change(z), change(w)), (x, change(z), w), (change(x), z, w)):
                loss, gradient = binary(trio[0], trio[1], weight=trio[2], reduction=reduction, return_grad=True)
                same(np.asarray(loss), np.asarray(want[0]))
                same(gradient, want[1])


@pytest.mark.parametrize("shape", [(150, 101), (70, 3, 41), (9, 1000), (2, 70_000)], ids=str)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_binary_sums_are_the_same_in_every_layout(shape, dtype):
    x, z = sample(shape, dtype), labels_for(shape, 2).astype(dtype)
    w = sample(shape[-1:], dtype, seed=3)
    want = binary(x, z, weight=np.broadcast_to(w, shape).copy(), return_grad=True)
    wide = x.astype(np.float64)
    each = w.astype(np.float64) * np.logaddexp(0, np.where(z == 1, -wide, wide))
    np.testing.assert_allclose(float(want[0]), each.mean(), rtol=4 * np.finfo(dtype).eps, atol=1e-6)
    for change in (
        np.array,
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
        lambda a: a[::-1].copy()[::-1],
        lambda a: a.astype(a.dtype.newbyteorder()),
    ):
        loss, gradient = binary(change(x), change(z), weight=w, return_grad=True)
        same(np.asarray(loss), np.asarray(want[0]))
        same(gradient, want[1])
        same(np.asarray(binary(x, change(z), weight=change(w))), np.asarray(want[0]))
    for kind in (np.bool_, np.int8, np.int64, np.longdouble):
        loss, gradient = binary(x, z.astype(kind), weight=w, return_grad=True)
        same(np.asarray(loss), np.asarray(want[0]))
        same(gradient, want[1])


def test_integer_labels_of_every_type():
    x = sample((4, 5))
    want = cross_entropy(x, np.array([0, 4, 2, 1]), return_grad=True)
    for kind in ("i1", "u1", "i2", ">u2", "i4", "<u4", "i8", "u8", ">i8"):
        for labels in (np.array([0, 4, 2, 1], kind), np.array([0, 9, 4, 9, 2, 9, 1, 9], kind)[::2]):
            got = cross_entropy(x, labels, return_grad=True)
            same(np.asarray(got[0]), np.asarray(want[0]))
            same(got[1], want[1])
    same(np.asarray(cross_entropy(x.tolist(), [0, 4, 2, 1])), np.asarray(want[0]))
    loss, gradient = cross_entropy(x[0], 3, return_grad=True)
    same(gradient, cross_entropy(x[:1], [3], return_grad=True)[1][0])
    assert type(cross_entropy(x[0], 3, reduction="none")) is type(loss) is np.float64


@each_float
def test_ignored_rows_count_for_nothing(dtype):
    x = sample((6, 5), dtype)
    labels = labels_for(6, 5)
    for ignore in (-100, -1, 3, 77):
        given = np.where([True, False, False, True, False, True], np.where(labels == ignore, 0, labels), ignore)
        spoiled = x.copy()
        spoiled[1] = nan
        spoiled[2, 0] = inf
        kept = given != ignore
        for options in ({}, {"weight": np.arange(1.0, 6)}, {"label_smoothing": 0.25}):
            for reduction in ("none", "sum", "mean"):
                more = {"ignore_index": ignore, "reduction": reduction, "return_grad": True, **options}
                loss, gradient = cross_entropy(spoiled, given, **more)
                want, slope = cross_entropy(x[kept], given[kept], **more)
                if reduction == "none":
                    same(loss[kept], want)
                    assert (loss[~kept] == 0).all()
                else:
                    np.testing.assert_allclose(loss, want, rtol=4 * np.finfo(dtype).eps)
                np.testing.assert_allclose(gradient[kept], slope, rtol=4 * np.finfo(dtype).eps)
                assert (gradient[~kept] == 0).all()
    for reduction, want in (("mean", nan), ("sum", 0)):
        loss, gradient = cross_entropy(x, np.full(6, -100), reduction=reduction, return_grad=True)
        np.testing.assert_array_equal(loss, want)
        assert (gradient == 0).all()


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_one_hot_is_a_label(reduction):
    for dtype in (np.float32, np.float64):
        x, labels = sample((40, 7), dtype), labels_for(40, 7)
        hot = (labels[:, None] == np.arange(7)).astype(dtype)
        for options in ({}, {"weight": np.arange(1, 8)}, {"label_smoothing": 0.25}):
            if reduction == "mean" and "weight" in options:
                continue  # divided by the number of rows, and by their weights
            options |= {"reduction": reduction, "return_grad": True}
            for got, want in zip(cross_entropy(x, hot, **options), cross_entropy(x, labels, **options), strict=True):
                np.testing.assert_allclose(got, want, rtol=2e-6 if dtype == np.float32 else 1e-14, atol=1e-7)


@every
def test_types(name):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = sample((6, 5))
    for dtype in (*FLOATS, ml_dtypes.bfloat16, ">f4", np.int8, np.uint16, np.bool_):
        given = x.astype(dtype)
        want = np.dtype(dtype).newbyteorder("=") if np.dtype(dtype).kind not in "iub" else np.float64
        for reduction in ("none", "sum", "mean"):
            loss, gradient = call(name, given, reduction=reduction)
            assert loss.dtype == gradient.dtype == want
            assert gradient.shape == x.shape
            assert reduction == "none" or isinstance(loss, np.generic)
            if np.dtype(dtype).itemsize == 2 and want != np.float64:
                rounded = call(name, given.astype(np.float32), reduction=reduction)
                same(np.asarray(loss).view(np.uint16), np.asarray(rounded[0].astype(want)).view(np.uint16))
    assert binary(x.astype(np.float32), sample((6, 5)) > 0, weight=np.ones(5)).dtype == np.float32


# ---- special values ----


@each_float
def test_infinite_logits(dtype):
    for n in (3, 10, 40):
        x = sample((7, n), dtype)
        clean = x.copy()
        x[1, 2] = -inf  # at the label
        x[2, 1] = -inf
        x[3, 0] = nan
        x[4, 0] = inf
        x[5] = -inf
        loss, gradient = cross_entropy(x, np.full(7, 2), reduction="none", return_grad=True)
        np.testing.assert_array_equal(np.isnan(loss), [False, False, False, True, True, True, False])
        np.testing.assert_array_equal(np.isnan(gradient).all(axis=1), np.isnan(loss))
        np.testing.assert_array_equal(np.isnan(gradient).any(axis=1), np.isnan(loss))
        assert loss[1] == inf
        assert gradient[1, 2] == -1
        assert gradient[2, 1] == 0
        rest = np.delete(x[2], 1)
        np.testing.assert_allclose(loss[2], cross_entropy(rest, 1), rtol=4 * np.finfo(dtype).eps)
        want = cross_entropy(clean, np.full(7, 2), reduction="none", return_grad=True)
        for got, expected in zip((loss, gradient), want, strict=True):
            same(got[[0, 6]], expected[[0, 6]])
        # a class of probability 0 counts for nothing where its logit is -inf
        hot = (np.arange(n) == 2) * dtype(1)
        np.testing.assert_allclose(cross_entropy(x[2], hot), loss[2], rtol=4 * np.finfo(dtype).eps)
        # and a row that has no probabilities has no gradient, however labels are given
        for target, smoothing in ((hot, 0.0), (np.full(n, dtype(1 / 8)), 0.0), (2, 0.5), (hot, 0.5)):
            for bad in (3, 4, 5, np.where(np.arange(n) < 2, dtype(inf), 0)):
                row = x[bad] if isinstance(bad, int) else bad.astype(dtype)
                loss, gradient = cross_entropy(row, target, label_smoothing=smoothing, return_grad=True)
                assert np.isnan(loss)
                assert np.isnan(gradient).all()
        assert cross_entropy(x[2], 2, label_smoothing=0.5) == inf


@each_float
def test_a_small_share_of_a_large_distance(dtype):
    """The distances' sum is out of the type's range, and so is one of them; their shares are not."""
    most = np.finfo(dtype).max
    for highest in (1, most / 2, most):
        x = np.array([highest / 2, -most, -most, highest], dtype)
        shares = np.array([1 / 32, 1 / 32, 1 / 32, 29 / 32], dtype)
        far = x[3] / 2 - x.astype(np.longdouble) / 2
        want = (2 * shares * far).sum()
        for got in (
            cross_entropy(x, 3, label_smoothing=1 / 8, reduction="none"),
            cross_entropy(x, shares, reduction="none"),
            cross_entropy(x, 3, label_smoothing=1 / 2, weight=[1 / 4, 1 / 4, 1 / 4, 1], reduction="none"),
        ):
            np.testing.assert_allclose(got, want.astype(dtype), rtol=8 * np.finfo(dtype).eps)
        # terms of both signs overflow, in one lane or several
        both = np.array([-most / 2, -most / 2, most / 2, *np.zeros(30), -most / 2], dtype)
        weight = np.array([4, -4, 1, *np.zeros(30), 2], np.float64)
        got = cross_entropy(both, 2, weight=weight, label_smoothing=1 / 8, reduction="none")
        np.testing.assert_allclose(got / most, 2 / 8 / 34, rtol=1e-3 if dtype == np.float16 else 1e-6)
        apart = np.repeat(x, 2)[::2]  # logits that a gradient takes the place of, in a buffer
        loss, gradient = cross_entropy(apart[None], [3], label_smoothing=1 / 8, return_grad=True)
        np.testing.assert_allclose(loss, want.astype(dtype), rtol=8 * np.finfo(dtype).eps)
        same(gradient[0], cross_entropy(x, 3, label_smoothing=1 / 8, return_grad=True)[1])


@each_float
def test_mean_of_rows_whose_labels_count_for_nothing(dtype):
    """The gradient divided by 0: infinite of its own sign, 0 where it is 0."""
    x = np.array([[1, 2, 3, -inf]], dtype)
    labels = np.array([0])
    weight = [0, 1, 1, 0]
    loss, gradient = cross_entropy(x, labels, weight=weight, label_smoothing=1.0, return_grad=True)
    assert loss == inf
    np.testing.assert_array_equal(gradient, [[inf, -inf, inf, 0]])
    x = np.array([[1, 2, -inf], [1, 2, -inf]], dtype)
    for dtype in FLOATS:  # weights of both signs may sum to 0 and count all the same
        level = np.zeros((1, 4), dtype)
        loss, gradient = cross_entropy(
            level, [1], weight=[1, -1, 2, -2], label_smoothing=1.0, reduction="sum", return_grad=True
        )
        assert loss == 0
        np.testing.assert_array_equal(gradient, [[-0.25, 0.25, -0.5, 0.5]])
    _, gradient = cross_entropy(x, np.array([0, 1]), weight=[-1, 1, 1], return_grad=True)
    np.testing.assert_array_equal(gradient, [[inf, -inf, 0], [inf, -inf, 0]])


@each_float
def test_infinite_logits_of_binary(dtype):
    x = np.array([inf, inf, -inf, -inf, inf, nan, 0], dtype)
    z = np.array([1, 0, 1, 0, 0.5, 1, nan])
    loss, gradient = binary(x, z, reduction="none", return_grad=True)
    np.testing.assert_array_equal(loss, np.array([0, inf, inf, 0, inf, nan, nan], dtype))
    np.testing.assert_array_equal(gradient, np.array([0, 1, -1, 0, 0.5, nan, nan], dtype))
    for place in range(0, 64, 5):
        x = sample(64, dtype)
        want = binary(x, 1, reduction="none", return_grad=True)
        x[place] = nan
        for got, expected in zip(binary(x, 1, reduction="none", return_grad=True), want, strict=True):
            same(np.delete(got, place), np.delete(expected, place))
            assert np.isnan(got[place])


@every
def test_empty(name):
    for dtype in FLOATS:
        for reduction, want in (("none", None), ("sum", 0), ("mean", nan)):
            for shape in ((0, 3), (2, 0, 3)):
                loss, gradient = call(name, np.zeros(shape, dtype), reduction=reduction)
                assert gradient.shape == shape
                assert loss.dtype == gradient.dtype == dtype
                if want is None:
                    assert loss.size == 0
                else:
                    np.testing.assert_array_equal(loss, want)


# ---- errors ----


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_bad_arguments(name):
    f, x = LOSSES[name], sample((3, 4))
    known = inspect.signature(f).parameters
    second = "labels" if "labels" in known else "targets"
    good = [0, 1, 2] if second == "labels" else 1
    weight = "weight" if "weight" in known else "sample_weight"
    match = rf"fastact\.{name}: "
    for wrong in (1j, "text", None, np.ones((3, 4), object), np.ones((3, 4), "M8[s]")):
        with pytest.raises(TypeError, match=match + ".*logits must be"):
            f(wrong, good)
        with pytest.raises(TypeError, match=match + f".*{second} must be"):
            f(x, wrong)
        if wrong is not None:
            with pytest.raises(TypeError, match=match + ".*weight must be"):
                f(x, good, **{weight: wrong})
    for wrong in ("max", "MEAN", None, 1, True, ["mean"]):
        with pytest.raises(ValueError, match=match + "reduction must be 'none', 'mean' or 'sum', got"):
            f(x, good, reduction=wrong)
    masked = np.ma.array(x, mask=x > 0)
    with pytest.raises(TypeError, match=match + "logits.*mask"):
        f(masked, good)
    with pytest.raises(TypeError, match=match + f"{second}.*mask"):
        f(x, masked)
    with pytest.raises(ValueError, match=match + r".*weight .*\(5,\)"):
        f(x, good, **{weight: np.ones(5)})
    with pytest.raises(TypeError):
        f(x)
    with pytest.raises(TypeError):
        f(x, good, np.ones(4))
    with pytest.raises(TypeError):
        f(x, good, wrong=1)


def test_bad_labels():
    x = sample((3, 4))
    for wrong, place, value in (
        ([0, 4, 9], r"labels\[1\]", 4),
        ([-1, 4, 9], r"labels\[0\]", -1),
        (np.array([0, 1, 200], np.uint8), r"labels\[2\]", 200),
        (np.array([0, 2**64 - 100, 0], np.uint64), r"labels\[1\]", 2**64 - 100),
        ([0, -100, 7], r"labels\[2\]", 7),
    ):
        with pytest.raises(ValueError, match=rf"fastact\.cross_entropy: {place} is {value}, .*0 to 3.*-100"):
            cross_entropy(x, wrong)
    with pytest.raises(ValueError, match=r"labels\[1, 2\] is 9"):
        cross_entropy(sample((2, 5, 3)), [[0, 1, 2], [0, 1, 9]], axis=1)
    with pytest.raises(ValueError, match=r"labels is 4, "):
        cross_entropy(x[0], 4)
    with pytest.raises(ValueError, match=r"labels\[0\] is -100, .*ignore_index=2"):
        cross_entropy(x, [-100, 2, 2], ignore_index=2)
    many = labels_for(300_000, 10)
    many[[123_456, 200_000]] = 10, -5
    with fastact.num_threads(2), pytest.raises(ValueError, match=r"labels\[123456\] is 10"):
        cross_entropy(np.zeros((300_000, 10), np.float32), many)
    for shape in ((4,), (3, 1), (1, 3), (3, 4), ()):
        with pytest.raises(ValueError, match=rf"labels have shape {re.escape(str(shape))}, expected \(3,\)"):
            cross_entropy(x, np.zeros(shape, int))
    for shape in ((4, 3), (3,), (3, 5)):
        with pytest.raises(ValueError, match=r"labels .*float64.*\(3, 4\)"):
            cross_entropy(x, np.zeros(shape))
    with pytest.raises(TypeError, match=r"labels .*bool"):
        cross_entropy(x, [True, False, True])


def test_bad_options():
    x, good = sample((3, 4)), [0, 1, 2]
    for wrong, error in ((-0.1, ValueError), (1.1, ValueError), (nan, ValueError), ("1", TypeError), (None, TypeError)):
        with pytest.raises(error, match=rf"fastact\.cross_entropy: label_smoothing .*{wrong}"):
            cross_entropy(x, good, label_smoothing=wrong)
    for wrong in (1.5, "1", None):
        with pytest.raises(TypeError, match=rf"fastact\.cross_entropy: ignore_index .*{wrong}"):
            cross_entropy(x, good, ignore_index=wrong)
    for wrong in ((0,), None, 1.0, "x"):
        with pytest.raises(TypeError, match=r"fastact\.cross_entropy: axis"):
            cross_entropy(x, good, axis=wrong)
    with pytest.raises(np.exceptions.AxisError, match=r"fastact\.cross_entropy: axis 2"):
        cross_entropy(x, good, axis=2)
    with pytest.raises(ValueError, match=r"fastact\.cross_entropy: .*shape \(\)"):
        cross_entropy(1.0, 0)
    with pytest.raises(ValueError, match=r"fastact\.cross_entropy: .*\(3, 0\).*no classes"):
        cross_entropy(np.zeros((3, 0)), good)
    for wrong in (np.ones((3, 4)), 1.0, np.ones(3)):
        with pytest.raises(ValueError, match=r"fastact\.cross_entropy: weight has shape .*\(4,\)"):
            cross_entropy(x, good, weight=wrong)


# ---- threads, labels ----


@every
def test_labels(name):
    pandas, xarray = pytest.importorskip("pandas"), pytest.importorskip("xarray")
    values = sample((4, 6), np.float32)
    want = call(name, values)
    for labelled in (pandas.DataFrame(values, columns=list("abcdef")), xarray.DataArray(values, dims=("row", "class"))):
        loss, gradient = call(name, labelled)
        assert type(gradient) is type(labelled)
        same(np.asarray(gradient), want[1])
        same(np.asarray(loss), np.asarray(want[0]))


@every
def test_quiet(name):
    for dtype in FLOATS:
        edges = np.array([0, -inf, inf, nan, np.finfo(dtype).max, np.finfo(dtype).min, 1, -100, 700], dtype)
        with np.errstate(all="raise"):
            for k in range(9):
                for n in range(1, 10):
                    x = np.array([np.roll(edges, k + i)[:n] for i in range(9)])
                    for reduction in ("none", "sum", "mean"):
                        call(name, x, reduction=reduction)
                    call(name, x, weight=np.full(n, 0.0))
