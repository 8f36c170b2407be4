#include "train/state.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

#define OTHER_LAYERS                                                                               \
    "this training began with a network of other layers: numbers of neurons, or activations"

static char *copy_text(const bp_allocator *from, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = bp_allocate_from(from, size, 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

bp_status bp_train_state_create(bp_train_state **state, bp_error *error)
{
    if (!state)
        return bp_fail(error, BP_ERROR_ARGUMENT, "state must not be NULL");
    return bp_train_state_create_from(&(bp_allocator){0}, state, error);
}

bp_status bp_train_state_create_from(const bp_allocator *from, bp_train_state **state,
                                     bp_error *error)
{
    bp_train_state *made = bp_allocate_from(from, 1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    made->from = *from;
    made->factor = 1;
    made->stall.loss = made->wait.loss = made->best.loss = made->good.loss = INFINITY;
    *state = made;
    return BP_OK;
}

void bp_train_state_destroy(bp_train_state *state)
{
    if (!state)
        return;
    const bp_allocator from = state->from;
    void *const blocks[] = {state->arrays,   state->best.weights, state->good.weights,
                            state->settings, state->note,         state};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        bp_release(&from, blocks[b]);
}

size_t bp_train_state_epoch(const bp_train_state *state) { return (size_t)state->epoch; }

size_t bp_train_state_kept_epoch(const bp_train_state *state) { return (size_t)state->kept; }

bp_train_end bp_train_state_end(const bp_train_state *state) { return state->end; }

const char *bp_train_state_note(const bp_train_state *state) { return state->note; }

bp_status bp_train_state_set_note(bp_train_state *state, const char *note, bp_error *error)
{
    if (!state)
        return bp_fail(error, BP_ERROR_ARGUMENT, "state must not be NULL");
    if (note && bp_utf8_prefix(note, strlen(note)) < strlen(note))
        return bp_fail(error, BP_ERROR_ARGUMENT, "the note is not UTF-8");
    char *copy = note ? copy_text(&state->from, note) : NULL;
    if (note && !copy)
        return bp_fail_memory(error);
    bp_release(&state->from, state->note);
    state->note = copy;
    return BP_OK;
}

/* A line of the settings is another one. */
static bp_status fail_changed(const char *began, size_t a, const char *now, size_t b,
                              bp_error *error)
{
    if (strncmp(began, BP_DATA, strlen(BP_DATA)) == 0)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "these are not the data that this training began with; it can go on with "
                       "those alone, in the same order");
    if (strncmp(began, BP_LAYERS, strlen(BP_LAYERS)) == 0)
        return bp_fail(error, BP_ERROR_ARGUMENT, OTHER_LAYERS);
    return bp_fail(error, BP_ERROR_ARGUMENT,
                   "this training began with %.*s; it cannot go on with %.*s", a < 99 ? (int)a : 99,
                   began, b < 99 ? (int)b : 99, now);
}

static bp_status compare_settings(const char *began, const char *now, bp_error *error)
{
    while (*began && *now) {
        size_t a = strcspn(began, "\n"), b = strcspn(now, "\n");
        if (a != b || memcmp(began, now, a) != 0)
            return fail_changed(began, a, now, b, error);
        began += a + (began[a] == '\n');
        now += b + (now[b] == '\n');
    }
    return *began ? bp_fail(error, BP_ERROR_ARGUMENT,
                            "this training began with other settings than these")
                  : BP_OK;
}

bp_status bp_train_state_fit(bp_train_state *state, size_t n, size_t n_arrays, const char *settings,
                             bp_error *error)
{
    if (state->settings) {
        bp_status status = compare_settings(state->settings, settings, error);
        if (!status && (state->n != n || state->n_arrays != n_arrays))
            status = bp_fail(error, BP_ERROR_ARGUMENT, OTHER_LAYERS);
        return status;
    }
    bp_real *arrays = bp_allocate_matrix_from(&state->from, n_arrays, n);
    char *copy = copy_text(&state->from, settings);
    if (!arrays || !copy) {
        bp_release(&state->from, arrays);
        bp_release(&state->from, copy);
        return bp_fail_memory(error);
    }
    bp_release(&state->from, state->arrays);
    state->arrays = arrays;
    state->settings = copy;
    state->n = n;
    state->n_arrays = n_arrays;
    return BP_OK;
}
