"""The elementwise functions, from the rows of the reference's table: a factory for each list of parameters.

`inspect.signature`, names and documentation are those of the function in NumPy; a traceback shows the factory's name.
"""

from fastact._arrays.call cimport Elementwise, call, call_many
from fastact._functions.prelu cimport prelu_gradients

import inspect

from fastact._functions.hinted import hinted
from fastact._reference import table
from fastact._reference.gaussian import gelu_kind
from fastact._shared.docs import adopt


def unary(Elementwise op):
    def f(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call(op, x, out, where, casting, order, dtype, subok)
    return f


def with_alpha(Elementwise op, default):
    def f(x, /, alpha=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (x, alpha), out, where, casting, order, dtype, subok)
    return f


def with_beta(Elementwise op, default):
    def f(x, /, beta=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (x, beta), out, where, casting, order, dtype, subok)
    return f


def with_slope(Elementwise op, default):
    def f(x, /, negative_slope=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
        return call_many(op, (x, negative_slope), out, where, casting, order, dtype, subok)
    return f


def with_weight(Elementwise op):
    def f(x, /, weight, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (x, weight), out, where, casting, order, dtype, subok)
    return f


def with_limits(Elementwise op, least, most):
    def f(x, /, min_val=least, max_val=most, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
        return call_many(op, (x, min_val, max_val), out, where, casting, order, dtype, subok)
    return f


def with_kinds(Elementwise op, default):
    cdef dict operations = kinds_of(op)

    def f(x, /, approximate=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call(chosen(operations, op.name, approximate), x, out, where, casting, order, dtype, subok)
    return f


def gradient(Elementwise op):
    def f(dy, x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (dy, x), out, where, casting, order, dtype, subok)
    return f


def gradient_with_alpha(Elementwise op, default):
    def f(dy, x, /, alpha=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (dy, x, alpha), out, where, casting, order, dtype, subok)
    return f


def gradient_with_beta(Elementwise op, default):
    def f(dy, x, /, beta=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (dy, x, beta), out, where, casting, order, dtype, subok)
    return f


def gradient_with_slope(Elementwise op, default):
    def f(dy, x, /, negative_slope=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
        return call_many(op, (dy, x, negative_slope), out, where, casting, order, dtype, subok)
    return f


def gradient_with_weight(Elementwise op):
    def f(dy, x, /, weight, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return prelu_gradients(op, dy, x, weight, out, where, casting, order, dtype, subok)
    return f


def gradient_with_limits(Elementwise op, least, most):
    def f(dy, x, /, min_val=least, max_val=most, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
        return call_many(op, (dy, x, min_val, max_val), out, where, casting, order, dtype, subok)
    return f


def gradient_with_kinds(Elementwise op, default):
    cdef dict operations = kinds_of(op)

    def f(dy, x, /, approximate=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
        return call_many(chosen(operations, op.name, approximate), (dy, x), out, where, casting, order, dtype, subok)
    return f


cdef dict kinds_of(Elementwise op):
    """The operations that `approximate` chooses from, by its values."""
    cdef str family = op.name.removesuffix("_grad")
    cdef str rest = op.name[len(family):]
    cdef dict kinds = {"none": op}
    for kind in ("tanh", "sigmoid"):
        kinds[kind] = operation(op.name, f"{family}_{kind}{rest}")
    return kinds


cdef Elementwise chosen(dict operations, str name, object approximate):
    found = operations.get(approximate) if isinstance(approximate, str) else None
    if found is None:
        gelu_kind(name, approximate)  # which says what is wrong
    return found


cdef Elementwise operation(str name, str kernel):
    return Elementwise(name, kernel, table.UFUNCS[kernel])


FACTORIES = {
    ("x",): unary,
    ("x", "alpha"): with_alpha,
    ("x", "approximate"): with_kinds,
    ("x", "beta"): with_beta,
    ("x", "min_val", "max_val"): with_limits,
    ("x", "negative_slope"): with_slope,
    ("x", "weight"): with_weight,
    ("dy", "x"): gradient,
    ("dy", "x", "alpha"): gradient_with_alpha,
    ("dy", "x", "approximate"): gradient_with_kinds,
    ("dy", "x", "beta"): gradient_with_beta,
    ("dy", "x", "min_val", "max_val"): gradient_with_limits,
    ("dy", "x", "negative_slope"): gradient_with_slope,
    ("dy", "x", "weight"): gradient_with_weight,
}


cdef int publish() except -1:
    """A function for each row of the table whose operands a factory knows."""
    for name in table.UFUNCS:
        reference = inspect.unwrap(getattr(table, name, None))
        if reference is None:  # a value of `approximate`
            continue
        code = reference.__code__
        factory = FACTORIES.get(code.co_varnames[:code.co_argcount])
        if factory is not None:
            f = factory(operation(name, name), *(reference.__defaults__ or ()))
            f.__name__ = f.__qualname__ = name
            globals()[name] = f
    return 0


publish()
__all__ = adopt(globals(), table, hinted)
