/* LOOP before a function: compiled for several instruction sets, of which the C library takes the best while it loads.
 * Plain where that is not known to work: slower, with the same results. HAVE_LIBMVEC is the Makefile's finding. */
#ifndef VECTOR_H
#define VECTOR_H
#if defined(HAVE_LIBMVEC) && !defined(__clang__)
#define LOOP __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LOOP
#endif
#endif
