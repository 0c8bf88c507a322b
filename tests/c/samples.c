#include "samples.h"

#include <math.h>

#include "common.h"
#include "tables/f64.h"
#include "tables/derivatives.h"

static const double specials[] = {0.0,
                                  INFINITY,
                                  NAN,
                                  1.0,
                                  0x1p-126,
                                  0x1p-149,
                                  0x1.fffffep127,
                                  0x1p-1022,
                                  0x1p-1074,
                                  0x1.fffffffffffffp1023,
                                  20,
                                  100,
                                  710,
                                  745,
                                  1e5,
                                  0.5,
                                  1.5,
                                  3,
                                  6};
enum { SPECIALS = sizeof specials / sizeof *specials };
double special(uint64_t i) { return specials[i / 2 % SPECIALS] * (i % 2 ? -1 : 1); }

/* Uniform in [low, high], in which the tails end where results underflow (e^-745; gelu near -38.5, gelu_tanh near -21;
 * the squares of gradients near half of that; times a large dy twice as far) or saturate; then beside the corners and
 * the zero crossings. */
static const double ranges[][2] = {
    {-1, 1},     {-1, 1},      {-4, 4},    {-10, 10},      {-10, 10},    {-40, 40},     {-0.1, 0.1},
    {-3, -1},    {-750, -705}, {-710, 0},  {-39, -35},     {-22, -19},   {15, 40},      {30, 750},
    {0, 1},      {-376, -350}, {350, 376}, {700, 750},     {-442, -410}, {-1500, -600}, {-750, -300},
    {600, 1500}, {-70, -36},   {-30, -20}, {-2200, -1400}, {-90, -20},
};
/* Where float64 formulas go from one piece to the next, from their tables: the intervals of gelu and its gradient,
 * sixteenths of powers of two, the fifteenths of log's argument 1 + e^x; then what is clamped, held or scaled
 * (tools/derive/limits.py), where results underflow, and the roots of derivatives. */
static const double thresholds[] = {
    15,
    19.07,
    20,
    21.55,
    22,
    27.2,
    37,
    38.57,
    39,
    40,
    45,
    54.4,
    64.8,
    355,
    372.6,
    439.4,
    600,
    708,
    708.3964,
    709,
    709.7827,
    745.1332,
    751.75,
    760,
    790,
    1063.98,
    1330,
    1480,
    2100,
    0x1p27,
    0x1p54,
    0x1p60,
    0x1p512,
    0x1p-54,
    0x1p-60,
    0.7517915246935645,
    0.7524614220710163,
    0.7511536593,
    1.1924312160,
    1.2784645427610738,
    1.5,
};
enum { THRESHOLDS = sizeof thresholds / sizeof *thresholds };
static double border(uint64_t r) {
  static const double times[] = {1, 2, 1.702};
  const double k = (double)((r >> 8) % 16384);
  switch (r % 5) {
  case 0: return (exp2(fmod(k, 17) / 4) - 1) / FA_F64_GELU_STEP;
  case 1: return (exp2(fmod(k, 17) / 4) - 1) / FA_F64_GELU_GRAD_STEP;
  case 2: return (k + 0.5) / 16 * FA_F64_LN2 / times[(r >> 32) % 3];
  case 3: return log(ldexp(1 + (fmod(k, 15) + 0.5) / 15, (int)((r >> 32) % 64)) - 1);
  default: return thresholds[(r >> 8) % THRESHOLDS];
  }
}
static const double corners[] = {0.5, 1, -1, -1.5, 3, -3, 6, -0.7518, -0.7524, -0.7511, -1.1924, -1.2785};
enum { RANGES = sizeof ranges / sizeof *ranges, CORNERS = sizeof corners / sizeof *corners, KINDS = RANGES + 6 };

double sample_f64(uint64_t i, uint64_t n) {
  uint64_t state = i, r = draw(&state), kind = i % KINDS;
  double u = draw_f64(&state), x;
  if (kind < RANGES) return ranges[kind][0] + (ranges[kind][1] - ranges[kind][0]) * (u / 2 + 0.5);
  if (kind == RANGES) return ldexp(u < 0 ? u - 1 : u + 1, -(int)(r % 1100)); /* tiny, down to the subnormal numbers */
  if (kind == RANGES + 1) return ldexp(u < 0 ? u - 1 : u + 1, (int)(r % 26) - 14);
  if (kind == RANGES + 2) return corners[r % CORNERS] * (1 + ldexp(u, -(int)((r >> 16) % 52)));
  if (kind == RANGES + 3 && i < 64 * KINDS) return special(i / KINDS);
  if (kind == RANGES + 4) return border(r) * (r >> 60 & 1 ? -1 : 1) * (1 + ldexp(u, -(int)((r >> 40) % 53)));
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
