"""Elementwise functions of scale * x + bias on arrays of other libraries: aligned as rows with these options are."""

import inspect

import numpy as np

from fastact._containers import lazy
from fastact._containers import lazy_chunks as chunks
from fastact._containers.alignment import Alignment
from fastact._containers.kinds import are_plain, is_lazy, refusal
from fastact._containers.other_arrays import public
from fastact._shared.arguments import broadcasts_to, row_options
from fastact._shared.dtypes import WEAK, common_dtype
from fastact._shared.scaled_arguments import default_dtype


def scaled(name, kernel, x, parameters, bias, scale, out, keywords):
    """Function `name`, by operation `kernel`, of scale * x + bias; NotImplemented where all are plain arrays."""
    where = keywords["where"]
    others = (*parameters, bias, scale, where)
    if are_plain(x, *others):
        return NotImplemented
    if isinstance(x, np.ma.MaskedArray):
        if are_plain(*others):
            return NotImplemented  # which keeps the mask
        raise refusal(name, "x", x, " beside arrays of other libraries", "pass plain arrays beside it")
    known = inspect.signature(public(name)).parameters.values()
    names = [p.name for p in known if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "approximate"]
    options = dict(zip(names, parameters, strict=True)) | {"bias": bias, "scale": scale}
    if kernel != name:
        keywords = {**keywords, "approximate": kernel.removeprefix(f"{name}_")}
    together = Alignment(name, {"x": x, **options, "where": where}, outer="x")
    values = together.values
    plain = values.pop("x")
    if together.library is None and any(is_lazy(a) for a in (plain, *values.values())):
        return _lazy(name, plain, names, out, values, keywords)
    result = public(name)(plain, out=out, **{**keywords, **values})
    return result if out is not None else together.finish(result, together.last_dims(np.ndim(plain)))


def _lazy(name, x, names, out, values, keywords):
    """The same of an array of dask, chunk by chunk."""
    options = {argument: values[argument] for argument in (*names, "bias", "scale")}
    lazy.check(name, out, x, *options.values())
    if values["where"] is not True:
        raise TypeError(f"fastact.{name}: where is not supported for dask arrays; use dask.array.where on the result")
    x = lazy.as_lazy(x)
    standing = {argument: lazy.stand_in(a) for argument, a in options.items()}
    parameters = [standing[argument] for argument in names]
    scale = 1.0 if standing["scale"] is None else standing["scale"]
    row_options(name, x.shape, None, standing["bias"], scale)
    for argument in names:
        if not broadcasts_to(np.shape(standing[argument]), x.shape):
            raise ValueError(
                f"fastact.{name}: {argument} of shape {np.shape(standing[argument])} does not broadcast to x of shape "
                f"{x.shape}"
            )
    whole = lazy.stand_in(x)
    dtype = keywords["dtype"]
    dtype = default_dtype(name, whole, parameters, standing["scale"]) if dtype is None else dtype
    kind = common_dtype(name, (whole, *parameters), dtype, keywords["casting"])
    arrays = {argument: lazy.as_lazy(a) for argument, a in options.items() if a is not None and type(a) not in WEAK}
    rest = {argument: a for argument, a in options.items() if argument not in arrays}
    keywords = {**keywords, **rest, "where": True}
    return lazy.blockwise(
        chunks.scaled, x, (x, *arrays.values()), kind, function=name, given=tuple(arrays), keywords=keywords
    )
