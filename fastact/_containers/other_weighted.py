"""Weighted sums of exponentials of arrays of other libraries."""

import numpy as np

from fastact._containers.alignment import Alignment, dims_of_rows
from fastact._containers.kinds import are_plain, is_lazy, refusal
from fastact._containers.other_arrays import public
from fastact._shared.arguments import normalize_axes


def log_sum(name, x, axis, out, dtype, b, return_sign, extra_logit, keepdims, options):
    """logsumexp with weights b, or with the signs of the sums."""
    if are_plain(x, b, extra_logit, *options.values()):
        return NotImplemented
    operands = {"x": x, **options, "b": b, "extra_logit": extra_logit}
    together = Alignment(name, operands, outer="x", dims={"extra_logit": dims_of_rows(name, x, axis)})
    values = together.values
    for argument, a in values.items():
        if is_lazy(a):
            raise refusal(name, argument, a, " of dask beside b or return_sign", f"pass {argument}.compute()")
    plain = values.pop("x")
    results = public(name)(plain, axis, out=out, dtype=dtype, keepdims=keepdims, return_sign=return_sign, **values)
    dims = together.last_dims(np.ndim(plain))
    reduced = tuple(dims[a] for a in normalize_axes(name, axis, np.ndim(plain)))
    if not keepdims:
        dims = tuple(dim for dim in dims if dim not in reduced)
    if not return_sign:
        return results if out is not None else together.finish(results, dims, fresh=reduced)
    logarithm, sign = results
    logarithm = logarithm if out is not None else together.finish(logarithm, dims, fresh=reduced)
    return logarithm, together.finish(sign, dims, fresh=reduced)
