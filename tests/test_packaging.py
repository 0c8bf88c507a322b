"""What the project says of itself is said once: version, addresses, Pythons, build requirements, tools of the lint."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
tomllib = pytest.importorskip("tomllib", reason="Python 3.10 has no tomllib")
if not (ROOT / "pyproject.toml").is_file() or not (ROOT / "CHANGELOG.md").is_file():
    pytest.skip("no checkout", allow_module_level=True)

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


def numbers(version):
    return tuple(map(int, version.split(".")))


def test_the_changelog_begins_with_the_version():
    heading = re.search(r"^## (\S+?),? ", (ROOT / "CHANGELOG.md").read_text(), flags=re.M)
    assert heading[1] == PROJECT["version"]
    assert not re.search(r"^version:", (ROOT / "CITATION.cff").read_text(), flags=re.M)


def test_one_address():
    addresses = {
        *PROJECT["urls"].values(),
        *re.findall(r'repository-code: "(.+)"', (ROOT / "CITATION.cff").read_text()),
    }
    source = PROJECT["urls"]["Source"]
    assert all(address == source or address.startswith(f"{source}/") for address in addresses)
    for name in ("Changelog", "Security"):
        assert (ROOT / PROJECT["urls"][name].rpartition("/")[2]).is_file()


def test_pythons():
    listed = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["classifiers"]), flags=re.M)
    assert PROJECT["requires-python"] == f">={listed[0]}"
    built = re.findall(r"cp3(\d+)-", PYPROJECT["tool"]["cibuildwheel"]["build"])
    assert [f"3.{minor}" for minor in built][: len(listed)] == listed


def test_pinned_build_requirements_serve():
    lines = (ROOT / "tools" / "build_wheels" / "pinned.txt").read_text().splitlines()
    pinned = [re.match(r"(\w+)==([\d.]+)", line).groups() for line in lines if not line.startswith("#")]
    for requirement in PYPROJECT["build-system"]["requires"]:
        name, least = requirement.split(">=")
        versions = [version for pin, version in pinned if pin == name]
        assert versions
        assert all(numbers(version) >= numbers(least) for version in versions)
    assert {name for name, _ in pinned} >= set(PROJECT["optional-dependencies"]["release"])


def test_hooks_are_the_tools_of_the_lint():
    """Each checks what .ci/run checks, and comes with the extra `lint`."""
    entries = re.findall(r"entry: ([\w-]+)", (ROOT / ".pre-commit-config.yaml").read_text())
    extra = {re.match(r"[\w-]+", text)[0] for text in PROJECT["optional-dependencies"]["lint"]}
    assert set(entries) == extra - {"mypy"}  # which wants the whole package
    commands = re.findall(r"(?:^|xargs (?:-0 )?)([\w-]+)", (ROOT / ".ci" / "run").read_text(), flags=re.M)
    assert set(entries) <= set(commands)
