/* How far results are from the oracles, counted over any number of elements.
 *
 * An ULP is the distance of the representable numbers at the true result: among subnormal numbers, the smallest of
 * them. Within 1 % (or the oracle's reach) of a zero crossing of a derivative the absolute error counts, 2^-24 |dy|
 * (float64: 2^-53 |dy|) as 2 ULP. */
#ifndef JUDGE_H
#define JUDGE_H
#include <stddef.h>
#include <stdint.h>

#include "operations.h"
#include "oracles.h"

/* The type a result was rounded to: those of 16 bits are judged as the float32 numbers they are. */
typedef enum format { FLOAT32, FLOAT64, FLOAT16, BFLOAT16, FORMATS } format;

typedef struct {
  role role;
  int output;                /* which one: 1 is a gradient's by the first parameter, or a function's gradient */
  int is_derivative, factor; /* whether that is a derivative, and the input that multiplies it: dy or a weight */
  const oracle *oracle;
  const definition *truth, *terms; /* terms: NULL where the oracle has none of this output */
  format format;
  int signed_zero; /* whether the sign of a zero at x = -0 and 0 counts where the oracle says so */
} subject;

typedef struct {
  double max, at[FA_MAX_INPUTS]; /* the largest error in ULP, and the inputs there */
  uint64_t count, over_half, over_1, by_root;
} tally;

/* element i of an input or a result, as judge() takes them */
static inline double element(const subject *s, const void *p, size_t i) {
  return s->format == FLOAT64 ? ((const double *)p)[i] : (double)((const float *)p)[i];
}

/* Fills in the subject of an operation's output; 0 where it has no oracle. */
int subject_of(const char *op, int output, format format, subject *s);

/* Adds n elements to the tally: inputs as the operation takes them and the result y, float or double. Where errors is
 * given, it gets that of each element. */
void judge(const subject *s, const void *const *inputs, const void *y, size_t n, tally *t, float *errors);

void merge(tally *to, const tally *from);

/* For callers in other languages: the same for an operation by its name; 0 where it has no oracle. t starts as zeros.
 */
int judge_op(const char *op, int output, int format, const void *const *inputs, const void *y, size_t n,
             int signed_zero, tally *t);

/* The oracle itself, without dy: double from float x (FLOAT32), or the nearest double to the wide result. */
int oracle_op(const char *op, int output, int format, const void *const *inputs, double *want, size_t n);
#endif
