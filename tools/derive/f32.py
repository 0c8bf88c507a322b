"""Derives src/tables/f32.h: python tools/derive/f32.py (needs mpmath, and sollya on the path)."""

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
    sollya_minimax,
    to_bits,
)

OUT = Path(__file__).resolve().parent.parent.parent / "src" / "tables" / "f32.h"

LANES = 16  # entries of an in-register table
TANH_DEGREE, TANH_ROWS = 7, 8
TANH_ONE = mp.mpf(float.fromhex("0x1.2333333333333p+3"))  # 9.1: tanh is 1 in float32 from 9.02 on
# b = a + SHIFT, whose half-binades from SHIFT on begin where three bits of its word change: one addition finds them
TANH_SHIFT = mp.mpf(3) / 4
GELU_DEGREE = 6


def f32(value):
    return to_bits(value, 24)


def split(value):
    high = f32(value)
    return high, f32(value - high)


def exponential(h):
    h.comment("exp: x = n ln2 + r; LN2_HIGH has 15 bits, so n * LN2_HIGH is exact")
    high = to_bits(mp.log(2), 15)
    h.define("FA_F32_LOG2E", f32(1 / mp.log(2)))
    h.define("FA_F32_LN2_HIGH", high)
    h.define("FA_F32_LN2_LOW", f32(mp.log(2) - high))
    h.define("FA_F32_LN2", f32(mp.log(2)))  # rows/scaled_exp.inc: K(LN2)

    edge = ("-log(2)/2-1b-12", "log(2)/2+1b-12")
    c = sollya_minimax("exp(x)", range(2, 7), 24, edge, "absolute", "1+x")
    error = log2_error(lambda r: 1 + r + r * r * horner(c, r), mp.exp, -mp.log(2) / 2, mp.log(2) / 2)
    h.comment(f"exp(r), |r| <= ln2/2, is 1 + r + EXP2 r^2 + ...: degree 6, relative error 2^{error:.1f}")
    for k, value in enumerate(c, 2):
        h.define(f"FA_F32_EXP{k}", value)

    edge = ("-log(2)/32-1b-10*log(2)/32", "log(2)/32+1b-10*log(2)/32")
    c16 = sollya_minimax("exp(x)-1-x", range(2, 4), 24, edge, "exp(x)")
    error = log2_error(lambda r: 1 + r + r * r * horner(c16, r), mp.exp, -mp.log(2) / 32, mp.log(2) / 32)
    h.comment(f"with n in sixteenths, |r| <= ln2/32: degree 3, relative error 2^{error:.1f}")
    for k, value in enumerate(c16, 2):
        h.define(f"FA_F32_EXP16_{k}", value)


def tanh_interval(index):
    """Half-binades of b from 0.75 on, in a: (lo, hi) of the index-th."""
    binade, upper = divmod(index + 1, 2)
    lo, hi = (mp.mpf(2) ** (binade - 1) * (2 + half) / 2 - TANH_SHIFT for half in (upper, upper + 1))
    return lo, min(hi, TANH_ONE)


def tanh_row(index):
    """(centre, c0 .. c7), and the relative error of the fit."""
    lo, hi = tanh_interval(index)
    if index == 0:  # x + x^3 (p0 + p1 x^2 + p2 x^4): zero has tanh's own relative accuracy
        nodes = chebyshev_nodes(lo, hi * hi, 40)
        p = least_squares(lambda u: (mp.tanh(mp.sqrt(u)) - mp.sqrt(u)) / mp.sqrt(u) ** 3, lambda u: u, range(3), nodes)
        c = [0, 1, 0, p[0], 0, p[1], 0, p[2]]
        return [0, *c], log2_error(lambda x: horner(c, x), mp.tanh, hi / 40, hi)
    middle = (lo + hi) / 2
    nodes = chebyshev_nodes(lo, hi, 3 * TANH_DEGREE + 6)
    c = least_squares(mp.tanh, lambda x: 1 / mp.tanh(x), range(TANH_DEGREE + 1), nodes, middle)
    centre = short_centre(c, middle, 24, 10)
    c = recentre(c, centre - middle)
    return [centre, *c], log2_error(lambda x: horner(c, x - centre), mp.tanh, lo, hi)


