/* Constants of derivative_products.h and of the gradients; written by tools/derive/derivatives.py. */
#ifndef FASTACT_TABLES_GRAD_H
#define FASTACT_TABLES_GRAD_H
#include "simd/functions.h"

/* gelu_sigmoid: x sigma(1.702 x); gelu_tanh: x sigma(x (K + C x^2)); as pairs */
#define FA_F32_GELU_SIGMOID 0x1.b3b646p+0f
#define FA_F32_GELU_SIGMOID_LOW -0x1.78d4fep-26f
#define FA_F64_GELU_SIGMOID 0x1.b3b645a1cac08p+0
#define FA_F64_GELU_SIGMOID_LOW 0x1.89374bc6a7efap-55
#define FA_F32_DERIVATIVE_K 0x1.988454p+0f
#define FA_F32_DERIVATIVE_K_LOW -0x1.857936p-25f
#define FA_F32_DERIVATIVE_C 0x1.2444f2p-4f
#define FA_F32_DERIVATIVE_C_LOW 0x1.49b16ap-29f

/* gelu_sigmoid: e^(1.702 r), r reduced modulo ln2/1.702; n * LN2_HIGH is exact */
#define FA_F32_GELU_SIGMOID_LN2_HIGH 0x1.a108p-2f
#define FA_F32_GELU_SIGMOID_LN2_LOW -0x1.58979p-19f

/* e^r with n in sixteenths: n * LN2_HIGH is exact for |n| < 2^9; the relative error of 2^(j/16)'s rounding */
#define FA_F32_SIXTEENTHS_LN2_HIGH 0x1.63p-1f
#define FA_F32_SIXTEENTHS_LN2_LOW -0x1.bd0106p-13f
static const FA_ALIGNED float fa_f32_exp2_error[16] = {
  0x0p+0f, 0x1.8d96d4p-25f, -0x1.9c0c22p-27f, 0x1.964904p-25f,
  0x1.125002p-25f, 0x1.370be4p-25f, -0x1.0a355p-25f, -0x1.00d8acp-27f,
  0x1.26055cp-26f, -0x1.05cb44p-25f, 0x1.67a1cap-28f, 0x1.a3b5e4p-28f,
  -0x1.f9c304p-27f, -0x1.6961b4p-28f, -0x1.a5217cp-28f, 0x1.61428ep-28f,
};

/* gelu_grad: interval k covers 1 + STEP |x| */
#define FA_F32_GELU_GRAD_STEP 0x1.a9ap-1f

