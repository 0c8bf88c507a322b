"""What the derivations of the tables share: fits, rounding and C output, in arithmetic of 60 digits."""

import subprocess

import mpmath as mp

mp.mp.dps = 60


def sollya_minimax(function, degrees, bits, interval, mode, fixed="0"):
    """Coefficients of x^k, k in degrees, by Sollya's fpminimax: `function`, `fixed` (a part held exactly) and the
    interval's two ends are Sollya expressions; mode is as fpminimax takes it."""
    monomials = ", ".join(str(k) for k in degrees)
    sizes = ", ".join(str(bits) for _ in degrees)
    program = f"""
        prec = 200!; display = dyadic!;
        span = [{interval[0]}; {interval[1]}];
        p = fpminimax({function}, [|{monomials}|], [|{sizes}|], span, floating, {mode}, {fixed});
        for k in [|{monomials}|] do print(coeff(p, k));
        quit;
    """
    done = subprocess.run(["sollya"], input=program, capture_output=True, text=True, check=False)
    words = done.stdout.split()
    if len(words) != len(degrees):
        raise RuntimeError(f"sollya answered {done.stdout!r} {done.stderr!r}")
    return [_dyadic(word) for word in words]


def _dyadic(word):
    mantissa, _, exponent = word.partition("b")
    return mp.mpf(int(mantissa)) * mp.mpf(2) ** int(exponent or 0)


def remez(function, weight, degree, lo, hi, grid=401, rounds=12):
    """The coefficients of the polynomial that minimises the largest weight * |polynomial - function| on [lo, hi]."""
    middle, half = (mp.mpf(lo) + hi) / 2, (mp.mpf(hi) - lo) / 2
    unit = max(abs(mp.mpf(lo)), abs(mp.mpf(hi)))
    # an odd grid: the middle, where a weight may vanish, is no node
    nodes = [middle - half * mp.cos(mp.pi * i / grid) for i in range(grid + 1)]
    values, weights = [function(x) for x in nodes], [weight(x) for x in nodes]
    chosen = [round(mp.mpf(i) * grid / (degree + 1)) for i in range(degree + 2)]
    for _ in range(rounds):
        system = mp.matrix(degree + 2, degree + 2)
        for row, i in enumerate(chosen):
            for k in range(degree + 1):
                system[row, k] = (nodes[i] / unit) ** k
            system[row, degree + 1] = (-1) ** row / weights[i]
        solution = mp.lu_solve(system, mp.matrix([values[i] for i in chosen]))
        coefficients = [solution[k] / unit**k for k in range(degree + 1)]
        errors = [w * (horner(coefficients, x) - v) for x, v, w in zip(nodes, values, weights, strict=True)]
        peaks = _alternation(errors, degree + 2)
        if peaks is None or peaks == chosen:
            break
        chosen = peaks
    return coefficients


def _alternation(errors, count):
    """`count` neighbouring places where the error peaks with alternating sign, the highest; None if too few."""
    peaks = []
    for i, e in enumerate(errors):
        if e == 0:
            continue
        if peaks and (errors[peaks[-1]] > 0) == (e > 0):
            if abs(e) > abs(errors[peaks[-1]]):
                peaks[-1] = i
        else:
            peaks.append(i)
    while len(peaks) > count:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return peaks if len(peaks) == count else None


def minimax(function, weight, degree, lo, hi, bits=53):
    """remez() with coefficients of `bits` bits: each is rounded in turn, the lowest first, and the others refitted."""
    found = []
    for d in range(degree, -1, -1):
        c = to_bits(remez(function, weight, d, lo, hi)[0], bits)
        found.append(c)
        function, weight = _over_x(function, c), _times_x(weight)
    return found


def atanh_coefficients(degree, bits, reach="0.0345"):
    """P of `degree` in 2 atanh(z) = 2z + z^3 P(z^2), z^2 <= reach, and the log2 of the relative error."""

    def rest(u):
        z = mp.sqrt(u)
        return (2 * mp.atanh(z) / z - 2) / u

    lo, hi = mp.mpf(2) ** -20, mp.mpf(reach)
    c = minimax(rest, lambda u: u / 2, degree, lo, hi, bits)
    return c, log2_error(lambda u: horner(c, u), rest, lo, hi, lambda u: u / 2)


def _over_x(function, c):
    return lambda x: (function(x) - c) / x


def _times_x(weight):
    return lambda x: weight(x) * abs(x)


def chebyshev_nodes(lo, hi, count):
    return [(lo + hi) / 2 + (hi - lo) / 2 * mp.cos(mp.pi * (j + mp.mpf(1) / 2) / count) for j in range(count)]


def least_squares(function, weight, powers, nodes, origin=0):
    """Coefficients of (x - origin)^k, k in powers, that minimise the sum of (weight * error)^2 over the nodes: where
    those are Chebyshev's, minimax to a fraction of a bit."""
    unit = max(abs(x - origin) for x in nodes)
    rows = [[weight(x) * ((x - origin) / unit) ** k for k in powers] for x in nodes]
    solution = mp.lu_solve(mp.matrix(rows), mp.matrix([weight(x) * function(x) for x in nodes]))
    return [solution[j] / unit**k for j, k in enumerate(powers)]


