"""The row of an elementwise function: its formula in NumPy, from which everything else in Python follows."""

import inspect
import sys

from fastact._reference.scaled import apply
from fastact._reference.ufunc import Ufunc
from fastact._shared.docs import documented

# every operation that has a row, by its name: called with all its operands as a ufunc is
ACTIVATIONS: dict[str, Ufunc] = {}

KEYWORDS = {"out": None, "where": True, "casting": "same_kind", "order": "K", "dtype": None, "subok": True}
OPTIONS = {"bias": None, "scale": None}  # of functions of one array
ONLY_BY_POSITION = ("dy", "x")


def activation(formula):
    """The public function of a formula, which it is called for in blocks of float64 or longdouble.

    The formula's name, docstring, parameters and their defaults are the function's, the keywords those of a ufunc; the
    name joins its module's `__all__`. Where kernels are compiled, the kernel of that name must take as many operands.
    """
    name = formula.__name__
    parameters = inspect.signature(formula).parameters
    ufunc = ACTIVATIONS[name] = Ufunc(name, formula, len(parameters))
    arrays = [parameter for parameter in parameters if parameter in ONLY_BY_POSITION]
    others = [parameter for parameter in parameters if parameter not in ONLY_BY_POSITION]
    defaults = KEYWORDS if "dy" in arrays else KEYWORDS | OPTIONS
    keywords = ", ".join(f"{keyword}={keyword}" for keyword in defaults)
    operands = ", ".join(parameters) if "dy" in arrays else f"x, ({''.join(f'{other}, ' for other in others)})"
    called = "ufunc" if "dy" in arrays else "apply"
    # as dataclasses makes methods: a function whose signature Python itself checks
    source = (
        f"def {name}({', '.join([*arrays, '/', *others, '*', *defaults])}):\n"
        f"    return {called}({'' if called == 'ufunc' else 'ufunc, '}{operands}, {keywords})"
    )
    made = {}
    exec(source, {"ufunc": ufunc, "apply": apply}, made)
    function = made[name]
    function.__doc__, function.__module__ = formula.__doc__, formula.__module__
    function.__defaults__, function.__kwdefaults__ = formula.__defaults__, dict(defaults)
    sys.modules[formula.__module__].__all__.append(name)
    return documented(function)
