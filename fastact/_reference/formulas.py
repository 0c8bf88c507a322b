"""What the elementwise functions share in NumPy: products and quotients in two parts, and the sigmoid's tail."""

from fractions import Fraction
from functools import cache

import numpy as np


def decimal(text):
    """A decimal number as a sum of three float64 numbers."""
    rest, parts = Fraction(text), []
    for _ in range(3):
        parts.append(float(rest))
        rest -= Fraction(parts[-1])
    return tuple(parts)


def two_parts(pieces, dtype):
    """The sum of the pieces rounded to dtype, and what that leaves."""
    high = dtype.type(0)
    for piece in pieces:
        high += dtype.type(piece)
    low = dtype.type(pieces[0]) - high
    for piece in pieces[1:]:
        low += dtype.type(piece)
    return high, low


def split(a):
    """a as a sum of two numbers of half its precision (Veltkamp)."""
    bits = (np.finfo(a.dtype).nmant + 2) // 2
    c = a * (2.0**bits + 1)
    high = c - (c - a)
    return high, a - high


def product(a, b):
    """a*b rounded, and its rounding error, exactly (Dekker)."""
    p = a * b
    (ah, al), (bh, bl) = split(a), split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def sum_in_two(a, b):
    """a+b rounded, and its rounding error, exactly (Knuth)."""
    s = a + b
    added = s - a
    return s, (a - (s - added)) + (b - added)


def rounded_to_odd(s, error):
    """A rounded sum with its error: of the two float64 numbers around what is not exact the odd one.

    What is then rounded to fewer digits is rounded as the sum itself.
    """
    is_even = (s.view(np.int64) & 1) == 0
    return np.where(np.isfinite(s) & (error != 0) & is_even, np.nextafter(s, np.copysign(np.inf, error)), s)


def scale_and_add(x, scale, bias):
    """scale * x + bias, rounded once (Boldo and Melquiond 2008); in longdouble its last bit may be off."""
    p, lost = product_of_any_size(scale, x)
    low, lowest = sum_in_two(bias, lost)
    high, middle = sum_in_two(p, low)
    rest, error = sum_in_two(middle, lowest)
    y = high + (rounded_to_odd(rest, error) if rest.dtype == np.float64 else rest)
    plain = product_and_sum(scale * x, scale, x, bias)
    all_finite = np.isfinite(scale) & np.isfinite(x) & np.isfinite(bias)
    once = np.where(np.isfinite(plain) | ~all_finite, plain, 2 * (scale * (x / 2) + bias / 2))
    return np.where(np.isfinite(y) & (y != 0), y, once)


def product_and_sum(p, a, b, c):
    """p + c, p being a * b: one that overflows is no infinity beside an infinite c."""
    return np.where(np.isinf(c) & np.isfinite(a) & np.isfinite(b), c, p + c)


def scale_and_add_narrow(x, scale, bias):
    """scale * x + bias of float32 numbers, rounded once to that type; in float64, where the product is exact."""
    with np.errstate(all="ignore"):
        return rounded_to_odd(*sum_in_two(scale * x, bias)).astype(np.float32).astype(np.float64)


def root_of_sum(x, b):
    """sqrt(x**2 + b), without overflow; where b is negative without the rounding of x**2."""
    square, lost = product(x, x)
    root, size = np.sqrt(np.abs(b)), np.abs(x)
    difference = np.where(np.isfinite(lost), np.sqrt((square + b) + lost), np.sqrt(size - root) * np.sqrt(size + root))
    return np.where(b < 0, difference, np.hypot(x, root))


# beyond it exp(-z) is 0 in every floating type (longdouble underflows near 11,400)
FAR = 30_000


