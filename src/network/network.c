/* network.c: a network as one block of parameters and the layers that look into it. */
#include "network/network_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "network/allocator.h"

#include <stdio.h>

static bp_status check_sizes(const size_t *sizes, size_t n_layers, size_t *n_parameters,
                             bp_error *error)
{
    size_t total = 0;
    if (n_layers < 1)
        return bp_fail(error, BP_ERROR_ARGUMENT, "a network needs at least one layer");
    for (size_t l = 0; l <= n_layers; l++)
        if (sizes[l] < 1)
            return bp_fail(error, BP_ERROR_ARGUMENT, "layer size %zu is 0; at least 1 is needed",
                           l);
    for (size_t l = 0; l < n_layers; l++) {
        size_t weights;
        bp_status status = bp_dense_check(1, sizes[l], sizes[l + 1], 0, error);
        if (status)
            return status;
        if (!bp_multiply(sizes[l + 1], sizes[l] + 1, &weights) || total + weights < total)
            return bp_fail(error, BP_ERROR_SIZE, "too many weights for this machine");
        total += weights;
    }
    if (!bp_fits_memory(total, 1))
        return bp_fail(error, BP_ERROR_SIZE, "too many weights for this machine");
    *n_parameters = total;
    return BP_OK;
}

static bp_status check_activation(const bp_activation *activation, size_t l, bp_error *error)
{
    if (!activation)
        return bp_fail(error, BP_ERROR_ARGUMENT, "layer %zu has no activation", l);
    if (!activation->name || !activation->apply || !activation->times_derivative)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "the activation of layer %zu needs name, apply and times_derivative", l);
    return BP_OK;
}

bp_status bp_network_create(const size_t *sizes, size_t n_layers,
                            const bp_activation *const *activations, bp_network **network,
                            bp_error *error)
{
    return bp_network_create_with(sizes, n_layers, activations, NULL, network, error);
}

bp_status bp_network_create_with(const size_t *sizes, size_t n_layers,
                                 const bp_activation *const *activations,
                                 const bp_allocator *allocator, bp_network **network,
                                 bp_error *error)
{
    size_t n_parameters = 0;
    if (!sizes || !activations || !network)
        return bp_fail(error, BP_ERROR_ARGUMENT, "sizes, activations and network must not be NULL");
    if (allocator && (!allocator->allocate || !allocator->release))
        return bp_fail(error, BP_ERROR_ARGUMENT, "an allocator has both allocate and release");
    bp_status status = check_sizes(sizes, n_layers, &n_parameters, error);
    for (size_t l = 0; !status && l < n_layers; l++)
        status = check_activation(activations[l], l, error);
    if (status)
        return status;
    /* n_layers cannot overflow this sum: `sizes` has that many elements in memory. */
    bp_network *made =
        bp_allocate_from(allocator, 1, sizeof *made + n_layers * sizeof *made->layers);
    if (made && allocator)
        made->from = *allocator;
    if (made)
        made->parameters = bp_allocate_matrix_from(allocator, n_parameters, 1);
    if (!made || !made->parameters) {
        bp_network_destroy(made);
        return bp_fail_memory(error);
    }
    made->n_parameters = n_parameters;
    made->n_layers = n_layers;
    for (size_t l = 0, offset = 0; l < n_layers; l++) {
        size_t k = sizes[l], n = sizes[l + 1];
        made->layers[l] =
            (bp_layer){k, n, offset, made->parameters + offset, k + 1, activations[l]};
        offset += n * (k + 1);
    }
    *network = made;
    return BP_OK;
}

void bp_network_destroy(bp_network *network)
{
    if (!network)
        return;
    const bp_allocator from = network->from;
    bp_release(&from, network->parameters);
    bp_release(&from, network);
}

const bp_allocator *bp_network_allocator(const bp_network *network) { return &network->from; }

size_t bp_network_inputs(const bp_network *network) { return network->layers[0].k; }

size_t bp_network_outputs(const bp_network *network)
{
    return network->layers[network->n_layers - 1].n;
}

size_t bp_network_n_layers(const bp_network *network) { return network->n_layers; }

bp_layer bp_network_layer(const bp_network *network, size_t l) { return network->layers[l]; }

char *bp_tensor_name(size_t l, bp_tensor_kind kind, char text[BP_TENSOR_NAME_SIZE])
{
    snprintf(text, BP_TENSOR_NAME_SIZE, "%zu.%s", 2 * l,
             kind == BP_TENSOR_WEIGHT ? "weight" : "bias");
    return text;
}

size_t bp_network_n_parameters(const bp_network *network) { return network->n_parameters; }

bp_real *bp_network_parameters(const bp_network *network) { return network->parameters; }
