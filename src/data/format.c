/* format.c: the table of formats, and reading a table whatever its format. */
#include "data/format.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct row {
    const char *name;
    const bp_format *format;
} formats[] = {
    {"npy", &bp_format_npy},
    {"idx", &bp_format_idx},
    {"libsvm", &bp_format_libsvm},
    {"csv", &bp_format_csv}, /* also what nothing tells the format of */
};
enum { N_FORMATS = sizeof formats / sizeof *formats };

const char *bp_format_name(size_t i) { return i < N_FORMATS ? formats[i].name : NULL; }

/* ---- Choosing one ------------------------------------------------------------------------- */

const bp_format *bp_format_find(const char *name, bp_error *error)
{
    const struct row *row = bp_find(formats, N_FORMATS, sizeof *formats, "format", name, error);
    return row ? row->format : NULL;
}

const char *bp_format_name_of(const bp_format *format)
{
    size_t i = 0;
    while (formats[i].format != format)
        i++;
    return formats[i].name;
}

bool bp_is_gzip_name(const char *path)
{
    size_t length = strlen(path);
    return length > 3 && strcasecmp(path + length - 3, ".gz") == 0;
}

const bp_format *bp_format_of_file(const char *path)
{
    size_t end = strlen(path) - (bp_is_gzip_name(path) ? 3 : 0);
    size_t start = end;
    while (start && path[start - 1] != '.' && path[start - 1] != '/')
        start--;
    if (!start || path[start - 1] != '.')
        return NULL;
    for (size_t i = 0; i < N_FORMATS; i++) {
        const char *list = formats[i].format->extensions, *item;
        size_t n;
        while (bp_next_item(&list, &item, &n))
            if (n == end - start && strncasecmp(item, path + start, n) == 0)
                return formats[i].format;
    }
    return NULL;
}

static bp_status choose(bp_input *input, const char *name, const bp_format **format,
                        bp_error *error)
{
    const unsigned char *bytes;
    size_t size;
    if (name && strcmp(name, "auto") != 0) {
        *format = bp_format_find(name, error);
        return *format ? BP_OK : BP_ERROR_ARGUMENT;
    }
    bp_status status = bp_input_peek(input, &bytes, &size, error);
    if (status)
        return status;
    *format = NULL;
    for (size_t i = 0; !*format && i < N_FORMATS; i++)
        if (formats[i].format->probe && formats[i].format->probe(bytes, size))
            *format = formats[i].format;
    if (!*format)
        *format = bp_format_of_file(bp_input_name(input));
    if (!*format)
        *format = &bp_format_csv;
    return BP_OK;
}

/* ---- Reading block by block --------------------------------------------------------------- */

struct bp_table_reader {
    bp_input *input;
    bp_read_options options;
    const bp_format *format;
    void *state;             /* of the format */
    bp_table_reader *labels; /* NULL: none */
    size_t rows;             /* read so far */
};

static bp_status open_labels(bp_table_reader *r, const char *path, bp_error *error)
{
    bp_read_options options = {.header = r->options.header,
                               .delimiter = r->options.delimiter,
                               .threads = r->options.threads};
    bp_input *input;
    bp_status status = bp_input_open(path, &input, error);
    return status ? status : bp_table_reader_open(input, &options, NULL, &r->labels, error);
}

bp_status bp_table_reader_open(bp_input *input, const bp_read_options *options,
                               const bp_encoding *encoding, bp_table_reader **reader,
                               bp_error *error)
{
    bp_table_reader *made = bp_allocate(1, sizeof *made);
    if (!made) {
        bp_input_close(input);
        return bp_fail_memory(error);
    }
    made->input = input;
    if (options)
        made->options = *options;
    const char *labels = made->options.labels;
    if (labels) /* rows must be left out of both files alike */
        made->options.drop_missing = false;
    bp_reading reading = {input, &made->options, encoding};
    bp_status status = bp_input_unpack(input, error);
    if (!status)
        status = choose(input, made->options.format, &made->format, error);
    if (!status)
        status = made->format->open(&reading, &made->state, error);
    if (!status && labels)
        status = open_labels(made, labels, error);
    if (status)
        bp_table_reader_close(made);
    else
        *reader = made;
    return status;
}

void bp_table_reader_close(bp_table_reader *reader)
{
    if (!reader)
        return;
    if (reader->state)
        reader->format->close(reader->state);
    bp_table_reader_close(reader->labels);
    bp_input_close(reader->input);
    free(reader);
}

/* Gives `left` the columns of `right`, of as many rows, behind its own. False if memory is short.
 */
static bool append_columns(bp_dataset *left, bp_dataset *right)
{
    size_t columns = left->columns, n = left->n_parts;
    bp_part *parts = bp_allocate(n + right->n_parts, sizeof *parts);
    bp_column *column = bp_allocate(columns + right->columns, sizeof *column);
    if (!parts || !column) {
        free(parts);
        free(column);
        return false;
    }
    memcpy(parts, left->parts, n * sizeof *parts);
    memcpy(parts + n, right->parts, right->n_parts * sizeof *parts);
    memcpy(column, left->column, columns * sizeof *column);
    memcpy(column + columns, right->column, right->columns * sizeof *column);
    for (size_t c = columns; c < columns + right->columns; c++) {
        column[c].file = right->name;
        column[c].before = columns;
    }
    free(left->parts);
    free(left->column);
    left->parts = parts;
    left->n_parts += right->n_parts;
    left->column = column;
    left->columns += right->columns;
    left->labels = right->name;
    right->name = NULL;
    right->n_parts = right->columns = 0;
    return true;
}