/* gelu'(-a) exp(a^2/2): d = a - centre; relative error 2^-28.9 */
static const FA_ALIGNED float fa_f32_gelu_grad[8][16] = {
  /* centre */
  {
    0x1.7d1516p+0f, 0x1.104e76p+1f, 0x1.58a5p+1f, 0x1.a8f00cp+1f,
    0x1.0ceb76p+2f, 0x1.5e226p+2f, 0x1.a738ccp+2f, 0x1.f29d56p+2f,
    0x1.36328cp+3f, 0x1.8025b6p+3f, 0x1.ce58c2p+3f, 0x1.1bad5ep+4f,
    0x1.375facp-3f, 0x1.cfc662p-2f, 0x1.80ea68p-1f, 0x1.09e3f6p+0f,
  },
  /* c0 */
  {
    -0x1.8c5784p-2f, -0x1.606458p-1f, -0x1.e1dcbep-1f, -0x1.3689d4p+0f,
    -0x1.9604f6p+0f, -0x1.0e5152p+1f, -0x1.4a2036p+1f, -0x1.8762bp+1f,
    -0x1.e9ca4p+1f, -0x1.30648ep+2f, -0x1.6f23f8p+2f, -0x1.c33f7p+2f,
    0x1.89404p-2f, 0x1.70265p-3f, 0x1.e38a0ap-20f, -0x1.4391bp-3f,
  },
  /* c1 */
  {
    -0x1.f5c7fp-2f, -0x1.d384cp-2f, -0x1.c2408ep-2f, -0x1.b66742p-2f,
    -0x1.ac8994p-2f, -0x1.a4fc1cp-2f, -0x1.a14808p-2f, -0x1.9ef074p-2f,
    -0x1.9cbb8p-2f, -0x1.9b4b6ap-2f, -0x1.9a7244p-2f, -0x1.99cde4p-2f,
    -0x1.75e69cp-1f, -0x1.44ef3ep-1f, -0x1.25127ep-1f, -0x1.10302cp-1f,
  },
  /* c2 */
  {
    0x1.23c71p-5f, 0x1.362edap-6f, 0x1.7d913ap-7f, 0x1.daabdcp-8f,
    0x1.0ab2b8p-8f, 0x1.0bafc8p-9f, 0x1.3f1536p-10f, 0x1.9348cap-11f,
    0x1.b00e84p-12f, 0x1.d07614p-13f, 0x1.0db064p-13f, 0x1.26a22ep-14f,
    0x1.93c6e2p-3f, 0x1.03c8dap-3f, 0x1.5b29dcp-4f, 0x1.e5a0bp-5f,
  },
  /* c3 */
  {
    -0x1.9fabdp-7f, -0x1.7ad966p-8f, -0x1.9ad9c2p-9f, -0x1.c13412p-10f,
    -0x1.ac6d42p-11f, -0x1.5e70e6p-12f, -0x1.646b1ap-13f, -0x1.8631fcp-14f,
    -0x1.569ffp-15f, -0x1.2d673p-16f, -0x1.2526c6p-17f, -0x1.068c76p-18f,
    -0x1.9b72ep-4f, -0x1.e6b97ep-5f, -0x1.2bad34p-5f, -0x1.845268p-6f,
  },
  /* c4 */
  {
    0x1.12292ep-8f, 0x1.b28f08p-10f, 0x1.a40be4p-11f, 0x1.97557cp-12f,
    0x1.4d1432p-13f, 0x1.bffbc6p-15f, 0x1.873fc6p-16f, 0x1.748c8cp-17f,
    0x1.0cf402p-18f, 0x1.84c4fap-20f, 0x1.3d35b2p-21f, 0x1.d2cafp-23f,
    0x1.7480acp-5f, 0x1.995d6p-6f, 0x1.d507fep-7f, 0x1.1bf9ccp-7f,
  },
  /* c5 */
  {
    -0x1.56f89p-10f, -0x1.dcd8f8p-12f, -0x1.9d68bep-13f, -0x1.65e1bcp-14f,
    -0x1.00992p-15f, -0x1.1c3d4p-17f, -0x1.ab1eb8p-19f, -0x1.61fafep-20f,
    -0x1.ace55ap-22f, -0x1.fa58c6p-24f, -0x1.59b484p-25f, -0x1.a7edcep-27f,
    -0x1.3425e6p-6f, -0x1.3cb81cp-7f, -0x1.53aaa6p-8f, -0x1.82c844p-9f,
  },
  /* c6 */
  {
    0x1.8b23c2p-12f, 0x1.03059ap-13f, 0x1.7cbe72p-15f, 0x1.33dd6cp-16f,
    0x1.786bc2p-18f, 0x1.75d066p-20f, 0x1.c6bc98p-22f, 0x1.43515ep-23f,
    0x1.5f33f4p-25f, 0x1.405d34p-27f, 0x1.76f7c4p-29f, 0x1.6c83fp-31f,
    0x1.d26ed4p-8f, 0x1.c04f2p-9f, 0x1.c930ap-10f, 0x1.e3b7eap-11f,
  },
};
#define FA_F64_GELU_GRAD_STEP 0x1.6cp-2

