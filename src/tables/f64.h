/* Constants of math/f64.h and of the float64 formulas; written by tools/derive/f64.py. */
#ifndef FASTACT_TABLES_F64_H
#define FASTACT_TABLES_F64_H
#include "simd/functions.h"

/* exp: x = n ln2 + r, n in sixteenths, |r| <= ln2/32; n * LN2_HIGH is exact for |n| < 2^11 */
#define FA_F64_LOG2E 0x1.71547652b82fep+0
#define FA_F64_LN2_HIGH 0x1.62e42fefap-1
#define FA_F64_LN2_LOW 0x1.cf79abc9e3b3ap-40
#define FA_F64_LN2 0x1.62e42fefa39efp-1

/* exp(r)-1 of degree 6: relative error 2^-56.3 of exp(r) */
#define FA_F64_EXP2 0x1.0000000000005p-1
#define FA_F64_EXP3 0x1.555555548f87ap-3
#define FA_F64_EXP4 0x1.55555554623cap-5
#define FA_F64_EXP5 0x1.11123aaf3c7abp-7
#define FA_F64_EXP6 0x1.6c185aa1d1cb3p-10

/* exp(r)-1 of degree 7: relative error 2^-59.3 of exp(r)-1 */
#define FA_F64_EXPM1_2 0x1.0000000000003p-1
#define FA_F64_EXPM1_3 0x1.5555555555556p-3
#define FA_F64_EXPM1_4 0x1.5555555498b27p-5
#define FA_F64_EXPM1_5 0x1.11111110a6204p-7
#define FA_F64_EXPM1_6 0x1.6c1834e59ba45p-10
#define FA_F64_EXPM1_7 0x1.a01cf14000d31p-13

/* 2^(j/16), its word less j 2^48, which adding 16 n + j gives back; the relative error of its rounding */
static const FA_ALIGNED double fa_f64_exp2_sixteenths[16] = {
  0x1p+0, 0x1.fb5586cf9890fp-1, 0x1.f72b83c7d517bp-1, 0x1.f387a6e756238p-1,
  0x1.f06fe0a31b715p-1, 0x1.edea64c123422p-1, 0x1.ebfdad5362a27p-1, 0x1.eab07dd485429p-1,
  0x1.ea09e667f3bcdp-1, 0x1.ea11473eb0187p-1, 0x1.eace5422aa0dbp-1, 0x1.ec49182a3f09p-1,
  0x1.ee89f995ad3adp-1, 0x1.f199bdd85529cp-1, 0x1.f5818dcfba487p-1, 0x1.fa4afa2a490dap-1,
};
static const FA_ALIGNED double fa_f64_exp2_error[16] = {
  0x0p+0, 0x1.79aa65d837b6dp-54, -0x1.01b15eaa59348p-55, 0x1.68efde3a8a894p-54,
  0x1.34d754db0abb6p-55, 0x1.59f48a72a4c6dp-55, 0x1.690cebb7aafbp-56, 0x1.063e1e21c5409p-54,
  -0x1.3b3efbf5e2228p-54, -0x1.b32dcb94da51dp-56, 0x1.db72fc1f0eab4p-55, 0x1.1affc2b91ce27p-56,
  0x1.c1a7792cb3387p-55, 0x1.36eae30af0cb3p-56, 0x1.4a385a63d07a7p-56, -0x1.ff7128fd391fp-55,
};

