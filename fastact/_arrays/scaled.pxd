"""Elementwise functions of scale * x + bias."""

from fastact._arrays.call cimport Elementwise

# op(scale * x + bias, *parameters) with the keywords of a ufunc; bias and scale may be None, but not both
cdef object call_scaled(Elementwise op, object x, tuple parameters, object bias, object scale, object out, object where,
                        object casting, object order, object dtype, object subok)
