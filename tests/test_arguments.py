"""A bad argument raises a clear error, and what `out` held stays."""

import datetime
import decimal

import numpy as np
import pytest
from registry import ALL, ELEMENTWISE, GRADIENTS, ROWS, sample

import fastact

every = pytest.mark.parametrize("f", ALL, ids=lambda case: case.id)
elementwise = pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
rows = pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)

NOT_REAL = [
    np.ones(3, np.complex64),
    np.ones(3, np.complex128),
    1j,
    np.array(["a", "b"]),
    np.array([b"a"]),
    "text",
    np.array([1, 2.0], object),
    None,
    decimal.Decimal(1),
    datetime.datetime(2026, 1, 1),
    np.array(["2026-01-01"], "M8[D]"),
    np.array([1], "m8[s]"),
    np.zeros(2, [("a", float)]),
]


@every
@pytest.mark.parametrize("x", NOT_REAL, ids=lambda x: str(np.asarray(x).dtype))
def test_type_error_names_function_and_dtype(f, x):
    dtype = np.asarray(x).dtype
    with pytest.raises(TypeError, match=f"fastact.{f.name}.*") as caught:
        f(x)
    assert str(dtype) in str(caught.value)
    assert "x must be" in str(caught.value)


@every
def test_ragged_list(f):
    with pytest.raises(ValueError, match=r"inhomogeneous|sequence"):
        f([[1.0], [1.0, 2.0]])


@every
@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.complex128, object, "U3", "M8[s]"], ids=str)
def test_dtype_must_be_real_floating(f, dtype):
    with pytest.raises(TypeError):
        f(sample(5), dtype=dtype)


@every
def test_unknown_dtype(f):
    with pytest.raises(TypeError):
        f(sample(5), dtype="nonsense")


@every
def test_unknown_keyword(f):
    with pytest.raises(TypeError):
        f(sample(5), wrong=1)
    with pytest.raises(TypeError):
        f(x=sample(5))
    with pytest.raises(TypeError):
        f()


def untouched(call, out, error, match=None):
    before = out.copy()
    with pytest.raises(error, match=match) as caught:
        call()
    assert np.array_equal(out, before, equal_nan=True)
    return str(caught.value)


@elementwise
class TestElementwiseOut:
    def test_shape(self, f):
        out = sample(4)
        message = untouched(lambda: f(sample(3), out=out), out, ValueError)
        assert "4" in message
        assert "3" in message
        untouched(lambda: f(sample((2, 4)), out=out), out, ValueError)

    @pytest.mark.parametrize("dtype", [np.int32, np.bool_, "M8[s]"])
    def test_dtype(self, f, dtype):
        out = np.zeros(3, dtype)
        untouched(lambda: f(sample(3), out=out), out, TypeError)

    def test_casting(self, f):
        out = sample(3, np.float32)
        untouched(lambda: f(sample(3), out=out, casting="safe"), out, TypeError)
        untouched(lambda: f(sample(3), out=out, casting="sometimes"), out, (ValueError, TypeError))

    def test_order(self, f):
        out = sample(3)
        untouched(lambda: f(sample(3), out=out, order="Z"), out, (ValueError, TypeError))

    def test_read_only(self, f):
        for x in (sample(3), sample(3, np.float16), sample(6)[::2]):
            out = np.zeros(3, x.dtype)
            out.flags.writeable = False
            untouched(lambda x=x, out=out: f(x, out=out), out, ValueError, "read-only")

    @pytest.mark.parametrize("out", [3, [0.0] * 3, "text", (1, 2), (np.zeros(3), np.zeros(3))], ids=str)
    def test_not_an_array(self, f, out):
        with pytest.raises((TypeError, ValueError)):
            f(sample(3), out=out)

    def test_where(self, f):
        out = sample(3)
        untouched(lambda: f(sample(3), out=out, where=np.ones(4, bool)), out, ValueError)


