/* The elementwise kernels against the oracles: accuracy [isa, or - for the best] [k] [n] [operation ...]
 * float32 over every k-th of the 2^32 bit patterns of x (64; 1 takes them all), float64 over n samples (1000000) and as
 * many again around those that were worst.
 *
 * Parameters have their defaults and dy is 1; then, on a quarter of the inputs, dy is any, and then dy and the
 * parameters are: of half of them dy is such that the result has any exponent. Around the worst of each a second stage
 * (search.h) looks for worse, dy and parameters together. Fails above the bounds of bounds.h, and for an operation
 * without an oracle. judge.h says what an ULP is. A line per operation, type and kind of inputs, its fields separated
 * by tabs; x, dy and the parameters in their order. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/kernels.h"
#include "judge.h"
#include "operations.h"
#include "samples.h"
#include "search.h"

typedef enum { USUAL, ANY_DY, ANY_PARAMETERS, PASSES } pass;
static const char *const pass_names[PASSES] = {"usual", "any dy", "any parameters"};
typedef enum {
#define BOUND(name, ulp) name,
#include "fastact/bounds.h"
#undef BOUND
} bound_name;
static const double bounds[] = {
#define BOUND(name, ulp) ulp,
#include "fastact/bounds.h"
#undef BOUND
};

enum { CHUNK = 1 << 14, POOL = 1 << 16, MAX_OTHERS = FA_MAX_INPUTS - 1, ROUNDS = 4, WORST = 64 };

/* A kernel, and the inputs beside x, drawn once: each chunk takes them from another place. */
typedef struct {
  fa_map_kernel kernel;
  subject of;
  void *others[MAX_OTHERS];
  find *cells;
  pass pass;
  int relative; /* whether dy or a parameter multiplies the result and is any */
} run;

static void draw_others(run *k, pass p) {
  const role *r = &k->of.role;
  for (int j = 0, o = 0; j < r->inputs; j++) {
    if (j == r->gradient) continue;
    void *to = k->others[o] = realloc(k->others[o], (POOL + CHUNK) * sizeof(double));
    if (!to) abort();
    const int drawn = j < r->gradient ? p != USUAL : p == ANY_PARAMETERS, most = k->of.format == FLOAT64 ? 1020 : 126;
    for (uint64_t i = 0; i < POOL + CHUNK; i++) {
      uint64_t state = mix(i) + (uint64_t)o;
      const double value = drawn ? draw_other(r, j, &state, most) : usual_other(r, j);
      if (k->of.format == FLOAT64) ((double *)to)[i] = value;
      else ((float *)to)[i] = (float)value;
    }
    o++;
  }
}

static void run_chunk(const run *k, const void *x, size_t n, uint64_t chunk, tally *t, float *errors) {
  static _Thread_local double y[FA_MAX_OUTPUTS][CHUNK], in[FA_MAX_INPUTS][CHUNK];
  const size_t size = k->of.format == FLOAT64 ? sizeof(double) : sizeof(float);
  const role *r = &k->of.role;
  void *args[FA_MAX_ARGUMENTS];
  for (int j = 0, o = 0; j < r->inputs; j++) {
    args[j] = in[j];
    memcpy(in[j], j == r->gradient ? x : (const char *)k->others[o++] + mix(chunk) % POOL * size, n * size);
  }
  for (int j = r->gradient + 1; k->pass == ANY_PARAMETERS && j < r->inputs; j++)
    aim_parameter(&k->of, args, j, n, chunk * CHUNK);
  if (k->relative) aim_factor(&k->of, args, n, chunk * CHUNK);
  for (int j = 0; j < FA_MAX_OUTPUTS; j++) args[r->inputs + j] = y[j];
  k->kernel((char *const *)args, 0, n);
  judge(&k->of, (const void *const *)args, y[k->of.output], n, t, errors);
  keep(k->cells, &k->of, (const void *const *)args, y[k->of.output], errors, n, k->relative);
}

