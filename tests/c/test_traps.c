/* The elementwise kernels on a host that traps floating-point exceptions: on usual inputs of every length none is
 * raised, so that what the lanes past the end hold raises none either: test_traps [isa]. */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

#include "operations.h"

enum { LONGEST = 70 };
static const char *const type_names[FA_COMPUTE_DTYPES] = {"float32", "float64"};
static sigjmp_buf trapped;
static void on_trap(int signal) { (void)signal, siglongjmp(trapped, 1); }

/* x from -4 to 4, of logit from 0.05 to 0.95; the others are of the size of their defaults. */
static void fill(double *to, fa_dtype type, const role *r, int input) {
  uint64_t state = (uint64_t)input + 1;
  const int of_unit = !strcmp(r->function, "logit");
  for (int i = 0; i < LONGEST; i++) {
    const double u = draw_f64(&state), x = of_unit ? 0.5 + 0.45 * u : 4 * u,
                 value = input == r->gradient ? x : usual_other(r, input) * (1 + u / 4);
    if (type == FA_F64) to[i] = value;
    else ((float *)to)[i] = (float)value;
  }
}

static int check(const fa_kernels *table, fa_op op, fa_dtype type) {
  static double in[FA_MAX_ARGUMENTS][LONGEST];
  const role r = role_of(fa_op_name(op));
  char *args[FA_MAX_ARGUMENTS];
  for (int a = 0; a < r.inputs + r.outputs; a++) args[a] = (char *)in[a];
  for (int j = 0; j < r.inputs; j++) fill(in[j], type, &r, j);
  for (volatile size_t n = 1; n <= LONGEST; n++) {
    if (sigsetjmp(trapped, 1)) {
      fedisableexcept(FE_ALL_EXCEPT);
      return printf("FAIL %s %s: an exception is raised at n = %zu\n", fa_op_name(op), type_names[type], n), 1;
    }
    feclearexcept(FE_ALL_EXCEPT);
    feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
    table->map[op][type](args, 0, n);
    fedisableexcept(FE_ALL_EXCEPT);
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = fa_select(argc > 1 ? argv[1] : NULL, &why);
  int failed = 0;
  if (!table) return fprintf(stderr, "test_traps: %s\n", why), 2;
  signal(SIGFPE, on_trap);
  for (int op = 0; op < FA_OPS; op++)
    for (int type = 0; type < FA_COMPUTE_DTYPES; type++) failed += check(table, (fa_op)op, (fa_dtype)type);
  printf("traps, %s: %d failures\n", table->name, failed);
  return failed != 0;
}