/* Puts labels beside the inputs of a block, and destroys what is left of them. */
static bp_status join(bp_dataset *block, bp_dataset *labels, bp_error *error)
{
    bp_status status = append_columns(block, labels)
                           ? bp_dataset_describe(block, error, "%s; labels: %s, %s", block->format,
                                                 block->labels, labels->format)
                           : bp_fail_memory(error);
    bp_dataset_destroy(labels);
    return status;
}

/* Adds the labels of a block; without one, there must be none left. */
static bp_status add_labels(bp_table_reader *r, bp_dataset *block, bp_error *error)
{
    bp_dataset *labels = NULL;
    const char *inputs = bp_input_name(r->input), *name = bp_input_name(r->labels->input);
    size_t wanted = block ? block->rows : 0;
    bp_status status = bp_table_reader_next(r->labels, wanted ? wanted : 1, &labels, error);
    if (status)
        return status;
    size_t rows = labels ? labels->rows : 0;
    if (rows == wanted)
        return block ? join(block, labels, error) : BP_OK;
    if (rows < wanted)
        status = bp_fail_at(error, BP_ERROR_FORMAT, name, 0,
                            "%zu rows, fewer than those of %s; expected a label for each",
                            r->labels->rows, inputs);
    else
        status =
            bp_fail_at(error, BP_ERROR_FORMAT, name, 0,
                       "more rows than the %zu of %s; expected a label for each", r->rows, inputs);
    bp_dataset_destroy(labels);
    return status;
}

bp_status bp_table_reader_next(bp_table_reader *r, size_t most, bp_dataset **block, bp_error *error)
{
    bp_dataset *made;
    bp_status status = r->format->next(r->state, most, &made, error);
    if (status)
        return status;
    if (made) {
        made->first_row = r->rows;
        r->rows += made->rows + made->rows_dropped;
    }
    if (r->labels)
        status = add_labels(r, made, error);
    if (status)
        bp_dataset_destroy(made);
    else
        *block = made;
    return status;
}

/* ---- Reading a whole table ---------------------------------------------------------------- */

bp_status bp_dataset_drop_missing(bp_dataset *data, bp_error *error)
{
    bool any = false;
    for (size_t c = 0; c < data->columns; c++)
        any = any || (data->column[c].first_missing && !data->column[c].is_ignored);
    if (!any)
        return BP_OK;
    size_t n = 0, *index = bp_allocate(data->rows, sizeof *index);
    double *row = bp_allocate(data->columns, sizeof *row);
    bp_status status = index && row ? BP_OK : bp_fail_memory(error);
    for (size_t i = 0; !status && i < data->rows; i++) {
        size_t c = 0;
        bp_dataset_load(data, i, 0, data->columns, row);
        while (c < data->columns && (data->column[c].is_ignored || !isnan(row[c])))
            c++;
        if (c == data->columns)
            index[n++] = i;
    }
    free(row);
    if (status) {
        free(index);
        return status;
    }
    data->index = index;
    data->rows_dropped = data->rows - n;
    data->rows = n;
    return BP_OK;
}

/* In whatever format; a reader of CSV files has done so. */
static bp_status ignore_columns(bp_dataset *data, const char *list, bp_error *error)
{
    const char *item;
    size_t length, c = 0;
    bp_status status = BP_OK;
    while (!status && bp_next_item(&list, &item, &length)) {
        status = bp_find_column(data, item, length, true, &c, error);
        if (!status)
            data->column[c].is_ignored = true;
    }
    return status;
}

bp_status bp_dataset_read_input(bp_input *input, const bp_read_options *options,
                                const bp_encoding *encoding, bp_dataset **dataset, bp_error *error)
{
    bp_table_reader *reader;
    bp_dataset *made = NULL, *more = NULL;
    bp_status status = bp_table_reader_open(input, options, encoding, &reader, error);
    if (status)
        return status;
    status = bp_table_reader_next(reader, SIZE_MAX, &made, error);
    if (!status) /* also the labels must have ended */
        status = bp_table_reader_next(reader, SIZE_MAX, &more, error);
    if (!status && options)
        status = ignore_columns(made, options->ignored, error);
    if (!status && options && options->drop_missing)
        status = bp_dataset_drop_missing(made, error);
    if (!status && !made->rows)
        status = bp_fail_at(error, BP_ERROR_FORMAT, made->name, 0,
                            "every row has a missing cell, so all were left out");
    bp_table_reader_close(reader);
    if (status)
        bp_dataset_destroy(made);
    else
        *dataset = made;
    return status;
}

bp_status bp_dataset_read_for(const bp_encoding *encoding, const char *path,
                              const bp_read_options *options, bp_dataset **dataset, bp_error *error)
{
    bp_input *input;
    if (!path || !dataset)
        return bp_fail(error, BP_ERROR_ARGUMENT, "path and dataset must not be NULL");
    bp_status status = bp_input_open(path, &input, error);
    return status ? status : bp_dataset_read_input(input, options, encoding, dataset, error);
}

bp_status bp_dataset_read(const char *path, const bp_read_options *options, bp_dataset **dataset,
                          bp_error *error)
{
    return bp_dataset_read_for(NULL, path, options, dataset, error);
}

bp_status bp_dataset_describe(bp_dataset *data, bp_error *error, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *copy = bp_copy_text(text, strlen(text));
    if (!copy)
        return bp_fail_memory(error);
    free(data->format);
    data->format = copy;
    return BP_OK;
}
