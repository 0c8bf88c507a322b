"""The curve of a function, and of its derivative, computed by itself; and its values at 0 and at the ends."""

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

import fastact
from fastact import _catalogue
from fastact._command_line import plot
from functions import FACTS

INF = np.inf


@dataclass
class Curve:
    """What is drawn: of(x) has a column for each line, and slope(x) for each of their derivatives."""

    of: Callable
    lines: list[str]
    slope: Callable
    ends: tuple[float, float, float] = (-1000.0, 0.0, 1000.0)  # where its values are told


def _columns(y):
    y = np.asarray(y)
    if not np.issubdtype(y.dtype, np.floating) or y.ndim not in (1, 2):
        raise TypeError
    return y if y.ndim == 2 else y[:, None]


def _differences(of):
    """The derivative of a function of one number that has no gradient of its own."""
    step = 1e-6
    return lambda x: (of(x + step) - of(x - step)) / (2 * step)


def _elementwise(name):
    function, at = getattr(fastact, name), FACTS.get(name, {}).get("at", {})
    gradient = getattr(fastact, f"{name}_grad", None)

    def of(x):
        return _columns(function(x, **at))

    def slope(x):
        found = gradient(1.0, x, **at)
        return _columns(found[0] if isinstance(found, tuple) else found)

    grid = np.linspace(-8, 8, 1601)
    defined = grid[~np.isnan(of(grid)[:, 0])]
    low, high = (-INF if defined[0] == -8 else defined[0]), (INF if defined[-1] == 8 else defined[-1])
    told = "".join(f", {value}" for value in at.values())
    middle = 0.0 if low == -high else (low + high) / 2
    return Curve(of, [f"{name}(x{told})"], slope if gradient else _differences(of), (low, middle, high))


def _gate(name):
    function = getattr(fastact, name)

    def of(x):
        return np.stack([function(x, 1.0), function(1.0, x)], axis=-1)

    return Curve(of, [f"{name}(x, 1)", f"{name}(1, x)"], _differences(of))


def _others(name):
    function, known = getattr(fastact, name), _catalogue.parameters(name)
    keywords = {"reduction": "none"} if "reduction" in known else {}

    def rows(x):
        return np.stack([x, np.full_like(x, 1), np.zeros_like(x)], axis=-1)

    if "targets" in known:

        def of(x):
            return _columns(function(x, np.ones_like(x), **keywords))

        call = f"{name}(x, 1)"
    elif "labels" in known:

        def of(x):
            return _columns(function(rows(x), np.zeros(len(x), int), **keywords))

        call = f"{name}([x, 1, 0], 0)"
    elif "b" in known:

        def of(x):
            return _columns(function(x, 1.0))

        call = f"{name}(x, 1)"
    else:

        def of(x):
            return _columns(function(rows(x), **keywords))

        call = f"{name}([x, 1, 0])"
    count = of(np.zeros(2)).shape[1]
    return Curve(of, [call] if count == 1 else [f"{call}[{i}]" for i in range(count)], _differences(of))


def curve(name):
    """Its Curve; None where it has none: results that are no numbers, or arguments that nobody could guess."""
    family = _catalogue.FAMILIES.get(name)
    make = {"elementwise": _elementwise, "gate": _gate}.get(family, _others)
    try:
        found = make(name)
        y = found.of(np.linspace(-2, 2, 5))
    except (TypeError, ValueError):
        return None
    return found if y.shape == (5, len(found.lines)) else None


def values(found):
    """Those at the ends and between them, a row for each line, and of its derivative."""
    x = np.array(found.ends)
    with np.errstate(all="ignore"):
        y, slopes = found.of(x), found.slope(x)
    return list(zip(found.lines, y.T, slopes.T, strict=True))


def extremes(found):
    """The least and the largest value of a function of one number: (value, where)."""
    low, _, high = found.ends
    x = np.concatenate([[low], np.linspace(max(low, -30), min(high, 30), 60001), [high]])
    y = found.of(x)[:, 0]
    return [(y[i], x[i]) for i in (np.nanargmin(y), np.nanargmax(y))]


def draw(found, path, small=False):
    """Writes the picture; a small one has no words."""
    low, high = max(found.ends[0], -6), min(found.ends[2], 6)
    x = np.linspace(low, high, 601)
    figure, axes = plt.subplots(figsize=(2.2, 1.4) if small else (6.4, 3.4))
    slope = None
    if not small or len(found.lines) == 1:
        label = "its derivative" if len(found.lines) == 1 else f"derivative of {found.lines[0]}"
        slope = label, found.slope(x)[:, 0]
    plot.draw(axes, x, dict(zip(found.lines, found.of(x).T, strict=True)), slope)
    if found.ends[2] - found.ends[0] < 10:
        axes.set_ylim(-6, 12)
    if small:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel("")
        axes.grid(False)
    else:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderpad=0)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
