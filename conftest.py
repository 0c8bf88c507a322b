"""Tests and benchmarks run against the installed package, not the source folder ``python -m pytest`` puts first."""

import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parent


def _installed() -> Path | None:
    try:
        return Path(str(distribution("fastact").locate_file("fastact"))).resolve()
    except PackageNotFoundError:
        return None


# an editable installation is not found beside its metadata, and then the source folder is the installed package
if (package := _installed()) is not None and package.is_dir() and package.parent != ROOT:
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
