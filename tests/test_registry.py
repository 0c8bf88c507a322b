"""Nothing public is left without a kernel, an oracle, a NumPy twin, a gradient, a stub, documentation that works, and a
place in the README."""

import ast
import doctest
import inspect
import re
from importlib import metadata, resources
from pathlib import Path

import numpy as np
import pytest
from oracles import ORACLES
from registry import ELEMENTWISE, FUNCTIONS, NATIVE, PAIRS, ROWS, functions

import fastact
from fastact import _numpy

PUBLIC = [name for name in fastact.__all__ if callable(getattr(fastact, name))]
COMPUTING = functions("out")
SINGLE = sorted(set(COMPUTING) - PAIRS)
README = Path(__file__).parent.parent / "README.md"


def test_every_function_is_elementwise_or_along_rows():
    assert set(COMPUTING) == {case.name for case in ELEMENTWISE + ROWS} | PAIRS
    assert not {case.name for case in ELEMENTWISE} & {case.name for case in ROWS}


def test_kernels_are_those_of_the_twins():
    if not NATIVE:
        pytest.skip("no kernels")
    from fastact import _call

    # row_input serves softmax and its kin
    assert set(_call.registry()) - {"row_input"} == set(_numpy.UFUNCS)


def test_every_kernel_has_a_function():
    variants = {f"gelu_{kind}" for kind in ("tanh", "sigmoid")} | {"prelu_weight"}
    names = functions("casting")
    for kernel in _numpy.UFUNCS:
        assert kernel in names or kernel.removesuffix("_grad") in variants
    assert set(names) <= set(_numpy.UFUNCS)


@pytest.mark.parametrize("name", sorted({f.name for f in FUNCTIONS}))
def test_has_gradient(name):
    signature = list(inspect.signature(COMPUTING[name]).parameters)
    gradient = list(inspect.signature(COMPUTING[f"{name}_grad"]).parameters)
    assert gradient == ["dy", *signature]


def test_stub_names_every_function():
    tree = ast.parse(resources.files("fastact").joinpath("_elementwise.pyi").read_text())
    (listed,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    typed = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert listed == sorted(functions("casting"))
    assert set(listed) <= typed


@pytest.mark.skipif(not README.is_file(), reason="no checkout")
@pytest.mark.parametrize("name", [name for name in COMPUTING if not name.endswith("_grad") or name in PAIRS])
def test_readme_lists(name):
    """With its parameters and their defaults."""
    (listed,) = re.findall(rf"^\| `{name}\((.*?)\)`", README.read_text(), flags=re.M)
    keywords = {"out", "where", "casting", "order", "dtype", "subok", "bias", "scale"}
    parameters = inspect.signature(COMPUTING[name]).parameters.values()
    assert listed == ", ".join(
        p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters if p.name not in keywords
    )


@pytest.mark.parametrize("name", SINGLE)
def test_has_oracle(name):
    assert any(known == name for known, _ in ORACLES)


@pytest.mark.parametrize(("name", "keywords"), ORACLES)
def test_oracle_has_function(name, keywords):
    assert set(dict(keywords)) <= set(inspect.signature(COMPUTING[name]).parameters)


@pytest.mark.parametrize("name", SINGLE)
def test_default_variant_has_oracle(name):
    parameters = inspect.signature(COMPUTING[name]).parameters
    assert any(
        all(parameters[key].default == value for key, value in keywords) for known, keywords in ORACLES if known == name
    )


@pytest.mark.parametrize("name", COMPUTING)
def test_signature_equals_twin(name):
    assert inspect.signature(COMPUTING[name]) == inspect.signature(getattr(_numpy, name))


def test_twins_are_public():
    assert set(_numpy.__all__) == set(COMPUTING)


@pytest.mark.parametrize("name", COMPUTING)
def test_data_first_and_positional_only(name):
    parameters = inspect.signature(COMPUTING[name]).parameters.values()
    data = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
    assert data == ["dy"] * name.endswith("_grad") + ["x"] + ["weight"] * name.startswith("prelu")
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional in (["out"], ["axis", "out"])


@pytest.mark.parametrize("name", PUBLIC)
def test_documented(name):
    assert inspect.getdoc(getattr(fastact, name))


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_run(name):
    public = getattr(fastact, name)
    finder = doctest.DocTestParser()
    test = finder.get_doctest(public.__doc__, {}, name, None, 0)
    assert test.examples or name not in COMPUTING
    report: list[str] = []
    with np.printoptions(legacy=False):
        failed, _ = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=report.append)
    assert not failed, "".join(report)


def test_version():
    assert fastact.__version__ == metadata.version("fastact")


def test_names_sorted_and_present():
    assert sorted(fastact.__all__) == list(fastact.__all__)
    assert len(set(fastact.__all__)) == len(fastact.__all__)
    assert all(hasattr(fastact, name) for name in fastact.__all__)


def test_marked_as_typed():
    package = resources.files("fastact")
    assert package.joinpath("py.typed").is_file()
