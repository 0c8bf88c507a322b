/* Which kernel table this CPU can run. The build defines FA_HAVE_<ISA> for every instruction set whose isa_<isa>*.c it
 * holds. */
#include <stdio.h>
#include <string.h>

#include "fastact/kernels.h"
#include "rows/sizes.h"

#if defined(__x86_64__) || defined(_M_X64) || defined(__i386__) || defined(_M_IX86)
#define X86 1
#if defined(__GNUC__) || defined(__clang__)
#include <cpuid.h>
#else
#include <immintrin.h>
#include <intrin.h>
#endif
#else
#define X86 0
#endif

enum { AVX512, AVX2, NEON, PORTABLE, ISAS };

#if FA_HAVE_AVX512
extern const fa_kernels fa_kernels_avx512;
extern int fa_avx512_halves;
int fa_avx512_halves; /* see simd/avx512.h; written before a table of that instruction set is first used */
#endif
#if FA_HAVE_AVX2
extern const fa_kernels fa_kernels_avx2;
#endif
#if FA_HAVE_NEON
extern const fa_kernels fa_kernels_neon;
#endif
extern const fa_kernels fa_kernels_portable;

static const char *const names[ISAS] = {"avx512", "avx2", "neon", "portable"};
static const fa_kernels *const tables[ISAS] = {
#if FA_HAVE_AVX512
    [AVX512] = &fa_kernels_avx512,
#endif
#if FA_HAVE_AVX2
    [AVX2] = &fa_kernels_avx2,
#endif
#if FA_HAVE_NEON
    [NEON] = &fa_kernels_neon,
#endif
    [PORTABLE] = &fa_kernels_portable,
};

/* What one instruction set lacks here: "AVX2, FMA"; empty if nothing. */
typedef struct {
  char text[160];
} lacks;

static void lack(lacks *to, const char *what) {
  size_t used = strlen(to->text);
  snprintf(to->text + used, sizeof to->text - used, "%s%s", used ? ", " : "", what);
}

#if X86
enum { EAX, EBX, ECX, EDX };

static void cpuid(unsigned leaf, unsigned subleaf, unsigned out[4]) {
#if defined(__GNUC__) || defined(__clang__)
  __cpuid_count(leaf, subleaf, out[EAX], out[EBX], out[ECX], out[EDX]);
#else
  __cpuidex((int *)out, (int)leaf, (int)subleaf);
#endif
}

/* Which register files the operating system saves (XCR0). To be called only where CPUID shows OSXSAVE. */
static unsigned saved_registers(void) {
#if defined(__GNUC__) || defined(__clang__)
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0)); /* the intrinsic would need -mxsave for the whole file */
  return low;
#else
  return (unsigned)_xgetbv(0);
#endif
}

typedef struct {
  const char *name;
  unsigned leaf;
  int reg, bit;
  int avx512; /* needed by the avx512 table alone */
} feature;

/* All that a compiler may use under the flags of isa_avx2_*.c and isa_avx512_*.c, MSVC's /arch:AVX2 and /arch:AVX512
 * included. */
static const feature features[] = {
    {"AVX", 1, ECX, 28, 0},           {"FMA", 1, ECX, 12, 0},       {"F16C", 1, ECX, 29, 0},
    {"AVX2", 7, EBX, 5, 0},           {"BMI1", 7, EBX, 3, 0},       {"BMI2", 7, EBX, 8, 0},
    {"LZCNT", 0x80000001, ECX, 5, 0}, {"AVX-512F", 7, EBX, 16, 1},  {"AVX-512DQ", 7, EBX, 17, 1},
    {"AVX-512BW", 7, EBX, 30, 1},     {"AVX-512VL", 7, EBX, 31, 1},
};

static void check_x86(int isa, lacks *to) {
  enum { OSXSAVE = 1 << 27, YMM = 0x6, ZMM = 0xe6 }; /* YMM: XMM and the upper halves; ZMM: mask registers too */
  unsigned out[4], top[4], top_extended[4];
  cpuid(0, 0, top);
  cpuid(0x80000000, 0, top_extended);
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    const feature *f = &features[i];
    if (f->avx512 && isa != AVX512) continue;
    int known = f->leaf <= (f->leaf < 0x80000000 ? top[EAX] : top_extended[EAX]);
    if (known) cpuid(f->leaf, 0, out);
    if (!known || !(out[f->reg] >> f->bit & 1)) lack(to, f->name);
  }
  if (to->text[0]) return;
  unsigned need = isa == AVX512 ? ZMM : YMM;
  cpuid(1, 0, out);
  if (!(out[ECX] & OSXSAVE) || (saved_registers() & need) != need)
    lack(to, isa == AVX512 ? "the operating system's support for 512-bit registers"
                           : "the operating system's support for 256-bit registers");
}
#endif

/* Whether this CPU converts 512 bits at once: Intel's do. Of AMD's Zen 4 does not, and later ones have not been
 * measured. */
