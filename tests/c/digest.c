/* What one instruction set computes, as a digest for each operation and type: digest <isa> [step of the float32 bit
 * patterns, default 4096] [elementwise operation ...]. Equal lines mean equal bits (NaNs being all alike);
 * fastact/_check/digests.txt holds those of the default step. On the way it checks that a result depends neither on the
 * element's place nor on its alignment, and that columns and pieces give the bits of rows; it fails where they do not.
 */
#include "digest.h"

int failures;
_Thread_local char *lines;

enum { CHUNK = 1 << 16 };

/* One kernel: its inputs, of which number x is the first or, in a gradient, comes after dy; then its outputs. */
typedef struct {
  const char *name;
  fa_map_kernel kernel;
  fa_dtype type;
  int inputs, x, arguments;
} subject;

static subject subject_of(const fa_kernels *table, fa_op op, fa_dtype type) {
  const char *name = fa_op_name(op);
  const size_t length = strlen(name);
  const int gradient = length > 5 && !strcmp(name + length - 5, "_grad");
  return (subject){name,     table->map[op][type < FA_COMPUTE_DTYPES ? type : FA_F32],
                   type,     fa_op_inputs(op),
                   gradient, fa_op_inputs(op) + fa_op_outputs(op)};
}

/* The second of two results has a line of its own. */
static const char *line_name(const subject *s, int output) {
  static _Thread_local char name[64];
  snprintf(name, sizeof name, output ? "%s.%d" : "%s", s->name, output);
  return name;
}

static void draw_inputs(const subject *s, char *const *args, uint64_t first, size_t n, uint64_t step) {
  int stream = 1;
  for (int j = 0; j < s->inputs; j++)
    if (j == s->x) draw_x(args[j], s->type, first, n, step);
    else draw_input(args[j], s->type, stream++, first, n);
}

/* One result against another; more than one result is named by its number. */
static void expect_output(const subject *s, int output, const void *want, const void *got, size_t n, const char *what) {
  expect_same(want, got, n, s->type, line_name(s, output), what, n);
}

/* The same elements in pieces of odd lengths at odd addresses. */
static void check_places(const subject *s, char *const *whole) {
  const size_t size = sizes[s->type];
  char *moved[FA_MAX_ARGUMENTS], *args[FA_MAX_ARGUMENTS];
  uint64_t state = 5;
  for (int a = 0; a < s->arguments; a++) {
    moved[a] = (char *)buffer((CHUNK + 8) * size) + (size_t)(a + 1) * size;
    memcpy(moved[a], whole[a], a < s->inputs ? CHUNK * size : 0);
  }
  for (size_t i = 0, k; i < CHUNK; i += k) {
    k = 1 + draw(&state) % 70;
    if (k > CHUNK - i) k = CHUNK - i;
    for (int a = 0; a < s->arguments; a++) args[a] = moved[a] + i * size;
    s->kernel(args, 0, k);
  }
  for (int a = s->inputs; a < s->arguments; a++)
    expect_output(s, a - s->inputs, whole[a], moved[a], CHUNK, "in another place");
  for (int a = 0; a < s->arguments; a++) free(moved[a] - (size_t)(a + 1) * size);
}

/* Each output in place of each input in turn, and a second one in place of the next input. */
static void check_in_place(const subject *s, char *const *whole) {
  const size_t size = sizes[s->type];
  char *args[FA_MAX_ARGUMENTS], *y[FA_MAX_OUTPUTS];
  for (int o = 0; o < s->arguments - s->inputs; o++) y[o] = buffer(CHUNK * size);
  for (int j = 0; j < s->inputs; j++) {
    for (int a = 0; a < s->inputs; a++) args[a] = whole[a];
    for (int o = 0; o < s->arguments - s->inputs; o++) {
      const int place = (j + o) % s->inputs;
      args[place] = args[s->inputs + o] = memcpy(y[o], whole[place], CHUNK * size);
    }
    s->kernel(args, 0, CHUNK);
    for (int o = 0; o < s->arguments - s->inputs; o++)
      expect_output(s, o, whole[s->inputs + o], y[o], CHUNK, "in place");
  }
  for (int o = 0; o < s->arguments - s->inputs; o++) free(y[o]);
}

