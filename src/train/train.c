/* train.c: epochs of batches: fill, forward, loss, backward, step. */
#include <bprop/train.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "train/spans.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum {
    MOST_STATES = 4,       /* of an optimizer */
    VALIDATION_ROWS = 256, /* that go through the network at a time */
};

/* All that training needs beside its arguments. */
typedef struct trainer {
    bp_network *network;
    const bp_loss *loss;
    const bp_source *source, *validation; /* validation NULL: none */
    const bp_optimizer *optimizer;
    double learning_rate;
    bp_workspace *workspace;
    size_t batch_size;
    double *T;                    /* batch_size×outputs */
    bp_workspace *held_workspace; /* of the validation rows: the last batch's is for `progress` */
    double *held_T;               /* VALIDATION_ROWS×outputs */
    double *gradient;             /* a block as the parameters */
    double *state;                /* n_state such blocks */
    bp_span *spans;
    size_t n_spans;
    uint64_t t;    /* steps so far */
    size_t *order; /* of the rows; NULL: as they are */
    bp_random random;
} trainer;

bp_train_options bp_train_defaults(void)
{
    return (bp_train_options){.epochs = 200, .batch_size = 32, .seed = 1};
}

static bp_status check(const bp_network *network, const bp_loss *loss, const bp_source *train,
                       const bp_source *validation, const bp_train_options *options,
                       bp_error *error)
{
    if (!network || !loss || !train)
        return bp_fail(error, BP_ERROR_ARGUMENT, "network, loss and train must not be NULL");
    if (!(options->learning_rate >= 0) || !isfinite(options->learning_rate))
        return bp_fail(error, BP_ERROR_ARGUMENT, "the learning rate %g is not above 0",
                       options->learning_rate);
    if (train->rows < 1 || (validation && validation->rows < 1))
        return bp_fail(error, BP_ERROR_ARGUMENT, "no rows to %s on",
                       train->rows < 1 ? "train" : "validate");
    if (options->optimizer && options->optimizer->n_state > MOST_STATES)
        return bp_fail(error, BP_ERROR_ARGUMENT, "optimizer %s has %zu states; at most %d are kept",
                       options->optimizer->name, options->optimizer->n_state, MOST_STATES);
    size_t inputs = bp_network_inputs(network), outputs = bp_network_outputs(network);
    for (int i = 0; i < 2; i++) {
        const bp_source *source = i ? validation : train;
        if (source && (source->inputs != inputs || source->outputs != outputs))
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "data of %zu inputs and %zu outputs for a network of %zu and %zu",
                           source->inputs, source->outputs, inputs, outputs);
    }
    return bp_loss_check(loss, network, error);
}

static void clean_up(trainer *t)
{
    bp_workspace_destroy(t->workspace);
    bp_workspace_destroy(t->held_workspace);
    free(t->T);
    free(t->held_T);
    free(t->gradient);
    free(t->state);
    free(t->spans);
    free(t->order);
}

static bp_status set_up_validation(trainer *t, const bp_kernel *kernel, bp_error *error)
{
    if (!t->validation)
        return BP_OK;
    t->held_T = bp_allocate_matrix(VALIDATION_ROWS, t->validation->outputs);
    if (!t->held_T)
        return bp_fail_memory(error);
    return bp_workspace_create(t->network, kernel, VALIDATION_ROWS, &t->held_workspace, error);
}

/* The rows in an order of their own, to be shuffled; none where one batch takes them all, in which
 * order changes nothing. */
static bp_status set_up_order(trainer *t, const bp_train_options *options, bp_error *error)
{
    size_t rows = t->source->rows;
    if (options->file_order || t->batch_size == rows)
        return BP_OK;
    if (!(t->order = bp_allocate(rows, sizeof *t->order)))
        return bp_fail_memory(error);
    for (size_t i = 0; i < rows; i++)
        t->order[i] = i;
    bp_random_seed(&t->random, options->seed, BP_STREAM_SHUFFLE);
    return BP_OK;
}

static bp_status set_up(trainer *t, const bp_train_options *options, bp_error *error)
{
    size_t rows = t->source->rows, n = bp_network_n_parameters(t->network);
    t->batch_size = options->batch_size && options->batch_size < rows ? options->batch_size : rows;
    bp_status status = bp_spans_of(t->network, options->train_only, &t->spans, &t->n_spans, error);
    if (!status)
        status =
            bp_workspace_create(t->network, options->kernel, t->batch_size, &t->workspace, error);
    if (status)
        return status;
    t->T = bp_allocate_matrix(t->batch_size, t->source->outputs);
    t->gradient = bp_allocate_matrix(n, 1);
    t->state = bp_allocate_matrix(t->optimizer->n_state, n);
    if (!t->T || !t->gradient || !t->state)
        return bp_fail_memory(error);
    status = set_up_validation(t, options->kernel, error);
    return status ? status : set_up_order(t, options, error);
}

static void step(trainer *t)
{
    size_t n = bp_network_n_parameters(t->network);
    double *w = bp_network_parameters(t->network), *state[MOST_STATES];
    t->t++;
    for (size_t s = 0; s < t->n_spans; s++) {
        size_t first = t->spans[s].first;
        for (size_t k = 0; k < t->optimizer->n_state; k++)
            state[k] = t->state + k * n + first;
        t->optimizer->step(t->spans[s].count, w + first, t->gradient + first, state,
                           t->learning_rate, t->t);
    }
}

