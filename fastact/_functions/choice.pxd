"""The largest elements of rows, for who draws from them."""

cimport numpy as cnp

cdef object largest(object flat, object where, object bias, object scale, Py_ssize_t k)
