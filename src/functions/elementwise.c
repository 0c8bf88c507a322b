/* The functions of elementwise.h, stamped from the rows of operations.h, and those of elements that are written one by
 * one. */
#include "engine/fpmode.h"
#include "fastact/fastact.h"
#include "functions/put.h"

/* Contiguous elements, few of which go straight to their kernel: the way through the engine takes longer than one. */
enum { FEW = 4096 };
static void run(fa_op op, fa_dtype dtype, char *const *args, const ptrdiff_t *steps, size_t n) {
  if (n >= FEW) {
    fa_call(op, dtype, args, steps, n);
    return;
  }
  const fa_fp_mode before = fa_fp_enter();
  fa_in_use()->map[op][dtype](args, 0, n);
  fa_fp_leave(before);
}

#define AT(...) ((char *[]){__VA_ARGS__})
#define STEPS(...) ((const ptrdiff_t[]){__VA_ARGS__})
#define P(pointer) ((char *)(pointer))

#define FA_OF_X(name, T, real, type) \
  void fa_##name##_##T(const real *x, real *y, size_t n) { \
    run(FA_OP_##name, type, AT(P(x), P(y)), STEPS(sizeof(real), sizeof(real)), n); \
  }
#define FA_OF_X_P(name, T, real, type) \
  void fa_##name##_##T(const real *x, real *y, size_t n, real p) { \
    fa_call(FA_OP_##name, type, AT(P(x), P(&p), P(y)), STEPS(sizeof(real), 0, sizeof(real)), n); \
  }
#define FA_OF_X_PP(name, T, real, type) \
  void fa_##name##_##T(const real *x, real *y, size_t n, real p, real q) { \
    fa_call(FA_OP_##name, type, AT(P(x), P(&p), P(&q), P(y)), STEPS(sizeof(real), 0, 0, sizeof(real)), n); \
  }
#define FA_OF_A_B(name, T, real, type) \
  void fa_##name##_##T(const real *a, const real *b, real *y, size_t n) { \
    run(FA_OP_##name, type, AT(P(a), P(b), P(y)), STEPS(sizeof(real), sizeof(real), sizeof(real)), n); \
  }
#define FA_OF_DY_X(name, T, real, type) FA_OF_A_B(name, T, real, type)
#define FA_OF_DY_X_P(name, T, real, type) \
  void fa_##name##_##T(const real *dy, const real *x, real *dx, size_t n, real p) { \
    fa_call(FA_OP_##name, type, AT(P(dy), P(x), P(&p), P(dx)), STEPS(sizeof(real), sizeof(real), 0, sizeof(real)), n); \
  }
#define FA_OF_DY_X_PP(name, T, real, type) \
  void fa_##name##_##T(const real *dy, const real *x, real *dx, size_t n, real p, real q) { \
    fa_call(FA_OP_##name, type, AT(P(dy), P(x), P(&p), P(&q), P(dx)), \
            STEPS(sizeof(real), sizeof(real), 0, 0, sizeof(real)), n); \
  }
#define FA_OF_DY_A_B(name, T, real, type) \
  void fa_##name##_##T(const real *dy, const real *a, const real *b, real *da, real *db, size_t n) { \
    run(FA_OP_##name, type, AT(P(dy), P(a), P(b), P(da), P(db)), \
        STEPS(sizeof(real), sizeof(real), sizeof(real), sizeof(real), sizeof(real)), n); \
  }
#define FA_OF_A_B_PPP(name, T, real, type) \
  void fa_##name##_##T(const real *a, const real *b, real *y, size_t n, real p, real q, real r) { \
    fa_call(FA_OP_##name, type, AT(P(a), P(b), P(&p), P(&q), P(&r), P(y)), \
            STEPS(sizeof(real), sizeof(real), 0, 0, 0, sizeof(real)), n); \
  }
#define FA_OF_DY_A_B_PPP(name, T, real, type) \
  void fa_##name##_##T(const real *dy, const real *a, const real *b, real *da, real *db, size_t n, real p, real q, \
                       real r) { \
    fa_call(FA_OP_##name, type, AT(P(dy), P(a), P(b), P(&p), P(&q), P(&r), P(da), P(db)), \
            STEPS(sizeof(real), sizeof(real), sizeof(real), 0, 0, 0, sizeof(real), sizeof(real)), n); \
  }
#define FA_BY_HAND(name, T, real, type)

#define FA_X(name, inputs, outputs, cost, of_f32, of_f64, call) \
  FA_##call(name, f32, float, FA_F32) FA_##call(name, f64, double, FA_F64)
FA_ELEMENTWISE(FA_X)
#undef FA_X

/* ---- one by one ---- */

/* The sum over all elements of what prelu_grad gives as its second output. */
static fa_status prelu_grad(fa_dtype dtype, const void *dy, const void *x, void *dx, void *dweight, size_t n,
                            const void *weight, ptrdiff_t size) {
  const fa_fp_mode before = fa_fp_enter();
  const fa_loop loop = fa_loop_of(fa_in_use(), FA_OP_prelu_grad, dtype);
  fa_sum sum = {.loop = &loop, .summed = 4, .divisor = 1, .workers = fa_workers(n)};
  const void *const args[] = {dy, x, weight, dx, NULL};
  sum.nest.dimensions = 1, sum.nest.shape[0] = n;
  for (int a = 0; a < 5; a++) sum.nest.args[a] = (char *)args[a], sum.nest.steps[a][0] = a == 2 ? 0 : size;
  double total = 0;
  const fa_status status = n ? fa_run_sum(&sum, 0, n, &total) : FA_DONE;
  fa_put(dweight, dtype, total);
  fa_fp_leave(before);
  return status;
}

static void binary_cross_entropy(fa_dtype dtype, char *const *args, const ptrdiff_t *steps, size_t n) {
  fa_call(args[5] ? FA_OP_binary_cross_entropy_and_grad : FA_OP_binary_cross_entropy, dtype, args, steps, n);
}

#define ONE_BY_ONE(T, real, type) \
  fa_status fa_prelu_grad_##T(const real *dy, const real *x, real *dx, real *dweight, size_t n, real weight) { \
    return prelu_grad(type, dy, x, dx, dweight, n, &weight, sizeof(real)); \
  } \
  void fa_binary_cross_entropy_with_logits_##T(const real *logits, const real *targets, real *loss, real *dlogits, \
                                               size_t n, real pos_weight) { \
    const real weight = 1; \
    binary_cross_entropy(type, AT(P(logits), P(targets), P(&weight), P(&pos_weight), P(loss), P(dlogits)), \
                         STEPS(sizeof(real), sizeof(real), 0, 0, sizeof(real), sizeof(real)), n); \
  }
ONE_BY_ONE(f32, float, FA_F32)
ONE_BY_ONE(f64, double, FA_F64)
