/* Rare lanes (src/elementwise/rare_lanes.h): what they give does not depend on what stands beside them, and is what the
 * definition says; usual data raises no flag: test_rare_lanes [step of the float32 operands, 1 for a long search]
 * [isa] [operation].
 *
 * A call of few elements runs in the mode that it finds, here that of IEEE 754, lane by lane. A long call of the same
 * elements runs in blocks under flush-to-zero. Both must give the same bits, in place and apart. Where an operand or a
 * result of float32 is smaller than the least normal number, both must give float64's result, rounded. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "operations.h"
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum {
  N = 16384 + 37,
  ROUNDS = 24,
  MANY_ROUNDS = 1200,
  FEW_ROUNDS = 4,
  AT_ONCE = 32,
  MOST_SHOWN = 3,
  FLAG_BLOCKS = 512
};
static _Alignas(64) double in[FA_MAX_INPUTS][N], wide_in[FA_MAX_INPUTS][N], in_place[FA_MAX_OUTPUTS][N],
    results[3][FA_MAX_OUTPUTS][N];
static const fa_kernels *table;
static long failures;

static double number(fa_dtype type, const void *p, size_t i) {
  return type == FA_F64 ? ((const double *)p)[i] : (double)((const float *)p)[i];
}
static void set(fa_dtype type, void *p, size_t i, double value) {
  if (type == FA_F64) ((double *)p)[i] = value;
  else ((float *)p)[i] = (float)value;
}

/* Operands by kind: any bits; out into the tails; of everyday size; tiny, and in all of these some that are special;
 * subnormal all. */
enum { KINDS = 5, ALL_SUBNORMAL = 4 };
static double any_bits(fa_dtype type, uint64_t bits) {
  float f;
  double d;
  const uint32_t word = (uint32_t)(bits >> 32);
  memcpy(&f, &word, sizeof f), memcpy(&d, &bits, sizeof d);
  return type == FA_F64 ? d : (double)f;
}
static double draw_operand(fa_dtype type, int kind, uint64_t *state) {
  const uint64_t r = draw(state);
  const double sign = r & 1 ? -1 : 1, u = draw_f64(state), least = type == FA_F64 ? -1022 : -126;
  if (kind == ALL_SUBNORMAL) return sign * ldexp(0.9 * fabs(u) + 0x1p-20, (int)least);
  switch (r >> 1 & 63) {
  case 0: return sign * 0.0;
  case 1: return sign * INFINITY;
  case 2:
  case 3: /* subnormal */ return sign * ldexp(fabs(u), (int)least);
  case 4: return NAN;
  case 5:
  case 6: return 1;
  }
  switch (kind) {
  case 0: return any_bits(type, draw(state));
  case 1: return ldexp(u, (type == FA_F64 ? 9 : 6) + (int)(r >> 7 & 7)); /* up to 2^13, 2^16 */
  case 2: return 3 * u;
  default: return sign * exp2(least * (1 - fabs(u) / 3));
  }
}

static void run(fa_op op, fa_dtype type, void *const *inputs, void *const *outputs, size_t start, size_t n) {
  const size_t size = type == FA_F64 ? sizeof(double) : sizeof(float);
  const int count = fa_op_inputs(op);
  char *args[FA_MAX_ARGUMENTS];
  for (int a = 0; a < count; a++) args[a] = (char *)inputs[a] + start * size;
  for (int o = 0; o < fa_op_outputs(op); o++) args[count + o] = (char *)outputs[o] + start * size;
  table->map[op][type](args, 0, n);
}

static void fail(const char *what, fa_op op, fa_dtype type, size_t i, const void *got, const void *want) {
  static fa_op last = FA_OPS;
  static int shown;
  if (last != op) last = op, shown = 0;
  failures++;
  if (shown++ >= MOST_SHOWN) return;
  printf("FAIL %s, %s %s:", what, fa_op_name(op), type == FA_F64 ? "float64" : "float32");
  for (int a = 0; a < fa_op_inputs(op); a++) printf(" %a", number(type, in[a], i));
  printf(" gives %a, not %a\n", number(type, got, i), number(type, want, i));
}

