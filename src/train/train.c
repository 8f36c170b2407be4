/* train.c: epochs of batches: fill, forward, loss, backward, step. */
#include "train/trainer.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/dropout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_SIZE = 32,       /* unless told otherwise */
    MOST_ROWS = 4096,      /* that go through the network at a time, however large the batch */
    VALIDATION_ROWS = 256, /* the same of validation rows */
};

bp_train_options bp_train_defaults(void)
{
    return (bp_train_options){.epochs = 200, .l2 = -1, .seed = 1};
}

/* ---- Checks ------------------------------------------------------------------------------- */

/* A number of the options, and where it must lie; no maximum: infinity. */
typedef struct range {
    const char *name;
    double value, least, below;
} range;

static bp_status check_ranges(const bp_train_options *how, bp_error *error)
{
    const range ranges[] = {
        {"learning rate", how->learning_rate, 0, INFINITY},
        {"L2 penalty", how->l2 < 0 ? 0 : how->l2, 0, INFINITY},
        {"dropout", how->dropout, 0, 1},
        {"largest gradient norm", how->clip_norm, 0, INFINITY},
        {"minimal improvement", how->min_delta, 0, INFINITY},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (!(ranges[i].value >= ranges[i].least && ranges[i].value < ranges[i].below))
            return bp_fail(
                error, BP_ERROR_ARGUMENT, "the %s, %g, is not %s", ranges[i].name, ranges[i].value,
                ranges[i].below < INFINITY ? "from 0 to less than 1" : "a number of 0 or more");
    return BP_OK;
}

/* What an optimizer that works in its own way has no use for. */
static bp_status check_optimizer(const bp_train_options *how, size_t rows, bp_error *error)
{
    const bp_optimizer *optimizer = how->optimizer ? how->optimizer : bp_optimizer_at(0);
    const char *name = optimizer->name, *unused = NULL;
    if (optimizer->n_state > BP_MOST_STATES)
        return bp_fail(error, BP_ERROR_ARGUMENT, "optimizer %s has %zu states; at most %d are kept",
                       name, optimizer->n_state, BP_MOST_STATES);
    if (optimizer->all_rows && how->batch_size && how->batch_size < rows)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "%s takes all rows at once, not batches of %zu; leave the batch size away",
                       name, how->batch_size);
    bool scheduled = how->warmup || (how->schedule && how->schedule != bp_schedule_at(0));
    if (optimizer->sizes_steps && scheduled)
        unused = "schedule or warm-up";
    if (!optimizer->step && how->learning_rate > 0)
        unused = "learning rate";
    if (!optimizer->step && how->dropout > 0)
        unused = "dropout, which changes the loss from one evaluation to the next";
    if (!optimizer->step && how->clip_norm > 0)
        unused = "clipping of the gradient";
    if (unused)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "%s finds the size of its steps itself; it takes no %s", name, unused);
    return BP_OK;
}

static bp_status check_sources(const bp_network *network, const bp_source *train,
                               const bp_source *validation, bp_error *error)
{
    size_t inputs = bp_network_inputs(network), outputs = bp_network_outputs(network);
    for (int i = 0; i < 2; i++) {
        const bp_source *source = i ? validation : train;
        if (!source)
            continue;
        if (source->rows < 1)
            return bp_fail(error, BP_ERROR_ARGUMENT, "no rows to %s on", i ? "validate" : "train");
        if (source->inputs != inputs || source->outputs != outputs)
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "data of %zu inputs and %zu outputs for a network of %zu and %zu",
                           source->inputs, source->outputs, inputs, outputs);
        bp_status status = bp_weights_check(source, error);
        if (status)
            return status;
    }
    return BP_OK;
}

static bp_status check(const bp_network *network, const bp_loss *loss, const bp_source *train,
                       const bp_source *validation, const bp_train_options *options,
                       bp_error *error)
{
    if (!network || !loss || !train)
        return bp_fail(error, BP_ERROR_ARGUMENT, "network, loss and train must not be NULL");
    bp_status status = check_ranges(options, error);
    if (!status)
        status = check_optimizer(options, train->rows, error);
    if (!status)
        status = check_sources(network, train, validation, error);
    return status ? status : bp_loss_check(loss, network, error);
}

/* ---- Setting up --------------------------------------------------------------------------- */

/* A step of Adam and its like moves each weight by about the rate, whatever the gradient; what that
 * does to a neuron's sum grows with the number of weights. Between a rate for the best of all
 * widths alike and one that falls as 1/h (Yang and Hu, ICML 2021), 1/√h did best: README,
 * "Defaults". */
