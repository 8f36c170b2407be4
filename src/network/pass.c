/* pass.c: a batch forward through the layers, its loss, and the gradients backward. */
#include "network/pass.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "network/dropout.h"
#include "network/network_internal.h"

#include <string.h>

/* The leading dimension for rows of n numbers. Wide ones begin on cache lines, an odd number of
 * lines apart: at multiples of a power of two they would all want the same places of a cache. */
static size_t leading_dimension(size_t n)
{
    enum { LINE = 64 / sizeof(bp_real), WIDE = 64 };
    size_t lines = (n + LINE - 1) / LINE;
    return n < WIDE ? n : (lines + (lines % 2 == 0)) * LINE;
}

static bool allocate_traces(bp_workspace *workspace, const bp_network *network)
{
    const bp_allocator *from = &workspace->from;
    size_t rows = workspace->max_rows, L = network->n_layers;
    for (size_t l = 0; l <= L; l++) {
        bp_traces *t = &workspace->layers[l];
        t->k = l < L ? network->layers[l].k : bp_network_outputs(network);
        t->lda = leading_dimension(t->k + 1);
        if (!(t->A = bp_allocate_matrix_from(from, rows, t->lda)))
            return false;
        for (size_t i = 0; i < rows; i++)
            t->A[i * t->lda + t->k] = 1; /* the bias's input, for good */
        if (l == L)
            break;
        t->ldz = leading_dimension(network->layers[l].n);
        if (!(t->Z = bp_allocate_matrix_from(from, rows, t->ldz)) ||
            !(t->D = bp_allocate_matrix_from(from, rows, t->ldz)))
            return false;
    }
    return true;
}

bp_status bp_workspace_create(const bp_network *network, const bp_kernel *kernel, size_t max_rows,
                              bp_workspace **workspace, bp_error *error)
{
    if (!network || !workspace)
        return bp_fail(error, BP_ERROR_ARGUMENT, "network and workspace must not be NULL");
    if (kernel && (!kernel->forward || !kernel->weight_gradient || !kernel->input_gradient))
        return bp_fail(error, BP_ERROR_ARGUMENT, "a kernel needs all three products");
    size_t L = network->n_layers;
    for (size_t l = 0; l < L; l++) {
        size_t k = network->layers[l].k, n = network->layers[l].n;
        bp_status status =
            bp_dense_check(max_rows, k, n, leading_dimension(k >= n ? k + 1 : n), error);
        if (status)
            return status;
    }
    bp_workspace *made =
        bp_allocate_from(&network->from, 1, sizeof *made + (L + 1) * sizeof *made->layers);
    if (made) {
        made->from = network->from;
        made->kernel = kernel ? kernel : bp_kernel_at(0);
        made->max_rows = max_rows;
        made->n_layers = L;
    }
    if (!made || !allocate_traces(made, network)) {
        bp_workspace_destroy(made);
        return bp_fail_memory(error);
    }
    *workspace = made;
    return BP_OK;
}

void bp_workspace_destroy(bp_workspace *workspace)
{
    if (!workspace)
        return;
    const bp_allocator from = workspace->from;
    for (size_t l = 0; l <= workspace->n_layers; l++) {
        const bp_traces *t = &workspace->layers[l];
        bp_real *const blocks[] = {t->A, t->Z, t->D, t->F, t->M};
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
            bp_release(&from, blocks[b]);
    }
    bp_release(&from, workspace);
}

size_t bp_workspace_max_rows(const bp_workspace *workspace) { return workspace->max_rows; }

bp_real *bp_workspace_inputs(bp_workspace *workspace, size_t *lda)
{
    *lda = workspace->layers[0].lda;
    return workspace->layers[0].A;
}

const bp_real *bp_workspace_outputs(const bp_workspace *workspace, size_t *lda)
{
    const bp_traces *last = &workspace->layers[workspace->n_layers];
    *lda = last->lda;
    return last->A;
}

