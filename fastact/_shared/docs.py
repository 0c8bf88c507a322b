"""Documentation that functions share: a docstring line that holds nothing but {key} stands for the text of that key."""

import inspect
import re

from fastact._shared.docs_of_logits import OF_LOGITS
from fastact._shared.hints import hinted

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
    "scaled": """
bias, scale : array_like, optional
    The function is taken of ``scale * x + bias``, rounded once, in the same pass; both broadcast to the shape of `x`.
    int8 and uint8 beside a scale give float32: ``scale=s, bias=-s * zero_point`` is for quantised numbers.""",
    "dy": """
dy : array_like
    Gradient with respect to the result of the function: 1.0 gives the derivative. It broadcasts against `x`.""",
    "result": """
ndarray or scalar
    Of the shape and floating type of `x`; a NumPy scalar for a scalar.""",
    "result of several": """
ndarray or scalar
    Of the shape to which the operands broadcast and the floating type of all arrays among them; Python numbers take
    the type of the arrays. A NumPy scalar for scalars.""",
    "accuracy": """
The result is within 2 ULP of the true value, in float32 and in float64, down to where that underflows; float16 is
rounded once. With `bias` or `scale` that is the value at the sum, rounded once to the type, float32 at least.""",
    "accuracy with parameters": """
With the default parameters the result is within 2 ULP of the true value, in float32 and in float64, down to where that
underflows; with others within 3.5. float16 is rounded once. With `bias` or `scale` that is the value at the sum,
rounded once to the type, float32 at least.""",
    "gradient accuracy": """
The result is within 3 ULP of the true value for any dy and parameters, 2 for dy = 1 and the defaults, in float32 and in
float64; within 1 % of a zero of the derivative the error is at most 2**-24 (float32) or 2**-53 (float64) times dy
instead.""",
    "row out": """
out : ndarray, optional
    Where to store the result; it may be `x` itself.""",
    "row options": """
where : array_like of bool, optional
    Elements that count; it broadcasts to the shape of `x`. The others have probability 0, whatever they hold. Where
    nothing of a row counts, its probabilities are 0, their logarithms and their logsumexp -inf.
bias, scale : array_like, optional
    The function is taken of ``scale * x + bias``; both broadcast to the shape of `x`. The sum of finite numbers is
    finite: it ends at the largest number of the type.""",
    "segment errors": """
TypeError
    If `x` is complex, masked or not numeric, `offsets` are not integers, `out` has a type that the result cannot be
    cast to, or an array is of dask.
ValueError
    If `offsets` do not lead from 0 to the length of the axis, or fall, or `out` is read-only or of another shape.
numpy.exceptions.AxisError
    If `axis` is out of range.""",
    "extra_logit": """
extra_logit : array_like, optional
    One more logit of each row, which counts in its sum and has no result: the class of reference of a multinomial logit
    (0), or the sink of attention. A number, or an array of the shape of `x` without the reduced axes, or with one
    element there, or one that broadcasts to it. It is neither scaled nor masked, and no bias is added: where nothing
    else of a row counts its probabilities are 0 and its logsumexp is the extra logit. -inf is as none, bit for bit; inf
    and NaN do what they do as an element of the row.""",
    "softmax accuracy": """
Every probability has a relative error below 4 eps, however far it lies from the largest, also of ``scale * x + bias``,
which is not rounded on the way, as long as abs(scale * x) and abs(bias) stay below 2**24 (float64: 2**53). float16 is
computed in float32 and rounded once.""",
    "log_softmax accuracy": """
The relative error is below 4 eps of the result, also where one element is far above the others and its result is near
0; of ``scale * x + bias`` as in softmax. float16 is computed in float32 and rounded once.""",
    "logsumexp accuracy": """
The error is below 4 eps of the result, however far one element is above the others. Only where the largest element is
negative and cancels the logarithm of the sum, it is 4 eps of that logarithm, log(sum(exp(x - max(x)))). Of
``scale * x + bias`` as in softmax. float16 is computed in float32 and rounded once.""",
    "row dtype": """
dtype : dtype, optional
    Floating type of the computation and the result.""",
    "return_logsumexp": """
return_logsumexp : bool, optional
    Whether to return the logarithm of the sum too, from the same pass over `x`, which may be `out`.""",
    "row errors": """
TypeError
    If `x` is complex, masked or not numeric, or `out` has a type that the result cannot be cast to.
ValueError
    If `out` is read-only or of another shape, an axis is named twice, labels of the operands differ, or a dask array
    has several chunks along an axis.
numpy.exceptions.AxisError
    If an axis is out of range.""",
    "row gradient errors": """
TypeError
    If `dy` or `y` is complex, masked or not numeric, or `out` has a type that the result cannot be cast to.
ValueError
    If `dy` does not broadcast to the shape of `y`, `out` is read-only or of another shape, an axis is named twice,
    labels of the operands differ, or a dask array has several chunks along an axis.
numpy.exceptions.AxisError
    If an axis is out of range.""",
    "softmax_grad accuracy": """
Of the exact result dx for the given `dy` and `y` the error is at most 2.5 ULP of dx plus abs(y) * sum(abs(dy * y))
times 2**-40 (float32) or 2**-90 (float64): dx keeps its digits where dy hardly varies. float16 is computed in float32
and rounded once. In NumPy (`FASTACT_ISA=numpy`) it is a few eps of abs(y) * (abs(dy) + sum(abs(dy * y))).""",
    "log_softmax_grad accuracy": """
Of the exact result dx for the given `dy` and `y` the error is at most 2.5 ULP of the larger of abs(dx) and
abs(exp(y) * sum(dy)). In float64 a sum beyond the largest number counts as infinite. float16 is computed in float32 and
rounded once. In NumPy (`FASTACT_ISA=numpy`) it is a few eps of abs(dy) + exp(y) * sum(abs(dy)), for large y with the
error of exp.""",
    "logaddexp accuracy": """
The result is within 2.5 ULP of the true value, in float32 and in float64; where a negative operand cancels the
logarithm of the sum it is 2**-24 (float32) or 2**-53 (float64) of that logarithm. float16 is rounded once.""",
    "reduction": """
reduction : {'mean', 'sum', 'none'}, optional
    What becomes of the losses: their mean, their sum, or each of them.""",
    "return_grad": """
return_grad : bool, optional
    Whether to return the gradient too: that of what is returned with respect to `logits`, for 'none' of each loss.""",
    "result of losses": """
loss : ndarray or scalar
    A scalar of the floating type of `logits`; for 'none' of the shape of `logits`.
dlogits : ndarray or scalar
    Only if `return_grad`: of the shape and floating type of `logits`; pandas and xarray objects keep their labels.""",
    "return_hess": """
return_hess : bool, optional
    Whether to return the diagonal of the Hessian too: the second derivative of what is returned with respect to each
    logit, for 'none' of the loss that it belongs to. 'mean' divides it by the same number as the gradient.""",
    "elementwise errors": """
TypeError
    If an operand is complex or not numeric, or a type cannot be cast as `casting` demands.
ValueError
    If the operands, `out` or `where` do not broadcast.""",
    "scaled errors": """
TypeError
    If an operand is complex or not numeric, or a type cannot be cast as `casting` demands.
ValueError
    If the operands, `out` or `where` do not broadcast, or `bias` or `scale` not to the shape of `x`, or their labels
    differ from its own.""",
    "gate operands": """
a, b : array_like
    Two operands that broadcast; or `a` alone, of which the first half along `axis` is a and the second is b. Floating,
    integer or bool: integers and bool are computed in float64.""",
    "gate axis": """
axis : int, optional
    Along which one array is split in halves: its length there must be even. Two operands take none.""",
    "gate out": """
out : ndarray or tuple of one ndarray, optional
    Where to store the result; it may be an operand. By default a new array is returned.""",
    "gate dy": """
dy : array_like
    Gradient with respect to the result of the function; it broadcasts against the operands.""",
    "gate gradient out": """
out : ndarray or tuple of two, optional
    Where to store the results: (da, db), of which None stands for a new array, or dx for one array in halves.""",
    "gate result": """
ndarray or scalar
    Of the shape to which the operands broadcast, or half of that of one array, and of the floating type of all arrays
    among them; Python numbers take the type of the arrays. A NumPy scalar for scalars.""",
    "gate gradient result": """
da, db : ndarray or scalar
    Of the shapes of `a` and `b`: where an operand was broadcast, the sum over all that shared its element. float16 and
    float32 are added up in float64. Objects of pandas and xarray are added up by the names of their dimensions and keep
    their labels.
dx : ndarray
    Instead, for one array: of its shape, da in its first half and db in its second.""",
    "gate errors": """
TypeError
    If an operand is complex or not numeric, a type cannot be cast as `casting` demands, or `axis` is given beside two
    operands.
ValueError
    If the operands, `out` or `where` do not broadcast, or one array has an odd length along `axis`, or no axes.
numpy.exceptions.AxisError
    If `axis` is out of range.""",
    "gate accuracy": """
The result is within 2.5 ULP of the true value, in float32 and in float64, wherever the gate is in its tail; float16 is
rounded once. Nothing overflows where the true result is finite.""",
    "gate numbers": """
alpha, limit, offset : float, optional
    Numbers, taken in the type of the arrays; a `limit` of inf, the default, holds nothing.""",
    "gate gradient accuracy": """
The result is within 3 ULP of the true value, in float32 and in float64; near a zero of the activation's derivative
the error is at most 2**-24 (float32) or 2**-53 (float64) times dy * b instead.""",
    "unknown approximation": """
ValueError
    If `approximate` is none of these names.""",
}


