"""``python benchmarks/report.py`` writes docs/speed.md, docs/data_kinds.md and the pictures from benchmarks/results."""

import argparse
from pathlib import Path

import data_kinds
import results
from selections import EVERYDAY

from fastact._benchmark.contenders import name
from fastact._benchmark.times import size

DOCS = Path(__file__).parent.parent / "docs"
CHIEF = "zen4-avx512"  # the run that claims and pictures are about
NAMED = ["numpy", "scipy", "torch", "onnxruntime"]
LOSSES = 10


def sentence(names):
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def microseconds(seconds):
    found = seconds * 1e6
    return f"{found:,.0f}" if found >= 100 else f"{found:.3g}"


def factor(ratio):
    return f"{ratio:.2f}" if ratio >= 1 else f"**{ratio:.2f}**"


def row(*cells):
    return f"| {' | '.join(cells)} |"


def table(heads, lines, left=1):
    """A table whose first columns are text, the others numbers."""
    yield row(*heads)
    yield "|" + "---|" * left + "---:|" * (len(heads) - left)
    yield from (row(*line) for line in lines)
    yield ""


def made_on(about):
    """The machine, and what ran there."""
    caches = [f"{found} {level}" for level, found in about["caches"].items()]
    versions = [f"{name(library)} {version}" for library, version in about["versions"].items()]
    return (
        f"{about['processor']}, {about['cpus']} CPUs, {sentence(caches)}, {about['system']}, on {about['date']}: "
        f"fastact {about['fastact']} on {about['isa']}, Python {about['python']}, {sentence(versions)}"
    )


def won(times):
    return f"{len(times.ratios()) - len(times.lost())} of {len(times.ratios())}"


def summary(run):
    times = run.times
    yield (
        f"**{won(times)} cells won; the best other library takes {times.mean():.2f} times as long as fastact in the "
        "geometric mean.** A cell is a function, a type, a shape and a way of storing the result; the run is that of "
        f"{run.about['date']} on {run.about['processor']}.\n"
    )


def every_machine(runs):
    """The whole grid on each machine that has run it."""
    lines = []
    for run in runs:
        figures = won(run.times), f"{run.times.mean():.2f}", f"{min(run.times.ratios()):.2f}"
        lines.append([run.label, run.about["date"], run.about["fastact"], *figures])
    yield from table(["machine", "date", "fastact", "cells won", "geometric mean", "worst"], lines, 3)


def everyday(run):
    """The ten rows: how many times as long the others take."""
    heads = ["function", "shape", "fastact", *map(name, NAMED), "the fastest other"]
    lines = []
    for function, shape in EVERYDAY:
        cell = run.times.find(function, shape)
        found, peers = run.times.cells[cell], run.times.peers(cell)
        others = [factor(found[library] / found["fastact"]) if library in found else "" for library in NAMED]
        best = f"{name(peers[0][0])} {factor(run.times.ratio(cell))}"
        lines.append([function, size(shape), f"{microseconds(found['fastact'])} us", *others, best])
    yield (
        f"How many times as long other libraries take, float32, new results, one thread, {run.label}, on "
        f"{run.about['date']}; below 1 the other is faster, bold:\n"
    )
    yield from table(heads, lines, 2)


def side_by_side(runs):
    """The best other library on every machine."""
    yield "The best other library on each processor and instruction set, in the same rows:\n"
    lines = []
    for function, shape in EVERYDAY:
        cells = [(run.times, run.times.find(function, shape)) for run in runs]
        found = [f"{name(t.peers(c)[0][0])} {factor(t.ratio(c))}" if c else "" for t, c in cells]
        lines.append([function, size(shape), *found])
    yield from table(["function", "shape", *(run.label for run in runs)], lines, 2)


def said(info):
    """A cell in words."""
    threads = f", {info['threads']} threads" if info["threads"] > 1 else ""
    return f"{info['function']}, {info['dtype']}, {size(info['shape'])}, {info['result']}{threads}"


def lost(run):
    cells = sorted(run.times.lost(), key=run.times.ratio)
    lines = [
        (said(run.times.info[c]), name(run.times.peers(c)[0][0]), factor(run.times.ratio(c))) for c in cells[:LOSSES]
    ]
    yield (
        f"In {len(cells)} cells of {len(run.times.ratios())}; the {len(lines)} worst are these, all are in the "
        f"[data file](../benchmarks/results/{CHIEF}/full.csv), and "
        "[kernels.md](kernels.md#where-another-library-is-faster) says why.\n"
    )
    yield from table(["cell", "to", "ratio"], lines, 2)


def masked(runs):
    """Rows with a scale, a bias or a mask: over the plain function, and beside the best other."""
    heads = ["function", "shape"]
    for run in runs:
        heads += [f"{run.label}: over plain", "best other"]
    lines = []
    for cell in runs[0].times.compared():
        info = runs[0].times.info[cell]
        plain, _, option = info["function"].partition(" ")
        if not option:
            continue
        line = [info["function"], size(info["shape"])]
        for run in runs:
            times, base = run.times, run.times.find(plain, info["shape"])
            over = times.cells[cell]["fastact"] / times.cells[base]["fastact"]
            line += [f"{over:.2f}", f"{name(times.peers(cell)[0][0])} {factor(times.ratio(cell))}"]
        lines.append(line)
    yield from table(heads, lines, 2)