bp_neuron bp_network_neuron(const bp_network *network, const bp_workspace *workspace, size_t l,
                            size_t j, size_t i)
{
    const bp_layer *layer = &network->layers[l];
    const bp_real *w = layer->W + j * layer->ldw;
    bp_neuron neuron = {.weights = w, .n_weights = layer->k, .bias = w[layer->k]};
    if (workspace) {
        const bp_traces *t = &workspace->layers[l];
        neuron.output = t[1].A[i * t[1].lda + j];
        neuron.delta = t->D[i * t->ldz + j];
    }
    return neuron;
}

/* Below so many multiplications in the products of a pass two threads gain less than they wait for
 * each other. */
static const double LARGE = 2e5;

size_t bp_pass_threads(const bp_network *network, size_t m, size_t threads)
{
    size_t most = m / BP_LEAST_ROWS;
    if (!threads)
        threads = bp_processors();
    if (most < 2 || (double)m * (double)network->n_parameters < LARGE)
        return 1;
    return threads < most ? threads : most;
}

/* A part of the elements of a layer's W: rows `neuron` … of columns `input` … */
typedef struct share {
    size_t neuron, neurons, input, inputs;
} share;

/* Neurons for each part, whose shares, in multiples of BP_LEAST_ROWS, are then nearly alike. */
enum { MANY = 4 * BP_LEAST_ROWS };

/* Of its neurons, or, where they are few, of its inputs; the ones count as an input. */
static share share_of(const bp_layer *layer, size_t part, size_t parts)
{
    share s = {0, layer->n, 0, layer->ldw};
    if (parts > 1 && (layer->n >= parts * MANY || layer->n >= layer->ldw))
        bp_team_share(layer->n, BP_LEAST_ROWS, part, parts, &s.neuron, &s.neurons);
    else if (parts > 1)
        bp_team_share(layer->ldw, BP_LEAST_ROWS, part, parts, &s.input, &s.inputs);
    return s;
}

bool bp_sums_by_neurons(const bp_network *network, size_t m, size_t parts)
{
    size_t n = network->layers[0].n;
    return parts > 1 && n >= parts * MANY && n >= m / 2;
}

/* Z = A · Wᵀ */
void bp_lowest_sums(const bp_network *network, bp_workspace *workspace, size_t m, size_t part,
                    size_t parts)
{
    const bp_layer *layer = &network->layers[0];
    const bp_traces *t = &workspace->layers[0];
    share s = share_of(layer, part, parts);
    if (s.neurons)
        workspace->kernel->forward(m, layer->k, s.neurons, t->A, t->lda,
                                   layer->W + s.neuron * layer->ldw, layer->ldw, t->Z + s.neuron,
                                   t->ldz);
}

/* Z = A · Wᵀ, A' = f(Z) (with dropout f(Z) ∘ M), layer after layer. Only the first n columns of A'
 * are written: its ones stay. */
void bp_forward_rows(const bp_network *network, bp_workspace *workspace, size_t first, size_t m,
                     bool summed)
{
    for (size_t l = 0; l < network->n_layers; l++) {
        const bp_layer *layer = &network->layers[l];
        bp_traces *t = &workspace->layers[l];
        size_t n = layer->n, ldz = t->ldz, above = t[1].lda;
        bp_real *A = t->A + first * t->lda, *Z = t->Z + first * ldz, *next = t[1].A + first * above;
        if (l > 0 || !summed)
            workspace->kernel->forward(m, layer->k, n, A, t->lda, layer->W, layer->ldw, Z, ldz);
        if (t->M) {
            layer->activation->apply(m, n, Z, ldz, t->F + first * n, n);
            bp_apply_masks(m, n, t->F + first * n, n, t->M + first * n, next, above);
        } else {
            layer->activation->apply(m, n, Z, ldz, next, above);
        }
    }
}

/* D = D ∘ f'(Z) (with dropout D ∘ M ∘ f'(Z)). Row i of the batch has rows i·each … of D, of which
 * those with the same o are a matrix with rows each·ldz apart. */
