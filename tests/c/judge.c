#include "judge.h"

#include <float.h>
#include <math.h>

#include "vector.h"

enum { BLOCK = 1 << 12 };

/* 2^e for any e that gives a normal number */
static inline double power(int64_t e) {
  uint64_t w = (uint64_t)(e + 1023) << 52;
  double d;
  memcpy(&d, &w, sizeof d);
  return d;
}
static inline int64_t exponent(double x) { return (int64_t)(word64(&x) >> 52 & 0x7ff) - 1023; }

/* digits of the fraction, exponent of the smallest normal number, the least size that rounds to infinity, and the
 * number that an infinity stands for beside smaller ones */
typedef struct {
  int64_t digits, lowest;
  double top, beyond;
} limits;
static const limits limits_of[FORMATS] = {[FLOAT32] = {23, -126, 0x1.ffffffp127, 0x1p128},
                                          [FLOAT16] = {10, -14, 0x1.ffep15, 0x1p16},
                                          [BFLOAT16] = {7, -126, 0x1.ffp127, 0x1p128}};

/* Special results: no error where got is as good as the oracle, infinity where it is not. */
static inline double ulps_narrow(double got, double want, limits l) {
  int64_t e = exponent(want);
  e = e < l.lowest ? l.lowest : e;
  double finite = got > DBL_MAX ? l.beyond : got < -DBL_MAX ? -l.beyond : got;
  double error = fabs(finite - want) * power(l.digits - e), size = want < 0 ? -want : want;
  error = fabs(got) > DBL_MAX && size >= l.top && (got < 0) == (want < 0) ? 0 : error; /* infinities included */
  error = (got != got) & (want != want) ? 0 : error;
  return error == error ? error : INFINITY;
}

static double ulps_f64(double got, wide want) {
  const wide size = want < 0 ? -want : want, top = (wide)0x1.fffffffffffffp1023 + (wide)0x1p970;
  if (want != want || isnan(got)) return want != want && isnan(got) ? 0 : INFINITY;
  if ((isinf(got) && size >= top) || size > (wide)DBL_MAX * 2)
    return isinf(got) && (got < 0) == (want < 0) ? 0 : INFINITY;
  double near = (double)size;
  int64_t e = isinf(near) ? 1023 : exponent(near) - (near > size && (word64(&near) << 12) == 0);
  wide error = (isinf(got) ? (got < 0 ? -2 : 2) * (wide)0x1p1023 : (wide)got) - want;
  if (error < 0) error = -error;
  if (e < -1022) e = -1022;
  /* in two steps: 2^(52-e) need not be a double */
  return (double)(error * (wide)power(52 - e / 2) * (wide)power(-(e - e / 2)));
}
/* how many ULP of the size of the terms one ULP of the result is, for a size of the normal numbers */
static double of_terms(wide want, wide terms) {
  const double result = fmax(fabs((double)want), DBL_MIN), size = (double)terms;
  return size > result && size <= DBL_MAX ? ldexp(1, (int)(exponent(result) - exponent(size))) : 1;
}

static int is_factor(const role *r) { return r->p && r->p->drawn[0] == FACTOR; }

/* One element, as float64 numbers: its error by the wide oracle, absolute near a zero crossing of a derivative. */
typedef struct {
  double error;
  int by_root;
} verdict;

/* Derivatives, and a function that is a sum. */
static int may_cross(const subject *s) { return s->is_derivative || s->oracle->reach > 0; }

static verdict judge_one(const subject *s, const double *in, double got) {
  const role *r = &s->role;
  const wide x = in[r->gradient], dy = s->is_derivative ? in[s->factor] : 1;
  wide p[MAX_PARAMETERS] = {0};
  for (int j = 0; r->p && j < r->p->count; j++) p[j] = in[r->gradient + 1 + j];
  const definition *d = s->truth;
  const wide want = (r->gradient ? dy : 1) * d->f64(x, p);
  verdict v = {s->format == FLOAT64 ? ulps_f64(got, want) : ulps_narrow(got, (double)want, limits_of[s->format]), 0};
  if (s->terms && s->format == FLOAT64) v.error *= of_terms(want, s->terms->f64(x, p));
  if (s->signed_zero && s->oracle->zero == SIGNED && !s->is_derivative && x == 0 && want == 0 &&
      !signbit((double)want) != !signbit(got))
    v.error = INFINITY;
  if (!may_cross(s) || (s->terms && s->format == FLOAT64) || !(v.error > 1)) return v;
  const wide reach = s->oracle->reach + (x < 0 ? -x : x) / 100, low = d->f64(x - reach, p), high = d->f64(x + reach, p);
  v.by_root = (low < 0 && high > 0) || (low > 0 && high < 0);
  if (!v.by_root) return v;
  const wide times = is_factor(r) ? p[0] : 1, distance = (got - want) / dy / times,
             size = distance < 0 ? -distance : distance;
  const double absolute = (double)(size * (wide)(s->format == FLOAT64 ? 0x1p54 : 0x1p25));
  if (absolute < v.error) v.error = absolute;
  return v;
}

