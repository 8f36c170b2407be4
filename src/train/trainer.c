/* trainer.c: what a training needs, from beginning to end. */
#include "train/trainer.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "network/allocator.h"
#include "network/dropout.h"
#include "network/pass.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_ROWS = 4096,      /* that go through the network at a time, however large the batch */
    VALIDATION_ROWS = 256, /* the same of validation rows */
};

/* Of the bits of all rows and their weights: are these the data that a training began with? Of no
 * data it is 0. */
static uint64_t checksum(const bp_objective *o)
{
    if (!o->source)
        return 0;
    size_t lda, ldt = o->source->outputs;
    bp_real *A = bp_workspace_inputs(o->workspace, &lda);
    uint64_t h = BP_HASH_START;
    for (size_t i = 0; i < o->source->rows; i++) {
        o->source->fill(o->source->self, NULL, i, 1, A, lda, o->T, ldt);
        for (size_t j = 0; j < o->source->inputs; j++)
            h = bp_hash_number(h, A[j]);
        for (size_t j = 0; j < ldt; j++)
            h = bp_hash_number(h, o->T[j]);
        if (o->source->weights)
            h = bp_hash_number(h, o->source->weights[i]);
    }
    return h;
}

/* Of the numbers of inputs and neurons, and the activations' names. */
static uint64_t layers_checksum(const bp_network *network)
{
    uint64_t h = bp_hash_number(BP_HASH_START, (double)bp_network_inputs(network));
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        const char *name = layer.activation->name;
        h = bp_hash(bp_hash_number(h, (double)layer.n), name, strlen(name) + 1);
    }
    return h;
}

/* What may not change between the parts of a training, as bp_train_state_fit() compares it. */
static char *settings_text(const bp_trainer *t)
{
    const bp_train_options *how = &t->how;
    const char *only = how->train_only ? how->train_only : "all tensors";
    size_t size = strlen(only) + 1000;
    char *text = bp_allocate_from(bp_network_allocator(t->network), size, 1),
         numbers[4][BP_NUMBER_SIZE];
    const double values[4] = {how->learning_rate, how->l2, how->dropout, how->clip_norm};
    for (size_t i = 0; i < 4; i++)
        bp_print_number(values[i], numbers[i]);
    if (text)
        snprintf(text, size,
                 "%soptimizer %s\nlearning rate %s\nschedule %s\nschedule epochs %zu\nwarm-up %zu\n"
                 "batch size %zu\nshuffle %s\nl2 %s\ndropout %s\nclip norm %s\ntrain only %s\n"
                 "seed %llu\nloss %s\n%zu rows\n%zu validation rows\n" BP_DATA "%016llx\n" BP_DATA
                 "%016llx\n" BP_LAYERS "%016llx\n",
                 sizeof(bp_real) == sizeof(float) ? "single precision\n" : "", how->optimizer->name,
                 numbers[0], how->schedule->name, how->schedule_epochs, how->warmup,
                 how->batch_size, how->file_order ? "no" : "yes", numbers[1], numbers[2],
                 numbers[3], only, (unsigned long long)how->seed, t->rows.loss->name,
                 t->rows.source->rows, t->held.source ? t->held.source->rows : 0,
                 (unsigned long long)(how->state ? checksum(&t->rows) : 0),
                 (unsigned long long)(how->state ? checksum(&t->held) : 0),
                 (unsigned long long)layers_checksum(t->network));
    return text;
}

bool bp_trainer_looks_back(const bp_trainer *t, bool certain)
{
    bool moving = !t->held.source && t->how.optimizer->step;
    return moving && (!certain || t->how.batch_size >= t->rows.source->rows);
}

/* From here on the weights of the lowest loss are kept, if they were not yet. */
static bp_status begin_lowest(const bp_trainer *t, bp_lowest *lowest, bp_error *error)
{
    size_t n = bp_network_n_parameters(t->network);
    if (lowest->weights)
        return BP_OK;
    *lowest =
        (bp_lowest){INFINITY, t->state->epoch, bp_allocate_matrix_from(&t->state->from, n, 1)};
    if (!lowest->weights)
        return bp_fail_memory(error);
    memcpy(lowest->weights, bp_network_parameters(t->network), n * sizeof *lowest->weights);
    return BP_OK;
}

