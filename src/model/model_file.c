/* model_file.c: a model as a safetensors file. The weights are its tensors; all else is text in
 * its metadata, under names that begin with "bprop.":
 *
 *   bprop.version      the version that wrote it
 *   bprop.task         classification, multilabel or regression
 *   bprop.activations  one a layer, comma-separated
 *   bprop.loss         its name
 *   bprop.columns      how many columns the table had, targets included
 *   bprop.missing      what a missing input is: error (also if this is absent), or mean
 *   bprop.inputs       a JSON array, an object a network input: "column" (1-based), "name" (or
 *                      null), and "shift" and "scale" of a number (and "fill", the value of a
 *                      missing one, if bprop.missing is mean), or the "category" of a text
 *   bprop.targets      the same for the target columns: one of a classification, with "text" true
 *                      if its cells are text, as they are anyway if a class is no number; two or
 *                      more of labels, which are 0 or 1, with "shift" 0 and "scale" 1
 *   bprop.classes      of a classification: a JSON array of the classes' texts
 *   bprop.weight       a JSON object, the "column" and "name" of the rows' weights, which training
 *                      alone needs; absent: there is none
 *   bprop.class_weights  a JSON array, a number above 0 a class, by which the weights of its rows
 *                      are multiplied in training; absent: all 1
 *
 * A checkpoint has the state of its training besides: checkpoint.c. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Writing ------------------------------------------------------------------------------ */

static json_t *column_to_json(const bp_field *field)
{
    return json_pack("{s:I, s:s?}", "column", (json_int_t)field->column + 1, "name", field->name);
}

static json_t *field_to_json(const bp_field *field, bool fills)
{
    json_t *object = column_to_json(field);
    int failed = field->category
                     ? json_object_set_new(object, "category", json_string(field->category))
                     : json_object_set_new(object, "shift", json_real(field->shift)) ||
                           json_object_set_new(object, "scale", json_real(field->scale)) ||
                           (fills && json_object_set_new(object, "fill", json_real(field->fill))) ||
                           (field->is_text && json_object_set_new(object, "text", json_true()));
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* metadata[name] = the array or object as text; it is given away. */
static bool set_json(json_t *metadata, const char *name, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    bool done = text && json_object_set_new(metadata, name, json_string(text)) == 0;
    free(text);
    return done;
}

static bool set_fields(json_t *metadata, const char *name, const bp_field *fields, size_t n,
                       bool fills)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, field_to_json(&fields[i], fills))) {
            json_decref(array);
            return false;
        }
    return set_json(metadata, name, array);
}

static bool set_classes(json_t *metadata, const bp_encoding *encoding)
{
    if (!encoding->classes)
        return true;
    json_t *array = json_array();
    for (size_t j = 0; j < encoding->n_classes; j++)
        if (json_array_append_new(array, json_string(encoding->classes[j]))) {
            json_decref(array);
            return false;
        }
    return set_json(metadata, "bprop.classes", array);
}

static bool set_weights(json_t *metadata, const bp_encoding *encoding)
{
    if (encoding->weight && !set_json(metadata, "bprop.weight", column_to_json(encoding->weight)))
        return false;
    if (!encoding->class_weights)
        return true;
    json_t *array = json_array();
    for (size_t j = 0; j < encoding->n_classes; j++)
        if (json_array_append_new(array, json_real(encoding->class_weights[j]))) {
            json_decref(array);
            return false;
        }
    return set_json(metadata, "bprop.class_weights", array);
}

static bool set_activations(json_t *metadata, const bp_network *network)
{
    json_t *text = json_string("");
    for (size_t l = 0; text && l < bp_network_n_layers(network); l++) {
        json_t *longer = json_sprintf("%s%s%s", json_string_value(text), l ? "," : "",
                                      bp_network_layer(network, l).activation->name);
        json_decref(text);
        text = longer;
    }
    return json_object_set_new(metadata, "bprop.activations", text) == 0;
}

