/* squareplus = (x + sqrt(x^2 + b))/2, a smooth relu, and its gradient. */
#ifndef FASTACT_SQUAREPLUS_H
#define FASTACT_SQUAREPLUS_H
#include <math.h>
#include "math/f32.h"
#include "math/f64.h"
#include "elementwise/piecewise.h"
#include "elementwise/two_paths.h"

/* Where |x| or b is beyond LARGE or LARGE_B both are brought down, by DOWN and its square; then a b below NEGLIGIBLE
 * has no part in the root. */
#define FA_F32_SQUAREPLUS_LARGE 0x1p60f
#define FA_F64_SQUAREPLUS_LARGE 0x1p400
#define FA_F32_SQUAREPLUS_LARGE_B 0x1p120f
#define FA_F64_SQUAREPLUS_LARGE_B 0x1p1000
#define FA_F32_SQUAREPLUS_DOWN 0x1p-66f
#define FA_F64_SQUAREPLUS_DOWN 0x1p-514
#define FA_F32_SQUAREPLUS_NEGLIGIBLE 0x1p60f
#define FA_F64_SQUAREPLUS_NEGLIGIBLE 0x1p280
#define FA_F32_SQUAREPLUS_SMALL_B 0x1p-60f
#define FA_F64_SQUAREPLUS_SMALL_B 0x1p-160
#include "math/as_f32.inc"
#include "elementwise/squareplus.inc"
#include "math/as_f64.inc"
#include "elementwise/squareplus.inc"
#include "math/as_none.inc"

/* In float64, where nothing overflows, underflows or cancels; x and b there are those of 16 float32's halves. */
FA_INLINE f64v f64_squareplus_grad_of_f32(f64v dy, f64v x, f64v b) {
  const f64v half = f64_set1(0.5), one = f64_set1(1);
  f64v a = f64_min(f64_set1(0x1p128), f64_abs(x)), s = f64_sqrt(f64_fma(a, a, b)), d = f64_add(s, a);
  f64m falling = f64_gt(f64_set1(0), x);
  f64v num = f64_select(falling, b, d), den = f64_mul(s, f64_select(falling, d, one));
  return f64_mul(dy, f64_div(f64_mul(num, half), den));
}
FA_INLINE f32v f32_squareplus_grad(f32v dy, f32v x, f32v b) {
  f64v low = f64_squareplus_grad_of_f32(f32_widen_low(dy), f32_widen_low(x), f32_widen_low(b));
  f64v high = f64_squareplus_grad_of_f32(f32_widen_high(dy), f32_widen_high(x), f32_widen_high(b));
  return f32_squareplus_limits(dy, x, b, f64_narrow(low, high));
}

/* dy (s + a)/(2 s) or, for x < 0, dy b/(2 s (s + a)), s = sqrt(x^2 + b), a = |x|: s, the sum, the product and the
 * quotient in two parts each. Where the quotient may be subnormal, dy times it not, b is raised by 1/DOWN once or twice
 * (or not brought down, where the other numbers were), and dy and the product, the larger first, meet DOWN as often. */
FA_INLINE f64v f64_squareplus_grad(f64v dy, f64v x, f64v b) {
  const f64v none = f64_set1(0), one = f64_set1(1), half = f64_set1(0.5);
  f64_squareplus_root p = f64_squareplus_root_of(x, b);
  f64v inverse = f64_div(half, p.s);
  f64v s_low = f64_mul(f64_add(f64_fnma(p.s, p.s, p.h), p.h_low), inverse);
  f64v d_low = f64_add(p.d_low, s_low), sd = f64_mul(p.s, p.d);
  f64v sd_low = f64_fma(p.s, d_low, f64_fma(s_low, p.d, f64_fms(p.s, p.d, sd)));
  f64m falling = f64_gt(none, x);
  f64v den = f64_select(falling, sd, p.s), den_low = f64_select(falling, sd_low, s_low);
  den = f64_add(den, den), den_low = f64_add(den_low, den_low);
  f64v r = f64_div(one, den);
  const f64v up = f64_set1(1 / FA_F64_SQUAREPLUS_DOWN), by = f64_set1(FA_F64_SQUAREPLUS_DOWN);
  f64m brought = f64_gt(one, p.scale), small = f64_gt(f64_set1(0x1p-300), f64_abs(f64_mul(b, r)));
  f64m lowered = f64_both(falling, f64_either(brought, small));
  f64v once = f64_mul(b, f64_select(brought, by, f64_select(small, up, one)));
  f64m twice = f64_both(f64_both(lowered, f64_gt(f64_set1(0x1p-10), f64_abs(f64_mul(once, r)))),
                        f64_either(brought, f64_gt(f64_set1(0x1p-5), f64_abs(b))));
  f64v more = f64_select(brought, b, f64_mul(once, f64_select(twice, up, one)));
  f64v num = f64_select(falling, f64_select(twice, more, f64_select(lowered, once, b)), p.d);
  f64v num_low = f64_select(falling, none, d_low);
  f64v q = f64_mul(num, r), q_low = f64_mul(f64_fnma(q, den_low, f64_add(f64_fnma(q, den, num), num_low)), r);
  f64m large = f64_gt(f64_abs(dy), one);
  f64v down = f64_select(lowered, by, one), f = f64_mul(dy, f64_select(large, down, one));
  f64v y = f64_fms(f, q, f64_number_or_zero(f64_fnma(f, q_low, none))); /* +0 is taken from a 0, whose sign stands */
  y = f64_mul(f64_mul(y, f64_select(large, one, down)), f64_select(twice, by, one));
  return f64_squareplus_limits(dy, x, b, y);
}
#endif
