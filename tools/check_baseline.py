"""No AVX instruction outside the kernels: check_baseline.py FILE... (.o and .so of an x86-64 build)

A CPU without AVX must be able to import the package and reach the code that chooses the kernels. So the objects
isa_avx2_*.o and isa_avx512_*.o may hold AVX instructions, and nothing else may:

object    isa_avx*.o: defines no function that other objects can see, lest the linker take this copy of a shared one;
          any other: holds no VEX or EVEX instruction.
library   its symbol table says which object each function came from; one from no isa_avx*.c holds none. A stripped
          library cannot be judged: that is a failure here, check the objects of the build directory instead.

Instructions are told by their encoding, not their names: in 64-bit code the bytes c4, c5 (VEX) and 62 (EVEX) can begin
nothing else, and of the legacy prefixes only those of segment and address size may stand before them.
"""

import argparse
import bisect
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

KERNELS = re.compile(r"isa_avx\w*\.(c|o|obj)$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+((?:[0-9a-f]{2} )+)\s*(.*)$")
PREFIXES = {"26", "2e", "36", "3e", "64", "65", "67"}
VECTOR = {"c4", "c5", "62"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def vector_instructions(file):
    """Section, address and text of every VEX or EVEX instruction."""
    section = ""
    for line in run("objdump", "-dw", str(file)).splitlines():
        if line.startswith("Disassembly of section "):
            section = line.removeprefix("Disassembly of section ").rstrip(":")
        elif match := INSTRUCTION.match(line):
            opcode = next((byte for byte in match[2].split() if byte not in PREFIXES), "")
            if opcode in VECTOR:
                yield section, int(match[1], 16), match[3]


def symbols(file):
    """(value, type, bind, section index, name) of the full symbol table, in its order."""
    for line in run("readelf", "-sW", str(file)).partition("Symbol table '.symtab'")[2].splitlines():
        parts = line.split()
        if len(parts) >= 7 and parts[0].rstrip(":").isdigit():
            yield int(parts[1], 16), parts[3], parts[4], parts[6], parts[7] if len(parts) > 7 else ""


def check_object(file):
    if not KERNELS.search(file.name):
        return [f"{section}+{address:#x}: {text}" for section, address, text in vector_instructions(file)]
    return [
        f"{name} is visible to other objects"
        for _, kind, bind, section, name in symbols(file)
        if kind in ("FUNC", "IFUNC") and bind != "LOCAL" and section != "UND"
    ]


def check_library(file):
    starts, source = [], ""
    for value, kind, bind, section, name in symbols(file):
        if kind == "FILE":
            source = name
        elif kind in ("FUNC", "IFUNC") and section != "UND":
            starts.append((value, source if bind == "LOCAL" else "", name))
    if not any(source for _, source, _ in starts):
        return ["stripped: nothing says which object a function came from"]
    starts.sort()
    problems = []
    for _, address, text in vector_instructions(file):
        at = bisect.bisect_right(starts, (address, "\uffff", "")) - 1
        source, name = starts[at][1:] if at >= 0 else ("", "no symbol")
        if not KERNELS.search(source):
            problems.append(f"{name} ({source or 'global'}) {address:#x}: {text}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    failed = False
    for file in parser.parse_args().files:
        header = run("readelf", "-h", str(file))
        if "X86-64" not in header:
            print(f"{file}: not x86-64, nothing to check")
            continue
        is_object = "REL (" in header
        problems = check_object(file) if is_object else check_library(file)
        vectors = Counter(section for section, _, _ in vector_instructions(file)).total()
        print(f"{file}: {vectors} AVX instructions, {len(problems)} problems")
        for problem in problems[:10]:
            print(f"  {problem}")
        failed |= bool(problems)
    return failed


if __name__ == "__main__":
    sys.exit(main())
