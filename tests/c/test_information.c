/* Sums over rows' probabilities and the k largest of one instruction set: test_information <isa>. The same bits for
 * each row alone, at any step and by any number of threads; prints digests, which fastact/_check/digests.txt holds. */
#include "digest.h"
#include "fastact/fastact.h"

int failures;
_Thread_local char *lines;

static const char *const names[FA_INFORMATION_OPS] = {"entropy", "expectation", "kl_divergence"};

/* The sums, rounded to the type. A divergence that the kernel does not vouch for is NaN. */
static void round_sums(fa_information_op op, fa_dtype type, const double *sum, void *y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const int is_wrong =
        op == FA_DIVERGENCE && !(isfinite(sum[i]) && (sum[i] >= FA_DIVERGENCE_LEAST || (float)sum[i] == 0));
    put(y, type, i, is_wrong ? NAN : sum[i]);
  }
}

static uint64_t check_sums(const fa_kernels *table, fa_information_op op, fa_dtype type, size_t count, size_t n,
                           uint64_t hash) {
  enum { PAD = 3 };
  const size_t size = sizes[type], pitch = n + PAD;
  char *x = buffer(count * n * size), *y = buffer(count * n * size), *far = buffer(2 * count * pitch * size),
       *one = buffer(count * size), *other = buffer(count * size);
  double *sum = buffer(count * sizeof(double));
  for (size_t r = 0; r < count; r++) {
    fill_row(x + r * n * size, type, r, n);
    if (op == FA_DIVERGENCE) fill_row(y + r * n * size, type, count - 1 - r, n);
    else
      for (size_t i = 0; i < n; i++) put(y + r * n * size, type, i, (double)i);
    memcpy(far + r * pitch * size, x + r * n * size, n * size);
    memcpy(far + (count + r) * pitch * size, y + r * n * size, n * size);
  }
  const ptrdiff_t step = (ptrdiff_t)n, apart = (ptrdiff_t)pitch;
  fa_information all = {x, op == FA_ENTROPY ? NULL : y, count, n, step, op == FA_EXPECTATION ? 0 : step, NULL, sum};
  for (int threads = 1; threads <= 3; threads += 2) {
    fa_set_threads(threads);
    if (fa_run_information(table, op, type, &all)) abort();
    round_sums(op, type, sum, threads == 1 ? one : other, count);
  }
  expect_same(one, other, count, type, names[op], "on three threads", n);
  char *scratch = buffer(fa_information_scratch(type, n));
  for (size_t r = 0; r < count; r++) {
    fa_information alone = {far + r * pitch * size,
                            op == FA_ENTROPY ? NULL : far + (count + r) * pitch * size,
                            1,
                            n,
                            apart,
                            apart,
                            scratch,
                            sum + r};
    table->inform[op][type](&alone);
  }
  round_sums(op, type, sum, other, count);
  expect_same(one, other, count, type, names[op], "row by row", n);
  hash = digest(hash, one, count, size);
  free(x), free(y), free(far), free(one), free(other), free(sum), free(scratch);
  return hash;
}

/* Averages of vectors, rounded to the type: by three threads, and each column of each row alone. */
static uint64_t check_averages(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  enum { D = 19 };
  const size_t size = sizes[type];
  char *x = buffer(count * n * size), *v = buffer(n * D * size), *one = buffer(count * D * size),
       *other = buffer(count * D * size);
  double *y = buffer(count * D * sizeof(double));
  (void)op;
  for (size_t r = 0; r < count; r++) fill_row(x + r * n * size, type, r, n);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < D; j++) put(v, type, i * D + j, (double)((7 * i + 5 * j) % 23) - 11);
  const fa_row_averages all = {type, count, n, D, x, 0, v, D, NULL, y};
  for (int threads = 1; threads <= 3; threads += 2) {
    fa_set_threads(threads);
    if (fa_run_row_averages(table, &all)) abort();
    for (size_t i = 0; i < count * D; i++) put(threads == 1 ? one : other, type, i, y[i]);
  }
  expect_same(one, other, count * D, type, "averages", "on three threads", n);
  char *scratch = buffer(fa_averages_scratch(type));
  for (size_t r = 0; r < count; r++)
    for (size_t j = 0; j < D; j++) {
      const fa_averages alone = {.x = x + r * n * size,
                                 .count = 1,
                                 .n = n,
                                 .d = 1,
                                 .values = v + j * size,
                                 .vstep = D,
                                 .scratch = scratch,
                                 .y = y + r * D + j};
      table->average[type](&alone);
      put(other, type, r * D + j, y[r * D + j]);
    }
  expect_same(one, other, count * D, type, "averages", "alone", n);
  hash = digest(hash, one, count * D, size);
  free(x), free(v), free(one), free(other), free(y), free(scratch);
  return hash;
}

