"""``python benchmarks/compare.py BEFORE AFTER``: two builds of fastact, cell by cell of the grid, in turn.

BEFORE and AFTER are folders that hold a built package `fastact`. Each has a process of its own, and the two take their
rounds in turn, so that both meet the same machine; while one runs, the other waits. Printed are the cells in which the
second takes longer than a limit says, and the ratios of all of them.
"""

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def use_own_benchmark():
    """Both builds are timed by the code of this tree, whatever they bring of their own."""
    for name, file in (("fastact._catalogue", "_catalogue.py"), ("fastact._benchmark", "_benchmark/__init__.py")):
        spec = importlib.util.spec_from_file_location(name, HERE.parent / "fastact" / file)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])


def serve():
    """The process of one build: reads a request a line, answers with a line."""
    sys.path.insert(0, str(HERE))
    use_own_benchmark()
    import selections

    from fastact._benchmark import contenders
    from fastact._benchmark.timed import Call

    cells, call, loops = {}, None, 1
    for line in sys.stdin:
        request = json.loads(line)
        if "list" in request:
            cells = {cell.id: cell for cell in selections.SELECTIONS[request["select"]](request["list"])}
            answer = list(cells)
        elif "cell" in request:
            cell = cells[request["cell"]]
            contenders.set_threads("fastact", cell.threads)
            call = Call(cell, contenders.functions("fastact", cell.result, cell.threads)[cell.function.label])
            answer = loops = call.loops(request["seconds"])
        else:
            answer = call.seconds(loops)
        print(json.dumps(answer), flush=True)


class Build:
    """The process that times one build."""

    def __init__(self, folder):
        environment = {**os.environ, "PYTHONPATH": str(Path(folder).resolve())}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request):
        """Its answer to one request."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def compare(before, after, cells, seconds, rounds):
    """{cell: (seconds before, seconds after, median ratio of the rounds)}"""
    found = {}
    for cell in cells:
        for build in (before, after):
            build.ask(cell=cell, seconds=seconds)
        pairs = []
        for turn in range(rounds):
            first, second = (before, after) if turn % 2 == 0 else (after, before)
            times = {first: first.ask(), second: second.ask()}
            pairs.append((times[before], times[after]))
        best = [min(column) for column in zip(*pairs, strict=True)]
        found[cell] = (*best, statistics.median(a / b for b, a in pairs))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", help="folder of the first build")
    parser.add_argument("after", help="folder of the second build")
    parser.add_argument("--select", default="quick", help="quick, full, everyday, masked, inplace or kinds")
    parser.add_argument("--full", dest="select", action="store_const", const="full", help="every cell of the grid")
    parser.add_argument("--cells", default="", help="only cells whose id contains one of these, separated by commas")
    parser.add_argument("--seconds", type=float, default=0.01, help="of one round")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--limit", type=float, default=1.05, help="cells above it are listed, and measured again")
    parser.add_argument("--json", help="file for all results")
    given = parser.parse_args()
    before, after = Build(given.before), Build(given.after)
    threads = len(os.sched_getaffinity(0))
    known = set(before.ask(list=threads, select=given.select))
    cells = [cell for cell in after.ask(list=threads, select=given.select) if cell in known]
    wanted = [text for text in given.cells.split(",") if text]
    cells = [cell for cell in cells if not wanted or any(text in cell for text in wanted)]
    found = compare(before, after, cells, given.seconds, given.rounds)

    def ratio(cell):
        """The smaller of what the fastest rounds and what the pairs of rounds say."""
        b, a, median = found[cell]
        return min(a / b, median)

    suspects = [cell for cell in cells if ratio(cell) > given.limit]
    again = compare(before, after, suspects, given.seconds, 3 * given.rounds)
    found.update(again)
    for cell in sorted(suspects, key=ratio, reverse=True):
        b, a, median = found[cell]
        verdict = "slower" if ratio(cell) > given.limit else "not so when measured again"
        print(f"{cell:52} {b * 1e6:12.3f} us -> {a * 1e6:12.3f} us  best {a / b:.3f}  median {median:.3f}  {verdict}")
    logs = [math.log(found[cell][1] / found[cell][0]) for cell in cells]
    slower = sum(ratio(cell) > given.limit for cell in cells)
    print(f"{len(cells)} cells, after / before {math.exp(statistics.mean(logs)):.3f} in the geometric mean,")
    print(f"{slower} above {given.limit}")
    if given.json:
        Path(given.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    else:
        main()
