/* network_internal.h: what the files of src/network share. */
#ifndef BP_NETWORK_INTERNAL_H
#define BP_NETWORK_INTERNAL_H

#include <bprop/network.h>

struct bp_network {
    bp_allocator from;   /* where all its memory is from */
    bp_real *parameters; /* the block */
    size_t n_parameters;
    size_t n_layers;
    bp_layer layers[]; /* views into the block */
};

/* What one layer keeps of a batch. `A` enters the layer; the outputs of the last one are the `A`
 * of one more entry, whose other members are NULL. */
typedef struct bp_traces {
    size_t k, lda; /* columns of A before the ones, its leading dimension */
    bp_real *A;    /* max_rows×(k+1) */
    size_t ldz;
    bp_real *Z, *D; /* max_rows×n, ld ldz */
    bp_real *F, *M; /* with dropout, of hidden layers, max_rows×n, ld n: f(Z), and the mask that
                      makes A' of it */
} bp_traces;

struct bp_workspace {
    bp_allocator from; /* where all its memory is from: as the network's */
    const bp_kernel *kernel;
    size_t max_rows;
    size_t n_layers;
    bp_traces layers[]; /* n_layers + 1 */
};

#endif
