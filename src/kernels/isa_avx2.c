/* The kernels for AVX2 and FMA. The only file of the build with that instruction set's compiler flags: see dispatch.c. */
#include "simd/avx2.h"

#include "kernels/table.inc"
