"""The elementwise functions, from the rows of the reference's table: a factory for each list of parameters.

`inspect.signature`, names and documentation are those of the function in NumPy; a traceback shows the factory's name.
"""

cimport numpy as cnp

from fastact._arrays.call cimport Elementwise, call, call_many
from fastact._arrays.convert cimport number
from fastact._arrays.engine cimport fa_sum, fa_workers
from fastact._arrays.fpmode cimport fa_fp_enter, fa_fp_leave, fa_fp_mode
from fastact._arrays.kernels cimport note_threads, run_sum
from fastact._arrays.layout cimport (
    PyArray_IS_C_CONTIGUOUS, PyArray_ISWRITEABLE, disjoint, dtype_of, is_computed_in, kernel_reads, nest_in_order,
    same_layout,
)
from fastact._arrays.memory cimport new_like
from fastact._arrays.scaled cimport call_scaled

import inspect

from fastact._functions.hinted import hinted
from fastact._reference import piecewise_gradients, table
from fastact._reference.gaussian import gelu_kind
from fastact._reference.piecewise import is_usual
from fastact._shared.docs import adopt

cnp.import_array()


def unary(Elementwise op):
    def f(x, /, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True, bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (), bias, scale, out, where, casting, order, dtype, subok)
        return call(op, x, out, where, casting, order, dtype, subok)
    return f


def with_alpha(Elementwise op, default):
    def f(x, /, alpha=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (alpha,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, alpha), out, where, casting, order, dtype, subok)
    return f


def with_beta(Elementwise op, default):
    def f(x, /, beta=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (beta,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, beta), out, where, casting, order, dtype, subok)
    return f


def with_slope(Elementwise op, default):
    def f(x, /, negative_slope=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (negative_slope,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, negative_slope), out, where, casting, order, dtype, subok)
    return f


def with_b(Elementwise op, default):
    def f(x, /, b=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (b,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, b), out, where, casting, order, dtype, subok)
    return f


def with_cap(Elementwise op):
    def f(x, /, cap, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (cap,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, cap), out, where, casting, order, dtype, subok)
    return f


def with_lambd(Elementwise op, default):
    def f(x, /, lambd=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (lambd,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, lambd), out, where, casting, order, dtype, subok)
    return f


def with_threshold(Elementwise op):
    def f(x, /, threshold, value, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (threshold, value), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, threshold, value), out, where, casting, order, dtype, subok)
    return f


def with_weight(Elementwise op):
    def f(x, /, weight, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (weight,), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, weight), out, where, casting, order, dtype, subok)
    return f


def with_limits(Elementwise op, least, most):
    def f(x, /, min_val=least, max_val=most, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True, bias=None, scale=None):
        if bias is not None or scale is not None:
            return call_scaled(op, x, (min_val, max_val), bias, scale, out, where, casting, order, dtype, subok)
        return call_many(op, (x, min_val, max_val), out, where, casting, order, dtype, subok)
    return f


def with_kinds(Elementwise op, default):
    cdef dict operations = kinds_of(op)

    def f(x, /, approximate=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True,
          bias=None, scale=None):
        kind = chosen(operations, op.name, approximate)
        if bias is not None or scale is not None:
            return call_scaled(kind, x, (), bias, scale, out, where, casting, order, dtype, subok)
        return call(kind, x, out, where, casting, order, dtype, subok)
    return f


def with_line(Elementwise op, slope_of_all, offset_of_all):
    cdef Elementwise sloped = operation(op.name, f"{op.name}_sloped")

    def f(x, /, slope=slope_of_all, offset=offset_of_all, *, out=None, where=True, casting="same_kind", order="K",
          dtype=None, subok=True, bias=None, scale=None):
        usual = is_usual(slope, offset)
        if bias is not None or scale is not None:
            return call_scaled(op if usual else sloped, x, () if usual else (slope, offset), bias, scale, out, where,
                               casting, order, dtype, subok)
        if usual:
            return call(op, x, out, where, casting, order, dtype, subok)
        return call_many(sloped, (x, slope, offset), out, where, casting, order, dtype, subok)
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


