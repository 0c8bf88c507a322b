/* How far results of row functions and of losses of rows are from their definitions, in 128 bits; of finite rows. For
 * tools/accuracy, which judges fastact and its peers by it. */
#include <float.h>
#include <math.h>

#include "judge.h"

/* One row: of gradients x is the result y they are taken from; other is dy or the classes' probabilities. */
typedef struct {
  format format;
  const void *x, *other;
  ptrdiff_t label;
  size_t n;
  wide m, rest,
      sum; /* the largest x, the sum of e^(x-m) without one largest, log(1 + rest); or the sums that gradients take */
  size_t top;
} row;

static double at(const row *r, const void *p, size_t i) {
  return r->format == FLOAT64 ? ((const double *)p)[i] : (double)((const float *)p)[i];
}
static wide absolute(wide x) { return x < 0 ? -x : x; }
static wide weight(const row *r, size_t i) { return WIDE(exp)((wide)at(r, r->x, i) - r->m); }

static void sum_up(row *r) {
  r->m = at(r, r->x, 0), r->top = 0, r->rest = 0;
  for (size_t i = 1; i < r->n; i++)
    if (at(r, r->x, i) > (double)r->m) r->m = at(r, r->x, i), r->top = i;
  for (size_t i = 0; i < r->n; i++)
    if (i != r->top) r->rest += weight(r, i);
  r->sum = WIDE(log1p)(r->rest);
}

/* A value, the size to which its error is relative, and what is allowed beside that. */
typedef struct {
  wide value, size, besides;
  int in_ulp;
} truth;

static truth softmax(const row *r, size_t i) {
  const wide p = weight(r, i) / (1 + r->rest);
  return (truth){p, p, 0, 0};
}
static truth log_softmax(const row *r, size_t i) {
  const wide value = (wide)at(r, r->x, i) - r->m - r->sum;
  return (truth){value, value, 0, 0};
}
static truth logsumexp(const row *r, size_t i) {
  (void)i;
  const wide value = r->m + r->sum,
             size = absolute(value); /* a largest element below 0 may cancel the logarithm of the sum */
  return (truth){value, size > r->sum ? size : r->sum, 0, 0};
}

static void sum_products(row *r) {
  r->sum = r->rest = 0;
  for (size_t i = 0; i < r->n; i++) {
    const wide product = (wide)at(r, r->other, i) * (wide)at(r, r->x, i);
    r->sum += product, r->rest += absolute(product);
  }
}
static truth softmax_grad(const row *r, size_t i) {
  const wide y = at(r, r->x, i), value = y * ((wide)at(r, r->other, i) - r->sum);
  return (truth){value, value, absolute(y) * r->rest * (r->format == FLOAT64 ? (wide)0x1p-90 : (wide)0x1p-40), 1};
}
static void sum_dy(row *r) {
  r->sum = 0;
  for (size_t i = 0; i < r->n; i++) r->sum += (wide)at(r, r->other, i);
}
static truth log_softmax_grad(const row *r, size_t i) {
  const wide part = WIDE(exp)((wide)at(r, r->x, i)) * r->sum, value = (wide)at(r, r->other, i) - part;
  return (truth){value, absolute(part) > absolute(value) ? part : value, 0, 1};
}

static truth cross_entropy(const row *r, size_t i) {
  (void)i;
  const wide value = r->m - (wide)at(r, r->x, (size_t)r->label) + r->sum;
  return (truth){value, value, 0, 0};
}
/* At the label minus the others, not p - 1, which cancels where the label is the largest. */
static truth cross_entropy_gradient(const row *r, size_t i) {
  const wide own = weight(r, i), others = i == r->top ? r->rest : 1 + r->rest - own;
  const wide value = ((ptrdiff_t)i == r->label ? -others : own) / (1 + r->rest);
  return (truth){value, value, 0, 0};
}
static truth cross_entropy_of_probabilities(const row *r, size_t i) {
  (void)i;
  wide value = 0;
  for (size_t j = 0; j < r->n; j++) value += (wide)at(r, r->other, j) * (r->m - (wide)at(r, r->x, j) + r->sum);
  return (truth){value, value, 0, 0};
}
static truth cross_entropy_of_probabilities_gradient(const row *r, size_t i) {
  const wide p = weight(r, i) / (1 + r->rest), q = at(r, r->other, i);
  wide whole = 0, others = i == r->top ? r->rest / (1 + r->rest) : 1 - p;
  for (size_t j = 0; j < r->n; j++) whole += (wide)at(r, r->other, j);
  return (truth){p * (whole - q) - q * others, p * (whole - q) + q * others, 0, 0};
}

static const struct {
  const char *op;
  void (*prepare)(row *);
  truth (*of)(const row *, size_t);
  int single; /* one result a row */
} definitions[] = {
    {"softmax", sum_up, softmax, 0},
    {"log_softmax", sum_up, log_softmax, 0},
    {"logsumexp", sum_up, logsumexp, 1},
    {"softmax_grad", sum_products, softmax_grad, 0},
    {"log_softmax_grad", sum_dy, log_softmax_grad, 0},
    {"cross_entropy", sum_up, cross_entropy, 1},
    {"cross_entropy gradient", sum_up, cross_entropy_gradient, 0},
    {"cross_entropy of probabilities", sum_up, cross_entropy_of_probabilities, 1},
    {"cross_entropy of probabilities gradient", sum_up, cross_entropy_of_probabilities_gradient, 0},
};
enum { DEFINITIONS = sizeof definitions / sizeof *definitions };

/* In eps of the size, or in ULP of it; among subnormal numbers, in the smallest of them. */
static double error(const row *r, double got, truth want) {
  const int digits = r->format == FLOAT64 ? 52 : 23, lowest = r->format == FLOAT64 ? -1022 : -126;
  if (!isfinite(got)) return INFINITY;
  double size = fmax((double)absolute(want.size), ldexp(1, lowest));
  if (want.in_ulp) {
    int e;
    frexp(size, &e);
    size = ldexp(1, e - 1);
  }
  const wide off = absolute((wide)got - want.value) - want.besides;
  return off > 0 ? (double)(off / (wide)size * (wide)ldexp(1, digits)) : 0;
}

/* Adds the results y of `rows` rows, packed, to the tally, whose `at` is the row and the place in it; 0 where op is
 * unknown. */
int judge_rows(const char *op, int format, const void *x, const void *other, const ptrdiff_t *label, const void *y,
               size_t rows, size_t n, tally *t) {
  size_t d = 0;
  while (d < DEFINITIONS && strcmp(definitions[d].op, op)) d++;
  if (d == DEFINITIONS) return 0;
  const size_t size = format == FLOAT64 ? sizeof(double) : sizeof(float), results = definitions[d].single ? 1 : n;
#pragma omp parallel for schedule(dynamic)
  for (size_t k = 0; k < rows; k++) {
    row r = {
        .format = (enum format)format, .x = (const char *)x + k * n * size, .n = n, .label = label ? label[k] : -1};
    r.other = other ? (const char *)other + k * n * size : NULL;
    definitions[d].prepare(&r);
    for (size_t i = 0; i < results; i++) {
      const double e = error(&r, at(&r, y, k * results + i), definitions[d].of(&r, i));
#pragma omp critical(rows)
      {
        t->count++, t->over_half += e > 0.5, t->over_1 += e > 1;
        if (e > t->max) t->max = e, t->at[0] = (double)k, t->at[1] = (double)i;
      }
    }
  }
  return 1;
}
