/* The engine on layouts and numbers of threads, long rows shared among them included, against the kernels on one packed
 * row after the other: the same bits everywhere, and nothing written beside the results. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/engine.h"

static int failures;
#define CHECK(condition, ...) \
  do { \
    if (!(condition) && failures++ < 30) printf("FAIL " __VA_ARGS__), printf("\n"); \
  } while (0)

static const size_t sizes[FA_ALL_DTYPES] = {[FA_F32] = 4, [FA_F64] = 8, [FA_F16] = 2, [FA_BF16] = 2};
static const int workers[] = {1, 2, 3, 7};

static void *buffer(size_t bytes) {
  void *made = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!made) exit(2);
  return made;
}

static void put(char *to, fa_dtype type, double value) {
  const float f = (float)value;
  const uint16_t brain = (uint16_t)(word32(&f) >> 16), half = (uint16_t)(0x3000 + (int)(value * 64) % 0x800);
  memcpy(to,
         type == FA_F32   ? (const void *)&f
         : type == FA_F64 ? (const void *)&value
         : type == FA_F16 ? &half
                          : &brain,
         sizes[type]);
}

/* ---- layouts: (outer, n, inner) elements, rows along the middle axis ---- */

typedef struct {
  const char *name;
  ptrdiff_t outer, n, inner; /* steps in elements */
  size_t first, room;        /* elements before the first one; of all memory */
} layout;

static layout layout_of(int kind, size_t outer, size_t n, size_t inner) {
  const ptrdiff_t o = (ptrdiff_t)outer, r = (ptrdiff_t)n, i = (ptrdiff_t)inner;
  const size_t all = outer * n * inner;
  switch (kind) {
  case 0: return (layout){"in C order", r * i, i, 1, 0, all};
  case 1: return (layout){"rows last", r * i, 1, r, 0, all};
  case 2: return (layout){"rows apart", (r + 3) * i, 1, r + 3, 0, outer * (n + 3) * inner};
  case 3: return (layout){"backwards", r * i, 1, -r, (inner - 1) * n, all};
  case 4: return (layout){"outer axis last", 1, o * i, o, 0, all};
  default: return (layout){"every other", 2 * r * i, 2, 2 * r, 0, 2 * all};
  }
}
enum { LAYOUTS = 6, SHAPES = 6 };
static const size_t shapes[SHAPES][3] = {{3, 5, 40},    {1, 1, 17},    {70, 33, 3},
                                         {2, 1000, 19}, {1, 70000, 1}, {5, 9000, 2}};

static char *element(char *memory, const layout *at, size_t size, size_t o, size_t k, size_t i) {
  return memory + ((ptrdiff_t)at->first + (ptrdiff_t)o * at->outer + (ptrdiff_t)k * at->n + (ptrdiff_t)i * at->inner) *
                      (ptrdiff_t)size;
}

static void describe(fa_strided *arrays, int a, char *memory, const layout *at, size_t size) {
  arrays->args[a] = element(memory, at, size, 0, 0, 0);
  const ptrdiff_t steps[3] = {at->outer, at->n, at->inner};
  for (int d = 0; d < 3; d++) arrays->steps[a][d] = steps[d] * (ptrdiff_t)size;
}

/* ---- row operations ---- */

static void one_row(const fa_kernels *table, fa_row_op op, fa_dtype type, const char *x, const char *dy, char *y,
                    size_t n, void *scratch) {
  const fa_rows row = {.x = x,
                       .y = y,
                       .count = 1,
                       .n = n,
                       .xstep = (ptrdiff_t)n,
                       .ystep = (ptrdiff_t)n,
                       .scratch = scratch,
                       .dy = dy,
                       .dystep = (ptrdiff_t)n};
  table->rows[op][type](&row);
}

