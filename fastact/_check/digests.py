"""The fixed inputs of digests.txt and the digest itself, in NumPy: what tests/c/digest.h and digest_rows.c draw, bit
for bit. A line of that file is an operation of the C registry, an element type and the digest of its results.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

KEPT = Path(__file__).parent / "digests.txt"
WALK = 1 << 20
EDGES, TURNS = 13, 4
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
BASE = 0x100000001B3
WORDS = {np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}
# how many rows of which length
ROWS = [(37, n) for n in range(1, 71)]
ROWS += [(37, 100), (5, 1000), (5, 4097), (5, 9001), (20_000, 10), (300, 1000), (2, 150_001)]
GRADIENT_ROWS = [(37, n) for n in [*range(1, 71), 100]] + [(5, n) for n in (1000, 3000, 4097, 9001)]


@lru_cache
def kept():
    """{(operation, type): digest}"""
    return {(op, dtype): int(digest, 16) for op, dtype, digest in map(str.split, KEPT.read_text().splitlines())}


def mix(z):
    """splitmix64's bijection of 64 bits, of an array."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@lru_cache
def _powers():
    """BASE**i modulo 2**64, i up to WALK."""
    return np.cumprod(np.full(WALK, BASE, np.uint64), dtype=np.uint64)


def digest(y, before=0):
    """The digest `before` carried on over the elements of y in C order, every NaN alike; 16-bit types as float32."""
    y = np.ascontiguousarray(y, np.float64 if y.dtype == np.float64 else np.float32).reshape(-1)
    if y.size > WALK:
        return digest(y[WALK:], digest(y[:WALK], before))
    words = np.where(np.isnan(y), y.dtype.type(np.nan), y).view(WORDS[y.dtype]).astype(np.uint64)
    hashed = mix(words)
    powers = _powers()[: y.size]
    total = int((hashed[:-1] * powers[-2::-1]).sum(dtype=np.uint64)) + int(hashed[-1])
    return (before * int(powers[-1]) + total) % 2**64


def _unit(r):
    """In [-1, 1)."""
    return ((r >> np.uint64(10)).astype(np.int64) - 2**53).astype(np.float64) * 2.0**-53


def _edges(dtype):
    limits = np.finfo(dtype)
    sizes = [limits.max, limits.smallest_normal, limits.smallest_subnormal]
    return np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, *(s * v for v in sizes for s in (1, -1))], dtype)


def _drawn(stream):
    at = np.arange(WALK, dtype=np.uint64)
    return at, mix(at + np.uint64(stream << 40) + GOLDEN)


