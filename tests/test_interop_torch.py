"""PyTorch: tensors of the CPU in, tensors out, as numpy.exp does; others are refused by name."""

import numpy as np
import pytest
from interop import PAIRS, SINGLES, flat
from registry import ELEMENTWISE, same, sample

import fastact

torch = pytest.importorskip("torch")

elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
single = pytest.mark.parametrize("name", SINGLES)
pair = pytest.mark.parametrize("name", PAIRS)


def equal(got, want):
    for one, known in zip(flat(got), flat(want), strict=True):
        assert isinstance(one, torch.Tensor) or np.ndim(known) == 0
        same(np.asarray(one), np.asarray(known))


@elementwise
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.bool_])
def test_elementwise(f, dtype):
    x = sample((3, 4), dtype)
    y = f(torch.from_numpy(x))
    assert isinstance(y, torch.Tensor)
    same(y.numpy(), f(x))
    out = np.empty((3, 4))
    assert f(torch.from_numpy(x), out=out) is out


@single
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_one_tensor(name, dtype):
    x = sample((3, 4), dtype)
    equal(SINGLES[name](torch.from_numpy(x)), SINGLES[name](x))
    equal(SINGLES[name](torch.from_numpy(np.ascontiguousarray(x.T)).T), SINGLES[name](x))


@pair
def test_two_tensors(name):
    a, b = sample((3, 4)), np.abs(sample((3, 4), seed=1)) + 0.5
    want = PAIRS[name](a, b)
    equal(PAIRS[name](torch.from_numpy(a), torch.from_numpy(b)), want)
    equal(PAIRS[name](torch.from_numpy(a), b), want)


@single
def test_what_numpy_cannot_read(name):
    x = torch.from_numpy(sample((3, 4)))
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a Tensor that requires grad; pass \w+\.detach\(\)"):
        SINGLES[name](x.clone().requires_grad_())
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a Tensor of torch.bfloat16.*float\(\)"):
        SINGLES[name](x.bfloat16())
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a Tensor on .*cpu\(\)"):
        SINGLES[name](x.to("meta"))
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a Tensor on .*to_dense\(\)"):
        SINGLES[name](x.to_sparse())


@elementwise
def test_what_numpy_cannot_read_elementwise(f):
    x = torch.ones(3)
    for bad in (x.clone().requires_grad_(), x.bfloat16(), x.to("meta")):
        with pytest.raises(TypeError, match=rf"fastact\.{f.name}: x is a Tensor"):
            f(bad)


def test_one_row():
    x = torch.tensor([1.0, 2.0])
    y = fastact.logsumexp(x)
    assert isinstance(y, torch.Tensor)
    assert y.shape == ()
    assert fastact.softmax(x).dtype is torch.float32
