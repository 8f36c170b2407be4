#include "model/safetensors.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/output.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- Bytes -------------------------------------------------------------------------------- */

static uint64_t get_little_endian(const unsigned char *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static void put_little_endian(unsigned char *bytes, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
}

double bp_tensor_value(const bp_tensor *tensor, size_t i)
{
    uint64_t bits =
        get_little_endian(tensor->bytes + i * tensor->element_size, tensor->element_size);
    if (tensor->element_size == sizeof(double)) {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    uint32_t single = (uint32_t)bits;
    float value;
    memcpy(&value, &single, sizeof value);
    return value;
}

/* ---- Reading ------------------------------------------------------------------------------ */

typedef struct dtype {
    const char *name;
    size_t size;
    bool is_float;
} dtype;

static const dtype dtypes[] = {
    {"F64", 8, true},  {"F32", 4, true},  {"F16", 2, false},  {"BF16", 2, false}, {"I64", 8, false},
    {"I32", 4, false}, {"I16", 2, false}, {"I8", 1, false},   {"U64", 8, false},  {"U32", 4, false},
    {"U16", 2, false}, {"U8", 1, false},  {"BOOL", 1, false},
};

static bp_status fail_tensor(const char *path, const char *name, const char *what, bp_error *error)
{
    return bp_fail_at(error, BP_ERROR_FORMAT, path, 0, "tensor '%.60s': %s", name, what);
}

static bool get_size(const json_t *value, size_t *size)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > SIZE_MAX)
        return false;
    *size = (size_t)json_integer_value(value);
    return true;
}

static bool read_shape(const json_t *shape, bp_tensor *tensor)
{
    if (!json_is_array(shape) || json_array_size(shape) > BP_MOST_DIMENSIONS)
        return false;
    tensor->n_dimensions = json_array_size(shape);
    tensor->count = 1;
    for (size_t i = 0; i < tensor->n_dimensions; i++)
        if (!get_size(json_array_get(shape, i), &tensor->shape[i]) ||
            !bp_multiply(tensor->count, tensor->shape[i], &tensor->count))
            return false;
    return true;
}

static bp_status read_entry(const char *path, const char *name, const json_t *entry,
                            const unsigned char *data, size_t data_size, bp_tensor *tensor,
                            bp_error *error)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *offsets = json_object_get(entry, "data_offsets");
    bp_error unknown;
    size_t end, bytes;
    *tensor = (bp_tensor){.name = name};
    if (!type)
        return fail_tensor(path, name, "expected a dtype, a shape and data_offsets", error);
    const dtype *found =
        bp_find(dtypes, sizeof dtypes / sizeof *dtypes, sizeof *dtypes, "dtype", type, &unknown);
    if (!found)
        return fail_tensor(path, name, unknown.message, error);
    tensor->element_size = found->size;
    tensor->is_float = found->is_float;
    if (!read_shape(json_object_get(entry, "shape"), tensor) ||
        !bp_multiply(tensor->count, found->size, &bytes))
        return fail_tensor(path, name, "its shape is not a list of at most 8 sizes that fit",
                           error);
    if (!json_is_array(offsets) || json_array_size(offsets) != 2 ||
        !get_size(json_array_get(offsets, 0), &tensor->begin) ||
        !get_size(json_array_get(offsets, 1), &end))
        return fail_tensor(path, name, "its data_offsets are not two sizes", error);
    if (tensor->begin > end || end > data_size)
        return fail_tensor(path, name, "its data_offsets reach beyond the file", error);
    if (end - tensor->begin != bytes)
        return fail_tensor(path, name, "its data_offsets do not span what its shape needs", error);
    tensor->bytes = data + tensor->begin;
    return BP_OK;
}

static int compare_begin(const void *a, const void *b)
{
    const bp_tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->count > y->count) - (x->count < y->count); /* an empty one comes first */
}

/* Sorted by their place, the tensors must follow one another from the first byte to the last. */
static bp_status check_cover(const char *path, bp_tensors *t, size_t data_size, bp_error *error)
{
    size_t at = 0;
    qsort(t->tensors, t->n, sizeof *t->tensors, compare_begin);
    for (size_t i = 0; i < t->n; i++) {
        const bp_tensor *tensor = &t->tensors[i];
        if (tensor->begin != at)
            return fail_tensor(path, tensor->name,
                               tensor->begin < at ? "it overlaps the tensor before it"
                                                  : "there is a hole before it",
                               error);
        at += tensor->count * tensor->element_size;
    }
    if (at != data_size)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "%zu bytes after the last tensor; expected none", data_size - at);
    return BP_OK;
}

static bp_status read_metadata(const char *path, bp_tensors *t, bp_error *error)
{
    const char *key;
    json_t *value;
    t->metadata = json_object_get(t->header, "__metadata__");
    if (t->metadata && !json_is_object(t->metadata))
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0, "__metadata__ is not an object");
    json_object_foreach(t->metadata, key, value) if (!json_is_string(value)) return bp_fail_at(
        error, BP_ERROR_FORMAT, path, 0, "__metadata__ '%.60s' is not a string", key);
    return BP_OK;
}

