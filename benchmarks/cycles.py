"""Writes the table of docs/kernels.md: cycles per vector of every kernel, beside the least its ports allow.

    python benchmarks/cycles.py

builds the kernels as the C tests do, runs cycles.c on each instruction set this machine has, and asks llvm-mca (of LLVM
16 or newer; LLVM_MCA names it) for the bound of each kernel's main loop on several processors: the load of the busiest
port, were no result ever waited for.
"""

import math
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "kernels.md"
BEGIN, END = "<!-- cycles: written by benchmarks/cycles.py -->", "<!-- end of cycles -->"
ISAS = {"avx512": "AVX-512", "avx2": "AVX2"}
# of each instruction set, the processors whose bounds are given
MODELS = {"avx512": ["znver4", "skylake-avx512"], "avx2": ["znver4", "haswell"]}
PREFIX = {"float32": "f32", "float64": "f64"}
SIZE = {"float32": 4, "float64": 8}
# a row kernel's passes, as the blocks of a long row have them
PASSES = {
    "softmax": ["maximum_block", "exp_sum_block", "softmax_block"],
    "log_softmax": ["maximum_block", "exp_sum_block", "log_softmax_block"],
    "logsumexp": ["maximum_block", "exp_sum_block"],
    "softmax_grad": ["softmax_grad_sum", "softmax_grad_block"],
    "log_softmax_grad": ["log_softmax_grad_sum", "log_softmax_grad_block"],
}


def build():
    """The folder of the kernels' objects and of the program."""
    tests = ROOT / "tests" / "c"
    make = ["make", "-s", "--no-print-directory", "-C", tests]
    folder = Path(subprocess.run([*make, "where"], check=True, capture_output=True, text=True).stdout.strip())
    subprocess.run([*make, f"{folder}/cycles"], check=True)
    return tests / folder


def measured(folder, isa):
    """Cycles per vector by name and type; none where the machine cannot run it."""
    text = subprocess.run([folder / "cycles", isa], check=False, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in text.splitlines()]
    return {(name, kind): (int(lanes), float(cycles)) for name, kind, lanes, cycles in rows}


def functions(path):
    """The instructions of each function of an object file: address, text."""
    command = ["objdump", "-d", "--no-show-raw-insn", path]
    listing, found = subprocess.run(command, check=True, capture_output=True, text=True).stdout, {}
    for line in listing.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.+)>:", line):
            body = found.setdefault(head[1], [])
        elif code := re.match(r"\s*([0-9a-f]+):\s+(\S.*)", line):
            body.append((int(code[1], 16), code[2].split("#")[0].strip()))
    # of two functions with the same instructions the compiler keeps one, to which the other jumps
    for name, body in found.items():
        if other := re.match(r"jmp\s+[0-9a-f]+ <(\w+)>$", body[0][1]):
            found[name] = found[other[1]]
    return found


def usual(body, targets):
    """The basic blocks without a call: rare lanes are served by functions apart."""
    blocks, ended = [[]], False
    for address, text in body:
        if ended or address in targets:
            blocks.append([])
        blocks[-1].append(text)
        ended = text.startswith("j")
    return [text for block in blocks if not any(text.startswith("call") for text in block) for text in block]