/* chunk -1 holds the specials, the others CHUNK intervals of `step` bit patterns each, one pattern drawn from each */
static tally check_f32(const run *k, uint64_t step) {
  const uint64_t total = (UINT64_C(1) << 32) / step, chunks = (total + CHUNK - 1) / CHUNK;
  tally all = {0};
#pragma omp parallel
  {
    static _Thread_local float x[CHUNK];
    static _Thread_local float errors[CHUNK];
    tally mine = {0};
#pragma omp for schedule(dynamic, 16)
    for (int64_t c = -1; c < (int64_t)chunks; c++) {
      const uint64_t first = (uint64_t)c * CHUNK;
      size_t n = c < 0 || total - first > CHUNK ? CHUNK : (size_t)(total - first);
      for (size_t i = 0; i < n; i++) {
        const uint32_t w = (uint32_t)(first + i);
        memcpy(x + i, &w, 4);
      }
      for (size_t i = 0; (step > 1 || c < 0) && i < n; i++) {
        const uint32_t w = (uint32_t)((first + i) * step + (mix(first + i) >> 32) * step / (UINT64_C(1) << 32));
        memcpy(x + i, &w, 4);
        if (c < 0) x[i] = (float)special(i);
      }
      run_chunk(k, x, n, (uint64_t)c, &mine, errors);
    }
#pragma omp critical
    merge(&all, &mine);
  }
  return all;
}

static tally check_f64(const run *k, uint64_t samples) {
  const uint64_t chunks = (samples + CHUNK - 1) / CHUNK;
  float *cells = calloc(CELLS, sizeof *cells);
  uint32_t worst[WORST];
  tally all = {0};
  if (!cells) abort();
  for (int round = 0; round < ROUNDS; round++) {
    const int64_t part = (int64_t)(round ? (chunks + ROUNDS - 2) / (ROUNDS - 1) : chunks);
    if (round) worst_cells(cells, worst, WORST);
#pragma omp parallel
    {
      static _Thread_local double x[CHUNK];
      static _Thread_local float errors[CHUNK];
      tally mine = {0};
#pragma omp for schedule(dynamic)
      for (int64_t c = 0; c < part; c++) {
        const uint64_t first = (uint64_t)c * CHUNK;
        for (uint64_t i = 0; i < CHUNK; i++)
          x[i] = round ? sample_cells(worst, WORST, first + i + ((uint64_t)round << 40))
                       : sample_f64(first + i, (uint64_t)part * CHUNK);
        run_chunk(k, x, CHUNK, (uint64_t)c, &mine, errors);
#pragma omp critical
        note(cells, x, errors, CHUNK);
      }
#pragma omp critical
      merge(&all, &mine);
    }
  }
  free(cells);
  return all;
}

/* Candidates around each of the worst finds, the factor aimed in half of them; then around the worst of these. */
static tally search(const run *k, pass p) {
  enum { TURNS = 6, FIRST = 256, LATER = 64 };
  const role *r = &k->of.role;
  const size_t many = k->of.format == FLOAT64 ? 512 : CHUNK;
  const int factor = p != USUAL ? free_factor(r) : -1;
  static find worst[FIRST];
  tally all = {0};
  for (int turn = 0; turn < TURNS; turn++) {
    const int count = take_worst(k->cells, worst, turn ? LATER : FIRST);
#pragma omp parallel
    {
      static _Thread_local double in[FA_MAX_INPUTS][CHUNK], y[FA_MAX_OUTPUTS][CHUNK];
      static _Thread_local float errors[CHUNK];
      tally mine = {0};
#pragma omp for schedule(dynamic)
      for (int f = 0; f < count; f++) {
        const void *args[FA_MAX_ARGUMENTS];
        for (int j = 0; j < r->inputs; j++) args[j] = in[j];
        for (int o = 0; o < FA_MAX_OUTPUTS; o++) args[r->inputs + o] = y[o];
        const uint64_t first = ((uint64_t)turn << 32 | (uint64_t)f) * CHUNK;
        for (int j = 0; j < r->inputs; j++) {
          const int varied = j == r->gradient || (p != USUAL && (p == ANY_PARAMETERS || j < r->gradient));
          for (size_t i = 0; i < many; i++)
            put(&k->of, in[j], i, varied ? vary(worst + f, r, j, first + i) : worst[f].in[j]);
        }
        k->kernel((char *const *)args, 0, many);
        for (size_t i = 0; factor >= 0 && i < many; i += 2)
          put(&k->of, in[factor], i,
              aim(&k->of, element(&k->of, in[factor], i), element(&k->of, y[k->of.output], i), i / 2));
        if (factor >= 0) k->kernel((char *const *)args, 0, many);
        judge(&k->of, args, y[k->of.output], many, &mine, errors);
        keep(k->cells, &k->of, args, y[k->of.output], errors, many, 0);
      }
#pragma omp critical
      merge(&all, &mine);
    }
  }
  take_worst(k->cells, worst, 1); /* empties them */
  return all;
}

