#include "train/spans.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "network/allocator.h"

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

static void unmark_biases(const bp_network *network, bool *trained)
{
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        for (size_t j = 0; j < layer.n; j++)
            trained[layer.offset + j * layer.ldw + layer.k] = false;
    }
}

/* Runs of marked parameters; with spans->at NULL they are only counted. */
static void collect(const bool *trained, size_t n, bp_spans *spans)
{
    spans->n = spans->total = 0;
    for (size_t i = 0; i < n; i++) {
        if (!trained[i])
            continue;
        size_t first = i;
        while (i < n && trained[i])
            i++;
        if (spans->at)
            spans->at[spans->n] = (bp_span){first, i - first};
        spans->n++;
        spans->total += i - first;
    }
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

bp_status bp_spans_of(const bp_network *network, const char *train_only, bool without_biases,
                      bp_spans *spans, bp_error *error)
{
    const bp_allocator *from = bp_network_allocator(network);
    size_t n = bp_network_n_parameters(network);
    bool *trained = bp_allocate_from(from, n, sizeof *trained);
    if (!trained)
        return bp_fail_memory(error);
    if (!train_only)
        memset(trained, true, n);
    bp_status status = mark_all(network, train_only, trained, error);
    if (!status) {
        bp_spans made = {0};
        if (without_biases)
            unmark_biases(network, trained);
        collect(trained, n, &made);
        if ((made.at = bp_allocate_from(from, made.n, sizeof *made.at))) {
            collect(trained, n, &made);
            *spans = made;
        } else {
            status = bp_fail_memory(error);
        }
    }
    bp_release(from, trained);
    return status;
}

size_t bp_spans_from(const bp_spans *spans, size_t first)
{
    size_t low = 0, high = spans->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->at[middle].first + spans->at[middle].count > first)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
