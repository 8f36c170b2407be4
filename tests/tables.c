#include "tables.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void put(printed *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to->text + to->used, sizeof to->text - to->used, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && to->used + (size_t)length < sizeof to->text);
    to->used += (size_t)length;
}

/* A number, 'a text', or ? for a missing value. */
static void put_cell(printed *to, const bp_dataset *data, size_t i, size_t c)
{
    char number[BP_NUMBER_SIZE];
    double value = bp_dataset_cell(data, i, c);
    if (isnan(value))
        put(to, "?");
    else if (data->column[c].is_text)
        put(to, "'%s'", data->column[c].words.words[(size_t)value].text);
    else
        put(to, "%s", bp_print_number(value, number));
}

/* <names>(row)(row)… */
printed print_table(const bp_dataset *data)
{
    printed to = {.used = 0};
    for (size_t c = 0; c < data->columns && data->column[0].name; c++)
        put(&to, "%s%s%s", c ? "|" : "<", bp_dataset_column_name(data, c),
            c + 1 == data->columns ? ">" : "");
    for (size_t i = 0; i < bp_dataset_rows(data); i++)
        for (size_t c = 0; c < bp_dataset_columns(data); c++) {
            put(&to, c ? "|" : "(");
            put_cell(&to, data, i, c);
            put(&to, "%s", c + 1 == data->columns ? ")" : "");
        }
    return to;
}

/* Columns of the inputs (with their category) > columns of the targets : classes, or "labels" */
printed print_encoding(const bp_encoding *e)
{
    printed to = {.used = 0};
    for (size_t i = 0; i < e->n_inputs; i++)
        put(&to, "%s%zu%s%s", i ? " " : "", e->inputs[i].column + 1,
            e->inputs[i].category ? "=" : "", e->inputs[i].category ? e->inputs[i].category : "");
    for (size_t i = 0; i < e->n_targets; i++)
        put(&to, "%s%zu", i ? " " : " > ", e->targets[i].column + 1);
    if (e->labels)
        put(&to, " labels");
    for (size_t i = 0; i < e->n_classes; i++)
        put(&to, "%s%s", i ? " " : " : ", e->classes[i]);
    return to;
}

bp_status read_bytes(const void *bytes, size_t size, bp_header header, char delimiter,
                     bp_dataset **data, bp_error *error)
{
    char *path = make_file(bytes, size);
    bp_read_options options = {.header = header, .delimiter = delimiter};
    bp_status status = bp_dataset_read(path, &options, data, error);
    assert_true(status == BP_OK || strcmp(error->file, path) == 0);
    remove_file(path);
    return status;
}

/* A table out of a good text; the caller's. */
bp_dataset *table_of(const char *text)
{
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(read_bytes(text, strlen(text), BP_HEADER_AUTO, 0, &data, &error), &error);
    return data;
}
