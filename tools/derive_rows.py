"""Writes include/fastact/rows/tables.h: 2^(j/16) less the chord that T_add_sixteenths climbs.

Adding n sixteenths to the word of a float at its mantissa's top adds n/16 to the mantissa field, so the entry for j is the
word of 2^(j/16), rounded to nearest, minus j/16 of a binade. Adding z's low bits back gives 2^(n/16) rounded once.
"""

import struct
from pathlib import Path

from mpmath import mp, mpf

mp.prec = 200
TARGET = Path(__file__).parent.parent / "include/fastact/rows/tables.h"
TYPES = {"f32": ("float", "<f", "<I", 24), "f64": ("double", "<d", "<Q", 53)}


def entry(j, pack, word, precision):
    rounded = mp.nint(mpf(2) ** (mpf(j) / 16 + precision - 1)) / mpf(2) ** (precision - 1)
    bits = struct.unpack(word, struct.pack(pack, float(rounded)))[0] - (j << (precision - 5))
    return struct.unpack(pack, struct.pack(word, bits))[0].hex()


def short(text, suffix):
    mantissa, exponent = text.split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent + suffix


def table(name):
    real, pack, word, precision = TYPES[name]
    entries = [short(entry(j, pack, word, precision), "f" if real == "float" else "") for j in range(16)]
    rows = ["  " + ", ".join(entries[i : i + 4]) + "," for i in range(0, 16, 4)]
    return f"static const FA_ALIGNED {real} fa_{name}_exp2_chord[16] = {{\n" + "\n".join(rows) + "\n};\n"


def main():
    TARGET.write_text(
        "/* 2^(j/16) with the word less j sixteenths of a binade: T_add_sixteenths puts them back together with the exponent.\n"
        " * Written by tools/derive_rows.py. */\n"
        "#ifndef FASTACT_ROWS_TABLES_H\n#define FASTACT_ROWS_TABLES_H\n"
        '#include "../tables_f32.h"\n#include "../tables_f64.h"\n\n' + table("f32") + table("f64") + "#endif\n"
    )


if __name__ == "__main__":
    main()
