"""PyTorch on tensors that share the arrays' memory, in inference mode; gradients by the operators of its backward pass.

Its backward operators of sigmoid and tanh take the output, which here is computed from x as fastact does.
"""

# mypy: ignore-errors

from functools import lru_cache, partial

import ml_dtypes
import numpy as np
import torch
from torch.nn import functional as F

from fastact._benchmark import arrays
from fastact._benchmark.contenders import masked

aten = torch.ops.aten


def set_threads(threads):
    torch.set_num_threads(threads)


def _tensor(x):
    if x.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(x.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(x)


def _array(t):
    if isinstance(t, (tuple, list)):
        return tuple(_array(part) for part in t)
    return t.view(torch.int16).numpy().view(ml_dtypes.bfloat16) if t.dtype == torch.bfloat16 else t.numpy()


def _through(call):
    def run(*operands):
        with torch.inference_mode():
            return _array(call(*map(_tensor, operands)))

    return run


def _into(call):
    def run(out, *operands):
        with torch.inference_mode():
            ready = tuple(map(_tensor, out)) if isinstance(out, tuple) else _tensor(out)
            call(*map(_tensor, operands), out=ready)

    return run


def _with_gradient(loss):
    def run(logits, labels):
        x = torch.from_numpy(logits).requires_grad_()
        value = loss(x, torch.from_numpy(labels))
        value.backward()
        return value.detach().numpy()[()], x.grad.numpy()

    return run


@lru_cache(maxsize=2)
def _hidden(mask, shape):
    return torch.from_numpy(~mask(shape, None))


def _masked(x, mask):
    return x.masked_fill(_hidden(mask, tuple(x.shape)), -torch.inf)


def _biased(x):
    return x + _tensor(arrays.bias(tuple(x.shape), arrays.as_dtype(str(x.dtype).removeprefix("torch."))))


def _layer(call):
    """A function of a layer's product, with a scale and a bias for each unit."""

    def run(x, **out):
        return call(torch.add(_units(x), x, alpha=arrays.SCALE, **out), **out)

    return run


def _units(x):
    return _tensor(arrays.units(tuple(x.shape), arrays.as_dtype(str(x.dtype).removeprefix("torch."))))


def _prelu_grad(dy, x, weight):
    dx, dweight = aten._prelu_kernel_backward(dy, x, weight)
    return dx, dweight.sum_to_size(weight.shape)


def _softmax_grad(dy, y, axis=-1):
    return torch._softmax_backward_data(dy, y, axis, y.dtype)


# ---- into ready arrays ----


def _backward(operator, *more):
    """An operator of (dy, x, *more) that stores into `out`."""
    return lambda dy, x, out: operator.grad_input(dy, x, *more, grad_input=out)


def _elu_grad_into(alpha, scale):
    return lambda dy, x, out: aten.elu_backward.grad_input(dy, alpha, scale, 1.0, False, x, grad_input=out)


def _log_sigmoid_grad_into(dy, x, out):
    aten.log_sigmoid_backward.grad_input(dy, x, *aten.log_sigmoid_forward(x)[1:], grad_input=out)


def _glu_grad_into(dy, a, b, out):
    s = torch.sigmoid(b)
    torch.mul(dy, s, out=out[0])
    aten.sigmoid_backward.grad_input(torch.mul(dy, a, out=out[1]), s, grad_input=out[1])


def _gate_grad_into(activation, backward):
    """That of activation(a) * b."""

    def run(dy, a, b, out):
        backward(torch.mul(dy, b, out=out[0]), a, out=out[0])
        activation(a, out=out[1]).mul_(dy)

    return run


def _softmax_grad_into(operator, axis=-1):
    return lambda dy, y, out: operator.out(dy, y, axis, y.dtype, **{operator.out._schema.arguments[-1].name: out})


def _top_k(k):
    return lambda x: tuple(torch.softmax(x, -1).topk(k))


SELU = 1.0507009873554805, 1.6732632423543772
BCE = F.binary_cross_entropy_with_logits


def _sigmoid_focal(x, t):
    """torchvision's formula."""
    p, loss = torch.sigmoid(x), BCE(x, t, reduction="none")
    right = p * t + (1 - p) * (1 - t)
    return ((0.25 * t + 0.75 * (1 - t)) * (loss * (1 - right) ** 2)).mean()


def _softmax_focal(x, labels):
    loss = F.cross_entropy(x, labels, reduction="none")
    return ((1 - torch.exp(-loss)) ** 2 * loss).mean()


NEW = {
    "sigmoid": torch.sigmoid,
    "log_sigmoid": F.logsigmoid,
    "logit": torch.logit,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "prelu": torch.prelu,
    "elu": F.elu,
    "celu": F.celu,
    "selu": F.selu,
    "softplus": F.softplus,
    "softsign": F.softsign,
    "silu": F.silu,
    "swish": F.silu,
    "gelu": F.gelu,
    "gelu tanh": partial(F.gelu, approximate="tanh"),
    "gelu sigmoid": lambda x: x * torch.sigmoid(1.702 * x),
    "mish": F.mish,
    "hard_sigmoid": F.hardsigmoid,
    "hard_silu": F.hardswish,
    "hard_tanh": F.hardtanh,
    "hard_shrink": F.hardshrink,
    "soft_shrink": F.softshrink,
    "tanh_shrink": F.tanhshrink,
    "threshold": lambda x: F.threshold(x, 0.1, 20.0),
    "softcap": lambda x: 30 * torch.tanh(x / 30),
    "relu_squared": lambda x: torch.relu(x).square(),
    "logaddexp": torch.logaddexp,
    "sigmoid_grad": lambda dy, x: aten.sigmoid_backward(dy, torch.sigmoid(x)),
    "tanh_grad": lambda dy, x: aten.tanh_backward(dy, torch.tanh(x)),
    "log_sigmoid_grad": lambda dy, x: aten.log_sigmoid_backward(dy, x, *aten.log_sigmoid_forward(x)[1:]),
    "logit_grad": lambda dy, x: aten.logit_backward(dy, x, None),
    "relu_grad": lambda dy, x: aten.threshold_backward(dy, x, 0),
    "relu6_grad": lambda dy, x: aten.hardtanh_backward(dy, x, 0, 6),
    "leaky_relu_grad": lambda dy, x: aten.leaky_relu_backward(dy, x, 0.01, False),
    "prelu_grad": _prelu_grad,
    "elu_grad": lambda dy, x: aten.elu_backward(dy, 1.0, 1.0, 1.0, False, x),
    "celu_grad": lambda dy, x: aten.elu_backward(dy, 1.0, 1.0, 1.0, False, x),
    "selu_grad": lambda dy, x: aten.elu_backward(dy, SELU[1], SELU[0], 1.0, False, x),
    "softplus_grad": lambda dy, x: aten.softplus_backward(dy, x, 1.0, 20.0),
    "softsign_grad": lambda dy, x: dy / (1 + x.abs()) ** 2,
    "silu_grad": aten.silu_backward,
    "swish_grad": aten.silu_backward,
    "gelu_grad": aten.gelu_backward,
    "gelu_grad tanh": partial(aten.gelu_backward, approximate="tanh"),
    "mish_grad": aten.mish_backward,
    "hard_sigmoid_grad": aten.hardsigmoid_backward,
    "hard_silu_grad": aten.hardswish_backward,
    "hard_tanh_grad": lambda dy, x: aten.hardtanh_backward(dy, x, -1, 1),
    "glu": lambda a, b: a * torch.sigmoid(b),
    "swiglu": lambda a, b: F.silu(a) * b,
    "geglu": lambda a, b: F.gelu(a) * b,
    "reglu": lambda a, b: torch.relu(a) * b,
    "glu_grad": lambda dy, a, b: (dy * (s := torch.sigmoid(b)), aten.sigmoid_backward(dy * a, s)),
    "swiglu_grad": lambda dy, a, b: (aten.silu_backward(dy * b, a), dy * F.silu(a)),
    "geglu_grad": lambda dy, a, b: (aten.gelu_backward(dy * b, a), dy * F.gelu(a)),
    "reglu_grad": lambda dy, a, b: (aten.threshold_backward(dy * b, a, 0), dy * torch.relu(a)),
    "softmax": partial(torch.softmax, dim=-1),
    "softmax axis 1": partial(torch.softmax, dim=1),
    "log_softmax": partial(torch.log_softmax, dim=-1),
    "log_softmax axis 1": partial(torch.log_softmax, dim=1),
    "logsumexp": partial(torch.logsumexp, dim=-1),
    "softmax_grad": _softmax_grad,
    "softmax_grad axis 1": partial(_softmax_grad, axis=1),
    "log_softmax_grad": lambda dy, y: aten._log_softmax_backward_data(dy, y, -1, y.dtype),
    **{f"top_k {k}": _top_k(k) for k in (1, 5, 50)},
    "entropy": lambda x: -(torch.softmax(x, -1) * torch.log_softmax(x, -1)).sum(-1),
    "expectation": lambda x, values: torch.softmax(x, -1) @ values,
    "kl_divergence": lambda x, y: F.kl_div(
        torch.log_softmax(y, -1), torch.log_softmax(x, -1), reduction="none", log_target=True
    ).sum(-1),
    "log_prob": lambda x, labels: -F.cross_entropy(x, labels, reduction="none"),
    "cross_entropy": F.cross_entropy,
    "binary_cross_entropy_with_logits": BCE,
    "sigmoid_focal_loss": _sigmoid_focal,
    "softmax_focal_loss": _softmax_focal,
}
NEW |= masked.functions({name: NEW[name] for name in ("softmax", "log_softmax", "logsumexp")}, _biased, _masked)
NEW |= {f"{name} of a layer": _layer(NEW[name]) for name in ("gelu", "sigmoid", "silu", "tanh", "relu", "softplus")}
OUT = {
    "sigmoid": torch.sigmoid,
    "log_sigmoid": aten.log_sigmoid.out,
    "logit": torch.logit,
    "tanh": torch.tanh,
    "leaky_relu": aten.leaky_relu.out,
    "elu": aten.elu.out,
    "softplus": aten.softplus.out,
    "silu": aten.silu.out,
    "swish": aten.silu.out,
    "gelu": aten.gelu.out,
    "gelu tanh": partial(aten.gelu.out, approximate="tanh"),
    "mish": aten.mish.out,
    "hard_sigmoid": aten.hardsigmoid.out,
    "hard_silu": aten.hardswish.out,
    "hard_tanh": aten.hardtanh.out,
    "relu": lambda x, out: torch.clamp_min(x, 0, out=out),
    "relu6": lambda x, out: torch.clamp(x, 0, 6, out=out),
    "swiglu": lambda a, b, out: torch.mul(aten.silu.out(a, out=out), b, out=out),
    "glu": lambda a, b, out: torch.mul(torch.sigmoid(b, out=out), a, out=out),
    "geglu": lambda a, b, out: torch.mul(aten.gelu.out(a, out=out), b, out=out),
    "reglu": lambda a, b, out: torch.mul(torch.clamp_min(a, 0, out=out), b, out=out),
    "celu": aten.elu.out,
    "selu": lambda x, out: aten.elu.out(x, SELU[1], SELU[0], 1.0, out=out),
    "softsign": lambda x, out: torch.div(x, torch.abs(x, out=out).add_(1), out=out),
    "gelu sigmoid": lambda x, out: torch.mul(x, 1.702, out=out).sigmoid_().mul_(x),
    "sigmoid_grad": lambda dy, x, out: _backward(aten.sigmoid_backward)(dy, torch.sigmoid(x, out=out), out),
    "tanh_grad": lambda dy, x, out: _backward(aten.tanh_backward)(dy, torch.tanh(x, out=out), out),
    "log_sigmoid_grad": _log_sigmoid_grad_into,
    "logit_grad": _backward(aten.logit_backward, None),
    "relu_grad": _backward(aten.threshold_backward, 0),
    "relu6_grad": _backward(aten.hardtanh_backward, 0, 6),
    "leaky_relu_grad": _backward(aten.leaky_relu_backward, 0.01, False),
    "elu_grad": _elu_grad_into(1.0, 1.0),
    "celu_grad": _elu_grad_into(1.0, 1.0),
    "selu_grad": _elu_grad_into(SELU[1], SELU[0]),
    "softplus_grad": _backward(aten.softplus_backward, 1.0, 20.0),
    "softsign_grad": lambda dy, x, out: torch.div(dy, torch.abs(x, out=out).add_(1).square_(), out=out),
    "silu_grad": _backward(aten.silu_backward),
    "swish_grad": _backward(aten.silu_backward),
    "gelu_grad": _backward(aten.gelu_backward),
    "gelu_grad tanh": lambda dy, x, out: aten.gelu_backward.grad_input(dy, x, approximate="tanh", grad_input=out),
    "hard_sigmoid_grad": _backward(aten.hardsigmoid_backward),
    "hard_silu_grad": aten.hardswish_backward.out,
    "hard_tanh_grad": _backward(aten.hardtanh_backward, -1, 1),
    "glu_grad": _glu_grad_into,
    "swiglu_grad": _gate_grad_into(aten.silu.out, _backward(aten.silu_backward)),
    "geglu_grad": _gate_grad_into(aten.gelu.out, _backward(aten.gelu_backward)),
    "reglu_grad": _gate_grad_into(partial(torch.clamp_min, min=0), _backward(aten.threshold_backward, 0)),
    "softmax_grad": _softmax_grad_into(aten._softmax_backward_data),
    "softmax_grad axis 1": _softmax_grad_into(aten._softmax_backward_data, 1),
    "log_softmax_grad": _softmax_grad_into(aten._log_softmax_backward_data),
    "softmax": lambda x, out: torch.softmax(x, -1, out=out),
    "softmax axis 1": lambda x, out: torch.softmax(x, 1, out=out),
    "log_softmax": lambda x, out: torch.log_softmax(x, -1, out=out),
    "log_softmax axis 1": lambda x, out: torch.log_softmax(x, 1, out=out),
    "logsumexp": lambda x, out: torch.logsumexp(x, -1, out=out),
}
OUT |= {f"{name} of a layer": _layer(OUT[name]) for name in ("gelu", "sigmoid", "silu", "tanh", "relu", "softplus")}


def functions(threads):
    made = {label: _through(call) for label, call in NEW.items()}
    made["cross_entropy with gradient"] = _with_gradient(F.cross_entropy)
    made["binary_cross_entropy_with_logits with gradient"] = _with_gradient(BCE)
    made["sigmoid_focal_loss with gradient"] = _with_gradient(_sigmoid_focal)
    made["softmax_focal_loss with gradient"] = _with_gradient(_softmax_focal)
    return made


def functions_out(threads):
    return {label: _into(call) for label, call in OUT.items()}


# of the rest, a step overwrites what a later one reads
LATER = {"glu", "softsign", "gelu sigmoid", "sigmoid_grad", "tanh_grad", "log_sigmoid_grad", "softsign_grad"}
IN_PLACE = OUT.keys() - LATER
