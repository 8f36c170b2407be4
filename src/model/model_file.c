/* model_file.c: a model as a safetensors file. The weights are its tensors; all else is text in
 * its metadata, under names that begin with "bprop.". The README lists them, for other programs to
 * read and write: what is changed here is changed there. A checkpoint has the state of its training
 * besides: checkpoint.c. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/dictionary.h"
#include "model/json.h"

#include <stdarg.h>
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
    char *text = value ? bp_json_print(value, JSON_COMPACT) : NULL;
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

/* At least; within a text of the metadata a quote takes two bytes. */
static size_t size_of_input(const bp_field *field)
{
    static const char column[] = "{\\\"column\\\":,\\\"name\\\":",
                      category[] = ",\\\"category\\\":\\\"\\\"},",
                      number[] = ",\\\"shift\\\":0.0,\\\"scale\\\":1.0},";
    size_t size = sizeof column - 1 +
                  (field->name ? strlen("\\\"\\\"") + strlen(field->name) : strlen("null"));
    for (size_t c = field->column + 1; c; c /= 10)
        size++;
    return size +
           (field->category ? sizeof category - 1 + strlen(field->category) : sizeof number - 1);
}

bp_status bp_model_check_columns(const bp_encoding *encoding, const char *table, bp_error *error)
{
    size_t size = 0;
    for (size_t i = 0; i < encoding->n_inputs; i++)
        size += size_of_input(&encoding->inputs[i]);
    if (size <= BP_MOST_HEADER)
        return BP_OK;
    return bp_fail_at(error, BP_ERROR_SIZE, table, 0,
                      "%zu inputs, which take %zu bytes or more of a model's file, where no reader "
                      "takes more than %d; leave columns out",
                      encoding->n_inputs, size, BP_MOST_HEADER);
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
    bp_tensors tensors;
    bp_error *error;
} loader;

/* A message on a key: "metadata 'bprop.task': …". */
static bp_status fail_key(const loader *in, const char *key, const char *format, ...)
    BP_PRINTF(3, 4);

