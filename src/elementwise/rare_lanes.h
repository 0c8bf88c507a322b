/* What makes an operation out of its formulas: who runs a kernel runs one of these.
 *
 * A lane of float32 is rare where an operand is subnormal, or a result smaller than the least normal number. Its result
 * is the float64 formula's, rounded: correctly, but for its last bits. All other lanes have the float32 formula's. A
 * lane of float64 always has its formula's result.
 *
 * Where the processor flushes subnormal numbers on demand (simd/flush.h), a formula runs so, block by block: nothing
 * costs an assist, and where no flag is raised nothing was flushed, so that the results are those of IEEE 754. A
 * flagged block is searched for lanes of which that may not be true: those whose result has become 0, and those with a
 * subnormal operand. They are few, or the block is far out in a tail: packed, they go to the float64 formula.
 *
 * What a formula has to keep to, and tests/c/test_rare_lanes.c proves: a lane's result does not depend on the mode
 * unless it is rare, and a lane raises a flag by itself where the float64 formula would change it. Where low parts of
 * products would break the first, rarities.h names larger bounds, and the formula raises the flag below them. */
#ifndef FASTACT_RARE_LANES_H
#define FASTACT_RARE_LANES_H
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "elementwise/rarities.h"

/* A formula's loop: the arguments of an fa_map_kernel, then for each output where it keeps what the output's place
 * held, or NULL. */
typedef fa_map_kernel fa_formula;
enum { FA_FORMULA_ARGUMENTS = FA_MAX_ARGUMENTS + FA_MAX_OUTPUTS };

#define FA_F32_LEAST_NORMAL 0x1p-126f
#define FA_F64_LEAST_NORMAL 0x1p-1022
/* of results: in float64 lanes that low parts may have been flushed of count too, since computing them anew in the mode
 * of IEEE 754 can change nothing else */
#define FA_F32_RARE_RESULT 0x1p-126
#define FA_F64_RARE_RESULT 0x1p-800

/* Operands that are smaller than this are of usual size, to rarities.h. */
#define FA_F32_USUAL 0x1p20f
#define FA_F64_USUAL 0x1p20
/* What a search looks at: results, and the operands for which rarities.h has a bound; subnormal operands too; or all
 * lanes are rare. */
enum { FA_RESULTS, FA_ANY_OPERAND, FA_ALL_LANES };

/* The formulas of an operation. */
typedef struct {
  fa_formula formula[FA_COMPUTE_DTYPES];
  int inputs, outputs;
  fa_cost cost;
  fa_op op;
} fa_formulas;

/* Results of `count` rare lanes: packed operands, then results. What is subnormal in float64 is 0 in float32. Leaves
 * the mode that does not flush.
 *
 * Next to the least normal number it is the formula's own rounding that decides whether a lane is rare: a result that
 * IEEE 754 rounds up to that number is flushed. There it is asked once more. */
