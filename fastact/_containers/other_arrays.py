"""Calls on arrays of other libraries: aligned, computed by the same function on plain arrays, given their labels back.

Every function that is not one ufunc asks here first, unless its operands are exact arrays; NotImplemented says that
they are plain. Arrays of dask stay lazy.
"""

import sys

import numpy as np

from fastact._containers import lazy, lazy_losses
from fastact._containers.alignment import Alignment, dims_of_rows
from fastact._containers.kinds import are_plain, is_lazy, library_of, refusal, refusal_of_mask
from fastact._shared.arguments import halves, normalize_axes, one_axis


def public(name):
    """The public function of that name, compiled or of NumPy."""
    return getattr(sys.modules["fastact"], name)


def _is_masked(*operands):
    return any(isinstance(a, np.ma.MaskedArray) for a in operands)


# ---- row functions ----


def rows(name, x, axis, out, dtype, where, bias, scale, keepdims=None, extra_logit=None):
    """A row function; keepdims is None where it has one result for each element."""
    if are_plain(x, where, bias, scale, extra_logit):
        return NotImplemented
    operands, along = {"x": x, "where": where, "bias": bias, "scale": scale}, {}
    if extra_logit is not None:
        operands["extra_logit"] = extra_logit
        along = {"extra_logit": dims_of_rows(name, x, axis)}
    together = Alignment(name, operands, outer="x", dims=along)
    values = together.values
    reducing = {} if keepdims is None else {"keepdims": keepdims}
    if together.library is None and any(is_lazy(a) for a in values.values()):
        return lazy.rows(name, axis=axis, out=out, dtype=dtype, **values, **reducing)
    plain = values.pop("x")
    result = public(name)(plain, axis, out=out, dtype=dtype, **values, **reducing)
    if out is not None:
        return result
    dims = together.last_dims(np.ndim(plain))
    reduced = () if keepdims is None else tuple(dims[a] for a in normalize_axes(name, axis, np.ndim(plain)))
    if not keepdims:
        dims = tuple(dim for dim in dims if dim not in reduced)
    return together.finish(result, dims, fresh=reduced)


def row_gradient(name, dy, y, axis, out, dtype):
    """The gradient of a row function."""
    if are_plain(dy, y):
        return NotImplemented
    together = Alignment(name, {"y": y, "dy": dy}, outer="y")
    values = together.values
    if together.library is None and any(is_lazy(a) for a in values.values()):
        return lazy.row_gradient(name, values["dy"], values["y"], axis, out, dtype)
    result = public(name)(values["dy"], values["y"], axis, out=out, dtype=dtype)
    return result if out is not None else together.finish(result, together.last_dims(np.ndim(values["y"])))


# ---- gated functions of one array, and their gradients ----


def _one_array(name, a, axis, where):
    """The Alignment of one array that is split, and the name of its axis."""
    if not (are_plain(where) or is_lazy(where)):
        raise refusal(name, "where", where, " beside one array in halves", "pass a plain array")
    together = Alignment(name, {"a": a})
    ndim = np.ndim(together.values["a"])
    return together, together.last_dims(ndim)[one_axis(name, axis, ndim)]


def _split(name, x, axis):
    return halves(name, x, one_axis(name, axis, np.ndim(x)))


def halved_gate(name, a, out, axis, where, **keywords):
    """A gated function of one array in halves."""
    if are_plain(a, where) or _is_masked(a):
        return NotImplemented
    together, dim = _one_array(name, a, axis, where)
    values = together.values["a"]
    if together.library is None and is_lazy(values):
        return public(name)(*_split(name, values, axis), out=out, where=where, **keywords)
    result = public(name)(values, out=out, axis=axis, where=where, **keywords)
    return result if out is not None else together.finish(result, together.dims, fresh=(dim,))


def halved_gradient(name, dy, a, out, axis, where, **keywords):
    """The gradient of a gated function of one array in halves."""
    if are_plain(dy, a, where):
        return NotImplemented
    if _is_masked(dy, a):
        return _joined(name, dy, np.ma.asarray(a), out, axis, where, np.ma.concatenate, keywords)
    together, dim = _one_array(name, a, axis, where)
    values = together.values["a"]
    if not are_plain(dy):
        # the labels of a half are new ones: dy has them, as the function's result has
        half = together.finish(_split(name, values, axis)[0], together.dims, fresh=(dim,))
        with_dy = Alignment(name, {"a": half, "dy": dy}, outer="a")
        if together.library is None:
            together.adopt(with_dy)
        dy = with_dy.values["dy"]
    if together.library is None and (is_lazy(values) or is_lazy(dy)):
        values = lazy.as_lazy(values)
        return _joined(name, dy, values, out, axis, where, sys.modules["dask.array"].concatenate, keywords)
    result = public(name)(dy, values, out=out, axis=axis, where=where, **keywords)
    return result if out is not None else together.finish(result, together.dims)


