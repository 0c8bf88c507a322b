"""Targets, weight and pos_weight of binary_cross_entropy_with_logits: shapes, types, and what counts for nothing."""

import itertools

import numpy as np
import oracles_losses
import pytest
from registry import FLOATS, LOSSES, compiled, same, sample

import fastact
from fastact import binary_cross_entropy_with_logits as binary

NATIVE = compiled(LOSSES)
inf, nan = np.inf, np.nan
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)
REDUCTIONS = ("none", "sum", "mean")


def probabilities(shape, dtype=np.float64, seed=6):
    return np.random.default_rng(seed).random(shape).astype(dtype)


# ---- shapes ----


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble], ids=lambda dtype: dtype.__name__)
def test_operands_broadcast_to_the_logits(dtype):
    x, z = sample((4, 3, 5), dtype), probabilities((4, 3, 5), dtype)
    for targets in (z, z[0], z[0, 0], z[:, :1], z[..., :1], z[:1, :1], z[0, 0, 0], 1, [0, 1, 0, 1, 0], [[1]]):
        for options in (
            {},
            {"weight": np.arange(1.0, 6)},
            {"weight": 0.5, "pos_weight": np.ones((3, 1)) * 2},
            {"pos_weight": np.ones((4, 1, 5)) * 2},
        ):
            stretched = {key: np.array(np.broadcast_to(value, x.shape)) for key, value in options.items()}
            for reduction in REDUCTIONS:
                more = {"reduction": reduction, "return_grad": True}
                loss, gradient = binary(x, targets, **more, **options)
                want, slope = binary(x, np.array(np.broadcast_to(targets, x.shape)), **more, **stretched)
                same(loss, want)
                same(gradient, slope)
                assert gradient.shape == x.shape
                assert np.shape(loss) == (x.shape if reduction == "none" else ())


@pytest.mark.parametrize(
    ("logits", "targets", "instead"),
    [
        ((5, 1), (5,), ["would stretch logits of shape (5, 1) to (5, 5)", "targets[:, None]", "logits[:, 0]"]),
        ((1, 1), (1,), None),
        ((1,), (1, 1), ["would stretch logits of shape (1,) to (1, 1)", "targets[:, 0]"]),
        ((4, 5, 1), (4, 5), ["(4, 5, 1)", "targets[..., None]", "logits.squeeze(-1)"]),
        ((5,), (5, 1), ["to (5, 5)", "targets[:, 0]", "logits[:, None]"]),
        ((4, 5), (4, 5, 1), ["targets.squeeze(-1)", "logits[..., None]"]),
        ((5, 4), (5,), ["does not broadcast to logits of shape (5, 4)", "targets[:, None]"]),
        ((5, 5), (5,), None),
        ((), (5,), ["to (5,)", "np.broadcast_to(logits, (5,))"]),
        ((4,), (5, 4), ["np.broadcast_to(logits, (5, 4))"]),
        ((1, 4), (5, 4), ["np.broadcast_to(logits, (5, 4))"]),
        ((4,), (1, 4), ["targets.reshape((4,))"]),
        ((3,), (4,), ["targets of shape (4,) does not broadcast to logits of shape (3,)"]),
    ],
)
def test_nothing_stretches_the_logits(logits, targets, instead):
    x, operand = np.zeros(logits), np.ones(targets)
    for dtype, reduction in itertools.product((np.float16, np.float32, np.float64, np.longdouble), REDUCTIONS):
        for argument in ("targets", "weight", "pos_weight"):
            given = {"targets": 1, argument: operand, "reduction": reduction}
            if instead is None:
                assert np.shape(binary(x.astype(dtype), **{**given, "reduction": "none"})) == logits
                continue
            with pytest.raises(ValueError, match=r"fastact\.binary_cross_entropy_with_logits: ") as raised:
                binary(x.astype(dtype), **given)
            message = str(raised.value)
            for words in (f"{argument} of shape {operand.shape}", *instead):
                assert words.replace("targets", argument) in message


