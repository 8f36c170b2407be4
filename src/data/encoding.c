/* encoding.c: which columns are inputs and targets, and what the classes are. */
#include "data/encoding.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Targets ------------------------------------------------------------------------------ */

/* Names that do not tell all columns apart are none, but for those that are ignored: columns then
 * go by their position. So do those of a table that was put together and has names for some alone.
 */
static bp_status has_distinct_names(const bp_dataset *data, bool *distinct, bp_error *error)
{
    bp_dictionary names = {0};
    bp_status status = BP_OK;
    size_t named = 0, number;
    *distinct = true;
    for (size_t c = 0; !status && *distinct && c < data->columns; c++) {
        const char *name = data->column[c].name;
        if (!name)
            *distinct = false;
        else if (data->column[c].is_ignored)
            continue;
        else if (!bp_dictionary_add(&names, name, strlen(name), 0, &number))
            status = bp_fail_memory(error);
        else
            *distinct = ++named == names.n_words;
    }
    bp_dictionary_clear(&names);
    return status;
}

static void drop_names(bp_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(fields[i].name);
        fields[i].name = NULL;
    }
}

static bool copy_name(const bp_dataset *data, size_t c, char **copy)
{
    const char *name = data->column[c].name;
    *copy = name ? bp_copy_text(name, strlen(name)) : NULL;
    return !name || *copy;
}

/* One more field at the end of an array of `capacity`. */
static bp_status append(bp_field **fields, size_t *n, size_t *capacity, const bp_dataset *data,
                        size_t c, const char *category, bp_error *error)
{
    if (!bp_grow(fields, capacity, *n + 1, sizeof **fields))
        return bp_fail_memory(error);
    bp_field *field = &(*fields)[*n];
    *field = (bp_field){.column = c, .is_text = data->column[c].is_text, .scale = 1};
    ++*n; /* from here on bp_encoding_clear() frees it */
    if (!copy_name(data, c, &field->name) ||
        (category && !(field->category = bp_copy_text(category, strlen(category)))))
        return bp_fail_memory(error);
    return BP_OK;
}

static bool is_target(const bp_encoding *encoding, size_t c)
{
    for (size_t i = 0; i < encoding->n_targets; i++)
        if (encoding->targets[i].column == c)
            return true;
    return false;
}

static bp_status add_target(bp_encoding *encoding, size_t *capacity, const bp_dataset *data,
                            size_t c, bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE];
    if (is_target(encoding, c))
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_column_file(data, c), 0,
                          "%s is a target twice", bp_column_text(data, c, label));
    if (data->column[c].is_ignored)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_column_file(data, c), 0,
                          "%s is a target, and cannot be ignored", bp_column_text(data, c, label));
    return append(&encoding->targets, &encoding->n_targets, capacity, data, c, NULL, error);
}

static bp_status decide_targets(bp_encoding *encoding, const bp_dataset *data, const char *target,
                                bp_error *error)
{
    const char *item;
    size_t capacity = 0, c = data->columns - 1, length;
    while (!target && c > 0 && data->column[c].is_ignored)
        c--;
    if (!target)
        return add_target(encoding, &capacity, data, c, error);
    while (bp_next_item(&target, &item, &length)) {
        bp_status status = bp_find_column(data, item, length, true, &c, error);
        if (!status)
            status = add_target(encoding, &capacity, data, c, error);
        if (status)
            return status;
    }
    return BP_OK;
}

/* ---- Classes ------------------------------------------------------------------------------ */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum { MOST_CLASSES = 1000, MOST_INFERRED_CLASSES = 20 };

/* The distinct values of a column of numbers in ascending order, at most `most`; *n is most + 1
 * if there are more. */
static void distinct(const bp_dataset *data, size_t c, size_t most, double *values, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < data->rows && *n <= most; i++) {
        double value = bp_dataset_cell(data, i, c);
        if (isnan(value) || (*n && bsearch(&value, values, *n, sizeof value, compare_numbers)))
            continue;
        if (*n < most) {
            values[*n] = value;
            qsort(values, *n + 1, sizeof value, compare_numbers);
        }
        ++*n;
    }
}

