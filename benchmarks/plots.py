"""Plots of the speed report: ns per element against size, one line per contender, legible on light and dark pages."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.ticker import NullLocator, StrMethodFormatter
from times import size

DRAWN = ["sigmoid", "tanh", "silu", "gelu", "softplus", "mish"]
# mid-tones, told apart on white and on black, also without colour: by marker
COLOURS = {
    "fastact": ("#e4572e", "o"),
    "torch": ("#8e7cc3", "s"),
    "onnxruntime": ("#3d9970", "^"),
    "openvino": ("#2e86c1", "v"),
    "numpy": ("#b8860b", "D"),
    "scipy": ("#cc6699", "P"),
    "numexpr": ("#888888", "X"),
    "numba": ("#1abc9c", "<"),
    "jax": ("#a0522d", ">"),
}
GREY = "#808080"


def _style():
    return plt.rc_context(
        {
            "svg.fonttype": "none",  # text stays text: small and searchable
            "svg.hashsalt": "fastact",  # the same picture gives the same file
            "text.color": GREY,
            "axes.labelcolor": GREY,
            "axes.edgecolor": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
            "font.family": "sans-serif",
        }
    )


def draw(times, folder):
    """One plot per function, float32, one thread, new results; yields (function, path)."""
    for function in DRAWN:
        lines = {}
        for key in times.compared():
            info = times.info[key]
            if (info["function"], info["dtype"], info["out"], info["threads"]) == (function, "float32", False, 1):
                for library in times.cells[key]:
                    if library in COLOURS:
                        lines.setdefault(library, []).append((info["shape"][0], times.nanoseconds(key, library)))
        if "fastact" not in lines or len(lines["fastact"]) < 3:
            continue
        path = folder / f"{function}.svg"
        with _style():
            figure, axes = plt.subplots(figsize=(7, 4))
            for library, (colour, marker) in COLOURS.items():
                if library in lines:
                    x, y = zip(*sorted(lines[library]), strict=True)
                    mine = library == "fastact"
                    axes.plot(
                        x,
                        y,
                        color=colour,
                        marker=marker,
                        markersize=4,
                        label=library,
                        lw=2.5 if mine else 1.2,
                        zorder=3 if mine else 2,
                    )
            axes.set(xscale="log", yscale="log", xlabel="elements", ylabel="ns per element")
            sizes = sorted({n for points in lines.values() for n, _ in points})
            axes.set_xticks(sizes, [size((n,)) for n in sizes])
            axes.xaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
            axes.set_title(f"{function}, float32, one thread, new result", fontsize=11)
            axes.grid(alpha=0.25, which="major")
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False, fontsize=8, loc="upper right", ncols=2)
            figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
            plt.close(figure)
        yield function, path
