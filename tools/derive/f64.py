"""Derives src/tables/f64.h: python tools/derive/f64.py (needs mpmath)."""

import struct
from pathlib import Path

import mpmath as mp
from fit import (
    Header,
    atanh_coefficients,
    chebyshev_nodes,
    horner,
    least_squares,
    log2_error,
    minimax,
    recentre,
    selu_and_sixth,
    short_centre,
    to_bits,
    to_grid,
)

OUT = Path(__file__).resolve().parent.parent.parent / "src" / "tables" / "f64.h"

GELU_DEGREE = 13
GELU_STEP = mp.mpf(float.fromhex("0x1.89p-2"))  # 39 GELU_STEP + 1 < 16
LOG_GRID = -43  # n ln2 - log C(j) is exact on this grid for |n| <= 64


def exponential(h):
    h.comment("exp: x = n ln2 + r, n in sixteenths, |r| <= ln2/32; n * LN2_HIGH is exact for |n| < 2^11")
    h.define("FA_F64_LOG2E", 1 / mp.log(2))
    high = to_bits(mp.log(2), 37)
    h.define("FA_F64_LN2_HIGH", high)
    h.define("FA_F64_LN2_LOW", mp.log(2) - high)
    h.define("FA_F64_LN2", mp.log(2))
    expm1(h, "EXP", 6, lambda r: r * r, "of exp(r)")
    expm1(h, "EXPM1_", 7, abs, "of exp(r)-1")
    power = [mp.mpf(2) ** (mp.mpf(j) / 16) for j in range(16)]
    h.comment("2^(j/16), its word less j 2^48, which adding 16 n + j gives back; the relative error of its rounding")
    h.table("fa_f64_exp2_sixteenths", [less_sixteenths(to_bits(v, 53), j) for j, v in enumerate(power)])
    h.table("fa_f64_exp2_error", [v / to_bits(v, 53) - 1 for v in power])


def expm1(h, name, degree, weight, what):
    """exp(r)-1 = r + r^2 q(r): weight turns an error of q into the one that is minimised."""
    reach = mp.log(2) / 32 * (1 + mp.mpf(2) ** -20)
    tail = [1 / mp.factorial(k + 2) for k in range(20)]
    c = minimax(lambda r: horner(tail, r), weight, degree - 2, -reach, reach)
    error = log2_error(lambda r: horner(c, r), lambda r: horner(tail, r), -reach, reach, weight)
    h.comment(f"exp(r)-1 of degree {degree}: relative error 2^{error:.1f} {what}")
    for k, value in enumerate(c, 2):
        h.define(f"FA_F64_{name}{k}", value)


def less_sixteenths(value, j):
    """The number whose word is that of value less j * 2^48."""
    (word,) = struct.unpack("<q", struct.pack("<d", float(value)))
    return mp.mpf(struct.unpack("<d", struct.pack("<q", word - (j << 48)))[0])


def logarithm(h):
    h.comment("log: s = 2^n m, 1 <= m < 2, j = round(15 (m-1)), log s = n ln2 - log C(j) + log(1+t), t = m C(j) - 1")
    reciprocal = [mp.mpf(1)] + [mp.mpf(float(mp.mpf(15) / (15 + j))) for j in range(1, 16)]
    high = [to_grid(-mp.log(c), LOG_GRID) for c in reciprocal]
    h.table("fa_f64_log_reciprocal", reciprocal)
    h.table("fa_f64_log_high", high)
    h.table("fa_f64_log_low", [-mp.log(c) - v for c, v in zip(reciprocal, high, strict=True)])
    ln2 = to_grid(mp.log(2), LOG_GRID)
    h.define("FA_F64_LOG_LN2_HIGH", ln2)
    h.define("FA_F64_LOG_LN2_LOW", mp.log(2) - ln2)
    h.comment("n from the exponent field of 2^-1 <= s < 2^65: low four bits, next four bits")
    h.table("fa_f64_log_n", [mp.mpf(i - 15) for i in range(16)])
    h.table("fa_f64_log_n16", [mp.mpf(16 * i + 16 if i < 4 else 0) for i in range(16)])
    reach = mp.mpf(1) / 30 * (1 + mp.mpf(2) ** -20)
    tail = [mp.mpf((-1) ** (k + 1)) / (k + 2) for k in range(40)]  # (log(1+t) - t) / t^2
    c = minimax(lambda t: horner(tail, t), abs, 8, -reach, reach)
    error = log2_error(lambda t: horner(c, t), lambda t: horner(tail, t), -reach, reach, abs)
    h.comment(f"log(1+t), |t| <= 1/30, of degree 10: relative error 2^{error:.1f}")
    for k, value in enumerate(c, 2):
        h.define(f"FA_F64_LOG{k}", value)


