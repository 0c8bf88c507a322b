"""Breaks the float32 constants of the kernels one by one, lists what no test sees.

    python tools/derive/mutate.py [name ...]

Every constant of tables/f32.h and tables/derivatives.h, and every entry of their tables, is changed by a relative
1e-5, in a copy of the sources whose constants the environment can change, so that one build serves all. A mutant is
seen where fastact/_check/digests.txt would change: the digests are of a million inputs of each operation. A survivor is
a constant, or an entry, that no result depends on: it says why in UNUSED, or a test is too weak.
"""

import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ["tables/f32.h", "tables/derivatives.h"]
DEFINE = re.compile(r"^#define (FA_F32_\w+) (\S+)f$", flags=re.M)
TABLE = re.compile(r"static const FA_ALIGNED float (\w+)((?:\[\d+\])+) = {")
BY = 1e-5
# what survives for a reason: name -> reason
UNUSED = {
    "FA_F32_GELU_TANH_C_LOW": "a low part: so small a change of it is 2^-41 of the sum",
    "FA_F32_GELU_TANH_LOG2E": "only chooses the power of two, and either neighbour serves",
    "FA_F32_EXP7_7": "the last coefficient: so small a change of it is 2^-40 of the result",
    "FA_F32_ATANH7": "the last coefficient: so small a change of it is 2^-35 of the result",
}

HELPER = """
#ifndef FA_MUTATE
#define FA_MUTATE
#include <stdlib.h>
#include <string.h>
static inline void fa_mutate(const char *name, float *values, int count) {
  const char *wanted = getenv("FA_MUTANT");
  const size_t length = strlen(name);
  if (!wanted || strncmp(wanted, name, length) || wanted[length] != ' ') return;
  char *rest;
  const long at = strtol(wanted + length, &rest, 10);
  for (int i = 0; i < count; i++)
    if (at < 0 || at == i) values[i] = values[i] * (1 + (float)atof(rest));
}
#endif
"""


def mutable(path):
    """Puts variables in the place of a header's constants; how many numbers each name has."""
    text = path.read_text()
    sizes = {name: 1 for name, _ in DEFINE.findall(text)}
    sizes |= {name: math.prod(map(int, re.findall(r"\d+", shape))) for name, shape in TABLE.findall(text)}
    text = DEFINE.sub(r"static float fa_of_\1 = \2f;\n#define \1 fa_of_\1", text)
    text = TABLE.sub(lambda m: m[0].replace("const ", ""), text)
    places = {name: f"&fa_of_{name}" if name[0] == "F" else f"(float *){name}" for name in sizes}
    calls = "".join(f'  fa_mutate("{name}", {places[name]}, {size});\n' for name, size in sizes.items())
    start = f"__attribute__((constructor)) static void fa_mutate_{path.stem}(void) {{\n{calls}}}\n"
    before, end, after = text.rpartition("#endif")
    path.write_text(before + HELPER + start + end + after)
    return sizes


def build(folder):
    """Copies the sources there, builds the C programs; the sizes of all constants and the programs' folder."""
    for part in ("include", "src", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("build"))
    sizes = {}
    for header in TABLES:
        sizes |= mutable(folder / "src" / header)
    tests = folder / "tests" / "c"
    make = ["make", "-s", "--no-print-directory", "-C", tests]
    where = subprocess.run([*make, "where"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([*make, f"{where}/digest", f"{where}/accuracy"], check=True, capture_output=True)
    return sizes, tests / where


def run(program, mutant, *arguments):
    environment = {**os.environ, "FA_MUTANT": mutant}
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)


def changed(programs, isa, mutant, operations, kept):
    """The elementwise operations in float32 of which a digest is not the kept one."""
    done = run(programs / "digest", mutant, isa, "4096", *operations)
    lines = [line.split() for line in done.stdout.splitlines()]
    wrong = [name.split(".")[0] for name, kind, digest in lines if (name, kind) in kept and kept[name, kind] != digest]
    return sorted(set(wrong))


def main():
    sys.path.append(str(ROOT / "tools" / "accuracy"))
    from page import digests

    kept = {key: digest for key, digest in digests().items() if key[1] == "float32"}
    with tempfile.TemporaryDirectory() as folder:
        sizes, programs = build(Path(folder))
        isa = run(programs / "accuracy", "", "-", "65536", "0", "relu").stdout.split(":")[0].lstrip("# ")
        if changed(programs, isa, "", [], kept):
            raise SystemExit("the sources' own digests are not those of fastact/_check/digests.txt")
        for name in sys.argv[1:] or sizes:
            operations = changed(programs, isa, f"{name} -1 1e-2", [], kept)
            elementwise = [op for op in operations if not op.startswith(("softmax", "log_softmax", "logsumexp"))]
            entries = range(sizes[name])
            survivors = [i for i in entries if not changed(programs, isa, f"{name} {i} {BY}", elementwise, kept)]
            left = f"; unseen {survivors}: {UNUSED.get(name, 'UNEXPLAINED')}" if survivors else ""
            print(f"{name} ({len(entries)}), of {' '.join(operations) or 'nothing'}{left}", flush=True)


if __name__ == "__main__":
    main()