static json_t *metadata_of(const bp_model *model)
{
    const bp_encoding *encoding = &model->encoding;
    json_t *metadata =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "bprop.version", bp_version(), "bprop.task",
                  bp_answer_name(bp_answer_of(encoding)), "bprop.loss", model->loss->name,
                  "bprop.missing", encoding->fills ? "mean" : "error", "bprop.columns",
                  json_sprintf("%zu", encoding->table_columns));
    if (metadata && set_activations(metadata, model->network) &&
        set_fields(metadata, "bprop.inputs", encoding->inputs, encoding->n_inputs,
                   encoding->fills) &&
        set_fields(metadata, "bprop.targets", encoding->targets, encoding->n_targets, false) &&
        set_classes(metadata, encoding) && set_weights(metadata, encoding))
        return metadata;
    json_decref(metadata);
    return NULL;
}

/* state NULL: the model alone */
static bp_status save(const bp_model *model, const bp_train_state *state, const char *path,
                      bp_error *error)
{
    bp_tensor_writer writer = {0};
    json_t *metadata = metadata_of(model);
    bp_status status = BP_OK;
    if (!metadata) /* all texts are UTF-8, which Jansson takes; so memory is short */
        status = bp_fail_memory(error);
    if (!status)
        status = bp_network_to_tensors(model->network, &writer, error);
    if (!status && state)
        status = bp_state_to_metadata(state, metadata, error);
    if (!status && state)
        status = bp_state_to_tensors(state, &writer, error);
    if (!status && state)
        status = bp_state_seal(metadata, &writer, error);
    if (!status)
        status = bp_tensor_writer_save(&writer, metadata, path, error);
    bp_tensor_writer_clear(&writer);
    json_decref(metadata);
    return status;
}

bp_status bp_model_save(const bp_model *model, const char *path, bp_error *error)
{
    if (!model || !path)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model and path must not be NULL");
    return save(model, NULL, path, error);
}

bp_status bp_model_save_checkpoint(const bp_model *model, const bp_train_state *state,
                                   const char *path, bp_error *error)
{
    if (!model || !state || !path)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model, state and path must not be NULL");
    if (!state->settings || state->n != bp_network_n_parameters(model->network))
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "the state is not of a training of this model that has begun");
    return save(model, state, path, error);
}

/* ---- Reading ------------------------------------------------------------------------------ */

typedef struct loader {
    const char *path;
    bp_tensors tensors;
    bp_error *error;
} loader;

static bp_status fail_key(const loader *in, const char *key, const char *what)
{
    return bp_fail_at(in->error, BP_ERROR_FORMAT, in->path, 0, "metadata '%s': %s", key, what);
}

static bp_status get_text(const loader *in, const char *key, const char **text)
{
    *text = json_string_value(json_object_get(in->tensors.metadata, key));
    return *text ? BP_OK : fail_key(in, key, "is missing");
}

/* The JSON array or object in a text of the metadata; the caller's. */
static bp_status get_json(const loader *in, const char *key, json_type type, json_t **value)
{
    const char *text;
    bp_status status = get_text(in, key, &text);
    if (status)
        return status;
    *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (*value && json_typeof(*value) == type)
        return BP_OK;
    json_decref(*value);
    return fail_key(in, key, type == JSON_ARRAY ? "is not a JSON array" : "is not a JSON object");
}

static bp_status get_array(const loader *in, const char *key, json_t **array)
{
    return get_json(in, key, JSON_ARRAY, array);
}

static bool copy_json_text(const json_t *value, char **copy)
{
    const char *text = json_string_value(value);
    *copy = text ? bp_copy_text(text, strlen(text)) : NULL;
    return *copy != NULL;
}

/* Number and name of a column. */
static bp_status column_of_json(const loader *in, const char *key, const json_t *object,
                                size_t columns, bp_field *field)
{
    const json_t *column = json_object_get(object, "column");
    const json_t *name = json_object_get(object, "name");
    json_int_t number = json_integer_value(column);
    if (!json_is_integer(column) || number < 1 || (uint64_t)number > columns)
        return fail_key(in, key, "a \"column\" is not a number from 1 to bprop.columns");
    field->column = (size_t)number - 1;
    if (!json_is_string(name) && !json_is_null(name))
        return fail_key(in, key, "a \"name\" is neither a text nor null");
    if (json_is_string(name) && !copy_json_text(name, &field->name))
        return bp_fail_memory(in->error);
    return BP_OK;
}

