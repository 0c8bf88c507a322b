/* How the tests call an elementwise operation: whether dy stands before x, and which parameters come after it. */
#ifndef OPERATIONS_H
#define OPERATIONS_H
#include <math.h>

#include "common.h"
#include "fastact/kernels.h"

enum { MAX_PARAMETERS = 4 };

/* The parameters of a function and of its gradient: their defaults, and the ranges from which others are drawn. */
typedef struct {
  const char *function;
  int count;
  double usual[MAX_PARAMETERS], low[MAX_PARAMETERS], high[MAX_PARAMETERS];
  /* numbers; whole numbers; numbers from twice the range, cut off at its ends; a mere factor, of any size; numbers, by
   * turns from ranges up to seven times as wide; what multiplies x, or divides it: by turns a number, or such that the
   * product is */
  enum { NUMBERS, WHOLE, CUT, FACTOR, WIDE_RANGE, MULTIPLIES, DIVIDES } drawn[MAX_PARAMETERS];
  int by_parameter; /* the gradient has a second output, by the first parameter */
} parameters;

static const parameters with_parameters[] = {
    {"softplus", 1, {1}, {0.05}, {8}, {MULTIPLIES}, 0},
    {"swish", 1, {1}, {-3}, {3}, {MULTIPLIES}, 0},
    {"elu", 1, {1}, {0}, {0}, {FACTOR}, 0},
    {"celu", 1, {1}, {0.1}, {5}, {DIVIDES}, 0},
    {"leaky_relu", 1, {0.01}, {-2}, {2}, {NUMBERS}, 0},
    {"prelu", 1, {0.25}, {-2}, {2}, {NUMBERS}, 1},
    {"hard_tanh", 2, {-1, 1}, {-3, 0.5}, {0.25, 8}, {NUMBERS}, 0},
    {"hard_sigmoid_sloped", 2, {0.2, 0.5}, {-1, -0.5}, {1, 1.5}, {NUMBERS, NUMBERS}, 0},
    {"softcap", 1, {30}, {0.1}, {60}, {DIVIDES}, 0},
    {"squareplus", 1, {4}, {0.01}, {8}, {NUMBERS}, 0},
    {"logaddexp", 1, {0}, {-50}, {50}, {WIDE_RANGE}, 1},
    {"hard_shrink", 1, {0.5}, {-1}, {3}, {NUMBERS}, 0},
    {"soft_shrink", 1, {0.5}, {0}, {3}, {NUMBERS}, 0},
    {"threshold", 2, {0.1, 20}, {-3, -30}, {3, 30}, {NUMBERS, NUMBERS}, 0},
    {"binary_cross_entropy", 3, {1, 1, 1}, {0, 1, 0.125}, {1, 4, 16}, {CUT, NUMBERS, NUMBERS}, 0},
    {"focal", 4, {1, 1, -1, 2}, {0, 1, -0.5, 0.25}, {1, 4, 1, 8}, {CUT, NUMBERS, NUMBERS, NUMBERS}, 0},
    {"focal_hessian", 4, {1, 1, -1, 2}, {0, 1, -0.5, 0.25}, {1, 4, 1, 8}, {CUT, NUMBERS, NUMBERS, NUMBERS}, 0},
    {"glu", 1, {1}, {-220}, {60}, {WIDE_RANGE}, 1},
    {"swiglu", 1, {1}, {0}, {0}, {FACTOR}, 1},
    {"geglu", 1, {1}, {0}, {0}, {FACTOR}, 1},
    {"reglu", 1, {1}, {0}, {0}, {FACTOR}, 1},
    {"swiglu_clamped", 4, {1, 1.702, 7, 1}, {-10, -2, 3, -2}, {10, 2, 12, 2}, {NUMBERS}, 1},
    {"row_input", 3, {1, 0, 1}, {-2, -4, 0}, {2, 4, 1}, {NUMBERS, NUMBERS, WHOLE}, 0},
};

typedef struct {
  char function[32];   /* the operation's name without _grad or _and_grad, which gives the gradient as second output */
  int gradient;        /* 1: dy is the first input, x the second; 0: x is the first */
  const parameters *p; /* NULL where there are none */
  int inputs, outputs; /* what the registry should say */
} role;

static inline role role_of(const char *op) {
  role r = {"", 0, NULL, 1, 1};
  size_t length = strlen(op);
  const int has_both = length > 9 && !strcmp(op + length - 9, "_and_grad");
  r.gradient = !has_both && length > 5 && !strcmp(op + length - 5, "_grad");
  length -= has_both ? 9 : r.gradient ? 5 : 0;
  memcpy(r.function, op, length < sizeof r.function ? length : sizeof r.function - 1);
  for (size_t i = 0; i < sizeof with_parameters / sizeof *with_parameters; i++)
    if (!strcmp(with_parameters[i].function, r.function)) r.p = &with_parameters[i];
  r.inputs = 1 + r.gradient + (r.p ? r.p->count : 0);
  r.outputs = 1 + (has_both || (r.gradient && r.p && r.p->by_parameter));
  return r;
}

/* Of any sign, and by turns of any size from 1/2 to 1, from 2^-20 to 2^20, and from 2^-most to 2^most. */
static inline double draw_factor(uint64_t *state, int most) {
  double u = draw_f64(state);
  uint64_t r = draw(state), reach = (uint64_t[]){0, 20, (uint64_t)most}[r % 3];
  return ldexp((u < 0 ? u - 1 : u + 1) / 2, (int)((r >> 8) % (2 * reach + 1)) - (int)reach);
}

static inline double draw_parameter(const role *r, int j, uint64_t *state, int most) {
  if (r->p->drawn[j] == FACTOR) return draw_factor(state, most);
  const double low = r->p->low[j], width = r->p->high[j] - low, u = draw_f64(state) / 2 + 0.5;
  if (r->p->drawn[j] == CUT) return fmin(fmax(low + width * (2 * u - 0.5), low), r->p->high[j]);
  if (r->p->drawn[j] == WIDE_RANGE) return (low + width * u) * (double[]){1, 1.4, 7}[draw(state) % 3];
  return r->p->drawn[j] == WHOLE ? low + floor((width + 1) * u) : low + width * u;
}

/* Input j of an operation that is neither x nor to be its default; most: the exponent of the largest factors. */
static inline double draw_other(const role *r, int j, uint64_t *state, int most) {
  return r->gradient && !j ? draw_factor(state, most) : draw_parameter(r, j - r->gradient - 1, state, most);
}
/* The input whose size is free: dy, or a parameter that is a mere factor; -1 where there is none. */
static inline int free_factor(const role *r) { return r->gradient ? 0 : r->p && r->p->drawn[0] == FACTOR ? 1 : -1; }
static inline double usual_other(const role *r, int j) {
  return r->gradient && !j ? 1 : r->p->usual[j - r->gradient - 1];
}
#endif
