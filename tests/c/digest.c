/* What one instruction set computes, as a digest a kernel: digest <isa> [step of the float32 bit patterns, default 4096].
 * Equal lines mean equal bits (NaNs being all alike). On the way it checks that a result depends neither on the element's
 * place nor on its alignment, and that columns and pieces give the bits of rows; it fails where they do not. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/fastact.h"
#include "operations.h"

static const char *const type_names[FA_DTYPES] = {"float32", "float64"}, *const row_names[FA_ROW_OPS] = {"softmax", "log_softmax", "logsumexp"};
static const size_t sizes[FA_DTYPES] = {4, 8};
static int failures;

static void *buffer(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (!p) abort();
  return p;
}

static void put(void *p, fa_dtype type, size_t i, double x) {
  if (type == FA_F32) ((float *)p)[i] = (float)x;
  else ((double *)p)[i] = x;
}

/* how many of n elements differ */
static size_t differing(const void *a, const void *b, size_t n, fa_dtype type) {
  size_t wrong = 0;
  for (size_t i = 0; i < n; i++) wrong += canonical(a, i, sizes[type]) != canonical(b, i, sizes[type]);
  return wrong;
}

static void expect_same(const void *a, const void *b, size_t n, fa_dtype type, const char *kernel, const char *what, size_t length) {
  size_t wrong = differing(a, b, n, type);
  if (!wrong) return;
  failures++;
  fprintf(stderr, "FAIL %s %s: %zu of %zu elements differ %s (n=%zu)\n", kernel, type_names[type], wrong, n, what, length);
}

/* ---- elementwise ---- */

enum { CHUNK = 1 << 16, WALK = 1 << 20 };

/* What the inputs beside x hold: their defaults, others as they are used, any bit pattern. */
typedef enum { DEFAULTS, DRAWN, ANY, FILLS } fill;

/* One kernel. */
typedef struct {
  const char *name;
  fa_map_kernel kernel;
  fa_dtype type;
  role role;
} subject;

/* Any bit pattern, or in float32 those of each interval of `step` once; in float64 by turns any, a number in [-40, 40] and
 * one in [-800, 800]. j is the number of the stream, 0 that of x. */
static void any_numbers(void *p, fa_dtype type, int j, uint64_t first, size_t n, uint64_t step) {
  for (size_t i = 0; i < n; i++) {
    uint64_t at = first + i, state = at + ((uint64_t)j << 40), r = draw(&state);
    if (type == FA_F32) {
      uint32_t w = j ? (uint32_t)r : (uint32_t)(at * step + r % step);
      memcpy((char *)p + 4 * i, &w, 4);
    } else if (at % 3 == 0) memcpy((char *)p + 8 * i, &r, 8);
    else ((double *)p)[i] = draw_f64(&state) * (at % 3 == 1 ? 40 : 800);
  }
}

static void inputs(const subject *s, char *const *args, fill kind, uint64_t first, size_t n, uint64_t step) {
  const role *r = &s->role;
  int stream = 1;
  for (int j = 0; j < r->inputs; j++) {
    if (j == r->gradient) any_numbers(args[j], s->type, 0, first, n, step);
    else if (kind == ANY) any_numbers(args[j], s->type, stream++, first, n, step);
    else
      for (size_t i = 0; i < n; i++) {
        uint64_t state = (first + i) * FA_MAX_INPUTS + (uint64_t)j;
        put(args[j], s->type, i, kind == DRAWN ? draw_other(r, j, &state) : usual_other(r, j));
      }
  }
}

