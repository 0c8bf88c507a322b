"""The public functions by family, found by their signatures: a new one is known without a word here."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import fastact


def parameters(name: str) -> Mapping[str, inspect.Parameter]:
    """Those of a public function."""
    return inspect.signature(getattr(fastact, name)).parameters


def _family(known: Mapping[str, inspect.Parameter]) -> str | None:
    if "reduction" in known:
        return "loss"
    if "rng" in known or "offsets" in known:  # what is drawn cannot be compared, and segments go by their offsets
        return None
    if "out" not in known:
        return "choice" if next(iter(known), "").endswith("logits") else None
    kind = (
        "rows" if "casting" not in known else "gate" if "axis" in known else "pair" if "a" in known else "elementwise"
    )
    if "dy" not in known:
        return kind
    gradients = {"rows": "row gradient", "gate": "gate gradient", "pair": "pair gradient", "elementwise": "gradient"}
    return gradients[kind]


def _families() -> dict[str, str]:
    public: dict[str, Callable[..., Any]] = {name: getattr(fastact, name) for name in fastact.__all__}
    found = {name: _family(parameters(name)) for name, value in public.items() if callable(value)}
    return {name: family for name, family in found.items() if family is not None}


# name -> elementwise, gradient, gate, gate gradient, pair, pair gradient, rows, row gradient, loss or choice
FAMILIES = _families()


def of(*families: str) -> list[str]:
    """The names of these families."""
    return [name for name, family in FAMILIES.items() if family in families]