static bp_status field_of_json(const loader *in, const char *key, const json_t *object,
                               size_t columns, bool fills, bp_field *field)
{
    const json_t *category = json_object_get(object, "category");
    const json_t *shift = json_object_get(object, "shift"),
                 *scale = json_object_get(object, "scale");
    bp_status status = column_of_json(in, key, object, columns, field);
    if (status)
        return status;
    if (category) {
        field->scale = 1;
        field->is_text = true;
        return copy_json_text(category, &field->category)
                   ? BP_OK
                   : fail_key(in, key, "a \"category\" is not a text");
    }
    field->shift = json_number_value(shift);
    field->scale = json_number_value(scale);
    if (!json_is_number(shift) || !json_is_number(scale) || field->scale == 0)
        return fail_key(in, key, "a \"shift\" or \"scale\" is not a number, or the scale is 0");
    field->fill = json_number_value(json_object_get(object, "fill"));
    if (fills && !json_is_number(json_object_get(object, "fill")))
        return fail_key(in, key, "a \"fill\" is not a number");
    const json_t *is_text = json_object_get(object, "text");
    field->is_text = json_is_true(is_text);
    if (is_text && !json_is_boolean(is_text))
        return fail_key(in, key, "a \"text\" is neither true nor false");
    return BP_OK;
}

static bp_status get_fields(const loader *in, const char *key, size_t columns, bool fills,
                            bp_field **fields, size_t *n)
{
    json_t *array, *object;
    size_t i;
    bp_status status = get_array(in, key, &array);
    if (status)
        return status;
    *fields = bp_allocate(json_array_size(array), sizeof **fields);
    if (!*fields)
        status = bp_fail_memory(in->error);
    json_array_foreach(array, i, object)
    {
        if (status)
            break;
        *n = i + 1; /* what is half made is freed with the rest */
        status = field_of_json(in, key, object, columns, fills, &(*fields)[i]);
    }
    if (!status && !*n)
        status = fail_key(in, key, "is empty");
    json_decref(array);
    return status;
}

static bp_status get_classes(const loader *in, bp_encoding *encoding)
{
    json_t *array, *value;
    size_t i;
    if (!json_object_get(in->tensors.metadata, "bprop.classes"))
        return BP_OK;
    bp_status status = get_array(in, "bprop.classes", &array);
    if (status)
        return status;
    encoding->classes = bp_allocate(json_array_size(array), sizeof *encoding->classes);
    if (!encoding->classes)
        status = bp_fail_memory(in->error);
    json_array_foreach(array, i, value)
    {
        if (status)
            break;
        if (copy_json_text(value, &encoding->classes[i]))
            encoding->n_classes++;
        else
            status = fail_key(in, "bprop.classes", "holds something that is not a text");
    }
    if (!status && encoding->n_classes < 2)
        status = fail_key(in, "bprop.classes", "has fewer than two classes");
    for (size_t j = 1; !status && j < encoding->n_classes; j++)
        for (size_t k = 0; !status && k < j; k++)
            if (strcmp(encoding->classes[j], encoding->classes[k]) == 0)
                status = fail_key(in, "bprop.classes", "a class stands twice");
    json_decref(array);
    return status;
}

static bp_status get_weight(const loader *in, bp_encoding *encoding)
{
    json_t *object;
    if (!json_object_get(in->tensors.metadata, "bprop.weight"))
        return BP_OK;
    bp_status status = get_json(in, "bprop.weight", JSON_OBJECT, &object);
    if (status)
        return status;
    encoding->weight = bp_allocate(1, sizeof *encoding->weight);
    status = encoding->weight ? column_of_json(in, "bprop.weight", object, encoding->table_columns,
                                               encoding->weight)
                              : bp_fail_memory(in->error);
    json_decref(object);
    return status;
}

