/* How many threads a call may use, and on which runtime. */
#ifndef FASTACT_THREADS_H
#define FASTACT_THREADS_H

/* Threads that a call of this thread may use now, at least 1: its own override, else the process's setting, never more
 * than an outside limit on the runtime (threadpoolctl) allows. 1 in a child forked after this process ran in parallel. */
int fa_threads(void);

/* The process's setting; 0 means the runtime's own default. */
void fa_set_threads(int n);

/* This thread's override, 0 for none; returns the one before. */
int fa_override_threads(int n);

/* To be called before a parallel region starts. */
void fa_note_parallel(void);

/* The runtime's _OPENMP date, 0 without OpenMP. */
int fa_openmp(void);
#endif
