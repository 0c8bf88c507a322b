"""The NumPy reference says that it is in use, why, and what to do about it: once, where the package is imported."""

import os
import subprocess
import sys

import pytest

import fastact

MISSING = "sys.modules['fastact._arrays.kernels'] = None"
BROKEN = """
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "fastact._arrays.kernels":
            raise ImportError("numpy.core.multiarray failed to import")
sys.meta_path.insert(0, Broken())"""
OLD = (
    "sys.modules['fastact._arrays.kernels'] = types.SimpleNamespace(select=lambda name: 'this CPU has no AVX2 and FMA')"
)

# how the package comes to compute in NumPy: FASTACT_ISA, what the process does first, what the warning says
REASONS = {
    "forced": ("numpy", "", ["FASTACT_ISA=numpy", "unset FASTACT_ISA"]),
    "not built": (
        None,
        MISSING,
        ["fastact._arrays.kernels", "install a C compiler", "FASTACT_REQUIRE_NATIVE=1", "a wheel"],
    ),
    "does not load": (None, BROKEN, ["numpy.core.multiarray failed to import", "install fastact again"]),
    "CPU": (None, OLD, ["this CPU has no AVX2 and FMA", "FASTACT_ISA=portable"]),
}


def run(folder, isa, *lines, options=()):
    """What a program of these lines, on the choice of `isa`, writes to its two outputs."""
    program = folder / "program.py"
    program.write_text("\n".join(["import sys, types, warnings", *lines]) + "\n")
    environment = {name: value for name, value in os.environ.items() if name not in ("FASTACT_ISA", "PYTHONWARNINGS")}
    # the program finds the package that these tests run against
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, *options, program],
        env=environment | ({} if isa is None else {"FASTACT_ISA": isa}),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize(("isa", "before", "words"), REASONS.values(), ids=REASONS)
def test_why_and_what_to_do(tmp_path, isa, before, words):
    lines = [*before.splitlines(), "import fastact", "print(fastact.isa())", "fastact.show_config()"]
    output, errors = run(tmp_path, isa, *lines)
    assert output.split()[0] == "numpy"
    assert f"program.py:{1 + lines.index('import fastact') + 1}: RuntimeWarning: fastact computes in NumPy" in errors
    for word in words:
        assert word in errors
        assert word in output


def test_warning_comes_once(tmp_path):
    _, errors = run(
        tmp_path,
        "numpy",
        "warnings.simplefilter('always')",
        "import fastact",
        "import fastact._reference.table, fastact",
        "fastact.softmax(fastact.sigmoid([0.0, 1.0]))",
    )
    assert errors.count("Warning") == 1


def test_warning_can_be_silenced(tmp_path):
    _, errors = run(tmp_path, "numpy", "import fastact", options=["-W", "ignore:fastact computes in NumPy"])
    assert not errors


@pytest.mark.skipif(fastact.isa() == "numpy", reason="the kernels were not chosen here")
def test_kernels_are_used_without_a_word(tmp_path):
    for isa in (None, fastact.isa()):
        output, errors = run(tmp_path, isa, "import fastact", "print(fastact.isa())")
        assert output.strip() == fastact.isa()
        assert not errors
