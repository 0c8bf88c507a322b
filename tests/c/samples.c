#include "samples.h"

#include <math.h>

#include "common.h"

static const double specials[] = {0.0, INFINITY, NAN, 1.0, 0x1p-126, 0x1p-149, 0x1.fffffep127, 0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp1023,
                                  20, 100, 710, 745, 1e5, 0.5, 1.5, 3, 6};
enum { SPECIALS = sizeof specials / sizeof *specials };
double special(uint64_t i) { return specials[i / 2 % SPECIALS] * (i % 2 ? -1 : 1); }

/* Uniform in [low, high], in which the tails end where results underflow (e^-745; gelu near -38.5, gelu_tanh near -21; the
 * squares of gradients near half of that) or saturate; then beside the corners and the zero crossings. */
static const double ranges[][2] = {
  {-1, 1}, {-1, 1}, {-4, 4}, {-10, 10}, {-10, 10}, {-40, 40}, {-0.1, 0.1}, {-3, -1}, {-750, -705}, {-710, 0}, {-39, -35},
  {-22, -19}, {15, 40}, {30, 750}, {0, 1}, {-376, -350}, {350, 376}, {700, 750}, {-442, -410},
};
static const double corners[] = {0.5, 1, -1, -1.5, 3, -3, 6, -0.7518, -0.7524, -0.7511, -1.1924, -1.2785};
enum { RANGES = sizeof ranges / sizeof *ranges, CORNERS = sizeof corners / sizeof *corners, KINDS = RANGES + 5 };

double sample_f64(uint64_t i, uint64_t n) {
  uint64_t state = i, r = draw(&state), kind = i % KINDS;
  double u = draw_f64(&state), x;
  if (kind < RANGES) return ranges[kind][0] + (ranges[kind][1] - ranges[kind][0]) * (u / 2 + 0.5);
  if (kind == RANGES) return ldexp(u < 0 ? u - 1 : u + 1, -(int)(r % 1100)); /* tiny, down to the subnormal numbers */
  if (kind == RANGES + 1) return ldexp(u < 0 ? u - 1 : u + 1, (int)(r % 26) - 14);
  if (kind == RANGES + 2) return corners[r % CORNERS] * (1 + ldexp(u, -(int)((r >> 16) % 52)));
  if (kind == RANGES + 3 && i < 64 * KINDS) return special(i / KINDS);
  r = (r >> 20) % (UINT64_MAX / n) + UINT64_MAX / n * i; /* steps over all bit patterns */
  memcpy(&x, &r, sizeof x);
  return x;
}

void note(float *cells, const double *x, const float *errors, size_t n) {
  for (size_t i = 0; i < n; i++) {
    float *cell = cells + (word64(x + i) >> (64 - CELL_BITS));
    if (errors[i] > *cell) *cell = errors[i];
  }
}

void worst_cells(const float *cells, uint32_t *worst, int count) {
  int found = 0;
  for (uint32_t c = 0; c < CELLS; c++) {
    if (found == count && !(cells[c] > cells[worst[count - 1]])) continue;
    int at = found < count ? found++ : count - 1;
    for (; at > 0 && cells[c] > cells[worst[at - 1]]; at--) worst[at] = worst[at - 1];
    worst[at] = c;
  }
}

double sample_cells(const uint32_t *worst, int count, uint64_t i) {
  uint64_t state = i, r = draw(&state), cell = worst[i % (uint64_t)count] + (r % 8 == 0) - (r % 8 == 1);
  double x;
  r = (cell << (64 - CELL_BITS)) | draw(&state) >> CELL_BITS;
  memcpy(&x, &r, sizeof x);
  return x;
}
