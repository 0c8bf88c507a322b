/* How elements are moved between their places and packed blocks, and kernels run on them, by the thread that calls. */
#ifndef FASTACT_MAP_H
#define FASTACT_MAP_H
#include <stdint.h>

#include "fastact/engine.h"

enum { FA_MAP_BLOCK = 1024, FA_CACHE_LINE = 64 };

/* Rows of n elements, packed on one side. */
typedef void (*fa_copy)(char *packed, char *place, ptrdiff_t step, size_t n, ptrdiff_t row_step, size_t rows);

/* How elements of one type are moved. */
typedef struct {
  ptrdiff_t size;
  fa_copy gather, scatter;
} fa_movers;
extern const fa_movers fa_moving[FA_STORED_DTYPES];

/* Whether a kernel can take n elements where they lie: contiguous and aligned. */
static inline int fa_lies_directly(const char *arg, ptrdiff_t step, size_t n, ptrdiff_t size) {
  /* sizes are powers of two: a division takes 20 cycles */
  return (step == size || n == 1) && !((uintptr_t)arg & (uintptr_t)(size - 1));
}

/* Whether a row's elements lie further apart than the rows do. */
static inline int fa_is_crossed(ptrdiff_t step, ptrdiff_t row_step, size_t rows) {
  return rows > 1 && row_step && (row_step < 0 ? -row_step : row_step) < (step < 0 ? -step : step);
}

/* Asks for bytes that will be needed soon where the hardware will not foresee it. */
static inline void fa_fetch(const char *p, ptrdiff_t bytes) {
#if defined(__GNUC__)
  for (ptrdiff_t at = 0; at < bytes; at += FA_CACHE_LINE) __builtin_prefetch(p + at);
#else
  (void)p, (void)bytes;
#endif
}

/* Part of a loop at any steps, of a type that kernels compute in, or of one of 16 bits: outputs that lie directly go
 * past the caches with `stream`, and the caller fences. */
void fa_map_values(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n, int stream);
void fa_map_halves(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n, int stream);
static inline void fa_map(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n, int stream) {
  (loop->dtype < FA_COMPUTE_DTYPES ? fa_map_values : fa_map_halves)(loop, args, steps, n, stream);
}

/* n elements of a nest, from element `start` on. fa_strided_chunk() tells how many elements, if possible no more than
 * `most`, make a good block of work. `stream`: results go past the caches, which pays for FA_LIGHT operations where
 * fa_strided_streams(): all arguments together exceed the last-level cache of `cache` bytes, and no output is an input.
 */
void fa_map_strided(const fa_loop *loop, const fa_strided *nest, int stream, size_t start, size_t n);
size_t fa_strided_chunk(const fa_strided *nest, int arguments, size_t most);
int fa_strided_streams(const fa_loop *loop, const fa_strided *nest, size_t cache);
#endif
