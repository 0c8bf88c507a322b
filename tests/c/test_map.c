/* fa_map on every kind of stride against the kernel on contiguous copies; fa_select on every name. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "engine/map.h"

static int failures;
#define CHECK(condition, ...) \
  do { \
    if (!(condition)) { \
      failures++; \
      printf("FAIL " __VA_ARGS__); \
      printf("\n"); \
    } \
  } while (0)

/* The first input times 3, less the second times 5, plus the third times 7, less the fourth times 9,
 * plus the fifth times 19; and a second
 * output with factors of its own. Whole numbers, exact in both types, in which no argument can stand for another. */
static const int factors[FA_MAX_OUTPUTS][FA_MAX_INPUTS] = {{3, -5, 7, -9, 19}, {11, 13, -15, -17, 21}};

#define FA_KERNEL(T, real, inputs) \
  static void T##_kernel_##inputs(char *const *args, unsigned repeated, size_t n) { \
    real *y = (real *)args[inputs]; \
    for (size_t i = 0; i < n; i++) { \
      real sum = 0; \
      for (int j = 0; j < inputs; j++) \
        sum += \
            (real)factors[0][j] * ((const real *)args[j])[repeated >> j & 1 ? i % (FA_REPEATED / sizeof(real)) : i]; \
      y[i] = sum; \
    } \
  } \
  static void T##_pair_##inputs(char *const *args, unsigned repeated, size_t n) { \
    real *y = (real *)args[inputs], *z = (real *)args[inputs + 1]; \
    for (size_t i = 0; i < n; i++) { \
      real sum = 0, other = 0; \
      for (int j = 0; j < inputs; j++) \
        sum += \
            (real)factors[0][j] * ((const real *)args[j])[repeated >> j & 1 ? i % (FA_REPEATED / sizeof(real)) : i]; \
      for (int j = 0; j < inputs; j++) \
        other += \
            (real)factors[1][j] * ((const real *)args[j])[repeated >> j & 1 ? i % (FA_REPEATED / sizeof(real)) : i]; \
      y[i] = sum; \
      z[i] = other; \
    } \
  }
FA_KERNEL(f32, float, 1)
FA_KERNEL(f32, float, 2)
FA_KERNEL(f32, float, 3)
FA_KERNEL(f32, float, 4)
FA_KERNEL(f32, float, 5)
FA_KERNEL(f64, double, 1)
FA_KERNEL(f64, double, 2)
FA_KERNEL(f64, double, 3)
FA_KERNEL(f64, double, 4)
FA_KERNEL(f64, double, 5)
static const fa_map_kernel kernels[FA_COMPUTE_DTYPES][FA_MAX_OUTPUTS][FA_MAX_INPUTS] = {
    {{f32_kernel_1, f32_kernel_2, f32_kernel_3, f32_kernel_4, f32_kernel_5},
     {f32_pair_1, f32_pair_2, f32_pair_3, f32_pair_4, f32_pair_5}},
    {{f64_kernel_1, f64_kernel_2, f64_kernel_3, f64_kernel_4, f64_kernel_5},
     {f64_pair_1, f64_pair_2, f64_pair_3, f64_pair_4, f64_pair_5}},
};

/* where the elements of an argument lie: `step` bytes apart, from `offset` bytes on */
typedef struct {
  ptrdiff_t step;
  size_t offset;
} layout;

enum { LONGEST = 3000, SPAN = LONGEST * 40 + 128 };
static _Alignas(64) char memory[FA_MAX_ARGUMENTS][SPAN], before[SPAN];

static char *place(char *p, layout at, size_t n) {
  return p + at.offset + (at.step < 0 ? (size_t)-at.step * (n - 1) : 0);
}

static double get(const char *p, fa_dtype type) {
  float f;
  double d;
  if (type == FA_F32) return memcpy(&f, p, 4), f;
  return memcpy(&d, p, 8), d;
}

