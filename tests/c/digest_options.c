/* Rows with what softmax, log_softmax and logsumexp take besides, and rows of 16-bit types, on one instruction set:
 * digest_options <isa>. The same bits on any number of threads, by rows, by columns and in pieces; prints digests,
 * which fastact/_check/digests.txt holds. */
#include "digest.h"
#include "fastact/fastact.h"

int failures;
_Thread_local char *lines;

static const char *const names[FA_ROW_OPS] = {"softmax", "log_softmax", "logsumexp", "softmax_grad",
                                              "log_softmax_grad"};
enum { MOST_SIZE = 8 };

/* Results of any type as the digest takes them: those of 16 bits as float32. */
static uint64_t digest_results(const fa_kernels *table, uint64_t hash, const void *y, fa_dtype type, size_t n) {
  if (type < FA_COMPUTE_DTYPES) return digest(hash, y, n, sizes[type]);
  float *wide = buffer(n * sizeof *wide);
  table->widen[type - FA_F16](y, wide, n);
  hash = digest(hash, wide, n, sizeof *wide);
  free(wide);
  return hash;
}

static void expect_alike(const fa_kernels *table, const void *a, const void *b, fa_dtype type, size_t count,
                         const char *kernel, const char *what, size_t n) {
  if (digest_results(table, 0, a, type, count) == digest_results(table, 0, b, type, count)) return;
  failures++;
  fprintf(stderr, "FAIL %s %s: results differ %s (n=%zu)\n", kernel, type_names[type], what, n);
}

/* ---- extra logits, and 16-bit types without them ---- */

/* Of row r, as large as its logits; some are -inf, inf or NaN. */
static void fill_extra(void *p, fa_dtype type, size_t count, size_t n) {
  for (size_t r = 0; r < count; r++) {
    uint64_t state = r * 7919 + n;
    const double x = draw_f64(&state) * 20;
    put(p, type < FA_COMPUTE_DTYPES ? type : FA_F32, r,
        r % 9 == 4     ? -INFINITY
        : r % 16 == 9  ? INFINITY
        : r % 16 == 13 ? NAN
                       : x * row_factor(type, r));
  }
}

/* Rows along the last axis or the first; of a gradient dy lies as x. */
static fa_strided two_dimensions(const void *x, void *y, const void *dy, fa_dtype type, size_t count, size_t n,
                                 size_t out, int columns) {
  const ptrdiff_t size = (ptrdiff_t)sizes[type], of_column = (ptrdiff_t)count * size;
  fa_strided nest = {.dimensions = 2, .args = {(char *)x, y, (char *)dy}};
  nest.shape[columns] = count, nest.shape[!columns] = n;
  for (int a = 0; a < 3; a++) {
    nest.steps[a][columns] = columns ? size : (ptrdiff_t)(a == 1 ? out : n) * size;
    nest.steps[a][!columns] = columns ? of_column : size;
  }
  return nest;
}

static void transpose(void *to, const void *from, size_t size, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      memcpy((char *)to + (c * rows + r) * size, (const char *)from + (r * columns + c) * size, size);
}

/* Rows alone or beside extra logits; of a gradient dy is x in reverse order. By rows and by columns on one
 * thread and on three, and in pieces. */