@each_float
def test_scalars(dtype):
    """0-d in, scalars out: of both losses, each reduction."""
    for logits in (dtype(0.5), np.array(0.5, dtype), np.array(0.5, dtype).astype(np.dtype(dtype).newbyteorder())):
        for targets, weight in ((1.0, None), (1, 2.0), (np.array(1), np.array(2)), (np.float16(1), np.float32(2))):
            for reduction in REDUCTIONS:
                options = {"weight": weight, "pos_weight": weight, "reduction": reduction}
                loss, gradient = binary(logits, targets, return_grad=True, **options)
                assert type(loss) is type(gradient) is type(binary(logits, targets, **options)) is dtype
                options["reduction"] = "none"
                want, slope = binary(np.full(3, 0.5, dtype), targets, return_grad=True, **options)
                assert (loss, gradient) == (want[0], slope[0])
    for reduction in REDUCTIONS:
        loss, gradient = fastact.cross_entropy(np.zeros(3, dtype), 1, reduction=reduction, return_grad=True)
        assert type(loss) is dtype
        assert gradient.shape == (3,)
    loss, gradient = binary(0.5, True, reduction="none", return_grad=True)
    assert type(loss) is type(gradient) is np.float64


# ---- types ----


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_operands_are_not_rounded_to_16_bits(name):
    """They are taken in float32, and the results rounded once."""
    dtype = np.dtype(name if name == "float16" else pytest.importorskip("ml_dtypes").bfloat16)
    x = sample((30, 40)).astype(dtype)
    for kind in (np.float32, np.float64, np.longdouble, dtype):
        z, w = probabilities((30, 40)).astype(kind), probabilities(40, seed=7).astype(kind)
        p = ((1e5 if kind != dtype else 1e4) * probabilities((30, 1), seed=8)).astype(kind)
        for options in ({}, {"weight": w}, {"pos_weight": p}, {"weight": 1 / 3, "pos_weight": 1e5}):
            for reduction in REDUCTIONS:
                more = {"reduction": reduction, "return_grad": True, **options}
                loss, gradient = binary(x, z, **more)
                want, slope = binary(x.astype(np.float32), z, **more)
                with np.errstate(over="ignore"):
                    want, slope = np.asarray(want).astype(dtype), slope.astype(dtype)
                if NATIVE:
                    same(np.asarray(loss).view(np.uint16), want.view(np.uint16))
                    same(gradient.view(np.uint16), slope.view(np.uint16))
                # NumPy computes in float64
                for got, expected in ((loss, want), (gradient, slope)):
                    eps = 2.0**-10 if name == "float16" else 2.0**-7
                    np.testing.assert_allclose(
                        np.asarray(got).astype(float), expected.astype(float), rtol=1.01 * eps, atol=2.0**-24
                    )
    assert np.isfinite(float(binary(x[0, :1], 0, pos_weight=1e5)))


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_soft_targets_beside_16_bits(name):
    mpmath = pytest.importorskip("mpmath")
    dtype = np.dtype(name if name == "float16" else pytest.importorskip("ml_dtypes").bfloat16)
    x = np.linspace(-9, 9, 60).astype(dtype)
    z, p = np.linspace(0.001, 0.999, 60, dtype=np.float32), np.float32(1e3)
    loss, gradient = binary(x, z, pos_weight=p, reduction="none", return_grad=True)
    digits = 11 if name == "float16" else 8
    for i, v in enumerate(x):
        want, slope, size = oracles_losses.binary_cross_entropy(
            mpmath.mpf(float(v)), mpmath.mpf(float(z[i])), 1, mpmath.mpf(float(p))
        )
        assert abs(float(loss[i]) - want) <= 0.501 * 2.0 ** (1 - digits) * abs(want)
        assert abs(float(gradient[i]) - slope) <= 0.501 * 2.0 ** (1 - digits) * abs(slope) + 2.0**-21 * size


def test_probabilities_beside_16_bits():
    """Those of cross_entropy likewise."""
    x = sample((30, 12), np.float16)
    for kind in (np.float32, np.float64):
        shares = probabilities((30, 12), kind)
        for options in ({}, {"weight": np.arange(1.0, 13) / 7}, {"label_smoothing": 0.1}):
            more = {"reduction": "none", "return_grad": True, **options}
            found = fastact.cross_entropy(x, shares, **more)
            want = fastact.cross_entropy(x.astype(np.float32), shares, **more)
            for got, expected in zip(found, want, strict=True):
                np.testing.assert_allclose(got, expected, rtol=0.51 * 2.0**-10, atol=2.0**-24)


