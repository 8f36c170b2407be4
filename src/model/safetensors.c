#include "model/safetensors.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/output.h"
#include "model/json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_HEADER = 2 }; /* bytes: "{}" */

/* ---- Types of elements -------------------------------------------------------------------- */

struct bp_dtype {
    const char *name;
    size_t bits;
    double (*value)(uint64_t bits); /* NULL: not for weights */
};

/* All that the format's own reader knows. */
static const bp_dtype dtypes[] = {
    {"F64", 64, bp_double_of_bits},
    {"F32", 32, bp_single_of_bits},
    {"F16", 16, bp_half_of_bits},
    {"BF16", 16, bp_bfloat_of_bits},
    {"I64", 64, NULL},
    {"I32", 32, NULL},
    {"I16", 16, NULL},
    {"I8", 8, NULL},
    {"U64", 64, NULL},
    {"U32", 32, NULL},
    {"U16", 16, NULL},
    {"U8", 8, NULL},
    {"BOOL", 8, NULL},
    {"C64", 64, NULL},
    {"F8_E5M2", 8, NULL},
    {"F8_E4M3", 8, NULL},
    {"F8_E5M2FNUZ", 8, NULL},
    {"F8_E4M3FNUZ", 8, NULL},
    {"F8_E8M0", 8, NULL},
    {"F6_E2M3", 6, NULL},
    {"F6_E3M2", 6, NULL},
    {"F4", 4, NULL},
};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

/* ---- Reading: the header ------------------------------------------------------------------ */

static bp_status fail_byte(const bp_tensors *t, size_t byte, const char *what, bp_error *error)
{
    return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0, "byte %zu: %s", byte, what);
}

static bp_status fail_tensor(const bp_tensors *t, const char *name, const char *what,
                             bp_error *error)
{
    return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0, "tensor '%.60s': %s", name, what);
}

static bp_status read_length(bp_input *input, const bp_tensors *t, size_t *length, bp_error *error)
{
    unsigned char bytes[8];
    size_t got;
    bp_status status = bp_input_read(input, bytes, sizeof bytes, &got, error);
    if (status)
        return status;
    if (got < sizeof bytes)
        return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                          "not a safetensors file: it ends at byte %zu; expected the length of a "
                          "header in bytes 0 to 7",
                          got);
    uint64_t stated = bp_get_little(bytes, sizeof bytes);
    if (stated < LEAST_HEADER || stated > BP_MOST_HEADER)
        return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                          "not a safetensors file: the length of its header, in bytes 0 to 7, "
                          "reads %llu; expected %d to %d",
                          (unsigned long long)stated, LEAST_HEADER, BP_MOST_HEADER);
    *length = (size_t)stated;
    return BP_OK;
}

/* The first minus sign outside of texts, or `length`. Jansson takes -0 for the size 0. */
static size_t find_minus(const unsigned char *json, size_t length)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < length && (quoted || json[i] != '-'); i++) {
        if (json[i] == '"')
            quoted = !quoted;
        else if (json[i] == '\\')
            i++;
    }
    return i < length ? i : length;
}

static bp_status parse_header(const unsigned char *text, size_t length, bp_tensors *t,
                              bp_error *error)
{
    const size_t at = 8;
    json_error_t reason;
    if (text[0] != '{')
        return fail_byte(t, at, "expected '{', with which the header of a safetensors file begins",
                         error);
    const unsigned char *nul = memchr(text, '\0', length);
    if (nul)
        return fail_byte(t, at + (size_t)(nul - text), "a NUL byte; expected JSON in the header",
                         error);
    t->header = json_loadb((const char *)text, length, JSON_REJECT_DUPLICATES, &reason);
    if (!t->header && json_error_code(&reason) == json_error_out_of_memory)
        return bp_fail_memory(error);
    if (!t->header)
        return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                          "byte %zu: the header is not JSON up to here: %s",
                          at + (size_t)reason.position, reason.text);
    size_t minus = find_minus(text, length);
    if (minus < length)
        return fail_byte(t, at + minus, "a minus sign; expected sizes, from 0 up, in the header",
                         error);
    return BP_OK;
}

static bp_status read_metadata(bp_tensors *t, bp_error *error)
{
    const char *key;
    json_t *value;
    t->metadata = json_object_get(t->header, "__metadata__");
    if (json_is_null(t->metadata))
        t->metadata = NULL;
    if (t->metadata && !json_is_object(t->metadata))
        return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                          "__metadata__ is not a JSON object of texts");
    json_object_foreach(t->metadata, key, value)
    {
        if (!json_is_string(value))
            return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                              "metadata '%.60s': expected a text", key);
    }
    return BP_OK;
}

