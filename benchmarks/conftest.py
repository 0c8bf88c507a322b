"""Which cells are timed, how briefly, and a summary that says who wins each."""

import importlib
import os
import sys
from collections import defaultdict
from math import exp, log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import contenders
import grid

QUICK = {
    "benchmark_max_time": "0.1",
    "benchmark_min_time": "0.00005",
    "benchmark_min_rounds": 5,
    "benchmark_disable_gc": True,
    "benchmark_quiet": True,  # the summary below instead of a table per cell; --benchmark-verbose shows those
}


def pytest_addoption(parser):
    group = parser.getgroup("fastact")
    group.addoption("--full", action="store_true", help="every cell of the grid (about half an hour)")
    group.addoption("--cells", default="", help="only cells whose id contains one of these, separated by commas")
    group.addoption("--passes", type=int, default=1, help="how often to go through the cells; the best time counts")


def pytest_configure(config):
    """Quick runs, unless the command line says otherwise."""
    given = " ".join(config.invocation_params.args)
    for option, value in QUICK.items():
        if "--" + option.replace("_", "-") not in given and "--benchmark-verbose" not in given:
            setattr(config.option, option, value)


def _can(library, cell):
    """Whether the library has the cell's function, type, way of storing and threads."""
    module = importlib.import_module(f"contenders.of_{library}")
    if cell.dtype not in getattr(module, "ONLY", {cell.dtype}):
        return False
    return cell.function.label in contenders.functions(library, cell.out, cell.threads)


def pytest_generate_tests(metafunc):
    if "cell" not in metafunc.fixturenames:
        return
    option = metafunc.config.option
    cells = grid.full(len(os.sched_getaffinity(0))) if option.full else grid.quick()
    wanted = [text for text in option.cells.split(",") if text]
    cells = [cell for cell in cells if not wanted or any(text in cell.id for text in wanted)]
    pairs = [(cell, library) for cell in cells for library in contenders.installed() if _can(library, cell)]
    names = [f"{cell.id}-{library}" for cell, library in pairs]
    metafunc.parametrize(("cell", "library"), pairs * option.passes, ids=names * option.passes)


def pytest_terminal_summary(terminalreporter, config):
    session = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    groups = defaultdict(dict)
    for bench in session.benchmarks:
        if bench.stats.data:
            times = groups[bench.group]
            library = bench.extra_info["library"]
            times[library] = min(times.get(library, float("inf")), bench.stats.min)
    write = terminalreporter.write_line
    terminalreporter.section("best time of fastact, and of the others as multiples of it")
    ratios = []
    for group, times in groups.items():
        mine = times.pop("fastact", None)
        times = {library: t for library, t in times.items() if library not in contenders.NO_PEERS}
        if mine is None or not times:
            continue
        others = "  ".join(f"{name} {t / mine:.2f}" for name, t in sorted(times.items(), key=lambda item: item[1]))
        ratios.append(min(times.values()) / mine)
        write(f"{group:44} {mine * 1e6:10.2f} us   {'wins ' if ratios[-1] >= 1 else 'LOSES'}  {others}")
    if ratios:
        mean = exp(sum(map(log, ratios)) / len(ratios))
        write(f"cells won: {sum(r >= 1 for r in ratios)} of {len(ratios)}")
        write(f"best other / fastact, geometric mean: {mean:.2f}")
