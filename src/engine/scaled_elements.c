/* Elementwise operations of scale*x + bias: block by block the sum is made, rounded once, and taken by the kernel while
 * it is near. No array of sums is ever whole. */
#include "engine/cache.h"
#include "engine/parallel.h"
#include "engine/walk.h"

/* the operands of a nest; the operation's further ones follow, then the result */
enum { X, SCALE, BIAS, PARAMETERS };
/* bytes of a block of each argument, of which four fit into the first-level cache beside what they are made of; shares
 * are multiples of CHUNK elements; light operations, see elementwise.c */
enum { BLOCK_BYTES = 4096, CHUNK = 4096, LIGHTER = 4 };

typedef struct {
  const fa_loop *loop;
  const fa_strided *nest;
  fa_dtype of[FA_MAX_ARGUMENTS]; /* the types of all arguments */
  int out, stream, grouped;      /* the result's number; whether blocks are several rows */
  size_t n, most;                /* elements: all, and in a block */
} scaled_call;

typedef struct {
  const scaled_call *call;
  char *part[FA_MAX_ARGUMENTS]; /* the block's elements, as the kernels read them */
  unsigned repeated, kept;      /* arguments of which there is one element, and that are there already */
  double block[FA_MAX_ARGUMENTS][BLOCK_BYTES / sizeof(double)];
  uint16_t packed[BLOCK_BYTES / sizeof(float)]; /* elements of 16 and of 8 bits, as they are stored */
} scaled_block;

static fa_dtype computed_in(const scaled_call *call) { return call->loop->dtype == FA_F64 ? FA_F64 : FA_F32; }
static size_t real_size(const scaled_call *call) {
  return computed_in(call) == FA_F64 ? sizeof(double) : sizeof(float);
}

/* n packed elements of argument a, in their type, as numbers for the kernels. */
static void offer(scaled_block *b, int a, char *packed, size_t n) {
  const scaled_call *call = b->call;
  const fa_kernels *table = call->loop->table;
  const fa_dtype type = call->of[a];
  b->part[a] = packed;
  if (type < FA_COMPUTE_DTYPES) return;
  b->part[a] = (char *)b->block[a];
  if (type < FA_ALL_DTYPES) table->widen[type - FA_F16](packed, (float *)b->block[a], n);
  else table->from_bytes[computed_in(call)][type - FA_I8](packed, b->block[a], n);
}

/* Where elements of argument a are packed. */
static char *room(scaled_block *b, int a) {
  return b->call->of[a] < FA_COMPUTE_DTYPES ? (char *)b->block[a] : (char *)b->packed;
}

/* n elements of a row. The sums take the place of x, which is never one element for all. */
static void take_piece(scaled_block *b, int a, char *place, ptrdiff_t step, size_t n) {
  const fa_movers *move = &fa_moving[b->call->of[a]];
  const int is_one = a != X && !step;
  const size_t count = is_one ? FA_REPEATED / real_size(b->call) : n;
  if (b->kept >> a & 1) return;
  b->repeated = (b->repeated & ~(1u << a)) | (unsigned)is_one << a;
  if (!is_one && fa_lies_directly(place, step, n, move->size)) {
    offer(b, a, place, n);
    return;
  }
  move->gather(room(b, a), place, step, count, 0, 1);
  offer(b, a, room(b, a), count);
}

/* Several whole rows, from number `row` on. */
static void take_rows(scaled_block *b, int a, fa_lie lies, const fa_walk *at, size_t row, size_t rows) {
  const fa_strided *nest = b->call->nest;
  const size_t n = nest->shape[nest->dimensions - 1];
  const fa_movers *move = &fa_moving[b->call->of[a]];
  if (b->kept >> a & 1) return;
  if (lies == FA_LIES_LINEAR) {
    offer(b, a, nest->args[a] + (ptrdiff_t)(row * n) * move->size, rows * n);
    return;
  }
  fa_walk from = *at;
  int which[FA_MAX_ARGUMENTS] = {0};
  char *blocks[FA_MAX_ARGUMENTS];
  which[a] = 1, blocks[a] = room(b, a);
  fa_move_rows(&from, move->gather, which, blocks, move->size, rows);
  offer(b, a, room(b, a), rows * n);
  if (lies == FA_LIES_REPEATED && a != X) b->kept |= 1u << a; /* the first block is the longest */
}

/* The results of n elements: to their place, or where NULL stands for it to where they are packed, which is returned.
 */
static char *compute(scaled_block *b, char *place, size_t n) {
  const scaled_call *call = b->call;
  const fa_loop *loop = call->loop;
  char *sum = (char *)b->block[X], *const given[] = {b->part[X], b->part[SCALE], b->part[BIAS], sum};
  char *args[FA_MAX_ARGUMENTS];
  const int is_stored = loop->dtype >= FA_COMPUTE_DTYPES;
  char *const result = is_stored || !place ? (char *)b->block[call->out] : place;
  loop->table->scale_add[computed_in(call)](given, b->repeated & (1u << SCALE | 1u << BIAS), n);
  args[0] = sum, args[loop->inputs] = result;
  for (int a = PARAMETERS; a < call->out; a++) args[a - BIAS] = b->part[a];
  loop->kernel(args, b->repeated >> PARAMETERS << 1, n);
  if (!is_stored) return result;
  if (!place) place = (char *)b->packed;
  loop->table->narrow[loop->dtype - FA_F16]((float *)b->block[call->out], place, n);
  return place;
}

