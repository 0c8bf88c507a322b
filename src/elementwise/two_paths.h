/* Formulas with a usual form: T_name_fast() says which lanes it does not serve, T_name_slow() serves all of them. Which
 * one a lane takes depends on its own operands alone. Loops ask once for two vectors (loops.h), what else calls
 * T_name() for each. */
#ifndef FASTACT_TWO_PATHS_H
#define FASTACT_TWO_PATHS_H

#define FA_OF_TWO_PATHS(prefix, ...) FA_OF_TWO_PATHS_(prefix, __VA_ARGS__)
#define FA_OF_TWO_PATHS_(T, name, arguments, ...) \
  FA_INLINE T##v T##_##name arguments { \
    T##m far; \
    T##v y = T##_##name##_fast(__VA_ARGS__, &far); \
    return FA_UNLIKELY(T##_any(far)) ? T##_select(far, T##_##name##_slow(__VA_ARGS__), y) : y; \
  }
#endif
