"""Writes docs/accuracy.md: the largest errors of every function, and of its peers on the same inputs.

    python tools/accuracy [--step 1] [--samples 1000000] [operation ...]

measures the elementwise operations named, or those whose bits have changed since they were measured
(fastact/_check/digests.txt), by the C program of tests/c, which judges results in 16 bits too; then row functions,
losses and the peers that are installed, reached as the benchmarks reach them. A measurement over fewer inputs than the
page holds of the same bits can only raise its maximum.
"""

import argparse

import page
import peers
from judge import Judge, run

import rows as lines


def kernels(op, step, samples):
    """Rows of an operation's float32 and float64 kernels."""
    for line in run(op, step, samples).stdout.splitlines():
        if line.startswith("#"):
            continue
        name, kind, inputs, most, half, one, _, count, at = line.split("\t")[:9]
        where = " ".join(f"{float.fromhex(x):.9g}" for x in at.split())
        yield page.row(name, kind, inputs, float(most), where, int(half), int(one), int(count), op)


def stored(judge, op):
    """Rows of its results in 16 bits, of gradients of gates both."""
    several = peers.is_gate(op) and op.endswith("_grad")
    for name in (op, op + peers.SECOND) if several else (op,):
        for kind, t, x in peers.stored(judge, name):
            others = t.at[x : x + 2] if peers.is_gate(op) else t.at[x : x + 1]
            where = " ".join(f"{at:.9g}" for at in others)
            yield page.row(name, kind, "usual", t.max, where, t.over_half, t.over_1, t.count, op)


def merged(old, fresh):
    """The larger maximum, and the shares of the measurement over more inputs, where the bits are the same."""
    kept = dict(old)
    for r in fresh:
        key = r["operation"], r["type"], r["inputs"]
        was = old.get(key)
        if was and was["digest"] == r["digest"]:
            more = was if float(was["of"]) > float(r["of"]) else r
            worse = was if float(was["max ULP"]) > float(r["max ULP"]) else r
            r = {**more, "max ULP": worse["max ULP"], "at": worse["at"]}
        kept[key] = r
    return kept


def measured(judge, chosen):
    """All rows of elementwise operations: those of the page, those anew that are chosen or stale."""
    known, old, rows = page.digests(), page.read(), {}
    for op in dict.fromkeys(op for op, kind in known if kind == "float32" and judge.knows(op)):
        kept = {key: r for key, r in old.items() if key[0].split(" ")[0] == op}
        for kinds, measure in (
            (("float32", "float64"), lambda op=op: kernels(op, chosen.step, chosen.samples)),
            (("float16", "bfloat16"), lambda op=op: stored(judge, op)),
        ):
            mine = {key: r for key, r in kept.items() if key[1] in kinds}
            stale = not mine or any(r["digest"] != known.get((op, r["type"])) for r in mine.values())
            if op in chosen.operations or (stale and not chosen.operations):
                if "float16" in kinds and not peers.public(op):
                    continue
                print(op, *kinds, flush=True)
                mine = merged({} if stale else mine, measure())
            rows |= mine
    return rows


def shown(rows):
    """Of the public functions: operation, its name for the reader, and inputs, of gates with any other operand."""
    for op in dict.fromkeys(op for op, _, _ in rows):
        if peers.public(op) and not peers.is_gate(op) and " " not in op:
            yield op, op, "usual"
        elif peers.is_gate(op):
            part = ", db" if op.endswith(peers.SECOND) else ", da" if op.endswith("_grad") else ""
            yield op, op.removesuffix(peers.SECOND) + part, "any parameters"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--step", type=int, default=1, help="every so many of the float32 bit patterns")
    arguments.add_argument("--samples", type=int, default=1_000_000, help="of float64")
    arguments.add_argument("operations", nargs="*")
    chosen, judge, libraries = arguments.parse_args(), Judge(), peers.libraries()
    rows = measured(judge, chosen)
    page.write(
        page.head(libraries, step=peers.PEER_STEP, gate_step=peers.GATE_STEP),
        page.maxima(rows, shown(rows), lambda op: peers.compared(judge, op), libraries),
        page.rows_and_losses(lines.LENGTHS, lines.measured(judge), lines.BOUNDS, libraries),
        ("## Tails", "", peers.tails(judge)),
        page.every(rows),
    )


if __name__ == "__main__":
    main()
