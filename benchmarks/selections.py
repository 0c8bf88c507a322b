"""The cells of a run, by the name of the selection."""

import numpy as np

from fastact._benchmark.grid import (
    CHANNELS,
    FUNCTIONS,
    LARGE,
    MASKED_SHAPES,
    SIZES,
    Cell,
    has_out,
    in_place,
    is_layer,
    is_masked,
    shapes,
)
from fastact._benchmark.kinds import KINDS


def full(threads):
    """Every cell; `threads` is the number of all threads."""
    cells = []
    for function in FUNCTIONS.values():
        every = shapes(function)
        big = [shape for shape in every if np.prod(shape) >= 1 << 16]
        ready = has_out(function)
        cells += [Cell(function, "float32", shape) for shape in every]
        cells += [Cell(function, "float32", shape, "out=") for shape in big if ready]
        cells += [Cell(function, "float64", shape) for shape in big if np.prod(shape) <= 1 << 22]
        cells += [Cell(function, dtype, shape) for dtype in ("float16", "bfloat16") for shape in big[:1]]
        many = [shape for shape in big if np.prod(shape) >= 1 << 20]
        if threads > 1:
            cells += [Cell(function, "float32", shape, "out=" if ready else "new", threads) for shape in many]
    return cells + [cell for cell in inplace(threads) if not is_masked(cell.function)]


QUICK_FUNCTIONS = ["sigmoid", "tanh", "silu", "gelu", "gelu tanh", "softplus", "mish", "elu", "silu_grad", "swiglu"]


def quick(threads):
    """A selection that takes a minute or two."""
    chosen = [FUNCTIONS[label] for label in QUICK_FUNCTIONS if label in FUNCTIONS]
    cells = [Cell(f, "float32", shape) for f in chosen for shape in [(16,), *LARGE]]
    cells += [Cell(f, "float32", LARGE[-1], "out=") for f in chosen]
    rows = [FUNCTIONS["softmax"], FUNCTIONS["log_softmax"]]
    cells += [Cell(f, "float32", shape) for f in rows for shape in [(64, 1024), (1024, 1024), (100_000, 10)]]
    cells += [Cell(f, "float32", (1024, 1024), "out=") for f in rows]
    losses = [f for f in FUNCTIONS.values() if f.family == "loss" and f.keywords]
    return cells + [Cell(f, "float32", (4096, 1000)) for f in losses]


# the rows of docs/speed.md's table, and what its picture of sizes draws
EVERYDAY = [
    ("sigmoid", (256,)),
    ("sigmoid", (1 << 20,)),
    ("gelu", (1 << 20,)),
    ("gelu tanh", (1 << 20,)),
    ("softplus", (1 << 20,)),
    ("softmax", (100_000, 10)),
    ("softmax", (1024, 1024)),
    ("logsumexp", (1024, 1024)),
    ("cross_entropy", (4096, 1000)),
    ("cross_entropy with gradient", (4096, 1000)),
]
BY_SIZE = ["sigmoid", "gelu"]


def everyday(threads):
    """Ten cells that most users meet, and two functions over all sizes."""
    pairs = dict.fromkeys([*EVERYDAY, *((label, shape) for label in BY_SIZE for shape in SIZES)])
    return [Cell(FUNCTIONS[label], "float32", shape) for label, shape in pairs]


def masked(threads):
    """Rows with scale, bias or a mask, and without, of the same shapes."""
    found = [f for f in FUNCTIONS.values() if is_masked(f)]
    cells = [Cell(f, "float32", shape) for f in found for shape in shapes(f)]
    plain = dict.fromkeys((FUNCTIONS[cell.function.name], cell.shape) for cell in cells)
    return [Cell(f, "float32", shape) for f, shape in plain] + cells


def choices(threads):
    """A few elements of each row: one thread, and all."""
    found = [f for f in FUNCTIONS.values() if f.family == "choice"]
    numbers = dict.fromkeys([1, threads])
    return [Cell(f, "float32", shape, "new", n) for f in found for shape in shapes(f) for n in numbers]


def layers(threads):
    """Activations of a layer's product with a scale and a bias for each unit, and of the product alone."""
    found = [f for f in FUNCTIONS.values() if is_layer(f)]
    pairs = [(f, shape) for layer in found for f in (FUNCTIONS[layer.name], layer) for shape in shapes(layer)]
    return [Cell(f, "float32", shape, result) for f, shape in pairs for result in ("new", "out=")]


def inplace(threads):
    """Results that overwrite the first operand."""
    cells = []
    for function in filter(in_place, FUNCTIONS.values()):
        by_size = function.family in ("elementwise", "gate", "gradient")
        given = LARGE if by_size else [CHANNELS] if function.label.endswith("axis 1") else MASKED_SHAPES
        cells += [Cell(function, "float32", shape, "in place") for shape in given]
    return [cell for cell in cells if not cell.function.label.endswith(" causal")]


def kinds(threads):
    """Every kind of data, in small arrays, for fastact beside itself: no peer is asked."""
    cells = []
    for function in FUNCTIONS.values():
        by_size = function.family in ("elementwise", "gate", "gradient", "gate gradient")
        shape = (1 << 14,) if by_size or function.label.startswith("binary") else (16, 1024)
        shape = (16, 16, 64) if function.label.endswith("axis 1") else shape
        shape = (128, 128) if function.label.endswith(" causal") else shape
        ways = (["out="] if has_out(function) else ["new"]) + ["in place"] * in_place(function)
        for dtype in ("float32", "float64"):
            cells += [Cell(function, dtype, shape, way, 1, data) for way in ways for data in KINDS]
    return cells


SELECTIONS = {made.__name__: made for made in (quick, full, everyday, masked, choices, layers, inplace, kinds)}
