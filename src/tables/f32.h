/* Constants of math/f32.h and of the float32 formulas; written by tools/derive/f32.py. */
#ifndef FASTACT_TABLES_F32_H
#define FASTACT_TABLES_F32_H
#include "simd/functions.h"

/* exp: x = n ln2 + r; LN2_HIGH has 15 bits, so n * LN2_HIGH is exact */
#define FA_F32_LOG2E 0x1.715476p+0f
#define FA_F32_LN2_HIGH 0x1.62e4p-1f
#define FA_F32_LN2_LOW 0x1.7f7d1cp-20f
#define FA_F32_LN2 0x1.62e43p-1f

/* exp(r), |r| <= ln2/2, is 1 + r + EXP2 r^2 + ...: degree 6, relative error 2^-28.1 */
#define FA_F32_EXP2 0x1.fffffap-2f
#define FA_F32_EXP3 0x1.55548ep-3f
#define FA_F32_EXP4 0x1.55595ap-5f
#define FA_F32_EXP5 0x1.123bf4p-7f
#define FA_F32_EXP6 0x1.6a39aap-10f

/* with n in sixteenths, |r| <= ln2/32: degree 3, relative error 2^-27.7 */
#define FA_F32_EXP16_2 0x1.000148p-1f
#define FA_F32_EXP16_3 0x1.5555acp-3f

/* tanh a, a >= 0, by half-binades of b = a + 0.75: slot = low 3 bits of bits(b) >> 22, d = a - centre; relative error 2^-25.0. The rows stand twice (f32_look8) */
static const FA_ALIGNED float fa_f32_tanh[9][16] = {
  /* centre */
  {
    0x1.c049p+0f, 0x1.6029cp+1f, 0x1.0fec4p+2f, 0x1.90028p+2f,
    0x1.03af7ap+3f, 0x0p+0f, 0x1.ffee8p-2f, 0x1.ffab8p-1f,
    0x1.c049p+0f, 0x1.6029cp+1f, 0x1.0fec4p+2f, 0x1.90028p+2f,
    0x1.03af7ap+3f, 0x0p+0f, 0x1.ffee8p-2f, 0x1.ffab8p-1f,
  },
  /* c0 */
  {
    0x1.e20c92p-1f, 0x1.fbd7bep-1f, 0x1.ffca8cp-1f, 0x1.ffff06p-1f,
    0x1.fffffap-1f, 0x0p+0f, 0x1.d9277ap-2f, 0x1.85cc2ap-1f,
    0x1.e20c92p-1f, 0x1.fbd7bep-1f, 0x1.ffca8cp-1f, 0x1.ffff06p-1f,
    0x1.fffffap-1f, 0x0p+0f, 0x1.d9277ap-2f, 0x1.85cc2ap-1f,
  },
  /* c1 */
  {
    0x1.d132a8p-4f, 0x1.08fbfcp-6f, 0x1.ab8ce6p-11f, 0x1.f4034ep-17f,
    0x1.7fe96cp-22f, 0x1p+0f, 0x1.92afa4p-1f, 0x1.ae79e6p-2f,
    0x1.d132a8p-4f, 0x1.08fbfcp-6f, 0x1.ab8ce6p-11f, 0x1.f4034ep-17f,
    0x1.7fe96cp-22f, 0x1p+0f, 0x1.92afa4p-1f, 0x1.ae79e6p-2f,
  },
  /* c2 */
  {
    -0x1.b5f892p-4f, -0x1.06d52ep-6f, -0x1.abbb7ap-11f, -0x1.f47546p-17f,
    -0x1.801194p-22f, 0x0p+0f, -0x1.74222ep-2f, -0x1.47bb62p-2f,
    -0x1.b5f892p-4f, -0x1.06d52ep-6f, -0x1.abbb7ap-11f, -0x1.f47546p-17f,
    -0x1.801194p-22f, 0x0p+0f, -0x1.74222ep-2f, -0x1.47bb62p-2f,
  },
  /* c3 */
  {
    0x1.0149c6p-4f, 0x1.58bd12p-7f, 0x1.1cd114p-11f, 0x1.4d8636p-17f,
    0x1.ff7f32p-23f, -0x1.555516p-2f, -0x1.820afep-4f, 0x1.a812bap-4f,
    0x1.0149c6p-4f, 0x1.58bd12p-7f, 0x1.1cd114p-11f, 0x1.4d8636p-17f,
    0x1.ff7f32p-23f, -0x1.555516p-2f, -0x1.820afep-4f, 0x1.a812bap-4f,
  },
  /* c4 */
  {
    -0x1.821844p-6f, -0x1.4d6fdcp-8f, -0x1.18c898p-12f, -0x1.490676p-18f,
    -0x1.fba906p-24f, 0x0p+0f, 0x1.513172p-3f, 0x1.c908d2p-6f,
    -0x1.821844p-6f, -0x1.4d6fdcp-8f, -0x1.18c898p-12f, -0x1.490676p-18f,
    -0x1.fba906p-24f, 0x0p+0f, 0x1.513172p-3f, 0x1.c908d2p-6f,
  },
  /* c5 */
  {
    0x1.e9b554p-9f, 0x1.f21d38p-10f, 0x1.c19b54p-14f, 0x1.08146p-19f,
    0x1.9cbf9ep-25f, 0x1.10e0fp-3f, -0x1.bb5caap-6f, -0x1.7c33f2p-5f,
    0x1.e9b554p-9f, 0x1.f21d38p-10f, 0x1.c19b54p-14f, 0x1.08146p-19f,
    0x1.9cbf9ep-25f, 0x1.10e0fp-3f, -0x1.bb5caap-6f, -0x1.7c33f2p-5f,
  },
  /* c6 */
  {
    0x1.397ae6p-9f, -0x1.1da6cap-11f, -0x1.578f04p-15f, -0x1.99862cp-21f,
    -0x1.31acdcp-26f, 0x0p+0f, -0x1.948c9cp-5f, 0x1.27bd38p-6f,
    0x1.397ae6p-9f, -0x1.1da6cap-11f, -0x1.578f04p-15f, -0x1.99862cp-21f,
    -0x1.31acdcp-26f, 0x0p+0f, -0x1.948c9cp-5f, 0x1.27bd38p-6f,
  },
  /* c7 */
  {
    -0x1.0cf556p-9f, 0x1.a6ffa4p-14f, 0x1.7a12d8p-17f, 0x1.cbea48p-23f,
    0x1.33dac2p-28f, -0x1.a53e42p-5f, 0x1.ae04dp-6f, 0x1.8a247ap-9f,
    -0x1.0cf556p-9f, 0x1.a6ffa4p-14f, 0x1.7a12d8p-17f, 0x1.cbea48p-23f,
    0x1.33dac2p-28f, -0x1.a53e42p-5f, 0x1.ae04dp-6f, 0x1.8a247ap-9f,
  },
};