/* Whole numbers that count from 0 or 1, or two of them: the numbers that people use as names. */
static bool look_like_classes(const bp_dataset *data, size_t c)
{
    double values[MOST_INFERRED_CLASSES];
    size_t n;
    distinct(data, c, MOST_INFERRED_CLASSES, values, &n);
    if (n < 2 || n > MOST_INFERRED_CLASSES)
        return false;
    for (size_t i = 0; i < n; i++)
        if (values[i] != floor(values[i]))
            return false;
    return n == 2 || ((values[0] == 0 || values[0] == 1) && values[n - 1] <= MOST_INFERRED_CLASSES);
}

static bp_status text_classes(bp_encoding *encoding, const bp_dictionary *words, bp_error *error)
{
    encoding->classes = bp_allocate(words->n_words, sizeof *encoding->classes);
    if (!encoding->classes)
        return bp_fail_memory(error);
    for (size_t w = 0; w < words->n_words; w++, encoding->n_classes++)
        if (!(encoding->classes[w] =
                  bp_copy_text(words->words[w].text, strlen(words->words[w].text))))
            return bp_fail_memory(error);
    qsort(encoding->classes, encoding->n_classes, sizeof *encoding->classes, compare_texts);
    return BP_OK;
}

static bp_status number_classes(bp_encoding *encoding, const bp_dataset *data, size_t c,
                                bp_error *error)
{
    double values[MOST_CLASSES];
    char label[BP_COLUMN_TEXT_SIZE], text[BP_NUMBER_SIZE];
    size_t n;
    distinct(data, c, MOST_CLASSES, values, &n);
    if (n > MOST_CLASSES)
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                          "%s has more than %d different numbers, too many for classes; is it a "
                          "regression?",
                          bp_column_text(data, c, label), MOST_CLASSES);
    encoding->classes = bp_allocate(n, sizeof *encoding->classes);
    if (!encoding->classes)
        return bp_fail_memory(error);
    for (size_t i = 0; i < n; i++, encoding->n_classes++) {
        bp_print_number(values[i], text);
        if (!(encoding->classes[i] = bp_copy_text(text, strlen(text))))
            return bp_fail_memory(error);
    }
    return BP_OK;
}

/* ---- Labels ------------------------------------------------------------------------------- */

size_t bp_find_no_label(const bp_dataset *data, size_t c)
{
    size_t i = 0;
    for (; i < data->rows; i++) {
        double cell = bp_dataset_cell(data, i, c);
        if (!isnan(cell) && (data->column[c].is_text || (cell != 0 && cell != 1)))
            break;
    }
    return i;
}

static bool are_labels(const bp_encoding *encoding, const bp_dataset *data)
{
    for (size_t i = 0; i < encoding->n_targets; i++)
        if (bp_find_no_label(data, encoding->targets[i].column) < data->rows)
            return false;
    return true;
}

static bp_status decide_labels(bp_encoding *encoding, const bp_dataset *data, bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE], number[BP_NUMBER_SIZE];
    encoding->labels = true;
    for (size_t i = 0; i < encoding->n_targets; i++) {
        size_t c = encoding->targets[i].column, row = bp_find_no_label(data, c);
        if (data->column[c].is_text && !bp_first_no_number(&data->column[c].words))
            return bp_fail_text(data, c, "a label must be", error);
        if (row == data->rows)
            continue;
        double cell = bp_dataset_cell(data, row, c);
        bool text = data->column[c].is_text;
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_column_file(data, c), 0,
                          "%s, row %zu: '%.60s' is neither 0 nor 1, which every target of a "
                          "classification with several must be; name one target, or, for numbers, "
                          "ask for a regression",
                          bp_column_text(data, c, label), bp_dataset_row_number(data, row),
                          text ? data->column[c].words.words[(size_t)cell].text
                               : bp_print_number(cell, number));
    }
    return BP_OK;
}

/* ---- The task ----------------------------------------------------------------------------- */

static bp_status decide_classes(bp_encoding *encoding, const bp_dataset *data, bp_error *error)
{
    size_t c = encoding->targets[0].column;
    const bp_column *column = &data->column[c];
    char label[BP_COLUMN_TEXT_SIZE];
    if (encoding->n_targets > 1)
        return decide_labels(encoding, data, error);
    if (column->is_text && column->words.n_words > MOST_CLASSES)
        return bp_fail_at(
            error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
            "%s has %zu different texts, more than the %d that can be classes; is it a "
            "name or a key?",
            bp_column_text(data, c, label), column->words.n_words, MOST_CLASSES);
    bp_status status = column->is_text ? text_classes(encoding, &column->words, error)
                                       : number_classes(encoding, data, c, error);
    if (!status && encoding->n_classes < 2)
        status = bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                            "%s has %zu class; a classification needs two or more",
                            bp_column_text(data, c, label), encoding->n_classes);
    return status;
}