static bp_status fail_key(const loader *in, const char *key, const char *format, ...)
{
    char what[sizeof in->error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return bp_fail_at(in->error, BP_ERROR_FORMAT, in->tensors.file, 0, "metadata '%s': %s", key,
                      what);
}

static bp_status get_text(const loader *in, const char *key, const char **text)
{
    *text = json_string_value(json_object_get(in->tensors.metadata, key));
    return *text ? BP_OK : fail_key(in, key, "it is missing");
}

/* The JSON array or object in a text of the metadata; the caller's. */
static bp_status get_json(const loader *in, const char *key, json_type type, json_t **value)
{
    const char *text;
    json_error_t reason;
    bp_status status = get_text(in, key, &text);
    if (status)
        return status;
    json_t *made = json_loads(text, JSON_REJECT_DUPLICATES, &reason);
    if (!made && json_error_code(&reason) == json_error_out_of_memory)
        return bp_fail_memory(in->error);
    if (!made)
        return fail_key(in, key, "not JSON, at byte %d of the text: %s", reason.position,
                        reason.text);
    if (json_typeof(made) != type) {
        json_decref(made);
        return fail_key(in, key, "expected a JSON %s", type == JSON_ARRAY ? "array" : "object");
    }
    *value = made;
    return BP_OK;
}

static bp_status get_array(const loader *in, const char *key, json_t **array)
{
    return get_json(in, key, JSON_ARRAY, array);
}

static bp_status copy_json_text(const loader *in, const json_t *value, char **copy)
{
    const char *text = json_string_value(value);
    *copy = bp_copy_text(text, strlen(text));
    return *copy ? BP_OK : bp_fail_memory(in->error);
}

/* Item `i` of an array of columns, or the only one. */
typedef struct item {
    const char *key;
    size_t i;
    const json_t *object;
} item;

static bp_status fail_item(const loader *in, const item *item, const char *what)
{
    return fail_key(in, item->key, "item %zu: %s", item->i + 1, what);
}

/* Number and name of a column. */
static bp_status get_column(const loader *in, const item *item, size_t columns, bp_field *field)
{
    const json_t *column = json_object_get(item->object, "column");
    const json_t *name = json_object_get(item->object, "name");
    json_int_t number = json_integer_value(column);
    if (!json_is_integer(column) || number < 1 || (uint64_t)number > columns)
        return fail_item(in, item, "expected a \"column\" from 1 to bprop.columns");
    field->column = (size_t)number - 1;
    if (json_is_string(name))
        return copy_json_text(in, name, &field->name);
    return json_is_null(name) ? BP_OK : fail_item(in, item, "expected a \"name\", a text or null");
}

static bp_status get_scaling(const loader *in, const item *item, bool fills, bp_field *field)
{
    const json_t *shift = json_object_get(item->object, "shift");
    const json_t *scale = json_object_get(item->object, "scale");
    const json_t *fill = json_object_get(item->object, "fill");
    const json_t *is_text = json_object_get(item->object, "text");
    field->shift = json_number_value(shift);
    field->scale = json_number_value(scale);
    field->fill = json_number_value(fill);
    field->is_text = json_is_true(is_text);
    if (!json_is_number(shift))
        return fail_item(in, item, "expected a \"shift\", a number, or a \"category\"");
    if (!json_is_number(scale) || field->scale == 0)
        return fail_item(in, item, "expected a \"scale\", a number other than 0");
    if (fills && !json_is_number(fill))
        return fail_item(in, item, "expected a \"fill\", a number, since bprop.missing is mean");
    if (is_text && !json_is_boolean(is_text))
        return fail_item(in, item, "expected a \"text\" of true or false, or none");
    return BP_OK;
}

static bp_status get_field(const loader *in, const item *item, size_t columns, bool fills,
                           bp_field *field)
{
    const json_t *category = json_object_get(item->object, "category");
    bp_status status = get_column(in, item, columns, field);
    if (status || !category)
        return status ? status : get_scaling(in, item, fills, field);
    field->scale = 1;
    field->is_text = true;
    return json_is_string(category) ? copy_json_text(in, category, &field->category)
                                    : fail_item(in, item, "expected a \"category\", a text");
}

static bp_status get_fields(const loader *in, const char *key, size_t columns, bool fills,
                            bp_field **fields, size_t *n)
{
    json_t *array;
    bp_status status = get_array(in, key, &array);
    if (status)
        return status;
    size_t size = json_array_size(array);
    if (size == 0)
        status = fail_key(in, key, "expected one or more columns");
    else if (!(*fields = bp_allocate(size, sizeof **fields)))
        status = bp_fail_memory(in->error);
    for (size_t i = 0; !status && i < size; i++) {
        const item item = {key, i, json_array_get(array, i)};
        *n = i + 1; /* what is half made is freed with the rest */
        status = get_field(in, &item, columns, fills, &(*fields)[i]);
    }
    json_decref(array);
    return status;
}

/* Adds a text to those that may stand once alone; `what` has. */
static bp_status add_once(const loader *in, const char *key, const char *what, const char *text,
                          bp_dictionary *seen)
{
    size_t before = seen->n_words, number;
    if (!bp_dictionary_add(seen, text, strlen(text), 0, &number))
        return bp_fail_memory(in->error);
    return number < before ? fail_key(in, key, "%s '%.60s' stands twice", what, text) : BP_OK;
}

static bp_status get_class(const loader *in, const json_t *value, bp_dictionary *seen,
                           bp_encoding *encoding)
{
    char **class = &encoding->classes[encoding->n_classes];
    if (!json_is_string(value))
        return fail_key(in, "bprop.classes", "item %zu: expected a text", encoding->n_classes + 1);
    bp_status status = copy_json_text(in, value, class);
    if (status)
        return status;
    encoding->n_classes++;
    return add_once(in, "bprop.classes", "class", *class, seen);
}

static bp_status get_classes(const loader *in, bp_encoding *encoding)
{
    json_t *array;
    bp_dictionary seen = {0};
    if (!json_object_get(in->tensors.metadata, "bprop.classes"))
        return BP_OK;
    bp_status status = get_array(in, "bprop.classes", &array);
    if (status)
        return status;
    size_t size = json_array_size(array);
    if (size < 2)
        status = fail_key(in, "bprop.classes", "expected two or more classes");
    else if (!(encoding->classes = bp_allocate(size, sizeof *encoding->classes)))
        status = bp_fail_memory(in->error);
    for (size_t j = 0; !status && j < size; j++)
        status = get_class(in, json_array_get(array, j), &seen, encoding);
    bp_dictionary_clear(&seen);
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
    const item item = {"bprop.weight", 0, object};
    encoding->weight = bp_allocate(1, sizeof *encoding->weight);
    status = encoding->weight ? get_column(in, &item, encoding->table_columns, encoding->weight)
                              : bp_fail_memory(in->error);
    json_decref(object);
    return status;
}

static bp_status get_class_weights(const loader *in, bp_encoding *encoding)
{
    static const char key[] = "bprop.class_weights";
    json_t *array;
    if (!json_object_get(in->tensors.metadata, key))
        return BP_OK;
    bp_status status = get_array(in, key, &array);
    if (status)
        return status;
    if (!encoding->classes || json_array_size(array) != encoding->n_classes)
        status = fail_key(in, key, "%zu numbers; expected one for each of the %zu classes",
                          json_array_size(array), encoding->n_classes);
    else if (!(encoding->class_weights =
                   bp_allocate(encoding->n_classes, sizeof *encoding->class_weights)))
        status = bp_fail_memory(in->error);
    for (size_t i = 0; !status && i < encoding->n_classes; i++) {
        double weight = json_number_value(json_array_get(array, i)); /* 0 of what is no number */
        encoding->class_weights[i] = weight;
        if (!(weight > 0))
            status = fail_key(in, key, "item %zu: expected a number above 0", i + 1);
    }
    json_decref(array);
    return status;
}

/* ---- Reading: what must fit together ------------------------------------------------------ */

/* A column in use, and the key under which it is. */
typedef struct use {
    const bp_field *field;
    const char *key;
} use;

/* By column, then as they were: the keys are in the order of the alphabet. */
static int compare_use(const void *a, const void *b)
{
    const use *x = a, *y = b;
    if (x->field->column != y->field->column)
        return x->field->column < y->field->column ? -1 : 1;
    return strcmp(x->key, y->key);
}

static void add_uses(use *uses, size_t *n, const bp_field *fields, size_t n_fields, const char *key)
{
    for (size_t i = 0; i < n_fields; i++)
        if (i == 0 || fields[i].column != fields[i - 1].column || !fields[i].category)
            uses[(*n)++] = (use){&fields[i], key};
}

/* No column is used twice, but by categories side by side. Names are all there or all missing, and
 * differ. */
static bp_status check_uses(const loader *in, const use *uses, size_t n)
{
    bp_dictionary names = {0};
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < n; i++) {
        const bp_field *field = uses[i].field;
        if (i && field->column == uses[i - 1].field->column)
            status = fail_key(in, uses[i].key, "column %zu stands in %s already", field->column + 1,
                              uses[i - 1].key);
        else if ((field->name != NULL) != (uses[0].field->name != NULL))
            status = fail_key(in, uses[i].key,
                              "column %zu has %s name, and column %zu has %s; expected names for "
                              "all columns or for none",
                              field->column + 1, field->name ? "a" : "no",
                              uses[0].field->column + 1, field->name ? "none" : "one");
        else if (field->name)
            status = add_once(in, uses[i].key, "a column named", field->name, &names);
    }
    bp_dictionary_clear(&names);
    return status;
}

