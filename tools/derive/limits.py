"""Why the numbers that stand in the formulas themselves are what they are: clamps, thresholds, lines that stand for a
reciprocal. Every literal of the headers is a power of two, a constant of a number format, written by a derive_*.py, or
stands in LIMITS, with a check in mpmath of what it has to satisfy. tests/test_derivations.py runs the checks.
"""

import struct

from mpmath import erfc, exp, frexp, linspace, log, mp, mpf, nint, pi, sqrt, tanh

mp.dps = 60

LOG2E = 1 / log(2)
LEAST = {32: mpf(2) ** -149, 64: mpf(2) ** -1074}
NORMAL = {32: -126, 64: -1022}  # the least exponent of a normal number
LARGEST = {32: mpf(2) ** 128, 64: mpf(2) ** 1024}
ULP1 = {32: mpf(2) ** -24, 64: mpf(2) ** -53}  # of numbers below 1
FAR = {32: 200, 64: 1480}  # derivative_products.h
TANH_K, TANH_C = 2 * sqrt(2 / pi), 2 * sqrt(2 / pi) * mpf("0.044715")


def vanishes(value, bits):
    """Rounds to 0."""
    return abs(value) < LEAST[bits] / 2


def is_one(difference, bits):
    """1 less this rounds to 1."""
    return abs(difference) < ULP1[bits] / 2


def normal(exponent, bits):
    """2^exponent, an exponent that was rounded, is a normal number."""
    return NORMAL[bits] <= nint(exponent) <= -NORMAL[bits] + 1


def normal_tail(a):
    return erfc(a / sqrt(2)) / 2


def cubic(a):
    """gelu_tanh is x sigma(cubic(x))."""
    return a * (TANH_K + TANH_C * a * a)


def decays(v, factor, bits):
    """The largest number times e^-v times factor is 0, and the parts of derivative_products.h are normal."""
    return vanishes(LARGEST[bits] * exp(-v) * factor, bits) and parts_are_normal(v, bits)


def ends(v, factor, bits=32):
    """The largest number times e^-v times factor is 0, and the powers of derivative.h's decay are normal numbers there:
    the table's times 2^(n - k), and 2^(k/2), k the multiple of 64 or 512 that is nearest to n + 64 or 512."""
    n, multiple = sixteenth(-v), {32: 64, 64: 512}[bits]
    k = multiple * nint((n + multiple) / multiple)
    return vanishes(LARGEST[bits] * exp(-v) * factor, bits) and normal(n - k, bits) and normal(k / 2, bits)


def parts_are_normal(v, bits):
    """The parts of derivative_products.h's decay e^-v are normal numbers."""
    n = nint(-v * LOG2E)
    third = nint(mpf("0.333") * n + mpf("0.4995"))
    return normal(third, bits) and normal(n - 2 * third, bits)


def tail_series(a, terms, bits):
    """1 - 1/a^2 + 3/a^4 - 15/a^6 ... of so many terms is within 2^-bits of what it stands for, from a on."""
    total = term = mpf(1)
    for k in range(terms):
        term *= -(2 * k + 1) / mpf(a) ** 2
        total += term
    return abs(total / (sqrt(2 * pi) * a * exp(mpf(a) ** 2 / 2) * normal_tail(mpf(a))) - 1) < mpf(2) ** -bits


def thirds(bits):
    """root <= 1 and root * rest <= 1 for all exponents n of decay: dy times them never overflows."""
    for n in range(-round(FAR[bits] * LOG2E) - 1, 1):
        third = int(nint(mpf("0.333") * n + mpf("0.4995")))
        if not (third <= 0 and n - third <= 0 and normal(third, bits) and normal(n - 2 * third, bits)):
            return False
    return True


def beyond(v, bits):
    """What the larger of two factors has to exceed so that their product times e^-v is not 0."""
    return LEAST[bits] * exp(v) / v / LARGEST[bits]


def raised(deep, far, by, bits):
    """The parts of e^-v 2^by are normal numbers from deep to far."""
    return all(parts_are_normal(v - by * log(2), bits) for v in linspace(deep, far, 99))