static bp_status get_class_weights(const loader *in, bp_encoding *encoding)
{
    static const char key[] = "bprop.class_weights";
    json_t *array, *value;
    size_t i;
    if (!json_object_get(in->tensors.metadata, key))
        return BP_OK;
    bp_status status = get_array(in, key, &array);
    if (status)
        return status;
    if (!encoding->classes || json_array_size(array) != encoding->n_classes)
        status = fail_key(in, key, "not one a class");
    else if (!(encoding->class_weights =
                   bp_allocate(encoding->n_classes, sizeof *encoding->class_weights)))
        status = bp_fail_memory(in->error);
    json_array_foreach(array, i, value)
    {
        if (status)
            break;
        encoding->class_weights[i] = json_number_value(value); /* 0 of what is no number */
        if (!(encoding->class_weights[i] > 0))
            status = fail_key(in, key, "holds something that is not a number above 0");
    }
    json_decref(array);
    return status;
}

/* Names are all there or all missing. */
static bp_status check_names(const loader *in, const char *key, const bp_field *fields, size_t n,
                             bool named)
{
    for (size_t i = 0; i < n; i++)
        if ((fields[i].name != NULL) != named)
            return fail_key(in, key, "some columns have names and some have none");
    return BP_OK;
}

/* Whether category i has been among those of its column before. */
static bool is_repeated(const bp_field *inputs, size_t i)
{
    for (size_t j = i; j-- > 0 && inputs[j].column == inputs[i].column;)
        if (strcmp(inputs[j].category, inputs[i].category) == 0)
            return true;
    return false;
}

/* Inputs stand in the order of their columns; only different categories share one. */
static bp_status check_inputs(const loader *in, const bp_field *inputs, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        bool categories = inputs[i].category && inputs[i - 1].category;
        if (inputs[i].column < inputs[i - 1].column)
            return fail_key(in, "bprop.inputs", "not in the order of the columns");
        if (inputs[i].column != inputs[i - 1].column)
            continue;
        if (!categories || is_repeated(inputs, i))
            return fail_key(in, "bprop.inputs", "a column or category stands twice");
    }
    return BP_OK;
}

/* The task decides whether targets without classes are labels. */
static bp_status get_task(const loader *in, bp_encoding *encoding)
{
    const char *task;
    bp_status status = get_text(in, "bprop.task", &task);
    if (status)
        return status;
    encoding->labels = !encoding->classes && strcmp(task, "multilabel") == 0;
    return strcmp(task, bp_answer_name(bp_answer_of(encoding))) == 0
               ? BP_OK
               : fail_key(in, "bprop.task", "does not go with the presence of bprop.classes");
}

/* Text are the cells of classes if the file says so, or if one is no number. */
static bp_status settle_texts(const loader *in, bp_encoding *encoding)
{
    double ignored;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (encoding->inputs[i].is_text && !encoding->inputs[i].category)
            return fail_key(in, "bprop.inputs", "a text without its category");
    for (size_t i = 0; i < encoding->n_targets; i++)
        if (encoding->targets[i].is_text && !encoding->targets[i].category && !encoding->classes)
            return fail_key(in, "bprop.targets", "a text without classes");
    for (size_t j = 0; j < encoding->n_classes; j++)
        if (!bp_parse_number(encoding->classes[j], strlen(encoding->classes[j]), &ignored))
            encoding->targets[0].is_text = true;
    return BP_OK;
}

static bp_status check_labels(const loader *in, const bp_encoding *encoding)
{
    if (encoding->n_targets < 2)
        return fail_key(in, "bprop.targets", "labels are two or more");
    for (size_t i = 0; i < encoding->n_targets; i++)
        if (encoding->targets[i].shift != 0 || encoding->targets[i].scale != 1)
            return fail_key(in, "bprop.targets", "a label is scaled");
    return BP_OK;
}

static bp_status check_targets(const loader *in, const bp_encoding *encoding)
{
    if (encoding->classes && encoding->n_targets != 1)
        return fail_key(in, "bprop.targets", "a classification has one");
    for (size_t i = 0; i < encoding->n_targets; i++) {
        const bp_field *target = &encoding->targets[i];
        if (target->category)
            return fail_key(in, "bprop.targets", "a target is no category");
        for (size_t j = 0; j < i; j++)
            if (encoding->targets[j].column == target->column)
                return fail_key(in, "bprop.targets", "a column stands twice");
        for (size_t j = 0; j < encoding->n_inputs; j++)
            if (encoding->inputs[j].column == target->column)
                return fail_key(in, "bprop.targets", "an input is a target");
    }
    return encoding->labels ? check_labels(in, encoding) : BP_OK;
}

