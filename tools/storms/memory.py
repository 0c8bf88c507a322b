"""Memory that ends: a call raises MemoryError or gives the right result, and later ones work."""

import contextlib
import ctypes
import os
import random
import resource

import work

import fastact

N = 1 << 20  # elements; float32 results of 4 MiB
STEP = 256 << 10


def give_back():
    """What is freed goes back to the system at once: a limit is then met by the next call, not by a later one."""
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        mallopt = ctypes.CDLL(None).mallopt
        mmap_threshold, trim_threshold = -3, -1
        mallopt(mmap_threshold, 1 << 16), mallopt(trim_threshold, 1 << 16)


def _storm(threads, share):
    give_back()
    made = work.calls(N)
    want = work.expected(made)
    fastact.set_num_threads(threads)
    if threads > 1:
        assert not work.differing(made, want)  # the threads are made
    fastact.clear_pool()
    draw, raised, given = random.Random(0), 0, 0
    for _ in range(max(40, int(2000 * share))):
        name = draw.choice(list(made))
        # the arrays of a call are 4 to 16 MiB: what is left of the addresses is less, or barely enough
        room = work.address_space() + draw.randrange(0, 24 << 20, STEP)
        resource.setrlimit(resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
        try:
            found = made[name]()
        except MemoryError:
            found = None
            raised += 1
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if found is not None:
            given += 1
            assert work.as_bytes(found) == want[name], name
        del found
        fastact.clear_pool()
    assert raised
    assert given
    assert not work.differing(made, want)
    return f"{raised:,} MemoryErrors, {given:,} results, all right; all calls work afterwards"


def one(share):
    """RLIMIT_AS leaves a call too little, one thread."""
    return _storm(1, share)


def several(share):
    """RLIMIT_AS leaves a call too little, two threads that were made before."""
    return _storm(2, share)


def cold(share):
    """RLIMIT_AS leaves nothing for the threads of the first parallel call: it runs on fewer, or raises."""
    count, raised = max(2, int(100 * share)), 0
    made = work.calls(N)
    want = work.expected(made)
    for turn in range(count):
        child = os.fork()
        if child == 0:
            os.execv("/proc/self/exe", ["python", "-c", COLD.format(turn=turn, path=os.path.dirname(__file__))])
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 7), f"process {turn} ended with {status}"
        raised += status == 7
    assert not work.differing(made, want)
    return f"{count} processes, {raised} MemoryErrors"


COLD = """
import os, resource, sys
sys.path.insert(0, {path!r})
import fastact, memory, work
memory.give_back()
made = work.calls(1 << 18)
want = work.expected(made)
fastact.set_num_threads(4)
names = list(made)
name = names[{turn} % len(names)]
room = work.address_space() + {turn} % 24 * (128 << 10)
resource.setrlimit(resource.RLIMIT_AS, (room, resource.RLIM_INFINITY))
status = 0
try:
    found = made[name]()
except MemoryError:
    found, status = None, 7
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
if found is not None and work.as_bytes(found) != want[name]:
    status = 3
if work.differing(made, want):
    status = 4
os._exit(status)
"""