void bp_through_activation(const bp_network *network, bp_workspace *workspace, size_t l,
                           size_t first, size_t m, size_t each)
{
    const bp_activation *f = network->layers[l].activation;
    const bp_traces *t = &workspace->layers[l];
    size_t n = network->layers[l].n, ldz = t->ldz, lda = t[1].lda, ldd = each * ldz;
    const bp_real *Z = t->Z + first * ldz, *A = t[1].A + first * lda;
    for (size_t o = 0; o < each; o++) {
        bp_real *D = t->D + first * ldd + o * ldz;
        if (t->M) {
            bp_apply_masks(m, n, D, ldd, t->M + first * n, D, ldd);
            f->times_derivative(m, n, Z, ldz, t->F + first * n, n, D, ldd);
        } else {
            f->times_derivative(m, n, Z, ldz, A, lda, D, ldd);
        }
    }
}

/* E = D · W[:, 0:k], and from it D of the layer below, from the last one down. */
void bp_backward_rows(const bp_network *network, bp_workspace *workspace, size_t first, size_t m,
                      size_t each)
{
    for (size_t l = network->n_layers; l-- > 1;) {
        const bp_layer *layer = &network->layers[l];
        bp_traces *t = &workspace->layers[l], *below = t - 1; /* that layer has k neurons */
        workspace->kernel->input_gradient(
            m * each, layer->k, layer->n, t->D + first * each * t->ldz, t->ldz, layer->W,
            layer->ldw, below->D + first * each * below->ldz, below->ldz);
        bp_through_activation(network, workspace, l - 1, first, m, each);
    }
}

/* G = Dᵀ · A for every layer */
void bp_weight_gradients(const bp_network *network, const bp_workspace *workspace, size_t m,
                         bp_real *gradient, size_t part, size_t parts)
{
    for (size_t l = 0; l < network->n_layers; l++) {
        const bp_layer *layer = &network->layers[l];
        const bp_traces *t = &workspace->layers[l];
        size_t ldw = layer->ldw;
        share s = share_of(layer, part, parts);
        if (s.neurons && s.inputs) /* with the last of the inputs in the place of the ones */
            workspace->kernel->weight_gradient(
                m, s.inputs - 1, s.neurons, t->D + s.neuron, t->ldz, t->A + s.input, t->lda,
                gradient + layer->offset + s.neuron * ldw + s.input, ldw);
    }
}

bp_pieces bp_gradient_pieces(const bp_network *network, size_t l, size_t part, size_t parts)
{
    const bp_layer *layer = &network->layers[l];
    share s = share_of(layer, part, parts);
    size_t first = layer->offset + s.neuron * layer->ldw + s.input;
    return s.inputs == layer->ldw ? (bp_pieces){1, first, s.neurons * layer->ldw, 0}
                                  : (bp_pieces){s.neurons, first, s.inputs, layer->ldw};
}

void bp_forward(const bp_network *network, bp_workspace *workspace, size_t m)
{
    bp_forward_rows(network, workspace, 0, m, false);
}

void bp_backward(const bp_network *network, bp_workspace *workspace, size_t m, bp_real *gradient)
{
    bp_backward_rows(network, workspace, 0, m, 1);
    bp_weight_gradients(network, workspace, m, gradient, 0, 1);
}

/* E = D · W[:, 0:k] for the lowest layer */
void bp_input_gradient(const bp_network *network, const bp_workspace *workspace, size_t m,
                       bp_real *E, size_t lde)
{
    const bp_layer *layer = &network->layers[0];
    workspace->kernel->input_gradient(m, layer->k, layer->n, workspace->layers[0].D,
                                      workspace->layers[0].ldz, layer->W, layer->ldw, E, lde);
}

/* Where a loss finds its outputs, from row `first` on: Z or A' of the last layer. */
static const bp_real *loss_outputs(const bp_workspace *workspace, const bp_loss *loss, size_t first,
                                   size_t *ld)
{
    const bp_traces *last = &workspace->layers[workspace->n_layers - 1];
    *ld = loss->output ? last->ldz : last[1].lda;
    return (loss->output ? last->Z : last[1].A) + first * *ld;
}

void bp_loss_rows(const bp_network *network, const bp_workspace *workspace, const bp_loss *loss,
                  size_t first, size_t m, const bp_real *T, size_t ldt, const double *weights,
                  double *values)
{
    size_t ldo, n = bp_network_outputs(network);
    const bp_real *O = loss_outputs(workspace, loss, first, &ldo);
    for (size_t i = 0; i < m; i++) /* a row that does not count may even be infinitely wrong */
        values[i] =
            weights && !(weights[i] > 0)
                ? 0
                : (weights ? weights[i] : 1) * loss->sum(1, n, O + i * ldo, ldo, T + i * ldt, ldt);
}

