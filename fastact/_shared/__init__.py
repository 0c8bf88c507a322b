"""What the compiled functions and NumPy's both say: arguments and their errors, types, documentation.

Imports NumPy alone.
"""
