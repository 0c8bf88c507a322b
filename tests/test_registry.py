"""Nothing public is left without an oracle, a NumPy twin, documentation and working examples."""

import doctest
import inspect
from importlib import metadata, resources

import numpy as np
import pytest
from oracles import ORACLES
from registry import ELEMENTWISE, ROWS, functions

import fastact
from fastact import _numpy

PUBLIC = [name for name in fastact.__all__ if callable(getattr(fastact, name))]
COMPUTING = functions("out")


def test_every_function_is_elementwise_or_along_rows():
    assert set(COMPUTING) == {case.name for case in ELEMENTWISE + ROWS}
    assert not {case.name for case in ELEMENTWISE} & {case.name for case in ROWS}


@pytest.mark.parametrize("name", COMPUTING)
def test_has_oracle(name):
    assert any(known == name for known, _ in ORACLES)


@pytest.mark.parametrize(("name", "keywords"), ORACLES)
def test_oracle_has_function(name, keywords):
    assert set(dict(keywords)) <= set(inspect.signature(COMPUTING[name]).parameters)


@pytest.mark.parametrize("name", COMPUTING)
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
    first, *rest = inspect.signature(COMPUTING[name]).parameters.values()
    assert first.kind is first.POSITIONAL_ONLY
    positional = [parameter.name for parameter in rest if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
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
