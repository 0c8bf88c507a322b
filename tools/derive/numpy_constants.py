"""Prints the constants of fastact/_reference/gaussian.py: python tools/derive/numpy_constants.py (needs mpmath).

Each is a sum of three float64 numbers, enough for every longdouble.
"""

from mpmath import mp, mpf, pi, sqrt


def pieces(value):
    """The first three float64 numbers of the expansion of value."""
    found = []
    for _ in range(3):
        found.append(float(value - sum(map(mpf, found), mpf(0))))
    return found


def constants():
    """2 sqrt(2/pi), and 0.044715 times that."""
    with mp.workprec(300):
        slope = 2 * sqrt(2 / pi)
        return {"_SLOPE": pieces(slope), "_CUBIC": pieces(slope * mpf("0.044715"))}


def text():
    """As the module has them."""
    lines = []
    for name, found in constants().items():
        lines += [f"{name} = (", *(f'    float.fromhex("{piece.hex()}"),' for piece in found), ")"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(text(), end="")
