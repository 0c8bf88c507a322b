/* Flush-to-zero on x86, for AVX2 and AVX-512: subnormal results become 0, subnormal operands are read as 0, and flags
 * tell whether there were any. There a subnormal number costs an assist of 100 to 160 cycles on many processors, and
 * neither mode does. Compilers that move arithmetic over a change of mode have no FA_FLUSHES. */
#ifndef FASTACT_SIMD_FLUSH_H
#define FASTACT_SIMD_FLUSH_H
#include "simd/functions.h"

#if defined(__GNUC__)
#define FA_FLUSHES 1
/* MXCSR: round to nearest, no traps; then with subnormal results as 0; with subnormal operands as 0, too */
enum { FA_IEEE = 0x1f80, FA_FLUSH_RESULTS = FA_IEEE | 0x8000, FA_FLUSH_ALL = FA_FLUSH_RESULTS | 0x40 };
/* its flags: a result was flushed, or would have been subnormal; an operand was subnormal */
enum { FA_UNDERFLOW = 0x10, FA_SUBNORMAL_OPERAND = 0x02 };
FA_INLINE unsigned fa_mode(void) {
  unsigned mode;
  __asm__ volatile("stmxcsr %0" : "=m"(mode) : : "memory");
  return mode;
}
/* Raises the flag of a result that is too small. */
FA_INLINE void fa_raise_underflow(void) {
  float least = 0x1p-126f;
  __asm__ volatile("vmulss %0, %0, %0" : "+x"(least));
}
FA_INLINE void fa_set_mode(unsigned mode) { __asm__ volatile("ldmxcsr %0" : : "m"(mode) : "memory"); }
FA_INLINE unsigned fa_without_flushing(unsigned mode) { return mode & ~(unsigned)(FA_FLUSH_ALL & ~FA_IEEE); }
/* y, but not before `other` is computed, whose flags count; of one register */
#define FA_BESIDES(constraint, y, other) __asm__("" : "+" constraint(y) : constraint(other))
#else
#define FA_BESIDES(constraint, y, other) ((void)(other))
#define FA_FLUSHES 0
#endif
#endif
