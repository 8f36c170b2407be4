#include "fuzz_table.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void take_choices(taken *from, const char *format, choices *to)
{
    static const bp_header headers[] = {BP_HEADER_AUTO, BP_HEADER_YES, BP_HEADER_NO,
                                        BP_HEADER_AUTO};
    uint8_t flags = take_byte(from);
    size_t n = 0;
    while (bp_format_name(n))
        n++;
    *to = (choices){.options = {.format = format,
                                .header = headers[flags & 3],
                                .delimiter = (char)take_byte(from),
                                .drop_missing = flags & 4},
                    .most = 1 + (flags >> 4 & 3),
                    .format = bp_format_name((flags >> 6) % n)};
    *(flags & 8 ? &to->options.ignored : &to->options.categorical) = take_line(from, to->columns);
}

/* ---- Looking at a table -------------------------------------------------------------------- */

static bool is_text(const char *text) { return bp_utf8_prefix(text, strlen(text)) == strlen(text); }

static void check_column(const bp_dataset *data, size_t c)
{
    const bp_column *column = &data->column[c];
    char label[BP_COLUMN_TEXT_SIZE];
    require(!column->name || is_text(column->name));
    require(strlen(bp_column_text(data, c, label)) > 0);
    for (size_t w = 0; w < column->words.n_words; w++) {
        const char *text = column->words.words[w].text;
        require(is_text(text));
        require(bp_dictionary_find(&column->words, text, strlen(text)) == w);
    }
}

static void check_cell(const bp_dataset *data, size_t c, double cell)
{
    const bp_column *column = &data->column[c];
    if (isnan(cell)) {
        require(column->first_missing > 0);
        return;
    }
    require(isfinite(cell));
    if (column->is_text)
        require(cell >= 0 && cell < (double)column->words.n_words && cell == floor(cell));
}

void check_table(const bp_dataset *data)
{
    double *row = malloc((data->columns + 1) * sizeof *row);
    require(row && data->rows && data->columns);
    require(data->name && data->format);
    for (size_t c = 0; c < data->columns; c++)
        check_column(data, c);
    for (size_t i = 0; i < data->rows; i++) {
        bp_dataset_load(data, i, 0, data->columns, row);
        for (size_t c = 0; c < data->columns; c++) {
            double alone = bp_dataset_cell(data, i, c);
            require(memcmp(&alone, &row[c], sizeof alone) == 0);
            check_cell(data, c, row[c]);
        }
    }
    free(row);
}

/* ---- Comparing tables ---------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void check_same_cell(const bp_dataset *a, size_t i, const bp_dataset *b, size_t j, size_t c)
{
    const bp_column *x = &a->column[c], *y = &b->column[c];
    double p = bp_dataset_cell(a, i, c), q = bp_dataset_cell(b, j, c);
    if (isnan(p) || isnan(q)) {
        require(isnan(p) && isnan(q));
        return;
    }
    require(x->is_text == y->is_text);
    if (x->is_text)
        require(same_text(x->words.words[(size_t)p].text, y->words.words[(size_t)q].text));
    else
        require(memcmp(&p, &q, sizeof p) == 0);
}

/* The rows of b are those of a from `first` on. */
static void check_same_rows(const bp_dataset *a, size_t first, const bp_dataset *b)
{
    require(a->columns == b->columns && first + b->rows <= a->rows);
    for (size_t c = 0; c < a->columns; c++)
        require(same_text(a->column[c].name, b->column[c].name));
    for (size_t j = 0; j < b->rows; j++) {
        require(bp_dataset_row_number(a, first + j) == bp_dataset_row_number(b, j));
        for (size_t c = 0; c < a->columns; c++)
            check_same_cell(a, first + j, b, j, c);
    }
}

static void check_same_table(const bp_dataset *a, const bp_dataset *b)
{
    require(a->rows == b->rows && a->rows_dropped == b->rows_dropped);
    check_same_rows(a, 0, b);
}

/* ---- Reading in all ways ------------------------------------------------------------------- */

/* A table that is read, and what reading it gives. */
typedef struct attempt {
    const choices *how;
    const char *path; /* of the file */
    taken bytes;      /* in it */
    bp_dataset *data; /* NULL: refused, */
    bp_error error;   /* for this */
} attempt;

static bp_input *open_bytes(const char *path, taken bytes, bp_error *error)
{
    bp_input *input = NULL;
    bp_input_of_bytes(path, bytes.at, bytes.size, &input, error);
    return input;
}

static void read_memory(attempt *a)
{
    bp_input *input = open_bytes(a->path, a->bytes, &a->error);
    bp_status status = a->error.status;
    if (input)
        status = bp_dataset_read_input(input, &a->how->options, NULL, &a->data, &a->error);
    require(!status == (a->data != NULL));
    if (status)
        check_error(status, &a->error, a->how->options.labels ? NULL : a->path);
    else
        check_table(a->data);
}

static void check_same_error(const attempt *a, bp_status status, const bp_error *error)
{
    const bp_error *first = &a->error;
    bool same = status == first->status && error->line == first->line &&
                strcmp(error->message, first->message) == 0 &&
                strcmp(error->file, first->file) == 0;
    if (!same)
        fprintf(stderr, "%s:%zu: %s, or\n%s:%zu: %s\n", first->file, first->line, first->message,
                error->file, error->line, error->message);
    require(same);
}

