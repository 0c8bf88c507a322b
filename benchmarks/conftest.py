"""Short runs by default, and a summary that says who wins each cell."""

import sys
from collections import defaultdict
from math import exp, log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


QUICK = {
    "benchmark_max_time": "0.1",
    "benchmark_min_time": "0.00005",
    "benchmark_disable_gc": True,
    "benchmark_quiet": True,  # the summary below instead of a table per cell; --benchmark-verbose shows those
}


def pytest_configure(config):
    """Quick runs, unless the command line says otherwise."""
    given = " ".join(config.invocation_params.args)
    for option, value in QUICK.items():
        if "--" + option.replace("_", "-") not in given and "--benchmark-verbose" not in given:
            setattr(config.option, option, value)


def pytest_terminal_summary(terminalreporter, config):
    session = getattr(config, "_benchmarksession", None)
    if session is None or not session.benchmarks:
        return
    groups = defaultdict(dict)
    for bench in session.benchmarks:
        if bench.stats.data:
            groups[bench.group][bench.params["library"]] = bench.stats.min
    write = terminalreporter.write_line
    terminalreporter.section("best time of fastact, and of the others as multiples of it")
    ratios = []
    for group, times in groups.items():
        mine = times.pop("fastact", None)
        if mine is None or not times:
            continue
        others = "  ".join(f"{name} {t / mine:.2f}" for name, t in sorted(times.items(), key=lambda item: item[1]))
        ratios.append(min(times.values()) / mine)
        write(f"{group:32} {mine * 1e6:10.2f} us   {'wins ' if ratios[-1] >= 1 else 'LOSES'}  {others}")
    if ratios:
        mean = exp(sum(map(log, ratios)) / len(ratios))
        write(f"cells won: {sum(r >= 1 for r in ratios)} of {len(ratios)}")
        write(f"best other / fastact, geometric mean: {mean:.2f}")
