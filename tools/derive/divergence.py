"""Writes src/tables/divergence.h: the polynomial h of t + e^-t - 1 = t^2 h(t), by which kl_divergence keeps the digits
of elements that are about as probable in both distributions.

Beyond the interval's ends what the weights' errors take from w t + (v - w) is at most 2.4 of them, at -2, where v =
w e^2 and the sum is 4.4 w; at 1 it is one.
"""

from pathlib import Path

from fit import horner, log2_error, remez, to_bits
from mpmath import exp, mp, mpf

mp.dps = 60
OUT = Path(__file__).resolve().parent.parent.parent / "src" / "tables" / "divergence.h"
LOW, HIGH, DEGREE = -2, 1, 9
HEAD = """/* (t + e^-t - 1)/t^2 for t from {low} to {high}, relative error 2^{error:.1f} at most. Written by
 * tools/derive/divergence.py. */
#ifndef FASTACT_TABLES_DIVERGENCE_H
#define FASTACT_TABLES_DIVERGENCE_H
#define FA_F32_DIVERGENCE_LOW {low}.0f
#define FA_F32_DIVERGENCE_HIGH {high}.0f
"""


def quotient(t):
    """By its series near 0, where the formula cancels."""
    if abs(t) > mpf("0.001"):
        return (t + exp(-t) - 1) / t**2
    return sum((-t) ** k / mp.factorial(k + 2) for k in range(20))


def coefficients():
    return [to_bits(c, 24) for c in remez(quotient, lambda t: 1 / quotient(t), DEGREE, LOW, HIGH)]


def shown(value):
    mantissa, exponent = float(value).hex().split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent + "f"


def text():
    c = coefficients()
    error = log2_error(lambda t: horner(c, t), quotient, LOW, HIGH, lambda t: 1 / quotient(t))
    lines = [f"#define FA_F32_DIVERGENCE_{k} {shown(v)}\n" for k, v in enumerate(c)]
    return HEAD.format(low=LOW, high=HIGH, error=error) + "".join(lines) + "#endif\n"


if __name__ == "__main__":
    OUT.write_text(text())
