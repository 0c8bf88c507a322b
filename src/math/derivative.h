/* Gradients with one factor, dy: leaner than derivative_products.h's, which serve products of three.
 *
 * e^-v = s (1 + m) 2^k, where k is 0 but in the far tail. s carries 2^(j/16), so that m is small and its roundings
 * do not count, also near a derivative's root; it is a normal number with a normal low part wherever dy e^-v is not
 * 0 for every dy. dy times the derivative without 2^k is lowered by it at the end: nothing overflows where the product
 * is a number, and only a subnormal product is rounded at its own size. */
#ifndef FASTACT_DERIVATIVE_DY_H
#define FASTACT_DERIVATIVE_DY_H
#include "tables/exp2_chord.h"
#include "math/derivative_products.h"

typedef struct {
  f32v s, m, k;
  int near;
} f32_derivative_exp_neg;
typedef struct {
  f64v s, m, k;
  int near;
} f64_derivative_exp_neg;

/* From DERIVATIVE_END on e^-v times the largest number times any derivative is 0. Where a function rises, its
 * derivative is 1 less that at -v, and from DERIVATIVE_ONE on 1. */
#define FA_F32_DERIVATIVE_END 199.0f
#define FA_F32_DERIVATIVE_ONE 30.0f
#define FA_F64_DERIVATIVE_END 1470.0
#define FA_F64_DERIVATIVE_ONE 50.0
/* Where `near` k is 0, for v up to DERIVATIVE_NEAR, beyond which lanes are few: e^-v is a normal number there, and what
 * it lost still a number. */
#define FA_F32_DERIVATIVE_NEAR 68.0f
#define FA_F64_DERIVATIVE_NEAR 600.0

/* 0 <= v <= DERIVATIVE_END; v_low only where `low`. The polynomial is Taylor's: for |r| <= ln2/32 it is 2^-34.5 off. k
 * is n + 64 rounded to a multiple of 64 (float64: 512), 0 at most: s lies in [2^-96, 1], in float64 in [2^-768, 1]. */
FA_INLINE f32_derivative_exp_neg f32_exp_neg_of(f32v v, f32v v_low, const int low, const int near) {
  const f32v round = f32_set1(0x1.8p19f), multiple = f32_set1(0x1.8p29f);
  const f32v ln2_low = f32_set1(FA_F32_SIXTEENTHS_LN2_LOW);
  f32v z = f32_fnma(v, f32_set1(FA_F32_LOG2E), round), n = f32_sub(z, round);
  f32v exact = f32_fma(n, f32_set1(FA_F32_SIXTEENTHS_LN2_HIGH), v);
  f32i j = f32_index(z, 0);
  f32v error = f32_look(fa_f32_exp2_error, j);
  f32v r = low ? f32_add(exact, f32_fma(n, ln2_low, f32_sub(v_low, error))) : f32_fma(n, ln2_low, exact);
  f32v q = f32_fma(f32_fma(r, f32_set1(1 / 24.f), f32_set1(-1 / 6.f)), r, f32_set1(0.5f));
  f32v m = f32_fms(f32_mul(r, r), q, low ? r : f32_sub(r, error));
  f32v k = f32_set1(0.f);
  if (!near) k = f32_min(k, f32_sub(f32_add(n, f32_set1(0x1.8p29f + 64)), multiple)), z = f32_sub(z, k);
  return (f32_derivative_exp_neg){f32_add_sixteenths(f32_look(fa_f32_exp2_chord, j), z), m, k, near};
}
FA_INLINE f64_derivative_exp_neg f64_exp_neg_of(f64v v, f64v v_low, const int low, const int near) {
  f64_reduced w = f64_reduce(v, -1, 0);
  f64v n = f64_sub(w.z, f64_set1(FA_F64_ROUND(0)));
  f64i j = f64_index(w.z, 0);
  f64v error = f64_look(fa_f64_exp2_error, j), r = low ? f64_add(w.r, f64_sub(v_low, error)) : w.r, r2 = f64_mul(r, r);
  f64v m = f64_fms(r2, f64_expm1_quotient7(r, r2, -1), low ? r : f64_sub(r, error));
  f64v k = f64_set1(0.0);
  if (!near) k = f64_min(k, f64_sub(f64_add(n, f64_set1(0x1.8p61 + 512)), f64_set1(0x1.8p61))), w.z = f64_sub(w.z, k);
  return (f64_derivative_exp_neg){f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), w.z), m, k, near};
}
FA_INLINE f32_derivative_exp_neg f32_exp_neg_sixteenths(f32v v, f32v v_low, const int low) {
  return f32_exp_neg_of(v, v_low, low, 0);
}
FA_INLINE f64_derivative_exp_neg f64_exp_neg_sixteenths(f64v v, f64v v_low, const int low) {
  return f64_exp_neg_of(v, v_low, low, 0);
}

#include "math/as_f32.inc"
#include "math/derivative.inc"
#include "math/as_f64.inc"
#include "math/derivative.inc"
#include "math/as_none.inc"

/* x/(1 + e^-y), y = factor (beta + low), which enters the reduced argument by one FMA; factor is x, or 0 where y has
 * to be 0 though x is infinite. Below -665 the power of two is lowered by 2^1300, x and the quotient by 2^-650 each:
 * a large x keeps the tail of a small beta. Elsewhere nothing is scaled, and the division rounds a subnormal result
 * once. */
FA_INLINE f64v f64_times_sigma_of(f64v x, f64v factor, f64v beta, const double low) {
  const f64v none = f64_set1(0.0), one = f64_set1(1.0), most = f64_set1(0x1.fffffffffffffp1023),
             round = f64_set1(FA_F64_ROUND(0));
  f64v y = f64_max(f64_set1(-FA_F64_DERIVATIVE_FAR), f64_min(f64_set1(FA_F64_DERIVATIVE_ONE), f64_mul(factor, beta)));
  f64v z = f64_fnma(y, f64_set1(FA_F64_LOG2E), round), n = f64_sub(z, round),
       rest = f64_mul(n, f64_set1(FA_F64_LN2_LOW));
  if (low != 0) rest = f64_fma(factor, f64_set1(low), rest);
  f64v r = f64_add(f64_fma(factor, beta, f64_mul(n, f64_set1(FA_F64_LN2_HIGH))), rest);
  f64v m = f64_expm1_reduced(f64_max(f64_set1(-0.03), f64_min(f64_set1(0.03), r)), -1);
  f64i j = f64_index(z, 0);
  f64m far = f64_gt(f64_set1(-665.0), y);
  f64v s = f64_add_sixteenths(f64_look(fa_f64_exp2_sixteenths, j), f64_sub(z, f64_select(far, f64_set1(1300.0), none)));
  f64v one_or_none = f64_select(far, none, one), half = f64_select(far, f64_set1(0x1p-650), one);
  f64v finite = f64_select(far, f64_max(f64_neg(most), f64_min(most, x)), x);
  f64v sum = f64_add(s, one_or_none), lost = f64_sub(f64_min(s, one_or_none), f64_sub(sum, f64_max(s, one_or_none)));
  f64v d = f64_add(sum, f64_fma(s, f64_add(m, f64_look(fa_f64_exp2_error, j)), lost));
  return f64_mul(f64_div(f64_mul(finite, half), d), half);
}
#endif
