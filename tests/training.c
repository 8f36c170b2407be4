#include "training.h"

#include <string.h>

const bp_real X[ROWS][2] = {{1, 2},    {-0.5, 0.25}, {3, -1}, {0.75, 1.5},
                            {-2, 0.5}, {0, -1.25},   {1.5, 1}};
const bp_real T[ROWS] = {1, -2, 0.5, 3, 0.25, -1, 2};
const bp_real START[N_LINEAR] = {0.5, -0.25, 0.125};
const bp_arrays arrays = {ROWS, 2, 1, X[0], 2, T, 1, NULL};

bp_network *make_linear(void)
{
    bp_network *network;
    make_network((const size_t[]){2, 1}, 1, NULL, bp_activation_find("identity", NULL), &network);
    memcpy(bp_network_parameters(network), START, sizeof START);
    return network;
}

bp_network *make_deep(void)
{
    bp_network *network;
    const bp_activation *tanh = bp_activation_find("tanh", NULL);
    make_network((const size_t[]){2, 3, 1}, 2, tanh, tanh, &network);
    assert_ok(bp_network_initialize(network, "uniform01", 3, NULL), NULL);
    return network;
}

bp_status try_to_train(bp_network *network, const bp_arrays *rows, const bp_arrays *validation,
                       const bp_train_options *options, bp_error *error)
{
    const bp_loss *mse = bp_loss_find("mse", NULL);
    bp_source source = bp_arrays_source(rows), held = {0};
    if (validation)
        held = bp_arrays_source(validation);
    return bp_train(network, mse, &source, validation ? &held : NULL, options, error);
}

void train(bp_network *network, const bp_train_options *options)
{
    bp_error error;
    assert_ok(try_to_train(network, &arrays, NULL, options, &error), &error);
}

void check_same_weights(const bp_network *network, const bp_network *expected, bool same)
{
    size_t bytes = bp_network_n_parameters(network) * sizeof(bp_real);
    const bp_real *w = bp_network_parameters(network), *v = bp_network_parameters(expected);
    assert_int_equal(memcmp(w, v, bytes) == 0, same);
}

int keep(const bp_progress *progress, void *user)
{
    *(bp_progress *)user = *progress;
    return 0;
}

void check_refused(const bp_arrays *rows, const bp_train_options *options, const char *message)
{
    bp_network *network = make_deep(), *before = make_deep();
    bp_error error = {0};
    assert_int_equal(try_to_train(network, rows, NULL, options, &error), BP_ERROR_ARGUMENT);
    error.message[strnlen(error.message, strlen(message))] = '\0';
    assert_string_equal(error.message, message);
    check_same_weights(network, before, true);
    bp_network_destroy(network), bp_network_destroy(before);
}