static bound_name bound_of(const subject *s, pass p) {
  if (s->oracle->terms.f64) return p == USUAL ? FOCAL : FOCAL_ANY;
  if (s->oracle->factor > 0) return LOSS;
  if (s->is_derivative) return p == USUAL ? DERIVATIVE : GRADIENT;
  return p == USUAL ? VALUE : s->role.p->by_parameter ? GATE : PARAMETERS;
}

static int report(const char *op, const char *type, const run *k, pass p, tally t) {
  const double bound = bounds[bound_of(&k->of, p)];
  const int failed = !(t.max <= bound);
  printf("%s%s\t%s\t%s\t%.4f\t%llu\t%llu\t%llu\t%llu\t%a", op,
         !k->of.output         ? ""
         : k->of.role.gradient ? " by the parameter"
                               : " gradient",
         type, pass_names[p], t.max, (unsigned long long)t.over_half, (unsigned long long)t.over_1,
         (unsigned long long)t.by_root, (unsigned long long)t.count, t.at[k->of.role.gradient]);
  for (int j = 0; j < k->of.role.inputs; j++)
    if (j != k->of.role.gradient) printf(" %a", t.at[j]);
  printf(failed ? "\tFAIL: the bound is %g\n" : "\n", bound);
  fflush(stdout);
  return failed;
}

static int check(const fa_kernels *table, fa_op op, uint64_t step, uint64_t samples) {
  static const char *const type_names[FA_COMPUTE_DTYPES] = {"float32", "float64"};
  const char *name = fa_op_name(op);
  run k = {.cells = calloc(CELLS, sizeof(find))};
  int failed = 0;
  if (!k.cells) abort();
  for (int c = 0; c < FA_COMPUTE_DTYPES * fa_op_outputs(op); c++) {
    const int type = c % FA_COMPUTE_DTYPES;
    if (type == FA_F64 && !samples) continue;
    if (!subject_of(name, c / FA_COMPUTE_DTYPES, type == FA_F32 ? FLOAT32 : FLOAT64, &k.of))
      return printf("%s\thas no oracle; FAIL\n", name), 1;
    const role *r = &k.of.role;
    if (fa_op_inputs(op) != r->inputs || fa_op_outputs(op) != r->outputs)
      return printf("%s\thas %d inputs and %d outputs, not %d and %d; FAIL\n", name, fa_op_inputs(op),
                    fa_op_outputs(op), r->inputs, r->outputs),
             1;
    k.kernel = table->map[op][type];
    for (int p = 0; p < PASSES; p++) {
      if ((p == ANY_DY && !r->gradient) || (p == ANY_PARAMETERS && !r->p)) continue;
      const uint64_t part = p == USUAL ? 1 : 4;
      k.of.signed_zero = p == USUAL;
      k.relative = p != USUAL && free_factor(r) >= 0;
      k.pass = (pass)p;
      draw_others(&k, (pass)p);
      tally t = type == FA_F32 ? check_f32(&k, step * part) : check_f64(&k, samples / part);
      tally worse = search(&k, (pass)p);
      worse.count = worse.over_half = worse.over_1 = worse.by_root = 0; /* shares are those of the first stage */
      merge(&t, &worse);
      failed += report(name, type_names[type], &k, (pass)p, t);
    }
  }
  for (int j = 0; j < MAX_OTHERS; j++) free(k.others[j]);
  free(k.cells);
  return failed;
}

static int wanted(const char *op, int argc, char **argv) {
  for (int i = 4; i < argc; i++)
    if (!strcmp(argv[i], op)) return 1;
  return argc <= 4;
}

int main(int argc, char **argv) {
  const char *why;
  const fa_kernels *table = fa_select(argc > 1 && strcmp(argv[1], "-") ? argv[1] : NULL, &why);
  const uint64_t k = argc > 2 ? strtoull(argv[2], NULL, 0) : 64,
                 n = argc > 3 ? (uint64_t)strtod(argv[3], NULL) : 1000000;
  int failed = 0, run = 0;
  if (!table || !k) return fprintf(stderr, "accuracy: %s\n", table ? "k must be positive" : why), 2;
  printf("# %s: float32 over every %lluth bit pattern, float64 over %llu samples and as many around the worst\n",
         table->name, (unsigned long long)k, (unsigned long long)n);
  printf("# operation\ttype\tinputs\tmax ULP\tover 0.5\tover 1\tby a zero crossing\tof\tat\n");
  for (int op = 0; op < FA_OPS; op++) {
    if (!wanted(fa_op_name((fa_op)op), argc, argv)) continue;
    run++;
    failed += check(table, (fa_op)op, k, n);
  }
  if (failed) printf("# %d failures\n", failed);
  return failed || !run;
}
