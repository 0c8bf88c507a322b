"""``python benchmarks/time_kinds.py FILE.csv``: fastact's time on each kind of data over its time on the usual one.

The kinds of a function, type and way of storing take their rounds in turn in one process and in the same memory; a
figure is the median of the ratios of the rounds, beside ns per element on the usual kind. `record.py` runs this on
every instruction set.
"""

import argparse
import itertools
import statistics
from pathlib import Path

import numpy as np
import results
from selections import kinds

from fastact._benchmark import contenders
from fastact._benchmark.arrays import operands
from fastact._benchmark.kinds import KINDS, USUAL
from fastact._benchmark.timed import Call

HEADS = ["family", "function", "dtype", "shape", "result", "ns", *(kind for kind in KINDS if kind != USUAL)]
ROUND = 50e-6  # seconds, about


def ratios(cells, public, rounds):
    """(seconds of the usual kind's best round, {kind: median of its ratios to it}), of cells that differ in kind."""
    data = {cell.data: operands(cell) for cell in cells}
    given = tuple(a.copy() for a in data[USUAL])
    call = Call(cells[0], public, given)
    loops = call.loops(ROUND)
    found = {kind: [] for kind in data}
    for _ in range(rounds):
        for kind, arrays in data.items():
            for mine, theirs in zip(given, arrays, strict=True):
                np.copyto(mine, theirs)
            call.seconds()
            found[kind].append(call.seconds(loops))
    usual = found[USUAL]
    middle = lambda times: statistics.median(t / u for t, u in zip(times, usual, strict=True))  # noqa: E731
    return min(usual), {kind: middle(times) for kind, times in found.items()}


def lines(rounds, wanted):
    """A line of the data file for each function, type and way of storing."""
    contenders.set_threads("fastact", 1)
    same = lambda cell: (cell.function, cell.dtype, cell.result)  # noqa: E731
    for (function, dtype, result), cells in itertools.groupby(kinds(1), same):
        if wanted and not any(text in f"{function.label}-{dtype}" for text in wanted):
            continue
        public = contenders.functions("fastact", result)[function.label]
        cells = list(cells)
        seconds, found = ratios(cells, public, rounds)
        shape = "x".join(map(str, cells[0].shape))
        nanoseconds = f"{seconds / cells[0].elements * 1e9:.4g}"
        yield [function.family, function.label, dtype, shape, result, nanoseconds] + [
            f"{found[kind]:.2f}" for kind in HEADS[6:]
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help="the data file to write")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--cells", default="", help="only functions and types that contain one of these")
    given = parser.parse_args()
    wanted = [text for text in given.cells.split(",") if text]
    found = list(lines(given.rounds, wanted))
    results.write_lines(given.file, results.here() | {"rounds": given.rounds}, HEADS, found)
    print(f"{given.file}: {len(found)} lines")


if __name__ == "__main__":
    main()
