"""top_k and log_prob of dask arrays as graphs."""

import numpy as np

from fastact._containers import lazy_chunks as chunks
from fastact._containers.lazy import as_lazy, check, check_whole, dask, stand_in, whole
from fastact._shared.arguments import one_axis
from fastact._shared.choice_arguments import count_of_largest, labels_of_rows, rows_of_logits
from fastact._shared.dtypes import WEAK, common_dtype


def _operands(name, logits, where, bias, scale, axis):
    """Logits, the Rows that stand for them, the options that are arrays, with their axes, and the others."""
    check(name, None, logits, where, bias, scale)
    logits = as_lazy(logits)
    given = rows_of_logits(name, stand_in(logits), axis, *map(stand_in, (where, bias, scale)))
    check_whole(name, "logits", logits, (given.axis,))
    options = {"where": where, "bias": bias, "scale": scale}
    arrays = {
        key: whole(a, logits.ndim, (given.axis,)) for key, a in options.items() if a is not None and type(a) not in WEAK
    }
    return logits, given, arrays, {key: a for key, a in options.items() if key not in arrays}


def _pairs(ndim, operands):
    return [part for a in operands for part in (a, tuple(range(ndim - a.ndim, ndim)))]


def top_k(logits, k, where, bias, scale, axis, log):
    """The k largest of rows that lie whole in the chunks of logits."""
    logits, given, arrays, options = _operands("top_k", logits, where, bias, scale, axis)
    k = count_of_largest("top_k", k, logits.shape[given.axis], given.axis)
    both = dask().blockwise(
        chunks.top_k,
        tuple(range(logits.ndim)),
        *_pairs(logits.ndim, (logits, *arrays.values())),
        dtype=given.dtype,
        meta=np.empty((0,) * logits.ndim, given.dtype),
        adjust_chunks={given.axis: k},
        k=k,
        axis=given.axis,
        given=tuple(arrays),
        keywords={**options, "log": log},
    )
    return tuple(
        both.map_blocks(chunks.part, which, dtype=dtype, meta=np.empty((0,) * both.ndim, dtype), chunks=both.chunks)
        for which, dtype in enumerate((given.dtype, np.dtype(np.intp)))
    )


def log_prob(logits, labels, where, bias, scale, axis):
    """The log-probabilities of rows that lie whole in the chunks of logits."""
    logits, given, arrays, options = _operands("log_prob", logits, where, bias, scale, axis)
    labels_of_rows("log_prob", stand_in(labels), given)
    rest = tuple(a for a in range(logits.ndim) if a != given.axis)
    operands = [as_lazy(labels), rest, *_pairs(logits.ndim, tuple(arrays.values()))]
    result = dask().blockwise(
        chunks.log_prob,
        tuple(range(logits.ndim)),
        logits,
        tuple(range(logits.ndim)),
        *operands,
        dtype=given.dtype,
        meta=np.empty((0,) * logits.ndim, given.dtype),
        adjust_chunks={given.axis: 1},
        axis=given.axis,
        given=tuple(arrays),
        keywords=options,
    )
    return result.squeeze(axis=given.axis)


def reduced(name, given, axis):
    """A number for each row that lies whole in the chunks of the first operand, to which all others broadcast."""
    lead = next(iter(given))
    check(name, None, *given.values())
    first = as_lazy(given[lead])
    axis = one_axis(name, axis, first.ndim)
    dtypes = [a.dtype for key, a in given.items() if key.endswith("logits") and hasattr(a, "dtype")]
    dtype = common_dtype(name, [np.empty(0, kind) for kind in dtypes])
    check_whole(name, lead, first, (axis,))
    arrays = {
        key: first if key == lead else whole(a, first.ndim, (axis,))
        for key, a in given.items()
        if a is not None and type(a) not in WEAK
    }
    result = dask().blockwise(
        chunks.reduced,
        tuple(range(first.ndim)),
        *_pairs(first.ndim, tuple(arrays.values())),
        dtype=dtype,
        meta=np.empty((0,) * first.ndim, dtype),
        adjust_chunks={axis: 1},
        function=name,
        axis=axis,
        given=tuple(arrays),
        keywords={key: a for key, a in given.items() if key not in arrays},
    )
    return result.squeeze(axis=axis)
