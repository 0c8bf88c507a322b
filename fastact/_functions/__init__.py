"""The public functions, compiled: a signature and a call each.

Imports all other rooms; nothing but `fastact` imports it.
"""
