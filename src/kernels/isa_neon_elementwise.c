/* The elementwise kernels for NEON. */
#include "simd/neon.h"

#include "kernels/elementwise.inc"
