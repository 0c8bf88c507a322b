/* Map kernels on any strides, in any number of dimensions, and on elements stored in 16 bits. */
#include <stdint.h>
#include <string.h>

#include "fastact/fastact.h"

enum { BLOCK = 1024 };

/* Rows of n elements, packed on one side. memcpy of a constant size is one unaligned load or store. */
#define FA_COPIES(word) \
  static void gather_##word(char *to, char *from, ptrdiff_t step, size_t n, ptrdiff_t row_step, size_t rows) { \
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
    for (; rows; rows--, to += row_step) { \
      char *here = to; \
      if (step == sizeof(word)) memcpy(to, from, n * sizeof(word)), from += n * sizeof(word); \
      else \
        for (size_t i = 0; i < n; i++, here += step, from += sizeof(word)) memcpy(here, from, sizeof(word)); \
    } \
  }
FA_COPIES(uint16_t)
FA_COPIES(uint32_t)
FA_COPIES(uint64_t)

typedef void (*copy)(char *packed, char *place, ptrdiff_t step, size_t n, ptrdiff_t row_step, size_t rows);

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
  /* sizes are powers of two: a division takes 20 cycles */
  return (step == size || n == 1) && !((uintptr_t)arg & (uintptr_t)(size - 1));
}

/* How many elements the next block takes: all but the first start on a cache line of the first output where that is streamed. */
static size_t block_of(const char *place, ptrdiff_t size, int stream, size_t left) {
  const size_t most = stream ? BLOCK - (uintptr_t)place % 64 / (uintptr_t)size : BLOCK;
  return left < most ? left : most;
}

/* A block of an output to its place: past the caches, or as its strides have it. */
static void put(const fa_kernels *table, const movers *move, char *block, char *place, ptrdiff_t step, size_t n, int stream) {
  if (stream) table->stream(block, place, n * (size_t)move->size);
  else move->scatter(block, place, step, n, 0, 1);
}

/* In place, a block is read whole before any of it is written. A repeated element (step 0) fills its block once. With `stream`,
 * outputs go past the caches, a block at a time: beyond the caches that is faster than streaming from the kernel itself, since reads
 * and writes alternate less often (relu, ns/element of 16 M float32 on Zen 4, stored 0.25, streamed by the kernel 0.20, in blocks of
 * 1024 0.16, of 4096 0.27). The caller fences. */
static void map_values(const fa_kernels *table, fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs, char *const *args,
                       const ptrdiff_t *steps, size_t n, int stream) {
  const movers *move = &moving[dtype];
  const int arguments = inputs + outputs;
  int direct[FA_MAX_ARGUMENTS], past[FA_MAX_ARGUMENTS] = {0}, all_direct = 1;
  for (int a = 0; a < arguments; a++) {
    direct[a] = lies_directly(args[a], steps[a], n, move->size);
    if (stream && a >= inputs) past[a] = direct[a], direct[a] = 0;
    all_direct &= direct[a];
  }
  if (all_direct) {
    kernel(args, n);
    return;
  }

  const size_t longest = n < BLOCK ? n : BLOCK;
  _Alignas(64) double block[FA_MAX_ARGUMENTS][BLOCK];
  char *part[FA_MAX_ARGUMENTS];
  for (size_t start = 0, k; start < n; start += k) {
    k = block_of(args[inputs] + (ptrdiff_t)start * steps[inputs], move->size, past[inputs], n - start);
    for (int a = 0; a < arguments; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      part[a] = direct[a] ? here : (char *)block[a];
      if (a < inputs && !direct[a] && (steps[a] || !start)) move->gather(part[a], here, steps[a], steps[a] ? k : longest, 0, 1);
    }
    kernel(part, k);
    for (int a = inputs; a < arguments; a++)
      if (!direct[a]) put(table, move, part[a], args[a] + (ptrdiff_t)start * steps[a], steps[a], k, past[a]);
  }
}

void fa_map(fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs, char *const *args, const ptrdiff_t *steps, size_t n) {
  map_values(NULL, kernel, dtype, inputs, outputs, args, steps, n, 0);
}

