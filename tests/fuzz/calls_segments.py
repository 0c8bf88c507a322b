"""Calls of functions of segments: offsets of every integer type, and those that must be refused."""

import numpy as np

from .calls_rows import options, result_kind
from .memory import Array
from .operands import operand
from .strategies import DTYPES, INTEGERS, place, shape_of
from .surface import SIGNATURES


def of_segments(draw, call, fault):
    shape = shape_of(draw) or (draw.integer(9),)
    dtype = draw.choice(DTYPES)
    call.args.append(operand(draw, call, "x", shape, dtype, True))
    shape = call.args[0].shape if isinstance(call.args[0], Array) else ()
    axis, dims = -1, len(shape)
    is_wrong = fault and draw.chance(60)
    if draw.chance(50) and dims:
        axis = draw.integer(2 * dims - 1) - dims
    n = shape[axis] if dims else 1
    found = offsets(draw, n)
    call.args.append(place(draw, call, "offsets", spoilt(draw, found) if is_wrong else found))
    if axis != -1 or draw.chance(10):
        given = draw.choice((dims + 1, None, (0,), 0.0)) if fault and draw.chance(20) else axis
        if draw.chance(50):
            call.args.append(given)
        else:
            call.keywords["axis"] = given
    options(draw, call, shape, dtype)
    out = list(shape)
    if call.name == "segment_logsumexp" and dims:
        out[axis] = len(found) - 1
    result_kind(draw, call, tuple(out), fault and not is_wrong, SIGNATURES[call.name].parameters)


def offsets(draw, n):
    """From 0 to n; some segments are empty."""
    dtype = draw.choice((np.dtype("q"), *INTEGERS))
    if n > np.iinfo(dtype).max:
        dtype = np.dtype("q")
    rng = np.random.Generator(np.random.SFC64(draw.integer(2**16 - 1)))
    count = draw.choice((3, 1, 2, 0, 9, 40))
    inside = np.sort(rng.integers(0, n, count, endpoint=True))
    if n == 0 and count == 0 and draw.chance(50):
        return np.zeros(1, dtype)
    return np.concatenate([[0], inside, [n]]).astype(dtype)


def spoilt(draw, found):
    """What is no list of offsets of that length."""
    kind = draw.choice(("last", "first", "fall", "shape", "floats", "empty", "huge"))
    if kind == "floats":
        return found.astype(np.float64)
    if kind == "empty":
        return found[:0]
    if kind == "shape":
        return found.reshape(1, -1) if draw.chance(50) else np.asarray(found[0])
    found = found.astype(np.int64)
    if kind == "last":
        found[-1] += draw.choice((1, -1, 2**40))
    elif kind == "first":
        found[0] += draw.choice((1, -1, -(2**62)))
    elif kind == "fall":
        found = np.concatenate([found[:1], found[-1:] + 1, found])
    else:
        found = abs(found).astype(np.uint64)
        return np.concatenate([found[:1], np.array([2**64 - 1], np.uint64), found[1:]])
    return found
