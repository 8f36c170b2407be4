/* weights.c: a network's weights from and to tensors, under the names of PyTorch's Sequential. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const bp_tensor *find(const bp_tensors *tensors, size_t l, bp_tensor_kind kind)
{
    char name[BP_TENSOR_NAME_SIZE];
    return bp_tensors_find(tensors, bp_tensor_name(l, kind, name));
}

static bp_status check_layer(const char *path, const bp_tensor *weight, const bp_tensor *bias,
                             size_t l, bp_error *error)
{
    if (!bias)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0, "no tensor '%zu.bias'", 2 * l);
    if (!weight->is_float || !bias->is_float)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "the tensors of layer '%zu' are not F64 or F32", 2 * l);
    if (weight->n_dimensions != 2 || bias->n_dimensions != 1 ||
        weight->shape[0] != bias->shape[0] || weight->count == 0)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "'%zu.weight' is not a matrix with a row for each element of '%zu.bias'",
                          2 * l, 2 * l);
    return BP_OK;
}

/* A tensor that looks like a layer's but is not one of the first n: PyTorch numbers modules without
 * weights too, such as Dropout, and would lose what stands behind them. */
static const bp_tensor *find_unread(const bp_tensors *tensors, size_t n)
{
    for (size_t i = 0; i < tensors->n; i++) {
        const char *name = tensors->tensors[i].name;
        size_t digits = strspn(name, "0123456789");
        bool layer = digits &&
                     (strcmp(name + digits, ".weight") == 0 || strcmp(name + digits, ".bias") == 0);
        bool read = false;
        for (size_t l = 0; layer && !read && l < n; l++)
            read = &tensors->tensors[i] == find(tensors, l, BP_TENSOR_WEIGHT) ||
                   &tensors->tensors[i] == find(tensors, l, BP_TENSOR_BIAS);
        if (layer && !read)
            return &tensors->tensors[i];
    }
    return NULL;
}

bp_status bp_tensors_sizes(const bp_tensors *tensors, const char *path, size_t **sizes,
                           size_t *n_layers, bp_error *error)
{
    size_t n = 0;
    while (find(tensors, n, BP_TENSOR_WEIGHT))
        n++;
    if (n == 0)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "no tensor '0.weight'; expected 0.weight, 0.bias, 2.weight, 2.bias …");
    const bp_tensor *unread = find_unread(tensors, n);
    if (unread)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "tensor '%.60s' does not follow the layers before it; they are numbered "
                          "0, 2, 4 …: rename it",
                          unread->name);
    size_t *made = bp_allocate(n + 1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    bp_status status = BP_OK;
    for (size_t l = 0; !status && l < n; l++) {
        const bp_tensor *weight = find(tensors, l, BP_TENSOR_WEIGHT);
        status = check_layer(path, weight, find(tensors, l, BP_TENSOR_BIAS), l, error);
        if (!status && l && weight->shape[1] != made[l])
            status = bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                                "'%zu.weight' takes %zu inputs, but the layer before it has %zu "
                                "neurons",
                                2 * l, weight->shape[1], made[l]);
        if (!status) {
            made[l] = weight->shape[1];
            made[l + 1] = weight->shape[0];
        }
    }
    if (status) {
        free(made);
        return status;
    }
    *sizes = made;
    *n_layers = n;
    return BP_OK;
}

static bp_status copy_layer(const bp_tensors *tensors, const char *path, size_t l, bp_layer layer,
                            bp_error *error)
{
    const bp_tensor *weight = find(tensors, l, BP_TENSOR_WEIGHT),
                    *bias = find(tensors, l, BP_TENSOR_BIAS);
    if (weight->shape[0] != layer.n || weight->shape[1] != layer.k)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "'%zu.weight' is %zu×%zu; this network needs %zu×%zu", 2 * l,
                          weight->shape[0], weight->shape[1], layer.n, layer.k);
    for (size_t j = 0; j < layer.n; j++)
        for (size_t p = 0; p <= layer.k; p++) {
            double w =
                p < layer.k ? bp_tensor_value(weight, j * layer.k + p) : bp_tensor_value(bias, j);
            if (!isfinite(w))
                return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                                  "neuron %zu of layer '%zu' has a weight that is not a finite "
                                  "number",
                                  j + 1, 2 * l);
            layer.W[j * layer.ldw + p] = w;
        }
    return BP_OK;
}

bp_status bp_tensors_to_network(const bp_tensors *tensors, const char *path, bp_network *network,
                                bp_error *error)
{
    size_t *sizes, n_layers, wanted = bp_network_n_layers(network);
    bp_status status = bp_tensors_sizes(tensors, path, &sizes, &n_layers, error);
    if (status)
        return status;
    free(sizes);
    if (n_layers != wanted)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "it has %zu layers; this network has %zu", n_layers, wanted);
    for (size_t l = 0; !status && l < n_layers; l++)
        status = copy_layer(tensors, path, l, bp_network_layer(network, l), error);
    return status;
}

bp_status bp_network_to_tensors(const bp_network *network, bp_tensor_writer *writer,
                                bp_error *error)
{
    char name[BP_TENSOR_NAME_SIZE];
    bp_status status = BP_OK;
    for (size_t l = 0; !status && l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        status = bp_tensor_writer_add(writer, bp_tensor_name(l, BP_TENSOR_WEIGHT, name), 2, layer.n,
                                      layer.k, layer.W, layer.ldw, error);
        if (!status)
            status = bp_tensor_writer_add(writer, bp_tensor_name(l, BP_TENSOR_BIAS, name), 1,
                                          layer.n, 1, layer.W + layer.k, layer.ldw, error);
    }
    return status;
}
