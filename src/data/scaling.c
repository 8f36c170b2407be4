/* scaling.c: how numbers are scaled. To add a way: its function, and its row. */
#include "data/encoding.h"

#include "base/clones.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* ---- The ways ----------------------------------------------------------------------------- */

/* 0 … 1 over the rows */
static void fit_minmax(const bp_statistics *s, double *shift, double *scale)
{
    *shift = s->min;
    *scale = s->max - s->min;
}

/* Zero mean, unit variance over the rows */
static void fit_standard(const bp_statistics *s, double *shift, double *scale)
{
    *shift = s->mean;
    *scale = s->deviation;
}

/* As they are; but bytes are pixels, and become 0 … 1 */
static void fit_none(const bp_statistics *s, double *shift, double *scale)
{
    *shift = 0;
    *scale = s->is_byte ? 255 : 1;
}

static const bp_scaling scalings[] = {
    {"standard", fit_standard},
    {"minmax", fit_minmax},
    {"none", fit_none},
};
enum { N_SCALINGS = sizeof scalings / sizeof *scalings };

const char *bp_scaling_name(size_t i) { return i < N_SCALINGS ? scalings[i].name : NULL; }

const bp_scaling *bp_scaling_find(const char *name, bp_error *error)
{
    return bp_find(scalings, N_SCALINGS, sizeof *scalings, "scaling", name, error);
}

/* ---- What a column is like ---------------------------------------------------------------- */

/* Of every column of a table, array by array, for vector instructions. */
typedef struct sums {
    double *sum; /* of the pass at hand; it owns the block of all */
    double *n, *min, *max, *mean, *range;
    double *row; /* at hand */
} sums;

/* Missing cells, which are NaN, add nothing: a sum is never −0, which + 0 would change. */
BP_CLONES static void add_values(sums *s, size_t columns)
{
    const double *row = s->row;
    double *restrict sum = s->sum, *restrict n = s->n;
    double *restrict min = s->min, *restrict max = s->max;
    for (size_t c = 0; c < columns; c++) {
        bool there = !isnan(row[c]); /* what is missing is not compared, which a host may trap */
        double value = there ? row[c] : 0, low = there ? value : min[c],
               high = there ? value : max[c];
        sum[c] += value;
        n[c] += there ? 1 : 0;
        min[c] = low < min[c] ? low : min[c];
        max[c] = high > max[c] ? high : max[c];
    }
}

BP_CLONES static void add_differences(sums *s, size_t columns)
{
    const double *row = s->row, *mean = s->mean;
    double *restrict sum = s->sum;
    for (size_t c = 0; c < columns; c++) {
        double difference = row[c] - mean[c];
        sum[c] += isnan(row[c]) ? 0 : difference;
    }
}

/* In units of the range, whose squares neither overflow nor underflow. */
BP_CLONES static void add_squares(sums *s, size_t columns)
{
    const double *row = s->row, *mean = s->mean, *range = s->range;
    double *restrict sum = s->sum;
    for (size_t c = 0; c < columns; c++) {
        double d = (row[c] - mean[c]) / (range[c] > 0 ? range[c] : 1);
        sum[c] += isnan(row[c]) ? 0 : d * d;
    }
}

/* Row by row, not column by column: the table may be larger than memory. */
static void pass_over(const bp_dataset *data, sums *s, void (*add)(sums *s, size_t columns))
{
    for (size_t c = 0; c < data->columns; c++)
        s->sum[c] = 0;
    for (size_t i = 0; i < data->rows; i++) {
        bp_dataset_load(data, i, 0, data->columns, s->row);
        add(s, data->columns);
    }
}

/* The second pass takes out of the mean what rounding did to the first. */
static void measure(const bp_dataset *data, sums *s)
{
    size_t columns = data->columns;
    for (size_t c = 0; c < columns; c++) {
        s->min[c] = INFINITY;
        s->max[c] = -INFINITY;
    }
    pass_over(data, s, add_values);
    for (size_t c = 0; c < columns; c++) {
        s->mean[c] = s->n[c] > 0 ? s->sum[c] / s->n[c] : NAN; /* no value at all */
        s->range[c] = s->max[c] - s->min[c];
    }
    pass_over(data, s, add_differences);
    for (size_t c = 0; c < columns; c++)
        if (isfinite(s->mean[c]))
            s->mean[c] += s->sum[c] / s->n[c];
    pass_over(data, s, add_squares);
}

