"""Chooses what f32_gelu_tanh adds to exp's cubic coefficient: python tools/derive/scan_gelu_tanh.py (a minute).

The kernel multiplies its reduced argument by K in float32; that rounding is a small, fixed relative error of the
argument, which the cubic term can take up. The kernel is followed here in NumPy, operation by operation, over the
region of its largest errors; an FMA is a float64 product and sum, rounded to float32, which is off in one case of 2^29.
"""

import re
from pathlib import Path

import numpy as np

TABLE = (Path(__file__).resolve().parent.parent.parent / "src" / "tables" / "f32.h").read_text()
F, D = np.float32, np.float64
SHIFTS = [k * 1e-7 for k in range(0, 9)]
REGION = -5.6, -0.02


def constant(name):
    return F(float.fromhex(re.search(rf"#define FA_F32_{name} (\S+)f\n", TABLE)[1]))


def fma(a, b, c):
    return (D(a) * D(b) + D(c)).astype(F)


def kernel(x, shift):
    """f32_gelu_tanh for x < 0, but that its result is not negated."""
    k = constant("GELU_TANH_K")
    c_high, c_low = constant("GELU_TANH_C_HIGH"), constant("GELU_TANH_C_LOW")
    a = np.abs(x)
    h = a * a
    low = fma(a, a, -h)
    u = h + c_high
    v = u - h
    u_low = (((c_high - v) + c_low) + low) + (h - (u - v))
    t = a * u
    t_low = fma(a, u_low, fma(a, u, -t))
    n = np.rint(D(t) * D(constant("GELU_TANH_LOG2E"))).astype(F)
    r = fma(-n, constant("GELU_TANH_LN2_LOW"), t_low) + fma(-n, constant("GELU_TANH_LN2_HIGH"), t)
    r2 = r * r
    p = [F(0), F(0)] + [constant(f"EXP{i}") for i in range(2, 7)]
    p[3] = F(p[3] + F(shift))
    for i in range(2, 7):
        for _ in range(i):
            p[i] = F(p[i] * k)
    q = fma(fma(p[6], r2, fma(p[5], r, p[4])), r2, fma(p[3], r, p[2]))
    m = fma(r, k, r2 * q)
    s = np.ldexp(F(1), n.astype(int))
    total = s + F(1)
    lost = F(1) - (total - s)
    return a / (total + fma(s, m, lost))


def exact(x):
    a = np.abs(D(x))
    return a / (1 + np.exp(2 * np.sqrt(2 / np.pi) * (a + 0.044715 * a**3)))


def worst(x, shift):
    want = exact(x)
    unit = np.ldexp(1.0, np.frexp(want)[1] - 24)
    return (np.abs(kernel(x, shift) - want) / unit).max()


def scan(count=2_000_000):
    """{shift: largest error in ULP}"""
    ends = np.array(REGION, F).view(np.int32)
    words = np.unique(np.linspace(ends[1], ends[0], count).astype(np.int32))
    return {shift: worst(words.view(F), shift) for shift in SHIFTS}


if __name__ == "__main__":
    for shift, error in scan().items():
        print(f"{shift:.1e}  {error:.3f} ULP")
