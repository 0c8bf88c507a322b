"""No bit changes unseen: every public function against fastact/_check/digests.txt, which the C tests share; and the
same bits on any number of threads, at any offset, stride, length and position, in place or not.

A digest that no longer agrees is a change of some result: `make -C tests/c digests` accepts it, the commit says why.
"""

import numpy as np
import pytest
from registry import CHOICES, COMPUTING, NATIVE, ROWS, SEGMENTS, same
from registry import bits as bytes_of

import fastact
from fastact._check import bits, digests
from fastact._check.bits import TYPES, call
from fastact._reference import table

pytestmark = [
    pytest.mark.each_isa,
    pytest.mark.skipif(not NATIVE, reason="promised by the kernels; NumPy's own functions decide otherwise"),
]

KEPT = digests.kept()
# the first serves the row functions, their mask, bias and scale; the others the loss, tests/test_losses.py
NOT_PUBLIC = {"row_input", "binary_cross_entropy", "binary_cross_entropy_and_grad"}
NOT_PUBLIC |= {"focal", "focal_and_grad", "focal_hessian"}  # whose public function takes numbers
# functions whose lines have the kernels' names
OTHER_LINES = {"binary_cross_entropy_with_logits", "sigmoid_focal_loss"}
# from results that have lines; sample's draws: tests/test_sampling.py
MADE_BY_NUMPY = {"logmeanexp", "logcumsumexp", "logcumsumexp_grad", "sparsemax_grad", "entmax15_grad", "sample"}
MADE_BY_NUMPY |= {"entropy_grad", "expectation_grad", "kl_divergence_grad"}
LINES = {line for line, _ in KEPT}
OPERATIONS = sorted(table.UFUNCS)
operations = pytest.mark.parametrize("op", OPERATIONS)
each_type = pytest.mark.parametrize("dtype", TYPES, ids=str)


def inputs(op, dtype):
    """The inputs of an operation, as many as its kernel takes."""
    return digests.arguments(op, table.UFUNCS[op].nin, dtype)


@operations
@each_type
def test_kept(op, dtype):
    assert bits.differing(dtype, bits.elementwise(op, dtype)) == []


@pytest.fixture
def threads():
    before = fastact.get_num_threads()
    yield fastact.set_num_threads
    fastact.set_num_threads(before)


@operations
def test_threads(op, threads):
    for dtype in TYPES[:2]:
        arguments = inputs(op, dtype)
        found = []
        for n in (1, 2, 3, 7):
            threads(n)
            found.append([bytes_of(y) for y in call(op, arguments)])
        assert found[1:] == found[:1] * 3


def alike(found, want):
    for y, w in zip(found, want, strict=True):
        assert y.dtype == w.dtype
        with np.errstate(all="ignore"):  # a signalling NaN in a cast
            same(np.asarray(y).astype(np.float64), np.asarray(w).astype(np.float64))


def unaligned(a):
    """The same elements an odd number of bytes into memory."""
    memory = np.empty(a.nbytes + 1, np.uint8)
    memory[1:] = np.frombuffer(a.tobytes(), np.uint8)
    return memory[1:].view(a.dtype)


@operations
@each_type
def test_anywhere(op, dtype):
    rng = np.random.default_rng(len(op))
    whole = inputs(op, dtype)
    chosen = np.concatenate([np.arange(200), rng.integers(0, whole[0].size, 3001)])  # the edges too
    arguments = [a[chosen] for a in whole]
    want = call(op, arguments)

    def expect(found, where=slice(None)):
        alike(found, [w[where] for w in want])

    order = rng.permutation(chosen.size)
    expect(call(op, [a[order] for a in arguments]), order)
    expect(call(op, [unaligned(a) for a in arguments]))
    expect(call(op, [np.repeat(a, 3)[::3] for a in arguments]))
    mixed = [a[::-1] if i % 2 else np.repeat(a[::-1], 2)[::2] for i, a in enumerate(arguments)]
    expect(call(op, mixed), slice(None, None, -1))
    expect(call(op, [a.astype(a.dtype.newbyteorder()) if a.dtype.kind == "f" else a for a in arguments]))
    for step in (2, 7, -1, -5):
        expect(call(op, [a[::step] for a in arguments]), slice(None, None, step))
    for start in range(1, 34):
        stop = start + int(rng.integers(1, 140))
        expect(call(op, [a[start:stop] for a in arguments]), slice(start, stop))
    for i in range(0, 60):
        expect(call(op, [a[i] for a in arguments]), i)
        expect(call(op, [a[i : i + 1] for a in arguments]), slice(i, i + 1))


@operations
@each_type
def test_in_place(op, dtype):
    arguments = [a[:70_000] for a in inputs(op, dtype)]
    want = call(op, arguments)
    for j in range(len(arguments)):
        for o in range(len(want)):
            fresh = [a.copy() for a in arguments]
            out = tuple(fresh[j] if i == o else np.empty_like(w) for i, w in enumerate(want))
            found = call(op, fresh, out=out if len(out) > 1 else out[0])
            alike(found, want)


# ---- the file ----


def test_every_kernel_is_kept():
    from fastact._arrays import kernels

    assert set(kernels.registry()) <= LINES
    assert {f.name for f in ROWS} <= LINES


def test_every_function_is_kept():
    """make check-called, of tests/c, finds kernels that have no line."""
    kept = {line.partition("-")[0].partition(".")[0] for line in LINES}
    assert set(COMPUTING) | set(CHOICES) | set(SEGMENTS) == kept & set(fastact.__all__) | OTHER_LINES | MADE_BY_NUMPY


def test_every_kernel_is_public():
    from fastact._arrays import kernels

    assert set(kernels.registry()) - set(OPERATIONS) == NOT_PUBLIC


def test_digests_vary():
    one = {}
    for (line, dtype), digest in KEPT.items():
        one.setdefault((digest, dtype), []).append(line)
    alike = sorted(lines for lines in one.values() if len(lines) > 1 and not lines[1].endswith("_columns"))
    # the same function under two names; a gate's gradient by the other operand is the gate of dy
    assert all(
        {
            line.replace("prelu", "leaky_relu")
            .replace("glu_grad.1", "glu")
            .replace("soft_shrink_grad", "hard_shrink_grad")
            for line in lines
        }
        <= {lines[0]}
        for lines in alike
    )


def test_conversions_are_numpys():
    for dtype in TYPES[2:]:
        numbers = np.arange(1 << 16, dtype=np.uint16).view(dtype)
        assert KEPT["widen", dtype.name] == digests.digest(numbers)
        with np.errstate(all="ignore"):
            assert KEPT["narrow", dtype.name] == digests.digest(digests.walk(np.dtype(np.float32)).astype(dtype))
