/* How the arguments of one call lie to each other, and the nest of loops that walks them. */
#ifndef FASTACT_LAYOUT_H
#define FASTACT_LAYOUT_H
#include "fastact/fastact.h"

/* The axes of a nest in C order, from the outermost loop to the innermost, as NumPy's order 'K' has them: by descending steps
 * of the first `arguments` arguments; where they disagree or say nothing, in C order. */
void fa_strided_order(const fa_strided *nest, int arguments, int *axes);

/* Turns a nest in C order into one in the order of these axes, of as few dimensions as can be: steps that are nowhere forward
 * are turned round, dimensions that are one walk are joined. */
void fa_strided_flatten(fa_strided *nest, int arguments, const int *axes);

/* Whether two arguments are the same elements; whether they surely have no byte in common. Neither may be true. */
int fa_strided_same(const fa_strided *nest, int a, int b);
int fa_strided_apart(const fa_strided *nest, int a, int b, ptrdiff_t size);
#endif
