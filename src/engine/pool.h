/* Memory of large results, kept for reuse when they are freed: a mapping of 32 MB or more is otherwise given back to the system
 * and faulted in anew on every call, which costs as much as a copy of it or more. Safe from any thread, and after a fork. */
#ifndef FASTACT_POOL_H
#define FASTACT_POOL_H
#include <stddef.h>

/* Memory of at least this size, aligned to 64 bytes, its contents undefined; NULL where there is none. */
void *fa_pool_take(size_t size);

/* Ends the use of memory that was taken: it is kept within the limit, the oldest going first, or given back. */
void fa_pool_give(void *data);

/* The same contents, as far as they fit, in memory of another size; data may be NULL. NULL leaves data as it was. */
void *fa_pool_resize(void *data, size_t size);

/* To be called when the library is loaded: a forked child finds the pool unlocked. */
void fa_pool_prepare(void);

/* How many bytes may be kept unused; what exceeds it goes back to the system at once. 0 keeps nothing. */
void fa_pool_set_limit(size_t bytes);
size_t fa_pool_limit(void);

/* Gives what is kept unused back to the system. */
void fa_pool_clear(void);

/* Bytes kept unused now. */
size_t fa_pool_held(void);
#endif
