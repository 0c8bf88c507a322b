"""Python threads that all call at a time get right results."""

import random
import threading
import time

import work

import fastact

THREADS = 64


def many(share):
    """64 threads for a minute: small and large arrays, blocks of fewer threads, the pool cleared now and then."""
    sizes = {n: work.calls(n) for n in (640, 40_000, 300_000)}
    want = {n: work.expected(made) for n, made in sizes.items()}
    end, wrong, counts = time.monotonic() + max(1, 60 * share), [], []

    def storm(seed):
        draw, count = random.Random(seed), 0
        while time.monotonic() < end and not wrong:
            n = draw.choices(list(sizes), (8, 3, 1))[0]
            name = draw.choice(list(sizes[n]))
            with fastact.num_threads(draw.randint(1, 4)):
                if work.as_bytes(sizes[n][name]()) != want[n][name]:
                    wrong.append((name, n))
            if draw.random() < 0.001:
                fastact.clear_pool()
            count += 1
        counts.append(count)

    threads = [threading.Thread(target=storm, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:5]
    assert len(counts) == THREADS
    return f"{sum(counts):,} calls of {THREADS} threads, all results compared"
