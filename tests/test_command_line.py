"""What users run and read: python -m fastact, show_config, the example, the choice of instruction set."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastact

ROOT = Path(__file__).parents[1]


def run(*command, folder, **environment):
    return subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_report(tmp_path):
    result = run("-m", "fastact", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert not result.stderr or fastact.isa() == "numpy"
    for word in (
        "fastact",
        fastact.__version__,
        fastact.isa(),
        np.__version__,
        "threads",
        "sigmoid",
        "softmax",
        "gelu",
        "silu",
        "ratio",
    ):
        assert word in result.stdout
    assert "\x1b" not in result.stdout
    table = result.stdout.split("\n\n")[1].splitlines()
    assert len(table) == 11
    assert max(map(len, table)) <= 80


def test_help(tmp_path):
    result = run("-m", "fastact", "--help", folder=tmp_path)
    assert result.returncode == 0
    assert "usage" in result.stdout
    assert run("-m", "fastact", "nonsense", folder=tmp_path).returncode == 2


def test_show_config(capsys):
    fastact.show_config()
    text = capsys.readouterr().out
    assert fastact.__version__ in text
    assert fastact.isa() in text


def test_get_include():
    assert Path(fastact.get_include(), "fastact", "fastact.h").is_file()


def test_numpy_can_be_forced(tmp_path):
    result = run(
        "-c", "import fastact; print(fastact.isa(), fastact.sigmoid(0.0))", folder=tmp_path, FASTACT_ISA="numpy"
    )
    assert result.stdout.split() == ["numpy", "0.5"]


def test_unknown_instruction_set(tmp_path):
    result = run("-c", "import fastact", folder=tmp_path, FASTACT_ISA="mmx")
    assert result.returncode
    assert "ImportError" in result.stderr
    assert "mmx" in result.stderr


def test_instruction_set_of_another_machine(tmp_path):
    import platform

    other = "neon" if platform.machine().lower() in ("x86_64", "amd64") else "avx2"
    result = run("-c", "import fastact", folder=tmp_path, FASTACT_ISA=other)
    assert result.returncode
    assert "ImportError" in result.stderr
    assert other in result.stderr


def test_import_is_light(tmp_path):
    """NumPy is the only dependency, also of the report."""
    code = "import fastact, sys; print(*({'scipy', 'pandas', 'xarray', 'torch'} & set(sys.modules)))"
    assert run("-c", code, folder=tmp_path).stdout.strip() == ""


def test_digits_example(capsys):
    pytest.importorskip("sklearn")
    example = ROOT / "examples" / "digits.py"
    if not example.is_file():
        pytest.skip("the source folder is not here")
    difference = runpy.run_path(str(example), run_name="example")["main"]()
    assert difference < 1e-6
    assert "softmax" in capsys.readouterr().out