/* log: s = 2^n m, 1 <= m < 2, j = round(15 (m-1)), log s = n ln2 - log C(j) + log(1+t), t = m C(j) - 1 */
static const FA_ALIGNED double fa_f64_log_reciprocal[16] = {
  0x1p+0, 0x1.ep-1, 0x1.c3c3c3c3c3c3cp-1, 0x1.aaaaaaaaaaaabp-1,
  0x1.9435e50d79436p-1, 0x1.8p-1, 0x1.6db6db6db6db7p-1, 0x1.5d1745d1745d1p-1,
  0x1.4de9bd37a6f4ep-1, 0x1.4p-1, 0x1.3333333333333p-1, 0x1.2762762762762p-1,
  0x1.1c71c71c71c72p-1, 0x1.1249249249249p-1, 0x1.08d3dcb08d3ddp-1, 0x1p-1,
};
static const FA_ALIGNED double fa_f64_log_high[16] = {
  0x0p+0, 0x1.08598b59e4p-4, 0x1.005588ad37p-3, 0x1.7565011e49p-3,
  0x1.e41fccb76bp-3, 0x1.269621134d8p-2, 0x1.588c2d91338p-2, 0x1.882f1ef83fp-2,
  0x1.b5b3e24236p-2, 0x1.e148a1a2728p-2, 0x1.058aefa8114p-1, 0x1.199fac68b4cp-1,
  0x1.2cf25fad8fp-1, 0x1.3f912752408p-1, 0x1.5188a4a02d8p-1, 0x1.62e42fefa38p-1,
};
static const FA_ALIGNED double fa_f64_log_low[16] = {
  0x0p+0, -0x1.7e5dd7009902cp-46, 0x1.6b7b70908ed9dp-45, 0x1.9d27eb6a4d148p-45,
  0x1.ad087ab09ef23p-48, 0x1.c93c1df5bb3b6p-45, -0x1.b860504f94fc1p-45, -0x1.5d45bb1805fd1p-45,
  -0x1.780538f8894c3p-46, -0x1.326b207322938p-46, 0x1.47f1f3046135dp-47, -0x1.48087071a72bp-45,
  0x1.c32146b1084c2p-45, 0x1.153451d9db6c8p-49, -0x1.a8cf894425925p-53, 0x1.ef35793c7673p-45,
};
#define FA_F64_LOG_LN2_HIGH 0x1.62e42fefa38p-1
#define FA_F64_LOG_LN2_LOW 0x1.ef35793c7673p-45

/* n from the exponent field of 2^-1 <= s < 2^65: low four bits, next four bits */
static const FA_ALIGNED double fa_f64_log_n[16] = {
  -0x1.ep+3, -0x1.cp+3, -0x1.ap+3, -0x1.8p+3,
  -0x1.6p+3, -0x1.4p+3, -0x1.2p+3, -0x1p+3,
  -0x1.cp+2, -0x1.8p+2, -0x1.4p+2, -0x1p+2,
  -0x1.8p+1, -0x1p+1, -0x1p+0, 0x0p+0,
};
static const FA_ALIGNED double fa_f64_log_n16[16] = {
  0x1p+4, 0x1p+5, 0x1.8p+5, 0x1p+6,
  0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0,
  0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0,
  0x0p+0, 0x0p+0, 0x0p+0, 0x0p+0,
};

/* log(1+t), |t| <= 1/30, of degree 10: relative error 2^-57.5 */
#define FA_F64_LOG2 -0x1p-1
#define FA_F64_LOG3 0x1.55555555554a9p-2
#define FA_F64_LOG4 -0x1.fffffffffff38p-3
#define FA_F64_LOG5 0x1.9999999c70c8ap-3
#define FA_F64_LOG6 -0x1.55555558aeaecp-3
#define FA_F64_LOG7 0x1.24922b1101732p-3
#define FA_F64_LOG8 -0x1.ffff91acc3f1cp-4
#define FA_F64_LOG9 0x1.c81c86c7f4ae2p-4
#define FA_F64_LOG10 -0x1.9b682306b54a4p-4

