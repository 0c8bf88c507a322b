"""Writes fastact/cython_views.pxd and .pyx, the functions of memoryviews for Cython, from operations.h.

setup.py calls it before a build; `python tools/cython_views.py` does the same.
"""

import runpy
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "fastact"
CYTHON_API = runpy.run_path(str(HERE / "cython_api.py"))

HEAD = """\
# written by tools/cython_views.py
\"\"\"Activations of memoryviews for Cython.

    from fastact.cython_views cimport sigmoid_view

sigmoid_view(x, y) takes views of one dimension, of float or double, at any steps. Those of rows take views of two: rows
lie along the last. y may be x. None needs the GIL; ValueError says what is wrong before anything is written.

Views are declared `double[:]`. Of others, such as `double[::1]`, the type is to be said: sigmoid_view[double](x, y).
\"\"\"
"""
ROWS = {
    "softmax": ("x", "y", None),
    "log_softmax": ("x", "y", None),
    "logsumexp": ("x", "y", None),
    "softmax_grad": ("y", "dx", "dy"),
    "log_softmax_grad": ("y", "dx", "dy"),
}
DEFINITIONS = """
from libc.math cimport INFINITY

from fastact._arrays.engine cimport (
    FA_LOG_SOFTMAX, FA_LOG_SOFTMAX_GRAD, FA_LOGSUMEXP, FA_SOFTMAX, FA_SOFTMAX_GRAD,
)
from fastact._arrays.views cimport Operands, Rows, add, add_rows, run, run_rows

cdef extern from "fastact/kernels.h":
    enum:
{numbers}
"""


def view_head(operation):
    arguments = [f"const floating[:] {name}" for name in operation.inputs]
    arguments += [f"floating[:] {name}" for name in operation.outputs]
    arguments += [f"floating {name}" for name, _ in operation.parameters]
    return f"cdef int {operation.name}_view({', '.join(arguments)}) except -1 nogil"


def view_body(operation):
    lines = [":", "    cdef Operands given", "    given.count = 0"]
    lines += [f"    add(&given, &{name}[0], {name}.strides[0], {name}.shape[0])" for name in operation.inputs]
    lines += [f"    add(&given, &{name}, 0, -1)" for name, _ in operation.parameters]
    lines += [f"    add(&given, &{name}[0], {name}.strides[0], {name}.shape[0])" for name in operation.outputs]
    what = f'b"{operation.name}_view", &given, FA_OP_{operation.name}, {len(operation.outputs)}, floating is double'
    return "\n".join([*lines, f"    return run({what})"])


def rows_head(name, operands):
    x, y, dy = operands
    given = [f"const floating[:, :] {dy}"] if dy else []
    result = "floating[:]" if name == "logsumexp" else "floating[:, :]"
    return f"cdef int {name}_view({', '.join([*given, f'const floating[:, :] {x}', f'{result} {y}'])}) except -1 nogil"


def rows_body(name, operands):
    lines = [":", "    cdef Rows given", "    given.count = 0"]
    for operand in filter(None, operands):
        if name == "logsumexp" and operand == "y":
            lines.append("    add_rows(&given, &y[0], y.shape[0], y.strides[0], -1, 0)")
        else:
            lines.append(
                f"    add_rows(&given, &{operand}[0, 0], {operand}.shape[0], {operand}.strides[0], {operand}.shape[1], "
                f"{operand}.strides[1])"
            )
    lines.append(f'    run_rows(b"{name}_view", &given, FA_{name.upper()}, floating is double)')
    if name == "logsumexp":
        lines += ["    if x.shape[1] == 0:", "        y[:] = -INFINITY"]
    return "\n".join([*lines, "    return 0"])


def texts():
    operations = CYTHON_API["operations"]()
    heads = [(view_head(o), view_body(o), o.sentence.replace("`", "")) for o in operations]
    rows = [(rows_head(name, operands), rows_body(name, operands)) for name, operands in ROWS.items()]
    declared = "\n".join(
        ["", "from cython cimport floating", *(f"\n# {says}\n{head}" for head, _, says in heads), "", "# Of rows.",
         *(head for head, _ in rows), ""]
    )  # fmt: skip
    numbers = "\n".join(f"        FA_OP_{o.name}" for o in operations)
    defined = [DEFINITIONS.format(numbers=numbers)]
    defined += [f"\n\n{head}{body}\n" for head, body, *_ in [*heads, *rows]]
    directives = "# cython: boundscheck=False, wraparound=False, nonecheck=True\n"
    return {"cython_views.pxd": HEAD + declared, "cython_views.pyx": directives + HEAD + "".join(defined)}


def write():
    CYTHON_API["write_changed"](texts())


if __name__ == "__main__":
    write()