static bool get_size(const json_t *value, size_t *size)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > SIZE_MAX)
        return false;
    *size = (size_t)json_integer_value(value);
    return true;
}

static bp_status read_type(const bp_tensors *t, const json_t *entry, bp_tensor *tensor,
                           bp_error *error)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    bp_error unknown;
    if (!json_is_object(entry) || !type)
        return fail_tensor(t, tensor->name,
                           "expected an object with a text \"dtype\", \"shape\" and "
                           "\"data_offsets\"",
                           error);
    tensor->type = bp_find(dtypes, N_DTYPES, sizeof *dtypes, "dtype", type, &unknown);
    return tensor->type ? BP_OK : fail_tensor(t, tensor->name, unknown.message, error);
}

static bp_status read_shape(const bp_tensors *t, const json_t *entry, bp_tensor *tensor,
                            bp_error *error)
{
    const json_t *shape = json_object_get(entry, "shape");
    size_t bits, n;
    tensor->n_dimensions = json_array_size(shape);
    tensor->count = 1;
    for (size_t i = 0; i < tensor->n_dimensions; i++) {
        if (!get_size(json_array_get(shape, i), &n))
            return fail_tensor(t, tensor->name, "its shape holds what is no size", error);
        if (!bp_multiply(tensor->count, n, &tensor->count))
            return fail_tensor(t, tensor->name, "its shape has more elements than can be counted",
                               error);
        if (i < BP_MOST_DIMENSIONS)
            tensor->shape[i] = n;
    }
    if (!json_is_array(shape))
        return fail_tensor(t, tensor->name, "its shape is not a list of sizes", error);
    if (!bp_multiply(tensor->count, tensor->type->bits, &bits))
        return fail_tensor(t, tensor->name, "its shape has more bits than can be counted", error);
    if (bits % 8)
        return fail_tensor(t, tensor->name, "its shape does not fill whole bytes", error);
    tensor->size = bits / 8;
    return BP_OK;
}

static bp_status read_offsets(const bp_tensors *t, const json_t *entry, bp_tensor *tensor,
                              bp_error *error)
{
    const json_t *offsets = json_object_get(entry, "data_offsets");
    char shape[BP_SHAPE_SIZE];
    size_t end;
    if (json_array_size(offsets) != 2 || !get_size(json_array_get(offsets, 0), &tensor->begin) ||
        !get_size(json_array_get(offsets, 1), &end))
        return fail_tensor(t, tensor->name, "its data_offsets are not two sizes", error);
    if (end < tensor->begin || end - tensor->begin != tensor->size)
        return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                          "tensor '%.60s': its data_offsets are [%zu, %zu]; its shape %s of %s "
                          "takes %zu bytes",
                          tensor->name, tensor->begin, end, bp_tensor_shape(tensor, shape),
                          tensor->type->name, tensor->size);
    return BP_OK;
}

static int compare_place(const void *a, const void *b)
{
    const bp_tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size); /* an empty one comes first */
}

static int compare_name(const void *a, const void *b)
{
    const bp_tensor *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Sorted by their place, the tensors must follow one another from the first byte on. */
static bp_status check_places(bp_tensors *t, bp_error *error)
{
    qsort(t->tensors, t->n, sizeof *t->tensors, compare_place);
    for (size_t i = 0; i < t->n; i++) {
        const bp_tensor *tensor = &t->tensors[i];
        if (tensor->begin != t->data_size)
            return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                              "tensor '%.60s': its data_offsets begin at %zu, which %s; expected "
                              "%zu",
                              tensor->name, tensor->begin,
                              tensor->begin < t->data_size ? "overlaps another tensor"
                                                           : "leaves a hole",
                              t->data_size);
        t->data_size += tensor->size; /* no overflow: it is where data_offsets end */
    }
    qsort(t->tensors, t->n, sizeof *t->tensors, compare_name);
    return BP_OK;
}

static bp_status read_entries(bp_tensors *t, bp_error *error)
{
    const char *name;
    json_t *entry;
    t->tensors = bp_allocate(json_object_size(t->header), sizeof *t->tensors);
    if (!t->tensors)
        return bp_fail_memory(error);
    json_object_foreach(t->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        bp_tensor *tensor = &t->tensors[t->n++];
        tensor->name = name;
        bp_status status = read_type(t, entry, tensor, error);
        if (!status)
            status = read_shape(t, entry, tensor, error);
        if (!status)
            status = read_offsets(t, entry, tensor, error);
        if (status)
            return status;
    }
    return check_places(t, error);
}

