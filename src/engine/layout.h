/* Dimensions and addresses: what the engine asks of a nest beside what engine.h declares. */
#ifndef FASTACT_LAYOUT_H
#define FASTACT_LAYOUT_H
#include "fastact/engine.h"

/* Appends dimension d of one nest to another, for the first `arguments` arguments. */
void fa_strided_append(fa_strided *to, const fa_strided *from, int d, int arguments);

/* Joins neighbouring dimensions that are one walk for all arguments, and drops those of one element; one dimension
 * remains. */
void fa_strided_join(fa_strided *nest, int arguments);

/* Where the element of that index stands, counted in C order over the first `dimensions` dimensions; index_of, unless
 * it is NULL, gets its index in each of them. */
void fa_strided_locate(const fa_strided *nest, int dimensions, int arguments, size_t index, size_t *index_of,
                       char **at);
#endif
