"""``python benchmarks/report.py RESULTS.json`` turns the JSON of a benchmark run into docs/speed.md and its plots.

python -m pytest benchmarks --full --benchmark-json=results.json
python benchmarks/report.py results.json
"""

import argparse
import json
import math
from collections import defaultdict
from pathlib import Path

import plots
from contenders import NO_PEERS

FAMILIES = {
    "elementwise": "Elementwise",
    "gate": "Gates",
    "rows": "Along an axis",
    "gradient": "Gradients",
    "gate gradient": "Gradients of gates",
    "row gradient": "Gradients along an axis",
    "loss": "Losses",
}


class Times:
    """Best time in seconds of every library in every cell."""

    def __init__(self, results):
        self.cells = defaultdict(dict)
        self.info = {}
        for bench in results["benchmarks"]:
            info = bench["extra_info"]
            key = bench["group"]
            self.info[key] = info
            times = self.cells[key]
            times[info["library"]] = min(times.get(info["library"], math.inf), bench["stats"]["min"])

    def compared(self):
        """The cells that fastact is timed in."""
        return [key for key, times in self.cells.items() if "fastact" in times]

    def best_peer(self, key):
        """The fastest other library and its time; None where nobody competes."""
        peers = {name: t for name, t in self.cells[key].items() if name not in NO_PEERS}
        return min(peers.items(), key=lambda item: item[1]) if peers else None

    def ratio(self, key):
        peer = self.best_peer(key)
        return peer[1] / self.cells[key]["fastact"] if peer else None

    def lost(self):
        """The cells in which another library is faster."""
        return [key for key in self.compared() if (r := self.ratio(key)) is not None and r < 1]

    def nanoseconds(self, key, library="fastact"):
        """Per element."""
        return self.cells[key][library] / math.prod(self.info[key]["shape"]) * 1e9


def size(shape):
    """A shape as readers say it."""
    if len(shape) > 1:
        return " x ".join(f"{n:,}" for n in shape)
    n = shape[0]
    return f"{n >> 20} M" if n >= 1 << 20 else f"{n >> 10} K" if n >= 1 << 10 else str(n)


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def heading(results, times):
    cpu = results["machine_info"].get("cpu", {})
    ratios = [r for key in times.compared() if (r := times.ratio(key)) is not None]
    libraries = sorted({name for cell in times.cells.values() for name in cell} - NO_PEERS)
    yield "# Speed\n"
    cpu_name = cpu.get("brand_raw", "this CPU")
    yield (
        f"Every contender on the same arrays in one process, each in its best form, on {cpu_name}, "
        f"Python {results['machine_info']['python_version']}: {', '.join(libraries)}. "
        "The best of several rounds counts. "
        "A contender is timed only after its result has been compared with fastact's. "
        "Made by these commands, where `--cells` may have chosen a part of the grid:\n"
    )
    yield "    python -m pytest benchmarks --full --benchmark-json=results.json"
    yield "    python benchmarks/report.py results.json\n"
    yield (
        f"**{len(ratios) - len(times.lost())} of {len(ratios)} cells won; the best other library takes "
        f"{mean(ratios):.2f} times as long as fastact in the geometric mean.**\n"
    )
    yield (
        "A cell holds ns per element, and how many times as long the best other library takes (below 1 it is faster: "
        "bold). `copy` is the share of a plain copy of the same bytes: 1.0 would be as fast as memory allows.\n"
    )


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
        peer = times.best_peer(key)
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
        yield f"| {key} | {times.ratio(key):.2f} | {times.best_peer(key)[0]} |"


def main():
    parser = argparse.ArgumentParser(description="docs/speed.md from the JSON of a benchmark run")
    parser.add_argument("results", type=Path)
    parser.add_argument("--docs", type=Path, default=Path(__file__).parent.parent / "docs")
    given = parser.parse_args()
    results = json.loads(given.results.read_text())
    times = Times(results)
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