static void compare(const char *what, fa_op op, fa_dtype type, size_t n, const void *got, const void *want) {
  const size_t size = type == FA_F64 ? sizeof(double) : sizeof(float);
  for (size_t i = 0; i < n; i++)
    if (canonical(got, i, size) != canonical(want, i, size)) fail(what, op, type, i, got, want);
}

/* The operation on what stands in `in`: few at a time, at once, at once in place, and by float64. */
static void check(fa_op op, fa_dtype type, size_t n) {
  const int inputs = fa_op_inputs(op), outputs = fa_op_outputs(op);
  void *from[FA_MAX_INPUTS], *to[3][FA_MAX_OUTPUTS], *place[FA_MAX_OUTPUTS];
  for (int a = 0; a < inputs; a++) from[a] = in[a];
  for (int o = 0; o < outputs; o++) {
    for (int j = 0; j < 3; j++) to[j][o] = results[j][o];
    place[o] = in_place[o];
  }
  for (size_t i = 0; i < n; i += AT_ONCE) run(op, type, from, to[0], i, n - i < AT_ONCE ? n - i : AT_ONCE);
  run(op, type, from, to[1], 0, n);
  for (int o = 0; o < outputs; o++) compare("in a long call", op, type, n, to[1][o], to[0][o]);
  for (int first = 0; first < inputs; first++) { /* the inputs that the outputs take the place of */
    for (int a = 0; a < inputs; a++) from[a] = in[a];
    for (int o = 0; o < outputs; o++)
      memcpy(in_place[o], in[(first + o) % inputs], sizeof in_place[o]), from[(first + o) % inputs] = place[o];
    run(op, type, from, place, 0, n);
    for (int o = 0; o < outputs; o++) compare("in place", op, type, n, place[o], to[0][o]);
  }
  if (type == FA_F64) return;
  for (int a = 0; a < inputs; a++) {
    from[a] = wide_in[a];
    for (size_t i = 0; i < n; i++) wide_in[a][i] = number(type, in[a], i);
  }
  run(op, FA_F64, from, to[2], 0, n);
  for (int o = 0; o < outputs; o++) {
    float *y = to[0][o];
    for (size_t i = 0; i < n; i++) {
      int is_rare = fabsf(y[i]) < FLT_MIN;
      for (int a = 0; a < inputs; a++) {
        const float x = ((const float *)in[a])[i];
        is_rare |= x != 0 && fabsf(x) < FLT_MIN;
      }
      const float want = (float)results[2][o][i];

      ((float *)results[1][o])[i] = is_rare ? want : y[i];
    }
    compare("by float64", op, type, n, y, results[1][o]);
  }
}

/* Operand a, or all from a on, are one number for all elements, every second time of usual size; and nothing is written
 * past the results. */
static void check_repeated(fa_op op, fa_dtype type, int a, size_t n, uint64_t *state) {
  const size_t size = type == FA_F64 ? sizeof(double) : sizeof(float);
  const int inputs = fa_op_inputs(op), outputs = fa_op_outputs(op), all = (int)(draw(state) & 1);
  static _Alignas(64) char one[FA_MAX_INPUTS][FA_REPEATED];
  char *args[FA_MAX_ARGUMENTS];
  void *from[FA_MAX_INPUTS], *to[FA_MAX_OUTPUTS];
  unsigned repeated = 0;
  for (int j = 0; j < inputs; j++) {
    from[j] = in[j], args[j] = (char *)in[j];
    if (j != a && !(all && j > a)) continue;
    if (draw(state) & 1) set(type, in[j], 0, 0.5 + fabs(draw_f64(state)));
    for (size_t i = 0; i < n; i++) memcpy((char *)in[j] + i * size, in[j], size);
    for (size_t i = 0; i < FA_REPEATED / size; i++) memcpy(one[j] + i * size, in[j], size);
    args[j] = one[j], repeated |= 1u << j;
  }
  for (int o = 0; o < outputs; o++) {
    to[o] = results[0][o], args[inputs + o] = (char *)results[1][o];
    memset(results[1][o], 0x55, sizeof results[1][o]);
  }
  for (size_t i = 0; i < n; i += AT_ONCE) run(op, type, from, to, i, n - i < AT_ONCE ? n - i : AT_ONCE);
  table->map[op][type](args, repeated, n);
  for (int o = 0; o < outputs; o++) {
    compare("with a number", op, type, n, results[1][o], to[o]);
    if (((unsigned char *)results[1][o])[n * size] != 0x55) fail("past the end", op, type, n - 1, results[1][o], to[o]);
  }
}

