"""Functions and their parameters as they are given on the command line."""

import argparse
import difflib
import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import fastact
from fastact import _catalogue as catalogue
from fastact._shared.hints import NAMES, explain

# what is neither data nor an option of these commands
ARRAYS = {"x", "a", "b", "dy", "y", "out", "where", "bias", "casting", "order", "dtype", "subok", "return_logsumexp"}
ONE_ARRAY = ("elementwise", "gate", "rows")
TEXTS = {"approximate": str}


class Refused(Exception):
    """What was given cannot be done; the message says why, in one line."""


@contextmanager
def refusing() -> Iterator[None]:
    """What a function says of its arguments is said to who gave them."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise Refused(str(error)) from error


def name_among(given: str, known: Iterable[str], what: str) -> str:
    """The known name that was given; other libraries' names and near ones are told."""
    known = list(known)
    if given in known:
        return given
    near = [NAMES[given.lower()]] if NAMES.get(given.lower()) in known else difflib.get_close_matches(given, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"it must be one of {', '.join(known)}"
    raise Refused(f"{what} {given!r} is unknown; {hint}")


def _axis(text: str) -> Any:
    """An int, several divided by commas, or None."""
    if text.lower() in ("none", "all"):
        return None
    axes = tuple(int(part) for part in text.split(","))
    return axes[0] if len(axes) == 1 else axes


_axis.__name__ = "axis"  # as argparse tells it


def _parameters(families: Iterable[str]) -> dict[str, inspect.Parameter]:
    """Of all functions of these families."""
    found: dict[str, inspect.Parameter] = {}
    for name in catalogue.of(*families):
        found |= {key: p for key, p in catalogue.parameters(name).items() if key not in ARRAYS}
    return found


def add_parameters(parser: argparse.ArgumentParser, families: Iterable[str] = ONE_ARRAY) -> None:
    """An option for each parameter that some function of these families has."""
    group = parser.add_argument_group("parameters of functions")
    for name, parameter in sorted(_parameters(families).items()):
        option = f"--{name.replace('_', '-')}"
        default = argparse.SUPPRESS
        if isinstance(parameter.default, bool):
            group.add_argument(option, action="store_true", default=default, help="")
        elif name == "axis":
            text = "a number, several with commas between them, or none for the whole array"
            group.add_argument(option, type=_axis, default=default, metavar="AXIS", help=text)
        else:
            kind = TEXTS.get(name, float)
            group.add_argument(option, type=kind, default=default, metavar="TEXT" if kind is str else "NUMBER", help="")


def keywords(given: argparse.Namespace, name: str) -> dict[str, Any]:
    """The parameters that were given, which the function has to have."""
    known = _parameters(ONE_ARRAY)
    found = {key: value for key, value in vars(given).items() if key in known}
    function = getattr(fastact, name)
    missing = {key for key, p in catalogue.parameters(name).items() if p.default is p.empty and key not in ARRAYS}
    if missing - set(found):
        raise Refused(f"{name} needs --{min(missing - set(found))}")
    explained = explain(function, 1, tuple(found))
    if explained is not None:
        raise Refused(explained)
    return found