def tanh(h):
    """Slot: the low three bits of bits(b) >> 22; b = 0.75 falls in slot 5."""
    rows, errors = [None] * TANH_ROWS, []
    for index in range(TANH_ROWS):
        rows[(5 + index) % TANH_ROWS], error = tanh_row(index)
        errors.append(error)
    h.comment(
        "tanh a, a >= 0, by half-binades of b = a + 0.75: slot = low 3 bits of bits(b) >> 22, d = a - centre; "
        f"relative error 2^{max(errors):.1f}. The rows stand twice (f32_look8)"
    )
    names = ["centre"] + [f"c{k}" for k in range(TANH_DEGREE + 1)]
    h.table2("fa_f32_tanh", [[f32(v) for v in row] * 2 for row in zip(*rows, strict=True)], names)


def table_row(function, index, degree=TANH_DEGREE + 1):
    """(centre, c0 .. c8) of a function that is not 0, on tanh's interval of that index; the relative error."""
    lo, hi = tanh_interval(index)
    lo, middle = max(lo, mp.mpf(2) ** -20), (lo + hi) / 2
    nodes = chebyshev_nodes(lo, hi, 3 * degree + 6)
    c = least_squares(function, lambda a: 1 / function(a), range(degree + 1), nodes, middle)
    centre = short_centre(c, middle, 24, 10)
    row = [centre, *(f32(v) for v in recentre(c, centre - middle))]
    return row, log2_error(lambda a: horner(row[1:], a - centre), function, lo, hi, points=400)


def tanh_family(h):
    """What tanh_shrink.h and softcap.h look up, as tanh."""
    tables = {
        "tanh_shrink": ("(a - tanh a)/a^3", lambda index: lambda a: (a - mp.tanh(a)) / a**3),
        "tanh_squared": (
            "(tanh a / a)^2 up to 3/4, then tanh^2 a",
            lambda index: lambda a: (mp.tanh(a) / (a if index < 2 else 1)) ** 2,
        ),
        "softcap": (
            "tanh(a)/a up to 5/4, then tanh a",
            lambda index: lambda a: mp.tanh(a) / (a if index < 3 else 1),
        ),
    }
    for name, (what, of_interval) in tables.items():
        rows, errors = [None] * TANH_ROWS, []
        for index in range(TANH_ROWS):
            rows[(5 + index) % TANH_ROWS], error = table_row(of_interval(index), index)
            errors.append(error)
        h.comment(f"{what}, in the intervals of tanh; relative error 2^{max(errors):.1f}")
        names = ["centre"] + [f"c{k}" for k in range(TANH_DEGREE + 2)]
        h.table2(f"fa_f32_{name}", [list(row) * 2 for row in zip(*rows, strict=True)], names)


def tail(a):
    """a Q(a) exp(a^2/2), Q the normal tail: a erfcx(a/sqrt2)/2"""
    z = a / mp.sqrt(2)
    return a * mp.exp(z * z) * mp.erfc(z) / 2


