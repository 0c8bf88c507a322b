"""Writes fastact/cython_api.pxd and .pyx, the functions of one number and of pointers for Cython, from operations.h.

setup.py calls it before a build; `python tools/cython_api.py` does the same.
"""

import runpy
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "fastact"
operations = runpy.run_path(str(HERE / "operations.py"))["operations"]

HEAD = """\
# written by tools/cython_api.py
\"\"\"{title}

    from fastact.cython_api cimport sigmoid, sigmoid_array

sigmoid(x) takes one number and sigmoid_array(x, y, n) n of them at pointers, of float or double. None needs the GIL or
holds it. docs/c_and_cython.md has examples; fastact.cython_views has the same of memoryviews.
\"\"\"
"""
C_DECLARATIONS = """
from fastact._arrays.engine cimport FA_DONE, FA_NO_MEMORY, fa_status
from fastact._arrays.kernels cimport note_threads_for

cdef extern from "fastact/fastact.h" nogil:
"""
# name, result, arguments of the functions that C has besides those of elements; T is the type
ROWS = "const T *x, T *y, size_t rows, size_t length"
ROW_GRADIENTS = "const T *dy, const T *y, T *dx, size_t rows, size_t length"
LOSSES = "const T *logits, const Py_ssize_t *labels, T *loss, T *dlogits, size_t rows, size_t classes"
WITH_STATUS = (
    ("softmax_rows", ROWS),
    ("log_softmax_rows", ROWS),
    ("logsumexp_rows", ROWS),
    ("softmax_grad_rows", ROW_GRADIENTS),
    ("log_softmax_grad_rows", ROW_GRADIENTS),
    ("cross_entropy_rows", LOSSES),
    ("cross_entropy_mean", LOSSES),
    ("prelu_grad", "const T *dy, const T *x, T *dx, T *dweight, size_t n, T weight"),
)
BINARY = "binary_cross_entropy_with_logits"
BINARY_ARGUMENTS = "const T *logits, const T *targets, T *loss, T *dlogits, size_t n, T pos_weight"
BY_HAND = """
# Loss of one logit and one target.
cdef floating binary_cross_entropy_with_logits(floating logit, floating target,
                                               floating pos_weight) noexcept nogil{body}
"""
BY_HAND_BODY = """:
    cdef floating loss
    if floating is float:
        fa_binary_cross_entropy_with_logits_f32(&logit, &target, &loss, NULL, 1, pos_weight)
    else:
        fa_binary_cross_entropy_with_logits_f64(&logit, &target, &loss, NULL, 1, pos_weight)
    return loss
"""
CHECK = '''

cdef int check(fa_status status) except -1 nogil:
    """Raises what a status says."""
    if status == FA_NO_MEMORY:
        with gil:
            raise MemoryError("fastact.cython_api: no memory for the scratch of rows, or for sums")
    if status != FA_DONE:
        with gil:
            raise ValueError("fastact.cython_api: a label is neither negative nor below the number of classes; nothing "
                             "has been written")
    return 0
'''


def pointers(operation):
    arrays = [f"const floating *{name}" for name in operation.inputs]
    arrays += [f"floating *{name}" for name in operation.outputs]
    return ", ".join([*arrays, "size_t n", *(f"floating {name}" for name, _ in operation.parameters)])


def numbers(operation):
    names = [*operation.inputs, *(name for name, _ in operation.parameters)]
    places = [f"floating *{name}" for name in operation.outputs if len(operation.outputs) > 1]
    return ", ".join([f"floating {name}" for name in names] + places)


def by_type(call, indent="    "):
    """A call of a C function of either type."""
    f32, f64 = (call.replace("_T(", f"_{suffix}(") for suffix in ("f32", "f64"))
    return f"{indent}if floating is float:\n{indent}    {f32}\n{indent}else:\n{indent}    {f64}\n"


def scalar_body(operation):
    parameters = [name for name, _ in operation.parameters]
    one = len(operation.outputs) == 1
    places = [f"&{name}" for name in operation.inputs] + [f"{'&' if one else ''}{name}" for name in operation.outputs]
    call = f"fa_{operation.name}_T({', '.join([*places, '1', *parameters])})"
    if not one:
        return ":\n" + by_type(call)
    (result,) = operation.outputs
    return f":\n    cdef floating {result}\n{by_type(call)}    return {result}\n"


