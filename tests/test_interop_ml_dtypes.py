"""bfloat16 of ml_dtypes inside the arrays of other libraries."""

import numpy as np
import pytest
from interop import SINGLES, flat
from registry import ELEMENTWISE, NATIVE, same, sample

bfloat16 = pytest.importorskip("ml_dtypes").bfloat16

pytestmark = pytest.mark.skipif(not NATIVE, reason="the NumPy path knows no bfloat16 in formulas")
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)


def equal(got, want):
    for one, known in zip(flat(got), flat(want), strict=True):
        one, known = np.asarray(one), np.asarray(known)
        assert one.dtype == known.dtype == bfloat16
        same(one.view(np.int16), known.view(np.int16))


@pytest.mark.parametrize("name", SINGLES)
def test_xarray_and_dask(name):
    x = sample((4, 6), np.float32).astype(bfloat16)
    want = SINGLES[name](x)
    xarray = pytest.importorskip("xarray")
    equal(SINGLES[name](xarray.DataArray(x, dims=("row", "column"))), want)
    array = pytest.importorskip("dask.array")
    lazy = flat(SINGLES[name](array.from_array(x, chunks=-1)))
    assert all(a.dtype == bfloat16 for a in lazy)
    if not name.endswith("-mean"):  # whose gradient is rounded twice
        equal(tuple(a.compute(scheduler="synchronous") for a in lazy), want)


@elementwise
def test_elementwise(f):
    x = sample((4, 6), np.float32).astype(bfloat16)
    xarray = pytest.importorskip("xarray")
    equal(f(xarray.DataArray(x, dims=("row", "column"))), f(x))
    array = pytest.importorskip("dask.array")
    equal(f(array.from_array(x, chunks=2)).compute(scheduler="synchronous"), f(x))
