/* Every verb of every instruction set that this machine runs, bit for bit against portable.h: test_verbs [rounds]. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"
#include "fastact/kernels.h"
#include "verbs.h"

static const verbs *const sets[] = {
#if FA_HAVE_AVX512
    &verbs_avx512,
#endif
#if FA_HAVE_AVX2
    &verbs_avx2,
#endif
#if FA_HAVE_NEON
    &verbs_neon,
#endif
    &verbs_portable,
};

static const double specials[] = {
    0.0,    1.0,     1.5,      2.0, 0x1p-126, 0x1p-149, 0x1.fffffep127, 0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp1023,
    0x1p64, 0x1p-64, INFINITY, NAN};
enum { SPECIALS = sizeof specials / sizeof *specials };

/* Bit patterns: any; a special value of either sign; a neighbour of the one before; a number of everyday size. */
static void any_inputs(uint64_t *state, void *p, char type) {
  float *f = p;
  double *d = p;
  for (int l = 0; l < (type == 'f' ? 16 : 8); l++) {
    uint64_t r = draw(state), bits = draw(state);
    double special = specials[bits % SPECIALS] * (bits >> 63 ? -1 : 1), usual = draw_f64(state) * 16;
    if (type == 'f') {
      float x = (float)(r % 4 == 1 ? special : usual);
      uint32_t w = r % 4 == 0 ? (uint32_t)bits : r % 4 == 2 && l ? word32(f + l - 1) + (bits & 1) : word32(&x);
      memcpy(f + l, &w, sizeof w);
    } else {
      double x = r % 4 == 1 ? special : usual;
      uint64_t w = r % 4 == 0 ? bits : r % 4 == 2 && l ? word64(d + l - 1) + (bits & 1) : word64(&x);
      memcpy(d + l, &w, sizeof w);
    }
  }
}

/* |v| in [2^-64, 2^64] or 0, infinite, NaN; n a multiple of 2^-8 in +-(2^exponent bits + 200), and every second time
 * such that the result is near the subnormal numbers or near overflow. */
static void scale_inputs(uint64_t *state, void *v, void *n, char type) {
  const int bits = type == 'f' ? 8 : 11, lowest = type == 'f' ? -149 : -1074, top = type == 'f' ? 128 : 1024;
  const double limit = (1 << bits) + 200;
  for (int l = 0; l < (type == 'f' ? 16 : 8); l++) {
    uint64_t r = draw(state);
    int e = (int)(r % 129) - 64;
    double m = e == 64 ? 1 : 1 + fabs(draw_f64(state)) * 0.999999, x = ldexp(r >> 32 & 1 ? -m : m, e), k;
    if (r >> 33 & 1) k = nearbyint(draw_f64(state) * limit * 256) / 256;
    else k = (r >> 34 & 1 ? lowest : top) - e + nearbyint(draw_f64(state) * (r >> 35 & 1 ? 4 : 70) * 256) / 256;
    k = fmax(-limit, fmin(limit, k));
    if (r >> 36 & 1) k = floor(k);
    if ((r >> 40 & 63) == 0) x = (double[]){0.0, INFINITY, -INFINITY, NAN}[r >> 46 & 3];
    if (type == 'f') ((float *)v)[l] = (float)x, ((float *)n)[l] = (float)k;
    else ((double *)v)[l] = x, ((double *)n)[l] = k;
  }
}

/* v any; k 0 or even, from so low that it takes the smallest normal number below half the smallest subnormal one */
static void lower_inputs(uint64_t *state, void *k, char type) {
  const int least = type == 'f' ? 24 : 53, most = type == 'f' ? 126 : 1022;
  for (int l = 0; l < (type == 'f' ? 16 : 8); l++) {
    uint64_t r = draw(state);
    double n = r & 1 ? 0 : -2.0 * (least + (int)((r >> 8) % (uint64_t)(most - least + 1)));
    if (type == 'f') ((float *)k)[l] = (float)n;
    else ((double *)k)[l] = n;
  }
}

/* g a power of two; v 0, NaN, or such that half of the results are subnormal */
static void unbias_inputs(uint64_t *state, void *v, void *g, char type) {
  for (int l = 0; l < (type == 'f' ? 16 : 8); l++) {
    uint64_t r = draw(state);
    const int k = (int)(r % 61) - 30, span = type == 'f' ? 28 : 57, e = (int)(r >> 8 & 0xff) % (2 * span) - span;
    double m = ldexp(1 + fabs(draw_f64(state)) * 0.999999, k + e), x = r >> 32 & 1 ? -m : m;
    if ((r >> 40 & 31) == 0) x = (double[]){0.0, -0.0, ldexp(1, k), NAN}[r >> 46 & 3];
    if (type == 'f') ((float *)v)[l] = (float)x, ((float *)g)[l] = (float)ldexp(1, k);
    else ((double *)v)[l] = x, ((double *)g)[l] = ldexp(1, k);
  }
}
/* What unbias() is for: the product, rounded once. */
static int is_product(const verb *v, const void *in, const void *g, const void *got) {
  for (int l = 0; l < v->results; l++) {
    const double x = v->in == 'f' ? ((const float *)in)[l] : ((const double *)in)[l],
                 unit = v->in == 'f' ? ((const float *)g)[l] : ((const double *)g)[l],
                 y = v->in == 'f' ? ((const float *)got)[l] : ((const double *)got)[l],
                 want = v->in == 'f' ? (float)(x * 0x1p-126 / unit) : ldexp(x, -1022 - ilogb(unit));
    if (x == x ? memcmp(&y, &want, sizeof y) : y == y)
      return printf("FAIL %s: %a / %a is %a\n", v->name, x, unit, y), 0;
  }
  return 1;
}