def _sections(result, accuracy, *more, options="scaled", errors="scaled errors"):
    """What follows the last parameter of an elementwise function: `out` and the options."""
    raises = "".join(SHARED[key] for key in (errors, *more))
    return (
        f"{SHARED['out']}{SHARED['ufunc']}{SHARED.get(options, '')}\n\nReturns\n-------{SHARED[result]}"
        f"\n\nRaises\n------{raises}\n\nNotes\n-----{SHARED[accuracy]}"
    )


_OF_GRADIENT = {"options": None, "errors": "elementwise errors"}


def _gate_sections(out, result, accuracy):
    """What follows the operands of a gated function: `out` and the options."""
    return (
        f"{SHARED[out]}{SHARED['gate axis']}{SHARED['ufunc']}\n\nReturns\n-------{SHARED[result]}"
        f"\n\nRaises\n------{SHARED['gate errors']}\n\nNotes\n-----{SHARED[accuracy]}"
    )


SHARED |= OF_LOGITS
SHARED |= {
    "start": f"Parameters\n----------{SHARED['x']}",
    "gradient start": f"Parameters\n----------{SHARED['dy']}{SHARED['x']}",
    "end": _sections("result", "accuracy"),
    "end of parameters": _sections("result of several", "accuracy with parameters"),
    "end of gelu": _sections("result", "accuracy", "unknown approximation"),
    "end of gradient": _sections("result of several", "gradient accuracy", **_OF_GRADIENT),
    "segment start": f"""
For edges of a graph, ragged rows, or groups of a table that is sorted by them. jraph's and torch_scatter's functions
take the number of each element's segment instead; where these rise, the offsets are
``np.searchsorted(numbers, np.arange(count + 1))``.

Parameters
----------{SHARED["x"]}
offsets : array_like of int
    Where the segments begin, and where the last one ends: n segments have n + 1, the first 0, the last the length of
    the axis. Equal neighbours are an empty segment. This is `indptr` of a sparse matrix of rows.
axis : int, optional
    The axis along which the segments lie.""",
    "gate start": f"Parameters\n----------{SHARED['gate operands']}",
    "gate gradient start": f"Parameters\n----------{SHARED['gate dy']}{SHARED['gate operands']}",
    "end of gate": _gate_sections("gate out", "gate result", "gate accuracy"),
    "end of gate gradient": _gate_sections("gate gradient out", "gate gradient result", "gate gradient accuracy"),
    "end of gelu gradient": _sections(
        "result of several", "gradient accuracy", "unknown approximation", **_OF_GRADIENT
    ),
}


