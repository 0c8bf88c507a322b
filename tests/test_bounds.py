"""The bounds of errors stand once, in bounds.h; what documentation says of them is compared with it."""

import re
from pathlib import Path

import pytest

import fastact
from fastact._check.bounds import BOUNDS

ROOT = Path(__file__).resolve().parent.parent
README, PAGE = ROOT / "README.md", ROOT / "docs" / "how_accurate.md"


def numbers(text, pattern):
    """The numbers that the groups of a pattern find, wherever lines break."""
    found = re.search(pattern, " ".join(text.split()))
    assert found, pattern
    return [float(group) for group in found.groups()]


def promised(*names):
    return [BOUNDS[name] for name in names]


@pytest.mark.skipif(not README.is_file(), reason="no README beside the tests")
def test_readme():
    text = README.read_text()
    found = numbers(text, r"at most ([\d.]+) ULP in float32 and in float64, ([\d.]+) with other parameters")
    assert found == promised("VALUE", "PARAMETERS")
    assert numbers(text, r"than the defaults; gates ([\d.]+)\.") == promised("GATE")


@pytest.mark.skipif(not PAGE.is_file(), reason="no pages beside the tests")
def test_page():
    table = r"default parameters \| ([\d.]+) ULP \| .* other parameters \| ([\d.]+) ULP \| \| gates \| ([\d.]+) ULP \|"
    gradients = r"gradients, dy = 1 \| ([\d.]+) ULP \| \| gradients, any dy \| ([\d.]+) ULP;"
    assert numbers(PAGE.read_text(), table) == promised("VALUE", "PARAMETERS", "GATE")
    assert numbers(PAGE.read_text(), gradients) == promised("DERIVATIVE", "GRADIENT")


@pytest.mark.parametrize(
    ("name", "pattern", "bounds"),
    [
        ("sigmoid", r"within ([\d.]+) ULP of the true value", ["VALUE"]),
        ("elu", r"the result is within ([\d.]+) ULP.* with others within ([\d.]+)\.", ["VALUE", "PARAMETERS"]),
        ("elu_grad", r"within ([\d.]+) ULP .* any dy and parameters, ([\d.]+) for dy = 1", ["GRADIENT", "DERIVATIVE"]),
        ("swiglu", r"within ([\d.]+) ULP of the true value", ["GATE"]),
        ("sigmoid_focal_loss", r"Hessian are within ([\d.]+) ULP, .* any .* within ([\d.]+):", ["FOCAL", "FOCAL_ANY"]),
        ("swiglu_grad", r"within ([\d.]+) ULP of the true value", ["GRADIENT"]),
    ],
)
def test_docstrings(name, pattern, bounds):
    assert numbers(getattr(fastact, name).__doc__, pattern) == promised(*bounds)
