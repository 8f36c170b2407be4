/* checkpoint.c: the state of a training in a model's file. Its arrays are tensors as long as all
 * parameters, in the order of the block (layer after layer, neuron after neuron: weights, bias):
 *
 *   bprop.state.0, 1 …   the optimizer's arrays
 *   bprop.state.best     the weights of the lowest loss, for patience; only where it was asked for
 *   bprop.state.good     the same, for a divergence
 *
 * and the rest is text in the metadata:
 *
 *   bprop.state.epoch, .steps    how many are done
 *   bprop.state.round            of lbfgs: the epochs before its present round
 *   bprop.state.factor           of the learning rate, by the schedule plateau
 *   bprop.state.stall_loss, .stall_epoch, .wait_loss, .wait_epoch, .best_loss, .best_epoch,
 *   .good_loss, .good_epoch      the lowest for the schedule plateau, for the end by patience, for
 *                                the weights that it restores, for a divergence; no loss where
 *                                there is none yet; wait's, where absent, are best's
 *   bprop.state.settings         what may not change, a line each
 *   bprop.state.note             the caller's; absent without one
 *   bprop.state.checksum         FNV-1a, 64 bits in hexadecimal, over the metadata but for this, as
 *                                compact JSON with sorted keys, and the bytes of all tensors */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/number.h"
#include "model/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "bprop.state."

bool bp_is_state_tensor(const char *name) { return strncmp(name, PREFIX, strlen(PREFIX)) == 0; }

/* The numbers of a state that are whole, and those that are not. */
typedef struct whole_number {
    const char *key;
    size_t offset; /* in bp_train_state, of a uint64_t */
    bool optional;
} whole_number;

typedef struct real_number {
    const char *key;
    size_t offset; /* of a double */
    bool optional;
} real_number;

static const whole_number wholes[] = {
    {PREFIX "epoch", offsetof(bp_train_state, epoch), false},
    {PREFIX "steps", offsetof(bp_train_state, steps), false},
    {PREFIX "round", offsetof(bp_train_state, round), false},
    {PREFIX "wait_epoch", offsetof(bp_train_state, wait.epoch), true},
    {PREFIX "best_epoch", offsetof(bp_train_state, best.epoch), false},
    {PREFIX "good_epoch", offsetof(bp_train_state, good.epoch), false},
    {PREFIX "stall_epoch", offsetof(bp_train_state, stall.epoch), false},
};
static const real_number reals[] = {
    {PREFIX "factor", offsetof(bp_train_state, factor), false},
    {PREFIX "wait_loss", offsetof(bp_train_state, wait.loss), true},
    {PREFIX "best_loss", offsetof(bp_train_state, best.loss), true},
    {PREFIX "good_loss", offsetof(bp_train_state, good.loss), true},
    {PREFIX "stall_loss", offsetof(bp_train_state, stall.loss), true},
};

/* Weights that are kept. */
typedef struct kept_weights {
    const char *name;
    size_t offset; /* of a bp_lowest */
} kept_weights;

static const kept_weights kept[] = {
    {PREFIX "best", offsetof(bp_train_state, best)},
    {PREFIX "good", offsetof(bp_train_state, good)},
};
enum { N_KEPT = sizeof kept / sizeof *kept };
enum { N_WHOLES = sizeof wholes / sizeof *wholes, N_REALS = sizeof reals / sizeof *reals };

/* ---- The checksum -------------------------------------------------------------------------- */

enum { CHECKSUM_SIZE = 17 };

