"""A random call of a public function, drawn by its signature: a new function is drawn without a change here.

At most one argument of a call is faulty on purpose, so that the class of the error does not depend on which is seen first.
"""

import inspect

import numpy as np

import fastact

from .memory import Array, Call
from .strategies import DTYPES, FLOATS, INTEGERS, array, is_floating, mask, numbers, output, parameter, place, shape_of
from .strategies import stretched

# what is an array in every signature; the rest are parameters
ARRAYS = ("dy", "x", "a", "b", "y", "weight", "logits")


def _computing():
    """The public functions of arrays, by family."""
    families = {"elementwise": [], "gated": [], "rows": [], "losses": []}
    for name in fastact.__all__:
        public = getattr(fastact, name)
        known = inspect.signature(public).parameters if callable(public) else {}
        if next(iter(known), None) not in ARRAYS:
            continue
        family = (
            "losses" if "reduction" in known
            else "elementwise" if "axis" not in known
            else "gated" if "casting" in known
            else "rows"
        )
        families[family].append(name)
    return families


FAMILIES = _computing()
SIGNATURES = {name: inspect.signature(getattr(fastact, name)) for names in FAMILIES.values() for name in names}
OFTEN = ("elementwise",) * 9 + ("gated",) * 4 + ("rows",) * 5 + ("losses",) * 4
MINUS = {"order": "K", "casting": "same_kind"}


def any_call(draw):
    """A call, and whether it has a fault on purpose."""
    family = draw.choice(OFTEN)
    name = draw.choice(FAMILIES[family])
    call = Call(name)
    fault = draw.chance(12)
    {"elementwise": of_ufunc, "gated": of_ufunc, "rows": of_rows, "losses": of_loss}[family](draw, call, fault)
    return call


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
    if not lead and pick > 14 or pick == 19:
        return parameter(draw)
    shape = shape if lead or pick < 10 else stretched(draw, shape)
    return array(draw, call, name, shape, another(draw, dtype))


def broadcast(call, *more):
    """The shape of all operands together; None if they do not fit."""
    try:
        return np.broadcast_shapes(*(a.shape for a in (*call.args, *more) if isinstance(a, Array)))
    except ValueError:
        return None


# ---- elementwise and gated ----


def of_ufunc(draw, call, fault):
    known = SIGNATURES[call.name].parameters
    shape, dtype = shape_of(draw), draw.choice(DTYPES)
    halves = "b" in known and draw.chance(45)
    arrays = [name for name in known if name in ARRAYS and not (halves and name == "b")]
    axis = -1
    for name in arrays:
        lead = name in ("x", "a") and not (halves is False and draw.chance(15))
        if halves and name == "a":
            axis, whole = doubled(draw, shape)
            call.args.append(array(draw, call, name, whole, another(draw, dtype), forms=False))
        else:
            call.args.append(operand(draw, call, name, shape, dtype, lead))
    if fault and draw.chance(30):
        bad = draw.choice((np.dtype("c8"), np.dtype("M8[s]"), None))
        call.args[draw.integer(len(call.args) - 1)] = "text" if bad is None else place(
            draw, call, "bad", np.zeros(shape, bad), False
        )
        fault = False
    if halves and (axis not in (-1, len(call.args[-1].shape) - 1 if isinstance(call.args[-1], Array) else -1)
                   or draw.chance(20)):
        call.keywords["axis"] = axis
    parameters(draw, call, shape, dtype)
    if draw.chance(25):
        call.keywords["where"] = mask(draw, call, shape)
    dtype = result_type(call.args + list(call.keywords.values()))
    if draw.chance(12):
        call.keywords["dtype"] = draw.choice((*FLOATS, dtype, None))
        dtype = call.keywords["dtype"] or dtype
    if draw.chance(8):
        call.keywords["casting"] = draw.choice(("same_kind", "unsafe", "safe", "equiv", "no"))
    if draw.chance(12):
        call.keywords["order"] = draw.choice(("K", "C", "F", "A"))
    if fault and draw.chance(40):
        keyword, value = draw.choice(
            (("order", "Z"), ("casting", "any"), ("dtype", np.dtype("i4")), ("dtype", np.dtype("c8")), ("axis", 9))
        )
        if keyword != "axis" or "b" in known:
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
        if known.kind is not known.POSITIONAL_OR_KEYWORD or name in ARRAYS:
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
    if "b" in SIGNATURES[call.name].parameters and gradient and not halves:
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


# ---- rows ----


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


def of_rows(draw, call, fault):
    known = SIGNATURES[call.name].parameters
    shape, dtype = shape_of(draw), draw.choice(DTYPES)
    if draw.integer(29) == 29:
        shape = ()
    for name in known:
        if name in ARRAYS:
            lead = name != "dy"
            if name == "y" and draw.chance(80):  # as softmax or log_softmax leave it
                kind = "unit" if call.name == "softmax_grad" else "usual"
                values = numbers(draw.integer(2**16 - 1), kind, shape, another(draw, dtype))
                call.args.append(place(draw, call, name, values))
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
        if draw.chance(30):
            call.keywords["where"] = mask(draw, call, shape)
        if draw.chance(25):
            call.keywords["bias"] = operand(draw, call, "bias", shape, dtype, draw.chance(50))
        if draw.chance(25):
            call.keywords["scale"] = operand(draw, call, "scale", shape, dtype, False)
    if "keepdims" in known and draw.chance(40):
        call.keywords["keepdims"] = draw.chance(70)
    kind = result_type(call.args)
    if draw.chance(15):
        call.keywords["dtype"] = draw.choice((*FLOATS, kind, None)) if not fault else np.dtype("i8")
        kind = call.keywords["dtype"] or kind
    if draw.chance(35) or (fault and not fault_axis):
        if call.name == "logsumexp" and not fault_axis:
            shape = reduced(shape, axis, call.keywords.get("keepdims", False))
        operands = [a for a in (*call.args, *call.keywords.values()) if isinstance(a, Array)]
        kind = np.dtype("d") if kind.kind in "iub" else kind
        out = output(draw, call, "out", shape, kind, operands, fault and not fault_axis)
        call.keywords["out"] = (out,) if draw.chance(15) else out


