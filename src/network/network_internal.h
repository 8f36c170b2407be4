/* network_internal.h: what network.c and pass.c share. */
#ifndef BP_NETWORK_INTERNAL_H
#define BP_NETWORK_INTERNAL_H

#include <bprop/network.h>

struct bp_network {
    double *parameters; /* the block */
    size_t n_parameters;
    size_t n_layers;
    bp_layer layers[]; /* views into the block */
};

#endif
