/* dataset.c: tables in memory. */
#include "data/dataset_internal.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bp_dataset *bp_dataset_new(const char *name)
{
    bp_dataset *made = bp_allocate(1, sizeof *made);
    if (made && !(made->name = bp_copy_text(name, strlen(name)))) {
        free(made);
        return NULL;
    }
    return made;
}

bp_dataset *bp_dataset_with_columns(const char *name, size_t columns)
{
    bp_dataset *made = bp_dataset_new(name);
    if (!made)
        return NULL;
    made->column = bp_allocate(columns, sizeof *made->column);
    made->parts = bp_allocate(1, sizeof *made->parts);
    if (!made->column || !made->parts) {
        bp_dataset_destroy(made);
        return NULL;
    }
    made->columns = columns;
    made->n_parts = 1;
    return made;
}

static void destroy_columns(bp_dataset *dataset)
{
    for (size_t p = 0; p < dataset->n_parts; p++)
        bp_part_destroy(&dataset->parts[p]);
    for (size_t c = 0; c < dataset->columns; c++) {
        free(dataset->column[c].name);
        bp_dictionary_clear(&dataset->column[c].words);
    }
    free(dataset->parts);
    free(dataset->column);
}

void bp_dataset_destroy(bp_dataset *dataset)
{
    if (!dataset)
        return;
    if (!dataset->parent)
        destroy_columns(dataset);
    free(dataset->dropped);
    free(dataset->index);
    free(dataset->name);
    free(dataset->labels);
    free(dataset->format);
    free(dataset);
}

bp_status bp_dataset_from_array(const char *name, const double *values, size_t rows, size_t columns,
                                size_t ld, bp_dataset **dataset, bp_error *error)
{
    size_t count;
    if (!name || !values || !dataset || columns < 1 || ld < columns)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "a table needs a name, values, and a column or more within ld");
    if (!bp_multiply(rows, columns, &count))
        return bp_fail(error, BP_ERROR_SIZE, "%zu rows of %zu columns are too many", rows, columns);
    if (rows > PTRDIFF_MAX / sizeof *values / ld)
        return bp_fail(error, BP_ERROR_SIZE, "%zu rows, %zu apart, are too many for memory", rows,
                       ld);
    bp_dataset *made = bp_dataset_with_columns(name, columns);
    double *cells = bp_allocate(count, sizeof *cells);
    if (!made || !cells || !bp_part_of_doubles(cells, columns, &made->parts[0])) {
        free(cells);
        bp_dataset_destroy(made);
        return bp_fail_memory(error);
    }
    made->rows = rows;
    for (size_t i = 0; i < rows; i++)
        memcpy(cells + i * columns, values + i * ld, columns * sizeof *values);
    bp_status status = bp_dataset_survey(made, error);
    if (status)
        bp_dataset_destroy(made);
    else
        *dataset = made;
    return status;
}

bp_status bp_dataset_subset_of(const bp_dataset *dataset, size_t *index, size_t rows,
                               bp_dataset **subset, bp_error *error)
{
    bp_dataset *made = bp_dataset_new(dataset->name);
    if (!made) {
        free(index);
        return bp_fail_memory(error);
    }
    for (size_t i = 0; dataset->index && i < rows; i++) /* it looks into the table itself */
        index[i] = dataset->index[index[i]];
    made->index = index;
    made->parent = dataset;
    made->rows = rows;
    made->first_row = dataset->first_row;
    made->columns = dataset->columns;
    made->parts = dataset->parts;
    made->n_parts = dataset->n_parts;
    made->column = dataset->column;
    made->first_line = 0; /* rows and lines go apart */
    *subset = made;
    return BP_OK;
}

bp_status bp_dataset_subset(const bp_dataset *dataset, const size_t *index, size_t rows,
                            bp_dataset **subset, bp_error *error)
{
    if (!dataset || (!index && rows) || !subset)
        return bp_fail(error, BP_ERROR_ARGUMENT, "dataset, index and subset must not be NULL");
    for (size_t i = 0; i < rows; i++)
        if (index[i] >= dataset->rows)
            return bp_fail(error, BP_ERROR_ARGUMENT, "row %zu of a table of %zu rows", index[i],
                           dataset->rows);
    size_t *copy = bp_allocate(rows, sizeof *copy);
    if (!copy)
        return bp_fail_memory(error);
    if (rows)
        memcpy(copy, index, rows * sizeof *copy);
    return bp_dataset_subset_of(dataset, copy, rows, subset, error);
}

