/* How many threads a call may use, and on which runtime. */
#ifndef FASTACT_THREADS_H
#define FASTACT_THREADS_H

/* Threads that a call of this thread may use now, at least 1: its own override, else the process's setting, never more
 * than an outside limit on the runtime (threadpoolctl) allows. 1 in a child forked after this process ran in parallel. */
int fa_threads(void);

/* The same, or 1 for a while after a call had to wait for a thread that the system did not run. */
int fa_threads_now(void);

/* The process's setting; 0 means the runtime's own default. */
void fa_set_threads(int n);

/* This thread's override, 0 for none; returns the one before. */
int fa_override_threads(int n);

/* To be called before a parallel region starts; by each of its threads when its share is done; and when the region has ended, by
 * the thread that started it. Where the latter two are missing nothing is learned from the region. */
void fa_parallel_starts(void);
void fa_share_ends(void);
void fa_parallel_ends(void);

/* The runtime's _OPENMP date, 0 without OpenMP. */
int fa_openmp(void);
#endif
