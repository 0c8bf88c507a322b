"""A NumPy formula that behaves as a ufunc: several operands, the keywords, the overrides and the subclasses."""

from functools import cached_property

import numpy as np

from fastact._containers import for_ufuncs
from fastact._containers.kinds import are_plain
from fastact._reference.formulas import scale_and_add, scale_and_add_narrow
from fastact._shared.dtypes import WEAK, common_dtype, laid_out, number
from fastact._shared.overrides import LOOPS, ask, loops, overriding
from fastact._shared.scaled_arguments import sum_dtype
from fastact._shared.wrap import rewrap

# elements that a formula is given at once: its intermediate arrays then fit into a core's cache
BLOCK = 16_384


def compute(formula, x, dtype, *others, nout=1, order="K", kinds=None):
    """formula(x, *others) in at least double precision, quietly, rounded once to `dtype`; a tuple where nout > 1.

    Operands are taken in that type, or in `kinds` where these are given.

    The formula is given one-dimensional blocks of all operands, broadcast and without gaps: some of NumPy's functions
    round otherwise on strided arrays.
    """
    # 16 bits are rounded from float32, as kernels do
    wide, work = np.promote_types(dtype, np.float64), np.promote_types(dtype, np.float32)
    results = [laid_out((x, *others), dtype, order) for _ in range(nout)]
    with np.errstate(all="ignore"):
        # to `dtype` first: what a ufunc's loop would be given
        operands = [
            number(a, kind) if type(a) in WEAK else np.asarray(a).astype(kind, copy=False)
            for a, kind in zip((x, *others), kinds or [dtype] * (1 + len(others)), strict=True)
        ]
        blocks = np.nditer(
            [*operands, *results],
            flags=["buffered", "external_loop", "zerosize_ok"],
            op_flags=[["readonly"]] * len(operands) + [["writeonly"]] * nout,
            op_dtypes=[wide] * len(operands) + [dtype] * nout,
            casting="unsafe",
            buffersize=BLOCK,
        )
        with blocks:
            for block in blocks:
                # not by the flag "contig": before NumPy 2.3 a single number then has other values beside an array in
                # Fortran's order
                found = formula(*map(np.ascontiguousarray, block[: len(operands)]))
                for place, result in zip(block[len(operands) :], found if nout > 1 else (found,), strict=True):
                    place[...] = result.astype(work, copy=False)
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
            result[start : start + step] = part.astype(work, copy=False)
    return result.reshape(rows.shape[: rows.ndim - 2 + result.ndim])


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
            ready, finish = for_ufuncs.prepared(self.name, operands)
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

        dtype, kinds = self.types_of(operands, dtype, casting)
        for place in outs:
            if isinstance(place, np.ndarray) and not np.can_cast(dtype, place.dtype, casting):
                raise TypeError(
                    f"fastact.{self.name}: the result cannot be cast from {dtype} to {place.dtype} "
                    f"with casting={casting!r}"
                )
        formula = self.narrow if dtype.itemsize <= 4 else self.formula
        computed = compute(formula, operands[0], dtype, *operands[1:], nout=self.nout, order=order, kinds=kinds)
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

    @cached_property
    def scaled(self):
        """The same of scale * x + bias: x, scale, bias and the other operands."""
        return Scaled(self)

    def types_of(self, operands, dtype, casting):
        """The type of the results, and those in which operands are taken: None for the same."""
        return common_dtype(self.name, operands, dtype, casting), None

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


def _leading(operands):
    """The operand whose type the result takes: of the subclasses the one of highest priority."""
    special = [a for a in operands if hasattr(a, "__array_wrap__") and not isinstance(a, np.generic)]
    special = [a for a in special if type(a) is not np.ndarray]
    return max(special, key=lambda a: getattr(a, "__array_priority__", 0.0)) if special else operands[0]


class Scaled(Ufunc):
    """A ufunc of x, scale, bias and the other operands of another one."""

    def __init__(self, ufunc):
        def wide(x, scale, bias, *parameters):
            return ufunc.formula(scale_and_add(x, scale, bias), *parameters)

        def narrow(x, scale, bias, *parameters):
            return ufunc.narrow(scale_and_add_narrow(x, scale, bias), *parameters)

        super().__init__(ufunc.name, wide, ufunc.nin + 2, narrow=narrow)

    @cached_property
    def scaled(self):
        """The same of scale * x + bias: x, scale, bias and the other operands."""
        return Scaled(self)

    def types_of(self, operands, dtype, casting):
        """scale and bias have no part in the type of the result."""
        x, _, _, *parameters = operands
        dtype = common_dtype(self.name, (x, *parameters), dtype, casting)
        return dtype, [dtype, sum_dtype(dtype), sum_dtype(dtype), *[dtype] * len(parameters)]
