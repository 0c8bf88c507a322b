"""Which cells are timed, how briefly, and a summary that says who wins each."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import results
from selections import SELECTIONS

from fastact._benchmark import contenders, processor
from fastact._benchmark.times import Times

QUICK = {
    "benchmark_max_time": "0.1",
    "benchmark_min_time": "0.00005",
    "benchmark_min_rounds": 5,
    "benchmark_disable_gc": True,
    "benchmark_quiet": True,  # the summary below instead of a table per cell; --benchmark-verbose shows those
}
# for four thousand pairs of cell and contender
FULL = {"benchmark_max_time": "0.04"}


def pytest_addoption(parser):
    group = parser.getgroup("fastact")
    group.addoption("--select", default="quick", choices=SELECTIONS, help="which cells; full: a quarter of an hour")
    group.addoption("--full", dest="select", action="store_const", const="full", help="every cell of the grid")
    group.addoption("--cells", default="", help="only cells whose id contains one of these, separated by commas")
    group.addoption("--passes", type=int, default=1, help="how often to go through the cells; the best time counts")


def pytest_configure(config):
    """Quick runs, unless the command line says otherwise."""
    processor.check_held()
    given = " ".join(config.invocation_params.args)
    for option, value in (QUICK | FULL if config.option.select == "full" else QUICK).items():
        if "--" + option.replace("_", "-") not in given and "--benchmark-verbose" not in given:
            setattr(config.option, option, value)


def _can(library, cell):
    """Whether the library has the cell's function, type, way of storing and threads."""
    has = cell.function.label in contenders.functions(library, cell.result, cell.threads)
    return has and contenders.computes_in(library, cell.dtype)


def pytest_generate_tests(metafunc):
    if "cell" not in metafunc.fixturenames:
        return
    option = metafunc.config.option
    cells = SELECTIONS[option.select](len(os.sched_getaffinity(0)))
    wanted = [text for text in option.cells.split(",") if text]
    cells = [cell for cell in cells if not wanted or any(text in cell.id for text in wanted)]
    pairs = [(cell, library) for cell in cells for library in contenders.installed() if _can(library, cell)]
    names = [f"{cell.id}-{library}" for cell, library in pairs]
    # threads wait for CPUs that others have taken: a second pass finds them free
    again = [i for i, (cell, _) in enumerate(pairs) if cell.threads > 1 and option.select == "full"]
    pairs += [pairs[i] for i in again]
    names += [names[i] for i in again]
    metafunc.parametrize(("cell", "library"), pairs * option.passes, ids=names * option.passes)


def pytest_benchmark_update_machine_info(config, machine_info):
    """What the report says of how a run was made."""
    option = config.option
    machine_info["fastact"] = results.here() | {
        "passes": option.passes,
        "rounds": option.benchmark_min_rounds,
        "slow": contenders.SLOW,
        "seconds": float(option.benchmark_max_time),
        "round_us": round(float(option.benchmark_min_time) * 1e6),
    }


def pytest_terminal_summary(terminalreporter, config):
    session = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    times = Times()
    for bench in session.benchmarks:
        if bench.stats.data:
            info = dict(bench.extra_info)
            times.add(info, info.pop("library"), bench.stats.min)
    write = terminalreporter.write_line
    terminalreporter.section("best time of fastact, and of the others as multiples of it")
    for cell in times.compared():
        if (ratio := times.ratio(cell)) is not None:
            mine = times.cells[cell]["fastact"]
            others = "  ".join(f"{name} {t / mine:.2f}" for name, t in times.peers(cell))
            write(f"{cell:44} {mine * 1e6:10.2f} us   {'wins ' if ratio >= 1 else 'LOSES'}  {others}")
    if times.ratios():
        write(f"cells won: {len(times.ratios()) - len(times.lost())} of {len(times.ratios())}")
        write(f"best other / fastact, geometric mean: {times.mean():.2f}")
