"""``python -m fastact._check``: checks the instruction set in use, and tells of it in lines of JSON.

The first line is the number of tasks, each further one a task that is done; the last is what was found.
`python -m fastact check` runs it for every instruction set, which is chosen where the package is imported.
"""

import json
import time
from typing import Any

import fastact
from fastact._check import accuracy, bits


def main() -> None:
    start = time.perf_counter()
    digesting, judging = list(bits.tasks()), list(accuracy.tasks())
    print(len(digesting) + len(judging), flush=True)
    lines, compared = 0, 0
    wrong: list[str] = []
    beyond: list[dict[str, Any]] = []
    worst = accuracy.Judged("", "", 0.0, 1.0, 0)
    for name, dtype, digest in digesting:
        made = digest(name, dtype)
        lines += len(made)
        wrong += bits.differing(dtype, made)
        print(1, flush=True)
    for name, dtype, judge in judging:
        for judged in judge(name, dtype):
            compared += judged.compared
            worst = max(worst, judged, key=lambda j: j.error / j.bound)
            if not judged.passes:
                beyond.append(judged._asdict())
        print(1, flush=True)
    found: dict[str, Any] = {
        "isa": fastact.isa(),
        "digests": lines,
        "differing": wrong,
        "results": compared,
        "worst": worst._asdict(),
        "beyond": beyond,
        "seconds": round(time.perf_counter() - start, 1),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
