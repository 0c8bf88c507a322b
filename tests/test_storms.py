"""tools/storms at a small size: forks of every kind, many threads, pools, exhausted memory, Ctrl-C, growth."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from registry import NATIVE

STORMS = Path(__file__).resolve().parent.parent / "tools" / "storms"
pytestmark = [
    pytest.mark.skipif(not NATIVE, reason="NumPy keeps no state of its own"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's forks, limits and counts of memory"),
    pytest.mark.skipif(not STORMS.is_dir(), reason="no checkout"),
]


def run(*arguments):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, str(STORMS), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_storms_pass():
    done = run("--share=0.005")
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = [line.split("  ")[-1] for line in done.stdout.splitlines()[1:]]
    assert len(outcomes) == 12
    assert all(outcome.startswith("passed: ") for outcome in outcomes), done.stdout


def test_a_storm_that_fails_is_told(tmp_path):
    """One whose process dies, here at once."""
    broken = "import sys, os; os.kill(os.getpid(), 11)"
    (tmp_path / "sitecustomize.py").write_text(
        f"if '--inside' in sys.argv: exec({broken!r})".join(["import sys\n", "\n"])
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    command = [sys.executable, str(STORMS), "fork before use", "--share=0.001"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "FAILED: exit status -11" in done.stdout
