/* train.c: epochs of batches: loss and gradient, then a step; and what follows from an epoch's
 * loss. */
#include "train/trainer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "network/allocator.h"
#include "network/pass.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- Steps -------------------------------------------------------------------------------- */

enum { LARGE = 20000 }; /* parameters that a step takes longer for than a team takes to meet */

/* What of the parameters from `first` up to `end` is in a span; *from then counts from the block's
 * beginning. */
static size_t overlap(const bp_span *span, size_t first, size_t end, size_t *from)
{
    size_t span_end = span->first + span->count;
    *from = span->first > first ? span->first : first;
    end = span_end < end ? span_end : end;
    return end > *from ? end - *from : 0;
}

/* g ← g + λ w, or w ← (1 − η λ) w, of the parameters from `first` up to `end` */
static void penalise(const bp_trainer *t, bp_real *gradient, size_t first, size_t end)
{
    bp_real *w = bp_network_parameters(t->network), l2 = (bp_real)t->how.l2;
    bp_real factor = (bp_real)(1 - t->rate * t->how.l2);
    const bp_spans *spans = &t->penalised;
    for (size_t s = bp_spans_from(spans, first); s < spans->n && spans->at[s].first < end; s++) {
        size_t from, count = overlap(&spans->at[s], first, end, &from);
        if (t->how.optimizer->shrinks)
            for (size_t i = from; i < from + count; i++)
                w[i] *= factor;
        else
            for (size_t i = from; i < from + count; i++)
                gradient[i] += l2 * w[i];
    }
}

void bp_trainer_add_penalty(const bp_trainer *t, bp_real *gradient)
{
    penalise(t, gradient, 0, t->state->n);
}

static double sum_of_squares(size_t n, const bp_real *g)
{
    double part[8] = {0}, sum = 0; /* partial sums, which need not wait for each other */
    for (size_t i = 0; i < n; i++)
        part[i % 8] += (double)g[i] * g[i];
    for (size_t i = 0; i < 8; i++)
        sum += part[i];
    return sum;
}

/* Σ g² of what is trained, of each chunk of a member's share; the penalty enters the gradient
 * first. Chunks are the same whoever computes them. */
static void square_share(void *self, size_t member, size_t members)
{
    const bp_trainer *t = self;
    const bp_spans *spans = &t->trained;
    size_t first, count, from;
    bp_team_share(t->state->n, BP_CLIP_CHUNK, member, members, &first, &count);
    if (!t->how.optimizer->shrinks)
        penalise(t, t->gradient, first, first + count);
    for (size_t at = first, end; at < first + count; at = end) {
        double sum = 0;
        end = at + BP_CLIP_CHUNK < first + count ? at + BP_CLIP_CHUNK : first + count;
        for (size_t s = bp_spans_from(spans, at); s < spans->n && spans->at[s].first < end; s++) {
            size_t n = overlap(&spans->at[s], at, end, &from);
            sum += sum_of_squares(n, t->gradient + from);
        }
        t->squares[at / BP_CLIP_CHUNK] = sum;
    }
}

/* c/‖g‖ with ‖g‖ in units of the largest element: no square overflows or vanishes. */
static double factor_in_units(const bp_trainer *t)
{
    const bp_real *g = t->gradient;
    double largest = 0, sum = 0;
    for (size_t s = 0; s < t->trained.n; s++)
        for (size_t i = 0; i < t->trained.at[s].count; i++)
            largest = fmax(largest, fabs(g[t->trained.at[s].first + i]));
    if (largest == 0 || !isfinite(largest))
        return 1;
    for (size_t s = 0; s < t->trained.n; s++)
        for (size_t i = 0; i < t->trained.at[s].count; i++) {
            double part = g[t->trained.at[s].first + i] / largest;
            sum += part * part;
        }
    return t->how.clip_norm / largest / sqrt(sum);
}

/* What makes g's norm no more than c: c/‖g‖, or 1 (Pascanu, Mikolov and Bengio, ICML 2013).
 * Elements that are not finite stay as they are. */
