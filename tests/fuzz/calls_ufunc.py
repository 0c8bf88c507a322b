"""Calls of the elementwise and the gated functions and of their gradients."""

import numpy as np

from .memory import Array
from .operands import another, broadcast, operand, result_type
from .strategies import DTYPES, FLOATS, array, mask, output, parameter, shape_of, stretched
from .surface import SIGNATURES, arrays_of, is_gate


def of_ufunc(draw, call, fault):
    shape, dtype = shape_of(draw), draw.choice(DTYPES)
    halves = is_gate(call.name) and draw.chance(45)
    arrays = [name for name in arrays_of(call.name) if not (halves and name == "b")]
    axis = -1
    for name in arrays:
        lead = name in ("x", "a") and not (halves is False and draw.chance(15))
        if halves and name == "a":
            axis, whole = doubled(draw, shape)
            call.args.append(array(draw, call, name, whole, another(draw, dtype), forms=False))
        else:
            call.args.append(operand(draw, call, name, shape, dtype, lead))
    if halves and (axis not in (-1, len(whole) - 1) or draw.chance(20)):
        call.keywords["axis"] = axis
    parameters(draw, call, shape, dtype)
    if draw.chance(25):
        call.keywords["where"] = mask(draw, call, shape)
    dtype = result_type(call.args + list(call.keywords.values()))
    if "bias" in SIGNATURES[call.name].parameters:
        shape = call.args[0].shape if isinstance(call.args[0], Array) else ()
        for option in ("bias", "scale"):
            if draw.chance(15):
                call.keywords[option] = operand(draw, call, option, shape, another(draw, dtype), False)
    if not fault and draw.chance(12):
        call.keywords["dtype"] = draw.choice((*FLOATS, dtype, None))
        dtype = call.keywords["dtype"] or dtype
    if not fault and draw.chance(8):
        call.keywords["casting"] = draw.choice(("same_kind", "unsafe", "safe", "equiv", "no"))
    if draw.chance(12):
        call.keywords["order"] = draw.choice(("K", "C", "F", "A"))
    if fault and draw.chance(40):
        keyword, value = draw.choice(
            (("order", "Z"), ("casting", "any"), ("dtype", np.dtype("i4")), ("dtype", np.dtype("c8")), ("axis", 9))
        )
        if keyword != "axis" or is_gate(call.name):
            call.keywords[keyword] = value
            fault = False
    if fault or draw.chance(40):
        outputs(draw, call, dtype, halves, fault)


def doubled(draw, shape):
    """An axis, and the shape twice as long along it."""
    if not shape:
        return -1, (2,)
    axis = draw.integer(len(shape) - 1)
    whole = tuple([2 * n if a == axis else n for a, n in enumerate(shape)])
    return (axis if draw.chance(50) else axis - len(shape)), whole


def parameters(draw, call, shape, dtype):
    """What stands between the arrays and the options, by position or by name."""
    by_name = False
    for name, known in SIGNATURES[call.name].parameters.items():
        if known.kind is not known.POSITIONAL_OR_KEYWORD or name in arrays_of(call.name) or is_gate(call.name):
            continue
        if name == "approximate":
            given = draw.choice(("none", "tanh", "sigmoid") * 8 + ("erf", True))
        elif draw.chance(60):
            given = parameter(draw)
        else:
            given = array(draw, call, name, stretched(draw, shape), another(draw, dtype))
        if draw.chance(40):
            by_name = True  # the default
        elif by_name or draw.chance(40):
            by_name = True
            call.keywords[name] = given
        else:
            call.args.append(given)


def outputs(draw, call, dtype, halves, faulty):
    """`out` in one of its forms."""
    arrays = [a for a in call.args if isinstance(a, Array)]
    extra = [a for a in call.keywords.values() if isinstance(a, Array)]
    whole = broadcast(call, *extra)
    if whole is None:
        whole = ()
    operands = [a for a in (*arrays, *extra) if a.dtype.kind != "b"]
    gradient = call.name.endswith("_grad")
    if "a" in SIGNATURES[call.name].parameters and gradient and not halves:
        pair_of_outputs(draw, call, dtype, call.args[1:3], whole, operands, faulty)
        return
    if call.name == "prelu_grad":
        pair_of_outputs(draw, call, dtype, (None, call.args[2]), whole, operands, faulty)
        return
    if halves:
        a = call.args[-1] if not gradient else call.args[1]
        whole = a.shape if isinstance(a, Array) else ()
        if not gradient and whole:
            axis = call.keywords.get("axis", -1)
            if -len(whole) <= axis < len(whole):
                whole = tuple([n // 2 if i == axis % len(whole) else n for i, n in enumerate(whole)])
    elif draw.chance(5):
        whole = (2, *whole)
    out = output(draw, call, "out", whole, dtype, operands, faulty)
    call.keywords["out"] = (out,) if draw.chance(15) else out


def pair_of_outputs(draw, call, dtype, owners, whole, operands, faulty):
    outs = []
    for i, owner in enumerate(owners):
        if draw.chance(25):
            outs.append(None)
            continue
        shape = whole if owner is None else owner.shape if isinstance(owner, Array) else ()
        taken = [a.buffer for a in outs if isinstance(a, Array)]
        free = [a for a in operands if a.buffer not in taken]
        outs.append(output(draw, call, f"out{i}", shape, dtype, free, faulty))
        faulty = False
    call.keywords["out"] = outs[0] if draw.integer(39) == 39 else tuple(outs)