/* One element repeated (step 0) against a vector full of it: every set of the inputs, on elements from all over. */
static void check_repeated(const subject *s, char *const *whole) {
  enum { N = 2500 }; /* more than two of map.c's blocks */
  const size_t size = sizes[s->type];
  char *full[FA_MAX_ARGUMENTS], *args[FA_MAX_ARGUMENTS], *fresh[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS];
  for (int a = 0; a < s->arguments; a++) full[a] = buffer(N * size), fresh[a] = buffer(N * size);
  for (int set = 1; set < 1 << s->inputs; set++) {
    for (int a = 0; a < s->arguments; a++) {
      const int repeated = a < s->inputs && set >> a & 1;
      char *element = whole[a] + (size_t)(set * 977 + a * 31) % CHUNK * size;
      for (size_t i = 0; a < s->inputs && i < N; i++)
        memcpy(full[a] + i * size, repeated ? element : whole[a] + i * 26 * size, size);
      args[a] = a >= s->inputs ? fresh[a] : repeated ? element : whole[a];
      steps[a] = a >= s->inputs ? (ptrdiff_t)size : repeated ? 0 : 26 * (ptrdiff_t)size;
    }
    s->kernel(full, 0, N);
    const fa_loop loop = {NULL, s->kernel, s->type, s->inputs, s->arguments - s->inputs, FA_DEAR};
    fa_run_in_order(&loop, args, steps, N);
    for (int a = s->inputs; a < s->arguments; a++)
      expect_output(s, a - s->inputs, full[a], fresh[a], N, "with repeated elements");
  }
  for (int a = 0; a < s->arguments; a++) free(full[a]), free(fresh[a]);
}

static void elementwise(const fa_kernels *table, fa_op op, fa_dtype type, uint64_t step) {
  const subject s = subject_of(table, op, type);
  const uint64_t total = type == FA_F64 ? WALK : (UINT64_C(1) << 32) / step;
  char *args[FA_MAX_ARGUMENTS];
  uint64_t hash[FA_MAX_ARGUMENTS] = {0};
  for (int a = 0; a < s.arguments; a++) args[a] = buffer(CHUNK * sizes[type]);
  for (uint64_t first = 0; first < total; first += CHUNK) {
    size_t n = total - first < CHUNK ? (size_t)(total - first) : CHUNK;
    draw_inputs(&s, args, first, n, step);
    s.kernel(args, 0, n);
    for (int a = s.inputs; a < s.arguments; a++) hash[a] = digest(hash[a], args[a], n, sizes[type]);
    if (first != total / 2 / CHUNK * CHUNK || n != CHUNK) continue;
    check_places(&s, args);
    check_in_place(&s, args);
    check_repeated(&s, args);
  }
  for (int a = s.inputs; a < s.arguments; a++) print_digest(line_name(&s, a - s.inputs), type, hash[a]);
  for (int a = 0; a < s.arguments; a++) free(args[a]);
}

/* ---- stored types: their results, and what is converted, as float32 ---- */

enum { WORDS = 1 << 16 };

static void conversion(const fa_kernels *table, fa_dtype type) {
  float *x = buffer(CHUNK * sizeof *x), *back = buffer(CHUNK * sizeof *back);
  uint16_t *stored = buffer(CHUNK * sizeof *stored);
  uint64_t hash = 0;
  for (unsigned w = 0; w < WORDS; w++) stored[w] = (uint16_t)w;
  table->widen[type - FA_F16](stored, back, WORDS);
  print_digest("widen", type, digest(0, back, WORDS, sizeof *back));
  for (uint64_t first = 0; first < WALK; first += CHUNK) {
    draw_x(x, FA_F32, first, CHUNK, (UINT64_C(1) << 32) / WALK);
    table->narrow[type - FA_F16](x, stored, CHUNK);
    table->widen[type - FA_F16](stored, back, CHUNK);
    hash = digest(hash, back, CHUNK, sizeof *back);
  }
  print_digest("narrow", type, hash);
  free(x), free(back), free(stored);
}

