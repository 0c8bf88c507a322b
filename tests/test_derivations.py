"""The scripts in tools/ give the constants in the sources, bit for bit; no constant stands there without a script."""

import importlib
import math
import re
import shutil
import sys
from fractions import Fraction
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEADERS = ROOT / "src"

pytest.importorskip("mpmath", reason="the derivations need mpmath")
pytestmark = pytest.mark.skipif(not (ROOT / "tools").is_dir() or not HEADERS.is_dir(), reason="no checkout")


@pytest.fixture(scope="module")
def tool():
    """Imports a module of tools/. Each sets mpmath's precision, which the other tests set for themselves."""
    import mpmath

    before, path = mpmath.mp.prec, list(sys.path)
    sys.path.insert(0, str(ROOT / "tools" / "derive"))
    mpmath.mp.dps = 60
    yield importlib.import_module
    mpmath.mp.prec = before
    sys.path[:] = path


def expect(text, path):
    """Line by line, so that a difference is readable."""
    assert text.splitlines() == path.read_text().splitlines()


@pytest.mark.skipif(not shutil.which("sollya"), reason="two fits of the float32 tables need Sollya")
def test_float32(tool):
    script = tool("f32")
    expect(script.header().text(), HEADERS / "tables/f32.h")


def test_float64(tool):
    script = tool("f64")
    expect(script.header().text(), HEADERS / "tables/f64.h")


def test_rows(tool):
    expect(tool("exp2_chord").text(), HEADERS / "tables/exp2_chord.h")


def test_divergence(tool):
    expect(tool("divergence").text(), HEADERS / "tables/divergence.h")


@pytest.mark.exhaustive
def test_gradients(tool):
    """Half a minute; what follows is a part of it."""
    expect(tool("derivatives").header().text(), HEADERS / "tables/derivatives.h")


@pytest.mark.parametrize("index", [0, 2, 11])
def test_gradient_intervals(tool, index):
    """Of float32: the first interval, that of the root, and one of the tail."""
    script = tool("derivatives")
    lo, hi = ((script.quarters(i) - 1) / script.F32_STEP for i in (index, index + 1))
    assert (lo < script.ROOT < hi) == (index == 2)
    found, _ = script.row(lo, hi, 6, 24, 10)
    table = table_of("fa_f32_gelu_grad", (HEADERS / "tables/derivatives.h").read_text())
    assert [float(v) for v in found] == [row[(12 + index) % 16] for row in table]


def table_of(name, text):
    """The rows of a table of a header."""
    body = re.search(rf"{name}\[\d+\]\[\d+\] = {{\n(.*?)\n}};", text, flags=re.S)[1]
    rows = re.findall(r"{(.*?)}", re.sub(r"/\*.*?\*/", "", body), flags=re.S)
    return [[float.fromhex(v.strip().rstrip("f")) for v in row.split(",") if v.strip()] for row in rows]


def test_numpy(tool):
    script = tool("numpy_constants")
    assert script.text() in (ROOT / "fastact" / "_reference" / "gaussian.py").read_text()


def test_numpy_selu(tool):
    """The decimals of the NumPy reference are those of the kernels' pairs, to the longdouble's last bit."""
    text = (ROOT / "fastact" / "_reference" / "exponential.py").read_text()
    found = dict(re.findall(r'^(SELU_\w+) = decimal\("([\d.]+)"\)', text, flags=re.M))
    scale, alpha = tool("fit").selu()
    import mpmath

    for name, value in (("SELU_SCALE", scale), ("SELU_NEGATIVE", scale * alpha)):
        exact = Fraction(mpmath.nstr(value, 40))
        assert abs(Fraction(found[name]) / exact - 1) < Fraction(1, 2**72)


# ---- the numbers that stand in formulas ----

LITERAL = re.compile(r"(?<![\w.])-?(?:0x[0-9a-f.]+p[+-]?\d+|\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?=f?(?![\w.]))")
HERE = re.compile(r"FA_(?:NO)?INLINE [\w#]+ \*?(T\(\w+\)|[\w#]+)\(|#define (FA_F\d\d_\w+)", flags=re.M)
# tools/derive/scan_gelu_tanh.py
SCANNED = {("f32_gelu_tanh", "3.0e-7")}


def is_structural(text):
    """0, a power of two, 1.5 times one from 2^19 on (it rounds to a fixed grid), or the largest number of a type."""
    value = abs(float.fromhex(text) if "x" in text else float(text))
    mantissa = math.frexp(value)[0]
    largest = value in (float.fromhex("0x1.fffffep127"), float.fromhex("0x1.fffffffffffffp1023"))
    return value == 0 or mantissa == 0.5 or (mantissa == 0.75 and value >= 2**19) or largest


def literals():
    """(function or macro, literal) of all headers but the written ones and those of instruction sets."""
    for path in sorted([*HEADERS.rglob("*.h"), *HEADERS.rglob("*.inc")]):
        if path.parent.name in ("tables", "simd"):
            continue
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        starts = [(m.start(), next(filter(None, m.groups()))) for m in HERE.finditer(text)]
        for m in LITERAL.finditer(text):
            before = [name for start, name in starts if start < m.start()]
            if before and not is_structural(m[0]):
                yield before[-1], m[0]


def test_every_literal_has_a_reason(tool):
    known = {(where, text) for where, checks in tool("limits").LIMITS.items() for text in checks} | SCANNED
    found = set(literals())
    assert len(found) > 50
    assert sorted(found - known) == []
    assert sorted(known - found) == []


def test_reasons_hold(tool):
    failed = [(where, text) for where, checks in tool("limits").LIMITS.items() for text, c in checks.items() if not c()]
    assert failed == []


@pytest.mark.exhaustive
def test_scan_of_gelu_tanh(tool):
    errors = tool("scan_gelu_tanh").scan()
    assert {("f32_gelu_tanh", f"{min(errors, key=errors.get):.1e}".replace("e-07", "e-7"))} == SCANNED


def test_bounds_of_zeros(tool):
    """Each bound of rarities.h from which on a 0 is one for sure."""
    limits = tool("limits")
    text = (HEADERS / "elementwise/rarities.h").read_text()
    text = re.sub(r"[\\\s]+", " ", text)
    rows = re.findall(r"\[FA_OP_(\w+)\] = ({{.*?}}|FA_\w+_RARITY\(.*?\))", text)
    assert len(rows) > 20
    for name, row in rows:
        if row.startswith("FA_"):  # argument and bounds
            row = re.sub(r".*\((\d+), (\d+), (\d+)\)", r"{0, \1, \2}, {0, \1, \3}", row)
        for bits, numbers in zip((32, 64), re.findall(r"{([^{}]+)}", row), strict=True):
            numbers, named = (
                re.findall(r"^(\d+), (\d+), ([\d.]+)", numbers),
                dict(re.findall(r"\.(\w+) = ([\d.]+)", numbers)),
            )
            if not numbers or numbers[0][1] == "0":
                continue
            beyond = limits.mpf(numbers[0][2])
            assert limits.BEYOND[name](beyond, bits, limits.LARGEST[bits]), (name, bits)
            if "nearer" in named:
                assert limits.BEYOND[name](limits.mpf(named["nearer"]), bits, limits.USUAL), (name, bits)
