#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* pthread_getattr_np */
#endif
#include "engine/parallel.h"

#include <stdatomic.h>
#include <stdlib.h>
#if !defined(_WIN32)
#include <pthread.h>
#endif

#include "engine/busy.h"
#include "engine/cache.h"
#include "engine/fpmode.h"
#include "engine/once.h"
#include "engine/pool.h"

typedef struct {
  fa_work work;
  void *context;
  size_t share, shares;
  int failed;
} job;

static void run_in_mode(job *j) {
  const fa_fp_mode before = fa_fp_enter();
  j->failed = j->work(j->context, j->share, j->shares);
  if (fa_fp_differs(before)) fa_fp_leave(before);
}

/* ---- stacks ---- */

enum { OWN_STACK = 512 << 10 };

#if defined(_WIN32)
static void run(job *j) { run_in_mode(j); }
#else
FA_THREAD_LOCAL uintptr_t fa_lowest;

static void find_lowest(void) {
  uintptr_t found = 1;
#if defined(__linux__)
  pthread_attr_t attributes;
  if (!pthread_getattr_np(pthread_self(), &attributes)) {
    void *low = NULL;
    size_t size = 0;
    if (!pthread_attr_getstack(&attributes, &low, &size)) found = (uintptr_t)low;
    pthread_attr_destroy(&attributes);
  }
#elif defined(__APPLE__)
  found = (uintptr_t)pthread_get_stackaddr_np(pthread_self()) - pthread_get_stacksize_np(pthread_self());
#endif
  fa_lowest = found;
}

static int stack_suffices(void) {
  if (!fa_lowest) find_lowest();
  return fa_stack_suffices();
}

static void *run_there(void *j) {
  run_in_mode(j);
  return NULL;
}

/* A thread lends its stack: it takes 20 us, and buffers from the heap would not serve what compilers spill. */
static int run_on_own_stack(job *j) {
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes)) return 0;
  const int made =
      !pthread_attr_setstacksize(&attributes, OWN_STACK) && !pthread_create(&thread, &attributes, run_there, j);
  pthread_attr_destroy(&attributes);
  if (made) pthread_join(thread, NULL);
  return made;
}

static void run(job *j) {
  if (stack_suffices() || !run_on_own_stack(j)) run_in_mode(j);
}
#endif

/* ---- threads ---- */

#ifdef _OPENMP
#if defined(_WIN32)
static int granted(int workers) { return workers; }
#else
enum { FEW = 8 };
static FA_THREAD_LOCAL int beside; /* threads that the runtime keeps for this one: those of the last region */

static void *wait_there(void *gate) {
  pthread_mutex_lock(gate);
  pthread_mutex_unlock(gate);
  return NULL;
}

/* How many of so many threads can be made now, at the same time. */
static int makeable(int count) {
  pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  pthread_t *thread = malloc((size_t)count * sizeof *thread);
  int made = 0;
  if (!thread) return 0;
  pthread_mutex_lock(&gate);
  while (made < count && !pthread_create(thread + made, NULL, wait_there, &gate)) made++;
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < made; i++) pthread_join(thread[i], NULL);
  pthread_mutex_destroy(&gate);
  free(thread);
  return made;
}

/* libgomp ends the process where it cannot make a thread (a limit of processes or of memory): it is asked for none that
 * could not be made a moment ago. It keeps the threads of a region for the next one that the same thread starts, and
 * ends those that the next one does not need, so the question is asked when a region grows. */
static int granted(int workers) {
  if (!stack_suffices() && workers > FEW) workers = FEW; /* the runtime puts a record for each on this stack */
  const int more = workers - 1 - beside, made = more > 0 ? makeable(more) : more;
  if (made < more && beside + made == 0) fa_stay_serial(1);
  beside += made;
  return beside + 1;
}
#endif

/* The workers of all regions that run now. Calls of several threads share the CPUs instead of multiplying: who finds
 * workers of others takes what they leave of its own number, and runs alone rather than wait. */
static atomic_int busy;

static int reserve(int workers) {
  const int others = atomic_fetch_add_explicit(&busy, workers, memory_order_relaxed);
  if (!others) return workers;
  const int left = fa_threads() - others, taken = left >= workers ? workers : left > 1 ? left : 0;
  atomic_fetch_sub_explicit(&busy, workers - taken, memory_order_relaxed);
  return taken;
}
static void give_back(int workers) { atomic_fetch_sub_explicit(&busy, workers, memory_order_relaxed); }

/* What a region orders: all before it, all of its shares, all after it. The runtime is not compiled with
 * ThreadSanitizer, which is told here. */
#if defined(__SANITIZE_THREAD__)
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define FA_COMES_BEFORE(address) __tsan_release(address)
#define FA_COMES_AFTER(address) __tsan_acquire(address)
#else
#define FA_COMES_BEFORE(address) (void)(address)
#define FA_COMES_AFTER(address) (void)(address)
#endif

static int run_in_parallel(int workers, fa_work work, void *context) {
  int failed = 0;
  char begun, ended;
  fa_region region;
  fa_region_starts(&region);
  FA_COMES_BEFORE(&begun);
#pragma omp parallel for num_threads(workers) schedule(static, 1) reduction(| : failed)
  for (int w = 0; w < workers; w++) {
    FA_COMES_AFTER(&begun);
    job j = {work, context, (size_t)w, (size_t)workers, 0};
    run(&j);
    failed |= j.failed;
    fa_share_ends(&region, w);
    FA_COMES_BEFORE(&ended);
  }
  FA_COMES_AFTER(&ended);
  fa_region_ends(&region, workers);
  return failed;
}
#endif

int fa_parallel_anywhere(int workers, fa_work work, void *context) {
#ifdef _OPENMP
  const int reserved = workers > 1 ? reserve(workers) : 0;
  if (reserved > 1) {
    const int made = granted(reserved), failed = made > 1 ? run_in_parallel(made, work, context) : 0;
    give_back(reserved);
    if (made > 1) return failed;
  }
#else
  (void)workers;
#endif
  job j = {work, context, 0, 1, 0};
  run(&j);
  return j.failed;
}

/* ---- the engine's start ---- */

int fa_workers(size_t elements) {
  const size_t grains = elements / FA_GRAIN;
  if (grains < 2) return 1;
  const int most = fa_threads_now();
  return grains < (size_t)most ? (int)grains : most;
}

static void prepare(void) {
  fa_threads_prepare();
  fa_cache_prepare();
  fa_pool_prepare();
}

void fa_engine_prepare(void) {
  static atomic_int state;
  fa_once(&state, prepare);
}