static bp_status check_weight(const loader *in, const bp_encoding *encoding, bool named)
{
    const bp_field *weight = encoding->weight;
    if (!weight)
        return BP_OK;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        if (encoding->inputs[i].column == weight->column)
            return fail_key(in, "bprop.weight", "the column is an input");
    for (size_t i = 0; i < encoding->n_targets; i++)
        if (encoding->targets[i].column == weight->column)
            return fail_key(in, "bprop.weight", "the column is a target");
    return check_names(in, "bprop.weight", weight, 1, named);
}

static bp_status get_missing(const loader *in, bool *fills)
{
    const char *text = "error";
    bp_status status = BP_OK;
    if (json_object_get(in->tensors.metadata, "bprop.missing"))
        status = get_text(in, "bprop.missing", &text);
    *fills = !status && strcmp(text, "mean") == 0;
    if (!status && !*fills && strcmp(text, "error") != 0)
        status = fail_key(in, "bprop.missing", "is neither error nor mean");
    return status;
}

static bp_status get_encoding(const loader *in, bp_encoding *encoding)
{
    const char *text;
    uint64_t columns;
    bp_status status = get_text(in, "bprop.columns", &text);
    if (status)
        return status;
    if (!bp_parse_whole(text, strlen(text), &columns) || columns > SIZE_MAX)
        return fail_key(in, "bprop.columns", "is not a number of columns");
    encoding->table_columns = (size_t)columns;
    status = get_missing(in, &encoding->fills);
    if (status)
        return status;
    status = get_fields(in, "bprop.inputs", encoding->table_columns, encoding->fills,
                        &encoding->inputs, &encoding->n_inputs);
    if (!status)
        status = get_fields(in, "bprop.targets", encoding->table_columns, false, &encoding->targets,
                            &encoding->n_targets);
    if (!status)
        status = get_classes(in, encoding);
    if (!status)
        status = get_task(in, encoding);
    if (!status)
        status = settle_texts(in, encoding);
    if (!status)
        status = get_weight(in, encoding);
    if (!status)
        status = get_class_weights(in, encoding);
    if (status)
        return status;
    bool named = encoding->inputs[0].name != NULL;
    status = check_names(in, "bprop.inputs", encoding->inputs, encoding->n_inputs, named);
    if (!status)
        status = check_names(in, "bprop.targets", encoding->targets, encoding->n_targets, named);
    if (!status)
        status = check_inputs(in, encoding->inputs, encoding->n_inputs);
    if (!status)
        status = check_weight(in, encoding, named);
    return status ? status : check_targets(in, encoding);
}

/* One activation a layer out of a comma-separated text; `found` takes n_layers. */
static bp_status get_activations(const loader *in, size_t n_layers, const bp_activation **found)
{
    const char *list, *item;
    size_t length, l = 0;
    bp_error unknown;
    bp_status status = get_text(in, "bprop.activations", &list);
    if (status)
        return status;
    for (; bp_next_item(&list, &item, &length); l++) {
        if (l == n_layers)
            return fail_key(in, "bprop.activations", "not one a layer");
        if (!(found[l] = bp_activation_of(item, length, &unknown)))
            return fail_key(in, "bprop.activations", unknown.message);
    }
    return l == n_layers ? BP_OK : fail_key(in, "bprop.activations", "not one a layer");
}

