"""The same value gives the same bits: at any place, in any length and layout, on any instruction set."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from registry import ELEMENTWISE, NATIVE, ROWS, VARIANTS, bits, same, sample

import fastact

SETS = ("portable", "avx2", "avx512", "neon")


def edge_values(dtype):
    limits = np.finfo(dtype)
    return np.array(
        [
            0.0,
            -0.0,
            np.inf,
            -np.inf,
            np.nan,
            limits.max,
            limits.min,
            limits.tiny,
            -limits.tiny,
            limits.smallest_subnormal,
            -limits.smallest_subnormal,
            88,
            -88,
            -104,
            -14.4,
            -38.5,
            -745,
        ],
        dtype,
    )


def values(dtype):
    wide = np.random.default_rng(5).uniform(-120, 120, 500).astype(dtype)
    return np.concatenate([sample(700, dtype), wide, edge_values(dtype)])


@pytest.mark.skipif(not NATIVE, reason="promised by the kernels; NumPy's own functions decide otherwise")
@pytest.mark.parametrize("f", ELEMENTWISE, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
class TestPlace:
    def test_alone(self, f, dtype):
        x = values(dtype)
        y = f(x)
        same(np.array([f(x[i : i + 1])[0] for i in range(x.size)]), y)
        same(np.array([f(v) for v in x]), y)

    def test_offset(self, f, dtype):
        x = values(dtype)
        y = f(x)
        for start in range(40):
            same(f(x[start:]), y[start:])
        for step in (2, 3, 7, -1, -5):
            same(f(x[::step]), y[::step])

    def test_among_others(self, f, dtype):
        x = values(dtype)
        order = np.random.default_rng(0).permutation(x.size)
        same(f(x[order]), f(x)[order])

    def test_long(self, f, dtype):
        x = np.tile(values(dtype), 300)
        y = f(x)
        same(y, np.tile(f(values(dtype)), 300))


SCRIPT = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import fastact
from test_reproducible import digests
print(json.dumps([fastact.isa(), digests()]))
"""


def digests():
    """A hash of every function's results on fixed inputs, rows in several lengths and along several axes."""
    found = {}
    for f in VARIANTS + ROWS:
        for dtype in (np.float32, np.float64):
            h = hashlib.sha256()
            if f not in ROWS:
                bulk = np.random.default_rng(6).normal(0, 10, 40_000).astype(dtype)
                for x in (values(dtype), bulk, bulk[::3], bulk[:37]):
                    h.update(bits(f(x)))
            else:
                for n in (1, 2, 3, 7, 10, 16, 31, 64, 100, 1000, 4096, 4097, 10_001):
                    x = sample((5, n), dtype, seed=n, scale=4)
                    x[3, n // 2] = -np.inf
                    h.update(bits(np.asarray(f(x))))
                    h.update(bits(np.asarray(f(x.T, axis=0))))
                    h.update(bits(np.asarray(f(x, axis=0))))
                x[2, 5] = np.nan
                h.update(bits(np.asarray(f(x))))
            found[f"{f.id} {dtype.__name__}"] = h.hexdigest()
    return found


# with their defaults the same as elu, silu and sigmoid
ALIKE = {"celu", "celu_grad", "swish", "swish_grad", "softplus_grad"}


@pytest.mark.skipif(not NATIVE, reason="no kernels")
def test_digests_vary():
    found = {case: value for case, value in digests().items() if case.split()[0] not in ALIKE}
    assert len(set(found.values())) == len(found)


@pytest.mark.skipif(not NATIVE, reason="no kernels")
@pytest.mark.parametrize("isa", SETS)
def test_instruction_sets_agree(isa, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, os.path.dirname(__file__)],
        env={**os.environ, "FASTACT_ISA": isa},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "cannot run here" in run.stderr:
        pytest.skip(run.stderr.strip().splitlines()[-1])
    assert run.returncode == 0, run.stderr
    name, found = json.loads(run.stdout)
    assert name == isa
    here = digests()
    assert [case for case in here if here[case] != found[case]] == []


def test_isa_is_known():
    assert fastact.isa() in (*SETS, "numpy")