def reduced(shape, axis, keepdims):
    dims = len(shape)
    gone = range(dims) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {a % max(dims, 1) for a in gone}
    return tuple([1 if a in gone else n for a, n in enumerate(shape) if keepdims or a not in gone])


# ---- losses ----


def of_loss(draw, call, fault):
    known = SIGNATURES[call.name].parameters
    shape, dtype = shape_of(draw), draw.choice(DTYPES)
    if draw.chance(80):
        call.args.append(array(draw, call, "logits", shape, dtype))
    else:
        call.args.append(operand(draw, call, "logits", shape, dtype, True))
    shape = call.args[0].shape if isinstance(call.args[0], Array) else ()
    if "targets" in known:
        binary_options(draw, call, shape, dtype)
    else:
        class_options(draw, call, shape, dtype, fault and draw.chance(60))
    if draw.chance(60):
        call.keywords["reduction"] = draw.choice(("none", "mean", "sum") if not fault else ("all", None, "none"))
    if draw.chance(60):
        call.keywords["return_grad"] = True
    if draw.chance(10):  # arrays of a loss may be named
        names = [name for name in ("logits", "labels", "targets") if name in known]
        for name in reversed(names):
            if known[name].kind is known[name].POSITIONAL_OR_KEYWORD:
                call.keywords[name] = call.args.pop()


def weights(draw, call, name, shape):
    """Factors: not negative as a rule."""
    dtype = draw.choice((np.dtype("d"), np.dtype("f"), *DTYPES))
    kind = draw.choice(("unit", "unit", "unit", "integers", "usual", "mixed"))
    values = numbers(draw.integer(2**16 - 1), kind, shape, dtype)
    if dtype.kind != "b" and draw.chance(90):
        with np.errstate(all="ignore"):
            values = abs(values)
    return place(draw, call, name, values)


def binary_options(draw, call, shape, dtype):
    dtype = another(draw, dtype)
    shape_ = shape if draw.chance(70) else stretched(draw, shape)
    kind = draw.choice(("unit", "integers", "usual"))
    values = numbers(draw.integer(2**16 - 1), kind, shape_, dtype)
    if kind == "integers":
        values = (values > 0).astype(draw.choice((dtype, np.dtype("?"), *INTEGERS)))
    if draw.chance(8):
        call.args.append(draw.choice((1.0, 0.0, 1, 0, 0.25, True)))
    else:
        call.args.append(place(draw, call, "targets", values))
    for name in ("weight", "pos_weight"):
        if draw.chance(30):
            pick = draw.integer(9)
            call.keywords[name] = (
                draw.choice((1.0, 0.0, 0.5, 2, 1e5, None)) if pick > 7
                else weights(draw, call, name, stretched(draw, shape))
            )


def class_options(draw, call, shape, dtype, fault):
    dims = len(shape)
    axis = -1
    if draw.chance(50):
        axis = draw.choice((dims + 1, None, (0,), 1.5)) if fault and draw.chance(20) else (
            draw.integer(2 * dims - 1) - dims if dims else 0
        )
        call.keywords["axis"] = axis
    place_of = axis % dims if dims and type(axis) is int and -dims <= axis < dims else 0
    classes = shape[place_of] if dims else 1
    rows = shape[:place_of] + shape[place_of + 1 :]
    if draw.chance(25):
        values = numbers(draw.integer(2**16 - 1), "unit", shape, another(draw, np.dtype("d")))
        if not is_floating(values.dtype):
            values = values.astype("d")
        with np.errstate(all="ignore"):
            values = np.asarray(values / values.sum(axis=place_of if dims else None, keepdims=True)).astype(values.dtype)
        call.args.append(place(draw, call, "labels", values))
    else:
        call.args.append(place(draw, call, "labels", labels(draw, call, rows, classes, fault)))
    if draw.chance(30):
        call.keywords["weight"] = weights(draw, call, "weight", (classes,))
    if draw.chance(30):
        call.keywords["label_smoothing"] = draw.choice((0.1, 0.0, 1.0, 0.5, 1) if not fault else (-0.1, 2.0, np.nan, "x"))


def labels(draw, call, rows, classes, fault):
    """Classes of every integer type, some of them ignored, whose number is a class or not."""
    dtype = draw.choice((np.dtype("q"), *INTEGERS))
    info = np.iinfo(dtype)
    rng = np.random.Generator(np.random.SFC64(draw.integer(2**16 - 1)))
    found = rng.integers(0, max(min(classes, int(info.max) + 1), 1), rows).astype(dtype)
    if draw.chance(40):
        inside = draw.integer(max(classes - 1, 0))
        ignored = draw.choice((inside, -100, -1, 255, classes, int(info.max), int(info.min), 2**40, -(2**65)))
        if draw.chance(80) and info.min <= ignored <= info.max:
            found = np.where(rng.random(rows) < 0.3, dtype.type(ignored), found)
        call.keywords["ignore_index"] = ignored
    if fault and found.size:
        wrong = draw.choice((classes, -1, int(info.max), int(info.min)))
        if info.min <= wrong <= info.max:
            found = np.asarray(found)
            found[np.unravel_index(rng.integers(found.size), rows)] = wrong
    return found
