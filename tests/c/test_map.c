/* fa_map on every kind of stride against the kernel on contiguous copies; fa_select on every name. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"
#include "fastact/fastact.h"

static int failures;
#define CHECK(condition, ...) do { if (!(condition)) { failures++; printf("FAIL " __VA_ARGS__); printf("\n"); } } while (0)

/* 3a - b, in two loops by type: enough to tell inputs apart */
static void f32_kernel(char *const *args, size_t n) {
  const float *a = (const float *)args[0], *b = (const float *)args[1];
  float *y = (float *)args[2];
  for (size_t i = 0; i < n; i++) y[i] = 3 * a[i] - b[i];
}
static void f64_kernel(char *const *args, size_t n) {
  const double *a = (const double *)args[0], *b = (const double *)args[1];
  double *y = (double *)args[2];
  for (size_t i = 0; i < n; i++) y[i] = 3 * a[i] - b[i];
}
static const fa_map_kernel kernels[FA_DTYPES] = {f32_kernel, f64_kernel};

/* where the elements of an argument lie: `step` bytes apart, from `offset` bytes on */
typedef struct { ptrdiff_t step; size_t offset; } layout;

enum { LONGEST = 3000, SPAN = LONGEST * 40 + 128 };
static _Alignas(64) char memory[3][SPAN], before[SPAN];

static char *place(char *p, layout at, size_t n) { return p + at.offset + (at.step < 0 ? (size_t)-at.step * (n - 1) : 0); }

static double get(const char *p, fa_dtype type) {
  float f;
  double d;
  if (type == FA_F32) return memcpy(&f, p, 4), f;
  return memcpy(&d, p, 8), d;
}

static void try(fa_dtype type, layout a, layout b, layout y, size_t n, int in_place) {
  const ptrdiff_t size = type == FA_F32 ? 4 : 8;
  const layout at[3] = {a, b, in_place ? a : y};
  char *args[3];
  ptrdiff_t steps[3];
  static double inputs[2][LONGEST];
  for (int i = 0; i < 3; i++) {
    args[i] = place(memory[i == 2 && in_place ? 0 : i], at[i], n);
    steps[i] = at[i].step;
  }
  uint64_t state = n;
  memset(memory, 0x77, sizeof memory);
  for (int j = 0; j < 2; j++)
    for (size_t i = 0; i < n; i++) {
      double d = (double)(draw(&state) % 100000);
      float f = (float)d;
      memcpy(args[j] + (ptrdiff_t)i * steps[j], type == FA_F32 ? (void *)&f : (void *)&d, (size_t)size);
    }
  for (int j = 0; j < 2; j++)
    for (size_t i = 0; i < n; i++) inputs[j][i] = get(args[j] + (ptrdiff_t)i * steps[j], type);
  char *target = memory[in_place ? 0 : 2];
  memcpy(before, target, SPAN);
  fa_map(kernels[type], type, 3, args, steps, n);
  size_t wrong = 0, strays = 0;
  for (size_t i = 0; i < n; i++) {
    char *here = args[2] + (ptrdiff_t)i * steps[2];
    wrong += get(here, type) != 3 * inputs[0][i] - inputs[1][i];
    memset(here, 0, (size_t)size);
    memset(before + (here - target), 0, (size_t)size);
  }
  for (size_t i = 0; i < SPAN; i++) strays += before[i] != target[i];
  CHECK(!wrong && !strays, "fa_map float%td, steps %td %td %td, n %zu: %zu wrong, %zu bytes outside written", 8 * size, steps[0], steps[1], steps[2], n, wrong, strays);
}

static void test_map(void) {
  static const size_t lengths[] = {1, 2, 3, 17, 1023, 1024, 1025, 2048, 3000};
  for (int type = 0; type < FA_DTYPES; type++) {
    const ptrdiff_t size = type == FA_F32 ? 4 : 8;
    const layout layouts[] = {{size, 0}, {size, 1}, {0, 0}, {2 * size, 0}, {-size, 0}, {-3 * size, 0}, {size + 1, 3}, {-size - 3, 0}, {5 * size, (size_t)size}};
    enum { LAYOUTS = sizeof layouts / sizeof *layouts };
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
      for (int a = 0; a < LAYOUTS; a++)
        for (int b = 0; b < LAYOUTS; b++) {
          for (int y = 0; y < LAYOUTS; y += 1)
            if (layouts[y].step) try((fa_dtype)type, layouts[a], layouts[b], layouts[y], lengths[l], 0);
          if (layouts[a].step) try((fa_dtype)type, layouts[a], layouts[b], layouts[a], lengths[l], 1);
        }
  }
  char *none[3] = {memory[0], memory[1], memory[2]};
  fa_map(f32_kernel, FA_F32, 3, none, (ptrdiff_t[]){4, 8, 4}, 0);
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
      for (int type = 0; type < FA_DTYPES; type++) CHECK(table->map[op][type], "%s has no %s", names[i], fa_op_name((fa_op)op));
  }
  CHECK(!fa_select("sse9", &why) && why, "an unknown name");
  CHECK(fa_select("portable", NULL), "portable, no reason asked for");
  for (int op = 0; op < FA_OPS; op++) CHECK(fa_op_name((fa_op)op) && fa_op_inputs((fa_op)op) > 0, "op %d", op);
}

int main(void) {
  test_map();
  test_select();
  printf(failures ? "%d failures\n" : "fa_map, fa_select: passed\n", failures);
  return failures != 0;
}