def main_loop(code):
    """The longest loop without a loop inside or a part of a vector: what runs for whole turns."""
    place = {address: i for i, (address, _) in enumerate(code)}
    jumps = [(m[1], i) for i, (_, text) in enumerate(code) if (m := re.match(r"j\w+\s+([0-9a-f]+)\b", text))]
    loops = [(place[to], i) for to, i in ((int(to, 16), i) for to, i in jumps) if place.get(to, i + 1) <= i]
    inner = [a for a in loops if not any(b != a and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    targets = {int(to, 16) for to, _ in jumps}
    bodies = [usual(code[first : last + 1], targets) for first, last in inner]
    whole = [body for body in bodies if not re.search(r"^(ret|bzhi|vmaskmov)", "\n".join(body), re.MULTILINE)]
    return max(whole, key=len)


def vectors(loop, width, lanes):
    """How many vectors a turn of the loop takes: by how much its counter or pointer moves."""
    steps = [int(m[1], 0) for line in loop if (m := re.match(r"(?:add|sub)q?\s+\$(-?0x[0-9a-f]+),%r(?!sp)", line))]
    steps += [int(m[1], 0) for line in loop if (m := re.match(r"lea\s+(-?0x[0-9a-f]+)\((%r\w+)\),%r", line))]
    steps = {abs(step) if abs(step) < 2**31 else 2**64 - step for step in steps}
    most = max(steps, default=0)
    scaled = any(re.match(rf"v\S+\s.*\(%r\w+,%r\w+,{width // lanes}\)", line) for line in loop)
    # beside a counter there may be a pointer, which moves by so many times more
    counts = scaled and most // (width // lanes) not in steps
    return most // (lanes if counts else width)


def bound(loop, lanes, width, mca, cpu):
    """Cycles per vector of a loop."""
    text = "\n".join(re.sub(r"^(j\w+)\s.*", r"\1 .", re.sub(r"<[^>]*>", "", line)) for line in loop)
    command = [mca, f"-mcpu={cpu}", "-iterations=100", "-instruction-info=0", "-resource-pressure=0"]
    answer = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
    turn = float(re.search(r"Block RThroughput:\s+([\d.]+)", answer)[1])
    return turn / (vectors(loop, width, lanes) or math.nan)


def bounds(folder, isa, mca):
    """A function that gives a kernel's bound on a processor; nan where a loop's turn is not understood."""
    code = {}
    for unit in sorted(folder.glob(f"isa_{isa}*.o")):
        code |= functions(unit)

    def instructions(name, kind):
        """Of the loop that serves numbers at their defaults and everyday values, by what loops.h calls it."""
        formula = f"{PREFIX[kind]}_{name.replace('map_', 'formula_')}"
        body = code[formula if formula in code else f"{PREFIX[kind]}_{name}"]
        if f"{PREFIX[kind]}_general_{name.removeprefix('map_')}" in code:
            # the jump to the leaner function's loop
            jumps = (m[1] for _, text in body if (m := re.match(r"(?:jmp|call)\s.*<(\w+_formula_\w+)>", text)))
            body = code.get(next(jumps, None), body)  # its own, where the compiler has put it in line
        return body

    def of(name, kind, lanes, cpu):
        passes = [name] if name.startswith("map_") else PASSES[name.removesuffix("_rows")]
        loops = [main_loop(instructions(one, kind)) for one in passes]
        return sum(bound(loop, lanes, lanes * SIZE[kind], mca, cpu) for loop in loops)

    return of


def table(folder, mca):
    """The table's lines."""
    found = {isa: measured(folder, isa) for isa in ISAS}
    found = {isa: rows for isa, rows in found.items() if rows}
    limits = {isa: bounds(folder, isa, mca) for isa in found} if mca else {}
    lanes = {isa: next(iter(rows.values()))[0] for isa, rows in found.items()}
    heads = [f"{ISAS[isa]}, {lanes[isa] * 4} bytes | {' | '.join(MODELS[isa])}" for isa in found]
    yield f"| kernel | type | {' | '.join(heads)} |"
    yield "|---|---|" + "".join("---:|" * (1 + len(MODELS[isa])) for isa in found)
    for name, kind in next(iter(found.values())):
        cells = []
        for isa, rows in found.items():
            lanes, cycles = rows[name, kind]
            cells.append(f"{cycles:.1f}")
            for cpu in MODELS[isa]:
                least = limits[isa](name, kind, lanes, cpu) if limits else math.nan
                cells.append("" if math.isnan(least) else f"{least:.1f}")
        label = name.removeprefix("map_").replace("_rows", ", rows of 4 KiB")
        yield f"| {label} | {kind} | " + " | ".join(cells) + " |"


def main():
    mca = shutil.which(os.environ.get("LLVM_MCA", "llvm-mca"))
    if not mca:
        print("no llvm-mca: the table is written without bounds", file=sys.stderr)
    lines = "\n".join(table(build(), mca))
    old = PAGE.read_text()
    before, rest = old.split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{lines}\n{END}{rest.split(END)[1]}")
    print(f"{PAGE.relative_to(ROOT)}: {platform.processor() or platform.machine()}")


if __name__ == "__main__":
    main()
