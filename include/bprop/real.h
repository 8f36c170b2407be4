/* real.h: the type of numbers in matrices.
 *
 * double, unless bprop was built with -Dprecision=single; programs that use such a library are
 * compiled with BPROP_SINGLE defined, which pkg-config's and Meson's flags see to. Losses, learning
 * rates, weights of rows and cells of tables are doubles in either build. */
#ifndef BPROP_REAL_H
#define BPROP_REAL_H

#ifdef BPROP_SINGLE
typedef float bp_real;
#else
typedef double bp_real;
#endif

#endif
