"""Arrays of other libraries taken apart: their values, the names of their dimensions, their labels.

None of these libraries is imported: an object tells by its class which one it belongs to, and that one is loaded then.
"""

import functools
import sys
from typing import Any, NamedTuple

import numpy as np

from fastact._shared.arguments import refuse_object

PLAIN = {np.ndarray, list, tuple, float, int, bool, type(None)}
LIBRARIES = ("pandas", "xarray", "dask", "polars", "torch")


@functools.lru_cache(maxsize=256)
def library_of(kind):
    """The library whose arrays are of this class, 'numpy.ma' for masked ones; None for all others."""
    if kind in PLAIN or issubclass(kind, np.generic):
        return None
    if issubclass(kind, np.ma.MaskedArray):
        return "numpy.ma"
    roots = [base.__module__.partition(".")[0] for base in kind.__mro__]
    return next((root for root in roots if root in LIBRARIES), None)


def are_plain(*operands):
    """Whether none of the operands needs more than `numpy.asarray`."""
    return all(type(a) in PLAIN or library_of(type(a)) is None for a in operands)


def is_lazy(x):
    """Whether it is an array of dask."""
    return library_of(type(x)) == "dask" and hasattr(x, "chunks")


class Part(NamedTuple):
    """An argument taken apart."""

    values: Any  # an array of NumPy or of dask, or what makes one
    library: str | None = None  # that of an object whose type the result may take
    source: Any = None  # that object
    dims: tuple | None = None  # the names of the axes; None where they count by position
    labels: tuple = ()  # the labels of each named axis, or None


def take_apart(name, argument, x):
    """The Part of an argument of function `name`; TypeError or ValueError where its meaning would be lost."""
    library = library_of(type(x))
    if library is None:
        return Part(x)
    part = _TAKERS[library](name, argument, x)
    if isinstance(part.values, np.ndarray) and part.values.dtype == object:
        refuse_object(name, argument, x)
    return part


def refusal(name, argument, x, why, remedy):
    """A TypeError that names function, argument, type and remedy."""
    return TypeError(f"fastact.{name}: {argument} is {_article(type(x).__name__)}{why}; {remedy}")


def _article(word):
    return f"{'an' if word[0] in 'AEIOUaeio' else 'a'} {word}"


def _of_masked(name, argument, x):
    remedies = {
        **dict.fromkeys(
            ("cross_entropy", "entmax15_loss", "softmax_focal_loss", "sparsemax_loss"),
            f"pass {argument}.filled(...), and labels of ignore_index where a row is masked",
        ),
        "binary_cross_entropy_with_logits": f"pass weight=~{argument}.mask and {argument}.data",
        "sigmoid_focal_loss": f"pass sample_weight=~{argument}.mask and {argument}.data",
        "softmax_grad": f"pass {argument}.filled(0)",
        "log_softmax_grad": f"pass {argument}.filled(0)",
    }
    default = f"pass where=~{argument}.mask and {argument}.data, or {argument}.filled(...)"
    raise refusal_of_mask(name, argument, x, remedies.get(name, default))


def refusal_of_mask(name, argument, x, remedy):
    """The TypeError for arrays of `numpy.ma` where a mask would be lost."""
    return refusal(name, argument, x, ", whose mask would be ignored", remedy)


# ---- pandas ----


def _is_extension(dtype):
    return not isinstance(dtype, np.dtype)


def _column(name, argument, column):
    """The values of a Series, an Index or an extension array, in a type of NumPy; ValueError if some are missing."""
    dtype = column.dtype
    if not _is_extension(dtype):
        return column.to_numpy()
    plain = getattr(dtype, "numpy_dtype", None)
    if not isinstance(plain, np.dtype) or plain.kind not in "biuf":
        return np.asarray(column)
    if column.isna().any():
        raise ValueError(
            f"fastact.{name}: {argument} of dtype {dtype} holds missing values; write {argument}.fillna(...) or "
            f"{argument}.dropna() first"
        )
    return column.to_numpy(dtype=plain)


def frame_values(name, argument, frame):
    """The values of a DataFrame, whose columns may be of nullable and of Arrow types."""
    if not any(_is_extension(dtype) for dtype in frame.dtypes):
        return frame.to_numpy()
    columns = [_column(name, argument, frame.iloc[:, i]) for i in range(frame.shape[1])]
    return np.stack(columns, axis=1)


def _of_pandas(name, argument, x):
    pandas = sys.modules["pandas"]
    if isinstance(x, pandas.DataFrame):
        return Part(frame_values(name, argument, x), "pandas", x, ("index", "columns"), (x.index, x.columns))
    if isinstance(x, pandas.Series):
        return Part(_column(name, argument, x), "pandas", x, ("index",), (x.index,))
    return Part(_column(name, argument, x) if hasattr(x, "isna") else x)


# ---- xarray ----


def _of_xarray(name, argument, x):
    xarray = sys.modules["xarray"]
    if isinstance(x, xarray.DataArray):
        indexes = x.indexes
        return Part(x.data, "xarray", x, x.dims, tuple(indexes.get(dim) for dim in x.dims))
    if isinstance(x, xarray.Variable):
        return Part(x.data, "xarray", x, x.dims, (None,) * x.ndim)
    raise refusal(name, argument, x, "", f"call it for each of its variables, or pass {argument}.to_dataarray()")


# ---- dask, polars, torch ----


def _of_dask(name, argument, x):
    if not is_lazy(x):
        remedy = f"write {argument}.map_partitions(fastact.{name}, ...), or pass {argument}.to_dask_array(lengths=True)"
        raise refusal(name, argument, x, " of dask", remedy)
    if isinstance(x._meta, np.ma.MaskedArray):
        remedy = f"pass where=~dask.array.ma.getmaskarray({argument}) and dask.array.ma.filled({argument}, 0)"
        raise refusal_of_mask(name, argument, x, remedy)
    return Part(x)


def _of_polars(name, argument, x):
    polars = sys.modules["polars"]
    if isinstance(x, polars.DataFrame):
        missing = x.width > 0 and any(x.null_count().row(0))
    elif isinstance(x, polars.Series):
        missing = x.null_count() > 0
    elif hasattr(x, "collect"):
        raise refusal(name, argument, x, "", "call its collect() first")
    else:
        raise refusal(name, argument, x, "", "pass a Series, a DataFrame or an array; in an expression use map_batches")
    if missing:
        raise ValueError(
            f"fastact.{name}: {argument} holds missing values; write {argument}.fill_null(...) or "
            f"{argument}.drop_nulls() first"
        )
    return Part(x.to_numpy(), "polars", x)


def _of_torch(name, argument, x):
    torch = sys.modules["torch"]
    if not isinstance(x, torch.Tensor):
        return Part(x)
    if x.requires_grad:
        raise refusal(name, argument, x, " that requires grad", f"pass {argument}.detach()")
    if x.device.type != "cpu" or x.layout is not torch.strided:
        raise refusal(name, argument, x, f" on {x.device} ({x.layout})", f"pass {argument}.to_dense().cpu()")
    if x.is_conj() or x.is_neg():
        x = x.resolve_conj().resolve_neg()
    try:
        return Part(x.numpy(), "torch", x)
    except (TypeError, RuntimeError) as error:
        raise refusal(name, argument, x, f" of {x.dtype}, which NumPy has not", f"pass {argument}.float()") from error


_TAKERS = {
    "numpy.ma": _of_masked,
    "pandas": _of_pandas,
    "xarray": _of_xarray,
    "dask": _of_dask,
    "polars": _of_polars,
    "torch": _of_torch,
}
