"""What the tests walk: every public function in every variant, found by signature, so that none can be forgotten."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from oracles import ORACLES

import fastact

NATIVE = fastact.isa() != "numpy"


@dataclass(frozen=True)
class Case:
    """A public function with the keywords of one variant, called as the function is."""

    name: str
    keywords: tuple[tuple[str, Any], ...]
    function: Callable

    def __call__(self, x, /, *args, **more):
        return self.function(x, *args, **dict(self.keywords), **more)

    @property
    def oracle(self):
        return ORACLES[self.name, self.keywords]

    @property
    def id(self):
        return "-".join([self.name, *(str(value) for _, value in self.keywords)])


def functions(parameter):
    """The public functions that have this parameter beside x."""
    found = {}
    for name in fastact.__all__:
        public = getattr(fastact, name)
        if callable(public) and {"x", parameter} <= set(inspect.signature(public).parameters):
            found[name] = public
    return found


def cases(parameter):
    return [
        Case(name, keywords, public)
        for name, public in functions(parameter).items()
        for known, keywords in ORACLES
        if known == name
    ]


ELEMENTWISE = cases("casting")
ROWS = cases("axis")
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
