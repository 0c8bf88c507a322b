"""python -m fastact check: what it compares with is right, what is wrong fails, and every instruction set passes."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from registry import NATIVE, VARIANTS
from test_accuracy import float64_samples

import fastact
from fastact._check import accuracy, bits, digests, sets
from fastact._command_line import check, main
from fastact._reference import table

native = pytest.mark.skipif(not NATIVE, reason="no kernels to check")


# lines of the C tests alone: conversions, what serves rows, a loss with gains of its own; and one in 16 bits
PRIVATE = {"widen", "narrow", "row_input", "cross_entropy", "cross_entropy-soft", "cross_entropy-hessian"}
PRIVATE |= {"focal", "focal_and_grad", "focal_and_grad.1", "focal_hessian"}
PRIVATE |= {"sum_and_divide", "make_parts", "scale_add", "from_bytes"}
PRIVATE |= {"softmax_focal_loss-hessian", "softmax_focal_loss-of_rows"}


def is_public(line, dtype):
    """Whether a public function gives this digest."""
    types = bits.WIDE if line.startswith("binary_cross_entropy") else bits.TYPES
    return line not in PRIVATE and dtype in map(str, types)


@native
def test_passes_on_every_instruction_set(tmp_path):
    """All that this CPU has, or the one that FASTACT_ISA asks for; each by the public functions."""
    command = [sys.executable, "-m", "fastact", "check", "--json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    here = {isa for isa, why in sets.obstacles().items() if not why}
    assert {one["isa"] for one in found["sets"]} == ({sets.asked()} if sets.asked() else here)
    assert fastact.isa() in here
    public = [line for line in digests.kept() if is_public(*line)]
    for one in found["sets"]:
        assert one["digests"] == len(public) > 200
        assert one["results"] > 50_000
        assert one["differing"] == one["beyond"] == []


def test_without_kernels(capsys):
    if NATIVE:
        pytest.skip("the kernels are in use")
    assert main.main(["check"]) == 1
    assert "no kernels" in capsys.readouterr().out


PASSING = {"isa": "avx2", "digests": 2, "differing": [], "results": 9, "beyond": [], "seconds": 1.0}
PASSING["worst"] = {"name": "gelu", "dtype": "float32", "error": 1.0, "bound": 2.0, "compared": 9}


@native
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "passed: "),
        ({"differing": ["gelu float32"]}, "gelu float32: other bits than published"),
        ({"beyond": [{**PASSING["worst"], "error": 2.5}]}, "gelu float32: error 2.5, the bound is 2"),
        ({"error": "Illegal instruction"}, "Illegal instruction"),
    ],
)
def test_what_is_wrong_fails(monkeypatch, capsys, changed, told):
    monkeypatch.setattr(check, "_check", lambda isa, advance, started: {**PASSING, **changed, "isa": isa})
    assert main.main(["check"]) == (1 if changed else 0)
    out = capsys.readouterr().out
    assert told in out
    assert ("FAILED" in out) == bool(changed)


@native
def test_a_process_that_dies_fails(monkeypatch):
    monkeypatch.setattr(check, "_environment", lambda isa: {**os.environ, "FASTACT_ISA": "mmx"})
    assert "mmx" in check._check("avx2", lambda amount: None, [])["error"]


def test_other_bits_are_seen():
    dtype = np.dtype(np.float32)
    y = np.arange(1000, dtype=np.float32)
    line = {"relu": digests.digest(y)}
    assert bits.differing(dtype, line) == ["relu float32"]
    changed = y.copy()
    changed[7] = np.nextafter(changed[7], np.float32(9))
    assert digests.digest(changed) != digests.digest(y)


# ---- errors ----


def test_ulps():
    one, beyond = np.longdouble(1), np.ldexp(np.longdouble(1), 128)
    tiny = np.float32(2.0**-149)
    cases = [
        (1.0, one, 0), (1.0, one + np.ldexp(one, -25), 0.25), (1.0, one - np.ldexp(one, -25), 0.5), (tiny, one * 0, 1),
        (np.inf, beyond, 0), (np.inf, beyond * 2, 0), (-np.inf, beyond, np.inf), (np.inf, one, np.inf),
        (np.nan, one * np.nan, 0), (np.nan, one, np.inf), (1.0, one * np.nan, np.inf), (2.0, one, 2.0**23),
        (np.finfo(np.float32).max, beyond, 0.5), (np.inf, one * np.inf, 0),
    ]  # fmt: skip
    for got, want, error in cases:
        found = accuracy.ulps(np.float32([got]), np.array([want]))[0]
        assert found == pytest.approx(error, rel=1e-6) or (error == np.inf and found > 2**23), (got, want, found)


def test_relative():
    eps = np.finfo(np.float32).eps
    got = np.float32([1, np.nan, 0, -np.inf])
    assert accuracy.relative(got, np.longdouble([1 + 3 * eps, np.nan, 0, -np.inf])) == pytest.approx(3, rel=1e-5)
    assert accuracy.relative(got, np.longdouble([1, 0, 0, -np.inf])) == np.inf


def broken(name, how):
    """The public function of a name, whose results are changed."""
    whole = getattr(fastact, name)
    return lambda *arguments, **keywords: how(whole(*arguments, **keywords))


@native
@pytest.mark.parametrize("dtype", accuracy.TYPES, ids=str)
def test_errors_are_seen(monkeypatch, dtype):
    """Of 4 ULP here and there, and of one element; a row's and a loss's too."""
    worse = lambda y: np.nextafter(np.nextafter(np.nextafter(np.nextafter(y, 9), 9), 9), 9)  # noqa: E731
    for name in ("gelu", "silu_grad"):
        monkeypatch.setattr(fastact, name, broken(name, worse))
        assert not all(judged.passes for judged in accuracy.elementwise(name, dtype))
    for name in accuracy.bits.ROWS:
        monkeypatch.setattr(fastact, name, broken(name, lambda y: y * (1 + 6 * np.finfo(dtype).eps)))
        assert not all(judged.passes for judged in accuracy.rows(name, dtype))
    name = "cross_entropy"
    monkeypatch.setattr(fastact, name, broken(name, lambda found: (found[0], worse(worse(found[1])))))
    assert not all(judged.passes for judged in accuracy.losses(name, dtype))


# ---- what errors are measured by ----


def exact(mpmath, value):
    """A long double number as mpmath's."""
    m, exponent = np.frexp(value)
    high = float(m)
    return (mpmath.mpf(high) + mpmath.mpf(float(m - high))) * mpmath.mpf(2) ** int(exponent)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="long double is no wider than float64")
@pytest.mark.parametrize("f", VARIANTS, ids=lambda case: case.id)
def test_formulas_in_long_double(f):
    """Within 0.01 ULP of float64, or of 2**-60: beside a zero of a derivative."""
    mpmath = pytest.importorskip("mpmath")
    x = float64_samples(f)[::29]
    keywords = dict(f.parameters)  # Python's numbers take the type of the arrays
    operands = [np.longdouble(1)] * f.is_gradient + [x.astype(np.longdouble)]
    with np.errstate(all="ignore"):
        found = getattr(table, f.name)(*operands, **dict(f.keywords), **keywords)
    parameters = [mpmath.mpf(value) for value in f.values()]
    for given, got in zip(x, found, strict=True):
        want = f.oracle.exact(mpmath.mpf(float(given)), *parameters)
        if abs(want) > np.finfo(np.float64).max:
            continue
        unit = mpmath.mpf(2) ** (max(int(mpmath.floor(mpmath.log(abs(want), 2))) if want else -1022, -1022) - 52)
        by_root = any(abs(given / root - 1) < 0.05 for root in f.oracle.roots)
        assert abs(exact(mpmath, got) - want) <= max(unit / 100, mpmath.mpf(2) ** -60 * by_root), given
