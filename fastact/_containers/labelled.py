"""Results as objects of pandas and xarray, with the labels that belong to them."""

import sys


def build(library, sources, values, dims, labels, fresh):
    """An object of the sources' library: `dims` are its dimensions, `labels` what is known of them.

    `fresh` are the dimensions that the sources' labels do not belong to.
    """
    if library == "xarray":
        return _of_xarray(sources, values, dims, fresh)
    return _of_pandas(sources, values, dims, labels)


def _of_pandas(sources, values, dims, labels):
    pandas = sys.modules["pandas"]
    if not dims:
        return values
    frame = next((x for x in sources if isinstance(x, pandas.DataFrame)), None)
    given = [labels.get(dim) for dim in dims]
    # _constructor is the hook that pandas documents for its subclasses
    if len(dims) == 2:
        make = frame._constructor if frame is not None else pandas.DataFrame
        result = make(values, index=given[0], columns=given[1], copy=False)
    else:
        series = next((x for x in sources if isinstance(x, pandas.Series)), None)
        make = series._constructor if series is not None else frame._constructor_sliced
        lead = sources[0]
        result = make(values, index=given[0], name=lead.name if lead is series else None, copy=False)
    return result.__finalize__(sources[0]) if type(result) is type(sources[0]) else result


def _of_xarray(sources, values, dims, fresh):
    xarray = sys.modules["xarray"]
    lead = sources[0]
    arrays = [x for x in sources if isinstance(x, xarray.DataArray)]
    if not arrays:
        return xarray.Variable(dims, values, lead.attrs)
    kept = set(dims) - set(fresh)
    coordinates = [
        x.coords.to_dataset().drop_vars([name for name, c in x.coords.items() if not set(c.dims) <= kept])
        for x in (arrays if not set(dims) <= set(lead.dims) else arrays[:1])
    ]
    merged = xarray.merge(coordinates, compat="override", join="override") if len(coordinates) > 1 else coordinates[0]
    return xarray.DataArray(values, coords=merged.coords, dims=dims, name=arrays[0].name, attrs=lead.attrs)
