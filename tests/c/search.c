#include "search.h"

#include <math.h>
#include <stdlib.h>

#include "samples.h"

static size_t cell_of(double x) { return word64(&x) >> (64 - CELL_BITS); }

void keep(find *cells, const subject *s, const void *const *inputs, const void *y, const float *errors, size_t n, int relative) {
  for (size_t i = 0; i < n; i++) {
    if (!(errors[i] > 0.5f)) continue;
    int e;
    const double size = fabs(frexp(element(s, y, i), &e));
    const float score = relative && size > 0 && size < 1 ? errors[i] / (float)(2 * size) : errors[i];
    find *f = cells + cell_of(element(s, inputs[s->role.gradient], i));
    if (!(score > f->score)) continue;
#pragma omp critical(keep)
    if (score > f->score) {
      f->score = score;
      for (int j = 0; j < s->role.inputs; j++) f->in[j] = element(s, inputs[j], i);
    }
  }
}

int take_worst(find *cells, find *worst, int count) {
  int found = 0;
  for (size_t c = 0; c < CELLS; c++) {
    if (!(cells[c].score > 0) || (found == count && !(cells[c].score > worst[count - 1].score))) continue;
    int at = found < count ? found++ : count - 1;
    for (; at > 0 && cells[c].score > worst[at - 1].score; at--) worst[at] = worst[at - 1];
    worst[at] = cells[c];
  }
  memset(cells, 0, CELLS * sizeof *cells);
  return found;
}

/* Some units of a type of that many digits above or below. */
static double near_by(double x, int digits, uint64_t r) {
  int e;
  frexp(x, &e);
  const int64_t reach = INT64_C(1) << (r >> 8) % 12, step = (int64_t)((r >> 20) % (uint64_t)(2 * reach + 1)) - reach;
  return x + ldexp((double)step, e - digits);
}

double vary(const find *f, const role *r, int j, uint64_t i) {
  uint64_t state = i * FA_MAX_INPUTS + (uint64_t)j;
  const uint64_t u = draw(&state), way = u % 4;
  const int parameter = j - r->gradient - 1, is_x = j == r->gradient, digits = i % 2 ? 24 : 53;
  const int drawn = is_x ? NUMBERS : parameter < 0 ? FACTOR : r->p->drawn[parameter];
  const double was = f->in[j];
  if (way == 0 || !isfinite(was) || was == 0 || drawn == WHOLE) return was;
  if (way > 1 && is_x) { /* anywhere in its cell */
    const uint64_t w = (cell_of(was) << (64 - CELL_BITS)) | draw(&state) >> CELL_BITS;
    double x;
    memcpy(&x, &w, sizeof x);
    return x;
  }
  if (way > 1 && drawn == FACTOR) {
    int e;
    frexp(was, &e);
    return copysign(ldexp(near_by(way == 2 ? 0.5 : u >> 4 & 1 ? 0.75 : 1, digits, u), e), was);
  }
  const double near = near_by(was, digits, u);
  return is_x || drawn == FACTOR ? near : fmin(fmax(near, r->p->low[parameter]), r->p->high[parameter]);
}

double aim(const subject *s, double factor, double y, uint64_t i) {
  int e;
  const double size = fabs(frexp(y, &e));
  if (!(size > 0) || !(size < 1)) return factor;
  const double digits = s->format == FLOAT64 ? 0x1p-53 : 0x1p-24, aimed = factor / size * (1 - (double)(i % 16) * digits);
  return isfinite(aimed) && (s->format == FLOAT64 || fabs(aimed) < 0x1p127) ? aimed : factor;
}