/* (a - tanh a)/a^3, in the intervals of tanh; relative error 2^-25.3 */
static const FA_ALIGNED float fa_f32_tanh_shrink[10][16] = {
  /* centre */
  {
    0x1.bffbcp+0f, 0x1.5ffeep+1f, 0x1.0ffa2p+2f, 0x1.90296p+2f,
    0x1.0591bap+3f, 0x1.ff7ecp-4f, 0x1.0007cp-1f, 0x1.ffdf8p-1f,
    0x1.bffbcp+0f, 0x1.5ffeep+1f, 0x1.0ffa2p+2f, 0x1.90296p+2f,
    0x1.0591bap+3f, 0x1.ff7ecp-4f, 0x1.0007cp-1f, 0x1.ffdf8p-1f,
  },
  /* c0 */
  {
    0x1.3503fp-3f, 0x1.5a46d8p-4f, 0x1.5aea36p-5f, 0x1.601088p-6f,
    0x1.ae6e58p-7f, 0x1.5337b2p-2f, 0x1.36546p-2f, 0x1.e852e6p-3f,
    0x1.3503fp-3f, 0x1.5a46d8p-4f, 0x1.5aea36p-5f, 0x1.601088p-6f,
    0x1.ae6e58p-7f, 0x1.5337b2p-2f, 0x1.36546p-2f, 0x1.e852e6p-3f,
  },
  /* c1 */
  {
    -0x1.7e2bacp-4f, -0x1.6ffd62p-5f, -0x1.147e96p-6f, -0x1.9795a8p-8f,
    -0x1.87e7f2p-9f, -0x1.0d62d2p-5f, -0x1.c26c46p-4f, -0x1.14e22p-3f,
    -0x1.7e2bacp-4f, -0x1.6ffd62p-5f, -0x1.147e96p-6f, -0x1.9795a8p-8f,
    -0x1.87e7f2p-9f, -0x1.0d62d2p-5f, -0x1.c26c46p-4f, -0x1.14e22p-3f,
  },
  /* c2 */
  {
    0x1.073a06p-5f, 0x1.0a172p-6f, 0x1.406ba2p-8f, 0x1.5dfea8p-10f,
    0x1.0a1ec2p-11f, -0x1.06e2fcp-3f, -0x1.1cd988p-4f, 0x1.4db212p-7f,
    0x1.073a06p-5f, 0x1.0a172p-6f, 0x1.406ba2p-8f, 0x1.5dfea8p-10f,
    0x1.0a1ec2p-11f, -0x1.06e2fcp-3f, -0x1.1cd988p-4f, 0x1.4db212p-7f,
  },
  /* c3 */
  {
    -0x1.d541bep-9f, -0x1.24ecaap-8f, -0x1.3c64fap-10f, -0x1.0781acp-12f,
    -0x1.3f26acp-14f, 0x1.abf5dcp-6f, 0x1.0e182ap-4f, 0x1.0e083cp-5f,
    -0x1.d541bep-9f, -0x1.24ecaap-8f, -0x1.3c64fap-10f, -0x1.0781acp-12f,
    -0x1.3f26acp-14f, 0x1.abf5dcp-6f, 0x1.0e182ap-4f, 0x1.0e083cp-5f,
  },
  /* c4 */
  {
    -0x1.d03a12p-9f, 0x1.b7ab66p-11f, 0x1.141318p-12f, 0x1.6d998ep-15f,
    0x1.640c4ap-17f, 0x1.916a02p-5f, 0x1.4cd118p-10f, -0x1.67fbdap-6f,
    -0x1.d03a12p-9f, 0x1.b7ab66p-11f, 0x1.141318p-12f, 0x1.6d998ep-15f,
    0x1.640c4ap-17f, 0x1.916a02p-5f, 0x1.4cd118p-10f, -0x1.67fbdap-6f,
  },
  /* c5 */
  {
    0x1.7c649ap-9f, -0x1.eb46dep-17f, -0x1.a85ecap-15f, -0x1.dc013cp-18f,
    -0x1.79b03p-20f, -0x1.fa1808p-7f, -0x1.9511d2p-6f, 0x1.9f4e1ap-9f,
    0x1.7c649ap-9f, -0x1.eb46dep-17f, -0x1.a85ecap-15f, -0x1.dc013cp-18f,
    -0x1.79b03p-20f, -0x1.fa1808p-7f, -0x1.9511d2p-6f, 0x1.9f4e1ap-9f,
  },
  /* c6 */
  {
    -0x1.38c78p-10f, -0x1.3f3552p-14f, 0x1.1049a4p-17f, 0x1.25119ep-20f,
    0x1.815906p-23f, -0x1.29cddcp-6f, 0x1.1a6646p-7f, 0x1.27a48ep-8f,
    -0x1.38c78p-10f, -0x1.3f3552p-14f, 0x1.1049a4p-17f, 0x1.25119ep-20f,
    0x1.815906p-23f, -0x1.29cddcp-6f, 0x1.1a6646p-7f, 0x1.27a48ep-8f,
  },
  /* c7 */
  {
    0x1.7ac01ep-13f, 0x1.7f5b6ap-15f, -0x1.8ee4ccp-21f, -0x1.608862p-23f,
    -0x1.85dc9ep-26f, 0x1.035022p-7f, 0x1.8185e8p-8f, -0x1.c1949ep-9f,
    0x1.7ac01ep-13f, 0x1.7f5b6ap-15f, -0x1.8ee4ccp-21f, -0x1.608862p-23f,
    -0x1.85dc9ep-26f, 0x1.035022p-7f, 0x1.8185e8p-8f, -0x1.c1949ep-9f,
  },
  /* c8 */
  {
    0x1.71c946p-14f, -0x1.11ae6p-16f, -0x1.3a41f4p-24f, 0x1.753bb6p-26f,
    0x1.6f77eep-29f, 0x1.a494f6p-8f, -0x1.4accdep-8f, 0x1.56fdc2p-11f,
    0x1.71c946p-14f, -0x1.11ae6p-16f, -0x1.3a41f4p-24f, 0x1.753bb6p-26f,
    0x1.6f77eep-29f, 0x1.a494f6p-8f, -0x1.4accdep-8f, 0x1.56fdc2p-11f,
  },
};

