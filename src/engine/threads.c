#include "engine/threads.h"

#include "engine/busy.h"
#include "fastact/engine.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

#ifdef _OPENMP
#include <omp.h>
#if !defined(_WIN32)
#include <pthread.h>
#endif
#endif

/* Relaxed: each is a number of its own, that says nothing about other memory. */
static atomic_int setting, blocks;
static FA_THREAD_LOCAL int override;

void fa_set_threads(int n) { atomic_store_explicit(&setting, n, memory_order_relaxed); }
void fa_override_threads(int n) { override = n; }
int fa_overrides(int more) {
  if (!more) return atomic_load_explicit(&blocks, memory_order_relaxed);
  return atomic_fetch_add_explicit(&blocks, more, memory_order_relaxed) + more;
}

#ifdef _OPENMP
static atomic_int runtime_default; /* before anyone lowered it */
static atomic_int most;            /* of the runtime's own number */
static atomic_int allowed;         /* by the container, where the user has not asked for a number */
static atomic_int is_orphan;       /* a forked child: whatever threads the runtime had stayed behind in the parent */

/* libgomp keeps its pool of threads over fork(), where they no longer exist, and waits for them forever: the child
 * stays serial. Another library may have filled the pool, so it does not matter whether this one ever did. */
static void after_fork_in_child(void) { atomic_store_explicit(&is_orphan, 1, memory_order_relaxed); }

/* What is no number from 1 to 1024 is not taken: Python says so. What someone has set before counts more. */
static void set_by_environment(void) {
  const char *text = getenv("FASTACT_NUM_THREADS");
  char *end;
  const long wanted = text ? strtol(text, &end, 10) : 0;
  int unset = 0;
  if (wanted >= 1 && wanted <= 1024 && !*end) atomic_compare_exchange_strong(&setting, &unset, (int)wanted);
}

void fa_threads_prepare(void) {
  const int cpus = omp_get_num_procs(), runtime = omp_get_max_threads();
  const char *text = getenv("OMP_NUM_THREADS");
  const long asked = text ? strtol(text, NULL, 10) : 0;
  /* a limit may be in force already: then the runtime does not tell what it would take without */
  const int own = asked >= 1 && asked <= 1 << 20 ? (int)asked : cpus;
  atomic_store(&runtime_default, runtime > own ? runtime : own);
  /* thousands of threads end the process, and more than a few for each CPU only wait for each other */
  atomic_store(&most, cpus < 256 ? 4 * cpus : 1024);
  const double quota = asked >= 1 ? 0 : fa_quota("");
  const int share = quota > 0 ? fa_quota_threads(quota) : INT_MAX;
  atomic_store(&allowed, share);
  fa_busy_prepare(share < cpus ? share : cpus);
  set_by_environment();
#if !defined(_WIN32)
  pthread_atfork(0, 0, after_fork_in_child);
#endif
}

int fa_threads(void) {
  if (atomic_load_explicit(&is_orphan, memory_order_relaxed)) return 1;
  const int limit = omp_get_max_threads(), bound = atomic_load_explicit(&most, memory_order_relaxed);
  if (!bound) { /* a program asks before it has called anything else */
    fa_engine_prepare();
    return fa_threads();
  }
  const int quota = atomic_load_explicit(&allowed, memory_order_relaxed), least = quota < bound ? quota : bound;
  const int own = limit < least ? limit : least, set = atomic_load_explicit(&setting, memory_order_relaxed);
  const int wanted = override && fa_overrides(0) ? override : set ? set : own;
  /* a limit set from outside (threadpoolctl lowers this thread's maximum) wins over a larger wish */
  return limit < atomic_load_explicit(&runtime_default, memory_order_relaxed) && limit < wanted ? limit : wanted;
}

int fa_openmp(void) { return _OPENMP; }

int fa_threads_now(void) { return fa_paying(fa_threads()); }
#else
void fa_threads_prepare(void) {}
int fa_threads(void) { return 1; }
int fa_threads_now(void) { return 1; }
int fa_openmp(void) { return 0; }
#endif
