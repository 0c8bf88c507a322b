"""Whether a call did what its NumPy reference does: equal results within the bounds, or the same class of error; and
whether both are near the true values, of functions along axes and of losses, for which they may share code."""

from dataclasses import dataclass

import numpy as np

import fastact
from fastact._reference import table

from . import tolerance, tolerance_losses, tolerance_rows, tolerance_segments
from .bound import Bound, largest, limits, ulp
from .memory import snippet
from .outcome import Outcome
from .strategies import is_floating
from .surface import FAMILY

JUDGES = {
    "elementwise": tolerance.judged,
    "gated": tolerance.judged,
    "rows": tolerance_rows.judged,
    "segments": tolerance_segments.judged,
    "losses": tolerance_losses.judged,
}
ALONG = ("rows", "segments", "losses")  # whose true values are judged too


@dataclass
class Difference:
    kind: str
    text: str
    call: object

    def __str__(self):
        return f"{self.call.name}: {self.kind}: {self.text}\n{snippet(self.call)}"


def difference(call):
    """What is wrong about a call; None where nothing is."""
    native = Outcome(getattr(fastact, call.name), call)
    reference = Outcome(getattr(table, call.name), call, apart=True)
    wrong = compared(call, native, reference)
    if wrong is None and call.overlaps():
        # the reference itself on memory that overlaps
        other = Outcome(getattr(table, call.name), call)
        wrong = compared(call, other, reference)
        wrong = wrong and ("reference, overlap: " + wrong[0], wrong[1])
    return wrong and Difference(*wrong, call)


def compared(call, native, reference):
    """(kind, text) of the first difference, or None."""
    kinds = native.kind_of_error(), reference.kind_of_error()
    if kinds[0] != kinds[1] or not {*kinds} <= {"no error", "TypeError", "ValueError"}:
        return f"{kinds[0]} against {kinds[1]}", f"native {native.shown()}; reference {reference.shown()}"
    for who, outcome in (("native", native), ("reference", reference)):
        if spoilt := outcome.spoilt(call):
            return f"{who} writes", spoilt
    if native.error is not None:
        return None
    if native.is_tuple != reference.is_tuple or len(native.results) != len(reference.results):
        return "results", f"{len(native.results)} against {len(reference.results)}"
    bound, limit = None, None
    if FAMILY[call.name] in ALONG:
        bound = Bound(call)
        with np.errstate(all="ignore"):
            truth = JUDGES[bound.family](bound)
        limit = [distance for _, distance in truth]
    for i, (got, want) in enumerate(zip(native.results, reference.results, strict=True)):
        if wrong := unlike(call, i, native, reference, got, want):
            return wrong
        counts = tolerance.counted(call, native, i, np.shape(got))
        places = differing(got, want, counts)
        if places is not None:
            if bound is None:
                bound = Bound(call)
                with np.errstate(all="ignore"):
                    limit = [distance for _, distance in JUDGES[bound.family](bound)]
            if wrong := apart(got, want, places, bound, limit[i]):
                return f"values of result {i}", wrong
        if FAMILY[call.name] not in ALONG or truth[i][0] is None:
            continue
        for who, found in (("native", got), ("reference", want)):
            if wrong := untrue(found, *truth[i], bound):
                return f"{who} values of result {i}", wrong
    if (
        FAMILY[call.name] not in ALONG
        and call.keywords.get("out") is None
        and (wrong := tolerance.wrong_order(call, native))
    ):
        return "memory order", wrong
    return None


def unlike(call, i, native, reference, got, want):
    """Differences of what is no value."""
    if type(got) is not type(want):
        return "type", f"result {i} is {type(got)} against {type(want)}"
    got, want = np.asarray(got), np.asarray(want)
    if got.dtype != want.dtype or got.dtype.isnative != want.dtype.isnative:
        return "dtype", f"result {i}: {got.dtype} against {want.dtype}"
    if got.shape != want.shape:
        return "shape", f"result {i}: {got.shape} against {want.shape}"
    outs = call.keywords.get("out")
    outs = outs if isinstance(outs, tuple) else (outs,)
    if i < len(outs) and outs[i] is not None:
        for who, outcome in (("native", native), ("reference", reference)):
            if outcome.results[i] is not outcome.made.objects[id(outs[i])]:
                return "identity", f"result {i} of the {who} is not out"
    return None


