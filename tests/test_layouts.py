"""Operands of any layout: the bits of contiguous arrays, the shape and memory order of NumPy's own ufuncs."""

import numpy as np
import pytest
from registry import NATIVE, same, sample

import fastact

try:
    from numpy._core.umath import clip  # the one ufunc of three operands
except ImportError:  # before NumPy 2
    from numpy.core.umath import clip

# by the number of operands: a function, and a ufunc of NumPy's that takes as many
PAIRS = [
    (lambda x: fastact.silu(x), np.positive),
    (lambda dy, x: fastact.silu_grad(dy, x), np.add),
    (lambda dy, x, alpha: fastact.elu_grad(dy, x, alpha=alpha), clip),
]
TYPES = [np.float16, np.float32, np.float64]


def scattered(rng, shape, dtype):
    """An array of this shape whose axes lie in any order, with gaps, some of them backwards."""
    order = rng.permutation(len(shape))
    steps = rng.choice([1, 1, 2, -1], len(shape))
    memory = rng.normal(0, 2, [shape[a] * abs(steps[a]) + rng.integers(0, 3) for a in order]).astype(dtype)
    x = memory.transpose(np.argsort(order))
    x = x[tuple(slice(None, n * abs(step), abs(step)) for n, step in zip(shape, steps, strict=True))]
    return x[tuple(slice(None, None, -1 if step < 0 else 1) for step in steps)]


def strides(a):
    return [step for step, n in zip(a.strides, a.shape, strict=True) if n > 1] if a.size else []


def draw(rng, trial):
    """One to three operands that broadcast: many short axes, or one or two long ones."""
    if trial % 3:
        whole = rng.integers(0 if trial % 50 == 1 else 1, 7, rng.integers(1, 5))
    else:
        whole = rng.choice([1, 3, 130, 200], rng.integers(1, 3))
    operands = []
    for _ in range(rng.integers(1, 4)):
        kept = whole[rng.integers(0, len(whole)) if rng.random() < 0.3 else 0 :]
        operands.append(scattered(rng, [n if rng.random() < 0.8 else 1 for n in kept], TYPES[trial % len(TYPES)]))
    return operands


@pytest.mark.parametrize("seed", range(8))
def test_any_operands(seed):
    rng = np.random.default_rng(seed)
    for trial in range(300):
        operands = draw(rng, trial)
        f, ufunc = PAIRS[len(operands) - 1]
        got, alike = f(*operands), ufunc(*operands)
        same(got, f(*[np.array(a, order="C") for a in np.broadcast_arrays(*operands)]))
        if NATIVE and operands[0].dtype.kind == "f":
            assert strides(got) == strides(alike)
        out = scattered(rng, got.shape, got.dtype)
        if len(operands) == 1:
            assert fastact.silu(*operands, out=out) is out
            same(out, got)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(70_000, 5), (3_000, 127), (3_000, 129), (2, 200_001), (7, 11, 13, 15, 17)])
def test_threads(shape, dtype, threads):
    x, weight = (
        sample((*shape[:-1], shape[-1] + 3), np.float32).astype(dtype),
        sample((shape[-1],), seed=1).astype(dtype),
    )
    part = x[..., 2:-1]
    with fastact.num_threads(1):
        want = fastact.swish(part.copy(), beta=np.broadcast_to(weight, shape).copy())
    with fastact.num_threads(threads):
        same(fastact.swish(part, beta=weight), want)
        out = np.zeros_like(x)
        fastact.swish(part, out=out[..., 2:-1], beta=weight)
        same(out[..., 2:-1], want)
        assert not np.any(out[..., :2])
        assert not np.any(out[..., -1:])


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(33, 300), (257, 600), (3, 70, 260), (260, 2, 70)])
def test_opposing_orders(shape, dtype, threads):
    """Operands and results of which one is walked along its memory and another across."""
    x, dy = (sample(shape, np.float32, seed=seed).astype(dtype) for seed in (0, 1))
    want = fastact.silu_grad(dy, x)
    axes = np.argsort(np.roll(range(len(shape)), 1))
    across = np.array(x.T, order="C").T
    turned = np.array(x.transpose(axes), order="C").transpose(np.argsort(axes))
    with fastact.num_threads(threads):
        for other in (across, turned, across[::-1][::-1], np.array(across[:, ::-1], order="A")[:, ::-1]):
            same(fastact.silu_grad(dy, other), want)
            out = np.empty_like(other)
            fastact.silu_grad(dy, other, out=out)
            same(out, want)
            fastact.silu_grad(dy, x, out=out[::-1][::-1])
            same(out, want)
        if len(shape) == 2:
            assert not any(np.shares_memory(x, a) for a in (across, turned))
            fastact.silu_grad(dy, across, out=across)
            same(across, want)


def test_overlap():
    """Halves of every row are apart; what overlaps otherwise gives what a copy would."""
    x = sample((40, 60), np.float32)
    want = fastact.silu(x.copy())
    for axis in (0, 1):
        memory = x.copy()
        first, second = np.split(memory, 2, axis)
        fastact.silu(first, out=second)
        same(second, np.split(want, 2, axis)[0])
        same(first, np.split(x, 2, axis)[0])
    for source, target in [
        (np.s_[:, :40], np.s_[:, 1:41]),
        (np.s_[:39], np.s_[1:]),
        (np.s_[:, ::2], np.s_[:, 1::2]),
        (np.s_[::-1], np.s_[:]),
        (np.s_[:, :1], np.s_[:, :]),
        (np.s_[:30, :30], np.s_[5:35, 20:50]),
    ]:
        memory = x.copy()
        fastact.silu_grad(1.0, memory[source], out=memory[target])
        same(memory[target], np.broadcast_to(fastact.silu_grad(1.0, x[source].copy()), memory[target].shape))
    square = sample((40, 40), np.float32)
    memory = square.copy()
    fastact.silu(memory.T, out=memory)
    same(memory, fastact.silu(square.T.copy()))
    fastact.silu(memory[::2, ::3], out=memory[::2, ::3])


def test_unaligned():
    memory = np.zeros(4 * 60 + 1, np.uint8)[1:].view(np.float32).reshape(6, 10)
    memory[:] = sample((6, 10), np.float32)
    same(fastact.silu(memory), fastact.silu(memory.copy()))
    same(fastact.silu(memory[:, ::2]), fastact.silu(memory[:, ::2].copy()))


def test_shapes_that_do_not_fit():
    x = sample((4, 3))
    for dy, out in [(np.ones(4), None), (np.ones(3), np.zeros(3)), (np.ones(3), np.zeros((3, 4)))]:
        with pytest.raises(ValueError, match="broadcast"):
            fastact.silu_grad(dy, x[:, ::-1], out=out)
    wider = np.zeros((2, 4, 3))
    assert fastact.silu_grad(np.ones(3), x, out=wider) is wider
    same(wider[1], fastact.silu_grad(1.0, x))
