#include "threads.h"

#include <stdatomic.h>
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

/* A thread that the system does not run keeps the others waiting at the end of a region, as long as other processes' turns last: with
 * one process more than CPUs a call of 0.5 ms took 25 ms in the mean (Linux 6.18, two CPUs). After such a wait calls stay serial for
 * a while, a short one at first, since one wait may be a chance (a new thread's first milliseconds), and for four times as long
 * whenever the next parallel call waits too; a second at most. */
static const double patience = 1e-3, shortest = 4e-3, longest = 1;
static FA_THREAD_LOCAL double started, finished;
static _Atomic double serial_until;
static atomic_int waits; /* in a row */

int fa_threads_now(void) {
  const double until = atomic_load_explicit(&serial_until, memory_order_relaxed);
  return until > 0 && omp_get_wtime() < until ? 1 : fa_threads();
}

void fa_parallel_starts(void) {
  ran_parallel = 1;
  started = finished = omp_get_wtime();
}

void fa_share_ends(void) { finished = omp_get_wtime(); }

void fa_parallel_ends(void) {
  const double now = omp_get_wtime(), waited = now - finished;
  int row = 0;
  if (waited > patience && waited > finished - started) {
    row = atomic_load_explicit(&waits, memory_order_relaxed) + 1;
    if (row > 6) row = 6;
    const double serial = shortest * (1 << 2 * (row - 1));
    atomic_store_explicit(&serial_until, now + (serial < longest ? serial : longest), memory_order_relaxed);
  }
  atomic_store_explicit(&waits, row, memory_order_relaxed);
}
#else
int fa_threads(void) { return 1; }
int fa_threads_now(void) { return 1; }
int fa_openmp(void) { return 0; }
void fa_parallel_starts(void) { ran_parallel = 1; }
void fa_share_ends(void) {}
void fa_parallel_ends(void) {}
#endif

void fa_set_threads(int n) { setting = n; }
int fa_override_threads(int n) {
  int before = override;
  override = n;
  return before;
}
