"""What Cython modules import: numbers, pointers and views have the bits of Python's arrays; bad arguments raise before
anything is written. Functions are called as Cython calls them: through their addresses, by their signatures."""

import ctypes
import re
import time
from pathlib import Path

import numpy as np
import pytest
from c_library import PARAMETERS, REAL, Library, losses_of, numbers, python_name, same_bits
from registry import functions as public_functions

import fastact

if fastact.isa() == "numpy":
    pytest.skip("functions run on NumPy", allow_module_level=True)

from fastact import cython_api, cython_views

DECLARED = re.compile(r"^cdef (\w+) (\w+)\(([^)]*)\) (noexcept|except -1) nogil", flags=re.M)
C_TYPES = {"f32": ctypes.c_float, "f64": ctypes.c_double}
T_NUMBERS = {"f32": 0, "f64": 1}  # of Cython's names of the variants of a function
types = pytest.mark.parametrize("T", C_TYPES)


class View(ctypes.Structure):
    """Cython's memoryview slice."""

    _fields_ = (
        ("owner", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
        *((name, ctypes.c_ssize_t * 8) for name in ("shape", "strides", "suboffsets")),
    )


def view(x):
    if x is None:
        return View(id(None), None)
    pad = (0,) * (8 - x.ndim)
    return View(id(x), x.ctypes.data, x.shape + pad, x.strides + pad, (-1,) * 8)


def functions(module):
    """name -> (result, arguments) of the functions that a module declares."""
    text = Path(module.__file__).with_name(module.__name__.split(".")[1] + ".pxd").read_text()
    found = {}
    for result, name, arguments, _ in DECLARED.findall(text):
        each = re.split(r",\s+(?=const |floating|size_t)", arguments)
        found[name] = result, [re.fullmatch(r"(.*[ *])(\w+)", argument).groups() for argument in each]
    return found


API, VIEWS = functions(cython_api), functions(cython_views)
get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
get_pointer.restype, get_pointer.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
get_name = ctypes.pythonapi.PyCapsule_GetName
get_name.restype, get_name.argtypes = ctypes.c_char_p, (ctypes.py_object,)


def function(module, name, T):
    """A function for one type, of arrays and numbers."""
    capsule = module.__pyx_capi__[f"__pyx_fuse_{T_NUMBERS[T]}{name}"]
    result, arguments = (API if module is cython_api else VIEWS)[name]
    kinds = {"size_t": ctypes.c_size_t, "floating": C_TYPES[T]}
    types = [View if "[" in kind else kinds.get(kind.strip(), ctypes.c_void_p) for kind, _ in arguments]
    results = {"int": ctypes.c_int, "void": None, "floating": C_TYPES[T]}
    address = get_pointer(capsule, get_name(capsule))
    called = ctypes.PYFUNCTYPE(results[result], *types)(address)

    def call(*given):
        made = [
            view(x) if kind is View else x.ctypes.data if isinstance(x, np.ndarray) else x
            for kind, x in zip(types, given, strict=True)
        ]
        return called(*made)

    return call


def parts(arguments):
    """The names of inputs, outputs and parameters."""
    inputs = [name for kind, name in arguments if kind.startswith("const")]
    outputs = [name for kind, name in arguments if name[0] in "dy" and not kind.startswith("const") and name != "dy"]
    return inputs, outputs, [name for _, name in arguments if name in PARAMETERS and name not in inputs]


ELEMENTWISE = [name.removesuffix("_view") for name in VIEWS if "softmax" not in name and "logsumexp" not in name]


def test_all_functions_are_there():
    ones = {name for name in API if not name.endswith(("_array", "_rows", "_mean"))}
    assert ones == {*ELEMENTWISE, "binary_cross_entropy_with_logits"}
    assert {f"{name}_array" for name in ones} | {"prelu_grad_array"} == {n for n in API if n.endswith("_array")}
    assert {python_name(f"fa_{name}_f32")[0] for name in ELEMENTWISE} == set(public_functions("casting")) - {
        "prelu_grad"
    }
    for module in (cython_api, cython_views):
        declared = API if module is cython_api else VIEWS
        # Cython has two names for each variant of a function, or one
        assert sum(name.startswith("__pyx_fuse_") for name in module.__pyx_capi__) == 2 * len(declared)


@types
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_numbers_pointers_and_views(name, T):
    public, keywords = python_name(f"fa_{name}_{T}")
    inputs, outputs, parameters = parts(VIEWS[f"{name}_view"][1])
    given = [numbers(i, 300, T=T) for i in range(len(inputs))]
    if name.startswith("logit"):
        given = [*given[:-1], np.abs(given[-1]) / 10]
    values = [REAL[T](PARAMETERS[parameter]) for parameter in parameters]
    want = getattr(fastact, public)(*given, *(float(v) for v in values), **keywords)
    want = [want] if len(outputs) == 1 else want

    results = [np.full(300, 7, REAL[T]) for _ in outputs]
    function(cython_api, f"{name}_array", T)(*given, *results, 300, *values)
    assert all(same_bits(got, expected) for got, expected in zip(results, want, strict=True))

    one, made = function(cython_api, name, T), [np.full(300, 7, REAL[T]) for _ in outputs]
    for i in range(300):
        operands = [float(x[i]) for x in given]
        if len(outputs) == 1:
            made[0][i] = one(*operands, *values)
        else:
            one(*operands, *values, *(y[i:] for y in made))
    assert all(same_bits(got, expected) for got, expected in zip(made, want, strict=True))

    apart = [np.full((300, 3), 7, REAL[T]) for _ in outputs]
    spread = [np.repeat(x, 2)[::-2] for x in given]
    function(cython_views, f"{name}_view", T)(*spread, *(y[::-1, 1] for y in apart), *values)
    assert all(same_bits(got[:, 1], expected) for got, expected in zip(apart, want, strict=True))
    assert all((y[:, ::2] == 7).all() for y in apart)


@types
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "softmax_grad", "log_softmax_grad"])
def test_rows(name, T):
    rng = np.random.default_rng(8)
    x, dy = rng.normal(0, 3, (2, 50, 40)).astype(REAL[T])
    x = fastact.softmax(x) if name == "softmax_grad" else x
    given = [dy, x] if name.endswith("grad") else [x]
    want = getattr(fastact, name)(*given)
    y = np.full(want.shape, 7, REAL[T])
    assert function(cython_api, f"{name}_rows", T)(*given, y, 50, 40) == 0
    assert same_bits(y, want)
    of_views = function(cython_views, f"{name}_view", T)
    for order in ("C", "F"):
        spread = [np.array(a, order=order)[:, ::-1][:, ::-1] for a in given]
        y = np.full(want.shape, 7, REAL[T], order=order)
        of_views(*spread, y)
        assert same_bits(y, want)
    with pytest.raises(
        ValueError, match=rf"fastact.cython_views.{name}_view: views have 50 rows of 40 elements and 49"
    ):
        of_views(*given, y[1:])
    if name != "logsumexp":
        with pytest.raises(ValueError, match=f"{name}_view: the elements of a row, or those of a column, must be adj"):
            of_views(*(a[:, ::2] for a in given), np.ones((50, 20), REAL[T]))
        of_views(*given, given[-1])
        assert same_bits(given[-1], want)


