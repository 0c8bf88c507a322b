/* How much scratch the row kernels take: the one thing about them that their callers must know, for every instruction
 * set. */
#ifndef FASTACT_SCRATCH_H
#define FASTACT_SCRATCH_H
#include <math.h>
#include <stddef.h>

#include "fastact/kernels.h"

/* The elements that a lane's partial sums run over; part of the definition of the result. */
enum { FA_RUN = 256 };

/* A tile of columns that is copied together stays within this many bytes: most of a common second-level cache, so that
 * columns of 1024 float32 still come 128 at a time (0.47 ns/element, with 64 0.53). */
#define FA_TILE_BYTES ((size_t)640 << 10)
/* A tile is at most this many bytes wide: long enough for the hardware to fetch ahead, short enough for what finishes
 * its columns to stay in the first-level cache. */
#define FA_TILE_WIDEST ((size_t)2048)
/* Rows of a tile lie a line further apart than they are wide, lest they fall into the same cache sets. */
#define FA_TILE_PITCH(width) ((width) + 64)

/* How many bytes wide a tile of columns of n elements is: a power of two, 64 at least, or 0 where not even 64 fit. */
static inline size_t fa_tile_width(size_t n) {
  size_t width = FA_TILE_WIDEST;
  while (width >= 64 && n * FA_TILE_PITCH(width) > FA_TILE_BYTES) width /= 2;
  return width >= 64 ? width : 0;
}

/* The longest columns of which a tile holds 64 bytes. */
static inline size_t fa_tile_most(void) { return FA_TILE_BYTES / FA_TILE_PITCH(64); }

/* Two rows or more of at most this many bytes are pipelined: their weights wait in scratch. */
enum { FA_PIPELINE_BYTES = 4096 };

/* FA_SHORT_LEAST or more rows of at most this many bytes go in batches of groups of 16, turned into columns; somewhat
 * longer ones, to FA_BATCHED_BYTES, a vector of rows together. ns/element turned and together, float32, Zen 4, in the
 * second-level cache and beyond it: softmax n = 16 0.57, 0.60 and 1.13, 0.64; 24 0.54, 0.50 and 1.16, 0.52; 33 0.55,
 * 0.50 and 1.16, 0.54; 64 0.53, 0.30; log_softmax n = 24 0.63, 0.69 and 1.29, 0.74; 33 0.64, 0.65 and 1.26, 0.74; 64
 * 0.54, 0.39 and 1.11, 0.55. logsumexp, which writes next to nothing: n = 33 0.48, 0.58 and 0.52, 0.58; 48 0.44, 0.38.
 * softmax_grad, which turns two arrays: n = 8 1.25, 1.13 and 2.08, 1.15; 16 0.92, 0.54 and 1.80, 0.59. Losses are never
 * together, and wait for a logarithm row by row. */
enum {
  FA_SHORT_SOFTMAX_BYTES = 80,
  FA_SHORT_LOGSUMEXP_BYTES = 160,
  FA_SHORT_GRADIENT_BYTES = 32,
  FA_SHORT_BYTES = 256,
  FA_SHORT_LEAST = 4
};

/* Four vectors (row by row and together: softmax float32 n = 64 0.41 and 0.30, softmax_grad n = 33 0.71 and 0.41). Up
 * to eight are 1.1 to 1.4 times as fast together too, for twice the code. */
enum { FA_BATCHED_BYTES = 256 };

/* Rows of a gradient of at most the first number are taken together, as many as have the second (ns/element of
 * softmax_grad float32, Zen 4, with 0, 8, 12, 16 and 24 KB: n = 100 0.30, 0.22, 0.20, 0.20, 0.20; 333 0.22, 0.19, 0.19,
 * 0.19, 0.20; 500 0.18, 0.17, 0.17, 0.17, 0.18, and beyond the second-level cache 0.19, 0.20, 0.21, 0.22, 0.24). */
enum { FA_GRADIENT_BATCHED_BYTES = 1536, FA_GRADIENT_BATCH_BYTES = 6144 };
/* Rows of more bytes whose output goes past the caches do so from scratch, in blocks of as many (ns/element of
 * log_softmax float32, rows of 50257, stored and with 4, 8 and 16 KB: 0.58, 0.54, 0.52, 0.51). */
enum { FA_STREAM_BYTES = 8192 };

/* Two rows or more of logarithms of at most this many bytes, one block, are pipelined; those that share a logarithm
 * stay within the second number, so that their second reading finds them near (ns/element of log_softmax float32, Zen
 * 4, with 4, 8 and 16 KB: n = 256 0.36, 0.34 and 0.34, 1000 0.28, 0.27 and 0.27; 49152 rows of 512 0.42, 0.42 and
 * 0.48). Where the arrays exceed the last level, log_softmax's rows are pipelined up to the third number, and longer
 * ones take their passes one after the other (pipelined and so: n = 200 0.52 and 0.54, 333 0.45 and 0.42, 512 0.44 and
 * 0.36, 1000 0.49 and 0.41). */
