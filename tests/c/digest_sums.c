/* What the engine makes of rows besides, and the kernels that serve other functions alone, on one instruction set:
 * digest_sums <isa>. Prints digests, which fastact/_check/digests.txt holds. */
#include "digest.h"
#include "fastact/fastact.h"

int failures;
_Thread_local char *lines;

static ptrdiff_t label_of(size_t r, size_t n) {
  uint64_t state = r * 77 + n;
  return (ptrdiff_t)(draw(&state) % n);
}

/* ---- the engine's functions ---- */

/* softmax times a number for each row, which is the gradient of logsumexp. */
static uint64_t weighted(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t all = count * n, size = sizes[type];
  char *x = buffer(all * size), *by = buffer(count * size), *y = buffer(all * size), *z = buffer(all * size);
  (void)op;
  vary_rows(table, x, type, count, n);
  for (size_t r = 0; r < count; r++) {
    uint64_t state = r * 77 + n;
    put(by, type, r, r % 9 == 4 ? INFINITY : r % 16 == 13 ? NAN : draw_f64(&state) * row_factor(type, r / 4));
  }
  for (int i = 0; i < 2; i++) {
    const fa_weighted_rows call = {type, count, n, x, by, i ? z : y};
    fa_set_threads(i ? 3 : 1);
    if (fa_run_weighted_rows(table, &call)) abort();
  }
  expect_same(y, z, all, type, "logsumexp_grad", "on threads", n);
  hash = digest(hash, y, all, size);
  free(x), free(by), free(y), free(z);
  return hash;
}

static uint64_t log_prob(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t size = sizes[type];
  char *x = buffer(count * n * size), *y = buffer(count * size), *z = buffer(count * size);
  ptrdiff_t *index = buffer(count * sizeof *index);
  vary_rows(table, x, type, count, n);
  for (size_t r = 0; r < count; r++) index[r] = label_of(r, n);
  for (int i = 0; i < 2; i++) {
    const fa_chosen call = {(fa_row_op)op, type, count, n, 1, x, (ptrdiff_t)n, NULL, index, 1, i ? z : y};
    fa_set_threads(i ? 3 : 1);
    if (fa_run_chosen(table, &call)) abort();
  }
  expect_same(y, z, count, type, "log_prob", "on threads", n);
  hash = digest(hash, y, count, size);
  free(x), free(y), free(z), free(index);
  return hash;
}

/* op: the power. */
static uint64_t sparse(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t all = count * n, size = sizes[type];
  char *x = buffer(all * size), *y = buffer(all * size), *z = buffer(all * size);
  vary_rows(table, x, type, count, n);
  for (int i = 0; i < 2; i++) {
    fa_set_threads(i ? 3 : 1);
    fa_sparse_rows(op, type, x, i ? z : y, count, n);
  }
  expect_same(y, z, all, type, op == 1 ? "sparsemax" : "entmax15", "on threads", n);
  hash = digest(hash, y, all, size);
  free(x), free(y), free(z);
  return hash;
}

/* The gradient, and the losses rounded to the type. */
static uint64_t sparse_losses(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t all = count * n, size = sizes[type];
  char *x = buffer(all * size), *y = buffer(all * size), *z = buffer(all * size), *rounded = buffer(count * size);
  ptrdiff_t *label = buffer(count * sizeof *label);
  double *loss = buffer(count * sizeof *loss), *other = buffer(count * sizeof *other);
  vary_rows(table, x, type, count, n);
  for (size_t r = 0; r < count; r++) label[r] = r % 8 == 7 ? -1 : label_of(r, n);
  fa_set_threads(1);
  fa_sparse_losses(op, type, x, label, loss, y, count, n, 1);
  fa_set_threads(3);
  fa_sparse_losses(op, type, x, label, other, z, count, n, 1);
  expect_same(y, z, all, type, op == 1 ? "sparsemax_loss" : "entmax15_loss", "on threads", n);
  expect_same(loss, other, count, FA_F64, op == 1 ? "sparsemax_loss" : "entmax15_loss", "on threads", n);
  for (size_t r = 0; r < count; r++) put(rounded, type, r, loss[r]);
  hash = digest(digest(hash, y, all, size), rounded, count, size);
  free(x), free(y), free(z), free(rounded), free(label), free(loss), free(other);
  return hash;
}