def recentre(c, shift):
    """The coefficients of p(x + shift), those of p(x) given."""
    return [sum(c[j] * mp.binomial(j, k) * shift ** (j - k) for j in range(k, len(c))) for k in range(len(c))]


def short_centre(c, middle, bits, spare, grid=19, reach=4000):
    """The number nearest the middle, on a grid of 2^-grid of its size, at which the fit's value has `bits` bits and
    at least `spare` zeros after them: a table then needs no low word. c are the coefficients about the middle."""
    step = mp.mpf(2) ** (int(mp.frexp(middle)[1]) - 1 - grid)
    for distance in range(reach + 1):
        for k in (-distance, distance):
            centre = to_bits(to_bits(middle, bits) + k * step, bits)
            value = horner(c, centre - middle)
            if abs(value - to_bits(value, bits)) < abs(value) * mp.mpf(2) ** -(bits + spare):
                return centre
    raise RuntimeError(f"no centre near {middle}")


def to_bits(value, bits):
    """The number with `bits` significant bits nearest to value."""
    mantissa, exponent = mp.frexp(value)
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, bits)), int(exponent) - bits)


def cut(value, bits):
    """The part of a positive value that `bits` significant bits hold, and that which as many hold of the rest."""
    mantissa, exponent = mp.frexp(value)
    high = mp.ldexp(mp.floor(mp.ldexp(mantissa, bits)), int(exponent) - bits)
    return high, to_bits(value - high, bits)


def selu():
    """scale and alpha: the fixed point of mean 0 and variance 1 (Klambauer et al., arXiv:1706.02515, equation 14)."""
    e = mp.sqrt(mp.e) * mp.erfc(1 / mp.sqrt(2))
    alpha = mp.sqrt(2 / mp.pi) / (1 - e)
    root = mp.sqrt(2 * mp.e**2 * mp.erfc(mp.sqrt(2)) + mp.pi * e**2 - 2 * (2 + mp.pi) * e + mp.pi + 2)
    return mp.sqrt(2 * mp.pi) * (1 - e) / root, alpha


def selu_and_sixth(h, real, bits):
    """selu's constants and 1/6 as pairs."""
    scale, alpha = selu()
    pairs = {"SELU_SCALE": scale, "SELU_SCALE_ALPHA": scale * alpha, "SIXTH": mp.mpf(1) / 6}
    h.comment("selu's scale and scale alpha, 1/6: the first part is cut off, not rounded: the second has its sign")
    for name, value in pairs.items():
        high, low = cut(value, bits)
        h.define(f"FA_{real}_{name}", high)
        h.define(f"FA_{real}_{name}_LOW", low)


def to_grid(value, exponent):
    """The multiple of 2^exponent nearest to value."""
    return mp.ldexp(mp.nint(mp.ldexp(value, -exponent)), exponent)


def log2_error(approximation, function, lo, hi, weight=None, points=2000):
    """log2 of the largest |approximation - function| * weight on a grid; weight is 1/|function| where not given."""
    worst = mp.mpf(0)
    for i in range(points + 1):
        x = lo + (hi - lo) * mp.mpf(i) / points
        exact = function(x)
        scale = weight(x) if weight else (1 / abs(exact) if exact else 0)
        worst = max(worst, abs(approximation(x) - exact) * scale)
    return float(mp.log(worst, 2))


def horner(coefficients, x):
    """sum of coefficients[k] * x^k"""
    value = mp.mpf(0)
    for c in reversed(coefficients):
        value = value * x + c
    return value


class Header:
    """The C header being written: hex floats, so that nothing is lost."""

    def __init__(self, guard, note, real):
        self.real, self.suffix = real, "f" if real == "float" else ""
        self.lines = [note, f"#ifndef {guard}", f"#define {guard}", '#include "simd/functions.h"']

    def literal(self, value):
        text = float(value).hex()  # always 13 hexadecimal digits; a float32 ends in zeros
        head, exponent = text.split("p")
        if "." in head:
            head = head.rstrip("0").rstrip(".")
        return f"{head}p{exponent}{self.suffix}"

    def comment(self, text):
        self.lines += ["", f"/* {text} */"]

    def define(self, name, value):
        self.lines.append(f"#define {name} {self.literal(value)}")

    def table(self, name, values):
        self.lines.append(f"static const FA_ALIGNED {self.real} {name}[{len(values)}] = {{")
        self.lines += [*self._rows(values), "};"]

    def table2(self, name, rows, comments):
        self.lines.append(f"static const FA_ALIGNED {self.real} {name}[{len(rows)}][{len(rows[0])}] = {{")
        for row, comment in zip(rows, comments, strict=True):
            self.lines += [f"  /* {comment} */", "  {"] + ["  " + line for line in self._rows(row)] + ["  },"]
        self.lines.append("};")

    def _rows(self, values):
        return ["  " + " ".join(self.literal(v) + "," for v in values[i : i + 4]) for i in range(0, len(values), 4)]

    def text(self):
        return "\n".join([*self.lines, "", "#endif"]) + "\n"
