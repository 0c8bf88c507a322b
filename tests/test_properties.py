"""Properties that hold for every array, on arrays that Hypothesis looks for."""

import numpy as np
import pytest
from registry import ELEMENTWISE, NATIVE, ROWS, bits, same

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

FLOAT = st.sampled_from([np.float32, np.float64])
quick = settings(max_examples=100, deadline=None, derandomize=True)


@st.composite
def views(draw):
    """An array of up to three dimensions seen through slices and a permutation of its axes."""
    dtype = draw(FLOAT)
    base = draw(
        hnp.arrays(
            dtype,
            hnp.array_shapes(min_dims=1, max_dims=3, max_side=12),
            elements=hnp.from_dtype(np.dtype(dtype), allow_nan=True),
        )
    )
    view = base[draw(hnp.basic_indices(base.shape, allow_newaxis=True, allow_ellipsis=True))]
    view = np.asarray(view)
    return view.transpose(draw(st.permutations(range(view.ndim))))


# one array for all functions: to find it takes longer than to compute with it


@quick
@given(x=views())
def test_a_view_gives_what_its_copy_gives(x):
    for f in ELEMENTWISE:
        with np.errstate(all="raise"):
            want = np.asarray(f(x.copy()))
            same(np.asarray(f(x)), want)
            out = np.empty_like(x)
            f(x, out=out)
        same(out, want)


@quick
@given(x=views(), data=st.data())
def test_rows_of_a_view(x, data):
    axis = data.draw(st.integers(-max(x.ndim, 1), max(x.ndim, 1) - 1))
    for f in ROWS:
        with np.errstate(all="raise"):
            want = np.asarray(f(x.copy(), axis=axis))
            same(np.asarray(f(x, axis=axis)), want)
            out = np.empty(want.shape, x.dtype)
            f(x, axis, out=out)
        same(out, want)


@pytest.mark.skipif(not NATIVE, reason="promised by the kernels")
@quick
@given(x=views())
def test_element_by_element(x):
    values = list(x.ravel()[:60])
    for f in ELEMENTWISE:
        y = np.asarray(f(x))
        assert bits(np.array([f(v) for v in values], x.dtype)) == bits(y.ravel()[:60])
