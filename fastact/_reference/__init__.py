"""The functions in readable NumPy: formulas, signatures and documentation.

Imports `_shared` and `_containers`, never `_arrays`: it runs where nothing is compiled.
"""
