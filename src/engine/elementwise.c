/* Elementwise operations on as many threads as serve. */
#include "engine/cache.h"
#include "engine/layout.h"
#include "engine/map.h"
#include "engine/parallel.h"

enum {
  LIGHTER = 4,             /* as many times more elements are a grain where operations are light */
  CHUNK = 4096,            /* threads' shares are multiples of this */
  KERNEL_STACK = 28 << 10, /* a kernel's frames and those of its rare lanes take 25 KiB at most */
};

fa_loop fa_loop_of(const fa_kernels *table, fa_op op, fa_dtype dtype) {
  return (fa_loop){table,
                   table->map[op][dtype < FA_COMPUTE_DTYPES ? dtype : FA_F32],
                   dtype,
                   fa_op_inputs(op),
                   fa_op_outputs(op),
                   fa_op_cost(op)};
}

typedef struct {
  const fa_loop *loop;
  char *const *args;
  const ptrdiff_t *steps;
  size_t n;
} in_order;
static int run_in_order(void *context, size_t share, size_t shares) {
  const in_order *call = context;
  (void)share, (void)shares;
  fa_map(call->loop, call->args, call->steps, call->n, 0);
  return 0;
}

/* Whether a kernel can take the arguments as they are. */
static int lie_directly(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n) {
  int direct = loop->dtype < FA_COMPUTE_DTYPES;
  for (int a = 0; a < loop->inputs + loop->outputs; a++)
    direct &= fa_lies_directly(args[a], steps[a], n, fa_moving[loop->dtype].size);
  return direct;
}

void fa_run_in_order(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n) {
  in_order call = {loop, args, steps, n};
  if (fa_stack_holds(KERNEL_STACK) && lie_directly(loop, args, steps, n)) loop->kernel(args, 0, n);
  else fa_parallel(1, run_in_order, &call);
}

typedef struct {
  const fa_loop *loop;
  const fa_strided *nest;
  int stream;
  size_t n;
} in_shares;
static int run_share(void *context, size_t share, size_t shares) {
  const in_shares *call = context;
  size_t first = 0, last = call->n;
  if (shares > 1) {
    const size_t size = fa_strided_chunk(call->nest, call->loop->inputs + call->loop->outputs, CHUNK),
                 chunks = (last + size - 1) / size;
    const size_t end = chunks * (share + 1) / shares * size;
    first = chunks * share / shares * size;
    if (end < last) last = end;
  }
  if (first < last) fa_map_strided(call->loop, call->nest, call->stream, first, last - first);
  return 0;
}

void fa_run_strided(const fa_loop *loop, const fa_strided *nest, size_t n) {
  const int workers = fa_workers(loop->cost == FA_LIGHT ? n / LIGHTER : n);
  /* fewer elements than a grain for each of two threads fit into any last level */
  const int stream = loop->cost == FA_LIGHT && n >= 2 * FA_GRAIN && fa_strided_streams(loop, nest, fa_last_level());
  in_shares call = {loop, nest, stream, n};
  fa_parallel(workers, run_share, &call);
}

/* Whether an output may overtake an input: NumPy passes such to a loop that takes the elements in order. */
static int needs_order(const fa_loop *loop, const fa_strided *nest) {
  for (int b = loop->inputs; b < loop->inputs + loop->outputs; b++)
    for (int a = 0; a < loop->inputs; a++)
      if (!fa_strided_same(nest, a, b) && !fa_strided_apart(nest, a, b, fa_moving[loop->dtype].size)) return 1;
  return 0;
}

void fa_run(const fa_loop *loop, char *const *args, const ptrdiff_t *steps, size_t n) {
  fa_strided nest;
  if (n < 2 * FA_GRAIN) {
    fa_run_in_order(loop, args, steps, n);
    return;
  }
  nest.dimensions = 1;
  nest.shape[0] = n;
  for (int a = 0; a < loop->inputs + loop->outputs; a++) nest.args[a] = args[a], nest.steps[a][0] = steps[a];
  if (needs_order(loop, &nest)) fa_run_in_order(loop, args, steps, n);
  else fa_run_strided(loop, &nest, n);
}
