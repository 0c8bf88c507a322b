"""sparsemax, entmax15 and their gradients: of rows in one piece by src/engine/sparse.c.

What they do with their arguments stands beside their NumPy references.
"""

cimport numpy as cnp

from fastact._arrays.engine cimport FA_F32, FA_F64, fa_sparse_rows
from fastact._arrays.kernels cimport note_threads
from fastact._arrays.memory cimport new_like

from fastact._functions.hinted import hinted
from fastact._reference import sparse as reference
from fastact._reference import table
from fastact._shared.docs import adopt

cnp.import_array()


def _compute(int power, cnp.ndarray rows):
    """Of an array of two dimensions in C order."""
    cdef cnp.ndarray y
    cdef size_t count = cnp.PyArray_DIM(rows, 0), n = cnp.PyArray_DIM(rows, 1)
    cdef int type_number = cnp.PyArray_TYPE(rows)
    if type_number != cnp.NPY_FLOAT and type_number != cnp.NPY_DOUBLE:
        return reference._compute(power, rows)
    y = new_like(rows)
    note_threads()
    with nogil:
        fa_sparse_rows(power, FA_F64 if type_number == cnp.NPY_DOUBLE else FA_F32, cnp.PyArray_DATA(rows),
                       cnp.PyArray_DATA(y), count, n)
    return y


def sparsemax(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.sparse(_compute, "sparsemax", reference.SPARSEMAX, x, axis, out, where, bias, scale, dtype)


def entmax15(x, /, axis=-1, *, out=None, where=None, bias=None, scale=1.0, dtype=None):
    return reference.sparse(_compute, "entmax15", reference.ENTMAX15, x, axis, out, where, bias, scale, dtype)


def sparsemax_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return reference.gradient("sparsemax_grad", dy, y, axis, out, dtype)


def entmax15_grad(dy, y, /, axis=-1, *, out=None, dtype=None):
    return reference.gradient("entmax15_grad", dy, y, axis, out, dtype)


__all__ = adopt(globals(), table, hinted)