def product_of_any_size(a, b):
    """As `product`: factors of very different size are brought nearer, without rounding, so that no part is lost."""
    size, root = np.abs(a), np.ldexp(b.dtype.type(1), np.finfo(b.dtype).maxexp // 2)
    factor = np.where(size > root, 1 / root, np.where(size < 1 / root, root, 1))
    return product(a * factor, b / factor)


def scaled(x, beta):
    """beta x in two parts; 0 times infinity is 0 here. The low part is 0 where it could not matter or overflowed."""
    z, low = product_of_any_size(beta, x)
    z = np.where(np.abs(z) < FAR, z, beta * x)
    z = np.where((beta == 0) & np.isinf(x), 0, z)
    return z, np.where((np.abs(z) < FAR) & np.isfinite(low), low, 0)


def line(x, slope, c, low=0):
    """slope * x + c + low, of which the product is not rounded on the way, and whose sign is the true one."""
    p, lost = product_of_any_size(slope, x)
    y = product_and_sum(p, slope, x, c)
    part = y - p
    lost += (p - (y - part)) + (c - part) + low
    return np.where(np.isfinite(lost), y + lost, y)


def divided(x, alpha):
    """x / alpha in two parts."""
    size, root = np.abs(alpha), np.ldexp(x.dtype.type(1), np.finfo(x.dtype).maxexp // 2)
    factor = np.where(size > root, 1 / root, np.where(size < 1 / root, root, 1))
    x, alpha = x * factor, alpha * factor
    q = x / alpha
    p, error = product(q, alpha)
    low = ((x - p) - error) / alpha
    return q, np.where((np.abs(q) < FAR) & np.isfinite(low), low, 0)


def decay(z, z_low=0):
    """exp(-|z| / 2) for z + z_low. exp(-|z|) is its square, which may underflow before a multiple of it does."""
    return np.exp(-np.abs(z) / 2) * (1 - np.sign(z) * z_low / 2)


def mended(tail, half, y, factor, z, z_low=0):
    """y * factor * exp(-|z|), given as y * half * factor * half; in four parts where `half` is no normal number."""
    far = half < np.finfo(half.dtype).tiny
    if far.any():
        root = np.exp(-np.abs(z) / 4) * (1 - np.sign(z) * z_low / 4)
        tail = np.where(far, y * root * root * factor * root * root, tail)
    return tail


def product_of_three(u, v, slope, root=1):
    """u * v * slope * root**4, where the slope is neither large nor small: nothing overflows or underflows on the way
    unless the result does, for each of the four steps goes the same way."""
    (um, ue), (vm, ve) = np.frexp(u), np.frexp(v)
    m = um * vm
    exponent = np.where(np.isfinite(m), ue + ve, 0)
    step = np.ldexp(np.asarray(root, m.dtype), exponent >> 2)
    return np.ldexp(m * slope, exponent & 3) * step * step * step * step


def exp_below(x, m, exactly):
    """Replaces x <= m by exp(x - m); exactly: with what the rounding of a large difference takes away.

    Of narrower numbers in float64 the difference is exact, where its exponential is not 0.
    """
    if not exactly:
        x -= m
        np.exp(x, out=x)
        return
    # finite instead of -inf, and still so low that its exponential is 0
    np.maximum(x, m - np.maximum(np.abs(m), FAR), out=x)
    d = x - m
    shift = d - x
    x -= d - shift
    x -= m + shift  # x - m - d, exactly (Knuth)
    np.exp(d, out=d)
    x *= d
    x += d
    if not m.min() > np.finfo(x.dtype).min / 2:  # nothing finite was low enough, or a row has NaN
        np.copyto(x, 0, where=d == 0)


@cache
def _range(dtype):
    """The largest number, and a number below which exp(-z) may overflow."""
    largest = np.finfo(dtype).max
    return largest, 1 - np.log(largest)


def times_sigmoid(x, z, z_low=None):
    """x * sigmoid(z + z_low) = x / (1 + exp(-z - z_low)), where z_low is the part of z below its rounding."""
    e = np.negative(z)
    np.exp(e, out=e)
    if z_low is not None:
        e -= e * z_low
    e += 1
    np.divide(x, e, out=e)
    # exp(-z) overflows before exp(z) underflows, and an infinite x must not meet the zero that may be left
    largest, limit = _range(z.dtype)
    if not z.min() >= limit:  # NaN comes here too
        far = z < limit
        z, z_low = z[far], 0 if z_low is None else z_low[far]
        half, x = decay(z, z_low), np.broadcast_to(x, far.shape)[far]
        finite = np.where(half == 0, np.clip(x, -largest, largest), x)
        e[far] = mended(finite * half * half, half, finite, 1, z, z_low)
    return e


def gate_slope(dy, z, z_low, v):
    """dy * d/dx (x * sigmoid(z)) = dy * sigmoid(z) * (1 + v * sigmoid(-z)), where v = x dz/dx."""
    z = np.clip(z, -FAR, FAR)
    half = decay(z, z_low)
    v = np.clip(v, -FAR, FAR)
    e = half * half
    square = (1 + e) * (1 + e)
    positive = dy * ((1 + e * (1 + v)) / square)
    negative = mended(dy * half * ((1 + v + e) / square) * half, half, dy, 1 + v, z, z_low)
    return np.where(z < 0, negative, positive)
