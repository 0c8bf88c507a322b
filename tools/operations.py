"""The elementwise operations as the tools know them: the rows of include/fastact/operations.h, with the names of their
parameters and a sentence from fastact/_reference/. Files are read, not imported: nothing need be compiled yet."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"X\((\w+), \d, \d, \w+, \w+, \w+, (\w+)\)")
FAMILY = re.compile(r"#define FA_(\w+)\(X\)(.*?)\n\n", flags=re.S)
ARRAYS = ("dy", "x", "a", "b")
# operations of their own: the values of `approximate`, and functions with other parameters than their defaults
KINDS, GENERAL = ("tanh", "sigmoid"), ("sloped", "clamped")


class Operation(NamedTuple):
    """A row of the registry."""

    name: str
    family: str
    inputs: tuple[str, ...]  # arrays
    outputs: tuple[str, ...]
    parameters: tuple[tuple[str, str | None], ...]  # name, and default
    sentence: str


def references():
    """Functions of the reference by their names: their parameters with their defaults, and their documentation."""
    found = {}
    for path in sorted((ROOT / "fastact" / "_reference").glob("*.py")):
        for f in ast.parse(path.read_text()).body:
            if isinstance(f, ast.FunctionDef) and (text := ast.get_docstring(f)):
                names = [argument.arg for argument in f.args.posonlyargs + f.args.args]
                defaults = [None] * (len(names) - len(f.args.defaults)) + [ast.unparse(d) for d in f.args.defaults]
                found[f.name] = tuple(zip(names, defaults, strict=True)), text
    return found


def sentence_of(text, variant):
    """What a function's documentation says in a sentence, of it or of a variant."""
    with_numbers = re.search(r"With numbers \w+ \w+ (.*?)\.\s", text, flags=re.S) if variant in GENERAL else None
    if with_numbers:
        return " ".join(with_numbers[1].split()) + "."
    variant = variant if variant in KINDS else None
    if variant:
        return re.search(rf"'{variant}' is\s+(.*?)(?: and |, for)", text)[1] + "."
    return text.split(", element by element")[0].split(". ")[0].split("\n")[0].rstrip(".:") + "."


def operations():
    """Those whose functions are stamped from their rows, by families, each with its gradient behind it."""
    known = references()
    made = []
    for family, text in FAMILY.findall((ROOT / "include" / "fastact" / "operations.h").read_text()):
        for name, call in ROW.findall(text):
            if call == "BY_HAND":
                continue
            gradient = "_grad" if name.endswith("_grad") else ""
            base, _, variant = name.removesuffix("_grad").rpartition("_")
            is_kind = variant in KINDS and base in known
            parameters, documentation = known[base + gradient if is_kind or variant in GENERAL else name]
            sentence = sentence_of(documentation, variant if is_kind or variant in GENERAL else None)
            if is_kind:
                sentence = f"{'dy times the derivative of ' if gradient else ''}{base} by {variant}, {sentence}"
            names = [p for p, _ in parameters]
            arrays = tuple(p for p in names if p in ARRAYS and (p != "b" or "a" in names))
            outputs = tuple("d" + p for p in arrays[1:]) if gradient else ("y",)
            count = len(call.rpartition("_")[2].replace("OF", "")) if call.endswith("P") else 0
            parameters = parameters[len(arrays) :]
            if f"{base}_{variant}_sloped" in text and not count:
                fixed = " and ".join(f"{parameter} {default}" for parameter, default in parameters)
                sentence = f"{sentence.rstrip('.')}, {fixed}."
            made.append(Operation(name, family, arrays, outputs, parameters[:count], sentence))
    place = {operation.name: i for i, operation in enumerate(made)}
    return sorted(made, key=lambda o: (place.get(o.name.removesuffix("_grad"), place[o.name]), o.outputs[0] != "y"))