/* at: the layouts of the inputs, then of the outputs; the first output lies in input `in_place` unless that is -1 */
static void try(fa_dtype type, int inputs, int outputs, const layout *at, size_t n, int in_place) {
  const ptrdiff_t size = type == FA_F32 ? 4 : 8;
  const size_t span = n * 40 + 128;
  char *args[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS];
  static double want[FA_MAX_OUTPUTS][LONGEST];
  for (int a = 0; a < inputs + outputs; a++) {
    const int m = a == inputs && in_place >= 0 ? in_place : a;
    args[a] = place(memory[m], at[m], n);
    steps[a] = at[m].step;
    memset(memory[m], 0x77, span);
  }
  uint64_t state = n;
  for (int j = 0; j < inputs; j++)
    for (size_t i = 0; i < n; i++) {
      double d = (double)(draw(&state) % 100000);
      float f = (float)d;
      memcpy(args[j] + (ptrdiff_t)i * steps[j], type == FA_F32 ? (void *)&f : (void *)&d, (size_t)size);
    }
  for (int o = 0; o < outputs; o++)
    for (size_t i = 0; i < n; i++) {
      want[o][i] = 0;
      for (int j = 0; j < inputs; j++) want[o][i] += factors[o][j] * get(args[j] + (ptrdiff_t)i * steps[j], type);
    }
  const fa_loop loop = {NULL, kernels[type][outputs - 1][inputs - 1], type, inputs, outputs, FA_DEAR};
  fa_map(&loop, args, steps, n, 0);
  size_t wrong = 0, strays = 0;
  for (int o = 0; o < outputs; o++) {
    const char *home = memory[!o && in_place >= 0 ? in_place : inputs + o];
    memset(before, 0x77, span);
    for (size_t i = 0; i < n; i++) {
      char *here = args[inputs + o] + (ptrdiff_t)i * steps[inputs + o];
      wrong += get(here, type) != want[o][i];
      memset(here, 0, (size_t)size);
      memset(before + (here - home), 0, (size_t)size);
    }
    for (size_t i = 0; i < span; i++) strays += before[i] != home[i];
  }
  CHECK(!wrong && !strays,
        "fa_map float%td, %d inputs, %d outputs, in place of %d, steps %td %td ..., n %zu: %zu wrong, %zu bytes "
        "outside written",
        8 * size, inputs, outputs, in_place, steps[0], steps[1], n, wrong, strays);
}

/* All layouts (or each `every`-th) of one input and one output and of two inputs, some of others; the output apart and
 * in place of each input. */
static void test_map(uint64_t every) {
  static const size_t lengths[] = {1, 2, 3, 17, 1023, 1024, 1025, 2048, 3000};
  for (int type = 0; type < FA_COMPUTE_DTYPES; type++) {
    const ptrdiff_t size = type == FA_F32 ? 4 : 8;
    const layout layouts[] = {{size, 0},      {size, 1},     {0, 0},         {2 * size, 0},           {-size, 0},
                              {-3 * size, 0}, {size + 1, 3}, {-size - 3, 0}, {5 * size, (size_t)size}};
    enum { LAYOUTS = sizeof layouts / sizeof *layouts };
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
      for (int shape = 0; shape < FA_MAX_INPUTS * FA_MAX_OUTPUTS; shape++) {
        const int inputs = 1 + shape / FA_MAX_OUTPUTS, outputs = 1 + shape % FA_MAX_OUTPUTS;
        const int all = inputs + outputs == 2 ? LAYOUTS * LAYOUTS : LAYOUTS * LAYOUTS * LAYOUTS;
        for (uint64_t c = 0; c < (uint64_t)all; c += every) {
          layout at[FA_MAX_ARGUMENTS];
          uint64_t state = c, r = inputs + outputs < 4 ? c : draw(&state) >> 16;
          int writable = 1;
          for (int a = 0; a < inputs + outputs; a++, r /= LAYOUTS) {
            at[a] = layouts[r % LAYOUTS];
            if (a > inputs && !at[a].step) writable = 0;
          }
          if (at[inputs].step && writable) try((fa_dtype)type, inputs, outputs, at, lengths[l], -1);
          for (int j = 0; j < inputs; j++)
            if (at[j].step && writable && at[inputs].step == size)
              try((fa_dtype)type, inputs, outputs, at, lengths[l], j);
        }
      }
  }
  char *none[3] = {memory[0], memory[1], memory[2]};
  const fa_loop loop = {NULL, f32_kernel_2, FA_F32, 2, 1, FA_DEAR};
  fa_map(&loop, none, (ptrdiff_t[]){4, 8, 4}, 0, 0);
}

/* Outputs past the caches are those that are not, on every instruction set: any offset, a repeated input, one and two
 * outputs, whole rows and (in columns of `wide`) short ones. */