static bp_status set_up_state(bp_trainer *t, bp_error *error)
{
    const bp_allocator *from = bp_network_allocator(t->network);
    size_t n = bp_network_n_parameters(t->network);
    char *settings = settings_text(t);
    bp_status status =
        settings ? bp_train_state_fit(t->state, n, t->how.optimizer->n_state, settings, error)
                 : bp_fail_memory(error);
    bp_release(from, settings);
    if (status)
        return status;
    if (t->how.patience && !t->state->best.weights)
        t->state->wait = (bp_lowest){INFINITY, t->state->epoch, NULL};
    if (t->how.patience)
        status = begin_lowest(t, &t->state->best, error);
    if (!status && t->how.keep_good)
        status = begin_lowest(t, &t->state->good, error);
    bool looks_back = (t->state->best.weights && bp_trainer_looks_back(t, true)) ||
                      (t->state->good.weights && bp_trainer_looks_back(t, false));
    if (!status && looks_back && !(t->before = bp_allocate_matrix_from(from, n, 1)))
        status = bp_fail_memory(error);
    return status;
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

static size_t count_threads(const bp_trainer *t, const bp_objective *o)
{
    return o->workspace
               ? bp_pass_threads(t->network, bp_workspace_max_rows(o->workspace), t->how.threads)
               : 1;
}

/* Threads for what they speed up. */
static bp_status set_up_team(bp_trainer *t, bp_error *error)
{
    size_t for_rows = count_threads(t, &t->rows), for_held = count_threads(t, &t->held);
    size_t most = for_rows > for_held ? for_rows : for_held;
    bp_status status =
        most > 1 ? bp_team_create(bp_network_allocator(t->network), most, &t->team, error) : BP_OK;
    t->rows.team = for_rows > 1 ? t->team : NULL;
    t->held.team = for_held > 1 ? t->team : NULL;
    return status;
}

bp_status bp_trainer_set_up(bp_trainer *t, bp_error *error)
{
    const bp_allocator *from = bp_network_allocator(t->network);
    size_t n = bp_network_n_parameters(t->network);
    bp_status status = set_up_spans(t, error);
    if (!status)
        status = set_up_objective(t, &t->rows, t->how.batch_size, MOST_ROWS, true, error);
    if (!status && t->held.source)
        status = set_up_objective(t, &t->held, t->held.source->rows, VALIDATION_ROWS, false, error);
    if (!status)
        status = set_up_team(t, error);
    if (status)
        return status;
    /* One batch of all rows is the same in any order. */
    bool ordered = t->how.file_order || t->how.batch_size == t->rows.source->rows;
    if (!ordered)
        t->order = bp_allocate_from(from, t->rows.source->rows, sizeof *t->order);
    t->gradient = bp_allocate_matrix_from(from, n, 1);
    if (t->how.clip_norm > 0)
        t->squares = bp_allocate_from(from, n / BP_CLIP_CHUNK + 1, sizeof *t->squares);
    if ((!ordered && !t->order) || !t->gradient || (t->how.clip_norm > 0 && !t->squares))
        return bp_fail_memory(error);
    return set_up_state(t, error);
}

void bp_trainer_clean_up(bp_trainer *t)
{
    const bp_allocator *from = bp_network_allocator(t->network);
    void *const blocks[] = {t->gradient,   t->squares,      t->before,
                            t->trained.at, t->penalised.at, t->order};
    bp_team_destroy(t->team);
    bp_workspace_destroy(t->rows.workspace);
    bp_workspace_destroy(t->held.workspace);
    bp_objective_clear(&t->rows);
    bp_objective_clear(&t->held);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        bp_release(from, blocks[b]);
}
