"""Properties that hold for every array, on arrays that Hypothesis looks for."""

import numpy as np
import pytest
from registry import ALL, ELEMENTWISE, NATIVE, bits, same

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

FLOAT = st.sampled_from([np.float32, np.float64])
quick = settings(max_examples=60, deadline=None, derandomize=True)


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


@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
@quick
@given(x=views())
def test_a_view_gives_what_its_copy_gives(f, x):
    with np.errstate(all="raise"):
        same(np.asarray(f(x)), np.asarray(f(x.copy())))
        out = np.empty_like(x)
        f(x, out)
    same(out, np.asarray(f(x)))


@pytest.mark.parametrize("f", [case for case in ALL if case not in ELEMENTWISE], ids=lambda case: case.id)
@quick
@given(x=views(), data=st.data())
def test_rows_of_a_view(f, x, data):
    axis = data.draw(st.integers(-max(x.ndim, 1), max(x.ndim, 1) - 1))
    with np.errstate(all="raise"):
        same(np.asarray(f(x, axis=axis)), np.asarray(f(x.copy(), axis=axis)))
        out = np.empty(np.shape(f(x, axis=axis)), x.dtype)
        f(x, axis, out)
    same(out, np.asarray(f(x, axis=axis)))


@pytest.mark.skipif(not NATIVE, reason="promised by the kernels")
@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
@quick
@given(x=views())
def test_element_by_element(f, x):
    y = np.asarray(f(x))
    alone = np.array([f(v) for v in x.ravel()], x.dtype).reshape(x.shape)
    assert bits(alone) == bits(y)
