"""The functions of logits on arrays of other libraries: as other_arrays has the other functions."""

import numpy as np

from fastact._containers import lazy_choices
from fastact._containers.alignment import Alignment
from fastact._containers.kinds import are_plain, is_lazy, library_of, refusal
from fastact._containers.other_arrays import public
from fastact._shared.arguments import one_axis


def _is_lazy(together):
    return together.library is None and any(is_lazy(a) for a in together.values.values())


def top_k(logits, k, axis, where, bias, scale, log):
    """The largest probabilities and their places: the axis has new labels."""
    if are_plain(logits, where, bias, scale):
        return NotImplemented
    given = {"logits": logits, "where": where, "bias": bias, "scale": scale}
    together = Alignment("top_k", given, outer="logits")
    if _is_lazy(together):
        return lazy_choices.top_k(**together.values, k=k, axis=axis, log=log)
    options = dict(together.values)
    plain = options.pop("logits")
    results = public("top_k")(plain, k, axis, log=log, **options)
    dims = together.last_dims(np.ndim(plain))
    fresh = (dims[one_axis("top_k", axis, len(dims))],)
    return tuple(together.finish(result, dims, fresh=fresh) for result in results)


def reduced(name, given, axis):
    """A number for each row, of operands that all broadcast to the first."""
    if are_plain(*given.values()):
        return NotImplemented
    lead = next(iter(given))
    _refuse_vectors(name, given)
    together = Alignment(name, given, outer=lead)
    if _is_lazy(together):
        return lazy_choices.reduced(name, together.values, axis)
    result = public(name)(**together.values, axis=axis)
    dims = together.last_dims(np.ndim(together.values[lead]))
    place = one_axis(name, axis, len(dims))
    rest = dims[:place] + dims[place + 1 :]
    return together.finish(result, rest) if np.ndim(result) else result


def _refuse_vectors(name, given):
    """Vectors beside names or chunks: the axis of their numbers has a name of its own, which no other operand has."""
    if "values" not in given or np.ndim(given["values"]) <= np.ndim(given["logits"]):
        return
    for argument, a in given.items():
        library = library_of(type(a))
        if library in ("dask", "pandas", "xarray"):
            remedy = "compute()" if library == "dask" else "to_numpy()"
            why = f", and values of shape {np.shape(given['values'])} hold a vector for each class, which has no name"
            raise refusal(name, argument, a, why, f"pass {argument}.{remedy}")


def gradient(name, dy, given, axis):
    """A gradient of the shape of the logits, or two; dy has all dimensions of the logits but that of the axis."""
    if are_plain(dy, *given.values()):
        return NotImplemented
    for argument, a in (("dy", dy), *given.items()):
        if is_lazy(a):
            raise refusal(name, argument, a, ", which is lazy", f"pass {argument}.compute()")
    lead = next(iter(given))
    _refuse_vectors(name, given)
    if library_of(type(given[lead])) in (None, "polars", "torch"):
        together = Alignment(name, given, outer=lead)
        values = {"dy": Alignment(name, {"dy": dy}).parts["dy"].values, **together.values}
    else:
        dims = Alignment(name, {lead: given[lead]}).dims
        place = one_axis(name, axis, len(dims))
        together = Alignment(name, {**given, "dy": dy}, outer=lead, dims={"dy": dims[:place] + dims[place + 1 :]})
        values = dict(together.values)
        own = together.parts["dy"].dims
        if own is not None and dims[place] not in own:
            values["dy"] = values["dy"][(slice(None),) * place + (0,)]
    options = {argument: values.pop(argument) for argument in ("where", "bias", "scale") if argument in values}
    arrays = [values["dy"], *(a for argument, a in values.items() if argument != "dy")]
    results = public(name)(*arrays, axis, **options)
    dims = together.last_dims(np.ndim(arrays[1]))
    if isinstance(results, tuple):
        return tuple(together.finish(result, dims) for result in results)
    return together.finish(results, dims)


def sample(logits, rng, axis, size, options, filters):
    """Draws of each row, which keep the rows' labels where there is one of each."""
    given = {"logits": logits, **options}
    if are_plain(*given.values()):
        return NotImplemented
    together = Alignment("sample", given, outer="logits")
    if _is_lazy(together):
        why = "pass logits.compute(): what a generator draws depends on the order of the calls"
        raise refusal("sample", "logits", logits, ", which is lazy", why)
    values = dict(together.values)
    plain = values.pop("logits")
    result = public("sample")(plain, rng, axis=axis, size=size, **values, **filters)
    dims = together.last_dims(np.ndim(plain))
    place = one_axis("sample", axis, len(dims))
    rest = dims[:place] + dims[place + 1 :]
    return together.finish(result, rest) if rest and size is None else result


def log_prob(logits, labels, axis, where, bias, scale):
    """The log-probability of each row's label; labels have all dimensions of the logits but that of the classes."""
    name = "log_prob"
    if are_plain(logits, labels, where, bias, scale):
        return NotImplemented
    given = {"logits": logits, "where": where, "bias": bias, "scale": scale}
    if library_of(type(logits)) in (None, "dask", "polars", "torch"):
        together = Alignment(name, given, outer="logits")
        values = {**together.values, "labels": Alignment(name, {"labels": labels}).parts["labels"].values}
        place = None
    else:
        dims = Alignment(name, {"logits": logits}).dims
        place = one_axis(name, axis, len(dims))
        rest = dims[:place] + dims[place + 1 :]
        together = Alignment(name, {**given, "labels": labels}, outer="logits", dims={"labels": rest})
        values = dict(together.values)
        own = together.parts["labels"].dims
        if own is not None and dims[place] not in own:
            values["labels"] = values["labels"][(slice(None),) * place + (0,)]
    if together.library is None and any(is_lazy(a) for a in values.values()):
        return lazy_choices.log_prob(**values, axis=axis)
    options = {key: values[key] for key in ("where", "bias", "scale")}
    result = public(name)(values["logits"], values["labels"], axis, **options)
    if place is not None:
        return together.finish(result, rest)
    return together.finish(result, together.last_dims(np.ndim(result))) if np.ndim(result) else result