const char *bp_dataset_name(const bp_dataset *dataset) { return dataset->name; }

const char *bp_dataset_format(const bp_dataset *dataset) { return dataset->format; }

size_t bp_dataset_rows(const bp_dataset *dataset) { return dataset->rows; }

size_t bp_dataset_columns(const bp_dataset *dataset) { return dataset->columns; }

size_t bp_dataset_rows_dropped(const bp_dataset *dataset) { return dataset->rows_dropped; }

size_t bp_dataset_row_number(const bp_dataset *dataset, size_t i)
{
    const bp_dataset *whole = dataset;
    size_t row = dataset->index ? dataset->index[i] : i, number = 1 + dataset->first_row + row;
    while (whole->parent)
        whole = whole->parent;
    for (size_t d = 0; whole->dropped && d < whole->rows_dropped; d++)
        number += whole->dropped[d] <= row;
    return number;
}

bool bp_dataset_column_is_text(const bp_dataset *dataset, size_t c)
{
    return dataset->column[c].is_text;
}

const char *bp_dataset_column_name(const bp_dataset *dataset, size_t c)
{
    return dataset->column[c].name;
}

const char *bp_column_label(size_t c, const char *name, char text[BP_COLUMN_TEXT_SIZE])
{
    if (name && *name)
        snprintf(text, BP_COLUMN_TEXT_SIZE, "column %zu (%.60s)", c + 1, name);
    else
        snprintf(text, BP_COLUMN_TEXT_SIZE, "column %zu", c + 1);
    return text;
}

const char *bp_column_text(const bp_dataset *dataset, size_t c, char text[BP_COLUMN_TEXT_SIZE])
{
    return bp_column_label(c - dataset->column[c].before, dataset->column[c].name, text);
}

const char *bp_column_file(const bp_dataset *dataset, size_t c)
{
    return dataset->column[c].file ? dataset->column[c].file : dataset->name;
}

/* Rows are told by their line, where they have one. */
static bp_status survey_row(bp_dataset *data, size_t i, const double *row, bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE];
    for (size_t c = 0; c < data->columns; c++) {
        if (isfinite(row[c]))
            continue;
        if (isinf(row[c]))
            return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                              "%s, row %zu: %s; expected finite numbers, or NaN for a missing one",
                              bp_column_text(data, c, label), bp_dataset_row_number(data, i),
                              row[c] > 0 ? "infinity" : "-infinity");
        if (!data->column[c].first_missing)
            data->column[c].first_missing = bp_dataset_row_number(data, i);
    }
    return BP_OK;
}

bp_status bp_dataset_check(const bp_dataset *data, bp_status status, bp_error *error)
{
    bp_status read = BP_OK;
    for (size_t p = 0; !read && p < data->n_parts; p++)
        read = bp_part_check(&data->parts[p], data->name, error);
    return read ? read : status;
}

bp_status bp_dataset_survey(bp_dataset *data, bp_error *error)
{
    bp_status status = BP_OK;
    double *row = bp_allocate(data->columns, sizeof *row);
    if (!row)
        return bp_fail_memory(error);
    for (size_t i = 0; !status && i < data->rows; i++) {
        bp_dataset_load(data, i, 0, data->columns, row);
        status = survey_row(data, i, row, error);
    }
    free(row);
    return bp_dataset_check(data, status, error);
}

size_t bp_dataset_first_missing(const bp_dataset *data, size_t c)
{
    size_t i = data->column[c].first_missing ? 0 : data->rows;
    while (i < data->rows && !isnan(bp_dataset_cell(data, i, c)))
        i++;
    return i;
}

bp_status bp_fail_missing(const bp_dataset *data, size_t c, size_t row, const char *what,
                          const char *advice, bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE];
    bp_column_text(data, c, label);
    const bp_dataset *whole = data;
    while (whole->parent)
        whole = whole->parent;
    bool first = !data->index || data->index[row] == bp_dataset_first_missing(whole, c);
    if (data->column[c].has_lines && first) /* whose line is known */
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c),
                          data->column[c].first_missing,
                          "%s: the %s is missing; complete it, or %s", label, what, advice);
    return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                      "%s, row %zu: the %s is missing; complete it, or %s", label,
                      bp_dataset_row_number(data, row), what, advice);
}

