/* The verbs of one instruction set as functions on arrays, so that test_verbs.c can compare them with the portable
 * ones. */
#ifndef VERBS_H
#define VERBS_H
#include <stddef.h>

typedef enum {
  ANY,
  SCALE,
  LOWER,
  UNBIAS
} domain;                                /* of the inputs: all bit patterns, or those that a verb of that name allows */
typedef enum { ROUNDED, BITS } sameness; /* any NaN equals any other, or the bits must be the same */

typedef struct {
  const char *name;
  char in, out; /* 'f' or 'd' */
  int results;  /* how many elements run() writes */
  domain inputs;
  sameness same;
  /* a, b, c: 64 bytes of input; table: 16 entries aligned to 64; out: 64 bytes */
  void (*run)(const void *a, const void *b, const void *c, const void *table, void *out);
} verb;

typedef struct {
  const char *isa;
  const verb *verbs;
  int count;
  void (*load_part[2])(const void *p, size_t k, void *out); /* of float32, float64; the lanes not loaded are 7 */
  void (*store_part[2])(void *p, const void *a, size_t k);
  unsigned (*zero_bytes_part[2])(const unsigned char *p, size_t k); /* a bit for each lane */
} verbs;

extern const verbs verbs_portable, verbs_avx512, verbs_avx2, verbs_neon;
#endif
