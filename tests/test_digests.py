"""No bit changes unseen: every public function against tests/digests.txt, which the C tests share; and the same bits on
any number of threads, at any offset, stride, length and position, in place or not.

A digest that no longer agrees is a change of some result: `make -C tests/c digests` accepts it, the commit says why.
"""

import inspect
import os
import subprocess
import sys

import digests
import numpy as np
import pytest
from registry import COMPUTING, NATIVE, ROWS, UFUNC, bits, functions, same

import fastact

try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None

pytestmark = [
    pytest.mark.each_isa,
    pytest.mark.skipif(not NATIVE, reason="promised by the kernels; NumPy's own functions decide otherwise"),
]

SETS = ("portable", "avx2", "avx512", "neon")
KEPT = digests.kept()
TYPES = [np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.float16)]
TYPES += [np.dtype(ml_dtypes.bfloat16)] if ml_dtypes else []
# the first serves the row functions, their mask, bias and scale; the others the loss, tests/test_losses.py
NOT_PUBLIC = {"row_input", "binary_cross_entropy", "binary_cross_entropy_and_grad"}


def public_of(kernel):
    """The public function that runs this kernel, with its keywords; None where there is none."""
    if kernel in COMPUTING:
        return COMPUTING[kernel], {}
    for name, public in functions("approximate").items():
        base, gradient = name.removesuffix("_grad"), "_grad" * name.endswith("_grad")
        for kind in ("tanh", "sigmoid"):
            if kernel == f"{base}_{kind}{gradient}":
                return public, {"approximate": kind}
    return None


LINES = {line for line, _ in KEPT}
OPERATIONS = sorted(line for line in LINES if public_of(line) and public_of(line)[0] in functions("casting").values())
operations = pytest.mark.parametrize("op", OPERATIONS)
each_type = pytest.mark.parametrize("dtype", TYPES, ids=str)


def call(op, arguments, **more):
    """All results of the operation on as many arguments as its kernel takes."""
    public, keywords = public_of(op)
    parameters = inspect.signature(public).parameters.values()
    positional = sum(p.kind is p.POSITIONAL_ONLY for p in parameters)
    named = [p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY and p.name not in UFUNC | {"axis"}]
    found = public(*arguments[:positional], **dict(zip(named, arguments[positional:], strict=True)), **keywords, **more)
    return found if isinstance(found, tuple) else (found,)


def inputs(op):
    """How many arguments the kernel takes."""
    public, _ = public_of(op)
    parameters = inspect.signature(public).parameters.values()
    return sum(p.kind is p.POSITIONAL_ONLY or p.name not in UFUNC | {"axis"} for p in parameters)


def disagreeing(ops=OPERATIONS, types=TYPES):
    """The lines of the kept file that the public functions do not give."""
    wrong = []
    for op in ops:
        for dtype in types:
            for i, y in enumerate(call(op, digests.arguments(op, inputs(op), dtype))):
                line = f"{op}.{i}" if i else op
                if line in LINES and KEPT[line, dtype.name] != digests.digest(y):
                    wrong.append(f"{line} {dtype.name}")
    return wrong


@operations
@each_type
def test_kept(op, dtype):
    assert disagreeing([op], [dtype]) == []


@pytest.fixture
def threads():
    before = fastact.get_num_threads()
    yield fastact.set_num_threads
    fastact.set_num_threads(before)


@operations
def test_threads(op, threads):
    for dtype in TYPES[:2]:
        arguments = digests.arguments(op, inputs(op), dtype)
        found = []
        for n in (1, 2, 3, 7):
            threads(n)
            found.append([bits(y) for y in call(op, arguments)])
        assert found[1:] == found[:1] * 3


def alike(found, want):
    for y, w in zip(found, want, strict=True):
        assert y.dtype == w.dtype
        with np.errstate(all="ignore"):  # a signalling NaN in a cast
            same(np.asarray(y).astype(np.float64), np.asarray(w).astype(np.float64))


def unaligned(a):
    """The same elements an odd number of bytes into memory."""
    memory = np.empty(a.nbytes + 1, np.uint8)
    memory[1:] = np.frombuffer(a.tobytes(), np.uint8)
    return memory[1:].view(a.dtype)


