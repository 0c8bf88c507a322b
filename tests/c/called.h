/* The table of kernels as the programs that print digests take it. */
#ifndef CALLED_H
#define CALLED_H
#include "fastact/kernels.h"

/* As fa_select(); with FASTACT_CALLED=<file> on x86-64 a table whose kernels note that they are called, and at the end
 * every kernel is a line of that file: "+ name" if it was, else "- name". */
const fa_kernels *select_noted(const char *name, const char **why);
#endif