double bp_loss_sum(const bp_network *network, const bp_workspace *workspace, const bp_loss *loss,
                   size_t m, const bp_real *T, size_t ldt, const double *weights)
{
    double sum = 0, value;
    for (size_t i = 0; i < m; i++) {
        bp_loss_rows(network, workspace, loss, i, 1, T + i * ldt, ldt, weights ? weights + i : NULL,
                     &value);
        sum += value;
    }
    return sum;
}

/* The delta of rows with weights. A weight is multiplied by the scale as a double, for either alone
 * may be more than a bp_real holds where their product, a share of the sum, is not. */
static void weighted_delta(const bp_loss *loss, size_t m, size_t n, const bp_real *O, size_t ldo,
                           const bp_real *T, size_t ldt, const double *weights, double scale,
                           bp_real *D, size_t ldd)
{
    for (size_t i = 0; i < m; i++)
        loss->delta(1, n, O + i * ldo, ldo, T + i * ldt, ldt, (bp_real)(weights[i] * scale),
                    D + i * ldd, ldd);
}

/* A row of weight 0 adds nothing to any gradient, even where its delta is no finite number. */
static void drop_weightless(size_t m, size_t n, const double *weights, bp_real *D, size_t ldd)
{
    for (size_t i = 0; i < m; i++)
        if (!(weights[i] > 0))
            memset(D + i * ldd, 0, n * sizeof *D);
}

void bp_loss_delta_rows(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                        size_t first, size_t m, const bp_real *T, size_t ldt, const double *weights,
                        double scale)
{
    size_t ldo, n = bp_network_outputs(network);
    bp_traces *last = &workspace->layers[workspace->n_layers - 1];
    const bp_real *O = loss_outputs(workspace, loss, first, &ldo);
    size_t ld = last->ldz;
    bp_real *D = last->D + first * ld;
    if (weights)
        weighted_delta(loss, m, n, O, ldo, T, ldt, weights, scale, D, ld);
    else
        loss->delta(m, n, O, ldo, T, ldt, (bp_real)scale, D, ld);
    if (!loss->output)
        bp_through_activation(network, workspace, network->n_layers - 1, first, m, 1);
    if (weights)
        drop_weightless(m, n, weights, D, ld);
}

void bp_loss_delta(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                   size_t m, const bp_real *T, size_t ldt, const double *weights, double scale)
{
    bp_loss_delta_rows(network, workspace, loss, 0, m, T, ldt, weights, scale);
}

bp_status bp_loss_check(const bp_loss *loss, const bp_network *network, bp_error *error)
{
    if (!loss || !network)
        return bp_fail(error, BP_ERROR_ARGUMENT, "loss and network must not be NULL");
    if (!loss->name || !loss->sum || !loss->delta)
        return bp_fail(error, BP_ERROR_ARGUMENT, "a loss needs name, sum and delta");
    if ((unsigned)loss->reduction > BP_REDUCE_MEAN_ROWS)
        return bp_fail(error, BP_ERROR_ARGUMENT, "loss %s has an unknown reduction, %d", loss->name,
                       (int)loss->reduction);
    const char *output = network->layers[network->n_layers - 1].activation->name;
    if (loss->output && strcmp(loss->output, output) != 0)
        return bp_fail(error, BP_ERROR_ARGUMENT, "loss %s needs %s outputs, not %s", loss->name,
                       loss->output, output);
    if (loss->output && strcmp(loss->output, "softmax") == 0 && bp_network_outputs(network) < 2)
        return bp_fail(error, BP_ERROR_ARGUMENT, "loss %s needs two outputs or more", loss->name);
    return BP_OK;
}

bool bp_workspace_fits(const bp_workspace *workspace, const bp_network *network)
{
    bool same = network->n_layers == workspace->n_layers &&
                bp_network_outputs(network) == workspace->layers[network->n_layers].k;
    for (size_t l = 0; same && l < network->n_layers; l++)
        same = network->layers[l].k == workspace->layers[l].k;
    return same;
}

