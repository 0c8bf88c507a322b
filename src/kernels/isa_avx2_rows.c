/* The row kernels for AVX2 and FMA. Compiled with that instruction set's flags, as nothing but isa_*.c is: see
 * dispatch.c. */
#include "simd/avx2.h"

#include "kernels/rows.inc"
