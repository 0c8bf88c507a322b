"""Calls of losses: labels of every integer type, probabilities, weights, smoothing."""

import numpy as np

from .calls_rows import extra_logit
from .memory import Array
from .operands import another, operand
from .strategies import DTYPES, INTEGERS, array, is_floating, numbers, place, shape_of, stretched
from .surface import SIGNATURES


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
    for name, usual, wrong in (("gamma", (2.0, 0, 0.5, 3), (-1, "2", np.nan)), ("alpha", (0.25, -1, 0.0), (2, None))):
        if name in known and draw.chance(40):
            call.keywords[name] = draw.choice(wrong if fault and draw.chance(30) else usual)
    if draw.chance(60):
        call.keywords["reduction"] = draw.choice(("none", "mean", "sum") if not fault else ("all", None, "none"))
    if draw.chance(60):
        call.keywords["return_grad"] = True
    if draw.chance(25):
        call.keywords["return_hess"] = True
    if draw.chance(10):  # arrays of a loss may be named
        names = [name for name in ("logits", "labels", "targets") if name in known]
        for name in reversed(names):
            if known[name].kind is known[name].POSITIONAL_OR_KEYWORD:
                call.keywords[name] = call.args.pop()


def weights(draw, call, name, shape):
    """Factors: not negative as a rule, and none so large that all it tells is whether a loss overflows."""
    dtype = draw.choice((np.dtype("d"), np.dtype("f"), *DTYPES))
    kind = draw.choice(("unit", "unit", "unit", "integers", "usual", "mixed"))
    values = numbers(draw.integer(2**16 - 1), kind, shape, dtype)
    if dtype.kind != "b" and draw.chance(90):
        with np.errstate(all="ignore"):
            values = abs(values)
    if is_floating(dtype):
        values = np.where(abs(values.astype(np.longdouble)) < 1e5, values, dtype.type(1))
    return place(draw, call, name, values)


def binary_options(draw, call, shape, dtype):
    dtype = another(draw, dtype)
    shape_ = shape if draw.chance(70) else stretched(draw, shape)
    values = numbers(draw.integer(2**16 - 1), "unit", shape_, dtype if is_floating(dtype) else np.dtype("d"))
    if not is_floating(dtype) or draw.chance(40):
        values = (values > 0.5).astype(draw.choice((dtype, np.dtype("?"), *INTEGERS)))
    if draw.chance(8):
        call.args.append(draw.choice((1.0, 0.0, 1, 0, 0.25, True)))
    else:
        call.args.append(place(draw, call, "targets", values))
    if draw.chance(20):
        call.keywords["sample_weight"] = weights(draw, call, "sample_weight", shape[: draw.integer(len(shape))])
    for name in ("weight", "pos_weight"):
        if name in SIGNATURES[call.name].parameters and draw.chance(30):
            if draw.chance(20):
                call.keywords[name] = draw.choice((1.0, 0.0, 0.5, 2, 1e5, None))
            else:
                call.keywords[name] = weights(draw, call, name, stretched(draw, shape))


def class_options(draw, call, shape, dtype, fault):
    dims = len(shape)
    axis = -1
    if draw.chance(50):
        axis = draw.integer(2 * dims - 1) - dims if dims else 0
        if fault and draw.chance(20):
            axis = draw.choice((dims + 1, None, (0,), 1.5))
        call.keywords["axis"] = axis
    place_of = axis % dims if dims and type(axis) is int and -dims <= axis < dims else 0
    classes = shape[place_of] if dims else 1
    rows = shape[:place_of] + shape[place_of + 1 :]
    has_extra = "extra_logit" in SIGNATURES[call.name].parameters and draw.chance(25)
    classes += has_extra
    if draw.chance(25) and "label_smoothing" in SIGNATURES[call.name].parameters:
        kind = another(draw, np.dtype("d"))
        values = numbers(draw.integer(2**16 - 1), "unit", shape, kind if is_floating(kind) else np.dtype("d"))
        with np.errstate(all="ignore"):
            total = values.sum(axis=place_of if dims else None, keepdims=True)
            values = np.asarray(values / total).astype(values.dtype)
        call.args.append(place(draw, call, "labels", values))
        has_extra = has_extra and fault  # which they do not go with
    else:
        call.args.append(place(draw, call, "labels", labels(draw, call, rows, classes, fault)))
    if has_extra:
        kept = shape[:place_of] + (1,) * (dims > 0) + shape[place_of + 1 :] if draw.chance(30) else rows
        call.keywords["extra_logit"] = extra_logit(draw, call, kept, dtype)
    if draw.chance(30):
        call.keywords["weight"] = weights(draw, call, "weight", (classes,))
    if draw.chance(20):
        call.keywords["sample_weight"] = weights(draw, call, "sample_weight", rows[: draw.integer(len(rows))])
    if draw.chance(30) and "label_smoothing" in SIGNATURES[call.name].parameters:
        some = (-0.1, 2.0, np.nan, "x") if fault else (0.1, 0.0, 1.0, 0.5, 1)
        call.keywords["label_smoothing"] = draw.choice(some)


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