@lru_cache
def walk(dtype):
    """The argument x of every elementwise operation in float32 or float64."""
    dtype = np.dtype(dtype)
    at, r = _drawn(0)
    if dtype == np.float32:
        step = np.uint64(2**32 // WALK)
        x = (at * step + r % step).astype(np.uint32).view(dtype)
    else:
        x = np.choose((at % np.uint64(3)).astype(int), [r.view(dtype), _unit(r) * 40, _unit(r) * 800])
    first = EDGES * 3 * TURNS
    x[:first] = _edges(dtype)[np.arange(first) // (3 * TURNS)]
    return x


@lru_cache
def others(dtype, stream):
    """Any other argument, of stream 1 and up."""
    dtype = np.dtype(dtype)
    at, r = _drawn(stream)
    turn = (at // np.uint64(3) % np.uint64(TURNS)).astype(int)
    any_bits = r.astype(WORDS[dtype]).view(dtype)
    choices = [dtype.type(1), (4 * _unit(r)).astype(dtype), any_bits, _edges(dtype)[r % np.uint64(EDGES)]]
    return np.choose(turn, choices)


def arguments(name, count, dtype):
    """The inputs of the operation of this name, `count` of them; in a 16-bit type x is each of its numbers once."""
    dtype = np.dtype(dtype)
    stored = dtype.itemsize == 2
    x = np.arange(1 << 16, dtype=np.uint16).view(dtype) if stored else walk(dtype)
    place = 1 if name.endswith("_grad") else 0
    rest = [others(np.dtype(np.float32) if stored else dtype, stream)[: x.size] for stream in range(1, count)]
    with np.errstate(all="ignore"):
        rest = [a.astype(dtype) for a in rest]
    return [*rest[:place], x, *rest[place:]]


@lru_cache
def rows(dtype, count, n):
    """`count` rows of n elements."""
    r, i = np.arange(count, dtype=np.uint64)[:, None], np.arange(n, dtype=np.uint64)
    seed = r * np.uint64(1_000_003) + np.uint64(n)
    value, hole = (mix(seed + (np.uint64(2) * i + np.uint64(k)) * GOLDEN) for k in (1, 2))
    width = np.array([8, 1, 40, 960 if dtype == np.float64 else 120, 8])[np.arange(count) % 5]
    x = (_unit(value) * width[:, None]).astype(dtype)
    number = np.arange(count)
    x[(number % 3 == 2)[:, None] & (hole % np.uint64(4) == 0)] = -np.inf
    x[(number + n) % 13 == 5] = -np.inf
    draws = np.full(count, 2 * n + 1, np.uint64)
    for modulus, rest, special in ((7, 3, np.nan), (11, 4, np.inf)):
        chosen = (number + n) % modulus == rest
        place = mix(seed[:, 0] + draws * GOLDEN) % np.uint64(n)
        x[number[chosen], place[chosen].astype(int)] = special
        draws[chosen] += np.uint64(1)
    return x


@lru_cache
def gradient_rows(name, dtype, count, n):
    """(dy, y) of `count` rows of n elements, as tests/c/test_row_gradients.c draws them."""
    r, i = np.arange(count)[:, None], np.arange(n)
    seed = (r * 1_000_003 + n).astype(np.uint64)
    x, d, share = (_unit(mix(seed + (3 * i + k).astype(np.uint64) * GOLDEN)) for k in (1, 2, 3))
    x = -np.abs(x) * np.where(r % 5 == 3, 120, 8)
    if name == "softmax_grad":
        y = np.ldexp(1 - np.abs(share) / 2, (x * 1.5).astype(int))
    else:
        y = np.where((r % 4 == 2) & (i % 4 == 1), -np.inf, x)
    dy = np.where(r % 3 == 1, 1 + d / 1024, d * np.where(r % 7 == 5, 2.0**100, np.where(r % 7 == 2, 2.0**-120, 1)))
    draws = np.full(count, 3 * n + 1, np.uint64)
    number = np.arange(count)
    for modulus, rest, special in ((7, 3, np.nan), (11, 4, np.inf)):
        chosen = (number + n) % modulus == rest
        place = mix(seed[:, 0] + draws * GOLDEN) % np.uint64(n)
        dy[number[chosen], place[chosen].astype(int)] = special
        draws[chosen] += np.uint64(1)
    return dy.astype(dtype), y.astype(dtype)


# ---- rows of every size of numbers, and what functions take besides; tests/c/digest.h and the programs that include it
# draw the same ----

SCALED_FROM = 64  # elements of a row, from where on it is scaled where it lies
TINY = {"float32": 2.0**-130, "float64": 2.0**-1026, "float16": 2.0**-18, "bfloat16": 2.0**-130}
HUGE = {"float32": 2.0**120, "float64": 2.0**1013, "float16": 2.0**9, "bfloat16": 2.0**120}


def _factors(dtype, number):
    """Of rows of these numbers."""
    return np.choose(number % 4, [1.0, TINY[dtype.name], 1.0, HUGE[dtype.name]])


def _first_draws(count, n, multiplier):
    number = np.arange(count)
    return number, mix((number * multiplier + n).astype(np.uint64) + GOLDEN)


@lru_cache
def varied_rows(dtype, count, n):
    """`count` rows of n elements, as `rows`; 16-bit types are rounded from float32."""
    wide = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    x = rows(wide, count, n).astype(np.float64) * _factors(dtype, np.arange(count))[:, None]
    with np.errstate(all="ignore"):
        return x.astype(wide).astype(dtype)


def extra_logits(dtype, count, n):
    """One for each of these rows, in the type of the computation."""
    number, drawn = _first_draws(count, n, 7919)
    logits = _unit(drawn) * 20 * _factors(dtype, number)
    special = [number % 9 == 4, number % 16 == 9, number % 16 == 13]
    logits = np.select(special, [-np.inf, np.inf, np.nan], logits)
    return logits.astype(np.float64 if dtype == np.float64 else np.float32)


def row_weights(dtype, count, n):
    """What the gradient with respect to the result of each row is."""
    number, drawn = _first_draws(count, n, 77)
    weights = _unit(drawn) * _factors(dtype, number // 4)
    return np.select([number % 9 == 4, number % 16 == 13], [np.inf, np.nan], weights).astype(dtype)


def labels(count, n, classes):
    """A class for each row of n elements."""
    return (_first_draws(count, n, 77)[1] % np.uint64(classes)).astype(np.intp)


def some_ignored(found):
    """The same with -1 for every eighth."""
    return np.where(np.arange(found.size) % 8 == 7, -1, found)


def row_mask(count, n):
    """Which elements count: of some rows none or all, of others none behind the first or before the last third."""
    r, i = np.arange(count)[:, None], np.arange(n)
    drawn = mix((r * 77 + n).astype(np.uint64) + (i + 1).astype(np.uint64) * GOLDEN)
    ends = ((r % 5 != 1) | (i <= n // 3)) & ((r % 5 != 3) | (i > n - n // 3))
    return (r % 7 == 5) | ((drawn % np.uint64(4) != 0) & (r % 7 != 6) & ends)


def segment_offsets(count, n):
    """`count` rows of n elements in one piece, cut anew into one segment more."""
    drawn = mix(np.uint64(n) + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN) % np.uint64(2 * n + 1)
    ends = np.minimum(np.cumsum(drawn.astype(np.int64)), count * n)
    return np.concatenate([[0], ends, [count * n]])