static void test_rows(const fa_kernels *table, fa_row_op op, fa_dtype type, const size_t *shape, int kind) {
  static const char reduced[3] = {0, 1, 0};
  const size_t outer = shape[0], n = shape[1], inner = shape[2], size = sizes[type], rows = outer * inner;
  const layout at = layout_of(kind, outer, n, inner), one = layout_of(0, outer, 1, inner);
  const layout *out = op == FA_LOGSUMEXP ? &one : &at;
  char *x = buffer(at.room * size), *dy = buffer(at.room * size), *y = buffer(at.room * size),
       *before = buffer(at.room * size);
  char *packed = buffer(3 * n * size), *want = buffer(rows * n * size), *scratch = buffer(fa_scratch(op, type, n, 0));
  uint64_t state = n + (uint64_t)kind;
  memset(x, 0, at.room * size), memset(dy, 0, at.room * size);
  for (size_t r = 0; r < rows; r++) {
    for (size_t k = 0; k < n; k++) {
      char *here[2] = {element(x, &at, size, r / inner, k, r % inner), element(dy, &at, size, r / inner, k, r % inner)};
      put(here[0], type, 4 + 3.9 * draw_f64(&state)), put(here[1], type, 1 + draw_f64(&state) / 2);
      for (int a = 0; a < 2; a++) memcpy(packed + ((size_t)a * n + k) * size, here[a], size);
    }
    one_row(table, op, type, packed, packed + n * size, packed + 2 * n * size, n, scratch);
    memcpy(want + r * n * size, packed + 2 * n * size, op == FA_LOGSUMEXP ? size : n * size);
  }
  for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
    fa_strided arrays = {.dimensions = 3, .shape = {outer, n, inner}};
    size_t wrong = 0, strays = 0;
    fa_set_threads(workers[w]);
    memset(y, 0x55, at.room * size), memset(before, 0x55, at.room * size);
    describe(&arrays, 0, x, &at, size), describe(&arrays, 1, y, out, size), describe(&arrays, 2, dy, &at, size);
    const fa_status status = fa_run_rows(table, op, type, &arrays, reduced);
    if (status == FA_UNSUPPORTED_LAYOUT)
      CHECK(kind == 0 || kind >= 4, "%s: rows of %s are not supported", table->name, at.name);
    else CHECK(status == FA_DONE, "%s: status %d", table->name, status);
    for (size_t r = 0; status == FA_DONE && r < rows; r++)
      for (size_t k = 0; k < (op == FA_LOGSUMEXP ? 1 : n); k++) {
        char *here = element(y, out, size, r / inner, k, r % inner);
        wrong += memcmp(here, want + (r * n + k) * size, size) != 0;
        memset(here, 0x55, size);
      }
    for (size_t i = 0; i < at.room * size; i++) strays += y[i] != before[i];
    CHECK(!wrong && !strays,
          "%s: row operation %d, type %d, (%zu, %zu, %zu) %s, %d threads: %zu wrong, %zu bytes beside", table->name, op,
          type, outer, n, inner, at.name, workers[w], wrong, strays);
  }
  free(x), free(dy), free(y), free(before), free(packed), free(want), free(scratch);
}

/* ---- cross entropy ---- */

