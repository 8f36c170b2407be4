/* scaling.c: how numbers are scaled. To add a way: its function, and its row. */
#include "data/encoding.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_internal.h"

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

const bp_scaling *bp_scaling_at(size_t i) { return i < N_SCALINGS ? &scalings[i] : NULL; }

const char *bp_scaling_name(size_t i) { return i < N_SCALINGS ? scalings[i].name : NULL; }

const bp_scaling *bp_scaling_find(const char *name, bp_error *error)
{
    return bp_find(scalings, N_SCALINGS, sizeof *scalings, "scaling", name, error);
}

/* ---- What a column is like ---------------------------------------------------------------- */

/* A field that is fitted to a column. */
typedef struct fitted {
    bp_field *field;
    size_t column;
    const bp_scaling *scaling;
    bp_statistics s;
    double sum; /* of the pass at hand */
} fitted;

static void add_value(fitted *f, double value)
{
    f->sum += value;
    f->s.n++;
    f->s.min = value < f->s.min ? value : f->s.min;
    f->s.max = value > f->s.max ? value : f->s.max;
}

static void add_difference(fitted *f, double value) { f->sum += value - f->s.mean; }

/* In units of the range, whose squares neither overflow nor underflow. */
static void add_square(fitted *f, double value)
{
    double d = (value - f->s.mean) / (f->s.max - f->s.min);
    f->sum += d * d;
}

/* Row by row, not column by column: the table may be larger than memory. Missing cells are passed
 * over. */
static void pass_over(const bp_dataset *data, fitted *fields, size_t n, double *row,
                      void (*add)(fitted *f, double value))
{
    for (size_t j = 0; j < n; j++)
        fields[j].sum = 0;
    for (size_t i = 0; i < data->rows; i++) {
        bp_dataset_load(data, i, 0, data->columns, row);
        for (size_t j = 0; j < n; j++)
            if (!isnan(row[fields[j].column]))
                add(&fields[j], row[fields[j].column]);
    }
}

/* The second pass takes out of the mean what rounding did to the first. A column that does not vary
 * has range 0, hence deviation 0. */
static void measure(const bp_dataset *data, fitted *fields, size_t n, double *row)
{
    pass_over(data, fields, n, row, add_value);
    for (size_t j = 0; j < n; j++)
        fields[j].s.mean = fields[j].sum / (double)fields[j].s.n; /* NaN: no value at all */
    pass_over(data, fields, n, row, add_difference);
    for (size_t j = 0; j < n; j++)
        if (isfinite(fields[j].s.mean))
            fields[j].s.mean += fields[j].sum / (double)fields[j].s.n;
    pass_over(data, fields, n, row, add_square);
    for (size_t j = 0; j < n; j++) {
        bp_statistics *s = &fields[j].s;
        double range = s->max - s->min;
        s->deviation = range > 0 ? range * sqrt(fields[j].sum / (double)s->n) : range;
    }
}

/* ---- Fields ------------------------------------------------------------------------------- */

static bp_status fit_field(const fitted *f, bool fills, const bp_dataset *data, bp_error *error)
{
    bp_field *field = f->field;
    char label[BP_COLUMN_TEXT_SIZE];
    field->fill = f->s.mean;
    if (isnan(field->fill))
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, f->column), 0,
                          "%s: every value is missing; remove the column",
                          bp_column_text(data, f->column, label));
    f->scaling->fit(&f->s, &field->shift, &field->scale);
    if (!isfinite(field->shift) || !isfinite(field->scale) || (fills && !isfinite(field->fill)))
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, f->column), 0,
                          "%s cannot be scaled: its numbers are too large for their mean and "
                          "variance",
                          bp_column_text(data, f->column, label));
    if (field->scale == 0) /* it does not vary */
        field->scale = 1;
    return BP_OK;
}

/* Numbers are fitted; categories, classes and labels stay as they are. */
static size_t choose_fields(bp_encoding *encoding, const bp_bound *bound,
                            const bp_scaling *for_inputs, const bp_scaling *for_targets,
                            const bp_dataset *data, fitted *fields)
{
    const bp_statistics none = {.min = INFINITY, .max = -INFINITY};
    size_t n = 0;
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        size_t c = bp_bound_input_column(bound, i);
        if (encoding->inputs[i].category)
            continue;
        fields[n] = (fitted){&encoding->inputs[i], c, for_inputs, none, 0};
        fields[n++].s.is_byte = data->column[c].is_byte;
    }
    for (size_t i = 0; !encoding->classes && i < encoding->n_targets; i++)
        fields[n++] =
            (fitted){&encoding->targets[i], bp_bound_target_column(bound, i), for_targets, none, 0};
    return n;
}

bp_status bp_encoding_scale(bp_encoding *encoding, const bp_scaling *scaling, bool targets_too,
                            const bp_dataset *data, bp_error *error)
{
    const bp_scaling *for_targets = targets_too ? scaling : bp_scaling_find("none", error);
    bp_bound *bound; /* knows the columns, and that their cells are numbers */
    size_t n = 0, fills;
    bp_status status = bp_bind(encoding, data, BP_BIND_TARGETS, &bound, error);
    if (status)
        return status;
    fitted *fields = bp_allocate(encoding->n_inputs + encoding->n_targets, sizeof *fields);
    double *row = bp_allocate(data->columns, sizeof *row);
    if (fields && row) {
        n = choose_fields(encoding, bound, scaling, for_targets, data, fields);
        measure(data, fields, n, row);
        status = bp_dataset_check(data, BP_OK, error);
    } else {
        status = bp_fail_memory(error);
    }
    fills = encoding->fills ? encoding->n_inputs : 0; /* inputs come first, and fill */
    for (size_t j = 0; !status && j < n; j++)
        status = fit_field(&fields[j], j < fills, data, error);
    bp_bound_destroy(bound);
    free(fields);
    free(row);
    return status;
}