/* One batch, m rows of the order from `first` on; returns the sum of its loss. */
static double train_batch(trainer *t, size_t first, size_t m)
{
    size_t lda, outputs = t->source->outputs;
    double *A = bp_workspace_inputs(t->workspace, &lda);
    t->source->fill(t->source->self, t->order, first, m, A, lda, t->T, outputs);
    bp_forward(t->network, t->workspace, m);
    double sum = bp_loss_sum(t->network, t->workspace, t->loss, m, t->T, outputs);
    bp_loss_delta(t->network, t->workspace, t->loss, m, t->T, outputs,
                  1 / bp_loss_divisor(t->loss, m, outputs));
    bp_backward(t->network, t->workspace, m, t->gradient);
    step(t);
    return sum;
}

/* One pass over the rows; returns the loss. */
static double train_epoch(trainer *t, size_t *last_batch)
{
    size_t rows = t->source->rows;
    double sum = 0;
    if (t->order)
        bp_random_shuffle(&t->random, t->order, rows);
    for (size_t first = 0; first < rows; first += *last_batch) {
        *last_batch = rows - first < t->batch_size ? rows - first : t->batch_size;
        sum += train_batch(t, first, *last_batch);
    }
    return sum / bp_loss_divisor(t->loss, rows, t->source->outputs);
}

/* The sum of the loss over a source, a workspace of rows at a time; T takes as many rows. */
static double sum_of(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                     const bp_source *source, double *T)
{
    size_t lda, most = bp_workspace_max_rows(workspace);
    double *A = bp_workspace_inputs(workspace, &lda), sum = 0;
    for (size_t first = 0; first < source->rows; first += most) {
        size_t m = source->rows - first < most ? source->rows - first : most;
        source->fill(source->self, NULL, first, m, A, lda, T, source->outputs);
        bp_forward(network, workspace, m);
        sum += bp_loss_sum(network, workspace, loss, m, T, source->outputs);
    }
    return sum;
}

bp_status bp_loss_of(const bp_network *network, bp_workspace *workspace, const bp_loss *loss,
                     const bp_source *source, double *value, bp_error *error)
{
    if (!network || !workspace || !loss || !source || !value || source->rows < 1)
        return bp_fail(error, BP_ERROR_ARGUMENT, "NULL, or no rows to compute a loss of");
    if (!bp_workspace_fits(workspace, network) || bp_workspace_max_rows(workspace) < 1 ||
        source->inputs != bp_network_inputs(network) ||
        source->outputs != bp_network_outputs(network))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "network, workspace and data are not of one shape");
    bp_status status = bp_loss_check(loss, network, error);
    if (status)
        return status;
    double *T = bp_allocate_matrix(bp_workspace_max_rows(workspace), source->outputs);
    if (!T)
        return bp_fail_memory(error);
    *value = sum_of(network, workspace, loss, source, T) /
             bp_loss_divisor(loss, source->rows, source->outputs);
    free(T);
    return BP_OK;
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static bool all_finite(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

/* The loss is of the weights before each step: the last step's must be looked at themselves. */
static bp_status check_finite(const trainer *t, double loss, size_t epoch, bp_error *error)
{
    bool weights =
        all_finite(bp_network_parameters(t->network), bp_network_n_parameters(t->network));
    if (isfinite(loss) && weights)
        return BP_OK;
    return bp_fail(error, BP_ERROR_DIVERGED,
                   "training diverged: %s in epoch %zu is not finite; a smaller learning rate "
                   "usually helps, and so does scaling the data",
                   weights ? "the loss" : "a weight", epoch);
}

static double validation_loss(trainer *t)
{
    const bp_source *held = t->validation;
    if (!held)
        return NAN;
    return sum_of(t->network, t->held_workspace, t->loss, held, t->held_T) /
           bp_loss_divisor(t->loss, held->rows, held->outputs);
}

static bp_status run_epochs(trainer *t, const bp_train_options *options, bp_error *error)
{
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (size_t epoch = 1; epoch <= options->epochs; epoch++) {
        bp_progress progress = {
            .epoch = epoch,
            .epochs = options->epochs,
            .rows = t->source->rows,
            .learning_rate = t->learning_rate,
            .network = t->network,
            .workspace = t->workspace,
        };
        progress.loss = train_epoch(t, &progress.batch_rows);
        bp_status status = check_finite(t, progress.loss, epoch, error);
        if (status)
            return status;
        progress.validation_loss = validation_loss(t);
        progress.seconds = seconds_since(&start);
        if (options->progress && options->progress(&progress, options->user))
            return bp_fail(error, BP_ERROR_CANCELLED, "training was stopped after epoch %zu",
                           epoch);
    }
    return BP_OK;
}

bp_status bp_train(bp_network *network, const bp_loss *loss, const bp_source *train,
                   const bp_source *validation, const bp_train_options *options, bp_error *error)
{
    bp_train_options defaults = bp_train_defaults();
    if (!options)
        options = &defaults;
    bp_status status = check(network, loss, train, validation, options, error);
    if (status)
        return status;
    trainer t = {.network = network, .loss = loss, .source = train, .validation = validation};
    t.optimizer = options->optimizer ? options->optimizer : bp_optimizer_at(0);
    t.learning_rate =
        options->learning_rate > 0 ? options->learning_rate : t.optimizer->learning_rate;
    status = set_up(&t, options, error);
    if (!status)
        status = run_epochs(&t, options, error);
    clean_up(&t);
    return status;
}
