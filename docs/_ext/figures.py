"""How pictures of the documentation look: SVGs with a transparent ground, legible on light and on dark pages."""

import matplotlib
from sphinx_gallery.scrapers import matplotlib_scraper

from fastact._benchmark.pictures import LOOKS, STYLE

COLOURS = [
    LOOKS[library][0] for library in ("fastact", "openvino", "onnxruntime", "torch", "numpy", "scipy", "numexpr")
]
PAGES = {
    **STYLE,
    "figure.figsize": (6.4, 3.6),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.transparent": True,
    "legend.frameon": False,
    "legend.labelcolor": STYLE["text.color"],
    "axes.titlecolor": STYLE["text.color"],
    "axes.grid": True,
    "grid.alpha": 0.2,
    "grid.color": STYLE["text.color"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 2,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
}


def reset(conf, name):
    """Before each script: matplotlib's defaults, then ours."""
    matplotlib.use("agg")
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(PAGES)


def scraper(block, variables, conf, **keywords):
    """What a script's block has drawn, as SVG."""
    return matplotlib_scraper(block, variables, conf, format="svg", **keywords)