static double default_rate(const bp_optimizer *optimizer, const bp_network *network)
{
    size_t widest = 1;
    for (size_t l = 0; l + 1 < bp_network_n_layers(network); l++)
        if (bp_network_layer(network, l).n > widest)
            widest = bp_network_layer(network, l).n;
    return optimizer->learning_rate / (optimizer->by_width ? sqrt((double)widest) : 1);
}

bp_train_options bp_train_settle(const bp_train_options *options, const bp_network *network,
                                 size_t rows)
{
    bp_train_options how = *options;
    if (!how.optimizer)
        how.optimizer = bp_optimizer_at(0);
    if (!how.schedule)
        how.schedule = bp_schedule_at(0);
    if (!(how.learning_rate > 0))
        how.learning_rate = default_rate(how.optimizer, network);
    if (how.l2 < 0)
        how.l2 = how.optimizer->l2;
    if (!how.schedule_epochs)
        how.schedule_epochs = how.schedule->epochs ? how.schedule->epochs : how.epochs;
    if (!how.batch_size)
        how.batch_size = how.optimizer->all_rows ? rows : BATCH_SIZE;
    if (how.batch_size > rows)
        how.batch_size = rows;
    return how;
}

static uint64_t hash(uint64_t h, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        h = (h ^ bits) * 1099511628211u;
    }
    return h;
}

/* FNV-1a over the bits of a thousand rows, evenly spread, and their weights: are these the data
 * that a training began with? */
static uint64_t checksum(const bp_objective *o)
{
    size_t lda, ldt = o->source->outputs;
    double *A = bp_workspace_inputs(o->workspace, &lda);
    uint64_t h = 14695981039346656037u;
    size_t every = o->source->rows / 1000 + 1;
    for (size_t i = 0; i < o->source->rows; i += every) {
        o->source->fill(o->source->self, NULL, i, 1, A, lda, o->T, ldt);
        h = hash(hash(h, A, lda - 1), o->T, ldt);
        if (o->source->weights)
            h = hash(h, &o->source->weights[i], 1);
    }
    return h;
}

/* What may not change between the parts of a training, as bp_train_state_fit() compares it. */
static char *settings_text(const bp_trainer *t)
{
    const bp_train_options *how = &t->how;
    const char *only = how->train_only ? how->train_only : "all tensors";
    size_t size = strlen(only) + 1000;
    char *text = bp_allocate(size, 1), numbers[4][BP_NUMBER_SIZE];
    const double values[4] = {how->learning_rate, how->l2, how->dropout, how->clip_norm};
    for (size_t i = 0; i < 4; i++)
        bp_print_number(values[i], numbers[i]);
    if (text)
        snprintf(text, size,
                 "optimizer %s\nlearning rate %s\nschedule %s\nschedule epochs %zu\nwarm-up %zu\n"
                 "batch size %zu\nshuffle %s\nl2 %s\ndropout %s\nclip norm %s\ntrain only %s\n"
                 "seed %llu\nloss %s\n%zu rows\n%s validation rows\ndata with checksum %016llx\n",
                 how->optimizer->name, numbers[0], how->schedule->name, how->schedule_epochs,
                 how->warmup, how->batch_size, how->file_order ? "no" : "yes", numbers[1],
                 numbers[2], numbers[3], only, (unsigned long long)how->seed, t->rows.loss->name,
                 t->rows.source->rows, t->held.source ? "with" : "without",
                 (unsigned long long)(how->state ? checksum(&t->rows) : 0));
    return text;
}

static bp_status set_up_state(bp_trainer *t, bp_error *error)
{
    size_t n = bp_network_n_parameters(t->network);
    char *settings = settings_text(t);
    bp_status status =
        settings ? bp_train_state_fit(t->state, n, t->how.optimizer->n_state, settings, error)
                 : bp_fail_memory(error);
    free(settings);
    if (status)
        return status;
    if (t->how.patience && !t->state->weights) {
        t->state->best = (bp_lowest){INFINITY, t->state->epoch};
        t->state->weights = bp_allocate_matrix(n, 1);
    }
    if (t->how.patience && !t->state->weights)
        return bp_fail_memory(error);
    if (!t->how.keep_good)
        return BP_OK;
    t->good = bp_allocate_matrix(n, 1);
    t->before = bp_allocate_matrix(n, 1);
    if (!t->good || !t->before)
        return bp_fail_memory(error);
    memcpy(t->good, bp_network_parameters(t->network), n * sizeof *t->good);
    t->lowest = (bp_lowest){INFINITY, t->state->epoch};
    return BP_OK;
}

