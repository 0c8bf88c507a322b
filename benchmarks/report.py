"""``python benchmarks/report.py RESULTS.json`` turns the JSON of a benchmark run into docs/speed.md and its plots.

python -m pytest benchmarks --full --benchmark-json=results.json
python benchmarks/report.py results.json
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import plots
from times import Times, size

FAMILIES = {
    "elementwise": "Elementwise",
    "gate": "Gates",
    "rows": "Along an axis",
    "gradient": "Gradients",
    "gate gradient": "Gradients of gates",
    "row gradient": "Gradients along an axis",
    "loss": "Losses",
}


def sentence(names):
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def heading(results, times):
    machine = results["machine_info"]
    run = machine["fastact"]
    cpu = machine.get("cpu", {})
    caches = [f"{size} {level}" for level, size in run["caches"].items()]
    versions = [f"{name} {version}" for name, version in run["versions"].items()]
    won = len(times.ratios()) - len(times.lost())
    yield "# Speed\n"
    yield (
        f"**{won} of {len(times.ratios())} cells won; the best other library takes {times.mean():.2f} times as long as "
        "fastact in the geometric mean.**\n"
    )
    yield (
        f"Measured on {cpu.get('brand_raw', machine['processor'])}, {run['cpus']} CPUs, "
        + "".join(f"{cache}, " for cache in caches)
        + f"{machine['system']} {machine['release']}, on {results['datetime'][:10]}: "
        f"fastact {run['fastact']} with {run['isa']} kernels, Python {machine['python_version']}, "
        f"{sentence(versions)}.\n"
    )
    yield (
        "All contenders compute on the same arrays in one process, one after the other, each in its best form (`out=`, "
        "bound outputs, inference mode), after its result has been compared with fastact's. "
        f"A round is as many calls as take {run['round_us']} us at least; a contender has as many rounds as fit into "
        f"{run['seconds']} s, at least {run['rounds']} where they take less than {run['slow']} s; "
        f"{passes(run['passes'])}. The time of a cell is that of its fastest round: what disturbs a round only adds to "
        "it. Where nothing is said of threads it is one; cells of several are gone through once more, since another "
        "process may have taken a CPU.\n"
    )
    yield "Made by these commands, where `--cells` may have chosen a part of the grid:\n"
    yield "    python -m pytest benchmarks --full --benchmark-json=results.json"
    yield "    python benchmarks/report.py results.json\n"
    yield (
        "A cell holds ns per element, and how many times as long the best other library takes (below 1 it is faster: "
        "bold). `copy` is the share of a plain copy of the same bytes: 1.0 would be as fast as memory allows.\n"
    )


def passes(count):
    return "the cells were gone through once" if count == 1 else f"the cells were gone through {count} times"


def table(times, family):
    rows = defaultdict(dict)
    for key in times.compared():
        info = times.info[key]
        if info["family"] == family:
            mode = "out=" if info["out"] else "new"
            threads = "" if info["threads"] == 1 else f", {info['threads']} threads"
            rows[info["function"], info["dtype"], mode + threads, tuple(info["shape"])] = key
    if not rows:
        return
    yield f"\n## {FAMILIES[family]}\n"
    yield "| function | type | result | shape | ns/element | best other | ratio | copy |"
    yield "|---|---|---|---|---:|---|---:|---:|"
    for (function, dtype, mode, shape), key in rows.items():
        peer = next(iter(times.peers(key)), None)
        ratio = times.ratio(key)
        shown = "" if ratio is None else f"{ratio:.2f}" if ratio >= 1 else f"**{ratio:.2f}**"
        other = f"{peer[0]} {times.nanoseconds(key, peer[0]):.3g}" if peer else ""
        roof = f"{times.cells[key]['copy'] / times.cells[key]['fastact']:.2f}" if "copy" in times.cells[key] else ""
        cells = function, dtype, mode, size(shape), f"{times.nanoseconds(key):.3g}", other, shown, roof
        yield f"| {' | '.join(cells)} |"


def lost(times):
    keys = times.lost()
    yield "\n## Cells not won\n"
    if not keys:
        yield "None."
        return
    yield "| cell | ratio | to |"
    yield "|---|---:|---|"
    for key in sorted(keys, key=times.ratio):
        yield f"| {key} | {times.ratio(key):.2f} | {times.peers(key)[0][0]} |"


def main():
    parser = argparse.ArgumentParser(description="docs/speed.md from the JSON of a benchmark run")
    parser.add_argument("results", type=Path)
    parser.add_argument("--docs", type=Path, default=Path(__file__).parent.parent / "docs")
    given = parser.parse_args()
    results = json.loads(given.results.read_text())
    times = Times()
    for bench in results["benchmarks"]:
        times.add(bench["group"], bench["extra_info"], bench["stats"]["min"])
    (given.docs / "speed").mkdir(parents=True, exist_ok=True)
    lines = list(heading(results, times))
    for function, path in plots.draw(times, given.docs / "speed"):
        lines.append(f"![{function}: ns per element against the number of elements](speed/{path.name})")
    for family in FAMILIES:
        lines += table(times, family)
    lines += lost(times)
    (given.docs / "speed.md").write_text("\n".join(lines) + "\n")
    print(f"{given.docs / 'speed.md'}: {len(times.compared())} cells")


if __name__ == "__main__":
    main()
