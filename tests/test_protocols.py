"""Arrays that are more than arrays: subclasses, masked arrays, and whatever overrides ufuncs."""

import numpy as np
import pytest
from registry import ELEMENTWISE, ROWS, same, sample

import fastact

elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
alike = pytest.mark.parametrize("f", [case for case in ROWS if case.name != "logsumexp"], ids=lambda case: case.id)


class Unit(np.ndarray):
    """An array with an attribute that travels with it."""

    def __array_finalize__(self, other):
        self.unit = getattr(other, "unit", None)


def with_unit(shape=(3, 4)):
    x = sample(shape).view(Unit)
    x.unit = "m"
    return x


@elementwise
class TestSubclass:
    def test_kept(self, f):
        x = with_unit()
        y = f(x)
        assert type(y) is Unit
        assert y.unit == "m"
        same(y, f(np.array(x)))

    def test_subok(self, f):
        y = f(with_unit(), subok=False)
        assert type(y) is np.ndarray

    def test_out(self, f):
        x, out = with_unit(), with_unit()
        assert f(x, out=out) is out
        same(out, f(np.array(x)))
        plain = np.empty((3, 4))
        assert f(x, out=plain) is plain
        assert f(np.array(x), out=out) is out

    def test_wrap_is_told_what_happened(self, f):
        seen = []

        class Curious(np.ndarray):
            def __array_wrap__(self, array, context=None, return_scalar=False):
                seen.append(context)
                return array.view(np.ndarray)

        x = sample(5).view(Curious)
        assert type(f(x)) is np.ndarray
        (context,) = seen
        ufunc, arguments, place = context
        assert ufunc.__name__.replace("_grad", "") == f.id.replace("_grad", "").replace("-none", "").replace("-", "_")
        assert arguments[f.is_gradient] is x
        assert place == 0

    def test_memmap(self, f, tmp_path):
        x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(50,))
        x[:] = sample(50, np.float32)
        same(f(x), f(np.array(x)))


@elementwise
class TestMasked:
    def test_mask_is_kept(self, f):
        x = np.ma.array(sample(6), mask=[0, 1, 0, 0, 1, 0])
        y = f(x)
        assert isinstance(y, np.ma.MaskedArray)
        assert np.array_equal(np.ma.getmaskarray(y), np.ma.getmaskarray(x))
        same(y.data[~y.mask], f(x.data)[~x.mask])


class Wrapped:
    """No ndarray, but takes part in ufuncs."""

    def __init__(self, value):
        self.value = value

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        plain = [item.value if isinstance(item, Wrapped) else item for item in inputs]
        out = keywords.pop("out", None)
        if out is not None:
            keywords["out"] = tuple(item.value if isinstance(item, Wrapped) else item for item in out)
        return Wrapped(getattr(ufunc, method)(*plain, **keywords))


class Refuses:
    __array_ufunc__ = None

    def __array__(self, dtype=None, copy=None):
        return np.ones(3)


class Recorder:
    def __init__(self, answer):
        self.answer = answer

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        self.call = ufunc, method, inputs, keywords
        return self.answer


@elementwise
class TestOverrides:
    def test_operand(self, f):
        x = sample((3, 4))
        y = f(Wrapped(x))
        assert type(y) is Wrapped
        same(y.value, f(x))

    def test_out(self, f):
        x, out = sample((3, 4)), Wrapped(np.empty((3, 4)))
        assert type(f(x, out=out)) is Wrapped
        same(out.value, f(x))

    def test_ufunc_protocol(self, f):
        x = Recorder("answer")
        assert f(x) == "answer"
        ufunc, method, inputs, keywords = x.call
        assert method == "__call__"
        assert inputs == (x,)
        assert keywords == {}
        assert (ufunc.nin, ufunc.nout, ufunc.signature) == (1, 1, None)
        assert callable(ufunc)
        hash(ufunc)

    def test_only_given_keywords_are_passed(self, f):
        x = Recorder("answer")
        out = np.empty(3)
        f(x, out=out, casting="unsafe", order="F", subok=False)
        keywords = x.call[3]
        assert set(keywords) == {"out", "casting", "order", "subok"}
        assert keywords["out"][0] is out
        mask = np.ones(3, bool)
        f(x, where=mask, dtype=np.float32)
        assert set(x.call[3]) == {"where", "dtype"}
        assert x.call[3]["where"] is mask

    def test_refusal(self, f):
        with pytest.raises(TypeError):
            f(Refuses())
        with pytest.raises(TypeError):
            f(Recorder(NotImplemented))

    def test_array_interface(self, f):
        class HasArray:
            def __array__(self, dtype=None, copy=None):
                return np.array([1.0, 2.0], np.float32)

        same(f(HasArray()), f(np.array([1.0, 2.0], np.float32)))


class TestRowsOfSubclasses:
    @alike
    def test_kept(self, f):
        x = with_unit()
        y = f(x)
        assert type(y) is Unit
        assert y.unit == "m"
        same(y, f(np.array(x)))
        assert type(f(x, axis=0)) is Unit

    def test_reduced_is_an_array(self):
        assert type(fastact.logsumexp(with_unit())) is np.ndarray

    @alike
    def test_out_is_returned(self, f):
        x, out = with_unit(), np.empty((3, 4))
        assert f(x, out=out) is out
