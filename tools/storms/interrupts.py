"""Ctrl-C at any time: KeyboardInterrupt comes out of the call, and nothing of it stays."""

import random
import signal
import threading
import time

import work

import fastact


def storm(share):
    """SIGINT from another thread, at random times during calls and blocks of fewer threads."""
    sizes = {n: work.calls(n, out=n > 1000) for n in (640, 300_000)}
    want = {n: work.expected(made) for n, made in sizes.items()}
    wanted, caught, draw = max(20, int(1000 * share)), 0, random.Random(0)
    before, main = fastact.get_num_threads(), threading.main_thread().ident
    stop = threading.Event()

    def interrupt():
        times = random.Random(1)
        while not stop.is_set():
            time.sleep(times.random() * 0.004)
            signal.pthread_kill(main, signal.SIGINT)

    def calls():
        while True:
            n = draw.choice(list(sizes))
            name = draw.choice(list(sizes[n]))
            with fastact.num_threads(draw.randint(1, 3)):
                sizes[n][name]()

    ignored = signal.signal(signal.SIGINT, signal.SIG_IGN)
    thread = threading.Thread(target=interrupt)
    thread.start()
    checked = 0
    while caught < wanted:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            calls()
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            caught += 1
        if caught % 10 == 0:
            checked += 1
            assert fastact.get_num_threads() == before
            for n, made in sizes.items():
                assert not work.differing(made, want[n])
    stop.set()
    thread.join()
    signal.signal(signal.SIGINT, ignored)
    return f"{caught:,} interrupts; all calls compared {checked:,} times, threads as before"
