"""sparsemax, entmax15 and their gradients: of rows in one piece by src/engine/sparse.c.

What they do with their arguments stands beside their NumPy references. Plain arrays along their last axis are spared
that.
"""

cimport numpy as cnp

from fastact._arrays.engine cimport fa_dtype, fa_sparse_rows
from fastact._arrays.kernels cimport note_threads
from fastact._arrays.layout cimport dtype_of, is_computed_in
from fastact._arrays.memory cimport new_like
from fastact._arrays.plain cimport are_plain_rows, no_options, row_length

from fastact._functions.hinted import hinted
from fastact._reference import sparse as reference
from fastact._reference import table
from fastact._shared.docs import adopt

cnp.import_array()


cdef cnp.ndarray of_packed(int power, cnp.ndarray rows):
    """Of an array of the kernels' own types in C order, along its last axis, which is not empty."""
    cdef cnp.ndarray y = new_like(rows)
    cdef fa_dtype dtype = dtype_of(cnp.PyArray_TYPE(rows))
    cdef size_t n = row_length(rows), count = cnp.PyArray_SIZE(rows) // <Py_ssize_t>n
    note_threads()
    with nogil:
        fa_sparse_rows(power, dtype, cnp.PyArray_DATA(rows), cnp.PyArray_DATA(y), count, n)
    return y


def _compute(int power, cnp.ndarray rows):
    """Of an array of two dimensions in C order."""
    if not is_computed_in(cnp.PyArray_TYPE(rows)):
        return reference._compute(power, rows)
    return of_packed(power, rows)


cdef object sparse(str name, int power, object x, object axis, object out, object where, object bias, object scale,
                   object dtype):
    if out is None and dtype is None and no_options(where, bias, scale) and are_plain_rows(x, axis):
        return of_packed(power, x)
    return reference.sparse(_compute, name, power, x, axis, out, where, bias, scale, dtype)


def sparsemax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return sparse("sparsemax", reference.SPARSEMAX, x, axis, out, where, bias, scale, dtype)


def entmax15(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return sparse("entmax15", reference.ENTMAX15, x, axis, out, where, bias, scale, dtype)


def sparsemax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return reference.gradient("sparsemax_grad", dy, y, axis, out, dtype)


def entmax15_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return reference.gradient("entmax15_grad", dy, y, axis, out, dtype)


__all__ = adopt(globals(), table, hinted)
