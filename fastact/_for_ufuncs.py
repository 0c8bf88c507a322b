"""Operands of elementwise functions as NumPy's protocol answers them rightly.

``__array_ufunc__`` hands pieces to the ufunc, of which each would choose a type by itself: integers become float64
before. Tensors, which only know ``__array_wrap__``, are computed as arrays and wrapped again.
"""

import sys

import numpy as np

from fastact._alignment import as_sequence
from fastact._containers import WEAK, frame_values, library_of, take_apart


def prepared(name, operands):
    """The operands, and the object whose type the results take where the protocol does not see to that, or None."""
    libraries = [library_of(type(x)) for x in operands]
    lead = None
    if "torch" in libraries:
        lead = next(x for x, library in zip(operands, libraries, strict=True) if library == "torch")
        operands = [
            take_apart(name, "x", x).values if library == "torch" else x
            for x, library in zip(operands, libraries, strict=True)
        ]
    for x, library in zip(operands, libraries, strict=True):
        if library == "polars" and not hasattr(x, "to_numpy"):
            take_apart(name, "x", x)  # which refuses it
    arrays = [x for x in operands if type(x) not in WEAK]
    if len(arrays) > 1:
        operands = [_of_plain_columns(name, x) if library_of(type(x)) == "pandas" else x for x in operands]
    if len(arrays) == 1 or not any(_is_floating(x) for x in arrays):
        operands = [
            x if library is None else _floating(x, library) for x, library in zip(operands, libraries, strict=True)
        ]
    return tuple(operands), lead


def finished(lead, results):
    """The results as objects of the lead's library."""
    if isinstance(results, tuple):
        return tuple(as_sequence("torch", lead, result) for result in results)
    return as_sequence("torch", lead, results)


def _of_plain_columns(name, x):
    """A DataFrame of nullable or Arrow types as one of NumPy's: pandas makes objects of several operands."""
    if not hasattr(x, "columns") or all(isinstance(dtype, np.dtype) for dtype in x.dtypes):
        return x
    return x._constructor(frame_values(name, "x", x), index=x.index, columns=x.columns)


def _kinds(x):
    """The kinds of the types that an operand holds."""
    dtypes = list(getattr(x, "dtypes", None) if hasattr(x, "columns") else [getattr(x, "dtype", None)])
    if hasattr(x, "data_vars"):
        dtypes = [variable.dtype for variable in x.data_vars.values()]
    if all(dtype is None for dtype in dtypes):
        dtypes = [np.asarray(x).dtype] if library_of(type(x)) is None and not hasattr(x, "__array_ufunc__") else []
    return [_kind(dtype) for dtype in dtypes]


def _kind(dtype):
    if hasattr(dtype, "is_integer"):  # those of polars
        return "i" if dtype.is_integer() or str(dtype) == "Boolean" else "f" if dtype.is_float() else "O"
    return getattr(dtype, "kind", "O")


def _is_floating(x):
    return any(kind not in "biu" for kind in _kinds(x))


def _floating(x, library):
    """The operand with float64 in place of integers and bool."""
    kinds = _kinds(x)
    if not any(kind in "biu" for kind in kinds) or library in ("torch", "numpy.ma"):
        return x
    if library == "polars":
        polars = sys.modules["polars"]
        return x.cast(polars.Float64) if isinstance(x, polars.Series) else x
    if library == "xarray" and hasattr(x, "data_vars"):
        return x.assign({key: v.astype(np.float64) for key, v in x.data_vars.items() if v.dtype.kind in "biu"})
    if not hasattr(x, "columns"):
        return x.astype(_wide(x.dtype))
    wide = {i: _wide(dtype) for i, (dtype, kind) in enumerate(zip(x.dtypes, kinds, strict=True)) if kind in "biu"}
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