/* erfcx(a/sqrt2)/2, 0 <= a <= 39: slot = exponent of (1 + STEP a)^4, d = a - centre; error 2^-55.9 */
#define FA_F64_GELU_STEP 0x1.89p-2
static const FA_ALIGNED double fa_f64_gelu[15][16] = {
  /* centre */
  {
    0x1.928c65bb1b2d4p-1, 0x1.6daaa84b14269p+0, 0x1.18694ecb06a9fp+1, 0x1.8c9c082886c3dp+1,
    0x1.0b5cb765a82dbp+2, 0x1.5da0421c6b75bp+2, 0x1.bf2d0cc1e80c4p+2, 0x1.19b1930fb4132p+3,
    0x1.5ed3666118deep+3, 0x1.b0ebb117dc26dp+3, 0x1.0979addeac5ecp+4, 0x1.43be7a8d6c6bbp+4,
    0x1.88a38dded1377p+4, 0x1.da8dd895947f7p+4, 0x1.1e35719d888bp+5, 0x1.f8f561d61ff8fp-3,
  },
  /* c0 */
  {
    0x1.2d1aad5306e1ap-2, 0x1.b30ece1a5146bp-3, 0x1.414410f863be5p-3, 0x1.e4320f36c2c9p-4,
    0x1.73ca69fab4dffp-4, 0x1.21f7905b0047dp-4, 0x1.cab1138201fd4p-5, 0x1.6ea39b5a906c3p-5,
    0x1.27ad4bc456f7dp-5, 0x1.e08a7b23f0177p-6, 0x1.8885430ad606fp-6, 0x1.42402b324f9f6p-6,
    0x1.09e98eb103702p-6, 0x1.b840ad4c298fcp-7, 0x1.6d1d2ac2b4f24p-7, 0x1.a902d64c69442p-2,
  },
  /* c1 */
  {
    -0x1.578fa00fc3beap-3, -0x1.87350991a92ffp-4, -0x1.c4edc708cf4fdp-5, -0x1.0b90640953af3p-5,
    -0x1.4398f9d5dc942p-6, -0x1.9009ba9ee3fddp-7, -0x1.f997adcb68c98p-8, -0x1.451afe8063b94p-8,
    -0x1.a89dc9180b792p-9, -0x1.1922c893b4165p-9, -0x1.77cf42e18f6adp-10, -0x1.fb2db03e5eea8p-11,
    -0x1.599b568bf3503p-11, -0x1.d9eb087f4aad8p-12, -0x1.46118d55b8198p-12, -0x1.2fb9b43be0845p-2,
  },
  /* c2 */
  {
    0x1.4c176070867d9p-4, 0x1.3752332a0ffb5p-5, 0x1.24d37ea1b6462p-6, 0x1.16ae7fd2046f3p-7,
    0x1.0ea554e02367dp-8, 0x1.0cbb7f3eaab0dp-9, 0x1.11caad91cbbb4p-10, 0x1.1ceef267591acp-11,
    0x1.2e8757a488a72p-12, 0x1.473cd054022f8p-13, 0x1.668b4d647de74p-14, 0x1.8e2928951eff6p-15,
    0x1.c0736c415ebbap-16, 0x1.fd9575bcdef6ep-17, 0x1.22f90890eb81fp-17, 0x1.5e1fbed8104aap-3,
  },
  /* c3 */
  {
    -0x1.1c03e359e44c7p-5, -0x1.c24dc94180aa8p-7, -0x1.607aa9c0df3abp-8, -0x1.13ad5306317a1p-9,
    -0x1.b4b03569eecd9p-11, -0x1.603ed0b2bfd13p-12, -0x1.239bc4da0db32p-13, -0x1.edd84171a3241p-15,
    -0x1.abd21f32bc747p-16, -0x1.7af1bbcf3cf78p-17, -0x1.54e178510501dp-18, -0x1.37d5a0d7d3531p-19,
    -0x1.2279c55391fe8p-20, -0x1.11a8d9b984404p-21, -0x1.03741815b493dp-22, -0x1.5b6a6e2702d37p-4,
  },
  /* c4 */
  {
    0x1.b8e1d1e0c506fp-7, 0x1.2d09da8394a39p-8, 0x1.8f1fa997ede38p-10, 0x1.0489b99dac614p-11,
    0x1.54e2e78104534p-13, 0x1.c326cdff76121p-15, 0x1.31a86c08a6588p-16, 0x1.a74f6c24045bdp-18,
    0x1.2c41f5a01b447p-19, 0x1.b49a35ce58d7p-21, 0x1.42f8707895b18p-22, 0x1.e74c67adf6d6p-24,
    0x1.77b0cb6f34ca9p-25, 0x1.25988a8ba8151p-26, 0x1.ce56f39030433p-28, 0x1.334b56302fd37p-5,
  },
  /* c5 */
  {
    -0x1.3bc5574ecba2p-8, -0x1.787cac693b67fp-10, -0x1.ac70d1e48d66fp-12, -0x1.d8af62394477p-14,
    -0x1.0226b3df0b835p-15, -0x1.1ab0f8f8641ep-17, -0x1.3b8447de96092p-19, -0x1.6705bb9885123p-21,
    -0x1.a2664b3c3f82bp-23, -0x1.f486ec601d1aep-25, -0x1.30f505a8f7609p-26, -0x1.7bdafa2520a23p-28,
    -0x1.e51ef339733ap-30, -0x1.3aa234ca26ed9p-31, -0x1.9b9f18de5cdd3p-33, -0x1.ef4066d24de0ap-7,
  },
  /* c6 */
  {
    0x1.a654bcf4223ap-10, 0x1.bc41c933945c8p-12, 0x1.b69a3f263c669p-14, 0x1.9d1f55e926ba3p-16,
    0x1.7c259010a5acbp-18, 0x1.5b0dba41d8a5ep-20, 0x1.40f1d84b74017p-22, 0x1.2d60fff757abp-24,
    0x1.21709d25eb004p-26, 0x1.1d7f1bcb97cfbp-28, 0x1.1ef9c78cb335ep-30, 0x1.2769f31d35c6ap-32,
    0x1.38b5d016ebae9p-34, 0x1.50cdf03aa141cp-36, 0x1.6e2f7096ac7a9p-38, 0x1.7105b837552a4p-8,
  },
  /* c7 */
  {
    -0x1.0a0293f384358p-11, -0x1.f1ee2365327fbp-14, -0x1.ae3c02b1a326cp-16, -0x1.5cf5237076c05p-18,
    -0x1.10a5d33d05b5fp-20, -0x1.a1d6b8deb493ep-23, -0x1.41e3a53cb973ep-25, -0x1.f4f1837c60a91p-28,
    -0x1.8daa52e10705fp-30, -0x1.441cdb266dc62p-32, -0x1.0d26b50750c6p-34, -0x1.ca6d2f492a817p-37,
    -0x1.9280f12f4383ap-39, -0x1.682377eb5720fp-41, -0x1.4583c35e8948bp-43, -0x1.010131d56e0dp-9,
  },
  /* c8 */
  {
    0x1.3dc24e20346fp-13, 0x1.0a72bcf85e669p-15, 0x1.95f20882a8356p-18, 0x1.1d9eeed4e187dp-20,
    0x1.7d97b6d50f90cp-23, 0x1.edd0fe85be61ap-26, 0x1.3e7a78bc761fap-28, 0x1.9c4bb3415619ep-31,
    0x1.0f5009e1be006p-33, 0x1.6e323755d325p-36, 0x1.f732500a8fb36p-39, 0x1.62e18603cab5bp-41,
    0x1.02a117654298p-43, 0x1.80aa50c4a3d67p-46, 0x1.2123eea7cc70dp-48, 0x1.5156b4e9b12afp-11,
  },
  /* c9 */
  {
    -0x1.69def37e749f5p-15, -0x1.11741678e1853p-17, -0x1.719cdf557682bp-20, -0x1.c612d9acc673dp-23,
    -0x1.04eb8c9a2986cp-25, -0x1.1eaff58301be5p-28, -0x1.36ff7e3d205c6p-31, -0x1.50222d7050e72p-34,
    -0x1.6fbb00e31d08p-37, -0x1.9bcb23a9c6d1p-40, -0x1.d4d625d4a12adp-43, -0x1.1219177b4af5cp-45,
    -0x1.4bd6bb708387ep-48, -0x1.9a68cd1cf54fcp-51, -0x1.00a25362aaf49p-53, -0x1.a3ee38ed720aap-13,
  },
  /* c10 */
  {
    0x1.8a8e0bcc3e09cp-17, 0x1.0e06a66dd473dp-19, 0x1.458ae1fd9bce5p-22, 0x1.5f17b501cda96p-25,
    0x1.5cf63f8a78d6bp-28, 0x1.472898afe7618p-31, 0x1.2bbdd2e156ca5p-34, 0x1.0f66bff44edaap-37,
    0x1.eeea58c9097f9p-41, 0x1.ccb8297447a92p-44, 0x1.b338c11cb2d06p-47, 0x1.a647c4aa7c81ap-50,
    0x1.a8f04d50c3eb8p-53, 0x1.b53ce9dabd42p-56, 0x1.c70eb6e02d8c5p-59, 0x1.f247afa21947ap-15,
  },
  /* c11 */
  {
    -0x1.9d853d00de7cep-19, -0x1.0170efdfd19eap-21, -0x1.16303a4f6e919p-24, -0x1.08b6063256d92p-27,
    -0x1.c95df83af769ep-31, -0x1.6f83e06a07895p-34, -0x1.1d8b03d96ed1ap-37, -0x1.b294cb62a4229p-41,
    -0x1.4b0cf28ee0c63p-44, -0x1.00ad402d60563p-47, -0x1.92d01cd173111p-51, -0x1.4492114a20ef1p-54,
    -0x1.0fba22762143ap-57, -0x1.d18688e908b34p-61, -0x1.93460a5c11839p-64, -0x1.1b0f32cc31e52p-16,
  },
  /* c12 */
  {
    0x1.a9142f094f39ep-21, 0x1.e4f5447083881p-24, 0x1.d933417a4057fp-27, 0x1.9046bd0f8c6eep-30,
    0x1.2ea5de0aa63b4p-33, 0x1.a37cde0aeb1fp-37, 0x1.15a9557012e1cp-40, 0x1.64726a40094c6p-44,
    0x1.c6dedfab49bbfp-48, 0x1.26266b1147c0ep-51, 0x1.7fefbf6082eb8p-55, 0x1.0112ba8745b3bp-58,
    0x1.65f86fdf009b7p-62, 0x1.fe4a27ab56edfp-66, 0x1.6ff473e7833f1p-69, 0x1.395ea82171e14p-18,
  },
  /* c13 */
  {
    -0x1.9cd32e9823f4ep-23, -0x1.b015f6da4300dp-26, -0x1.7c09ca3ff192dp-29, -0x1.1e551c2273b44p-32,
    -0x1.7b81aeefd2d7bp-36, -0x1.c8681fc09f658p-40, -0x1.0121eedc776c3p-43, -0x1.17827189af00cp-47,
    -0x1.2c2b017dbe7c2p-51, -0x1.43ffcf0591e09p-55, -0x1.636ae79171b47p-59, -0x1.8ea555faa64bcp-63,
    -0x1.ca5260beba941p-67, -0x1.0e19a62b11e36p-70, -0x1.45f7ba062a44p-74, -0x1.47dd9cd93d93fp-20,
  },
};

