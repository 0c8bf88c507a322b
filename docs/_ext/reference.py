"""Writes api/ and gallery/ from the functions that fastact has."""

import curves
import figures
from forge import DOCS, write

import fastact
from fastact import _catalogue
from functions import FACTS, groups, summary

LIBRARIES = {
    "numpy": "NumPy",
    "scipy": "SciPy",
    "torch": "PyTorch",
    "torchvision": "torchvision",
    "jax": "JAX",
    "keras": "Keras",
    "onnx": "ONNX",
}
MINUS = "\N{MINUS SIGN}"


def _heading(text, mark="="):
    return f"{text}\n{mark * len(text)}\n"


def _shown(number):
    text = f"{number:.4g}".replace("inf", "∞").replace("nan", "NaN").replace("-", MINUS)
    return "0" if text == f"{MINUS}0" else text


def _table(rows, *options):
    lines = [".. list-table::", *(f"   {option}" for option in options), ""]
    for row in rows:
        lines += [f"   {'* -' if i == 0 else '  -'} {cell}".rstrip() for i, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


def _values(found):
    """The table of values and derivatives."""
    rows = [["", *(f"x = {_shown(end)}" for end in found.ends)]]
    for line, values, slopes in curves.values(found):
        rows.append([f"``{line}``", *map(_shown, values)])
        rows.append(["its derivative", *map(_shown, slopes)])
    return _table(rows, ":header-rows: 1", ":class: values")


def _facts(name, found):
    """Rows of the table of a function: heading, text."""
    fact = FACTS.get(name, {})
    if found is not None and len(found.lines) == 1 and _catalogue.FAMILIES.get(name) == "elementwise":
        low, _, high = found.ends
        if (low, high) != (-curves.INF, curves.INF):
            yield "defined", f"from {_shown(low)} to {_shown(high)}; elsewhere NaN"
        (least, where_least), (most, where_most) = curves.extremes(found)
        yield (
            "range",
            f"from {_shown(least)} (x = {_shown(where_least)}) to {_shown(most)} (x = {_shown(where_most)})",
        )
    if "used" in fact:
        yield "where used", fact["used"].replace("`", "``")
    others = fact.get("elsewhere", {})
    if others:
        yield "elsewhere", ", ".join(f"{LIBRARIES[library]} ``{other}``" for library, other in others.items())


def _entry(name, found):
    """What the gallery says of a function."""
    fact = FACTS.get(name, {})
    yield f".. _gallery-{name}:\n"
    yield _heading(name, "-")
    yield summary(name) + "\n"
    if "formula" in fact:
        yield f".. math:: {fact['formula']}\n"
    if found is not None:
        yield f".. image:: {name}.svg\n   :alt: curve of {name}\n   :width: 100%\n"
    if "derivative" in fact:
        yield f"Derivative: :math:`{fact['derivative']}`\n"
    if found is not None:
        yield _values(found)
    facts = list(_facts(name, found))
    if facts:
        yield _table(facts, ":widths: 18 82", ":class: facts")
    gradient = f", :func:`fastact.{name}_grad`" if hasattr(fastact, f"{name}_grad") else ""
    yield f"Arguments, accuracy and errors: :func:`fastact.{name}`{gradient}\n"


def _gallery(shown, drawn):
    folder = DOCS / "gallery"
    folder.mkdir(exist_ok=True)
    index = [_heading("Gallery of functions"), "Drawn by the build, from the functions themselves.\n"]
    for page, (title, names) in shown.items():
        index += [_heading(title, "-"), ".. grid:: 2 3 4 4", "   :gutter: 2", ""]
        parts = [_heading(title), ".. currentmodule:: fastact\n"]
        for name in names:
            index += [f"   .. grid-item-card:: {name}", f"      :link: gallery-{name}", "      :link-type: ref"]
            if drawn[name] is not None:
                for small in (False, True):
                    curves.draw(drawn[name], folder / f"{name}{'-small' * small}.svg", small)
                index += [f"      :img-bottom: {name}-small.svg", f"      :img-alt: curve of {name}"]
            index += [""]
            parts += _entry(name, drawn[name])
        write(folder / f"{page}.rst", "\n".join(parts))
    index += [".. toctree::", "   :hidden:", "", *(f"   {page}" for page in shown), ""]
    write(folder / "index.rst", "\n".join(index))


def _api(shown, drawn):
    folder = DOCS / "api"
    index = [
        _heading("API"),
        "Each function has a page. ``import fastact`` gives them all.\n",
        ".. currentmodule:: fastact\n",
    ]
    for title, names in shown.values():
        index += [_heading(title, "-"), ".. list-table::", "   :widths: 30 70", "   :class: functions", ""]
        for name in names:
            index += [f"   * - :func:`~fastact.{name}`", f"     - {summary(name)}"]
            text = [_heading(name), f".. currentmodule:: fastact\n\n.. autofunction:: {name}\n"]
            if drawn.get(name) is not None:
                text += [f".. image:: ../gallery/{name}.svg\n   :alt: curve of {name}\n"]
            if name in drawn:
                text += [f"Formula, values, uses and names elsewhere: :ref:`in the gallery <gallery-{name}>`.\n"]
            write(folder / f"{name}.rst", "\n".join(text))
        index += [""]
    index += ["The ufuncs themselves, for ``.at``, ``.outer`` and pickling: :mod:`fastact.ufuncs`. From Cython:"]
    index += [":doc:`fastact.cython_api and fastact.cython_views </c_and_cython>`.", ""]
    page = [_heading("fastact.ufuncs"), ".. default-role:: code\n\n.. automodule:: fastact.ufuncs\n   :no-members:\n"]
    write(folder / "ufuncs.rst", "\n".join(page))
    index += [".. toctree::", "   :hidden:", ""]
    index += [f"   {name}" for _, names in shown.values() for name in names] + ["   ufuncs"]
    write(folder / "index.rst", "\n".join(index) + "\n")


def generate(app):
    figures.reset(None, None)
    shown = groups()
    pictured = {page: found for page, found in shown.items() if page not in ("gradients", "settings")}
    drawn = {name: curves.curve(name) for _, names in pictured.values() for name in names}
    _gallery(pictured, drawn)
    _api(shown, drawn)


def setup(app):
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
