/* The elementwise kernels against oracles.h: accuracy [isa, or - for the best] [k] [n] [operation ...]
 * float32 over every k-th of the 2^32 bit patterns of x (64; 1 takes them all), float64 over n samples (1000000).
 *
 * An ULP is the distance of the representable numbers at the true result: among subnormal numbers, the smallest of them.
 * Parameters have their defaults and dy is 1; then, on a quarter of the samples, dy is any, and then the parameters are.
 * Within 1 % (or the oracle's reach) of a zero crossing of a derivative the absolute error counts: 2^-24 |dy| (float32) or 2^-53 |dy| as 2 ULP.
 * A gradient's ULP is at least |dy| times the smallest number: a derivative among the subnormal numbers may be rounded there.
 * Fails above 2 ULP, 2.5 for any dy, 3 for any parameters that are not mere factors, and for an operation without an oracle. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/fastact.h"
#include "operations.h"
#include "oracles.h"
#include "ulps.h"

typedef enum { USUAL, ANY_DY, ANY_PARAMETERS, PASSES } pass;
static const char *const pass_names[PASSES] = {"", "any dy", "any parameters"};
static const double bounds[PASSES] = {2, 2.5, 3};

enum { MAX_OTHERS = FA_MAX_INPUTS - 1 };

/* One kernel, and how it is called here. */
typedef struct {
  fa_map_kernel kernel;
  const oracle *oracle;
  role role;
  pass pass;
  int output;       /* which one is judged */
  uint64_t samples; /* k of float32, n of float64 */
} subject;

typedef struct {
  double max, at, others[MAX_OTHERS]; /* the largest error in ULP, and its x, dy and parameters */
  uint64_t over_1, over_half, by_root, count;
} errors;

static void merge(errors *to, const errors *e) {
  if (e->max > to->max) to->max = e->max, to->at = e->at, memcpy(to->others, e->others, sizeof to->others);
  to->over_1 += e->over_1;
  to->over_half += e->over_half;
  to->by_root += e->by_root;
  to->count += e->count;
}

/* dy and the parameters of element i, in the order of the inputs */
static void others(const subject *s, uint64_t i, double *to) {
  const role *r = &s->role;
  uint64_t state = mix(i) + (uint64_t)s->pass;
  for (int j = 0; j < r->inputs; j++) {
    if (j == r->gradient) continue;
    int is_dy = j < r->gradient;
    *to++ = (is_dy ? s->pass == ANY_DY : s->pass == ANY_PARAMETERS) ? draw_other(r, j, &state) : usual_other(r, j);
  }
}

enum { CHUNK = 1 << 14 };

static const double specials[] = {0.0, INFINITY, NAN, 1.0, 0x1p-126, 0x1p-149, 0x1.fffffep127, 0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp1023,
                                  20, 100, 710, 745, 1e5, 0.5, 1.5, 3, 6};
enum { SPECIALS = sizeof specials / sizeof *specials };
static double special(size_t i) { return specials[i / 2 % SPECIALS] * (i % 2 ? -1 : 1); }