/* gelu_tanh: x / (1 + exp(-x (K + C x^2))), K and C as pairs */
#define FA_F64_GELU_TANH_K 0x1.9884533d43651p+0
#define FA_F64_GELU_TANH_K_LOW -0x1.cbc0d30ebfd15p-54
#define FA_F64_GELU_TANH_C 0x1.2444f2a4d8b4bp-4
#define FA_F64_GELU_TANH_C_LOW -0x1.6c843a29d1c7p-61

/* 2 atanh(z), z^2 <= 0.0345, is 2z + ATANH3 z^3 + ...: degree 15, relative error 2^-57.6 */
#define FA_F64_ATANH3 0x1.5555555555612p-1
#define FA_F64_ATANH5 0x1.9999999955a97p-2
#define FA_F64_ATANH7 0x1.24924966b2441p-2
#define FA_F64_ATANH9 0x1.c71c34d6334dap-3
#define FA_F64_ATANH11 0x1.746c12c4de096p-3
#define FA_F64_ATANH13 0x1.390ffadacdbcep-3
#define FA_F64_ATANH15 0x1.34913f7b0a0c6p-3

/* 1023 - exponent field: by its low four bits, by the next four, by the rest (the sign is no part of it) */
static const FA_ALIGNED double fa_f64_exponent[16] = {
  0x0p+0, -0x1p+0, -0x1p+1, -0x1.8p+1,
  -0x1p+2, -0x1.4p+2, -0x1.8p+2, -0x1.cp+2,
  -0x1p+3, -0x1.2p+3, -0x1.4p+3, -0x1.6p+3,
  -0x1.8p+3, -0x1.ap+3, -0x1.cp+3, -0x1.ep+3,
};
static const FA_ALIGNED double fa_f64_exponent16[16] = {
  0x0p+0, -0x1p+4, -0x1p+5, -0x1.8p+5,
  -0x1p+6, -0x1.4p+6, -0x1.8p+6, -0x1.cp+6,
  -0x1p+7, -0x1.2p+7, -0x1.4p+7, -0x1.6p+7,
  -0x1.8p+7, -0x1.ap+7, -0x1.cp+7, -0x1.ep+7,
};
static const FA_ALIGNED double fa_f64_exponent256[16] = {
  0x1.ff8p+9, 0x1.7f8p+9, 0x1.ffp+8, 0x1.fep+7,
  -0x1p+0, -0x1.01p+8, -0x1.008p+9, -0x1.808p+9,
  0x1.ff8p+9, 0x1.7f8p+9, 0x1.ffp+8, 0x1.fep+7,
  -0x1p+0, -0x1.01p+8, -0x1.008p+9, -0x1.808p+9,
};

