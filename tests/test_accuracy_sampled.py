"""The public functions through the C comparison of tests/c (judge.c), whose oracles are the C library's and fast enough
for many millions of inputs; and docs/accuracy.md, which tools/accuracy writes by them.

Needs a C compiler, make and the sources: skipped where these are missing.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
from registry import ELEMENTWISE, LOSSES, NATIVE, ROW_GRADIENTS, ROWS

from fastact._check.bounds import BOUNDS, bound

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools" / "accuracy"))
judging, page = pytest.importorskip("judge"), pytest.importorskip("page")

STEP = 256
elementwise = pytest.mark.parametrize("f", [f for f in ELEMENTWISE if f.name != "prelu_grad"], ids=lambda case: case.id)
native = pytest.mark.skipif(not NATIVE, reason="the bounds are those of the kernels")


def operation(f):
    """The name of a case in the C registry."""
    approximate = dict(f.keywords).get("approximate", "none")
    return f.name if approximate == "none" else f.name.replace("gelu", f"gelu_{approximate}")


@pytest.fixture(scope="module")
def judge():
    try:
        return judging.Judge()
    except Exception as error:
        pytest.skip(f"the C comparison cannot be built here: {error}")


@native
@elementwise
def test_float32_sampled(judge, f):
    start = np.random.default_rng(0).integers(0, STEP, 2**32 // STEP, dtype=np.uint32)
    x = (start + np.arange(0, 2**32, STEP, dtype=np.uint32)).view(np.float32)
    assert len(np.unique(x[:100_000])) == 100_000
    inputs = [np.ones_like(x)] * f.is_gradient + [x] + [np.full_like(x, value) for value in f.values(np.float32)]
    tally = judge(operation(f), "float32", inputs, f(x))
    assert tally.count == 2**32 // STEP
    assert tally.max <= BOUNDS["VALUE"], f"{tally.max:.3f} ULP at {tally.at[int(f.is_gradient)]!r}"


@elementwise
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_oracle(judge, f, kind):
    """The C oracles against mpmath: within 0.01 ULP of float32, and of float64 to its rounding."""
    pytest.importorskip("mpmath")
    from mpmath import mpf

    rng = np.random.default_rng(3)
    low, high = (max(edge, -90.0) if edge < 0 else min(edge, 90.0) for edge in f.oracle.domain)
    x = np.concatenate([rng.uniform(low, high, 100), rng.uniform(max(low, -4), min(high, 4), 100)]).astype(kind)
    x = x[(x > f.oracle.domain[0]) & (x < f.oracle.domain[1])]
    x = x[~np.any([np.abs(x / root - 1) < 0.01 for root in f.oracle.roots] or [x != x], axis=0)]
    inputs = [np.ones_like(x)] * f.is_gradient + [x] + [np.full_like(x, value) for value in f.values(kind)]
    got = judge.oracle(operation(f), kind, inputs)
    values = [mpf(value) for value in f.values(kind)]
    for g, v in zip(got, x, strict=True):
        want = f.oracle.exact(mpf(float(v)), *values)
        error = abs(mpf(float(g)) - want)
        relative, smallest = (-31, -156) if kind == "float32" else (-53, -1074)
        assert error <= abs(want) * mpf(2) ** relative + mpf(2) ** smallest, v


def test_page_is_current():
    """docs/accuracy.md has a row for every operation, measured on the bits that are kept, within the bounds."""
    if not page.PAGE.exists():
        pytest.skip("docs are not here")
    rows, known = page.read(), page.digests()
    for f in ELEMENTWISE:
        for kind in ("float32", "float64", "float16", "bfloat16"):
            assert (operation(f), kind, "usual") in rows, "python tools/accuracy"
    for (name, kind, inputs), row in rows.items():
        assert row["digest"] == known[name.split(" ")[0], kind], f"{name}: bits have changed: python tools/accuracy"
        assert float(row["max ULP"]) <= bound(name, inputs), f"{name}, {kind}, {inputs}"


def test_page_of_rows_is_current():
    """The same of row functions and losses."""
    if not page.PAGE.exists():
        pytest.skip("docs are not here")
    rows = page.read_lines()
    public = {op.split(" ")[0] for op, _ in rows}
    judged = {name for name in LOSSES if "focal" not in name}  # those: tests/test_focal.py
    assert public == {f.name for f in ROWS} | set(ROW_GRADIENTS) | judged, "python tools/accuracy"
    for (name, kind), row in rows.items():
        assert row["digest"] == page.line_digest(name, kind), f"{name}: bits have changed: python tools/accuracy"
        assert float(row["fastact"].split(" ")[0]) <= float(row["bound"].split(" ")[0]), f"{name}, {kind}"


@native
@pytest.mark.exhaustive
@pytest.mark.parametrize("op", sorted({op for op, kind in page.digests() if kind == "float32"}))
def test_all_inputs(judge, op):
    """The kernels over all float32 inputs, and a million of float64: half a minute each."""
    if not judge.knows(op):
        pytest.skip("not elementwise")
    done = judging.run(op, 1, 1_000_000)
    assert done.returncode == 0, done.stdout