static void read_blocks(const attempt *a)
{
    bp_table_reader *reader = NULL;
    bp_dataset *block = NULL;
    bp_error error = {0};
    size_t rows = 0;
    bp_input *input = open_bytes(a->path, a->bytes, &error);
    bp_status status = error.status;
    if (input)
        status = bp_table_reader_open(input, &a->how->options, NULL, &reader, &error);
    while (!status && !(status = bp_table_reader_next(reader, a->how->most, &block, &error)) &&
           block) {
        require(block->rows && block->rows <= a->how->most);
        if (a->data)
            check_same_rows(a->data, rows, block);
        rows += block->rows;
        bp_dataset_destroy(block);
    }
    require(status == (a->data ? BP_OK : a->error.status));
    if (status) /* perhaps of something that stands further back, or in the labels */
        check_error(status, &error, a->how->options.labels ? NULL : a->path);
    else
        require(rows == a->data->rows);
    bp_table_reader_close(reader);
}

/* The file itself, which may be mapped. */
static void read_file(const attempt *a)
{
    bp_dataset *data = NULL;
    bp_error error;
    bp_status status = bp_dataset_read(a->path, &a->how->options, &data, &error);
    require(!status == (a->data != NULL));
    if (status) {
        check_same_error(a, status, &error);
    } else {
        check_table(data);
        check_same_table(a->data, data);
    }
    bp_dataset_destroy(data);
}

/* ---- Writing in all ways ------------------------------------------------------------------- */

static bool is_named(const bp_dataset *data, const char *name)
{
    size_t c = 0;
    while (c < data->columns && !same_text(data->column[c].name, name))
        c++;
    return c < data->columns;
}

/* The numbers of the columns of text; false if one is another column's name. */
static bool list_texts(const bp_dataset *data, char *list, size_t size)
{
    size_t used = 0;
    *list = '\0';
    for (size_t c = 0; c < data->columns; c++) {
        char number[32];
        snprintf(number, sizeof number, "%zu", c + 1);
        if (!data->column[c].is_text)
            continue;
        used += (size_t)snprintf(list + used, size - used, "%s%s", used ? "," : "", number);
        if (used >= size || is_named(data, number))
            return false;
    }
    return true;
}

/* What lies in file 2 is the table. */
static void check_written(const bp_dataset *data, const char *path, const char *format)
{
    bool csv = strcmp(format, "csv") == 0;
    bool names = csv && !is_named(data, NULL); /* of columns put together some may have none */
    char texts[4096] = "";
    bp_dataset *back = NULL;
    bp_error error;
    if (csv && !list_texts(data, texts, sizeof texts))
        return;
    const bp_read_options options = {.format = format,
                                     .header = names ? BP_HEADER_YES : BP_HEADER_NO,
                                     .delimiter = ',',
                                     .categorical = *texts ? texts : NULL};
    require_ok(bp_dataset_read(path, &options, &back, &error), &error);
    check_table(back);
    require(back->rows == data->rows && back->columns == data->columns);
    for (size_t i = 0; i < data->rows; i++)
        for (size_t c = 0; c < data->columns; c++)
            check_same_cell(data, i, back, i, c);
    for (size_t c = 0; names && c < data->columns; c++)
        require(same_text(data->column[c].name, back->column[c].name));
    bp_dataset_destroy(back);
}

/* A conversion, block by block, writes the file that the whole table makes, or fails with it. */
static void check_converted(const attempt *a, const char *format, bp_status written)
{
    size_t size, size_again;
    bp_conversion done;
    bp_error error;
    uint8_t *bytes = bytes_of(2, &size);
    const char *path = file_of(2, "", 0);
    bp_status status = bp_convert(a->path, &a->how->options, path, format, &done, &error);
    uint8_t *again = bytes_of(2, &size_again);
    require(status == written);
    if (status)
        check_error(status, &error, NULL);
    else
        require(size == size_again && memcmp(bytes, again, size) == 0);
    free(bytes);
    free(again);
}

static void write_as(const attempt *a, const char *format)
{
    const char *path = file_of(2, "", 0);
    bp_error error;
    bp_status status = bp_dataset_write(a->data, path, format, &error);
    if (status)
        check_error(status, &error, NULL);
    else
        check_written(a->data, path, format);
    if (!a->how->options.ignored) /* conversions refuse that */
        check_converted(a, format, status);
}

/* -------------------------------------------------------------------------------------------- */

bool is_wide(taken bytes)
{
    for (size_t i = 0, digits = 0; i < bytes.size; i++) {
        if (bytes.at[i] == ':' && digits > 4)
            return true;
        digits = bytes.at[i] >= '0' && bytes.at[i] <= '9' ? digits + 1 : 0;
    }
    return false;
}

bp_dataset *read_table(const choices *how, taken bytes)
{
    if (is_wide(bytes))
        return NULL;
    attempt a = {.how = how, .path = file_of(0, bytes.at, bytes.size), .bytes = bytes};
    read_memory(&a);
    if (!how->options.drop_missing && !how->options.ignored) /* of which blocks know nothing */
        read_blocks(&a);
    read_file(&a);
    if (a.data && bp_format_find(how->format, NULL)->begin)
        write_as(&a, how->format);
    return a.data;
}

int fuzz_format(const char *format, const uint8_t *bytes, size_t size)
{
    taken rest = {bytes, size};
    choices how;
    take_choices(&rest, format, &how);
    bp_dataset_destroy(read_table(&how, rest));
    return 0;
}
