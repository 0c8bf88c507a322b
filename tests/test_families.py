"""Promises that hold for every function: the same bits on any layout, thread and neighbour, no warnings, empty arrays,
lists, integers, types of 16 bits, operands that stay as they are."""

import numpy as np
import pytest
from families import COVERED, FAMILIES
from registry import COMPUTING, FLOATS, INTEGERS, LOSSES, NATIVE, SPARSE_LOSSES, bits, result_type, same

import fastact

each = pytest.mark.parametrize("f", FAMILIES, ids=lambda f: f.name)
each_float = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)


def unaligned(a):
    memory = np.empty(a.nbytes + 1, np.uint8)[1:].view(a.dtype).reshape(a.shape)
    memory[...] = a
    return memory


def all_same(got, want):
    for one, other in zip(got, want, strict=True):
        same(np.asarray(one), np.asarray(other))


CHANGES = {
    "Fortran": np.asfortranarray,
    "every third": lambda a: np.repeat(a, 3, axis=1)[:, ::3],
    "backwards": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "swapped bytes": lambda a: a.astype(a.dtype.newbyteorder()),
    "part of a wider one": lambda a: np.concatenate([a, a], axis=1)[:, : a.shape[1]],
    "unaligned": unaligned,
    "read-only": lambda a: np.lib.stride_tricks.as_strided(a, writeable=False),
}


def test_every_function_has_an_adapter():
    assert set(COMPUTING) == COVERED


@each
@each_float
def test_layouts(f, dtype):
    operands = f.operands((37, 23), dtype)
    before = [a.copy() for a in operands]
    want = f(*operands)
    for change in CHANGES.values():
        all_same(f(*map(change, operands)), want)
        for i in range(1 if f.count == 1 else f.count):
            all_same(f(*(change(a) if i == j else a for j, a in enumerate(operands))), want)
    all_same(operands, before)


@each
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_lengths(f, dtype):
    """One row of any length, in the middle of memory that holds others."""
    for n in (*range(1, 40), 4097):
        wide = f.operands((3, n + 5), dtype, seed=n)
        inside = [a[1:2, 2 : n + 2] for a in wide]
        all_same(f(*inside), f(*(a.copy() for a in inside)))


@each
@pytest.mark.skipif(not NATIVE, reason="NumPy runs on one thread")
def test_threads(f):
    found = set()
    shapes = ((600, 1000), (60_000, 10), (3, 200_000))
    given = [f.operands(shape, np.float32) for shape in shapes]
    crossed = [np.asfortranarray(a) for a in given[0]]
    for n in (1, 2, 3, 7):
        with fastact.num_threads(n):
            results = [y for operands in (*given, crossed) for y in f(*operands)]
        found.add(tuple(bits(np.asarray(y)) for y in results))
    assert len(found) == 1


@each
@each_float
def test_quiet(f, dtype):
    """Special values and limits of the type raise nothing, whatever stands beside them."""
    limits = np.finfo(dtype)
    edges = [0, -0.0, np.inf, -np.inf, np.nan, limits.max, limits.min, limits.tiny, limits.smallest_subnormal]
    edges = np.array([*edges, 1, -1, 20, -20, 90, -104, 720, -746, 1e4], dtype)
    with np.errstate(all="raise"):
        for n in (1, 2, 3, len(edges)):
            operands = [np.array([np.roll(edges, i * 5 + k)[:n] for k in range(len(edges))]) for i in range(f.count)]
            f(*operands)
            f(*(np.repeat(a, 2, axis=1)[:, ::2] for a in operands))


@each
@each_float
def test_empty(f, dtype):
    for shape in ((0, 4), (2, 0, 3)):
        for y in f(*(np.zeros(shape, dtype) for _ in range(f.count))):
            assert y.dtype == dtype
            assert np.size(y) == 0 or np.ndim(y) == 0


@each
def test_lists_and_integers(f):
    for dtype in INTEGERS if "probabilities" not in f.name else ():  # those would be labels
        operands = f.operands((6, 5), dtype)
        all_same(f(*operands), f(*(a.astype(np.float64) for a in operands)))
    if f.name.split()[0] in {*LOSSES, *SPARSE_LOSSES} or "of parts" in f.name:
        return  # their adapters ask for shapes
    all_same(f(*(a.tolist() for a in operands)), f(*(a.astype(np.float64) for a in operands)))


@each
def test_types_of_16_bits(f):
    """Computed in float32 and rounded once; sums of several elements are rounded from more."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    for dtype in (np.float16, ml_dtypes.bfloat16):
        operands = [a.astype(dtype) for a in f.operands((20, 30), np.float32)]
        results = f(*operands)
        assert all(y.dtype == dtype for y in results)
        if f.mixes == "elements" and not f.name.startswith("leaky_relu"):  # its slope is rounded first
            wide = f(*(a.astype(np.float32) for a in operands))
            for y, want in zip(results, wide, strict=True):
                same(np.asarray(y).view(np.uint16), np.asarray(want).astype(dtype).view(np.uint16))


@each
@each_float
def test_the_type_of_the_result(f, dtype):
    for y in f(*f.operands((3, 4), dtype)):
        assert y.dtype == result_type(dtype)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_neighbours(f, dtype):
    """A row, or an element, has its result whatever stands beside it."""
    if f.mixes == "all":
        pytest.skip("a sum over all of them")
    operands = f.operands((70, 13), dtype)
    want = f(*operands)
    for i in (1, 3, 16, 33, 64):
        all_same(f(*(a[i:] for a in operands)), [y[i:] for y in want])
        all_same(f(*(a[:i] for a in operands)), [y[:i] for y in want])
    for place in range(0, 13, 3):
        for special in (np.nan, np.inf, -np.inf, np.finfo(dtype).max):
            changed = [a.copy() for a in operands]
            changed[place % f.count][7, place] = special
            for got, expected in zip(f(*changed), want, strict=True):
                gone = [np.delete(np.asarray(y), 7, axis=0) for y in (got, expected)]
                same(*gone)
                if f.mixes == "elements":
                    same(np.delete(got[7], place), np.delete(expected[7], place))
