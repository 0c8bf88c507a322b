/* Where kernels run: on as many threads as serve, on stacks that suffice, in the default floating-point mode. */
#ifndef FASTACT_PARALLEL_H
#define FASTACT_PARALLEL_H
#include <stddef.h>
#include <stdint.h>

#include "engine/threads.h"
#include "fastact/engine.h"

enum { FA_GRAIN = 16384 }; /* elements that are work enough for a thread */

/* Share number `share` of a block of work that is cut into `shares` equal ones; 0, or not where it failed. Knows no
 * Python. */
typedef int (*fa_work)(void *context, size_t share, size_t shares);

/* What a share may take of the stack: blocks of 48 KiB in map.c, 32 KiB in the kernels of 16-bit rows, and what
 * compilers spill. A thread of Python's may have 32 KiB in all. */
enum { FA_STACK_NEEDED = 80 << 10 };

#if !defined(_WIN32)
/* The lowest address of this thread's stack; 0 where nobody has asked yet, 1 where the system does not say. */
extern FA_THREAD_LOCAL uintptr_t fa_lowest;
#endif

/* Whether that much is known to be left. Where a program has left the thread's stack for one of its own, the difference
 * wraps round, or is large: nothing is known then. */
static inline int fa_stack_holds(size_t bytes) {
#if defined(_WIN32)
  return (void)bytes, 1; /* stacks have 1 MiB there, unless a program asks for less */
#else
  char here;
  return fa_lowest && (uintptr_t)&here - fa_lowest >= bytes;
#endif
}
static inline int fa_stack_suffices(void) { return fa_stack_holds(FA_STACK_NEEDED); }

int fa_parallel_anywhere(int workers, fa_work work, void *context);

/* Runs all shares of the work, each on a thread of its own, at most `workers` of them: fewer where the system makes no
 * more threads. Returns what the shares returned, or-ed. Who calls has entered the default mode (fpmode.h); other
 * threads enter it here. */
static inline int fa_parallel(int workers, fa_work work, void *context) {
  return workers <= 1 && fa_stack_suffices() ? work(context, 0, 1) : fa_parallel_anywhere(workers, work, context);
}
#endif
