/* (t + e^-t - 1)/t^2 for t from -2 to 1, relative error 2^-25.8 at most. Written by
 * tools/derive/divergence.py. */
#ifndef FASTACT_TABLES_DIVERGENCE_H
#define FASTACT_TABLES_DIVERGENCE_H
#define FA_F32_DIVERGENCE_LOW -2.0f
#define FA_F32_DIVERGENCE_HIGH 1.0f
#define FA_F32_DIVERGENCE_0 0x1p-1f
#define FA_F32_DIVERGENCE_1 -0x1.555556p-3f
#define FA_F32_DIVERGENCE_2 0x1.55555ap-5f
#define FA_F32_DIVERGENCE_3 -0x1.11110ep-7f
#define FA_F32_DIVERGENCE_4 0x1.6c14bp-10f
#define FA_F32_DIVERGENCE_5 -0x1.a0204ep-13f
#define FA_F32_DIVERGENCE_6 0x1.a0c6aap-16f
#define FA_F32_DIVERGENCE_7 -0x1.6ebdf6p-19f
#define FA_F32_DIVERGENCE_8 0x1.17ec1ap-22f
#define FA_F32_DIVERGENCE_9 -0x1.49efbcp-25f
#endif
