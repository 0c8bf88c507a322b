#include "fastact/engine.h"

#if defined(__linux__)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 4096 };

/* The first line of a file; 0 where there is none. */
static int read_line(const char *path, char *line, int size) {
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  const int found = fgets(line, size, file) != NULL;
  fclose(file);
  return found;
}

/* Version 2 holds both numbers in one file, "max" for no limit; version 1 has a file for each, -1 for no limit. */
static double limit_v2(const char *folder) {
  char path[PATH + 32], line[64];
  double quota, period;
  snprintf(path, sizeof path, "%s/cpu.max", folder);
  return read_line(path, line, sizeof line) && sscanf(line, "%lf %lf", &quota, &period) == 2 && period > 0
             ? quota / period
             : 0;
}
static double limit_v1(const char *folder) {
  char path[PATH + 32], line[64];
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
  const double quota = read_line(path, line, sizeof line) ? atof(line) : 0;
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
  const double period = read_line(path, line, sizeof line) ? atof(line) : 0;
  return quota > 0 && period > 0 ? quota / period : 0;
}

/* The least of a group's limit and those above it, up to the mount: a group may not use more than any of them. */
static double least(const char *mount, const char *group, double (*limit)(const char *)) {
  char folder[PATH];
  double found = 0;
  const size_t top = strlen(mount), below = strcmp(group, "/") ? strlen(group) : 0;
  if (top + below >= sizeof folder) return 0;
  memcpy(folder, mount, top);
  memcpy(folder + top, group, below);
  folder[top + below] = 0;
  for (;;) {
    const double here = limit(folder);
    if (here > 0 && (found == 0 || here < found)) found = here;
    char *const last = strrchr(folder, '/');
    if (strlen(folder) <= top || !last || last < folder + top) return found;
    *last = 0;
  }
}

/* Whether "cpu" is one of the names, separated by commas, up to a colon. */
static int holds_cpu(const char *names) {
  for (const char *name = names;; name++) {
    const size_t length = strcspn(name, ",:");
    if (length == 3 && !strncmp(name, "cpu", 3)) return 1;
    name += length;
    if (*name != ',') return 0;
  }
}

double fa_quota(const char *root) {
  char path[PATH], line[PATH], mount[PATH];
  double found = 0;
  snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
  FILE *file = fopen(path, "re");
  if (!file) return 0;
  while (fgets(line, sizeof line, file)) { /* number:names:group */
    line[strcspn(line, "\n")] = 0;
    char *const names = strchr(line, ':'), *const group = names ? strchr(names + 1, ':') : NULL;
    if (!group) continue;
    double here = 0;
    if (group == names + 1) {
      snprintf(mount, sizeof mount, "%s/sys/fs/cgroup", root);
      here = least(mount, group + 1, limit_v2);
    } else if (holds_cpu(names + 1)) {
      const char *const mounts[] = {"cpu", "cpu,cpuacct", "cpuacct,cpu"};
      for (int i = 0; i < 3 && here == 0; i++) {
        snprintf(mount, sizeof mount, "%s/sys/fs/cgroup/%s", root, mounts[i]);
        here = least(mount, group + 1, limit_v1);
      }
    }
    if (here > 0 && (found == 0 || here < found)) found = here;
  }
  fclose(file);
  return found;
}
#else
double fa_quota(const char *root) {
  (void)root;
  return 0;
}
#endif

int fa_quota_threads(double cpus) { return cpus < 2 ? 1 : cpus < 1024 ? (int)cpus : 1024; }
