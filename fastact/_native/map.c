/* Map kernels on any strides, and on elements stored in 16 bits. */
#include <stdint.h>
#include <string.h>

#include "fastact/fastact.h"

enum { BLOCK = 1024 };

/* memcpy of a constant size is one unaligned load or store. */
#define FA_COPIES(word) \
  static void gather_##word(char *to, const char *from, ptrdiff_t step, size_t n) { \
    for (size_t i = 0; i < n; i++, to += sizeof(word), from += step) memcpy(to, from, sizeof(word)); \
  } \
  static void scatter_##word(char *to, const char *from, ptrdiff_t step, size_t n) { \
    for (size_t i = 0; i < n; i++, to += step, from += sizeof(word)) memcpy(to, from, sizeof(word)); \
  }
FA_COPIES(uint16_t)
FA_COPIES(uint32_t)
FA_COPIES(uint64_t)

typedef void (*copy)(char *to, const char *from, ptrdiff_t step, size_t n);

/* How elements of one type are moved. */
typedef struct {
  ptrdiff_t size;
  copy gather, scatter;
} movers;
static const movers moving[FA_STORED] = {
  [FA_F32] = {4, gather_uint32_t, scatter_uint32_t},
  [FA_F64] = {8, gather_uint64_t, scatter_uint64_t},
  [FA_F16] = {2, gather_uint16_t, scatter_uint16_t},
  [FA_BF16] = {2, gather_uint16_t, scatter_uint16_t},
};

static int lies_directly(const char *arg, ptrdiff_t step, size_t n, ptrdiff_t size) {
  return (step == size || n == 1) && (uintptr_t)arg % (uintptr_t)size == 0;
}

/* In place, a block is read whole before any of it is written. A repeated element (step 0) fills its block once. */
void fa_map(fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs, char *const *args, const ptrdiff_t *steps, size_t n) {
  const movers *move = &moving[dtype];
  const int arguments = inputs + outputs;
  int direct[FA_MAX_ARGUMENTS], all_direct = 1;
  for (int a = 0; a < arguments; a++) all_direct &= direct[a] = lies_directly(args[a], steps[a], n, move->size);
  if (all_direct) {
    kernel(args, n);
    return;
  }

  double block[FA_MAX_ARGUMENTS][BLOCK];
  char *part[FA_MAX_ARGUMENTS];
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t k = n - start < BLOCK ? n - start : BLOCK;
    for (int a = 0; a < arguments; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      part[a] = direct[a] ? here : (char *)block[a];
      if (a < inputs && !direct[a] && (steps[a] || !start)) move->gather(part[a], here, steps[a], k);
    }
    kernel(part, k);
    for (int a = inputs; a < arguments; a++)
      if (!direct[a]) move->scatter(args[a] + (ptrdiff_t)start * steps[a], part[a], steps[a], k);
  }
}

void fa_map_stored(const fa_kernels *table, fa_map_kernel kernel, fa_dtype stored, int inputs, int outputs,
                   char *const *args, const ptrdiff_t *steps, size_t n) {
  const movers *move = &moving[stored];
  const int arguments = inputs + outputs;
  float block[FA_MAX_ARGUMENTS][BLOCK];
  uint16_t packed[BLOCK];
  char *part[FA_MAX_ARGUMENTS];
  for (int a = 0; a < arguments; a++) part[a] = (char *)block[a];
  for (size_t start = 0; start < n; start += BLOCK) {
    size_t k = n - start < BLOCK ? n - start : BLOCK;
    for (int a = 0; a < inputs; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      int direct = lies_directly(here, steps[a], k, move->size);
      if (!steps[a] && start) continue;
      if (!direct) move->gather((char *)packed, here, steps[a], k);
      table->widen[stored - FA_F16](direct ? here : (char *)packed, block[a], k);
    }
    kernel(part, k);
    for (int a = inputs; a < arguments; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      int direct = lies_directly(here, steps[a], k, move->size);
      table->narrow[stored - FA_F16](block[a], direct ? here : (char *)packed, k);
      if (!direct) move->scatter(here, (char *)packed, steps[a], k);
    }
  }
}
