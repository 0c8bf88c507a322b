"""How far elementwise and gated functions may be from their references, and which of their results are told at all."""

import numpy as np

from fastact._check.bounds import BOUNDS
from fastact._reference import table

from .bound import smallest, ulp
from .surface import FAMILY

# of the reference in float64; in narrower types it is computed in float64 and rounded once
REFERENCE = 12.0
DEFAULTS = (
    "negative_slope",
    "alpha",
    "beta",
    "min_val",
    "max_val",
    "weight",
    "lambd",
    "threshold",
    "value",
    "b",
    "cap",
    "slope",
    "offset",
)


def bound_of(bound):
    """ULP between the compiled function and its reference."""
    if bound.dtype.char == "g":
        return 0.0  # it is the reference
    if bound.dtype.itemsize == 2:
        return 1.02  # 0.51 and a rounding
    if bound.name.endswith("_grad"):
        native = BOUNDS["GRADIENT"]
    elif "a" in bound.all:
        native = BOUNDS["GATE"]
    else:
        native = BOUNDS["PARAMETERS" if any(name in bound.given for name in DEFAULTS) else "VALUE"]
    return native + (REFERENCE if bound.dtype.char == "d" else 0.51)


def operation(bound):
    kind = "sloped" if "slope" in bound.operands() else bound.all.get("approximate", "none")
    name = bound.name
    if kind != "none":
        name = f"{name.removesuffix('_grad')}_{kind}" + "_grad" * name.endswith("_grad")
    return table.UFUNCS[name]


def in_longdouble(bound):
    """The operands, two for an array in halves, and their axis."""
    given = bound.operands()
    values = [bound.wide(a) for a in given.values()]
    if bound.is_scaled:
        values[0] = bound.summed()  # x is the first
    if "a" in bound.all and bound["b"] is None:
        axis = bound["axis"] % values[-1].ndim
        return [*values[:-1], *np.split(values[-1], 2, axis=axis)], axis
    return values, None


def evaluated(bound, operands):
    """The reference's results in longdouble."""
    results = operation(bound)(*operands)
    return results if isinstance(results, tuple) else (results,)


def judged(bound):
    """For each result None, for it is left to the reference, and the distance that is allowed."""
    return [(None, limit) for limit in tolerances(bound)]


def tolerances(bound):
    """For each result the distance to the reference that is allowed, of the result's shape."""
    operands, axis = in_longdouble(bound)
    values = evaluated(bound, operands)
    least = smallest(bound.dtype)
    whole = np.broadcast_shapes(*(a.shape for a in operands), np.shape(np.asarray(where_of(bound))))
    limits = []
    for value in values:
        value = np.broadcast_to(value, whole)
        limits.append(bound_of(bound) * np.maximum(ulp(value, bound.dtype), least))
    if bound.name == "logaddexp":  # where an operand cancels the logarithm of the sum
        limits[0] = limits[0] + np.maximum(2 * bound.eps, ulp(np.ones(()), bound.dtype))
    if bound.name.endswith("_grad"):
        limits = near_zeros(bound, operands, values, limits)
    limits = untold(bound, operands, limits)
    if axis is not None and bound.name.endswith("_grad"):
        return [np.concatenate([np.broadcast_to(limit, whole) for limit in limits], axis)]
    shapes = summed_shapes(bound, whole)
    return [
        limit if shape == whole else total(bound, limit, value, shape)
        for limit, value, shape in zip(limits, values, shapes, strict=True)
    ]


def where_of(bound):
    where = bound.all.get("where")
    return True if where is None else where


def near_zeros(bound, operands, values, limits):
    """Near a zero of the derivative errors are absolute: multiples of dy, or of dy times b."""
    scale = np.abs(operands[0])
    if "a" in bound.all:
        scale = scale * np.abs(operands[2])
    # the compiled functions', within 1 % of the zero; rounding to 16 bits may add an ULP
    absolute = (2.0**-53 if bound.dtype.char == "d" else 2.0**-24) * scale
    extra = absolute + (ulp(values[0], bound.dtype) if bound.dtype.itemsize == 2 else 0)
    limits[0] = limits[0] + np.where(is_near_zero(bound, operands, 0.01), extra, 0)
    # the reference's, further from it: 8 ULP of a result that cancels to an eighth
    if bound.dtype.char == "d":
        limits[0] = limits[0] + np.where(is_near_zero(bound, operands, 0.15), 2.0**-52 * scale, 0)
    return limits


def is_near_zero(bound, operands, part):
    """Where the derivative has another sign that part below x, or a, than above."""
    signs = []
    for factor in (1 - part, 1 + part):
        dy, x, *rest = operands
        signs.append(np.sign(evaluated(bound, [dy, x * np.longdouble(factor), *rest])[0]))
    return signs[0] * signs[1] < 0


