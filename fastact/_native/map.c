/* Map kernels on any strides. */
#include <stdint.h>
#include <string.h>

#include "fastact/fastact.h"

enum { BLOCK = 1024, MAX_ARGUMENTS = FA_MAX_INPUTS + 1 };

/* memcpy of a constant size is one unaligned load or store. */
#define FA_COPIES(T, real) \
  static void T##_gather(char *to, const char *from, ptrdiff_t step, size_t n) { \
    for (size_t i = 0; i < n; i++, to += sizeof(real), from += step) memcpy(to, from, sizeof(real)); \
  } \
  static void T##_scatter(char *to, const char *from, ptrdiff_t step, size_t n) { \
    for (size_t i = 0; i < n; i++, to += step, from += sizeof(real)) memcpy(to, from, sizeof(real)); \
  }
FA_COPIES(f32, float)
FA_COPIES(f64, double)

typedef void (*copy)(char *to, const char *from, ptrdiff_t step, size_t n);

void fa_map(fa_map_kernel kernel, fa_dtype dtype, int arguments, char *const *args, const ptrdiff_t *steps, size_t n) {
  static const copy gathers[FA_DTYPES] = {f32_gather, f64_gather}, scatters[FA_DTYPES] = {f32_scatter, f64_scatter};
  const ptrdiff_t size = dtype == FA_F32 ? sizeof(float) : sizeof(double);
  const int output = arguments - 1;
  int direct[MAX_ARGUMENTS], all_direct = 1;
  for (int a = 0; a < arguments; a++) {
    direct[a] = (steps[a] == size || n == 1) && (uintptr_t)args[a] % (uintptr_t)size == 0;
    all_direct &= direct[a];
  }
  if (all_direct) {
    kernel(args, n);
    return;
  }

  /* In place, a block is read whole before any of it is written. A repeated element (step 0) fills its block once.
   * The line between two blocks keeps their like elements from sharing the low 12 bits of the address, which would hold up
   * loads behind stores. */
  enum { LINE = 64 };
  double memory[MAX_ARGUMENTS * (BLOCK + LINE / sizeof(double)) + LINE / sizeof(double)];
  char *const blocks = (char *)memory + (-(uintptr_t)memory & (LINE - 1));
  char *part[MAX_ARGUMENTS];
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t k = n - start < BLOCK ? n - start : BLOCK;
    for (int a = 0; a < arguments; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      part[a] = direct[a] ? here : blocks + a * (BLOCK * sizeof(double) + LINE);
      if (a != output && !direct[a] && (steps[a] || !start)) gathers[dtype](part[a], here, steps[a], k);
    }
    kernel(part, k);
    if (!direct[output]) scatters[dtype](args[output] + (ptrdiff_t)start * steps[output], part[output], steps[output], k);
  }
}