/* The targets of a regression must be numbers. */
static bp_status check_numbers(const bp_encoding *encoding, const bp_dataset *data, bp_error *error)
{
    for (size_t i = 0; i < encoding->n_targets; i++) {
        size_t c = encoding->targets[i].column;
        if (data->column[c].is_text)
            return bp_fail_text(data, c, "the target of a regression must be", error);
    }
    return BP_OK;
}

/* What the targets look like. */
static bp_task infer_task(const bp_encoding *encoding, const bp_dataset *data)
{
    size_t c = encoding->targets[0].column;
    bool classes = encoding->n_targets > 1 ? are_labels(encoding, data)
                                           : data->column[c].is_text || look_like_classes(data, c);
    return classes ? BP_TASK_CLASSIFICATION : BP_TASK_REGRESSION;
}

/* ---- Inputs ------------------------------------------------------------------------------- */

static bp_status decide_inputs(bp_encoding *encoding, const bp_dataset *data, bp_error *error)
{
    enum { MOST_CATEGORIES = 1000 };
    char label[BP_COLUMN_TEXT_SIZE];
    size_t capacity = 0;
    for (size_t c = 0; c < data->columns; c++) {
        const bp_column *column = &data->column[c];
        if (is_target(encoding, c) || column->is_ignored)
            continue;
        size_t n = column->is_text ? column->words.n_words : 1, first = encoding->n_inputs;
        if (n > MOST_CATEGORIES)
            return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                              "%s has %zu different texts, too many to be categories; if it is a "
                              "name or a key, --ignore leaves it out",
                              bp_column_text(data, c, label), n);
        if (n == 0)
            return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                              "%s: every value is missing; remove the column",
                              bp_column_text(data, c, label));
        for (size_t w = 0; w < n; w++) {
            bp_status status = append(&encoding->inputs, &encoding->n_inputs, &capacity, data, c,
                                      column->is_text ? column->words.words[w].text : NULL, error);
            if (status)
                return status;
        }
        for (size_t i = first + 1; i < first + n; i++) { /* categories in the alphabet's order */
            bp_field moved = encoding->inputs[i];
            size_t j = i;
            for (; j > first && strcmp(encoding->inputs[j - 1].category, moved.category) > 0; j--)
                encoding->inputs[j] = encoding->inputs[j - 1];
            encoding->inputs[j] = moved;
        }
    }
    if (!encoding->n_inputs)
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "no columns besides the target; there is nothing to learn from");
    return BP_OK;
}

bp_status bp_encoding_decide(const bp_dataset *data, const char *target, bp_task task,
                             bp_encoding *encoding, bp_error *error)
{
    bp_encoding made = {.table_columns = data->columns};
    bool named = false;
    bp_status status = decide_targets(&made, data, target, error);
    if (!status && task == BP_TASK_AUTO)
        task = infer_task(&made, data);
    if (!status && task == BP_TASK_CLASSIFICATION)
        status = decide_classes(&made, data, error);
    if (!status && task == BP_TASK_REGRESSION)
        status = check_numbers(&made, data, error);
    if (!status)
        status = decide_inputs(&made, data, error);
    if (!status)
        status = has_distinct_names(data, &named, error);
    if (status) {
        bp_encoding_clear(&made);
        return status;
    }
    if (!named) {
        drop_names(made.inputs, made.n_inputs);
        drop_names(made.targets, made.n_targets);
    }
    *encoding = made;
    return BP_OK;
}

static void clear_fields(bp_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(fields[i].name);
        free(fields[i].category);
    }
    free(fields);
}

void bp_encoding_clear(bp_encoding *encoding)
{
    clear_fields(encoding->inputs, encoding->n_inputs);
    clear_fields(encoding->targets, encoding->n_targets);
    clear_fields(encoding->weight, encoding->weight ? 1 : 0);
    free(encoding->class_weights);
    for (size_t i = 0; i < encoding->n_classes; i++)
        free(encoding->classes[i]);
    free(encoding->classes);
    *encoding = (bp_encoding){0};
}

size_t bp_encoding_outputs(const bp_encoding *encoding)
{
    return encoding->classes ? encoding->n_classes : encoding->n_targets;
}

bool bp_encoding_classes_are_text(const bp_encoding *encoding)
{
    return encoding->classes && encoding->targets[0].is_text;
}
