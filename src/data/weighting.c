/* weighting.c: how much rows count in training: by a column of the table, and by their class. */
#include "data/encoding.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/dataset_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- By a column -------------------------------------------------------------------------- */

static bp_status check_weight(const bp_encoding *encoding, const bp_dataset *data, size_t c,
                              bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE];
    bp_column_text(data, c, label);
    for (size_t i = 0; i < encoding->n_targets; i++)
        if (encoding->targets[i].column == c)
            return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_column_file(data, c), 0,
                              "%s is a target; the weights of the rows need a column of their own",
                              label);
    if (data->column[c].is_ignored)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_column_file(data, c), 0,
                          "%s has the weights of the rows, and cannot be ignored", label);
    if (data->column[c].is_text)
        return bp_fail_text(data, c, "a weight must be", error);
    if (encoding->n_inputs == 1)
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "no columns besides the target and the weights; there is nothing to "
                          "learn from");
    return BP_OK;
}

bp_status bp_encoding_weigh_rows(bp_encoding *encoding, const bp_dataset *data, const char *column,
                                 bp_error *error)
{
    size_t c = 0, at = 0;
    bp_status status = bp_find_column(data, column, strlen(column), true, &c, error);
    if (!status)
        status = check_weight(encoding, data, c, error);
    if (status)
        return status;
    bp_field *weight = bp_allocate(1, sizeof *weight);
    if (!weight)
        return bp_fail_memory(error);
    while (encoding->inputs[at].column != c) /* a column of numbers is one input */
        at++;
    *weight = encoding->inputs[at];
    encoding->n_inputs--;
    memmove(&encoding->inputs[at], &encoding->inputs[at + 1],
            (encoding->n_inputs - at) * sizeof *weight);
    encoding->weight = weight;
    return BP_OK;
}

/* ---- By the class ------------------------------------------------------------------------- */

static bp_status fail_class(const bp_encoding *encoding, const char *name, size_t length,
                            bp_error *error)
{
    char list[300] = "";
    size_t j = 0, used = 0;
    for (; j < encoding->n_classes && used + 70 < sizeof list; j++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.60s", j ? ", " : "",
                                 encoding->classes[j]);
    return bp_fail(error, BP_ERROR_ARGUMENT, "no class '%.*s' to weigh; the classes are %s%s",
                   length < 60 ? (int)length : 60, name, list,
                   j < encoding->n_classes ? ", …" : "");
}

/* Sets the weight, 0 so far, of the class in one item "name=weight"; the last = is meant. */
static bp_status weigh_class(const bp_encoding *encoding, const char *item, size_t length,
                             double *weights, bp_error *error)
{
    size_t at = length, j = 0;
    double weight;
    int shown = length < 60 ? (int)length : 60;
    while (at && item[at - 1] != '=')
        at--;
    if (!at)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "class weight '%.*s': expected none, balanced, or a list such as a=1,b=2.5",
                       shown, item);
    if (!bp_parse_number(item + at, length - at, &weight) || weight <= 0)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "class weight '%.*s': the weight is not a number above 0", shown, item);
    size_t name = at - 1; /* bytes of it */
    while (j < encoding->n_classes &&
           (strlen(encoding->classes[j]) != name || memcmp(encoding->classes[j], item, name) != 0))
        j++;
    if (j == encoding->n_classes)
        return fail_class(encoding, item, name, error);
    if (weights[j] != 0)
        return bp_fail(error, BP_ERROR_ARGUMENT, "class weight '%.*s': this class has one already",
                       shown, item);
    weights[j] = weight;
    return BP_OK;
}

static bp_status start_weights(const bp_encoding *encoding, double **weights, bp_error *error)
{
    if (!encoding->classes)
        return bp_fail(error, BP_ERROR_ARGUMENT,
                       "class weights are for a classification by one column; this model answers "
                       "with %s",
                       encoding->labels ? "labels" : "numbers");
    *weights = bp_allocate(encoding->n_classes, sizeof **weights);
    return *weights ? BP_OK : bp_fail_memory(error);
}

static void set_weights(bp_encoding *encoding, double *weights)
{
    free(encoding->class_weights);
    encoding->class_weights = weights;
}

bp_status bp_encoding_weigh_classes(bp_encoding *encoding, const char *weights, bp_error *error)
{
    double *made;
    const char *item;
    size_t length;
    bp_status status = start_weights(encoding, &made, error);
    if (status)
        return status;
    while (!status && bp_next_item(&weights, &item, &length))
        status = weigh_class(encoding, item, length, made, error);
    for (size_t j = 0; j < encoding->n_classes; j++)
        made[j] = made[j] == 0 ? 1 : made[j];
    if (status)
        free(made);
    else
        set_weights(encoding, made);
    return status;
}

/* counts[j] becomes the weight that makes all classes with rows count alike. */
static void balance(double *counts, size_t n, size_t rows)
{
    size_t present = 0;
    for (size_t j = 0; j < n; j++)
        present += counts[j] > 0;
    for (size_t j = 0; j < n; j++)
        counts[j] = counts[j] > 0 ? (double)rows / ((double)present * counts[j]) : 1;
}

bp_status bp_encoding_balance(bp_encoding *encoding, const bp_dataset *data, bp_error *error)
{
    double *counts;
    bp_bound *bound = NULL;
    bp_status status = start_weights(encoding, &counts, error);
    if (status)
        return status;
    size_t n = encoding->n_classes;
    bp_real *row = bp_allocate(n, sizeof *row); /* one-hot */
    status = row ? bp_bind(encoding, data, BP_BIND_TARGETS, &bound, error) : bp_fail_memory(error);
    if (!status) {
        bp_source rows = bp_bound_source(bound);
        for (size_t i = 0; i < rows.rows; i++) {
            rows.fill(rows.self, NULL, i, 1, NULL, 0, row, n);
            for (size_t j = 0; j < n; j++)
                counts[j] += row[j];
        }
        balance(counts, n, rows.rows);
        set_weights(encoding, counts);
        counts = NULL;
    }
    bp_bound_destroy(bound);
    free(row);
    free(counts);
    return status;
}
