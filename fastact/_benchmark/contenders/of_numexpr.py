"""numexpr: expressions compiled to a virtual machine that works in blocks."""

# mypy: ignore-errors

import math

import numexpr

SCALE = 2 * math.sqrt(2 / math.pi)

# one is a float32 constant for float32 arrays: a literal would make the result float64
TEXTS = {
    "sigmoid": ("one / (one + exp(-x))", {"one": 1}),
    "tanh": ("tanh(x)", {}),
    "silu": ("x / (one + exp(-x))", {"one": 1}),
    "swish": ("x / (one + exp(-x))", {"one": 1}),
    "gelu tanh": ("x / (one + exp(-c * (x + k * x * x * x)))", {"one": 1, "c": SCALE, "k": 0.044715}),
    "gelu sigmoid": ("x / (one + exp(-c * x))", {"one": 1, "c": 1.702}),
    "softsign": ("x / (one + abs(x))", {"one": 1}),
    "softplus": ("where(x > zero, x, zero) + log1p(exp(-abs(x)))", {"zero": 0}),
    "elu": ("where(x > zero, x, expm1(where(x > zero, zero, x)))", {"zero": 0}),
    "relu": ("where(x > zero, x, zero)", {"zero": 0}),
}


def set_threads(threads):
    numexpr.set_num_threads(threads)


def _run(text, constants):
    def run(x, out=None):
        given = {name: x.dtype.type(value) for name, value in constants.items()}
        return numexpr.evaluate(text, {"x": x, **given}, out=out)

    return run


def functions(threads):
    return {label: _run(text, constants) for label, (text, constants) in TEXTS.items()}


def functions_out(threads):
    return {label: (lambda out, x, run=run: run(x, out)) for label, run in functions(threads).items()}


IN_PLACE = set(TEXTS)
ONLY = {"float32", "float64"}
