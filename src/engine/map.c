/* Map kernels on any strides and on elements stored in 16 bits. */
#include "engine/map.h"

#include <stdint.h>
#include <string.h>

/* Rows of n elements, packed on one side. memcpy of a constant size is one unaligned load or store. */
#define FA_COPIES(word) \
  static void gather_##word(char *to, char *from, ptrdiff_t step, size_t n, ptrdiff_t row_step, size_t rows) { \
    if (fa_is_crossed(step, row_step, rows)) { \
      for (size_t i = 0; i < n; i++) { \
        fa_fetch(from + (ptrdiff_t)(n + i) * step, (ptrdiff_t)rows * row_step); /* of the next tile */ \
        for (size_t r = 0; r < rows; r++) \
          memcpy(to + (r * n + i) * sizeof(word), from + (ptrdiff_t)i * step + (ptrdiff_t)r * row_step, sizeof(word)); \
      } \
      return; \
    } \
    for (; rows; rows--, from += row_step) { \
      const char *here = from; \
      if (step == sizeof(word)) memcpy(to, from, n * sizeof(word)), to += n * sizeof(word); \
      else if (!step) { \
        word repeated; \
        memcpy(&repeated, from, sizeof(word)); \
        for (size_t i = 0; i < n; i++, to += sizeof(word)) memcpy(to, &repeated, sizeof(word)); \
      } else \
        for (size_t i = 0; i < n; i++, to += sizeof(word), here += step) memcpy(to, here, sizeof(word)); \
    } \
  } \
  static void scatter_##word(char *from, char *to, ptrdiff_t step, size_t n, ptrdiff_t row_step, size_t rows) { \
    if (fa_is_crossed(step, row_step, rows)) { \
      for (size_t i = 0; i < n; i++) \
        for (size_t r = 0; r < rows; r++) \
          memcpy(to + (ptrdiff_t)i * step + (ptrdiff_t)r * row_step, from + (r * n + i) * sizeof(word), sizeof(word)); \
      return; \
    } \
    for (; rows; rows--, to += row_step) { \
      char *here = to; \
      if (step == sizeof(word)) memcpy(to, from, n * sizeof(word)), from += n * sizeof(word); \
      else \
        for (size_t i = 0; i < n; i++, here += step, from += sizeof(word)) memcpy(here, from, sizeof(word)); \
    } \
  }
FA_COPIES(uint8_t)
FA_COPIES(uint16_t)
FA_COPIES(uint32_t)
FA_COPIES(uint64_t)

const fa_movers fa_moving[FA_STORED_DTYPES] = {
    [FA_F32] = {4, gather_uint32_t, scatter_uint32_t}, [FA_F64] = {8, gather_uint64_t, scatter_uint64_t},
    [FA_F16] = {2, gather_uint16_t, scatter_uint16_t}, [FA_BF16] = {2, gather_uint16_t, scatter_uint16_t},
    [FA_I8] = {1, gather_uint8_t, scatter_uint8_t},    [FA_U8] = {1, gather_uint8_t, scatter_uint8_t},
};

/* How many elements the next block takes: all but the first start on a cache line of the first output where that is
 * streamed. */
static size_t block_of(const char *place, ptrdiff_t size, int stream, size_t left) {
  const size_t most = stream ? FA_MAP_BLOCK - (uintptr_t)place % FA_CACHE_LINE / (uintptr_t)size : FA_MAP_BLOCK;
  return left < most ? left : most;
}

/* A block of an output to its place: past the caches, or as its strides have it. */
static void put(const fa_kernels *table, const fa_movers *move, char *block, char *place, ptrdiff_t step, size_t n,
                int stream) {
  if (stream) table->stream(block, place, n * (size_t)move->size);
  else move->scatter(block, place, step, n, 0, 1);
}

/* In place, a block is read whole before any of it is written. With `stream`,
 * outputs go past the caches, a block at a time: beyond the caches that is faster than streaming from the kernel
 * itself, since reads and writes alternate less often (relu, ns/element of 16 M float32 on Zen 4, stored 0.25, streamed
 * by the kernel 0.20, in blocks of 1024 0.16, of 4096 0.27). The caller fences. */
void fa_map_values(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n, int stream) {
  const fa_movers *move = &fa_moving[loop->dtype];
  const int inputs = loop->inputs, arguments = inputs + loop->outputs;
  int direct[FA_MAX_ARGUMENTS], past[FA_MAX_ARGUMENTS] = {0}, all_direct = 1;
  _Alignas(64) char same[FA_MAX_INPUTS][FA_REPEATED];
  char *part[FA_MAX_ARGUMENTS];
  unsigned repeated = 0;
  for (int a = 0; a < arguments; a++) {
    part[a] = args[a];
    direct[a] = fa_lies_directly(args[a], steps[a], n, move->size);
    if (!direct[a] && a < inputs && !steps[a]) {
      repeated |= 1u << a, direct[a] = 1, part[a] = same[a];
      move->gather(same[a], args[a], 0, FA_REPEATED / (size_t)move->size, 0, 1);
    }
    if (stream && a >= inputs) past[a] = direct[a], direct[a] = 0;
    all_direct &= direct[a];
  }
  if (all_direct) {
    loop->kernel(part, repeated, n);
    return;
  }

  _Alignas(64) double block[FA_MAX_ARGUMENTS][FA_MAP_BLOCK];
  for (size_t start = 0, k; start < n; start += k) {
    k = block_of(args[inputs] + (ptrdiff_t)start * steps[inputs], move->size, past[inputs], n - start);
    for (int a = 0; a < arguments; a++) {
      if (repeated >> a & 1) continue;
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      part[a] = direct[a] ? here : (char *)block[a];
      if (a < inputs && !direct[a]) move->gather(part[a], here, steps[a], k, 0, 1);
    }
    loop->kernel(part, repeated, k);
    for (int a = inputs; a < arguments; a++)
      if (!direct[a]) put(loop->table, move, part[a], args[a] + (ptrdiff_t)start * steps[a], steps[a], k, past[a]);
  }
}

void fa_map_halves(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n, int stream) {
  const fa_kernels *table = loop->table;
  const fa_movers *move = &fa_moving[loop->dtype];
  const int inputs = loop->inputs, arguments = inputs + loop->outputs, half = loop->dtype - FA_F16;
  float block[FA_MAX_ARGUMENTS][FA_MAP_BLOCK];
  _Alignas(64) uint16_t packed[FA_MAP_BLOCK];
  char *part[FA_MAX_ARGUMENTS];
  unsigned repeated = 0;
  for (int a = 0; a < arguments; a++) {
    part[a] = (char *)block[a];
    if (a < inputs && !steps[a]) repeated |= 1u << a;
  }
  for (size_t start = 0, k; start < n; start += k) {
    k = block_of(args[inputs] + (ptrdiff_t)start * steps[inputs], move->size, stream, n - start);
    for (int a = 0; a < inputs; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      const size_t filled = steps[a] ? k : FA_REPEATED / sizeof(float);
      const int direct = steps[a] && fa_lies_directly(here, steps[a], k, move->size);
      if (!steps[a] && start) continue;
      if (!direct) move->gather((char *)packed, here, steps[a], filled, 0, 1);
      table->widen[half](direct ? here : (char *)packed, block[a], filled);
    }
    loop->kernel(part, repeated, k);
    for (int a = inputs; a < arguments; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      const int direct = fa_lies_directly(here, steps[a], k, move->size), past = direct && stream;
      table->narrow[half](block[a], direct && !past ? here : (char *)packed, k);
      if (!direct || past) put(table, move, (char *)packed, here, steps[a], k, past);
    }
  }
}
