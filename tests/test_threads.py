"""Threads change the time, never the bits; forked children work; limits are respected."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from registry import FOLDER, NATIVE, ROWS, VARIANTS, bits, same, sample

import fastact

native = pytest.mark.skipif(not NATIVE, reason="NumPy runs on one thread")
BIG = 300_007


@pytest.fixture(autouse=True)
def restore():
    before = fastact.get_num_threads()
    yield
    fastact.set_num_threads(before)


@pytest.mark.parametrize("f", VARIANTS, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_an_output_that_runs_ahead_of_an_input(f, dtype):
    """NumPy passes memory on that one thread, element after element, reads before it writes there: so must several."""
    n = 100_003
    memory = sample(n + 2, dtype, seed=3)
    want = bits(np.asarray(f(memory[1:].copy())))
    if f(memory[1:3]).dtype != dtype:
        pytest.skip("of another type")
    fastact.set_num_threads(7)
    for _ in range(5):
        ahead, behind = memory.copy(), memory.copy()
        assert bits(f(ahead[1:], out=ahead[:-1])) == want
        assert bits(f(behind[:0:-1], out=behind[-2::-1])[::-1]) == want
    # shifted the other way they have to be copied
    behind[...] = memory
    assert bits(f(behind[:-1], out=behind[1:])) == bits(np.asarray(f(memory[:-1].copy())))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_same_bits_of_a_long_row_with_options(name, dtype):
    """A row that is made a few blocks at a time, with a tail, and in pieces that are not blocks."""
    rng = np.random.default_rng(0)
    x, where = rng.normal(0, 5, (3, 100_003)).astype(dtype), rng.random((3, 100_003)) < 0.9
    results = []
    for n in (1, 2, 3):
        fastact.set_num_threads(n)
        results.append(getattr(fastact, name)(x, axis=None, scale=0.3, bias=x[:1], where=where).tobytes())
    assert results[0] == results[1] == results[2]


@native
def test_set_and_get():
    for n in (1, 2, 3):
        fastact.set_num_threads(n)
        assert fastact.get_num_threads() == n or not openmp()


def openmp():
    from fastact._arrays import kernels

    return bool(kernels.openmp())


@native
def test_context_manager():
    if not openmp():
        pytest.skip("built without OpenMP")
    fastact.set_num_threads(3)
    with fastact.num_threads(2):
        assert fastact.get_num_threads() == 2
        with fastact.num_threads(1):
            assert fastact.get_num_threads() == 1
        assert fastact.get_num_threads() == 2
    assert fastact.get_num_threads() == 3
    with pytest.raises(KeyError), fastact.num_threads(1):
        raise KeyError
    assert fastact.get_num_threads() == 3


@native
def test_context_is_of_its_thread():
    if not openmp():
        pytest.skip("built without OpenMP")
    fastact.set_num_threads(3)
    seen = []
    with fastact.num_threads(1):
        thread = threading.Thread(target=lambda: seen.append(fastact.get_num_threads()))
        thread.start()
        thread.join()
    assert seen == [3]


@native
def test_blocks_end_in_any_order():
    """Of generators that take turns, and of one that is ended elsewhere: nothing of a block is left."""
    if not openmp():
        pytest.skip("built without OpenMP")
    fastact.set_num_threads(3)

    def waits_inside(n):
        with fastact.num_threads(n):
            yield fastact.get_num_threads()
            yield fastact.get_num_threads()

    first, second = waits_inside(1), waits_inside(2)
    assert (next(first), next(second), fastact.get_num_threads()) == (1, 2, 2)
    first.close()
    assert (next(second), fastact.get_num_threads()) == (2, 2)
    second.close()
    assert fastact.get_num_threads() == 3

    first = waits_inside(1)
    assert next(first) == 1
    thread = threading.Thread(target=first.close)
    thread.start()
    thread.join()
    assert fastact.get_num_threads() == 3


@native
def test_block_is_of_its_task():
    if not openmp():
        pytest.skip("built without OpenMP")
    fastact.set_num_threads(3)
    x = sample(BIG, np.float32)
    want = bits(fastact.silu(x))

    async def works(n):
        seen = []
        for _ in range(3):
            with fastact.num_threads(n):
                for _ in range(3):
                    await asyncio.sleep(0)
                    seen.append(fastact.get_num_threads())
                    assert bits(fastact.silu(x)) == want
                seen.append(await asyncio.to_thread(fastact.get_num_threads))
            seen.append(fastact.get_num_threads() - 3 + n)
        return set(seen)

    async def together():
        return await asyncio.gather(*(works(n) for n in (1, 2, 5)))

    assert asyncio.run(together()) == [{1}, {2}, {5}]
    assert fastact.get_num_threads() == 3


@native
def test_kernels_hear_of_blocks():
    """What a call uses, not what get_num_threads() says: in a block of one thread no region starts."""
    script = """
import threading
import numpy as np
import fastact
x = np.ones(1_000_000, np.float32)
fastact.set_num_threads(2)
def tasks():
    return len(__import__("os").listdir("/proc/self/task"))
before = tasks()
with fastact.num_threads(1):
    fastact.sigmoid(x), fastact.softmax(x), fastact.gelu(x[::-1], where=x > 0, out=x.copy())
    fastact.prelu_grad(x, x, 0.25), fastact.cross_entropy(x.reshape(1000, 1000), np.zeros(1000, int))
    fastact.binary_cross_entropy_with_logits(x, x), fastact.logsumexp(x, scale=2.0)
    assert tasks() == before
