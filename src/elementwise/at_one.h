/* Functions whose parameter is mostly 1, where a leaner formula serves. A lane takes it where its own parameter is 1,
 * be it a number or an element of an array: its bits do not depend on what its neighbours have. */
#ifndef FASTACT_AT_ONE_H
#define FASTACT_AT_ONE_H

#define FA_AT_ONE(T, name, arguments, parameter, lean, general) \
  FA_INLINE T##v T##_##name arguments { \
    T##m one = T##_eq(parameter, T##_set1(1)); \
    if (T##_all(one)) return lean; \
    T##v y = general; \
    return FA_UNLIKELY(T##_any(one)) ? T##_select(one, lean, y) : y; \
  }
#endif
