"""Operands of elementwise functions as NumPy's protocol answers them rightly.

``__array_ufunc__`` hands pieces to the ufunc, of which each would choose a type by itself: integers become float64
before. What the protocol of PyTorch or polars cannot say is computed on arrays, and the results made of these again.
"""

import sys

import numpy as np

from fastact._alignment import as_sequence
from fastact._containers import WEAK, frame_values, library_of, take_apart


def prepared(name, operands):
    """The operands, and what gives the results their type where the protocol does not see to that, or None."""
    libraries = [library_of(type(x)) for x in operands]
    finish = None
    if "torch" in libraries:
        finish = _tensors
        operands = [
            take_apart(name, "x", x).values if library == "torch" else x
            for x, library in zip(operands, libraries, strict=True)
        ]
    elif "polars" in libraries:
        operands, finish = _polars(name, operands)
    arrays = [x for x in operands if type(x) not in WEAK]
    if len(arrays) > 1:
        operands = [_of_plain_columns(name, x) if library_of(type(x)) == "pandas" else x for x in operands]
    if len(arrays) == 1 or not any(_is_floating(x) for x in arrays):
        operands = [_floating(x) for x in operands]
    return tuple(operands), finish


def _tensors(results):
    """The results as tensors."""
    if isinstance(results, tuple):
        return tuple(as_sequence("torch", None, result) for result in results)
    return as_sequence("torch", None, results)


def _polars(name, operands):
    """Polars' own protocol knows neither parameters nor two results: arrays, and the results as Series again."""
    polars = sys.modules["polars"]
    series = [x for x in operands if isinstance(x, polars.Series)]
    plain = [x.to_numpy() if isinstance(x, (polars.Series, polars.DataFrame)) else x for x in operands]
    for x in plain:
        if library_of(type(x)) == "polars":
            take_apart(name, "x", x)  # which refuses it

    def finish(result):
        result = as_sequence("polars", series[0], result)
        for x in series:
            if x.null_count() and isinstance(result, polars.Series):
                result = result.set(x.is_null(), None)  # missing stays missing
        return result

    return plain, finish if series else None


def _of_plain_columns(name, x):
    """A DataFrame of nullable or Arrow types as one of NumPy's: pandas makes objects of several operands."""
    if not hasattr(x, "columns") or all(isinstance(dtype, np.dtype) for dtype in x.dtypes):
        return x
    return x._constructor(frame_values(name, "x", x), index=x.index, columns=x.columns)


def _kinds(x):
    """The kinds of the types that an operand holds, one a column."""
    if hasattr(x, "data_vars"):
        dtypes = [variable.dtype for variable in x.data_vars.values()]
    elif hasattr(x, "columns"):
        dtypes = x.dtypes
    else:
        dtypes = [x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype]
    return [getattr(dtype, "kind", "O") for dtype in dtypes]


def _is_floating(x):
    return any(kind not in "biu" for kind in _kinds(x))


def _floating(x):
    """The operand with float64 in place of integers and bool, where another library calls the ufunc."""
    library = library_of(type(x))
    if library not in ("pandas", "xarray", "dask") or not any(kind in "biu" for kind in _kinds(x)):
        return x
    if hasattr(x, "data_vars"):
        return x.assign({key: v.astype(np.float64) for key, v in x.data_vars.items() if v.dtype.kind in "biu"})
    if not hasattr(x, "columns"):
        return x.astype(_wide(x.dtype))
    wide = {i: _wide(dtype) for i, dtype in enumerate(x.dtypes) if dtype.kind in "biu"}
    if library == "dask":
        return x.astype({x.columns[i]: dtype for i, dtype in wide.items()})
    # by position: names may stand twice
    return x.set_axis(range(x.shape[1]), axis=1).astype(wide).set_axis(x.columns, axis=1)


def _wide(dtype):
    """float64, in the same manner as the type keeps missing values."""
    if isinstance(dtype, np.dtype):
        return np.dtype(np.float64)
    if str(dtype).endswith("[pyarrow]"):
        return "double[pyarrow]"
    return "Float64" if hasattr(dtype, "numpy_dtype") else dtype
