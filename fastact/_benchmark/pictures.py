"""Horizontal bars of libraries beside each other, and how lines and bars of each look."""

import math
from typing import Any

import matplotlib
import matplotlib.pyplot as plt

from fastact._benchmark.contenders import name

# mid-tones, told apart on white and on black, also without colour: by marker
LOOKS = {
    "fastact": ("#e4572e", "o"),
    "numpy": ("#b8860b", "D"),
    "scipy": ("#cc6699", "P"),
    "torch": ("#8e7cc3", "s"),
    "onnxruntime": ("#3d9970", "^"),
    "openvino": ("#2e86c1", "v"),
    "numexpr": ("#888888", "X"),
    "numba": ("#1abc9c", "<"),
    "jax": ("#a0522d", ">"),
}
GREY = "#808080"
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: small and searchable
    "svg.hashsalt": "fastact",  # the same picture gives the same file
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # one name beside the family's in each of many texts
}
matplotlib.rcParams.update(STYLE)


def save(figure, path):
    """An SVG is transparent, legible on light and on dark pages; other pictures have a white ground."""
    transparent = str(path).endswith(".svg")
    about = {"metadata": {"Date": None}} if transparent else {}
    figure.savefig(path, transparent=transparent, bbox_inches="tight", dpi=144, **about)
    plt.close(figure)


def bars(groups, libraries, xlabel, text, longest=math.inf):
    """Horizontal bars with their lengths beside them: groups is {heading: {library: length}}. Those longer than the
    longest are cut, which a gap shows."""
    figure, axes = plt.subplots(figsize=(8, 0.22 * len(groups) * (len(libraries) + 2) + 0.6))
    place, ticks = 0, []
    for heading, lengths in groups.items():
        axes.text(0, place, heading, fontsize=11, fontweight="bold", va="center")
        for library in libraries:
            place += 1
            ticks.append((place, name(library)))
            length = lengths.get(library, 0)
            drawn = min(length, longest)
            colour = LOOKS.get(library, (GREY,))[0]
            axes.barh(place, drawn, height=0.75, color=colour)
            if length > longest:
                axes.barh(place, longest * 0.02, left=longest * 1.01, height=0.75, color=colour)
            said = text(length) if library in lengths else "no such function"
            weight = "bold" if library == "fastact" else "normal"
            beside = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
            axes.annotate(said, (min(length, longest * 1.03), place), **beside, fontsize=9, fontweight=weight)
        place += 2
    axes.set_yticks(*zip(*ticks, strict=True), fontsize=9)
    axes.tick_params(length=0)
    axes.set_ylim(place - 1, -1)
    axes.set_xlabel(xlabel, fontsize=9)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.set_xticks([])
    return figure
