"""fastact.ufuncs: real NumPy ufuncs that pickle by their names and compute what the functions promise."""

import copy
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from registry import COMPUTING, INTEGERS, NATIVE, same, sample

import fastact
from fastact import ufuncs
from fastact._reference import table
from fastact._shared.overrides import Bound

# pickle looks for a ufunc in every module that is loaded: some of mpmath warn of being looked at
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:mpmath")
native = pytest.mark.skipif(not NATIVE, reason="NumPy's formulas have no ufuncs of their own")


def public(name):
    """The function that a ufunc is or, as `<function>_<variant>[_grad]`, a variant of."""
    return name if name in COMPUTING else re.sub("_(tanh|sigmoid|sloped|clamped)(?=(_grad)?$)", "", name)


def test_every_operation_is_there():
    assert ufuncs.__all__ == sorted(table.UFUNCS)
    assert {public(name) for name in ufuncs.__all__} == {name for name in COMPUTING if name in table.UFUNCS}


@pytest.mark.parametrize("name", ufuncs.__all__)
class TestUfunc:
    def test_name(self, name):
        assert getattr(ufuncs, name).__name__ == name
        assert isinstance(getattr(ufuncs, name), np.ufunc) == NATIVE
        assert f"fastact.{public(name)}(" in getattr(ufuncs, name).__doc__

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_pickles_by_name(self, name, protocol):
        ufunc = getattr(ufuncs, name)
        assert pickle.loads(pickle.dumps(ufunc, protocol)) is ufunc
        assert copy.deepcopy(ufunc) is ufunc

    @pytest.mark.parametrize("dtype", INTEGERS)
    def test_integers_are_float64(self, name, dtype):
        """Alone, in any strides, and more of them than a block holds."""
        ufunc = getattr(ufuncs, name)
        whole = [sample(600, dtype, seed) for seed in range(ufunc.nin)]
        for arrays in (whole, [a[::-2] for a in whole], [a[:1] for a in whole]):
            got, want = ufunc(*arrays), ufunc(*[a.astype(np.float64) for a in arrays])
            for one, other in zip(*((got, want) if ufunc.nout > 1 else ((got,), (want,))), strict=True):
                same(one, other)


@pytest.mark.parametrize("other", [*INTEGERS, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("dtype", INTEGERS)
def test_types_meet_as_in_the_function(dtype, other):
    x, weight = sample(9, dtype), sample(9, other, seed=1)
    same(ufuncs.prelu(x, weight), fastact.prelu(x, weight))


@native
@pytest.mark.parametrize("dtype", INTEGERS)
def test_python_numbers_beside_integers(dtype):
    same(ufuncs.leaky_relu(sample(9, dtype), 0.25), fastact.leaky_relu(sample(9, dtype), 0.25))


@native
def test_methods():
    a = np.zeros(3)
    ufuncs.sigmoid.at(a, [0, 2])
    assert list(a) == [0.5, 0, 0.5]
    assert ufuncs.prelu.outer(np.ones(2), np.ones(3)).shape == (2, 3)
    assert (ufuncs.hard_tanh_grad.nin, ufuncs.glu_grad.nout) == (4, 2)


def test_settled_numbers_pickle_and_compare():
    """What the __array_ufunc__ of others is given where a parameter is a Python number."""

    class Recorder:
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return ufunc

    first, again, other = (fastact.leaky_relu(Recorder(), slope) for slope in (0.2, 0.2, 0.5))
    assert isinstance(first, Bound)
    assert first == again
    assert hash(first) == hash(again)
    assert first != other
    assert fastact.leaky_relu(Recorder(), 1) != fastact.leaky_relu(Recorder(), 1.0)
    loaded = pickle.loads(pickle.dumps(first))
    assert loaded == first
    same(loaded(np.float32([-1, 2])), fastact.leaky_relu(np.float32([-1, 2]), 0.2))


@pytest.mark.parametrize("name", COMPUTING)
def test_functions_pickle_by_their_public_name(name):
    function = COMPUTING[name]
    assert function.__module__ == "fastact"
    assert pickle.loads(pickle.dumps(function)) is function
    assert copy.copy(function) is function


def test_in_another_process():
    """Which has not imported fastact."""
    sent = pickle.dumps([getattr(ufuncs, name) for name in ufuncs.__all__] + list(COMPUTING.values()))
    code = "import pickle, sys; print(*(f.__name__ for f in pickle.loads(sys.stdin.buffer.read())))"
    path = f"import sys; sys.path[:0] = {sys.path!r}; "
    done = subprocess.run([sys.executable, "-c", path + code], input=sent, capture_output=True, check=True)
    assert done.stdout.decode().split() == [*ufuncs.__all__, *COMPUTING]


def test_bfloat16_is_met_first_by_a_ufunc():
    """In a process in which no function has met the type; NumPy remembers how it served the first call."""
    pytest.importorskip("ml_dtypes")
    code = """
import fastact, numpy as np
from fastact import ufuncs
import ml_dtypes
x = np.linspace(0.25, 0.75, 9, dtype=np.float32).astype(ml_dtypes.bfloat16)
for name in ufuncs.__all__:
    ufunc = getattr(ufuncs, name)
    results = ufunc(*[x] * ufunc.nin)
    for result in results if ufunc.nout > 1 else [results]:
        assert result.dtype == x.dtype, (name, result.dtype)
assert fastact.sigmoid(x).tobytes() == ufuncs.sigmoid(x).tobytes()
"""
    path = f"import sys; sys.path[:0] = {sys.path!r}; "
    subprocess.run([sys.executable, "-W", "ignore", "-c", path + code], check=True)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_dask(scheduler):
    array = pytest.importorskip("dask.array")
    x = sample(100, np.float32)
    chunked = array.from_array(x, chunks=30)
    for f, parameters in ((fastact.sigmoid, ()), (fastact.leaky_relu, (0.2,)), (fastact.gelu, ("tanh",))):
        y = f(chunked, *parameters)
        assert y.name == f(chunked, *parameters).name
        same(y.compute(scheduler=scheduler), f(x, *parameters))
    assert fastact.leaky_relu(chunked, 0.2).name != fastact.leaky_relu(chunked, 0.3).name
