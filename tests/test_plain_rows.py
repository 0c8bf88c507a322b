"""Plain arrays along their last axis take a shorter way: the same results and the same messages as any other call."""

import numpy as np
import pytest
from registry import same, sample

import fastact

pytestmark = pytest.mark.each_isa
nan, inf = np.nan, np.inf
ONE = np.float64(1)  # a scale that is no Python number: the way of any call


def rows(dtype, shape=(7, 40)):
    x = 3 * sample(shape, dtype)
    flat = x.reshape(-1, shape[-1])
    flat[0, -1], flat[1 % len(flat), 0] = -inf, nan
    flat[2 % len(flat)] = -inf
    flat[3 % len(flat), shape[-1] // 2] = inf
    return x


CALLS = {
    "top_k": lambda x, **o: fastact.top_k(x, min(3, x.shape[-1]), **o),
    "top_k of logarithms": lambda x, **o: fastact.top_k(x, x.shape[-1], log=True, **o),
    "log_prob": lambda x, **o: fastact.log_prob(x, np.arange(x[..., 0].size).reshape(x.shape[:-1]) % x.shape[-1], **o),
    "sample": lambda x, **o: fastact.sample(np.nan_to_num(x), np.random.default_rng(5), **o),
    "entropy": fastact.entropy,
    "expectation of classes": lambda x, **o: fastact.expectation(x, np.arange(x.shape[-1]), **o),
    "expectation of elements": lambda x, **o: fastact.expectation(x, x[..., ::-1].copy(), **o),
    "expectation of vectors": lambda x, **o: fastact.expectation(
        x, sample((1,) * (x.ndim - 1) + (x.shape[-1], 21), x.dtype), **o
    ),
    "sparsemax": fastact.sparsemax,
    "entmax15": fastact.entmax15,
    "logmeanexp": fastact.logmeanexp,
    "logsumexp_grad": lambda x, **o: fastact.logsumexp_grad(x[..., 0].copy(), x, **o),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7, 40), (2, 3, 5), (9,), (300, 1), (1, 5000)])
@pytest.mark.parametrize("name", CALLS)
def test_the_same_result(name, shape, dtype):
    x, call = rows(dtype, shape), CALLS[name]
    found, want = call(x), call(x, scale=ONE)
    assert type(found) is type(want)
    if not isinstance(found, tuple):
        found, want = (found,), (want,)
    for a, b in zip(found, want, strict=True):
        assert type(a) is type(b)
        same(a, b)


def test_divergence():
    x, y = rows(np.float32), sample((7, 40), np.float32)
    same(fastact.kl_divergence(x, y), fastact.kl_divergence(np.asfortranarray(x), y))
    same(fastact.kl_divergence(y, y), np.zeros(7, np.float32))
    same(fastact.kl_divergence(y, y + np.float32(1e-4)), fastact.kl_divergence(y.T, (y + np.float32(1e-4)).T, 0))


def test_the_same_messages():
    x = np.zeros((2, 3))
    for call in (
        lambda **o: fastact.log_prob(x, np.array([0, 3]), **o),
        lambda **o: fastact.log_prob(x, np.array([0, -1]), **o),
        lambda **o: fastact.log_prob(x, np.array([0, 1, 2]), **o),
        lambda **o: fastact.top_k(x, 4, **o),
        lambda **o: fastact.top_k(x, -1, **o),
        lambda **o: fastact.top_k(x, True, **o),
        lambda **o: fastact.sample(np.full((2, 3), -inf), np.random.default_rng(1), **o),
        lambda **o: fastact.sample(x, np.random.RandomState(1), **o),
        lambda **o: fastact.expectation(x, np.zeros(2), **o),
        lambda **o: fastact.expectation(x, np.zeros((3, 4)), **o),
    ):
        messages = []
        for options in ({}, {"scale": ONE}):
            with pytest.raises((TypeError, ValueError)) as caught:
                call(**options)
            messages.append(str(caught.value))
        assert messages[0] == messages[1]


def test_the_generator_goes_on_alike():
    x, plain, other = np.zeros((4, 6)), np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(3):
        same(fastact.sample(x, plain), fastact.sample(x, other, scale=ONE))
    assert plain.random() == other.random()
