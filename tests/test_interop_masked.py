"""numpy.ma: masks are kept, or refused where they would be lost."""

import numpy as np
import pytest
from interop import GATE_GRADIENTS, GATES, PAIRS, SINGLES, flat
from registry import ELEMENTWISE, same, sample

import fastact

elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)


def masked(seed=0, shape=(3, 4)):
    values = np.abs(sample(shape, seed=seed)) + 0.5
    return np.ma.array(values, mask=sample(shape, seed=seed + 9) > 1)


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8])
def test_elementwise(f, dtype):
    x = np.ma.array(sample(6, dtype), mask=[0, 1, 0, 0, 1, 0])
    y = f(x)
    assert isinstance(y, np.ma.MaskedArray)
    assert np.array_equal(np.ma.getmaskarray(y), np.ma.getmaskarray(x))
    same(y.data[~y.mask], f(x.data)[~x.mask])


@pytest.mark.parametrize("name", GATES)
def test_gates(name):
    f, a, b = GATES[name], masked(0), masked(1)
    y = f(a, b)
    assert np.array_equal(y.mask, a.mask | b.mask)
    same(y.data[~y.mask], f(a.data, b.data)[~y.mask])
    y = f(a)
    assert np.array_equal(y.mask, a.mask[:, :2] | a.mask[:, 2:])
    same(y.data[~y.mask], f(a.data)[~y.mask])


@pytest.mark.parametrize("name", GATE_GRADIENTS)
def test_gate_gradients(name):
    f, dy, a, b = GATE_GRADIENTS[name], masked(2), masked(0), masked(1)
    for got, want in zip(f(dy, a, b), f(dy.data, a.data, b.data), strict=True):
        assert np.array_equal(got.mask, dy.mask | a.mask | b.mask)
        same(got.data[~got.mask], want[~got.mask])
    half = masked(3, (3, 2))
    dx = f(half, a)
    either = half.mask | a.mask[:, :2] | a.mask[:, 2:]
    assert np.array_equal(dx.mask, np.concatenate([either, either], axis=1))
    same(dx.data[~dx.mask], f(half.data, a.data)[~dx.mask])
    for operands in ((dy, a, 2.0), (1.0, a, b[0]), (dy, a.data, b.data[:1])):
        with pytest.raises(TypeError, match=rf"fastact\.{name}: \w+ is a MaskedArray.*where=~\w+\.mask"):
            f(*operands)


def test_prelu_grad():
    x = masked(0)
    dx, dweight = fastact.prelu_grad(1.0, x, masked(1))
    assert np.array_equal(dx.mask, x.mask | masked(1).mask)
    assert np.array_equal(dweight.mask, dx.mask)
    for operands in ((1.0, x, 0.5), (x, x.data, 0.5), (1.0, x.data, masked(1)[0])):
        with pytest.raises(TypeError, match=r"fastact\.prelu_grad: \w+ is a MaskedArray.*where=~\w+\.mask"):
            fastact.prelu_grad(*operands)
    values = fastact.prelu_grad(1.0, -x.data, 0.5, where=~x.mask)
    same(np.asarray(values[1]), -x.data[~x.mask].sum())


REFUSED = [name for name in SINGLES if ("grad" not in name and name not in GATES) or "softmax_grad" in name]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a MaskedArray, whose mask would be ignored; pass "):
        SINGLES[name](masked())
    if name in ("softmax", "log_softmax", "logsumexp"):
        with pytest.raises(TypeError, match=r"where=~x\.mask"):
            SINGLES[name](masked())


@pytest.mark.parametrize("name", [name for name in PAIRS if name.split("-")[0] not in GATE_GRADIENTS])
def test_refused_beside_an_array(name):
    if name == "prelu_grad-weight":
        assert flat(PAIRS[name](sample((3, 4)), masked(1)))[0].mask.any()
        return
    with pytest.raises(TypeError, match=r"fastact\.\w+: \w+ is a MaskedArray, whose mask would be ignored"):
        PAIRS[name](sample((3, 4)), masked(1))


def test_labels():
    with pytest.raises(TypeError, match=r"labels is a MaskedArray.*ignore_index"):
        fastact.cross_entropy(sample((3, 4)), np.ma.array([0, 1, 2], mask=[0, 1, 0]))
    with pytest.raises(TypeError, match="weight is a MaskedArray"):
        fastact.cross_entropy(sample((3, 4)), [0, 1, 2], weight=np.ma.ones(4))
