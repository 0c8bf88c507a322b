/* A call that waited for a thread makes the next ones serial, for a while; one that did not changes nothing. */
#define _GNU_SOURCE
#include <stdio.h>
#include <time.h>

#include "../../fastact/_native/threads.h"

static int failures;
static void expect(int want, const char *when) {
  if (fa_threads_now() == want) return;
  failures++;
  printf("FAIL %s: %d threads, not %d\n", when, fa_threads_now(), want);
}

#ifdef _OPENMP
#include <omp.h>

static void rest(double seconds) {
  const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&t, NULL);
}

/* A region of two threads whose shares take so many seconds. */
static void region(double first, double second) {
  fa_parallel_starts();
#pragma omp parallel num_threads(2)
  {
    rest(omp_get_thread_num() ? second : first);
    fa_share_ends();
  }
  fa_parallel_ends();
}

int main(void) {
  fa_set_threads(2);
  expect(2, "at first");
  region(0.3, 0.01);
  expect(2, "after a region in which the caller came last");
  region(0, 0.3);
  expect(1, "after a wait");
  if (fa_threads() != 2) failures++, printf("FAIL the setting has changed\n");
  rest(1.1);
  expect(2, "after the longest time");
  printf("threads: %s\n", failures ? "FAILED" : "passed");
  return failures != 0;
}
#else
int main(void) {
  expect(1, "without OpenMP");
  return failures != 0;
}
#endif
