/* The kernels for AVX-512 (F, DQ, BW, VL). The only file of the build with that instruction set's compiler flags: see dispatch.c. */
#include "simd/avx512.h"

#include "kernels/table.inc"
