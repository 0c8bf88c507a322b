"""Commands, and the environment they run in."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# what a person may have set for other builds, or for this checkout
FOREIGN = re.compile(
    r"(PYTHON|CYTHON_|FASTACT_|PIP_CONSTRAINT|PIP_BUILD_CONSTRAINT|OPENBLAS_)|((CC|CXX|LDSHARED|\w*FLAGS)$)"
)


def environment(**more):
    """The environment without what belongs to other builds, and this interpreter's tools first in the search path."""
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **{name: str(value) for name, value in more.items()}}


def run(*command, env=None, **options):
    """The result of a command; one that fails ends the program with what it printed."""
    command = [str(part) for part in command]
    result = subprocess.run(
        command, env=env or environment(), check=False, capture_output=True, text=True, errors="replace", **options
    )
    if result.returncode:
        sys.exit(f"{result.stdout[-6000:]}{result.stderr[-6000:]}\nfailed: {' '.join(command)}")
    return result.stdout


def venv(python, folder):
    """The interpreter of a new virtual environment."""
    run(python, "-m", "venv", folder)
    return folder / "bin" / "python"


def needs(*programs):
    """Ends the program where one of these is missing."""
    missing = [name for name in programs if not shutil.which(name, path=environment()["PATH"])]
    if missing:
        sys.exit(f"not found: {', '.join(missing)}")
