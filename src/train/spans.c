#include "train/spans.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Marks the tensor of that name in a byte a parameter; false if there is none. */
static bool mark(const bp_network *network, const char *name, size_t length, bool *trained)
{
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        char weight[40], bias[40];
        snprintf(weight, sizeof weight, "%zu.weight", 2 * l);
        snprintf(bias, sizeof bias, "%zu.bias", 2 * l);
        bool is_weight = strlen(weight) == length && memcmp(weight, name, length) == 0;
        bool is_bias = strlen(bias) == length && memcmp(bias, name, length) == 0;
        if (!is_weight && !is_bias)
            continue;
        for (size_t j = 0; j < layer.n; j++) {
            bool *row = trained + layer.offset + j * layer.ldw; /* neuron j: weights, then bias */
            if (is_weight)
                memset(row, true, layer.k);
            else
                row[layer.k] = true;
        }
        return true;
    }
    return false;
}

/* Runs of marked parameters; with `spans` NULL they are only counted. */
static size_t collect(const bool *trained, size_t n, bp_span *spans)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!trained[i])
            continue;
        size_t first = i;
        while (i < n && trained[i])
            i++;
        if (spans)
            spans[count] = (bp_span){first, i - first};
        count++;
    }
    return count;
}

static bp_status mark_all(const bp_network *network, const char *train_only, bool *trained,
                          bp_error *error)
{
    for (const char *at = train_only, *end; at; at = *end ? end + 1 : NULL) {
        end = at + strcspn(at, ",");
        if (!mark(network, at, (size_t)(end - at), trained))
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "no tensor '%.*s' to train; this network has 0.weight, 0.bias … to "
                           "%zu.bias",
                           (int)(end - at < 60 ? end - at : 60), at,
                           2 * (bp_network_n_layers(network) - 1));
    }
    return BP_OK;
}

bp_status bp_spans_of(const bp_network *network, const char *train_only, bp_span **spans,
                      size_t *n_spans, bp_error *error)
{
    size_t n = bp_network_n_parameters(network);
    bool *trained = bp_allocate(n, sizeof *trained);
    if (!trained)
        return bp_fail_memory(error);
    if (!train_only)
        memset(trained, true, n);
    bp_status status = mark_all(network, train_only, trained, error);
    if (!status) {
        size_t count = collect(trained, n, NULL);
        bp_span *made = bp_allocate(count, sizeof *made);
        if (made) {
            collect(trained, n, made);
            *spans = made;
            *n_spans = count;
        } else {
            status = bp_fail_memory(error);
        }
    }
    free(trained);
    return status;
}
