/* How the functions and tables of the kernels are compiled. */
#ifndef FASTACT_FUNCTIONS_H
#define FASTACT_FUNCTIONS_H

#if defined(FA_INLINE) /* the portable kernels choose their own: see isa_portable.c */
#elif defined(_MSC_VER) && !defined(__clang__)
#define FA_INLINE static __forceinline
#else
#define FA_INLINE static inline __attribute__((always_inline, unused))
#endif

/* FA_NOINLINE: a function that keeps out of the way of its caller's registers. FA_UNLIKELY: a condition that is hardly
 * ever true. */
#if defined(_MSC_VER) && !defined(__clang__)
#define FA_NOINLINE static __declspec(noinline)
#define FA_ALIGNED __declspec(align(64))
#define FA_UNLIKELY(condition) (condition)
#include <intrin.h>
FA_INLINE int fa_lowest_bit(unsigned bits) {
  unsigned long at;
  _BitScanForward(&at, bits);
  return (int)at;
}
FA_INLINE int fa_count_bits(unsigned bits) {
  int count = 0;
  for (; bits; bits &= bits - 1) count++;
  return count;
}
#else
#define FA_NOINLINE static __attribute__((noinline, unused))
#define FA_ALIGNED __attribute__((aligned(64)))
#define FA_UNLIKELY(condition) __builtin_expect(condition, 0)
FA_INLINE int fa_lowest_bit(unsigned bits) { return __builtin_ctz(bits); }
FA_INLINE int fa_count_bits(unsigned bits) { return __builtin_popcount(bits); }
#endif
/* A register of which compilers compute nothing earlier: they would, where flags and traps do not matter to them. */
#if defined(_MSC_VER) && !defined(__clang__)
#define FA_HOLD(kind, reg) ((void)0)
#else
#define FA_HOLD(kind, reg) __asm__ volatile("" : "+" kind(reg))
#endif
#endif
