/* network.h: what the programs that time bprop itself make from a shape. */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include "shape.h"

#include <bprop/bprop.h>

/* n random numbers, from malloc(). */
bp_real *random_block(size_t n);

/* Sigmoid in every layer, initialized by glorot, seed 1. */
bp_network *random_network(const shape *s);

#endif
