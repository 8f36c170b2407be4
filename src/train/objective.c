#include "train/objective.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/allocator.h"
#include "network/dropout.h"
#include "network/pass.h"

#include <float.h>
#include <math.h>
#include <string.h>

bp_status bp_objective_allocate(bp_objective *o, bool parts, bp_error *error)
{
    const bp_allocator *from = bp_network_allocator(o->network);
    size_t rows = bp_workspace_max_rows(o->workspace);
    o->T = bp_allocate_matrix_from(from, rows, o->source->outputs);
    o->values = bp_allocate_from(from, rows, sizeof *o->values);
    if (o->source->weights)
        o->weights = bp_allocate_from(from, rows, sizeof *o->weights);
    if (parts)
        o->part = bp_allocate_matrix_from(from, bp_network_n_parameters(o->network), 1);
    if (!o->T || !o->values || (o->source->weights && !o->weights) || (parts && !o->part))
        return bp_fail_memory(error);
    return BP_OK;
}

void bp_objective_clear(bp_objective *o)
{
    const bp_allocator *from = bp_network_allocator(o->network);
    bp_release(from, o->T);
    bp_release(from, o->weights);
    bp_release(from, o->values);
    bp_release(from, o->part);
    o->T = o->part = NULL;
    o->weights = o->values = NULL;
}

double bp_objective_weight(const bp_objective *o, const size_t *order, size_t first, size_t m)
{
    const double *weights = o->source->weights;
    if (!weights)
        return (double)m;
    double sum = 0;
    for (size_t i = first; i < first + m; i++)
        sum += weights[order ? order[i] : i];
    return sum;
}

/* ---- A pass, shared out among the members of a team ---------------------------------------- */

/* Rows order[first] … order[first + m − 1], m ≤ max_rows. */
typedef struct pass {
    const bp_objective *o;
    const size_t *order;
    size_t first, m;
    double scale;
    bp_real *gradient; /* NULL: the loss alone */
    bool last;         /* `gradient` is whole then */
    bool summed;       /* the inputs, and the lowest layer's sums, are there */
} pass;

static void fill_rows(const pass *p, size_t first, size_t m)
{
    const bp_objective *o = p->o;
    size_t lda, outputs = o->source->outputs;
    bp_real *A = bp_workspace_inputs(o->workspace, &lda) + first * lda;
    o->source->fill(o->source->self, p->order, p->first + first, m, A, lda, o->T + first * outputs,
                    outputs);
    for (size_t i = 0; o->weights && i < m; i++) {
        size_t row = p->first + first + i;
        o->weights[first + i] = o->source->weights[p->order ? p->order[row] : row];
        if (o->weights[first + i] == 0) /* 0 times what is not finite would not be 0 */
            memset(A + i * lda, 0, o->source->inputs * sizeof *A);
    }
}

static void pass_inputs(void *self, size_t member, size_t members)
{
    const pass *p = self;
    size_t first, m;
    bp_team_share(p->m, BP_LEAST_ROWS, member, members, &first, &m);
    if (m)
        fill_rows(p, first, m);
}

static void pass_sums(void *self, size_t member, size_t members)
{
    const pass *p = self;
    bp_lowest_sums(p->o->network, p->o->workspace, p->m, member, members);
}

/* A member's rows, from the source to the delta of every layer. */
static void pass_rows(void *self, size_t member, size_t members)
{
    const pass *p = self;
    const bp_objective *o = p->o;
    size_t first, m, outputs = o->source->outputs;
    bp_team_share(p->m, BP_LEAST_ROWS, member, members, &first, &m);
    const bp_real *T = o->T + first * outputs;
    const double *weights = o->weights ? o->weights + first : NULL;
    if (!m)
        return;
    if (!p->summed)
        fill_rows(p, first, m);
    bp_forward_rows(o->network, o->workspace, first, m, p->summed);
    bp_loss_rows(o->network, o->workspace, o->loss, first, m, T, outputs, weights,
                 o->values + first);
    if (!p->gradient)
        return;
    bp_loss_delta_rows(o->network, o->workspace, o->loss, first, m, T, outputs, weights, p->scale);
    bp_backward_rows(o->network, o->workspace, first, m, 1);
}

static void pass_gradients(void *self, size_t member, size_t members)
{
    const pass *p = self;
    bp_weight_gradients(p->o->network, p->o->workspace, p->m, p->gradient, member, members);
    if (p->last && p->o->then)
        p->o->then(p->o->self, member, members);
}

