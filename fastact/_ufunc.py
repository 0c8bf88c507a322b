"""A NumPy formula that behaves as a ufunc: several operands, the keywords, the overrides and the subclasses."""

import numpy as np

from fastact import _for_ufuncs
from fastact._arguments import is_floating, promoted, result_dtype
from fastact._containers import WEAK, are_plain
from fastact._wrap import rewrap

# elements that a formula is given at once: its intermediate arrays then fit into a core's cache
BLOCK = 16_384


def number(a, dtype):
    """A Python number in this type, infinite beyond its range. NumPy has no integers of more than 64 bits."""
    with np.errstate(all="ignore"):
        return np.asarray(a if dtype.char == "g" else float(a)).astype(dtype)[()]


def laid_out(operands, dtype, order="K"):
    """A new array for the result of a ufunc of these, whose elements lie where NumPy would put them."""
    arrays = [np.asarray(a) for a in operands if type(a) not in WEAK]
    if not any(a.ndim for a in arrays):
        return np.empty((), dtype)
    return np.nditer(
        [*arrays, None],
        flags=["refs_ok", "zerosize_ok", "multi_index"],
        op_flags=[["readonly"]] * len(arrays) + [["writeonly", "allocate"]],
        op_dtypes=[None] * len(arrays) + [dtype],
        order=order,
    ).operands[-1]


def compute(formula, x, dtype, *others, nout=1, order="K"):
    """formula(x, *others) in at least double precision, quietly, rounded once to `dtype`; a tuple where nout > 1.

    The formula is given one-dimensional blocks of all operands, broadcast and without gaps: some of NumPy's functions
    round otherwise on strided arrays.
    """
    wide = np.promote_types(dtype, np.float64)
    results = [laid_out((x, *others), dtype, order) for _ in range(nout)]
    with np.errstate(all="ignore"):
        # to `dtype` first: what a ufunc's loop would be given
        operands = [
            number(a, dtype) if type(a) in WEAK else np.asarray(a).astype(dtype, copy=False) for a in (x, *others)
        ]
        blocks = np.nditer(
            [*operands, *results],
            flags=["buffered", "external_loop", "zerosize_ok"],
            op_flags=[["readonly", "contig"]] * len(operands) + [["writeonly"]] * nout,
            op_dtypes=[wide] * len(operands) + [dtype] * nout,
            casting="unsafe",
            buffersize=BLOCK,
        )
        with blocks:
            for block in blocks:
                found = formula(*block[: len(operands)])
                for place, result in zip(block[len(operands) :], found if nout > 1 else (found,), strict=True):
                    place[...] = result
    return tuple(results) if nout > 1 else results[0]


