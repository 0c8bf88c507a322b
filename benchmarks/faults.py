"""Page faults and time of calls that make new results, with ``FASTACT_POOL_LIMIT=0`` those of the C library.

One thread, float32, results of 256 KiB to 32 MiB. "ready" has an array for its results; the others make new ones.
"""

import itertools
import resource
import statistics
import time

import numpy as np

import fastact

SIZES = [1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 25]
COLUMNS = 1024
TOTAL = 1 << 27  # bytes of results a measurement


def loops(x):
    """Name and call of each loop."""
    out, kept = np.empty_like(x), [None] * 4

    def keep():
        kept.append(fastact.gelu(x))
        del kept[0]

    return {
        "ready": lambda: fastact.gelu(x, out=out),
        "dropped": lambda: fastact.gelu(x),
        "chain": lambda: fastact.gelu(fastact.sigmoid(x)),
        "last four": keep,
        "list of four": lambda: [fastact.gelu(x) for _ in range(4)],
        "after NumPy": lambda: fastact.softmax(x + x),
    }


def measure(call, calls):
    """Page faults of a call, the mean, and microseconds, the median."""
    for _ in range(6):
        call()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    times = []
    for _ in itertools.repeat(None, calls):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return faults / calls, statistics.median(times) * 1e6


def main():
    fastact.set_num_threads(1)
    print(f"page faults and us a call, of at most {fastact.get_pool_limit() >> 20} MiB kept")
    print(f"{'KiB':>6}" + "".join(f"{name:>18}" for name in loops(np.zeros((1, 1), np.float32))))
    for size in SIZES:
        x = np.zeros((size // 4 // COLUMNS, COLUMNS), np.float32)
        cells = [measure(call, max(4, min(300, TOTAL // size))) for call in loops(x).values()]
        print(f"{size >> 10:6}" + "".join(f"{faults:9.0f}{time:9.1f}" for faults, time in cells), flush=True)


if __name__ == "__main__":
    main()