/* (tanh a / a)^2 up to 3/4, then tanh^2 a, in the intervals of tanh; relative error 2^-26.3 */
static const FA_ALIGNED float fa_f32_tanh_squared[10][16] = {
  /* centre */
  {
    0x1.bfffep+0f, 0x1.5fff2p+1f, 0x1.1009p+2f, 0x1.8fe24p+2f,
    0x1.06985ap+3f, 0x1.fffb8p-4f, 0x1.0010ap-1f, 0x1.000ecp+0f,
    0x1.bfffep+0f, 0x1.5fff2p+1f, 0x1.1009p+2f, 0x1.8fe24p+2f,
    0x1.06985ap+3f, 0x1.fffb8p-4f, 0x1.0010ap-1f, 0x1.000ecp+0f,
  },
  /* c0 */
  {
    0x1.c5ba5ep-1f, 0x1.f7b2a6p-1f, 0x1.ff957cp-1f, 0x1.fffe0ap-1f,
    0x1.fffff6p-1f, 0x1.fab6cp-1f, 0x1.b5526cp-1f, 0x1.290bfep-1f,
    0x1.c5ba5ep-1f, 0x1.f7b2a6p-1f, 0x1.ff957cp-1f, 0x1.fffe0ap-1f,
    0x1.fffff6p-1f, 0x1.fab6cp-1f, 0x1.b5526cp-1f, 0x1.290bfep-1f,
  },
  /* c1 */
  {
    0x1.b6d8bp-3f, 0x1.07819cp-5f, 0x1.a9e176p-10f, 0x1.f5fb4ep-16f,
    0x1.400eaep-21f, -0x1.4f59dp-3f, -0x1.04d6d2p-1f, 0x1.47746cp-1f,
    0x1.b6d8bp-3f, 0x1.07819cp-5f, 0x1.a9e176p-10f, 0x1.f5fb4ep-16f,
    0x1.400eaep-21f, -0x1.4f59dp-3f, -0x1.04d6d2p-1f, 0x1.47746cp-1f,
  },
  /* c2 */
  {
    -0x1.82972p-3f, -0x1.03350ep-5f, -0x1.a98a26p-10f, -0x1.f5fb32p-16f,
    -0x1.400d6p-21f, -0x1.4390a2p-1f, -0x1.fd5d28p-3f, -0x1.3e5976p-2f,
    -0x1.82972p-3f, -0x1.03350ep-5f, -0x1.a98a26p-10f, -0x1.f5fb32p-16f,
    -0x1.400d6p-21f, -0x1.4390a2p-1f, -0x1.fd5d28p-3f, -0x1.3e5976p-2f,
  },
  /* c3 */
  {
    0x1.815c0ep-4f, 0x1.4e3e64p-6f, 0x1.1b58dap-10f, 0x1.4ed3e4p-16f,
    0x1.aae356p-22f, 0x1.736c2p-3f, 0x1.97ba4p-2f, -0x1.c52ecep-4f,
    0x1.815c0ep-4f, 0x1.4e3e64p-6f, 0x1.1b58dap-10f, 0x1.4ed3e4p-16f,
    0x1.aae356p-22f, 0x1.736c2p-3f, 0x1.97ba4p-2f, -0x1.c52ecep-4f,
  },
  /* c4 */
  {
    -0x1.2eef7p-6f, -0x1.37d5e6p-7f, -0x1.1a5d5cp-11f, -0x1.4ebc0ap-17f,
    -0x1.ab09dap-23f, 0x1.55471cp-2f, -0x1.b2173ap-5f, 0x1.d9ee8ap-3f,
    -0x1.2eef7p-6f, -0x1.37d5e6p-7f, -0x1.1a5d5cp-11f, -0x1.4ebc0ap-17f,
    -0x1.ab09dap-23f, 0x1.55471cp-2f, -0x1.b2173ap-5f, 0x1.d9ee8ap-3f,
  },
  /* c5 */
  {
    -0x1.86f072p-7f, 0x1.ad838ap-9f, 0x1.bd7ed2p-13f, 0x1.091c68p-18f,
    0x1.53110ap-24f, -0x1.19277ep-3f, -0x1.600baep-3f, -0x1.d114acp-4f,
    -0x1.86f072p-7f, 0x1.ad838ap-9f, 0x1.bd7ed2p-13f, 0x1.091c68p-18f,
    0x1.53110ap-24f, -0x1.19277ep-3f, -0x1.600baep-3f, -0x1.d114acp-4f,
  },
  /* c6 */
  {
    0x1.bfecbep-7f, -0x1.87f99p-11f, -0x1.2610eap-14f, -0x1.625ce6p-20f,
    -0x1.c1520cp-26f, -0x1.4076d4p-3f, 0x1.926f42p-4f, -0x1.17f0cap-6f,
    0x1.bfecbep-7f, -0x1.87f99p-11f, -0x1.2610eap-14f, -0x1.625ce6p-20f,
    -0x1.c1520cp-26f, -0x1.4076d4p-3f, 0x1.926f42p-4f, -0x1.17f0cap-6f,
  },
  /* c7 */
  {
    -0x1.b6dc38p-8f, -0x1.ad111cp-18f, 0x1.6b22acp-16f, 0x1.cd3e26p-22f,
    0x1.20ed3cp-27f, 0x1.5d8bap-4f, 0x1.3cd3ecp-5f, 0x1.c0106cp-5f,
    -0x1.b6dc38p-8f, -0x1.ad111cp-18f, 0x1.6b22acp-16f, 0x1.cd3e26p-22f,
    0x1.20ed3cp-27f, 0x1.5d8bap-4f, 0x1.3cd3ecp-5f, 0x1.c0106cp-5f,
  },
  /* c8 */
  {
    0x1.63be4ap-10f, 0x1.8f435p-14f, -0x1.4c4b6cp-18f, -0x1.c4ccp-24f,
    -0x1.3042a6p-29f, 0x1.0ebf2cp-4f, -0x1.ccc0aap-5f, -0x1.c33d2ap-6f,
    0x1.63be4ap-10f, 0x1.8f435p-14f, -0x1.4c4b6cp-18f, -0x1.c4ccp-24f,
    -0x1.3042a6p-29f, 0x1.0ebf2cp-4f, -0x1.ccc0aap-5f, -0x1.c33d2ap-6f,
  },
};

