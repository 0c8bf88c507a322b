/* How many threads a call may use, and on which runtime. */
#ifndef FASTACT_THREADS_H
#define FASTACT_THREADS_H

#include <stdint.h> /* for __GLIBC__ */

#if defined(_WIN32)
#define FA_THREAD_LOCAL __declspec(thread)
#elif defined(__GLIBC__)
/* 40 bytes of what glibc keeps free for this. Otherwise each look at one takes 15 ns once other libraries have been loaded (2.36). */
#define FA_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define FA_THREAD_LOCAL _Thread_local
#endif

/* To be called when the library is loaded, before any other thread calls it: looks at what the runtime would take by itself and at
 * what the container allows, and makes forked children serial. */
void fa_threads_prepare(void);

/* Threads that a call of this thread may use now, at least 1: its own override, else the process's setting, never more
 * than an outside limit on the runtime (threadpoolctl) allows. 1 in a forked child. */
int fa_threads(void);

/* The same, or 1 for a while after a call had to wait for a thread that the system did not run. */
int fa_threads_now(void);

/* The process's setting; 0 means the runtime's own default. */
void fa_set_threads(int n);

/* This thread's override, 0 for none: it counts while a block of any thread is open. */
void fa_override_threads(int n);

/* Counts the blocks that override the setting, in all threads: 1 opens one, -1 closes one. Returns how many are open; 0 only asks. */
int fa_blocks(int more);

/* For parallel.c alone, like what follows: no thread could be made, so calls stay serial for a second. */
void fa_stay_serial(void);

/* To be called before a parallel region starts; by each of its threads when its share is done; and when the region has ended, by
 * the thread that started it. */
void fa_parallel_starts(void);
void fa_share_ends(void);
void fa_parallel_ends(void);

/* The runtime's _OPENMP date, 0 without OpenMP. */
int fa_openmp(void);
#endif