def gradient_with_b(Elementwise op, default):
    def f(dy, x, /, b=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (dy, x, b), out, where, casting, order, dtype, subok)
    return f


def gradient_with_cap(Elementwise op):
    def f(dy, x, /, cap, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (dy, x, cap), out, where, casting, order, dtype, subok)
    return f


def gradient_with_lambd(Elementwise op, default):
    def f(dy, x, /, lambd=default, *, out=None, where=True, casting="same_kind", order="K", dtype=None, subok=True):
        return call_many(op, (dy, x, lambd), out, where, casting, order, dtype, subok)
    return f


def gradient_with_threshold(Elementwise op):
    def f(dy, x, /, threshold, value, *, out=None, where=True, casting="same_kind", order="K", dtype=None,
          subok=True):
        return call_many(op, (dy, x, threshold, value), out, where, casting, order, dtype, subok)
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


def gradient_with_line(Elementwise op, slope_of_all, offset_of_all):
    cdef Elementwise sloped = operation(op.name, f"{op.name.removesuffix('_grad')}_sloped_grad")

    def f(dy, x, /, slope=slope_of_all, offset=offset_of_all, *, out=None, where=True, casting="same_kind", order="K",
          dtype=None, subok=True):
        if is_usual(slope, offset):
            return call_many(op, (dy, x), out, where, casting, order, dtype, subok)
        return call_many(sloped, (dy, x, slope, offset), out, where, casting, order, dtype, subok)
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


# ---- prelu_grad: the gradient with respect to the weight is a sum over the elements that share it. One weight for all
# has its sum from the pass that gives dx; others have theirs from an array of all shares. ----

cdef bint takes_results(object dx, object dweight, object dy, cnp.ndarray x, cnp.ndarray weight) noexcept:
    """Whether arrays given for dx and dweight, or None, lie as x and weight do and share no memory still to be read."""
    cdef bint free = True
    if dx is not None:
        free = (cnp.PyArray_CheckExact(dx) and same_layout(dx, x) and PyArray_ISWRITEABLE(dx)
                and disjoint(dx, cnp.PyArray_BYTES(x), cnp.PyArray_NBYTES(x))
                and disjoint(dx, cnp.PyArray_BYTES(dy), cnp.PyArray_NBYTES(dy))
                and disjoint(dx, cnp.PyArray_BYTES(weight), cnp.PyArray_NBYTES(weight)))
    if free and dweight is not None:
        free = (cnp.PyArray_CheckExact(dweight) and PyArray_ISWRITEABLE(dweight)
                and cnp.PyArray_TYPE(dweight) == cnp.PyArray_TYPE(weight)
                and cnp.PyArray_SAMESHAPE(dweight, weight)
                and (dx is None or disjoint(dweight, cnp.PyArray_BYTES(dx), cnp.PyArray_NBYTES(dx))))
    return free


