"""No bit of row functions, their gradients and losses changes unseen: against fastact/_check/digests.txt, and the same
bits on any number of threads, along any axis, at any offset and stride."""

import inspect

import numpy as np
import pytest
from registry import LOSSES, NATIVE, ROW_GRADIENTS, ROWS, same, sample
from test_digests import threads, unaligned

import fastact
from fastact._check import bits

__all__ = ["threads"]  # a fixture
pytestmark = [
    pytest.mark.each_isa,
    pytest.mark.skipif(not NATIVE, reason="promised by the kernels; NumPy's own functions decide otherwise"),
]

COUNTS = (1, 2, 3, 7)
TYPES = [np.dtype(np.float32), np.dtype(np.float64)]
each_type = pytest.mark.parametrize("dtype", TYPES, ids=str)
each_gradient = pytest.mark.parametrize("name", sorted(ROW_GRADIENTS))
each_loss = pytest.mark.parametrize("name", sorted(LOSSES))


@pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", TYPES[:2], ids=str)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_rows_kept(f, dtype, n, threads):
    threads(n)
    assert bits.differing(dtype, bits.rows(f.name, dtype)) == []


@each_gradient
@each_type
@pytest.mark.parametrize("n", COUNTS)
def test_gradients_kept(name, dtype, n, threads):
    threads(n)
    assert bits.differing(dtype, bits.row_gradients(name, dtype)) == []


@each_type
@pytest.mark.parametrize("n", COUNTS)
def test_information_kept(dtype, n, threads):
    threads(n)
    for name in bits.INFORMATION:
        assert bits.differing(dtype, bits.information(name, dtype)) == []
    for name in bits.VECTORS:
        assert bits.differing(dtype, bits.averages(name, dtype)) == []
    for name in bits.WEIGHTED if dtype == np.float64 else ():
        assert bits.differing(dtype, bits.weighted(name, dtype)) == []
    for name in bits.LARGEST:
        assert bits.differing(dtype, bits.largest(name, dtype)) == []


@each_type
@pytest.mark.parametrize("n", COUNTS)
def test_binary_cross_entropy_kept(dtype, n, threads):
    threads(n)
    for kernel in bits.BINARY:
        assert bits.differing(dtype, bits.binary_cross_entropy(kernel, dtype)) == []


def operands(name, shape, dtype):
    """Of a loss, logits of several widths, and each kind of labels or targets."""
    x = sample(shape, dtype) * np.array([1, 0.1, 5, 30], dtype)[np.arange(shape[0]) % 4, None]
    rng = np.random.default_rng(1)
    shares = fastact.softmax(sample(shape, dtype, seed=2))
    if "axis" not in inspect.signature(LOSSES[name]).parameters:
        return x, [shares, rng.integers(0, 2, shape)]
    labels = rng.integers(0, shape[1], shape[0])
    return x, [labels] if name == "softmax_focal_loss" else [shares, labels]


def call(name, x, labels, reduction, axis=-1):
    along = {"axis": axis} if "axis" in inspect.signature(LOSSES[name]).parameters else {}
    return LOSSES[name](x, labels, reduction=reduction, return_grad=True, **along)


@each_loss
@each_type
@pytest.mark.parametrize("shape", [(30_000, 10), (300, 1000), (3, 60_001)], ids=str)
def test_losses_on_threads(name, dtype, shape, threads):
    x, kinds = operands(name, shape, dtype)
    for labels in kinds:
        for reduction in ("none", "mean", "sum"):
            found = []
            for n in COUNTS:
                threads(n)
                found.append([np.asarray(y) for y in call(name, x, labels, reduction)])
            for other in found[1:]:
                for y, want in zip(other, found[0], strict=True):
                    same(y, want)


@each_loss
@each_type
@pytest.mark.parametrize("shape", [(50, 7), (37, 33), (5, 5001)], ids=str)
def test_losses_anywhere(name, dtype, shape):
    x, kinds = operands(name, shape, dtype)
    for labels in kinds:
        want = call(name, x, labels, "none")

        def expect(found, turned=False, want=want):
            for y, w in zip(found, want, strict=True):
                same(y.T if turned and y.ndim == 2 else y, w)

        full = labels.ndim == 2
        expect(call(name, unaligned(x).reshape(shape), unaligned(labels).reshape(labels.shape), "none"))
        expect(call(name, np.asfortranarray(x), np.asfortranarray(labels), "none"))
        expect(call(name, np.repeat(x, 3, axis=1)[:, ::3], np.repeat(labels, 2, axis=0)[::2], "none"))
        expect(call(name, x[::-1].copy()[::-1], labels[::-1].copy()[::-1], "none"))
        expect(call(name, x.T, labels.T if full else labels, "none", 0), True)
        expect(call(name, np.ascontiguousarray(x.T), labels.T.copy() if full else labels, "none", 0), True)
        for start in range(1, 4):
            pieces = [call(name, x[i : i + start], labels[i : i + start], "none") for i in range(0, len(x), start)]
            expect([np.concatenate(parts) for parts in zip(*pieces, strict=True)])