/* A workspace and the rest of an objective whose batches have `rows` rows, at most `most` of which
 * go through the network at a time. */
static bp_status set_up_objective(const bp_trainer *t, bp_objective *o, size_t rows, size_t most,
                                  bool gradients, bp_error *error)
{
    bp_status status = bp_workspace_create(t->network, t->how.kernel, rows < most ? rows : most,
                                           &o->workspace, error);
    if (!status && o->dropout > 0)
        status = bp_workspace_add_masks(o->workspace, t->network, error);
    return status ? status : bp_objective_allocate(o, gradients && rows > most, error);
}

static bp_status set_up_spans(bp_trainer *t, bp_error *error)
{
    bp_status status = bp_spans_of(t->network, t->how.train_only, false, &t->trained, error);
    if (!status && t->how.l2 > 0)
        status = bp_spans_of(t->network, t->how.train_only, true, &t->penalised, error);
    return status;
}

static bp_status set_up(bp_trainer *t, bp_error *error)
{
    bp_status status = set_up_spans(t, error);
    if (!status)
        status = set_up_objective(t, &t->rows, t->how.batch_size, MOST_ROWS, true, error);
    if (!status && t->held.source)
        status = set_up_objective(t, &t->held, t->held.source->rows, VALIDATION_ROWS, false, error);
    if (status)
        return status;
    /* One batch of all rows is the same in any order. */
    bool ordered = t->how.file_order || t->how.batch_size == t->rows.source->rows;
    if (!ordered)
        t->order = bp_allocate(t->rows.source->rows, sizeof *t->order);
    t->gradient = bp_allocate_matrix(bp_network_n_parameters(t->network), 1);
    if ((!ordered && !t->order) || !t->gradient)
        return bp_fail_memory(error);
    return set_up_state(t, error);
}

static void clean_up(bp_trainer *t)
{
    bp_workspace_destroy(t->rows.workspace);
    bp_workspace_destroy(t->held.workspace);
    bp_objective_clear(&t->rows);
    bp_objective_clear(&t->held);
    free(t->gradient);
    free(t->good);
    free(t->before);
    free(t->trained.at);
    free(t->penalised.at);
    free(t->order);
}

/* ---- Steps -------------------------------------------------------------------------------- */

void bp_trainer_add_penalty(const bp_trainer *t, double *gradient)
{
    const double *w = bp_network_parameters(t->network);
    for (size_t s = 0; s < t->penalised.n; s++) {
        size_t first = t->penalised.at[s].first, end = first + t->penalised.at[s].count;
        for (size_t i = first; i < end; i++)
            gradient[i] += t->how.l2 * w[i];
    }
}

/* w ← (1 − η λ) w */
static void shrink(const bp_trainer *t)
{
    double *w = bp_network_parameters(t->network), factor = 1 - t->rate * t->how.l2;
    for (size_t s = 0; s < t->penalised.n; s++)
        for (size_t i = 0; i < t->penalised.at[s].count; i++)
            w[t->penalised.at[s].first + i] *= factor;
}

/* g ← g · c/‖g‖ where the norm of what is trained is above c (Pascanu, Mikolov and Bengio, ICML
 * 2013). It is taken in units of the largest element, whose square cannot overflow. */
static void clip(const bp_trainer *t)
{
    double *g = t->gradient, largest = 0, sum = 0;
    const bp_spans *spans = &t->trained;
    for (size_t s = 0; s < spans->n; s++)
        for (size_t i = 0; i < spans->at[s].count; i++)
            largest = fmax(largest, fabs(g[spans->at[s].first + i]));
    if (largest == 0 || !isfinite(largest))
        return;
    for (size_t s = 0; s < spans->n; s++)
        for (size_t i = 0; i < spans->at[s].count; i++) {
            double part = g[spans->at[s].first + i] / largest;
            sum += part * part;
        }
    double factor = t->how.clip_norm / sqrt(sum) / largest;
    for (size_t s = 0; factor < 1 && s < spans->n; s++)
        for (size_t i = 0; i < spans->at[s].count; i++)
            g[spans->at[s].first + i] *= factor;
}