/* tanh(a)/a up to 5/4, then tanh a, in the intervals of tanh; relative error 2^-28.1 */
static const FA_ALIGNED float fa_f32_softcap[10][16] = {
  /* centre */
  {
    0x1.c003cp+0f, 0x1.6029cp+1f, 0x1.101f2p+2f, 0x1.9003p+2f,
    0x1.03af9ap+3f, 0x1.001dcp-3f, 0x1.0001cp-1f, 0x1.0000ap+0f,
    0x1.c003cp+0f, 0x1.6029cp+1f, 0x1.101f2p+2f, 0x1.9003p+2f,
    0x1.03af9ap+3f, 0x1.001dcp-3f, 0x1.0001cp-1f, 0x1.0000ap+0f,
  },
  /* c0 */
  {
    0x1.e1fcd4p-1f, 0x1.fbd7bep-1f, 0x1.ffcaep-1f, 0x1.ffff06p-1f,
    0x1.fffffap-1f, 0x1.fd58f6p-1f, 0x1.d934c2p-1f, 0x1.85ef3ep-1f,
    0x1.e1fcd4p-1f, 0x1.fbd7bep-1f, 0x1.ffcaep-1f, 0x1.ffff06p-1f,
    0x1.fffffap-1f, 0x1.fd58f6p-1f, 0x1.d934c2p-1f, 0x1.85ef3ep-1f,
  },
  /* c1 */
  {
    0x1.d21fccp-4f, 0x1.08fbfcp-6f, 0x1.a8e756p-11f, 0x1.f3fb88p-17f,
    0x1.7fe0f4p-22f, -0x1.51418cp-4f, -0x1.1a3114p-2f, -0x1.5dd17ap-2f,
    0x1.d21fccp-4f, 0x1.08fbfcp-6f, 0x1.a8e756p-11f, 0x1.f3fb88p-17f,
    0x1.7fe0f4p-22f, -0x1.51418cp-4f, -0x1.1a3114p-2f, -0x1.5dd17ap-2f,
  },
  /* c2 */
  {
    -0x1.b6cd04p-4f, -0x1.06d52ep-6f, -0x1.a8bc66p-11f, -0x1.f3fc1cp-17f,
    -0x1.7fe4dp-22f, -0x1.48b8dap-2f, -0x1.67da3p-3f, 0x1.64b706p-6f,
    -0x1.b6cd04p-4f, -0x1.06d52ep-6f, -0x1.a8bc66p-11f, -0x1.f3fc1cp-17f,
    -0x1.7fe4dp-22f, -0x1.48b8dap-2f, -0x1.67da3p-3f, 0x1.64b706p-6f,
  },
  /* c3 */
  {
    0x1.01b318p-4f, 0x1.58bd14p-7f, 0x1.1b1072p-11f, 0x1.4d80a6p-17f,
    0x1.fffc08p-23f, 0x1.08b1fcp-4f, 0x1.4de1c8p-3f, 0x1.4f2fdap-4f,
    0x1.01b318p-4f, 0x1.58bd14p-7f, 0x1.1b1072p-11f, 0x1.4d80a6p-17f,
    0x1.fffc08p-23f, 0x1.08b1fcp-4f, 0x1.4de1c8p-3f, 0x1.4f2fdap-4f,
  },
  /* c4 */
  {
    -0x1.81551ep-6f, -0x1.4d6f5ep-8f, -0x1.1a8eb2p-12f, -0x1.4d6ecap-18f,
    -0x1.ff9014p-24f, 0x1.efc818p-4f, 0x1.af7dfap-9f, -0x1.bb5eaap-5f,
    -0x1.81551ep-6f, -0x1.4d6f5ep-8f, -0x1.1a8eb2p-12f, -0x1.4d6ecap-18f,
    -0x1.ff9014p-24f, 0x1.efc818p-4f, 0x1.af7dfap-9f, -0x1.bb5eaap-5f,
  },
  /* c5 */
  {
    0x1.e6ded6p-9f, 0x1.f21d1ap-10f, 0x1.beaf44p-14f, 0x1.08139ap-19f,
    0x1.97024ap-25f, -0x1.38a05ap-5f, -0x1.f3f294p-5f, 0x1.ff8f1ep-8f,
    0x1.e6ded6p-9f, 0x1.f21d1ap-10f, 0x1.beaf44p-14f, 0x1.08139ap-19f,
    0x1.97024ap-25f, -0x1.38a05ap-5f, -0x1.f3f294p-5f, 0x1.ff8f1ep-8f,
  },
  /* c6 */
  {
    0x1.040cc8p-9f, -0x1.1dbff8p-11f, -0x1.288b04p-15f, -0x1.60d33ep-21f,
    -0x1.130794p-26f, -0x1.6f427ap-5f, 0x1.5c3af8p-6f, 0x1.6c3b9p-7f,
    0x1.040cc8p-9f, -0x1.1dbff8p-11f, -0x1.288b04p-15f, -0x1.60d33ep-21f,
    -0x1.130794p-26f, -0x1.6f427ap-5f, 0x1.5c3af8p-6f, 0x1.6c3b9p-7f,
  },
  /* c7 */
  {
    -0x1.0b03eep-9f, 0x1.a704aep-14f, 0x1.78a618p-17f, 0x1.cbbf6ep-23f,
    0x1.5840f2p-28f, 0x1.404b3cp-6f, 0x1.dbce6p-7f, -0x1.152baap-7f,
    -0x1.0b03eep-9f, 0x1.a704aep-14f, 0x1.78a618p-17f, 0x1.cbbf6ep-23f,
    0x1.5840f2p-28f, 0x1.404b3cp-6f, 0x1.dbce6p-7f, -0x1.152baap-7f,
  },
  /* c8 */
  {
    0x1.ba948ep-11f, 0x1.92c02ap-22f, -0x1.67af04p-19f, -0x1.c56508p-25f,
    -0x1.3044bcp-30f, 0x1.037628p-6f, -0x1.980f14p-7f, 0x1.a5af14p-10f,
    0x1.ba948ep-11f, 0x1.92c02ap-22f, -0x1.67af04p-19f, -0x1.c56508p-25f,
    -0x1.3044bcp-30f, 0x1.037628p-6f, -0x1.980f14p-7f, 0x1.a5af14p-10f,
  },
};

