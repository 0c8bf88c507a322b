"""``python -m fastact``: what was chosen on this machine, and a short comparison with NumPy and SciPy."""

import argparse
import os
import sys
import time
from collections.abc import Callable

import numpy as np

import fastact
from fastact import _config
from fastact._control import describe

try:
    from scipy import special  # type: ignore[import-untyped]
except ImportError:
    special = None

SECONDS = 0.15  # for one function at one size, for each contender
SHAPES = [(1000,), (1_000_000,)]


def _numpy_softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _numpy_gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + x.dtype.type(0.044715) * x * x * x)))


def _rows() -> list[tuple[str, tuple[int, ...], dict[str, Callable]]]:
    """Label, shape and contenders: what a user of that library would write."""
    root = np.float32(np.sqrt(0.5))
    table = {
        "sigmoid": (fastact.sigmoid, lambda x: 1 / (1 + np.exp(-x)), special and special.expit),
        "silu": (fastact.silu, lambda x: x / (1 + np.exp(-x)), special and (lambda x: x * special.expit(x))),
        "gelu": (fastact.gelu, None, special and (lambda x: 0.5 * x * (1 + special.erf(x * root)))),
        "gelu tanh": (lambda x: fastact.gelu(x, approximate="tanh"), _numpy_gelu_tanh, None),
        "softmax": (fastact.softmax, _numpy_softmax, special and (lambda x: special.softmax(x, axis=-1))),
    }
    rows = []
    for label, contenders in table.items():
        named = {name: f for name, f in zip(("fastact", "NumPy", "SciPy"), contenders, strict=True) if f is not None}
        for shape in [(1000,), (1000, 1000)] if label == "softmax" else SHAPES:
            rows.append((label, shape, named))
    return rows


def _measure(contenders: dict[str, Callable], x: np.ndarray) -> dict[str, float]:
    """Nanoseconds per element, best of several rounds; contenders run in turn, so that all meet the same machine."""
    loops, best = {}, dict.fromkeys(contenders, float("inf"))
    for name, f in contenders.items():
        f(x)
        start = time.perf_counter()
        f(x)
        loops[name] = max(1, int(1e-3 / (time.perf_counter() - start + 1e-9)))
    end = time.perf_counter() + SECONDS * len(contenders)
    while time.perf_counter() < end:
        for name, f in contenders.items():
            start = time.perf_counter()
            for _ in range(loops[name]):
                f(x)
            best[name] = min(best[name], (time.perf_counter() - start) / loops[name])
    return {name: seconds / x.size * 1e9 for name, seconds in best.items()}


def _report() -> None:
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ("", "")
    for label, value in describe().items():
        print(f"{label:16} {value}")
    print(f"{'SciPy':16} {sys.modules['scipy'].__version__ if special else 'not installed'}")
    print()
    print(f"{bold}{'ns per element, float32':26}{'fastact':>10}{'NumPy':>10}{'SciPy':>10}{'ratio':>9}{plain}")
    rng = np.random.default_rng(0)
    for label, shape, contenders in _rows():
        x = rng.normal(0, 3, shape).astype(np.float32)
        with np.errstate(all="ignore"):
            cost = _measure(contenders, x)
        mine = cost.pop("fastact")
        cells = "".join(f"{cost[name]:10.3f}" if name in cost else f"{'-':>10}" for name in ("NumPy", "SciPy"))
        size = " x ".join(f"{n:,}" for n in shape)
        # NumPy has no erf: without SciPy nothing stands beside the exact gelu
        ratio = f"{min(cost.values()) / mine:8.1f}x" if cost else f"{'-':>9}"
        print(f"{label:11}{size:>15}{mine:10.3f}{cells}{bold}{ratio}{plain}", flush=True)
    print("\nratio: time of the faster of NumPy and SciPy over fastact's. NumPy and SciPy run on one thread.")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m fastact",
        description="Prints what fastact chose on this machine and how its speed compares with NumPy's and SciPy's.",
    )
    _config.add_to(parser.add_subparsers(title="commands", metavar="command"))
    given = parser.parse_args(arguments)
    if "run" in given:
        return given.run(given)
    _report()
    return 0


if __name__ == "__main__":
    sys.exit(main())
