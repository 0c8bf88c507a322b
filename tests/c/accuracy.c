/* The elementwise kernels against oracles.h: accuracy [isa, or - for the best] [k] [n] [operation ...]
 * float32 over every k-th of the 2^32 bit patterns (64; 1 takes them all), float64 over n samples (1000000).
 * An ULP is the distance of the representable numbers at the true result: among subnormal numbers, the smallest of them.
 * Fails above 2 ULP, and for an operation without an oracle. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/fastact.h"
#include "oracles.h"

typedef struct {
  double max, at;      /* the largest error in ULP, and its input */
  uint64_t over_1, over_half, count;
} errors;

static void note(errors *e, double ulp, double x) {
  e->count++;
  e->over_1 += ulp > 1;
  e->over_half += ulp > 0.5;
  if (ulp > e->max) e->max = ulp, e->at = x;
}
static void merge(errors *to, const errors *e) {
  if (e->max > to->max) to->max = e->max, to->at = e->at;
  to->over_1 += e->over_1;
  to->over_half += e->over_half;
  to->count += e->count;
}

/* 2^e for any e that gives a normal number */
static double power(int e) {
  uint64_t w = (uint64_t)(e + 1023) << 52;
  double d;
  memcpy(&d, &w, sizeof d);
  return d;
}
static int exponent(double x) { return (int)(word64(&x) >> 52 & 0x7ff) - 1023; }

/* Special results: 0 where got is as good as the oracle, infinity where it is not, -1 where they are to be subtracted. */
#define SPECIAL(got, want, x) \
  if (isnan((double)(want)) || isnan((double)(got))) return isnan((double)(want)) && isnan((double)(got)) ? 0 : INFINITY; \
  if (isinf((double)(want)) && (want) == (got)) return 0; \
  if ((x) == 0 && (want) == 0 && !signbit((double)(want)) != !signbit((double)(got))) return INFINITY;

static double ulps_f32(float got, double want, float x) {
  SPECIAL(got, want, x)
  int e = exponent(want) < -126 ? -126 : exponent(want);
  if (isinf(got)) return fabs(want) >= 0x1.ffffffp127 && signbit(got) == signbit(want) ? 0 : INFINITY;
  return fabs((double)got - want) * power(23 - e);
}

static double ulps_f64(double got, wide want, double x) {
  const wide size = want < 0 ? -want : want, top = (wide)0x1.fffffffffffffp1023 + (wide)0x1p970;
  SPECIAL(got, want, x)
  if (isinf(got)) return size >= top && signbit(got) == (want < 0) ? 0 : INFINITY;
  double near = (double)size;
  int e = isinf(near) ? 1023 : exponent(near) - (near > size && (word64(&near) << 12) == 0);
  wide error = (wide)got - want;
  if (error < 0) error = -error;
  if (e < -1022) e = -1022;
  /* in two steps: 2^(52-e) need not be a double */
  return (double)(error * (wide)power(52 - e / 2) * (wide)power(-(e - e / 2)));
}

enum { CHUNK = 1 << 14 };

static const double specials[] = {0.0, INFINITY, NAN, 1.0, 0x1p-126, 0x1p-149, 0x1.fffffep127, 0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp1023, 20, 100, 710, 745, 1e5};
enum { SPECIALS = sizeof specials / sizeof *specials };
static double special(size_t i) { return specials[i / 2 % SPECIALS] * (i % 2 ? -1 : 1); }

/* chunk 0 holds the specials, the others CHUNK intervals of k bit patterns each, one pattern drawn from each */
static errors check_f32(fa_map_kernel kernel, double (*oracle)(double), uint64_t k) {
  const uint64_t total = (UINT64_C(1) << 32) / k, chunks = (total + CHUNK - 1) / CHUNK;
  errors all = {0};
#pragma omp parallel for schedule(dynamic, 16)
  for (int64_t c = 0; c <= (int64_t)chunks; c++) {
    static _Thread_local float x[CHUNK], y[CHUNK];
    errors mine = {0};
    size_t n = 0;
    for (; n < CHUNK; n++) {
      uint64_t i = (uint64_t)(c - 1) * CHUNK + n;
      if (c && i >= total) break;
      uint32_t w = (uint32_t)(i * k + mix(i) % k);
      memcpy(x + n, &w, 4);
      if (!c) x[n] = (float)special(n);
    }
    char *args[] = {(char *)x, (char *)y};
    kernel(args, n);
    for (size_t i = 0; i < n; i++) note(&mine, ulps_f32(y[i], oracle((double)x[i]), x[i]), (double)x[i]);
#pragma omp critical
    merge(&all, &mine);
  }
  return all;
}

