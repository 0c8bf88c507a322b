"""A call that can be timed again and again, in place too."""

import time

import numpy as np

from fastact._benchmark import arrays

IN_CACHE = 1 << 19  # bytes of the copies that calls in place overwrite: half of a second-level cache


class Call:
    """A contender's function on the arrays of a cell, or on others like them."""

    def __init__(self, cell, function, operands=None):
        self.function = function
        operands = operands or arrays.operands(cell)
        self.kept = None
        if cell.result == "out=":
            self.turns = [(arrays.results(cell), *operands)]
        elif cell.result == "in place":
            self.kept, *others = operands
            count = max(1, IN_CACHE // max(1, self.kept.nbytes))
            self.turns = [(self.kept.copy(), *others) for _ in range(count)]
        else:
            self.turns = [operands]

    def fresh(self):
        """Operands of the next call, none of them overwritten by an earlier one."""
        if self.kept is not None:
            np.copyto(self.turns[0][0], self.kept)
        return self.turns[0]

    def seconds(self, loops=1):
        """Of one call, in the mean of so many; in place those on copies that are made anew without being timed."""
        call, spent, done = self.function, 0.0, 0
        while done < loops:
            turns = self.turns * loops if self.kept is None else self.turns[: loops - done]
            if self.kept is not None:
                for first, *_ in turns:
                    np.copyto(first, self.kept)
            start = time.perf_counter()
            for operands in turns:
                call(*operands)
            spent += time.perf_counter() - start
            done += len(turns)
        return spent / done

    def loops(self, seconds):
        """How many calls take so long; the first of them is not counted."""
        self.seconds()
        return max(1, int(seconds / (self.seconds() + 1e-9)))