#define FA_NEXT_TO_LEAST 0x1p-7
FA_INLINE int f32_is_normal_alone(const fa_formulas *k, char *const *part, unsigned repeated, size_t j, int output,
                                  double *y) {
  const fa_rarity *r = &fa_rarities[k->op][FA_F32];
  float one[FA_MAX_ARGUMENTS];
  char *args[FA_FORMULA_ARGUMENTS] = {0};
  for (int a = 0; a < k->inputs + k->outputs; a++) {
    args[a] = (char *)(one + a);
    if (a >= k->inputs) continue;
    one[a] = (float)((const double *)part[a])[repeated >> a & 1 ? 0 : j];
    const int has_own = r->small_operands >> a & 1;
    if (one[a] != 0 && fabsf(one[a]) < (has_own ? r->small_operand : FA_F32_LEAST_NORMAL)) return 0;
  }
  k->formula[FA_F32](args, 0, 1);
  *y = one[k->inputs + output];
  return fabs(*y) >= FA_F32_LEAST_NORMAL;
}
FA_NOINLINE void f32_compute_rare(const fa_formulas *k, char *const *part, unsigned repeated, size_t count) {
#if FA_FLUSHES
  const unsigned before = fa_mode();
  /* where what is flushed may count (rarities.h), it does so here too: the sign of a 0 */
  fa_set_mode(fa_rarities[k->op][FA_F32].large_operand > 0 ? FA_IEEE : FA_FLUSH_RESULTS);
#endif
  k->formula[FA_F64](part, repeated, count);
#if FA_FLUSHES
  fa_set_mode(fa_without_flushing(before));
  if (fa_rarities[k->op][FA_F32].small_result > 0) return;
  const f64v least = f64_set1(FA_F32_LEAST_NORMAL), near = f64_set1(FA_NEXT_TO_LEAST * FA_F32_LEAST_NORMAL);
  for (int o = 0; o < k->outputs; o++) {
    double *y = (double *)part[k->inputs + o], mended;
    for (size_t j = 0; j < count; j += FA_F64_LANES) {
      const size_t left = count - j < FA_F64_LANES ? count - j : FA_F64_LANES;
      const f64v v = left < FA_F64_LANES ? f64_load_part(y + j, left, 1) : f64_load(y + j);
      for (unsigned lanes = f64_lanes(f64_gt(near, f64_abs(f64_sub(f64_abs(v), least)))); lanes; lanes &= lanes - 1) {
        const size_t at = j + (size_t)fa_lowest_bit(lanes);
        if (f32_is_normal_alone(k, part, repeated, at, o, &mended)) y[at] = mended;
      }
    }
  }
#endif
}
FA_NOINLINE void f64_compute_rare(const fa_formulas *k, char *const *part, unsigned repeated, size_t count) {
#if FA_FLUSHES
  fa_set_mode(fa_without_flushing(fa_mode()));
#endif
  k->formula[FA_F64](part, repeated, count);
}

#include "math/as_f32.inc"
#include "elementwise/rare_search.inc"
#include "elementwise/rare_lanes.inc"
#include "math/as_f64.inc"
#include "elementwise/rare_search.inc"
#include "elementwise/rare_lanes.inc"
#include "math/as_none.inc"

/* Where the outputs are: apart from the inputs, in the place of some, or such that one runs ahead of an input that it
 * overlaps. */
enum { FA_APART, FA_IN_PLACE, FA_AHEAD };
FA_INLINE int fa_place_of(const fa_formulas *k, char *const *args, unsigned repeated, size_t bytes) {
  int found = FA_APART;
  for (int o = k->inputs; o < k->inputs + k->outputs; o++)
    for (int a = 0; a < k->inputs; a++) {
      if (args[a] == args[o] && found == FA_APART) found = FA_IN_PLACE;
      else if (args[a] != args[o] && !(repeated >> a & 1) && args[a] < args[o] + bytes && args[o] < args[a] + bytes)
        found = FA_AHEAD;
    }
  return found;
}

/* A formula in the mode that it finds, without a search. */
FA_INLINE void fa_run_as_it_is(fa_formula formula, char *const *args, int arguments, unsigned repeated, size_t n) {
  char *part[FA_FORMULA_ARGUMENTS] = {0};
  for (int a = 0; a < arguments; a++) part[a] = args[a];
  formula(part, repeated, n);
}
#define FA_RUNS(T, real, type) \
  FA_INLINE void T##_run_NO_ROUNDING(const fa_formulas *k, char *const *args, unsigned repeated, size_t n) { \
    fa_run_as_it_is(k->formula[type], args, k->inputs + k->outputs, repeated, n); \
  } \
  FA_NOINLINE void T##_run_PLAIN(const fa_formulas *k, char *const *args, unsigned repeated, size_t n) { \
    const int place = fa_place_of(k, args, repeated, n * sizeof(real)); \
    if (place == FA_APART) T##_run_blocks(k, args, repeated, n, NULL); \
    else if (place == FA_IN_PLACE) T##_run_in_place(k, args, repeated, n); \
    else T##_run_ahead(k, args, repeated, n); \
  }
FA_RUNS(f32, float, FA_F32)
FA_RUNS(f64, double, FA_F64)
#undef FA_RUNS
/* light operations: to search and pack takes longer than what subnormal numbers cost them */
#define f32_run_ONE_ROUNDING f32_run_NO_ROUNDING
#define f64_run_ONE_ROUNDING f64_run_NO_ROUNDING
#define f32_run_TWO_PATHS f32_run_PLAIN
#define f64_run_TWO_PATHS f64_run_PLAIN
#define f32_run_LEAN_AT_ONE f32_run_PLAIN
#define f64_run_LEAN_AT_ONE f64_run_PLAIN
#endif
