"""The pictures of docs/speed.md: small SVGs with a transparent ground, legible on light and on dark pages."""

import math

import matplotlib

matplotlib.use("svg")
import heatmap
import matplotlib.pyplot as plt
from contenders import name
from matplotlib.ticker import NullLocator
from selections import BY_SIZE
from times import size

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
BARRED = ["fastact", "numpy", "scipy", "torch", "onnxruntime"]
REMEMBERED = ["softmax", "gelu tanh", "softmax causal", "cross_entropy"]
BARS = [("softmax", (1024, 1024)), ("sigmoid", (1 << 20,)), ("gelu", (1 << 20,)), ("cross_entropy", (4096, 1000))]
plt.rcParams |= {
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


def _save(figure, path):
    figure.savefig(path, transparent=True, bbox_inches="tight", dpi=144, metadata={"Date": None})
    plt.close(figure)


def _bars(groups, xlabel, text, longest=math.inf):
    """Horizontal bars with their lengths beside them: groups is {heading: {library: length}}. Those longer than the
    longest are cut, which a gap shows."""
    figure, axes = plt.subplots(figsize=(8, 0.22 * len(groups) * (len(BARRED) + 2) + 0.6))
    place, ticks = 0, []
    for heading, lengths in groups.items():
        axes.text(0, place, heading, fontsize=11, fontweight="bold", va="center")
        for library in BARRED:
            place += 1
            ticks.append((place, name(library)))
            length = lengths.get(library, 0)
            drawn = min(length, longest)
            axes.barh(place, drawn, height=0.75, color=LOOKS[library][0])
            if length > longest:
                axes.barh(place, longest * 0.02, left=longest * 1.01, height=0.75, color=LOOKS[library][0])
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


def bars(run, path):
    """Times of everyday calls as multiples of fastact's."""
    groups = {}
    for function, shape in BARS:
        if cell := run.times.find(function, shape):
            found = run.times.cells[cell]
            heading = f"{function}, {size(shape)}, {found['fastact'] * 1e6:,.0f} \N{MICRO SIGN}s"
            groups[heading] = {who: found[who] / found["fastact"] for who in BARRED if who in found}
    label = f"times as long as fastact: float32, one thread, {run.label}"
    _save(_bars(groups, label, lambda x: f"{x:.1f}\N{MULTIPLICATION SIGN}", 15), path)


def memory(lines, path):
    """What a call adds at its peak, by function and library."""
    groups = {}
    for line in lines:
        if line["function"] in REMEMBERED and line["result"] == "new":
            groups[line["function"]] = {who: float(line[who]) for who in BARRED if line[who]}
    label = "memory that a call adds at its peak, in sizes of its operand"
    _save(_bars(groups, label, lambda x: f"{x:.1f}"), path)


def sizes(run, path):
    """Times as multiples of fastact's by the number of elements: small calls on the left, large arrays on the right."""
    times = run.times
    figure, table = plt.subplots(len(BY_SIZE), 2, figsize=(9, 3.4 * len(BY_SIZE)), squeeze=False)
    for function, row in zip(BY_SIZE, table, strict=True):
        every = sorted({key[1] for key in map(_sized, times.info.values()) if key[0] == function})
        panels = [[n for n in every if n <= 4096], [n for n in every if n >= 1024]]
        for axes, shown, top, title in zip(row, panels, (20, 8), ("small calls", "large arrays"), strict=True):
            for library, (colour, marker) in LOOKS.items():
                points = [(i, times.cells[times.find(function, (n,))]) for i, n in enumerate(shown)]
                points = [(i, found[library] / found["fastact"]) for i, found in points if library in found]
                if points:
                    mine = library == "fastact"
                    look = {"lw": 2.5, "zorder": 3} if mine else {"lw": 1.2, "zorder": 2}
                    x, y = zip(*points, strict=True)
                    axes.plot(x, y, color=colour, marker=marker, markersize=4, label=name(library), **look)
            axes.set_ylim(0, top)
            axes.set_yticks(range(0, top + 1, top // 4))
            axes.set_xticks(range(len(shown)), [size((n,)) for n in shown])
            axes.xaxis.set_minor_locator(NullLocator())
            axes.set_title(f"{function}, {title}", fontsize=11)
            axes.grid(alpha=0.25, axis="y")
            axes.spines[["top", "right"]].set_visible(False)
        row[0].set_ylabel("times as long as fastact", fontsize=9)
    for axes in table[-1]:
        axes.set_xlabel("elements", fontsize=9)
    handles, names = table[0][0].get_legend_handles_labels()
    figure.legend(handles, names, frameon=False, fontsize=9, loc="lower center", ncols=5, bbox_to_anchor=(0.5, -0.07))
    figure.tight_layout()
    _save(figure, path)


def _sized(info):
    return info["function"], info["shape"][0]


def heat(run, path):
    """Every cell as a square, red where another library is faster."""
    _save(heatmap.draw(run.times), path)