/* The same elements in pieces of odd lengths at odd addresses. */
static void check_places(const subject *s, char *const *whole) {
  const size_t size = sizes[s->type];
  const int inputs = s->role.inputs, all = inputs + s->role.outputs;
  char *moved[FA_MAX_ARGUMENTS], *args[FA_MAX_ARGUMENTS];
  uint64_t state = 5;
  for (int a = 0; a < all; a++) {
    moved[a] = (char *)buffer((CHUNK + 8) * size) + (size_t)(a + 1) * size;
    memcpy(moved[a], whole[a], a < inputs ? CHUNK * size : 0);
  }
  for (size_t i = 0, k; i < CHUNK; i += k) {
    k = 1 + draw(&state) % 70;
    if (k > CHUNK - i) k = CHUNK - i;
    for (int a = 0; a < all; a++) args[a] = moved[a] + i * size;
    s->kernel(args, k);
  }
  for (int a = inputs; a < all; a++) expect_same(whole[a], moved[a], CHUNK, s->type, s->name, "in another place", CHUNK);
  for (int a = 0; a < all; a++) free(moved[a] - (size_t)(a + 1) * size);
}

/* Each output in place of each input in turn, and a second one in place of the next input. */
static void check_in_place(const subject *s, char *const *whole) {
  const size_t size = sizes[s->type];
  const int inputs = s->role.inputs, outputs = s->role.outputs;
  char *args[FA_MAX_ARGUMENTS], *y[FA_MAX_OUTPUTS];
  for (int o = 0; o < outputs; o++) y[o] = buffer(CHUNK * size);
  for (int j = 0; j < inputs; j++) {
    for (int a = 0; a < inputs; a++) args[a] = whole[a];
    for (int o = 0; o < outputs; o++) {
      const int place = (j + o) % inputs;
      args[place] = args[inputs + o] = memcpy(y[o], whole[place], CHUNK * size);
    }
    s->kernel(args, CHUNK);
    for (int o = 0; o < outputs; o++) expect_same(whole[inputs + o], y[o], CHUNK, s->type, s->name, "in place", CHUNK);
  }
  for (int o = 0; o < outputs; o++) free(y[o]);
}

/* One element repeated by fa_map (step 0) against a vector full of it: every set of the inputs, on elements from all over. */
static void check_repeated(const subject *s, char *const *whole) {
  enum { N = 2500 }; /* more than two of fa_map's blocks */
  const size_t size = sizes[s->type];
  const int inputs = s->role.inputs, outputs = s->role.outputs;
  char *full[FA_MAX_ARGUMENTS], *args[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS];
  for (int a = 0; a < inputs + outputs; a++) full[a] = buffer(N * size);
  for (int o = 0; o < outputs; o++) args[inputs + o] = buffer(N * size), steps[inputs + o] = (ptrdiff_t)size;
  for (int set = 1; set < 1 << inputs; set++) {
    for (int a = 0; a < inputs; a++) {
      const int repeated = set >> a & 1;
      char *element = whole[a] + (size_t)(set * 977 + a * 31) % CHUNK * size;
      for (size_t i = 0; i < N; i++) memcpy(full[a] + i * size, repeated ? element : whole[a] + i * 26 * size, size);
      args[a] = repeated ? element : whole[a];
      steps[a] = repeated ? 0 : 26 * (ptrdiff_t)size;
    }
    s->kernel(full, N);
    fa_map(s->kernel, s->type, inputs, outputs, args, steps, N);
    for (int a = inputs; a < inputs + outputs; a++) expect_same(full[a], args[a], N, s->type, s->name, "with repeated elements", N);
  }
  for (int a = 0; a < inputs + outputs; a++) free(full[a]);
  for (int o = 0; o < outputs; o++) free(args[inputs + o]);
}

