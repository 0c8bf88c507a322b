#include "engine/pool.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(_WIN32)
#include <malloc.h>
#else
#include <pthread.h>
#include <sys/mman.h>
#endif

/* Data starts in the middle of a page: nearly all of NumPy's own large arrays start with one, and a load that stands a
 * little behind a store, to the page's size, waits for it. */
enum { ALIGNED = 64, HEADER = 2048 + ALIGNED, SMALL_PAGE = 4 << 10, PAGE = 2 << 20, MOST = 128 };

/* What stands before the data. */
typedef struct {
  size_t capacity; /* bytes in all */
} block;

static struct {
  block *b;
  size_t capacity; /* the block's own, which may lie in no cache */
} kept[MOST];      /* by age, the oldest first */
static int count;
static atomic_size_t held, limit; /* changed under the lock, read by anyone */

/* Held for a few instructions. Taking and giving never wait for it: memory then goes past the pool. */
static atomic_flag lock = ATOMIC_FLAG_INIT;
static int enter(void) { return !atomic_flag_test_and_set_explicit(&lock, memory_order_acquire); }
static void leave(void) { atomic_flag_clear_explicit(&lock, memory_order_release); }

#if !defined(_WIN32)
/* A thread that stayed behind in the parent may have held the lock: what it was changing is left alone. */
static void after_fork_in_child(void) {
  if (!enter()) count = 0, held = 0;
  leave();
}
#endif

static block *new_block(size_t capacity) {
#if defined(_WIN32)
  block *made = _aligned_malloc(capacity, SMALL_PAGE);
#else
  const int is_huge = capacity >= 2 * PAGE;
  block *made = aligned_alloc(is_huge ? PAGE : SMALL_PAGE, capacity);
#if defined(MADV_HUGEPAGE)
  if (made && is_huge) madvise(made, capacity, MADV_HUGEPAGE); /* a wish: without huge pages it is slower, no more */
#endif
#endif
  if (made) made->capacity = capacity;
  return made;
}

static void drop(block *b) {
#if defined(_WIN32)
  _aligned_free(b);
#else
  free(b);
#endif
}

static block *take_out(int i) {
  block *b = kept[i].b;
  held -= kept[i].capacity;
  for (count--; i < count; i++) kept[i] = kept[i + 1];
  return b;
}

/* The smallest block that fits and wastes at most a quarter. */
static block *find(size_t capacity) {
  int best = -1;
  for (int i = 0; i < count; i++) {
    const size_t c = kept[i].capacity;
    if (c >= capacity && c - capacity <= capacity / 4 && (best < 0 || c < kept[best].capacity)) best = i;
  }
  return best < 0 ? NULL : take_out(best);
}

/* Sizes are rounded up, to few of them, by an eighth at most: blocks serve neighbouring sizes. */
static size_t capacity_for(size_t size) {
  const size_t needed = size + HEADER;
  size_t step = SMALL_PAGE;
  while (step < PAGE && 16 * step <= needed) step *= 2;
  return (needed + step - 1) / step * step;
}

void *fa_pool_take(size_t size) {
  if (size > (size_t)-1 / 2) return NULL;
  const size_t capacity = capacity_for(size);
  block *b = NULL;
  if (enter()) {
    b = find(capacity);
    leave();
  }
  if (!b) b = new_block(capacity);
  return b ? (char *)b + HEADER : NULL;
}

void fa_pool_give(void *data) {
  if (!data) return;
  block *b = (block *)((char *)data - HEADER);
  if (enter()) {
    if (b->capacity <= limit) {
      while (count == MOST || held + b->capacity > limit) drop(take_out(0));
      kept[count].b = b;
      kept[count++].capacity = b->capacity;
      held += b->capacity;
      b = NULL;
    }
    leave();
  }
  if (b) drop(b);
}

void *fa_pool_resize(void *data, size_t size) {
  char *made = fa_pool_take(size);
  if (!made || !data) return made;
  size_t before = ((block *)((char *)data - HEADER))->capacity - HEADER;
  memcpy(made, data, before < size ? before : size);
  fa_pool_give(data);
  return made;
}

void fa_pool_prepare(void) {
#if !defined(_WIN32)
  pthread_atfork(0, 0, after_fork_in_child);
#endif
}

static void shrink(size_t bytes) {
  while (held > bytes) drop(take_out(0));
}

void fa_pool_set_limit(size_t bytes) {
  while (!enter()) continue;
  limit = bytes;
  shrink(bytes);
  leave();
}

void fa_pool_clear(void) {
  while (!enter()) continue;
  shrink(0);
  leave();
}

size_t fa_pool_limit(void) { return limit; }
size_t fa_pool_held(void) { return held; }
