/* scaling.c: how numbers are scaled. To add a way: its function, and its row. */
#include "data/encoding.h"

#include "base/error.h"
#include "data/dataset_internal.h"

#include <math.h>

/* Missing cells (NaN) are passed over everywhere here. */

/* The mean of the values there are, less `from`: NaN if there is none. */
static double mean_from(const bp_dataset *data, size_t c, double from)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < data->rows; i++) {
        double value = bp_dataset_row(data, i)[c] - from;
        if (isnan(value))
            continue;
        sum += value;
        n++;
    }
    return sum / (double)n;
}

/* The second pass takes out what rounding did to the first. */
static double mean_of(const bp_dataset *data, size_t c)
{
    double mean = mean_from(data, c, 0);
    return isfinite(mean) ? mean + mean_from(data, c, mean) : mean;
}

/* 0 … 1 over the rows */
static void fit_minmax(const bp_dataset *data, size_t c, double *shift, double *scale)
{
    double min = INFINITY, max = -INFINITY;
    for (size_t i = 0; i < data->rows; i++) {
        double value = bp_dataset_row(data, i)[c];
        min = value < min ? value : min;
        max = value > max ? value : max;
    }
    *shift = min;
    *scale = max - min;
}

/* Zero mean, unit variance over the rows. Deviations are taken in units of the range, whose squares
 * neither overflow nor underflow; a column that does not vary has range 0, hence scale 0. */
static void fit_standard(const bp_dataset *data, size_t c, double *shift, double *scale)
{
    double mean = mean_of(data, c), squares = 0, min, range;
    size_t n = 0;
    fit_minmax(data, c, &min, &range);
    for (size_t i = 0; range > 0 && i < data->rows; i++) {
        double d = (bp_dataset_row(data, i)[c] - mean) / range;
        if (isnan(d))
            continue;
        squares += d * d;
        n++;
    }
    *shift = mean;
    *scale = range > 0 ? range * sqrt(squares / (double)n) : range;
}

static void fit_none(const bp_dataset *data, size_t c, double *shift, double *scale)
{
    (void)data, (void)c;
    *shift = 0;
    *scale = 1;
}

static const bp_scaling scalings[] = {
    {"standard", fit_standard},
    {"minmax", fit_minmax},
    {"none", fit_none},
};
enum { N_SCALINGS = sizeof scalings / sizeof *scalings };

const bp_scaling *bp_scaling_at(size_t i) { return i < N_SCALINGS ? &scalings[i] : NULL; }

const char *bp_scaling_name(size_t i) { return i < N_SCALINGS ? scalings[i].name : NULL; }

const bp_scaling *bp_scaling_find(const char *name, bp_error *error)
{
    return bp_find(scalings, N_SCALINGS, sizeof *scalings, "scaling", name, error);
}

/* Fits a field to column c of the data. */
static bp_status fit_field(bp_field *field, const bp_scaling *scaling, bool fills,
                           const bp_dataset *data, size_t c, bp_error *error)
{
    char label[BP_COLUMN_TEXT_SIZE];
    if (field->category)
        return BP_OK;
    field->fill = mean_of(data, c);
    if (isnan(field->fill))
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "%s: every value is missing; remove the column",
                          bp_column_text(data, c, label));
    scaling->fit(data, c, &field->shift, &field->scale);
    if (!isfinite(field->shift) || !isfinite(field->scale) || (fills && !isfinite(field->fill)))
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "%s cannot be scaled: its numbers are too large for their mean and "
                          "variance",
                          bp_column_text(data, c, label));
    if (field->scale == 0) /* it does not vary */
        field->scale = 1;
    return BP_OK;
}

bp_status bp_encoding_scale(bp_encoding *encoding, const bp_scaling *scaling, bool targets_too,
                            const bp_dataset *data, bp_error *error)
{
    const bp_scaling *for_targets = targets_too ? scaling : bp_scaling_find("none", error);
    bp_bound *bound; /* knows the columns, and that their cells are numbers */
    bp_status status = bp_bind(encoding, data, BP_BIND_TARGETS, &bound, error);
    if (status)
        return status;
    for (size_t i = 0; !status && i < encoding->n_inputs; i++)
        status = fit_field(&encoding->inputs[i], scaling, encoding->fills, data,
                           bp_bound_input_column(bound, i), error);
    for (size_t i = 0; !status && !encoding->classes && i < encoding->n_targets; i++)
        status = fit_field(&encoding->targets[i], for_targets, false, data,
                           bp_bound_target_column(bound, i), error);
    bp_bound_destroy(bound);
    return status;
}
