/* How many threads a call may use now: what parallel.c asks beside what engine.h declares. */
#ifndef FASTACT_THREADS_H
#define FASTACT_THREADS_H

#include <stdint.h> /* for __GLIBC__ */

#if defined(_WIN32)
#define FA_THREAD_LOCAL __declspec(thread)
#elif defined(__GLIBC__)
/* 60 bytes of what glibc keeps free for this. Otherwise each look at one takes 15 ns once other libraries have been
 * loaded (2.36). */
#define FA_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define FA_THREAD_LOCAL _Thread_local
#endif

/* To be called when the library is loaded, before any other thread calls it. */
void fa_threads_prepare(void);

/* fa_threads(), or fewer where others use the CPUs: busy.h. */
int fa_threads_now(void);
#endif
