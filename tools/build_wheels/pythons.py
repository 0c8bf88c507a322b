"""The interpreters of this machine, and the versions of NumPy that fastact is tried with on each."""

import re
import shutil
import subprocess
from pathlib import Path

import tomllib
from shell import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SUPPORTED = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
# the first that has wheels for them; for earlier ones the oldest that fastact allows
FIRST_NUMPY = {"3.13": "2.1.0", "3.14": "2.3.2"}


def _candidates(version):
    name = f"python{version}"
    yield from filter(None, [shutil.which(name)])
    if pyenv := shutil.which("pyenv"):
        root = Path(subprocess.run([pyenv, "root"], check=True, capture_output=True, text=True).stdout.strip())
        yield from (str(path) for path in root.glob(f"versions/{version}.*/bin/{name}"))


def _full_version(python):
    """(3, 12, 1), or None of what does not run, as a shim of a version that is switched off."""
    code = "import sys, ensurepip; print(*sys.version_info[:3])"
    answer = subprocess.run([python, "-c", code], check=False, capture_output=True, text=True)
    return tuple(map(int, answer.stdout.split())) if answer.returncode == 0 else None


def interpreters(wanted):
    """{version: path of the newest interpreter of that version} of the supported ones, or of those wanted."""
    found = {}
    for version in wanted or SUPPORTED:
        running = {full: path for path in _candidates(version) if (full := _full_version(path))}
        if running:
            found[version] = running[max(running)]
    return found


def numpy_requirement(version, which):
    """What to ask pip for: the oldest NumPy that serves this version of Python, or the newest."""
    if which == "newest":
        return "numpy"
    (lowest,) = (match[1] for line in PROJECT["dependencies"] if (match := re.fullmatch(r"numpy>=([\d.]+)", line)))
    return f"numpy=={FIRST_NUMPY.get(version, lowest + '.0')}"
