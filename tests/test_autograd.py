"""Every gradient and loss against PyTorch's autograd, in all parameters and broadcast forms.

Where PyTorch differs on purpose it is set right here, or listed in LIMITS.
"""

import numpy as np
import pytest
from registry import COMPUTING, GATED, GRADIENTS, LOSSES, OF_TWO, OTHER_ROWS, PAIRS, ROW_GRADIENTS, VARIANTS, sample

import fastact

torch = pytest.importorskip("torch")
functional = torch.nn.functional
inf, nan = np.inf, np.nan


def _function(name):
    return lambda x, **parameters: getattr(functional, name)(x, **parameters)


# PyTorch's own functions where it has them
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "log_sigmoid": functional.logsigmoid,
    "logit": torch.logit,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "relu6": functional.relu6,
    "leaky_relu": _function("leaky_relu"),
    "elu": _function("elu"),
    "celu": _function("celu"),
    "selu": functional.selu,
    # beyond its threshold, 20 by default, PyTorch's softplus is x and its derivative 1
    "softplus": lambda x, beta: functional.softplus(x, beta, threshold=1e4),
    "softsign": functional.softsign,
    "silu": functional.silu,
    "swish": lambda x, beta: x * torch.sigmoid(beta * x),
    "gelu": lambda x, approximate: (
        x * torch.sigmoid(1.702 * x) if approximate == "sigmoid" else functional.gelu(x, approximate=approximate)
    ),
    "mish": functional.mish,
    "hard_sigmoid": lambda x, slope, offset: (
        functional.hardsigmoid(x) if slope == 1 / 6 else (slope * x + offset).clamp(0, 1)
    ),
    "hard_silu": functional.hardswish,
    "hard_tanh": _function("hardtanh"),
    "hard_shrink": _function("hardshrink"),
    "soft_shrink": _function("softshrink"),
    "threshold": _function("threshold"),
    "relu_squared": lambda x: functional.relu(x) ** 2,
    "tanh_shrink": functional.tanhshrink,
    "softcap": lambda x, cap: cap * torch.tanh(x / cap),
    "squareplus": lambda x, b: (x + torch.sqrt(x * x + b)) / 2,
    "log1mexp": lambda x: torch.log(-torch.expm1(-x.abs())),
}
# with tensors as parameters, which PyTorch's functions refuse
OF_TENSORS = {
    "leaky_relu": lambda x, negative_slope: torch.where(x > 0, x, negative_slope * x),
    "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0))),
    "celu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0) / alpha)),
    "softplus": lambda x, beta: torch.logaddexp(torch.zeros((), dtype=x.dtype), beta * x) / beta,
    "swish": ACTIVATIONS["swish"],
    "hard_tanh": lambda x, min_val, max_val: torch.clamp(x, min_val, max_val),
    "hard_sigmoid": lambda x, slope, offset: (slope * x + offset).clamp(0, 1),
    "hard_shrink": lambda x, lambd: torch.where(x.abs() > lambd, x, 0),
    "soft_shrink": lambda x, lambd: torch.where(x.abs() > lambd, x - lambd * x.sign(), 0),
    "softcap": ACTIVATIONS["softcap"],
    "squareplus": ACTIVATIONS["squareplus"],
    "threshold": lambda x, threshold, value: torch.where(x > threshold, x, value),
}
GATES = {
    "glu": lambda a, b: a * torch.sigmoid(b),
    "swiglu": lambda a, b: functional.silu(a) * b,
    "geglu": lambda a, b: functional.gelu(a) * b,
    "reglu": lambda a, b: functional.relu(a) * b,
    "logaddexp": torch.logaddexp,
}


def sigmoid_focal(x, t, alpha=0.25, gamma=2.0):
    """torchvision's formula, of each element."""
    p = torch.sigmoid(x)
    loss = functional.binary_cross_entropy_with_logits(x, t, reduction="none")
    right = p * t + (1 - p) * (1 - t)
    return (alpha * t + (1 - alpha) * (1 - t)) * loss * (1 - right) ** gamma


def softmax_focal(x, labels, gamma=2.0):
    loss = functional.cross_entropy(x, labels, reduction="none")
    return (1 - torch.exp(-loss)) ** gamma * loss


