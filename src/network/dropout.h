/* dropout.h: hidden neurons that sit out a batch (Srivastava et al., JMLR 15, 2014), inverted: what
 * stays is scaled up in training, so that nothing is scaled outside of it. */
#ifndef BP_NETWORK_DROPOUT_H
#define BP_NETWORK_DROPOUT_H

#include <bprop/network.h>

#include "base/random.h"

/* Gives a workspace masks, which every pass through it applies from then on. After an error it is
 * to be destroyed. */
bp_status bp_workspace_add_masks(bp_workspace *workspace, const bp_network *network,
                                 bp_error *error);

/* New masks for m ≤ max_rows rows: each neuron of a hidden layer is out with probability `rate`,
 * 0 < rate < 1. */
void bp_workspace_draw_masks(bp_workspace *workspace, size_t m, double rate, bp_random *random);

/* A = F ∘ M, where A may be F: m×n, M with ld n. */
void bp_apply_masks(size_t m, size_t n, const bp_real *F, size_t ldf, const bp_real *M, bp_real *A,
                    size_t lda);

#endif