/* The learning rate of the next step: the schedule's in this epoch, less while it warms up. */
static double next_rate(const bp_trainer *t)
{
    const bp_train_options *how = &t->how;
    double rate = how->learning_rate * t->state->factor;
    if (how->schedule->factor)
        rate *= how->schedule->factor((size_t)t->state->epoch + 1, how->schedule_epochs);
    size_t rows = t->rows.source->rows, batches = (rows - 1) / how->batch_size + 1;
    double climb = (double)how->warmup * (double)batches, at = (double)t->state->steps + 1;
    return at < climb ? rate * (at / climb) : rate;
}

static void step(bp_trainer *t)
{
    const bp_optimizer *optimizer = t->how.optimizer;
    double *w = bp_network_parameters(t->network), *arrays[BP_MOST_STATES];
    t->rate = next_rate(t);
    t->state->steps++;
    if (!optimizer->shrinks)
        bp_trainer_add_penalty(t, t->gradient);
    if (t->how.clip_norm > 0)
        clip(t);
    if (optimizer->shrinks)
        shrink(t);
    for (size_t s = 0; s < t->trained.n; s++) {
        size_t first = t->trained.at[s].first;
        for (size_t k = 0; k < optimizer->n_state; k++)
            arrays[k] = t->state->arrays + k * t->state->n + first;
        optimizer->step(t->trained.at[s].count, w + first, t->gradient + first, arrays, t->rate,
                        t->state->steps);
    }
}

/* Orders and masks depend on seed and epoch alone: a training goes on without those before. */
static void draw_epoch(bp_trainer *t)
{
    size_t rows = t->rows.source->rows;
    uint64_t epoch = t->state->epoch + 1;
    if (t->how.dropout > 0)
        bp_random_seed_part(&t->random, t->how.seed, BP_STREAM_DROPOUT, epoch);
    if (!t->order)
        return;
    bp_random random;
    bp_random_seed_part(&random, t->how.seed, BP_STREAM_SHUFFLE, epoch);
    for (size_t i = 0; i < rows; i++)
        t->order[i] = i;
    bp_random_shuffle(&random, t->order, rows);
}

/* One pass over the rows; returns the loss, or the first that is not finite. */
static double train_epoch(bp_trainer *t)
{
    const bp_objective *o = &t->rows;
    size_t rows = o->source->rows, outputs = o->source->outputs;
    double sum = 0, weight = 0;
    if (t->before)
        memcpy(t->before, bp_network_parameters(t->network), t->state->n * sizeof *t->before);
    draw_epoch(t);
    for (size_t first = 0; isfinite(sum) && first < rows; first += t->how.batch_size) {
        size_t m = rows - first < t->how.batch_size ? rows - first : t->how.batch_size;
        double counts = bp_objective_weight(o, t->order, first, m);
        weight += counts;
        if (counts == 0) /* nothing to learn from these rows */
            continue;
        sum += bp_objective_sum(o, t->order, first, m,
                                1 / bp_loss_divisor(o->loss, counts, outputs), t->gradient);
        step(t);
        t->last_batch = m;
    }
    return sum / bp_loss_divisor(o->loss, weight, outputs);
}

/* ---- Epochs ------------------------------------------------------------------------------- */

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
static bp_status check_finite(const bp_trainer *t, double loss, double held, bp_error *error)
{
    const char *what = NULL;
    if (!isfinite(loss))
        what = "the loss";
    else if (!all_finite(bp_network_parameters(t->network), t->state->n))
        what = "a weight";
    else if (t->held.source && !isfinite(held))
        what = "the loss of the validation rows";
    if (!what)
        return BP_OK;
    return bp_fail(error, BP_ERROR_DIVERGED,
                   "training diverged: %s in epoch %zu is not finite; a smaller learning rate "
                   "usually helps, and so does scaling the data",
                   what, (size_t)t->state->epoch + 1);
}

/* Whether a loss is lower by more than min_delta than the lowest so far; if so it is that. */
static bool lowers(bp_lowest *lowest, double loss, double min_delta, size_t epoch)
{
    if (!(loss < lowest->loss - min_delta))
        return false;
    *lowest = (bp_lowest){loss, epoch};
    return true;
}

/* Keeps the weights of the lowest monitored loss. A loss that was measured while the weights moved
 * speaks for those before it alone: the ones after may be far gone. */
static void keep_good(bp_trainer *t, double monitored)
{
    bool after = t->held.source || !t->how.optimizer->step;
    uint64_t epoch = after ? t->state->epoch : t->state->epoch - 1;
    const double *weights = after ? bp_network_parameters(t->network) : t->before;
    if (lowers(&t->lowest, monitored, 0, epoch))
        memcpy(t->good, weights, t->state->n * sizeof *weights);
}

