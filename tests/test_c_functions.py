"""The C functions give what Python's do, to the bit; bad labels are refused before anything is written."""

import ctypes
import re

import numpy as np
import pytest
from c_library import HEADERS, PARAMETERS, REAL, Library, declared, losses_of, numbers, python_name, same_bits
from registry import functions

import fastact

if fastact.isa() == "numpy":
    pytest.skip("functions run on NumPy", allow_module_level=True)

C = Library()
ELEMENTWISE = [
    name
    for name, (result, arguments) in declared().items()
    if result == "void" and name.endswith(("_f32", "_f64")) and "cross_entropy" not in name
]
SIZES = [0, 1, 5, 1000, 100_003]
types = pytest.mark.parametrize("T", REAL)


def test_every_function_of_elements_is_found():
    names = {python_name(name)[0] for name in ELEMENTWISE}
    public = set(functions("casting"))
    assert public - names == {"prelu_grad"}
    assert names <= public
    assert len(ELEMENTWISE) == 2 * (
        len(names) + 8
    )  # two approximations of gelu, hard_sigmoid_sloped, swiglu_clamped; gradients


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("in_place", [False, True], ids=["apart", "in place"])
def test_elements(name, in_place):
    T = name[-3:]
    arguments = C.declared[name][1]
    public, keywords = python_name(name)
    for n in SIZES:
        arrays, outputs, parameters = [], [], []
        for kind, argument in arguments:
            if kind.startswith("const"):
                arrays.append(numbers(len(arrays), n, T=T))
                if name.startswith("fa_logit"):
                    np.abs(arrays[-1], out=arrays[-1])
            elif kind.endswith("*"):
                outputs.append(np.full(n, 7, REAL[T]))
            elif argument != "n":
                parameters.append(PARAMETERS[argument])
        want = getattr(fastact, public)(*arrays, *parameters, **keywords)
        if in_place:
            outputs = [a.copy() for a in arrays[-len(outputs) :]]
            given = [*arrays[: -len(outputs)], *outputs]
        else:
            given = arrays
        getattr(C, name)(*given, *outputs, n, *parameters)
        for got, expected in zip(outputs, want if len(outputs) > 1 else [want], strict=True):
            assert same_bits(got, expected)


@types
def test_nothing_beside_the_output_is_written(T):
    x, y = numbers(1, 40, T=T), np.full(50, 7, REAL[T])
    for n in range(40):
        y[:] = 7
        getattr(C, f"fa_gelu_{T}")(x, y, n)
        assert (y[n:] == 7).all()


# ---- rows ----

SHAPES = [(0, 5), (3, 1), (7, 10), (40, 1000), (1, 300_000), (3000, 64)]
ROWS = ["softmax", "log_softmax", "logsumexp"]


@types
@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("shape", SHAPES)
def test_rows(name, shape, T):
    x = np.random.default_rng(2).normal(0, 4, shape).astype(REAL[T])
    want = getattr(fastact, name)(x)
    y = np.full(want.shape, 7, REAL[T])
    assert getattr(C, f"fa_{name}_rows_{T}")(x, y, *shape) == 0
    assert same_bits(y, want)
    if name != "logsumexp":
        assert getattr(C, f"fa_{name}_rows_{T}")(x, x, *shape) == 0
        assert same_bits(x, want)


@types
@pytest.mark.parametrize("name", ["softmax_grad", "log_softmax_grad"])
@pytest.mark.parametrize("shape", SHAPES)
def test_row_gradients(name, shape, T):
    rng = np.random.default_rng(3)
    y = getattr(fastact, name.removesuffix("_grad"))(rng.normal(0, 4, shape).astype(REAL[T]))
    dy = rng.normal(size=shape).astype(REAL[T])
    want = getattr(fastact, name)(dy, y)
    dx = np.full(shape, 7, REAL[T])
    assert getattr(C, f"fa_{name}_rows_{T}")(dy, y, dx, *shape) == 0
    assert same_bits(dx, want)
    assert getattr(C, f"fa_{name}_rows_{T}")(dy, y, dy, *shape) == 0
    assert same_bits(dy, want)


@types
def test_rows_of_no_elements(T):
    y = np.full(3, 7, REAL[T])
    assert getattr(C, f"fa_logsumexp_rows_{T}")(None, y, 3, 0) == 0
    assert (y == -np.inf).all()
    assert getattr(C, f"fa_softmax_rows_{T}")(None, None, 3, 0) == 0


# ---- losses ----


CLASSES = [(1, 3), (64, 10), (5000, 20), (2, 100_000)]


