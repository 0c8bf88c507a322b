"""Writes docs/accuracy.md: the largest error of every elementwise operation, and of its peers on the same inputs.

    python tools/accuracy.py [--step 1] [--samples 1000000] [operation ...]

measures the operations named, or those whose bits have changed since they were measured (tests/digests.txt), by the C
measures the operations named, or those whose bits have changed since (tests/digests.txt), by the C
are installed, reached as the benchmarks reach them.
"""

import argparse
import ctypes
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "accuracy.md"
DIGESTS = ROOT / "tests" / "digests.txt"
FIELDS = ["operation", "type", "inputs", "max ULP", "at", "over 0.5", "over 1", "of", "digest"]
FORMATS = {"float32": 0, "float64": 1, "float16": 2, "bfloat16": 3}
PEERS = ["numpy", "scipy", "torch", "onnxruntime"]
PEER_STEP = 64
# where formulas collapse: operation, type, x
TAILS = [
    ("gelu", "float32", -6.0), ("gelu", "float32", -10.0), ("sigmoid", "float32", -90.0),
    ("log_sigmoid", "float32", 40.0), ("softplus", "float64", 21.0),
    ("mish", "float32", -50.0), ("tanh", "float32", 1e-30),
]  # fmt: skip


class Tally(ctypes.Structure):
    """judge.h"""

    _fields_ = [
        ("max", ctypes.c_double),
        ("at", ctypes.c_double * 4),
        ("count", ctypes.c_uint64),
        ("over_half", ctypes.c_uint64),
        ("over_1", ctypes.c_uint64),
        ("by_root", ctypes.c_uint64),
    ]


