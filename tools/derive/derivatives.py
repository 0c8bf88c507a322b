"""Derives src/tables/derivatives.h: python tools/derive/derivatives.py (needs mpmath; a minute)."""

from pathlib import Path

import mpmath as mp
from fit import Header, chebyshev_nodes, horner, least_squares, log2_error, recentre, to_bits

OUT = Path(__file__).resolve().parent.parent.parent / "src" / "tables" / "derivatives.h"

FAR = 1480  # where derivative_products.h stops exp(-v) in float64; in float32, 200


def tail_slope(a):
    """The derivative of x Phi(x) at x = -a, times exp(a^2/2)."""
    z = a / mp.sqrt(2)
    return mp.exp(z * z) * mp.erfc(z) / 2 - a / mp.sqrt(2 * mp.pi)


ROOT = mp.findroot(tail_slope, 0.75)
F32_STEP = to_bits(mp.mpf("0.625") / ROOT, 12)  # the root is the middle of an interval of quarter binades
F64_STEP = mp.mpf(float.fromhex("0x1.6cp-2"))


def quarters(index):
    """b = 1 + step a at the index-th edge: quarters of b's binades, evenly; f64: binades of b^4."""
    return mp.mpf(2) ** (index // 4) * (1 + mp.mpf(index % 4) / 4)


def binades(index):
    return mp.mpf(2) ** (mp.mpf(index) / 4)


def row(lo, hi, degree, bits, spare):
    """(centre, c0 .. c_degree), and the relative error of the fit. The centre is chosen, near the middle, so that c0 is
    a number to `spare` more bits and c1 as good a one as can be had. In the interval of the root it stands beside the
    root: c0 is next to nothing, d = a - centre is exact, so that the fit is relative on both sides."""
    nodes = chebyshev_nodes(lo, hi, degree + 10)
    if lo < ROOT < hi:
        centre, good = to_bits(ROOT, bits), mp.mpf(1)
        values = {a: (tail_slope(a) - tail_slope(centre)) / (a - centre) for a in nodes}
        c = least_squares(values.get, lambda a: 1 / values[a], range(degree), nodes, centre)
        c = [tail_slope(centre), *c]
        near = [centre + k * mp.mpf(2) ** -bits for k in range(-100, 101)]
    else:
        centre, good = (lo + hi) / 2, mp.mpf(2) ** -(bits + spare)
        values = {a: tail_slope(a) for a in nodes}
        c = least_squares(values.get, lambda a: 1 / values[a], range(degree + 1), nodes, centre)
        step = mp.mpf(2) ** (int(mp.frexp(centre)[1]) - 20)
        near = [to_bits(centre, bits) + k * step for k in range(-8000, 8001)]
    local = {v: taylor(c, v - centre) for v in near}
    chosen = min((v for v in near if misfit(local[v][0], bits) < good), key=lambda v: misfit(local[v][1], bits))
    c = [to_bits(v, bits) for v in recentre(c, chosen - centre)]
    floor = (hi - lo) / 200  # of the derivative, next to its root
    weight = {"weight": lambda a: 1 / max(abs(tail_slope(a)), floor)}
    return [chosen, *c], log2_error(lambda a: horner(c, a - chosen), tail_slope, lo, hi, **weight, points=300)


def taylor(c, shift):
    """The value and the slope at `shift` of the polynomial."""
    value = slope = mp.mpf(0)
    for v in reversed(c):
        slope = slope * shift + value
        value = value * shift + v
    return value, slope


def misfit(value, bits):
    """The relative error of rounding to `bits` bits."""
    return abs(to_bits(value, bits) / value - 1)


def gelu(h, name, edge, slot_of_zero, degree, bits, spare, step, far):
    """Sixteen intervals of b = 1 + step a; the last one goes on to where exp(-a^2/2) ends."""
    edges = [(edge(index) - 1) / step for index in range(16)] + [mp.sqrt(2 * far) * (1 + mp.mpf(2) ** -10)]
    rows, errors = [None] * 16, [None] * 16
    for index in range(16):
        slot = (slot_of_zero + index) % 16
        rows[slot], errors[slot] = row(edges[index], edges[index + 1], degree, bits, spare)
    h.comment(f"gelu'(-a) exp(a^2/2): d = a - centre; relative error 2^{max(errors):.1f}")
    names = ["centre"] + [f"c{k}" for k in range(degree + 1)]
    h.table2(name, [list(r) for r in zip(*rows, strict=True)], names)


def pair(h, name, value, bits):
    high = to_bits(value, bits)
    h.define(name, high)
    h.define(f"{name}_LOW", to_bits(value - high, bits))


def reduction(h, name, ln2, bits):
    high = to_bits(ln2, bits)
    h.define(f"{name}_LN2_HIGH", high)
    h.define(f"{name}_LN2_LOW", to_bits(ln2 - high, 24))


def header():
    note = "/* Constants of derivative_products.h and of the gradients; written by tools/derive/derivatives.py. */"
    h = Header("FASTACT_TABLES_GRAD_H", note, "float")
    wide = Header("", "", "double")
    wide.lines = h.lines
    k, c = 2 * mp.sqrt(2 / mp.pi), mp.mpf("0.044715")
    h.comment("gelu_sigmoid: x sigma(1.702 x); gelu_tanh: x sigma(x (K + C x^2)); as pairs")
    pair(h, "FA_F32_GELU_SIGMOID", mp.mpf("1.702"), 24)
    pair(wide, "FA_F64_GELU_SIGMOID", mp.mpf("1.702"), 53)
    pair(h, "FA_F32_DERIVATIVE_K", k, 24)
    pair(h, "FA_F32_DERIVATIVE_C", k * c, 24)
    h.comment("gelu_sigmoid: e^(1.702 r), r reduced modulo ln2/1.702; n * LN2_HIGH is exact")
    reduction(h, "FA_F32_GELU_SIGMOID", mp.log(2) / mp.mpf("1.702"), 15)
    h.comment(
        "e^r with n in sixteenths: n * LN2_HIGH is exact for |n| < 2^9; the relative error of 2^(j/16)'s rounding"
    )
    reduction(h, "FA_F32_SIXTEENTHS", mp.log(2), 11)
    power = [mp.mpf(2) ** (mp.mpf(j) / 16) for j in range(16)]
    h.table("fa_f32_exp2_error", [to_bits(v / to_bits(v, 24) - 1, 24) for v in power])
    h.comment("gelu_grad: interval k covers 1 + STEP |x|")
    h.define("FA_F32_GELU_GRAD_STEP", F32_STEP)
    gelu(h, "fa_f32_gelu_grad", quarters, 12, 6, 24, 10, F32_STEP, mp.mpf(200))
    wide.define("FA_F64_GELU_GRAD_STEP", F64_STEP)
    gelu(wide, "fa_f64_gelu_grad", binades, 15, 14, 53, 9, F64_STEP, mp.mpf(FAR))
    return h


if __name__ == "__main__":
    OUT.write_text(header().text())