static uint64_t every_way(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, const fa_extra *extra,
                          uint64_t hash) {
  const size_t all = count * n, out = op == FA_LOGSUMEXP ? 1 : n, size = sizes[type];
  char *x = buffer(all * size), *dy = buffer(all * size), *y = buffer(all * size), *z = buffer(all * size),
       *tall = buffer(all * size), *tall_dy = buffer(all * size);
  vary_rows(table, x, type, count, n);
  for (size_t i = 0; i < all; i++) memcpy(dy + i * size, x + (all - 1 - i) * size, size);
  transpose(tall, x, size, count, n), transpose(tall_dy, dy, size, count, n);
  for (int way = 0; way < 4; way++) {
    const int columns = way / 2;
    char *to = way ? z : y;
    fa_set_threads(way % 2 ? 3 : 1);
    const fa_strided nest =
        two_dimensions(columns ? tall : x, to, columns ? tall_dy : dy, type, count, n, out, columns);
    const char reduced[] = {(char)columns, (char)!columns};
    if (fa_run_rows_and_sums(table, (fa_row_op)op, type, &nest, reduced, extra, NULL)) abort();
    if (columns && out > 1) {
      char *back = buffer(all * size);
      transpose(back, z, size, n, count), memcpy(z, back, all * size);
      free(back);
    }
    expect_alike(table, y, to, type, count * out, names[op], columns ? "in columns" : "on threads", n);
  }
  for (size_t r = 0; !extra && r < count; r++)
    row_in_blocks(table, (fa_row_op)op, type, x + r * n * size, dy + r * n * size, z + r * out * size, n);
  if (!extra) expect_alike(table, y, z, type, count * out, names[op], "in pieces", n);
  hash = digest_results(table, hash, y, type, count * out);
  free(x), free(dy), free(y), free(z), free(tall), free(tall_dy);
  return hash;
}

static uint64_t alone(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  return every_way(table, op, type, count, n, NULL, hash);
}

static uint64_t beside_extra(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  char *logits = buffer(count * MOST_SIZE);
  fill_extra(logits, type, count, n);
  const fa_extra extra = {logits, 1};
  hash = every_way(table, op, type, count, n, &extra, hash);
  free(logits);
  return hash;
}

/* The loss and its gradient, with the extra logit for one more class: by rows on one thread and on three, by columns.
 */
static uint64_t loss_beside_extra(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n,
                                  uint64_t hash) {
  const size_t all = count * n, size = sizes[type];
  char *x = buffer(all * size), *tall = buffer(all * size), *y = buffer(all * size), *z = buffer(all * size),
       *extra = buffer(count * size), *loss = buffer(count * size), *other = buffer(count * size);
  ptrdiff_t *label = buffer(count * sizeof *label);
  (void)op;
  vary_rows(table, x, type, count, n);
  transpose(tall, x, size, count, n);
  fill_extra(extra, type, count, n);
  for (size_t r = 0; r < count; r++) {
    uint64_t state = r * 77 + n;
    label[r] = r % 8 == 7 ? -1 : (ptrdiff_t)(draw(&state) % (n + 1));
  }
  const fa_extra beside = {extra, 1};
  for (int way = 0; way < 3; way++) {
    char *to = way ? other : loss;
    fa_set_threads(way == 1 ? 3 : 1);
    const fa_cross_entropy call = {.dtype = type,
                                   .classes = n + 1,
                                   .label = label,
                                   .extra = &beside,
                                   .grad_scale = 1,
                                   .loss_f32 = type == FA_F32 ? (float *)to : NULL,
                                   .loss_f64 = type == FA_F64 ? (double *)to : NULL};
    const fa_strided nest = two_dimensions(way == 2 ? tall : x, way ? z : y, NULL, type, count, n, n, way == 2);
    const fa_status status = fa_run_cross_entropy(table, &call, &nest, way != 2, 0);
    if (way == 2 && status == FA_UNSUPPORTED_LAYOUT) continue; /* long columns */
    if (status) abort();
    if (way == 2) transpose(tall, z, size, n, count), memcpy(z, tall, all * size);
    if (!way) continue;
    expect_same(y, z, all, type, "cross_entropy", "beside extra logits", n);
    expect_same(loss, other, count, type, "cross_entropy", "beside extra logits", n);
  }
  hash = digest(digest(hash, y, all, size), loss, count, size);
  free(x), free(tall), free(y), free(z), free(extra), free(loss), free(other), free(label);
  return hash;
}

/* ---- segments: all rows in one, cut anew, some of them empty ---- */

