"""Check results on this CPU: digests and sampled accuracy, on every instruction set it has.

Each instruction set is checked in a process of its own: all digests that public functions have, then errors on a
sample of inputs against formulas in long double. The exit status is 0 where all pass. FASTACT_ISA restricts it to one.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

import fastact
from fastact import _backend
from fastact._benchmark import processor
from fastact._check import bits, sets
from fastact._command_line import screen

SLOWEST = "portable"
TASKS = 320  # of one set, about: the bar needs a number before the first has told its own


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def _environment(isa: str) -> dict[str, str]:
    """That of a process which imports this package, wherever this one found it."""
    paths = [str(Path(fastact.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "FASTACT_ISA": isa, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _check(isa: str, advance: Callable[[float], None], started: list[subprocess.Popen[str]]) -> dict[str, Any]:
    """What the check of one set found, or how its process ended; that joins those started."""
    command = [sys.executable, "-m", "fastact._check"]
    with subprocess.Popen(
        command, env=_environment(isa), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        started.append(process)
        assert process.stdout is not None
        assert process.stderr is not None
        last, share = "", 1.0
        for line in process.stdout:
            if not last:
                share = TASKS / max(1, int(line))
            elif not line.startswith("{"):
                advance(share)
            last = line
        error = process.stderr.read()
    if process.returncode or not last.startswith("{"):
        reason = error.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        return {"isa": isa, "error": reason[0]}
    return json.loads(last)


def _check_all(wanted: list[str]) -> list[dict[str, Any]]:
    """Two at a time: the slowest takes as long as all others."""
    started: list[subprocess.Popen[str]] = []
    with (
        screen.progress(f"checking {', '.join(wanted)}", TASKS * len(wanted)) as advance,
        ThreadPoolExecutor(2) as pool,
    ):
        waiting = [pool.submit(_check, isa, advance, started) for isa in wanted]
        try:
            return [one.result() for one in waiting]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in started:
                process.kill()
            raise


def _passes(found: dict[str, Any]) -> bool:
    return "error" not in found and not found["differing"] and not found["beyond"]


def _row(found: dict[str, Any]) -> list[str]:
    if "error" in found:
        return [found["isa"], "-", "-", "-", "-", "FAILED"]
    worst = found["worst"]
    return [
        found["isa"],
        f"{found['digests'] - len(found['differing'])} of {found['digests']}",
        f"{worst['error']:.2f} of {worst['bound']:g} ({worst['name']}, {worst['dtype']})",
        f"{found['results']:,}",
        f"{found['seconds']:.1f} s",
        "passed" if _passes(found) else "FAILED",
    ]


def _explain(found: dict[str, Any]) -> None:
    """Why a set fails."""
    if "error" in found:
        screen.say(f"{found['isa']}: {found['error']}", "red")
        return
    for line in found["differing"]:
        screen.say(f"{found['isa']}: {line}: other bits than published", "red")
    for judged in found["beyond"]:
        told = "{name} {dtype}: error {error:.3g}, the bound is {bound:g}".format(**judged)
        screen.say(f"{found['isa']}: {told}", "red")


def _wanted() -> tuple[list[str], dict[str, str]]:
    """The sets to check, the one that takes longest first; and why others cannot run here."""
    obstacles = sets.obstacles()
    wanted = [sets.asked()] if sets.asked() else [isa for isa, why in obstacles.items() if not why]
    return sorted(wanted, key=lambda isa: isa != SLOWEST), {isa: why for isa, why in obstacles.items() if why}


def run(given: argparse.Namespace) -> int:
    if _backend.native is None:
        screen.say(f"failed: there are no kernels to check: {_backend.reason}", "bold red")
        return 1
    start = time.perf_counter()
    wanted, obstacles = _wanted()
    found = _check_all(wanted)
    passes = all(map(_passes, found))
    seconds = round(time.perf_counter() - start, 1)
    if given.json:
        print(json.dumps({"passed": passes, "seconds": seconds, "sets": found, "not here": obstacles}, indent=1))
        return 0 if passes else 1
    heads = ["set", "digests", "largest error, in ULP or eps", "of results", "time", ""]
    screen.table(heads, [_row(one) for one in sorted(found, key=lambda one: sets.SETS.index(one["isa"]))], 1)
    if not sets.asked():
        for isa, why in obstacles.items():
            screen.say(f"{isa}: not checked: {why}")
    for one in found:
        _explain(one)
    if np.dtype(np.float16) == bits.TYPES[-1]:
        screen.say("bfloat16: not checked: ml_dtypes is not installed")
    where = f"{processor.here()[1]}, fastact {fastact.__version__}, {seconds} s"
    if passes:
        screen.say(f"passed: the published bits, errors within their bounds ({where})", "bold green")
    else:
        screen.say(f"FAILED ({where}): please report what stands above", "bold red")
    return 0 if passes else 1