bp_status bp_find_column(const bp_dataset *data, const char *text, size_t length, bool named,
                         size_t *found, bp_error *error)
{
    size_t hits = 0;
    for (size_t c = 0; named && c < data->columns; c++) {
        const char *name = data->column[c].name;
        if (name && strlen(name) == length && memcmp(name, text, length) == 0) {
            *found = c;
            hits++;
        }
    }
    uint64_t number;
    if (hits == 0 && bp_parse_whole(text, length, &number) && number >= 1 &&
        number <= data->columns) {
        *found = (size_t)number - 1;
        hits = 1;
    }
    if (hits == 1)
        return BP_OK;
    int shown = length < 60 ? (int)length : 60;
    if (hits > 1)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, data->name, 0,
                          "%zu columns are named '%.*s'; name it by its number, 1 to %zu", hits,
                          shown, text, data->columns);
    return bp_fail_at(
        error, BP_ERROR_ARGUMENT, data->name, 0,
        "no column '%.*s'; give a name from the header line or a number from 1 to %zu", shown, text,
        data->columns);
}

const bp_word *bp_first_no_number(const bp_dictionary *words)
{
    const bp_word *first = NULL;
    double ignored;
    for (size_t w = 0; w < words->n_words; w++) {
        const bp_word *word = &words->words[w];
        if ((!first || word->line < first->line) &&
            !bp_parse_number(word->text, strlen(word->text), &ignored))
            first = word;
    }
    return first;
}

bp_status bp_fail_text(const bp_dataset *data, size_t c, const char *which, bp_error *error)
{
    const bp_word *first = bp_first_no_number(&data->column[c].words);
    char label[BP_COLUMN_TEXT_SIZE];
    bp_column_text(data, c, label);
    if (!first)
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                          "%s is taken as text (--categorical), not as a number, which %s", label,
                          which);
    return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), first->line,
                      "%s: '%.60s' is not a number, which %s", label, first->text, which);
}

bp_status bp_check_numbers(const bp_dataset *data, size_t c, const char *format, bp_error *error)
{
    const bp_column *column = &data->column[c];
    char label[BP_COLUMN_TEXT_SIZE];
    if (!column->is_text || !column->words.n_words)
        return BP_OK;
    const bp_word *word = bp_dictionary_first(&column->words);
    return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), word->line,
                      "%s: %s cannot hold the text '%.60s', only numbers; write CSV, or leave the "
                      "column out",
                      bp_column_text(data, c, label), format, word->text);
}

static void fill_from_arrays(const void *self, const size_t *order, size_t first, size_t m,
                             bp_real *A, size_t lda, bp_real *T, size_t ldt)
{
    const bp_arrays *arrays = self;
    for (size_t i = 0; order && A && m > 1 && i < m; i++)
        bp_prefetch(arrays->X + order[first + i] * arrays->ldx, arrays->inputs * sizeof *A);
    for (size_t i = 0; i < m; i++) {
        size_t row = order ? order[first + i] : first + i;
        if (A)
            memcpy(A + i * lda, arrays->X + row * arrays->ldx, arrays->inputs * sizeof *A);
        if (T)
            memcpy(T + i * ldt, arrays->T + row * arrays->ldt, arrays->outputs * sizeof *T);
    }
}

/* Whether an array can be rows×columns with leading dimension ld. */
static bool is_matrix(const bp_real *values, size_t rows, size_t columns, size_t ld)
{
    return values && ld >= columns && bp_fits_memory(rows, ld);
}

bp_source bp_arrays_source(const bp_arrays *arrays)
{
    if (!arrays)
        return (bp_source){0};
    const bp_arrays *a = arrays;
    bool serves =
        is_matrix(a->X, a->rows, a->inputs, a->ldx) && is_matrix(a->T, a->rows, a->outputs, a->ldt);
    return (bp_source){a->rows, a->inputs, a->outputs, serves ? fill_from_arrays : NULL,
                       a,       a->weights};
}