static uint64_t segments(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t all = count * n, size = sizes[type], out = op == FA_LOGSUMEXP ? count + 1 : all;
  char *x = buffer(all * size), *y = buffer((all + count + 1) * size), *z = buffer((all + count + 1) * size);
  ptrdiff_t *offset = buffer((count + 2) * sizeof *offset);
  vary_rows(table, x, type, count, n);
  uint64_t state = n;
  offset[0] = 0;
  for (size_t r = 0; r < count; r++) {
    const size_t end = (size_t)offset[r] + draw(&state) % (2 * n + 1);
    offset[r + 1] = (ptrdiff_t)(end < all ? end : all);
  }
  offset[count + 1] = (ptrdiff_t)all;
  for (int i = 0; i < 2; i++) {
    const fa_segmented call = {type, 1, count + 1, offset, x, i ? z : y};
    fa_set_threads(i ? 3 : 1);
    if (fa_run_segments(table, (fa_row_op)op, &call)) abort();
  }
  expect_same(y, z, out, type, names[op], "of segments, on threads", n);
  hash = digest(hash, y, out, size);
  free(x), free(y), free(z), free(offset);
  return hash;
}

/* ---- scale, bias and mask ---- */

/* A row in pieces, as a row too long to be held is taken. */
static void parts_in_blocks(const fa_kernels *table, fa_row_op op, fa_dtype type, const char *high, const char *low,
                            char *y, size_t n) {
  const fa_parts *parts = &table->parts[type];
  double m[2] = {-INFINITY, 0}, s[2] = {0, 0};
  for (size_t i = 0, k; i < n; i += k) {
    k = n - i < FA_BLOCK ? n - i : FA_BLOCK;
    parts->maximum(high + i * sizes[type], low + i * sizes[type], k, m);
  }
  for (size_t i = 0, k; i < n; i += k) {
    double block[2] = {0, 0};
    k = n - i < FA_BLOCK ? n - i : FA_BLOCK;
    parts->sum(op, high + i * sizes[type], low + i * sizes[type], k, m, block);
    s[0] += block[0], s[1] += block[1];
  }
  for (size_t i = 0, k; i < (op == FA_LOGSUMEXP ? 1 : n); i += k) {
    k = n - i < FA_BLOCK ? n - i : FA_BLOCK;
    parts->finish(op, high + i * sizes[type], low + i * sizes[type], y + i * sizes[type], k, m, s);
  }
}

/* 0.3*x + bias, alone and beside an extra logit; the bias are the rows of x in reverse order. */
static uint64_t biased(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t all = count * n, out = op == FA_LOGSUMEXP ? 1 : n, size = sizes[type];
  char *x = buffer(all * size), *bias = buffer(all * size), *y = buffer(all * size), *z = buffer(all * size),
       *high = buffer(all * size), *low = buffer(all * size), *extra = buffer(count * size), *numbers = buffer(192);
  vary_rows(table, x, type, count, n);
  fill_extra(extra, type, count, n);
  for (size_t r = 0; r < count; r++) memcpy(bias + r * n * size, x + (count - 1 - r) * n * size, n * size);
  for (size_t i = 0; i < FA_REPEATED / size; i++) put(numbers, type, i, 0.3), put(numbers + 64, type, i, 1);
  const fa_loop make = fa_loop_of_parts(table, type);
  fa_strided nest = {.dimensions = 1, .shape = {all}, .args = {x, numbers, bias, numbers + 64}};
  nest.steps[0][0] = nest.steps[2][0] = nest.steps[4][0] = nest.steps[5][0] = (ptrdiff_t)size;
  const fa_extra beside = {extra, 1};
  for (int has_extra = 0; has_extra < 2; has_extra++) {
    for (int threads = 1; threads <= 3; threads += 2) {
      fa_set_threads(threads);
      if (fa_run_made_rows(&make, &nest, threads > 1 ? z : y, (fa_row_op)op, count, n, has_extra ? &beside : NULL) < 0)
        abort();
    }
    expect_same(y, z, count * out, type, names[op], "of scaled and biased rows, on threads", n);
    hash = digest(hash, y, count * out, size);
    if (has_extra) continue;
    char *const args[] = {x, numbers, bias, numbers + 64, high, low};
    table->make_parts[type](args, 1 << 1 | 1 << 3, all);
    for (size_t r = 0; r < count; r++)
      parts_in_blocks(table, (fa_row_op)op, type, high + r * n * size, low + r * n * size, z + r * out * size, n);
    expect_same(y, z, count * out, type, names[op], "of scaled and biased rows, in pieces", n);
  }
  free(x), free(bias), free(y), free(z), free(high), free(low), free(extra), free(numbers);
  return hash;
}

