/* Which way the engine goes over the rows of some arrays: one batch of rows (elements adjacent) or of columns
 * (neighbouring rows adjacent), repeated over the remaining axes. */
#ifndef FASTACT_ROWS_PLAN_H
#define FASTACT_ROWS_PLAN_H
#include "engine/layout.h"

enum { FA_ROW_X, FA_ROW_Y, FA_ROW_DY, FA_ROW_ARRAYS };

typedef struct {
  int arrays; /* how many take part */
  int columns;
  size_t n, count;               /* elements of a row; rows (or columns) of a batch */
  ptrdiff_t step[FA_ROW_ARRAYS]; /* in elements, as fa_rows has them */
  ptrdiff_t next[FA_ROW_ARRAYS]; /* in bytes, from one row (or column) of the batch to the next */
  fa_strided outer;              /* where the batches begin */
  size_t repeats;                /* how many there are */
} fa_rows_plan;

/* How rows may be planned: y has one element for each row; rows are counted in C order. */
enum { FA_ONE_RESULT = 1, FA_C_ORDER = 2 };

/* The plan for rows along the axes a with reduced[a]; 0 where no kernel can go over the arrays as they lie. */
int fa_plan_rows(fa_rows_plan *plan, const fa_strided *arrays, const char *reduced, int count, ptrdiff_t size,
                 int options);

/* Where row (or column) `first` of a batch stands in each array. */
static inline void fa_locate_row(const fa_rows_plan *plan, size_t repeat, size_t first, char **at) {
  fa_strided_locate(&plan->outer, plan->outer.dimensions, plan->arrays, repeat, NULL, at);
  for (int a = 0; a < plan->arrays; a++) at[a] += (ptrdiff_t)first * plan->next[a];
}

/* Memory for a kernel's scratch, aligned to 64 bytes; `memory` is to be freed. NULL where there is none. */
char *fa_take_scratch(size_t size, void **memory);
#endif
