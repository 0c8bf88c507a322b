"""``python benchmarks/tail.py``: docs/speed/tail.svg, how many digits of gelu are correct in float32, against x, beside
PyTorch and the formula with SciPy's erf; by mpmath."""

from pathlib import Path

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import torch
from scipy import special

import fastact
from fastact._benchmark.contenders import name
from fastact._benchmark.pictures import LOOKS, save

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "speed" / "tail.svg"
MOST = 7.6  # digits that float32 has


def digits(found, true):
    """Correct decimal digits of each result."""
    found, true = np.float64(found), np.float64(true)
    error = np.abs(found - true) / np.maximum(np.abs(true), np.finfo(np.float32).tiny)  # at x = 0 all are 0
    return np.clip(-np.log10(np.maximum(error, 10.0**-MOST)), 0, MOST)


def main():
    x = np.linspace(-13, 3, 641).astype(np.float32)
    mpmath.mp.prec = 200
    true = [float(mpmath.mpf(float(v)) * mpmath.ncdf(float(v))) for v in x]
    half = np.float32(0.5)
    results = {
        "fastact": fastact.gelu(x),
        "torch": torch.nn.functional.gelu(torch.from_numpy(x)).numpy(),
        "scipy": half * x * (1 + special.erf(x * np.float32(np.sqrt(0.5)))),
    }
    labels = {"scipy": "0.5 x (1 + erf(x / √2)), SciPy"}
    figure, axes = plt.subplots(figsize=(8, 2.6))
    for library, y in results.items():
        mine = library == "fastact"
        axes.plot(
            x,
            digits(y, true),
            color=LOOKS[library][0],
            lw=2.2 if mine else 1.2,
            label=labels.get(library, name(library)),
        )
    axes.set_xlabel("x")
    axes.set_ylabel("correct digits of gelu(x)")
    axes.set_xlim(-13, 3)
    axes.set_ylim(0, 8)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    save(figure, PICTURE)
    print(PICTURE.relative_to(PICTURE.parents[2]))


if __name__ == "__main__":
    main()
