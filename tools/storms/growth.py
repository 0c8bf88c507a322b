"""A million calls leave no memory behind."""

import contextlib
import gc
import sys

import numpy as np
import work

import fastact

ALLOWED = 1 << 20  # bytes
BLOCKS = 500  # of Python's allocator
WARM = 500


def _refused():
    """Calls that raise."""
    x = np.ones(8, np.float32)
    for call in (
        lambda: fastact.sigmoid("text"),
        lambda: fastact.softmax(x, axis=3),
        lambda: fastact.gelu(x, approximate="fast"),
        lambda: fastact.sigmoid(x, out=np.empty(3, np.float32)),
        lambda: fastact.cross_entropy(x, 9),
    ):
        with contextlib.suppress(TypeError, ValueError, IndexError):
            call()
            raise AssertionError("nothing was raised")


def _held():
    """Bytes of memory, and Python's blocks without what waits to be collected: tracebacks of errors."""
    gc.collect()
    return work.resident(), sys.getallocatedblocks()


def _block():
    with fastact.num_threads(1):
        pass


def storm(share):
    """Of each dispatcher, of calls that raise, and of blocks; memory and Python's own blocks are counted."""
    count, grown = max(1000, int(1_000_000 * share)), {}
    cases = work.calls(64) | {"refused": _refused, "num_threads": _block}
    large = {f"{name}, large": call for name, call in work.calls(200_000).items()}
    for cases_, times in ((cases, count), (large, max(20, count // 1000))):
        for name, call in cases_.items():
            for _ in range(min(WARM, times)):
                call()
            held, blocks = _held()
            for _ in range(times if name != "refused" else times // 10):
                call()
            bytes_, more = (now - then for now, then in zip(_held(), (held, blocks), strict=True))
            grown[name] = bytes_
            limit = ALLOWED if cases_ is cases else 64 * ALLOWED  # the pool keeps a few large results
            assert bytes_ < limit, f"{name}: {bytes_:,} bytes more after {times:,} calls"
            assert more < BLOCKS, f"{name}: {more} objects more after {times:,} calls"
    name = max(cases, key=lambda key: grown[key])
    kept = f"at most {grown[name] >> 10} KiB more"
    return f"{count:,} calls each of {len(cases)} kinds, a tenth of those that raise: {kept}"