/* The JSON header at the start of the file; *length of it. */
static bp_status parse_header(const char *path, size_t size, bp_tensors *t, size_t *length,
                              bp_error *error)
{
    const uint64_t most = 100000000; /* as the format's own reader */
    uint64_t stated = size >= 8 ? get_little_endian(t->file, 8) : 0;
    if (size < 8 || stated > size - 8 || stated > most)
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "not a safetensors file: the length of its header, in its first 8 bytes, "
                          "does not fit its %zu bytes",
                          size);
    json_error_t reason;
    *length = (size_t)stated;
    t->header = json_loadb((const char *)t->file + 8, *length, JSON_REJECT_DUPLICATES, &reason);
    if (!json_is_object(t->header))
        return bp_fail_at(error, BP_ERROR_FORMAT, path, 0,
                          "not a safetensors file: its header is not a JSON object (byte %d: %s)",
                          8 + (t->header ? 0 : reason.position),
                          t->header ? "another value" : reason.text);
    return BP_OK;
}

static bp_status read_entries(const char *path, size_t size, bp_tensors *t, bp_error *error)
{
    const char *name;
    json_t *entry;
    size_t length = 0;
    bp_status status = parse_header(path, size, t, &length, error);
    if (!status)
        status = read_metadata(path, t, error);
    if (status)
        return status;
    t->tensors = bp_allocate(json_object_size(t->header), sizeof *t->tensors);
    if (!t->tensors)
        return bp_fail_memory(error);
    const unsigned char *data = t->file + 8 + length;
    size_t data_size = size - 8 - length;
    json_object_foreach(t->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        status = read_entry(path, name, entry, data, data_size, &t->tensors[t->n], error);
        if (status)
            return status;
        t->n++;
    }
    return check_cover(path, t, data_size, error);
}

bp_status bp_tensors_read(const char *path, bp_tensors *tensors, bp_error *error)
{
    bp_tensors made = {0};
    size_t size;
    bp_status status = bp_read_file(path, &made.file, &size, error);
    if (!status)
        status = read_entries(path, size, &made, error);
    if (status)
        bp_tensors_clear(&made);
    else
        *tensors = made;
    return status;
}

void bp_tensors_clear(bp_tensors *tensors)
{
    json_decref(tensors->header);
    free(tensors->tensors);
    free(tensors->file);
    *tensors = (bp_tensors){0};
}

const bp_tensor *bp_tensors_find(const bp_tensors *tensors, const char *name)
{
    for (size_t i = 0; i < tensors->n; i++)
        if (strcmp(tensors->tensors[i].name, name) == 0)
            return &tensors->tensors[i];
    return NULL;
}

/* ---- Writing ------------------------------------------------------------------------------ */

bp_status bp_tensor_writer_add(bp_tensor_writer *writer, const char *name, size_t n_dimensions,
                               size_t rows, size_t columns, const double *values, size_t ld,
                               bp_error *error)
{
    size_t begin = writer->size, end = begin + rows * columns * sizeof(double);
    if (!writer->header && !(writer->header = json_object()))
        return bp_fail_memory(error);
    if (!bp_grow(&writer->bytes, &writer->capacity, end, 1))
        return bp_fail_memory(error);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++, writer->size += sizeof(double)) {
            uint64_t bits;
            memcpy(&bits, &values[i * ld + j], sizeof bits);
            put_little_endian(writer->bytes + writer->size, bits, sizeof bits);
        }
    json_t *shape = n_dimensions == 1 ? json_pack("[I]", (json_int_t)rows)
                                      : json_pack("[II]", (json_int_t)rows, (json_int_t)columns);
    json_t *entry = json_pack("{s:s, s:o, s:[II]}", "dtype", "F64", "shape", shape, "data_offsets",
                              (json_int_t)begin, (json_int_t)end);
    return json_object_set_new(writer->header, name, entry) ? bp_fail_memory(error) : BP_OK;
}

/* The header's length and text, padded with spaces so that the tensors lie on multiples of 8. */
static unsigned char *print_header(json_t *header, size_t tensors_size, size_t *size)
{
    char *text = json_dumps(header, JSON_COMPACT);
    if (!text)
        return NULL;
    size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    unsigned char *bytes = malloc(8 + padded + tensors_size);
    if (bytes) {
        put_little_endian(bytes, padded, 8);
        memset(bytes + 8, ' ', padded);
        memcpy(bytes + 8, text, length);
        *size = 8 + padded;
    }
    free(text);
    return bytes;
}

bp_status bp_tensor_writer_save(bp_tensor_writer *writer, json_t *metadata, const char *path,
                                bp_error *error)
{
    size_t used = 0;
    json_t *header = json_object(); /* metadata first, as other writers do */
    if (!header || json_object_set(header, "__metadata__", metadata) ||
        json_object_update(header, writer->header)) {
        json_decref(header);
        return bp_fail_memory(error);
    }
    unsigned char *file = print_header(header, writer->size, &used);
    json_decref(header);
    if (!file)
        return bp_fail_memory(error);
    memcpy(file + used, writer->bytes, writer->size);
    bp_status status = bp_write_file(path, file, used + writer->size, error);
    free(file);
    return status;
}

void bp_tensor_writer_clear(bp_tensor_writer *writer)
{
    json_decref(writer->header);
    free(writer->bytes);
    *writer = (bp_tensor_writer){0};
}
