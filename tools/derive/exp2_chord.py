"""Writes src/tables/exp2_chord.h: 2^(j/16) in float32 less the chord that f32_add_sixteenths climbs.

Adding n sixteenths to the word of a float at its mantissa's top adds n/16 to the mantissa field, so the entry for j is
the word of 2^(j/16), rounded to nearest, minus j/16 of a binade. Adding z's low bits back gives 2^(n/16) rounded once.
"""

import struct
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 60
OUT = Path(__file__).resolve().parent.parent.parent / "src" / "tables" / "exp2_chord.h"
HEAD = """/* 2^(j/16) with the word less j sixteenths of a binade, which f32_add_sixteenths puts back with the exponent.
 * Written by tools/derive/exp2_chord.py. */
#ifndef FASTACT_TABLES_EXP2_CHORD_H
#define FASTACT_TABLES_EXP2_CHORD_H
#include "simd/functions.h"

static const FA_ALIGNED float fa_f32_exp2_chord[16] = {
"""


def entry(j):
    rounded = float(mp.nint(mpf(2) ** (mpf(j) / 16 + 23)) / mpf(2) ** 23)
    word = struct.unpack("<I", struct.pack("<f", rounded))[0] - (j << 19)
    mantissa, exponent = struct.unpack("<f", struct.pack("<I", word))[0].hex().split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent + "f"


def text():
    entries = [entry(j) for j in range(16)]
    rows = "".join("  " + ", ".join(entries[i : i + 4]) + ",\n" for i in range(0, 16, 4))
    return HEAD + rows + "};\n#endif\n"


if __name__ == "__main__":
    OUT.write_text(text())
