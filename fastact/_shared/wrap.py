"""Gives a result computed on plain arrays the type of the object it was computed from, as ``__array_wrap__`` says."""

import numpy as np


def rewrap(original, result, context=None):
    """Return `result` as the type of `original`, whose shape it has.

    Subclasses of ndarray, and whatever else defines ``__array_wrap__``, finish through that method, everything else
    gets `result` itself. `context` is the ``(ufunc, arguments, 0)`` of NumPy's protocol. Objects of pandas, xarray and
    others do not come here: see _containers.
    """
    if type(original) is np.ndarray or isinstance(original, np.generic):
        return result
    wrap = getattr(original, "__array_wrap__", None)
    return result if wrap is None else _finish(wrap, result, context)


def _finish(wrap, result, context):
    array = np.asanyarray(result)
    try:
        return wrap(array, context, array.ndim == 0)
    except TypeError:  # a method written for NumPy 1 has no return_scalar
        return wrap(array, context)