/* x is every number of the type in turn. */
static void elementwise_stored(const fa_kernels *table, fa_op op, fa_dtype type) {
  const subject s = subject_of(table, op, type);
  float *x = buffer(WORDS * sizeof *x), *back = buffer(WORDS * sizeof *back);
  char *args[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS];
  int stream = 1;
  for (int a = 0; a < s.arguments; a++) {
    uint16_t *words = buffer(WORDS * sizeof *words);
    args[a] = (char *)words, steps[a] = sizeof *words;
    if (a == s.x)
      for (unsigned w = 0; w < WORDS; w++) words[w] = (uint16_t)w;
    else if (a < s.inputs) {
      draw_input(x, FA_F32, stream++, 0, WORDS);
      table->narrow[type - FA_F16](x, words, WORDS);
    }
  }
  const fa_loop loop = {table, s.kernel, type, s.inputs, s.arguments - s.inputs, FA_DEAR};
  fa_run_in_order(&loop, args, steps, WORDS);
  for (int a = s.inputs; a < s.arguments; a++) {
    table->widen[type - FA_F16](args[a], back, WORDS);
    print_digest(line_name(&s, a - s.inputs), type, digest(0, back, WORDS, sizeof *back));
  }
  for (int a = 0; a < s.arguments; a++) free(args[a]);
  free(x), free(back);
}

/* One job gives a line or two: each elementwise operation in each type, then rows, then conversions. */
enum {
  ELEMENTWISE = FA_OPS * FA_ALL_DTYPES,
  ROWS = (FA_LOGSUMEXP + 1) * FA_COMPUTE_DTYPES,
  JOBS = ELEMENTWISE + ROWS + FA_ALL_DTYPES - FA_F16
};

static int wanted(int job, int argc, char **argv) {
  if (argc <= 3) return 1;
  for (int i = 3; job < ELEMENTWISE && i < argc; i++)
    if (!strcmp(argv[i], fa_op_name((fa_op)(job / FA_ALL_DTYPES)))) return 1;
  return 0;
}

static void run(int job, const fa_kernels *table, uint64_t step) {
  const fa_dtype type = (fa_dtype)(job % FA_ALL_DTYPES);
  if (job >= ELEMENTWISE + ROWS) conversion(table, (fa_dtype)(FA_F16 + job - ELEMENTWISE - ROWS));
  else if (job >= ELEMENTWISE)
    rows_digest(table, (fa_row_op)((job - ELEMENTWISE) / FA_COMPUTE_DTYPES),
                (fa_dtype)((job - ELEMENTWISE) % FA_COMPUTE_DTYPES));
  else if (type < FA_COMPUTE_DTYPES) elementwise(table, (fa_op)(job / FA_ALL_DTYPES), type, step);
  else elementwise_stored(table, (fa_op)(job / FA_ALL_DTYPES), type);
}

int main(int argc, char **argv) {
  static char texts[JOBS][256];
  const char *why;
  const fa_kernels *table = select_noted(argc > 1 ? argv[1] : NULL, &why);
  const uint64_t step = argc > 2 ? strtoull(argv[2], NULL, 0) : (UINT64_C(1) << 32) / WALK;
  if (!table || !step) return fprintf(stderr, "digest: %s\n", table ? "step must be positive" : why), 2;
#pragma omp parallel for schedule(dynamic)
  for (int job = 0; job < JOBS; job++) {
    lines = texts[job];
    if (wanted(job, argc, argv)) run(job, table, step);
  }
  for (int job = 0; job < JOBS; job++) fputs(texts[job], stdout);
  return failures != 0;
}