/* ---- kernels ---- */

/* Sums of blocks, and what draws are made of: a block divided by its sum. */
static uint64_t sums(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t size = sizes[type];
  char *x = buffer(count * n * size);
  (void)op;
  vary_rows(table, x, type, count, n);
  for (size_t first = 0, k; first < count * n; first += k) {
    k = n < FA_BLOCK ? n : first % n + FA_BLOCK < n ? FA_BLOCK : n - first % n;
    const double sum = table->sum[type](x + first * size, k);
    hash = digest(hash, &sum, 1, sizeof sum);
    table->divide[type](x + first * size, k, sum);
    hash = digest(hash, x + first * size, k, size);
  }
  free(x);
  return hash;
}

/* Operations outside the registry: `inputs` of them, of which the first walks over all numbers; the results' digests
 * one after the other. */
static void print_map(fa_map_kernel kernel, fa_dtype type, int inputs, int outputs, const char *name) {
  const size_t size = sizes[type];
  char *args[FA_MAX_ARGUMENTS], text[256];
  uint64_t hash = 0;
  for (int a = 0; a < inputs + outputs; a++) args[a] = buffer(WALK * size);
  draw_x(args[0], type, 0, WALK, (UINT64_C(1) << 32) / WALK);
  for (int a = 1; a < inputs; a++) draw_input(args[a], type, a, 0, WALK);
  kernel(args, 0, WALK);
  for (int a = inputs; a < inputs + outputs; a++) hash = digest(hash, args[a], WALK, size);
  for (int a = 0; a < inputs + outputs; a++) free(args[a]);
  lines = text;
  print_digest(name, type, hash);
  fputs(text, stdout);
}

static void print_bytes(const fa_kernels *table, fa_dtype type) {
  enum { ALL = 1 << 8 };
  unsigned char bytes[ALL];
  char *x = buffer(ALL * sizes[type]), text[256];
  uint64_t hash = 0;
  for (int i = 0; i < ALL; i++) bytes[i] = (unsigned char)i;
  for (int of = FA_I8; of < FA_STORED_DTYPES; of++) {
    table->from_bytes[type][of - FA_I8](bytes, x, ALL);
    hash = digest(hash, x, ALL, sizes[type]);
  }
  free(x);
  lines = text;
  print_digest("from_bytes", type, hash);
  fputs(text, stdout);
}

/* Bytes past the caches are the bytes. */
static void check_stream(const fa_kernels *table) {
  enum { BYTES = 5000 };
  unsigned char *from = buffer(BYTES), *to = buffer(BYTES + 64);
  for (size_t i = 0; i < BYTES; i++) from[i] = (unsigned char)mix(i);
  for (size_t off = 0; off < 64; off += 4) {
    memset(to, 0, BYTES + 64);
    table->stream(from, to + off, BYTES);
    table->fence();
    if (memcmp(from, to + off, BYTES)) failures++, fprintf(stderr, "FAIL stream: bytes differ, %zu off\n", off);
  }
  free(from), free(to);
}

int main(int argc, char **argv) {
  static const struct {
    digest_of_rows *f;
    int op;
    const char *name;
  } of_rows[] = {
      {weighted, 0, "logsumexp_grad"}, {log_prob, FA_LOG_SOFTMAX, "log_prob"}, {sparse, 1, "sparsemax"},
      {sparse, 2, "entmax15"},         {sparse_losses, 1, "sparsemax_loss"},   {sparse_losses, 2, "entmax15_loss"},
      {sums, 0, "sum_and_divide"}};
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  if (!table) return fprintf(stderr, "digest_sums: %s\n", why), 2;
  for (size_t i = 0; i < sizeof of_rows / sizeof *of_rows; i++)
    for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
      print_lengths(table, of_rows[i].f, of_rows[i].op, (fa_dtype)type, of_rows[i].name);
  for (int type = 0; type < FA_COMPUTE_DTYPES; type++) {
    print_map(table->make_parts[type], (fa_dtype)type, fa_op_inputs(FA_OP_row_input), 2, "make_parts");
    print_map(table->scale_add[type], (fa_dtype)type, 3, 1, "scale_add");
    print_bytes(table, (fa_dtype)type);
  }
  check_stream(table);
  return failures != 0;
}
