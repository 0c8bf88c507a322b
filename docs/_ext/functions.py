"""The public functions as the pages show them: their groups, and what docs/functions.toml says of them."""

import re
import sys
from pathlib import Path

import fastact
from fastact import _catalogue, _control

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS = tomllib.loads((Path(__file__).parent.parent / "functions.toml").read_text("utf-8"))

# what each group's page is called, its title, and the families of fastact._catalogue that it shows
GROUPS = {
    "elementwise": ("Element by element", ["elementwise"]),
    "gated": ("Gated", ["gate"]),
    "pairs": ("Of two arrays", ["pair"]),
    "rows": ("Along an axis", ["rows"]),
    "choices": ("Choices from logits", ["choice"]),
    "losses": ("Losses, from logits", ["loss"]),
    "gradients": ("Gradients", ["gradient", "gate gradient", "pair gradient", "row gradient"]),
}


def _ordered(names):
    """As functions.toml has them; those that it does not name come last."""
    place = {name: number for number, name in enumerate(FACTS)}
    return sorted(names, key=lambda name: (place.get(name.removesuffix("_grad"), len(place)), name))


def groups():
    """Title and functions of each page; a family that is not named above has one too, and so have functions of none."""
    found = {page: (title, _ordered(_catalogue.of(*families))) for page, (title, families) in GROUPS.items()}
    listed = {family for _, families in GROUPS.values() for family in families}
    for family in sorted(set(_catalogue.FAMILIES.values()) - listed):
        found[family.replace(" ", "_")] = (family.capitalize(), _ordered(_catalogue.of(family)))
    known = {name for _, names in found.values() for name in names}
    control = [name for name in _control.__all__ if callable(getattr(fastact, name))]
    others = [name for name in fastact.__all__ if callable(getattr(fastact, name)) and name not in {*known, *control}]
    gradients = [name for name in others if name.endswith("_grad")]
    others = _ordered(set(others) - set(gradients))
    title, of_families = found.pop("gradients")
    if others:
        found["more"] = ("More functions", others)
    found["gradients"] = (title, [*of_families, *gradients])
    found["settings"] = ("Threads, memory and this machine", control)
    return {page: (title, names) for page, (title, names) in found.items() if names}


def summary(name):
    """The first sentence of a docstring."""
    text = (getattr(fastact, name).__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    return (
        re.split(r"(?<=\w)\. (?=[A-Z])", " ".join(text.split()))[0].rstrip(".").replace(", element by element", "")
        + "."
    )
