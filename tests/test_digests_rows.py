"""No bit of row functions, their gradients and losses changes unseen: against tests/digests.txt, and the same bits on
any number of threads, along any axis, at any offset and stride."""

import digests
import numpy as np
import pytest
from registry import LOSSES, NATIVE, ROW_GRADIENTS, ROWS, same, sample
from test_digests import threads, unaligned

import fastact

__all__ = ["threads"]  # a fixture
pytestmark = [
    pytest.mark.each_isa,
    pytest.mark.skipif(not NATIVE, reason="promised by the kernels; NumPy's own functions decide otherwise"),
]

KEPT = digests.kept()
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
    by_rows = by_columns = 0
    for count, length in digests.ROWS:
        x = digests.rows(dtype, count, length)
        by_rows = digests.digest(np.asarray(f(x)), by_rows)
        y = np.asarray(f(np.ascontiguousarray(x.T), axis=0))
        by_columns = digests.digest(y.T, by_columns)
    assert by_rows == KEPT[f.name, dtype.name]
    assert by_columns == KEPT[f"{f.name}_columns", dtype.name]


@each_gradient
@each_type
@pytest.mark.parametrize("n", COUNTS)
def test_gradients_kept(name, dtype, n, threads):
    threads(n)
    f, by_rows, by_columns = ROW_GRADIENTS[name], 0, 0
    for count, length in digests.GRADIENT_ROWS:
        dy, y = digests.gradient_rows(name, dtype, count, length)
        by_rows = digests.digest(f(dy, y), by_rows)
        by_columns = digests.digest(f(*(np.ascontiguousarray(a.T) for a in (dy, y)), axis=0).T, by_columns)
    assert by_rows == by_columns == KEPT[name, dtype.name]


@each_type
@pytest.mark.parametrize("n", COUNTS)
def test_binary_cross_entropy_kept(dtype, n, threads):
    threads(n)
    f = fastact.binary_cross_entropy_with_logits
    for kernel, gradient in (("binary_cross_entropy", False), ("binary_cross_entropy_and_grad", True)):
        x, targets, weight, positive = digests.arguments(kernel, 4, dtype)
        options = {"weight": weight, "pos_weight": positive, "reduction": "none"}
        found = f(x, targets, return_grad=gradient, **options)
        for line, y in zip((kernel, f"{kernel}.1"), found if gradient else (found,), strict=False):
            assert digests.digest(y) == KEPT[line, dtype.name]


def operands(name, shape, dtype):
    """Of a loss, logits of several widths, and each kind of labels or targets."""
    x = sample(shape, dtype) * np.array([1, 0.1, 5, 30], dtype)[np.arange(shape[0]) % 4, None]
    rng = np.random.default_rng(1)
    shares = fastact.softmax(sample(shape, dtype, seed=2))
    return x, [shares, rng.integers(0, shape[1], shape[0]) if name == "cross_entropy" else rng.integers(0, 2, shape)]


def call(name, x, labels, reduction, axis=-1):
    along = {"axis": axis} if name == "cross_entropy" else {}
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
