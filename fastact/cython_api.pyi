# nothing in Python: docs/c_and_cython.md