static void map_stored(const fa_kernels *table, fa_map_kernel kernel, fa_dtype stored, int inputs, int outputs, char *const *args,
                       const ptrdiff_t *steps, size_t n, int stream) {
  const movers *move = &moving[stored];
  const int arguments = inputs + outputs;
  float block[FA_MAX_ARGUMENTS][BLOCK];
  const size_t longest = n < BLOCK ? n : BLOCK;
  _Alignas(64) uint16_t packed[BLOCK];
  char *part[FA_MAX_ARGUMENTS];
  for (int a = 0; a < arguments; a++) part[a] = (char *)block[a];
  for (size_t start = 0, k; start < n; start += k) {
    k = block_of(args[inputs] + (ptrdiff_t)start * steps[inputs], move->size, stream, n - start);
    for (int a = 0; a < inputs; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      const size_t filled = steps[a] ? k : longest;
      int direct = lies_directly(here, steps[a], k, move->size);
      if (!steps[a] && start) continue;
      if (!direct) move->gather((char *)packed, here, steps[a], filled, 0, 1);
      table->widen[stored - FA_F16](direct ? here : (char *)packed, block[a], filled);
    }
    kernel(part, k);
    for (int a = inputs; a < arguments; a++) {
      char *here = args[a] + (ptrdiff_t)start * steps[a];
      const int direct = lies_directly(here, steps[a], k, move->size), past = direct && stream;
      table->narrow[stored - FA_F16](block[a], direct && !past ? here : (char *)packed, k);
      if (!direct || past) put(table, move, (char *)packed, here, steps[a], k, past);
    }
  }
}

void fa_map_stored(const fa_kernels *table, fa_map_kernel kernel, fa_dtype stored, int inputs, int outputs,
                   char *const *args, const ptrdiff_t *steps, size_t n) {
  map_stored(table, kernel, stored, inputs, outputs, args, steps, n, 0);
}

/* Rows shorter than this are packed into blocks: a call for each would cost more than the copy. */
enum { LONG = 128 };

/* The rows of a nest in turn: of each argument the address of the present one. */
typedef struct {
  const fa_nest *nest;
  int arguments;
  size_t index[FA_MAX_DIMENSIONS];
  char *row[FA_MAX_ARGUMENTS];
} walk;

static void walk_to(walk *w, const fa_nest *nest, int arguments, size_t row) {
  w->nest = nest, w->arguments = arguments;
  for (int a = 0; a < arguments; a++) w->row[a] = nest->args[a];
  for (int d = nest->dimensions - 2; d >= 0; d--) {
    w->index[d] = d ? row % nest->shape[d] : row;
    row /= nest->shape[d];
    for (int a = 0; a < arguments; a++) w->row[a] += (ptrdiff_t)w->index[d] * nest->steps[a][d];
  }
}

/* Over `rows` rows, no more than are left in the last dimension but one. */
static void walk_on(walk *w, size_t rows) {
  const fa_nest *nest = w->nest;
  int d = nest->dimensions - 2;
  if (d < 0) return;
  w->index[d] += rows;
  for (int a = 0; a < w->arguments; a++) w->row[a] += (ptrdiff_t)rows * nest->steps[a][d];
  for (; d > 0 && w->index[d] == nest->shape[d]; d--) {
    w->index[d] = 0;
    w->index[d - 1]++;
    for (int a = 0; a < w->arguments; a++) w->row[a] += nest->steps[a][d - 1] - (ptrdiff_t)nest->shape[d] * nest->steps[a][d];
  }
}

/* Moves what `which` names of the next rows between the blocks, in which they are packed, and their places. */
static void move_rows(walk *w, copy copy_rows, const int *which, char *const *blocks, ptrdiff_t size, size_t rows) {
  const fa_nest *nest = w->nest;
  const int last = nest->dimensions - 1;
  const size_t n = nest->shape[last];
  for (size_t done = 0, k; done < rows; done += k) {
    k = nest->shape[last - 1] - w->index[last - 1];
    if (k > rows - done) k = rows - done;
    for (int a = 0; a < w->arguments; a++)
      if (which[a])
        copy_rows(blocks[a] + (ptrdiff_t)(done * n) * size, w->row[a], nest->steps[a][last], n, nest->steps[a][last - 1], k);
    walk_on(w, k);
  }
}

/* How an argument lies in the whole nest: one element after the other, the same in every row, or neither. */
typedef enum { SCATTERED, LINEAR, REPEATED } lie;
static lie lies_in(const fa_nest *nest, int a, ptrdiff_t size) {
  const int last = nest->dimensions - 1;
  ptrdiff_t next = size;
  int linear = !((uintptr_t)nest->args[a] & (uintptr_t)(size - 1)), repeated = 1;
  for (int d = last; d >= 0; d--) {
    linear &= nest->steps[a][d] == next;
    repeated &= d == last || nest->steps[a][d] == 0;
    next *= (ptrdiff_t)nest->shape[d];
  }
  return linear ? LINEAR : repeated ? REPEATED : SCATTERED;
}

