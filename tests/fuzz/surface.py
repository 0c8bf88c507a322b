"""The public functions that compute, by family, as their signatures show."""

import inspect

import fastact

# what is an array in every signature; the rest are parameters
ARRAYS = ("dy", "x", "a", "b", "y", "weight", "logits")


def _computing():
    """The public functions of arrays, by family."""
    families = {"elementwise": [], "gated": [], "rows": [], "losses": []}
    for name in fastact.__all__:
        public = getattr(fastact, name)
        known = inspect.signature(public).parameters if callable(public) else {}
        if next(iter(known), None) not in ARRAYS or {"logits", "scale"} <= set(known):  # tests/test_choice.py
            continue
        if "reduction" in known:
            family = "losses"
        elif "axis" in known:
            family = "gated" if "casting" in known else "rows"
        else:
            family = "elementwise"
        families[family].append(name)
    return families


FAMILIES = _computing()
SIGNATURES = {name: inspect.signature(getattr(fastact, name)) for names in FAMILIES.values() for name in names}
FAMILY = {name: family for family, names in FAMILIES.items() for name in names}
