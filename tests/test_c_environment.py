"""What the C functions run with: the kernels and threads of the environment, or those that Python chose; any
floating-point mode, which they keep; any thread that calls first."""

import ctypes
import json
import os
import platform
import re
import subprocess
import sys

import numpy as np
import pytest
from c_library import HEADERS, Library, library_file, same_bits

import fastact

if fastact.isa() == "numpy":
    pytest.skip("functions run on NumPy", allow_module_level=True)

C = Library()
X86 = platform.machine() in ("x86_64", "AMD64")
# of fenv.h: those that NumPy's own arithmetic would raise too; rounding upwards
FLAGS, UPWARD = (0x3D, 0x800) if X86 else (0x1F, 0x400000)


@pytest.mark.skipif(sys.platform != "linux", reason="the numbers of fenv.h are those of Linux")
@pytest.mark.parametrize("shape", [(4, 7), (400, 300)])
def test_any_rounding_mode_is_kept_and_does_not_count(shape):
    m = ctypes.CDLL("libm.so.6")
    x = np.random.default_rng(7).normal(0, 3, shape).astype(np.float32)
    labels = np.zeros(len(x), np.intp)
    want = [fastact.mish(x), fastact.softmax(x), fastact.cross_entropy(x, labels), fastact.prelu_grad(x, x, 0.25)[1]]
    y, p, dx, loss, dweight = *np.empty((3, *shape), np.float32), *np.empty((2, 1), np.float32)
    mish, softmax, mean, prelu = C.fa_mish_f32, C.fa_softmax_rows_f32, C.fa_cross_entropy_mean_f32, C.fa_prelu_grad_f32
    m.feclearexcept(FLAGS)
    m.fesetround(UPWARD)
    try:
        mish(x, y, x.size)
        softmax(x, p, *x.shape)
        mean(x, labels, loss, None, *x.shape)
        prelu(x, x, dx, dweight, x.size, 0.25)  # a number that ctypes need not round
        mode, flags = m.fegetround(), m.fetestexcept(FLAGS)
    finally:
        m.fesetround(0)
    assert mode == UPWARD
    assert flags == 0
    for got, expected in zip([y, p, loss[0], dweight[0]], want, strict=True):
        assert same_bits(np.asarray(got), expected)


def test_refused_kernels_leave_those_in_use():
    before, why = C.fa_in_use(), ctypes.c_char_p()
    assert not C.fa_use(b"sse9", ctypes.byref(why))
    assert b"no such instruction set" in why.value
    assert C.fa_in_use() == before


def test_python_and_c_use_the_same():
    assert ctypes.c_char_p.from_address(C.fa_in_use()).value.decode() == fastact.isa()


# a program that knows nothing of the package: names of the kernels, threads, and a sigmoid from eight threads at once
ALONE = """
import ctypes, json, sys, threading
library = ctypes.CDLL(sys.argv[1])
library.fa_in_use.restype = ctypes.c_void_p
threads = library.fa_threads()
tables, results = [], []
gate = threading.Barrier(8)
def work():
    x, y = (ctypes.c_float * 3)(-1, 0, 1), (ctypes.c_float * 3)()
    gate.wait()
    library.fa_sigmoid_f32(x, y, ctypes.c_size_t(3))
    tables.append(library.fa_in_use())
    results.append(bytes(y).hex())
workers = [threading.Thread(target=work) for _ in range(8)]
for worker in workers: worker.start()
for worker in workers: worker.join()
assert len(set(tables)) == 1
print(json.dumps([ctypes.c_char_p.from_address(tables[0]).value.decode(), threads, sorted(set(results))]))
"""


def alone(**environment):
    cleared = {name: value for name, value in os.environ.items() if name not in ("FASTACT_ISA", "FASTACT_NUM_THREADS")}
    run = subprocess.run(
        [sys.executable, "-c", ALONE, str(library_file())],
        env={**cleared, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    name, threads, results = json.loads(run.stdout)
    assert results == [fastact.sigmoid(np.array([-1, 0, 1], np.float32)).tobytes().hex()]
    return name, threads, run.stderr


def test_environment_of_a_program():
    best, threads, complaint = alone()
    assert best in ("avx512", "avx2", "neon", "portable")
    assert threads >= 1
    assert complaint == ""
    assert alone(FASTACT_ISA="Portable", FASTACT_NUM_THREADS="3") == ("portable", 3, "")
    assert alone(FASTACT_ISA="numpy", FASTACT_NUM_THREADS="3 or 4") == (best, threads, "")
    name, _, complaint = alone(FASTACT_ISA="mmx")
    assert name == best
    assert "fastact: FASTACT_ISA=mmx is not used: no such instruction set" in complaint
    assert complaint.count("\n") == 1


def test_the_number_of_the_interface():
    (number,) = re.findall(r"#define FASTACT_ABI (\d+)", (HEADERS / "fastact.h").read_text())
    assert C.fa_abi() == int(number)