static int has_whole_vectors(void) {
#if X86
  unsigned out[4];
  cpuid(0, 0, out);
  return out[EBX] == 0x756e6547; /* "Genu" of "GenuineIntel" */
#else
  return 0;
#endif
}

static void check(int isa, lacks *to) {
  to->text[0] = 0;
  if (isa == PORTABLE) return;
#if X86
  if (isa == NEON) lack(to, "an ARM CPU");
  else check_x86(isa, to);
#elif defined(__aarch64__) || defined(_M_ARM64)
  if (isa != NEON) lack(to, "an x86-64 CPU"); /* every 64-bit ARM has NEON */
#else
  lack(to, isa == NEON ? "a 64-bit ARM CPU" : "an x86-64 CPU");
#endif
}

/* Written only when a table is refused; the same name gives the same text. */
static char reason[320];

static const fa_kernels *refuse(const char **why, const char *text) {
  if (text != reason) snprintf(reason, sizeof reason, "%s", text);
  if (why) *why = reason;
  return NULL;
}

/* The table of a CPU that can run it. */
static const fa_kernels *take(int isa, int halves) {
#if FA_HAVE_AVX512
  if (isa == AVX512 && fa_avx512_halves != halves) fa_avx512_halves = halves;
#else
  (void)halves;
#endif
  return tables[isa];
}

const fa_kernels *fa_select(const char *name, const char **why) {
  lacks lacking;
  int halves = has_whole_vectors();
  if (why) *why = NULL;
  /* for tests */
  if (name && !strcmp(name, "avx512:halves")) name = names[AVX512], halves = 1;
  else if (name && !strcmp(name, "avx512:quarters")) name = names[AVX512], halves = 0;
  if (!name) {
    for (int isa = 0; isa < PORTABLE; isa++) {
      if (!tables[isa]) continue;
      check(isa, &lacking);
      if (!lacking.text[0]) return take(isa, halves);
    }
    /* fma() of the C library is no instruction there: NumPy is faster */
    if (X86) {
      check(AVX2, &lacking);
      return refuse(why, lacking.text[0] ? "this CPU has no AVX2 and FMA" : "this build has no avx2 kernels");
    }
    return tables[PORTABLE];
  }
  int isa = 0;
  while (isa < ISAS && strcmp(name, names[isa])) isa++;
  if (isa == ISAS) return refuse(why, "no such instruction set: there are avx512, avx2, neon and portable");
  check(isa, &lacking);
  if (tables[isa] && !lacking.text[0]) return take(isa, halves);
  snprintf(reason, sizeof reason, "%s%s%s%s", tables[isa] ? "" : "this build has no kernels for it",
           tables[isa] || !lacking.text[0] ? "" : "; ", lacking.text[0] ? "this machine lacks " : "", lacking.text);
  return refuse(why, reason);
}

size_t fa_scratch(fa_row_op op, fa_dtype dtype, size_t n, int columns) {
  const size_t itemsize = dtype == FA_F64 ? sizeof(double) : sizeof(float);
  const size_t widened = dtype >= FA_F16 && !columns ? fa_widened_scratch() : 0;
  if (op == FA_SOFTMAX_GRAD || op == FA_LOG_SOFTMAX_GRAD)
    return widened + 2 * fa_gradient_scratch(itemsize, n, columns);
  return widened + (columns ? fa_columns_scratch(n) : fa_rows_scratch(itemsize, n));
}

size_t fa_choice_scratch(fa_dtype dtype, size_t n, size_t k) {
  return fa_largest_scratch(dtype == FA_F64 ? sizeof(double) : sizeof(float), n, k);
}

size_t fa_information_scratch(fa_dtype dtype, size_t n) {
  return 2 * fa_information_half(dtype == FA_F64 ? sizeof(double) : sizeof(float), n);
}

size_t fa_averages_scratch(fa_dtype dtype) {
  return fa_averages_size(dtype == FA_F64 ? sizeof(double) : sizeof(float));
}

size_t fa_loss_columns_most(void) { return fa_tile_most(); }

static const struct {
  const char *name;
  int inputs, outputs;
  fa_cost cost;
} operations[FA_OPS] = {
#define FA_X(name, inputs, outputs, cost, ...) {#name, inputs, outputs, FA_##cost},
    FA_ELEMENTWISE(FA_X)
#undef FA_X
};
static int is_operation(fa_op op) { return (unsigned)op < FA_OPS; }

const char *fa_op_name(fa_op op) { return is_operation(op) ? operations[op].name : NULL; }
int fa_op_inputs(fa_op op) { return is_operation(op) ? operations[op].inputs : 0; }
int fa_op_outputs(fa_op op) { return is_operation(op) ? operations[op].outputs : 0; }
fa_cost fa_op_cost(fa_op op) { return is_operation(op) ? operations[op].cost : FA_DEAR; }
