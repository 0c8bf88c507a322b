/* One long row, its blocks shared among threads. */
#ifndef FASTACT_BLOCKS_H
#define FASTACT_BLOCKS_H
#include "fastact/engine.h"

/* What is done to a row that way, in stages: something with every block of FA_BLOCK elements, by any thread, then
 * something with the row, by one. */
typedef struct {
  void (*block)(void *row, size_t b);
  void (*join)(void *row); /* NULL for nothing */
} fa_stage;

static inline size_t fa_blocks_of(size_t n) { return (n + FA_BLOCK - 1) / FA_BLOCK; }

/* The length of block b of a row of n elements. */
static inline size_t fa_block_length(size_t n, size_t b) {
  return n - b * FA_BLOCK < FA_BLOCK ? n - b * FA_BLOCK : FA_BLOCK;
}

void fa_run_stages(void *row, size_t blocks, int workers, const fa_stage *stages, int count);
#endif