/* a erfcx(a/sqrt2)/2 by quarter-binades of a+1: slot = low 4 bits of bits(a+1) >> 21, d = a - centre; relative error 2^-26.6 */
static const FA_ALIGNED float fa_f32_gelu[8][16] = {
  /* centre */
  {
    0x1.3fc5ap+0f, 0x1.c00a4p+0f, 0x1.201e2p+1f, 0x1.5fd54p+1f,
    0x1.bfb3cp+1f, 0x1.1ff6cp+2f, 0x1.5ff2cp+2f, 0x1.a0098p+2f,
    0x1.00542p+3f, 0x1.402aep+3f, 0x1.7feaap+3f, 0x1.c009ap+3f,
    0x0p+0f, 0x1.807c4p-2f, 0x1.402e8p-1f, 0x1.c0708p-1f,
  },
  /* c0 */
  {
    0x1.2749e6p-2f, 0x1.4bf1ap-2f, 0x1.620bc4p-2f, 0x1.701754p-2f,
    0x1.7d1c4ep-2f, 0x1.86c524p-2f, 0x1.8c2aaep-2f, 0x1.8f7742p-2f,
    0x1.926d48p-2f, 0x1.948d76p-2f, 0x1.95bc66p-2f, 0x1.9676cep-2f,
    0x0p+0f, 0x1.23cfaap-3f, 0x1.9e0a9ap-3f, 0x1.f59a7ap-3f,
  },
  /* c1 */
  {
    0x1.7bdc2p-4f, 0x1.bd341ap-5f, 0x1.15704p-5f, 0x1.6cbf6p-6f,
    0x1.a34a26p-7f, 0x1.bfe002p-8f, 0x1.07fea2p-8f, 0x1.4e8feap-9f,
    0x1.74ca3cp-10f, 0x1.8a5984p-11f, 0x1.d1470cp-12f, 0x1.27d554p-12f,
    0x1p-1f, 0x1.21fc9ap-2f, 0x1.9a13c6p-3f, 0x1.286d4ep-3f,
  },
  /* c2 */
  {
    -0x1.af56eap-5f, -0x1.bdfe38p-6f, -0x1.ee1634p-7f, -0x1.230b7p-7f,
    -0x1.1f77dp-8f, -0x1.006878p-9f, -0x1.0221bp-10f, -0x1.1c704ap-11f,
    -0x1.07e2dep-12f, -0x1.c796fap-14f, -0x1.c53116p-15f, -0x1.f13346p-16f,
    -0x1.988446p-2f, -0x1.a05714p-3f, -0x1.12c54p-3f, -0x1.733b92p-4f,
  },
  /* c3 */
  {
    0x1.90812p-6f, 0x1.72057ep-7f, 0x1.704fb8p-8f, 0x1.88535p-9f,
    0x1.50788ep-10f, 0x1.fa7046p-12f, 0x1.b6841p-13f, 0x1.a64562p-14f,
    0x1.47c1b6p-15f, 0x1.cfb6d4p-17f, 0x1.85df3ep-18f, 0x1.719dacp-19f,
    0x1.fff9fp-3f, 0x1.dbc0f2p-4f, 0x1.2785dep-4f, 0x1.781662p-5f,
  },
  /* c4 */
  {
    -0x1.44f1aap-7f, -0x1.0ed4fp-8f, -0x1.e87b06p-10f, -0x1.d9d476p-11f,
    -0x1.640532p-12f, -0x1.c80cb8p-14f, -0x1.55c274p-15f, -0x1.20e4fcp-16f,
    -0x1.78f4b8p-18f, -0x1.b6bceep-20f, -0x1.388322p-21f, -0x1.0065e6p-22f,
    -0x1.0fe92cp-3f, -0x1.d1c966p-5f, -0x1.11f3a8p-5f, -0x1.4a457cp-6f,
  },
  /* c5 */
  {
    0x1.e1e698p-9f, 0x1.6c672cp-10f, 0x1.2b46b2p-11f, 0x1.098e5cp-12f,
    0x1.65aeap-14f, 0x1.86b0ep-16f, 0x1.fb97f2p-18f, 0x1.792a38p-19f,
    0x1.a7d6bap-21f, 0x1.935c3cp-23f, 0x1.e51852p-25f, 0x1.57b2dep-26f,
    0x1.f1e134p-5f, 0x1.97693cp-6f, 0x1.c7a514p-7f, 0x1.053e94p-7f,
  },
  /* c6 */
  {
    -0x1.45d52ap-10f, -0x1.c2f944p-12f, -0x1.53efaap-13f, -0x1.1470acp-14f,
    -0x1.4aa172p-16f, -0x1.38738ap-18f, -0x1.62dcd4p-20f, -0x1.d339bcp-22f,
    -0x1.c1bfb2p-24f, -0x1.606682p-26f, -0x1.667328p-28f, -0x1.b9ba9ep-30f,
    -0x1.47fef4p-6f, -0x1.4570cep-7f, -0x1.5a31dap-8f, -0x1.7b03a6p-9f,
  },
};