def gelu_row(index):
    """(centre, c0 .. c6) on the index-th quarter-binade of b = a+1, and the relative error of the fit."""
    lo, hi = (mp.mpf(2) ** (index // 4) * (1 + mp.mpf(index % 4 + end) / 4) - 1 for end in (0, 1))
    nodes = chebyshev_nodes(lo, hi, 3 * GELU_DEGREE + 6)
    if index == 0:  # centre 0, a/2 exactly first: relative accuracy down to 0
        c = least_squares(lambda a: tail(a) / a - mp.mpf(1) / 2, lambda a: a / tail(a), range(1, GELU_DEGREE), nodes)
        row = [0, 0, mp.mpf(1) / 2, *(f32(v) for v in c)]
        lo = hi / 40
    else:
        middle = (lo + hi) / 2
        c = least_squares(tail, lambda a: 1 / tail(a), range(GELU_DEGREE + 1), nodes, middle)
        centre = short_centre(c, middle, 24, 10)
        row = [centre, *(f32(v) for v in recentre(c, centre - middle))]
    return row, log2_error(lambda a: horner(row[1:], a - row[0]), tail, lo, hi, points=400)


def gelu(h):
    """Slot: the low four bits of bits(a+1) >> 21; a+1 = 1 falls in slot 12."""
    rows, errors = [None] * LANES, [None] * LANES
    for index in range(LANES):
        slot = (12 + index) % LANES
        rows[slot], errors[slot] = gelu_row(index)
    h.comment(
        "a erfcx(a/sqrt2)/2 by quarter-binades of a+1: slot = low 4 bits of bits(a+1) >> 21, d = a - centre; "
        f"relative error 2^{max(errors):.1f}"
    )
    names = ["centre"] + [f"c{k}" for k in range(GELU_DEGREE + 1)]
    h.table2("fa_f32_gelu", [list(row) for row in zip(*rows, strict=True)], names)

    k = 2 * mp.sqrt(2 / mp.pi) * mp.mpf("0.044715")
    c_high, c_low = split(1 / mp.mpf("0.044715"))
    ln2 = mp.log(2) / k
    ln2_high = mp.floor(ln2 * 2**11) / 2**11
    h.comment("gelu_tanh: x / (1 + exp(-K x (x^2 + C))), reduced modulo LN2 = ln2/K; n * LN2_HIGH is exact")
    constants = {
        "C_HIGH": c_high,
        "C_LOW": c_low,
        "LN2_HIGH": ln2_high,
        "LN2_LOW": ln2 - ln2_high,
        "LOG2E": k / mp.log(2),
        "K": k,
    }
    for name, value in constants.items():
        h.define(f"FA_F32_GELU_TANH_{name}", f32(value))


def exponential7(h):
    edge = ("-log(2)/2-1b-12", "log(2)/2+1b-12")
    c = sollya_minimax("exp(x)", range(2, 8), 24, edge, "absolute", "1+x")
    error = log2_error(lambda r: 1 + r + r * r * horner(c, r), mp.exp, -mp.log(2) / 2, mp.log(2) / 2)
    h.comment(f"exp(r), |r| <= ln2/2, of degree 7: relative error 2^{error:.1f}")
    for k, value in enumerate(c, 2):
        h.define(f"FA_F32_EXP7_{k}", value)


def log1p_exp(h):
    """Q in log1p(e) = e + e^2 Q(e)."""
    tail = [mp.mpf((-1) ** (k + 1)) / (k + 2) for k in range(200)]

    def rest(e):
        return (mp.log1p(e) - e) / (e * e) if e > 0.1 else horner(tail, e)

    def weight(e):
        return e * e / mp.log1p(e)

    lo, hi = mp.mpf(2) ** -20, mp.mpf(1)
    c = minimax(rest, weight, 8, lo, hi, 24)
    error = log2_error(lambda e: horner(c, e), rest, lo, hi, weight)
    h.comment(f"log1p(e), 0 <= e <= 1, is e + LOG1P2 e^2 + ...: degree 10, relative error 2^{error:.1f}")
    for k, value in enumerate(c, 2):
        h.define(f"FA_F32_LOG1P{k}", value)


def logit(h):
    c, error = atanh_coefficients(2, 24)
    h.comment(f"2 atanh(z), z^2 <= 0.0345, is 2z + ATANH3 z^3 + ...: degree 7, relative error 2^{error:.1f}")
    for k, value in enumerate(c):
        h.define(f"FA_F32_ATANH{2 * k + 3}", value)
    h.comment("127 - exponent field: by its low four bits, by the next four")
    h.table("fa_f32_exponent", [mp.mpf(-i) for i in range(16)])
    h.table("fa_f32_exponent16", [mp.mpf(127 - 16 * i) for i in range(16)])


def header():
    note = "/* Constants of math/f32.h and of the float32 formulas; written by tools/derive/f32.py. */"
    h = Header("FASTACT_TABLES_F32_H", note, "float")
    exponential(h)
    tanh(h)
    tanh_family(h)
    gelu(h)
    exponential7(h)
    log1p_exp(h)
    logit(h)
    selu_and_sixth(h, "F32", 24)
    return h


if __name__ == "__main__":
    OUT.write_text(header().text())