static bp_status check_columns(const loader *in, const bp_encoding *encoding)
{
    size_t n = 0;
    use *uses = bp_allocate(encoding->n_inputs + encoding->n_targets + 1, sizeof *uses);
    if (!uses)
        return bp_fail_memory(in->error);
    add_uses(uses, &n, encoding->inputs, encoding->n_inputs, "bprop.inputs");
    add_uses(uses, &n, encoding->targets, encoding->n_targets, "bprop.targets");
    add_uses(uses, &n, encoding->weight, encoding->weight != NULL, "bprop.weight");
    qsort(uses, n, sizeof *uses, compare_use);
    bp_status status = check_uses(in, uses, n);
    free(uses);
    return status;
}

static bool same_name(const bp_field *a, const bp_field *b)
{
    return a->name && b->name ? strcmp(a->name, b->name) == 0 : a->name == b->name;
}

/* Inputs stand in the order of their columns; only different categories share one, and its name. */
static bp_status check_inputs(const loader *in, const bp_field *inputs, size_t n)
{
    static const char key[] = "bprop.inputs";
    bp_dictionary seen = {0}; /* the categories of the column */
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < n; i++) {
        const bp_field *input = &inputs[i], *last = i ? &inputs[i - 1] : NULL;
        bool again = last && input->column == last->column;
        if (!again)
            bp_dictionary_clear(&seen);
        if (last && input->column < last->column)
            status = fail_key(in, key, "item %zu: column %zu; expected the order of the columns",
                              i + 1, input->column + 1);
        else if (again && (!input->category || !last->category || !same_name(input, last)))
            status =
                fail_key(in, key, "item %zu: column %zu stands twice", i + 1, input->column + 1);
        else if (input->is_text && !input->category)
            status = fail_key(in, key, "item %zu: expected a \"category\" of a text", i + 1);
        else if (input->category)
            status = add_once(in, key, "category", input->category, &seen);
    }
    bp_dictionary_clear(&seen);
    return status;
}