static void elementwise(const fa_kernels *table, fa_op op, fa_dtype type, uint64_t step) {
  const subject s = {fa_op_name(op), table->map[op][type], type, role_of(fa_op_name(op))};
  const int alone = s.role.inputs == 1, all = s.role.inputs + s.role.outputs;
  char *args[FA_MAX_ARGUMENTS];
  uint64_t hash = 0;
  if (fa_op_inputs(op) != s.role.inputs || fa_op_outputs(op) != s.role.outputs) {
    failures++;
    fprintf(stderr, "FAIL %s has %d inputs and %d outputs, not %d and %d\n", s.name, fa_op_inputs(op), fa_op_outputs(op),
            s.role.inputs, s.role.outputs);
    return;
  }
  for (int a = 0; a < all; a++) args[a] = buffer(CHUNK * sizes[type]);
  for (int kind = alone ? ANY : DEFAULTS; kind < FILLS; kind++) {
    /* each kind of several walks all of x, in longer steps */
    const uint64_t stride = alone ? step : 2 * step, total = type == FA_F64 ? WALK / (stride / step) : (UINT64_C(1) << 32) / stride;
    for (uint64_t first = 0; first < total; first += CHUNK) {
      size_t n = total - first < CHUNK ? (size_t)(total - first) : CHUNK;
      inputs(&s, args, (fill)kind, first, n, stride);
      s.kernel(args, n);
      for (int a = s.role.inputs; a < all; a++) hash = digest(hash, args[a], n, sizes[type]);
      if (first != total / 2 / CHUNK * CHUNK || n != CHUNK) continue;
      check_places(&s, args);
      check_in_place(&s, args);
      check_repeated(&s, args);
    }
  }
  printf("%s %s %016llx\n", s.name, type_names[type], (unsigned long long)hash);
  for (int a = 0; a < all; a++) free(args[a]);
}

/* ---- rows ---- */

enum { PAD = 3 };

/* Row r: width 1, 8 or 40, or so that most weights underflow; every third with -inf in it; some with NaN, +inf, or -inf alone. */
static void fill_row(void *p, fa_dtype type, size_t r, size_t n) {
  static const double widths[] = {8, 1, 40, 120, 8};
  uint64_t state = r * 1000003 + n;
  for (size_t i = 0; i < n; i++) {
    double x = draw_f64(&state) * widths[r % 5] * (type == FA_F64 && r % 5 == 3 ? 8 : 1);
    if (r % 3 == 2 && draw(&state) % 4 == 0) x = -INFINITY;
    if ((r + n) % 13 == 5) x = -INFINITY;
    put(p, type, i, x);
  }
  if ((r + n) % 7 == 3) put(p, type, draw(&state) % n, NAN);
  if ((r + n) % 11 == 4) put(p, type, draw(&state) % n, INFINITY);
}

/* One row by the kernels for pieces, as several threads would. */
static void row_in_pieces(const fa_kernels *table, fa_row_op op, fa_dtype type, const char *x, char *y, size_t n) {
  const fa_pieces *piece = &table->pieces[type];
  const size_t blocks = (n + FA_BLOCK - 1) / FA_BLOCK, step = FA_BLOCK * sizes[type];
#define LENGTH(b) ((b) + 1 < blocks ? (size_t)FA_BLOCK : n - (b) * FA_BLOCK)
  double m = piece->peak(x, LENGTH(0)), s = 0;
  for (size_t b = 1; b < blocks; b++) {
    double peak = piece->peak(x + b * step, LENGTH(b));
    m = peak > m ? peak : m;
  }
  for (size_t b = 0; b < blocks; b++) s = s + piece->exp_sum(x + b * step, op == FA_SOFTMAX ? y + b * step : NULL, LENGTH(b), m);
  if (op == FA_LOGSUMEXP) piece->finish[op](x, y, n, m, s);
  else
    for (size_t b = blocks; b-- > 0;) piece->finish[op](x + b * step, y + b * step, LENGTH(b), m, s);
}

static void transpose(void *to, const void *from, size_t size, size_t rows, size_t row_step, size_t n, size_t column_step, int back) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < n; i++) {
      size_t a = r * row_step + i, b = i * column_step + r;
      memcpy((char *)to + (back ? a : b) * size, (const char *)from + (back ? b : a) * size, size);
    }
}