@types
def test_rows_of_no_elements(T):
    y = np.full(3, 7, REAL[T])
    function(cython_views, "logsumexp_view", T)(np.empty((3, 0), REAL[T]), y)
    assert (y == -np.inf).all()
    function(cython_views, "softmax_view", T)(np.empty((0, 4), REAL[T]), np.empty((0, 4), REAL[T]))


@types
def test_views_that_do_not_fit(T):
    x = np.ones(10, REAL[T])
    sigmoid, glu_grad = function(cython_views, "sigmoid_view", T), function(cython_views, "glu_grad_view", T)
    with pytest.raises(ValueError, match=r"cython_views.sigmoid_view: views have 10 and 9 elements; give all of them"):
        sigmoid(x, np.ones(9, REAL[T]))
    with pytest.raises(ValueError, match=r"sigmoid_view: an output shares some of its memory with another view"):
        sigmoid(x[1:], x[:-1])
    with pytest.raises(ValueError, match=r"glu_grad_view: an output shares some of its memory"):
        glu_grad(x, x.copy(), x.copy(), x, x)
    assert (x == 1).all()
    sigmoid(x[:0], x[1:1])
    with pytest.raises(TypeError, match="None memoryview"):
        sigmoid(None, x)
    sigmoid(x[1::2], x[::2])  # apart
    assert same_bits(x[::2], fastact.sigmoid(np.ones(5, REAL[T])))


@types
def test_losses(T):
    rng = np.random.default_rng(9)
    x, labels = rng.normal(0, 3, (20, 7)).astype(REAL[T]), rng.integers(0, 7, 20)
    labels[3] = -100
    want, gradient = losses_of(x, labels)
    loss, dx, mean = np.full(20, 7, REAL[T]), np.full((20, 7), 7, REAL[T]), np.zeros(1, REAL[T])
    function(cython_api, "cross_entropy_rows", T)(x, labels, loss, dx, 20, 7)
    np.testing.assert_allclose(loss, want, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(dx, gradient, rtol=1e-5, atol=1e-7)
    function(cython_api, "cross_entropy_mean", T)(x, labels, mean, None, 20, 7)
    assert same_bits(mean[0], fastact.cross_entropy(x, labels))
    labels[5], mean[0] = 7, 8
    with pytest.raises(ValueError, match=r"a label is neither negative nor below the number of classes"):
        function(cython_api, "cross_entropy_mean", T)(x, labels, mean, None, 20, 7)
    assert mean[0] == 8
    t = rng.uniform(size=20).astype(REAL[T])
    expected = fastact.binary_cross_entropy_with_logits(x[:, 0], t, pos_weight=1.5, reduction="none")
    flat = x[:, 0].copy()
    function(cython_api, "binary_cross_entropy_with_logits_array", T)(flat, t, loss, None, 20, 1.5)
    assert same_bits(loss, expected)
    one = function(cython_api, "binary_cross_entropy_with_logits", T)
    loss[:] = [one(float(a), float(b), 1.5) for a, b in zip(flat, t, strict=True)]
    assert same_bits(loss, expected)
    assert function(cython_api, "prelu_grad_array", T)(flat, t, loss, mean, 20, 0.5) == 0
    assert same_bits(mean[0], fastact.prelu_grad(flat, t, 0.5)[1])


@pytest.mark.skipif(fastact.get_num_threads() == 1, reason="one thread in any case")
def test_blocks_of_threads_count():
    """A large call keeps to the block that Python code has opened."""
    library = Library()
    x = np.zeros(1 << 20, np.float32)
    gelu = function(cython_api, "gelu_array", "f32")
    with fastact.num_threads(1):
        gelu(x, x, x.size)
        assert library.fa_threads() == 1  # what this thread was told
    for _ in range(100):  # while others use the CPUs, a call stays serial and need not be told
        gelu(x, x, x.size)
        if library.fa_threads() > 1:
            break
        time.sleep(0.05)
    assert library.fa_threads() > 1