@types
@pytest.mark.parametrize("shape", CLASSES)
def test_cross_entropy(shape, T):
    rng = np.random.default_rng(4)
    x = rng.normal(0, 3, shape).astype(REAL[T])
    labels = rng.integers(0, shape[1], shape[0])
    labels[1::4] = -100
    counted = (labels >= 0).sum()
    want, gradient = losses_of(x, labels)
    close = {"rtol": 1e-5, "atol": 1e-7} if T == "f32" else {"rtol": 1e-13, "atol": 1e-15}
    for loss_wanted in (True, False):
        loss, dx = np.full(shape[0], 7, REAL[T]), np.full(shape, 7, REAL[T])
        assert getattr(C, f"fa_cross_entropy_rows_{T}")(x, labels, loss if loss_wanted else None, dx, *shape) == 0
        np.testing.assert_allclose(dx, gradient, **close)
        if loss_wanted:
            np.testing.assert_allclose(loss, want, **close)
            assert same_bits(loss, fastact.cross_entropy(x, labels, reduction="none"))
    mean = np.zeros((), REAL[T])
    assert getattr(C, f"fa_cross_entropy_mean_{T}")(x, labels, mean, dx, *shape) == 0
    np.testing.assert_allclose(mean, want.sum() / counted, **close)
    np.testing.assert_allclose(dx, gradient / counted, **close)
    expected, d_expected = fastact.cross_entropy(x, labels, return_grad=True)
    assert same_bits(dx, d_expected)
    assert same_bits(mean, expected)
    mean[...] = 0
    assert getattr(C, f"fa_cross_entropy_mean_{T}")(x, labels, mean, None, *shape) == 0
    assert same_bits(mean, expected)
    assert getattr(C, f"fa_cross_entropy_mean_{T}")(x, labels, mean, x, *shape) == 0
    assert same_bits(x, d_expected)


@types
@pytest.mark.parametrize("kind", ["rows", "mean"])
def test_bad_labels_write_no_gradient(kind, T):
    x, dx, loss = np.zeros((3, 4), REAL[T]), np.full((3, 4), 7, REAL[T]), np.full(3, 7, REAL[T])
    for bad in (4, 2**62):
        labels = np.array([0, bad, 1])
        assert getattr(C, f"fa_cross_entropy_{kind}_{T}")(x, labels, loss, dx, 3, 4) == status("FA_BAD_LABEL")
        assert (dx == 7).all()
        assert (loss == 7).all()


def status(name):
    """A value of fa_status, counted from its declaration."""
    text = re.search(r"typedef enum \{([^}]*)\} fa_status;", (HEADERS / "engine.h").read_text())[1]
    names = [entry.split("=")[0].strip() for entry in text.split(",")]
    return names.index(name) - names.index("FA_DONE")


@types
def test_no_row_that_counts(T):
    x, dx = np.ones((2, 3), REAL[T]), np.full((2, 3), 7, REAL[T])
    mean, labels = np.zeros((), REAL[T]), np.array([-1, -100])
    assert getattr(C, f"fa_cross_entropy_mean_{T}")(x, labels, mean, dx, 2, 3) == 0
    assert np.isnan(mean)
    assert (dx == 0).all()
    mean[...] = 0
    for rows, classes in ((0, 3), (2, 0)):
        assert getattr(C, f"fa_cross_entropy_mean_{T}")(x, labels, mean, None, rows, classes) == 0
        assert np.isnan(mean)
    loss = np.full(2, 7, REAL[T])
    assert getattr(C, f"fa_cross_entropy_rows_{T}")(x, labels, loss, None, 2, 0) == 0
    assert (loss == 0).all()


@types
@pytest.mark.parametrize("n", SIZES)
def test_binary_cross_entropy(n, T):
    rng = np.random.default_rng(5)
    x, t = rng.normal(0, 4, n).astype(REAL[T]), rng.uniform(size=n).astype(REAL[T])
    for weight in (1.0, 2.5):
        loss, dx, alone = np.full((3, n), 7, REAL[T])
        f = getattr(C, f"fa_binary_cross_entropy_with_logits_{T}")
        f(x, t, loss, dx, n, weight)
        f(x, t, alone, None, n, weight)
        want, gradient = fastact.binary_cross_entropy_with_logits(
            x, t, pos_weight=weight, reduction="none", return_grad=True
        )
        assert same_bits(loss, want)
        assert same_bits(alone, want)
        assert same_bits(dx, gradient)
        p = 1 / (1 + np.exp(-x.astype(float)))
        np.testing.assert_allclose(loss, -weight * t * np.log(p) - (1.0 - t) * np.log1p(-p), rtol=2e-6, atol=1e-12)


@types
@pytest.mark.parametrize("n", SIZES)
def test_prelu_grad(n, T):
    rng = np.random.default_rng(6)
    dy, x = rng.normal(0, 4, (2, n)).astype(REAL[T])
    dx, dweight = np.full(n, 7, REAL[T]), np.full((), 7, REAL[T])
    assert getattr(C, f"fa_prelu_grad_{T}")(dy, x, dx, dweight, n, 0.25) == 0
    np.testing.assert_array_equal(dx, np.where(x > 0, dy, dy * 0.25))
    np.testing.assert_allclose(dweight, (dy.astype(float) * x)[x <= 0].sum(), rtol=1e-5)
    if n > 1:
        assert same_bits(dweight, fastact.prelu_grad(dy, x, 0.25)[1])


# ---- any operation ----


def test_steps_and_stored_types():
    """Every third float16 backwards, with a weight for each."""
    rows = (HEADERS / "operations.h").read_text().partition("#define FA_LOGISTIC")[2]
    names = re.findall(r"X\((\w+),", rows)
    x = np.linspace(-5, 5, 50, dtype=np.float16)
    y, w = np.zeros(50, np.float16), np.linspace(0, 1, 50, dtype=np.float16)
    args = (ctypes.c_void_p * 3)(x[-1:].ctypes.data, w.ctypes.data, y.ctypes.data)
    steps = (ctypes.c_ssize_t * 3)(-6, 2, 4)
    C.loaded.fa_call(names.index("prelu"), 2, args, steps, ctypes.c_size_t(17))
    np.testing.assert_array_equal(y[:34:2], fastact.prelu(x[::-3], w[:17]))
    assert (y[1::2] == 0).all()
