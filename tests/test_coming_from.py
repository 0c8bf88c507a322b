"""The tables of docs/coming_from: each row is run with the library that is installed."""

import functools
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import fastact

PAGES = Path(__file__).parent.parent / "docs" / "coming_from"

if not PAGES.is_dir():
    pytest.skip("no checkout", allow_module_level=True)

rng = np.random.default_rng(0)
ARRAYS = {
    "x": np.linspace(-3, 2.5, 12).reshape(3, 4) + 0.01,
    "dy": rng.normal(size=(3, 4)),
    "p": fastact.softmax(rng.normal(size=(3, 4))),
    "targets": fastact.softmax(rng.normal(size=(3, 4))),
    "w": np.array([0.5, 1.0, 2.0, 0.25]),
    "labels": np.array([2, 0, 1]),
}
ARRAYS["mask"] = ARRAYS["dy"] > -0.5


def single(arrays=ARRAYS):
    """For libraries that compute in float32."""
    return {name: a.astype(np.float32) if a.dtype.kind == "f" else a for name, a in arrays.items()}


def scipy():
    special = pytest.importorskip("scipy.special")
    return {**{name: getattr(special, name) for name in special.__all__}, **ARRAYS}


def pytorch():
    torch = pytest.importorskip("torch")
    tensors = {name: torch.from_numpy(array) for name, array in ARRAYS.items()}
    return {"torch": torch, "F": torch.nn.functional, **tensors}


def keras():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "numpy")
        keras = pytest.importorskip("keras")
    return {"keras": keras, "ops": keras.ops, **single()}


def jax():
    jax = pytest.importorskip("jax")
    return {"jax": jax, "jnp": jax.numpy, "nn": jax.nn, **single()}


def thinc():
    return {"ops": pytest.importorskip("thinc.api").NumpyOps(), **single()}


class Operators(dict):
    """ONNX operators by name, each a function that makes a model of one node and runs it."""

    DOMAINS = dict.fromkeys(("QuickGelu", "FastGelu", "BiasGelu"), "com.microsoft")

    def __missing__(self, name):
        if not name[:1].isupper() or name.endswith("Error"):
            raise KeyError(name)
        return functools.partial(self.run, *name.split("_"))

    def run(self, name, opset=None, /, *arrays, **attributes):
        if opset is not None and not isinstance(opset, str):
            arrays, opset = (opset, *arrays), None
        onnx, runtime = self["onnx"], self["onnxruntime"]
        helper, domain = onnx.helper, self.DOMAINS.get(name, "")
        opset = int(opset or (24 if name == "Swish" else 22))
        feeds = {f"input_{i}": np.asarray(array) for i, array in enumerate(arrays)}
        graph = helper.make_graph(
            [helper.make_node(name, list(feeds), ["y"], domain=domain, **attributes)],
            name,
            [
                helper.make_tensor_value_info(key, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
                for key, a in feeds.items()
            ],
            [helper.make_empty_tensor_value_info("y")],
        )
        domains = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=domains, ir_version=10).SerializeToString()
        return runtime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, feeds)[0]


def onnx():
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    runtime.set_default_logger_severity(4)  # what is refused is expected here
    return Operators(onnx=onnx, onnxruntime=runtime, **single())


LIBRARIES = {
    "SciPy": scipy,
    "PyTorch": pytorch,
    "Keras": keras,
    "JAX": jax,
    "ONNX": onnx,
    "ONNX Runtime": onnx,
    "thinc": thinc,
}


def rows():
    """Page and line, library, both calls, and both results or None, of each row of a table of a page."""
    for path in sorted(PAGES.glob("*.md")):
        header = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
            if cells is None or header is None:
                header = cells
            elif not line.startswith("|---"):
                place = f"{path.stem}-{number}"
                if header[0]:  # library, fastact, remark
                    theirs, ours = (cell.strip("`") for cell in cells[:2])
                    yield pytest.param(header[0], theirs, ours, None, None, id=place)
                else:  # what differs, then "call gives result" of both
                    (theirs, given), (ours, wanted) = (
                        re.fullmatch("`(.+)` gives `(.+)`", c).groups() for c in cells[1:]
                    )
                    yield pytest.param(header[1], theirs, ours, given, wanted, id=place)


ROWS = list(rows())


def evaluate(code, names):
    """Its value, or the exception that it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other libraries; fastact's are tried elsewhere
        try:
            return eval(code, {"np": np}, names)
        except NameError:
            raise
        except Exception as error:
            return error


def check(result, text):
    """Whether a result is what the page says: a number to its last digit, a list of them, or a word."""
    if isinstance(result, Exception):
        assert type(result).__name__ == text, repr(result)
        return
    words = re.findall(r"-?(?:\d[\d.]*(?:e-?\d+)?|inf|nan)", text)
    if re.sub(r"[\[\](), ]|-?(?:\d[\d.]*(?:e-?\d+)?|inf|nan)", "", text) or text.startswith("("):
        assert str(result) == text
        return
    values = np.atleast_1d(np.asarray(result, dtype=np.float64)).ravel()
    assert len(values) == len(words), result
    for value, word in zip(values, words, strict=True):
        mantissa, _, exponent = word.partition("e")
        digit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        want = float(word)
        if word == "0" or not np.isfinite(want):
            np.testing.assert_equal(abs(value) if word == "0" else value, want)
        else:
            assert abs(value - want) <= 0.51 * digit, f"{value}, not {word}"


@pytest.mark.parametrize(("library", "theirs", "ours", "given", "wanted"), ROWS)
def test_row(library, theirs, ours, given, wanted):
    there = LIBRARIES[library]()
    arrays = single() if there["x"].dtype == np.float32 else ARRAYS
    here = {**{name: getattr(fastact, name) for name in fastact.__all__}, **arrays}
    their_result, our_result = evaluate(theirs, there), evaluate(ours, here)
    if given is None:
        for result in (their_result, our_result):
            if isinstance(result, Exception):
                raise result
        assert np.shape(their_result) == np.shape(our_result)
        np.testing.assert_allclose(np.asarray(our_result), np.asarray(their_result), rtol=1e-5, atol=1e-6)
    else:
        check(their_result, given)
        check(our_result, wanted)


def test_every_page_has_both_tables():
    pages = {path.stem for path in PAGES.glob("*.md")} - {"index"}
    for page in pages:
        mine = [row.values for row in ROWS if row.id.startswith(page)]
        assert sum(given is None for *_, given, _ in mine) > 10
        assert sum(given is not None for *_, given, _ in mine) > 5
    assert pages == {"scipy", "pytorch", "keras_jax", "onnx", "thinc"}


def test_a_wrong_row_fails():
    check(np.array([0.84119]), "[0.8412]")
    for result, text in ((0.8415, "0.8412"), (1e-30, "0"), (np.nan, "0"), (1.0, "nan"), ([1.0], "[1.0, 1.0]")):
        with pytest.raises(AssertionError):
            check(np.array(result), text)
    with pytest.raises(AssertionError):
        check(ValueError(), "TypeError")
    with pytest.raises(AssertionError):
        check(np.dtype("float32"), "float64")