/* The task decides whether targets without classes are labels. */
static bp_status get_task(const loader *in, bp_encoding *encoding)
{
    const char *task;
    bp_status status = get_text(in, "bprop.task", &task);
    if (status)
        return status;
    encoding->labels = !encoding->classes && strcmp(task, "multilabel") == 0;
    if (strcmp(task, bp_answer_name(bp_answer_of(encoding))) == 0)
        return BP_OK;
    return fail_key(in, "bprop.task", "'%.60s'; expected %s", task,
                    encoding->classes ? "classification, since there are bprop.classes"
                                      : "multilabel or regression, since there are no "
                                        "bprop.classes");
}

/* Text are the cells of classes if the file says so, or if one is no number. */
static void settle_texts(bp_encoding *encoding)
{
    double ignored;
    for (size_t j = 0; j < encoding->n_classes; j++)
        if (!bp_parse_number(encoding->classes[j], strlen(encoding->classes[j]), &ignored))
            encoding->targets[0].is_text = true;
}

static bp_status check_targets(const loader *in, const bp_encoding *encoding)
{
    static const char key[] = "bprop.targets";
    if (encoding->classes && encoding->n_targets != 1)
        return fail_key(in, key, "%zu columns; expected the one of the classes",
                        encoding->n_targets);
    if (encoding->labels && encoding->n_targets < 2)
        return fail_key(in, key, "expected two or more columns of labels");
    for (size_t i = 0; i < encoding->n_targets; i++) {
        const bp_field *target = &encoding->targets[i];
        if (target->category)
            return fail_key(in, key,
                            "item %zu: a \"category\"; expected a \"shift\" and a "
                            "\"scale\" of a target",
                            i + 1);
        if (target->is_text && !encoding->classes)
            return fail_key(in, key, "item %zu: a text; expected numbers without bprop.classes",
                            i + 1);
        bool scales = !encoding->classes && !encoding->labels;
        if (!scales && (target->shift != 0 || target->scale != 1))
            return fail_key(in, key,
                            "item %zu: expected \"shift\" 0 and \"scale\" 1 of a class or label",
                            i + 1);
    }
    return BP_OK;
}

static bp_status get_missing(const loader *in, bool *fills)
{
    const char *text = "error";
    bp_status status = BP_OK;
    if (json_object_get(in->tensors.metadata, "bprop.missing"))
        status = get_text(in, "bprop.missing", &text);
    *fills = !status && strcmp(text, "mean") == 0;
    if (!status && !*fills && strcmp(text, "error") != 0)
        status = fail_key(in, "bprop.missing", "'%.60s'; expected error or mean", text);
    return status;
}

static bp_status get_columns(const loader *in, size_t *columns)
{
    const char *text;
    uint64_t number;
    bp_status status = get_text(in, "bprop.columns", &text);
    if (status)
        return status;
    if (!bp_parse_whole(text, strlen(text), &number) || number < 2 || number > SIZE_MAX)
        return fail_key(in, "bprop.columns",
                        "'%.60s'; expected how many columns a table has, 2 "
                        "or more",
                        text);
    *columns = (size_t)number;
    return BP_OK;
}

