/* architecture.c: which network and loss the texts of the options ask for. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* The shape of a network, as it is being worked out. */
typedef struct shape {
    size_t *sizes; /* n_layers + 1 */
    const bp_activation **activations;
    size_t n_layers;
} shape;

static void clear_shape(shape *s)
{
    free(s->sizes);
    free(s->activations);
}

/* Hidden layers "32,16" or "none" between inputs and outputs. */
static bp_status parse_hidden(const char *hidden, size_t inputs, size_t outputs, shape *s,
                              bp_error *error)
{
    size_t n_hidden = strcmp(hidden, "none") == 0 ? 0 : bp_count_items(hidden);
    s->n_layers = n_hidden + 1;
    s->sizes = bp_allocate(s->n_layers + 1, sizeof *s->sizes);
    if (!s->sizes)
        return bp_fail_memory(error);
    s->sizes[0] = inputs;
    s->sizes[s->n_layers] = outputs;
    const char *list = n_hidden ? hidden : NULL, *item;
    size_t length;
    for (size_t l = 1; bp_next_item(&list, &item, &length); l++) {
        uint64_t size;
        if (!bp_parse_whole(item, length, &size) || size < 1 || size > SIZE_MAX)
            return bp_fail(error, BP_ERROR_ARGUMENT,
                           "hidden layers '%.60s': expected sizes of at least 1 separated by "
                           "commas, or none",
                           hidden);
        s->sizes[l] = (size_t)size;
    }
    return BP_OK;
}

/* The hidden layers as the tensors of a file have them. */
static bp_status hidden_of_tensors(const bp_tensors *tensors, size_t inputs, size_t outputs,
                                   shape *s, bp_error *error)
{
    bp_status status = bp_tensors_sizes(tensors, false, &s->sizes, &s->n_layers, error);
    if (status)
        return status;
    if (s->sizes[0] != inputs || s->sizes[s->n_layers] != outputs)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "its tensors take %zu inputs and give %zu outputs; the data has %zu and "
                          "%zu",
                          s->sizes[0], s->sizes[s->n_layers], inputs, outputs);
    return BP_OK;
}

static const char *choose_output(const bp_model_options *options, const bp_loss *loss,
                                 bp_answer answer)
{
    static const char *const usual[] = {
        [BP_ANSWER_CLASS] = "softmax",
        [BP_ANSWER_LABELS] = "sigmoid",
        [BP_ANSWER_NUMBERS] = "identity",
    };
    if (strcmp(options->output, "auto") != 0)
        return options->output;
    if (loss && loss->output)
        return loss->output;
    return usual[answer];
}

/* Of classes and labels, the cross-entropy that the outputs have. */
static const char *choose_loss(const bp_model_options *options, const char *output,
                               bp_answer answer)
{
    if (strcmp(options->loss, "auto") != 0)
        return options->loss;
    for (size_t i = 0; answer != BP_ANSWER_NUMBERS && bp_loss_at(i); i++)
        if (bp_loss_at(i)->output && strcmp(bp_loss_at(i)->output, output) == 0)
            return bp_loss_at(i)->name;
    return "mse";
}

const bp_activation *bp_activation_of(const char *item, size_t length, bp_error *error)
{
    char name[64] = ""; /* longer than any; what is cut off was no name */
    memcpy(name, item, length < sizeof name ? length : sizeof name - 1);
    return bp_activation_find(name, error);
}

/* One activation for all hidden layers, or one each; then the output's. */
static bp_status parse_activations(const char *list, const char *output, shape *s, bp_error *error)
{
    size_t n_hidden = s->n_layers - 1, n = bp_count_items(list);
    if (n != 1 && n != n_hidden)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "%zu activations '%.60s' for %zu hidden layers; give one, or one each", n,
                       list, n_hidden);
    s->activations = bp_allocate(s->n_layers, sizeof *s->activations);
    if (!s->activations)
        return bp_fail_memory(error);
    const char *item = "";
    size_t length = 0;
    for (size_t l = 0; l < n_hidden; l++) {
        if (l == 0 || n > 1)
            bp_next_item(&list, &item, &length);
        if (!(s->activations[l] = bp_activation_of(item, length, error)))
            return BP_ERROR_ARGUMENT;
    }
    s->activations[n_hidden] = bp_activation_find(output, error);
    return s->activations[n_hidden] ? BP_OK : BP_ERROR_ARGUMENT;
}

/* The activations in a model's file but for the last, the outputs', which must go with the hidden
 * layers; NULL: the file says nothing. */
static bp_status hidden_activations_of(const bp_tensors *tensors, size_t n_hidden, char **list,
                                       bp_error *error)
{
    static const char key[] = "bprop.activations";
    const char *all = json_string_value(json_object_get(tensors->metadata, key));
    const char *last = all ? strrchr(all, ',') : NULL, *at, *item;
    size_t n = 0, length;
    bp_error unknown;
    *list = NULL;
    if (!last)
        return BP_OK;
    if (!(*list = bp_copy_text(all, (size_t)(last - all))))
        return bp_fail_memory(error);
    for (at = *list; bp_next_item(&at, &item, &length); n++)
        if (!bp_activation_of(item, length, &unknown))
            return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0, "metadata '%s': %s", key,
                              unknown.message);
    if (n != 1 && n != n_hidden)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "metadata '%s': %zu names; this network has %zu layers", key, n + 1,
                          n_hidden + 1);
    return BP_OK;
}

bp_status bp_model_check_outputs(const bp_model *model, bp_error *error)
{
    bp_layer last = bp_network_layer(model->network, bp_network_n_layers(model->network) - 1);
    if (model->encoding.labels && strcmp(last.activation->name, "softmax") == 0)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "softmax outputs add up to 1, which labels need not; use sigmoid");
    return bp_loss_check(model->loss, model->network, error);
}

bp_status bp_model_make_network(bp_model *model, const bp_model_options *options,
                                const bp_tensors *tensors, bp_error *error)
{
    bp_answer answer = bp_model_answers(model);
    size_t inputs = model->encoding.n_inputs, outputs = bp_encoding_outputs(&model->encoding);
    const bp_loss *asked = NULL;
    if (strcmp(options->loss, "auto") != 0 && !(asked = bp_loss_find(options->loss, error)))
        return BP_ERROR_ARGUMENT;
    const char *output = choose_output(options, asked, answer);
    model->loss = bp_loss_find(choose_loss(options, output, answer), error);
    shape s = {0};
    bp_status status;
    if (tensors && !options->hidden)
        status = hidden_of_tensors(tensors, inputs, outputs, &s, error);
    else
        status = parse_hidden(options->hidden ? options->hidden : "16", inputs, outputs, &s, error);
    char *of_file = NULL;
    if (!status && tensors && !options->activation)
        status = hidden_activations_of(tensors, s.n_layers - 1, &of_file, error);
    const char *given = options->activation ? options->activation : of_file;
    if (!status)
        status = parse_activations(given ? given : "tanh", output, &s, error);
    free(of_file);
    if (!status)
        status = bp_network_create(s.sizes, s.n_layers, s.activations, &model->network, error);
    clear_shape(&s);
    if (!status)
        status = bp_model_check_outputs(model, error);
    if (status)
        return status;
    return tensors ? bp_tensors_to_network(tensors, model->network, error)
                   : bp_network_initialize(model->network, options->init, options->seed, error);
}
