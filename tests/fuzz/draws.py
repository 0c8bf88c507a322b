"""Where random choices come from: bytes that Hypothesis lowers until a failing call is small, or a fast generator.

Every choice is an integer of a range, of which 0 is the plainest: whoever lowers the integers makes the call plainer.
"""

import random


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
        self.random = random.Random(seed).random
        self.made = []

    def integer(self, high):
        self.made.append(value := int(self.random() * (high + 1)))
        return value


class Replayed(Draw):
    """From a list of choices; what it lacks is 0, and what is too large is the largest."""

    def __init__(self, choices):
        self.rest = iter(choices)
        self.made = []

    def integer(self, high):
        self.made.append(value := min(next(self.rest, 0), high))
        return value


class FromBytes(Draw):
    """From bytes: Hypothesis draws and lowers a string of them a hundred times faster than it draws each choice."""

    SIZE = 128  # more than most calls take; what is beyond it is 0

    def __init__(self, given):
        self.next = iter(given).__next__
        self.made = []

    def integer(self, high):
        value = scale = 0
        while scale < high:
            try:
                byte = self.next()
            except StopIteration:
                byte = 0
            value, scale = value << 8 | byte, scale << 8 | 255
        self.made.append(value := value * (high + 1) // (scale + 1))
        return value


def smaller(choices, fails, attempts=250):
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
            run = best[start : start + size]
            if any(run) and not better(best[:start] + best[start + size :]):
                better(best[:start] + [0] * len(run) + best[start + size :])
            start += size
        size //= 2
    for place in range(len(best)):
        while attempts > 0 and place < len(best) and best[place] > 1:
            if not better([*best[:place], best[place] // 2, *best[place + 1 :]]):
                break
    return best