def choices(runs):
    """A few elements of each row: how many times as long the best other library takes."""
    lines = []
    for cell in runs[0].times.compared():
        info, found = runs[0].times.info[cell], []
        for run in runs:
            known = cell in run.times.cells and run.times.peers(cell)
            found.append(f"{name(run.times.peers(cell)[0][0])} {factor(run.times.ratio(cell))}" if known else "")
        lines.append([info["function"], size(info["shape"]), str(info["threads"]), *found])
    yield from table(["function", "shape", "threads", *(run.label for run in runs)], lines, 2)


def inplace(runs):
    lines = []
    for run in runs:
        times = run.times
        worst = [f"{said(times.info[c])}: {name(times.peers(c)[0][0])} {factor(times.ratio(c))}"
                 for c in sorted(times.lost(), key=times.ratio)[:3]]  # fmt: skip
        lines.append([run.label, "; ".join(worst) or "none", won(times), f"{times.mean():.2f}"])
    yield from table(["machine", "worst", "won", "geometric mean"], lines, 2)


HOW = """\
All contenders compute on the same arrays in one process, one after the other, each in its best form (`out=`, bound
outputs, inference mode), after its result has been compared with fastact's. A round is as many calls as take
{round_us} us at least, in place one call on fresh numbers; a contender has as many as fit into {seconds} s, in the
grid {grid} s, at least {rounds} where they take less than {slow} s. The time of a cell is that of its fastest round:
what disturbs a round only adds to it. The grid's cells of several threads are gone through once more, since another
process may have taken a CPU. Held to AVX2, fastact meets libraries that are held to it too; ONNX Runtime and OpenVINO
cannot be, and are left out.

`benchmarks/results/` has a folder for each processor and instruction set, with a file for each run: a line a cell, ns
per element of each library. The .json beside it says how the run was made.

    python benchmarks/record.py         # everything but the grid, on each instruction set: five minutes
    python benchmarks/record.py full    # the grid: a quarter of an hour for each
    python benchmarks/report.py         # this page, data_kinds.md and their pictures
"""


def draw(folder, pictures):
    """The pictures of the page."""
    import plots  # which needs matplotlib: the page itself does without

    pictures.mkdir(parents=True, exist_ok=True)
    chief, ten = (results.read(folder / CHIEF / f"{selection}.csv") for selection in ("full", "everyday"))
    plots.heat(chief, pictures / "heat.svg")
    plots.bars(ten, pictures / "bars.svg")
    plots.sizes(ten, pictures / "sizes.svg")
    plots.memory(results.read_lines(folder / CHIEF / "memory.csv")[1], pictures / "memory.svg")


def speed(folder):
    """The page's lines."""
    full, daily = (results.runs(selection, folder) for selection in ("full", "everyday"))
    chief, ten = full[CHIEF], daily[CHIEF]
    yield "# Speed\n"
    yield from summary(chief)
    if len(full) > 1:
        yield from every_machine(full.values())
    yield "![softmax, sigmoid, gelu and cross entropy beside other libraries](speed/bars.svg)\n"
    yield from everyday(ten)
    if len(daily) > 1:
        yield from side_by_side(list(daily.values()))
    yield "## Where another library is faster\n"
    yield from lost(chief)
    yield (
        "Every cell is a square: on the left arrays of so many elements, the result new, `out=` or of other types, on "
        "the right rows of these shapes.\n"
    )
    yield "![every cell, red where another library is faster](speed/heat.svg)\n"
    yield "## Small calls and large arrays\n"
    yield "New float32 results on one thread; lines leave a picture where a library takes longer than its edge.\n"
    yield "![times of other libraries over fastact's, by the number of elements](speed/sizes.svg)\n"
    if runs := list(results.runs("masked", folder).values()):
        yield "## Rows with a scale, a bias or a mask\n"
        yield (
            "How many times as long as without: `scale` a number, `bias` and `where` arrays of the rows' shape, of "
            "which `where` hides every fourth element at random, `causal` a scale and a (T, T) mask. The others "
            "multiply, add or fill before they call softmax.\n"
        )
        yield from masked(runs)
    if runs := list(results.runs("choices", folder).values()):
        yield "## A few elements of each row\n"
        yield (
            "`top_k 5` and its like beside `argpartition` and softmax, or `softmax().topk()`; the others beside the "
            "same formulas. float32; the best other library takes so many times as long:\n"
        )
        yield from choices(runs)
    if runs := list(results.runs("inplace", folder).values()):
        yield "## In place\n"
        yield "Functions whose result overwrites their first operand, beside libraries that can do it too:\n"
        yield from inplace(runs)
    if (folder / CHIEF / "memory.csv").exists():
        yield "## Memory\n"
        yield (
            "What a call on 64 MiB of float32 adds to its process at the peak. fastact keeps the memory of a large "
            "result that was freed for the next one.\n"
        )
        yield "![memory that a call adds at its peak](speed/memory.svg)\n"
    yield "## Other data\n"
    yield "Times on masks, infinities, tails and subnormal numbers: [data_kinds.md](data_kinds.md).\n"
    yield "## How it is measured\n"
    yield f"The grid: {made_on(chief.about)}. {chief.about.get('note', '')}\n"
    yield f"Everything else: {made_on(ten.about)}.\n"
    yield HOW.format(grid=chief.about["seconds"], **ten.about)


PAGES = {"speed.md": speed, "data_kinds.md": data_kinds.page}


def text(page, folder=results.FOLDER):
    """What a page should hold."""
    return "\n".join(PAGES[page](folder)).rstrip() + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=Path, default=DOCS)
    given = parser.parse_args()
    draw(results.FOLDER, given.docs / "speed")
    for page in PAGES:
        (given.docs / page).write_text(text(page))
        print(given.docs / page)


if __name__ == "__main__":
    main()
