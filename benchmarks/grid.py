"""What is timed: every public function in its variants, and the cells of the grid. Functions are found by signature."""

import inspect
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

import fastact

SIZES = [(1,), (16,), (256,), (1024,), (4096,), (1 << 16,), (1 << 20,), (1 << 24,)]
LARGE = [(1 << 16,), (1 << 20,)]
ROW_SHAPES = [
    (1, 10),
    (1_000_000, 2),
    (100_000, 10),
    (100_000, 33),
    (64, 1024),
    (1024, 1024),
    (4096, 333),
    (4096, 1000),
    (512, 50_257),
    (1, 128_256),
    (8, 12, 512, 512),
]
CHANNELS = (8, 64, 128, 128)
LOGITS = [(32, 10), (1_000_000, 10), (4096, 1000), (64, 128_256)]

# variants beside the defaults; a function without an entry has the defaults alone
VARIANTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    name: [("", {}), (" tanh", {"approximate": "tanh"}), (" sigmoid", {"approximate": "sigmoid"})]
    for name in ("gelu", "gelu_grad")
}
VARIANTS |= {
    "softmax": [("", {}), (" axis 1", {"axis": 1}), (" causal", {"scale": 0.125})],
    "log_softmax": [("", {}), (" axis 1", {"axis": 1})],
    "softmax_grad": [("", {}), (" axis 1", {"axis": 1})],
    "cross_entropy": [("", {}), (" with gradient", {"return_grad": True})],
    "binary_cross_entropy_with_logits": [("", {}), (" with gradient", {"return_grad": True})],
}


@dataclass(frozen=True)
class Function:
    """A public function in one variant; the label is its name in tables and among the contenders."""

    label: str
    name: str
    family: str  # elementwise, gradient, gate, gate gradient, rows, row gradient, loss
    keywords: dict[str, Any] = field(hash=False, compare=False)


def _family(parameters):
    if "reduction" in parameters:
        return "loss"
    if "out" not in parameters:
        return None
    kind = "rows" if "casting" not in parameters else "gate" if "axis" in parameters else "elementwise"
    if "dy" not in parameters:
        return kind
    return {"rows": "row gradient", "gate": "gate gradient", "elementwise": "gradient"}[kind]


def _functions():
    found = {}
    for name in fastact.__all__:
        public = getattr(fastact, name)
        family = _family(inspect.signature(public).parameters) if callable(public) else None
        for suffix, keywords in VARIANTS.get(name, [("", {})]) if family else ():
            found[name + suffix] = Function(name + suffix, name, family, keywords)
    return found


FUNCTIONS = _functions()


@dataclass(frozen=True)
class Cell:
    """One comparison: a function on operands of one shape and type, into a new array or a ready one."""

    function: Function
    dtype: str
    shape: tuple[int, ...]
    out: bool = False
    threads: int = 1

    @property
    def id(self):
        shape = "x".join(map(str, self.shape))
        return f"{self.function.label}-{self.dtype}-{shape}{'-out' * self.out}-{self.threads}"

    @property
    def elements(self):
        return int(np.prod(self.shape))


def _shapes(function):
    if function.label.endswith("axis 1"):
        return [CHANNELS]
    if function.label == "softmax causal":
        return [(8, 12, 512, 512)]
    if function.family in ("rows", "row gradient"):
        return ROW_SHAPES
    if function.name == "cross_entropy":
        return LOGITS
    return SIZES if function.family == "elementwise" else [(16,), (256,), (4096,), *LARGE]


def full(threads):
    """Every cell; `threads` is the number of all threads."""
    cells = []
    for function in FUNCTIONS.values():
        shapes = _shapes(function)
        big = [shape for shape in shapes if np.prod(shape) >= 1 << 16]
        has_out = "out" in inspect.signature(getattr(fastact, function.name)).parameters
        cells += [Cell(function, "float32", shape) for shape in shapes]
        cells += [Cell(function, "float32", shape, True) for shape in big if has_out]
        cells += [Cell(function, "float64", shape) for shape in big if np.prod(shape) <= 1 << 22]
        cells += [Cell(function, dtype, shape) for dtype in ("float16", "bfloat16") for shape in big[:1]]
        many = [shape for shape in big if np.prod(shape) >= 1 << 20]
        if threads > 1:
            cells += [Cell(function, "float32", shape, has_out, threads) for shape in many]
    return cells


QUICK_FUNCTIONS = ["sigmoid", "tanh", "silu", "gelu", "gelu tanh", "softplus", "mish", "elu", "silu_grad", "swiglu"]


def quick():
    """A selection that takes a minute or two."""
    chosen = [FUNCTIONS[label] for label in QUICK_FUNCTIONS if label in FUNCTIONS]
    cells = [Cell(f, "float32", shape) for f in chosen for shape in [(16,), *LARGE]]
    cells += [Cell(f, "float32", LARGE[-1], True) for f in chosen]
    rows = [FUNCTIONS["softmax"], FUNCTIONS["log_softmax"]]
    cells += [Cell(f, "float32", shape) for f in rows for shape in [(64, 1024), (1024, 1024), (100_000, 10)]]
    cells += [Cell(f, "float32", (1024, 1024), True) for f in rows]
    losses = [f for f in FUNCTIONS.values() if f.family == "loss" and f.keywords]
    return cells + [Cell(f, "float32", (4096, 1000)) for f in losses]


# ---- operands ----


def as_dtype(name):
    if name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(name)


@lru_cache(maxsize=24)
def _normal(seed, shape, dtype, scale=3.0):
    return (scale * np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)).astype(as_dtype(dtype))


@lru_cache(maxsize=4)
def operands(cell):
    """The arrays that every contender is given, none of which it may change."""
    name, family, shape = cell.function.name, cell.function.family, cell.shape
    x = _normal(0, shape, cell.dtype)
    if name.startswith("logit"):
        x = (np.random.default_rng(0).random(shape, dtype=np.float32) * 0.98 + 0.01).astype(x.dtype)
    if name.startswith("prelu"):
        extra = (np.full(1, 0.25, x.dtype),)
    elif "gate" in family:
        extra = (_normal(1, shape, cell.dtype),)
    elif name == "cross_entropy":
        extra = (np.random.default_rng(1).integers(0, shape[-1], shape[:-1]),)
    elif family == "loss":
        extra = (np.random.default_rng(1).integers(0, 2, shape).astype(x.dtype),)
    elif family == "row gradient":
        base = getattr(fastact, name.removesuffix("_grad"))
        return _normal(2, shape, cell.dtype, 1.0), base(x, **cell.function.keywords)
    else:
        extra = ()
    if "gradient" in family:
        return (_normal(2, shape, cell.dtype, 1.0), x, *extra)
    return (x, *extra)


@lru_cache(maxsize=1)
def causal(length):
    """The mask that lets a position see those before it."""
    return np.tril(np.ones((length, length), bool))


def keywords(function, shape):
    """What fastact is called with beside the operands, those of this shape."""
    return {**function.keywords, **({"where": causal(shape[-1])} if function.label == "softmax causal" else {})}


def results(cell):
    """Ready arrays for the results: as fastact gives them, filled with NaN; one array or a tuple."""
    public = getattr(fastact, cell.function.name)
    made = public(*operands(cell), **keywords(cell.function, cell.shape))
    if isinstance(made, tuple):
        return tuple(np.full_like(y, np.nan) for y in made)
    return np.full_like(made, np.nan)
