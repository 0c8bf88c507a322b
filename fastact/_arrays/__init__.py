"""Arrays as the C library takes them: what lies where, the memory of results, the calls of kernels.

Cython over NumPy's C API. Imports `_shared`, `_containers` and the C library; no public name stands here.
"""
