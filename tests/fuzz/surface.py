"""The public functions that compute, by family, as their signatures show."""

import inspect

import fastact

# of the functions along axes those with kernels of their own: what is made of them has tests of its own
ROWS = ("softmax", "log_softmax", "logsumexp", "softmax_grad", "log_softmax_grad")
# what is an array in every signature; the rest are parameters
ARRAYS = ("dy", "x", "a", "b", "y", "weight", "logits")


# swiglu's, in tests/test_swiglu_numbers.py
NUMBERS = ("alpha", "limit", "offset")


def is_gate(name):
    """Whether it takes two arrays, or one in halves."""
    return {"a", "axis"} <= set(SIGNATURES[name].parameters)


def arrays_of(name):
    """The names of its arrays: b is a parameter of squareplus."""
    known = SIGNATURES[name].parameters
    return [each for each in known if each in ARRAYS and (each != "b" or "a" in known)]


def _computing():
    """The public functions of arrays, by family."""
    families = {"elementwise": [], "gated": [], "rows": [], "segments": [], "losses": []}
    for name in fastact.__all__:
        public = getattr(fastact, name)
        known = inspect.signature(public).parameters if callable(public) else {}
        if next(iter(known), None) not in ARRAYS or {"logits", "scale"} <= set(known):  # tests/test_choice.py
            continue
        if name.endswith("_loss") and "return_hess" not in known:  # tests/test_sparse_losses.py
            continue
        if "reduction" in known:
            family = "losses"
        elif "offsets" in known:
            family = "segments"
        elif "axis" in known:
            family = "gated" if "casting" in known else "rows"
        else:
            family = "elementwise"
        if family != "rows" or name in ROWS:
            families[family].append(name)
    return families


FAMILIES = _computing()
SIGNATURES = {name: inspect.signature(getattr(fastact, name)) for names in FAMILIES.values() for name in names}
FAMILY = {name: family for family, names in FAMILIES.items() for name in names}
