"""Where random choices come from: Hypothesis, which makes a failing call small, or a fast generator for long runs.

Every choice is an integer of a range, of which 0 is the plainest: whoever lowers the integers makes the call plainer.
"""

import random
from functools import lru_cache


class Draw:
    """The choices of one call. The subclasses say where an integer comes from."""

    def integer(self, high):
        """One of 0 to high."""
        raise NotImplementedError

    def choice(self, options):
        """One of a sequence, the plainest first."""
        return options[self.integer(len(options) - 1)]

    def chance(self, percent):
        """True in so many of 100 cases; False is the plainest."""
        return self.integer(99) >= 100 - percent

    def order(self, n):
        """A permutation of range(n)."""
        rest = list(range(n))
        return tuple(rest.pop(self.integer(len(rest) - 1)) for _ in range(n))


class Generated(Draw):
    """From a seed."""

    def __init__(self, seed):
        self.below = random.Random(seed).randrange
        self.made = []

    def integer(self, high):
        self.made.append(value := self.below(high + 1))
        return value


class Replayed(Draw):
    """From a list of choices; what it lacks is 0, and what is too large is the largest."""

    def __init__(self, choices):
        self.rest = iter(choices)
        self.made = []

    def integer(self, high):
        self.made.append(value := min(next(self.rest, 0), high))
        return value


@lru_cache(maxsize=None)
def _integers(high):
    from hypothesis import strategies

    return strategies.integers(0, high)


class Hypothesis(Draw):
    """From the `draw` of a composite strategy."""

    def __init__(self, draw):
        self.draw = draw

    def integer(self, high):
        return self.draw(_integers(high))


def smaller(choices, fails, attempts=600):
    """Choices as small as can be found that still fail: zeros for runs of them first, then halves of single ones."""
    best = list(choices)

    def better(candidate):
        nonlocal best, attempts
        attempts -= 1
        if candidate != best and (made := fails(candidate)) is not None and (len(made), made) < (len(best), best):
            best = made
            return True
        return False

    size = len(best)
    while size >= 1 and attempts > 0:
        start = 0
        while start < len(best) and attempts > 0:
            if any(best[start : start + size]):
                if not better(best[:start] + best[start + size :]):
                    better(best[:start] + [0] * len(best[start : start + size]) + best[start + size :])
            start += size
        size //= 2
    for place in range(len(best)):
        while attempts > 0 and place < len(best) and best[place] > 1:
            if not better([*best[:place], best[place] // 2, *best[place + 1 :]]):
                break
    return best
