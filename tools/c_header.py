"""Writes include/fastact/elementwise.h, the typed functions of C, from operations.h: python tools/c_header.py

The header stands in the repository, for whoever reads it there; tests/test_c_contract.py says where it is not current.
"""

import runpy
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADER = HERE.parent / "include" / "fastact" / "elementwise.h"
TYPES = {"f32": "float", "f64": "double"}
WIDTH = 120

HEAD = """\
/* Elementwise functions: n elements of x, or of a and b, to n elements of y; a gradient's dx is dy times the derivative
 * at x. Parameters come last. What fastact.h says of all functions holds; include that.
 *
 * Written by tools/c_header.py from the rows of operations.h. */
#ifndef FASTACT_ELEMENTWISE_H
#define FASTACT_ELEMENTWISE_H
#include "kernels.h"

#ifdef __cplusplus
extern "C" {
#endif
"""
TAIL = """
#ifdef __cplusplus
}
#endif
#endif
"""


def declaration(operation, suffix):
    """The declaration for one type, broken as clang-format does."""
    real = TYPES[suffix]
    arguments = [f"const {real} *{name}" for name in operation.inputs]
    arguments += [f"{real} *{name}" for name in operation.outputs]
    arguments += ["size_t n", *(f"{real} {name}" for name, _ in operation.parameters)]
    start = f"FA_API void fa_{operation.name}_{suffix}("
    lines = [start + arguments[0]]
    for argument in arguments[1:]:
        if len(lines[-1]) + len(argument) + 3 > WIDTH:
            lines[-1] += ","
            lines.append(" " * len(start) + argument)
        else:
            lines[-1] += f", {argument}"
    return "\n".join(lines) + ");"


def shown(default):
    try:
        return f"{float(default):g}"
    except ValueError:  # 1 / 6, np.inf
        return default.removeprefix("np.")


def comment(operation):
    usual = ", ".join(f"{name} {shown(default)}" for name, default in operation.parameters if default)
    text = operation.sentence.replace("`", "") + (f" Usual: {usual}." if usual else "")
    return "\n * ".join(textwrap.wrap(f"/* {text}", WIDTH - 3)) + " */"


def declared():
    """Families, and in them each function with its gradient."""
    family = None
    for operation in runpy.run_path(str(HERE / "operations.py"))["operations"]():
        if operation.family != family:
            family = operation.family
            yield f"\n/* ---- {family.lower()} ---- */"
        if not operation.name.endswith("_grad"):
            yield ""
        yield comment(operation)
        yield from (declaration(operation, suffix) for suffix in TYPES)


def text():
    return HEAD + "\n".join(declared()) + "\n" + TAIL


def write():
    HEADER.write_text(text())


if __name__ == "__main__":
    write()
