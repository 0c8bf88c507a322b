"""Operands of a call, and the type of their result."""

import numpy as np

from .memory import Array
from .strategies import DTYPES, array, is_floating, parameter, stretched


def result_type(operands):
    """The type of the result of these operands: that of all arrays together."""
    types = [a.dtype.newbyteorder("=") for a in operands if isinstance(a, Array)]
    try:
        together = np.result_type(*types) if types else np.dtype("d")
    except TypeError:
        return np.dtype("d")
    return together if is_floating(together) else np.dtype("d")


def another(draw, dtype):
    return draw.choice(DTYPES) if draw.chance(20) else dtype


def operand(draw, call, name, shape, dtype, lead):
    """An array of the whole shape, one that is stretched to it, or a Python number."""
    pick = draw.integer(19)
    if pick == 19 or (pick > 14 and not lead):
        return parameter(draw)
    shape = shape if lead or pick < 10 else stretched(draw, shape)
    return array(draw, call, name, shape, another(draw, dtype))


def broadcast(call, *more):
    """The shape of all operands together; None if they do not fit."""
    try:
        return np.broadcast_shapes(*(a.shape for a in (*call.args, *more) if isinstance(a, Array)))
    except ValueError:
        return None
