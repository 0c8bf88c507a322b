"""What else lives in the process: forks, interpreters, limits and floating-point modes that others set.

They neither stop a call nor change its bits.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from registry import FOLDER, NATIVE

ROOT = Path(__file__).parent.parent
native = pytest.mark.skipif(not NATIVE, reason="NumPy runs on one thread, in NumPy's own ways")
compiled = pytest.mark.skipif(not shutil.which("gcc"), reason="no compiler for a helper")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's limits, forks and registers")


def run(script, timeout=120, **environment):
    """What a process of its own prints. An empty value removes a variable."""
    chosen = {**os.environ, "PYTHONPATH": os.pathsep.join([FOLDER, str(ROOT / "tests")]), **environment}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={name: value for name, value in chosen.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stderr[-2000:]}"
    return done.stdout.strip()


def library(folder, source, *flags):
    """The path of a shared object made of some C."""
    text, made = folder / "helper.c", folder / "helper.so"
    text.write_text(source)
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", *flags, str(text), "-o", str(made)], check=True)
    return str(made)


CALLS = """
import numpy as np
import fastact
x = np.linspace(-30, 30, 300_000, dtype=np.float32)
rows = x.reshape(300, 1000)
labels = np.arange(300)

def results():
    found = [fastact.gelu(x), fastact.softmax(rows), fastact.softmax(x), fastact.softmax_grad(x, x),
             fastact.logsumexp(x),
             *fastact.cross_entropy(rows, labels, return_grad=True), *fastact.prelu_grad(x, x, 0.25),
             *fastact.cross_entropy(x[None], labels[:1], return_grad=True),
             *fastact.binary_cross_entropy_with_logits(x, x > 0, return_grad=True)]
    return [np.asarray(a).tobytes() for a in found]
"""


# ---- forks ----


@native
@linux
@compiled
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_child_after_another_library_ran_in_parallel(tmp_path):
    """The runtime's threads stay in the parent, whoever it was that made them."""
    helper = library(
        tmp_path,
        'int count(void) { int n = 0;\n_Pragma("omp parallel num_threads(2) reduction(+ : n)")\nn++; return n; }',
        "-fopenmp",
    )
    run(
        CALLS
        + f"""
import ctypes, os, signal
fastact.set_num_threads(1)
want = results()
fastact.set_num_threads(2)
assert ctypes.CDLL({helper!r}).count() == 2
if not os.fork():
    signal.alarm(60)  # a child that hangs dies of it
    os._exit(0 if results() == want and fastact.get_num_threads() == 1 else 3)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
assert fastact.get_num_threads() == 2 and results() == want
"""
    )


# ---- interpreters ----


@native
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the module of interpreters has another name")
def test_another_interpreter():
    run(
        CALLS
        + """
import _xxsubinterpreters
other = _xxsubinterpreters.create()
_xxsubinterpreters.run_string(other, "x = 1")
fastact.set_num_threads(1)
want = results()
fastact.set_num_threads(2)
assert results() == want
"""
    )


# ---- limits ----


@native
@linux
@pytest.mark.parametrize("others", [0, 1])
def test_no_threads_can_be_made(others):
    """The call runs on the threads that there are."""
    if os.getuid() != 0:
        pytest.skip("needs a user of its own, that has no other processes")
    run(
        CALLS
        + f"""
import os, resource
fastact.set_num_threads(1)
want = results()
fastact.set_num_threads(4)
os.setuid(54_321)
resource.setrlimit(resource.RLIMIT_NPROC, (1 + {others}, 1 + {others}))
for _ in range(3):
    assert results() == want
""",
        OPENBLAS_NUM_THREADS="1",
    )


@native
@pytest.mark.parametrize("asked", ["40000", "1000000", "99999999999999999999", "-3", "0", "abc", "", "2,2", " 3 "])
def test_openmp_variable(asked):
    text = run(CALLS + "results(); print(fastact.get_num_threads())", OMP_NUM_THREADS=asked, FASTACT_NUM_THREADS=None)
    assert 1 <= int(text) <= 1024


@native
def test_most_threads():
    run(CALLS + "fastact.set_num_threads(1024); x = np.ones(10**6); assert (fastact.relu(x) == 1).all()")


@pytest.mark.parametrize("asked", ["", " ", "3 ", "1024"])
def test_own_variable(asked):
    text = run("import fastact; print(fastact.get_num_threads())", FASTACT_NUM_THREADS=asked)
    assert int(text) == (int(asked) if asked.strip() and NATIVE else int(text))


@pytest.mark.parametrize("asked", ["0", "-1", "1e99", "1025", "9" * 5000, "2,2"])
@pytest.mark.parametrize("variable", ["FASTACT_NUM_THREADS", "FASTACT_POOL_LIMIT"])
def test_own_variable_is_checked(variable, asked):
    """An error that names the variable and what it may be, or a limit beyond what any machine has."""
    text = run(
        "try:\n import fastact\n print('limit', fastact.get_pool_limit())\nexcept ImportError as error:\n print(error)",
        **{variable: asked},
    )
    if variable == "FASTACT_NUM_THREADS" or not asked.isdigit():
        assert variable in text
        assert "must be a" in text
    else:
        assert text == f"limit {min(int(asked) if len(asked) < 20 else sys.maxsize, sys.maxsize) if NATIVE else 0}"


# ---- floating-point modes ----

# what differs from the default mode in the control bits of x86's MXCSR; traps: what a host may have enabled
MODES = {"flush to zero": 0x8040, "down": 0x2000, "up": 0x4000, "traps": -0x0E80}

MODE_SCRIPT = """
import ctypes, sys, warnings
import numpy as np
import fastact
from calls import SMALL, LARGE, calls

helper = ctypes.CDLL({helper!r})
helper.get.restype = ctypes.c_uint
helper.set.argtypes = [ctypes.c_uint]
warnings.simplefilter("error")
mode = 0x1F80 + {mode}

def results(call, mode):
    helper.set(mode)
    try:
        found = call()
    finally:
        after = helper.get()
        helper.set(0x1F80)
    assert after == mode, hex(after)
    return [np.asarray(a).tobytes() for a in (found if type(found) is tuple else (found,))]

differ, count = [], 0
for threads, elements, every in ((1, SMALL, {every}), (2, LARGE, 17)):
    fastact.set_num_threads(threads)
    for text, call in list(calls(elements, {dtype!r}))[::every]:
        count += 1
        want = results(call, 0x1F80)
        try:
            if results(call, mode) != want:
                differ.append(text)
        except BaseException as error:
            differ.append((text, repr(error)))
assert count > 200
assert not differ, (len(differ), differ[:10])
"""


@native
@linux
@compiled
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86's register")
@pytest.mark.parametrize(("dtype", "every"), [("e", 5), ("f", 1), ("d", 5)])
@pytest.mark.parametrize("mode", MODES)
def test_modes_change_no_bit(mode, dtype, every, tmp_path):
    """A call computes in the default mode on every thread, and puts back the caller's with its flags."""
    helper = library(
        tmp_path,
        "#include <xmmintrin.h>\n"
        "unsigned get(void) { return _mm_getcsr(); }\n"
        "void set(unsigned m) { _mm_setcsr(m); }\n",
    )
    run(MODE_SCRIPT.format(helper=helper, mode=MODES[mode], dtype=dtype, every=every), timeout=300)
