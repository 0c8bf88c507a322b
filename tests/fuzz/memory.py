"""Where the arrays of a call lie, what they hold, and the Python text that makes them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

GUARD = 64  # bytes before and after every array, which nothing may change
FILL = 0xA5


@dataclass(eq=False)
class Array:
    """An array in one of the call's buffers, or what is made of it: a list, a NumPy scalar, a Python number."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    buffer: int
    offset: int
    values: np.ndarray | None = None  # None: an output, which holds what the buffer does
    writeable: bool = True
    form: str = "array"

    def bytes_in(self, buffer):
        """Which bytes of the buffer are the array's."""
        held = np.zeros(buffer.size, np.bool_)
        item = self.dtype.itemsize
        np.ndarray((*self.shape, item), np.bool_, held, self.offset, (*self.strides, 1))[...] = True
        return held


@dataclass(repr=False)
class Call:
    """A call of a public function: arguments are Arrays, tuples of them, or what they are."""

    name: str
    args: list[Any] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)
    buffers: list[int] = field(default_factory=list)  # their sizes
    arrays: list[Array] = field(default_factory=list)

    def __repr__(self):
        return f"<a call of {self.name}>"

    def add(self, array):
        self.arrays.append(array)
        return array

    def outs(self):
        """The arrays given as `out`."""
        given = self.keywords.get("out")
        return [a for a in (given if isinstance(given, tuple) else (given,)) if isinstance(a, Array)]

    def overlaps(self):
        """Whether an output shares a buffer with an operand."""
        outs = self.outs()
        shared = {out.buffer for out in outs}
        return any(a.buffer in shared for a in self.arrays if not any(a is out for out in outs))


class Made:
    """The arguments of a call, freshly made."""

    def __init__(self, call, apart=False):
        """`apart`: operands that share memory with an output are copies, as a function must treat them."""
        self.buffers = [np.full(size, FILL, np.uint8) for size in call.buffers]
        self.views = {}
        objects = {}
        for a in call.arrays:
            view = np.ndarray(a.shape, a.dtype, self.buffers[a.buffer], a.offset, a.strides)
            if a.values is not None:
                view[...] = a.values
            self.views[id(a)] = view
        outs = call.outs()
        shared = {out.buffer for out in outs} if apart else ()
        for a in call.arrays:
            view = self.views[id(a)]
            if a.form == "list":
                objects[id(a)] = view.tolist()
            elif a.form == "scalar":
                objects[id(a)] = view[()]
            elif a.form == "python":
                objects[id(a)] = view.item()
            else:
                if a.buffer in shared and not any(a is out for out in outs):
                    view = view.copy()
                view.flags.writeable = a.writeable
                objects[id(a)] = view
        self.objects = objects
        self.before = [b.copy() for b in self.buffers]
        self.args = [self._resolved(a) for a in call.args]
        self.keywords = {name: self._resolved(a) for name, a in call.keywords.items()}

    def _resolved(self, given):
        if isinstance(given, Array):
            return self.objects[id(given)]
        if type(given) is tuple:
            return tuple([self._resolved(a) for a in given])
        return given


def type_text(dtype):
    if dtype.name == "bfloat16":
        return "ml_dtypes.bfloat16"
    return repr(dtype.str if dtype.char != "g" else "g")


def values_text(values):
    if values.dtype.name == "bfloat16":
        values = values.astype(np.float32)
    if values.size <= 100:
        return f"np.array({values.tolist()!r}, {type_text(values.dtype)})"
    held = f"bytes.fromhex({values.tobytes().hex()!r})"
    return f"np.frombuffer({held}, {type_text(values.dtype)}).reshape({values.shape})"


def text(given):
    """An argument as Python text."""
    if isinstance(given, Array):
        return given.name
    if type(given) is tuple:
        return f"({', '.join(map(text, given))}{',' if len(given) == 1 else ''})"
    if isinstance(given, np.dtype):
        return type_text(given)
    return repr(given)


def snippet(call):
    """A program that shows the call and its reference."""
    made = [f"    b{i} = np.full({size}, {FILL:#x}, np.uint8)" for i, size in enumerate(call.buffers)]
    last = []
    for a in call.arrays:
        memory = f"np.ndarray({a.shape}, {type_text(a.dtype)}, b{a.buffer}, {a.offset}, {a.strides})"
        made.append(f"    {a.name} = {memory}")
        if a.values is not None:
            made.append(f"    {a.name}[...] = {values_text(a.values)}")
        if not a.writeable:
            last.append(f"    {a.name}.flags.writeable = False")
        if a.form != "array":
            how = {"list": "tolist()", "scalar": "__getitem__(())", "python": "item()"}[a.form]
            last.append(f"    {a.name} = {a.name}.{how}")
    arguments = ", ".join([*map(text, call.args), *(f"{name}={text(a)}" for name, a in call.keywords.items())])
    outs = ", ".join(out.name for out in call.outs())
    lines = "\n".join(made + last)
    uses = "import ml_dtypes\n" if "ml_dtypes" in lines + arguments else ""
    return f"""\
import numpy as np
{uses}from numpy import inf, nan
import fastact

np.seterr(all="raise")
for module in (fastact, fastact._reference.table):
{lines}
    try:
        print(repr(module.{call.name}({arguments})))
    except Exception as error:
        print(type(error).__name__, error)
    {f"print(repr([{outs}]))" if outs else ""}
"""