static bp_status get_encoding(const loader *in, bp_encoding *encoding)
{
    bp_status status = get_columns(in, &encoding->table_columns);
    if (!status)
        status = get_missing(in, &encoding->fills);
    if (!status)
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
        status = get_weight(in, encoding);
    if (!status)
        status = get_class_weights(in, encoding);
    if (!status)
        status = check_inputs(in, encoding->inputs, encoding->n_inputs);
    if (!status)
        status = check_targets(in, encoding);
    if (!status)
        status = check_columns(in, encoding);
    if (!status)
        settle_texts(encoding);
    return status;
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
        if (l < n_layers && !(found[l] = bp_activation_of(item, length, &unknown)))
            return fail_key(in, "bprop.activations", "%s", unknown.message);
    }
    return l == n_layers
               ? BP_OK
               : fail_key(in, "bprop.activations",
                          "%zu names; expected one for each of the %zu layers", l, n_layers);
}

static bp_status get_network(const loader *in, bp_network **network)
{
    size_t *sizes = NULL, n_layers;
    bp_status status = bp_tensors_sizes(&in->tensors, true, &sizes, &n_layers, in->error);
    if (status)
        return status;
    const bp_activation **activations = bp_allocate(n_layers, sizeof *activations);
    status = activations ? get_activations(in, n_layers, activations) : bp_fail_memory(in->error);
    if (!status)
        status = bp_network_create(sizes, n_layers, activations, network, in->error);
    if (!status)
        status = bp_tensors_to_network(&in->tensors, *network, in->error);
    free(activations);
    free(sizes);
    return status;
}

/* "major.minor.patch" and nothing else. */
static bool parse_version(const char *text, unsigned version[3])
{
    int end = 0;
    return strspn(text, "0123456789.") == strlen(text) &&
           sscanf(text, "%4u.%4u.%4u%n", &version[0], &version[1], &version[2], &end) == 3 &&
           text[end] == '\0';
}

/* A file of another version may be older, or newer in the patch alone. */
static bp_status check_version(const loader *in)
{
    static const char key[] = "bprop.version";
    const char *text;
    unsigned theirs[3], ours[3];
    if (!json_object_get(in->tensors.metadata, key))
        return bp_fail_at(in->error, BP_ERROR_FORMAT, in->tensors.file, 0,
                          "weights without bprop's metadata; use them with --init-from");
    bp_status status = get_text(in, key, &text);
    if (status)
        return status;
    if (!parse_version(text, theirs) || !parse_version(bp_version(), ours))
        return fail_key(in, key, "'%.20s'; expected a version such as %s", text, bp_version());
    if (theirs[0] > ours[0] || (theirs[0] == ours[0] && theirs[1] > ours[1]))
        return fail_key(in, key,
                        "%.20s is newer than this bprop, %s, which reads up to %u.%u; update it",
                        text, bp_version(), ours[0], ours[1]);
    return BP_OK;
}

static bp_status check_whole(const loader *in, const bp_model *model)
{
    size_t inputs = bp_network_inputs(model->network);
    size_t outputs = bp_network_outputs(model->network);
    if (inputs != model->encoding.n_inputs || outputs != bp_encoding_outputs(&model->encoding))
        return bp_fail_at(in->error, BP_ERROR_FORMAT, in->tensors.file, 0,
                          "the tensors take %zu inputs and give %zu outputs, the metadata names "
                          "%zu and %zu",
                          inputs, outputs, model->encoding.n_inputs,
                          bp_encoding_outputs(&model->encoding));
    bp_error unfit;
    if (bp_model_check_outputs(model, &unfit))
        return fail_key(in, "bprop.loss", "%s", unfit.message);
    return BP_OK;
}

bp_status bp_model_read_from(bp_input *input, bp_model **model, bp_train_state **state,
                             bp_error *error)
{
    loader in = {.error = error};
    const char *loss = NULL;
    bp_model *made = bp_allocate(1, sizeof *made);
    bp_status status = made ? bp_tensors_read(input, &in.tensors, error) : bp_fail_memory(error);
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
        status = fail_key(&in, "bprop.loss", "%s", unknown.message);
    if (!status)
        status = check_whole(&in, made);
    if (!status && state)
        status =
            bp_state_of_tensors(&in.tensors, bp_network_n_parameters(made->network), state, error);
    bp_tensors_clear(&in.tensors);
    if (status)
        bp_model_destroy(made);
    else
        *model = made;
    return status;
}

static bp_status load(const char *path, bp_model **model, bp_train_state **state, bp_error *error)
{
    bp_input *input = NULL;
    bp_status status = bp_input_open(path, &input, error);
    if (!status)
        status = bp_model_read_from(input, model, state, error);
    bp_input_close(input);
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
