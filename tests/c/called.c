/* Which kernels of a table a program calls: each is replaced by a few instructions that mark it and go on to it, so
 * that no kernel can be left out of digests.txt unseen. */
#include "called.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__ELF__)
enum { STUBS = 2048, STUB_BYTES = 16 };
typedef void (*pointer)(void);
extern const char called_stubs[] __attribute__((visibility("hidden")));
__attribute__((visibility("hidden"))) unsigned char called_marks[STUBS];
__attribute__((visibility("hidden"))) pointer called_kernels[STUBS];
/* They keep every register and the stack, whatever the kernel's arguments are. */
__asm__(".text\n"
        ".balign 16\n"
        ".hidden called_stubs\n"
        ".globl called_stubs\n"
        "called_stubs:\n"
        ".set called_i, 0\n"
        ".rept 2048\n"
        "  movb $1, called_marks + called_i(%rip)\n"
        "  jmp *called_kernels + 8 * called_i(%rip)\n"
        "  .balign 16\n"
        "  .set called_i, called_i + 1\n"
        ".endr\n");

#define MEMBER(m) {#m, offsetof(fa_kernels, m), sizeof((fa_kernels *)0)->m}
/* All members of fa_kernels that are kernels themselves. */
static const struct {
  const char *name;
  size_t place, size;
} members[] = {MEMBER(rows),
               MEMBER(columns),
               MEMBER(row_blocks),
               MEMBER(parts),
               MEMBER(biased),
               MEMBER(scaled),
               MEMBER(masked),
               MEMBER(take_masked),
               MEMBER(gradient_blocks),
               MEMBER(loss_rows),
               MEMBER(loss_columns),
               MEMBER(soft_loss_rows),
               MEMBER(loss_blocks),
               MEMBER(segments),
               MEMBER(hessian_rows),
               MEMBER(hessian_columns),
               MEMBER(choose),
               MEMBER(inform),
               MEMBER(average),
               MEMBER(signed_sums),
               MEMBER(sum),
               MEMBER(divide),
               MEMBER(widen),
               MEMBER(narrow),
               MEMBER(from_bytes),
               MEMBER(stream),
               MEMBER(fence)};
/* The others: the name, and the pointers to tables of their own, map, make_parts, scale_add and focal. */
enum { OTHERS = 5 };

static struct {
  const char *name;
  size_t number;
} slots[STUBS];
static size_t used;

/* Of `count` pointers: their stubs in their place; NULL stays. */
static void replace(const char *name, void *first, size_t count) {
  pointer *kernels = first;
  for (size_t i = 0; i < count; i++) {
    if (!kernels[i]) continue;
    if (used == STUBS) abort();
    slots[used].name = name, slots[used].number = i;
    called_kernels[used] = kernels[i];
    kernels[i] = (pointer)(const void *)(called_stubs + STUB_BYTES * used++);
  }
}

static void tell(void) {
  FILE *file = fopen(getenv("FASTACT_CALLED"), "a");
  if (!file) abort();
  for (size_t i = 0; i < used; i++)
    fprintf(file, "%c %s[%zu]\n", called_marks[i] ? '+' : '-', slots[i].name, slots[i].number);
  fclose(file);
}

static const fa_kernels *noted(const fa_kernels *table) {
  static fa_kernels copy;
  static fa_map_kernel map[FA_OPS][FA_COMPUTE_DTYPES], make_parts[FA_COMPUTE_DTYPES], scale_add[FA_COMPUTE_DTYPES];
  static fa_focal_kernel focal;
  copy = *table;
  memcpy(map, table->map, sizeof map);
  memcpy(make_parts, table->make_parts, sizeof make_parts);
  memcpy(scale_add, table->scale_add, sizeof scale_add);
  focal = *table->focal;
  copy.map = (const fa_map_kernel(*)[FA_COMPUTE_DTYPES])map;
  copy.make_parts = make_parts, copy.scale_add = scale_add, copy.focal = &focal;
  for (int op = 0; op < FA_OPS; op++) replace(fa_op_name((fa_op)op), map[op], FA_COMPUTE_DTYPES);
  replace("make_parts", make_parts, FA_COMPUTE_DTYPES);
  replace("scale_add", scale_add, FA_COMPUTE_DTYPES);
  replace("focal_of_rows", &focal, 1);
  size_t bytes = OTHERS * sizeof(pointer);
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    replace(members[i].name, (char *)&copy + members[i].place, members[i].size / sizeof(pointer));
    bytes += members[i].size;
  }
  if (bytes != sizeof copy) fprintf(stderr, "called.c: a member of fa_kernels is in no list\n"), abort();
  atexit(tell);
  return &copy;
}
#else
static const fa_kernels *noted(const fa_kernels *table) { return table; }
#endif

const fa_kernels *select_noted(const char *name, const char **why) {
  const fa_kernels *table = fa_select(name, why);
  return table && getenv("FASTACT_CALLED") ? noted(table) : table;
}
