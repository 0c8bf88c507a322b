/* A call that lost time waiting makes the next ones serial for a while, and busy threads while they are busy; other
 * calls change nothing. Shares run once each, in the default floating-point mode, with stack enough; the caller's mode
 * comes back. */
#define _GNU_SOURCE
#include <fenv.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "engine/busy.h"
#include "engine/parallel.h"
#include "engine/threads.h"

static int failures;
static void expect(int want, const char *when) {
  if (fa_threads_now() == want) return;
  failures++;
  printf("FAIL %s: %d threads, not %d\n", when, fa_threads_now(), want);
}

enum { SHARES = 7, FRAME = 70 << 10 };
static atomic_int ran[SHARES], wrong_modes;
static volatile double rest_of_one = 0x1p-60; /* upward, 1 + this is more than 1 */

static int work(void *context, size_t share, size_t shares) {
  volatile char frame[FRAME]; /* as large as kernels take */
  for (size_t i = 0; i < sizeof frame; i += 512) frame[i] = (char)i;
  for (size_t s = share * SHARES / shares; s < (share + 1) * SHARES / shares; s++) ran[s]++;
  if (1 + rest_of_one > 1) wrong_modes++;
  return *(int *)context + (int)frame[0];
}

static void *run_work(void *workers) {
  int result = 4;
  fesetround(FE_UPWARD);
  memset((void *)ran, 0, sizeof ran);
  if (fa_parallel(*(int *)workers, work, &result) != 4) failures++, printf("FAIL the shares' results\n");
  for (int s = 0; s < SHARES; s++)
    if (ran[s] != 1) failures++, printf("FAIL %d workers: part %d ran %d times\n", *(int *)workers, s, ran[s]);
  if (!(1 + rest_of_one > 1)) failures++, printf("FAIL the caller's mode has gone\n");
  fesetround(FE_TONEAREST);
  return NULL;
}

static void test_shares(void) {
  for (int workers = 1; workers <= SHARES; workers++) {
    pthread_attr_t small;
    pthread_t thread;
    const long least = sysconf(_SC_THREAD_STACK_MIN); /* 128 KiB on ARM */
    run_work(&workers);
    pthread_attr_init(&small);
    if (pthread_attr_setstacksize(&small, least > 32 << 10 ? (size_t)least : 32 << 10) ||
        pthread_create(&thread, &small, run_work, &workers))
      failures++, printf("FAIL no thread of a small stack\n");
    else pthread_join(thread, NULL);
    pthread_attr_destroy(&small);
  }
  if (wrong_modes) failures++, printf("FAIL %d shares in the caller's mode\n", (int)wrong_modes);
}

#ifdef _OPENMP
static void rest(double seconds) {
  const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&t, NULL);
}

/* Two shares that take so many seconds. */
static int rest_share(void *seconds, size_t share, size_t shares) {
  (void)shares;
  rest(((const double *)seconds)[share]);
  return 0;
}
static void rest_each(double first, double second) {
  double seconds[] = {first, second};
  fa_parallel(2, rest_share, seconds);
}

static void test_losses(void) {
  fa_set_threads(2);
  expect(2, "at first");
  rest_each(0.3, 0.01);
  expect(2, "after a region in which the caller came last");
  rest_each(0.01, 0.3);
  expect(1, "after a wait");
  if (fa_threads() != 2) failures++, printf("FAIL the setting has changed\n");
  rest(1.1);
  expect(2, "after the longest time");
}

/* Two shares that work for so many seconds. */
static int work_share(void *seconds, size_t share, size_t shares) {
  const double until = omp_get_wtime() + *(const double *)seconds;
  (void)share, (void)shares;
  while (omp_get_wtime() < until) {}
  return 0;
}
static void work_each(double seconds) { fa_parallel(2, work_share, &seconds); }

/* Threads that wait in a loop have the CPUs, whoever made them; the runtime's own do not count.
 * On a machine that others use too, a look may be wrong or a thread wait long for its turn: most looks count, and a
 * change has ten seconds. */
static atomic_int has_ended;
static void *wait_in_a_loop(void *unused) {
  while (!has_ended) {}
  return unused;
}
static int waits_until_taken(int least, int most) {
  for (int i = 0; i < 100; i++) {
    rest(0.1);
    if (fa_taken_by_others() >= least && fa_taken_by_others() <= most) return 1;
  }
  return 0;
}
static void test_busy_threads(void) {
#if defined(__linux__)
  enum { LOOKS = 100 };
  pthread_t thread[2];
  int wrong = 0;
  fa_busy_prepare(2);
  for (int i = 0; i < LOOKS; i++) work_each(25e-3), wrong += fa_taken_by_others() != 0;
  if (wrong > LOOKS / 4)
    failures++, printf("FAIL the runtime's threads count as others' in %d of %d looks\n", wrong, LOOKS);
  for (int i = 0; i < 2; i++)
    if (pthread_create(thread + i, NULL, wait_in_a_loop, NULL)) failures++, printf("FAIL no thread\n");
  if (!waits_until_taken(1, 2)) failures++, printf("FAIL busy threads are not seen\n");
  else expect(1, "beside busy threads");
  has_ended = 1;
  for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
  if (!waits_until_taken(0, 0)) failures++, printf("FAIL busy threads are seen when they have ended\n");
#endif
}

/* Calls of several threads share the CPUs: beside the workers of one, others run alone. */
enum { CALLERS = 4, TEAM = 4, CALLS = 100 };
static atomic_int running, most_running, alone;

static int count_running(void *context, size_t share, size_t shares) {
  (void)context, (void)share;
  const int now = atomic_fetch_add(&running, 1) + 1;
  for (int seen = atomic_load(&most_running); now > seen && !atomic_compare_exchange_weak(&most_running, &seen, now);) {
  }
  if (shares == 1) alone++;
  rest(1e-4);
  atomic_fetch_sub(&running, 1);
  return 0;
}
static void *call_again(void *unused) {
  for (int i = 0; i < CALLS; i++) fa_parallel(TEAM, count_running, NULL);
  return unused;
}
static void test_callers(void) {
  pthread_t thread[CALLERS];
  fa_set_threads(TEAM);
  for (int i = 0; i < CALLERS; i++)
    if (pthread_create(thread + i, NULL, call_again, NULL)) failures++, printf("FAIL no thread\n");
  for (int i = 0; i < CALLERS; i++) pthread_join(thread[i], NULL);
  /* a team and the other callers; each team of its own would be four times as many */
  if (most_running > TEAM + CALLERS - 1) failures++, printf("FAIL %d shares at once\n", (int)most_running);
  if (!alone) failures++, printf("FAIL no caller ran alone\n");
  call_again(NULL);
  alone = 0;
  fa_parallel(TEAM, count_running, NULL);
  if (alone) failures++, printf("FAIL the CPUs were not given back\n");
}

int main(int argc, char **argv) {
  (void)argv;
  fa_threads_prepare();
  test_shares();
  test_callers();
  rest(1.1);
  test_losses();
  if (argc == 1) test_busy_threads(); /* an emulator does not know the clocks of other threads */
  printf("threads: %s\n", failures ? "FAILED" : "passed");
  return failures != 0;
}
#else
int main(void) {
  test_shares();
  expect(1, "without OpenMP");
  return failures != 0;
}
#endif
