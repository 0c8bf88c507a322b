/* Which kernels the functions run with, and how. */
#include "fastact/fastact.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fpmode.h"
#include "engine/once.h"

int fa_abi(void) { return FASTACT_ABI; }

static _Atomic(const fa_kernels *) in_use;

const fa_kernels *fa_use(const char *isa, const char **why) {
  const fa_kernels *table = fa_select(isa, why);
  fa_engine_prepare();
  if (table) atomic_store_explicit(&in_use, table, memory_order_release);
  return table;
}

/* Those that FASTACT_ISA names: NULL where it names none or "numpy", which is Python's. What cannot be had is said on
 * the standard error: a void function has no other way. */
static const fa_kernels *named_by_environment(void) {
  const char *text = getenv("FASTACT_ISA"), *why = NULL;
  char name[16] = "";
  for (size_t i = 0; text && text[i] && i + 1 < sizeof name; i++) name[i] = (char)tolower((unsigned char)text[i]);
  if (!name[0] || !strcmp(name, "numpy")) return NULL;
  const fa_kernels *table = fa_select(name, &why);
  if (!table) fprintf(stderr, "fastact: FASTACT_ISA=%s is not used: %s\n", text, why);
  return table;
}

/* A CPU whose vectors are too short for fa_select() runs the portable kernels: slowly, but these are all there are. */
static void choose(void) {
  const fa_kernels *table = named_by_environment(), *none = NULL;
  if (!table) table = fa_select(NULL, NULL);
  if (!table) table = fa_select("portable", NULL);
  fa_engine_prepare();
  atomic_compare_exchange_strong(&in_use, &none, table);
}

const fa_kernels *fa_in_use(void) {
  static atomic_int state;
  const fa_kernels *table = atomic_load_explicit(&in_use, memory_order_acquire);
  if (table) return table;
  fa_once(&state, choose);
  return atomic_load_explicit(&in_use, memory_order_acquire);
}

void fa_call(fa_op op, fa_dtype dtype, char *const *args, const ptrdiff_t *steps, size_t n) {
  const fa_fp_mode before = fa_fp_enter();
  const fa_loop loop = fa_loop_of(fa_in_use(), op, dtype);
  fa_run(&loop, args, steps, n);
  fa_fp_leave(before);
}

fa_status fa_call_rows(fa_row_op op, fa_dtype dtype, const fa_strided *arrays, const char *reduced) {
  const fa_fp_mode before = fa_fp_enter();
  const fa_status status = fa_run_rows(fa_in_use(), op, dtype, arrays, reduced);
  fa_fp_leave(before);
  return status;
}
