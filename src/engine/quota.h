/* How much of the CPUs the container allows this process. */
#ifndef FASTACT_QUOTA_H
#define FASTACT_QUOTA_H

/* CPUs that the control groups of this process may use in a period, 0 where they set no limit. `root` is put before the paths of
 * /proc and /sys: "" but in tests. */
double fa_quota(const char *root);

/* The whole CPUs of a quota: at least 1. A thread more would use up the period's time early and stop all of them for the rest of it. */
int fa_quota_threads(double cpus);
#endif
