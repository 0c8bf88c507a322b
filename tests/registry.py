"""What the tests walk: every public function in every variant, found by signature, so that none can be forgotten."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from oracles import ORACLES

import fastact

NATIVE = fastact.isa() != "numpy"
FOLDER = str(Path(fastact.__file__).parent.parent)  # where a process of a test's own finds the package


# what is no parameter of a function in the sense of the oracles: data, and the keywords of a ufunc
UFUNC = {"dy", "x", "out", "where", "casting", "order", "dtype", "subok", "bias", "scale", "approximate"}


@dataclass(frozen=True)
class Case:
    """A public function in one variant, called with x as an elementwise function is: a gradient as the derivative."""

    name: str
    keywords: tuple[tuple[str, Any], ...]
    function: Callable
    parameters: tuple[tuple[str, float], ...] = ()

    def __call__(self, x, /, *args, **more):
        return self.vjp(1.0, x, *args, **more) if self.is_gradient else self._call((x,), args, more)

    def vjp(self, dy, x, /, *args, **more):
        """What a gradient is: a vector-Jacobian product."""
        return self._call((dy, x), args, more)

    def _call(self, operands, args, more):
        keywords = {**dict(self.keywords), **dict(self.parameters), **more}
        if self.name == "prelu":
            operands += (keywords.pop("weight"),)
        return self.function(*operands, *args, **keywords)

    @property
    def is_gradient(self):
        return self.name.endswith("_grad")

    @property
    def oracle(self):
        return ORACLES[self.name, self.keywords]

    def values(self, dtype=np.float64):
        """The parameters as a function of this type sees them, in float64."""
        return [float(np.dtype(dtype).type(value)) for _, value in self.parameters]

    def double(self, x, dtype=np.float64):
        """The oracle's float64 values for a function of this type."""
        return self.oracle.double(np.asarray(x, np.float64), *self.values(dtype))

    @property
    def is_default(self):
        return self == _variant(self.name, self.keywords, self.function)

    @property
    def id(self):
        shown = [str(value) for _, value in self.keywords]
        if not self.is_default:
            shown += [f"{name}={value}" for name, value in self.parameters]
        return "-".join([self.name, *shown])


def _computing():
    """The public functions of arrays: they take their first by position alone, losses their logits by name too."""
    found = {}
    for name in fastact.__all__:
        public = getattr(fastact, name)
        if callable(public):
            first = next(iter(inspect.signature(public).parameters.values()), None)
            if first is not None and (first.kind is first.POSITIONAL_ONLY or first.name.endswith("logits")):
                found[name] = public
    return found


COMPUTING = _computing()
# what takes a few numbers from each row of logits, and their gradients: tests/test_choice.py, test_information.py
CHOICES = {
    name: f
    for name, f in COMPUTING.items()
    if any(p.endswith("logits") for p in list(inspect.signature(f).parameters)[:2])
    and "reduction" not in inspect.signature(f).parameters
}
# rows of any lengths: tests/test_segments.py
SEGMENTS = {name: f for name, f in COMPUTING.items() if "offsets" in inspect.signature(f).parameters}
for _name in (*CHOICES, *SEGMENTS):
    del COMPUTING[_name]


def compiled(found):
    """Whether all these functions are compiled ones."""
    return not any(inspect.isfunction(f) for f in found.values())


def functions(*parameters):
    """Those that have all these parameters."""
    return {name: f for name, f in COMPUTING.items() if set(parameters) <= set(inspect.signature(f).parameters)}


GATED = functions("a", "axis", "casting")  # with their gradients: tests/test_gated.py
OF_TWO = {name: f for name, f in functions("a", "casting").items() if name not in GATED}  # tests/test_logaddexp.py
ROW_GRADIENTS = {  # tests/test_rows_gradients.py
    name: f for name, f in functions("y", "axis").items() if (name.removesuffix("_grad"), ()) in ORACLES
}
# made of other functions, or without kernels of their own: tests/test_log_sums.py, tests/test_sparse.py
OTHER_ROWS = {
    name: f
    for name, f in functions("axis", "dtype").items()
    if not {"casting", "reduction"} & set(inspect.signature(f).parameters)
    and (name, ()) not in ORACLES
    and name not in ROW_GRADIENTS
}
LOSSES = functions("reduction", "return_hess")  # tests/test_losses.py
SPARSE_LOSSES = {name: f for name, f in functions("reduction").items() if name not in LOSSES}  # test_sparse_losses.py


def _variant(name, keywords, public, others=0):
    """The Case with default parameters, or with the oracle's other ones of that number."""
    signature = inspect.signature(public).parameters
    names = [known for known in signature if known not in UFUNC]
    tried = ORACLES[name, keywords].others
    values = tried[others - 1] if others else [signature[known].default for known in names]
    if inspect.Parameter.empty in values:
        values = tried[0]
    return Case(name, keywords, public, tuple(zip(names, values, strict=True)))


# the one gradient that has two results: tests/test_gradients.py
PAIRS = {"prelu_grad"}
ELEMENTWISE = [
    _variant(name, keywords, public)
    for name, public in functions("x", "casting").items()
    for known, keywords in ORACLES
    if known == name
]
GRADIENTS = [f for f in ELEMENTWISE if f.is_gradient]
FUNCTIONS = [f for f in ELEMENTWISE if not f.is_gradient]
# with other parameters than the defaults too
VARIANTS = ELEMENTWISE + [
    f
    for case in ELEMENTWISE
    for i in range(len(case.oracle.others))
    if not (f := _variant(case.name, case.keywords, case.function, i + 1)).is_default
]
ROWS = [
    Case(name, keywords, public)
    for name, public in functions("x", "axis").items()
    for known, keywords in ORACLES
    if known == name
]
ALL = ELEMENTWISE + ROWS

FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
INTEGERS = [np.bool_, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


def result_type(dtype):
    """The type in which an array of this dtype is answered."""
    dtype = np.dtype(dtype)
    return dtype.newbyteorder("=") if dtype.kind == "f" else np.dtype(np.float64)


def sample(shape, dtype=np.float64, seed=0, scale=3.0):
    """Random values of the dtype; they vary."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        x = rng.normal(0, scale, shape).astype(dtype)
    elif dtype.kind == "b":
        x = rng.integers(0, 2, shape).astype(dtype)
    else:
        x = rng.integers(0 if dtype.kind == "u" else -9, 10, shape).astype(dtype)
    if x.size >= 16:
        assert len(np.unique(x)) >= (2 if dtype.kind == "b" else 5)
    return x


def bits(a):
    """The bytes of an array in C order, every NaN alike: equal bytes are identical results."""
    a = np.array(a, order="C")  # a copy
    if a.dtype.kind == "f":
        a[np.isnan(a)] = np.nan
    if a.dtype.char == "g":  # its padding bytes mean nothing
        high = a.astype(np.float64)
        with np.errstate(invalid="ignore"):
            return high.tobytes() + (a - high).astype(np.float64).tobytes()
    return a.tobytes()


def same(a, b):
    """Asserts the same dtype, shape and bits."""
    a, b = np.asarray(a), np.asarray(b)
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    if bits(a) != bits(b):
        np.testing.assert_array_equal(a, b)
        raise AssertionError("equal values differ in the sign of a zero")
