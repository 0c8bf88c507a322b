/* The row kernels for NEON. */
#include "simd/neon.h"

#include "kernels/rows.inc"
