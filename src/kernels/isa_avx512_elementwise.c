/* The elementwise kernels for AVX-512. Compiled with that instruction set's flags, as nothing but isa_*.c is: see
 * dispatch.c. */
#include "simd/avx512.h"

#include "kernels/elementwise.inc"