static double clip_factor(bp_trainer *t, bp_team *team)
{
    double sum = 0;
    bp_team_run(team, square_share, t);
    for (size_t c = 0; c * BP_CLIP_CHUNK < t->state->n; c++)
        sum += t->squares[c];
    bool plain = isfinite(sum) && sum >= DBL_MIN;
    double factor = plain ? t->how.clip_norm / sqrt(sum) : factor_in_units(t);
    return factor < 1 ? factor : 1;
}

/* The learning rate of an epoch, by the schedule. */
static double rate_of_epoch(const bp_trainer *t)
{
    const bp_train_options *how = &t->how;
    double rate = how->learning_rate * t->state->factor;
    if (how->schedule->factor)
        rate *= how->schedule->factor((size_t)t->state->epoch + 1, how->schedule_epochs);
    return rate;
}

/* Less while it warms up, of which a batch that makes no step is a part. */
static double rate_of_step(const bp_trainer *t, size_t first)
{
    if (!t->how.warmup)
        return t->epoch_rate;
    size_t batches = (t->rows.source->rows - 1) / t->how.batch_size + 1;
    double climb = (double)t->how.warmup * (double)batches;
    double at = (double)t->state->epoch * (double)batches + (double)(first / t->how.batch_size + 1);
    return at < climb ? t->epoch_rate * (at / climb) : t->epoch_rate;
}

/* Of the parameters from `first` up to `end`; a gradient whose norm was taken has its penalty. */
static void step_range(const bp_trainer *t, size_t first, size_t end)
{
    const bp_optimizer *optimizer = t->how.optimizer;
    bp_real *w = bp_network_parameters(t->network), *g = t->gradient, *arrays[BP_MOST_STATES];
    if (optimizer->shrinks || !t->squares)
        penalise(t, g, first, end);
    const bp_spans *spans = &t->trained;
    for (size_t s = bp_spans_from(spans, first); s < spans->n && spans->at[s].first < end; s++) {
        size_t from, count = overlap(&spans->at[s], first, end, &from);
        for (size_t i = from; t->clip < 1 && i < from + count; i++)
            g[i] *= (bp_real)t->clip;
        for (size_t k = 0; k < optimizer->n_state; k++)
            arrays[k] = t->state->arrays + k * t->state->n + from;
        optimizer->step(count, w + from, g + from, arrays, t->rate, t->state->steps);
    }
}

/* A part of a team takes the step of what it has computed the gradient of, which is in its cache,
 * as these weights will be when it needs them. */
static void step_share(void *self, size_t part, size_t parts)
{
    const bp_trainer *t = self;
    size_t layers = bp_network_n_layers(t->network);
    if (parts == 1) {
        step_range(t, 0, t->state->n);
        return;
    }
    for (size_t l = 0; l < layers; l++) {
        bp_pieces pieces = bp_gradient_pieces(t->network, l, part, parts);
        for (size_t i = 0, first = pieces.first; i < pieces.n; i++, first += pieces.apart)
            step_range(t, first, first + pieces.count);
    }
}

/* The gradient of rows order[first] …, scaled, and the step; returns the sum of their losses. */
static double step(bp_trainer *t, size_t first, size_t m, double scale)
{
    t->rate = rate_of_step(t, first);
    t->state->steps++;
    t->clip = 1;
    double sum = bp_objective_sum(&t->rows, t->order, first, m, scale, t->gradient);
    if (t->squares) {
        bp_team *team = t->state->n >= LARGE ? t->team : NULL;
        t->clip = clip_factor(t, team);
        bp_team_run(team, step_share, t);
    }
    return sum;
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
    t->epoch_rate = rate_of_epoch(t);
    for (size_t first = 0; isfinite(sum) && first < rows; first += t->how.batch_size) {
        size_t m = rows - first < t->how.batch_size ? rows - first : t->how.batch_size;
        double counts = bp_objective_weight(o, t->order, first, m);
        if (counts <
            DBL_MIN) /* next to nothing to learn from these rows, if 1 / counts is finite */
            continue;
        weight += counts;
        sum += step(t, first, m, 1 / bp_loss_divisor(o->loss, counts, outputs));
        t->last_batch = m;
    }
    return weight > 0 ? sum / bp_loss_divisor(o->loss, weight, outputs) : 0;
}

/* ---- Epochs ------------------------------------------------------------------------------- */

static bool all_finite(const bp_real *values, size_t n)
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

