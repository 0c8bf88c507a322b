"""Calls of functions along axes, and of their gradients."""

import numpy as np

from .memory import Array
from .operands import another, operand, result_type
from .strategies import (
    DTYPES,
    FLOATS,
    array,
    is_floating,
    mask,
    numbers,
    output,
    parameter,
    place,
    shape_of,
    stretched,
)
from .surface import SIGNATURES, arrays_of


def axes(draw, dims, fault):
    """An axis, several, or None; with `fault` none of the array."""
    if fault:
        return draw.choice((dims + 1, -dims - 2, (0, 0), 1.0, "x", (dims + 3,)))
    pick = draw.integer(9)
    if pick == 9 or dims == 0:
        return draw.choice((-1, None, 0, ()))
    if pick > 6:
        return tuple([a - dims * draw.chance(30) for a in draw.order(dims)[: draw.integer(dims)]])
    return draw.integer(2 * dims - 1) - dims


def result(draw, name, shape, dtype):
    """What softmax or log_softmax may have left: their gradients promise nothing for other numbers."""
    seed = draw.integer(2**16 - 1)
    if not is_floating(dtype):
        return numbers(seed, "unit", shape, np.dtype("?")).astype(dtype)
    if name != "softmax_grad":
        kind = draw.choice(("usual", "tails", "integers", "mixed", "wide"))
        return np.asarray(-abs(numbers(seed, kind, shape, dtype)))
    values = np.asarray(abs(numbers(seed, draw.choice(("unit", "unit", "tiny")), shape, dtype)))
    if draw.chance(20):
        values = np.where(values < 0.1, dtype.type(draw.choice((0, 1, np.nan))), values)
    return values


def extra_logit(draw, call, shape, dtype):
    """One for each row, or one that is stretched to them."""
    if draw.chance(30):
        return parameter(draw)
    some = shape if draw.chance(70) else stretched(draw, shape)
    return array(draw, call, "extra_logit", some, another(draw, dtype))


def options(draw, call, shape, dtype):
    """`where`, `bias` and `scale` of an array of this shape."""
    if draw.chance(30):
        call.keywords["where"] = mask(draw, call, shape)
    if draw.chance(25):
        call.keywords["bias"] = operand(draw, call, "bias", shape, dtype, draw.chance(50))
    if draw.chance(25):
        call.keywords["scale"] = operand(draw, call, "scale", shape, dtype, False)


def of_rows(draw, call, fault):
    known = SIGNATURES[call.name].parameters
    shape, dtype = shape_of(draw), draw.choice(DTYPES)
    if draw.integer(29) == 29:
        shape = ()
    for name in arrays_of(call.name):
        lead = name != "dy"
        if name == "y":
            call.args.append(place(draw, call, name, result(draw, call.name, shape, another(draw, dtype))))
        else:
            call.args.append(operand(draw, call, name, shape, dtype, lead))
    lead = call.args[-1]
    shape = lead.shape if isinstance(lead, Array) else ()
    fault_axis = fault and draw.chance(40)
    axis = -1
    if draw.chance(70) or fault_axis:
        axis = axes(draw, len(shape), fault_axis)
        if draw.chance(50):
            call.args.append(axis)
        else:
            call.keywords["axis"] = axis
    if "where" in known:
        options(draw, call, shape, dtype)
    if "extra_logit" in known and draw.chance(25):
        kept = shape if fault_axis else reduced(shape, axis, draw.chance(30))
        call.keywords["extra_logit"] = extra_logit(draw, call, kept, dtype)
    if "return_sign" in known:
        if draw.chance(25):
            call.keywords["b"] = operand(draw, call, "b", shape, dtype, draw.chance(50))
        if draw.chance(20):
            call.keywords["return_sign"] = draw.chance(80)
    if "keepdims" in known and draw.chance(40):
        call.keywords["keepdims"] = draw.chance(70)
    if call.name == "logsumexp" and not fault_axis:
        shape = reduced(shape, axis, call.keywords.get("keepdims", False))
    result_kind(draw, call, shape, fault and not fault_axis, known)
    if "return_logsumexp" in known and draw.chance(25):
        call.keywords["return_logsumexp"] = draw.chance(80)


def result_kind(draw, call, shape, fault, known):
    """`dtype` and `out` of a result of this shape; with `fault` one of them is refused."""
    kind = result_type(call.args[:1] if "offsets" in known else call.args)
    if draw.chance(15):
        call.keywords["dtype"] = draw.choice((*FLOATS, kind, None)) if not fault else np.dtype("i8")
        kind = call.keywords["dtype"] or kind
    if draw.chance(35) or fault:
        operands = [a for a in (*call.args, *call.keywords.values()) if isinstance(a, Array)]
        kind = np.dtype("d") if kind.kind in "iub" else kind
        out = output(draw, call, "out", shape, kind, operands, fault)
        call.keywords["out"] = (out,) if draw.chance(15) else out


def reduced(shape, axis, keepdims):
    dims = len(shape)
    gone = range(dims) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {a % max(dims, 1) for a in gone}
    return tuple([1 if a in gone else n for a, n in enumerate(shape) if keepdims or a not in gone])
