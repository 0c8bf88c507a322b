"""``python -m pytest benchmarks`` times every contender on the same arrays and prints who wins each cell.

A contender is timed only after its result has been compared with fastact's. The contenders of a cell follow one another
within seconds: compare inside a cell, not across runs. `--full` walks the whole grid; see `report.py`.
"""

from functools import lru_cache
from time import perf_counter

import numpy as np
import pytest
from contenders import SLOW, functions, set_threads
from grid import as_dtype, operands, results

# relative and absolute: the same function, tails aside, which several contenders lose; some hold float32 constants,
# and in 16 bits some round after every step
TOLERANCE = {"float16": (2e-2, 2e-2), "bfloat16": (1e-1, 1e-1), "float32": (3e-5, 2e-5), "float64": (1e-7, 1e-7)}


@lru_cache(maxsize=1)
def expected(cell):
    """What fastact gives, one array or several."""
    made = functions("fastact", threads=cell.threads)[cell.function.label](*operands(cell))
    return made if isinstance(made, tuple) else (made,)


def check(cell, library, made):
    """That a contender gives what fastact gives."""
    if library == "copy":
        return
    rtol, atol = TOLERANCE[cell.dtype]
    for mine, theirs in zip(expected(cell), made if isinstance(made, tuple) else (made,), strict=True):
        mine, theirs = np.asarray(mine), np.asarray(theirs)
        assert theirs.size == mine.size
        assert theirs.dtype == as_dtype(cell.dtype)
        if np.isnan(theirs).any() and not np.isnan(mine).any():
            pytest.skip(f"{library} gives NaN: it overflows")
        part = slice(None, None, max(1, mine.size // 100_000))
        a, b = (r.reshape(-1)[part].astype(np.float64) for r in (mine, theirs))
        np.testing.assert_allclose(b, a, rtol=rtol, atol=atol)


def test_speed(benchmark, cell, library):
    benchmark.group = cell.id
    benchmark.extra_info.update(
        function=cell.function.label,
        family=cell.function.family,
        dtype=cell.dtype,
        shape=list(cell.shape),
        out=cell.out,
        threads=cell.threads,
        library=library,
    )
    call = functions(library, cell.out, cell.threads).get(cell.function.label)
    if call is None:
        pytest.skip(f"{library} has no {cell.function.label} like this")
    set_threads("fastact", cell.threads)
    set_threads(library, cell.threads)
    arrays = operands(cell)
    if cell.out:
        out = results(cell)
        arrays = (out, *arrays)
    with np.errstate(all="ignore"):
        try:
            made = call(*arrays)
        except (NotImplementedError, RuntimeError, TypeError) as error:
            if library == "fastact":
                raise
            pytest.skip(f"{library}: {error}")
        check(cell, library, out if cell.out else made)
        start = perf_counter()
        call(*arrays)  # once more: the first call may have compiled
        if perf_counter() - start > SLOW:
            benchmark.pedantic(call, arrays)
        else:
            benchmark(call, *arrays)
