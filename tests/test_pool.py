"""The pool of large results: what it keeps, for whom, and that arrays never notice."""

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import fastact

pytestmark = pytest.mark.skipif(fastact.isa() == "numpy", reason="no kernels, no pool")

LARGE = 9 << 20  # float32 elements: 36 MiB
MIB = 1 << 20


@pytest.fixture
def pool():
    """The pool, empty, with a limit of 100 MiB."""
    from fastact._arrays import memory

    before = fastact.get_pool_limit()
    fastact.clear_pool()
    fastact.set_pool_limit(100 * MIB)
    yield memory
    fastact.clear_pool()
    fastact.set_pool_limit(before)


@pytest.fixture(scope="module")
def x():
    return np.linspace(-5, 5, LARGE, dtype=np.float32)


def address(a):
    return a.__array_interface__["data"][0]


def test_reuses_after_free(pool, x):
    y = fastact.relu(x)
    place, expected = address(y), y[::1000].copy()
    del y
    assert pool.held() >= x.nbytes
    z = fastact.relu(x)
    assert address(z) == place
    assert pool.held() == 0
    np.testing.assert_array_equal(z[::1000], expected)


def test_does_not_reuse_what_is_in_use(pool, x):
    y = fastact.relu(x)
    view = y[5:]
    del y
    z = fastact.hard_tanh(x)
    assert not np.shares_memory(view, z)
    np.testing.assert_array_equal(view[::1000], np.maximum(x[5::1000], 0))


@pytest.mark.parametrize("call", [fastact.sigmoid, fastact.softmax, lambda x: fastact.elu(x, alpha=2.0)])
def test_serves_every_call_path(pool, x, call):
    y = call(x)
    del y
    assert pool.held() >= x.nbytes


def test_keeps_to_its_bound(pool, x):
    results = [fastact.relu(x) for _ in range(5)]
    del results
    assert x.nbytes <= pool.held() <= 100 * MIB


def test_frees_the_oldest_first(pool, x):
    results = [fastact.relu(x) for _ in range(3)]
    places = [address(y) for y in results]
    while results:
        del results[0]
    # two fit
    assert {address(y) for y in [fastact.relu(x), fastact.relu(x)]} == set(places[1:])


def test_clear(pool, x):
    fastact.relu(x)
    assert pool.held()
    fastact.clear_pool()
    assert pool.held() == 0
    assert fastact.get_pool_limit() == 100 * MIB


def test_lower_limit_frees(pool, x):
    fastact.relu(x)
    fastact.set_pool_limit(10 * MIB)
    assert pool.held() == 0
    fastact.relu(x)
    assert pool.held() == 0


def test_off(pool, x):
    fastact.set_pool_limit(0)
    fastact.relu(x)
    assert pool.held() == 0
    assert fastact.get_pool_limit() == 0


def test_small_results_pass_by(pool):
    fastact.relu(np.zeros(60_000, np.float32))
    assert pool.held() == 0
    fastact.relu(np.zeros(1 << 16, np.float32))
    assert 1 << 18 <= pool.held() <= 1.125 * (1 << 18)


@pytest.mark.parametrize("kib", [256, 300, 1000, 1024, 4096, 5000, 16384, 32768])
def test_blocks_are_little_larger_than_results(pool, kib):
    fastact.relu(np.zeros(kib << 8, np.float32))
    assert kib << 10 <= pool.held() <= 1.125 * (kib << 10) + 8192


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts page faults on Linux")
@pytest.mark.parametrize("kib", [256, 1024, 4096, 16384, 32768])
def test_no_page_faults_once_there_is_memory(pool, kib):
    """Of chains, and of loops that keep results for a while."""
    import resource

    x = np.zeros(kib << 8, np.float32)
    kept = [None, None]

    def calls():
        fastact.sigmoid(fastact.relu(x))
        kept.append(fastact.relu(x))
        del kept[0]

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    for _ in range(4):
        calls()
    before = faults()
    for _ in range(5):
        calls()
    assert faults() - before < 5 * (kib // 4) / 4  # a new result has kib / 4 pages, a page of 2 MiB few faults


def test_many_small_results_leave_room(pool):
    """More blocks than are kept at most: the oldest go."""
    results = [fastact.relu(np.zeros(1 << 16, np.float32)) for _ in range(300)]
    del results
    held = pool.held()
    assert 100 << 18 <= held <= 100 * MIB
    y = fastact.relu(np.zeros(1 << 16, np.float32))
    assert pool.held() < held
    del y


def test_blocks_that_would_waste_are_left(pool, x):
    fastact.relu(np.zeros(2 * LARGE, np.float32))
    y = fastact.relu(x)
    assert pool.held() > 2 * x.nbytes
    del y


def test_arrays_own_it_as_any_other(pool, x):
    y = fastact.relu(x)
    assert y.base is None
    assert y.flags.owndata
    assert y.flags.writeable
    expected = y[: LARGE // 2].copy()
    y.resize(LARGE // 2, refcheck=False)
    np.testing.assert_array_equal(y, expected)
    y.resize(LARGE, refcheck=False)
    assert not y[LARGE // 2 :].any()


def test_threads_at_once(pool):
    """Each finds its own numbers in its results, whoever held the memory before."""
    failures = []

    def work(seed):
        x = np.full(LARGE, seed, np.float32)
        for _ in range(10):
            if not (fastact.relu(x) == seed).all():
                failures.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    gc.collect()
    assert pool.held() <= 100 * MIB


SCRIPT = """
import sys
import numpy as np
import fastact
y = fastact.relu(np.ones(9 << 20, np.float32))
fastact.relu(y)
sys.modules["kept"] = y
"""


@pytest.mark.parametrize("exit_", ["", "import os; os.fork() or os._exit(int(fastact.relu(y).sum() != y.size))"])
def test_arrays_outlive_everything(exit_):
    """An array that is freed when the interpreter ends, and a pool that a fork takes along."""
    if "fork" in exit_ and not hasattr(os, "fork"):
        pytest.skip("no fork here")
    done = subprocess.run([sys.executable, "-c", SCRIPT + exit_], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("text", "size"), [("0", 0), ("12345", 12345), ("64M", 64 * MIB), ("1g", 1 << 30)])
def test_environment(text, size):
    script = "import fastact; print(fastact.get_pool_limit())"
    env = {**os.environ, "FASTACT_POOL_LIMIT": text}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, timeout=60)
    assert done.stdout.strip() == str(size), done.stderr


def test_environment_is_checked():
    env = {**os.environ, "FASTACT_POOL_LIMIT": "a lot"}
    done = subprocess.run([sys.executable, "-c", "import fastact"], capture_output=True, text=True, env=env, timeout=60)
    assert "FASTACT_POOL_LIMIT='a lot' must be a number of bytes" in done.stderr


@pytest.mark.parametrize(("value", "error"), [(-1, ValueError), (1.5, TypeError), ("64M", TypeError)])
def test_bad_limit(value, error):
    before = fastact.get_pool_limit()
    with pytest.raises(error, match=r"fastact\.set_pool_limit: nbytes must be"):
        fastact.set_pool_limit(value)
    assert fastact.get_pool_limit() == before