def differing(got, want, counts):
    """Where values differ that count; None where there is no such place."""
    with np.errstate(all="ignore"):
        same = (got == want) | ((got != got) & (want != want))
    places = ~same if counts is True else ~same & np.asarray(counts, np.bool_)
    return places if np.any(places) else None


def apart(got, want, places, bound, limit):
    """Text on the first value that is further from the reference than the limit, of which NaN and infinity say that
    nothing is promised; None where all are near."""
    with np.errstate(all="ignore"):
        got, want = np.asarray(got), np.asarray(want)
        if got.dtype.kind == "c":
            got, want = got.real, want.real  # their imaginary parts are 0 in both, or the numbers would differ
        stored = got.dtype.newbyteorder("=")
        a, b = got[places], want[places]
        limit = np.broadcast_to(limit, got.shape)[places]
        wide = np.longdouble
        a, b = a.astype(wide), b.astype(wide)
        # a result next to the end of the type's range may round to infinity on one side alone
        edge = largest(stored)
        beyond = edge + ulp(edge, stored) if is_floating(stored) else edge
        a, b = (np.where(np.isinf(v), np.copysign(beyond, v), v) for v in (a, b))
        limit = limit + roundings(np.maximum(np.abs(a), np.abs(b)), {stored}, bound)
        bad = ~((np.abs(a - b) <= limit) | np.isnan(limit) | np.isinf(limit))
        if not bad.any():
            return None
        first = int(np.flatnonzero(bad)[0])
        index = tuple(np.argwhere(places)[first].tolist()) if got.ndim else ()
        units = np.abs(a - b)[first] / ulp(b, bound.dtype)[first]
        return (
            f"at {index} {got[index]!r} against {want[index]!r} in {bound.dtype}: {float(units):.4g} ULP apart, "
            f"allowed {float(limit[first]):.4g} ({bad.sum()} such of {got.size}){operands_at(index, got.shape, bound)}"
        )


def operands_at(index, shape, bound):
    """The elements that gave the result there, where each has its own."""
    if bound.family in ALONG:
        return ""
    found = []
    for name, given in bound.operands().items():
        try:
            found.append(f"{name}={np.broadcast_to(np.asarray(given), shape)[index]!r}")
        except ValueError:
            return ""
    return "; " + ", ".join(found)


def untrue(found, value, limit, bound):
    """Text on the first result that is too far from its true value, which ends where the range of its type does."""
    found = np.asarray(found)
    found = found.real if found.dtype.kind == "c" else found
    kinds = {found.dtype.newbyteorder("="), bound.dtype}
    with np.errstate(all="ignore"):
        edge = min(largest(kind) + ulp(largest(kind), kind) for kind in kinds)
        found = np.clip(found.astype(np.longdouble), -edge, edge)
        value = np.clip(np.broadcast_to(value, found.shape), -edge, edge)
        limit = limit + roundings(value, kinds, bound)
        places = differing(found, value, True)
    return None if places is None else apart(found, value, places, bound, limit)


def roundings(size, kinds, bound):
    """What a result of this size is rounded by once more on both sides: to 16 bits, and to a narrower output."""
    found = {kind for kind in kinds if narrower(kind, bound.dtype)}
    if bound.family in ALONG and bound.dtype.itemsize == 2:
        found.add(bound.dtype)
    return sum((ulp(size, kind) for kind in found), np.longdouble(0))


def narrower(stored, computed):
    return is_floating(stored) and limits(stored)[0] < limits(computed)[0]
