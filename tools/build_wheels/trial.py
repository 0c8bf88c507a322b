"""A wheel, installed where there is no compiler, and the sdist's tests against it."""

import os
import re
import subprocess
import time

from shell import environment, run, venv

TOOLS = ["pytest-xdist"]


class Installed:
    """A virtual environment with the wheel, what its tests need, and one version of NumPy."""

    def __init__(self, python, wheel, numpy, folder):
        self.python = venv(python, folder)
        pip = [self.python, "-m", "pip", "install", "-q", "--only-binary", ":all:"]
        start = time.perf_counter()
        run(*pip, numpy, wheel, env=environment())
        self.seconds = time.perf_counter() - start
        run(*pip, numpy, f"{wheel}[test]", *TOOLS, env=environment())
        # no compiler, nor anything else of this machine
        self.environment = environment(PATH=self.python.parent)
        self.numpy = self.ask("import numpy; print(numpy.__version__)")
        self.isa = self.ask("import fastact; print(fastact.isa())")

    def ask(self, code):
        """What the interpreter prints."""
        return run(self.python, "-c", code, env=self.environment, cwd=self.python.parent).strip()

    def test(self, unpacked, tests):
        """How many tests of the sdist passed, and how many failed; prints what pytest said of these."""
        command = [self.python, "-m", "pytest", "-q", "-p", "no:benchmark", "-n", str(os.cpu_count())]
        # from another folder, lest a test's own process finds the sources
        command += ["-c", unpacked / "pyproject.toml", *(unpacked / "tests" / name for name in tests or [""])]
        result = subprocess.run(
            command, cwd=self.python.parent, env=self.environment, check=False, capture_output=True, text=True
        )
        counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error)", result.stdout)}
        if result.returncode or not counts.get("passed"):
            print(f"{result.stdout[-20000:]}{result.stderr[-2000:]}", flush=True)
        return counts.get("passed", 0), sum(counts.values()) - counts.get("passed", 0)