static void check_mixed(fa_op op, fa_dtype type, int rounds) {
  uint64_t state = 1;
  for (int round = 0; round < rounds; round++) {
    for (int a = 0; a < fa_op_inputs(op); a++) {
      const int kind = (int)(draw(&state) % KINDS), often = round & 1;
      for (size_t i = 0; i < N; i++)
        set(type, in[a], i, often || draw(&state) % 997 == 0 ? draw_operand(type, kind, &state) : 3 * draw_f64(&state));
    }
    check(op, type, round % 3 ? N : 100 + (size_t)round);
    for (int a = 0; a < fa_op_inputs(op); a++)
      for (int again = 0; again < 4; again++) check_repeated(op, type, a, 1 + draw(&state) % 500, &state);
  }
}

/* Every `step`th float32, in blocks of neighbours. */
static void check_all(fa_op op, size_t step) {
  for (uint64_t start = 0; start < UINT64_C(1) << 32; start += (N - 37) * (uint64_t)step) {
    for (size_t i = 0; i < N - 37; i++) {
      const uint32_t word = (uint32_t)(start + i);
      memcpy((float *)in[0] + i, &word, sizeof word);
    }
    check(op, FA_F32, N - 37);
  }
}

/* Usual data raises no flag but where a lane is in a tail, of gelu_tanh_grad 1 in 1,000. */
static void check_quiet(fa_op op, fa_dtype type) {
#if defined(__x86_64__)
  const role r = role_of(fa_op_name(op));
  void *from[FA_MAX_INPUTS], *to[FA_MAX_OUTPUTS];
  uint64_t state = 2;
  long flagged = 0;
  for (int a = 0; a < fa_op_inputs(op); a++) from[a] = in[a];
  for (int o = 0; o < fa_op_outputs(op); o++) to[o] = results[0][o];
  for (int block = 0; block < FLAG_BLOCKS; block++) {
    for (int i = 0; i < AT_ONCE; i++) {
      double x = 0;
      for (int j = 0; j < 12; j++) x += draw_f64(&state) / 2; /* the sum of twelve such has standard deviation 1 */
      for (int a = 0; a < fa_op_inputs(op); a++)
        set(type, in[a], i, a == r.gradient ? 3 * x : usual_other(&r, a) * (1 + draw_f64(&state) / 4));
    }
    _mm_setcsr(0x9f80); /* results are flushed, flags cleared */
    run(op, type, from, to, 0, AT_ONCE);
    flagged += (_mm_getcsr() & 0x12) != 0;
    _mm_setcsr(0x1f80);
  }
  if (flagged * 20 > FLAG_BLOCKS) {
    failures++;
    printf("FAIL %s %s: %ld of %d blocks of usual data are flagged\n", fa_op_name(op), type ? "float64" : "float32",
           flagged, FLAG_BLOCKS);
  }
#else
  (void)op, (void)type;
#endif
}

int main(int argc, char **argv) {
  const char *const names[] = {"avx512", "avx2", "neon", "portable"}, *why;
  const size_t step = argc > 1 ? strtoul(argv[1], NULL, 10) : 256;
  for (size_t isa = 0; isa < sizeof names / sizeof *names; isa++) {
    if (argc > 2 && strcmp(argv[2], names[isa])) continue;
    if (!(table = fa_select(names[isa], &why))) continue;
    const long before = failures;
    for (int op = 0; op < FA_OPS; op++) {
      if (argc > 3 && strcmp(argv[3], fa_op_name((fa_op)op))) continue;
      for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
        check_mixed((fa_op)op, (fa_dtype)type,
                    step == 1      ? MANY_ROUNDS
                    : step < 65536 ? ROUNDS
                                   : FEW_ROUNDS),
            check_quiet((fa_op)op, (fa_dtype)type);
      if (fa_op_inputs((fa_op)op) == 1) check_all((fa_op)op, isa == 3 ? 64 * step : step);
    }
    printf("rare lanes, %s: %ld failures\n", names[isa], failures - before);
  }
  return failures != 0;
}
