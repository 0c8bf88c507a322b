#include "search.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "samples.h"

static size_t cell_of(double x) { return word64(&x) >> (64 - CELL_BITS); }

void keep(find *cells, const subject *s, const void *const *inputs, const void *y, const float *errors, size_t n,
          int relative) {
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
  const double near = x + ldexp((double)step, e - digits);
  return isfinite(near) ? near : x;
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
    const double size = ldexp(near_by(way == 2 ? 0.5 : u >> 4 & 1 ? 0.75 : 1, digits, u), e);
    return isfinite(size) ? copysign(size, was) : was;
  }
  const double near = near_by(was, digits, u);
  return is_x || drawn == FACTOR || drawn == WIDE_RANGE || drawn == MULTIPLIES || drawn == DIVIDES
             ? near
             : fmin(fmax(near, r->p->low[parameter]), r->p->high[parameter]);
}

double aim(const subject *s, double factor, double y, uint64_t i) {
  int e;
  const double size = fabs(frexp(y, &e));
  if (!(size > 0) || !(size < 1)) return factor;
  const double digits = s->format == FLOAT64 ? 0x1p-53 : 0x1p-24,
               aimed = factor / size * (1 - (double)(i % 16) * digits);
  return isfinite(aimed) && (s->format == FLOAT64 || fabs(aimed) < 0x1p127) ? aimed : factor;
}

void put(const subject *s, void *p, size_t i, double x) {
  const double most = s->format == FLOAT64 ? DBL_MAX : FLT_MAX;
  if (isfinite(x) && fabs(x) > most) x = copysign(most, x);
  if (s->format == FLOAT64) ((double *)p)[i] = x;
  else ((float *)p)[i] = (float)x;
}

void aim_parameter(const subject *s, void *const *inputs, int j, size_t n, uint64_t first) {
  const role *r = &s->role;
  const int drawn = r->p->drawn[j - r->gradient - 1];
  for (size_t i = 0; (drawn == MULTIPLIES || drawn == DIVIDES) && i < n; i++) {
    uint64_t state = mix(first + i);
    const double x = element(s, inputs[r->gradient], i), u = draw_f64(&state);
    const double v = u * (double[]){2, 40, 120, s->format == FLOAT64 ? 1500 : 240}[draw(&state) % 4],
                 p = drawn == DIVIDES ? x / v : v / x;
    const double most = s->format == FLOAT64 ? DBL_MAX : FLT_MAX;
    if (draw(&state) % 2 && v != 0 && fabs(p) <= most) put(s, inputs[j], i, p);
  }
}

void aim_factor(const subject *s, void *const *inputs, size_t n, uint64_t first) {
  const role *r = &s->role;
  const int to = free_factor(r), count = r->p ? r->p->count : 0, wide_type = s->format == FLOAT64;
  const int lowest = wide_type ? -1075 : -150, border = wide_type ? 60 : 30, highest = wide_type ? 1024 : 128;
  for (size_t i = 0; to >= 0 && i < n; i++) {
    uint64_t state = mix(first + i) + 1;
    const uint64_t turn = draw(&state), u = draw(&state);
    if (turn % 2) continue;
    wide p[MAX_PARAMETERS] = {0};
    double each[MAX_PARAMETERS] = {0};
    for (int j = 0; j < count; j++) p[j] = each[j] = element(s, inputs[r->gradient + 1 + j], i);
    const double x = element(s, inputs[r->gradient], i), was = element(s, inputs[to], i);
    wide y = wide_type ? s->truth->f64(x, p) : (wide)s->truth->f32(x, each);
    if (!r->gradient) y /= was;
    if (!(y > 0) && !(y < 0)) continue;
    const int e = turn >> 1 & 1   ? lowest + (int)(u % (uint64_t)border)
                  : turn >> 2 & 1 ? highest - (int)(u % 20)
                                  : lowest + (int)(u % (uint64_t)(highest - lowest));
    const wide mantissa = 1 + (unit_f64(draw(&state)) + 1) / 2, most = wide_type ? (wide)DBL_MAX : (wide)FLT_MAX;
    wide factor = mantissa / y;
    for (int k = e; k > 0; k -= 512) factor *= (wide)ldexp(1, k < 512 ? k : 512);
    for (int k = e; k < 0; k += 512) factor *= (wide)ldexp(1, k > -512 ? k : -512);
    if (factor > most || factor < -most) factor = most * (1 - mantissa / 4);
    put(s, inputs[to], i, (double)factor);
  }
}