static bp_status get_network(const loader *in, bp_network **network)
{
    size_t *sizes = NULL, n_layers;
    bp_status status = bp_tensors_sizes(&in->tensors, in->path, &sizes, &n_layers, in->error);
    if (status)
        return status;
    const bp_activation **activations = bp_allocate(n_layers, sizeof *activations);
    status = activations ? get_activations(in, n_layers, activations) : bp_fail_memory(in->error);
    size_t n = 0;
    for (size_t i = 0; i < in->tensors.n; i++)
        n += !bp_is_state_tensor(in->tensors.tensors[i].name);
    if (!status && n != 2 * n_layers)
        status = bp_fail_at(in->error, BP_ERROR_FORMAT, in->path, 0,
                            "%zu tensors, where %zu layers have two each", n, n_layers);
    if (!status)
        status = bp_network_create(sizes, n_layers, activations, network, in->error);
    if (!status)
        status = bp_tensors_to_network(&in->tensors, in->path, *network, in->error);
    free(activations);
    free(sizes);
    return status;
}

/* "major.minor.patch" of another version may be older, or newer in the patch alone. */
static bp_status check_version(const loader *in)
{
    const char *text;
    unsigned theirs[2], ours[2];
    if (!json_object_get(in->tensors.metadata, "bprop.version"))
        return bp_fail_at(in->error, BP_ERROR_FORMAT, in->path, 0,
                          "weights without bprop's metadata; use them with --init-from");
    bp_status status = get_text(in, "bprop.version", &text);
    if (status)
        return status;
    if (sscanf(text, "%4u.%4u.", &theirs[0], &theirs[1]) != 2 ||
        sscanf(bp_version(), "%4u.%4u.", &ours[0], &ours[1]) != 2)
        return fail_key(in, "bprop.version", "is not a version");
    if (theirs[0] > ours[0] || (theirs[0] == ours[0] && theirs[1] > ours[1]))
        return bp_fail_at(in->error, BP_ERROR_FORMAT, in->path, 0,
                          "was written by bprop %.20s, newer than this one, %s", text,
                          bp_version());
    return BP_OK;
}

static bp_status check_whole(const loader *in, const bp_model *model)
{
    size_t inputs = bp_network_inputs(model->network);
    size_t outputs = bp_network_outputs(model->network);
    if (inputs != model->encoding.n_inputs || outputs != bp_encoding_outputs(&model->encoding))
        return bp_fail_at(in->error, BP_ERROR_FORMAT, in->path, 0,
                          "the tensors take %zu inputs and give %zu outputs, the metadata names "
                          "%zu and %zu",
                          inputs, outputs, model->encoding.n_inputs,
                          bp_encoding_outputs(&model->encoding));
    bp_error unfit;
    if (bp_model_check_outputs(model, &unfit))
        return fail_key(in, "bprop.loss", unfit.message);
    return BP_OK;
}

/* state NULL: the model alone is wanted */
static bp_status load(const char *path, bp_model **model, bp_train_state **state, bp_error *error)
{
    loader in = {.path = path, .error = error};
    const char *loss = NULL;
    bp_model *made = bp_allocate(1, sizeof *made);
    bp_status status = made ? bp_tensors_read(path, &in.tensors, error) : bp_fail_memory(error);
    if (!status)
        status = check_version(&in);
    if (!status)
        status = get_network(&in, &made->network);
    if (!status)
        status = get_encoding(&in, &made->encoding);
    if (!status)
        status = get_text(&in, "bprop.loss", &loss);
    bp_error unknown;
    if (!status && !(made->loss = bp_loss_find(loss, &unknown)))
        status = fail_key(&in, "bprop.loss", unknown.message);
    if (!status)
        status = check_whole(&in, made);
    if (!status && state)
        status = bp_state_of_tensors(&in.tensors, path, bp_network_n_parameters(made->network),
                                     state, error);
    bp_tensors_clear(&in.tensors);
    if (status)
        bp_model_destroy(made);
    else
        *model = made;
    return status;
}

bp_status bp_model_load(const char *path, bp_model **model, bp_error *error)
{
    if (!path || !model)
        return bp_fail(error, BP_ERROR_ARGUMENT, "path and model must not be NULL");
    return load(path, model, NULL, error);
}

bp_status bp_model_load_checkpoint(const char *path, bp_model **model, bp_train_state **state,
                                   bp_error *error)
{
    if (!path || !model || !state)
        return bp_fail(error, BP_ERROR_ARGUMENT, "path, model and state must not be NULL");
    return load(path, model, state, error);
}
