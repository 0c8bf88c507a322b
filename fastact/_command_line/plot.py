"""Draw the curve of a function, and of its derivative, into a picture (needs matplotlib)."""

import argparse
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

import fastact
from fastact import _catalogue as catalogue
from fastact._command_line.chosen import Refused, add_parameters, keywords, name_among, refusing

FAMILY = "elementwise"
POINTS = 2001
COLOURS = ("#e4572e", "#3d9970", "#8e7cc3", "#b8860b")  # of the lines; the gallery of the documentation has them too
SLOPE = "#2e86c1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("function", metavar="FUNCTION", help=f"one of {', '.join(catalogue.of(FAMILY))}")
    parser.add_argument("--grad", action="store_true", help="draw the derivative too")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="an .svg, .png or .pdf")
    parser.add_argument("--range", type=float, nargs=2, default=None, metavar=("FROM", "TO"), help="default: -6 6")
    add_parameters(parser, [FAMILY])


def _title(name: str, options: dict[str, object]) -> str:
    return f"{name}(x{''.join(f', {key}={value}' for key, value in options.items())})"


def draw(axes: Any, x: Any, lines: Mapping[str, Any], slope: tuple[str, Any] | None = None) -> None:
    """Lines by their labels, and a derivative by its own, against x."""
    for at in (axes.axhline, axes.axvline):
        at(0, color="#808080", lw=0.8, alpha=0.6, zorder=0)
    for colour, (label, y) in zip(cycle(COLOURS), lines.items(), strict=False):
        axes.plot(x, y, color=colour, lw=2, label=label)
    if slope is not None:
        axes.plot(x, slope[1], color=SLOPE, lw=1.6, ls="--", label=slope[0])
    axes.set_xlim(x[0], x[-1])
    axes.set_xlabel("x")
    axes.grid(alpha=0.2)
    axes.spines[["top", "right"]].set_visible(False)


def run(given: argparse.Namespace) -> None:
    name = name_among(given.function, catalogue.of(FAMILY), "function of one number")
    options = keywords(given, name)
    low, high = given.range or ((0, 1) if name == "logit" else (-6, 6))
    if not low < high:
        raise Refused(f"--range must go up, got {low:g} {high:g}")
    try:
        import matplotlib
    except ImportError:
        raise Refused("plot needs matplotlib; python -m pip install matplotlib") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    x = np.linspace(low, high, POINTS)
    with refusing():
        y = getattr(fastact, name)(x, **options)
    slope = None
    if given.grad:
        found = getattr(fastact, f"{name}_grad")(1.0, x, **options)
        slope = "its derivative", found[0] if isinstance(found, tuple) else found
    figure, axes = pyplot.subplots(figsize=(6, 4))
    draw(axes, x, {_title(name, options): y}, slope)
    axes.legend(frameon=False)
    with refusing():  # a suffix that matplotlib does not know
        figure.savefig(given.output, bbox_inches="tight", dpi=144)
    pyplot.close(figure)
    print(given.output)
