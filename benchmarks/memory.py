"""``python benchmarks/memory.py FILE.csv``: what a call on large arrays adds to the process's memory at its peak.

A process for each library and function: it makes the operands, calls on a small array, for what is set up once, then
on the large one, and tells by how much the peak of its resident memory rose (Linux counts it anew after clear_refs).
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import results

from fastact._benchmark import contenders
from fastact._benchmark.arrays import operands
from fastact._benchmark.grid import FUNCTIONS, Cell

LIBRARIES = ["fastact", "numpy", "scipy", "torch", "onnxruntime"]
FUNCTIONS_MEASURED = ["softmax", "log_softmax", "sigmoid", "gelu", "gelu tanh", "softmax causal", "cross_entropy"]
SHAPE = (16, 1024, 1024)  # 64 MiB of float32; elsewhere the same as rows


def _status(name):
    return int(re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)[1]) * 1024


def measure(label, library, result):
    """Bytes at the peak of a call, over those of the operand."""
    count, length, width = SHAPE
    shape, few = (SHAPE, (1, length, width)) if label.endswith("causal") else ((count * length, width), (length, width))
    contenders.set_threads("fastact", 1)
    contenders.set_threads(library, 1)
    call = contenders.functions(library, result)[label]
    small = operands(Cell(FUNCTIONS[label], "float32", few))
    large = operands(Cell(FUNCTIONS[label], "float32", shape))
    call(*(a.copy() for a in small))
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    made = call(*large)
    return (_status("VmHWM") - before) / large[0].nbytes, made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", type=Path, help="the data file to write")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        with np.errstate(all="ignore"):
            print(measure(*given.one)[0])
        return
    found = []
    for label in FUNCTIONS_MEASURED:
        for result in ("new", "in place"):
            line = [label, result]
            for library in LIBRARIES:
                has = library in contenders.installed() and label in contenders.functions(library, result)
                command = [sys.executable, __file__, "--one", label, library, result]
                line.append(f"{float(subprocess.check_output(command)):.2f}" if has else "")
            if any(line[2:]):
                found.append(line)
                print(*line)
    results.write_lines(given.file, results.here(), ["function", "result", *LIBRARIES], found)


if __name__ == "__main__":
    main()