static void test_cross_entropy(const fa_kernels *table, fa_dtype type, const size_t *shape, int kind, int weighted,
                               int soft) {
  const size_t outer = shape[0], n = shape[1], inner = shape[2], size = sizes[type], rows = outer * inner;
  const layout at = layout_of(kind, outer, n, inner);
  char *x = buffer(at.room * size), *y = buffer(at.room * size), *packed = buffer(2 * n * size),
       *want = buffer(rows * n * size);
  char *target = buffer(n * size), *scratch = buffer(fa_scratch(FA_SOFTMAX, type, n, 0));
  double *loss = buffer(rows * 8), *weight = buffer(n * 8), *of_row = buffer(rows * 8), sum_of_one_thread = 0;
  ptrdiff_t *label = buffer(rows * sizeof *label);
  uint64_t state = n + (uint64_t)kind;
  fa_cross_entropy call = {
      .dtype = type, .classes = n, .label = label, .class_weight = weighted ? weight : NULL, .grad_scale = 0.25};
  if (weighted) call.row_weight = of_row;
  for (size_t k = 0; k < n; k++) weight[k] = (double)(k % 5) / 4, put(target + k * size, type, 0.5);
  if (soft) call.target = target, call.target_scale = 0.125, call.label_weight = 0.75;
  for (size_t r = 0; r < rows; r++) {
    label[r] = r % 7 == 3 ? -1 : r % 11 == 5 ? (ptrdiff_t)n : (ptrdiff_t)(draw(&state) % n);
    double scale = label[r] < 0 ? 0 : label[r] >= (ptrdiff_t)n ? NAN : weighted ? weight[label[r]] : 1;
    of_row[r] = weighted ? (double)(r % 4) / 2 : 1;
    const double factor = of_row[r] * (soft ? 1 : scale);
    ptrdiff_t taken = factor == 0 ? -1 : label[r];
    for (size_t k = 0; k < n; k++) {
      char *here = element(x, &at, size, r / inner, k, r % inner);
      put(here, type, 3 * draw_f64(&state));
      memcpy(packed + k * size, here, size);
    }
    const fa_rows row = {.x = packed,
                         .y = packed + n * size,
                         .count = 1,
                         .n = n,
                         .xstep = (ptrdiff_t)n,
                         .ystep = (ptrdiff_t)n,
                         .scratch = scratch};
    const double own = call.label_weight * scale, grad_scale = factor * call.grad_scale;
    if (soft)
      table->soft_loss_rows[type](
          &(fa_soft_losses){row, target, 0, call.target_scale, &taken, &own, call.grad_scale * of_row[r], loss + r});
    else table->loss_rows[type](&(fa_losses){row, &taken, &grad_scale, loss + r});
    if (weighted && taken >= 0) loss[r] *= factor;
    memcpy(want + r * n * size, packed + n * size, n * size);
  }
  for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
    for (int has_gradient = 0; has_gradient < 2; has_gradient++) {
      fa_strided arrays = {.dimensions = 3, .shape = {outer, n, inner}};
      double *got = buffer(rows * 8), total;
      fa_sums sums;
      size_t wrong = 0;
      fa_set_threads(workers[w]);
      describe(&arrays, 0, x, &at, size), describe(&arrays, 1, y, &at, size);
      if (!has_gradient) arrays.args[1] = NULL;
      call.loss_f64 = got;
      const fa_status status = fa_run_cross_entropy(table, &call, &arrays, 1, 0);
      if (status == FA_UNSUPPORTED_LAYOUT)
        CHECK(soft || kind == 0 || kind >= 4, "%s: losses of rows %s are not supported", table->name, at.name);
      for (size_t r = 0; status == FA_DONE && r < rows; r++) {
        wrong += canonical(got, r, 8) != canonical(loss, r, 8);
        for (size_t k = 0; has_gradient && k < n; k++)
          wrong += canonical(element(y, &at, size, r / inner, k, r % inner), 0, size) !=
                   canonical(want + (r * n + k) * size, 0, size);
      }
      CHECK(!wrong, "%s: cross entropy%s%s, type %d, (%zu, %zu, %zu) %s, gradient %d, %d threads: %zu wrong",
            table->name, weighted ? " weighted" : "", soft ? " soft" : "", type, outer, n, inner, at.name, has_gradient,
            workers[w], wrong);
      for (size_t r = 0; r < rows; r++) /* a sum that is NaN would say nothing */
        if (label[r] >= (ptrdiff_t)n) label[r] = -1;
      if (fa_sums_open(&sums, rows, n)) exit(2);
      call.loss_f64 = NULL, call.sums = &sums;
      if (status == FA_DONE) fa_run_cross_entropy(table, &call, &arrays, 1, 0);
      total = fa_sums_close(&sums), call.sums = NULL;
      if (!w && !has_gradient) sum_of_one_thread = total;
      CHECK(total == sum_of_one_thread, "%s: sums of losses differ with %d threads: %.17g, %.17g", table->name,
            workers[w], total, sum_of_one_thread);
      for (size_t r = 0; r < rows; r++)
        if (r % 7 != 3 && r % 11 == 5) label[r] = (ptrdiff_t)n;
      free(got);
    }
  free(x), free(y), free(packed), free(want), free(target), free(scratch), free(loss), free(weight), free(of_row),
      free(label);
}

