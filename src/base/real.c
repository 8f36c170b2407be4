/* real.c: the name that tells programs which bp_real this library was built for. */
#include <bprop/real.h>

const char BP_REAL_NAME = 1;
