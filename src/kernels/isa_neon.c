/* The kernels for NEON, which every 64-bit ARM has. */
#include "simd/neon.h"

#include "kernels/table.inc"
