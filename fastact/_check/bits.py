"""The public functions against digests.txt: the bits that every instruction set and number of threads has to give."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

import fastact
from fastact._check import digests
from fastact._reference import table

WIDE: list[np.dtype] = [np.dtype(np.float32), np.dtype(np.float64)]
TYPES = [*WIDE, np.dtype(np.float16)]
try:
    from ml_dtypes import bfloat16
except ImportError:
    pass
else:
    TYPES.append(np.dtype(bfloat16))
ROWS = ("softmax", "log_softmax", "logsumexp")
ROW_GRADIENTS = ("softmax_grad", "log_softmax_grad")
INFORMATION = ("entropy", "expectation", "kl_divergence")
VECTORS = ("expectation-vectors",)
WEIGHTED = ("logsumexp-weighted",)
LARGEST = ("top_k", "top_k-log")
SPARSE = ("sparsemax", "entmax15")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_and_grad")
Found = dict[str, int]  # line -> digest


def results(line: str, found: Any) -> Found:
    """The digests of one result, or of several."""
    several = found if isinstance(found, tuple) else (found,)
    return {f"{line}.{i}" if i else line: digests.digest(y) for i, y in enumerate(several)}


def call(name: str, arguments: Sequence[Any], **options: Any) -> tuple[Any, ...]:
    """All results of an elementwise operation of the C registry, by the public function that runs it; by its ufunc
    where that is another one for parameters other than the defaults."""
    public = table.UFUNCS[name].name
    kind = name.removesuffix("_grad").removeprefix(public.removesuffix("_grad")).removeprefix("_")
    if kind in ("sloped", "clamped"):
        found = getattr(fastact.ufuncs, name)(*arguments, **options)
    else:
        found = getattr(fastact, public)(*arguments, **options, **({"approximate": kind} if kind else {}))
    return found if isinstance(found, tuple) else (found,)


def elementwise(name: str, dtype: np.dtype) -> Found:
    """Of an operation on its inputs."""
    return results(name, call(name, digests.arguments(name, table.UFUNCS[name].nin, dtype)))


def rows(name: str, dtype: np.dtype) -> Found:
    """Of a row function, along the last axis and along the first."""
    f, by_rows, by_columns = getattr(fastact, name), 0, 0
    for count, length in digests.ROWS:
        x = digests.rows(dtype, count, length)
        by_rows = digests.digest(np.asarray(f(x)), by_rows)
        by_columns = digests.digest(np.asarray(f(np.ascontiguousarray(x.T), axis=0)).T, by_columns)
    return {name: by_rows, f"{name}_columns": by_columns}


def row_gradients(name: str, dtype: np.dtype) -> Found:
    """Of a gradient of rows, along the last axis and along the first: they have one line."""
    f, by_rows, by_columns = getattr(fastact, name), 0, 0
    for count, length in digests.GRADIENT_ROWS:
        dy, y = digests.gradient_rows(name, dtype, count, length)
        by_rows = digests.digest(f(dy, y), by_rows)
        by_columns = digests.digest(f(*(np.ascontiguousarray(a.T) for a in (dy, y)), axis=0).T, by_columns)
    return {name: by_rows if by_rows == by_columns else -1}


def information(name: str, dtype: np.dtype) -> Found:
    """Of a sum over rows' probabilities. Of kl_divergence what its kernel computes: float64 has none."""
    before = 0
    if name == "kl_divergence" and dtype != np.float32:
        return {}
    for count, length in digests.ROWS:
        x = digests.rows(dtype, count, length)
        more = {"entropy": (), "expectation": (np.arange(length, dtype=dtype),), "kl_divergence": (x[::-1],)}[name]
        found = getattr(fastact, name)(x, *more)
        if name == "kl_divergence":
            found = np.where(np.isfinite(found) & ((found >= 2.0**-24) | (found == 0)), found, dtype.type(np.nan))
        before = digests.digest(found, before)
    return {name: before}


def averages(name: str, dtype: np.dtype) -> Found:
    """Of expectations of vectors."""
    before = 0
    for count, length in digests.ROWS:
        vectors = (7 * np.arange(length)[:, None] + 5 * np.arange(19)) % 23 - 11.0
        found = fastact.expectation(digests.rows(dtype, count, length), vectors.astype(dtype)[None])
        before = digests.digest(found, before)
    return {name: before}


def weighted(name: str, dtype: np.dtype) -> Found:
    """Of logarithms and signs of weighted sums, where the kernel gives them: in rows of numbers."""
    before = 0
    for count, length in digests.ROWS:
        x, b = digests.rows(dtype, count, length), (7 * np.arange(length) + 3) % 23 - 11.0
        found = np.stack(fastact.logsumexp(x, b=b, return_sign=True))
        found[:, ((np.isnan(x) | np.isposinf(x)) & (b != 0)).any(axis=1)] = np.nan
        before = digests.digest(found, before)
    return {name: before}


def largest(name: str, dtype: np.dtype) -> Found:
    """Of the five largest of each row, and their places."""
    before = 0
    for count, length in digests.ROWS:
        y, places = fastact.top_k(digests.rows(dtype, count, length), min(length, 5), log=name.endswith("log"))
        before = digests.digest(places.astype(np.float64), digests.digest(y, before))
    return {name: before}


def of_varied_rows(line: str, dtype: np.dtype, computed: Callable[[np.ndarray, int, int], Sequence[Any]]) -> Found:
    """Of what is computed of rows of every size of numbers, their count and their length: several results."""
    before = 0
    for count, length in digests.ROWS:
        for y in computed(digests.varied_rows(dtype, count, length), count, length):
            before = digests.digest(np.asarray(y), before)
    return {line: before}


