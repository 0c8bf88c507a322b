/* The start of the pool, which engine.h declares: a forked child finds it unlocked. */
#ifndef FASTACT_POOL_H
#define FASTACT_POOL_H
#include "fastact/engine.h"

void fa_pool_prepare(void);
#endif
