/* The kernels for NEON, which every 64-bit ARM has. */
#include "fastact/simd/neon.h"

#include "fastact/kernels.inc"
