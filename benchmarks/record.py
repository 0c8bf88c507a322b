"""``python benchmarks/record.py [SELECTION ...] [--isa ISA ...]``: runs that are kept, as data files in
benchmarks/results.

Without arguments it makes everything but the full grid on every instruction set that this machine has, in five minutes;
`python benchmarks/record.py full` is the grid. Each run has a process of its own, in which the other libraries are held
to fastact's instruction set. `python benchmarks/report.py` writes the pages from the data files.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import results

import fastact
from fastact._benchmark import processor

HERE = Path(__file__).parent
SHORT = ["everyday", "masked", "choices", "layers", "inplace", "kinds", "memory"]


def available():
    """What fastact chooses here, and AVX2 where that is more."""
    best = fastact.isa()
    return ["avx512", "avx2"] if best == "avx512" else [best]


def run(selection, isa, folder, suffix):
    """One run in a process of its own."""
    environment = os.environ | processor.held(isa)
    file = folder / f"{selection}{suffix}.csv"
    if selection in ("kinds", "memory"):
        program = HERE / {"kinds": "time_kinds.py", "memory": "memory.py"}[selection]
        subprocess.run([sys.executable, program, file], env=environment, check=True)
        return
    with tempfile.TemporaryDirectory() as work:
        found = Path(work) / "found.json"
        command = [sys.executable, "-m", "pytest", HERE, f"--select={selection}", f"--benchmark-json={found}"]
        done = subprocess.run([*command, "-q", "--no-header"], env=environment, check=False)
        if not found.exists():
            done.check_returncode()
        made = results.from_pytest(json.loads(found.read_text()))
    results.write(file, made.about, made.times)
    done.check_returncode()  # what was timed is kept, whatever else failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    # argparse of Python 3.11 looks for [] among the choices where no selection is given
    parser.add_argument("selections", nargs="*", choices=[*SHORT, "full", []], metavar="SELECTION")
    parser.add_argument("--isa", nargs="+", default=available(), help="those of this machine, if none are given")
    parser.add_argument("--suffix", default="", help="of the files' names: -before keeps a run beside the next")
    given = parser.parse_args()
    slug = processor.here()[0]
    for isa in given.isa:
        for selection in given.selections or SHORT:
            if selection != "memory" or isa == given.isa[0]:  # which is the same on all of them
                print(f"=== {selection}, {isa}", flush=True)
                run(selection, isa, results.FOLDER / f"{slug}-{isa}", given.suffix)


if __name__ == "__main__":
    main()