bp_status bp_call_check(const bp_network *network, const bp_workspace *workspace, size_t m,
                        bp_error *error)
{
    if (!network || !workspace)
        return bp_fail(error, BP_ERROR_ARGUMENT, "network and workspace must not be NULL");
    if (!bp_workspace_fits(workspace, network))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "the workspace was made for a network of another shape");
    if (m > 0 && workspace->max_rows == 0)
        return bp_fail(error, BP_ERROR_ARGUMENT, "the workspace is one of 0 rows");
    return BP_OK;
}

bp_status bp_matrix_check(const char *name, const bp_real *at, size_t rows, size_t columns,
                          size_t ld, bp_error *error)
{
    if (rows > 0 && !at)
        return bp_fail(error, BP_ERROR_ARGUMENT, "%s must not be NULL", name);
    if (ld < columns)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "the leading dimension %zu of %s is too small for %zu columns", ld, name,
                       columns);
    if (!bp_fits_memory(rows, ld))
        return bp_fail(error, BP_ERROR_SIZE, "%s: %zu rows, %zu apart, are too many for memory",
                       name, rows, ld);
    return BP_OK;
}

void bp_copy_rows(size_t m, size_t n, const bp_real *from, size_t ld_from, bp_real *to,
                  size_t ld_to)
{
    for (size_t i = 0; i < m; i++)
        memcpy(to + i * ld_to, from + i * ld_from, n * sizeof *to);
}

bp_status bp_predict(const bp_network *network, bp_workspace *workspace, size_t m, const bp_real *X,
                     size_t ldx, bp_real *Y, size_t ldy, bp_error *error)
{
    bp_status status = bp_call_check(network, workspace, m, error);
    if (!status)
        status = bp_matrix_check("X", X, m, bp_network_inputs(network), ldx, error);
    if (!status)
        status = bp_matrix_check("Y", Y, m, bp_network_outputs(network), ldy, error);
    if (status)
        return status;
    size_t lda, most = workspace->max_rows;
    bp_real *A = bp_workspace_inputs(workspace, &lda);
    for (size_t first = 0; first < m; first += most) {
        size_t count = m - first < most ? m - first : most, ld;
        bp_copy_rows(count, bp_network_inputs(network), X + first * ldx, ldx, A, lda);
        bp_forward(network, workspace, count);
        const bp_real *out = bp_workspace_outputs(workspace, &ld);
        bp_copy_rows(count, bp_network_outputs(network), out, ld, Y + first * ldy, ldy);
    }
    return BP_OK;
}

bp_status bp_loss_and_gradient(const bp_network *network, bp_workspace *workspace,
                               const bp_loss *loss, size_t m, const bp_real *X, size_t ldx,
                               const bp_real *T, size_t ldt, double *value, bp_real *gradient,
                               bp_error *error)
{
    bp_status status = bp_call_check(network, workspace, m, error);
    if (!status)
        status = bp_matrix_check("X", X, m, bp_network_inputs(network), ldx, error);
    if (!status)
        status = bp_matrix_check("T", T, m, bp_network_outputs(network), ldt, error);
    if (status)
        return status;
    if (!loss || !value)
        return bp_fail(error, BP_ERROR_ARGUMENT, "loss and value must not be NULL");
    if (m < 1 || m > workspace->max_rows)
        return bp_fail(error, BP_ERROR_ARGUMENT, "%zu rows; the workspace takes 1 to %zu", m,
                       workspace->max_rows);
    if ((status = bp_loss_check(loss, network, error)))
        return status;
    size_t lda;
    bp_real *A = bp_workspace_inputs(workspace, &lda);
    bp_copy_rows(m, bp_network_inputs(network), X, ldx, A, lda);
    bp_forward(network, workspace, m);
    double divisor = bp_loss_divisor(loss, (double)m, bp_network_outputs(network));
    *value = bp_loss_sum(network, workspace, loss, m, T, ldt, NULL) / divisor;
    if (gradient) {
        bp_loss_delta(network, workspace, loss, m, T, ldt, NULL, 1 / divisor);
        bp_backward(network, workspace, m, gradient);
    }
    return BP_OK;
}
