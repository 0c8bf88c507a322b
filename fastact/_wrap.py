"""Gives a result computed on plain arrays the type and the labels of the object it was computed from."""

import sys

import numpy as np


def rewrap(original, result, context=None):
    """Return `result` as the type of `original`, whose shape it has.

    pandas and xarray objects keep their labels, subclasses of ndarray (and whatever else defines ``__array_wrap__``)
    finish through that method, everything else gets `result` itself. `context` is the ``(ufunc, arguments, 0)`` of
    NumPy's protocol.
    """
    if type(original) is np.ndarray or isinstance(original, np.generic):
        return result
    pandas = sys.modules.get("pandas")  # without it imported, nothing here can be one of its objects
    if pandas is not None and isinstance(original, (pandas.Series, pandas.DataFrame)):
        labels = {"index": original.index}
        if isinstance(original, pandas.DataFrame):
            labels["columns"] = original.columns
        else:
            labels["name"] = original.name
        # _constructor is the hook that pandas documents for its subclasses
        return original._constructor(result, **labels, copy=False).__finalize__(original)
    xarray = sys.modules.get("xarray")
    if xarray is not None and isinstance(original, (xarray.DataArray, xarray.Variable)):
        return original.copy(data=result)
    wrap = getattr(original, "__array_wrap__", None)
    return result if wrap is None else _finish(wrap, result, context)


def _finish(wrap, result, context):
    array = np.asanyarray(result)
    try:
        return wrap(array, context, array.ndim == 0)
    except TypeError:  # a method written for NumPy 1 has no return_scalar
        return wrap(array, context)