static void test_stream(void) {
  enum { MOST = 2600 };
  static _Alignas(64) char in[FA_MAX_INPUTS][MOST * 8 + 64], out[2][FA_MAX_OUTPUTS][MOST * 8 + 192];
  static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
  static const fa_op ops[] = {FA_OP_relu, FA_OP_hard_tanh, FA_OP_prelu_grad};
  static const size_t lengths[] = {1, 3, 40, 1023, 1024, 1025, 2048, MOST}, wide[] = {1, 7, 40, 130};
  uint64_t state = 1;
  for (size_t i = 0; i < sizeof in; i++) (&in[0][0])[i] = (char)(draw(&state) >> 20);
  for (int i = 0; i < 4; i++) {
    const fa_kernels *table = fa_select(names[i], NULL);
    for (int c = 0; table && c < 3 * FA_ALL_DTYPES * 8 * 4 * 4; c++) {
      const fa_op op = ops[c % 3];
      const fa_dtype type = (fa_dtype)(c / 3 % FA_ALL_DTYPES);
      const size_t size = type == FA_F64 ? 8 : type == FA_F32 ? 4 : 2, columns = wide[c / 3 / FA_ALL_DTYPES / 8 % 4];
      const size_t rows = lengths[c / 3 / FA_ALL_DTYPES % 8] / columns,
                   offset = (size_t)(c / 3 / FA_ALL_DTYPES / 32) * size;
      const int inputs = fa_op_inputs(op), outputs = fa_op_outputs(op);
      const fa_loop loop = fa_loop_of(table, op, type);
      memset(out, 0x55, sizeof out);
      for (int stream = 0; rows && stream < 2; stream++) {
        fa_strided nest = {.dimensions = 2, .shape = {rows, columns}};
        for (int a = 0; a < inputs; a++) /* one row for all, from the second input on; the last one a single number */
          nest.args[a] = in[a], nest.steps[a][0] = a ? 0 : (ptrdiff_t)(columns * size),
          nest.steps[a][1] = a && a == inputs - 1 ? 0 : (ptrdiff_t)size;
        for (int o = 0; o < outputs; o++) {
          nest.args[inputs + o] = out[stream][o] + 64 + offset * (size_t)(o + 1);
          nest.steps[inputs + o][0] = (ptrdiff_t)(columns * size), nest.steps[inputs + o][1] = (ptrdiff_t)size;
        }
        fa_map_strided(&loop, &nest, stream, 0, rows * columns);
      }
      CHECK(!memcmp(out[0], out[1], sizeof out[0]),
            "%s %s of type %d, %zu by %zu from byte %zu on: streamed results differ", names[i], fa_op_name(op), type,
            rows, columns, offset);
    }
  }
  const fa_loop loop = {.dtype = FA_F32, .inputs = 1, .outputs = 1};
  fa_strided nest = {.dimensions = 1, .shape = {1000}, .args = {in[0], out[0][0]}, .steps = {{4}, {4}}};
  CHECK(fa_strided_streams(&loop, &nest, 7999) && !fa_strided_streams(&loop, &nest, 8000),
        "fa_strided_streams: both arguments count");
  nest.steps[0][0] = 0;
  CHECK(!fa_strided_streams(&loop, &nest, 7999), "fa_strided_streams: what is repeated does not count");
  nest.args[1] = nest.args[0], nest.steps[0][0] = 4;
  CHECK(!fa_strided_streams(&loop, &nest, 0), "fa_strided_streams: never in place");
}

static void test_select(void) {
  static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
  const char *why = NULL;
  const fa_kernels *best = fa_select(NULL, &why);
  printf("best: %s\n", best ? best->name : why);
  CHECK(!best == !!why, "fa_select(NULL): table or reason");
  for (int i = 0; i < 4; i++) {
    const fa_kernels *table = fa_select(names[i], &why);
    printf("%s: %s\n", names[i], table ? "yes" : why);
    CHECK(!table == !!why && (!table || !strcmp(table->name, names[i])), "fa_select(%s)", names[i]);
    for (int op = 0; table && op < FA_OPS; op++)
      for (int type = 0; type < FA_COMPUTE_DTYPES; type++)
        CHECK(table->map[op][type], "%s has no %s", names[i], fa_op_name((fa_op)op));
  }
  CHECK(!fa_select("sse9", &why) && why, "an unknown name");
  CHECK(fa_select("portable", NULL), "portable, no reason asked for");
  for (int op = 0; op < FA_OPS; op++) {
    int inputs = fa_op_inputs((fa_op)op), outputs = fa_op_outputs((fa_op)op);
    CHECK(fa_op_name((fa_op)op) && inputs > 0 && inputs <= FA_MAX_INPUTS && outputs > 0 && outputs <= FA_MAX_OUTPUTS,
          "op %d", op);
  }
}

int main(int argc, char **argv) {
  test_map(argc > 1 ? strtoull(argv[1], NULL, 0) : 1);
  test_stream();
  test_select();
  printf(failures ? "%d failures\n" : "fa_map, fa_select: passed\n", failures);
  return failures != 0;
}
