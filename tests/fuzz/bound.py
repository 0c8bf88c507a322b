"""The arguments of a call by name, and numbers as the tolerances need them."""

import numpy as np

from fastact._reference.formulas import scale_and_add, scale_and_add_narrow
from fastact._reference.piecewise import is_usual

from .memory import Made
from .strategies import is_floating, limits
from .surface import FAMILY, NUMBERS, SIGNATURES, is_gate

WEAK = (float, int)  # Python's numbers take the type of the arrays beside them


class Bound:
    """The arguments of a call by the names of the signature, and the type that computes."""

    def __init__(self, call):
        made = Made(call, apart=True)
        bound = SIGNATURES[call.name].bind(*made.args, **made.keywords)
        self.given = bound.arguments
        bound.apply_defaults()
        self.name, self.all = call.name, bound.arguments
        self.family = FAMILY[call.name]
        self.dtype = self._result_type()

    def __getitem__(self, name):
        return self.all[name]

    def operands(self):
        """What the result's type depends on."""
        if self.family == "losses":
            return {"logits": self["logits"]}
        if self.family in ("rows", "segments"):
            return {name: self[name] for name in ("dy", "x", "y") if name in self.all}
        options = ["out", "where", "casting", "order", "dtype", "subok", "axis", "approximate", "bias", "scale"]
        if is_gate(self.name):
            options += NUMBERS
        if self.name.startswith("hard_sigmoid") and is_usual(self["slope"], self["offset"]):
            options += ["slope", "offset"]
        return {name: a for name, a in self.all.items() if name not in options and a is not None}

    def _result_type(self):
        if self.all.get("dtype") is not None:
            return np.dtype(self["dtype"]).newbyteorder("=")
        arrays = [np.asarray(a).dtype for a in self.operands().values() if type(a) not in WEAK]
        is_bytes = self.is_scaled and getattr(self["x"], "dtype", None) in (np.int8, np.uint8)
        if is_bytes and self["scale"] is not None:
            arrays[0] = np.dtype("f")
        together = np.result_type(*arrays).newbyteorder("=") if arrays else np.dtype("d")
        return together if is_floating(together) else np.dtype("d")

    @property
    def is_scaled(self):
        """Whether the function is taken of scale * x + bias."""
        return self.family == "elementwise" and (self.all.get("bias") is not None or self.all.get("scale") is not None)

    def summed(self):
        """scale * x + bias as the function sees it, in longdouble."""
        kind = self.computed
        bias, scale = (
            (-0.0 if self["bias"] is None else self["bias"]),
            (1.0 if self["scale"] is None else self["scale"]),
        )
        with np.errstate(all="ignore"):
            operands = [np.asarray(a).astype(self.dtype if a is self["x"] else kind) for a in (self["x"], scale, bias)]
            wide = np.promote_types(kind, np.float64)
            add = scale_and_add_narrow if kind.itemsize == 4 else scale_and_add
            z = add(*(np.broadcast_to(a.astype(wide), operands[0].shape) for a in operands))
        return z.astype(np.longdouble)

    def wide(self, given):
        """An operand as the function sees it, in longdouble."""
        if self.family in ("rows", "segments"):  # which are not rounded to 16 bits first
            return self.in_computed(given)
        with np.errstate(all="ignore"):
            return plain(given).astype(self.dtype).astype(np.longdouble)

    def in_computed(self, given):
        """As the arithmetic has it, in longdouble."""
        with np.errstate(all="ignore"):
            return plain(given).astype(self.computed).astype(np.longdouble)

    @property
    def computed(self):
        """The type of the arithmetic: 16 bits are computed in float32."""
        return np.dtype("f") if self.dtype.itemsize == 2 else self.dtype

    @property
    def eps(self):
        """Of the arithmetic."""
        return {"d": 2.0**-52, "g": 2.0**-63}.get(self.dtype.char, 2.0**-23)


def plain(given):
    """An array of numbers, or a number: Python's integers may be none of NumPy's."""
    return np.asarray(float(given) if type(given) is int else given)


def ulp(value, dtype):
    """The spacing of the numbers of this type at a value (longdouble or float64 arrays)."""
    digits, low, high = limits(dtype)
    exponent = np.frexp(np.where(np.isfinite(value), value, 0))[1] - 1
    one = np.ones((), np.longdouble if dtype.char == "g" else np.float64)
    return np.ldexp(one, np.clip(exponent, low, high) - digits + 1)


def smallest(dtype):
    digits, low, _ = limits(dtype)
    return np.ldexp(np.longdouble(1), low - digits + 1)


def largest(dtype):
    digits, _, high = limits(dtype)
    one = np.longdouble(1)
    return np.ldexp(one - np.ldexp(one, -digits), high + 1)
