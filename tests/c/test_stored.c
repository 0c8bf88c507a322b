/* float16 and bfloat16: the conversions of every instruction set against their definition, and fa_run_in_order on
 * strides against conversion, kernel, conversion. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/engine.h"

/* The numbers of a type: significands of so many bits after the first, exponents from `lowest` for the normal ones, and
 * `end`, the first power of two beyond them. */
typedef struct {
  const char *name;
  int bits, lowest;
  double end;
} format;
static const format formats[] = {{"float16", 10, -14, 0x1p16}, {"bfloat16", 7, -126, 0x1p128}};

/* the value of a word */
static double value(const format *f, unsigned word) {
  const int top = 15 - f->bits, bias = (1 << (top - 1)) - 1, e = (int)(word >> f->bits) & ((1 << top) - 1);
  const double m = word & ((1u << f->bits) - 1), sign = word & 0x8000 ? -1 : 1;
  if (e == (1 << top) - 1) return m ? NAN : sign * INFINITY;
  return sign * (e ? ldexp(m + (1 << f->bits), e - bias - f->bits) : ldexp(m, 1 - bias - f->bits));
}

/* x rounded to nearest even, as a double */
static double rounded(const format *f, double x) {
  if (isnan(x) || isinf(x) || x == 0) return x;
  int e = ilogb(x) < f->lowest ? f->lowest : ilogb(x);
  double y = ldexp(nearbyint(ldexp(x, f->bits - e)), e - f->bits);
  return fabs(y) >= f->end ? copysign(INFINITY, x) : y;
}

static int equal(double a, double b) { return isnan(a) ? isnan(b) != 0 : a == b && !signbit(a) == !signbit(b); }

enum { WORDS = 1 << 16 };

static int conversions(const fa_kernels *table, int t) {
  static uint16_t words[WORDS], back[WORDS + 64];
  static float x[WORDS], in[WORDS];
  size_t wrong = 0, changed = 0, misrounded = 0, strays = 0;
  for (unsigned w = 0; w < WORDS; w++) words[w] = (uint16_t)w;
  table->widen[t](words, x, WORDS);
  table->narrow[t](x, back, WORDS);
  for (unsigned w = 0; w < WORDS; w++) {
    wrong += !equal(x[w], value(&formats[t], w));
    changed += isnan(value(&formats[t], w)) ? !isnan(value(&formats[t], back[w])) : back[w] != w;
  }
  /* float32 of all sizes, and the halves between two neighbours with the numbers beside them */
  for (uint64_t part = 0; part < 32; part++) {
    for (uint64_t i = 0; i < WORDS; i++) {
      uint64_t r = mix(part * WORDS + i);
      uint32_t w = (uint32_t)(part * WORDS + i) << 11 | (uint32_t)(r & 0x7ff);
      memcpy(in + i, &w, 4);
      double here = value(&formats[t], (unsigned)i), next = value(&formats[t], (unsigned)(i + 1) & 0xffff);
      if (part % 4 == 3 && isfinite(here + next)) {
        float half = (float)(here + (next - here) / 2);
        in[i] = part % 3 == 0 ? half : nextafterf(half, part % 3 == 1 ? INFINITY : -INFINITY);
      }
    }
    table->narrow[t](in, back, WORDS);
    for (size_t i = 0; i < WORDS; i++) misrounded += !equal(value(&formats[t], back[i]), rounded(&formats[t], in[i]));
  }
  for (size_t n = 0; n < 50; n++) { /* nothing past the end, the same elements on any alignment */
    static float y[WORDS];
    memset(back, 0x55, sizeof back);
    memset(y, 0x55, 100 * sizeof *y);
    table->narrow[t](in + n, back + 1, n);
    table->widen[t](words + 3 * n, y + 1, n);
    for (size_t i = 0; i < n; i++)
      strays += !equal(value(&formats[t], back[1 + i]), rounded(&formats[t], in[n + i])) +
                !equal(y[1 + i], value(&formats[t], (unsigned)(3 * n + i)));
    strays += back[0] != 0x5555 || back[1 + n] != 0x5555 || word32(y) != 0x55555555 || word32(y + 1 + n) != 0x55555555;
  }
  if (wrong || changed || misrounded || strays)
    printf("FAIL %s %s: widened %zu wrong, there and back %zu, rounded %zu wrong, in parts %zu\n", table->name,
           formats[t].name, wrong, changed, misrounded, strays);
  return wrong || changed || misrounded || strays;
}

