"""What is timed: every public function in its variants, on which shapes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fastact import _catalogue as catalogue
from fastact._benchmark import arrays
from fastact._benchmark.kinds import USUAL
from fastact._benchmark.times import cell_id

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
MASKED_SHAPES = [(64, 1024), (1024, 1024)]
LAYERS = [(64, 1024), (1024, 4096)]
SCORES = (8, 12, 512, 512)
CHOICES = [(1, 1000), (1000, 1000), (64, 128_256), (100_000, 10)]
LOGITS = [(32, 10), (1_000_000, 10), (4096, 1000), (64, 128_256)]

# variants beside the defaults; a function without an entry has the defaults alone
VARIANTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    name: [("", {}), (" tanh", {"approximate": "tanh"}), (" sigmoid", {"approximate": "sigmoid"})]
    for name in ("gelu", "gelu_grad")
}
# parameters that have no default
VARIANTS |= {name: [("", {"threshold": 0.125, "value": 20.0})] for name in ("threshold", "threshold_grad")}
VARIANTS |= {name: [("", {"cap": 30.0})] for name in ("softcap", "softcap_grad")}
# a value that can be called makes an array for operands of a shape and type
MASKED: list[tuple[str, dict[str, Any]]] = [
    (" scale", {"scale": arrays.SCALE}),
    (" bias", {"bias": arrays.bias}),
    (" where", {"where": arrays.mask}),
    (" causal", {"scale": arrays.SCALE, "where": arrays.causal}),
]
# what a layer's units do with their product: a scale, and a bias for each
LAYER = " of a layer"
VARIANTS |= {
    name: [*VARIANTS.get(name, [("", {})]), (LAYER, {"scale": arrays.SCALE, "bias": arrays.units})]
    for name in ("gelu", "sigmoid", "silu", "tanh", "relu", "softplus")
}
VARIANTS |= {
    "softmax": [("", {}), (" axis 1", {"axis": 1}), *MASKED],
    "log_softmax": [("", {}), (" axis 1", {"axis": 1}), *MASKED],
    "logsumexp": [("", {}), *MASKED],
    "softmax_grad": [("", {}), (" axis 1", {"axis": 1})],
    "top_k": [(f" {k}", {"k": k}) for k in (1, 5, 50)],
    "cross_entropy": [
        ("", {}),
        (" with gradient", {"return_grad": True}),
        (" with Hessian", {"return_grad": True, "return_hess": True}),
    ],
    "binary_cross_entropy_with_logits": [("", {}), (" with gradient", {"return_grad": True})],
    "sigmoid_focal_loss": [("", {}), (" with gradient", {"return_grad": True})],
    "softmax_focal_loss": [("", {}), (" with gradient", {"return_grad": True})],
}


@dataclass(frozen=True)
class Function:
    """A public function in one variant; the label is its name in tables and among the contenders."""

    label: str
    name: str
    family: str  # elementwise, gradient, gate, gate gradient, pair, pair gradient, rows, row gradient, loss, choice
    keywords: dict[str, Any] = field(hash=False, compare=False)


FUNCTIONS = {
    name + suffix: Function(name + suffix, name, family, keywords)
    for name, family in catalogue.FAMILIES.items()
    for suffix, keywords in VARIANTS.get(name, [("", {})])
}
# what users meet first: the command line's default, and the bars of docs/speed.md
FIRST = [("softmax", (1024, 1024)), ("sigmoid", (1 << 20,)), ("gelu", (1 << 20,)), ("cross_entropy", (4096, 1000))]


@dataclass(frozen=True)
class Cell:
    """One comparison: a function on operands of one shape, type and kind of data. Its result is a new array ("new"), or
    goes into a ready one ("out=") or into the first operand ("in place")."""

    function: Function
    dtype: str
    shape: tuple[int, ...]
    result: str = "new"
    threads: int = 1
    data: str = USUAL

    @property
    def info(self):
        """What a data file says of it."""
        return {
            "family": self.function.family,
            "function": self.function.label,
            "dtype": self.dtype,
            "shape": self.shape,
            "result": self.result,
            "threads": self.threads,
            "data": self.data,
        }

    @property
    def id(self):
        return cell_id(self.info)

    @property
    def elements(self):
        return int(np.prod(self.shape))


def has_out(function):
    return "out" in catalogue.parameters(function.name)


def is_masked(function):
    return any(function.label == function.name + suffix for suffix, _ in MASKED)


def is_layer(function):
    return function.label.endswith(LAYER)


def in_place(function):
    """Whether the result may overwrite the first operand: there is one, of its shape."""
    one = not function.label.startswith(("prelu_grad", "logsumexp", "logmeanexp")) and function.family not in (
        "gate gradient",
        "pair gradient",
    )
    return one and has_out(function)


def shapes(function):
    if function.label.endswith("axis 1"):
        return [CHANNELS]
    if function.label.endswith(" causal"):
        return [SCORES]
    if is_masked(function):
        return MASKED_SHAPES
    if is_layer(function):
        return LAYERS
    if function.family in ("rows", "row gradient"):
        return ROW_SHAPES
    if function.name in ("cross_entropy", "softmax_focal_loss"):
        return LOGITS
    if function.family == "choice":
        return [shape for shape in CHOICES if function.keywords.get("k", 1) <= shape[-1]]
    return SIZES if function.family == "elementwise" else [(16,), (256,), (4096,), *LARGE]
