/* cycles ISA: core cycles per vector of every kernel of one instruction set, on data that stays in the first-level
 * cache.
 *
 * A line each: name, type, lanes, cycles per vector. The cycle is that of a chain of dependent additions timed between
 * the kernels, so that a clock that changes or a neighbour's load touches both alike; of each the fastest of many
 * rounds counts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../tests/c/operations.h"

enum { BYTES = 4096, ROWS = 16, ROUNDS = 400, ADDITIONS = 1 << 14, APART = BYTES + 704 };

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One addition a cycle on every processor of today, since each waits for the one before. */
static double additions(void) {
  size_t x = 0;
  const double start = seconds();
  for (int i = 0; i < ADDITIONS; i += 16)
    for (int j = 0; j < 16; j++) {
      x += 3;
      __asm__ volatile("" : "+r"(x));
    }
  return seconds() - start;
}

typedef struct {
  fa_map_kernel map;
  char *args[FA_MAX_ARGUMENTS];
  unsigned repeated;
  fa_rows_kernel row;
  fa_rows rows;
  size_t n;
} work;

static void run(const work *w) {
  if (w->map) w->map(w->args, w->repeated, w->n);
  else w->row(&w->rows);
}

static double cycles(const work *w) {
  double cycle = INFINITY, best = INFINITY;
  for (int round = 0; round < ROUNDS; round++) {
    const double chain = additions();
    if (chain < cycle) cycle = chain;
    const double start = seconds();
    for (int i = 0; i < 8; i++) run(w);
    const double took = (seconds() - start) / 8;
    if (took < best) best = took;
  }
  return best / (cycle / ADDITIONS);
}

/* x from -6 to 6, where every branch-free formula costs what it costs everywhere */
static void fill(char *p, fa_dtype type, const role *r, int input, size_t n, uint64_t *state) {
  const int is_x = input == (r ? r->gradient : 0);
  for (size_t i = 0; i < n; i++) {
    const double v = is_x ? 6 * draw_f64(state) : r ? usual_other(r, input) : draw_f64(state);
    if (type == FA_F32) ((float *)p)[i] = (float)v;
    else ((double *)p)[i] = v;
  }
}

/* Apart from each other's places in a page: a load that follows a store at the same place of another page waits for it.
 */
static char *apart(char *memory, int argument) { return memory + argument * APART; }

static void *buffer(size_t bytes) {
  void *p = NULL;
  if (posix_memalign(&p, 64, bytes + 64)) abort();
  return memset(p, 0, bytes + 64);
}

int main(int count, char **values) {
  const char *why = NULL, *types[] = {"float32", "float64"};
  const fa_kernels *table = fa_select(count > 1 ? values[1] : NULL, &why);
  if (!table) return fprintf(stderr, "%s\n", why), 2;
  const size_t width = !strcmp(table->name, "avx512") ? 64 : !strcmp(table->name, "avx2") ? 32 : 16;
  static const char *const row_names[] = {"softmax", "log_softmax", "logsumexp", "softmax_grad", "log_softmax_grad"};
  char *const whole = buffer(FA_MAX_ARGUMENTS * APART), *memory[FA_MAX_ARGUMENTS];
  for (int i = 0; i < FA_MAX_ARGUMENTS; i++) memory[i] = apart(whole, i);
  uint64_t state = 1;
  for (int type = FA_F32; type < FA_COMPUTE_DTYPES; type++) {
    const size_t size = type == FA_F32 ? 4 : 8, lanes = width / size, n = BYTES / size;
    for (int op = 0; op < FA_OPS; op++) {
      const role r = role_of(fa_op_name((fa_op)op));
      work w = {.map = table->map[op][type], .n = n};
      memcpy(w.args, memory, sizeof memory);
      /* parameters are numbers, as they mostly are; those of gates and losses arrays */
      if (r.p && !r.p->by_parameter && r.p->count < MAX_PARAMETERS)
        w.repeated = ((1u << r.inputs) - 1) & ~0u << (r.gradient + 1);
      for (int i = 0; i < fa_op_inputs((fa_op)op); i++) fill(memory[i], (fa_dtype)type, &r, i, n, &state);
      printf("map_%s\t%s\t%zu\t%.2f\n", fa_op_name((fa_op)op), types[type], lanes,
             cycles(&w) * (double)lanes / (double)n);
    }
    for (int op = 0; op < FA_ROW_OPS; op++) {
      fill(memory[0], (fa_dtype)type, NULL, 0, n, &state), fill(memory[2], (fa_dtype)type, NULL, 1, n, &state);
      void *scratch = buffer(fa_scratch((fa_row_op)op, (fa_dtype)type, n, 0));
      work w = {.row = table->rows[op][type], .n = n};
      /* the same row again and again, as of a batch: its logarithms are taken together */
      w.rows = (fa_rows){memory[0], memory[1], ROWS, n, 0, 0, scratch, 0, memory[2], 0};
      printf("%s_rows\t%s\t%zu\t%.2f\n", row_names[op], types[type], lanes,
             cycles(&w) * (double)lanes / (double)(ROWS * n));
      free(scratch);
    }
  }
  free(whole);
  return 0;
}