enum { FA_LOG_PIPELINE_BYTES = 16384, FA_LOG_BATCH_BYTES = 8192, FA_LOG_PIPELINE_FAR_BYTES = 1024 };

/* How many rows a batch has: within 8 KB and 256 rows. */
static inline size_t fa_short_batch(size_t itemsize, size_t n) {
  size_t groups = 8192 / (16 * n * itemsize);
  return 16 * (groups < 1 ? 1 : groups > 16 ? 16 : groups);
}

/* For rows: a batch's tile and two copies of it, two rows of the pipeline (or a block of a long row), or the weights of
 * two batches of rows together; and the vectors that finish each row. */
static inline size_t fa_rows_scratch(size_t itemsize, size_t n) {
  size_t batch =
      n && n * itemsize <= FA_SHORT_BYTES ? 3 * n * FA_TILE_PITCH(fa_short_batch(itemsize, n) * itemsize) : 0;
  size_t pipeline = 2 * (FA_PIPELINE_BYTES + 64), batched = 2 * (64 / itemsize) * FA_BATCHED_BYTES;
  size_t rows = pipeline > batched ? pipeline : batched;
  return (batch > rows ? batch : rows) + 3 * FA_TILE_WIDEST + 128;
}

/* For columns: a tile, and the vectors that finish each column. */
static inline size_t fa_columns_scratch(size_t n) {
  size_t width = fa_tile_width(n), tile = width ? n * FA_TILE_PITCH(width) : 0;
  return tile + 3 * FA_TILE_WIDEST + 128;
}
/* For a gradient: one of its two halves, for dy and for y. */
static inline size_t fa_gradient_scratch(size_t itemsize, size_t n, int columns) {
  size_t width = fa_tile_width(2 * n), tile = width ? n * FA_TILE_PITCH(width) : 0;
  return columns ? tile + 3 * FA_TILE_WIDEST + 128 : (fa_rows_scratch(itemsize, n) + 63) / 64 * 64;
}

/* What the search for a row's k largest elements takes: a list of candidates with room for more than twice as many, so
 * that it is cut down seldom, and the maxima of its groups. Groups have sqrt(n / k) elements a lane: as many groups as
 * elements that may be left to search. Where they would have fewer than FA_LEAST_GROUP, none are made. */
enum { FA_LEAST_GROUP = 4, FA_LIST_VECTOR = 16 };
static inline size_t fa_list_room(size_t k) { return (2 * k + 255 + FA_LIST_VECTOR) / FA_LIST_VECTOR * FA_LIST_VECTOR; }
static inline size_t fa_group_size(size_t n, size_t k) { return (size_t)sqrt((double)n / (double)k); }
static inline size_t fa_largest_scratch(size_t itemsize, size_t n, size_t k) {
  const size_t list = fa_list_room(k) + FA_LIST_VECTOR, size = fa_group_size(n, k);
  const size_t groups = size < FA_LEAST_GROUP ? 0 : n / size + 2 * FA_LIST_VECTOR;
  return 2 * list * (itemsize + sizeof(ptrdiff_t)) + groups * itemsize;
}

/* For sums over probabilities: tiles of short rows and of what stands beside them, or the weights of the rows of a
 * divergence and of the other distribution's. As many such rows as share a logarithm stay in the second-level cache. */
enum { FA_DIVERGENCES = 8, FA_DIVERGENCE_SHORT = 2048 };
static inline int fa_information_is_short(size_t itemsize, size_t n) { return n * itemsize <= FA_SHORT_SOFTMAX_BYTES; }
static inline size_t fa_divergence_batch(size_t n) { return n <= FA_DIVERGENCE_SHORT ? FA_DIVERGENCES : 1; }
static inline size_t fa_divergence_pitch(size_t n) { return (n + 15) / 16 * 16; }
static inline size_t fa_information_half(size_t itemsize, size_t n) {
  const size_t tiles = (fa_rows_scratch(itemsize, n) + 63) / 64 * 64;
  const size_t weights = fa_divergence_batch(n) * fa_divergence_pitch(n) * itemsize;
  return fa_information_is_short(itemsize, n) ? tiles : weights;
}

/* For averages of vectors: a sum and its rest of each number, the weights of runs of rows that read vectors together.
 */
enum { FA_AVERAGED_TOGETHER = 4 };
static inline size_t fa_averages_size(size_t itemsize) {
  return FA_AVERAGED_ROWS * 2 * FA_AVERAGED_COLUMNS * sizeof(double) + FA_AVERAGED_TOGETHER * FA_RUN * itemsize;
}

/* Rows in 16 bits are widened as many at a time as have this many elements, which stay in the first-level cache; longer
 * ones block by block (ns/element of float16 softmax of 1000 rows of 1000, Zen 4, with 4096, 8192 and 16384 elements:
 * 0.29, 0.34, 0.35). */
enum { FA_WIDENED = 4096 };

/* For rows in 16 bits: their elements, and as many of what a gradient reads besides or of logsumexp's results. */
static inline size_t fa_widened_scratch(void) { return 2 * FA_WIDENED * sizeof(float); }
#endif
