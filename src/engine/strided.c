/* Map kernels on nests of loops: in whichever order and pieces memory is read and written fastest. */
#include "engine/layout.h"
#include "engine/map.h"
#include "engine/walk.h"

#include <stdint.h>

/* Several rows at a time: what is not linear goes through blocks of elements as they are stored. Those stored in 16
 * bits have their float32 values before them. */
static void map_short_rows(const fa_loop *loop, const fa_strided *nest, int stream, size_t row, size_t rows) {
  const fa_kernels *table = loop->table;
  const fa_movers *move = &fa_moving[loop->dtype];
  const int inputs = loop->inputs, arguments = inputs + loop->outputs, stored = loop->dtype >= FA_F16,
            half = loop->dtype - FA_F16;
  const size_t n = nest->shape[nest->dimensions - 1], most = FA_MAP_BLOCK / n;
  double block[FA_MAX_ARGUMENTS][FA_MAP_BLOCK];
  char *raw[FA_MAX_ARGUMENTS], *part[FA_MAX_ARGUMENTS], *place[FA_MAX_ARGUMENTS];
  int gathered[FA_MAX_ARGUMENTS], scattered[FA_MAX_ARGUMENTS];
  fa_lie lies[FA_MAX_ARGUMENTS];
  fa_walk in, out;
  for (int a = 0; a < arguments; a++) {
    raw[a] = (char *)block[a] + (stored ? FA_MAP_BLOCK * sizeof(float) : 0);
    lies[a] = fa_lies_in(nest, a, move->size);
    gathered[a] = a < inputs && lies[a] != FA_LIES_LINEAR;
    scattered[a] = a >= inputs && lies[a] != FA_LIES_LINEAR;
  }
  fa_walk_to(&in, nest, arguments, row);
  fa_walk_to(&out, nest, arguments, row);
  for (size_t start = row, end = row + rows, k; start < end; start += k) {
    k = end - start < most ? end - start : most;
    fa_move_rows(&in, move->gather, gathered, raw, move->size, k);
    for (int a = 0; a < arguments; a++) {
      const int is_filled = lies[a] == FA_LIES_REPEATED && start > row; /* the first block is the longest */
      place[a] = lies[a] == FA_LIES_LINEAR && !(stream && a >= inputs)
                     ? nest->args[a] + (ptrdiff_t)(start * n) * move->size
                     : raw[a];
      part[a] = stored ? (char *)block[a] : place[a];
      if (stored && a < inputs && !is_filled) table->widen[half](place[a], (float *)block[a], k * n);
      if (lies[a] == FA_LIES_REPEATED) gathered[a] = 0;
    }
    loop->kernel(part, 0, k * n);
    for (int a = inputs; stored && a < arguments; a++) table->narrow[half]((float *)block[a], place[a], k * n);
    for (int a = inputs; stream && a < arguments; a++)
      if (lies[a] == FA_LIES_LINEAR)
        table->stream(raw[a], nest->args[a] + (ptrdiff_t)(start * n) * move->size, k * n * (size_t)move->size);
    fa_move_rows(&out, move->scatter, scattered, raw, move->size, k);
  }
}

enum { TILE = 32, TILED = 256, FETCHED = 256 };

/* Whether an argument that strides through memory in the last dimension has its neighbours along the last but one. */
static int is_crossing(const fa_strided *nest, int arguments) {
  const int last = nest->dimensions - 1;
  if (!last || nest->shape[last] < TILED) return 0;
  for (int a = 0; a < arguments; a++) {
    const ptrdiff_t step = nest->steps[a][last], row_step = nest->steps[a][last - 1];
    if (step >= FA_CACHE_LINE && row_step <= FA_CACHE_LINE / 4 && fa_is_crossed(step, row_step, nest->shape[last - 1]))
      return 1;
  }
  return 0;
}

/* In squares of TILE rows and columns, so that each line of an argument that crosses the others is fetched once or
 * twice (ns/element of (2048, 2048) float32, Zen 4: relu(x.T, out=) 15 without and 4 with, relu(x, out=y.T) 15 and 3.5,
 * swiglu(x, x.T) 17 and 7). Shorter rows than TILED stay in the caches from one to the next. */