def untold(bound, operands, limits):
    """NaN where an infinite factor meets one that underflows: they give infinity, or NaN if the other is 0 by then, and
    nothing says which."""
    if bound.name == "logaddexp_grad":
        dy, a, b = operands
        with np.errstate(all="ignore"):
            is_far = np.isinf(dy) & ~(np.abs(a - b) < 50) & (a != b)
        return [np.where(is_far, np.nan, limit) for limit in limits]
    is_gate = "a" in bound.all
    curve = 2 if bound.name == "glu_grad" else int(bound.name.endswith("_grad") or bound.name == "glu")
    factors = [i for i in range(len(operands)) if i != curve and (is_gate or i == 0 or bound.name == "elu_grad")]
    infinite = {i: np.isinf(operands[i]) for i in factors}
    if not (is_gate or curve) or not any(found.any() for found in infinite.values()):
        return limits
    units = [np.where(infinite[i], np.sign(a), a) if i in infinite else a for i, a in enumerate(operands)]
    any_infinite = False
    for found in infinite.values():
        any_infinite = any_infinite | found
    tiny = np.ldexp(smallest(bound.dtype), 30)
    for i, unit in enumerate(evaluated(bound, units)):
        # 0 far out is an underflow too; near 0 it is exact, but beside an infinite parameter
        is_far = np.abs(operands[curve]) > 50
        for parameter in operands[curve + 1 :]:
            argument = np.abs(operands[curve] * parameter), np.abs(operands[curve] / parameter)
            is_far = is_far | np.isinf(parameter) | (argument[0] > 50) | (argument[1] > 50)
        vanishes = (np.abs(unit) < tiny) & ((unit != 0) | is_far)
        limits[i] = np.where(any_infinite & vanishes, np.nan, limits[i])
    return limits


def summed_shapes(bound, whole):
    """The shapes of the results."""
    if not bound.name.endswith("_grad"):
        return (whole,)
    if "a" in bound.all:
        return np.shape(bound["a"]), np.shape(bound["b"])
    if bound.name == "prelu_grad":
        return whole, np.shape(bound["weight"])
    return (whole,)


def total(bound, limit, value, shape):
    """Of a sum of results: the sum of what each may be off, and the roundings of a sum in float64 and of its result."""
    whole = limit.shape
    value = np.broadcast_to(value, whole)
    counts = np.broadcast_to(np.asarray(where_of(bound)), whole)
    first = len(whole) - len(shape)
    axes = tuple(a for a in range(len(whole)) if a < first or (shape[a - first] == 1 and whole[a] != 1))
    eps = 2.0**-52 if bound.dtype.char != "g" else 2.0**-62
    size = np.where(counts, np.abs(value), 0)
    size = np.where(np.isfinite(size), size, 0).sum(axis=axes, keepdims=True).reshape(shape)
    each = np.where(counts, limit, 0).sum(axis=axes, keepdims=True).reshape(shape)
    n = np.prod([whole[a] for a in axes], dtype=float)
    rounding = bound.eps if bound.dtype.itemsize > 2 else 0  # compare.apart adds that of 16 bits
    return each + size * (eps * n + 1.01 * rounding) + smallest(bound.dtype)


# ---- what is told ----


def counted(call, outcome, i, shape):
    """Which elements of a result are told: with `where` and without `out` the others hold anything."""
    where = outcome.made.keywords.get("where", True)
    if where is True or where is None or FAMILY[call.name] == "rows":
        return True
    outs = call.keywords.get("out")
    outs = outs if isinstance(outs, tuple) else (outs,)
    if i < len(outs) and outs[i] is not None:
        return True
    where = np.asarray(where)
    gradient, halves = call.name.endswith("_grad"), "glu" in call.name and is_halved(call)
    if halves and gradient:
        axis = outcome.made.keywords.get("axis", -1)
        half = list(shape)
        half[axis] //= 2
        try:
            where = np.broadcast_to(where, half)
        except ValueError:
            return True  # it stretches the halves, which are summed
        return np.concatenate([where, where], axis)
    try:
        counts = np.broadcast_to(where, shape)
    except ValueError:
        return True  # summed: all of it is told
    place = i if "glu" in call.name else 1 if call.name == "prelu_grad" and i == 1 else None
    if place is not None and gradient:
        whole = np.broadcast_shapes(*(np.shape(a) for a in outcome.made.args), where.shape)
        if np.shape(outcome.made.args[1 + place]) != whole:
            return True
    return counts


def is_halved(call):
    return len(call.args) == (2 if call.name.endswith("_grad") else 1)


def wrong_order(call, outcome):
    """A result whose axes lie in memory otherwise than NumPy's own ufuncs would lay them; None where all is well."""
    if "glu" in call.name or call.name.endswith(("prelu_grad", "logits")) or call.name == "cross_entropy":
        return None  # halves and sums have no such rule
    options = [outcome.made.keywords[name] for name in ("scale", "bias") if name in call.keywords]
    parameters = [outcome.made.keywords[name] for name in call.keywords if name in DEFAULTS]
    arrays = [*outcome.made.args[:1], *options, *outcome.made.args[1:], *parameters]
    arrays = [np.asarray(a) for a in arrays if isinstance(a, (np.ndarray, list))]
    result = outcome.results[0]
    if not isinstance(result, np.ndarray) or result.size <= 1 or not arrays:
        return None
    where = outcome.made.keywords.get("where")
    if isinstance(where, (list, np.ndarray)):
        return None  # NumPy lays the result out by the mask too
    order = call.keywords.get("order", "K")
    if order == "A" and not all(a.flags.aligned for a in arrays):
        return None  # NumPy copies some of them before it looks
    iterator = np.nditer(
        [*arrays, None],
        flags=["refs_ok", "zerosize_ok", "multi_index"],
        op_flags=[["readonly"]] * len(arrays) + [["writeonly", "allocate"]],
        op_dtypes=[None] * len(arrays) + [result.dtype],
        order=order,
    )
    want = iterator.operands[-1]
    if want.shape != result.shape:
        return None
    big = [a for a in range(result.ndim) if result.shape[a] > 1]
    if [result.strides[a] for a in big] != [want.strides[a] for a in big]:
        return f"strides {result.strides} of shape {result.shape}, NumPy's {want.strides}"
    return None
