/* initialization.c: where the weights start. To add a method: its function, and its row. */
#include <bprop/network.h>

#include "base/error.h"
#include "base/random.h"

#include <math.h>

static double glorot(bp_random *random, const bp_layer *layer)
{
    double limit = sqrt(6 / ((double)layer->k + (double)layer->n));
    return limit * (2 * bp_random_uniform(random) - 1);
}

static double he(bp_random *random, const bp_layer *layer)
{
    return sqrt(2 / (double)layer->k) * bp_random_normal(random);
}

static double normal(bp_random *random, const bp_layer *layer)
{
    (void)layer;
    return bp_random_normal(random);
}

static double uniform01(bp_random *random, const bp_layer *layer)
{
    (void)layer;
    return bp_random_uniform(random);
}

typedef struct method {
    const char *name;
    double (*draw)(bp_random *random, const bp_layer *layer); /* one weight of that layer */
    bool biases_too;                                          /* else they start at 0 */
} method;

static const method methods[] = {
    {"glorot", glorot, false},
    {"he", he, false},
    {"normal", normal, false},
    {"uniform01", uniform01, true},
};
enum { N_METHODS = sizeof methods / sizeof *methods };

const char *bp_initialization_name(size_t i) { return i < N_METHODS ? methods[i].name : NULL; }

bp_status bp_network_initialize(bp_network *network, const char *name, uint64_t seed,
                                bp_error *error)
{
    if (!network)
        return bp_fail(error, BP_ERROR_ARGUMENT, "network must not be NULL");
    const method *chosen =
        bp_find(methods, N_METHODS, sizeof *methods, "initialization", name, error);
    if (!chosen)
        return BP_ERROR_ARGUMENT;
    bp_random random;
    bp_random_seed(&random, seed, BP_STREAM_WEIGHTS);
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        for (size_t j = 0; j < layer.n; j++) {
            bp_real *w = layer.W + j * layer.ldw;
            for (size_t p = 0; p < layer.k; p++)
                w[p] = (bp_real)chosen->draw(&random, &layer);
            w[layer.k] = chosen->biases_too ? (bp_real)chosen->draw(&random, &layer) : 0;
        }
    }
    return BP_OK;
}