/* Runs the kernel on n elements x, the first of them number `first` of all, and compares with the oracle. */
#define RUN(T, wide_, type, at_root, smallest) \
  static wide_ defined_##T(const subject *s, wide_ x, const wide_ *p) { \
    const int number = s->role.gradient + s->output; \
    return (number == 0 ? s->oracle->of_##T : number == 1 ? s->oracle->slope_##T : s->oracle->by_parameter_##T)(x, p); \
  } \
  static int by_root_##T(const subject *s, type x, const wide_ *p) { \
    const wide_ reach = s->oracle->reach + (wide_)fabs((double)x) / 100, low = defined_##T(s, x - reach, p), high = defined_##T(s, x + reach, p); \
    return (low < 0 && high > 0) || (low > 0 && high < 0); \
  } \
  static void run_##T(const subject *s, const type *x, size_t n, uint64_t first, errors *e) { \
    static _Thread_local type memory[MAX_OTHERS][CHUNK], results[FA_MAX_OUTPUTS][CHUNK]; \
    const role *r = &s->role; \
    const type *y = results[s->output]; \
    char *args[FA_MAX_ARGUMENTS]; \
    type *other = memory[0]; \
    for (int j = 0; j < r->inputs; j++) args[j] = (char *)(j == r->gradient ? x : (other += CHUNK) - CHUNK); \
    for (int j = 0; j < FA_MAX_OUTPUTS; j++) args[r->inputs + j] = (char *)results[j]; \
    for (size_t i = 0; i < n; i++) { \
      double drawn[MAX_OTHERS]; \
      others(s, first + i, drawn); \
      for (int j = 0; j < r->inputs - 1; j++) memory[j][i] = (type)drawn[j]; \
    } \
    s->kernel(args, n); \
    for (size_t i = 0; i < n; i++) { \
      wide_ p[MAX_PARAMETERS]; \
      for (int j = 0; r->p && j < r->p->count; j++) p[j] = memory[r->gradient + j][i]; \
      const int is_slope = r->gradient || s->output; \
      const wide_ dy = r->gradient ? memory[0][i] : is_slope ? p[s->oracle->factor] : 1; \
      const wide_ want = (r->gradient ? dy : 1) * defined_##T(s, (wide_)x[i], p); \
      double error = ulps_##T(y[i], want, s->pass == USUAL && !is_slope && s->oracle->zero == SIGNED && x[i] == 0); \
      if (is_slope && error > 1) { \
        const int by_root = by_root_##T(s, x[i], p); \
        wide_ distance = ((wide_)y[i] - want) / dy / (by_root && r->p && r->p->drawn[0] == FACTOR ? p[0] : 1); \
        double other = (double)((distance < 0 ? -distance : distance) / (by_root ? at_root : smallest)); \
        if (other < error) error = other; \
        e->by_root += (uint64_t)by_root; \
      } \
      e->count++; \
      e->over_1 += error > 1; \
      e->over_half += error > 0.5; \
      if (!(error > e->max)) continue; \
      e->max = error, e->at = (double)x[i]; \
      for (int j = 0; j < r->inputs - 1; j++) e->others[j] = (double)memory[j][i]; \
    } \
  }
RUN(f32, double, float, 0x1p-25, 0x1p-149)
RUN(f64, wide, double, 0x1p-54, 0x1p-1074)

/* chunk 0 holds the specials, the others CHUNK intervals of k bit patterns each, one pattern drawn from each */
static errors check_f32(const subject *s) {
  const uint64_t k = s->samples, total = (UINT64_C(1) << 32) / k, chunks = (total + CHUNK - 1) / CHUNK;
  errors all = {0};
#pragma omp parallel for schedule(dynamic, 16)
  for (int64_t c = 0; c <= (int64_t)chunks; c++) {
    static _Thread_local float x[CHUNK];
    errors mine = {0};
    const uint64_t first = (uint64_t)(c - 1) * CHUNK;
    size_t n = 0;
    for (; n < CHUNK && (!c || first + n < total); n++) {
      uint32_t w = (uint32_t)((first + n) * k + mix(first + n) % k);
      memcpy(x + n, &w, 4);
      if (!c) x[n] = (float)special(n);
    }
    run_f32(s, x, n, first, &mine);
#pragma omp critical
    merge(&all, &mine);
  }
  return all;
}

/* Where float64 samples come from, in turn: uniform in [low, high], in which the tails end where results underflow
 * (e^-745; gelu near -38.5, gelu_tanh near -21) or saturate; then beside the corners and the zero crossings. */
static const double ranges[][2] = {
  {-1, 1}, {-1, 1}, {-4, 4}, {-10, 10}, {-10, 10}, {-40, 40}, {-0.1, 0.1}, {-3, -1}, {-750, -705}, {-710, 0}, {-39, -35}, {-22, -19}, {15, 40}, {30, 750}, {0, 1},
};
static const double corners[] = {0.5, 1, -1, -1.5, 3, -3, 6, -0.7518, -0.7524, -1.1924, -1.2785};
enum { RANGES = sizeof ranges / sizeof *ranges, CORNERS = sizeof corners / sizeof *corners, KINDS = RANGES + 5 };

