"""prelu_grad: the gradient with respect to the weight is a sum over the elements that share it."""

from fastact._arrays.call cimport Elementwise

cdef object prelu_gradients(Elementwise op, object dy, object x, object weight, object out, object where,
                            object casting, object order, object dtype, object subok)
