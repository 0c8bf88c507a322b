"""Elementwise results of fastact and of its peers, called by the names of operations in the C registry: the public
functions, which give results in 16 bits too, and the libraries as the benchmarks call them."""

import inspect
import sys
from pathlib import Path

import numpy as np

import fastact

sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "benchmarks"))
from fastact._benchmark.contenders import computes_in, functions, installed

PEERS = ["numpy", "scipy", "torch", "onnxruntime"]
PEER_STEP, GATE_STEP = 256, 16384
GATES = {"glu", "swiglu", "geglu", "reglu", "logaddexp"}  # and what takes two arrays as they do
# the values of parameters that have no default
REQUIRED = {"prelu": [0.25], "threshold": [0.1, 20.0], "softcap": [30.0]}
# where formulas collapse: operation, type, x
TAILS = [
    ("gelu", "float32", -6.0), ("gelu", "float32", -10.0), ("sigmoid", "float32", -90.0),
    ("log_sigmoid", "float32", 40.0), ("softplus", "float64", 21.0),
    ("mish", "float32", -50.0), ("tanh", "float32", 1e-30),
]  # fmt: skip
PARAMETERS = {"negative_slope", "alpha", "b", "beta", "lambd", "min_val", "max_val"}
SECOND = " by the parameter"  # what the C program calls a gradient's second result


def libraries(kind="float32"):
    """The peers that are here and compute in this type."""
    return [name for name in PEERS if name in installed() and computes_in(name, kind)]


def is_gate(op):
    return op.removesuffix(SECOND).removesuffix("_grad") in GATES


def public(op):
    """The public function of an operation, called with dy (of gradients) and x; None for what is only a part of one."""
    for approximate in ("tanh", "sigmoid"):
        if op.startswith(f"gelu_{approximate}"):
            base = getattr(fastact, op.replace(f"gelu_{approximate}", "gelu"))
            return lambda *args: base(*args, approximate=approximate)
    values = REQUIRED.get(op.removesuffix("_grad"))
    if values and op != "prelu_grad":
        return lambda *args: getattr(fastact, op)(*args, *(args[-1].dtype.type(value) for value in values))
    return None if op == "prelu_grad" or "entropy" in op else getattr(fastact, op.removesuffix(SECOND), None)


def label(op):
    """What the benchmarks call it."""
    for approximate in ("tanh", "sigmoid"):
        if op.startswith(f"gelu_{approximate}"):
            return f"{op.replace(f'gelu_{approximate}', 'gelu')} {approximate}"
    return op.removesuffix(SECOND)


def parameters(op):
    """The values of a public function's parameters where they are not given."""
    if op.removesuffix("_grad") in REQUIRED:
        return REQUIRED[op.removesuffix("_grad")]
    given = inspect.signature(public(op)).parameters
    return [given[name].default for name in given if name in PARAMETERS]


def inputs(op, x):
    """Operands: dy = 1 of gradients, x; of gates all x by 16 numbers as the other operand, and the other way round."""
    x = np.asarray(x)
    if not is_gate(op):
        return [np.ones_like(x)] * op.endswith("_grad") + [x]
    others = np.r_[1, -1, 2.0**-14, 3e4, np.random.default_rng(0).normal(0, 3, 12)].astype(x.dtype)
    many, few = np.tile(x, 16), np.repeat(others, x.size)
    pair = [np.concatenate(a) for a in ((many, few), (few, many))]
    return [np.ones_like(pair[0])] * ("_grad" in op) + pair


def result(op, found):
    """The one of several results that the operation's name is about."""
    return found[op.endswith(SECOND)] if isinstance(found, tuple) else found


def judged(judge, op, kind, given, y, values=()):
    """The Tally, and the place of x in what it holds."""
    wide = [np.asarray(a, np.float32 if kind != "float64" else kind) for a in (*given, y)]
    rest = [np.full(wide[0].shape, value, wide[0].dtype) for value in values]
    tally = judge(op.removesuffix(SECOND), kind, wide[:-1] + rest, wide[-1], int(op.endswith(SECOND)))
    return tally, int("_grad" in op)


def stored(judge, op):
    """Of results in 16 bits over all inputs: type, Tally and place of x."""
    import ml_dtypes

    for kind, dtype in (("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16)):
        with np.errstate(all="ignore"):
            given = inputs(op, np.arange(65536, dtype=np.uint16).view(dtype))
            y = result(op, public(op)(*given))
            values = [] if is_gate(op) else [float(dtype(value)) for value in parameters(op)]
            yield kind, *judged(judge, op, kind, given, y, values)


def compared(judge, op):
    """Of each peer in float32, with default parameters: its name, its largest error, and where."""
    step = GATE_STEP if is_gate(op) else PEER_STEP
    x = np.arange(0, 2**32, step, dtype=np.uint32)
    x = (x + (x // step * 37) % step).astype(np.uint32).view(np.float32)
    x = np.concatenate(
        [x[np.isfinite(x)], np.float32([v for name, kind, v in TAILS if (name, kind) == (op, "float32")])]
    )
    given = inputs(op, x)
    for library in libraries():
        theirs = functions(library).get(label(op))
        if theirs is None:
            continue
        operands = [*given, np.full((1,), 0.25, np.float32)] if op == "prelu" else given
        try:
            with np.errstate(all="ignore"):
                y = np.asarray(result(op, theirs(*operands)), np.float32)
        except (TypeError, ValueError, RuntimeError):
            continue
        tally, at = judged(judge, op, "float32", given, y, [] if is_gate(op) else parameters(op))
        yield library, tally.max, tally.at[at]


def tails(judge):
    """Lines of a table: what each library answers where formulas collapse."""
    names = libraries()
    yield "| | true | fastact | " + " | ".join(names) + " |"
    yield "|---|" + "---|" * (2 + len(names))
    for op, kind, value in TAILS:
        x = np.full(1, value, kind)
        digits = ".7g" if kind == "float32" else ".16g"
        given = [x] + [np.full(1, v, kind) for v in parameters(op)]
        cells = [format(a, digits) for a in (judge.oracle(op, kind, given)[0], public(op)(x)[0])]
        for library in names:
            theirs = functions(library).get(op) if library in libraries(kind) else None
            with np.errstate(all="ignore"):
                cells.append(format(np.asarray(theirs(x))[0], digits) if theirs else "")
        yield f"| {op}({value:g}), {kind} | " + " | ".join(cells) + " |"