def test_unaligned_operands():
    def unaligned(a):
        found = np.zeros(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
        found[...] = a
        return found

    for dtype in (np.float16, np.float32, np.float64):
        for shape in ((30, 40), (300, 400)):
            x, z, w = sample(shape, dtype), probabilities(shape, dtype), probabilities(shape[1], dtype)
            for reduction in REDUCTIONS:
                want = binary(x, z, weight=w, pos_weight=w, reduction=reduction, return_grad=True)
                for arrays in ((unaligned(x), unaligned(z)), (x, unaligned(z)), (unaligned(x), z)):
                    more = {"weight": unaligned(w), "pos_weight": unaligned(w), "reduction": reduction}
                    for got, expected in zip(binary(*arrays, return_grad=True, **more), want, strict=True):
                        same(got, expected)


# ---- what counts for nothing ----


@each_float
def test_weight_0_counts_for_nothing(dtype):
    """Whatever logits, targets and pos_weight hold."""
    limit = 2 * max(float(np.finfo(dtype).eps), 2.0**-52)
    loss = binary(np.array([inf, 1], dtype), np.array([0, 1], dtype), weight=np.array([0, 1], dtype))
    np.testing.assert_allclose(float(loss), np.log1p(np.exp(-1)) / 2, rtol=limit)
    edges = [0.0, 1.0, -3.0, inf, -inf, nan, float(np.finfo(dtype).max), float(np.finfo(dtype).tiny)]
    trio = np.array(list(itertools.product(edges, repeat=3)), dtype)
    for n in (len(trio), 1, 5):
        x, z, p = np.ascontiguousarray(trio[-n:].T)
        for zero in (0.0, -0.0, np.zeros(n, dtype)):
            for reduction in REDUCTIONS:
                options = {"weight": zero, "pos_weight": p, "reduction": reduction, "return_grad": True}
                loss, gradient = binary(x, z, **options)
                assert not np.any(loss)
                assert not gradient.any()
    x, z = sample((60, 50), dtype), probabilities((60, 50), dtype)
    weight = (np.random.default_rng(3).random((60, 50)) < 0.5).astype(dtype)
    spoiled = np.where(weight == 0, np.resize(np.array([nan, inf, -inf], dtype), x.shape), x)
    wild = np.where(weight == 0, np.resize(np.array([nan, inf, 0.5], dtype), x.shape), z)
    for reduction in REDUCTIONS:
        want = binary(x, z, weight=weight, reduction=reduction, return_grad=True)
        found = binary(spoiled, wild, weight=weight, reduction=reduction, return_grad=True)
        for got, expected in zip(found, want, strict=True):
            np.testing.assert_array_equal(got, expected)


@each_float
def test_a_term_whose_factor_is_0_counts_for_nothing(dtype):
    big, limit = np.finfo(dtype).max, 2 * max(float(np.finfo(dtype).eps), 2.0**-52)
    for x, z, p, want, slope in (
        (inf, 1, 1, 0, 0),
        (-inf, 0, 1, 0, 0),
        (-inf, 1, 0, 0, 0),  # the positive answer has weight 0
        (-inf, 0.5, 0, 0, 0),
        (-inf, 0, inf, 0, 0),
        (-1, 0, inf, np.log1p(np.exp(-1)), 1 / (1 + np.e)),
        (-1, 0, nan, np.log1p(np.exp(-1)), 1 / (1 + np.e)),
        (-1, 0, big, np.log1p(np.exp(-1)), 1 / (1 + np.e)),
        (-inf, 1, 1, inf, -1),
        (inf, 0, 0, inf, 1),
    ):
        loss, gradient = binary(np.full(3, x, dtype), z, pos_weight=p, reduction="none", return_grad=True)
        np.testing.assert_allclose(loss.astype(float), want, rtol=limit)
        np.testing.assert_allclose(gradient.astype(float), slope, rtol=limit)
