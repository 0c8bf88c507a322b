/* Where kernels run: on as many threads as serve, on stacks that suffice, in the default floating-point mode. */
#ifndef FASTACT_PARALLEL_H
#define FASTACT_PARALLEL_H
#include <stddef.h>

/* Share number `share` of a piece of work that is cut into `shares` equal ones; 0, or not where it failed. Knows no Python. */
typedef int (*fa_work)(void *context, size_t share, size_t shares);

/* Runs all shares of the work, each on a thread of its own, at most `workers` of them: fewer where the system makes no more
 * threads. Returns what the shares returned, or-ed. */
int fa_parallel(int workers, fa_work work, void *context);
#endif
