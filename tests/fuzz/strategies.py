"""How arrays, numbers, masks, outputs and labels are drawn."""

import numpy as np

from .memory import GUARD, Array

try:
    from ml_dtypes import bfloat16
except ImportError:
    BFLOAT16 = ()
else:
    BFLOAT16 = (np.dtype(bfloat16),)

FLOATS = tuple(map(np.dtype, "fdeg")) + BFLOAT16
INTEGERS = tuple(map(np.dtype, "bBhHiIqQ"))
# the frequent ones several times
DTYPES = tuple(map(np.dtype, "ffffddddeeg")) + BFLOAT16 * 2 + (np.dtype("?"), *INTEGERS)
SIDES = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 0)
LENGTHS = (1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 129, 255, 257, 300, 1000, 1025, 0)
LIMIT = 400  # elements of arrays of several dimensions
# more elements than a call computes with the GIL held, and than it computes on one thread
LARGE = ((12_007,), (40_003,), (130, 101), (3, 5_000), (9, 37, 41), (40_000, 1))

# of significant bits, of the exponents of the smallest and the largest normal number
FORMAT = {"e": (11, -14, 15), "f": (24, -126, 127), "d": (53, -1022, 1023), "g": (64, -16382, 16383)}
KINDS = ("usual", "integers", "usual", "tails", "mixed", "huge", "tiny", "wide", "special", "unit")


def limits(dtype):
    """Significant bits, and the exponents of the smallest and the largest normal number."""
    return FORMAT.get(dtype.char, (8, -126, 127))  # bfloat16's


def is_floating(dtype):
    return dtype.char in FORMAT or dtype in BFLOAT16


def special(dtype):
    """Numbers at which functions bend, saturate or end."""
    digits, low, high = limits(dtype)
    one = np.longdouble(1) if dtype.char == "g" else np.float64(1)
    largest = np.ldexp(one - np.ldexp(one, -digits), high) * 2
    small = [np.ldexp(one, low), np.ldexp(one, low - digits + 1)]
    some = [0, 1, np.inf, largest, *small, 0.5, 1.5, 3, 6, 17, 20, 88, 104, 710, 745, np.nan]
    return np.array([*some, *(-a for a in some)], one.dtype)


def numbers(seed, kind, shape, dtype):
    """Random values of a kind."""
    rng = np.random.Generator(np.random.SFC64(seed))
    if dtype.kind in "biu" and not is_floating(dtype):
        if dtype.kind == "b":
            return rng.integers(0, 2, shape).astype(dtype)
        info = np.iinfo(dtype)
        if kind in ("huge", "special"):
            return rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        return rng.integers(max(info.min, -9), 10, shape).astype(dtype)
    digits, low, high = limits(dtype)
    with np.errstate(all="ignore"):
        if kind == "usual":
            x = rng.normal(0, 3, shape)
        elif kind == "tails":
            x = rng.normal(0, 100, shape)
        elif kind == "integers":
            x = rng.integers(-4, 5, shape).astype(np.float64)
        elif kind == "unit":
            x = rng.random(shape)
        elif kind == "special":
            x = rng.choice(special(dtype), shape)
        elif kind == "mixed":
            x = np.where(rng.random(shape) < 0.8, rng.normal(0, 3, shape), rng.choice(special(dtype), shape))
        else:
            span = {"huge": (high - 20, high), "tiny": (low - digits, low + 4), "wide": (low, high)}[kind]
            wide = np.float64 if dtype.char != "g" else np.longdouble
            x = np.ldexp(rng.uniform(1, 2, shape).astype(wide), rng.integers(*span, shape, endpoint=True))
            x = x * rng.choice((-1, 1), shape)
        return np.asarray(x).astype(dtype)


def parameter(draw):
    """A Python number."""
    usual = (1.0, 0.5, 2.0, 0.01, -1.0, 1, 2, 0.25, -0.5, 3.0, 0.3, 1.7)
    extreme = (0.0, 0, -0.0, 1e3, -30.0, 1e-30, 1e30, 1e-310, 1e300, 2**62, -(2**70), np.inf, -np.inf, np.nan, True)
    return draw.choice(extreme if draw.chance(25) else usual)


def shape_of(draw):
    """0 to 5 dimensions, zero and odd lengths."""
    if draw.integer(255) == 255:
        return draw.choice(LARGE)
    dims = draw.choice((1, 2, 2, 1, 3, 3, 2, 0, 4, 5))
    if dims == 1:
        return (draw.choice(LENGTHS),)
    shape, left = [], LIMIT
    for _ in range(dims):
        fits = [side for side in SIDES[: 4 + 9 * (dims < 4)] if side <= left] or [1]
        side = 0 if draw.integer(39) == 39 else draw.choice(fits)
        left //= max(side, 1)
        shape.append(side)
    return tuple(shape)


def stretched(draw, shape):
    """A shape that broadcasts to this one."""
    start = draw.integer(len(shape)) if draw.chance(30) else 0
    return tuple([1 if draw.chance(20) else side for side in shape[start:]])