def make(target):
    """The path of a built target of tests/c."""
    folder = ROOT / "tests" / "c"
    build = subprocess.run(
        ["make", "-s", "--no-print-directory", "-C", folder, "where"], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(["make", "-s", "-C", folder, f"{build}/{target}"], check=True, capture_output=True)
    return folder / build / target


class Judge:
    """The C comparison: operations by their names in the registry."""

    def __init__(self, library=None):
        self.library = ctypes.CDLL(str(library or make("libjudge.so")))

    def __call__(self, op, kind, inputs, y, output=0):
        """The Tally of results y: arrays of float64, or of float32 that hold what `kind` holds."""
        arrays = [np.ascontiguousarray(a) for a in (*inputs, y)]
        pointers = (ctypes.c_void_p * 4)(*[a.ctypes.data for a in arrays[:-1]])
        tally, n = Tally(), ctypes.c_size_t(arrays[-1].size)
        known = self.library.judge_op(
            op.encode(),
            output,
            FORMATS[kind],
            pointers,
            ctypes.c_void_p(arrays[-1].ctypes.data),
            n,
            0,
            ctypes.byref(tally),
        )
        if not known:
            raise KeyError(op)
        return tally

    def oracle(self, op, kind, inputs):
        """The oracle's values in float64, of gradients for dy = 1."""
        arrays = [np.ascontiguousarray(a) for a in inputs]
        pointers = (ctypes.c_void_p * 4)(*[a.ctypes.data for a in arrays])
        want = np.empty(arrays[0].size)
        size = ctypes.c_size_t(want.size)
        if not self.library.oracle_op(op.encode(), 0, FORMATS[kind], pointers, ctypes.c_void_p(want.ctypes.data), size):
            raise KeyError(op)
        return want


def digests():
    """Of every operation and type, what its kernels computed when they were last accepted."""
    rows = [line.split() for line in DIGESTS.read_text().splitlines()]
    return {(row[0], row[1]): row[2] for row in rows if len(row) == 3}


def read():
    """The rows that stand in the page, by operation, type and inputs."""
    if not PAGE.exists():
        return {}
    lines = PAGE.read_text().split("## Every operation", 1)[-1].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    rows = [dict(zip(FIELDS, row, strict=True)) for row in cells if len(row) == len(FIELDS) and row[0] != "operation"]
    return {(row["operation"], row["type"], row["inputs"]): row for row in rows}


def run(op, step, samples):
    """The C program, finished: its exit status says whether the bounds hold."""
    call = [make("accuracy"), "-", str(step), str(samples), op]
    return subprocess.run(call, check=False, capture_output=True, text=True)


def kernels(op, step, samples):
    """Rows of an operation's float32 and float64 kernels."""
    for line in run(op, step, samples).stdout.splitlines():
        if line.startswith("#"):
            continue
        name, kind, inputs, most, half, one, _, count, at = line.split("\t")[:9]
        where = " ".join(f"{float.fromhex(x):.9g}" for x in at.split())
        yield row(name, kind, inputs, float(most), where, int(half), int(one), int(count), op)


def row(name, kind, inputs, most, where, half, one, count, op):
    """One line of the table."""
    values = [
        name, kind, inputs, f"{most:.3f}", where, f"{100 * half / count:.3g} %", f"{100 * one / count:.3g} %",
        f"{count:.4g}", digests().get((op, kind), "none"),
    ]  # fmt: skip
    return dict(zip(FIELDS, values, strict=True))


def public(op):
    """The public function of an operation, called with dy (of gradients) and x; None for what is only a part of one."""
    import fastact

    for prefix in ("gelu_tanh", "gelu_sigmoid"):
        if op.startswith(prefix):
            base = getattr(fastact, op.replace(prefix, "gelu"))
            return lambda *args: base(*args, approximate=prefix[5:])
    if op == "prelu":
        return lambda x: fastact.prelu(x, x.dtype.type(0.25))
    found = getattr(fastact, op, None)
    several = {"prelu_grad", "glu", "swiglu", "geglu", "reglu"}
    return None if {op, op.removesuffix("_grad")} & several - {"prelu"} or "entropy" in op else found


def stored(judge, op):
    """Rows of an operation's results in 16 bits, over all inputs, through the public function."""
    import ml_dtypes

    call = public(op)
    if call is None:
        return
    for kind, dtype in (("float16", np.float16), ("bfloat16", ml_dtypes.bfloat16)):
        x = np.arange(65536, dtype=np.uint16).view(dtype)
        inputs = [np.ones_like(x)] * op.endswith("_grad") + [x]
        with np.errstate(all="ignore"):
            y = np.asarray(call(*inputs), np.float32)
            wide = [a.astype(np.float32) for a in inputs]
        values = [np.full(x.shape, dtype(value), np.float32) for value in parameters(call, op)]
        t = judge(op, kind, wide + values, y)
        at = t.at[1] if op.endswith("_grad") else t.at[0]
        yield row(op, kind, "usual", t.max, f"{at:.9g}", t.over_half, t.over_1, t.count, op)


def parameters(call, op):
    """The values of a public function's parameters where they are not given."""
    import inspect

    known = {"negative_slope", "alpha", "beta", "min_val", "max_val"}
    if op.startswith("prelu"):
        return [0.25]
    given = inspect.signature(call).parameters
    return [given[name].default for name in given if name in known]


def peers(judge, op):
    """The largest error of each installed peer in float32 with default parameters, and where."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from contenders import functions, installed

    x = np.arange(0, 2**32, PEER_STEP, dtype=np.uint32)
    x = (x + (x // PEER_STEP * 37) % PEER_STEP).astype(np.uint32).view(np.float32)
    x = np.concatenate(
        [x[np.isfinite(x)], np.float32([v for name, kind, v in TAILS if kind == "float32" and name == op])]
    )
    call = public(op)
    inputs = [np.ones_like(x)] * op.endswith("_grad") + [x]
    values = [np.full_like(x, value) for value in parameters(call, op)]
    for library in PEERS:
        label = op.replace("gelu_grad", "gelu grad") if op != "gelu_grad" else op
        label = label.replace("gelu_tanh_grad", "gelu_grad tanh").replace("gelu_tanh", "gelu tanh")
        label = label.replace("gelu_sigmoid_grad", "gelu_grad sigmoid").replace("gelu_sigmoid", "gelu sigmoid")
        theirs = functions(library).get(label) if library in installed() else None
        if theirs is None:
            continue
        operands = [*inputs, np.full((1,), 0.25, np.float32)] if op == "prelu" else inputs
        try:
            with np.errstate(all="ignore"):
                y = np.asarray(theirs(*operands), np.float32)
        except (TypeError, ValueError, RuntimeError):
            continue
        t = judge(op, "float32", inputs + values, y)
        yield library, t.max, t.at[1] if op.endswith("_grad") else t.at[0]


def size(ulp):
    """An error for the reader: huge ones are in powers of ten."""
    return "wrong" if np.isinf(ulp) else f"{ulp:.2f}" if ulp < 1000 else f"{ulp:.0e}"


def compare(judge, rows):
    """The table of maxima beside the peers'."""
    ops = list(dict.fromkeys(op for op, kind, inputs in rows if " " not in op and public(op)))
    yield "| function | fastact float32 | float64 | float16 | bfloat16 | " + " | ".join(PEERS) + " |"
    yield "|---|" + "---|" * (4 + len(PEERS))
    for op in ops:
        mine = [rows.get((op, kind, "usual"), {}).get("max ULP", "") for kind in FORMATS]
        theirs = {library: f"{size(most)} at {at:.4g}" for library, most, at in peers(judge, op)}
        yield f"| {op} | " + " | ".join(mine + [theirs.get(library, "") for library in PEERS]) + " |"


def tails(judge):
    """What each library answers where formulas collapse."""
    from contenders import functions, installed

    libraries = [library for library in PEERS if library in installed()]
    yield "| | true | fastact | " + " | ".join(libraries) + " |"
    yield "|---|" + "---|" * (2 + len(libraries))
    for op, kind, value in TAILS:
        x = np.full(1, value, kind)
        call = public(op)
        inputs = [x] + [np.full(1, v, kind) for v in parameters(call, op)]
        answers = [judge.oracle(op, kind, inputs)[0], call(x)[0]]
        cells = [f"{a:.7g}" if kind == "float32" else f"{a:.16g}" for a in answers]
        for library in libraries:
            theirs = functions(library).get(op)
            try:
                with np.errstate(all="ignore"):
                    y = np.asarray(theirs(x))
                cells.append((f"{y[0]:.7g}" if kind == "float32" else f"{y[0]:.16g}") if y.dtype == kind else "")
            except Exception:
                cells.append("")
        yield f"| {op}({value:g}), {kind} | " + " | ".join(cells) + " |"


INTRODUCTION = """# Measured accuracy

Generated by `python tools/accuracy.py`, which measures what has changed; with names, those operations. Errors are in
ULP, the distance of the representable numbers at the true result (among subnormal numbers, the smallest of them).
Within 1 % of a zero crossing of a derivative the absolute error counts, 2^-24 dy (float64: 2^-53 dy) as 2 ULP; a
derivative that is itself subnormal may be rounded before dy multiplies it. The bounds are 2 ULP, 2.5 for any dy, 3 for
other parameters and for losses.

The oracle is the C library's, in double for float32, float16 and bfloat16 (their worst cases again in 128 bits), in 128
bits for float64, and knows nothing of the kernels; the tests hold it against mpmath. float32: as many of the 2^32 bit
patterns as the last table says (4.295e+09: all of them) with default parameters and dy = 1 ("usual"), and a quarter of
that with dy of any sign and size from 2^-127 to 2^126, and with other parameters. float64: samples of all sizes, around
corners, zero crossings and thresholds, then as many again in the 64 worst of the 64ths of a binade. float16 and
bfloat16: all inputs, through the public functions.

Peers, float32 and default parameters: every {step}th bit pattern, called as the benchmarks call them. "wrong" is NaN or
infinity where the result is a number, or the other way round. Measured on {machine} with
{compiler}; {versions}.
"""


def write(judge, rows):
    """The page."""
    from importlib.metadata import version

    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=False).stdout.splitlines()
    names = {"numpy": "numpy", "scipy": "scipy", "torch": "torch", "onnxruntime": "onnxruntime"}
    comparison = list(compare(judge, rows))
    from contenders import installed

    head = INTRODUCTION.format(
        step=PEER_STEP,
        machine=machine(),
        compiler=compiler[0] if compiler else "an unknown compiler",
        versions=", ".join(f"{name} {version(names[name])}" for name in PEERS if name in installed()),
    )
    table = ["| " + " | ".join(FIELDS) + " |", "|" + "---|" * len(FIELDS)]
    table += ["| " + " | ".join(r[field] for field in FIELDS) + " |" for r in rows.values()]
    parts = [
        head, "## Maxima, and the peers'", "\n".join(comparison), "## Tails", "\n".join(tails(judge)),
        "## Every operation", "x comes first in \"at\", then dy and the parameters.", "\n".join(table),
    ]  # fmt: skip
    PAGE.write_text("\n\n".join(parts) + "\n")


def machine():
    """The CPU's name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--step", type=int, default=1, help="every so many of the float32 bit patterns")
    arguments.add_argument("--samples", type=int, default=1_000_000, help="of float64")
    arguments.add_argument("operations", nargs="*")
    chosen = arguments.parse_args()
    judge, known, old = Judge(), digests(), read()
    names = list(dict.fromkeys(op for op, kind in known if kind == "float32" and registered(op)))
    rows = {}
    for op in names:
        kept = {key: r for key, r in old.items() if key[0].split(" ")[0] == op}
        stale = not kept or any(r["digest"] != known.get((op, r["type"])) for r in kept.values())
        if op in chosen.operations or (stale and not chosen.operations):
            print(op, flush=True)
            fresh = [*kernels(op, chosen.step, chosen.samples), *stored(judge, op)]
            kept = {(r["operation"], r["type"], r["inputs"]): r for r in fresh}
        rows.update(kept)
    write(judge, rows)


def registered(op):
    """Whether the C program knows it: row functions and losses have tables of their own."""
    return any(line.startswith(op) for line in run(op, 2**31, 0).stdout.splitlines())


if __name__ == "__main__":
    main()
