"""A NumPy formula that behaves as a ufunc of one operand: the keywords, the overrides and the subclasses."""

import numpy as np

from fastact._arguments import result_dtype
from fastact._wrap import rewrap


def compute(formula, x, dtype):
    """formula(x) in at least double precision, quietly, rounded once to `dtype`."""
    with np.errstate(all="ignore"):
        x = x.astype(dtype, copy=False)  # what a ufunc's loop would be given
        return formula(x.astype(np.promote_types(dtype, np.float64), copy=False)).astype(dtype, copy=False)


class Ufunc:
    """Called as a ufunc is. The ``__array_ufunc__`` of pandas, xarray and others finds the attributes it looks for."""

    nin, nout, nargs = 1, 1, 2
    signature = identity = None

    def __init__(self, name, formula):
        self.__name__ = name
        self.formula = formula

    def __repr__(self):
        return f"<fastact ufunc {self.__name__!r}>"

    def __call__(self, x, /, out=None, *, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        if isinstance(out, tuple):
            if len(out) != 1:
                raise ValueError(f"fastact.{self.__name__}: out must be one array or a tuple of one, got {len(out)}")
            (out,) = out
        # as NumPy does, overrides see only the keywords that were given
        keywords = {}
        if out is not None:
            keywords["out"] = (out,)
        for keyword, value, default in (
            ("where", where, True),
            ("casting", casting, "same_kind"),
            ("order", order, "K"),
            ("dtype", dtype, None),
            ("subok", subok, True),
        ):
            if not (value is default or (isinstance(default, str) and value == default)):
                keywords[keyword] = value
        overriding = _overriding((x, out, where))
        if overriding:
            return self._ask(overriding, x, keywords)

        array = np.asarray(x)
        dtype = result_dtype(self.__name__, array.dtype, dtype, casting)
        target = {} if out is None else {"out": out}
        if isinstance(out, np.ndarray):
            if not np.can_cast(dtype, out.dtype, casting):
                raise TypeError(
                    f"fastact.{self.__name__}: the result cannot be cast from {dtype} to {out.dtype} "
                    f"with casting={casting!r}"
                )
            target = {"out": out.view(np.ndarray)}
        # np.positive copies: broadcasting, masking, memory order and the checks of `out` are NumPy's own
        computed = compute(self.formula, array, dtype)
        result = np.positive(computed, **target, where=where, casting=casting, order=order)
        if isinstance(out, np.ndarray):
            return out if type(out) is np.ndarray else rewrap(out, out, (self, (x, out), 0))
        return rewrap(x, result, (self, (x,), 0)) if subok else result

    def _ask(self, overriding, x, keywords):
        for operand in overriding:
            if operand.__array_ufunc__ is None:
                raise TypeError(
                    f"fastact.{self.__name__}: operand {type(operand).__name__!r} does not support ufuncs "
                    "(__array_ufunc__=None)"
                )
            result = operand.__array_ufunc__(self, "__call__", x, **keywords)
            if result is not NotImplemented:
                return result
        types = ", ".join(repr(type(operand).__name__) for operand in overriding)
        raise TypeError(f"fastact.{self.__name__}: the operand types all returned NotImplemented: {types}")


def _overriding(operands):
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