@rows
class TestRows:
    def shape_of(self, f, x):
        return x.shape[:-1] if f.name == "logsumexp" else x.shape

    def test_out_shape(self, f):
        x = sample((3, 4))
        out = sample((5, 4))
        message = untouched(lambda: f(x, out=out), out, ValueError)
        assert "(5, 4)" in message
        assert str(self.shape_of(f, x)) in message
        # no broadcasting: a larger out is a mistake
        out = sample((2, *self.shape_of(f, x)))
        untouched(lambda: f(x, out=out), out, ValueError)

    @pytest.mark.parametrize("dtype", [np.int64, np.bool_, "M8[s]"])
    def test_out_dtype(self, f, dtype):
        x = sample((3, 4))
        out = np.zeros(self.shape_of(f, x), dtype)
        message = untouched(lambda: f(x, out=out), out, TypeError)
        assert str(out.dtype) in message

    def test_out_read_only(self, f):
        for dtype in (np.float16, np.float32, np.float64, np.longdouble):
            x = sample((3, 4), dtype)
            out = np.zeros(self.shape_of(f, x), dtype)
            out.flags.writeable = False
            untouched(lambda x=x, out=out: f(x, out=out), out, ValueError, "read-only")

    @pytest.mark.parametrize("out", [3, [[0.0] * 4] * 3, "text", (1, 2)], ids=str)
    def test_out_not_an_array(self, f, out):
        with pytest.raises(TypeError, match="out must be"):
            f(sample((3, 4)), out=out)

    def test_axis_out_of_range(self, f):
        x = sample((3, 4))
        for axis in (2, -3, (0, 2), 100):
            out = sample(self.shape_of(f, x))
            untouched(lambda axis=axis, out=out: f(x, axis, out=out), out, np.exceptions.AxisError)
        with pytest.raises(np.exceptions.AxisError):
            f(1.0, axis=1)

    @pytest.mark.parametrize("axis", [(0, 0), (1, -1), (-1, 0, 1)])
    def test_axis_twice(self, f, axis):
        with pytest.raises(ValueError, match="twice"):
            f(sample((3, 4)), axis=axis)

    @pytest.mark.parametrize("axis", [1.0, "rows", (0, 1.0), (None,)], ids=str)
    def test_axis_not_an_integer(self, f, axis):
        with pytest.raises(TypeError, match="axis"):
            f(sample((3, 4)), axis=axis)

    def test_axis_accepts_numpy_integers(self, f):
        x = sample((3, 4))
        assert np.array_equal(f(x, axis=np.int8(0)), f(x, axis=0))

    def test_masked_array(self, f):
        with pytest.raises(TypeError, match="mask"):
            f(np.ma.array([1.0, 2.0], mask=[False, True]))

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_complex_out_takes_real(self, f, dtype):
        x = sample((3, 4), dtype)
        out = np.empty(self.shape_of(f, x), np.complex128)
        f(x, out=out)
        assert np.array_equal(out.real, f(x).astype(float))


@pytest.mark.parametrize("approximate", ["erf", "TANH", "", None, 1, ["none"]])
def test_gelu_approximate(approximate):
    with pytest.raises(ValueError, match=r"fastact.gelu: approximate.*'none'.*'tanh'.*'sigmoid'"):
        fastact.gelu(sample(3), approximate=approximate)
    with pytest.raises(ValueError, match=r"fastact.gelu_grad: approximate.*'none'.*'tanh'.*'sigmoid'"):
        fastact.gelu_grad(1.0, sample(3), approximate=approximate)


@pytest.mark.parametrize(("approximate", "written"), [(True, "'tanh'"), (False, "'none'")])
def test_gelu_approximate_of_flax(approximate, written):
    with pytest.raises(TypeError, match=f"fastact.gelu: approximate.*write approximate={written}"):
        fastact.gelu(sample(3), approximate)
    with pytest.raises(TypeError, match=f"fastact.gelu_grad: approximate.*write approximate={written}"):
        fastact.gelu_grad(1.0, sample(3), approximate=approximate)


@pytest.mark.parametrize("f", [f for f in ELEMENTWISE if f.parameters], ids=lambda case: case.id)
class TestParameters:
    @pytest.mark.parametrize("value", [1j, "text", None, np.ones(3, complex), np.array(["2026"], "M8[Y]")], ids=str)
    def test_type(self, f, value):
        for name, _ in f.parameters:
            out = sample(3)
            untouched(
                lambda name=name, out=out: f(sample(3), out=out, **{name: value}), out, TypeError, f"fastact.{f.name}"
            )

    def test_shape(self, f):
        for name, _ in f.parameters:
            out = sample(3)
            untouched(
                lambda name=name, out=out: f(sample(3), out=out, **{name: np.ones(4)}), out, ValueError, "broadcast"
            )
            untouched(lambda name=name, out=out: f(sample(3), out=out, **{name: np.ones((2, 3))}), out, ValueError)

    def test_out_is_given_by_name(self, f):
        out = sample(3)
        operands = [sample(3)] * (1 + f.is_gradient + len(f.parameters))
        untouched(lambda: f.function(*operands, out), out, TypeError, "out=")


@pytest.mark.parametrize("f", GRADIENTS, ids=lambda case: case.id)
def test_gradient_operands(f):
    for dy in (1j, "text", None, np.ones(3, object)):
        with pytest.raises(TypeError, match=f"fastact.{f.name}"):
            f.vjp(dy, sample(3))
    out = sample(3)
    untouched(lambda: f.vjp(np.ones(4), sample(3), out=out), out, ValueError)
    with pytest.raises(TypeError):
        f.function(sample(3))


@pytest.mark.parametrize("out", [np.zeros(3, np.int64), np.zeros(4), [0.0] * 2], ids=str)
def test_prelu_grad_out(out):
    x, weight = sample((5, 2)), np.ones(2)
    dx = np.full((5, 2), 7.0)
    with pytest.raises((TypeError, ValueError)):
        fastact.prelu_grad(1.0, x, weight, out=(dx, out))
    assert (dx == 7).all()
    with pytest.raises(ValueError, match="tuple of 2"):
        fastact.prelu_grad(1.0, x, weight, out=(dx, None, None))
