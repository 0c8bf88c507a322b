#include "threads.h"
#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(_WIN32)
#define FA_THREAD_LOCAL __declspec(thread)
#else
#include <pthread.h>
#define FA_THREAD_LOCAL _Thread_local
#endif

static int setting;
static FA_THREAD_LOCAL int override;
static int ran_parallel; /* written with 1 alone, so a race between threads is harmless */
static int is_orphan;    /* a forked child whose OpenMP threads stayed behind in the parent */

#ifdef _OPENMP
static int runtime_default; /* before anyone lowered it */

/* libgomp keeps its pool of threads over fork(), where they no longer exist, and waits for them forever: the child stays serial. */
static void after_fork_in_child(void) {
  if (ran_parallel) is_orphan = 1;
}

static void start(void) {
  if (runtime_default) return;
  runtime_default = omp_get_max_threads();
#if !defined(_WIN32)
  pthread_atfork(0, 0, after_fork_in_child);
#endif
}

int fa_threads(void) {
  if (is_orphan) return 1;
  start();
  int limit = omp_get_max_threads(), wanted = override ? override : setting ? setting : limit;
  /* a limit set from outside (threadpoolctl lowers this thread's maximum) wins over a larger wish */
  return limit < runtime_default && limit < wanted ? limit : wanted;
}

int fa_openmp(void) { return _OPENMP; }
#else
int fa_threads(void) { return 1; }
int fa_openmp(void) { return 0; }
#endif

void fa_note_parallel(void) { ran_parallel = 1; }
void fa_set_threads(int n) { setting = n; }
int fa_override_threads(int n) {
  int before = override;
  override = n;
  return before;
}