/* False if memory is short. */
static bool checksum(const json_t *metadata, const unsigned char *bytes, size_t size,
                     char text[CHECKSUM_SIZE])
{
    json_t *rest = json_object(); /* not json_copy(), which leaves out what it has no memory for */
    bool copied =
        rest && json_object_update(rest, (json_t *)metadata) == 0; /* which stays as it is */
    if (copied)
        json_object_del(rest, PREFIX "checksum");
    char *dumped = copied ? bp_json_print(rest, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (dumped) {
        uint64_t h = bp_hash(BP_HASH_START, dumped, strlen(dumped));
        snprintf(text, CHECKSUM_SIZE, "%016llx", (unsigned long long)bp_hash(h, bytes, size));
    }
    free(dumped);
    json_decref(rest);
    return dumped != NULL;
}

bp_status bp_state_seal(json_t *metadata, const bp_tensor_writer *writer, bp_error *error)
{
    char text[CHECKSUM_SIZE];
    if (!checksum(metadata, writer->bytes, writer->size, text) ||
        json_object_set_new(metadata, PREFIX "checksum", json_string(text)))
        return bp_fail_memory(error);
    return BP_OK;
}

static bp_status check_seal(const bp_tensors *tensors, bp_error *error)
{
    char text[CHECKSUM_SIZE];
    const char *stated = json_string_value(json_object_get(tensors->metadata, PREFIX "checksum"));
    if (!checksum(tensors->metadata, tensors->data, tensors->data_size, text))
        return bp_fail_memory(error);
    if (!stated || strcmp(stated, text) != 0)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "its checksum does not fit what it holds: it was changed or damaged");
    return BP_OK;
}

/* ---- Writing ------------------------------------------------------------------------------ */

bp_status bp_state_to_metadata(const bp_train_state *state, json_t *metadata, bp_error *error)
{
    int failed = 0;
    char text[BP_NUMBER_SIZE];
    for (size_t i = 0; i < N_WHOLES; i++) {
        const uint64_t *value = (const void *)((const char *)state + wholes[i].offset);
        failed |= json_object_set_new(metadata, wholes[i].key,
                                      json_sprintf("%llu", (unsigned long long)*value));
    }
    for (size_t i = 0; i < N_REALS; i++) {
        const double *value = (const void *)((const char *)state + reals[i].offset);
        if (isfinite(*value))
            failed |= json_object_set_new(metadata, reals[i].key,
                                          json_string(bp_print_number(*value, text)));
    }
    failed |= json_object_set_new(metadata, PREFIX "settings", json_string(state->settings));
    if (state->note)
        failed |= json_object_set_new(metadata, PREFIX "note", json_string(state->note));
    return failed ? bp_fail_memory(error) : BP_OK;
}

bp_status bp_state_to_tensors(const bp_train_state *state, bp_tensor_writer *writer,
                              bp_error *error)
{
    char name[64];
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < state->n_arrays; i++) {
        snprintf(name, sizeof name, PREFIX "%zu", i);
        status = bp_tensor_writer_add(writer, name, 1, state->n, 1, state->arrays + i * state->n, 1,
                                      error);
    }
    for (size_t i = 0; !status && i < N_KEPT; i++) {
        const bp_lowest *lowest = (const void *)((const char *)state + kept[i].offset);
        if (lowest->weights)
            status = bp_tensor_writer_add(writer, kept[i].name, 1, state->n, 1, lowest->weights, 1,
                                          error);
    }
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------ */

static bp_status fail_key(const bp_tensors *tensors, const char *key, const char *what,
                          bp_error *error)
{
    return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0, "metadata '%s': %s", key, what);
}

static bp_status get_numbers(const bp_tensors *tensors, bp_train_state *state, bp_error *error)
{
    const json_t *metadata = tensors->metadata;
    for (size_t i = 0; i < N_WHOLES; i++) {
        const char *text = json_string_value(json_object_get(metadata, wholes[i].key));
        uint64_t *value = (void *)((char *)state + wholes[i].offset);
        if (text ? !bp_parse_whole(text, strlen(text), value) : !wholes[i].optional)
            return fail_key(tensors, wholes[i].key, "is not a whole number", error);
    }
    for (size_t i = 0; i < N_REALS; i++) {
        const char *text = json_string_value(json_object_get(metadata, reals[i].key));
        double *value = (void *)((char *)state + reals[i].offset);
        if (text ? !bp_parse_number(text, strlen(text), value) : !reals[i].optional)
            return fail_key(tensors, reals[i].key, "is not a number", error);
    }
    if (!json_object_get(metadata, PREFIX "wait_epoch")) {
        state->wait.epoch = state->best.epoch;
        state->wait.loss = state->best.loss;
    }
    if (state->factor < 0 || state->factor > 1)
        return fail_key(tensors, PREFIX "factor", "is not from 0 to 1", error);
    if (state->stall.epoch > state->epoch || state->wait.epoch > state->epoch ||
        state->best.epoch > state->epoch || state->good.epoch > state->epoch ||
        state->round > state->epoch)
        return fail_key(tensors, PREFIX "epoch", "lies before another epoch of the state", error);
    return BP_OK;
}