/* Several rows at a time: what is not linear goes through blocks of elements as they are stored. Those stored in 16 bits have
 * their float32 values before them. */
static void map_short_rows(const fa_kernels *table, fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs,
                           const fa_nest *nest, int stream, size_t row, size_t rows) {
  const movers *move = &moving[dtype];
  const int arguments = inputs + outputs, stored = dtype >= FA_F16;
  const size_t n = nest->shape[nest->dimensions - 1], most = BLOCK / n;
  double block[FA_MAX_ARGUMENTS][BLOCK];
  char *raw[FA_MAX_ARGUMENTS], *part[FA_MAX_ARGUMENTS], *place[FA_MAX_ARGUMENTS];
  int gathered[FA_MAX_ARGUMENTS], scattered[FA_MAX_ARGUMENTS];
  lie lies[FA_MAX_ARGUMENTS];
  walk in, out;
  for (int a = 0; a < arguments; a++) {
    raw[a] = (char *)block[a] + (stored ? BLOCK * sizeof(float) : 0);
    lies[a] = lies_in(nest, a, move->size);
    gathered[a] = a < inputs && lies[a] != LINEAR;
    scattered[a] = a >= inputs && lies[a] != LINEAR;
  }
  walk_to(&in, nest, arguments, row);
  walk_to(&out, nest, arguments, row);
  for (size_t start = row, end = row + rows, k; start < end; start += k) {
    k = end - start < most ? end - start : most;
    move_rows(&in, move->gather, gathered, raw, move->size, k);
    for (int a = 0; a < arguments; a++) {
      const int is_filled = lies[a] == REPEATED && start > row; /* the first block is the longest */
      place[a] = lies[a] == LINEAR && !(stream && a >= inputs) ? nest->args[a] + (ptrdiff_t)(start * n) * move->size : raw[a];
      part[a] = stored ? (char *)block[a] : place[a];
      if (stored && a < inputs && !is_filled) table->widen[dtype - FA_F16](place[a], (float *)block[a], k * n);
      if (lies[a] == REPEATED) gathered[a] = 0;
    }
    kernel(part, k * n);
    for (int a = inputs; stored && a < arguments; a++) table->narrow[dtype - FA_F16]((float *)block[a], place[a], k * n);
    for (int a = inputs; stream && a < arguments; a++)
      if (lies[a] == LINEAR) table->stream(raw[a], nest->args[a] + (ptrdiff_t)(start * n) * move->size, k * n * (size_t)move->size);
    move_rows(&out, move->scatter, scattered, raw, move->size, k);
  }
}

void fa_map_nest(const fa_kernels *table, fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs, const fa_nest *nest,
                 int stream, size_t start, size_t n) {
  const int last = nest->dimensions - 1, arguments = inputs + outputs;
  const size_t length = nest->shape[last];
  if (!n) return;
  walk w;
  char *args[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS];
  for (int a = 0; a < arguments; a++) steps[a] = nest->steps[a][last];
  walk_to(&w, nest, arguments, start / length);
  for (size_t at = start % length, k; n; start += k, n -= k, at = 0) {
    if (last && length < LONG && !at && n >= length) {
      const size_t rows = n / length;
      k = rows * length;
      map_short_rows(table, kernel, dtype, inputs, outputs, nest, stream, start / length, rows);
      if (n > k) walk_to(&w, nest, arguments, start / length + rows);
      continue;
    }
    k = length - at < n ? length - at : n;
    for (int a = 0; a < arguments; a++) args[a] = w.row[a] + (ptrdiff_t)at * steps[a];
    (dtype < FA_DTYPES ? map_values : map_stored)(table, kernel, dtype, inputs, outputs, args, steps, k, stream);
    if (n > k) walk_on(&w, 1);
  }
  if (stream) table->fence();
}

int fa_nest_streams(const fa_nest *nest, fa_dtype dtype, int inputs, int outputs, size_t cache) {
  size_t bytes = 0;
  for (int a = 0; a < inputs + outputs; a++) {
    size_t own = (size_t)moving[dtype].size;
    for (int d = 0; d < nest->dimensions; d++)
      if (nest->steps[a][d]) own *= nest->shape[d];
    bytes += own;
    for (int b = inputs; a < inputs && b < inputs + outputs; b++)
      if (nest->args[a] == nest->args[b]) return 0;
  }
  return bytes > cache;
}

size_t fa_nest_chunk(const fa_nest *nest, size_t most) {
  const size_t length = nest->shape[nest->dimensions - 1];
  return length && length < most ? most / length * length : most;
}
