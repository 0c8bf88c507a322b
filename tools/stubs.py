"""Writes the stubs of the elementwise functions and of the ufuncs, from the rows in fastact/_reference/.

setup.py calls it before a build; `python tools/stubs.py` does the same. Rows are read, not imported: nothing need be
compiled yet.
"""

import ast
import textwrap
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "fastact"
BY_POSITION = ("dy", "x")
# of what decides the overload: a Python number, a NumPy scalar, an array, anything with `out`, anything
TYPES = {
    "dy": ("float", "_F | float", "NDArray[_F] | _F | float", "ArrayLike", "Any"),
    "x": ("float", "_F", "NDArray[_F]", "ArrayLike", "Any"),
    "approximate": ("_Approximation",) * 5,
}
PARAMETER = ("float", "float", "NDArray[_F] | float", "ArrayLike", "ArrayLike")
OUT = ("None = None", "None = None", "None = None", "_Out | tuple[_Out]", "Any = None")
KEYWORDS = ("_Alike", "_Alike", "_Alike", "_Keywords", "_Keywords")
SCALED = {"_Alike": "_Of", "_Keywords": "_OfOther"}
RESULT = ("np.float64", "_F", "NDArray[_F]", "_Out", "Any")

HEAD = """\
# written by tools/stubs.py
# fmt: off
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from typing_extensions import Unpack

__all__ = [
{names}
]

_Approximation: TypeAlias = Literal["none", "tanh", "sigmoid"]
_F = TypeVar("_F", bound=np.floating[Any])
_Out = TypeVar("_Out", bound=NDArray[Any])
_Pair: TypeAlias = tuple[NDArray[Any] | None, NDArray[Any] | None]

# The keywords of every ufunc. Those that leave the type of the arrays alone:
class _Alike(TypedDict, total=False):
    where: ArrayLike | None
    casting: Literal["no", "equiv", "safe", "same_kind", "unsafe"]
    order: Literal["K", "A", "C", "F"]
    subok: bool

class _Keywords(_Alike, total=False):
    dtype: DTypeLike | None
# and of the functions of scale * x + bias
class _Of(_Alike, total=False):
    bias: ArrayLike | None
    scale: ArrayLike | None

class _OfOther(_Keywords, total=False):
    bias: ArrayLike | None
    scale: ArrayLike | None
"""
# the one function of two results
PRELU_GRAD = """\
class _PreluGrad(Protocol):
    __name__: str
    @overload
    def __call__(
        self, dy: float, x: float, /, weight: float, *, out: None = None, **keywords: Unpack[_Alike],
    ) -> tuple[np.float64, np.float64]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, x: NDArray[_F], /, weight: NDArray[_F], *,
        out: NDArray[_F] | _Pair | None = None,
        **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], NDArray[_F]]: ...
    @overload
    def __call__(
        self, dy: NDArray[_F] | float, x: NDArray[_F], /, weight: float, *, out: None = None,
        **keywords: Unpack[_Alike],
    ) -> tuple[NDArray[_F], _F]: ...
    @overload
    def __call__(
        self, dy: Any, x: Any, /, weight: Any, *, out: NDArray[Any] | tuple[NDArray[Any]] | _Pair | None = None,
        **keywords: Unpack[_Keywords],
    ) -> tuple[Any, Any]: ...
"""


def modules():
    return [ast.parse(path.read_text()) for path in sorted((PACKAGE / "_reference").glob("*.py"))]


def decorators(function):
    return [decorator.id for decorator in function.decorator_list if isinstance(decorator, ast.Name)]


def rows():
    """name -> the operands and parameters, each with its default's text or None: of every elementwise function."""
    found = {}
    for module in modules():
        for function in module.body:
            if isinstance(function, ast.FunctionDef) and {"activation", "documented"} & set(decorators(function)):
                arguments = function.args.posonlyargs + function.args.args
                names = [argument.arg for argument in arguments]
                if (names[0] == "x" or names[:2] == ["dy", "x"]) and "axis" not in names:
                    defaults = [None] * (len(names) - len(function.args.defaults))
                    defaults += [ast.unparse(default) for default in function.args.defaults]
                    found[function.name] = tuple(zip(names, defaults, strict=True))
    return dict(sorted(found.items()))


def ufuncs():
    """Names of all ufuncs: of the functions that have a row, and of the kernels that are listed by name."""
    names = {
        key.value
        for module in modules()
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "_UFUNCS"
        for key in node.value.keys
    }
    for module in modules():
        names |= {f.name for f in module.body if isinstance(f, ast.FunctionDef) and "activation" in decorators(f)}
    return sorted(names)


def protocol_name(row):
    return "_" + "".join(word.title() for name, _ in row for word in name.split("_"))


def overload(row, way):
    operands = ["self", *(f"{name}: {TYPES[name][way]}" for name, _ in row if name in BY_POSITION), "/"]
    for name, default in row:
        if name not in BY_POSITION:
            kind = TYPES.get(name, PARAMETER)[way]
            operands.append(f"{name}: {kind}" + ("" if default is None else f" = {default}"))
    keywords = KEYWORDS[way] if row[0][0] == "dy" else SCALED[KEYWORDS[way]]
    operands += ["*", f"out: {OUT[way]}", f"**keywords: Unpack[{keywords}]"]
    text = textwrap.fill(", ".join(operands) + ",", 110, initial_indent=" " * 8, subsequent_indent=" " * 8)
    return f"    @overload\n    def __call__(\n{text}\n    ) -> {RESULT[way]}: ...\n"


def listed(names):
    return textwrap.fill(", ".join(f'"{name}"' for name in names) + ",", 116, initial_indent="    ",
                         subsequent_indent="    ")  # fmt: skip


def elementwise():
    functions = rows()
    parts = [HEAD.replace("{names}", listed(functions))]
    protocols = {}
    for name, row in functions.items():
        protocols[name] = "_PreluGrad" if name == "prelu_grad" else protocol_name(row)
        text = PRELU_GRAD if name == "prelu_grad" else (
            f"class {protocols[name]}(Protocol):\n    __name__: str\n" + "".join(overload(row, way) for way in range(5))
        )  # fmt: skip
        if text not in parts:
            parts.append(text)
    return "\n".join(parts) + "\n" + "".join(f"{name}: {kind}\n" for name, kind in protocols.items())


def all_ufuncs():
    names = ufuncs()
    head = f"# written by tools/stubs.py\n# fmt: off\nimport numpy as np\n\n__all__ = [\n{listed(names)}\n]\n\n"
    return head + "".join(f"{name}: np.ufunc\n" for name in names)


def write():
    """Writes what has changed."""
    for path, text in (
        (PACKAGE / "_functions" / "elementwise.pyi", elementwise()),
        (PACKAGE / "ufuncs.pyi", all_ufuncs()),
    ):
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)


if __name__ == "__main__":
    write()