LOSS = {
    "cross_entropy": functional.cross_entropy,
    "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
    "sigmoid_focal_loss": sigmoid_focal,
    "softmax_focal_loss": softmax_focal,
}
# PyTorch's 1/6 and alpha are float32
TOLERANCE = {"hard_sigmoid": 1e-7, "celu": 1e-6}


def tensor(a):
    return torch.from_numpy(np.array(a)).requires_grad_()


def close(got, want, tolerance=1e-9):
    want = want.detach().numpy()
    assert np.shape(got) == want.shape
    if want.dtype == np.float32:
        tolerance = 2e-5
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance / 100)


def test_every_gradient_is_compared():
    names = {f.name.removesuffix("_grad") for f in GRADIENTS}
    assert names == set(ACTIVATIONS)
    assert {f.name.removesuffix("_grad") for f in GRADIENTS if f.parameters} == set(OF_TENSORS)
    assert {f"{name}_grad" for name in (*ACTIVATIONS, *GATES)} | PAIRS | set(ROW_GRADIENTS) == {
        name for name in COMPUTING if name.endswith("_grad") and name not in OTHER_ROWS
    }
    assert {*GATES, *(f"{name}_grad" for name in GATES)} == {*GATED, *OF_TWO}
    assert set(LOSS) == set(LOSSES)


def values(f, shape, seed=0):
    x = sample(shape, seed=seed)
    return 1 / (1 + np.exp(-x)) if f.oracle.domain[0] == 0 else x


@pytest.mark.parametrize("f", [f for f in VARIANTS if f.is_gradient], ids=lambda case: case.id)
def test_elementwise(f):
    name = f.name.removesuffix("_grad")
    keywords = dict(f.keywords) | {key: float(value) for key, value in f.parameters}
    tolerance = TOLERANCE.get(name, 1e-9)
    corners = np.array([-3.0, -1, 0, 1, 3, 6]) if f.oracle.domain[0] < 0 else np.array([0.5])
    corners = corners[corners != 0] if name == "log1mexp" else corners  # where it is infinite, and PyTorch's is NaN
    given = tuple(keywords.pop(key) for key in ("weight",) if key in keywords)
    for x, dy in (
        (np.concatenate([values(f, 200), corners]), None),
        (values(f, (6, 1)), sample((6, 7), seed=1)),
        (values(f, (6, 7)), sample(7, seed=1)),
        (values(f, (2, 6, 7)), np.float64(1.5)),
    ):
        dy = sample(x.shape, seed=1) if dy is None else dy
        for dtype in (np.float64, np.float32):
            shape = np.broadcast_shapes(x.shape, np.shape(dy))
            whole = tensor(np.broadcast_to(x.astype(dtype), shape))
            y = ACTIVATIONS[name](whole, *given, **keywords)
            (want,) = torch.autograd.grad(y, whole, torch.from_numpy(np.array(np.broadcast_to(dtype(dy), shape))))
            if dtype == np.float32 and name in ("gelu", "softcap"):
                continue  # PyTorch's loses its digits in the tail
            close(f.vjp(dtype(dy), x.astype(dtype)), want, tolerance)


@pytest.mark.parametrize("f", [f for f in GRADIENTS if f.parameters], ids=lambda case: case.id)
def test_parameters_broadcast(f):
    name = f.name.removesuffix("_grad")
    x, dy = sample((5, 4, 3)), sample((5, 4, 3), seed=1)
    for shape in ((3,), (4, 1), (5, 1, 1), (5, 4, 3)):
        scales = np.random.default_rng(2).uniform(0.5, 2, shape)
        given = {key: value * scales for key, value in f.parameters}
        y = tensor(x)
        tensors = {key: torch.from_numpy(value) for key, value in given.items()}
        (want,) = torch.autograd.grad(OF_TENSORS[name](y, **tensors), y, torch.from_numpy(dy))
        close(f.vjp(dy, x, **given), want)


def test_prelu():
    for shape in ((1,), (3, 1), (5,), (4, 1, 1), (4, 3, 5), ()):
        x, dy = sample((4, 3, 5)), sample((4, 3, 5), seed=1)
        weight = sample(shape, seed=2) if shape else np.array(0.3)
        tensors = [tensor(x), tensor(weight)]
        y = torch.where(tensors[0] > 0, tensors[0], tensors[1] * tensors[0])
        got = fastact.prelu_grad(dy, x, weight)
        for result, want in zip(got, torch.autograd.grad(y, tensors, torch.from_numpy(dy)), strict=True):
            close(result, want)
    tensors = [tensor(x), tensor(sample(3, seed=2))]
    want = torch.autograd.grad(functional.prelu(*tensors), tensors, torch.from_numpy(dy))
    dx, dweight = fastact.prelu_grad(dy, x, sample(3, seed=2)[:, None])
    close(dx, want[0])
    close(dweight[:, 0], want[1])