@operations
@each_type
def test_anywhere(op, dtype):
    rng = np.random.default_rng(len(op))
    whole = digests.arguments(op, inputs(op), dtype)
    chosen = np.concatenate([np.arange(200), rng.integers(0, whole[0].size, 3001)])  # the edges too
    arguments = [a[chosen] for a in whole]
    want = call(op, arguments)

    def expect(found, where=slice(None)):
        alike(found, [w[where] for w in want])

    order = rng.permutation(chosen.size)
    expect(call(op, [a[order] for a in arguments]), order)
    expect(call(op, [unaligned(a) for a in arguments]))
    expect(call(op, [np.repeat(a, 3)[::3] for a in arguments]))
    mixed = [a[::-1] if i % 2 else np.repeat(a[::-1], 2)[::2] for i, a in enumerate(arguments)]
    expect(call(op, mixed), slice(None, None, -1))
    expect(call(op, [a.astype(a.dtype.newbyteorder()) if a.dtype.kind == "f" else a for a in arguments]))
    for step in (2, 7, -1, -5):
        expect(call(op, [a[::step] for a in arguments]), slice(None, None, step))
    for start in range(1, 34):
        stop = start + int(rng.integers(1, 140))
        expect(call(op, [a[start:stop] for a in arguments]), slice(start, stop))
    for i in range(0, 60):
        expect(call(op, [a[i] for a in arguments]), i)
        expect(call(op, [a[i : i + 1] for a in arguments]), slice(i, i + 1))


@operations
@each_type
def test_in_place(op, dtype):
    arguments = [a[:70_000] for a in digests.arguments(op, inputs(op), dtype)]
    want = call(op, arguments)
    for j in range(len(arguments)):
        for o in range(len(want)):
            fresh = [a.copy() for a in arguments]
            out = tuple(fresh[j] if i == o else np.empty_like(w) for i, w in enumerate(want))
            found = call(op, fresh, out=out if len(out) > 1 else out[0])
            alike(found, want)


# ---- the file ----


def test_every_kernel_is_kept():
    from fastact._arrays import kernels

    assert set(kernels.registry()) <= LINES
    assert {f.name for f in ROWS} <= LINES


def test_every_kernel_is_public():
    from fastact._arrays import kernels

    assert {op for op in kernels.registry() if not public_of(op)} <= NOT_PUBLIC


def test_digests_vary():
    one = {}
    for (line, dtype), digest in KEPT.items():
        one.setdefault((digest, dtype), []).append(line)
    alike = sorted(lines for lines in one.values() if len(lines) > 1 and not lines[1].endswith("_columns"))
    # the same function under two names; a gate's gradient by the other operand is the gate of dy
    assert all(
        {line.replace("prelu", "leaky_relu").replace("glu_grad.1", "glu") for line in lines} <= {lines[0]}
        for lines in alike
    )


@pytest.mark.skipif(not ml_dtypes, reason="needs ml_dtypes")
def test_conversions_are_numpys():
    for dtype in TYPES[2:]:
        numbers = np.arange(1 << 16, dtype=np.uint16).view(dtype)
        assert KEPT["widen", dtype.name] == digests.digest(numbers)
        with np.errstate(all="ignore"):
            assert KEPT["narrow", dtype.name] == digests.digest(digests.walk(np.dtype(np.float32)).astype(dtype))


# ---- instruction sets ----


def test_isa_is_known():
    assert fastact.isa() in SETS


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import test_digests as t
print(t.fastact.isa(), t.disagreeing())
"""


@pytest.mark.skipif("FASTACT_ISA" in os.environ, reason="one instruction set was asked for")
@pytest.mark.parametrize("isa", SETS)
def test_instruction_sets_agree(isa, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, os.path.dirname(__file__)],
        env={**os.environ, "FASTACT_ISA": isa},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if "cannot run here" in run.stderr:
        pytest.skip(run.stderr.strip().splitlines()[-1])
    assert run.returncode == 0, run.stderr
    assert run.stdout.split(maxsplit=1) == [isa, "[]\n"]
