"""The pictures of docs/speed.md: small SVGs with a transparent ground, legible on light and on dark pages."""

import matplotlib

matplotlib.use("svg")
import heatmap
import matplotlib.pyplot as plt
from matplotlib.ticker import NullLocator
from selections import BY_SIZE

from fastact._benchmark import pictures
from fastact._benchmark.contenders import name
from fastact._benchmark.grid import FIRST
from fastact._benchmark.pictures import LOOKS, save
from fastact._benchmark.times import size

BARRED = ["fastact", "numpy", "scipy", "torch", "onnxruntime"]
REMEMBERED = ["softmax", "gelu tanh", "softmax causal", "cross_entropy"]


def bars(run, path):
    """Times of everyday calls as multiples of fastact's."""
    groups = {}
    for function, shape in FIRST:
        if cell := run.times.find(function, shape):
            found = run.times.cells[cell]
            heading = f"{function}, {size(shape)}, {found['fastact'] * 1e6:,.0f} \N{MICRO SIGN}s"
            groups[heading] = {who: found[who] / found["fastact"] for who in BARRED if who in found}
    label = f"times as long as fastact: float32, one thread, {run.label}"
    save(pictures.bars(groups, BARRED, label, lambda x: f"{x:.1f}\N{MULTIPLICATION SIGN}", 15), path)


def memory(lines, path):
    """What a call adds at its peak, by function and library."""
    groups = {}
    for line in lines:
        if line["function"] in REMEMBERED and line["result"] == "new":
            groups[line["function"]] = {who: float(line[who]) for who in BARRED if line[who]}
    label = "memory that a call adds at its peak, in sizes of its operand"
    save(pictures.bars(groups, BARRED, label, lambda x: f"{x:.1f}"), path)


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
    save(figure, path)


def _sized(info):
    return info["function"], info["shape"][0]


def heat(run, path):
    """Every cell as a square, red where another library is faster."""
    save(heatmap.draw(run.times), path)
