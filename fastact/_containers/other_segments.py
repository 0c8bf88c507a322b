"""Segments of arrays of other libraries."""

import numpy as np

from fastact._containers.alignment import Alignment
from fastact._containers.kinds import are_plain, is_lazy, refusal
from fastact._containers.other_arrays import public
from fastact._shared.arguments import one_axis


def segmented(name, operands, offsets, axis, out, dtype, reduces):
    """The labels of x stay, but for those of the axis that is reduced; offsets go by position, options by name."""
    if are_plain(*operands.values(), offsets):
        return NotImplemented
    for argument, a in (*operands.items(), ("offsets", offsets)):
        if is_lazy(a):
            why = " of dask, whose chunks know nothing of segments"
            raise refusal(name, argument, a, why, f"pass {argument}.compute()")
    together = Alignment(name, operands, outer="x")
    values = dict(together.values)
    plain, places = values.pop("x"), Alignment(name, {"offsets": offsets}).values["offsets"]
    result = public(name)(plain, places, axis, out=out, dtype=dtype, **values)
    if out is not None:
        return result
    dims = together.last_dims(np.ndim(plain))
    fresh = (dims[one_axis(name, axis, np.ndim(plain))],) if reduces else ()
    return together.finish(result, dims, fresh=fresh)