fastact.sigmoid(x)
assert tasks() == before + 1
"""
    if not openmp() or not sys.platform.startswith("linux"):
        pytest.skip("counts the threads of OpenMP on Linux")
    environment = {**os.environ, "PYTHONPATH": FOLDER}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


@pytest.mark.parametrize("n", [0, -1, 10**6])
def test_out_of_range(n):
    with pytest.raises(ValueError, match="n must be"):
        fastact.set_num_threads(n)
    with pytest.raises(ValueError, match="n must be"), fastact.num_threads(n):
        pass


@pytest.mark.parametrize("n", [1.0, "2", None])
def test_not_an_integer(n):
    with pytest.raises(TypeError, match="n must be"):
        fastact.set_num_threads(n)
    with pytest.raises(TypeError, match="n must be"), fastact.num_threads(n):
        pass


@native
@pytest.mark.parametrize(("variable", "value"), [("FASTACT_NUM_THREADS", "3"), ("OMP_NUM_THREADS", "3")])
def test_environment(variable, value, tmp_path):
    if not openmp():
        pytest.skip("built without OpenMP")
    environment = {key: text for key, text in os.environ.items() if not key.endswith("NUM_THREADS")}
    run = subprocess.run(
        [sys.executable, "-c", "import fastact; print(fastact.get_num_threads())"],
        env={**environment, variable: value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.strip() == value


@pytest.mark.parametrize("value", ["0", "many", "-2", "1.5"])
def test_bad_environment(value, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", "import fastact"],
        env={**os.environ, "FASTACT_NUM_THREADS": value},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode
    assert "FASTACT_NUM_THREADS" in run.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_forked_child_works():
    """A child of a process that ran in parallel neither hangs nor differs."""
    x = sample(BIG, np.float32)
    rows = x[:300_000].reshape(300, 1000)
    fastact.set_num_threads(3)
    want = bits(fastact.sigmoid(x)), bits(fastact.softmax(rows))
    child = os.fork()
    if child == 0:
        try:
            found = bits(fastact.sigmoid(x)), bits(fastact.softmax(rows))
            os._exit(0 if found == want else 3)
        except BaseException:
            os._exit(4)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.02)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the forked child hangs")
    assert os.waitstatus_to_exitcode(status) == 0
    same(fastact.sigmoid(x), np.frombuffer(want[0], np.float32))  # and the parent goes on


def test_called_from_many_threads():
    x = sample(300_000, np.float32)
    want = bits(fastact.silu(x)), bits(fastact.softmax(x.reshape(300, 1000)))
    wrong = []

    def work():
        for _ in range(5):
            if (bits(fastact.silu(x)), bits(fastact.softmax(x.reshape(300, 1000)))) != want:
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not wrong


@native
def test_threadpoolctl_limits():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    if not openmp():
        pytest.skip("built without OpenMP")
    assert any(pool["user_api"] == "openmp" for pool in threadpoolctl.threadpool_info())
    fastact.set_num_threads(3)
    with threadpoolctl.threadpool_limits(1):
        assert fastact.get_num_threads() == 1
    assert fastact.get_num_threads() == 3


@native
@pytest.mark.parametrize("before", ["", "import fastact"])
def test_threadpoolctl_limits_the_first_call(before):
    """A limit that is in force when the first call is made, or the import, is one all the same."""
    pytest.importorskip("threadpoolctl")
    if not openmp():
        pytest.skip("built without OpenMP")
    if Path(FOLDER, "fastact.libs").is_dir():
        before = "import fastact"  # a wheel brings a runtime of its own, which is not limited before it is loaded
    script = f"""
import ctypes, numpy, threadpoolctl
{before}
try:
    ctypes.CDLL("libgomp.so.1").omp_get_max_threads()  # loaded, so that it can be limited before the import
except OSError:
    import fastact
with threadpoolctl.threadpool_limits(1):
    import fastact
    fastact.set_num_threads(3)
    assert fastact.get_num_threads() == 1
assert fastact.get_num_threads() == 3
"""
    environment = {key: text for key, text in os.environ.items() if not key.endswith("NUM_THREADS")}
    environment["PYTHONPATH"] = FOLDER
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


@native
def test_first_meetings_with_bfloat16():
    """Several threads at a time: loops are registered once."""
    pytest.importorskip("ml_dtypes")
    script = """
import threading
import ml_dtypes, numpy as np
import fastact
x = np.linspace(-3, 3, 1000).astype(ml_dtypes.bfloat16)
start, results = threading.Barrier(8), []
def call():
    start.wait()
    results.append(fastact.gelu(x))
threads = [threading.Thread(target=call) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(results) == 8 and all((y == results[0]).all() and y.dtype == x.dtype for y in results)
assert fastact.gelu(x[::-1], where=True, order="C").dtype == x.dtype
"""
    environment = {**os.environ, "PYTHONPATH": FOLDER}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


@pytest.mark.parametrize("f", ROWS, ids=lambda case: case.id)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_same_bits(f, dtype):
    """Of rows in many shapes; elementwise functions: test_digests.py."""
    flat = sample(BIG, dtype)
    for x, axis in [
        (flat, -1),
        (flat[:300_000].reshape(300, 1000), -1),
        (flat[:300_000].reshape(300, 1000)[:, ::-1], -1),
        (flat[:300_000].reshape(30_000, 10), -1),
        (flat[:300_000].reshape(3, 100_000), 0),
        (flat[:300_000].reshape(3, 100_000), 1),
        (flat[:300_000].reshape(20, 150, 100), 1),
    ]:
        results = []
        for n in (1, 2, 3, 7):
            fastact.set_num_threads(n)
            results.append(bits(np.asarray(f(x, axis=axis))))
        assert len(set(results)) == 1
