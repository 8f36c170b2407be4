#include "network/dropout.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/network_internal.h"

bp_status bp_workspace_add_masks(bp_workspace *workspace, const bp_network *network,
                                 bp_error *error)
{
    for (size_t l = 0; l + 1 < workspace->n_layers; l++) { /* hidden layers alone */
        bp_traces *t = &workspace->layers[l];
        t->F = bp_allocate_matrix_from(&workspace->from, workspace->max_rows, network->layers[l].n);
        t->M = bp_allocate_matrix_from(&workspace->from, workspace->max_rows, network->layers[l].n);
        if (!t->F || !t->M)
            return bp_fail_memory(error);
    }
    return BP_OK;
}

void bp_workspace_draw_masks(bp_workspace *workspace, size_t m, double rate, bp_random *random)
{
    bp_real kept = (bp_real)(1 / (1 - rate));
    for (size_t l = 0; l + 1 < workspace->n_layers; l++) {
        const bp_traces *t = &workspace->layers[l];
        /* the layer above has a column for each neuron */
        bp_random_choose(random, m * t[1].k, rate, 0, kept, t->M);
    }
}

void bp_apply_masks(size_t m, size_t n, const bp_real *F, size_t ldf, const bp_real *M, bp_real *A,
                    size_t lda)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            A[i * lda + j] = F[i * ldf + j] * M[i * n + j];
}
