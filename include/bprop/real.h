/* real.h: the type of numbers in matrices.
 *
 * double, unless bprop was built with -Dprecision=single; programs that use such a library are
 * compiled with BPROP_SINGLE defined, which pkg-config's and Meson's flags see to. Losses, learning
 * rates, weights of rows and cells of tables are doubles in either build.
 *
 * Each kind of library defines one of two names, and what includes a header asks for it: a program
 * compiled for the other kind is refused by the linker, or as it starts. One that links no bprop,
 * but loads it by dlopen(), defines BPROP_LOADED, and looks for the name itself. */
#ifndef BPROP_REAL_H
#define BPROP_REAL_H

#ifdef BPROP_SINGLE
typedef float bp_real;
#define BP_REAL_NAME bp_real_is_float
#else
typedef double bp_real;
#define BP_REAL_NAME bp_real_is_double
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

extern const char BP_REAL_NAME;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#if defined(__GNUC__) && !defined(BPROP_LOADED)
__attribute__((used)) static const char *const bp_real_asked = &BP_REAL_NAME;
#endif

#endif
