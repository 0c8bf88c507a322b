/* The row kernels of float16 and bfloat16 of every instruction set: what float32's give of the widened elements,
 * rounded, by rows, one by one, in pieces, by columns and in place. */
#include "digest.h"

int failures;
_Thread_local char *lines;

static const char *const names[FA_ROW_OPS] = {"softmax", "log_softmax", "logsumexp", "softmax_grad",
                                              "log_softmax_grad"};

enum { PAD = 3, MOST = 37 * 1024 };
typedef uint16_t word;

typedef struct {
  const fa_kernels *table;
  fa_row_op op;
  fa_dtype type;
  size_t count, n, out; /* out: results of a row */
  word *x, *dy, *want;  /* rows next to each other */
  void *scratch;
} subject;

static void expect(const subject *s, const word *got, const char *what) {
  static float a[MOST], b[MOST];
  const size_t n = s->count * s->out;
  s->table->widen[s->type - FA_F16](s->want, a, n);
  s->table->widen[s->type - FA_F16](got, b, n);
  expect_same(a, b, n, FA_F32, names[s->op], what, s->n);
}

/* The definition. */
static void compute(const subject *s) {
  const size_t n = s->n, all = s->count * n;
  float *x = buffer(all * sizeof *x), *dy = buffer(all * sizeof *dy), *y = buffer(all * sizeof *y);
  s->table->widen[s->type - FA_F16](s->x, x, all);
  s->table->widen[s->type - FA_F16](s->dy, dy, all);
  fa_rows rows = {x, y, s->count, n, (ptrdiff_t)n, (ptrdiff_t)s->out, s->scratch, 0, dy, (ptrdiff_t)n, 0, NULL, 0};
  s->table->rows[s->op][FA_F32](&rows);
  s->table->narrow[s->type - FA_F16](y, s->want, s->count * s->out);
  free(x), free(dy), free(y);
}

static void copy(word *to, size_t step, size_t across, const word *from, size_t from_step, size_t from_across,
                 size_t rows, size_t n) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < n; i++) to[r * step + i * across] = from[r * from_step + i * from_across];
}

static void by_rows(const subject *s, word *x, word *dy, word *y) {
  const size_t n = s->n, pitch = n + PAD, out = s->out + PAD;
  word *packed = buffer(s->count * n * sizeof *packed);
  copy(x, pitch, 1, s->x, n, 1, s->count, n);
  copy(dy, pitch, 1, s->dy, n, 1, s->count, n);
  fa_rows apart = {x, y,    s->count, n, (ptrdiff_t)pitch, (ptrdiff_t)out, s->scratch, 1, dy, (ptrdiff_t)pitch,
                   0, NULL, 0};
  s->table->rows[s->op][s->type](&apart);
  copy(packed, s->out, 1, y, out, 1, s->count, s->out);
  expect(s, packed, "row after row");
  for (size_t r = 0; r < s->count; r++) {
    fa_rows one = {x + r * pitch, y + r * s->out, 1, n, 0, 0, s->scratch, 0, dy + r * pitch, 0, 0, NULL, 0};
    s->table->rows[s->op][s->type](&one);
  }
  expect(s, y, "row by row");
  for (int place = 0; place < 2 && s->op != FA_LOGSUMEXP; place++) {
    memcpy(packed, place ? s->dy : s->x, s->count * n * sizeof *packed);
    fa_rows here = {
        place ? s->x : packed, packed, s->count, n, (ptrdiff_t)n, (ptrdiff_t)n, s->scratch, 0, place ? packed : s->dy,
        (ptrdiff_t)n,          0,      NULL,     0};
    if (place && s->op < FA_SOFTMAX_GRAD) break;
    s->table->rows[s->op][s->type](&here);
    expect(s, packed, "in place");
  }
  free(packed);
}

static void by_columns(const subject *s, word *x, word *dy, word *y) {
  const size_t n = s->n, pitch = s->count + PAD;
  word *packed = buffer(s->count * n * sizeof *packed);
  copy(x, 1, pitch, s->x, n, 1, s->count, n);
  copy(dy, 1, pitch, s->dy, n, 1, s->count, n);
  for (int place = 0; place < (s->op == FA_LOGSUMEXP ? 1 : 2); place++) {
    word *to = place ? x : y;
    fa_rows columns = {
        x, to, s->count, n, (ptrdiff_t)pitch, (ptrdiff_t)pitch, s->scratch, !place, dy, (ptrdiff_t)pitch, 0, NULL, 0};
    s->table->columns[s->op][s->type](&columns);
    copy(packed, s->out, 1, to, 1, pitch, s->count, s->out);
    expect(s, packed, place ? "in columns, in place" : "in columns");
  }
  free(packed);
}