def layout(draw, shape, itemsize, may_repeat):
    """Strides, the first element's offset and the bytes of a buffer: any order of axes, gaps, alignment."""
    dims = len(shape)
    order, steps, gap, shift = range(dims), (1,) * dims, 0, 0
    if draw.chance(50):
        order = draw.choice((order, order[::-1])) if draw.chance(50) else draw.order(dims)
        if draw.chance(60):
            some = (1, 1, -1, 2, 3, -2) + (0,) * may_repeat
            steps = [draw.choice(some) for _ in shape]
        gap = draw.choice((0, 0, 0, 0, 1, itemsize))
        shift = draw.choice((0, 0, 0, itemsize, 1, 2, 4, 8))
    strides, stride = [0] * dims, itemsize + gap
    for axis in reversed(order):
        strides[axis] = steps[axis] * stride
        stride *= max(abs(steps[axis]), 1) * max(shape[axis], 1) if steps[axis] else 1
    reach = [step * max(side - 1, 0) for step, side in zip(strides, shape, strict=True)]
    below = sum(r for r in reach if r < 0)
    size = sum(map(abs, reach)) + itemsize
    return tuple(strides), GUARD + shift - below, 2 * GUARD + 16 + shift + size


def array(draw, call, name, shape, dtype, kind=None, forms=True, may_repeat=True):
    """An operand that the call owns, of random values unless `values` are given."""
    if kind is None:
        kind = draw.choice(KINDS)
    values = numbers(draw.integer(2**16 - 1), kind, shape, dtype)
    return place(draw, call, name, values, forms, may_repeat)


def place(draw, call, name, values, forms=True, may_repeat=True):
    """These values in random memory, byte order and form."""
    dtype = values.dtype
    strides, offset, size = layout(draw, values.shape, dtype.itemsize, may_repeat)
    form = "array"
    if forms:
        if not values.shape and draw.chance(60):
            form = "scalar"
        elif 0 < values.size <= 60 and dtype.char in "d?q" and draw.chance(4):
            form = "list"  # one without elements has no shape
    if dtype not in BFLOAT16 and form == "array" and draw.chance(7):
        dtype = dtype.newbyteorder()
    call.buffers.append(size)
    writeable = not draw.chance(8)
    return call.add(Array(name, dtype, values.shape, strides, len(call.buffers) - 1, offset, values, writeable, form))


def mask(draw, call, shape):
    """`where`: an array that broadcasts to the shape, True, None, or a list."""
    pick = draw.integer(9)
    if pick < 2:
        return (True, None)[pick]
    if pick == 9:
        return draw.choice((False, np.True_))
    values = np.random.Generator(np.random.SFC64(draw.integer(2**16 - 1))).random(stretched(draw, shape))
    return place(draw, call, "where", values < draw.choice((0.5, 0.9, 0.1)))


def output(draw, call, name, shape, dtype, operands, faulty=False):
    """An array for a result of this shape and type: fresh, an operand itself or a view that overlaps it, of another
    type; with `faulty` one that must be refused."""
    fault = draw.choice(("shape", "read-only", "integer", "narrow", "object")) if faulty else None
    if fault == "object":
        return draw.choice((3.0, [0.0], "out"))
    shared = [a for a in operands if a.form == "array" and a.writeable and (a.shape, a.dtype) == (shape, dtype)]
    shared = [a for a in shared if all(s or n <= 1 for s, n in zip(a.strides, shape, strict=True))]
    if shared and fault is None and draw.chance(45):
        a = draw.choice(shared)
        strides, offset = list(a.strides), a.offset
        if draw.chance(60) and not call.outs():
            if shape and draw.chance(50):
                axis = draw.integer(len(shape) - 1)
                offset += strides[axis] * max(shape[axis] - 1, 0)
                strides[axis] *= -1
            else:
                offset += draw.choice((dtype.itemsize, -dtype.itemsize, 1, -3))
        return call.add(Array(name, dtype, shape, tuple(strides), a.buffer, offset))
    if fault == "integer":
        dtype = np.dtype("i4")
    elif fault == "narrow":
        dtype = np.dtype("?")
    elif fault == "shape":
        shape = draw.choice(((*shape, 2), (3, *shape, 3), tuple(n + 1 for n in shape), (0, *shape, 5)))
    elif fault is None and draw.chance(15):
        # NumPy itself warns where a mask lets a complex output keep elements
        dtype = draw.choice(FLOATS if "where" in call.keywords else (*FLOATS, np.dtype("c16"), np.dtype("c8")))
    strides, offset, size = layout(draw, shape, dtype.itemsize, False)
    if dtype not in BFLOAT16 and draw.chance(7):
        dtype = dtype.newbyteorder()
    call.buffers.append(size)
    return call.add(Array(name, dtype, shape, strides, len(call.buffers) - 1, offset, None, fault != "read-only"))
