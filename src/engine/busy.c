#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* pthread_getcpuclockid */
#endif
#include "engine/busy.h"

#ifdef _OPENMP
#include <omp.h>
#include <stdatomic.h>

#include "engine/threads.h"

/* ---- what regions lose ---- */

/* A thread that the system does not run keeps the others waiting at the end of a region, as long as other threads'
 * turns last: 3 to 25 ms on Linux. A region that took longer than its shares one after the other has lost the
 * difference. Calls then stay serial for 20 times as long, so that such losses are a twentieth of the time at most. */
enum { TIMES_LOST = 20 };
static const double longest = 1;
static _Atomic double serial_until; /* relaxed: it says nothing about other memory */

void fa_stay_serial(double seconds) {
  atomic_store_explicit(&serial_until, omp_get_wtime() + (seconds < longest ? seconds : longest), memory_order_relaxed);
}

static int is_serial_time(void) {
  const double until = atomic_load_explicit(&serial_until, memory_order_relaxed);
  return until > 0 && omp_get_wtime() < until;
}

/* ---- what other threads of the process use ---- */

#if defined(__linux__)
#include <pthread.h>
#include <time.h>

/* A look takes 1 us. The system adds up the time of running threads at its ticks, 4 ms apart or less. */
static const double between_looks = 20e-3;
static int all_cpus;
static FA_THREAD_LOCAL double looked, others_then, helper_then;
static FA_THREAD_LOCAL int clock_of_helper, helpers, taken;

static double read_clock(int clock) {
  struct timespec t;
  return clock_gettime((clockid_t)clock, &t) ? 0 : (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* CPUs that other threads have used since the last look: other libraries' threads that wait for work in a loop too, but
 * not the helpers of this one's regions, the runtime's own. These work and wait alike: one stands for all. */
int fa_taken_by_others(void) {
  const double now = omp_get_wtime(), passed = now - looked;
  if (passed < between_looks) return taken;
  const double others = read_clock(CLOCK_PROCESS_CPUTIME_ID) - read_clock(CLOCK_THREAD_CPUTIME_ID),
               helper = helpers ? read_clock(clock_of_helper) : 0,
               used = others - others_then - helpers * (helper - helper_then);
  /* a helper whose clock cannot be read would count among the others */
  taken = looked > 0 && used > 0 && (helper > 0 || !helpers) ? (int)(used / passed + 0.5) : 0;
  looked = now, others_then = others, helper_then = helper;
  return taken;
}

static int left_by_others(int wanted) {
  const int left = (all_cpus > wanted ? all_cpus : wanted) - fa_taken_by_others();
  return left >= wanted ? wanted : left > 1 ? left : 1;
}

static int clock_of_this_thread(void) {
  clockid_t clock;
  return pthread_getcpuclockid(pthread_self(), &clock) ? 0 : (int)clock;
}

static void remember_helpers(int clock, int count) {
  if (clock && clock != clock_of_helper) clock_of_helper = clock, helper_then = read_clock(clock);
  helpers = clock ? count : 0;
}

void fa_busy_prepare(int cpus) { all_cpus = cpus; }
#else
void fa_busy_prepare(int cpus) { (void)cpus; }
int fa_taken_by_others(void) { return 0; }
static int left_by_others(int wanted) { return wanted; }
static int clock_of_this_thread(void) { return 0; }
static void remember_helpers(int clock, int count) { (void)clock, (void)count; }
#endif

/* ---- both ---- */

int fa_paying(int wanted) { return wanted <= 1 || is_serial_time() ? 1 : left_by_others(wanted); }

void fa_region_starts(fa_region *region) { *region = (fa_region){.started = omp_get_wtime()}; }

void fa_share_ends(fa_region *region, int share) {
  if (share == 0) region->finished = omp_get_wtime();
  if (share == 1) region->clock = clock_of_this_thread();
}

void fa_region_ends(const fa_region *region, int workers) {
  const double took = omp_get_wtime() - region->started, serial = workers * (region->finished - region->started);
  if (took > serial) fa_stay_serial(TIMES_LOST * (took - serial));
  remember_helpers(region->clock, workers - 1);
}
#endif
