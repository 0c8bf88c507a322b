/* The rows of a nest in turn, and how its arguments lie. */
#ifndef FASTACT_WALK_H
#define FASTACT_WALK_H
#include "engine/layout.h"
#include "engine/map.h"

/* Rows shorter than this are packed into blocks: a call for each would cost more than the copy. */
enum { FA_LONG = 128 };

/* Of each argument the address of the present row. */
typedef struct {
  const fa_strided *nest;
  int arguments;
  size_t index[FA_MAX_DIMENSIONS];
  char *row[FA_MAX_ARGUMENTS];
} fa_walk;

static inline void fa_walk_to(fa_walk *w, const fa_strided *nest, int arguments, size_t row) {
  w->nest = nest, w->arguments = arguments;
  fa_strided_locate(nest, nest->dimensions - 1, arguments, row, w->index, w->row);
}

/* Over `rows` rows, no more than are left in the last dimension but one. */
static inline void fa_walk_on(fa_walk *w, size_t rows) {
  const fa_strided *nest = w->nest;
  int d = nest->dimensions - 2;
  if (d < 0) return;
  w->index[d] += rows;
  for (int a = 0; a < w->arguments; a++) w->row[a] += (ptrdiff_t)rows * nest->steps[a][d];
  for (; d > 0 && w->index[d] == nest->shape[d]; d--) {
    w->index[d] = 0;
    w->index[d - 1]++;
    for (int a = 0; a < w->arguments; a++)
      w->row[a] += nest->steps[a][d - 1] - (ptrdiff_t)nest->shape[d] * nest->steps[a][d];
  }
}

/* Moves what `which` names of the next rows between the blocks, in which they are packed, and their places. */
static inline void fa_move_rows(fa_walk *w, fa_copy copy_rows, const int *which, char *const *blocks, ptrdiff_t size,
                                size_t rows) {
  const fa_strided *nest = w->nest;
  const int last = nest->dimensions - 1;
  const size_t n = nest->shape[last];
  for (size_t done = 0, k; done < rows; done += k) {
    k = nest->shape[last - 1] - w->index[last - 1];
    if (k > rows - done) k = rows - done;
    for (int a = 0; a < w->arguments; a++)
      if (which[a])
        copy_rows(blocks[a] + (ptrdiff_t)(done * n) * size, w->row[a], nest->steps[a][last], n,
                  nest->steps[a][last - 1], k);
    fa_walk_on(w, k);
  }
}

/* How an argument lies in the whole nest: one element after the other, the same in every row, or neither. */
typedef enum { FA_LIES_SCATTERED, FA_LIES_LINEAR, FA_LIES_REPEATED } fa_lie;
static inline fa_lie fa_lies_in(const fa_strided *nest, int a, ptrdiff_t size) {
  const int last = nest->dimensions - 1;
  ptrdiff_t next = size;
  int linear = !((uintptr_t)nest->args[a] & (uintptr_t)(size - 1)), repeated = 1;
  for (int d = last; d >= 0; d--) {
    linear &= nest->steps[a][d] == next;
    repeated &= d == last || nest->steps[a][d] == 0;
    next *= (ptrdiff_t)nest->shape[d];
  }
  return linear ? FA_LIES_LINEAR : repeated ? FA_LIES_REPEATED : FA_LIES_SCATTERED;
}
#endif