/* 0.3*x; under a mask x, 0.7*x, -1.7*x, and -x beside an extra logit. The public functions make shorter rows in parts,
 * as above. */
enum { SCALED_FROM = 64 };
static uint64_t scaled(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  if (n < SCALED_FROM) return hash;
  const size_t all = count * n, out = op == FA_LOGSUMEXP ? 1 : n, size = sizes[type];
  char *x = buffer(all * size), *y = buffer(all * size), *z = buffer(all * size), *extra = buffer(count * size);
  unsigned char *where = buffer(all);
  vary_rows(table, x, type, count, n);
  fill_extra(extra, type, count, n);
  for (size_t r = 0; r < count; r++) { /* also rows of which nothing counts, all, not the end, not the beginning */
    uint64_t state = r * 77 + n;
    for (size_t i = 0; i < n; i++)
      where[r * n + i] = r % 7 == 5 || (draw(&state) % 4 != 0 && r % 7 != 6 && (r % 5 != 1 || i <= n / 3) &&
                                        (r % 5 != 3 || i > n - n / 3));
  }
  const fa_extra beside = {extra, 1};
  static const double scales[] = {0.3, 1, 0.7, -1.7, -1};
  enum { WAYS = sizeof scales / sizeof *scales };
  for (int way = 0; way < WAYS; way++) {
    fa_strided nest = two_dimensions(x, NULL, NULL, type, count, n, 0, 0);
    nest.args[1] = way ? (char *)where : NULL;
    nest.steps[1][0] = (ptrdiff_t)n, nest.steps[1][1] = 1;
    for (int threads = 1; threads <= 3; threads += 2) {
      fa_set_threads(threads);
      if (fa_run_scaled_rows(table, (fa_row_op)op, type, &nest, threads > 1 ? z : y, scales[way],
                             way == WAYS - 1 ? &beside : NULL) < 0)
        abort();
    }
    expect_same(y, z, count * out, type, names[op], "of scaled rows, on threads", n);
    hash = digest(hash, y, count * out, size);
  }
  free(x), free(y), free(z), free(extra), free(where);
  return hash;
}

static void print_all(const fa_kernels *table, digest_of_rows *f, const char *before, const char *behind, int types) {
  char name[64];
  for (int op = FA_SOFTMAX; op <= FA_LOGSUMEXP; op++)
    for (int type = 0; type < types; type++) {
      snprintf(name, sizeof name, "%s%s%s", before, names[op], behind);
      print_lengths(table, f, op, (fa_dtype)type, name);
    }
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  if (!table) return fprintf(stderr, "digest_options: %s\n", why), 2;
  for (int op = 0; op < FA_ROW_OPS; op++)
    for (int type = FA_F16; type < FA_ALL_DTYPES; type++) print_lengths(table, alone, op, (fa_dtype)type, names[op]);
  print_all(table, beside_extra, "", "-extra", FA_ALL_DTYPES);
  for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
    print_lengths(table, loss_beside_extra, 0, (fa_dtype)type, "cross_entropy-extra");
  print_all(table, segments, "segment_", "", FA_COMPUTE_DTYPES);
  print_all(table, scaled, "", "-scaled", FA_COMPUTE_DTYPES);
  print_all(table, biased, "", "-biased", FA_COMPUTE_DTYPES);
  return failures != 0;
}