def far_thirds(bits):
    """For all exponents n root and rest are normal numbers, and two roots have a part of the whole."""
    for n in range(-round(FAR[bits] * LOG2E) - 1, round(FAR[bits] * LOG2E) + 2):
        third = int(nint(mpf("0.333") * n - (mpf("0.4995") if n > 0 else mpf("-0.4995"))))
        part = abs(2 * third) <= abs(n) and third * n >= 0
        if not (normal(third, bits) and normal(n - 2 * third - 1, bits) and part):
            return False
    return True


def within(line, function, share):
    """The line is within that share of the function on [0, 1]."""
    return all(abs(line(w) / function(w) - 1) < share for w in linspace(0, 1, 201))


def reciprocal_of_one_plus():
    """0.957 - 0.47 e is within a twelfth of 1/(1+e)."""
    return within(lambda e: mpf("0.957") - mpf("0.47") * e, lambda e: 1 / (1 + e), mpf(1) / 12)


def mish_line():
    """0.49 - 0.3 w against 1/D: a quarter where x < 0; half where x > 0, where small w no longer matter."""

    def line(w):
        return mpf("0.49") - mpf("0.3") * w

    return within(line, lambda w: 1 / (w * w + 2 * w + 2), mpf(1) / 4) and within(
        line, lambda w: 1 / (2 * w * w + 2 * w + 1), mpf("0.52")
    )


def mish_grad_lines():
    """The squares of the two parabolas are within a third of 1/D^2."""

    def parabola(at_zero, slope, bend):
        return lambda w: (at_zero + w * (mpf(slope) + mpf(bend) * w)) ** 2

    return within(parabola(mpf("0.5"), "-0.47", "0.17"), lambda w: 1 / ((1 + w) ** 2 + 1) ** 2, mpf(1) / 3) and within(
        parabola(1, "-1.7", "0.9"), lambda w: 1 / ((1 + w) ** 2 + w * w) ** 2, mpf(1) / 3
    )


def odds():
    """y (1 + y + 1.715 y^2) sqrt2 has the exponent that keeps z^2 within the reach of the fit to atanh, 0.0345."""
    one, bend = mpf("1.414214"), mpf("2.425376")
    for y in linspace(mpf(2) ** -12, mpf(1) / 2, 4001):
        power = mpf(2) ** -(int(frexp(y * (one + one * y + bend * y * y))[1]) - 1)
        z = (1 - y - power * y) / (1 - y + power * y)
        if z * z > mpf("0.0345"):
            return False
    return True


def slot(value, shift):
    """The low four bits of the float32's word, shifted."""
    return struct.unpack("<I", struct.pack("<f", value))[0] >> shift & 15


def tanh_slots():
    """Of tanh's table: the first of eight, and the last."""
    return slot(0.75, 22) % 8 == 5 and slot(9.85, 22) % 8 == 4


def sixteenth(x):
    """x/ln2 rounded to sixteenths."""
    return nint(16 * x * LOG2E) / 16


MISH_GRAD = {text: mish_grad_lines for text in ("0.17", "0.9", "-0.47", "-1.7")}
LINE = {text: reciprocal_of_one_plus for text in ("0.957", "-0.47")}
ODDS = {"2.425376": odds, "1.414214": odds}
THIRDS = {"0.333", "0.4995"}

