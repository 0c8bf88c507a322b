"""docs/functions.toml: every function has an entry, whose formulas are LaTeX and whose names elsewhere exist."""

import importlib
from pathlib import Path

import pytest

import fastact
from fastact import _catalogue, _control

TABLE = Path(__file__).resolve().parent.parent / "docs" / "functions.toml"
tomllib = pytest.importorskip("tomllib")  # from Python 3.11 on
if not TABLE.is_file():
    pytest.skip("no checkout", allow_module_level=True)

ENTRIES = tomllib.loads(TABLE.read_text("utf-8"))
COMPUTING = [
    name
    for name in fastact.__all__
    if callable(getattr(fastact, name)) and name not in _control.__all__ and not name.endswith("_grad")
]
ELSEWHERE = [(name, *other) for name, entry in ENTRIES.items() for other in entry.get("elsewhere", {}).items()]


@pytest.mark.parametrize("name", COMPUTING)
def test_entry(name):
    entry = ENTRIES.get(name)
    assert entry is not None, f"docs/functions.toml says nothing of {name}"
    assert {"formula", "used", "elsewhere"} <= set(entry) <= {"formula", "derivative", "used", "elsewhere", "at"}
    assert entry["used"].endswith(".")
    assert set(entry.get("at", {})) <= set(_catalogue.parameters(name))
    if _catalogue.FAMILIES.get(name) == "elementwise":
        assert "derivative" in entry


@pytest.mark.parametrize("name", ENTRIES)
def test_formulas(name):
    latex = pytest.importorskip("docutils.utils.math.latex2mathml")
    for key in ("formula", "derivative"):
        if key in ENTRIES[name]:
            assert "<merror" not in latex.tex2mathml(ENTRIES[name][key])


@pytest.mark.parametrize(("name", "library", "other"), ELSEWHERE)
def test_name_elsewhere(name, library, other):
    spelled = (TABLE.parent / "_ext" / "reference.py").read_text("utf-8")
    assert f'"{library}": ' in spelled
    if library == "onnx":
        assert pytest.importorskip("onnx").defs.has(other)
        return
    pytest.importorskip(library, exc_type=ImportError)  # Keras is not there without a backend
    for module in (other.rpartition(".")[0], other.partition(".")[0]):  # torch.sigmoid, and torch.nn.functional.silu
        try:
            found = importlib.import_module(module)
        except ModuleNotFoundError:
            continue
        for part in other.removeprefix(module + ".").split("."):
            found = getattr(found, part)
        assert callable(found)
        return
    pytest.fail(f"{other} cannot be imported")
