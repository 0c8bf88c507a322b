/* The size of the last-level cache: what exceeds it goes to memory and back. */
#ifndef FASTACT_CACHE_H
#define FASTACT_CACHE_H
#include "fastact/engine.h"

/* To be called when the library is loaded. */
void fa_cache_prepare(void);
#endif
