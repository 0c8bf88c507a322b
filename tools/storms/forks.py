"""Children of forks compute what their parents do: before and after parallel calls, and while threads make them."""

import contextlib
import multiprocessing
import os
import signal
import threading
import warnings

import work

import fastact

N = 200_000  # enough for two threads
HANGS = 60  # seconds after which a child is taken to hang
warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)  # that it may hang is what is tried


def _child(made, want):
    """Ends the child: 0 where all its results are right."""
    status = 4
    with contextlib.suppress(BaseException):
        status = 3 if work.differing(made, want) else 0
    os._exit(status)


def _fork(made, want):
    """The exit status of one forked child."""
    child = os.fork()
    if child == 0:
        signal.alarm(HANGS)
        _child(made, want)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _chosen(made, turn, count=4):
    """A few of the calls, others in each turn."""
    names = list(made)
    return {names[(turn * count + i) % len(names)]: made[names[(turn * count + i) % len(names)]] for i in range(count)}


def _storm(count, made, want):
    for turn in range(count):
        status = _fork(_chosen(made, turn), want)
        assert status == 0, f"child {turn} ended with {status}"


def before(share):
    """By os.fork, of a process that has made no parallel call."""
    count, made = max(2, int(1000 * share)), work.calls(N)
    _storm(count, made, work.expected(made))
    return f"{count:,} children"


def after(share):
    """By os.fork, after and between parallel calls; the parent goes on."""
    count, made = max(2, int(1000 * share)), work.calls(N)
    want = work.expected(made)
    fastact.set_num_threads(3)
    for turn in range(count):
        assert not work.differing(_chosen(made, turn + 1), want)
        status = _fork(_chosen(made, turn), want)
        assert status == 0, f"child {turn} ended with {status}"
    assert not work.differing(made, want)
    return f"{count:,} children, three threads in the parent"


def during(share):
    """By os.fork, while other Python threads are inside calls: no lock of theirs stays locked in the child."""
    count, made = max(2, int(1000 * share)), work.calls(N)
    want = work.expected(made)
    stop, wrong = threading.Event(), []

    def compute():
        while not stop.is_set():
            wrong.extend(work.differing(made, want))

    threads = [threading.Thread(target=compute) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        _storm(count, made, want)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong[:5]
    return f"{count:,} children, four threads computing"


def processes(share):
    """By multiprocessing, start method fork, after parallel calls."""
    count, made = max(2, int(1000 * share)), work.calls(N)
    want = work.expected(made)
    fastact.set_num_threads(2)
    assert not work.differing(made, want)
    context = multiprocessing.get_context("fork")
    for turn in range(count):
        process = context.Process(target=_child, args=(_chosen(made, turn), want))
        process.start()
        process.join(HANGS)
        assert process.exitcode == 0, f"process {turn}: {process.exitcode}"
    return f"{count:,} processes"
