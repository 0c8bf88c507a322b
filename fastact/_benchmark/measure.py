"""The best time of each library in a cell: the contenders take turns, so that all meet the same machine.

On one thread the turns are short. On several each is a stretch after a pause: the threads of most libraries look for
work for a while before they sleep, on CPUs that the next library needs.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from fastact._benchmark import contenders
from fastact._benchmark.grid import Cell
from fastact._benchmark.timed import Call

ROUND = 0.001  # seconds of a contender's turn on one thread, about
STRETCHES = 3  # turns of a contender on several threads
PAUSE = 0.1  # seconds before each of these


def candidates(cell: Cell, libraries: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Those of the libraries that have the cell's function, type and number of threads."""
    found = {}
    for library in libraries:
        function = contenders.functions(library, cell.result, cell.threads).get(cell.function.label)
        if function is not None and contenders.computes_in(library, cell.dtype):
            found[library] = function
    return found


def best_times(cell: Cell, libraries: Iterable[str], seconds: float) -> dict[str, float]:
    """{library: seconds of a call}; those that cannot compute the cell are not in it."""
    calls, loops, best = {}, {}, {}
    with np.errstate(all="ignore"):
        for library, function in candidates(cell, libraries).items():
            contenders.set_threads(library, cell.threads)
            call = Call(cell, function)
            try:
                loops[library] = call.loops(ROUND)
            except (NotImplementedError, RuntimeError, TypeError):
                continue
            calls[library], best[library] = call, float("inf")
        stretch = seconds / STRETCHES if cell.threads > 1 else 0.0
        end = time.perf_counter() + (seconds + STRETCHES * PAUSE * (cell.threads > 1)) * len(calls)
        while time.perf_counter() < end:
            for library, call in calls.items():
                time.sleep(PAUSE * (cell.threads > 1))
                start = time.perf_counter()
                best[library] = min(best[library], call.seconds(loops[library]))
                while time.perf_counter() < start + stretch:
                    best[library] = min(best[library], call.seconds(loops[library]))
    return best
