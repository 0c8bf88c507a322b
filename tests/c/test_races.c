/* Many threads set, ask, take and give at the same time. Wrong numbers show here; races show where it is compiled with
 * -fsanitize=thread: make race. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "engine/parallel.h"
#include "engine/pool.h"
#include "engine/threads.h"

enum { THREADS = 8, TURNS = 300, SIZE = 3 << 20 };
enum { WORKERS = 2 };
static atomic_int failures;

static int fill(void *memory, size_t share, size_t shares) {
  memset((char *)memory + share * SIZE / shares, 1, (share + 1) * SIZE / shares - share * SIZE / shares);
  return 0;
}

/* Rows that all threads read, too few to be shared among workers. */
enum { ROWS = 30, N = 100 };
static float logits[ROWS * N];
static void run_rows(void) {
  static const char reduced[2] = {0, 1};
  float results[ROWS * N];
  const fa_kernels *table = fa_select("portable", NULL);
  const fa_strided arrays = {2, {ROWS, N}, {(char *)logits, (char *)results}, {{4 * N, 4}, {4 * N, 4}}};
  const fa_loop loop = fa_loop_of(table, FA_OP_relu, FA_F32);
  fa_run_strided(&loop, &arrays, ROWS * N);
  if (results[N] != logits[N]) failures++;
  if (fa_run_rows(table, FA_SOFTMAX, FA_F32, &arrays, reduced) || results[0] != results[N]) failures++;
}

static void *turns(void *number) {
  const int own = 1 + (int)(size_t)number % 4;
  for (int i = 0; i < TURNS; i++) {
    fa_set_threads(own);
    fa_overrides(1);
    fa_override_threads(own);
    if (fa_openmp() && fa_threads() != own) failures++;
    if (fa_threads_now() > own) failures++;
    fa_override_threads(0);
    fa_overrides(-1);
    char *memory = fa_pool_take(SIZE);
    if (!memory) failures++;
    if (memory) {
      fa_parallel(i % 50 ? 1 : WORKERS, fill, memory);
      if (memory[0] != 1 || memory[SIZE - 1] != 1) failures++;
      memory[0] = 0;
    }
    fa_pool_give(memory);
    if (i % 10 == 0) run_rows();
    if (i % 10 == 0) fa_pool_set_limit((size_t)own * (SIZE + (2 << 20)));
    if (i % 37 == 0) fa_pool_clear();
    if (fa_pool_limit() > 8 * (size_t)SIZE) failures++;
    (void)fa_pool_held();
  }
  return NULL;
}

int main(void) {
  pthread_t thread[THREADS];
  fa_engine_prepare();
  for (int i = 0; i < ROWS * N; i++) logits[i] = (float)(i % N) / 8;
  for (size_t t = 0; t < THREADS; t++)
    if (pthread_create(thread + t, NULL, turns, (void *)t)) return 1;
  for (int t = 0; t < THREADS; t++) pthread_join(thread[t], NULL);
  fa_pool_clear();
  if (fa_pool_held() || fa_overrides(0)) failures++;
  printf("races: %s\n", failures ? "FAILED" : "passed");
  return failures != 0;
}
