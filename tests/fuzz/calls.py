"""A random call of a public function, drawn by its signature: a new function is drawn without a change here.

At most one argument is faulty on purpose, so that the class of the error does not depend on what is checked first.
"""

import numpy as np

from .calls_losses import of_loss
from .calls_rows import of_rows
from .calls_segments import of_segments
from .calls_ufunc import of_ufunc
from .memory import Array, Call
from .strategies import place
from .surface import FAMILIES, FAMILY

OFTEN = ("elementwise",) * 9 + ("gated",) * 4 + ("rows",) * 5 + ("losses",) * 4 + ("segments",)
BUILD = {"elementwise": of_ufunc, "gated": of_ufunc, "rows": of_rows, "segments": of_segments, "losses": of_loss}


def any_call(draw, families=OFTEN):
    """A call of any function of these families."""
    return call_of(draw, draw.choice(FAMILIES[draw.choice(families)]))


def call_of(draw, name):
    """A call of this function; in one of eight an argument is faulty."""
    call = Call(name)
    fault = draw.chance(12)
    is_spoilt = fault and draw.chance(40)
    BUILD[FAMILY[name]](draw, call, fault and not is_spoilt)
    if is_spoilt:
        spoil(draw, call)
    return call


def spoil(draw, call):
    """Gives an operand another shape, or a type that no function takes."""
    places = [(call.args, i) for i in range(len(call.args))]
    places += [(call.keywords, name) for name in call.keywords if name != "out"]
    places = [(held, key) for held, key in places if isinstance(held[key], Array)]
    if not places:
        return
    held, key = draw.choice(places)
    shape, dtype = held[key].shape, held[key].dtype.newbyteorder("=")
    kind = draw.choice(("shape", "c8", "M8[s]", "U3", "c16"))
    if kind == "shape":
        shape = draw.choice(((*shape, 6), (6, *shape), tuple(n + 1 for n in shape)))
    elif held[key].name == "where":
        dtype = np.dtype("q")
    else:
        dtype = np.dtype(kind)
    held[key] = place(draw, call, f"bad_{held[key].name}", np.zeros(shape, dtype), False)