static void take(tally *t, const subject *s, const double *in, double error) {
  if (!(error > t->max)) return;
  t->max = error;
  memset(t->at, 0, sizeof t->at);
  memcpy(t->at, in, (size_t)s->role.inputs * sizeof *in);
}

static void judge_f64(const subject *s, const double *const *inputs, const double *y, size_t n, tally *t,
                      float *errors) {
  for (size_t i = 0; i < n; i++) {
    double in[FA_MAX_INPUTS];
    for (int j = 0; j < s->role.inputs; j++) in[j] = inputs[j][i];
    const verdict v = judge_one(s, in, y[i]);
    t->count++;
    t->over_half += v.error > 0.5;
    t->over_1 += v.error > 1;
    t->by_root += (uint64_t)v.by_root;
    if (errors) errors[i] = (float)v.error;
    take(t, s, in, v.error);
  }
}

/* The errors by the double oracle, and what they sum up to. Not being negative, they compare as their bits do, which
 * compilers know how to sum up in vectors. */
typedef struct {
  int64_t max, over_half, over_1, zeros;
} summary;
LOOP static summary compare(const float *restrict x, const float *restrict y, const float *restrict dy,
                            const double *restrict want, limits l, size_t n, double *restrict error) {
  const double half = 0.5, one = 1;
  const int64_t half_bits = (int64_t)word64(&half), one_bits = (int64_t)word64(&one);
  int64_t max = 0, over_half = 0, over_1 = 0, zeros = 0, bits;
  if (dy)
    for (size_t i = 0; i < n; i++) error[i] = ulps_narrow((double)y[i], dy[i] * want[i], l);
  else
    for (size_t i = 0; i < n; i++) error[i] = ulps_narrow((double)y[i], want[i], l);
  for (size_t i = 0; i < n; i++) {
    memcpy(&bits, error + i, sizeof bits);
    max = bits > max ? bits : max;
    over_half += bits > half_bits;
    over_1 += bits > one_bits;
  }
  for (size_t i = 0; i < n; i++) zeros += x[i] == 0;
  return (summary){max, over_half, over_1, zeros};
}

/* One element of a gradient by the double oracle, where its error is not relative (judge.h): 1 by a zero crossing. */
static int excuse(const subject *s, const float *const *inputs, float y, size_t i, double want, double *error) {
  const int gradient = s->role.gradient;
  const double x = (double)inputs[gradient][i], dy = s->is_derivative ? (double)inputs[s->factor][i] : 1,
               reach = s->oracle->reach + fabs(x) / 100;
  double p[MAX_PARAMETERS] = {0};
  for (int j = 0; s->role.p && j < s->role.p->count; j++) p[j] = (double)inputs[gradient + 1 + j][i];
  const double low = s->truth->f32(x - reach, p), high = s->truth->f32(x + reach, p);
  const int by_root = (low < 0 && high > 0) || (low > 0 && high < 0);
  if (!by_root) return 0;
  const double absolute =
      fabs(((double)y - (gradient ? dy : 1) * want) / dy / (is_factor(&s->role) ? p[0] : 1)) * 0x1p25;
  if (absolute < *error) *error = absolute;
  return 1;
}

static void judge_narrow(const subject *s, const float *const *inputs, const float *y, size_t n, tally *t,
                         float *errors) {
  static const float none[BLOCK];
  const role *r = &s->role;
  double want[BLOCK], error[BLOCK], in[FA_MAX_INPUTS], max;
  const float *x = inputs[r->gradient], *p[MAX_PARAMETERS];
  for (int j = 0; j < MAX_PARAMETERS; j++) p[j] = r->p && j < r->p->count ? inputs[r->gradient + 1 + j] : none;
  s->truth->f32_all(x, p, want, n);
  const summary all = compare(x, y, r->gradient ? inputs[0] : NULL, want, limits_of[s->format], n, error);
  memcpy(&max, &all.max, sizeof max);
  t->count += n;
  t->over_half += (uint64_t)all.over_half;
  t->over_1 += (uint64_t)all.over_1;
  if (may_cross(s) && all.over_1) {
    max = 0;
    for (size_t i = 0; i < n; i++) {
      if (error[i] > 1) {
        t->by_root += (uint64_t)excuse(s, inputs, y[i], i, want[i], &error[i]);
        t->over_half -= !(error[i] > 0.5);
        t->over_1 -= !(error[i] > 1);
      }
      if (error[i] > max) max = error[i];
    }
  }
  /* the wide oracle decides whether it is a new maximum, and on the sign of a zero */
  const int zeros = all.zeros && s->signed_zero;
  for (size_t i = 0; (max > t->max || zeros) && i < n; i++) {
    if (!(error[i] > t->max) && !(zeros && x[i] == 0)) continue;
    for (int j = 0; j < r->inputs; j++) in[j] = (double)inputs[j][i];
    const double was = error[i];
    error[i] = judge_one(s, in, (double)y[i]).error;
    t->over_half += (uint64_t)((error[i] > 0.5) - (was > 0.5));
    t->over_1 += (uint64_t)((error[i] > 1) - (was > 1));
    take(t, s, in, error[i]);
  }
  for (size_t i = 0; errors && i < n; i++) errors[i] = (float)error[i];
}