static bp_status read_header(bp_input *input, bp_tensors *t, bp_error *error)
{
    unsigned char *text = NULL;
    size_t length = 0, got = 0;
    bp_status status = read_length(input, t, &length, error);
    if (!status)
        status = bp_input_read_block(input, length, &text, &got, error);
    if (!status && got < length)
        status = bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                            "byte %zu: the file ends; expected a header of %zu bytes from byte 8 "
                            "on, as its first 8 bytes say",
                            8 + got, length);
    if (!status)
        status = parse_header(text, length, t, error);
    if (!status)
        status = read_metadata(t, error);
    if (!status)
        status = read_entries(t, error);
    free(text);
    t->data_at = bp_input_offset(input);
    return status;
}

/* ---- Reading: the tensors ----------------------------------------------------------------- */

static bp_status read_data(bp_input *input, bp_tensors *t, bp_error *error)
{
    unsigned char more;
    size_t got;
    bp_status status = bp_input_read_block(input, t->data_size, &t->data, &got, error);
    if (status)
        return status;
    if (got < t->data_size)
        return bp_fail_at(error, BP_ERROR_FORMAT, t->file, 0,
                          "byte %zu: the file ends; expected %zu bytes of tensors from byte %zu "
                          "on, as its header says",
                          t->data_at + got, t->data_size, t->data_at);
    status = bp_input_read(input, &more, 1, &got, error);
    if (!status && got)
        status = fail_byte(t, t->data_at + t->data_size,
                           "the file goes on; expected its end, after the last tensor", error);
    for (size_t i = 0; i < t->n; i++)
        t->tensors[i].bytes = t->data + t->tensors[i].begin;
    return status;
}

bp_status bp_tensors_read(bp_input *input, bp_tensors *tensors, bp_error *error)
{
    const char *name = bp_input_name(input);
    bp_tensors made = {.file = bp_copy_text(name, strlen(name))};
    bp_status status = made.file ? read_header(input, &made, error) : bp_fail_memory(error);
    if (!status)
        status = read_data(input, &made, error);
    if (status)
        bp_tensors_clear(&made);
    else
        *tensors = made;
    return status;
}

bp_status bp_tensors_read_file(const char *path, bp_tensors *tensors, bp_error *error)
{
    bp_input *input = NULL;
    bp_status status = bp_input_open(path, &input, error);
    if (!status)
        status = bp_tensors_read(input, tensors, error);
    bp_input_close(input);
    return status;
}

void bp_tensors_clear(bp_tensors *tensors)
{
    json_decref(tensors->header);
    free(tensors->tensors);
    free(tensors->data);
    free(tensors->file);
    *tensors = (bp_tensors){0};
}

/* ---- Looking at tensors ------------------------------------------------------------------- */

const bp_tensor *bp_tensors_find(const bp_tensors *tensors, const char *name)
{
    const bp_tensor key = {.name = name};
    return bsearch(&key, tensors->tensors, tensors->n, sizeof key, compare_name);
}

char *bp_tensor_shape(const bp_tensor *tensor, char text[BP_SHAPE_SIZE])
{
    size_t n =
        tensor->n_dimensions < BP_MOST_DIMENSIONS ? tensor->n_dimensions : BP_MOST_DIMENSIONS;
    int used = snprintf(text, BP_SHAPE_SIZE, "[");
    for (size_t i = 0; i < n; i++)
        used += snprintf(text + used, BP_SHAPE_SIZE - (size_t)used, "%s%zu", i ? ", " : "",
                         tensor->shape[i]);
    snprintf(text + used, BP_SHAPE_SIZE - (size_t)used, "%s]",
             n < tensor->n_dimensions ? ", …" : "");
    return text;
}

bp_status bp_tensors_expect(const bp_tensors *tensors, const char *name, size_t n_dimensions,
                            const bp_tensor **found, bp_error *error)
{
    const bp_tensor *tensor = bp_tensors_find(tensors, name);
    char shape[BP_SHAPE_SIZE];
    if (!tensor)
        return fail_tensor(tensors, name, "it is missing", error);
    if (!tensor->type->value)
        return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                          "tensor '%.60s': its dtype is %s; expected F64, F32, F16 or BF16", name,
                          tensor->type->name);
    if (tensor->n_dimensions != n_dimensions || tensor->count == 0)
        return bp_fail_at(
            error, BP_ERROR_FORMAT, tensors->file, 0,
            "tensor '%.60s': its shape is %s; expected %s", name, bp_tensor_shape(tensor, shape),
            n_dimensions == 2 ? "[neurons, inputs], at least 1 each" : "one dimension, at least 1");
    *found = tensor;
    return BP_OK;
}

