/* What row operations and losses have in common. */
#ifndef FASTACT_ENGINE_ROWS_H
#define FASTACT_ENGINE_ROWS_H
#include "engine/blocks.h"
#include "engine/cache.h"
#include "engine/parallel.h"
#include "engine/rows_plan.h"

enum {
  FA_TASK = 65536,               /* elements in one thread's turn */
  FA_LEAST_COLUMNS = 512,        /* columns in a turn: they come a tile at a time */
  FA_LEAST_SPLIT = 4 * FA_BLOCK, /* elements from which a single row is shared */
};

/* Rows of which input and output together exceed three quarters of the last level are stored past the caches. */
static inline int fa_rows_stream(size_t bytes) { return bytes > fa_last_level() / 4 * 3; }

/* Turns are whole groups of 16 rows, which kernels take together. */
static inline size_t fa_whole_groups(size_t rows) { return (rows + 15) / 16 * 16; }

static inline size_t fa_itemsize(fa_dtype dtype) { return dtype == FA_F64 ? 8 : dtype == FA_F32 ? 4 : 2; }
/* The size of what elements of that type are computed in. */
static inline size_t fa_computed_size(fa_dtype dtype) { return dtype == FA_F64 ? 8 : 4; }
/* Lets the rows from row `first` of the call on have their extra logits. */
static inline void fa_give_extra(fa_rows *rows, const fa_extra *extra, fa_dtype dtype, size_t first) {
  if (!extra) return;
  rows->extra = (const char *)extra->logits + first * (size_t)extra->step * fa_computed_size(dtype);
  rows->extrastep = extra->step;
}
/* fa_run_scaled_rows() by the thread that calls; FA_SOME_NAN where a row is NaN, whose masked elements are not. */
int fa_scaled_rows_here(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands, void *y,
                        double scale);
static inline int fa_is_gradient(fa_row_op op) { return op >= FA_SOFTMAX_GRAD; }
#endif
