/* The floating-point mode in which kernels compute: round to nearest, subnormal numbers as they are, no traps. A host
 * may have set another one (a library built with -ffast-math sets flush-to-zero), and each thread keeps its own. */
#ifndef FASTACT_FPMODE_H
#define FASTACT_FPMODE_H

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>

typedef unsigned fa_fp_mode;
enum { FA_FP_CONTROL = 0xffc0, FA_FP_DEFAULT = 0x1f80 }; /* of MXCSR; the bits below are the flags */

/* Sets the default mode; returns the caller's, with its flags. Setting it takes longer than a look at it. */
static inline fa_fp_mode fa_fp_enter(void) {
  const fa_fp_mode before = _mm_getcsr();
  if ((before & FA_FP_CONTROL) != FA_FP_DEFAULT) _mm_setcsr((before & ~(unsigned)FA_FP_CONTROL) | FA_FP_DEFAULT);
  return before;
}

/* Puts the caller's mode back, and the flags as they were. */
static inline void fa_fp_leave(fa_fp_mode before) { _mm_setcsr(before); }

/* Whether that was another mode than the default one. */
static inline int fa_fp_differs(fa_fp_mode before) { return (before & FA_FP_CONTROL) != FA_FP_DEFAULT; }

#elif defined(__aarch64__) && defined(__GNUC__)
typedef struct {
  unsigned long long control, flags;
} fa_fp_mode;

static inline fa_fp_mode fa_fp_enter(void) {
  fa_fp_mode before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before.control) : : "memory");
  __asm__ volatile("mrs %0, fpsr" : "=r"(before.flags) : : "memory");
  if (before.control) __asm__ volatile("msr fpcr, xzr" : : : "memory");
  return before;
}

static inline void fa_fp_leave(fa_fp_mode before) {
  __asm__ volatile("msr fpsr, %0" : : "r"(before.flags) : "memory");
  if (before.control) __asm__ volatile("msr fpcr, %0" : : "r"(before.control) : "memory");
}

static inline int fa_fp_differs(fa_fp_mode before) { return before.control != 0; }

#else
#include <fenv.h>

typedef fenv_t fa_fp_mode;

static inline fa_fp_mode fa_fp_enter(void) {
  fa_fp_mode before;
  fegetenv(&before);
  fesetenv(FE_DFL_ENV);
  return before;
}

static inline void fa_fp_leave(fa_fp_mode before) { fesetenv(&before); }
static inline int fa_fp_differs(fa_fp_mode before) {
  (void)before;
  return 1; /* nobody knows what it holds */
}
#endif
#endif
