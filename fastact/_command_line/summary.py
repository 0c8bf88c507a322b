"""Says what was chosen for this machine, whether it gives the published bits, and how fast it is there."""

import argparse
from importlib.metadata import version

import numpy as np

import fastact
from fastact import _backend
from fastact._benchmark import contenders, times
from fastact._benchmark.grid import FIRST, FUNCTIONS, Cell
from fastact._benchmark.measure import best_times
from fastact._check import bits
from fastact._command_line import screen

NAMES = {"avx512": "AVX-512", "avx2": "AVX2", "neon": "NEON", "portable": "portable C"}
TRIED = ("sigmoid", "tanh", "gelu", "silu_grad", "softplus")
SECONDS = 0.1  # for a function and library
WIDTH = 24
LONGEST = 12.0  # a longer bar is cut


def _verdict() -> None:
    threads = f"{(n := fastact.get_num_threads())} thread{'s' * (n > 1)}"
    if _backend.native is None:
        screen.say(f"fastact {fastact.__version__}: no kernels, computes in NumPy: {_backend.reason}", "bold yellow")
    else:
        screen.say(f"fastact {fastact.__version__}: {NAMES[fastact.isa()]} kernels, {threads}, works", "bold")


def _agreement() -> bool:
    """Whether the results of a few functions are the published ones."""
    if _backend.native is None:
        screen.say("the published digests are those of the kernels: nothing to compare")
        return True
    dtype = np.dtype(np.float32)
    found = [bits.elementwise(name, dtype) for name in TRIED] + [bits.rows(name, dtype) for name in bits.ROWS]
    wrong = [line for lines in found for line in bits.differing(dtype, lines)]
    if wrong:
        screen.say(f"results DIFFER from the published digests: {', '.join(wrong)}; do not use this build", "bold red")
    else:
        screen.say(f"results agree with the published digests ({len(found)} functions tried, check tries all)", "green")
    return not wrong


def _speed() -> None:
    peers = [library for library in ("numpy", "scipy") if library in contenders.installed()]
    names = " and ".join(f"{contenders.name(library)} {version(library)}" for library in peers)
    faster = "the faster of " * (len(peers) > 1)
    screen.say(f"how many times as long {faster}{names} takes, float32, one thread each:")
    before, rows = fastact.get_num_threads(), []
    cells = [Cell(FUNCTIONS[label], "float32", shape) for label, shape in FIRST]
    with screen.progress("timing", len(cells)) as advance:
        for cell in cells:
            found = best_times(cell, ["fastact", *peers], SECONDS)
            mine = found.pop("fastact")
            rows.append((cell, min(found.values()) / mine if found else 0.0))
            advance(1)
    fastact.set_num_threads(before)
    for cell, ratio in rows:
        # NumPy has no erf: without SciPy nothing stands beside gelu
        drawn = screen.bar(min(ratio, LONGEST), LONGEST, WIDTH) if ratio else "no such function there"
        told = f"{' ...' * (ratio > LONGEST)} {ratio:.1f}" if ratio else ""
        label = f"  {cell.function.label:14}{times.size(cell.shape):>13}  "
        screen.parts(((label, ""), (drawn, "cyan"), (told, "bold")))


def run(given: argparse.Namespace) -> int:
    """What ``python -m fastact`` prints; status 1 where results are wrong."""
    _verdict()
    agrees = _agreement()
    _speed()
    screen.say(f"more: {given.program} {given.commands} (each with --help); help(fastact)")
    return 0 if agrees else 1
