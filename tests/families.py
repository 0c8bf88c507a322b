"""Every public function of arrays behind one interface, so that a promise is tested once for all families.

A new family needs an adapter here; test_families.py finds a function that has none.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from registry import ELEMENTWISE, GATED, LOSSES, OF_TWO, OTHER_ROWS, PAIRS, ROW_GRADIENTS, ROWS, SPARSE_LOSSES, sample

import fastact


@dataclass(frozen=True)
class Family:
    """A function, or a gradient with all its operands: `count` arrays of one shape, whose last axis is a row."""

    name: str
    count: int
    run: Callable  # of the arrays: a tuple of results
    mixes: str = "elements"  # what a result depends on beside its own operands: "elements" (nothing), "rows", "all"

    def operands(self, shape, dtype=np.float64, seed=0):
        return [sample(shape, dtype, seed=seed + i) for i in range(self.count)]

    def __call__(self, *operands):
        results = self.run(*operands)
        return results if isinstance(results, tuple) else (results,)


def _elementwise():
    for case in ELEMENTWISE:
        if case.is_gradient:
            yield Family(case.id, 2, case.vjp)
        else:
            yield Family(case.id, 1, case)
    for name in PAIRS:
        yield Family(name, 3, getattr(fastact, name))


def _gated():
    for name, f in (GATED | OF_TWO).items():
        yield Family(name, 3 if name.endswith("_grad") else 2, f)


def _rows():
    for case in ROWS:
        yield Family(case.id, 1, case, "rows")
        yield Family(f"{case.id} of parts", 1, lambda x, case=case: case(x, scale=0.7, bias=0.25, where=x != 1), "rows")
    for name, f in ROW_GRADIENTS.items():
        yield Family(name, 2, f, "rows")
    for name, f in OTHER_ROWS.items():
        if name == "logsumexp_grad":
            yield Family(
                name, 2, lambda dy, x: fastact.logsumexp_grad(np.asarray(dy)[..., :1], x, keepdims=True), "rows"
            )
        else:
            yield Family(name, 1 + name.endswith("_grad"), f, "rows")


def _labels(x):
    """The class in the middle, for every row."""
    return np.full(x.shape[:-1], x.shape[-1] // 2)


def _losses():
    for reduction in ("none", "mean"):
        options = {"reduction": reduction, "return_grad": True}
        mixes = "rows" if reduction == "none" else "all"
        for name, f in {**LOSSES, **SPARSE_LOSSES}.items():
            if "labels" in inspect.signature(f).parameters:
                yield Family(
                    f"{name} {reduction}", 1, lambda x, f=f, options=options: f(x, _labels(x), **options), mixes
                )
            else:
                of_each = "elements" if reduction == "none" else "all"
                yield Family(f"{name} {reduction}", 2, lambda x, t, f=f, options=options: f(x, t, **options), of_each)
        yield Family(
            f"cross_entropy of probabilities {reduction}",
            2,
            lambda x, t, options=options: fastact.cross_entropy(x, t, **options),
            mixes,
        )


FAMILIES = [*_elementwise(), *_gated(), *_rows(), *_losses()]
COVERED = {case.name for case in ELEMENTWISE + ROWS} | PAIRS
COVERED |= {*GATED, *OF_TWO, *ROW_GRADIENTS, *OTHER_ROWS, *LOSSES, *SPARSE_LOSSES}