static bp_status get_array(const bp_tensors *tensors, const char *name, size_t n,
                           bool infinite_allowed, bp_real *values, bp_error *error)
{
    const bp_tensor *tensor;
    char shape[BP_SHAPE_SIZE];
    bp_status status = bp_tensors_expect(tensors, name, 1, &tensor, error);
    if (status)
        return status;
    if (tensor->count != n)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "tensor '%s': its shape is %s; expected [%zu], one a parameter", name,
                          bp_tensor_shape(tensor, shape), n);
    return bp_tensors_get(tensors, tensor, infinite_allowed, values, 1, error);
}

/* The weights that are kept, of those that the file has; *n of them. */
static bp_status get_kept(const bp_tensors *tensors, bp_train_state *state, size_t *n,
                          bp_error *error)
{
    for (size_t i = 0; i < N_KEPT; i++) {
        bp_lowest *lowest = (void *)((char *)state + kept[i].offset);
        if (!bp_tensors_find(tensors, kept[i].name))
            continue;
        if (!(lowest->weights = bp_allocate_matrix(state->n, 1)))
            return bp_fail_memory(error);
        bp_status status =
            get_array(tensors, kept[i].name, state->n, false, lowest->weights, error);
        if (status)
            return status;
        ++*n;
    }
    return BP_OK;
}

static bp_status get_arrays(const bp_tensors *tensors, bp_train_state *state, bp_error *error)
{
    char name[64];
    size_t all = 0, n_kept = 0;
    for (size_t i = 0; i < tensors->n; i++)
        all += bp_is_state_tensor(tensors->tensors[i].name);
    bp_status status = get_kept(tensors, state, &n_kept, error);
    if (status)
        return status;
    state->n_arrays = all - n_kept;
    if (state->n_arrays > BP_MOST_STATES)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "has %zu arrays of an optimizer; at most %d are kept", state->n_arrays,
                          BP_MOST_STATES);
    if (!(state->arrays = bp_allocate_matrix(state->n_arrays, state->n)))
        return bp_fail_memory(error);
    for (size_t i = 0; !status && i < state->n_arrays; i++) { /* g² may be more than fits */
        snprintf(name, sizeof name, PREFIX "%zu", i);
        status = get_array(tensors, name, state->n, true, state->arrays + i * state->n, error);
    }
    return status;
}

static bp_status get_texts(const bp_tensors *tensors, bp_train_state *state, bp_error *error)
{
    const json_t *metadata = tensors->metadata;
    const char *settings = json_string_value(json_object_get(metadata, PREFIX "settings"));
    if (!settings)
        return fail_key(tensors, PREFIX "settings", "is missing", error);
    state->settings = bp_copy_text(settings, strlen(settings));
    if (!state->settings)
        return bp_fail_memory(error);
    return bp_train_state_set_note(
        state, json_string_value(json_object_get(metadata, PREFIX "note")), error);
}

bp_status bp_state_of_tensors(const bp_tensors *tensors, size_t n_parameters,
                              bp_train_state **state, bp_error *error)
{
    bp_train_state *made = NULL;
    if (!json_object_get(tensors->metadata, PREFIX "epoch"))
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "is a model, but no checkpoint: it does not say how to train on; use its "
                          "weights with --init-from");
    bp_status status = bp_train_state_create(&made, error);
    if (status)
        return status;
    made->n = n_parameters;
    status = get_numbers(tensors, made, error);
    if (!status)
        status = get_arrays(tensors, made, error);
    if (!status)
        status = get_texts(tensors, made, error);
    if (!status) /* last, so that what is wrong is told as exactly as it can be */
        status = check_seal(tensors, error);
    if (status)
        bp_train_state_destroy(made);
    else
        *state = made;
    return status;
}