/* False if memory is short. */
static bool make_sums(sums *s, size_t columns)
{
    double *block = bp_allocate(columns, 7 * sizeof *block);
    if (block)
        *s = (sums){block,
                    block + columns,
                    block + 2 * columns,
                    block + 3 * columns,
                    block + 4 * columns,
                    block + 5 * columns,
                    block + 6 * columns};
    return block;
}

/* ---- Fields ------------------------------------------------------------------------------- */

/* A column whose values differ by their rounding alone does not vary: range and deviation are 0. */
static bp_statistics statistics_of(const sums *s, size_t c, bool is_byte)
{
    double range = s->range[c], max = s->max[c];
    if (range <= 4 * DBL_EPSILON * fmax(fabs(s->min[c]), fabs(max))) {
        max = s->min[c];
        range = 0;
    }
    return (bp_statistics){.mean = s->mean[c],
                           .min = s->min[c],
                           .max = max,
                           .deviation = range > 0 ? range * sqrt(s->sum[c] / s->n[c]) : range,
                           .is_byte = is_byte};
}

/* To column c, as it was found in the data; `keep`: not only looks whether it can be. */
static bp_status fit_field(bp_field *kept, bool keep, const bp_scaling *scaling,
                           const bp_statistics *s, bool fills, const bp_dataset *data, size_t c,
                           bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE];
    bp_field fitted = *kept, *field = &fitted;
    field->fill = s->mean;
    if (isnan(field->fill))
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                          "%s: every value is missing; remove the column",
                          bp_column_text(data, c, label));
    scaling->fit(s, &field->shift, &field->scale);
    if (!isfinite(field->shift) || !isfinite(field->scale) || (fills && !isfinite(field->fill)))
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                          "%s cannot be scaled: its numbers are too large for their mean, variance "
                          "or range",
                          bp_column_text(data, c, label));
    if (field->scale == 0) /* it does not vary */
        field->scale = 1;
    if (keep)
        *kept = fitted;
    return BP_OK;
}

/* Numbers are fitted; categories, classes and labels stay as they are. */
static bp_status fit_fields(bp_encoding *encoding, bool keep, const bp_bound *bound,
                            const bp_scaling *for_inputs, const bp_scaling *for_targets,
                            const bp_dataset *data, const sums *sums, bp_error *error)
{
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < encoding->n_inputs; i++) {
        size_t c = bp_bound_input_column(bound, i);
        bp_statistics s = statistics_of(sums, c, data->column[c].is_byte);
        if (!encoding->inputs[i].category)
            status = fit_field(&encoding->inputs[i], keep, for_inputs, &s, encoding->fills, data, c,
                               error);
    }
    for (size_t i = 0; !status && !encoding->classes && i < encoding->n_targets; i++) {
        size_t c = bp_bound_target_column(bound, i);
        bp_statistics s = statistics_of(sums, c, false);
        status = fit_field(&encoding->targets[i], keep, for_targets, &s, false, data, c, error);
    }
    return status;
}

bp_status bp_encoding_scale(bp_encoding *encoding, const bp_scaling *scaling, bool targets_too,
                            const bp_dataset *data, bp_error *error)
{
    const bp_scaling *for_targets = targets_too ? scaling : bp_scaling_find("none", error);
    bp_bound *bound; /* knows the columns, and that their cells are numbers */
    sums sums;
    bp_status status = bp_bind(encoding, data, BP_BIND_TARGETS, &bound, error);
    if (status)
        return status;
    if (make_sums(&sums, data->columns)) {
        measure(data, &sums);
        status = bp_dataset_check(data, BP_OK, error);
        for (int keep = 0; !status && keep < 2; keep++) /* all or none */
            status = fit_fields(encoding, keep, bound, scaling, for_targets, data, &sums, error);
        free(sums.sum);
    } else {
        status = bp_fail_memory(error);
    }
    bp_bound_destroy(bound);
    return status;
}
