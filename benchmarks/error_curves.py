"""``python benchmarks/error_curves.py``: docs/speed/errors.svg, errors of sigmoid, softplus and gelu in float32 against
x, of fastact and of the formula in NumPy or SciPy, PyTorch and ONNX Runtime; by mpmath."""

from pathlib import Path

import matplotlib.pyplot as plt
import mpmath
import numpy as np

from fastact._benchmark import contenders
from fastact._benchmark.pictures import LOOKS, save

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "speed" / "errors.svg"
LIBRARIES = ["numpy", "scipy", "onnxruntime", "torch", "fastact"]
# function -> its true value, and from where to where it is looked at
FUNCTIONS = {
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), (-105, 25)),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), (-105, 25)),
    "gelu": (lambda x: x * mpmath.ncdf(x), (-14, 4)),
}
POINTS, EACH = 130, 24  # places on the axis, and inputs around each of them, of which the worst is drawn
WORST = 2.0**23  # ULP: no bit is right


def errors(found, true):
    """In ULP, from half of one to what leaves no bit right."""
    bits = np.frexp(np.maximum(np.abs(true), np.finfo(np.float32).tiny))[1] - 24
    ulp = np.exp2(np.maximum(bits, -149).astype(np.float64))
    error = np.abs(found.astype(np.float64) - true) / ulp
    return np.clip(np.where(np.isfinite(error), error, WORST), 0.5, WORST)


def main():
    mpmath.mp.prec = 200
    figure, every = plt.subplots(1, len(FUNCTIONS), figsize=(10, 3.2), sharey=True, layout="constrained")
    for axes, (function, (formula, (low, high))) in zip(every, FUNCTIONS.items(), strict=True):
        x = np.linspace(low, high, POINTS * EACH).astype(np.float32)
        true = np.array([float(formula(mpmath.mpf(float(v)))) for v in x])
        places = x.reshape(POINTS, EACH).mean(axis=1)
        for library in LIBRARIES:
            call = contenders.functions(library).get(function)
            if call is None or (library == "scipy" and function == "softplus"):  # which is NumPy's logaddexp
                continue
            with np.errstate(all="ignore"):
                worst = errors(call(x.copy()), true).reshape(POINTS, EACH).max(axis=1)
            style = {"lw": 2.4} if library == "fastact" else {"lw": 1.3}
            axes.plot(places, worst, color=LOOKS[library][0], label=contenders.name(library), **style)
        axes.set_yscale("log", base=2)
        axes.set_title(function, fontsize=11, color="#808080")
        axes.set_xlabel("x")
        axes.set_xlim(low, high)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    every[0].set_yticks([1, 2**4, 2**8, 2**16, WORST], ["1", "16", "256", "65,536", "no bit right"])
    every[0].set_ylim(0.4, 2 * WORST)
    every[0].set_ylabel("largest error, ULP")
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=5, frameon=False, labelcolor="#808080")
    save(figure, PICTURE)
    print(PICTURE.relative_to(PICTURE.parents[2]))


if __name__ == "__main__":
    main()
