"""The type in which a function answers its operands, and results of that type."""

import numpy as np

from fastact._shared.arguments import is_floating, promoted, result_dtype

WEAK = (float, int)  # Python's numbers, exactly: they take the type of the arrays beside them
# the rule of NumPy itself: beside others, arrays of no dimension count by their value
BY_VALUE = np.lib.NumpyVersion(np.__version__) < "2.0.0"


def number(a, dtype):
    """A Python number in this type, infinite beyond its range. NumPy has no integers of more than 64 bits."""
    with np.errstate(all="ignore"):
        return np.asarray(a if dtype.char == "g" else float(a)).astype(dtype)[()]


def laid_out(operands, dtype, order="K"):
    """A new array for the result of a ufunc of these, whose elements lie where NumPy would put them."""
    arrays = [np.asarray(a) for a in operands if type(a) not in WEAK]
    if not any(a.ndim for a in arrays):
        return np.empty((), dtype)
    return np.nditer(
        [*arrays, None],
        flags=["refs_ok", "zerosize_ok", "multi_index"],
        op_flags=[["readonly"]] * len(arrays) + [["writeonly", "allocate"]],
        op_dtypes=[None] * len(arrays) + [dtype],
        order=order,
    ).operands[-1]


def type_of(operand):
    """Its type, None for a Python number."""
    return None if type(operand) in WEAK else np.asarray(operand).dtype


def common_dtype(name, operands, dtype=None, casting="same_kind", types=None):
    """The floating type in which function `name` answers these operands; TypeError where there is none.

    That of all arrays together, float64 for integers and bool. Python numbers count where there is nothing else: they
    are float64. `types` are those of the operands where they are known, None for a Python number.
    """
    given = [type_of(a) for a in operands] if types is None else types
    if all(a is None for a in given):
        given = [np.dtype(np.float64)] * len(given)
    arrays = [a for a in given if a is not None]
    for a, operand in zip(given, operands, strict=True):
        if a is not None:
            result_dtype(name, a, dtype, casting, origin=operand)
    if dtype is not None:
        return result_dtype(name, np.dtype(np.float64), dtype, "unsafe")
    if BY_VALUE and types is None:
        arrays = [np.asarray(a) for a in operands if type(a) not in WEAK] or arrays
    together = promoted(name, arrays)
    result = together.newbyteorder("=") if is_floating(together) else np.dtype(np.float64)
    for a in given:
        if a is not None and not np.can_cast(a, result, casting):
            raise TypeError(f"fastact.{name}: an operand cannot be cast from {a} to {result} with casting={casting!r}")
    return result