/* What an epoch's monitored loss means for the learning rate, and for the end. */
static void keep_books(bp_trainer *t, double monitored)
{
    bp_train_state *state = t->state;
    const double *w = bp_network_parameters(t->network);
    uint64_t epoch = ++state->epoch;
    if (!t->how.schedule->factor && !lowers(&state->stall, monitored, t->how.min_delta, epoch) &&
        epoch - state->stall.epoch >= t->how.schedule_epochs) {
        state->factor /= 2;
        state->stall.epoch = epoch;
    }
    if (state->weights && lowers(&state->best, monitored, t->how.min_delta, epoch))
        memcpy(state->weights, w, state->n * sizeof *w);
    if (t->good)
        keep_good(t, monitored);
}

/* Also asked before the first epoch: a training may go on from its end. */
static bp_train_end find_end(const bp_trainer *t)
{
    const bp_train_state *state = t->state;
    if (t->how.patience && state->epoch - state->best.epoch >= t->how.patience)
        return BP_END_PATIENCE;
    return state->epoch >= t->how.epochs ? BP_END_EPOCHS : BP_END_NOT_YET;
}

/* The rows that the last pass through the workspace had. */
static size_t rows_at_last(const bp_trainer *t)
{
    return (t->last_batch - 1) % bp_workspace_max_rows(t->rows.workspace) + 1;
}

bp_status bp_trainer_finish_epoch(bp_trainer *t, double loss, bp_error *error)
{
    double held = t->held.source ? bp_objective_loss(&t->held, NULL) : NAN;
    bp_status status = check_finite(t, loss, held, error);
    if (status)
        return status;
    keep_books(t, t->held.source ? held : loss);
    t->state->end = find_end(t);
    bp_progress progress = {
        .epoch = (size_t)t->state->epoch,
        .epochs = t->how.epochs,
        .rows = t->rows.source->rows,
        .loss = loss,
        .validation_loss = held,
        .learning_rate = t->rate,
        .seconds = seconds_since(&t->start),
        .last = t->state->end != BP_END_NOT_YET,
        .network = t->network,
        .workspace = t->rows.workspace,
        .batch_rows = rows_at_last(t),
    };
    if (!t->how.progress || !t->how.progress(&progress, t->how.user))
        return BP_OK;
    t->state->end = BP_END_NOT_YET;
    return bp_fail(error, BP_ERROR_CANCELLED, "training was stopped after epoch %zu",
                   (size_t)t->state->epoch);
}

static bp_status run_epochs(bp_trainer *t, bp_error *error)
{
    bp_status status = BP_OK;
    clock_gettime(CLOCK_MONOTONIC, &t->start);
    t->state->end = find_end(t);
#ifdef BP_HAVE_LBFGS
    if (!t->how.optimizer->step)
        return bp_trainer_run_lbfgs(t, error);
#endif
    while (!status && !t->state->end)
        status = bp_trainer_finish_epoch(t, train_epoch(t), error);
    return status;
}

/* The weights to end with, where they are not those of the last step. */
static void restore(const bp_trainer *t, bp_status status)
{
    bp_train_state *state = t->state;
    bool diverged = status == BP_ERROR_DIVERGED;
    const double *weights = NULL;
    state->kept = state->epoch;
    if (diverged && t->good) {
        weights = t->good;
        state->kept = t->lowest.epoch;
    } else if (!diverged && t->how.patience && state->best.loss < INFINITY) {
        weights = state->weights;
        state->kept = state->best.epoch;
    }
    if (weights)
        memcpy(bp_network_parameters(t->network), weights, state->n * sizeof *weights);
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
    bp_trainer t = {
        .network = network,
        .how = bp_train_settle(options, network, train->rows),
        .state = options->state,
        .last_batch = train->rows,
        .rows = {.network = network, .loss = loss, .source = train, .dropout = options->dropout},
        .held = {.network = network, .loss = loss, .source = validation},
    };
    t.rows.random = &t.random;
    if (!t.state)
        status = bp_train_state_create(&t.state, error);
    if (!status)
        status = set_up(&t, error);
    if (!status) {
        status = run_epochs(&t, error);
        restore(&t, status);
    }
    clean_up(&t);
    if (!options->state)
        bp_train_state_destroy(t.state);
    return status;
}
