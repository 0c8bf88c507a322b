"""Pools of processes that do not fork from a computing one."""

import functools
import multiprocessing

import work

WORKERS = 4
N = 100_000


@functools.cache
def _made():
    made = work.calls(N)
    return made, work.expected(made)


def task(number):
    """What differs in a worker, of one call."""
    made, want = _made()
    name = list(made)[number % len(made)]
    return work.differing({name: made[name]}, want)


def _pools(method, share):
    made, want = _made()
    assert not work.differing(made, want)  # on all threads, before the pool is made
    pools, tasks = max(1, int(20 * share)), max(50, int(1000 * share))
    context = multiprocessing.get_context(method)
    for _ in range(pools):
        with context.Pool(WORKERS) as pool:
            wrong = [name for names in pool.imap_unordered(task, range(tasks)) for name in names]
            assert not wrong, wrong[:5]
    return f"{pools} pools of {WORKERS}, {tasks:,} tasks each"


def spawn(share):
    """multiprocessing's pools, start method spawn."""
    return _pools("spawn", share)


def forkserver(share):
    """multiprocessing's pools, start method forkserver."""
    return _pools("forkserver", share)
