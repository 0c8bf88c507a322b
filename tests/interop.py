"""Calls of every function that is not one ufunc, of one array and of two, for the tests of other libraries' arrays."""

import inspect

import numpy as np
from registry import COMPUTING, GATED, LOSSES, OTHER_ROWS, ROW_GRADIENTS, ROWS, SPARSE_LOSSES

import fastact

GATES = {name: f for name, f in GATED.items() if not name.endswith("_grad")}
GATE_GRADIENTS = {name: f for name, f in GATED.items() if name.endswith("_grad")}


def _singles():
    """By name: a function of one array of shape (rows, an even number of columns)."""
    for case in ROWS:
        yield case.name, case.function
    for name, f in ROW_GRADIENTS.items():
        yield name, lambda x, f=f: f(1.0, x)
    for name, f in OTHER_ROWS.items():
        yield name, (lambda x, f=f: f(1.0, x)) if name.endswith("_grad") else f
    for name, f in GATES.items():
        yield name, f
    for name, f in GATE_GRADIENTS.items():
        yield f"{name}-halves", lambda x, f=f: f(0.5, x)
        yield f"{name}-one-number", lambda x, f=f: f(0.5, x, 2.0)
        yield f"{name}-twice", lambda x, f=f: f(0.5, x, x)
    yield "prelu_grad", lambda x: fastact.prelu_grad(0.5, x, 0.25)
    for reduction in ("none", "sum", "mean"):
        for name, f in LOSSES.items():
            if "labels" in inspect.signature(f).parameters:
                yield (
                    f"{name}-{reduction}",
                    lambda x, f=f, r=reduction: f(x, np.arange(x.shape[0]) % x.shape[1], reduction=r, return_grad=True),
                )
            else:
                yield f"{name}-{reduction}", lambda x, f=f, r=reduction: f(x, 0.25, reduction=r, return_grad=True)


def _pairs():
    """By name: a function of two arrays of one shape, which labels bring together."""
    for case in ROWS:
        yield f"{case.name}-bias", lambda a, b, f=case.function: f(a, bias=b)
        yield f"{case.name}-scale", lambda a, b, f=case.function: f(a, scale=b)
        yield f"{case.name}-where", lambda a, b, f=case.function: f(a, where=b > 0)
    for name, f in ROW_GRADIENTS.items():
        yield name, lambda a, b, f=f: f(b, a)
    for name, f in OTHER_ROWS.items():
        if not name.endswith("_grad"):
            yield f"{name}-bias", lambda a, b, f=f: f(a, bias=b)
            yield f"{name}-where", lambda a, b, f=f: f(a, where=b > 0)
        elif name != "logsumexp_grad":  # whose dy has no place for the labels of a row
            yield name, lambda a, b, f=f: f(b, a)
    for name, f in GATE_GRADIENTS.items():
        yield f"{name}-dy", lambda a, b, f=f: f(b, a, 2.0)
        yield f"{name}-b", lambda a, b, f=f: f(0.5, a, b)
    yield "prelu_grad-dy", lambda a, b: fastact.prelu_grad(b, a, 0.25)
    yield "prelu_grad-weight", lambda a, b: fastact.prelu_grad(0.5, a, b)
    yield "cross_entropy-labels", lambda a, b: fastact.cross_entropy(a, b, return_grad=True, reduction="none")
    for argument in ("targets", "weight", "pos_weight"):
        yield (
            f"binary_cross_entropy_with_logits-{argument}",
            lambda a, b, k=argument: fastact.binary_cross_entropy_with_logits(
                a, **{"targets": 0.5, k: b}, return_grad=True, reduction="none"
            ),
        )


SINGLES, PAIRS = dict(_singles()), dict(_pairs())

# none is forgotten: what is not one ufunc has another signature than those are
_covered = {name.split("-")[0] for name in (*SINGLES, *PAIRS)}
_others = {
    name
    for name, f in COMPUTING.items()
    if name not in LOSSES
    and name not in SPARSE_LOSSES
    and ("casting" not in inspect.signature(f).parameters or name in GATED or name == "prelu_grad")
}
assert _others <= _covered, _others - _covered
assert set(LOSSES) <= _covered


def flat(results):
    """A result, or each of several."""
    return list(results) if isinstance(results, tuple) else [results]