@pytest.mark.parametrize("name", GATES)
def test_gated(name):
    gradient = getattr(fastact, f"{name}_grad")
    for dtype in (np.float64, np.float32):
        for first, second in (((5, 4, 3),) * 2, ((3,), (5, 4, 1)), ((4, 1), (3,)), ((), (4, 3)), ((5, 1, 1), (1, 1))):
            a, b = tensor(sample(first).astype(dtype)), tensor(sample(second, seed=1).astype(dtype))
            y = GATES[name](a, b)
            dy = sample(y.shape, dtype, seed=2)
            wants = torch.autograd.grad(y, (a, b), torch.from_numpy(dy))
            if dtype == np.float64 or name != "geglu":
                for got, want in zip(gradient(dy, a.detach().numpy(), b.detach().numpy()), wants, strict=True):
                    close(got, want)
    x = sample((6, 4, 8))
    for axis in (0, 1, -1) if name in GATED else ():
        whole = tensor(x)
        y = functional.glu(whole, axis) if name == "glu" else GATES[name](*whole.chunk(2, axis))
        for dy in (sample(y.shape, seed=3), np.float64(0.5)):
            (want,) = torch.autograd.grad(y, whole, torch.from_numpy(np.array(np.broadcast_to(dy, y.shape))), True)
            close(gradient(dy, x, axis=axis), want)


@pytest.mark.parametrize("name", ROW_GRADIENTS)
def test_rows(name):
    forward, gradient = getattr(fastact, name.removesuffix("_grad")), ROW_GRADIENTS[name]
    reference = getattr(torch, name.removesuffix("_grad"))
    x = sample((5, 4, 6))
    mask = sample((4, 6), seed=4) > -2
    mask[:, 0] = True
    for axis in (0, 1, -1):
        for dy in (sample((5, 4, 6), seed=1), sample((4, 1), seed=1), np.float64(0.5)):
            given = tensor(x)
            whole = np.array(np.broadcast_to(dy, x.shape))
            (want,) = torch.autograd.grad(reference(given, axis), given, torch.from_numpy(whole))
            close(gradient(dy, forward(x, axis), axis), want)
    flat = tensor(x)
    whole = reference(flat.transpose(0, 1).reshape(4, 30), -1)
    dy = sample((4, 30), seed=1)
    (want,) = torch.autograd.grad(whole, flat, torch.from_numpy(dy))
    place = dy.reshape(4, 5, 6).transpose(1, 0, 2)
    close(gradient(place, forward(x, (0, 2)), (0, 2)), want)
    # mask, bias and scale: the derivative of scale * x + bias follows
    given = tensor(x)
    scaled = (0.5 * given + torch.from_numpy(x[0])).masked_fill(torch.from_numpy(~mask), -inf)
    dy = np.where(mask, sample((5, 4, 6), seed=2), 0)
    (want,) = torch.autograd.grad(reference(scaled, -1), given, torch.from_numpy(dy))
    y = forward(x, where=mask, bias=x[0], scale=0.5)
    close(0.5 * gradient(dy, y), want)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_cross_entropy(reduction):
    rng = np.random.default_rng(0)
    for shape, axis in (((7, 5), -1), ((4, 5, 3), 1), ((5,), 0), ((2, 5, 3, 2), 1)):
        rows = tuple(np.delete(shape, axis))
        labels = rng.integers(0, 5, rows)
        ignored = np.where(rng.random(rows) < 0.4, -100, labels)
        if ignored.ndim:
            ignored.flat[0] = 2
        share = np.moveaxis(rng.dirichlet(np.ones(5), rows), -1, axis)
        for dtype in (np.float64, np.float32)[: 1 + (axis == -1)]:
            for given in (labels, ignored, share.astype(dtype)):
                for weight in (None, rng.random(5).astype(dtype)):
                    for smoothing in (0.0, 0.3):
                        x = tensor(sample(shape, dtype))
                        options = {"label_smoothing": smoothing, "reduction": reduction}
                        loss = functional.cross_entropy(
                            x,
                            torch.from_numpy(np.array(given)),
                            weight=None if weight is None else torch.from_numpy(weight),
                            **options,
                        )
                        (slope,) = torch.autograd.grad(loss.sum(), x)
                        got = fastact.cross_entropy(
                            x.detach().numpy(), given, axis=axis, weight=weight, return_grad=True, **options
                        )
                        close(got[0], loss)
                        close(got[1], slope)
    x = tensor(sample((7, 5)))
    labels = rng.integers(0, 5, 7)
    loss = functional.cross_entropy(x, torch.from_numpy(labels), ignore_index=2, reduction=reduction)
    (slope,) = torch.autograd.grad(loss.sum(), x)
    got = fastact.cross_entropy(x.detach().numpy(), labels, ignore_index=2, reduction=reduction, return_grad=True)
    close(got[0], loss)
    close(got[1], slope)


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_binary_cross_entropy(reduction):
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.float32):
        for shape, second in (((6, 4), (6, 4)), ((6, 4), (4,)), ((6, 4), (6, 1)), ((6, 4), ()), ((3, 6, 4), (6, 1))):
            for weight, pos_weight in ((None, None), ((4,), None), (None, (4,)), ((6, 1), ()), ((6, 4), (6, 4))):
                x = tensor(sample(shape).astype(dtype))
                z = rng.random(second).astype(dtype) if second else dtype(rng.random())
                options = {
                    key: np.asarray(rng.random(factors), dtype)
                    for key, factors in (("weight", weight), ("pos_weight", pos_weight))
                    if factors is not None
                }
                # PyTorch wants logits and targets of one shape
                loss = functional.binary_cross_entropy_with_logits(
                    x,
                    torch.from_numpy(np.array(np.broadcast_to(z, shape))),
                    reduction=reduction,
                    **{key: torch.from_numpy(a) for key, a in options.items()},
                )
                (slope,) = torch.autograd.grad(loss.sum(), x)
                got = fastact.binary_cross_entropy_with_logits(
                    x.detach().numpy(), z, reduction=reduction, return_grad=True, **options
                )
                close(got[0], loss)
                close(got[1], slope)


