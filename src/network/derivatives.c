/* derivatives.c: derivatives of the outputs by the inputs, for a host's chain rule or Newton's
 * method: passes backward that begin with ∂/∂Y in D_L, where training has the loss's. */
#include "network/pass.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/network_internal.h"

#include <string.h>

/* The workspace, X and, if it is wanted, Y. */
static bp_status check_passes(const bp_network *network, const bp_workspace *workspace, size_t m,
                              const bp_real *X, size_t ldx, const bp_real *Y, size_t ldy,
                              bp_error *error)
{
    bp_status status = bp_call_check(network, workspace, m, error);
    if (!status)
        status = bp_matrix_check("X", X, m, bp_network_inputs(network), ldx, error);
    if (!status && Y)
        status = bp_matrix_check("Y", Y, m, bp_network_outputs(network), ldy, error);
    return status;
}

/* A matrix that a kernel writes to, and BLAS too takes. */
static bp_status check_result(const char *name, const bp_real *E, size_t rows, size_t columns,
                              size_t lde, bp_error *error)
{
    bp_status status = bp_matrix_check(name, E, rows, columns, lde, error);
    return status ? status : bp_dense_check(0, 0, 0, lde, error);
}

static void forward(const bp_network *network, bp_workspace *workspace, size_t m, const bp_real *X,
                    size_t ldx)
{
    size_t lda;
    bp_real *A = bp_workspace_inputs(workspace, &lda);
    bp_copy_rows(m, bp_network_inputs(network), X, ldx, A, lda);
    bp_forward(network, workspace, m);
}

/* From ∂/∂Y in D_L, `each` rows of it for a row of the batch, to E = ∂/∂X, of as many. */
static void pull_back(const bp_network *network, bp_workspace *workspace, size_t m, size_t each,
                      bp_real *E, size_t lde)
{
    bp_through_activation(network, workspace, network->n_layers - 1, 0, m, each);
    bp_backward_rows(network, workspace, 0, m, each);
    bp_input_gradient(network, workspace, m * each, E, lde);
}

static void copy_outputs(const bp_network *network, const bp_workspace *workspace, size_t m,
                         bp_real *Y, size_t ldy)
{
    size_t lda;
    const bp_real *A = bp_workspace_outputs(workspace, &lda);
    bp_copy_rows(m, bp_network_outputs(network), A, lda, Y, ldy);
}

bp_status bp_vector_jacobian(const bp_network *network, bp_workspace *workspace, size_t m,
                             const bp_real *X, size_t ldx, const bp_real *V, size_t ldv, bp_real *Y,
                             size_t ldy, bp_real *E, size_t lde, bp_error *error)
{
    bp_status status = check_passes(network, workspace, m, X, ldx, Y, ldy, error);
    if (!status)
        status = bp_matrix_check("V", V, m, bp_network_outputs(network), ldv, error);
    if (!status)
        status = check_result("E", E, m, bp_network_inputs(network), lde, error);
    if (status)
        return status;
    const bp_traces *last = &workspace->layers[workspace->n_layers - 1];
    size_t most = workspace->max_rows;
    for (size_t i = 0; i < m; i += most) { /* of a row all is read before anything is written */
        size_t count = m - i < most ? m - i : most;
        forward(network, workspace, count, X + i * ldx, ldx);
        bp_copy_rows(count, bp_network_outputs(network), V + i * ldv, ldv, last->D, last->ldz);
        if (Y)
            copy_outputs(network, workspace, count, Y + i * ldy, ldy);
        pull_back(network, workspace, count, 1, E + i * lde, lde);
    }
    return BP_OK;
}

/* D_L for outputs o … o + each − 1 of each of m rows: ∂y/∂Y is 1 in the output's own column. */
static void unit_rows(bp_workspace *workspace, size_t m, size_t o, size_t each)
{
    const bp_traces *last = &workspace->layers[workspace->n_layers - 1];
    size_t ld = last->ldz;
    memset(last->D, 0, m * each * ld * sizeof *last->D);
    for (size_t r = 0; r < m * each; r++)
        last->D[r * ld + o + r % each] = 1;
}

/* The rows of D are those of J: as many outputs of a row as the workspace takes, and if it takes
 * all of them, as many rows. */
bp_status bp_jacobian(const bp_network *network, bp_workspace *workspace, size_t m,
                      const bp_real *X, size_t ldx, bp_real *Y, size_t ldy, bp_real *J, size_t ldj,
                      bp_error *error)
{
    bp_status status = check_passes(network, workspace, m, X, ldx, Y, ldy, error);
    if (status)
        return status;
    size_t all, n = bp_network_outputs(network), most = workspace->max_rows;
    if (!bp_multiply(m, n, &all))
        return bp_fail(error, BP_ERROR_SIZE, "J: %zu rows of %zu outputs are too many", m, n);
    if ((status = check_result("J", J, all, bp_network_inputs(network), ldj, error)) || m == 0)
        return status;
    size_t each = n < most ? n : most, rows = most / each;
    for (size_t i = 0; i < m; i += rows) {
        size_t count = m - i < rows ? m - i : rows;
        forward(network, workspace, count, X + i * ldx, ldx);
        if (Y)
            copy_outputs(network, workspace, count, Y + i * ldy, ldy);
        for (size_t o = 0; o < n; o += each) {
            size_t taken = n - o < each ? n - o : each;
            unit_rows(workspace, count, o, taken);
            pull_back(network, workspace, count, taken, J + (i * n + o) * ldj, ldj);
        }
    }
    return BP_OK;
}
