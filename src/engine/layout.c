#include "engine/layout.h"

#include <stdint.h>

static ptrdiff_t length_of(ptrdiff_t step) { return step < 0 ? -step : step; }

/* Whether the loop over axis `outer` belongs inside that over axis `inner`: 1 yes, 0 no, -1 undecided. An axis of
 * length 1 has steps of 0 here. */
static int belongs_inside(const fa_strided *nest, int arguments, int outer, int inner) {
  int verdict = -1;
  for (int a = 0; a < arguments; a++) {
    const ptrdiff_t out = length_of(nest->steps[a][outer]), in = length_of(nest->steps[a][inner]);
    if (!out || !in) continue;
    if (in <= out) return 0;
    verdict = 1;
  }
  return verdict;
}

void fa_strided_order(const fa_strided *nest, int arguments, int *axes) {
  const int n = nest->dimensions;
  /* an insertion from the innermost axis outwards: the comparison is no order of its own, so the method matters */
  for (int d = n - 1; d >= 0; d--) {
    int at = d;
    for (int e = d + 1; e < n; e++) {
      const int verdict = belongs_inside(nest, arguments, d, axes[e]);
      if (!verdict) break;
      if (verdict > 0) at = e;
    }
    for (int e = d; e < at; e++) axes[e] = axes[e + 1];
    axes[at] = d;
  }
}

void fa_strided_append(fa_strided *to, const fa_strided *from, int d, int arguments) {
  const int last = to->dimensions++;
  to->shape[last] = from->shape[d];
  for (int a = 0; a < arguments; a++) to->steps[a][last] = from->steps[a][d];
}

void fa_strided_join(fa_strided *nest, int arguments) {
  int last = -1;
  for (int d = 0; d < nest->dimensions; d++) {
    const size_t n = nest->shape[d];
    int joined = last >= 0;
    if (n == 1) continue;
    for (int a = 0; joined && a < arguments; a++) joined = nest->steps[a][last] == (ptrdiff_t)n * nest->steps[a][d];
    if (!joined) nest->shape[++last] = 1;
    nest->shape[last] *= n;
    for (int a = 0; a < arguments; a++) nest->steps[a][last] = nest->steps[a][d];
  }
  if (last < 0) {
    nest->shape[0] = 1, last = 0;
    for (int a = 0; a < arguments; a++) nest->steps[a][0] = 0;
  }
  nest->dimensions = last + 1;
}

void fa_strided_flatten(fa_strided *nest, int arguments, const int *axes) {
  fa_strided ordered;
  ordered.dimensions = 0;
  for (int d = 0; d < nest->dimensions; d++) {
    const int axis = axes[d];
    const size_t n = nest->shape[axis];
    int forward = n <= 1;
    for (int a = 0; a < arguments; a++) forward |= nest->steps[a][axis] > 0;
    for (int a = 0; !forward && a < arguments; a++) {
      nest->args[a] += (ptrdiff_t)(n - 1) * nest->steps[a][axis];
      nest->steps[a][axis] = -nest->steps[a][axis];
    }
    fa_strided_append(&ordered, nest, axis, arguments);
  }
  fa_strided_join(&ordered, arguments);
  nest->dimensions = 0;
  for (int d = 0; d < ordered.dimensions; d++) fa_strided_append(nest, &ordered, d, arguments);
}

void fa_strided_locate(const fa_strided *nest, int dimensions, int arguments, size_t index, size_t *index_of,
                       char **at) {
  for (int a = 0; a < arguments; a++) at[a] = nest->args[a];
  for (int d = dimensions - 1; d >= 0; d--) {
    const size_t here = d ? index % nest->shape[d] : index;
    index = d ? index / nest->shape[d] : 0;
    if (index_of) index_of[d] = here;
    for (int a = 0; a < arguments; a++) at[a] += (ptrdiff_t)here * nest->steps[a][d];
  }
}

int fa_strided_same(const fa_strided *nest, int a, int b) {
  int same = nest->args[a] == nest->args[b];
  for (int d = 0; d < nest->dimensions; d++) same &= nest->shape[d] == 1 || nest->steps[a][d] == nest->steps[b][d];
  return same;
}

/* From where to where the elements of an argument lie, taking along the steps shorter than `below`. */
typedef struct {
  char *low;
  size_t extent;
} span;
static span span_of(const fa_strided *nest, int a, ptrdiff_t size, size_t below) {
  span s = {nest->args[a], (size_t)size};
  for (int d = 0; d < nest->dimensions; d++) {
    const ptrdiff_t step = nest->steps[a][d], reach = (ptrdiff_t)(nest->shape[d] - 1) * step;
    if (reach < 0) s.low += reach;
    if ((size_t)length_of(step) < below) s.extent += (size_t)length_of(reach);
  }
  return s;
}

static int periodic(const fa_strided *nest, int a, ptrdiff_t period) {
  for (int d = 0; d < nest->dimensions; d++)
    if (length_of(nest->steps[a][d]) >= period && nest->steps[a][d] % period) return 0;
  return 1;
}

int fa_strided_apart(const fa_strided *nest, int a, int b, ptrdiff_t size) {
  for (int d = 0; d < nest->dimensions; d++)
    if (!nest->shape[d]) return 1;
  span x = span_of(nest, a, size, SIZE_MAX), y = span_of(nest, b, size, SIZE_MAX);
  if (x.low + x.extent <= y.low || y.low + y.extent <= x.low) return 1;
  /* like two halves of every row: apart in each period of a step that all longer steps are multiples of */
  for (int d = 0; d < nest->dimensions; d++) {
    const ptrdiff_t period = length_of(nest->steps[a][d]);
    if (!period || !periodic(nest, a, period) || !periodic(nest, b, period)) continue;
    x = span_of(nest, a, size, (size_t)period), y = span_of(nest, b, size, (size_t)period);
    ptrdiff_t ahead = (y.low - x.low) % period;
    if (ahead < 0) ahead += period;
    if (x.extent <= (size_t)ahead && (size_t)ahead + y.extent <= (size_t)period) return 1;
  }
  return 0;
}