@pytest.mark.parametrize("name", ["sigmoid_focal_loss", "softmax_focal_loss"])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_focal(name, reduction):
    rng = np.random.default_rng(0)
    for gamma in (0.5, 1.0, 2.0, 5.0):
        x = tensor(sample((6, 4)))
        answers = rng.integers(0, 4, 6) if name == "softmax_focal_loss" else rng.random((6, 4))
        loss = LOSS[name](x, torch.from_numpy(answers), gamma=gamma)
        loss = loss if reduction == "none" else getattr(loss, reduction)()
        (slope,) = torch.autograd.grad(loss.sum(), x)
        got = LOSSES[name](x.detach().numpy(), answers, gamma=gamma, reduction=reduction, return_grad=True)
        close(got[0], loss)
        close(got[1], slope)


# Where PyTorch gives NaN (versions differ), fastact gives the limit: gradients with respect to x at dy = 1
LIMITS = {
    ("silu_grad", -inf): 0,
    ("gelu_grad", -inf): 0,
    ("gelu_grad", inf): 1,
    ("mish_grad", -inf): 0,
    ("softsign_grad", inf): 0,
    ("swish_grad", -inf): 0,
}


@pytest.mark.parametrize(("name", "x"), LIMITS, ids=str)
def test_limits_where_pytorch_gives_nan(name, x):
    assert getattr(fastact, name)(1.0, x) == LIMITS[name, x]


def test_zero_probability_counts_for_nothing():
    """PyTorch multiplies 0 by the infinite logarithm."""
    x, share = np.array([[0.0, -inf, 1.0]]), np.array([[0.5, 0.0, 0.5]])
    assert torch.isnan(functional.cross_entropy(torch.from_numpy(x), torch.from_numpy(share)))
    np.testing.assert_allclose(fastact.cross_entropy(x, share), np.log1p(np.e) - 0.5)
    one = torch.tensor(1.0)
    assert torch.isnan(functional.binary_cross_entropy_with_logits(torch.tensor(inf), one))
    assert fastact.binary_cross_entropy_with_logits(inf, 1) == 0
