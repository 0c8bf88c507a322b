"""``python tools/storms``: what a library meets in the worst of processes, and how it comes out of it.

    python tools/storms [--share 1.0] [NAME ...]

Each storm runs in a process of its own, so that one that crashes or hangs is a line of the table. All of them take
about 6 minutes on two CPUs; --share 0.005 makes a two hundredth of them, as the tests do. The exit status is 1 where
one fails.
"""

import argparse
import importlib
import subprocess
import sys
import time
from pathlib import Path

# name -> module and function, whose docstring says what it does
STORMS = {
    "fork before use": ("forks", "before"),
    "fork after use": ("forks", "after"),
    "fork beside threads": ("forks", "during"),
    "multiprocessing fork": ("forks", "processes"),
    "64 threads": ("threads", "many"),
    "spawn pools": ("pools", "spawn"),
    "forkserver pools": ("pools", "forkserver"),
    "memory, one thread": ("memory", "one"),
    "memory, two threads": ("memory", "several"),
    "memory, first call": ("memory", "cold"),
    "KeyboardInterrupt": ("interrupts", "storm"),
    "growth": ("growth", "storm"),
}
LONGEST = 1800  # seconds, after which a storm is taken to hang


def run(name, share):
    """(whether it passes, what it says, seconds)"""
    start = time.monotonic()
    command = [sys.executable, str(Path(__file__).parent), "--inside", name, "--share", str(share)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return False, f"hangs: ended after {LONGEST} s", LONGEST
    seconds = time.monotonic() - start
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["says nothing"]
        return False, f"exit status {done.returncode}: {lines[-1]}", seconds
    return True, done.stdout.strip(), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(STORMS))
    parser.add_argument("--share", type=float, default=1.0, help="of the counts of calls, forks and seconds")
    parser.add_argument("--inside", metavar="NAME", help=argparse.SUPPRESS)  # run it in this process
    given = parser.parse_args()
    if given.inside:
        module, function = STORMS[given.inside]
        print(getattr(importlib.import_module(module), function)(given.share))
        return 0
    unknown = set(given.names) - set(STORMS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(STORMS)}")
    passed = []
    print(f"{'storm':21} {'seconds':>7}  outcome")
    for name in given.names or STORMS:
        passes, text, seconds = run(name, given.share)
        passed.append(passes)
        print(f"{name:21} {seconds:7.1f}  {'passed' if passes else 'FAILED'}: {text}", flush=True)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