/* 3a - b */
static void kernel(char *const *args, unsigned repeated, size_t n) {
  const float *a = (const float *)args[0], *b = (const float *)args[1];
  float *y = (float *)args[2];
  for (size_t i = 0; i < n; i++) {
    const size_t last = i % (FA_REPEATED / sizeof(float));
    y[i] = 3 * a[repeated & 1 ? last : i] - b[repeated & 2 ? last : i];
  }
}

static int strides(const fa_kernels *table, int t) {
  static const ptrdiff_t steps[] = {2, 4, 0, -2, 10, 3, -7};
  static const size_t lengths[] = {1, 2, 31, 1024, 1025, 2500};
  enum { STEPS = sizeof steps / sizeof *steps, LENGTHS = sizeof lengths / sizeof *lengths, SPAN = 2500 * 10 + 64 };
  static char memory[3][SPAN], before[SPAN];
  size_t failed = 0;
  for (int c = 0; c < STEPS * STEPS * STEPS * LENGTHS * 2; c++) {
    const int in_place = c & 1;
    const size_t n = lengths[c / 2 % LENGTHS];
    char *args[3];
    ptrdiff_t step[3];
    for (int a = 0, r = c / 2 / LENGTHS; a < 3; a++, r /= STEPS) {
      const int m = a == 2 && in_place ? 0 : a;
      step[a] = m == a ? steps[r % STEPS] : step[0];
      args[a] = memory[m] + 16 + c % 2 + (step[a] < 0 ? (size_t)-step[a] * (n - 1) : 0);
    }
    if (!step[2]) continue;
    for (int m = 0; m < 2; m++)
      for (size_t i = 0; i < SPAN; i += 2) {
        uint16_t w =
            (uint16_t)((mix(i + (size_t)m) & 0x83ff) | 0x3c00); /* about 1 in either type: no infinity, no NaN */
        memcpy(memory[m] + i, &w, 2);
      }
    static double want[2500];
    for (size_t i = 0; i < n; i++) {
      uint16_t word[2];
      for (int a = 0; a < 2; a++) memcpy(word + a, args[a] + (ptrdiff_t)i * step[a], 2);
      want[i] =
          rounded(&formats[t], (float)(3 * (float)value(&formats[t], word[0]) - (float)value(&formats[t], word[1])));
    }
    char *target = memory[in_place ? 0 : 2];
    memcpy(before, target, SPAN);
    const fa_loop loop = {table, kernel, (fa_dtype)(FA_F16 + t), 2, 1, FA_DEAR};
    fa_run_in_order(&loop, args, step, n);
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
      char *here = args[2] + (ptrdiff_t)i * step[2];
      uint16_t word;
      memcpy(&word, here, 2);
      wrong += !equal(value(&formats[t], word), want[i]);
      memcpy(before + (here - target), here, 2);
    }
    wrong += memcmp(before, target, SPAN) != 0;
    if (wrong && !failed++)
      printf("FAIL %s fa_run_in_order %s, steps %td %td %td, n %zu, in place %d: %zu wrong\n", table->name,
             formats[t].name, step[0], step[1], step[2], n, in_place, wrong);
  }
  return failed != 0;
}

int main(void) {
  static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
  int failed = 0;
  for (int i = 0; i < 4; i++) {
    const fa_kernels *table = fa_select(names[i], NULL);
    for (int t = 0; table && t < 2; t++) failed += conversions(table, t) + strides(table, t);
    if (table) printf("%-8s float16, bfloat16: %s\n", names[i], failed ? "failed" : "passed");
  }
  return failed != 0;
}
