"""The protocol by which operands answer in a ufunc's place: ``__array_ufunc__``."""

import numpy as np

from fastact._shared.dtypes import WEAK

LOOPS = "efd"  # the types of NumPy that every function has a loop for


def loops(nin, nout):
    """The attribute `types` of a ufunc, by which others choose one."""
    return [f"{char * nin}->{char * nout}" for char in LOOPS]


class Bound:
    """A ufunc some of whose operands are settled: NumPy's protocol has no way to say that Python's numbers are weak.

    Those of the same ufunc and numbers are equal, so that dask sees equal calls in them.
    """

    signature = identity = None

    def __init__(self, ufunc, operands):
        self.name, self.__name__ = ufunc.name, ufunc.__name__
        self.ufunc = ufunc
        self.operands = tuple(operand if type(operand) in WEAK else None for operand in operands)
        self.nin = self.operands.count(None)
        self.nout = getattr(ufunc, "nout", 1)
        self.nargs = self.nin + self.nout
        self.types, self.ntypes = loops(self.nin, self.nout), len(LOOPS)

    def __repr__(self):
        shown = ", ".join("..." if operand is None else repr(operand) for operand in self.operands)
        return f"<fastact ufunc {self.__name__}({shown})>"

    def __dask_tokenize__(self):
        return "fastact.ufuncs", self.__name__, repr(self.operands)  # which tells 1 from 1.0, and -0.0 from 0.0

    def __eq__(self, other):
        return isinstance(other, Bound) and self.__dask_tokenize__() == other.__dask_tokenize__()

    def __hash__(self):
        return hash(self.__dask_tokenize__())

    def __call__(self, *others, **keywords):
        rest = iter(others)
        operands = [next(rest) if operand is None else operand for operand in self.operands]
        return self.ufunc(*operands, *rest, **keywords)


def ask(ufunc, asked, operands, keywords):
    """The answer of the first operand that has one to a call of ufunc.

    They are asked for a ufunc of the other operands than Python's numbers: pandas would make those float64 arrays.
    """
    others = [operand for operand in operands if type(operand) not in WEAK]
    if others and len(others) < len(operands):
        ufunc, operands = Bound(ufunc, operands), others
    for operand in asked:
        if operand.__array_ufunc__ is None:
            raise TypeError(
                f"fastact.{ufunc.name}: operand {type(operand).__name__!r} does not support ufuncs "
                "(__array_ufunc__=None)"
            )
        result = operand.__array_ufunc__(ufunc, "__call__", *operands, **keywords)
        if result is not NotImplemented:
            return result
    types = ", ".join(repr(type(operand).__name__) for operand in asked)
    raise TypeError(f"fastact.{ufunc.name}: the operand types all returned NotImplemented: {types}")


def overriding(operands):
    """One operand of each type that has an ``__array_ufunc__`` of its own: subclasses first, then left to right."""
    default = np.ndarray.__array_ufunc__
    found = []
    for operand in operands:
        kind = type(operand)
        if getattr(kind, "__array_ufunc__", default) is default or any(type(other) is kind for other in found):
            continue
        place = next((i for i, other in enumerate(found) if issubclass(kind, type(other))), len(found))
        found.insert(place, operand)
    return found