cdef object with_one_weight(Elementwise op, object dy, cnp.ndarray x, object weight, object out):
    """dx and dweight for arrays of one type and shape, x in C order, and one weight; None for anything else."""
    cdef fa_sum p
    cdef int type_number = cnp.PyArray_TYPE(x)
    cdef size_t n = cnp.PyArray_SIZE(x)
    cdef cnp.ndarray dx, dweight
    if not (is_computed_in(type_number) and kernel_reads(x, type_number)
            and PyArray_IS_C_CONTIGUOUS(x) and cnp.PyArray_NDIM(x) > 0
            and cnp.PyArray_CheckExact(dy) and kernel_reads(dy, type_number) and cnp.PyArray_SAMESHAPE(dy, x)):
        return None
    if type(weight) is float:
        weight = number(weight, type_number)
    if not (cnp.PyArray_CheckExact(weight) and kernel_reads(weight, type_number) and cnp.PyArray_SIZE(weight) == 1
            and cnp.PyArray_NDIM(weight) <= cnp.PyArray_NDIM(x) and n > 1):
        return None
    if out is None:
        out = (None, None)
    if not (type(out) is tuple and len(<tuple>out) == 2 and takes_results(out[0], out[1], dy, x, weight)):
        return None
    dx = new_like(x) if out[0] is None else out[0]
    nest_in_order(&p.nest, (<object>x).shape, (dy, x, weight, None, None), cnp.PyArray_ITEMSIZE(x))
    p.loop = &op.loops[dtype_of(type_number)]
    p.nest.args[3] = cnp.PyArray_BYTES(dx)
    note_threads()
    p.summed, p.divided, p.divisor, p.workers = 4, 0, 1, fa_workers(n)
    dweight = number(run_sum(&p, 0, n, 0), type_number)
    if out[1] is not None:
        out[1][...] = dweight
        return dx, out[1]
    return dx, dweight[()] if cnp.PyArray_NDIM(weight) == 0 else (<object>dweight).reshape((<object>weight).shape)


cdef object gradients(Elementwise op, object dy, object x, object weight, object out, object where,
                      object casting, object order, object dtype, object subok):
    if (cnp.PyArray_CheckExact(x) and cnp.PyArray_CheckExact(weight) and cnp.PyArray_CheckExact(dy) and out is None
            and where is True and cnp.PyArray_SAMESHAPE(x, weight) and cnp.PyArray_SAMESHAPE(x, dy)):
        return call_many(op, (dy, x, weight), None, where, casting, order, dtype, subok)  # nothing to be summed
    if (cnp.PyArray_CheckExact(x) and where is True and dtype is None and subok is True
            and casting == "same_kind" and order == "K"):
        results = with_one_weight(op, dy, x, weight, out)
        if results is not None:
            return results
    return piecewise_gradients.prelu_gradients(op, dy, x, weight, out, where, casting, order, dtype, subok)


cdef object prelu_gradients(Elementwise op, object dy, object x, object weight, object out, object where,
                            object casting, object order, object dtype, object subok):
    """The same in the default floating-point mode: NumPy computes parts of it."""
    cdef fa_fp_mode before = fa_fp_enter()
    try:
        return gradients(op, dy, x, weight, out, where, casting, order, dtype, subok)
    finally:
        fa_fp_leave(before)


# ---- the public functions ----

FACTORIES = {
    ("x",): unary,
    ("x", "alpha"): with_alpha,
    ("x", "approximate"): with_kinds,
    ("x", "b"): with_b,
    ("x", "beta"): with_beta,
    ("x", "cap"): with_cap,
    ("x", "lambd"): with_lambd,
    ("x", "min_val", "max_val"): with_limits,
    ("x", "negative_slope"): with_slope,
    ("x", "slope", "offset"): with_line,
    ("x", "threshold", "value"): with_threshold,
    ("x", "weight"): with_weight,
    ("dy", "x"): gradient,
    ("dy", "x", "alpha"): gradient_with_alpha,
    ("dy", "x", "approximate"): gradient_with_kinds,
    ("dy", "x", "b"): gradient_with_b,
    ("dy", "x", "beta"): gradient_with_beta,
    ("dy", "x", "cap"): gradient_with_cap,
    ("dy", "x", "lambd"): gradient_with_lambd,
    ("dy", "x", "min_val", "max_val"): gradient_with_limits,
    ("dy", "x", "negative_slope"): gradient_with_slope,
    ("dy", "x", "slope", "offset"): gradient_with_line,
    ("dy", "x", "threshold", "value"): gradient_with_threshold,
    ("dy", "x", "weight"): gradient_with_weight,
}


cdef int publish() except -1:
    """A function for each row of the table whose operands a factory knows."""
    for name in table.UFUNCS:
        reference = inspect.unwrap(getattr(table, name, None))
        if reference is None:  # a variant, by the value of a parameter
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