def compute_rows(formula, rows, dtype, *others):
    """As `compute`, of operands of one shape whose last axis, a row, the formula needs whole.

    It is given as many rows as make up a block, and answers each with a row or with one element.
    """
    if rows.size == 0:
        return np.empty(rows.shape, dtype)
    wide, work = np.promote_types(dtype, np.float64), np.promote_types(dtype, np.float32)
    step = max(1, BLOCK // rows.shape[-1])
    result = None
    with np.errstate(all="ignore"):
        # 16 bits are computed in float32
        operands = [a.astype(work, copy=False).reshape(-1, rows.shape[-1]) for a in (rows, *others)]
        for start in range(0, len(operands[0]), step):
            part = formula(*(a[start : start + step].astype(wide) for a in operands))
            if result is None:
                result = np.empty((len(operands[0]), *part.shape[1:]), dtype)
            result[start : start + step] = part
    return result.reshape(rows.shape[: rows.ndim - 2 + result.ndim])


def type_of(operand):
    """Its type, None for a Python number."""
    return None if type(operand) in WEAK else np.asarray(operand).dtype


def common_dtype(name, operands, dtype=None, casting="same_kind", types=None):
    """The floating type in which function `name` answers these operands; TypeError where there is none.

    That of all arrays together, float64 for integers and bool. Python numbers count where there is nothing else: they
    are float64. `types` are those of the operands where they are known, None for a Python number.
    """
    given = [type_of(a) for a in operands] if types is None else types
    if all(a is None for a in given):
        given = [np.dtype(np.float64)] * len(given)
    arrays = [a for a in given if a is not None]
    for a, operand in zip(given, operands, strict=True):
        if a is not None:
            result_dtype(name, a, dtype, casting, origin=operand)
    if dtype is not None:
        return result_dtype(name, np.dtype(np.float64), dtype, "unsafe")
    together = promoted(name, arrays)
    result = together.newbyteorder("=") if is_floating(together) else np.dtype(np.float64)
    for a in arrays:
        if not np.can_cast(a, result, casting):
            raise TypeError(f"fastact.{name}: an operand cannot be cast from {a} to {result} with casting={casting!r}")
    return result


LOOPS = "efd"  # the types of NumPy that every function has a loop for


def loops(nin, nout):
    """The attribute `types` of a ufunc, by which others choose one."""
    return [f"{char * nin}->{char * nout}" for char in LOOPS]


class Ufunc:
    """Called as a ufunc of `nin` operands is; a formula of two results gives a tuple.

    `narrow` is the formula for results of at most 32 bits, where that is simpler: there float64 needs no second part.
    The ``__array_ufunc__`` of others finds the attributes it looks for. `name` is the public function's, ``__name__``
    that in `fastact.ufuncs`, by which it is pickled.
    """

    signature = identity = None

    def __init__(self, name, formula, nin=1, nout=1, narrow=None):
        self.name = self.__name__ = name
        self.__module__ = "fastact.ufuncs"
        self.formula, self.narrow = formula, narrow or formula
        self.nin, self.nout, self.nargs = nin, nout, nin + nout
        self.types, self.ntypes = loops(nin, nout), len(LOOPS)

    def __repr__(self):
        return f"<fastact ufunc {self.__name__!r}>"

    def __reduce__(self):
        return self.__name__

    def __call__(self, *operands, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        if self.nin < len(operands) <= self.nargs and out is None:
            operands, out = operands[: self.nin], operands[self.nin :]
            out += (None,) * (self.nout - len(out))
        if len(operands) != self.nin:
            raise TypeError(f"fastact.{self.name}: takes {self.nin} operands and out, got {len(operands)}")
        outs = self._outputs(out)
        where = True if where is None else where
        if not are_plain(*operands):
            ready, finish = _for_ufuncs.prepared(self.name, operands)
            if finish is not None:
                keywords = {"casting": casting, "order": order, "dtype": dtype, "subok": subok}
                results = self(*ready, out=out, where=where, **keywords)
                return results if out is not None else finish(results)
            operands = ready
        # as NumPy does, overrides see only the keywords that were given
        keywords = {}
        if any(place is not None for place in outs):
            keywords["out"] = outs
        for keyword, value, default in (
            ("where", where, True),
            ("casting", casting, "same_kind"),
            ("order", order, "K"),
            ("dtype", dtype, None),
            ("subok", subok, True),
        ):
            if not (value is default or (isinstance(default, str) and value == default)):
                keywords[keyword] = value
        asked = overriding((*operands, *outs, where))
        if asked:
            return ask(self, asked, operands, keywords)

        dtype = common_dtype(self.name, operands, dtype, casting)
        for place in outs:
            if isinstance(place, np.ndarray) and not np.can_cast(dtype, place.dtype, casting):
                raise TypeError(
                    f"fastact.{self.name}: the result cannot be cast from {dtype} to {place.dtype} "
                    f"with casting={casting!r}"
                )
        formula = self.narrow if dtype.itemsize <= 4 else self.formula
        computed = compute(formula, operands[0], dtype, *operands[1:], nout=self.nout, order=order)
        results = computed if self.nout > 1 else (computed,)
        if self.nout > 1:
            results = self._fit(results, outs, where)
        finished = []
        for i, (result, place) in enumerate(zip(results, outs, strict=True)):
            plain = place.view(np.ndarray) if isinstance(place, np.ndarray) else place
            if plain is not None or where is not True or order != "K" or result.ndim == 0 or not result.flags.writeable:
                # np.positive copies: broadcasting, masking, memory order and the checks of `out` are NumPy's own
                with np.errstate(all="ignore"):  # a narrower out may overflow
                    result = np.positive(result, out=plain, where=where, casting=casting, order=order)
            if isinstance(place, np.ndarray):
                context = self, (*operands, *outs), i
                finished.append(place if type(place) is np.ndarray else rewrap(place, place, context))
            else:
                context = self, tuple(operands), i
                finished.append(rewrap(_leading(operands), result, context) if subok else result)
        return tuple(finished) if self.nout > 1 else finished[0]

    def _outputs(self, out):
        """`out` as a tuple of as many as there are results, None where there is none."""
        if not isinstance(out, tuple):
            out = (None,) * self.nout if out is None else (out,)
        if len(out) != self.nout:
            wanted = "one array or a tuple of one" if self.nout == 1 else f"a tuple of {self.nout}"
            raise ValueError(f"fastact.{self.name}: out must be {wanted}, got {len(out)}")
        return out

    def _fit(self, results, outs, where):
        """The results in the shape that all outputs have; raises before one is written to that another is unfit."""
        given = [place for place in outs if place is not None]
        for place in given:
            if not isinstance(place, np.ndarray):
                raise TypeError(f"fastact.{self.name}: out must hold arrays or None, got {type(place).__name__}")
            if not place.flags.writeable:
                raise ValueError(f"fastact.{self.name}: out is read-only")
        shape = np.broadcast_shapes(*(a.shape for a in (*results, *given)), np.shape(where))
        for place in given:
            if place.shape != shape:
                raise ValueError(f"fastact.{self.name}: out has shape {place.shape}, the result has {shape}")
        return [result if result.shape == shape else np.broadcast_to(result, shape) for result in results]


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


def _leading(operands):
    """The operand whose type the result takes: of the subclasses the one of highest priority."""
    special = [a for a in operands if hasattr(a, "__array_wrap__") and not isinstance(a, np.generic)]
    special = [a for a in special if type(a) is not np.ndarray]
    return max(special, key=lambda a: getattr(a, "__array_priority__", 0.0)) if special else operands[0]
