/* Softmax of rows of numbers that are not subnormal themselves: nothing on the way is subnormal, however far apart the
 * elements lie, in rows, columns and batches: neither the underflow nor the denormal-operand flag is raised. Each such
 * operation takes a hundred cycles on Intel's processors. So for the gradient of cross entropy in float32; of
 * logarithms a row's own last step may underflow. test_quiet_rows <isa>. */
#define _GNU_SOURCE
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "fastact/kernels.h"

#if defined(__x86_64__)
enum { WATCHED = FE_UNDERFLOW | 2 }; /* 2: a denormal operand */
#else
enum { WATCHED = FE_UNDERFLOW };
#endif
enum { COUNT = 37, PAD = 5 };
static const double widths[] = {3, 20, 60, 200, 1000, 1e-30};
static const size_t lengths[] = {1, 2, 7, 10, 16, 20, 33, 50, 64, 65, 100, 300, 1024, 5000};

/* Every third row has holes, as a mask leaves them. */
static void fill(void *p, fa_dtype type, size_t n, double width) {
  uint64_t state = n + 1;
  for (size_t r = 0; r < COUNT; r++)
    for (size_t i = 0; i < n; i++) {
      double x = draw_f64(&state) * width;
      if (r % 3 == 2 && i && draw(&state) % 3 == 0) x = -INFINITY;
      if (type == FA_F32) ((float *)p)[r * n + i] = (float)x;
      else ((double *)p)[r * n + i] = x;
    }
}

static int raised(const char *isa, const char *what, fa_dtype type, size_t n, double width) {
  const int flags = fetestexcept(WATCHED);
  if (flags)
    printf("FAIL %s %s float%d, rows of %zu, width %g:%s%s\n", isa, what, type ? 64 : 32, n, width,
           flags & FE_UNDERFLOW ? " underflow" : "", flags & ~FE_UNDERFLOW ? " denormal operand" : "");
  return flags != 0;
}

static int check(const fa_kernels *table, fa_dtype type, size_t n, double width) {
  const size_t size = type ? 8 : 4, bytes = COUNT * (n + PAD) * size;
  char *x = aligned_alloc(64, (bytes + 63) / 64 * 64), *y = aligned_alloc(64, (bytes + 63) / 64 * 64);
  void *scratch =
      aligned_alloc(64, (fa_scratch(FA_SOFTMAX, type, n, 0) + fa_scratch(FA_SOFTMAX, type, n, 1) + 63) / 64 * 64);
  char *bias = aligned_alloc(64, (bytes + 63) / 64 * 64);
  unsigned char *where = malloc(COUNT * n);
  fa_masked_row under[COUNT];
  ptrdiff_t label[COUNT];
  double gain[COUNT], loss[COUNT];
  int failed = 0;
  fill(x, type, n, width);
  fill(bias, type, n, width / 2);
  for (size_t i = 0; i < COUNT * n; i++) where[i] = i % n == 0 || i % 3 != 1;
  for (size_t r = 0; r < COUNT; r++)
    under[r] = (fa_masked_row){x + r * n * size, where + r * n, 0, r % 4 && n > 1 ? n - n / 3 : n};
  for (size_t i = 0; i < COUNT; i++) label[i] = 0, gain[i] = 1.0 / COUNT;
  for (int op = 0; op <= FA_SOFTMAX; op++) {
    for (int one = 0; one < 2; one++) {
      const fa_rows rows = {x, y,   one ? 1 : COUNT, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0, NULL,
                            0, NULL};
      feclearexcept(FE_ALL_EXCEPT);
      table->rows[op][type](&rows);
      failed += raised(table->name, "softmax", type, n, width);
    }
    const fa_rows columns = {x, y, n, COUNT, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0, NULL, 0, NULL};
    feclearexcept(FE_ALL_EXCEPT);
    if (n <= 300) table->columns[op][type](&columns);
    failed += raised(table->name, "softmax", type, n, width);
    const fa_rows scaled = {x, y, COUNT, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0.088, NULL, 0, NULL};
    feclearexcept(FE_ALL_EXCEPT);
    table->scaled[op][type](&scaled);
    failed += raised(table->name, "scaled", type, n, width);
    for (int one = 0; one < 2; one++) {
      const fa_rows masked = {NULL, y, COUNT, n, 0, (ptrdiff_t)n, scratch, 0, NULL, 0, one ? 1 : 0.088, NULL, 0, under};
      feclearexcept(FE_ALL_EXCEPT);
      table->masked[op][type](&masked);
      failed += raised(table->name, "masked", type, n, width);
    }
    for (int one = width < 1 ? 1 : 0; one < 2; one++) { /* what a tiny product lost is subnormal */
      const fa_rows biased = {x,    y, COUNT, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, bias, 0, one ? 1 : 0.088,
                              NULL, 0, NULL};
      feclearexcept(FE_ALL_EXCEPT);
      table->biased[op][type](&biased);
      failed += raised(table->name, "biased", type, n, width);
    }
  }
  const fa_losses losses = {
      {x, y, COUNT, n, (ptrdiff_t)n, (ptrdiff_t)n, scratch, 0, NULL, 0, 0, NULL, 0, NULL}, label, gain, loss};
  feclearexcept(FE_ALL_EXCEPT);
  if (type == FA_F32) table->loss_rows[type](&losses);
  failed += raised(table->name, "cross_entropy", type, n, width);
  free(x), free(y), free(bias), free(scratch), free(where);
  return failed;
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = fa_select(argc > 1 ? argv[1] : NULL, &why);
  int failed = 0;
  if (!table) return fprintf(stderr, "test_quiet_rows: %s\n", why), 2;
  for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
      for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
        failed += check(table, (fa_dtype)type, lengths[l], widths[w]);
  printf("%-8s nothing subnormal in rows: %d failures\n", table->name, failed);
  return failed != 0;
}