#define LENGTH(b) ((b) + 1 < blocks ? (size_t)FA_BLOCK : s->n - (b) * FA_BLOCK)
static void in_blocks(const subject *s, word *y) {
  const size_t blocks = (s->n + FA_BLOCK - 1) / FA_BLOCK;
  double value[2 * 8];
  for (size_t r = 0; r < s->count; r++) {
    const word *x = s->x + r * s->n, *dy = s->dy + r * s->n;
    word *to = y + r * s->out;
    if (s->op >= FA_SOFTMAX_GRAD) {
      const fa_gradient_blocks *block_kernels = &s->table->gradient_blocks[s->op - FA_SOFTMAX_GRAD][s->type];
      for (size_t b = 0; b < blocks; b++)
        block_kernels->sum(dy + b * FA_BLOCK, x + b * FA_BLOCK, LENGTH(b), value + 2 * b);
      block_kernels->join(value, blocks);
      for (size_t b = blocks; b-- > 0;)
        block_kernels->finish(dy + b * FA_BLOCK, x + b * FA_BLOCK, to + b * FA_BLOCK, LENGTH(b), value);
      continue;
    }
    const fa_row_blocks *block_kernels = &s->table->row_blocks[s->type];
    double m = -INFINITY, sum[2] = {0, 0};
    for (size_t b = 0; b < blocks; b++) m = fmax(m, block_kernels->maximum(x + b * FA_BLOCK, LENGTH(b)));
    for (size_t b = 0; b < blocks; b++)
      block_kernels->exp_sum(x + b * FA_BLOCK, s->op == FA_SOFTMAX ? to + b * FA_BLOCK : NULL, LENGTH(b), m, sum);
    for (size_t b = s->op == FA_LOGSUMEXP ? 1 : blocks; b-- > 0;)
      block_kernels->finish[s->op](x + b * FA_BLOCK, to + b * FA_BLOCK, LENGTH(b), m, sum);
  }
  expect(s, y, "in pieces");
}

static void fill(const subject *s) {
  float *x = buffer(s->count * s->n * sizeof *x), *dy = buffer(s->count * s->n * sizeof *dy);
  uint64_t state = s->n;
  for (size_t r = 0; r < s->count; r++) {
    for (size_t i = 0; i < s->n; i++) {
      x[r * s->n + i] = draw_f32(&state) * (float[]){8, 1, 0.01f}[r % 3];
      dy[r * s->n + i] = draw_f32(&state) + (r % 2 ? 4 : 0);
    }
    if (r % 5 == 2) x[r * s->n + draw(&state) % s->n] = -INFINITY;
    if (r % 7 == 4) x[r * s->n + draw(&state) % s->n] = INFINITY;
    if (r % 11 == 3) dy[r * s->n + draw(&state) % s->n] = NAN;
  }
  s->table->narrow[s->type - FA_F16](x, s->x, s->count * s->n);
  s->table->narrow[s->type - FA_F16](dy, s->dy, s->count * s->n);
  free(x), free(dy);
}

static void check(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t n) {
  const size_t count = n <= 1000 ? 37 : 3, bytes = (count + PAD) * (n + PAD) * sizeof(word);
  subject s = {table,         op,  type, count, n, op == FA_LOGSUMEXP ? 1 : n, buffer(bytes), buffer(bytes),
               buffer(bytes), NULL};
  word *x = buffer(bytes), *dy = buffer(bytes), *y = buffer(bytes);
  s.scratch = buffer(fa_scratch(op, type, n, 0) + fa_scratch(op, type, n, 1));
  fill(&s);
  compute(&s);
  by_rows(&s, x, dy, y);
  by_columns(&s, x, dy, y);
  in_blocks(&s, y);
  free(s.x), free(s.dy), free(s.want), free(s.scratch), free(x), free(dy), free(y);
}

int main(void) {
  static const char *const isas[] = {"avx512", "avx2", "neon", "portable"};
  static const size_t lengths[] = {1, 2, 15, 16, 17, 33, 47, 64, 100, 257, 1000, 4096, 4097, 9001};
  for (int i = 0; i < 4; i++) {
    const fa_kernels *table = fa_select(isas[i], NULL);
    for (int op = 0; table && op < FA_ROW_OPS; op++)
      for (int type = FA_F16; type < FA_ALL_DTYPES; type++)
        for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++)
          check(table, (fa_row_op)op, (fa_dtype)type, lengths[k]);
    if (table) printf("%-8s rows of float16, bfloat16: %s\n", isas[i], failures ? "failed" : "passed");
  }
  return failures != 0;
}