def _joined(name, dy, a, out, axis, where, concatenate, keywords):
    """Both gradients beside each other, by the function of two arrays."""
    if out is not None:
        raise refusal(name, "a", a, "", "leave out `out`: masked and lazy arrays have none here")
    first, second = _split(name, a, axis)
    results = public(name)(dy, first, second, where=where, **keywords)
    return concatenate(results, axis=one_axis(name, axis, np.ndim(a)))


# ---- gradients with respect to several operands ----


def operand_gradients(name, operands, summed, out, where, **keywords):
    """The gradients with respect to two of the operands, which are named: each of the shape of its own operand.

    `summed` are these two; None stands for the shape of all operands together.
    """
    where = True if where is None else where
    if are_plain(*operands.values(), where):
        return NotImplemented
    if _is_masked(*operands.values(), where):
        _check_nothing_is_summed(name, operands, summed, where)
        return NotImplemented
    together = Alignment(name, {**operands, "where": where})
    values = together.values
    where = values.pop("where")
    in_order = [values[argument] for argument in ("dy", *(a for a in operands if a != "dy"))]
    if together.library is None:
        if any(is_lazy(a) for a in (*in_order, where)):
            return lazy.operand_gradients(name, in_order, [s is not None for s in summed], out, where, **keywords)
        return NotImplemented
    if out is not None and any(part.dims not in (None, together.dims) for part in together.parts.values()):
        raise refusal(name, "out", out, " beside operands of different dimensions", "leave it out")
    results = public(name)(*in_order, out=out, where=where, **keywords)
    if out is not None:
        return results
    whole = np.broadcast_shapes(*(np.shape(a) for a in (*in_order, where)))
    finished = []
    for argument, result in zip(summed, results, strict=True):
        if argument is None or together.parts[argument].library in ("polars", "torch"):
            finished.append(together.finish(result, together.dims))
        elif together.parts[argument].dims is not None:
            result = together.own(argument, result)
            finished.append(together.finish(result, together.parts[argument].dims, of=argument))
        else:  # an operand without names: the sums over some axes have none either
            finished.append(together.finish(result, together.dims) if np.shape(result) == whole else result)
    return tuple(finished)


def _check_nothing_is_summed(name, operands, summed, where):
    """TypeError where elements are added up of which some are masked."""
    shapes = {argument: np.shape(a) for argument, a in operands.items()}
    whole = np.broadcast_shapes(*shapes.values(), np.shape(where))
    if all(argument is None or shapes[argument] == whole for argument in summed):
        return
    argument = next(a for a in (*operands, "where") if _is_masked(operands.get(a, where)))
    given = operands.get(argument, where)
    remedy = f"pass where=~{argument}.mask and {argument}.data"
    raise refusal_of_mask(name, argument, given, f"the gradients are added up: {remedy}")


# ---- losses ----


def cross_entropy(
    name, logits, labels, axis, weight, sample_weight, reduction, return_grad, return_hess, extra_logit=None, **options
):
    """The loss of rows of logits, along an axis: cross entropy, or one of the same arrays."""
    if are_plain(logits, labels, weight, sample_weight, extra_logit):
        return NotImplemented
    if not are_plain(extra_logit) or (is_lazy(logits) and np.ndim(extra_logit)):
        raise refusal(name, "extra_logit", extra_logit, " beside these logits", "pass a number, or a plain array")
    if extra_logit is not None:
        options["extra_logit"] = extra_logit
    if _has_no_names(logits):
        together, values = _losses_of_plain_logits(name, logits, labels, weight, sample_weight, axis)
        dims = None
    else:
        together, values, dims = _losses_of_labelled_logits(name, logits, labels, weight, sample_weight, axis)
    if together.library is None and any(is_lazy(a) for a in values.values()):
        return lazy_losses.cross_entropy(
            name, **values, axis=axis, reduction=reduction, return_grad=return_grad, return_hess=return_hess, **options
        )
    arrays = values.pop("logits"), values.pop("labels")
    options |= {"axis": axis, "reduction": reduction, "return_grad": return_grad, "return_hess": return_hess}
    results = public(name)(*arrays, **values, **options)
    return _labelled_losses(results, return_grad or return_hess, together, dims, axis, reduction)


def sparse_loss(name, logits, labels, axis, ignore_index, reduction, return_grad):
    """The same of a loss without weights."""
    if are_plain(logits, labels):
        return NotImplemented
    for argument, given in (("logits", logits), ("labels", labels)):
        if is_lazy(given):
            raise refusal(name, argument, given, "", f"pass {argument}.compute()")
    dims = None
    if _has_no_names(logits):
        together, values = _losses_of_plain_logits(name, logits, labels, None, None, axis)
    else:
        together, values, dims = _losses_of_labelled_logits(name, logits, labels, None, None, axis)
    options = {"axis": axis, "ignore_index": ignore_index, "reduction": reduction, "return_grad": return_grad}
    results = public(name)(values["logits"], values["labels"], **options)
    return _labelled_losses(results, return_grad, together, dims, axis, reduction)


