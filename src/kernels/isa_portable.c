/* The kernels in plain C: the reference for the other instruction sets, and the path where there is none of them. */
/* Inlining every verb costs three minutes of compiling and ten times the code, for loops of 16 calls of fma(). */
#if defined(__GNUC__)
#define FA_INLINE static inline __attribute__((unused))
#endif
#include "simd/portable.h"

#include "kernels/elementwise.inc"
#include "kernels/rows.inc"