# function or macro -> literal (without its suffix) -> the check
LIMITS = {
    # math/f32.h, math/f64.h, derivative_products.h
    "FA_F32_ROUND": {"127.": lambda: 1 - NORMAL[32] == 127},  # the exponent field of 1
    "f64_one_plus_exp": LINE,
    "f64_log": {"15.0": lambda: all(0 <= nint(15 * (m - 1)) <= 15 for m in linspace(1, 2, 99))},
    "FA_F32_DERIVATIVE_FAR": {"200.0": lambda: decays(200, 200, 32)},
    "FA_F64_DERIVATIVE_FAR": {"1480.0": lambda: decays(1480, 1480, 64)},
    # derivative.h
    "FA_F32_DERIVATIVE_END": {"199.0": lambda: ends(199, 199)},
    "FA_F64_DERIVATIVE_END": {"1470.0": lambda: ends(1470, 1470, 64)},
    "FA_F32_DERIVATIVE_ONE": {"30.0": lambda: is_one(30 * exp(-30), 32)},
    "FA_F64_DERIVATIVE_ONE": {"50.0": lambda: is_one(50 * exp(-50), 64)},
    # the tail is raised by 2^1300 from v = 665 on: its last power, and the numbers kept before it, are normal
    "f64_times_sigma_of": {
        "0.03": lambda: log(2) / 32 < mpf("0.03"),
        "-0.03": lambda: log(2) / 32 < mpf("0.03"),
        "-665.0": lambda: normal(665 * LOG2E, 64) and is_one(exp(-665), 64) and normal(665 * LOG2E - 1300, 64),
        "1300.0": lambda: normal(1480 * LOG2E - 1300, 64),
    },
    # e^-v and what its rounding loses are normal numbers
    "FA_F32_DERIVATIVE_NEAR": {"68.0": lambda: normal(-68 * LOG2E - 24, 32)},
    "FA_F64_DERIVATIVE_NEAR": {"600.0": lambda: normal(-600 * LOG2E - 64, 64)},
    "f32_exp_neg_of": {
        "24.": lambda: (log(2) / 32) ** 5 / 120 < mpf(2) ** -34,
        "6.": lambda: (log(2) / 32) ** 5 / 120 < mpf(2) ** -34,
    },
    "f64_exp_neg_of_power": dict.fromkeys(THIRDS, lambda: thirds(64)),
    "FA_F64_PAIR_FAR": {"1500.0": lambda: vanishes(exp(-1500) / LEAST[64], 64) and normal(-1500 * LOG2E + 1200, 64)},
    "FA_F64_PRODUCT_FAR": {"2180.0": lambda: vanishes(2180 * exp(-2180) * LARGEST[64] ** 2, 64)},
    # up to here the parts are normal, beyond it those of a power raised by 2^64 (2^128)
    "FA_F64_DERIVATIVE_DEEP": {
        "2100.0": lambda: (
            parts_are_normal(2100, 64) and raised(2100, 2180, 128, 64) and mpf(2) ** 128 < beyond(2100, 64)
        )
    },
    # logistic.h
    "f32_sigmoid": {
        "30.": lambda: is_one(exp(-30), 32),
        "-106.": lambda: vanishes(exp(-106), 32) and normal(106 * LOG2E - 64, 32),
    },
    "f64_sigmoid": {"760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    "f32_silu": {"120.": lambda: vanishes(120 * exp(-120), 32) and normal(120 * LOG2E - 64, 32)},
    "f64_silu": {"760.0": lambda: vanishes(760 * exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    # the tail is raised by 2^170 from n = 120 on: its last power, and the numbers kept before it, are normal
    "f32_swish_of": {"170.": lambda: normal(200 * LOG2E - 170, 32) and normal(120 - 170, 32)},
    # hyperbolic.h
    "f32_tanh": {
        "9.1": lambda: is_one(1 - tanh(mpf("9.1")), 32),
        "0.75": tanh_slots,
    },
    "f64_tanh": {"20.0": lambda: is_one(1 - tanh(20), 64) and normal(-40 * LOG2E, 64)},
    # tanh_shrink.h, softcap.h: tanh is 1, and a + 3/4 falls into the slots of tanh's table, b = 3/2 between two of them
    "f32_tanh_shrink": {"9.1": lambda: is_one(1 - tanh(mpf("9.1")), 32), "0.75": tanh_slots},
    "f32_tanh_shrink_grad": {
        "9.1": lambda: 1 - tanh(mpf("9.1")) ** 2 < ULP1[32],
        "0.75": tanh_slots,
        "1.5": lambda: slot(1.5, 22) != slot(1.4999999, 22),
    },
    "f32_softcap": {"9.1": lambda: is_one(1 - tanh(mpf("9.1")), 32), "0.75": tanh_slots},
    # beyond 3/8 the difference is a 24th of a or more
    "f64_tanh_shrink": {"0.375": lambda: 1 - tanh(mpf("0.375")) / mpf("0.375") > mpf(1) / 24},
    # 0.7/d is within 2/5 of 1/(2 s), s <= d <= 2 s
    "T(squareplus_sides)": {
        "1.4": lambda: all(abs(mpf("0.7") / share - 1) < mpf("0.41") for share in (mpf("0.5"), mpf(1)))
    },
    # log1mexp.h; 1/(N (1 - N)) for N from a quarter to a half, of what N lost
    "f64_log1mexp": {
        "760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64),
        "4.5": lambda: all(
            abs(mpf("4.5") * N * (1 - N) - 1) < mpf(1) / 5 for N in linspace(mpf(1) / 4, mpf(1) / 2, 99)
        ),
    },
    # 1 + f lies between sqrt(1/2) and sqrt(2), where 2 atanh(z) is known
    "f32_log1mexp": {
        "110.": lambda: vanishes(exp(-110), 32),
        "1.41421356": lambda: abs(mpf("1.41421356") / sqrt(mpf(2)) - 1) < mpf(2) ** -24,
    },
    # power.h, focal.h: e^-v is 0, its power of two, raised by 2^128, a normal number; and 1 - e^-50 is 1
    "f64_any_power": {"760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    "f64_focal_of": {"760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    "f64_focal_loss": {"760.0": lambda: vanishes(exp(-760), 64)},
    "f64_focal_of_row": {
        "50.0": lambda: is_one(exp(-50), 64),
        "760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64),
    },
    # logaddexp.h
    "f64_logaddexp_of_f32": {"110.0": lambda: vanishes(exp(-110), 32)},
    "f64_logaddexp": {"760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    # gaussian.h
    "f32_gelu": {"14.6": lambda: vanishes(14.6 * normal_tail(mpf("14.6")), 32)},
    "f64_gelu": {"39.0": lambda: vanishes(39 * normal_tail(39), 64) and normal(-(39**2) / 2 * LOG2E + 128, 64)},
    "f32_gelu_tanh": {"11.": lambda: vanishes(11 * exp(-cubic(11)), 32) and normal(cubic(11) * LOG2E - 64, 32)},
    "f64_gelu_tanh": {"22.0": lambda: vanishes(22 * exp(-cubic(22)), 64) and normal(-cubic(22) * LOG2E + 128, 64)},
    "FA_F32_GELU_FAR": {"19.9": lambda: ends(mpf("19.9") ** 2 / 2, 19.9)},
    "FA_F32_GELU_ONE": {"7.": lambda: is_one(7 * exp(mpf(-49) / 2), 32)},
    "f32_gelu_sigmoid": {
        "70.": lambda: vanishes(70 * exp(mpf("-1.702") * 70), 32) and normal(mpf("1.702") * 70 * LOG2E - 64, 32)
    },
    "FA_F64_GELU_FAR": {"54.2": lambda: ends(mpf("54.2") ** 2 / 2, 54.2, 64)},
    "FA_F64_GELU_ONE": {"10.0": lambda: is_one(10 * exp(-50), 64)},
    "f32_gelu_derivative_table": {"15.5": lambda: slot(15.5, 21) == (12 + 15) % 16},
    "f64_gelu_derivative_table": {"15.5": lambda: 2**15 <= 15.5**4 < 2**16},
    # gated_slow.h
    # as in swish; and a third of the exponent of e^257, and the rest of it, are those of normal numbers
    "f32_gate_one_plus": {"170.": lambda: normal(200 * LOG2E - 170, 32) and normal(120 - 170, 32)},
    "FA_F64_GEGLU_FAR": {"66.0": lambda: vanishes(66 * exp(-(mpf(66) ** 2) / 2) * LARGEST[64] ** 2, 64)},
    "FA_F64_GEGLU_DEEP": {"64.8": lambda: 2099 < mpf("64.8") ** 2 / 2 < 2100},
    "f64_times_silu": LINE,
    # gated.h: e^85 and its power of two are numbers, and beyond 2^96; far out sigma, and Phi, are 1
    "f32_swiglu_fast": {"-85.": lambda: normal(85 * LOG2E, 32) and exp(85) > mpf(2) ** 96},
    "f32_gated_far": {"30.": lambda: is_one(exp(-30), 32)},
    # the last power is normal, and what base loses there
    "FA_F32_GEGLU_NEAR": {"12.4": lambda: normal(-(mpf("12.4") ** 2) / 2 * LOG2E - 15, 32)},
    "f64_gelu_series": {
        text: lambda: tail_series(39, 7, 63) for text in ("-15.0", "-945.0", "105.0", "3.0", "10395.0", "-135135.0")
    },
    # slots of a + 1
    "f64_gelu_tail": {"39.0": lambda: tail_series(39, 7, 63)},
    "f32_gelu_tanh_grad_fast": dict.fromkeys(("8.9", "-8.9"), lambda: cubic(mpf("8.9")) < 68),
    "f64_gelu_tanh_grad": {"27.2": lambda: decays(cubic(mpf("27.2")), 3 * cubic(mpf("27.2")), 64)},
    # exponential.h
    "f32_expm1_split": {"-20.": lambda: is_one(exp(-20), 32)},
    "f64_expm1_split": {"-45.0": lambda: is_one(exp(-45), 64)},
    # e^x is a normal number there, and what its rounding loses
    "FA_F32_EXP_NEAR": {"-69.0": lambda: normal(-69 * LOG2E - 25, 32) and exp(-69) < mpf(2) ** -99},
    "FA_F64_EXP_NEAR": {"-600.0": lambda: normal(-600 * LOG2E - 54, 64) and exp(-600) < mpf(2) ** -860},
    "f64_times_far_exp": dict.fromkeys(("0.333", "0.4995"), lambda: far_thirds(64)),
    # beside e^x - 1 the 1 no longer counts
    "FA_F64_EXPM1_END": {"600.0": lambda: is_one(exp(-600), 64)},
    # softplus.h, mish.h, logit.h
    "f32_product_exp_neg": {"131.": lambda: vanishes(exp(-131), 32) and normal(-131 * LOG2E + 64, 32)},
    "f64_product_exp_neg": {
        "790.0": lambda: vanishes(exp(-790), 64) and normal(-790 * LOG2E + 128, 64),
        "0.03": lambda: log(2) / 32 < mpf("0.03"),  # above every reduced argument
    },
    "f32_softplus_sum": {"20.": lambda: is_one(exp(-20) / 20, 32)},
    "f32_softplus_at_one": {
        "20.": lambda: is_one(exp(-20) / 20, 32),
        "110.": lambda: vanishes(exp(-110), 32) and normal(-110 * LOG2E + 64, 32),
    },
    "f64_softplus_at_one": {"760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    "f32_softplus_of_fast": {"20.": lambda: is_one(exp(-20) / 20, 32)},
    "f64_softplus_of_slow": {"0.03": lambda: log(2) / 32 < mpf("0.03")},
    "f64_softplus_grad_slow": {"0.03": lambda: log(2) / 32 < mpf("0.03")},
    "f32_log_sigmoid": {
        "110.": lambda: vanishes(exp(-110), 32) and normal(-110 * LOG2E + 64, 32),
        "-20.": lambda: is_one(exp(-20) / 20, 32),
    },
    "f64_log_sigmoid": {"760.0": lambda: vanishes(exp(-760), 64) and normal(-760 * LOG2E + 128, 64)},
    "f32_mish_fast": {
        "40.": lambda: is_one(exp(-40), 32) and exp(80) < LARGEST[32],
        "60.": lambda: is_one(exp(-60), 32) and normal(-60 * LOG2E - 24, 32),
    },
    "f64_mish": {
        "760.0": lambda: vanishes(760 * exp(-760), 64) and normal(-760 * LOG2E + 128, 64),
        **dict.fromkeys(("-0.3", "0.49"), mish_line),
    },
    # 2^24 and 2^54 lift every y to the normal numbers, of which the exponent is then taken off
    "f32_logit": {**ODDS, "24.": lambda: LEAST[32] * 2**24 >= mpf(2) ** NORMAL[32]},
    "f64_logit": {**ODDS, "54.0": lambda: LEAST[64] * 2**54 >= mpf(2) ** NORMAL[64]},
    "f32_softplus_grad_near": {
        "60.": lambda: is_one(exp(-60), 32) and normal(-60 * LOG2E, 32),
        "-87.": lambda: is_one(exp(-87), 32) and exp(87) < LARGEST[32] and normal(87 * LOG2E, 32),
    },
    "f64_softplus_grad_near": {"-600.0": lambda: is_one(exp(-600), 64) and normal(-600 * LOG2E, 64)},
    "FA_F32_MISH_GRAD_NEAR": {"50.0": lambda: normal(-50 * LOG2E - 48, 32)},
    "FA_F64_MISH_GRAD_NEAR": {"600.0": lambda: normal(-600 * LOG2E - 106, 64)},
    "T(mish_derivative)": MISH_GRAD,
    "f32_mish_grad_fast": {"28.": lambda: is_one(4 * 28 * exp(-56), 32) and normal(-28 * LOG2E, 32)},
    # binary_cross_entropy.h: e^-v unbiased up to FAR and END, with its bias up to FAR_END
    "FA_F32_BCE_FAR": {"66.0": lambda: is_one(exp(-66), 32) and normal(-66 * LOG2E - 24, 32)},
    "FA_F64_BCE_FAR": {"600.0": lambda: is_one(exp(-600), 64) and normal(-600 * LOG2E, 64)},
    "FA_F32_BCE_END": {"88.0": lambda: normal(-88 * LOG2E + 1, 32)},
    "FA_F64_BCE_END": {"708.0": lambda: normal(-708 * LOG2E, 64)},
    "FA_F32_BCE_FAR_END": {
        "164.25": lambda: vanishes(exp(mpf("-164.25")), 32) and normal(110 - 164.25 * LOG2E + 1, 32)
    },
    "FA_F64_BCE_FAR_END": {"1330.0": lambda: vanishes(exp(-1330), 64) and normal(900 - 1330 * LOG2E, 64)},
    "T(bce_gradient)": LINE,
    "f64_bce_log1p": LINE,
    "f64_log1p_sum": {"15.0": lambda: all(0 <= nint(15 * e) <= 15 for e in linspace(0, 1, 99))},
    # far lanes: the sigmoid is 1, and what rarities.h bounds may be 0 (its bounds decide)
    "f32_glu_grad_slow": {"200.": lambda: is_one(exp(-200), 32)},
    "f32_zero_far_below": {"-200.": lambda: vanishes(exp(-200), 32)},
    # rows/gradient_sums.h
    "FA_F64_EXP_ZERO": {"-1063.98": lambda: sixteenth(mpf("-1063.98")) == -1535},
    "f64_exp_three_parts": {"-355.0": lambda: NORMAL[64] - 1 == -1535 + 512 and normal(-355 * LOG2E, 64)},
    "f32_minus_multiple": dict.fromkeys(
        ("200.", "-200."), lambda: vanishes(LARGEST[32] * exp(-200), 32) and LEAST[32] * exp(200) > LARGEST[32]
    ),
    "f64_minus_multiple": {"709.7": lambda: exp(mpf("709.7")) < LARGEST[64]},
    # rows/precision.h
    "FA_F32_REACH": {"180.0": lambda: vanishes(2 * mpf(2) ** -180, 32) and normal(-180 + 64, 32)},
    "FA_F64_REACH": {"1400.0": lambda: vanishes(2 * mpf(2) ** -1400, 64) and normal(-1400 + 512, 64)},
    # above the least weight, 2^-REACH with its bias, whatever the rounding of exp made of it
    "FA_F32_LEAST_WEIGHT": {"0x1.01p-116": lambda: mpf(2) ** (64 - 180) < mpf(float.fromhex("0x1.01p-116"))},
    "FA_F64_LEAST_WEIGHT": {"0x1.01p-888": lambda: mpf(2) ** (512 - 1400) < mpf(float.fromhex("0x1.01p-888"))},
}


# The bounds of rarities.h: from there on a result of 0 is 0 for sure, where the first operand is not larger.
USUAL = mpf(2) ** 20
BEYOND = {
    "sigmoid": lambda a, bits, first: vanishes(exp(-a), bits),
    "silu": lambda a, bits, first: vanishes(a * exp(-a), bits),
    "swish": lambda a, bits, first: vanishes(USUAL * a * exp(-a), bits),
    "gelu": lambda a, bits, first: vanishes(a * normal_tail(a), bits),
    "gelu_tanh": lambda a, bits, first: vanishes(a * exp(-cubic(a)), bits),
    "gelu_sigmoid": lambda a, bits, first: vanishes(a * exp(-mpf("1.702") * a), bits),
    "softplus": lambda a, bits, first: vanishes(USUAL * exp(-a), bits),
    "log_sigmoid": lambda a, bits, first: vanishes(exp(-a), bits),
    "mish": lambda a, bits, first: vanishes(a * exp(-a), bits),
    "sigmoid_grad": lambda a, bits, first: vanishes(first * exp(-a), bits),
    "silu_grad": lambda a, bits, first: vanishes(first * a * exp(-a), bits),
    "swish_grad": lambda a, bits, first: vanishes(first * a * exp(-a), bits),
    "tanh_grad": lambda a, bits, first: vanishes(first * 4 * exp(-2 * a), bits),
    "softcap_grad": lambda a, bits, first: vanishes(first * 4 * exp(-2 * a), bits),
    "log1mexp": lambda a, bits, first: vanishes(exp(-a), bits),
    "log1mexp_grad": lambda a, bits, first: vanishes(first * exp(-a), bits),
    "gelu_grad": lambda a, bits, first: vanishes(first * a * exp(-a * a / 2), bits),
    "gelu_tanh_grad": lambda a, bits, first: vanishes(first * 3 * cubic(a) * exp(-cubic(a)), bits),
    "gelu_sigmoid_grad": lambda a, bits, first: vanishes(first * 2 * a * exp(-mpf("1.702") * a), bits),
    "softplus_grad": lambda a, bits, first: vanishes(first * exp(-a), bits),
    "log_sigmoid_grad": lambda a, bits, first: vanishes(first * exp(-a), bits),
    "mish_grad": lambda a, bits, first: vanishes(first * a * exp(-a), bits),
    "elu_grad": lambda a, bits, first: vanishes(first * LARGEST[bits] * exp(-a), bits),
    "celu_grad": lambda a, bits, first: vanishes(first * exp(-a), bits),
    "selu_grad": lambda a, bits, first: vanishes(first * 2 * exp(-a), bits),
    "glu": lambda a, bits, first: vanishes(first * exp(-a), bits),
    "swiglu": lambda a, bits, first: vanishes(LARGEST[bits] * a * exp(-a), bits),
    "geglu": lambda a, bits, first: vanishes(LARGEST[bits] * a * normal_tail(a), bits),
    "glu_grad": lambda a, bits, first: vanishes(first * LARGEST[bits] * exp(-a), bits),
    "swiglu_grad": lambda a, bits, first: vanishes(first * LARGEST[bits] * a * exp(-a), bits),
    "geglu_grad": lambda a, bits, first: vanishes(first * LARGEST[bits] * a * exp(-a * a / 2), bits),
    # what does not vanish so is far from it: 1 - t is 2^-24 or more
    "binary_cross_entropy": lambda a, bits, first: vanishes(USUAL**2 * exp(-a), bits),
    "focal": lambda a, bits, first: vanishes(USUAL * exp(-a), bits),
    # straight pieces
    "hard_sigmoid": lambda a, bits, first: a == 3,
    "hard_sigmoid_grad": lambda a, bits, first: a == 3,
    "hard_silu": lambda a, bits, first: a == 3,
    "hard_silu_grad": lambda a, bits, first: a == 3,
}
