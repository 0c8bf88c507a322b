/* elu's, celu's and selu's gradients and celu in far lanes: float64's, and that float32's are rare. */
#ifndef FASTACT_EXPONENTIAL_SLOW_H
#define FASTACT_EXPONENTIAL_SLOW_H

#define FA_F64_EXPM1_END 600.0
#define FA_F64_ELU_TO_NORMAL 0x1p870

/* Far are the lanes in which alpha e^x is tiny, since a large dy may bring it back, or alpha infinite. */
FA_NOINLINE f64v f64_elu_grad_slow(f64v dy, f64v x, f64v alpha) {
  f64v v = f64_min(f64_set1(FA_F64_PRODUCT_FAR), f64_max(f64_set1(0), f64_neg(x)));
  f64m deep = f64_gt(v, f64_set1(FA_F64_DERIVATIVE_DEEP));
  f64_exp_neg_parts k = f64_exp_neg_raised(v, v, 0, deep);
  f64v p = f64_fma(k.rest, k.m, k.rest), p_low = f64_fma(k.rest, k.m, f64_sub(k.rest, p));
  f64v y = f64_times_pair(dy, alpha, p, p_low, k.root, f64_less(deep), 0);
  return f64_select(f64_gt(x, f64_set1(0)), dy, y);
}

/* not where x is NaN, which the maximum passes on */
FA_INLINE f64m f64_celu_is_line(f64v x, f64v alpha) {
  const f64v size = f64_abs(alpha);
  f64m is_infinite = f64_gt(size, f64_max(f64_set1(FA_F64_LARGEST), x));
  f64m is_flat = f64_gt(size, f64_mul(f64_abs(x), f64_set1(0x1p150))); /* e^(x/alpha) is 1 */
  return f64_either(f64_gt(x, f64_set1(0)), f64_either(is_infinite, is_flat));
}
/* of the lanes that are far; grown exponentials are held too */
FA_INLINE f64_celu_argument f64_celu_divide_far(f64v x, f64v alpha, f64v factor) {
  f64v c = f64_mul(f64_select(f64_eq(alpha, f64_set1(0)), f64_set1(0), alpha), factor), y = f64_mul(x, factor);
  f64_celu_argument a = f64_celu_divide(y, c, -FA_F64_DERIVATIVE_FAR);
  a.quotient = f64_min(f64_set1(FA_F64_DERIVATIVE_FAR), a.quotient);
  a.rest = f64_fnma(a.quotient, a.alpha, y);
  return a;
}
FA_INLINE f64v f64_celu_factor(f64v alpha) {
  const f64v size = f64_abs(alpha), one = f64_set1(1);
  f64v large = f64_select(f64_gt(size, f64_set1(FA_F64_CELU_LARGE)), f64_set1(0x1p-500), one);
  return f64_select(f64_gt(f64_set1(1 / FA_F64_ELU_TO_NORMAL), size), f64_set1(FA_F64_ELU_TO_NORMAL), large);
}
FA_INLINE f64v f64_celu_low(f64_celu_argument a) {
  return f64_min(f64_set1(1), f64_max(f64_set1(-1), f64_mul(a.rest, a.inverse)));
}
/* the same sum, of exponentials that grow too */
FA_INLINE f64v f64_celu_grown(f64_celu_argument a) {
  const f64v most = f64_set1(FA_F64_LARGEST);
  f64_expm1_parts e = f64_expm1_split(a.quotient);
  f64_expm1_parts g = f64_expm1_grown(f64_min(f64_set1(FA_F64_EXPM1_END), a.quotient));
  f64m growing = f64_gt(a.quotient, f64_set1(0));
  e.high = f64_select(growing, g.high, e.high), e.low = f64_select(growing, g.low, e.low);
  f64v rest = f64_max(f64_neg(most), f64_min(most, f64_celu_rest(a, e))); /* where the result is infinite */
  return f64_fma(a.alpha, e.high, rest);
}
FA_NOINLINE f64v f64_celu_slow(f64v x, f64v alpha) {
  f64v factor = f64_celu_factor(alpha);
  f64_celu_argument a = f64_celu_divide_far(x, alpha, factor);
  f64v grown = f64_times_far_exp(alpha, a.quotient, f64_celu_low(a)), y = f64_div(f64_celu_grown(a), factor);
  y = f64_select(f64_gt(a.quotient, f64_set1(FA_F64_EXPM1_END)), grown, y);
  return f64_select(f64_gt(f64_set1(0), x), f64_select(f64_celu_is_line(x, alpha), x, y), x);
}
FA_NOINLINE f64v f64_celu_grad_slow(f64v dy, f64v x, f64v alpha) {
  f64v factor = f64_celu_factor(alpha);
  f64_celu_argument a = f64_celu_divide_far(x, alpha, factor);
  return f64_select(f64_celu_is_line(x, alpha), dy, f64_times_far_exp(dy, a.quotient, f64_celu_low(a)));
}