/* gelu'(-a) exp(a^2/2): d = a - centre; relative error 2^-57.5 */
static const FA_ALIGNED double fa_f64_gelu_grad[16][16] = {
  /* centre */
  {
    0x1.80ead197f00e7p-1, 0x1.8bcedd8682c46p+0, 0x1.3142703c41917p+1, 0x1.aaecb766d504bp+1,
    0x1.23268aee7593cp+2, 0x1.78daaf774ca2ep+2, 0x1.e55570f04cd23p+2, 0x1.31366c0d7022bp+3,
    0x1.7a03eb487b342p+3, 0x1.d5708fd152434p+3, 0x1.1d2bc8a529394p+4, 0x1.5c6cfc3a72f2ep+4,
    0x1.a78bfb757e045p+4, 0x1.f8d9bffe55136p+4, 0x1.69346b850b164p+5, 0x1.11c657fafa0d1p-2,
  },
  /* c0 */
  {
    -0x1.d45137d7046c5p-49, -0x1.a91651d19675fp-2, -0x1.9bfa11dc4cb73p-1, -0x1.383d440a38ea6p+0,
    -0x1.bb1d9bed6530fp+0, -0x1.243ec0699ec69p+1, -0x1.7c9e34106f3c6p+1, -0x1.e1c080bb6a583p+1,
    -0x1.2b7763e778c33p+2, -0x1.74d382f31aa95p+2, -0x1.c5a39963d1f3fp+2, -0x1.156b22eb93672p+3,
    -0x1.5175bb0a15eb4p+3, -0x1.9268866dfc3ebp+3, -0x1.200ef36ee1c18p+4, 0x1.358c9e3f2ce83p-2,
  },
  /* c1 */
  {
    -0x1.25126c1543187p-1, -0x1.f1b5f8dae234ap-2, -0x1.ca9b6f7e5058p-2, -0x1.b62ca22587586p-2,
    -0x1.a9eb902ea8b01p-2, -0x1.a3671ebc2ffa7p-2, -0x1.9f4765c7cb9dep-2, -0x1.9cddf29105364p-2,
    -0x1.9b6231a71cf2ep-2, -0x1.9a63a6f077e64p-2, -0x1.99ca7a86dd2e6p-2, -0x1.995f79b8c2a44p-2,
    -0x1.9918ee7025672p-2, -0x1.98ed0d7185e95p-2, -0x1.98b78cee4a9a7p-2, -0x1.6089414281078p-1,
  },
  /* c2 */
  {
    0x1.5b297ebb9a4fap-4, 0x1.128123b66ce7p-5, 0x1.ed623e50542b4p-7, 0x1.d57a581ce71aap-8,
    0x1.b356fe263b3f1p-9, 0x1.b6d54945e7d36p-10, 0x1.b337678e10cf9p-11, 0x1.c4b36f76559d6p-12,
    0x1.e6cee7d083954p-13, 0x1.01dc85cf35ad8p-13, 0x1.221591644d19dp-14, 0x1.4006bd02e2671p-15,
    0x1.65c2570e08755p-16, 0x1.a7921039dcdc4p-17, 0x1.22047575cc69dp-18, 0x1.537bad0bf0012p-3,
  },
  /* c3 */
  {
    -0x1.2bad2862a3fb5p-5, -0x1.8182cc7d5ffdap-7, -0x1.1c2a3aea9207dp-8, -0x1.baf06e15acc1p-10,
    -0x1.498bab3b0d7c8p-11, -0x1.0e63f3bec9231p-12, -0x1.af55dc935b366p-14, -0x1.6c786dfeef2f4p-15,
    -0x1.40c9a4c411ba9p-16, -0x1.14381eb86e154p-17, -0x1.013895e67c4cfp-18, -0x1.d25fef6c1c55bp-20,
    -0x1.ae092b39a7c3cp-21, -0x1.abdbc51db5bd6p-22, -0x1.9a4a55e6fd807p-24, -0x1.4ee5ed656c278p-4,
  },
  /* c4 */
  {
    0x1.d507ae5ca743ap-7, 0x1.f5f8387b38f05p-9, 0x1.35145d4c9d6d8p-10, 0x1.908e0c20eb4a2p-12,
    0x1.e45ce77371aep-14, 0x1.465c069e568c4p-15, 0x1.a58973623070ap-17, 0x1.22a792c7691bcp-18,
    0x1.a4082ac4b6511p-20, 0x1.2698f37ca5a39p-21, 0x1.c6ca33af7e14p-23, 0x1.5321253873272p-24,
    0x1.0218933e460d3p-25, 0x1.afc31a8dbbcb3p-27, 0x1.22145a2abaa2ap-29, 0x1.26b6d7a9088c1p-5,
  },
  /* c5 */
  {
    -0x1.526fe74d69d31p-8, -0x1.325fd4479ea0bp-10, -0x1.3fa4c6451e95cp-12, -0x1.5c9cf684eb5dp-14,
    -0x1.5a4f624756184p-16, -0x1.823fb15c53f47p-18, -0x1.9670d2dd4dfbcp-20, -0x1.cb4c9c0b7554bp-22,
    -0x1.113d6989e66c4p-23, -0x1.38d97eaa6a44bp-25, -0x1.90db2b4eec92ap-27, -0x1.ec337bd8f013p-29,
    -0x1.355fa0811b88cp-30, -0x1.b3458158843d5p-32, -0x1.99fa9c21197f6p-35, -0x1.d8cd3818e01ap-7,
  },
  /* c6 */
  {
    0x1.c7c0250af3b4cp-10, 0x1.617f56ccada89p-12, 0x1.3c0347b033397p-14, 0x1.24fb64c708bc1p-16,
    0x1.e2ad7abee046cp-19, 0x1.c0ad9eba595fbp-21, 0x1.82d2ad682ed7ap-23, 0x1.67a27c04dfe81p-25,
    0x1.614681dc9a1ffp-27, 0x1.4ad2eae55af18p-29, 0x1.60463f1b74358p-31, 0x1.6475e7282d1e7p-33,
    0x1.7253282ae7d86p-35, 0x1.b660b3076d8a6p-37, 0x1.2193f46d4ef2p-40, 0x1.5ed106b5cdfe6p-8,
  },
  /* c7 */
  {
    -0x1.20e42379391fbp-11, -0x1.83f81b30cf9e8p-14, -0x1.2bf66e6dc12p-16, -0x1.dcdcfa4b93aabp-19,
    -0x1.48620e527483fp-21, -0x1.000284be0bc97p-23, -0x1.6b8f94d3bd002p-26, -0x1.1720a66a6fb29p-28,
    -0x1.c5f3577df3a8ep-31, -0x1.5c5da233aea5p-33, -0x1.34ac72aed490dp-35, -0x1.01a2f392127f7p-37,
    -0x1.baac3529bc05bp-40, -0x1.b912b478b18e6p-42, -0x1.98dea519e9642p-46, -0x1.e6bf93b775dc2p-10,
  },
  /* c8 */
  {
    0x1.5b2857c2a9691p-13, 0x1.97120277e4396p-16, 0x1.12581a7801515p-18, 0x1.78ace8ed7eb92p-21,
    0x1.b4d2470e2ea56p-24, 0x1.1f3ce6aecdeacp-26, 0x1.5193f3be46debp-29, 0x1.ad93e682c9e28p-32,
    0x1.21e6066762978p-34, 0x1.6d51e2db4f4dp-37, 0x1.0daf0a8a6b925p-39, 0x1.73ad4d23223f5p-42,
    0x1.0836b4115cdd8p-44, 0x1.bb59dc229734cp-47, 0x1.207f70a08ecc6p-51, 0x1.3e485020058f9p-11,
  },
  /* c9 */
  {
    -0x1.8d969e376219cp-15, -0x1.99ff931f1afa6p-18, -0x1.e4f6c85451527p-21, -0x1.2161ef91fd2f5p-23,
    -0x1.1c6278e6e299dp-26, -0x1.3d1672880c259p-29, -0x1.35cb856e776e5p-32, -0x1.47ccc0da1cd9dp-35,
    -0x1.701251cb563a8p-38, -0x1.7d88bb9543b91p-41, -0x1.d5e1c8a7e8dc8p-44, -0x1.0b91256fe6396p-46,
    -0x1.3af76a7e8bb7ep-49, -0x1.bd34a926f1071p-52, -0x1.972424a734fd8p-57, -0x1.8ad861461ebbap-13,
  },
  /* c10 */
  {
    0x1.b3e469fbd8c66p-17, 0x1.8dc0d0d9f8d17p-20, 0x1.9f493fcabca99p-23, 0x1.b1359ffc9ca77p-26,
    0x1.6adc4d4decb3ap-29, 0x1.58a196783ff19p-32, 0x1.191730a0f0517p-35, 0x1.f0324d12e0fe6p-39,
    0x1.d0983a148cccfp-42, 0x1.8cde0865d7e92p-45, 0x1.982b8e434ac3bp-48, 0x1.80795f63b8239p-51,
    0x1.76f49ebae6ecdp-54, 0x1.be9e1fbb2d45dp-57, 0x1.1f98494146aecp-62, 0x1.d306734776c3dp-15,
  },
  /* c11 */
  {
    -0x1.cb3e808858812p-19, -0x1.74a48550a6f35p-22, -0x1.592ae2e02d52cp-25, -0x1.3c49a74964674p-28,
    -0x1.c5f20602931eep-32, -0x1.70d15225f197ep-35, -0x1.f839de574b146p-39, -0x1.74591c2c6379p-42,
    -0x1.2361ebee49e95p-45, -0x1.9af5d3fa17847p-49, -0x1.61695a77b9d53p-52, -0x1.1390a2e5d83fap-55,
    -0x1.bd9044077b59ep-59, -0x1.bfa08c5d9d066p-62, -0x1.8f8f5e1d8a5adp-68, -0x1.086ca48ded64fp-16,
  },
  /* c12 */
  {
    0x1.d291717a664cep-21, 0x1.51e2737d6f78p-24, 0x1.16aa4aa5a6669p-27, 0x1.c3a9d708afe89p-31,
    0x1.160da9ee2147ep-34, 0x1.855925494b21p-38, 0x1.be92bfd62334ep-42, 0x1.14de883e72c15p-45,
    0x1.6bd1f454e55a6p-49, 0x1.a71e0848e3648p-53, 0x1.31c46a3792855p-56, 0x1.8aaf80a4b45c1p-60,
    0x1.087c5b9d3eed9p-63, 0x1.c1ff6ff933089p-67, 0x1.0f7a3dfebef59p-73, 0x1.1fd3c4674cef5p-18,
  },
  /* c13 */
  {
    -0x1.c022f1021a5f6p-23, -0x1.30ddc67c6d37fp-26, -0x1.c34d7103ffc3p-30, -0x1.45112ae87d04dp-33,
    -0x1.5a8fdb202b4aap-37, -0x1.a3a98ac797fadp-41, -0x1.96b98d63da233p-45, -0x1.a8aa51899c9bbp-49,
    -0x1.d3c88687254e7p-53, -0x1.c2a297541913ep-57, -0x1.0fe533e49b4f7p-60, -0x1.237030967e632p-64,
    -0x1.44402da603143p-68, -0x1.c67e4756bac77p-72, -0x1.d7b5f86617b9ap-79, -0x1.32d2a6be8550ap-20,
  },
  /* c14 */
  {
    0x1.43f13c41e5858p-25, 0x1.0de0c286c3f82p-28, 0x1.735ba686684cep-32, 0x1.b57ac36607e89p-36,
    0x1.c55a8683c0c89p-40, 0x1.abc5e864ec8bdp-44, 0x1.7c8ff941a48ebp-48, 0x1.49331c7949adbp-52,
    0x1.1ba8ac0d8754fp-56, 0x1.ef271cdbe6444p-61, 0x1.ba35b1d655b21p-65, 0x1.962350751f0efp-69,
    0x1.802b1cab996a4p-73, 0x1.75fd880c7def2p-77, 0x1.8ec7b6471d581p-84, 0x1.31c5721ab876cp-22,
  },
};

#endif
