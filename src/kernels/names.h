/* Names that hold the instruction set's: FA_NAMED(fa_map_) is fa_map_avx2 under FA_ISA avx2. */
#ifndef FASTACT_NAMES_H
#define FASTACT_NAMES_H
#define FA_PASTE_(a, b) a##b
#define FA_PASTE(a, b) FA_PASTE_(a, b)
#define FA_NAMED(name) FA_PASTE(name, FA_ISA)
#define FA_TEXT_(a) #a
#define FA_TEXT(a) FA_TEXT_(a)
#endif