/* gelu_tanh: x / (1 + exp(-K x (x^2 + C))), reduced modulo LN2 = ln2/K; n * LN2_HIGH is exact */
#define FA_F32_GELU_TANH_C_HIGH 0x1.65d25ep+4f
#define FA_F32_GELU_TANH_C_LOW 0x1.bb3dbp-21f
#define FA_F32_GELU_TANH_LN2_HIGH 0x1.36d8p+3f
#define FA_F32_GELU_TANH_LN2_LOW 0x1.d56d78p-13f
#define FA_F32_GELU_TANH_LOG2E 0x1.a5a7dp-4f
#define FA_F32_GELU_TANH_K 0x1.2444f2p-4f

/* exp(r), |r| <= ln2/2, of degree 7: relative error 2^-32.8 */
#define FA_F32_EXP7_2 0x1p-1f
#define FA_F32_EXP7_3 0x1.555556p-3f
#define FA_F32_EXP7_4 0x1.5554e4p-5f
#define FA_F32_EXP7_5 0x1.110feep-7f
#define FA_F32_EXP7_6 0x1.6d516p-10f
#define FA_F32_EXP7_7 0x1.a27408p-13f

/* log1p(e), 0 <= e <= 1, is e + LOG1P2 e^2 + ...: degree 10, relative error 2^-27.5 */
#define FA_F32_LOG1P2 -0x1.ffffd2p-2f
#define FA_F32_LOG1P3 0x1.554ddp-2f
#define FA_F32_LOG1P4 -0x1.ff23e6p-3f
#define FA_F32_LOG1P5 0x1.934b54p-3f
#define FA_F32_LOG1P6 -0x1.3a435ep-3f
#define FA_F32_LOG1P7 0x1.b4ae08p-4f
#define FA_F32_LOG1P8 -0x1.d6b08cp-5f
#define FA_F32_LOG1P9 0x1.4917cep-6f
#define FA_F32_LOG1P10 -0x1.af49cep-9f

