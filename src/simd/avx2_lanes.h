/* Some lanes of a vector in memory on AVX2, four at a time: lanes.h says what T_pack and T_unpack give. A table has the
 * shuffle for each choice of four lanes: to extract bits at run time takes hundreds of cycles on some processors. */
#ifndef FASTACT_SIMD_AVX2_LANES_H
#define FASTACT_SIMD_AVX2_LANES_H
#include "simd/lanes.h"

/* by the lanes chosen of four, a byte each: the chosen lanes in turn; where a lane stands among the chosen */
static const union {
  uint8_t lane[16][4];
  int row[16];
} avx2_chosen_ = {{{0, 0, 0, 0},
                   {0, 0, 0, 0},
                   {1, 0, 0, 0},
                   {0, 1, 0, 0},
                   {2, 0, 0, 0},
                   {0, 2, 0, 0},
                   {1, 2, 0, 0},
                   {0, 1, 2, 0},
                   {3, 0, 0, 0},
                   {0, 3, 0, 0},
                   {1, 3, 0, 0},
                   {0, 1, 3, 0},
                   {2, 3, 0, 0},
                   {0, 2, 3, 0},
                   {1, 2, 3, 0},
                   {0, 1, 2, 3}}},
  avx2_place_ = {{{0, 0, 0, 0},
                  {0, 1, 1, 1},
                  {0, 0, 1, 1},
                  {0, 1, 2, 2},
                  {0, 0, 0, 1},
                  {0, 1, 1, 2},
                  {0, 0, 1, 2},
                  {0, 1, 2, 3},
                  {0, 0, 0, 0},
                  {0, 1, 1, 1},
                  {0, 0, 1, 1},
                  {0, 1, 2, 2},
                  {0, 0, 0, 1},
                  {0, 1, 1, 2},
                  {0, 0, 1, 2},
                  {0, 1, 2, 3}}};
FA_INLINE __m128i avx2_shuffle_(const int row) { return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(row)); }
/* of four float64: the halves of lane i are 2 i and 2 i + 1 */
FA_INLINE __m256i avx2_shuffle_halves_(const int row) {
  const __m256i i = _mm256_cvtepu32_epi64(avx2_shuffle_(row)), twice = _mm256_add_epi64(i, i);
  return _mm256_or_si256(_mm256_or_si256(twice, _mm256_slli_epi64(twice, 32)), _mm256_set1_epi64x(INT64_C(1) << 32));
}
FA_INLINE __m256d avx2_shuffled_(__m256d v, const int row) {
  return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(v), avx2_shuffle_halves_(row)));
}
/* the masks, as integers, of the lanes that the low four bits name */
FA_INLINE __m128i avx2_mask_(unsigned lanes) {
  const __m128i bits = _mm_setr_epi32(1, 2, 4, 8);
  return _mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32((int)lanes), bits), bits);
}

FA_INLINE void f32_pack(const float *x, unsigned lanes, double *to) {
  for (int q = 0; q < 4; q++, lanes >>= 4, x += 4) {
    const __m128 v = _mm_permutevar_ps(_mm_loadu_ps(x), avx2_shuffle_(avx2_chosen_.row[lanes & 15]));
    _mm256_storeu_pd(to, _mm256_cvtps_pd(v));
    to += fa_count_bits(lanes & 15);
  }
}
FA_INLINE void f64_pack(const double *x, unsigned lanes, double *to) {
  for (int q = 0; q < 2; q++, lanes >>= 4, x += 4) {
    _mm256_storeu_pd(to, avx2_shuffled_(_mm256_loadu_pd(x), avx2_chosen_.row[lanes & 15]));
    to += fa_count_bits(lanes & 15);
  }
}
/* Of what lies behind the last lane nothing is converted: a subnormal number there would take time, and raise flags. */
FA_INLINE void f32_unpack(const double *from, unsigned lanes, unsigned chosen, float *y) {
  for (chosen &= lanes; lanes; lanes >>= 4, chosen >>= 4, y += 4) {
    const int count = fa_count_bits(lanes & 15);
    const __m256i first = _mm256_cvtepi32_epi64(avx2_mask_((1U << count) - 1));
    const __m128 v =
        _mm_permutevar_ps(_mm256_cvtpd_ps(_mm256_maskload_pd(from, first)), avx2_shuffle_(avx2_place_.row[lanes & 15]));
    _mm_storeu_ps(y, _mm_blendv_ps(_mm_loadu_ps(y), v, _mm_castsi128_ps(avx2_mask_(chosen))));
    from += count;
  }
}
FA_INLINE void f64_unpack(const double *from, unsigned lanes, unsigned chosen, double *y) {
  for (chosen &= lanes; lanes; lanes >>= 4, chosen >>= 4, y += 4) {
    const __m256d v = avx2_shuffled_(_mm256_loadu_pd(from), avx2_place_.row[lanes & 15]);
    const __m256i mask = _mm256_cvtepi32_epi64(avx2_mask_(chosen));
    _mm256_storeu_pd(y, _mm256_blendv_pd(_mm256_loadu_pd(y), v, _mm256_castsi256_pd(mask)));
    from += fa_count_bits(lanes & 15);
  }
}
#endif