/* Logarithms and signs of weighted sums, in float64: by three threads, and each row alone. */
static uint64_t check_signed(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  const size_t size = sizeof(double);
  double *x = buffer(count * n * size), *b = buffer(n * size), *one = buffer(2 * count * size),
         *other = buffer(2 * count * size);
  (void)op;
  for (size_t r = 0; r < count; r++) fill_row((char *)(x + r * n), type, r, n);
  for (size_t i = 0; i < n; i++) b[i] = (double)((7 * i + 3) % 23) - 11;
  for (int threads = 1; threads <= 3; threads += 2) {
    double *to = threads == 1 ? one : other;
    const fa_signed_sums all = {x, b, (ptrdiff_t)n, 0, count, n, to, to + count};
    fa_set_threads(threads);
    fa_run_signed_sums(table, &all);
  }
  expect_same(one, other, 2 * count, type, "signed sums", "on three threads", n);
  for (size_t r = 0; r < count; r++) {
    const fa_signed_sums alone = {x + r * n, b, 0, 0, 1, n, other + r, other + count + r};
    table->signed_sums(&alone);
  }
  expect_same(one, other, 2 * count, type, "signed sums", "alone", n);
  hash = digest(hash, one, 2 * count, size);
  free(x), free(b), free(one), free(other);
  return hash;
}

/* Probabilities, or their logarithms, and indices of the five largest; the same for these indices. */
static uint64_t check_largest(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t count, size_t n,
                              uint64_t hash) {
  const size_t size = sizes[type], k = n < 5 ? n : 5;
  char *x = buffer(count * n * size), *y = buffer(count * k * size), *z = buffer(count * k * size);
  ptrdiff_t *index = buffer(count * k * sizeof *index);
  double *places = buffer(count * k * sizeof *places);
  for (size_t r = 0; r < count; r++) fill_row(x + r * n * size, type, r, n);
  fa_chosen call = {op, type, count, n, k, x, (ptrdiff_t)n, NULL, index, 0, y};
  fa_set_threads(3);
  if (fa_run_chosen(table, &call)) abort();
  for (size_t i = 0; i < count * k; i++) places[i] = (double)index[i];
  hash = digest(digest(hash, y, count * k, size), places, count * k, sizeof *places);
  call.given = 1, call.y = z;
  fa_set_threads(1);
  if (fa_run_chosen(table, &call)) abort();
  expect_same(y, z, count * k, type, "top_k", "of given indices", n);
  free(x), free(y), free(z), free(index), free(places);
  return hash;
}

static uint64_t sums(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  return check_sums(table, (fa_information_op)op, type, count, n, hash);
}
static uint64_t largest(const fa_kernels *table, int op, fa_dtype type, size_t count, size_t n, uint64_t hash) {
  return check_largest(table, (fa_row_op)op, type, count, n, hash);
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  if (!table) return fprintf(stderr, "test_information: %s\n", why), 2;
  for (int op = 0; op < FA_INFORMATION_OPS; op++)
    for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
      if (table->inform[op][type]) print_lengths(table, sums, op, (fa_dtype)type, names[op]);
  for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
    print_lengths(table, check_averages, 0, (fa_dtype)type, "expectation-vectors");
  print_lengths(table, check_signed, 0, FA_F64, "logsumexp-weighted");
  for (int op = FA_SOFTMAX; op <= FA_LOG_SOFTMAX; op++)
    for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
      print_lengths(table, largest, op, (fa_dtype)type, op == FA_SOFTMAX ? "top_k" : "top_k-log");
  return failures != 0;
}
