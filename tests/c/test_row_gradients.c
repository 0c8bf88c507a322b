/* The kernels of softmax_grad and log_softmax_grad of one instruction set: test_row_gradients <isa>. The same bits by
 * rows, by columns, in pieces and in place; prints digests, which fastact/_check/digests.txt holds. */
#include "digest.h"

int failures;
_Thread_local char *lines;

static const char *const names[] = {"softmax_grad", "log_softmax_grad"};

static void transpose(char *to, const char *from, size_t size, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) memcpy(to + (c * rows + r) * size, from + (r * columns + c) * size, size);
}

/* Every row alone, by columns, in pieces and in place of either input. Returns the digest carried on. */
static uint64_t check_length(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t n, uint64_t hash) {
  const size_t size = sizes[type], count = n <= 100 ? 37 : 5, bytes = count * n * size;
  char *dy = buffer(bytes), *y = buffer(bytes), *dx = buffer(bytes), *z = buffer(bytes), *tall = buffer(bytes),
       *talldy = buffer(bytes);
  char *scratch = buffer(fa_scratch(op, type, n, 0) + fa_scratch(op, type, n, 1));
  const ptrdiff_t step = (ptrdiff_t)n, across = (ptrdiff_t)count;
  for (size_t r = 0; r < count; r++) {
    uint64_t state = r * 1000003 + n;
    for (size_t i = 0; i < n; i++) { /* every fifth row far below its largest, every third with what hardly varies */
      const double x = -fabs(draw_f64(&state)) * (r % 5 == 3 ? 120 : 8), d = draw_f64(&state);
      const double share = ldexp(1 - fabs(draw_f64(&state)) / 2, (int)(x * 1.5)); /* exact: no exp of the C library */
      put(y + r * n * size, type, i, op == FA_SOFTMAX_GRAD ? share : r % 4 == 2 && i % 4 == 1 ? -INFINITY : x);
      put(dy + r * n * size, type, i,
          r % 3 == 1 ? 1 + d / 1024
                     : d * (r % 7 == 5   ? 0x1p100
                            : r % 7 == 2 ? 0x1p-120
                                         : 1));
    }
    if ((r + n) % 7 == 3) put(dy + r * n * size, type, draw(&state) % n, NAN);
    if ((r + n) % 11 == 4) put(dy + r * n * size, type, draw(&state) % n, INFINITY);
  }
  fa_rows all = {y, dx, count, n, step, step, scratch, 0, dy, step, 0, NULL, 0};
  table->rows[op][type](&all);
  hash = digest(hash, dx, count * n, size);
  for (size_t r = 0; r < count; r++) {
    const size_t at = r * n * size;
    fa_rows one = {y + at, z + at, 1, n, step, step, scratch, 1, dy + at, step, 0, NULL, 0};
    table->rows[op][type](&one);
  }
  expect_same(dx, z, count * n, type, names[op - FA_SOFTMAX_GRAD], "row by row", n);
  for (size_t r = 0; r < count; r++)
    row_in_blocks(table, op, type, y + r * n * size, dy + r * n * size, z + r * n * size, n);
  expect_same(dx, z, count * n, type, names[op - FA_SOFTMAX_GRAD], "in pieces", n);
  transpose(tall, y, size, count, n);
  transpose(talldy, dy, size, count, n);
  for (int place = 0; place < 2; place++) {
    fa_rows columns = {tall, place ? talldy : tall, count, n, across, across, scratch, 0, talldy, across, 0, NULL, 0};
    if (place) transpose(tall, y, size, count, n);
    table->columns[op][type](&columns);
    transpose(z, columns.y, size, n, count);
    expect_same(dx, z, count * n, type, names[op - FA_SOFTMAX_GRAD], "in columns, in place", n);
  }
  if (count > 32) { /* the first 32 as columns past the caches, on a line's edge and off it */
    transpose(tall, y, size, 32, n);
    transpose(talldy, dy, size, 32, n);
    char *past = buffer(32 * n * size + 64);
    for (size_t off = 0; off < 64; off += 3 * size) {
      fa_rows streamed = {tall, past + off, 32, n, 32, 32, scratch, 1, talldy, 32, 0, NULL, 0};
      table->columns[op][type](&streamed);
      transpose(z, past + off, size, n, 32);
      expect_same(dx, z, 32 * n, type, names[op - FA_SOFTMAX_GRAD], "in columns, past the caches", n);
    }
    free(past);
  }
  for (int place = 0; place < 2; place++) {
    memcpy(z, place ? dy : y, bytes);
    fa_rows here = {place ? y : z, z, count, n, step, step, scratch, 0, place ? z : dy, step, 0, NULL, 0};
    table->rows[op][type](&here);
    expect_same(dx, z, count * n, type, names[op - FA_SOFTMAX_GRAD], "in place", n);
  }
  free(dy), free(y), free(dx), free(z), free(tall), free(talldy), free(scratch);
  return hash;
}

int main(int argc, char **argv) {
  static const size_t more[] = {100, 1000, 3000, 4097, 9001};
  char text[256];
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  if (!table) return fprintf(stderr, "test_row_gradients: %s\n", why), 2;
  for (int op = FA_SOFTMAX_GRAD; op < FA_ROW_OPS; op++)
    for (int type = 0; type < FA_COMPUTE_DTYPES; type++) {
      uint64_t hash = 0;
      for (size_t n = 1; n <= 70; n++) hash = check_length(table, (fa_row_op)op, (fa_dtype)type, n, hash);
      for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        hash = check_length(table, (fa_row_op)op, (fa_dtype)type, more[i], hash);
      lines = text;
      print_digest(names[op - FA_SOFTMAX_GRAD], (fa_dtype)type, hash);
      fputs(text, stdout);
    }
  return failures != 0;
}
