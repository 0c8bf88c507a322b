"""The curve of a function, and of its derivative, computed by itself; and its values at 0 and at the ends."""

import inspect
from dataclasses import dataclass, field

import matplotlib.pyplot as plt
import numpy as np
from functions import FACTS

import fastact
from fastact import _catalogue

INF = np.inf
CLASSES = ("x", "1", "0")  # of the rows of which row functions and losses are drawn


@dataclass
class Curve:
    """What is drawn: of(x) has a column for each line."""

    of: object
    lines: list
    slope: object = None
    told: str = ""  # of what it is the curve
    ends: tuple = (-1000.0, 0.0, 1000.0)
    domain: tuple = field(default=(-INF, INF))


def _rows(x):
    return np.stack([x, np.full_like(x, 1), np.zeros_like(x)], axis=-1)


def _columns(y):
    y = np.asarray(y)
    if not np.issubdtype(y.dtype, np.floating) or y.ndim not in (1, 2):
        raise TypeError
    return y if y.ndim == 2 else y[:, None]


def _elementwise(name):
    function, at = getattr(fastact, name), FACTS.get(name, {}).get("at", {})
    gradient = getattr(fastact, f"{name}_grad", None)

    def slope(x):
        found = gradient(1.0, x, **at)
        return _columns(found[0] if isinstance(found, tuple) else found)

    grid = np.linspace(-8, 8, 1601)
    defined = grid[~np.isnan(function(grid, **at))]
    low, high = (-INF if defined[0] == -8 else defined[0]), (INF if defined[-1] == 8 else defined[-1])
    told = f"With {', '.join(f'{key} = {value}' for key, value in at.items())}." if at else ""
    return Curve(
        lambda x: _columns(function(x, **at)),
        [f"{name}(x)"],
        slope if gradient else None,
        told,
        (low, 0.0, high),
        (low, high),
    )


def _gate(name):
    function = getattr(fastact, name)
    return Curve(
        lambda x: np.stack([function(x, 1.0), function(1.0, x)], axis=-1),
        [f"{name}(x, 1)", f"{name}(1, x)"],
        ends=(-INF, 0.0, INF),
    )


def _others(name):
    function, known = getattr(fastact, name), _catalogue.parameters(name)
    keywords = {"reduction": "none"} if "reduction" in known else {}
    if "targets" in known:

        def of(x):
            return _columns(function(x, np.ones_like(x), **keywords))

        told = "Of the logit x with the target 1."
    elif "labels" in known:

        def of(x):
            return _columns(function(_rows(x), np.zeros(len(x), int), **keywords))

        told = f"Of the row ({', '.join(CLASSES)}) with the label 0, the class of x."
    else:

        def of(x):
            return _columns(function(_rows(x), **keywords))

        told = f"Of the row ({', '.join(CLASSES)})."
    count = of(np.zeros(2)).shape[1]
    lines = [f"of {name_}" for name_ in CLASSES] if count == len(CLASSES) else [name] * count
    return Curve(of, lines, lambda x: np.gradient(of(x), x, axis=0), told)


def curve(name):
    """Its Curve; None where it has none: results that are no numbers, or arguments that nobody could guess."""
    required = [p.name for p in _catalogue.parameters(name).values() if p.default is inspect.Parameter.empty]
    family = _catalogue.FAMILIES.get(name)
    try:
        if family == "elementwise":
            found = _elementwise(name)
        elif family == "gate":
            found = _gate(name)
        elif required:
            found = _others(name)
        else:
            return None
        found.of(np.zeros(3))
    except (TypeError, ValueError):
        return None
    return found


def extremes(found):
    """The least and the largest value of a function of one number: (value, where)."""
    low, high = (np.clip(end, -30, 30) for end in found.domain)
    x = np.concatenate([[found.domain[0]], np.linspace(low, high, 60001), [found.domain[1]]])
    y = found.of(x)[:, 0]
    return [(y[i], x[i]) for i in (np.nanargmin(y), np.nanargmax(y))]


def draw(found, path, small=False):
    """Writes the picture; a small one has no words."""
    low, high = (np.clip(end, -6, 6) for end in found.domain)
    x = np.linspace(low, high, 601)
    figure, axes = plt.subplots(figsize=(2.2, 1.4) if small else (6.4, 3.4))
    with np.errstate(all="ignore"):
        y = found.of(x)
        for number, line in enumerate(found.lines):
            axes.plot(x, y[:, number], color=f"C{0 if len(found.lines) == 1 else (0, 2, 3)[number]}", label=line)
        if found.slope is not None:
            label = "its derivative" if len(found.lines) == 1 else f"derivative of that {found.lines[0]}"
            axes.plot(x, found.slope(x)[:, 0], color="C1", ls="--", lw=1.4, label=label)
    for at in (axes.axhline, axes.axvline):
        at(0, color="#808080", lw=0.7, alpha=0.6, zorder=0)
    axes.set_xlim(low, high)
    if small:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(False)
    else:
        axes.set_xlabel("x")
        axes.legend()
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
