"""Segments of arrays of other libraries."""

import numpy as np

from fastact._containers.alignment import Alignment
from fastact._containers.kinds import are_plain, is_lazy, refusal
from fastact._containers.other_arrays import public
from fastact._shared.arguments import one_axis


def segmented(name, x, offsets, axis, out, dtype, reduces):
    """The labels of x stay, but for those of the axis that is reduced; offsets go by position."""
    if are_plain(x, offsets):
        return NotImplemented
    parts = {argument: Alignment(name, {argument: a}) for argument, a in (("x", x), ("offsets", offsets))}
    for argument, part in parts.items():
        if is_lazy(part.values[argument]):
            why = " of dask, whose chunks know nothing of segments"
            raise refusal(name, argument, part.values[argument], why, f"pass {argument}.compute()")
    together, plain = parts["x"], parts["x"].values["x"]
    result = public(name)(plain, parts["offsets"].values["offsets"], axis, out=out, dtype=dtype)
    if out is not None:
        return result
    dims = together.last_dims(np.ndim(plain))
    fresh = (dims[one_axis(name, axis, np.ndim(plain))],) if reduces else ()
    return together.finish(result, dims, fresh=fresh)
