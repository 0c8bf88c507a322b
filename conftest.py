"""Tests and benchmarks run against the installed package, not the source folder ``python -m pytest`` puts first."""

import sys
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parent
# The metadata beside the sources, of an sdist or a build in place, installs nothing. An editable installation has no
# package beside its metadata: then the source folder is what is installed.
packages = [Path(str(found.locate_file("fastact"))).resolve() for found in distributions(name="fastact")]
if any(package.is_dir() and package.parent != ROOT for package in packages):
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != ROOT]