def array_body(operation):
    names = [*operation.inputs, *operation.outputs, "n", *(name for name, _ in operation.parameters)]
    return ":\n    note_threads_for(n)\n" + by_type(f"fa_{operation.name}_T({', '.join(names)})")


def names_of(arguments):
    return [argument.split()[-1].lstrip("*") for argument in arguments.split(",")]


def status_body(name, arguments):
    names = names_of(arguments)
    size = "rows * " + names[-1] if "rows" in names else "n"
    call = by_type(f"status = fa_{name}_T({', '.join(names)})")
    return f":\n    cdef fa_status status\n    note_threads_for({size})\n{call}    return check(status)\n"


def c_declarations(operations):
    rows = [("void", o.name, pointers(o).replace("floating", "T")) for o in operations]
    rows += [("fa_status", name, arguments) for name, arguments in WITH_STATUS] + [("void", BINARY, BINARY_ARGUMENTS)]
    for result, name, arguments in rows:
        for suffix, real in (("f32", "float"), ("f64", "double")):
            typed = " ".join(real if word == "T" else word for word in arguments.replace(",", " ,").split(" "))
            yield f"    {result} fa_{name}_{suffix}({typed.replace(' ,', ',')})"


def functions(operations, declares):
    """Declarations, or definitions, in the order of the families."""

    def end(body):
        return "\n" if declares else body

    gap = "\n" if declares else "\n\n"
    for o in operations:
        result = "floating" if len(o.outputs) == 1 else "void"
        says = f"# {o.sentence.replace('`', '')}\n" if declares else ""
        yield f"{gap}{says}cdef {result} {o.name}({numbers(o)}) noexcept nogil{end(scalar_body(o))}"
        yield f"{'' if declares else gap}cdef void {o.name}_array({pointers(o)}) noexcept nogil{end(array_body(o))}"
    yield gap.rstrip("\n") + BY_HAND.format(body="" if declares else BY_HAND_BODY.rstrip("\n"))
    pairs = BINARY_ARGUMENTS.replace("T ", "floating ")
    body = ":\n    note_threads_for(n)\n" + by_type(f"fa_{BINARY}_T({', '.join(names_of(pairs))})")
    yield f"{'' if declares else gap}cdef void {BINARY}_array({pairs}) noexcept nogil{end(body)}"
    if declares:
        yield "\n# Of rows one after the other, and what needs memory. Bad labels raise ValueError.\n"
    for name, arguments in WITH_STATUS:
        shown = name if name != "prelu_grad" else f"{name}_array"
        head = f"cdef int {shown}({arguments.replace('T ', 'floating ')}) except -1 nogil"
        yield f"{'' if declares else gap}{head}{end(status_body(name, arguments))}"


def wrapped(text):
    """Lines of at most 120 characters: definitions and declarations are broken at their commas, remarks at words."""
    for line in text.split("\n"):
        if line.startswith("# ") and len(line) > 120:
            yield from textwrap.wrap(line, 120, subsequent_indent="# ")
            continue
        column = line.find("(") + 1
        while len(line) > 120:
            cut = line.rindex(", ", 0, 120) + 1
            yield line[:cut]
            line = " " * column + line[cut + 1 :]
        yield line


def texts():
    known = operations()
    fused = "\nfrom cython cimport floating\n"
    declared = HEAD.format(title="Activations for Cython.") + fused + "".join(functions(known, True))
    externs = C_DECLARATIONS + "\n".join(c_declarations(known)) + "\n"
    defined = HEAD.format(title="Activations for Cython.") + externs + CHECK + "".join(functions(known, False))
    return {"cython_api.pxd": declared, "cython_api.pyx": defined}


def write_changed(texts):
    """Writes what has changed: what has not need not be compiled again."""
    for name, text in texts.items():
        path, text = PACKAGE / name, "\n".join(wrapped(text))
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)


def write():
    write_changed(texts())


if __name__ == "__main__":
    write()
