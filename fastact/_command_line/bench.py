"""Time functions beside NumPy, SciPy, PyTorch and others on this machine, all with the same number of threads.

Without FUNCTION the functions that users meet first are timed. Names with a variant are quoted: "gelu tanh",
"softmax causal", "cross_entropy with gradient".
"""

import argparse
import json
import math
import re
from pathlib import Path
from typing import Any

import fastact
from fastact._benchmark import contenders, kinds, processor, times
from fastact._benchmark.arrays import as_dtype
from fastact._benchmark.grid import CHANNELS, FIRST, FUNCTIONS, SCORES, Cell, Function
from fastact._benchmark.measure import best_times
from fastact._command_line import screen
from fastact._command_line.chosen import Refused, name_among, refusing

USUAL_PEERS = ("numpy", "scipy", "torch", "onnxruntime")
TYPES = ("float16", "bfloat16", "float32", "float64")


def _shape(text: str) -> tuple[int, ...]:
    shape = tuple(int(part) for part in re.split(r"[x,]", text.strip("() ")) if part.strip())
    if not shape or min(shape) < 1:
        raise ValueError
    return shape


_shape.__name__ = "shape"  # as argparse tells it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("function", nargs="*", metavar="FUNCTION", help="such as gelu or softmax; several may be given")
    parser.add_argument("--shape", type=_shape, action="append", help="such as 1000000 or 1024x1024; may be repeated")
    parser.add_argument("--dtype", choices=TYPES, default="float32")
    parser.add_argument("--threads", type=int, default=1, help="of every library (default: 1)")
    parser.add_argument("--data", default=kinds.USUAL, help=f"what the arrays hold: {', '.join(kinds.KINDS)}")
    parser.add_argument("--against", default="", help=f"of {', '.join(contenders.PEERS)}, with commas between them")
    parser.add_argument("--seconds", type=float, default=0.3, help="for a function and library (default: 0.3)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="draw bars into an .svg, .png or .pdf (matplotlib)")


def _peers(given: argparse.Namespace) -> list[str]:
    """The libraries to compare with: those asked for, or the usual ones that are installed."""
    here = contenders.installed()
    if not given.against:
        return [library for library in USUAL_PEERS if library in here]
    asked = [name_among(text.strip(), contenders.PEERS, "library") for text in given.against.split(",")]
    for library in asked:
        if library not in here:
            needs = " ".join(contenders.LIBRARIES[library])
            raise Refused(f"{contenders.name(library)} is not here; python -m pip install {needs}")
    return asked


def usual_shape(function: Function) -> tuple[int, ...]:
    """The shape that a function is timed on where none is given."""
    if function.label.endswith("axis 1"):
        return CHANNELS
    if function.label.endswith(" causal"):
        return SCORES
    if function.name == "cross_entropy":
        return (4096, 1000)
    return (1024, 1024) if function.family.startswith("row") else (1 << 20,)


def _cells(given: argparse.Namespace) -> list[Cell]:
    name_among(given.data, kinds.KINDS, "kind of data")
    if not 1 <= given.threads <= 1024:
        raise Refused(f"--threads must be from 1 to 1024, got {given.threads}")
    try:
        as_dtype(given.dtype)
    except ImportError:
        raise Refused("--dtype bfloat16 needs ml_dtypes; python -m pip install ml_dtypes") from None
    labels = [name_among(text, FUNCTIONS, "function") for text in given.function]
    pairs: list[tuple[str, tuple[int, ...]]] = [(label, usual_shape(FUNCTIONS[label])) for label in labels] or FIRST
    if given.shape:
        pairs = [(label, shape) for label in dict.fromkeys(label for label, _ in pairs) for shape in given.shape]
    for label, shape in pairs:
        if len(shape) < 2 and (label.startswith("cross_entropy") or label.endswith(("axis 1", "causal"))):
            raise Refused(f"{label} needs a shape of two axes or more, got {times.size(shape)}")
    options = {"threads": given.threads, "data": given.data}
    return [Cell(FUNCTIONS[label], given.dtype, shape, **options) for label, shape in pairs]


def _draw(path: Path, found: list[tuple[Cell, dict[str, float]]], about: str) -> None:
    try:
        from fastact._benchmark import pictures
    except ImportError:
        raise Refused("--plot needs matplotlib; python -m pip install matplotlib") from None
    groups = {
        f"{cell.function.label}, {times.size(cell.shape)}, {best['fastact'] * 1e6:,.3g} us": {
            library: seconds / best["fastact"] for library, seconds in best.items()
        }
        for cell, best in found
    }
    libraries = list(dict.fromkeys(library for _, best in found for library in best))
    figure = pictures.bars(groups, libraries, f"times as long as fastact: {about}", "{:.1f}x".format, 15)
    with refusing():  # a suffix that matplotlib does not know
        pictures.save(figure, path)


def _rows(found: list[tuple[Cell, dict[str, float]]]) -> list[list[str]]:
    """Those of the table: fastact first, then the others as multiples of it."""
    rows = []
    for cell, best in found:
        start = [cell.function.label, times.size(cell.shape)]
        for library, seconds in sorted(best.items(), key=lambda item: item[0] != "fastact"):
            ratio = "" if library == "fastact" else f"{seconds / best['fastact']:.2f}"
            figures = [f"{seconds * 1e6:,.2f}", f"{seconds / cell.elements * 1e9:.3f}", ratio]
            rows.append([*start, contenders.name(library), *figures])
            start = ["", ""]
    return rows


def _mean(found: list[tuple[Cell, dict[str, float]]]) -> None:
    """Print how much longer the fastest of the others takes over several cells."""
    ratios = []
    for _, best in found:
        others = [seconds for library, seconds in best.items() if library != "fastact"]
        ratios += [min(others) / best["fastact"]] if others else []
    if len(ratios) > 1:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        screen.say(f"the fastest of the others takes {mean:.1f} times as long, in the geometric mean", "bold")


def run(given: argparse.Namespace) -> None:
    peers, cells = _peers(given), _cells(given)
    found: list[tuple[Cell, dict[str, float]]] = []
    with screen.progress("timing", len(cells)) as advance:
        for cell in cells:
            found.append((cell, best_times(cell, ["fastact", *peers], given.seconds)))
            advance(1)
    threads = f"{given.threads} thread{'s' * (given.threads > 1)}"
    about = f"{given.dtype}, {threads}, {processor.here()[1]}"
    if given.plot:
        _draw(given.plot, found, about)
    if given.json:
        results: list[dict[str, Any]] = [cell.info | {"seconds": best} for cell, best in found]
        print(json.dumps({"isa": fastact.isa(), "processor": processor.here()[1], "results": results}, indent=1))
        return
    screen.say(f"{about}; data: {kinds.KINDS[given.data].text}")
    heads = ["function", "elements", "library", "us a call", "ns each", "of fastact's time"]
    screen.table(heads, _rows(found), 3)
    _mean(found)
    silent = [contenders.name(library) for library in peers if not any(library in best for _, best in found)]
    if silent:
        screen.say(f"not compared: {', '.join(silent)}: no such function, type or number of threads there")