/* Whether a loss is lower by more than min_delta than the lowest so far; if so it is that, and the
 * weights after `epoch` epochs are kept with it. */
static bool lowers(bp_lowest *lowest, double loss, double min_delta, uint64_t epoch,
                   const bp_real *weights, size_t n)
{
    if (!(loss < lowest->loss - min_delta))
        return false;
    lowest->loss = loss;
    lowest->epoch = epoch;
    if (lowest->weights)
        memcpy(lowest->weights, weights, n * sizeof *weights);
    return true;
}

/* Keeps the weights that a loss speaks of, if it is the lowest: those after the epoch or, `began`,
 * those that it began with. */
static void keep_lowest(const bp_trainer *t, bp_lowest *lowest, double loss, bool began)
{
    lowers(lowest, loss, 0, t->state->epoch - began,
           began ? t->before : bp_network_parameters(t->network), t->state->n);
}

/* What an epoch's monitored loss means for the learning rate, and for the end. */
static void keep_books(bp_trainer *t, double monitored)
{
    bp_train_state *state = t->state;
    const bp_real *w = bp_network_parameters(t->network);
    double delta = t->how.min_delta;
    uint64_t epoch = ++state->epoch;
    if (!t->how.schedule->factor && !lowers(&state->stall, monitored, delta, epoch, w, state->n) &&
        epoch - state->stall.epoch >= t->how.schedule_epochs) {
        state->factor /= 2;
        state->stall.epoch = epoch;
    }
    if (state->best.weights) {
        lowers(&state->wait, monitored, delta, epoch, w, state->n);
        keep_lowest(t, &state->best, monitored, bp_trainer_looks_back(t, true));
    }
    if (state->good.weights)
        keep_lowest(t, &state->good, monitored, bp_trainer_looks_back(t, false));
}

/* Also asked before the first epoch: a training may go on from its end. */
static bp_train_end find_end(const bp_trainer *t)
{
    const bp_train_state *state = t->state;
    if (t->how.patience && state->epoch - state->wait.epoch >= t->how.patience)
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
        .seconds = bp_clock() - t->start,
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
    t->start = bp_clock();
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
    const bp_lowest *kept = NULL;
    state->kept = state->epoch;
    if (diverged && t->how.keep_good)
        kept = &state->good;
    else if (!diverged && t->how.patience)
        kept = &state->best;
    if (!kept)
        return;
    state->kept = kept->epoch;
    memcpy(bp_network_parameters(t->network), kept->weights, state->n * sizeof *kept->weights);
}

/* Makes a training that failed for want of memory one that never began: the state is as before, and
 * may go on with other options. */
static void take_back(bp_train_state *state, const bp_train_state *before)
{
    if (state->arrays != before->arrays)
        bp_release(&before->from, state->arrays);
    if (state->settings != before->settings)
        bp_release(&before->from, state->settings);
    if (state->best.weights != before->best.weights)
        bp_release(&before->from, state->best.weights);
    if (state->good.weights != before->good.weights)
        bp_release(&before->from, state->good.weights);
    *state = *before;
}

bp_status bp_train(bp_network *network, const bp_loss *loss, const bp_source *train,
                   const bp_source *validation, const bp_train_options *options, bp_error *error)
{
    bp_train_options defaults = bp_train_defaults();
    if (!options)
        options = &defaults;
    bp_status status = bp_train_check(network, loss, train, validation, options, error);
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
    if (!(options->clip_norm > 0) &&
        t.how.optimizer->step) { /* else it is not known yet, or none */
        t.rows.then = step_share;
        t.rows.self = &t;
    }
    if (!t.state)
        status = bp_train_state_create_from(bp_network_allocator(network), &t.state, error);
    if (status)
        return status;
    const bp_train_state before = *t.state;
    status = bp_trainer_set_up(&t, error);
    bool begun = !status;
    if (begun)
        status = run_epochs(&t, error);
    if (status == BP_ERROR_MEMORY && t.state->epoch == before.epoch)
        take_back(t.state, &before);
    else if (begun)
        restore(&t, status);
    bp_trainer_clean_up(&t);
    if (!options->state)
        bp_train_state_destroy(t.state);
    return status;
}