def _labelled_losses(results, has_slopes, together, dims, axis, reduction):
    """The losses of rows, and their gradients, with the labels of the operands."""
    loss, *slopes = results if has_slopes else (results,)
    if dims is not None:
        place = one_axis(together.name, axis, len(dims))
        loss = loss if reduction != "none" else together.finish(loss, dims[:place] + dims[place + 1 :])
        slopes = [together.finish(a, dims) for a in slopes]
    elif together.library is not None:
        own = together.parts["labels"].dims
        if reduction == "none" and (own is None or len(own) == np.ndim(loss)):
            loss = together.finish(loss, own or together.last_dims(np.ndim(loss)))
        if slopes and (own is None or len(own) == np.ndim(slopes[0])):
            slopes = [together.finish(a, own or together.last_dims(np.ndim(a))) for a in slopes]
    return (loss, *slopes) if slopes else loss


def _has_no_names(logits):
    return library_of(type(logits)) in (None, "dask", "polars", "torch")


def _beside_answers(name, argument, answers, sample_weight, axis=None):
    """Weights of samples beside logits without names: brought together with the answers, which go by position.

    axis: that of the logits which the samples lack.
    """
    own = Alignment(name, {argument: answers}).dims
    if axis is not None and len(own) > 1:  # probabilities
        axis = one_axis(name, axis, len(own))
        own = own[:axis] + own[axis + 1 :]
    operands = {argument: answers, "sample_weight": sample_weight}
    together = Alignment(name, operands, dims={"sample_weight": own[:1]})
    part, values = together.parts["sample_weight"], together.values["sample_weight"]
    if part.dims is None or together.parts[argument].dims is None:
        return part.values
    return together.own("sample_weight", values)


def _losses_of_plain_logits(name, logits, labels, weight, sample_weight, axis):
    """Labels beside logits without names go by position."""
    parts = {"logits": logits, "labels": labels}
    together = Alignment(name, parts)
    if together.library in ("pandas", "xarray"):
        together.values["labels"] = together.parts["labels"].values
    weight = Alignment(name, {"weight": weight}).parts["weight"].values
    sample_weight = _beside_answers(name, "labels", labels, sample_weight, axis)
    return together, {**together.values, "weight": weight, "sample_weight": sample_weight}


def _losses_of_labelled_logits(name, logits, labels, weight, sample_weight, axis):
    """Labels and weights of samples lie along all dimensions but that of the classes, weights along that one."""
    dims = Alignment(name, {"logits": logits}).dims
    place = one_axis(name, axis, len(dims))
    rest = dims[:place] + dims[place + 1 :]
    operands = {"logits": logits, "labels": labels, "weight": weight, "sample_weight": sample_weight}
    along = {"labels": rest, "weight": (dims[place],), "sample_weight": rest[:1]}
    together = Alignment(name, operands, outer="logits", dims=along)
    values = dict(together.values)
    own = together.parts["labels"].dims
    if own is not None and dims[place] not in own:
        values["labels"] = values["labels"][(slice(None),) * place + (0,)]
    own = together.parts["weight"].dims
    if own is not None:
        if own != (dims[place],):
            raise ValueError(
                f"fastact.{name}: weight has the dimensions {own}, expected those of the classes, {dims[place]!r}"
            )
        values["weight"] = values["weight"].reshape(-1)
    own = together.parts["sample_weight"].dims
    if own is not None:
        if dims[place] in own:
            raise ValueError(
                f"fastact.{name}: sample_weight has the dimension of the classes, {dims[place]!r}; expected some of "
                f"{rest}, one weight for each row"
            )
        values["sample_weight"] = values["sample_weight"][(slice(None),) * place + (0,)]
    return together, values, dims


def elementwise_loss(name, operands, sample_weight, reduction, return_grad, return_hess, **numbers):
    """The loss element by element."""
    if are_plain(*operands.values(), sample_weight):
        return NotImplemented
    logits, targets = operands["logits"], operands["targets"]
    if _has_no_names(logits):
        together = Alignment(name, operands, outer="logits")
        values = {**together.values, "sample_weight": _beside_answers(name, "targets", targets, sample_weight)}
    else:
        along = {"sample_weight": Alignment(name, {"logits": logits}).dims[:1]}
        together = Alignment(name, {**operands, "sample_weight": sample_weight}, outer="logits", dims=along)
        values = dict(together.values)
    options = {"reduction": reduction, "return_grad": return_grad, "return_hess": return_hess, **numbers}
    if together.library is None and any(is_lazy(a) for a in values.values()):
        return lazy_losses.elementwise_loss(name, values, **options)
    logits, targets = values.pop("logits"), values.pop("targets")
    results = public(name)(logits, targets, **values, **options)
    loss, *slopes = results if return_grad or return_hess else (results,)
    if reduction == "none":
        loss = together.finish(loss, together.last_dims(np.ndim(loss)))
    if not slopes:
        return loss
    return loss, *(together.finish(a, together.last_dims(np.ndim(a))) for a in slopes)
