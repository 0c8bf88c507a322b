"""The rule for signatures: arrays by position; parameters by position or name; `out` and every option by name alone.

tests/signatures.txt holds all of them: a change of one is a change of the interface, and shows there.
"""

import inspect
from pathlib import Path

import pytest
from registry import COMPUTING, GATED, LOSSES, OTHER_ROWS, ROW_GRADIENTS, ROWS, SPARSE_LOSSES

import fastact
from fastact._reference import table

SNAPSHOT = Path(__file__).with_name("signatures.txt")
PUBLIC = [name for name in fastact.__all__ if callable(getattr(fastact, name))]
ROW_NAMES = {case.name for case in ROWS} | {*ROW_GRADIENTS, *OTHER_ROWS}

# what is neither data nor a parameter of the formula
UFUNC = ["out", "where", "casting", "order", "dtype", "subok"]
ROW = ["out", "where", "bias", "scale", "dtype"]
WITH_EXTRA = [*ROW[:-1], "extra_logit"]


def options(name):
    """The options of a function, in their order."""
    if name in GATED:
        return ["out", "axis", *UFUNC[1:]]
    if "y" in inspect.signature(COMPUTING[name]).parameters:
        return ["out", "dtype"]
    if name == "logsumexp":
        return [*WITH_EXTRA, "keepdims", "dtype", "b", "return_sign"]
    if name == "logsumexp_grad":
        return [*WITH_EXTRA, "keepdims", "dtype"]
    if name == "logmeanexp":
        return [*ROW[:-1], "keepdims", "dtype"]
    if name in OTHER_ROWS:
        return ROW
    if name in ROW_NAMES:
        return [*WITH_EXTRA, "dtype", "return_logsumexp"]
    return [*UFUNC, "bias", "scale"] if is_scaled(name) else UFUNC


def is_scaled(name):
    """Whether the function is taken of scale * x + bias: an elementwise one of x."""
    return next(iter(inspect.signature(COMPUTING[name]).parameters)) == "x" and name not in ROW_NAMES


DATA = ["x"], ["a", "b"], ["y"]


def kinds(name, kind):
    """The names of the parameters of a function that are of this kind."""
    return [p.name for p in inspect.signature(COMPUTING[name]).parameters.values() if p.kind is kind]


def shown(name):
    """The parameters of a public function, without their annotations."""
    parameters = inspect.signature(getattr(fastact, name)).parameters.values()
    return f"{name}{inspect.Signature([p.replace(annotation=p.empty) for p in parameters])}"


def test_snapshot():
    """Compiled or in NumPy."""
    listed = [shown(name) for name in PUBLIC]
    assert listed == SNAPSHOT.read_text().splitlines()


@pytest.mark.parametrize("name", COMPUTING)
def test_the_reference_has_the_same(name):
    assert inspect.signature(COMPUTING[name]) == inspect.signature(getattr(table, name))


@pytest.mark.parametrize("name", sorted(set(COMPUTING) - set(LOSSES) - set(SPARSE_LOSSES)))
def test_arrays_by_position(name):
    data = kinds(name, inspect.Parameter.POSITIONAL_ONLY)
    is_gradient = name.endswith("_grad")
    assert data[:is_gradient] == ["dy"] * is_gradient
    assert data[is_gradient:] in DATA


@pytest.mark.parametrize("name", COMPUTING)
def test_parameters_by_position_or_name(name):
    """Which parameter of which formula stands in the snapshot; a reduction has its axis here."""
    positional = kinds(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if name in LOSSES or name in SPARSE_LOSSES:
        answers = {
            "sigmoid_focal_loss": ["targets", "alpha", "gamma"],
            "softmax_focal_loss": ["labels", "gamma"],
            "binary_cross_entropy_with_logits": ["targets"],
        }
        assert positional == ["logits", *answers.get(name, ["labels"])]
    elif name in ROW_NAMES:
        assert positional == ["axis"]
    else:
        assert not set(positional) & {*UFUNC, "axis"}
    if f"{name}_grad" in COMPUTING and name not in LOSSES:
        assert positional == kinds(f"{name}_grad", inspect.Parameter.POSITIONAL_OR_KEYWORD)


@pytest.mark.parametrize("name", COMPUTING)
def test_options_by_name(name):
    given = kinds(name, inspect.Parameter.KEYWORD_ONLY)
    if name in LOSSES:
        assert given[-3:] == ["reduction", "return_grad", "return_hess"]
    elif name in SPARSE_LOSSES:
        assert given == ["axis", "ignore_index", "reduction", "return_grad"]
    else:
        assert given == options(name)
