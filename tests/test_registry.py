"""Nothing public is left without a kernel, an oracle, a reference, a gradient, a stub, documentation that works and a
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
from registry import (
    CHOICES,
    COMPUTING,
    ELEMENTWISE,
    GATED,
    LOSSES,
    NATIVE,
    OF_TWO,
    OTHER_ROWS,
    PAIRS,
    ROW_GRADIENTS,
    ROWS,
    SEGMENTS,
    SPARSE_LOSSES,
    compiled,
    functions,
)

import fastact
from fastact._reference import table

PUBLIC = [name for name in fastact.__all__ if callable(getattr(fastact, name))]
UFUNCS = functions("casting")
SINGLE = sorted(functions("x").keys() - PAIRS - set(OTHER_ROWS))
README = Path(__file__).parent.parent / "README.md"


def test_every_function_is_of_one_family():
    families = [
        {case.name for case in ELEMENTWISE} | PAIRS,
        {case.name for case in ROWS},
        set(GATED),
        set(OF_TWO),
        set(ROW_GRADIENTS),
        set(OTHER_ROWS),
        set(LOSSES),
        set(SPARSE_LOSSES),
    ]
    assert all(families)
    assert sorted(name for family in families for name in family) == sorted(COMPUTING)


# kernels that other functions than elementwise and gated ones run: softmax and its kin, and a loss
SERVING = {"row_input", "binary_cross_entropy", "binary_cross_entropy_and_grad"}
SERVING |= {"focal", "focal_and_grad", "focal_hessian"}


@pytest.mark.skipif(not NATIVE, reason="no kernels")
def test_kernels_are_those_of_the_reference():
    from fastact._arrays import kernels

    assert set(kernels.registry()) - SERVING == set(table.UFUNCS)


@pytest.mark.skipif(not NATIVE, reason="no kernels")
@pytest.mark.parametrize("name", [*COMPUTING, *CHOICES, *SEGMENTS])
def test_is_compiled(name):
    """A NumPy reference is public only where there is nothing else."""
    assert compiled({name: getattr(fastact, name)})


def test_every_kernel_has_a_function():
    variants = {"gelu_tanh", "gelu_sigmoid", "hard_sigmoid_sloped", "swiglu_clamped"}
    for kernel in table.UFUNCS:
        assert kernel in UFUNCS or kernel.removesuffix("_grad") in variants
    assert set(UFUNCS) <= set(table.UFUNCS)


WITH_GRADIENT = [name for name in COMPUTING if f"{name}_grad" in COMPUTING]


def test_has_gradient():
    """As a function of its own; that of logmeanexp is logsumexp's, and losses return theirs."""
    names = {name for name in COMPUTING if not name.endswith("_grad")}
    assert names - set(WITH_GRADIENT) == {"logmeanexp", *LOSSES, *SPARSE_LOSSES}
    assert {f"{name}_grad" for name in WITH_GRADIENT} | names == set(COMPUTING)
    assert all("return_grad" in inspect.signature(f).parameters for f in (LOSSES | SPARSE_LOSSES).values())


@pytest.mark.parametrize("name", WITH_GRADIENT)
def test_gradient_takes_the_same(name):
    signature = list(inspect.signature(COMPUTING[name]).parameters)
    gradient = list(inspect.signature(COMPUTING[f"{name}_grad"]).parameters)
    if "y" in gradient:
        signature = ["y", "axis", "out", "dtype"]
    if name == "logsumexp":  # weights and signs have no gradient here
        signature = [parameter for parameter in signature if parameter not in ("b", "return_sign")]
    if "casting" in signature:  # of an elementwise function alone: bias and scale
        signature = [key for key in signature if key not in ("bias", "scale")]
    assert gradient == ["dy", *signature]


def stubs():
    """The names that each stub of a public module lists, and those that it declares."""
    package = resources.files("fastact")
    collected = ast.parse(package.joinpath("__init__.pyi").read_text())
    modules = [node.module for node in collected.body if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"]
    for module in modules:
        path = package.joinpath(module.removeprefix("fastact.").replace(".", "/") + ".pyi")
        if path.is_file():
            tree = ast.parse(path.read_text())
            (listed,) = [
                ast.literal_eval(node.value)
                for node in tree.body
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
            ]
            declared = {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
            yield listed, declared | {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_stubs_name_every_function():
    """Each in one stub, which declares what it lists."""
    names = [name for listed, _ in stubs() for name in listed]
    assert len(names) == len(set(names))
    assert set(names) == {*COMPUTING, *CHOICES, *SEGMENTS}
    for listed, declared in stubs():
        assert set(listed) <= declared
        assert listed == sorted(listed)


@pytest.mark.skipif(not README.is_file(), reason="no checkout")
@pytest.mark.parametrize(
    "name",
    [
        *CHOICES,
        *SEGMENTS,
        *(name for name in COMPUTING if name not in UFUNCS or not name.endswith("_grad") or name in PAIRS),
    ],
)
def test_readme_lists(name):
    """With its parameters and their defaults; gradients of elementwise and gated functions have a line for all."""
    (listed,) = re.findall(rf"^\| `{name}\((.*?)\)`", README.read_text(), flags=re.M)
    keywords = {"out", "where", "casting", "order", "dtype", "subok", "bias", "scale"}
    parameters = inspect.signature(getattr(fastact, name)).parameters.values()
    shown = {1 / 6: "1 / 6"}
    assert listed == ", ".join(
        p.name if p.default is p.empty else f"{p.name}={shown.get(p.default, repr(p.default))}"
        for p in parameters
        if p.name not in keywords
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
def test_signature_equals_the_reference(name):
    assert inspect.signature(COMPUTING[name]) == inspect.signature(getattr(table, name))


def test_references_are_public():
    assert set(table.__all__) == {*COMPUTING, *CHOICES, *SEGMENTS}


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