static void map_tiles(const fa_loop *loop, const fa_strided *nest, size_t row, size_t rows) {
  const int last = nest->dimensions - 1, arguments = loop->inputs + loop->outputs;
  fa_strided tile;
  fa_walk w;
  tile.dimensions = 2;
  for (int a = 0; a < arguments; a++)
    tile.steps[a][0] = nest->steps[a][last - 1], tile.steps[a][1] = nest->steps[a][last];
  fa_walk_to(&w, nest, arguments, row);
  for (size_t k; rows; rows -= k) {
    k = nest->shape[last - 1] - w.index[last - 1];
    if (k > TILE) k = TILE;
    if (k > rows) k = rows;
    for (size_t column = 0; column < nest->shape[last]; column += TILE) {
      const size_t left = nest->shape[last] - column;
      tile.shape[0] = k, tile.shape[1] = left < TILE ? left : TILE;
      for (int a = 0; a < arguments; a++) tile.args[a] = w.row[a] + (ptrdiff_t)column * tile.steps[a][1];
      map_short_rows(loop, &tile, 0, 0, k);
    }
    fa_walk_on(&w, k);
  }
}

/* Whether an argument leaves gaps between its rows, at which the hardware stops to fetch ahead. */
static int leaves_gaps(const fa_strided *nest, int a, ptrdiff_t size) {
  const int last = nest->dimensions - 1;
  return last && nest->steps[a][last] == size && nest->steps[a][last - 1] != (ptrdiff_t)nest->shape[last] * size;
}

void fa_map_strided(const fa_loop *loop, const fa_strided *nest, int stream, size_t start, size_t n) {
  const int last = nest->dimensions - 1, inputs = loop->inputs, arguments = inputs + loop->outputs;
  const size_t length = nest->shape[last];
  if (!n) return;
  if (start % length == 0 && n % length == 0 && is_crossing(nest, arguments)) {
    map_tiles(loop, nest, start / length, n / length);
    return;
  }
  fa_walk w;
  char *args[FA_MAX_ARGUMENTS];
  ptrdiff_t steps[FA_MAX_ARGUMENTS];
  const ptrdiff_t size = fa_moving[loop->dtype].size;
  int gaps[FA_MAX_ARGUMENTS];
  size_t most = length;
  for (int a = 0; a < arguments; a++) {
    steps[a] = nest->steps[a][last];
    if ((gaps[a] = a < inputs && leaves_gaps(nest, a, size))) most = FETCHED;
  }
  fa_walk_to(&w, nest, arguments, start / length);
  for (size_t at = start % length, k; n; start += k, n -= k) {
    if (last && length < FA_LONG && !at && n >= length) {
      const size_t rows = n / length;
      k = rows * length;
      map_short_rows(loop, nest, stream, start / length, rows);
      if (n > k) fa_walk_to(&w, nest, arguments, start / length + rows);
      continue;
    }
    k = length - at < n ? length - at : n;
    if (k > most) k = most;
    for (int a = 0; a < arguments; a++) {
      args[a] = w.row[a] + (ptrdiff_t)at * steps[a];
      if (gaps[a]) fa_fetch(args[a] + nest->steps[a][last - 1], (ptrdiff_t)k * size);
    }
    fa_map(loop, args, steps, k, stream);
    at += k;
    if (at == length) {
      at = 0;
      if (n > k) fa_walk_on(&w, 1);
    }
  }
  if (stream) loop->table->fence();
}

int fa_strided_streams(const fa_loop *loop, const fa_strided *nest, size_t cache) {
  const int inputs = loop->inputs, arguments = inputs + loop->outputs;
  size_t bytes = 0;
  for (int a = 0; a < arguments; a++) {
    size_t own = (size_t)fa_moving[loop->dtype].size;
    for (int d = 0; d < nest->dimensions; d++)
      if (nest->steps[a][d]) own *= nest->shape[d];
    bytes += own;
    for (int b = inputs; a < inputs && b < arguments; b++)
      if (nest->args[a] == nest->args[b]) return 0;
  }
  return bytes > cache;
}

size_t fa_strided_chunk(const fa_strided *nest, int arguments, size_t most) {
  const size_t length = nest->shape[nest->dimensions - 1];
  if (is_crossing(nest, arguments)) return TILE * length;
  return length && length < most ? most / length * length : most;
}