/* ---- elementwise: shares of any nest, outputs that overtake inputs, sums ---- */

static void test_elementwise(const fa_kernels *table, fa_dtype type) {
  enum { N = 200003 };
  const size_t size = sizes[type];
  const fa_loop loop = fa_loop_of(table, FA_OP_swish, type);
  char *x = buffer((N + 8) * size), *beta = buffer(size), *want = buffer(N * size), *y = buffer((N + 8) * size);
  uint64_t state = 5;
  for (size_t i = 0; i < N + 8; i++) put(x + i * size, type, 3 * draw_f64(&state));
  put(beta, type, 1.5);
  fa_run_in_order(&loop, (char *[]){x, beta, want}, (ptrdiff_t[]){(ptrdiff_t)size, 0, (ptrdiff_t)size}, N);
  for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
    fa_set_threads(workers[w]);
    fa_run(&loop, (char *[]){x, beta, y}, (ptrdiff_t[]){(ptrdiff_t)size, 0, (ptrdiff_t)size}, N);
    CHECK(!memcmp(y, want, N * size), "%s: swish of type %d by %d threads", table->name, type, workers[w]);
    /* in place, and one element ahead of what is read: the elements in order give what they would alone */
    for (int ahead = 0; ahead < 2; ahead++) {
      memcpy(y, x, (N + 8) * size);
      char *to = y + (size_t)(1 - ahead) * size, *from = y + size;
      fa_run(&loop, (char *[]){from, beta, to}, (ptrdiff_t[]){(ptrdiff_t)size, 0, (ptrdiff_t)size}, N - 1);
      CHECK(!memcmp(to, want + size, (N - 1) * size), "%s: swish of type %d by %d threads, %d ahead", table->name, type,
            workers[w], ahead);
    }
    fa_strided nest = {.dimensions = 2, .shape = {251, 97}, .args = {x, beta, y}};
    nest.steps[0][0] = (ptrdiff_t)size, nest.steps[0][1] = 251 * (ptrdiff_t)size,
    nest.steps[1][0] = nest.steps[1][1] = 0;
    nest.steps[2][0] = 97 * (ptrdiff_t)size, nest.steps[2][1] = (ptrdiff_t)size;
    fa_run_strided(&loop, &nest, 251 * 97);
    size_t wrong = 0;
    for (size_t i = 0; i < 251; i++)
      for (size_t j = 0; j < 97; j++) wrong += memcmp(y + (i * 97 + j) * size, want + (j * 251 + i) * size, size) != 0;
    CHECK(!wrong, "%s: transposed swish of type %d by %d threads: %zu wrong", table->name, type, workers[w], wrong);
  }
  if (type < FA_COMPUTE_DTYPES) {
    double sum_of_one_thread = 0;
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
      fa_sum sum = {.loop = &loop, .summed = 2, .divisor = 1, .workers = workers[w]};
      double total = 0;
      sum.nest.dimensions = 1, sum.nest.shape[0] = N, sum.nest.args[0] = x, sum.nest.args[1] = beta;
      sum.nest.steps[0][0] = sum.nest.steps[2][0] = (ptrdiff_t)size, sum.nest.steps[1][0] = 0;
      CHECK(fa_run_sum(&sum, 0, N, &total) == FA_DONE, "fa_run_sum");
      if (!w) sum_of_one_thread = total;
      double plain = 0;
      for (size_t i = 0; i < N; i++) plain += type == FA_F32 ? ((float *)want)[i] : ((double *)want)[i];
      CHECK(total == sum_of_one_thread && fabs(total - plain) <= 1e-9 * fabs(plain),
            "%s: a sum by %d threads: %.17g, %.17g", table->name, workers[w], total, plain);
    }
  }
  free(x), free(beta), free(want), free(y);
}

