#include "engine/cache.h"

#include <stdio.h>

/* What the sizes of streamed arrays were tuned with, and what counts where the system says nothing. */
enum { USUAL = 32 << 20 };
static size_t last_level = USUAL;

#if defined(__linux__)
enum { PATH = 4096, LEVELS = 10 };

/* A number and its unit, K or M, in the file of that name of CPU 0's cache `index`; 0 where there is none. */
static size_t read_number(const char *root, int index, const char *name) {
  char path[PATH], unit = 0;
  unsigned long long number = 0;
  snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu0/cache/index%d/%s", root, index, name);
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  const int read = fscanf(file, "%llu%c", &number, &unit);
  fclose(file);
  return read < 1 ? 0 : (size_t)number << (unit == 'K' ? 10 : unit == 'M' ? 20 : 0);
}

size_t fa_cache_of_system(const char *root) {
  size_t level = 2, size = 0; /* a second level is no last one: a virtual machine may hide the third */
  for (int index = 0; index < LEVELS; index++) {
    const size_t here = read_number(root, index, "level");
    const size_t bytes = here > level ? read_number(root, index, "size") : 0;
    if (bytes) level = here, size = bytes;
  }
  return size;
}
#else
size_t fa_cache_of_system(const char *root) {
  (void)root;
  return 0;
}
#endif

void fa_cache_prepare(void) {
  const size_t size = fa_cache_of_system("");
  last_level = size ? size : USUAL;
}

size_t fa_last_level(void) { return last_level; }
