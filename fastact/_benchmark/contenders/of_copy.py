"""No contender but the roof: a plain copy of as many bytes as the function must read and write."""

import numpy as np

from fastact._benchmark import grid


def _bytes(arrays):
    return sum(a.nbytes for a in arrays)


def _source(operands, results):
    results = results if isinstance(results, tuple) else (results,)
    return np.ones((_bytes(operands) + _bytes(results)) // 2, np.uint8)


class _Copy:
    """The source is made on the first call, which is not timed, and kept while the operands are the same."""

    def __init__(self, into_ready):
        self.into_ready = into_ready
        self.key = None

    def __call__(self, *arrays):
        key = tuple(id(a) for a in arrays)
        if key != self.key:
            results, operands = (arrays[0], arrays[1:]) if self.into_ready else (arrays[0], arrays)
            self.key, self.source = key, _source(operands, results)
            self.target = np.empty_like(self.source)
        if self.into_ready:
            np.copyto(self.target, self.source)
        else:
            self.source.copy()


def functions(threads):
    return (
        {label: _Copy(False) for label, f in grid.FUNCTIONS.items() if f.family == "elementwise"}
        if threads == 1
        else {}
    )


def functions_out(threads):
    return {label: _Copy(True) for label in grid.FUNCTIONS} if threads == 1 else {}
