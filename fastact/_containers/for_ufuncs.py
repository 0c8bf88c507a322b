"""Operands of elementwise functions as NumPy's protocol answers them rightly.

What the protocols of PyTorch, polars and pandas cannot say is computed on plain arrays, and the results are made
objects of these libraries again.
"""

import sys

import numpy as np

from fastact._containers.alignment import as_sequence
from fastact._containers.kinds import frame_values, library_of, take_apart
from fastact._shared.dtypes import WEAK


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