/* ---- elementwise operations of scale*x + bias, against the kernels one after the other ---- */

static void test_scaled(const fa_kernels *table, fa_op op, fa_dtype of_x) {
  enum { ROWS = 61, N = 1301 };
  const fa_dtype type = of_x < FA_ALL_DTYPES ? of_x : FA_F32, real = type == FA_F64 ? FA_F64 : FA_F32;
  const size_t size = sizes[type], size_x = of_x < FA_ALL_DTYPES ? size : 1;
  const fa_loop loop = fa_loop_of(table, op, type);
  char *x = buffer(ROWS * N * size_x), *bias = buffer(N * sizes[real]), *want = buffer(ROWS * N * size),
       *y = buffer(ROWS * N * size), *wide = buffer(N * sizes[real]);
  char number[64];
  uint64_t state = 7;
  for (size_t i = 0; i < ROWS * N; i++)
    if (of_x < FA_ALL_DTYPES) put(x + i * size, type, 3 * draw_f64(&state));
    else x[i] = (char)(i * 37);
  for (size_t i = 0; i < N; i++) put(bias + i * sizes[real], real, draw_f64(&state));
  for (size_t i = 0; i < FA_REPEATED / sizes[real]; i++) put(number + i * sizes[real], real, 0.37);
  for (size_t r = 0; r < ROWS; r++) {
    char *row = x + r * N * size_x, *result = want + r * N * size;
    if (of_x >= FA_ALL_DTYPES) table->from_bytes[real][of_x - FA_I8](row, wide, N), row = wide;
    else if (type >= FA_COMPUTE_DTYPES) table->widen[type - FA_F16](row, (float *)wide, N), row = wide;
    table->scale_add[real]((char *[]){row, number, bias, wide}, 1 << 1, N);
    loop.kernel((char *[]){wide, type < FA_COMPUTE_DTYPES ? result : wide}, 0, N);
    if (type >= FA_COMPUTE_DTYPES) table->narrow[type - FA_F16]((float *)wide, result, N);
  }
  for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
    for (int turned = 0; turned < 2; turned++) { /* the rows last: short ones of N steps */
      fa_strided nest = {.dimensions = 2, .args = {x, number, bias, y}};
      const int row = turned, column = 1 - turned;
      nest.shape[row] = ROWS, nest.shape[column] = N;
      for (int a = 0; a < 4; a++) nest.steps[a][0] = nest.steps[a][1] = 0;
      nest.steps[0][row] = N * (ptrdiff_t)size_x, nest.steps[0][column] = (ptrdiff_t)size_x;
      nest.steps[2][column] = (ptrdiff_t)sizes[real];
      nest.steps[3][row] = N * (ptrdiff_t)size, nest.steps[3][column] = (ptrdiff_t)size;
      fa_set_threads(workers[w]);
      memset(y, 0, ROWS * N * size);
      fa_run_scaled(&loop, of_x, &nest, ROWS * N);
      CHECK(!memcmp(y, want, ROWS * N * size),
            "%s: operation %d of scale*x + bias, x of type %d, %d threads, turned %d", table->name, op, of_x,
            workers[w], turned);
    }
  free(x), free(bias), free(want), free(y), free(wide);
}

/* ---- rows of scale*x + bias: whole, and a long one part by part ---- */

