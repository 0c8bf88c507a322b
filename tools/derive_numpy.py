"""Prints the constants of fastact/_numpy.py: each as a sum of three float64 numbers, enough for every longdouble."""

from mpmath import mp, mpf, pi, sqrt

mp.prec = 300


def pieces(value):
    """The first three float64 numbers of the expansion of value."""
    found = []
    for _ in range(3):
        found.append(float(value - sum(map(mpf, found), mpf(0))))
    return ", ".join(map(float.hex, found))


slope = 2 * sqrt(2 / pi)
print(f"_SLOPE = ({pieces(slope)})")
print(f"_CUBIC = ({pieces(slope * mpf('0.044715'))})")
