"""Print what was chosen for this machine, and why: for people, or as JSON for reports and packagers."""

import argparse
import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import fastact
from fastact._benchmark import processor
from fastact._check import sets
from fastact._command_line import screen
from fastact._control import describe

# whose arrays are taken, or who is compared with
OTHERS = ("scipy", "ml_dtypes", "pandas", "xarray", "dask", "polars", "torch", "onnxruntime", "rich", "matplotlib")
VARIABLES = ("FASTACT_ISA", "FASTACT_NUM_THREADS", "FASTACT_POOL_LIMIT", "OMP_NUM_THREADS", "OMP_WAIT_POLICY")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _versions() -> dict[str, str]:
    found = {}
    for name in OTHERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def collect() -> dict[str, object]:
    """What is printed, by label."""
    obstacles = sets.obstacles()
    return {
        **describe(),
        "CPU": processor.here()[1],
        "CPUs": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "caches": processor.caches(),
        "kernels run": [name for name, why in obstacles.items() if not why],
        "kernels do not": {name: why for name, why in obstacles.items() if why},
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "installed": _versions(),
        "folder": str(Path(fastact.__file__).parent),
    }


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, text in value.items()) or "nothing"
    return ", ".join(value) if isinstance(value, list) else str(value)


def run(given: argparse.Namespace) -> None:
    found = collect()
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for label, value in found.items():
        screen.parts(((f"{label:16} ", "bold"), (_text(value), "")))
