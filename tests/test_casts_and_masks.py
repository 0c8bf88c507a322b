"""What NumPy casts on the way is quiet; `where=None` is no mask; what cannot be computed is refused by its type."""

import inspect

import numpy as np
import pytest
from registry import ALL, COMPUTING, GATED, INTEGERS, LOSSES, ROWS, SPARSE_LOSSES, functions, same, sample

UFUNCS = functions("casting")


def operands(name, *values):
    """Arguments for a function: the first is the array tried, the others are as many as it needs."""
    given = inspect.signature(COMPUTING[name]).parameters.values()
    needed = sum(p.default is p.empty for p in given)
    return values[:needed] if len(values) >= needed else (*values, *[1.0] * (needed - len(values)))


def each(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("name", UFUNCS)
def test_where_none_is_no_mask(name):
    x = sample((3, 4)) / 16 + 0.5
    pairs = [operands(name, x, x, x)]
    if name in GATED:
        pairs += [(*operands(name, x, x), x), (*operands(name, x, x), x[:1])]
        pairs[0] = (1.0, x) if name.endswith("_grad") else (x,)
    for given in pairs:
        for got, want in zip(each(UFUNCS[name](*given, where=None)), each(UFUNCS[name](*given)), strict=True):
            same(got, want)


@pytest.mark.parametrize("f", ALL, ids=lambda case: case.id)
def test_casts_are_quiet(f):
    with np.errstate(all="raise"):
        f(np.array([1e300, -1e300, 1e-300]) / 2 + 0.25 * (f.name == "logit"), out=None)
        narrow = np.zeros(() if f.name == "logsumexp" else 3, np.float32)
        f(np.array([1e300, -1e300, 1e-300]), out=narrow)
        assert f(np.arange(3), dtype=np.float16).dtype == np.float16
        if f.is_gradient:
            f.vjp(1e300, np.ones(3, np.float32))
    for name in ("softmax_grad", "log_softmax_grad"):
        with np.errstate(all="raise"):
            COMPUTING[name](1e300, np.ones(3, np.float32))


@pytest.mark.parametrize("f", [case for case in ALL if case not in ROWS], ids=lambda case: case.id)
def test_equivalent_types_and_numbers(f):
    """A parameter that is a Python number has the type of the array."""
    x = np.float32([0.25, 0.5, 0.75])
    for casting in ("no", "equiv", "safe"):
        same(f(x, casting=casting), f(x))


@pytest.mark.parametrize("name", UFUNCS)
def test_casting_is_of_every_operand(name):
    """Integers of all types are float64, and so is a number alone."""
    for dtype in INTEGERS:
        x = np.ones((3, 4), dtype)
        for casting in ("no", "equiv"):
            with pytest.raises(TypeError, match=f"{name}: an operand cannot be cast from {np.dtype(dtype)} to float64"):
                UFUNCS[name](*operands(name, x, x, x), casting=casting)
    narrow = {"dtype": np.float32, "casting": "safe"}
    numbers = operands(name, 0.5, 0.5, 0.5) if name not in GATED else (0.5,) * (2 + name.endswith("_grad"))
    with pytest.raises(TypeError, match="cannot be cast from float64 to float32"):
        UFUNCS[name](*numbers, **narrow)
    for result in each(UFUNCS[name](*numbers, dtype=np.float32)):
        assert result.dtype == np.float32


@pytest.mark.parametrize("f", [case for case in ALL if case not in ROWS], ids=lambda case: case.id)
@pytest.mark.parametrize("stored", ["bfloat16", "longdouble"])
def test_results_lie_where_numpy_lays_them(f, stored):
    """By the operands as they are given, also where they are converted on the way."""
    kind = pytest.importorskip("ml_dtypes").bfloat16 if stored == "bfloat16" else np.longdouble
    base = np.full((4, 6), 0.5)
    for given in (base, base.astype(kind)):
        for x in (
            np.broadcast_to(given[0], (4, 6)),
            np.broadcast_to(given[:, :1], (4, 6)),
            np.broadcast_to(given[:, None], (4, 3, 6)).transpose(2, 0, 1),
            given[::-1, ::2].T,
        ):
            for order in "KAFC":
                for result in each(f(x, dtype=kind, order=order)):
                    assert result.strides == np.positive(x, dtype=np.float64, order=order).astype(kind).strides


@pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_rows_without_axes(f, dtype):
    out = np.zeros((), dtype)
    assert f(dtype(1), out=out, scale=2.0) is out
    same(out[()], f(dtype(1), scale=2.0))


@pytest.mark.parametrize("f", ALL, ids=lambda case: case.id)
def test_dtype_is_bfloat16(f):
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    got = f(np.arange(3), dtype=bfloat16)
    assert got.dtype == bfloat16
    assert np.array_equal(got.astype(float), f(np.arange(3), dtype=np.float32).astype(bfloat16).astype(float), True)


@pytest.mark.parametrize("name", sorted(GATED))
@pytest.mark.parametrize("b", [0, -1, True, np.int8(1), np.array(0), np.array(True)], ids=repr)
def test_an_integer_is_no_second_operand(name, b):
    x = sample((4, 4))
    with pytest.raises(TypeError, match=rf"fastact\.{name}: the second operand.*axis="):
        GATED[name](*operands(name, x, x), b)
    GATED[name](*operands(name, x, x), 1.0)
    GATED[name](*operands(name, x, x), np.ones((), np.float32))


@pytest.mark.parametrize("name", [name for name in GATED if name.endswith("_grad")] + ["prelu_grad"])
def test_results_of_other_shapes_are_not_written(name):
    x = sample((3, 4))
    for second in (x, x[:1], 0.5):
        for place in range(2):
            out = np.full((2, 3, 4), 7.0)
            with pytest.raises(ValueError, match=rf"fastact\.{name}: out has shape"):
                COMPUTING[name](x, x, second, out=(out, None) if place == 0 else (None, out))
            assert (out == 7).all()


OBJECTS = [
    (lambda: (i for i in range(3)), "generator", "list"),
    (lambda: {1.0, 2.0}, "set", "sorted"),
    (lambda: {"a": 1.0}, "dict", "values"),
    (lambda: pytest.importorskip("scipy.sparse").csr_array(np.eye(2)), "scipy csr_array", "toarray"),
    (lambda: pytest.importorskip("polars").LazyFrame({"a": [1.0]}), "LazyFrame", "collect"),
    (lambda: np.array([1.0, None]), "array of dtype object", "astype"),
]


@pytest.mark.parametrize(("make", "shown", "remedy"), OBJECTS)
@pytest.mark.parametrize("name", COMPUTING)
def test_objects_are_refused_by_their_type(name, make, shown, remedy):
    given = (make(), 1) if name in LOSSES or name in SPARSE_LOSSES else operands(name, make(), sample(2), sample(2))
    with pytest.raises(TypeError, match=rf"fastact\.{name}: .*\ban? {shown}.*{remedy}"):
        COMPUTING[name](*given)