static void in_pieces(scaled_block *b, size_t first, size_t n) {
  const scaled_call *call = b->call;
  const fa_strided *nest = call->nest;
  const int last = nest->dimensions - 1, out = call->out;
  const fa_movers *move = &fa_moving[call->of[out]];
  const size_t length = nest->shape[last], pieces = (length + call->most - 1) / call->most,
               most = ((length + pieces - 1) / pieces + 63) / 64 * 64;
  const ptrdiff_t step = nest->steps[out][last];
  fa_walk w;
  fa_walk_to(&w, nest, out + 1, first / length);
  for (size_t at = first % length, k; n; n -= k) {
    k = length - at < n ? length - at : n;
    if (k > most) k = most;
    for (int a = 0; a < out; a++)
      take_piece(b, a, w.row[a] + (ptrdiff_t)at * nest->steps[a][last], nest->steps[a][last], k);
    char *const place = w.row[out] + (ptrdiff_t)at * step;
    const int direct = fa_lies_directly(place, step, k, move->size);
    char *const made = compute(b, direct && !call->stream ? place : NULL, k);
    if (direct && call->stream) call->loop->table->stream(made, place, k * (size_t)move->size);
    else if (!direct) move->scatter(made, place, step, k, 0, 1);
    at += k;
    if (at == length) {
      at = 0;
      if (n > k) fa_walk_on(&w, 1);
    }
  }
}

static void in_groups(scaled_block *b, size_t first, size_t n) {
  const scaled_call *call = b->call;
  const fa_strided *nest = call->nest;
  const int out = call->out;
  const fa_movers *move = &fa_moving[call->of[out]];
  const size_t length = nest->shape[nest->dimensions - 1], most = call->most / length;
  int none[FA_MAX_ARGUMENTS] = {0}, result[FA_MAX_ARGUMENTS] = {0};
  fa_lie lies[FA_MAX_ARGUMENTS];
  fa_walk w;
  result[out] = 1;
  for (int a = 0; a <= out; a++) lies[a] = fa_lies_in(nest, a, fa_moving[call->of[a]].size);
  fa_walk_to(&w, nest, out + 1, first / length);
  for (size_t row = first / length, end = row + n / length, k; row < end; row += k) {
    k = end - row < most ? end - row : most;
    for (int a = 0; a < out; a++) take_rows(b, a, lies[a], &w, row, k);
    char *const place = nest->args[out] + (ptrdiff_t)(row * length) * move->size;
    const int direct = lies[out] == FA_LIES_LINEAR;
    char *const made = compute(b, direct && !call->stream ? place : NULL, k * length);
    char *blocks[FA_MAX_ARGUMENTS];
    blocks[out] = made;
    if (direct && call->stream) call->loop->table->stream(made, place, k * length * (size_t)move->size);
    fa_move_rows(&w, move->scatter, direct ? none : result, blocks, move->size, k);
  }
}

static int run_share(void *context, size_t share, size_t shares) {
  const scaled_call *call = context;
  const fa_strided *nest = call->nest;
  const size_t size = fa_strided_chunk(nest, call->out + 1, CHUNK), chunks = (call->n + size - 1) / size,
               first = chunks * share / shares * size, end = chunks * (share + 1) / shares * size,
               last = end < call->n ? end : call->n;
  const int inner = nest->dimensions - 1;
  scaled_block b;
  if (first >= last) return 0;
  b.call = call, b.repeated = b.kept = 0;
  for (int a = SCALE; a < call->out; a++) { /* one element for all of the nest */
    int is_one = 1;
    for (int d = 0; d <= inner; d++) is_one &= !nest->steps[a][d];
    if (!is_one) continue;
    take_piece(&b, a, nest->args[a], 0, 1);
    b.kept |= 1u << a;
  }
  (call->grouped ? in_groups : in_pieces)(&b, first, last - first);
  if (call->stream) call->loop->table->fence();
  return 0;
}

/* Whether a block takes several rows: short ones, or such that little need be copied. */
static int is_grouped(const scaled_call *call) {
  const fa_strided *nest = call->nest;
  const size_t length = nest->shape[nest->dimensions - 1];
  if (nest->dimensions == 1 || 2 * length > call->most) return 0;
  for (int a = 0; length >= FA_LONG && a <= call->out; a++)
    if (fa_lies_in(nest, a, fa_moving[call->of[a]].size) == FA_LIES_SCATTERED) return 0;
  return 1;
}

void fa_run_scaled(const fa_loop *loop, fa_dtype of_x, const fa_strided *nest, size_t n) {
  scaled_call call = {.loop = loop, .nest = nest, .out = loop->inputs + BIAS, .n = n};
  fa_loop all = *loop;
  if (!n) return;
  all.inputs = call.out;
  for (int a = 0; a <= call.out; a++) call.of[a] = loop->dtype;
  call.of[X] = of_x, call.of[SCALE] = call.of[BIAS] = computed_in(&call);
  call.most = BLOCK_BYTES / real_size(&call);
  call.grouped = is_grouped(&call);
  call.stream = loop->cost == FA_LIGHT && n >= 2 * FA_GRAIN && fa_strided_streams(&all, nest, fa_last_level());
  fa_parallel(fa_workers(loop->cost == FA_LIGHT ? n / LIGHTER : n), run_share, &call);
}