/* Where float64 samples come from, in turn: uniform in [low, high], in which the tails end where results underflow
 * (e^-745; gelu near -38.5, gelu_tanh near -21) or saturate. */
static const double ranges[][2] = {
  {-1, 1}, {-1, 1}, {-4, 4}, {-10, 10}, {-10, 10}, {-40, 40}, {-0.1, 0.1}, {-3, -1}, {-750, -705}, {-710, 0}, {-39, -35}, {-22, -19}, {15, 40}, {30, 750},
};
enum { RANGES = sizeof ranges / sizeof *ranges };

static double sample(uint64_t i, uint64_t n) {
  uint64_t state = i, r = draw(&state), kind = i % (RANGES + 4);
  double u = draw_f64(&state), x;
  if (kind < RANGES) return ranges[kind][0] + (ranges[kind][1] - ranges[kind][0]) * (u / 2 + 0.5);
  if (kind == RANGES) return ldexp(u < 0 ? u - 1 : u + 1, -(int)(r % 1100)); /* tiny, down to the subnormal numbers */
  if (kind == RANGES + 1) return ldexp(u < 0 ? u - 1 : u + 1, (int)(r % 26) - 14);
  if (kind == RANGES + 2 && i < 64 * (RANGES + 4)) return special(i / (RANGES + 4));
  r = (r >> 20) % (UINT64_MAX / n) + UINT64_MAX / n * i; /* steps over all bit patterns */
  memcpy(&x, &r, sizeof x);
  return x;
}

static errors check_f64(fa_map_kernel kernel, wide (*oracle)(wide), uint64_t n) {
  const int64_t chunks = (int64_t)((n + CHUNK - 1) / CHUNK);
  errors all = {0};
#pragma omp parallel for schedule(dynamic)
  for (int64_t c = 0; c < chunks; c++) {
    static _Thread_local double x[CHUNK], y[CHUNK];
    errors mine = {0};
    size_t k = 0;
    for (; k < CHUNK && (uint64_t)c * CHUNK + k < n; k++) x[k] = sample((uint64_t)c * CHUNK + k, n);
    char *args[] = {(char *)x, (char *)y};
    kernel(args, k);
    for (size_t i = 0; i < k; i++) note(&mine, ulps_f64(y[i], oracle((wide)x[i]), x[i]), x[i]);
#pragma omp critical
    merge(&all, &mine);
  }
  return all;
}

static int report(const char *op, const char *type, errors e) {
  printf("%-10s %s: max %.4f ULP at %a (%.9g); over 1: %.4f%%, over 0.5: %.4f%% of %llu\n", op, type, e.max, e.at, e.at,
         100.0 * (double)e.over_1 / (double)e.count, 100.0 * (double)e.over_half / (double)e.count, (unsigned long long)e.count);
  fflush(stdout);
  return !(e.max <= 2);
}

static int wanted(const char *op, int argc, char **argv) {
  for (int i = 4; i < argc; i++)
    if (!strcmp(argv[i], op)) return 1;
  return argc <= 4;
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = fa_select(argc > 1 && strcmp(argv[1], "-") ? argv[1] : NULL, &why);
  const uint64_t k = argc > 2 ? strtoull(argv[2], NULL, 0) : 64, n = argc > 3 ? (uint64_t)strtod(argv[3], NULL) : 1000000;
  int failed = 0, run = 0;
  if (!table || !k) return fprintf(stderr, "accuracy: %s\n", table ? "k must be positive" : why), 2;
  printf("%s: float32 over every %lluth bit pattern, float64 over %llu samples\n", table->name, (unsigned long long)k, (unsigned long long)n);
  for (int op = 0; op < FA_OPS; op++) {
    const char *name = fa_op_name((fa_op)op);
    int o = 0;
    if (!wanted(name, argc, argv)) continue;
    run++;
    while (o < ORACLES && strcmp(oracles[o].op, name)) o++;
    if (o == ORACLES || fa_op_inputs((fa_op)op) != 1) {
      printf("%-10s has no oracle\n", name);
      failed++;
      continue;
    }
    failed += report(name, "float32", check_f32(table->map[op][FA_F32], oracles[o].of_f32, k));
    if (n) failed += report(name, "float64", check_f64(table->map[op][FA_F64], oracles[o].of_f64, n));
  }
  return failed || !run;
}
