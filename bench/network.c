#include "network.h"

#include <stdlib.h>

bp_real *random_block(size_t n)
{
    bp_real *values = must(malloc(n * sizeof *values));
    for (size_t i = 0; i < n; i++)
        values[i] = (bp_real)next_random();
    return values;
}

bp_network *random_network(const shape *s)
{
    const bp_activation *activations[MOST_LAYERS];
    bp_network *network;
    for (size_t l = 0; l < s->n_layers; l++)
        activations[l] = bp_activation_find("sigmoid", NULL);
    if (bp_network_create(s->sizes, s->n_layers, activations, &network, NULL) ||
        bp_network_initialize(network, "glorot", 1, NULL))
        abort();
    return network;
}
