/* How elements are moved between their places and packed blocks, and kernels run on them: for map.c and strided.c alone. */
#ifndef FASTACT_MAP_H
#define FASTACT_MAP_H
#include "fastact/fastact.h"

enum { FA_MAP_BLOCK = 1024, FA_CACHE_LINE = 64 };

/* Rows of n elements, packed on one side. */
typedef void (*fa_copy)(char *packed, char *place, ptrdiff_t step, size_t n, ptrdiff_t row_step, size_t rows);

/* How elements of one type are moved. */
typedef struct {
  ptrdiff_t size;
  fa_copy gather, scatter;
} fa_movers;
extern const fa_movers fa_moving[FA_ALL_DTYPES];

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

/* fa_map() and fa_map_stored(); with `stream` outputs that lie directly go past the caches, and the caller fences. */
void fa_map_values(const fa_kernels *table, fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs, char *const *args,
                   const ptrdiff_t *steps, size_t n, int stream);
void fa_map_halves(const fa_kernels *table, fa_map_kernel kernel, fa_dtype stored, int inputs, int outputs, char *const *args,
                   const ptrdiff_t *steps, size_t n, int stream);
#endif