def ratio(a):
    """Q(a) exp(a^2/2), Q the normal tail: erfcx(a/sqrt2)/2"""
    z = a / mp.sqrt(2)
    return mp.exp(z * z) * mp.erfc(z) / 2


def gelu_row(index):
    """(centre, c0 .. c13) for 1 + GELU_STEP a in 2^(index/4) .. 2^((index+1)/4), and the relative error of the fit."""
    lo, hi = ((mp.mpf(2) ** (mp.mpf(index + end) / 4) - 1) / GELU_STEP for end in (0, 1))
    middle = (lo + hi) / 2
    values = {a: ratio(a) for a in chebyshev_nodes(lo, hi, GELU_DEGREE + 10)}
    c = least_squares(values.get, lambda a: 1 / values[a], range(GELU_DEGREE + 1), list(values), middle)
    centre = short_centre(c, middle, 53, 9)
    row = [centre, *(to_bits(v, 53) for v in recentre(c, centre - middle))]
    return row, log2_error(lambda a: horner(row[1:], a - centre), ratio, lo, hi, points=400)


def gelu(h):
    """Slot: the low four bits of the exponent field of b^4; b = 1 falls in slot 15."""
    rows, errors = [None] * 16, [None] * 16
    for index in range(16):
        slot = (15 + index) % 16
        rows[slot], errors[slot] = gelu_row(index)
    worst = max(errors)
    h.comment(f"erfcx(a/sqrt2)/2, 0 <= a <= 39: slot = exponent of (1 + STEP a)^4, d = a - centre; error 2^{worst:.1f}")
    h.define("FA_F64_GELU_STEP", GELU_STEP)
    names = ["centre"] + [f"c{k}" for k in range(GELU_DEGREE + 1)]
    h.table2("fa_f64_gelu", [list(row) for row in zip(*rows, strict=True)], names)


def gelu_tanh(h):
    h.comment("gelu_tanh: x / (1 + exp(-x (K + C x^2))), K and C as pairs")
    k = 2 * mp.sqrt(2 / mp.pi)
    for name, value in (("K", k), ("C", k * mp.mpf("0.044715"))):
        high = to_bits(value, 53)
        h.define(f"FA_F64_GELU_TANH_{name}", high)
        h.define(f"FA_F64_GELU_TANH_{name}_LOW", value - high)


def logit(h):
    c, error = atanh_coefficients(6, 53)
    h.comment(f"2 atanh(z), z^2 <= 0.0345, is 2z + ATANH3 z^3 + ...: degree 15, relative error 2^{error:.1f}")
    for k, value in enumerate(c):
        h.define(f"FA_F64_ATANH{2 * k + 3}", value)
    h.comment("1023 - exponent field: by its low four bits, by the next four, by the rest (the sign is no part of it)")
    h.table("fa_f64_exponent", [mp.mpf(-i) for i in range(16)])
    h.table("fa_f64_exponent16", [mp.mpf(-16 * i) for i in range(16)])
    h.table("fa_f64_exponent256", [mp.mpf(1023 - 256 * (i % 8)) for i in range(16)])


def tanh_shrink(h):
    """P in (a - tanh a)/a^3 = 1/3 + a^2 P(a^2)."""
    # tanh a = sum of 4^k (4^k - 1) B(2k) / (2k)! a^(2k - 1)
    series = [mp.mpf(4) ** k * (mp.mpf(4) ** k - 1) * mp.bernoulli(2 * k) / mp.factorial(2 * k) for k in range(3, 75)]

    def rest(u):
        return -horner(series, u)

    lo, hi = mp.mpf(2) ** -20, mp.mpf(9) / 64
    c = minimax(rest, lambda u: 3 * u, 8, lo, hi)
    error = log2_error(lambda u: horner(c, u), rest, lo, hi, lambda u: 3 * u)
    high = to_bits(mp.mpf(1) / 3, 53)
    h.comment(f"(a - tanh a)/a^3, a <= 3/8, is 1/3 + TANH_SHRINK1 a^2 + ...: degree 18, relative error 2^{error:.1f}")
    h.define("FA_F64_THIRD", high)
    h.define("FA_F64_THIRD_LOW", mp.mpf(1) / 3 - high)
    for k, value in enumerate(c, 1):
        h.define(f"FA_F64_TANH_SHRINK{k}", value)


def header():
    note = "/* Constants of math/f64.h and of the float64 formulas; written by tools/derive/f64.py. */"
    h = Header("FASTACT_TABLES_F64_H", note, "double")
    exponential(h)
    logarithm(h)
    gelu(h)
    gelu_tanh(h)
    logit(h)
    tanh_shrink(h)
    selu_and_sixth(h, "F64", 53)
    return h


if __name__ == "__main__":
    OUT.write_text(header().text())
