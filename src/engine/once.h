/* What is done once for the whole process, by whichever thread comes first. */
#ifndef FASTACT_ONCE_H
#define FASTACT_ONCE_H
#include <stdatomic.h>

enum { FA_NOT_YET, FA_BEING_DONE, FA_HAS_BEEN_DONE };

/* Returns when `work` has been done; `state` is static and starts as 0. Others wait in a loop, for some 100 us. */
static inline void fa_once(atomic_int *state, void (*work)(void)) {
  int found = FA_NOT_YET;
  if (atomic_load_explicit(state, memory_order_acquire) == FA_HAS_BEEN_DONE) return;
  if (atomic_compare_exchange_strong(state, &found, FA_BEING_DONE)) {
    work();
    atomic_store_explicit(state, FA_HAS_BEEN_DONE, memory_order_release);
  }
  while (atomic_load_explicit(state, memory_order_acquire) != FA_HAS_BEEN_DONE) continue;
}
#endif