static uint64_t rows_of_length(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t n, uint64_t hash) {
  const size_t size = sizes[type], count = n <= 100 ? 37 : 5, pitch = n + PAD, cpitch = count + PAD;
  const size_t out = op == FA_LOGSUMEXP ? 1 : n, bytes = (count + PAD) * (n + PAD) * size, ypitch = op == FA_LOGSUMEXP ? 1 : n;
  char *x = buffer(bytes), *y = buffer(bytes), *z = buffer(bytes + 64), *columns = buffer(bytes), *scratch = buffer(fa_scratch(op, type, n, 0) + fa_scratch(op, type, n, 1));
  for (size_t r = 0; r < count; r++) fill_row(x + r * pitch * size, type, r, n);

  fa_rows rows = {x, y, count, n, (ptrdiff_t)pitch, (ptrdiff_t)ypitch, scratch, 0, NULL, 0};
  table->rows[op][type](&rows);

  for (size_t r = 0; r < count; r++) { /* each alone, streamed, off the natural alignment */
    fa_rows one = {x + r * pitch * size, z + size + r * ypitch * size, 1, n, (ptrdiff_t)pitch, (ptrdiff_t)ypitch, scratch, 1, NULL, 0};
    table->rows[op][type](&one);
  }
  expect_same(y, z + size, count * out, type, row_names[op], "row by row, streamed", n);

  char *packed = buffer(bytes);
  for (size_t r = 0; r < count; r++) memcpy(packed + r * n * size, x + r * pitch * size, n * size);
  for (int stream = 0; stream < 2; stream++) {
    fa_rows close = {packed, z, count, n, (ptrdiff_t)n, (ptrdiff_t)ypitch, scratch, stream, NULL, 0};
    table->rows[op][type](&close);
    expect_same(y, z, count * out, type, row_names[op], stream ? "packed, streamed" : "packed", n);
  }
  free(packed);

  for (size_t r = 0; r < count; r++) row_in_pieces(table, op, type, x + r * pitch * size, z + r * ypitch * size, n);
  expect_same(y, z, count * out, type, row_names[op], "in pieces", n);

  transpose(columns, x, size, count, pitch, n, cpitch, 0);
  for (int in_place = 0; in_place < 2; in_place++) {
    if (in_place && op == FA_LOGSUMEXP) break;
    fa_rows tile = {columns, in_place ? columns : z, count, n, (ptrdiff_t)cpitch, (ptrdiff_t)(in_place ? cpitch : count), scratch, !in_place, NULL, 0};
    table->columns[op][type](&tile);
    char *back = buffer(bytes);
    transpose(back, tile.y, size, count, out, out, op == FA_LOGSUMEXP ? 1 : (size_t)tile.ystep, 1);
    expect_same(y, back, count * out, type, row_names[op], in_place ? "in columns, in place" : "in columns", n);
    free(back);
  }
  if (op != FA_LOGSUMEXP) {
    fa_rows here = {x, x, count, n, (ptrdiff_t)pitch, (ptrdiff_t)pitch, scratch, 0, NULL, 0};
    table->rows[op][type](&here);
    for (size_t r = 0; r < count; r++) expect_same(y + r * n * size, x + r * pitch * size, n, type, row_names[op], "in place", n);
  }

  hash = digest(hash, y, count * out, size);
  free(x), free(y), free(z), free(columns), free(scratch);
  return hash;
}

static void rowwise(const fa_kernels *table, fa_row_op op, fa_dtype type) {
  static const size_t more[] = {100, 1000, 4097, 9001};
  uint64_t hash = 0;
  for (size_t n = 1; n <= 70; n++) hash = rows_of_length(table, op, type, n, hash);
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) hash = rows_of_length(table, op, type, more[i], hash);
  printf("%s %s %016llx\n", row_names[op], type_names[type], (unsigned long long)hash);
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = fa_select(argc > 1 ? argv[1] : NULL, &why);
  const uint64_t step = argc > 2 ? strtoull(argv[2], NULL, 0) : 4096;
  if (!table || !step) return fprintf(stderr, "digest: %s\n", table ? "step must be positive" : why), 2;
  for (int type = 0; type < FA_DTYPES; type++) {
    for (int op = 0; op < FA_OPS; op++) elementwise(table, (fa_op)op, (fa_dtype)type, step);
    for (int op = 0; op < FA_ROW_OPS; op++) rowwise(table, (fa_row_op)op, (fa_dtype)type);
  }
  return failures != 0;
}