FA_NOINLINE f64v f64_selu_grad_slow(f64v dy, f64v x) {
  f64_derivative_exp_neg e = f64_exp_neg_sixteenths(f64_min(f64_set1(FA_F64_DERIVATIVE_END), f64_abs(x)), x, 0);
  const f64v factor = f64_set1(FA_F64_SELU_SCALE_ALPHA), low = f64_set1(FA_F64_SELU_SCALE_ALPHA_LOW);
  f64v c = f64_mul(e.s, factor), c_low = f64_fma(e.s, low, f64_fms(e.s, factor, c));
  f64v y = f64_lower(f64_mul(dy, f64_add(c, f64_fma(c, e.m, c_low))), e.k);
  return f64_select(f64_gt(x, f64_set1(0)), f64_selu_line(dy), y);
}

FA_FAR_IS_RARE(elu_grad, (f32v dy, f32v x, f32v alpha),
               f32_zero_far_below(x, f32_mul(f32_mul(dy, f32_set1(0.f)), alpha)))
FA_FAR_IS_RARE(celu, (f32v x, f32v alpha), ((void)x, (void)alpha, f32_to_be_found()))
FA_FAR_IS_RARE(celu_grad, (f32v dy, f32v x, f32v alpha),
               ((void)alpha, f32_zero_far_below(x, f32_mul(dy, f32_set1(0.f)))))
FA_FAR_IS_RARE(selu_grad, (f32v dy, f32v x), f32_zero_far_below(x, f32_mul(dy, f32_set1(0.f))))
FA_VANISHES(elu_grad, (f64v dy, f64v x, f64v alpha), f64_gt(f64_set1(-FA_F64_PRODUCT_FAR), x),
            f64_mul(f64_mul(dy, f64_set1(0)), alpha))
FA_VANISHES(celu, (f64v x, f64v alpha), ((void)x, (void)alpha, f64_gt(f64_set1(0), f64_set1(0))), f64_set1(0))
FA_VANISHES(celu_grad, (f64v dy, f64v x, f64v alpha),
            f64_both(f64_gt(alpha, f64_set1(0x1p-20)), f64_gt(f64_mul(alpha, f64_set1(-FA_F64_DERIVATIVE_FAR)), x)),
            f64_mul(dy, f64_set1(0)))
FA_VANISHES(selu_grad, (f64v dy, f64v x), f64_gt(f64_set1(-FA_F64_DERIVATIVE_FAR), x), f64_mul(dy, f64_set1(0)))
#define FA_EXPONENTIALS(T) \
  FA_OF_TWO_PATHS(T, elu_grad, (T##v dy, T##v x, T##v alpha), dy, x, alpha) \
  FA_OF_TWO_PATHS(T, celu, (T##v x, T##v alpha), x, alpha) \
  FA_OF_TWO_PATHS(T, celu_grad, (T##v dy, T##v x, T##v alpha), dy, x, alpha) \
  FA_OF_TWO_PATHS(T, selu_grad, (T##v dy, T##v x), dy, x)
FA_EXPONENTIALS(f32)
FA_EXPONENTIALS(f64)
#undef FA_EXPONENTIALS
#endif
