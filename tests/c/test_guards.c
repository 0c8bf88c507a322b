/* No kernel reads or writes beyond its arrays: lengths of 0 (rows: 1) to 300 with each array at the end of a page that
 * a forbidden one follows, then at the start of a page that a forbidden one precedes: test_guards [isa]. Whoever strays
 * is ended by the system, after the name of the kernel has been printed. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"
#include "fastact/engine.h"

enum { LONGEST = 300, ROWS = 3, ARRAYS = 10 };
static const size_t sizes[FA_ALL_DTYPES] = {4, 8, 2, 2};
static const char *const type_names[FA_ALL_DTYPES] = {"float32", "float64", "float16", "bfloat16"};
static const char *const row_names[FA_ROW_OPS] = {"softmax", "log_softmax", "logsumexp", "softmax_grad",
                                                  "log_softmax_grad"};

/* What runs, for the message. */
static struct {
  const char *kernel, *layout, *type;
  size_t n;
  int at_end;
} now;
static void on_fault(int signal) {
  (void)signal;
  printf("FAIL %s %s %s: beyond an array at n = %zu, %s\n", now.kernel, now.layout, now.type, now.n,
         now.at_end ? "behind" : "in front");
  fflush(stdout);
  _exit(1);
}

/* Memory between two forbidden pages. */
typedef struct {
  char *first;
  size_t bytes;
} area;
static area areas[ARRAYS];

static void make_areas(void) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), most = (2u << 20) / page * page;
  for (int a = 0; a < ARRAYS; a++) {
    char *p = mmap(NULL, most + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p, page, PROT_NONE) || mprotect(p + page + most, page, PROT_NONE))
      perror("test_guards"), exit(2);
    areas[a] = (area){p + page, most};
  }
}
/* So many bytes at the end, or the start, of area a; aligned to `alignment` where they are at the end of one. */
static void *place(int a, size_t bytes, size_t alignment, int at_end) {
  if (bytes > areas[a].bytes) fprintf(stderr, "test_guards: %zu bytes do not fit\n", bytes), exit(2);
  return areas[a].first + (at_end ? (areas[a].bytes - bytes) / alignment * alignment : 0);
}
/* Numbers from 1/4 to 3/4, which every function takes. */
static void fill(void *to, fa_dtype type, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const float f = 0.25f + (float)(i * 7 % 64) / 128;
    const double d = f;
    const uint16_t half = (uint16_t)(0x3400 + i * 7 % 64), brain = (uint16_t)(0x3e80 + i % 64);
    memcpy((char *)to + i * sizes[type],
           type == FA_F32   ? (const void *)&f
           : type == FA_F64 ? (const void *)&d
           : type == FA_F16 ? &half
                            : &brain,
           sizes[type]);
  }
}

static void elementwise(const fa_kernels *table, fa_op op, fa_dtype type, size_t n) {
  const int inputs = fa_op_inputs(op), outputs = fa_op_outputs(op);
  const fa_loop loop = fa_loop_of(table, op, type);
  const size_t size = sizes[type];
  char *args[FA_MAX_ARGUMENTS];
  ptrdiff_t strides[FA_MAX_ARGUMENTS];
  for (int a = 0; a < inputs + outputs; a++) {
    args[a] = place(a, n * size, size, now.at_end);
    strides[a] = (ptrdiff_t)size;
    if (a < inputs) fill(args[a], type, n);
  }
  now.layout = "contiguous";
  if (type < FA_COMPUTE_DTYPES) {
    table->map[op][type](args, 0, n);
    if (inputs > 1) { /* the last input one number */
      now.layout = "and a number";
      args[inputs - 1] = place(inputs - 1, FA_REPEATED, FA_REPEATED, now.at_end);
      fill(args[inputs - 1], type, FA_REPEATED / size);
      table->map[op][type](args, 1u << (inputs - 1), n);
    }
  } else fa_run_in_order(&loop, args, strides, n);
  now.layout = "strided";
  for (int a = 0; a < inputs + outputs; a++) {
    const size_t bytes = n ? (2 * n - 1) * size : 0;
    args[a] = place(a, bytes, size, now.at_end);
    strides[a] = 2 * (ptrdiff_t)size;
    if (a < inputs) fill(args[a], type, n ? 2 * n - 1 : 0);
  }
  fa_run_in_order(&loop, args, strides, n);
}

