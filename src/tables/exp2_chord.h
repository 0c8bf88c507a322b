/* 2^(j/16) with the word less j sixteenths of a binade, which f32_add_sixteenths puts back with the exponent.
 * Written by tools/derive/exp2_chord.py. */
#ifndef FASTACT_TABLES_EXP2_CHORD_H
#define FASTACT_TABLES_EXP2_CHORD_H
#include "simd/functions.h"

static const FA_ALIGNED float fa_f32_exp2_chord[16] = {
  0x1p+0f, 0x1.fb5586p-1f, 0x1.f72b84p-1f, 0x1.f387a6p-1f,
  0x1.f06fep-1f, 0x1.edea64p-1f, 0x1.ebfdaep-1f, 0x1.eab07ep-1f,
  0x1.ea09e6p-1f, 0x1.ea1148p-1f, 0x1.eace54p-1f, 0x1.ec4918p-1f,
  0x1.ee89fap-1f, 0x1.f199bep-1f, 0x1.f5818ep-1f, 0x1.fa4afap-1f,
};
#endif