bp_status bp_tensors_get(const bp_tensors *tensors, const bp_tensor *tensor, bool infinite_allowed,
                         bp_real *values, size_t ld, bp_error *error)
{
    size_t columns = tensor->n_dimensions == 2 ? tensor->shape[1] : 1;
    size_t bytes = tensor->type->bits / 8;
    char number[BP_NUMBER_SIZE];
    for (size_t i = 0; i < tensor->count; i++) {
        double stored = tensor->type->value(bp_get_little(tensor->bytes + i * bytes, bytes));
        bp_real value = (bp_real)stored; /* infinite where it has no room */
        if (!isfinite(value) && !(infinite_allowed && isinf(stored)))
            return bp_fail_at(error, BP_ERROR_FORMAT, tensors->file, 0,
                              "byte %zu: tensor '%.60s', element %zu from 0, is %s; expected "
                              "finite numbers%s",
                              tensors->data_at + tensor->begin + i * bytes, tensor->name, i,
                              bp_print_number(stored, number),
                              isfinite(stored) ? " of single precision" : "");
        values[i / columns * ld + i % columns] = value;
    }
    return BP_OK;
}

/* ---- Writing ------------------------------------------------------------------------------ */

/* What a bp_real is in a file. */
#ifdef BPROP_SINGLE
#define DTYPE "F32"
#define BITS  bp_bits_of_single
#else
#define DTYPE "F64"
#define BITS  bp_bits_of_double
#endif

bp_status bp_tensor_writer_add(bp_tensor_writer *writer, const char *name, size_t n_dimensions,
                               size_t rows, size_t columns, const bp_real *values, size_t ld,
                               bp_error *error)
{
    size_t begin = writer->size, end = begin + rows * columns * sizeof *values;
    if (!writer->header && !(writer->header = json_object()))
        return bp_fail_memory(error);
    if (!bp_grow(&writer->bytes, &writer->capacity, end, 1))
        return bp_fail_memory(error);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++, writer->size += sizeof *values)
            bp_put_little(writer->bytes + writer->size, BITS(values[i * ld + j]), sizeof *values);
    json_t *shape = n_dimensions == 1 ? json_pack("[I]", (json_int_t)rows)
                                      : json_pack("[II]", (json_int_t)rows, (json_int_t)columns);
    json_t *entry = json_pack("{s:s, s:o, s:[II]}", "dtype", DTYPE, "shape", shape, "data_offsets",
                              (json_int_t)begin, (json_int_t)end);
    return json_object_set_new(writer->header, name, entry) ? bp_fail_memory(error) : BP_OK;
}

/* The header's length and text, padded with spaces so that the tensors lie on multiples of 8. */
static bp_status print_header(const json_t *header, unsigned char **bytes, size_t *size,
                              bp_error *error)
{
    char *text = bp_json_print(header, JSON_COMPACT);
    size_t length = text ? strlen(text) : 0, padded = (length + 7) / 8 * 8;
    bp_status status = BP_OK;
    if (padded > BP_MOST_HEADER)
        status = bp_fail(error, BP_ERROR_SIZE,
                         "the columns and classes of the model take %zu bytes of its file; no "
                         "reader takes more than %d",
                         padded, BP_MOST_HEADER);
    else if (!text || !(*bytes = malloc(8 + padded)))
        status = bp_fail_memory(error);
    if (!status) {
        bp_put_little(*bytes, padded, 8);
        memset(*bytes + 8, ' ', padded);
        memcpy(*bytes + 8, text, length);
        *size = 8 + padded;
    }
    free(text);
    return status;
}

bp_status bp_tensor_writer_save(bp_tensor_writer *writer, json_t *metadata, const char *path,
                                bp_error *error)
{
    unsigned char *begin = NULL;
    size_t size = 0;
    bp_output *output = NULL;
    json_t *header = json_object(); /* metadata first, as other writers do */
    if (!header || json_object_set(header, "__metadata__", metadata) ||
        json_object_update(header, writer->header)) {
        json_decref(header);
        return bp_fail_memory(error);
    }
    bp_status status = print_header(header, &begin, &size, error);
    json_decref(header);
    if (!status)
        status = bp_output_open(path, &output, error);
    if (!status)
        status = bp_output_write(output, begin, size, error);
    if (!status)
        status = bp_output_write(output, writer->bytes, writer->size, error);
    free(begin);
    if (!status)
        return bp_output_commit(output, error);
    bp_output_discard(output);
    return status;
}

void bp_tensor_writer_clear(bp_tensor_writer *writer)
{
    json_decref(writer->header);
    free(writer->bytes);
    *writer = (bp_tensor_writer){0};
}
