"""How long calls take where threads begin to share the work: ``python benchmarks/sweep.py [function ...]``.

For every size the best of calls in turn on one thread and on all, in microseconds, and how many times as fast all are.
It should never fall below 1, and come close to the number of threads where the function computes.
"""

import os
import sys
import time

import numpy as np

import fastact

NAMES = ["relu", "sigmoid", "gelu", "silu_grad", "softmax"]
SIZES = [1 << power for power in range(10, 24)]
BUDGET = 0.2  # seconds a size and number of threads


def arrays(name, n):
    """Operands and a ready result of n elements; of a row function, rows of 64."""
    x = np.random.default_rng(0).standard_normal(n, dtype=np.float32)
    x = x.reshape(-1, 64) if name.endswith("max") else x
    return [x] * (2 if name.endswith("_grad") else 1), np.empty_like(x)


def seconds(name, n, threads):
    """The best of calls in turn for each number of threads."""
    call = getattr(fastact, name)
    operands, out = arrays(name, n)
    best = dict.fromkeys(threads, float("inf"))
    end = time.perf_counter() + BUDGET * len(threads)
    while time.perf_counter() < end:
        for t in threads:
            fastact.set_num_threads(t)
            for _ in range(20 if n < 1 << 18 else 3):  # threads that have slept take part from the second call on
                start = time.perf_counter()
                call(*operands, out=out)
                best[t] = min(best[t], time.perf_counter() - start)
    return [best[t] for t in threads]


def main(names):
    threads = [1, len(os.sched_getaffinity(0))]
    for name in names or NAMES:
        print(f"{name}\n{'elements':>10} {'1 thread':>10} {f'{threads[-1]} threads':>10}   times as fast")
        for n in SIZES:
            one, many = seconds(name, n, threads)
            print(f"{n:10} {one * 1e6:10.2f} {many * 1e6:10.2f} {one / many:8.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
