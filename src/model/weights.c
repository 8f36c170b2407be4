/* weights.c: a network's weights from and to tensors, under the names of PyTorch's Sequential. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Layer l's tensors, which must fit each other. */
static bp_status expect_layer(const bp_tensors *tensors, size_t l, const bp_tensor **weight,
                              const bp_tensor **bias, bp_error *error)
{
    char name[BP_TENSOR_NAME_SIZE], shape[BP_SHAPE_SIZE], of_bias[BP_SHAPE_SIZE];
    bp_status status =
        bp_tensors_expect(tensors, bp_tensor_name(l, BP_TENSOR_WEIGHT, name), 2, weight, error);
    if (!status)
        status =
            bp_tensors_expect(tensors, bp_tensor_name(l, BP_TENSOR_BIAS, name), 1, bias, error);
    if (!status && (*weight)->shape[0] != (*bias)->shape[0])
        status = bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                            "tensor '%s': its shape is %s, that of '%s' %s; expected a row for "
                            "each element of the bias",
                            (*weight)->name, bp_tensor_shape(*weight, shape), (*bias)->name,
                            bp_tensor_shape(*bias, of_bias));
    return status;
}

/* Whether the tensor is one of the first n layers'. */
static bool is_of_layers(const char *tensor, size_t n)
{
    char name[BP_TENSOR_NAME_SIZE];
    uint64_t number;
    if (!bp_parse_whole(tensor, strspn(tensor, "0123456789"), &number) || number / 2 >= n)
        return false;
    size_t l = (size_t)(number / 2);
    return strcmp(tensor, bp_tensor_name(l, BP_TENSOR_WEIGHT, name)) == 0 ||
           strcmp(tensor, bp_tensor_name(l, BP_TENSOR_BIAS, name)) == 0;
}

/* No tensor is left unread that might belong to the network, or what it was for would be lost:
 * PyTorch numbers modules without weights too, such as Dropout, and those of other kinds. Others
 * are refused in a file that should hold a network `alone`. */
static bool check_others(const bp_tensors *tensors, size_t n, bool alone, bp_error *error)
{
    for (size_t i = 0; i < tensors->n; i++) {
        const char *name = tensors->tensors[i].name;
        bool numbered = name[0] >= '0' && name[0] <= '9';
        if (is_of_layers(name, n) || (!numbered && !alone) || bp_is_state_tensor(name))
            continue;
        bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                   "tensor '%.60s': expected %zu.weight and %zu.bias or no more, since layers are "
                   "numbered 0, 2, 4 …; rename it, or leave it out",
                   name, 2 * n, 2 * n);
        return false;
    }
    return true;
}

static size_t count_layers(const bp_tensors *tensors)
{
    char name[BP_TENSOR_NAME_SIZE];
    size_t n = 0;
    while (bp_tensors_find(tensors, bp_tensor_name(n, BP_TENSOR_WEIGHT, name)))
        n++;
    return n;
}

static bp_status fail_chain(const bp_tensors *tensors, const bp_tensor *weight, size_t l,
                            size_t neurons, bp_error *error)
{
    char shape[BP_SHAPE_SIZE];
    return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                      "tensor '%s': its shape is %s; expected [%zu, %zu], since layer %zu has %zu "
                      "neurons",
                      weight->name, bp_tensor_shape(weight, shape), weight->shape[0], neurons,
                      2 * l - 2, neurons);
}

bp_status bp_tensors_sizes(const bp_tensors *tensors, bool alone, size_t **sizes, size_t *n_layers,
                           bp_error *error)
{
    const bp_tensor *weight, *bias;
    size_t n = count_layers(tensors);
    if (n == 0)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "no tensor '0.weight'; expected 0.weight, 0.bias, 2.weight, 2.bias …; "
                          "the first of %zu found is '%.60s'",
                          tensors->n, tensors->n ? tensors->tensors[0].name : "");
    size_t *made = bp_allocate(n + 1, sizeof *made);
    bp_status status = made ? BP_OK : bp_fail_memory(error);
    for (size_t l = 0; !status && l < n; l++) {
        status = expect_layer(tensors, l, &weight, &bias, error);
        if (!status && l && weight->shape[1] != made[l])
            status = fail_chain(tensors, weight, l, made[l], error);
        if (!status) {
            made[l] = weight->shape[1];
            made[l + 1] = weight->shape[0];
        }
    }
    if (!status && !check_others(tensors, n, alone, error))
        status = BP_ERROR_FORMAT;
    if (status) {
        free(made);
        return status;
    }
    *sizes = made;
    *n_layers = n;
    return BP_OK;
}

static bp_status copy_layer(const bp_tensors *tensors, size_t l, bp_layer layer, bp_error *error)
{
    const bp_tensor *weight, *bias;
    char shape[BP_SHAPE_SIZE];
    bp_status status = expect_layer(tensors, l, &weight, &bias, error);
    if (status)
        return status;
    if (weight->shape[0] != layer.n || weight->shape[1] != layer.k)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "tensor '%s': its shape is %s; this network needs [%zu, %zu]",
                          weight->name, bp_tensor_shape(weight, shape), layer.n, layer.k);
    status = bp_tensors_get(tensors, weight, false, layer.W, layer.ldw, error);
    return status ? status
                  : bp_tensors_get(tensors, bias, false, layer.W + layer.k, layer.ldw, error);
}

bp_status bp_tensors_to_network(const bp_tensors *tensors, bp_network *network, bp_error *error)
{
    size_t *sizes, n_layers, wanted = bp_network_n_layers(network);
    bp_status status = bp_tensors_sizes(tensors, false, &sizes, &n_layers, error);
    if (status)
        return status;
    free(sizes);
    if (n_layers != wanted)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "it has %zu layers; this network has %zu", n_layers, wanted);
    for (size_t l = 0; !status && l < n_layers; l++)
        status = copy_layer(tensors, l, bp_network_layer(network, l), error);
    return status;
}

bp_status bp_network_to_tensors(const bp_network *network, bp_tensor_writer *writer,
                                bp_error *error)
{
    char name[BP_TENSOR_NAME_SIZE];
    bp_status status = BP_OK;
    const bp_real *parameters = bp_network_parameters(network);
    for (size_t i = 0; i < bp_network_n_parameters(network); i++)
        if (!isfinite(parameters[i]))
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "a weight is not a finite number, which no reader would take");
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
