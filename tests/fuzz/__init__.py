"""Random calls of the whole public surface, each compared with the NumPy reference: see ../test_fuzz.py."""
