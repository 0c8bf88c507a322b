"""sparsemax_loss and entmax15_loss: of rows in one piece by src/engine/sparse.c.

What they do with their arguments stands beside their NumPy references.
"""

cimport numpy as cnp

from fastact._arrays.engine cimport FA_F32, FA_F64, fa_dtype, fa_sparse_losses
from fastact._arrays.kernels cimport note_threads
from fastact._arrays.memory cimport new_like

import numpy as np

from fastact._functions.hinted import hinted
from fastact._reference import sparse_losses as reference
from fastact._reference import table
from fastact._reference.sparse import ENTMAX15, SPARSEMAX
from fastact._shared.docs import adopt

cnp.import_array()


def _compute(int power, cnp.ndarray rows, cnp.ndarray labels, double scale):
    """Of an array of two dimensions in C order and as many labels, intp in one piece."""
    cdef cnp.ndarray dx, loss
    cdef size_t count = cnp.PyArray_DIM(rows, 0), n = cnp.PyArray_DIM(rows, 1)
    cdef int type_number = cnp.PyArray_TYPE(rows)
    cdef fa_dtype dtype = FA_F64 if type_number == cnp.NPY_DOUBLE else FA_F32
    cdef double total
    if type_number != cnp.NPY_FLOAT and type_number != cnp.NPY_DOUBLE:
        return reference.compute_losses(power, rows, labels, scale)
    dx, loss = new_like(rows), np.empty(count)
    note_threads()
    with nogil:
        total = fa_sparse_losses(power, dtype, cnp.PyArray_DATA(rows), <const Py_ssize_t *>cnp.PyArray_DATA(labels),
                                 <double *>cnp.PyArray_DATA(loss), cnp.PyArray_DATA(dx), count, n, scale)
    return loss, np.float64(total), dx


def sparsemax_loss(logits, labels, *, axis=-1, ignore_index=-100, reduction="mean", return_grad=False):
    return reference.sparse_loss(_compute, "sparsemax_loss", SPARSEMAX, logits, labels, axis, ignore_index, reduction,
                                 return_grad)


def entmax15_loss(logits, labels, *, axis=-1, ignore_index=-100, reduction="mean", return_grad=False):
    return reference.sparse_loss(_compute, "entmax15_loss", ENTMAX15, logits, labels, axis, ignore_index, reduction,
                                 return_grad)


__all__ = adopt(globals(), table, hinted)