def documented(function):
    """Fills the shared parts into the docstring of a function, and explains calls that do not fit its signature."""
    text = inspect.cleandoc(function.__doc__)
    function.__doc__ = re.sub(r"^\{([\w ]+)\}$", lambda match: SHARED[match[1]].strip("\n"), text, flags=re.M)
    return hinted(function)


def ufunc_documentation(name, function, count):
    """What is said of the ufunc of that name, which the public function calls: its `count` operands and its results."""
    known = [p for p in inspect.signature(function).parameters.values() if p.name != "approximate"][:count]
    operands = [p.name for p in known]
    given = list(operands)
    if "approximate" in inspect.signature(function).parameters and name != function.__name__:
        given.append(f"approximate={name.split('_')[1]!r}")
    called = f"fastact.{function.__name__}({', '.join(given)})"
    text = f"{name}({', '.join(operands)})\n\n{called} of fixed operands, as a NumPy ufunc.\n"
    if name.endswith("_grad"):
        second = "dweight" if operands[-1] == "weight" else "db" if "a" in operands else None
        if second is not None:
            first = "da" if second == "db" else "dx"
            text += f"\nTwo results, {first} and {second}, each of the shape to which the operands broadcast.\n"
    return text


def adopt(names, references, prepare):
    """Gives the functions in the mapping `names` the documentation of their NumPy references; returns which these are.

    `prepare` is what else is done with each of them.
    """
    shared = sorted(set(references.__all__) & set(names))
    for name in shared:
        names[name].__doc__ = getattr(references, name).__doc__
        prepare(names[name])
    return shared