static size_t size_of(char type) { return type == 'f' ? sizeof(float) : sizeof(double); }

static int same(const verb *v, const void *a, const void *b, int l) {
  size_t size = size_of(v->out);
  if (v->same == BITS) return !memcmp((const char *)a + l * size, (const char *)b + l * size, size);
  return canonical(a, (size_t)l, size) == canonical(b, (size_t)l, size);
}

static int compare(const verbs *set, const verb *v, const verb *reference, long rounds, uint64_t *hash) {
  uint64_t state = 1;
  _Alignas(64) char table[128], in[3][64 + 8], want[64], got[64];
  for (long i = 0; i < rounds; i++) {
    size_t shift = (size_t)i % 2 * size_of(v->in); /* every second time off the natural alignment of a register */
    char *a = in[0] + shift, *b = in[1] + shift, *c = in[2] + shift;
    for (size_t w = 0; w < sizeof table / 8; w++) {
      uint64_t r = draw(&state);
      memcpy(table + 8 * w, &r, 8);
    }
    any_inputs(&state, a, v->in);
    any_inputs(&state, b, v->in);
    any_inputs(&state, c, v->in);
    if (i % 5 == 0) memcpy(b, a, 64); /* equal operands */
    if (v->inputs == SCALE) scale_inputs(&state, a, b, v->in);
    if (v->inputs == LOWER) lower_inputs(&state, b, v->in);
    if (v->inputs == UNBIAS) unbias_inputs(&state, a, b, v->in);
    reference->run(a, b, c, table, want);
    if (v->inputs == UNBIAS && !is_product(v, a, b, want)) return 1;
    v->run(a, b, c, table, got);
    for (int l = 0; l < v->results; l++) {
      if (same(v, want, got, l)) continue;
      size_t size = size_of(v->out), at = size_of(v->in) * (size_t)l;
      printf("FAIL %s %s lane %d: got %llx, want %llx", set->isa, v->name, l,
             (unsigned long long)(size == 4 ? word32(got + 4 * l) : word64(got + 8 * l)),
             (unsigned long long)(size == 4 ? word32(want + 4 * l) : word64(want + 8 * l)));
      if (v->in == v->out) {
        double x[3];
        for (int j = 0; j < 3; j++) {
          float f;
          if (v->in == 'f') memcpy(&f, in[j] + shift + at, 4), x[j] = f;
          else memcpy(&x[j], in[j] + shift + at, 8);
        }
        printf(" from %a %a %a", x[0], x[1], x[2]);
      }
      printf("\n");
      return 1;
    }
    *hash = digest(*hash, got, (size_t)v->results, size_of(v->out));
  }
  return 0;
}

/* zero_bytes_part of k bytes at p, every third of them 0. */
static int zeros(const verbs *set, int type, unsigned char *p, size_t k, size_t lanes) {
  unsigned want = 0;
  for (size_t l = 0; l < lanes; l++) {
    if (l < k) p[l] = l % 3 == 1 ? 0 : (unsigned char)(1u << l % 8);
    want |= (unsigned)(l >= k || l % 3 == 1) << l;
  }
  return set->zero_bytes_part[type](p, k) != want;
}

/* load_part, store_part and zero_bytes_part of the first k lanes against the end of a readable page, and against its
 * start. */
static int parts(const verbs *set) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_READ | PROT_WRITE)) return perror("mmap"), 1;
  char *const first = pages + page, *const end = first + page;
  int failed = 0;
  for (int type = 0; type < 2; type++) {
    const size_t size = type ? 8 : 4, lanes = 64 / size;
    for (size_t k = 0; k <= lanes; k++) {
      char source[64], out[64], want[64], guard[192];
      for (int i = 0; i < 64; i++) source[i] = (char)(i + 1);
      for (size_t l = 0; l < lanes; l++) {
        const float f = 7;
        const double d = 7;
        memcpy(want + l * size, l < k ? source + l * size : type ? (const char *)&d : (const char *)&f, size);
      }
      for (int place = 0; place < 3; place++) {
        char *p = place == 0 ? end - k * size : place == 1 ? first : first + 4 + k; /* the last: on no alignment */
        memset(first, 0x55, page);
        memset(guard, 0x55, sizeof guard);
        set->store_part[type](p, source, k);
        failed |= memcmp(p, source, k * size) != 0;
        if (place == 0) failed |= memcmp(p - 64, guard, 64) != 0;
        else failed |= memcmp(p + k * size, guard, 128) != 0;
        set->load_part[type](p, k, out);
        failed |= memcmp(out, want, 64) != 0;
        failed |= zeros(set, type, (unsigned char *)(place == 0 ? end - k : p), k, lanes);
        if (failed) return printf("FAIL %s f%d part of %zu lanes, place %d\n", set->isa, type ? 64 : 32, k, place), 1;
      }
      /* no lane: no access at all */
      set->load_part[type](k ? first : end, k, out);
      if (!k) set->store_part[type](end, source, 0);
    }
  }
  munmap(pages, 3 * page);
  return failed;
}

int main(int argc, char **argv) {
  const long rounds = argc > 1 ? atol(argv[1]) : 200000;
  int failed = 0;
  for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
    const verbs *set = sets[s];
    const char *why;
    if (!fa_select(set->isa, &why)) {
      printf("%-8s not run: %s\n", set->isa, why);
      continue;
    }
    int wrong = parts(set);
    uint64_t hash = 0;
    for (int i = 0; i < set->count; i++) wrong += compare(set, &set->verbs[i], &verbs_portable.verbs[i], rounds, &hash);
    printf("%-8s %d verbs, %ld vectors each: %d differ; digest %016llx\n", set->isa, set->count, rounds, wrong,
           (unsigned long long)hash);
    failed += wrong;
  }
  return failed != 0;
}