/* 2 atanh(z), z^2 <= 0.0345, is 2z + ATANH3 z^3 + ...: degree 7, relative error 2^-29.2 */
#define FA_F32_ATANH3 0x1.555592p-1f
#define FA_F32_ATANH5 0x1.99474ep-2f
#define FA_F32_ATANH7 0x1.34585cp-2f

/* 127 - exponent field: by its low four bits, by the next four */
static const FA_ALIGNED float fa_f32_exponent[16] = {
  0x0p+0f, -0x1p+0f, -0x1p+1f, -0x1.8p+1f,
  -0x1p+2f, -0x1.4p+2f, -0x1.8p+2f, -0x1.cp+2f,
  -0x1p+3f, -0x1.2p+3f, -0x1.4p+3f, -0x1.6p+3f,
  -0x1.8p+3f, -0x1.ap+3f, -0x1.cp+3f, -0x1.ep+3f,
};
static const FA_ALIGNED float fa_f32_exponent16[16] = {
  0x1.fcp+6f, 0x1.bcp+6f, 0x1.7cp+6f, 0x1.3cp+6f,
  0x1.f8p+5f, 0x1.78p+5f, 0x1.fp+4f, 0x1.ep+3f,
  -0x1p+0f, -0x1.1p+4f, -0x1.08p+5f, -0x1.88p+5f,
  -0x1.04p+6f, -0x1.44p+6f, -0x1.84p+6f, -0x1.c4p+6f,
};

/* selu's scale and scale alpha, 1/6: the first part is cut off, not rounded: the second has its sign */
#define FA_F32_SELU_SCALE 0x1.0cfabcp+0f
#define FA_F32_SELU_SCALE_LOW 0x1.6a9114p-24f
#define FA_F32_SELU_SCALE_ALPHA 0x1.c212ccp+0f
#define FA_F32_SELU_SCALE_ALPHA_LOW 0x1.903c0cp-26f
#define FA_F32_SIXTH 0x1.555554p-3f
#define FA_F32_SIXTH_LOW 0x1.555556p-27f

#endif