static double sample(uint64_t i, uint64_t n) {
  uint64_t state = i, r = draw(&state), kind = i % KINDS;
  double u = draw_f64(&state), x;
  if (kind < RANGES) return ranges[kind][0] + (ranges[kind][1] - ranges[kind][0]) * (u / 2 + 0.5);
  if (kind == RANGES) return ldexp(u < 0 ? u - 1 : u + 1, -(int)(r % 1100)); /* tiny, down to the subnormal numbers */
  if (kind == RANGES + 1) return ldexp(u < 0 ? u - 1 : u + 1, (int)(r % 26) - 14);
  if (kind == RANGES + 2) return corners[r % CORNERS] * (1 + ldexp(u, -(int)((r >> 16) % 52)));
  if (kind == RANGES + 3 && i < 64 * KINDS) return special(i / KINDS);
  r = (r >> 20) % (UINT64_MAX / n) + UINT64_MAX / n * i; /* steps over all bit patterns */
  memcpy(&x, &r, sizeof x);
  return x;
}

static errors check_f64(const subject *s) {
  const uint64_t n = s->samples;
  const int64_t chunks = (int64_t)((n + CHUNK - 1) / CHUNK);
  errors all = {0};
#pragma omp parallel for schedule(dynamic)
  for (int64_t c = 0; c < chunks; c++) {
    static _Thread_local double x[CHUNK];
    errors mine = {0};
    const uint64_t first = (uint64_t)c * CHUNK;
    size_t k = 0;
    for (; k < CHUNK && first + k < n; k++) x[k] = sample(first + k, n);
    run_f64(s, x, k, first, &mine);
#pragma omp critical
    merge(&all, &mine);
  }
  return all;
}

static int report(const char *op, const char *type, const subject *s, errors e) {
  printf("%-18s %s%s%s%s: max %.4f ULP at %a (%.9g)", op, type, !s->output ? "" : s->role.gradient ? ", by the parameter" : ", gradient",
         *pass_names[s->pass] ? ", " : "", pass_names[s->pass], e.max, e.at, e.at);
  for (int j = 0; s->pass != USUAL && j < s->role.inputs - 1; j++) printf(" %s%.9g", j < s->role.gradient ? "dy " : "p ", e.others[j]);
  printf("; over 1: %.4f%%, over 0.5: %.4f%% of %llu", 100.0 * (double)e.over_1 / (double)e.count,
         100.0 * (double)e.over_half / (double)e.count, (unsigned long long)e.count);
  if (e.by_root) printf("; by a zero crossing, absolute: %llu", (unsigned long long)e.by_root);
  const double bound = s->role.p && s->role.p->drawn[0] == FACTOR ? bounds[s->role.gradient] : bounds[s->pass];
  int failed = !(e.max <= bound);
  printf(failed ? "; FAIL: the bound is %g\n" : "\n", bound);
  fflush(stdout);
  return failed;
}

static int check(const fa_kernels *table, fa_op op, uint64_t k, uint64_t n) {
  const char *name = fa_op_name(op);
  const role r = role_of(name);
  const oracle *o = oracles;
  while (o < oracles + ORACLES && strcmp(o->function, r.function)) o++;
  const int last = r.gradient + r.outputs - 1;
  if (o == oracles + ORACLES || (!r.gradient && !o->of_f32) || (last > 0 && !o->slope_f32) || (last > 1 && !o->by_parameter_f32))
    return printf("%-18s has no oracle; FAIL\n", name), 1;
  if (fa_op_inputs(op) != r.inputs || fa_op_outputs(op) != r.outputs)
    return printf("%-18s has %d inputs and %d outputs, not %d and %d; FAIL\n", name, fa_op_inputs(op), fa_op_outputs(op), r.inputs, r.outputs), 1;
  int failed = 0;
  for (int c = 0; c < PASSES * r.outputs; c++) {
    const int p = c % PASSES;
    if ((p == ANY_DY && !r.gradient) || (p == ANY_PARAMETERS && !r.p)) continue;
    const int part = p == USUAL ? 1 : 4;
    subject s = {table->map[op][FA_F32], o, r, (pass)p, c / PASSES, k * (uint64_t)part};
    failed += report(name, "float32", &s, check_f32(&s));
    s.kernel = table->map[op][FA_F64], s.samples = n / (uint64_t)part;
    if (s.samples) failed += report(name, "float64", &s, check_f64(&s));
  }
  return failed;
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
    if (!wanted(fa_op_name((fa_op)op), argc, argv)) continue;
    run++;
    failed += check(table, (fa_op)op, k, n);
  }
  if (failed) printf("%d failures\n", failed);
  return failed || !run;
}