static void rows(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t count, size_t n) {
  const size_t size = sizes[type], all = count * n, results = op == FA_LOGSUMEXP ? count : all;
  for (int columns = 0; columns < 2; columns++) {
    const ptrdiff_t step = columns ? (ptrdiff_t)count : (ptrdiff_t)n;
    void *x = place(0, all * size, size, now.at_end), *dy = place(1, all * size, size, now.at_end);
    const size_t scratch = fa_scratch(op, type, n, columns);
    fill(x, type, all), fill(dy, type, all);
    now.layout = columns ? "columns" : "rows";
    for (int stream = 0; stream < 2; stream++) {
      fa_rows r = {x,
                   place(2, results * size, size, now.at_end),
                   count,
                   n,
                   step,
                   op == FA_LOGSUMEXP ? 1 : step,
                   place(3, scratch, 64, now.at_end),
                   stream,
                   op >= FA_SOFTMAX_GRAD ? dy : NULL,
                   op >= FA_SOFTMAX_GRAD ? step : 0,
                   0,
                   NULL,
                   0,
                   NULL};
      (columns ? table->columns : table->rows)[op][type](&r);
      if (op >= FA_SOFTMAX_GRAD) continue;
      const fa_dtype computed = type == FA_F64 ? FA_F64 : FA_F32;
      void *extra = place(4, count * sizes[computed], sizes[computed], now.at_end);
      fill(extra, computed, count);
      r.extra = extra, r.extrastep = 1;
      (columns ? table->columns : table->rows)[op][type](&r);
    }
  }
}

static void masked(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t count, size_t n) {
  const size_t size = sizes[type], out = op == FA_LOGSUMEXP ? 1 : n;
  const char *x = place(0, count * n * size, size, now.at_end);
  unsigned char *where = place(1, count * n, 1, now.at_end);
  fa_masked_row *under = place(4, count * sizeof *under, sizeof(void *), now.at_end);
  fill((void *)x, type, count * n);
  for (size_t i = 0; i < count * n; i++) where[i] = i % 3 != 1;
  for (size_t i = 0; i < count; i++)
    under[i] = (fa_masked_row){x + i * n * size, where + i * n, i % 3 == 1 ? n / 2 : 0, i % 3 == 2 ? n / 2 + 1 : n};
  now.layout = "rows under a mask";
  for (int one = 0; one < 2; one++) {
    const fa_rows r = {.y = place(2, count * out * size, size, now.at_end),
                       .count = count,
                       .n = n,
                       .ystep = (ptrdiff_t)out,
                       .scratch = place(3, fa_scratch(op, type, n, 0), 64, now.at_end),
                       .scale = one ? 1 : 0.4,
                       .masked = under};
    table->masked[op][type](&r);
  }
}

/* Segments of 0 to n elements, and a longer one. */
static void segments(const fa_kernels *table, fa_row_op op, fa_dtype type, size_t n) {
  const size_t size = sizes[type], count = n + 2, all = n * (n + 1) / 2 + 3 * n;
  ptrdiff_t *offset = place(4, (count + 1) * sizeof *offset, sizeof *offset, now.at_end);
  void *x = place(0, all * size, size, now.at_end);
  for (size_t i = 0; i <= n + 1; i++) offset[i] = (ptrdiff_t)(i * (i ? i - 1 : 0) / 2);
  offset[count] = (ptrdiff_t)all;
  fill(x, type, all);
  now.layout = "segments";
  const fa_segments s = {x, place(2, (op == FA_LOGSUMEXP ? count : all) * size, size, now.at_end), count, offset,
                         place(3, fa_scratch(op, type, 1, 0), 64, now.at_end)};
  table->segments[op][type](&s);
}

