#include "train/spans.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static bool is_tensor(size_t l, bp_tensor_kind kind, const char *name, size_t length)
{
    char text[BP_TENSOR_NAME_SIZE];
    bp_tensor_name(l, kind, text);
    return strlen(text) == length && memcmp(text, name, length) == 0;
}

/* Marks the tensor of that name in a byte a parameter; false if there is none. */
static bool mark(const bp_network *network, const char *name, size_t length, bool *trained)
{
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        bool weight = is_tensor(l, BP_TENSOR_WEIGHT, name, length);
        if (!weight && !is_tensor(l, BP_TENSOR_BIAS, name, length))
            continue;
        for (size_t j = 0; j < layer.n; j++) {
            bool *row = trained + layer.offset + j * layer.ldw; /* neuron j: weights, then bias */
            memset(weight ? row : row + layer.k, true, weight ? layer.k : 1);
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
    const char *item;
    size_t length;
    while (bp_next_item(&train_only, &item, &length))
        if (!mark(network, item, length, trained))
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "no tensor '%.*s' to train; this network has 0.weight, 0.bias … to "
                           "%zu.bias",
                           length < 60 ? (int)length : 60, item,
                           2 * (bp_network_n_layers(network) - 1));
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
