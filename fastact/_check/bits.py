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
    ]
    for names, digesting, types in families:
        for name in names:
            for dtype in types:
                yield name, dtype, digesting


def differing(dtype: np.dtype, found: Found) -> list[str]:
    """The lines whose digest is not the published one."""
    kept = digests.kept()
    return [f"{line} {dtype.name}" for line, digest in found.items() if kept[line, dtype.name] != digest]