static void losses(const fa_kernels *table, fa_dtype type, size_t count, size_t n) {
  const size_t size = sizes[type], all = count * n;
  for (int columns = 0; columns < 2; columns++) {
    if (columns && n > fa_loss_columns_most()) continue;
    const ptrdiff_t step = columns ? (ptrdiff_t)count : (ptrdiff_t)n;
    void *x = place(0, all * size, size, now.at_end);
    ptrdiff_t *label = place(4, count * sizeof *label, sizeof *label, now.at_end);
    double *grad_scale = place(5, count * sizeof *grad_scale, sizeof *grad_scale, now.at_end),
           *loss = place(6, count * sizeof *loss, sizeof *loss, now.at_end);
    double *own = place(7, count * sizeof *own, sizeof *own, now.at_end);
    void *t = place(8, all * size, size, now.at_end);
    fill(x, type, all), fill(t, type, all);
    for (int gradient = 0; gradient < 2; gradient++)
      for (ptrdiff_t odd = -1; odd < 4; odd++) { /* the last class, none, and labels that are no class */
        const ptrdiff_t of_last[] = {-1, (ptrdiff_t)n - 1, 0, (ptrdiff_t)n, PTRDIFF_MAX};
        for (size_t i = 0; i < count; i++) label[i] = of_last[odd + 1], grad_scale[i] = own[i] = 0.5;
        fa_rows r = {x,
                     gradient ? place(2, all * size, size, now.at_end) : NULL,
                     count,
                     n,
                     step,
                     step,
                     place(3, fa_scratch(FA_SOFTMAX, type, n, columns), 64, now.at_end),
                     0,
                     NULL,
                     0,
                     0,
                     NULL,
                     0,
                     NULL};
        now.kernel = "cross_entropy", now.layout = columns ? "columns" : "rows";
        const fa_losses l = {r, label, gradient ? grad_scale : NULL, loss};
        (columns ? table->loss_columns : table->loss_rows)[type](&l);
        if (columns) continue;
        now.kernel = "cross_entropy of probabilities";
        const fa_soft_losses s = {r, t, (ptrdiff_t)n, 1, label, own, 0.5, loss},
                             unlabelled = {r, t, (ptrdiff_t)n, 1, NULL, NULL, 0.5, loss};
        table->soft_loss_rows[type](&s);
        table->soft_loss_rows[type](&unlabelled);
      }
  }
}

static void choices(const fa_kernels *table, fa_dtype type, size_t count, size_t n) {
  const size_t size = sizes[type];
  void *x = place(0, count * n * size, size, now.at_end);
  unsigned char *where = place(1, count * n, 1, now.at_end);
  fill(x, type, count * n);
  for (size_t i = 0; i < count * n; i++) where[i] = 1;
  now.kernel = "top_k", now.layout = "rows";
  for (size_t k = 1; k <= n; k = k < 8 || k == n ? k + 7 : n) { /* 1, 8 and all */
    ptrdiff_t *index = place(4, count * k * sizeof *index, sizeof *index, now.at_end);
    void *scratch = place(3, fa_choice_scratch(type, n, k), 64, now.at_end),
         *y = place(2, count * k * size, size, now.at_end);
    for (int given = 0; given < 3; given++) {
      fa_choice c = {
          {x, given < 2 ? y : NULL, count, n, (ptrdiff_t)n, (ptrdiff_t)k, scratch, 0, NULL, 0, 0, NULL, 0, NULL},
          k,
          index,
          given == 1,
          given == 2 ? where : NULL};
      for (size_t i = 0; given == 1 && i < count * k; i++)
        index[i] = (ptrdiff_t)(i % (n + 1)) - (i % 5 == 4); /* not all are classes */
      table->choose[FA_SOFTMAX][type](&c);
      table->choose[FA_LOG_SOFTMAX][type](&c);
    }
  }
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = fa_select(argc > 1 ? argv[1] : NULL, &why);
  const size_t longest = argc > 2 ? (size_t)atoi(argv[2]) : LONGEST;
  if (!table) return fprintf(stderr, "test_guards: %s\n", why), 2;
  make_areas();
  signal(SIGSEGV, on_fault);
  signal(SIGBUS, on_fault);
  for (now.at_end = 0; now.at_end < 2; now.at_end++)
    for (int type = 0; type < FA_ALL_DTYPES; type++)
      for (now.n = 0; now.n <= longest; now.n++) {
        now.type = type_names[type];
        for (int op = 0; op < FA_OPS; op++)
          now.kernel = fa_op_name((fa_op)op), elementwise(table, (fa_op)op, (fa_dtype)type, now.n);
        if (!now.n) continue;
        for (int op = 0; op <= FA_LOGSUMEXP && type < FA_COMPUTE_DTYPES && now.n <= 80; op++)
          now.kernel = row_names[op], segments(table, (fa_row_op)op, (fa_dtype)type, now.n);
        for (size_t count = 1; count <= ROWS * 6; count += 8) {
          for (int op = 0; op < FA_ROW_OPS; op++)
            now.kernel = row_names[op], rows(table, (fa_row_op)op, (fa_dtype)type, count, now.n);
          for (int op = 0; op <= FA_LOGSUMEXP && type < FA_COMPUTE_DTYPES; op++)
            now.kernel = row_names[op], masked(table, (fa_row_op)op, (fa_dtype)type, count, now.n);
          if (type < FA_COMPUTE_DTYPES) losses(table, (fa_dtype)type, count, now.n);
          if (type < FA_COMPUTE_DTYPES) choices(table, (fa_dtype)type, count, now.n);
        }
      }
  printf("guard pages, %s: passed\n", table->name);
  return 0;
}