/* (a - tanh a)/a^3, a <= 3/8, is 1/3 + TANH_SHRINK1 a^2 + ...: degree 18, relative error 2^-60.6 */
#define FA_F64_THIRD 0x1.5555555555555p-2
#define FA_F64_THIRD_LOW 0x1.5555555555555p-56
#define FA_F64_TANH_SHRINK1 -0x1.111111111110bp-3
#define FA_F64_TANH_SHRINK2 0x1.ba1ba1ba19f0bp-5
#define FA_F64_TANH_SHRINK3 -0x1.664f488174445p-6
#define FA_F64_TANH_SHRINK4 0x1.226e34e0e9e4p-7
#define FA_F64_TANH_SHRINK5 -0x1.d6d39b3d0cbcap-9
#define FA_F64_TANH_SHRINK6 0x1.7d9c72e0f5dd2p-10
#define FA_F64_TANH_SHRINK7 -0x1.34c9a9dac1f85p-11
#define FA_F64_TANH_SHRINK8 0x1.e793afeb0ba85p-13
#define FA_F64_TANH_SHRINK9 -0x1.33c10f8559c44p-14

/* selu's scale and scale alpha, 1/6: the first part is cut off, not rounded: the second has its sign */
#define FA_F64_SELU_SCALE 0x1.0cfabd6a91132p+0
#define FA_F64_SELU_SCALE_LOW 0x1.6fc7d272f2696p-55
#define FA_F64_SELU_SCALE_ALPHA 0x1.c212cc640f031p+0
#define FA_F64_SELU_SCALE_ALPHA_LOW 0x1.05161b045a1f1p-56
#define FA_F64_SIXTH 0x1.5555555555555p-3
#define FA_F64_SIXTH_LOW 0x1.5555555555555p-57

#endif
