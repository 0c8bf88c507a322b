/* Digests of the row kernels: rows, and columns, which have the bits of rows. */
#include "digest.h"

static const char *const row_names[FA_LOGSUMEXP + 1] = {"softmax", "log_softmax", "logsumexp"};

enum { PAD = 3 };

typedef struct {
  uint64_t rows, columns;
} hashes;

static void transpose(void *to, const void *from, size_t size, size_t rows, size_t row_step, size_t n,
                      size_t column_step, int back) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < n; i++) {
      size_t a = r * row_step + i, b = i * column_step + r;
      memcpy((char *)to + (back ? a : b) * size, (const char *)from + (back ? b : a) * size, size);
    }
}

static void rows_of_length(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t count, size_t n, hashes *hash) {
  const size_t size = sizes[type], pitch = n + PAD, cpitch = count + PAD;
  const size_t out = op == FA_LOGSUMEXP ? 1 : n, bytes = (count + PAD) * (n + PAD) * size,
               ypitch = op == FA_LOGSUMEXP ? 1 : n;
  char *x = buffer(bytes), *y = buffer(bytes), *z = buffer(bytes + 64), *columns = buffer(bytes),
       *scratch = buffer(fa_scratch(op, type, n, 0) + fa_scratch(op, type, n, 1));
  for (size_t r = 0; r < count; r++) fill_row(x + r * pitch * size, type, r, n);

  fa_rows rows = {x, y, count, n, (ptrdiff_t)pitch, (ptrdiff_t)ypitch, scratch, 0, NULL, 0, 0, NULL, 0};
  table->rows[op][type](&rows);

  for (size_t r = 0; r < count; r++) { /* each alone, streamed, off the natural alignment */
    fa_rows one = {x + r * pitch * size,
                   z + size + r * ypitch * size,
                   1,
                   n,
                   (ptrdiff_t)pitch,
                   (ptrdiff_t)ypitch,
                   scratch,
                   1,
                   NULL,
                   0,
                   0,
                   NULL,
                   0};
    table->rows[op][type](&one);
  }
  expect_same(y, z + size, count * out, type, row_names[op], "row by row, streamed", n);

  char *packed = buffer(bytes);
  for (size_t r = 0; r < count; r++) memcpy(packed + r * n * size, x + r * pitch * size, n * size);
  for (int stream = 0; stream < 2; stream++) {
    fa_rows close = {packed, z, count, n, (ptrdiff_t)n, (ptrdiff_t)ypitch, scratch, stream, NULL, 0, 0, NULL, 0};
    table->rows[op][type](&close);
    expect_same(y, z, count * out, type, row_names[op], stream ? "packed, streamed" : "packed", n);
  }
  free(packed);

  for (size_t r = 0; r < count; r++)
    row_in_blocks(table, op, type, x + r * pitch * size, NULL, z + r * ypitch * size, n);
  expect_same(y, z, count * out, type, row_names[op], "in pieces", n);

  transpose(columns, x, size, count, pitch, n, cpitch, 0);
  for (int in_place = 0; in_place < 2; in_place++) {
    if (in_place && op == FA_LOGSUMEXP) break;
    fa_rows tile = {columns,
                    in_place ? columns : z,
                    count,
                    n,
                    (ptrdiff_t)cpitch,
                    (ptrdiff_t)(in_place ? cpitch : count),
                    scratch,
                    !in_place,
                    NULL,
                    0,
                    0,
                    NULL,
                    0};
    table->columns[op][type](&tile);
    char *back = buffer(bytes);
    transpose(back, tile.y, size, count, out, out, op == FA_LOGSUMEXP ? 1 : (size_t)tile.ystep, 1);
    expect_same(y, back, count * out, type, row_names[op], in_place ? "in columns, in place" : "in columns", n);
    if (!in_place) hash->columns = digest(hash->columns, back, count * out, size);
    free(back);
  }
  if (op != FA_LOGSUMEXP) {
    fa_rows here = {x, x, count, n, (ptrdiff_t)pitch, (ptrdiff_t)pitch, scratch, 0, NULL, 0, 0, NULL, 0};
    table->rows[op][type](&here);
    for (size_t r = 0; r < count; r++)
      expect_same(y + r * n * size, x + r * pitch * size, n, type, row_names[op], "in place", n);
  }

  hash->rows = digest(hash->rows, y, count * out, size);
  free(x), free(y), free(z), free(columns), free(scratch);
}

void rows_digest(const fa_kernels *table, fa_row_op op, fa_dtype type) {
  hashes hash = {0, 0};
  char name[64];
  for (size_t n = 1; n <= SHORTEST; n++) rows_of_length(table, op, type, 37, n, &hash);
  for (size_t i = 0; i < BATCHES; i++) rows_of_length(table, op, type, batches[i].count, batches[i].n, &hash);
  print_digest(row_names[op], type, hash.rows);
  snprintf(name, sizeof name, "%s_columns", row_names[op]);
  print_digest(name, type, hash.columns);
}
