/* What keeps calls from waiting for CPUs that others use: docs/threads.md. */
#ifndef FASTACT_BUSY_H
#define FASTACT_BUSY_H

/* Of so many CPUs that the process may use. */
void fa_busy_prepare(int cpus);

/* CPUs that other threads of the process have taken lately, but for those that work for this library. */
int fa_taken_by_others(void);

/* How many threads pay now where so many are wanted. */
int fa_paying(int wanted);

/* Calls stay serial for that many seconds, one at most. */
void fa_stay_serial(double seconds);

/* What the thread that starts a parallel region learns of it. The thread itself runs share 0; any other thread of the
 * region runs share 1. */
typedef struct {
  double started, finished; /* by the caller */
  int clock;                /* of the other thread's CPU time, 0 where there is none */
} fa_region;

void fa_region_starts(fa_region *region);
void fa_share_ends(fa_region *region, int share);
void fa_region_ends(const fa_region *region, int workers);
#endif