static double run_pass(pass *p)
{
    const bp_objective *o = p->o;
    double sum = 0;
    if (o->dropout > 0)
        bp_workspace_draw_masks(o->workspace, p->m, o->dropout, o->random);
    p->summed = p->gradient && bp_sums_by_neurons(o->network, p->m, bp_team_members(o->team));
    if (p->summed) {
        bp_team_run(o->team, pass_inputs, p);
        bp_team_run(o->team, pass_sums, p);
    }
    bp_team_run(o->team, pass_rows, p);
    if (p->gradient)
        bp_team_run(o->team, pass_gradients, p);
    for (size_t i = 0; i < p->m; i++) /* in the order of the rows, whoever computed them */
        sum += o->values[i];
    return sum;
}

double bp_objective_sum(const bp_objective *o, const size_t *order, size_t first, size_t m,
                        double scale, bp_real *gradient)
{
    size_t most = bp_workspace_max_rows(o->workspace);
    size_t count = m < most ? m : most, n = bp_network_n_parameters(o->network);
    pass p = {o, order, first, count, scale, gradient, count == m, false};
    double sum = run_pass(&p);
    for (size_t at = count; at < m; at += count) {
        count = m - at < most ? m - at : most;
        p = (pass){o, order, first + at, count, scale, gradient ? o->part : NULL, false, false};
        sum += run_pass(&p);
        for (size_t i = 0; gradient && i < n; i++)
            gradient[i] += o->part[i];
    }
    if (gradient && o->then && m > most)
        bp_team_run(o->team, o->then, o->self);
    return sum;
}

double bp_objective_loss(const bp_objective *o, bp_real *gradient)
{
    size_t rows = o->source->rows;
    double weight = bp_objective_weight(o, NULL, 0, rows);
    double divisor = bp_loss_divisor(o->loss, weight, o->source->outputs);
    return bp_objective_sum(o, NULL, 0, rows, 1 / divisor, gradient) / divisor;
}

static bp_status check_weights(const bp_source *source, bp_error *error)
{
    double sum = 0;
    if (!source->weights)
        return BP_OK;
    for (size_t i = 0; i < source->rows; i++) {
        if (!(source->weights[i] >= 0) || !isfinite(source->weights[i]))
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "row %zu has the weight %g; weights are finite and 0 or more", i + 1,
                           source->weights[i]);
        sum += source->weights[i];
    }
    if (sum >= DBL_MIN && isfinite(sum * (double)source->outputs)) /* so is 1 / sum */
        return BP_OK;
    return bp_fail(error, BP_ERROR_ARGUMENT, "the weights of all rows add up to %g", sum);
}

bp_status bp_source_check(const bp_source *source, const bp_network *network, const char *purpose,
                          bp_error *error)
{
    size_t inputs = bp_network_inputs(network), outputs = bp_network_outputs(network);
    if (source->rows < 1)
        return bp_fail(error, BP_ERROR_ARGUMENT, "no rows to %s", purpose);
    if (source->inputs != inputs || source->outputs != outputs)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "data of %zu inputs and %zu outputs for a network of %zu and %zu",
                       source->inputs, source->outputs, inputs, outputs);
    if (!source->fill)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "the source to %s has no fill: of bp_arrays, X and T must not be NULL, nor "
                       "ldx and ldt below %zu and %zu, nor either array beyond memory",
                       purpose, inputs, outputs);
    return check_weights(source, error);
}

bp_status bp_loss_of(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                     const bp_source *source, double *value, bp_real *gradient, bp_error *error)
{
    if (!network || !workspace || !loss || !source || !value)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "network, workspace, loss, source and value must not be NULL");
    if (!bp_workspace_fits(workspace, network) || bp_workspace_max_rows(workspace) < 1)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "the workspace was made for a network of another shape, or for 0 rows");
    bp_status status = bp_loss_check(loss, network, error);
    if (!status)
        status = bp_source_check(source, network, "compute a loss of", error);
    if (status)
        return status;
    bp_objective o = {.network = network, .loss = loss, .source = source, .workspace = workspace};
    status = bp_objective_allocate(&o, gradient && source->rows > bp_workspace_max_rows(workspace),
                                   error);
    if (!status)
        *value = bp_objective_loss(&o, gradient);
    bp_objective_clear(&o);
    return status;
}
