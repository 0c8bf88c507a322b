"""A function of one array applied to an .npy file, block by block through memory maps, into another.

Neither file need fit into memory: a block's pages are given back with its maps. The result grows in a temporary file
beside its place and is renamed when it is whole; whatever ends the work early removes it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.format import open_memmap

BLOCK = 64 << 20  # bytes of input that a call is given, where the shape allows it


class Plan(NamedTuple):
    """What is read and written: dtypes, shapes, memory order, and the axes along which blocks are cut."""

    function: Callable[..., Any]
    shape: tuple[int, ...]
    dtype: np.dtype
    result_shape: tuple[int, ...]
    result_dtype: np.dtype
    fortran: bool
    free: list[int]  # the outermost in memory first
    places: list[int | None]  # of each axis: the result's, None where it is reduced


def read(path: Path) -> np.ndarray:
    """The array of an .npy file, mapped."""
    return np.asarray(open_memmap(path, mode="r"))


def plan(source: np.ndarray, function: Callable[..., Any], family: str, axis: Any, keepdims: bool) -> Plan:
    """How the function of a family is applied; `axis` is that of rows and gates."""
    ndim, shape = source.ndim, list(source.shape)
    every = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    named = {i % ndim for i in every if -ndim <= i < ndim and family != "elementwise"}
    # an array of the same kind as small as the function allows tells the result's kind, and what is given wrongly
    small = [min(n, 2 if i in named else 1) for i, n in enumerate(shape)]
    probe = np.asarray(function(np.ones(small, source.dtype)))
    places: list[int | None] = list(range(ndim))
    if probe.ndim < ndim:
        kept = [i for i in range(ndim) if i not in named]
        places = [kept.index(i) if i in kept else None for i in range(ndim)]
    result = [1] * probe.ndim
    for i, place in enumerate(places):
        if place is not None:
            halved = family == "gate" and i in named
            result[place] = 1 if keepdims and i in named else shape[i] // 2 if halved else shape[i]
    fortran = source.flags.f_contiguous and not source.flags.c_contiguous
    free = [i for i in (reversed(range(ndim)) if fortran else range(ndim)) if i not in named]
    return Plan(function, tuple(shape), source.dtype, tuple(result), probe.dtype, fortran, free, places)


def _memory() -> int:
    """Bytes that the machine has, 0 where it does not tell."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0


def _limit(p: Plan) -> int:
    """Bytes of a block. Where its pieces lie apart in the file a larger one reads fewer pages twice."""
    order = range(len(p.shape))[:: -1 if p.fortran else 1]
    rows = [i for i in order if i not in p.free]
    inner = order[order.index(rows[0]) :] if rows else []  # what lies within one turn of the outermost axis of rows
    whole = int(np.prod([p.shape[i] for i in inner])) * p.dtype.itemsize
    return BLOCK if whole <= BLOCK or len(inner) == len(rows) else max(BLOCK, _memory() // 8)


def blocks(p: Plan) -> Iterator[tuple[slice, ...]]:
    """Indices of parts of the array that hold whole rows, in the order of memory."""
    limit = max(1, _limit(p) // p.dtype.itemsize)

    def cut(index: list[slice], free: list[int], size: int) -> Iterator[tuple[slice, ...]]:
        if size <= limit or not free:
            yield tuple(index)
            return
        axis, n = free[0], p.shape[free[0]]
        step = max(1, limit * n // size)
        for start in range(0, n, step):
            index[axis] = slice(start, min(n, start + step))
            yield from cut(list(index), free[1:], size // n * (index[axis].stop - start))

    yield from cut([slice(None)] * len(p.shape), p.free, max(1, int(np.prod(p.shape))))


def _reserve(path: Path) -> None:
    """Takes the file's space on the disk: without it, a full one would end the process while it writes a page."""
    if hasattr(os, "posix_fallocate"):
        size = path.stat().st_size
        with path.open("r+b") as file:
            try:
                os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                raise OSError(error.errno, f"{error.strerror}: {size:,} bytes", str(path.parent)) from None


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def apply(source: Path, target: Path, p: Plan, advance: Callable[[float], None]) -> None:
    """Computes the target; `advance` is told the bytes read."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        open_memmap(temporary, "w+", p.result_dtype, p.result_shape, p.fortran)
        _reserve(temporary)
        for index in blocks(p):
            # maps of this block alone: the next ones' take its pages' place
            part = read(source)[index]
            made = np.asarray(open_memmap(temporary, "r+"))
            there = tuple(cut for cut, place in zip(index, p.places, strict=True) if place is not None)
            p.function(part, out=made[there or ...])
            advance(part.nbytes)
            del part, made
        _sync(temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