static void test_made_rows(const fa_kernels *table, fa_row_op op, fa_dtype type) {
  enum { ROWS = 3, LONG = 70001 };
  const size_t size = sizes[type], n = LONG;
  const fa_loop make = fa_loop_of_parts(table, type);
  const size_t results = op == FA_LOGSUMEXP ? 1 : n;
  char *x = buffer(ROWS * n * size), *want = buffer(ROWS * n * size), *got = buffer(ROWS * n * size);
  char number[3][64];
  uint64_t state = 9;
  for (size_t i = 0; i < ROWS * n; i++) put(x + i * size, type, 3 * draw_f64(&state));
  for (int a = 0; a < 3; a++) put(number[a], type, (double[]){1.7, 0.3, 1}[a]);
  fa_strided operands = {.dimensions = 1, .shape = {ROWS * n}, .args = {x, number[0], number[1], number[2]}};
  for (int a = 0; a < FA_MAX_ARGUMENTS; a++) operands.steps[a][0] = a == 0 || a >= 4 ? (ptrdiff_t)size : 0;
  fa_set_threads(1);
  CHECK(fa_run_made_rows(&make, &operands, want, op, ROWS, n, NULL) == FA_DONE, "fa_run_made_rows");
  for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
    fa_set_threads(workers[w]);
    memset(got, 0, ROWS * n * size);
    fa_run_made_rows(&make, &operands, got, op, ROWS, n, NULL);
    CHECK(!memcmp(got, want, ROWS * results * size), "%s: made rows, operation %d, type %d, %d threads", table->name,
          op, type, workers[w]);
    char *high = buffer(5 * FA_BLOCK * size), *low = buffer(5 * FA_BLOCK * size);
    double *of_block = buffer(10 * sizeof(double));
    fa_long_row row = {.make = &make,
                       .op = op,
                       .workers = workers[w],
                       .high = high,
                       .low = low,
                       .of_block = of_block,
                       .room = 5 * FA_BLOCK,
                       .m = {-INFINITY, 0}};
    for (row.stage = 0; row.stage < (op == FA_LOGSUMEXP ? FA_FINISH : FA_STAGES); row.stage++)
      for (size_t start = 0, k; start < n; start += k) {
        k = n - start < row.room ? n - start : row.room;
        fa_long_row_make(&row, &operands, start, k);
        fa_long_row_take(&row);
        if (row.stage == FA_FINISH) memcpy(got + start * size, high, k * size);
        row.filled = 0;
      }
    if (op == FA_LOGSUMEXP) table->parts[type].finish(op, high, low, got, 1, row.m, row.s);
    CHECK(!memcmp(got, want, results * size), "%s: a long row, operation %d, type %d, %d threads", table->name, op,
          type, workers[w]);
    free(high), free(low), free(of_block);
  }
  free(x), free(want), free(got);
}

int main(int count, char **given) {
  static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
  const int few =
      count > 1; /* where all takes long: one shape in so many, and portable kernels if there are no others */
  const int every = few ? atoi(given[1]) : 1;
  int tested = 0;
  fa_engine_prepare();
  for (int i = 0; i < 4; i++) {
    const fa_kernels *table = fa_select(names[i], NULL);
    if (!table || (few && tested)) continue;
    tested = 1;
    for (int c = 0; c < SHAPES * LAYOUTS; c += every) {
      for (int op = 0; op < FA_ROW_OPS; op++)
        for (int type = 0; type < FA_ALL_DTYPES; type++)
          test_rows(table, (fa_row_op)op, (fa_dtype)type, shapes[c / LAYOUTS], c % LAYOUTS);
      for (int options = 0; options < 8; options++)
        test_cross_entropy(table, options & 1 ? FA_F64 : FA_F32, shapes[c / LAYOUTS], c % LAYOUTS, options >> 1 & 1,
                           options >> 2);
    }
    for (int type = 0; type < FA_ALL_DTYPES; type++) test_elementwise(table, (fa_dtype)type);
    for (int type = 0; type < FA_STORED_DTYPES; type++) {
      test_scaled(table, FA_OP_gelu, (fa_dtype)type);
      test_scaled(table, FA_OP_relu, (fa_dtype)type);
    }
    for (int c = 0; c < 2 * 3; c++) test_made_rows(table, (fa_row_op)(c % 3), (fa_dtype)(c / 3));
  }
  printf(failures ? "engine: %d failures\n" : "engine: passed\n", failures);
  return failures != 0;
}
