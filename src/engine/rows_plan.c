#include "engine/rows_plan.h"

#include <stdint.h>
#include <stdlib.h>

static size_t length_of(ptrdiff_t step) { return step < 0 ? -(size_t)step : (size_t)step; }

/* By falling output step, so that what is adjacent in memory comes last. An insertion sort: few dimensions. */
static void sort_by_output(fa_strided *outer, int arrays) {
  for (int i = 1; i < outer->dimensions; i++)
    for (int d = i; d && length_of(outer->steps[FA_ROW_Y][d - 1]) < length_of(outer->steps[FA_ROW_Y][d]); d--) {
      const size_t n = outer->shape[d];
      outer->shape[d] = outer->shape[d - 1], outer->shape[d - 1] = n;
      for (int a = 0; a < arrays; a++) {
        const ptrdiff_t step = outer->steps[a][d];
        outer->steps[a][d] = outer->steps[a][d - 1], outer->steps[a][d - 1] = step;
      }
    }
}

/* Whether the elements of a dimension lie that far apart in every array but one (-1: in all of them). */
static int steps_by(const fa_strided *nest, int d, int arrays, ptrdiff_t step, int but) {
  for (int a = 0; a < arrays; a++)
    if (a != but && nest->steps[a][d] != step) return 0;
  return 1;
}
/* Sizes are powers of two: a division by a number that the compiler does not know takes 20 cycles. */
static int steps_in_elements(const fa_strided *nest, int d, int arrays, ptrdiff_t size) {
  for (int a = 0; a < arrays; a++)
    if (nest->steps[a][d] & (size - 1)) return 0;
  return 1;
}
static ptrdiff_t in_elements(ptrdiff_t step, ptrdiff_t size) {
  return size == 8 ? step / 8 : size == 4 ? step / 4 : step / 2;
}

static void step_by(fa_strided *nest, int d, int arrays, ptrdiff_t step) {
  for (int a = 0; a < arrays; a++) nest->steps[a][d] = step;
}

static void take_out(fa_strided *nest, int batch, int arrays) {
  const int dimensions = nest->dimensions;
  nest->dimensions = batch;
  for (int d = batch + 1; d < dimensions; d++) fa_strided_append(nest, nest, d, arrays);
}

int fa_plan_rows(fa_rows_plan *plan, const fa_strided *arrays, const char *reduced, int count, ptrdiff_t size,
                 int options) {
  fa_strided row, *outer = &plan->outer;
  const int one_result = options & FA_ONE_RESULT;
  plan->arrays = count;
  row.dimensions = outer->dimensions = 0;
  for (int d = 0; d < arrays->dimensions; d++) fa_strided_append(reduced[d] ? &row : outer, arrays, d, count);
  for (int a = 0; a < count; a++) outer->args[a] = arrays->args[a];
  for (int d = 0; one_result && d < row.dimensions; d++) row.steps[FA_ROW_Y][d] = row.steps[FA_ROW_X][d];
  fa_strided_join(&row, count);
  if (!(options & FA_C_ORDER)) sort_by_output(outer, count);
  fa_strided_join(outer, count);
  if (row.dimensions > 1) return 0;
  /* one element lies everywhere alike */
  if (row.shape[0] == 1) step_by(&row, 0, count, size);
  int batch = outer->dimensions - 1;
  if (outer->shape[batch] == 1) step_by(outer, batch, count, size);
  plan->columns = !steps_by(&row, 0, count, size, one_result ? FA_ROW_Y : -1);
  if (plan->columns) {
    while (batch >= 0 && !(steps_by(outer, batch, count, size, -1) && outer->shape[batch] > 1))
      batch = options & FA_C_ORDER ? -1 : batch - 1;
    if (batch < 0) return 0;
  }
  if (!steps_in_elements(&row, 0, count, size) || !steps_in_elements(outer, batch, count, size)) return 0;
  plan->n = row.shape[0], plan->count = outer->shape[batch];
  for (int a = 0; a < count; a++) {
    plan->next[a] = outer->steps[a][batch];
    plan->step[a] = in_elements(plan->columns ? row.steps[a][0] : outer->steps[a][batch], size);
  }
  take_out(outer, batch, count);
  plan->repeats = 1;
  for (int d = 0; d < outer->dimensions; d++) plan->repeats *= outer->shape[d];
  return 1;
}

char *fa_take_scratch(size_t size, void **memory) {
  char *taken = malloc(size + 64);
  *memory = taken;
  return taken ? taken + (64 - (uintptr_t)taken % 64) % 64 : NULL;
}
