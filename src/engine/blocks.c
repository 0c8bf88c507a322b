#include "engine/blocks.h"

#include "engine/parallel.h"

typedef struct {
  const fa_stage *stage;
  void *row;
  size_t blocks;
} stage_of_row;

static int run_blocks(void *context, size_t share, size_t shares) {
  const stage_of_row *s = context;
  for (size_t b = s->blocks * share / shares; b < s->blocks * (share + 1) / shares; b++) s->stage->block(s->row, b);
  return 0;
}
static int run_join(void *context, size_t share, size_t shares) {
  const stage_of_row *s = context;
  (void)share, (void)shares;
  s->stage->join(s->row);
  return 0;
}

void fa_run_stages(void *row, size_t blocks, int workers, const fa_stage *stages, int count) {
  for (int i = 0; i < count; i++) {
    stage_of_row s = {&stages[i], row, blocks};
    if (stages[i].block) fa_parallel(workers, run_blocks, &s);
    if (stages[i].join) fa_parallel(1, run_join, &s);
  }
}
