"""Documentation that functions share: a docstring line that holds nothing but {key} stands for the text of that key."""

import inspect
import re

SHARED = {
    "x": """
x : array_like
    Floating, integer or bool. Integers and bool are computed in float64.""",
    "out": """
out : ndarray or tuple of one ndarray, optional
    Where to store the result; it may be `x` itself. By default a new array is returned.""",
    "ufunc": """
where : array_like of bool, optional
    Only elements where it is True are computed; the others keep what `out` held.
casting, order, dtype, subok
    As in any NumPy ufunc.""",
    "result": """
ndarray or scalar
    Of the shape and floating type of `x`; a NumPy scalar for a scalar.""",
    "row out": """
out : ndarray, optional
    Where to store the result; it may be `x` itself.""",
    "row options": """
where : array_like of bool, optional
    Elements that count; it broadcasts to the shape of `x`. The others have probability 0, whatever they hold. Where
    nothing of a row counts, its probabilities are 0, their logarithms and their logsumexp -inf.
bias, scale : array_like, optional
    The function is taken of ``scale * x + bias``; both broadcast to the shape of `x`.""",
    "row dtype": """
dtype : dtype, optional
    Floating type of the computation and the result.""",
    "row errors": """
TypeError
    If `x` is complex, masked or not numeric, or `out` has a type that the result cannot be cast to.
ValueError
    If `out` is read-only or of another shape, or an axis is named twice.
numpy.exceptions.AxisError
    If an axis is out of range.""",
    "elementwise errors": """
TypeError
    If `x` is complex or not numeric, or a type cannot be cast as `casting` demands.
ValueError
    If `out` or `where` does not broadcast.""",
}


def documented(function):
    """Fills the shared parts into the docstring of a function."""
    text = inspect.cleandoc(function.__doc__)
    function.__doc__ = re.sub(r"^\{([\w ]+)\}$", lambda match: SHARED[match[1]].strip("\n"), text, flags=re.M)
    return function


def adopt(names, twins):
    """Gives the functions in the mapping `names` the documentation of their NumPy twins; returns which these are."""
    shared = sorted(set(twins.__all__) & set(names))
    for name in shared:
        names[name].__doc__ = getattr(twins, name).__doc__
    return shared
