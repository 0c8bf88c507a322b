"""The two forms of the gated functions, two arrays or one in halves: for the compiled kernels and for NumPy."""

import numpy as np

from fastact._containers import other_arrays
from fastact._shared.arguments import check_out, check_real, halves
from fastact._shared.broadcast import operand_gradients
from fastact._shared.dtypes import WEAK, common_dtype
from fastact._shared.wrap import rewrap


def _is_integer(b):
    """Whether this is one integer, which is more likely meant for an axis than for an operand."""
    is_one = isinstance(b, (int, np.generic)) or (isinstance(b, np.ndarray) and b.ndim == 0)
    return is_one and np.asarray(b).dtype.kind in "biu"


def gate_operands(name, a, b, axis):
    """The two operands: a and b, or the halves of a along an axis where there is no b."""
    if b is None:
        whole = np.asanyarray(a)
        check_real(name, "a", whole.dtype, a)
        return halves(name, whole, axis)
    if _is_integer(b):
        raise TypeError(
            f"fastact.{name}: the second operand is an array, got the integer {b!r}; "
            f"write axis={int(b)} for the axis along which one array is split in halves"
        )
    if type(axis) is not int or axis != -1:
        raise TypeError(
            f"fastact.{name}: axis is for one array that is split in halves; got axis={axis!r} and two arrays"
        )
    return a, b


class WithNumbers:
    """An operation of arrays and of numbers behind them, which is called with the arrays alone."""

    def __init__(self, operation, numbers):
        self.name, self.operation, self.numbers = operation.name, operation, numbers

    def __call__(self, *arrays, **keywords):
        return self.operation(*arrays, *self.numbers.values(), **keywords)


def gate_numbers(name, alpha, limit, offset):
    """swiglu's numbers by their names, checked; none where all are the defaults."""
    if type(alpha) is type(limit) is type(offset) is float and alpha == 1 and limit == np.inf and offset == 0:
        return {}
    numbers = {"alpha": alpha, "limit": limit, "offset": offset}
    for argument, value in numbers.items():
        if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
            raise TypeError(f"fastact.{name}: {argument} must be a number, got {value!r}")
        if not np.isfinite(value) and not (argument == "limit" and value == np.inf):
            raise ValueError(f"fastact.{name}: {argument} must be finite, got {value!r}")
    if limit < 0:
        raise ValueError(f"fastact.{name}: limit must not be negative, got {limit!r}; leave it out for none")
    return {argument: float(value) for argument, value in numbers.items()}


def gate(operation, a, b, out, axis, where, casting, order, dtype, subok, numbers=None):
    """A gated function by its operation on two operands, and on numbers besides."""
    keywords = {"casting": casting, "order": order, "dtype": dtype, "subok": subok, **(numbers or {})}
    if b is None:
        answer = other_arrays.halved_gate(operation.name, a, out, axis, where, **keywords)
        if answer is not NotImplemented:
            return answer
    a, b = gate_operands(operation.name, a, b, axis)
    values = (numbers or {}).values()
    return operation(a, b, *values, out=out, where=where, casting=casting, order=order, dtype=dtype, subok=subok)


def pair_gradient(operation, dy, a, b, out, where, casting, order, dtype, subok, numbers=None):
    """The gradient of a function of two arrays: each result added up to the shape of its operand."""
    where = True if where is None else where
    keywords = {"casting": casting, "order": order, "dtype": dtype, "subok": subok, **(numbers or {})}
    operands = {"a": a, "b": b, "dy": dy}
    answer = other_arrays.operand_gradients(operation.name, operands, ("a", "b"), out, where, **keywords)
    if answer is not NotImplemented:
        return answer
    shapes = np.shape(a), np.shape(b)
    operation = WithNumbers(operation, numbers) if numbers else operation
    return operand_gradients(operation, (dy, a, b), shapes, out, where, casting, order, dtype, subok)


def gate_gradient(operation, dy, a, b, out, axis, where, casting, order, dtype, subok, numbers=None):
    """Its gradient by the operation that gives those with respect to two operands: two arrays, or one of two halves."""
    name = operation.name
    where = True if where is None else where
    keywords = {"casting": casting, "order": order, "dtype": dtype, "subok": subok, **(numbers or {})}
    if b is None:
        answer = other_arrays.halved_gradient(name, dy, a, out, axis, where, **keywords)
        if answer is not NotImplemented:
            return answer
    first, second = gate_operands(name, a, b, axis)
    if b is not None:
        return pair_gradient(operation, dy, a, b, out, where, casting, order, dtype, subok, numbers)
    shapes = np.shape(first), np.shape(second)
    whole = np.asanyarray(a)
    if type(dy) not in WEAK:
        given, dy = dy, np.asarray(dy)
        check_real(name, "dy", dy.dtype, given)
    result_type = common_dtype(name, (dy, whole), dtype, casting)
    if isinstance(out, tuple) and len(out) == 1:
        (out,) = out
    if out is None:
        dx = np.empty_like(whole, dtype=result_type, order=order, subok=False)
    else:
        check_out(name, out, whole.shape, result_type)
        dx = out
    parts = halves(name, dx, axis)
    first, second = np.asarray(first), np.asarray(second)
    operation = WithNumbers(operation, numbers) if numbers else operation
    operand_gradients(operation, (dy, first, second), shapes, parts, where, casting, order, dtype, subok)
    return dx if out is not None or not subok else rewrap(a, dx)
