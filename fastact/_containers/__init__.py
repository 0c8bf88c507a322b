"""Arrays of other libraries: taken apart, aligned, put together again.

Imports `_shared`, and none of those libraries.
"""