def along_both(f: Callable[..., Any], arrays: Sequence[np.ndarray], **options: Any) -> np.ndarray:
    """The result along the last axis, or NaN where that along the first is another one."""
    y = np.asarray(f(*arrays, **options))
    columns = np.asarray(f(*(np.ascontiguousarray(a.T) for a in arrays), axis=0, **options)).T
    return y if digests.digest(y) == digests.digest(columns) else y * y.dtype.type(np.nan)


def stored_rows(name: str, dtype: np.dtype) -> Found:
    """Of row functions and gradients in 16 bits."""
    f = getattr(fastact, name)

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        reversed_ = x.reshape(-1)[::-1].reshape(x.shape)
        return [along_both(f, [reversed_, x] if name.endswith("_grad") else [x])]

    return of_varied_rows(name, dtype, computed)


def beside_extra(name: str, dtype: np.dtype) -> Found:
    """Of a row function beside an extra logit for each row."""
    f = getattr(fastact, name)

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        return [along_both(f, [x], extra_logit=digests.extra_logits(dtype, count, length))]

    return of_varied_rows(f"{name}-extra", dtype, computed)


def scaled(name: str, dtype: np.dtype) -> Found:
    """Of a row function with a scale, with a mask too, and with an extra logit besides; shorter rows are made in
    parts, as `biased` has them."""
    f = getattr(fastact, name)

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        if length < digests.SCALED_FROM:
            return []
        where, extra = digests.row_mask(count, length), digests.extra_logits(dtype, count, length)
        masked = [f(x, where=where, scale=scale) for scale in (1.0, 0.7, -1.7)]
        return [f(x, scale=0.3), *masked, f(x, where=where, scale=-1.0, extra_logit=extra)]

    return of_varied_rows(f"{name}-scaled", dtype, computed)


def biased(name: str, dtype: np.dtype) -> Found:
    """Of a row function with scale and bias, and beside an extra logit."""
    f = getattr(fastact, name)

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        options = {"scale": 0.3, "bias": x[::-1].copy()}
        return [f(x, **options), f(x, **options, extra_logit=digests.extra_logits(dtype, count, length))]

    return of_varied_rows(f"{name}-biased", dtype, computed)


def segments(name: str, dtype: np.dtype) -> Found:
    """Of all rows in one piece, cut anew."""
    f = getattr(fastact, f"segment_{name}")

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        return [f(x.reshape(-1), digests.segment_offsets(count, length))]

    return of_varied_rows(f"segment_{name}", dtype, computed)


def losses(name: str, dtype: np.dtype) -> Found:
    """Of the gradient and the losses; of cross entropy with an extra logit, which is one more class."""
    f = getattr(fastact, name)
    has_extra = name == "cross_entropy"

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        labels = digests.some_ignored(digests.labels(count, length, length + has_extra))
        extra = {"extra_logit": digests.extra_logits(dtype, count, length)} if has_extra else {}
        return f(x, labels, ignore_index=-1, reduction="none", return_grad=True, **extra)[::-1]

    return of_varied_rows(f"{name}-extra" if has_extra else name, dtype, computed)


def of_rows(name: str, dtype: np.dtype) -> Found:
    """Of functions that the engine makes of rows, or of the kernels' results."""
    f = getattr(fastact, name)

    def computed(x: np.ndarray, count: int, length: int) -> list[Any]:
        if name == "logsumexp_grad":
            return [f(digests.row_weights(dtype, count, length), x)]
        return [f(x, digests.labels(count, length, length)) if name == "log_prob" else f(x)]

    return of_varied_rows(name, dtype, computed)


def binary_cross_entropy(name: str, dtype: np.dtype) -> Found:
    """Of the loss alone, or of loss and gradient."""
    x, targets, weight, positive = digests.arguments(name, 4, dtype)
    options: dict[str, Any] = {"weight": weight, "pos_weight": positive, "reduction": "none"}
    f = fastact.binary_cross_entropy_with_logits
    return results(name, f(x, targets, return_grad=name.endswith("_and_grad"), **options))


Digesting = Callable[[str, np.dtype], Found]


def tasks() -> Iterator[tuple[str, np.dtype, Digesting]]:
    """(name, type, function of both that gives its lines), of all."""
    families: list[tuple[Iterable[str], Digesting, list[np.dtype]]] = [
        (sorted(table.UFUNCS), elementwise, TYPES),
        (ROWS, rows, WIDE),
        (ROW_GRADIENTS, row_gradients, WIDE),
        (INFORMATION, information, WIDE),
        (VECTORS, averages, WIDE),
        (WEIGHTED, weighted, [np.dtype(np.float64)]),
        (LARGEST, largest, WIDE),
        (BINARY, binary_cross_entropy, WIDE),
        ((*ROWS, *ROW_GRADIENTS), stored_rows, TYPES[2:]),
        (ROWS, beside_extra, TYPES),
        (ROWS, scaled, WIDE),
        (ROWS, biased, WIDE),
        (ROWS, segments, WIDE),
        (("cross_entropy", *(f"{name}_loss" for name in SPARSE)), losses, WIDE),
        (("logsumexp_grad", "log_prob", *SPARSE), of_rows, WIDE),
    ]
    for names, digesting, types in families:
        for name in names:
            for dtype in types:
                yield name, dtype, digesting


def differing(dtype: np.dtype, found: Found) -> list[str]:
    """The lines whose digest is not the published one."""
    kept = digests.kept()
    return [f"{line} {dtype.name}" for line, digest in found.items() if kept[line, dtype.name] != digest]
