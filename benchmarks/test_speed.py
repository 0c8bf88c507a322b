"""``python -m pytest benchmarks`` times every contender on the same arrays and prints who wins each cell.

A contender is timed only after its result has been compared with fastact's. The contenders of a cell follow one another
within seconds: compare inside a cell, not across runs. `--full` walks the whole grid; `record.py` keeps what was found.
"""

from functools import lru_cache

import numpy as np
import pytest

from fastact._benchmark.arrays import as_dtype, operands
from fastact._benchmark.contenders import SLOW, functions, set_threads
from fastact._benchmark.timed import Call

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
        if mine.dtype.kind == "i":  # of equal numbers, libraries take any
            continue
        assert theirs.dtype == as_dtype(cell.dtype)
        if np.isnan(theirs).any() and not np.isnan(mine).any():
            pytest.skip(f"{library} gives NaN: it overflows")
        part = slice(None, None, max(1, mine.size // 100_000))
        a, b = (r.reshape(-1)[part].astype(np.float64) for r in (mine, theirs))
        np.testing.assert_allclose(b, a, rtol=rtol, atol=atol)


def test_speed(benchmark, cell, library):
    benchmark.group = cell.id
    benchmark.extra_info.update(cell.info, library=library)
    function = functions(library, cell.result, cell.threads)[cell.function.label]
    set_threads("fastact", cell.threads)
    set_threads(library, cell.threads)
    call = Call(cell, function)
    given = call.fresh()
    with np.errstate(all="ignore"):
        try:
            made = function(*given)
        except (NotImplementedError, RuntimeError, TypeError) as error:
            if library == "fastact":
                raise
            pytest.skip(f"{library}: {error}")
        check(cell, library, made if cell.result == "new" else given[0])
        seconds = call.seconds()  # once more: the first call may have compiled
        if seconds > SLOW:
            benchmark.pedantic(function, call.fresh())
        elif cell.result == "in place":
            rounds = max(benchmark._min_rounds, min(1000, int(benchmark._max_time / seconds)))
            benchmark.pedantic(function, setup=lambda: (call.fresh(), {}), rounds=rounds)
        else:
            benchmark(function, *given)
