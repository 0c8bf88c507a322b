"""docs/data_kinds.md: fastact's time on each kind of data over its time on the usual one, of every machine that was
timed, and before a change beside after it where both runs are kept (kinds-before.csv, kinds.csv)."""

import results

from fastact._benchmark.kinds import KINDS, USUAL, WHOLE

OTHERS = [kind for kind in KINDS if kind != USUAL]
# of mixed data, and of arrays that lie in a tail altogether: what a time ratio should not exceed
BOUND = {kind: 4.0 if kind in WHOLE else 1.5 for kind in OTHERS}
WHENS = {"before": "kinds-before", "after": "kinds"}
TELLING = 1.25  # a figure below it is shown without the one before

INTRO = """\
# Time on other data

How long a call takes on the data over how long it takes on the usual ones, normal numbers of standard deviation 3:
fastact beside itself, one thread, 16,384 elements. Kinds of data take their rounds in turn in one process and in the
same memory; a figure is the median of the rounds' ratios. Bold: above 1.5 on mixed data, above 4 where the whole array
lies in the tail or is subnormal. Gradients have a usual dy; logit is given 1 / (1 + exp(-x)), or abs(x) where that is
tiny; of gates both operands are of the kind.

The data files, `kinds*.csv` in [benchmarks/results](../benchmarks/results), have a line for each way of storing the
result. Made by

    python benchmarks/record.py kinds                    # a quarter of a minute for each instruction set
    python benchmarks/record.py kinds --suffix=-before   # the run that is kept as the one before
    python benchmarks/report.py
"""


class Lines:
    """A data file of kinds: its run, and {(function, dtype, result): line}."""

    def __init__(self, path):
        self.about, found = results.read_lines(path)
        self.lines = {(line["function"], line["dtype"], line["result"]): line for line in found}

    def worst(self, kinds, place=None):
        """(ratio, function, type) of the largest figure, and how many lines are above the bound."""
        chosen = {key: line for key, line in self.lines.items() if place is None or (key[2] == "in place") == place}
        found = [(max(float(line[kind]) for kind in kinds), *key) for key, line in chosen.items()]
        above = sum(any(float(line[kind]) > BOUND[kind] for kind in kinds) for line in chosen.values())
        return max(found), above, len(found)


def shown(kind, figures):
    """A cell: one figure, or that before and that after."""
    parts = [f"**{figure:.1f}**" if figure > BOUND[kind] else f"{figure:.1f}" for figure in figures]
    return parts[-1] if max(figures) < TELLING else " → ".join(dict.fromkeys(parts))


def table(versions, dtype):
    """A line for each function, in its usual way of storing; the last column has the worst in place."""
    heads = ["function", "ns", *OTHERS, "in place, worst"]
    yield f"| {' | '.join(heads)} |"
    yield "|---|" + "---:|" * (len(heads) - 1)
    for function, kind, result in versions[-1].lines:
        if kind != dtype or result == "in place":
            continue
        lines = [v.lines.get((function, kind, result)) for v in versions]
        lines = [line for line in lines if line]
        nanoseconds = " → ".join(dict.fromkeys(f"{float(line['ns']):.2g}" for line in lines))
        cells = [shown(other, [float(line[other]) for line in lines]) for other in OTHERS]
        places = [v.lines.get((function, kind, "in place")) for v in versions]
        worst = [max(OTHERS, key=lambda k, p=p: float(p[k]) / BOUND[k]) for p in places if p]
        last = [float(p[k]) for p, k in zip(filter(None, places), worst, strict=True)]
        cells.append(shown(worst[-1], last) + f" {worst[-1]}" * (max(last) >= TELLING) if last else "")
        yield f"| {function} | {nanoseconds} | {' | '.join(cells)} |"
    yield ""


def summary(machines):
    """The worst figure of each machine, before and after."""
    whens = [when for when in WHENS if any(when in versions for versions in machines.values())]
    heads = [f"{when}, {head}" for when in whens for head in ("worst", "where", "above the bound")]
    yield f"| machine | data | {' | '.join(heads)} |"
    yield "|---|---|" + "---:|---|---:|" * len(whens)
    groups = {"mixed": [kind for kind in OTHERS if kind not in WHOLE], "all in a tail": sorted(WHOLE)}
    for label, versions in machines.items():
        for data, kinds in groups.items():
            for way, place in (("", False), (", in place", True)):
                cells = []
                for when in whens:
                    if when in versions:
                        (ratio, *where), above, count = versions[when].worst(kinds, place)
                        cells += [f"{ratio:.1f}", f"{where[0]} {where[1]}", f"{above} of {count}"]
                    else:
                        cells += [""] * 3
                yield f"| {label} | {data}{way} | {' | '.join(cells)} |"
    yield ""


def page(folder):
    """The page's lines."""
    yield INTRO
    yield "| kind | |"
    yield "|---|---|"
    yield from (f"| {name} | {kind.text} |" for name, kind in KINDS.items())
    yield ""
    machines = {}
    for when, selection in WHENS.items():
        for path in results.files(selection, folder):
            version = Lines(path)
            machines.setdefault(results.Run(version.about, None).label, {})[when] = version
    yield from summary(machines)
    for label, versions in machines.items():
        about = list(versions.values())[-1].about
        both = "; before a change, then after it" if len(versions) > 1 else ""
        for dtype in ("float32", "float64"):
            yield f"## {label}, {dtype}\n"
            yield f"{about['processor']}, {about['date']}, fastact {about['fastact']}{both}.\n"
            yield from table(list(versions.values()), dtype)