void judge(const subject *s, const void *const *inputs, const void *y, size_t n, tally *t, float *errors) {
  const size_t size = s->format == FLOAT64 ? sizeof(double) : sizeof(float);
  for (size_t start = 0, k; start < n; start += k) {
    const void *in[FA_MAX_INPUTS];
    k = n - start < BLOCK ? n - start : BLOCK;
    for (int j = 0; j < s->role.inputs; j++) in[j] = (const char *)inputs[j] + start * size;
    const char *got = (const char *)y + start * size;
    float *to = errors ? errors + start : NULL;
    if (s->format == FLOAT64) judge_f64(s, (const double *const *)in, (const double *)got, k, t, to);
    else judge_narrow(s, (const float *const *)in, (const float *)got, k, t, to);
  }
}

void merge(tally *to, const tally *from) {
  if (from->max > to->max) to->max = from->max, memcpy(to->at, from->at, sizeof to->at);
  to->count += from->count;
  to->over_half += from->over_half;
  to->over_1 += from->over_1;
  to->by_root += from->by_root;
}

int subject_of(const char *op, int output, format format, subject *s) {
  const role r = role_of(op);
  const oracle *o = oracle_of(r.function);
  *s = (subject){.role = r, .output = output, .oracle = o, .format = format};
  if (!o || output >= r.outputs) return 0;
  const definition *const defined[] = {&o->of, &o->derivative, &o->by_parameter};
  s->truth = defined[r.gradient + output];
  s->is_derivative = r.gradient || output;
  s->factor = r.gradient ? 0 : 1 + o->factor;
  s->terms = o->terms.f64 && (s->is_derivative || !o->derivative.f64) ? &o->terms : NULL;
  return s->truth->f32 != NULL;
}

int judge_op(const char *op, int output, int format, const void *const *inputs, const void *y, size_t n,
             int signed_zero, tally *t) {
  subject s;
  if (!subject_of(op, output, (enum format)format, &s)) return 0;
  s.signed_zero = signed_zero;
  const int64_t chunks = (int64_t)((n + BLOCK - 1) / BLOCK);
#pragma omp parallel
  {
    tally mine = {0};
#pragma omp for schedule(dynamic, 16)
    for (int64_t c = 0; c < chunks; c++) {
      const size_t start = (size_t)c * BLOCK, size = format == FLOAT64 ? sizeof(double) : sizeof(float);
      const void *in[FA_MAX_INPUTS];
      for (int j = 0; j < s.role.inputs; j++) in[j] = (const char *)inputs[j] + start * size;
      judge(&s, in, (const char *)y + start * size, n - start < BLOCK ? n - start : BLOCK, &mine, NULL);
    }
#pragma omp critical
    merge(t, &mine);
  }
  return 1;
}

int oracle_op(const char *op, int output, int format, const void *const *inputs, double *want, size_t n) {
  subject s;
  if (!subject_of(op, output, (enum format)format, &s)) return 0;
  const void *const *in = inputs + s.role.gradient;
  const int count = s.role.p ? s.role.p->count : 0;
  if (format != FLOAT64) {
    const float *p[MAX_PARAMETERS];
    for (int j = 0; j < MAX_PARAMETERS; j++) p[j] = in[j < count ? 1 + j : 0];
    s.truth->f32_all(in[0], p, want, n);
    return 1;
  }
  for (size_t i = 0; i < n; i++) {
    wide p[MAX_PARAMETERS] = {0};
    for (int j = 0; j < count; j++) p[j] = ((const double *)in[1 + j])[i];
    want[i] = (double)s.truth->f64(((const double *)in[0])[i], p);
  }
  return 1;
}
