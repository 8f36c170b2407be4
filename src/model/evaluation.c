/* evaluation.c: how good a model's answers are. */
#include "model/model_internal.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

void bp_evaluation_clear(bp_evaluation *evaluation)
{
    free(evaluation->confusion);
    free(evaluation->r2);
    free(evaluation->rmse);
    free(evaluation->mae);
    *evaluation = (bp_evaluation){0};
}

static bp_status allocate(bp_evaluation *e, const bp_model *model, bp_error *error)
{
    size_t outputs = bp_model_n_outputs(model), cells;
    if (bp_model_is_classification(model)) {
        e->n_classes = outputs;
        e->confusion =
            bp_multiply(outputs, outputs, &cells) ? bp_allocate(cells, sizeof(size_t)) : NULL;
        return e->confusion ? BP_OK : bp_fail_memory(error);
    }
    e->n_targets = outputs;
    e->r2 = bp_allocate(outputs, sizeof(double));
    e->rmse = bp_allocate(outputs, sizeof(double));
    e->mae = bp_allocate(outputs, sizeof(double));
    return e->r2 && e->rmse && e->mae ? BP_OK : bp_fail_memory(error);
}

static void count_classes(bp_evaluation *e, const double *Y, const double *T)
{
    size_t n = e->n_classes, right = 0;
    for (size_t i = 0; i < e->rows; i++)
        e->confusion[bp_largest(T + i * n, n) * n + bp_largest(Y + i * n, n)]++;
    for (size_t j = 0; j < n; j++)
        right += e->confusion[j * n + j];
    e->accuracy = (double)right / (double)e->rows;
}

static void measure_target(bp_evaluation *e, const double *Y, const double *T, size_t j)
{
    double rows = (double)e->rows, sum = 0, squares = 0, absolutes = 0, spread = 0;
    bool varies = false;
    for (size_t i = 0; i < e->rows; i++)
        sum += T[i * e->n_targets + j];
    for (size_t i = 0; i < e->rows; i++) {
        double t = T[i * e->n_targets + j], d = Y[i * e->n_targets + j] - t;
        varies = varies || t != T[j];
        squares += d * d;
        absolutes += fabs(d);
        spread += (t - sum / rows) * (t - sum / rows);
    }
    e->r2[j] = varies ? 1 - squares / spread : NAN;
    e->rmse[j] = sqrt(squares / rows);
    e->mae[j] = absolutes / rows;
}

static bp_status measure(const bp_model *model, const bp_kernel *kernel, const bp_dataset *data,
                         const bp_bound *bound, bp_evaluation *e, bp_error *error)
{
    size_t rows = bp_dataset_rows(data), outputs = bp_model_n_outputs(model);
    double *Y = bp_allocate_matrix(rows, outputs), *T = bp_allocate_matrix(rows, outputs);
    bp_status status = Y && T ? bp_model_answer(model, kernel, bound, bp_dataset_name(data), Y,
                                                outputs, &e->loss, error)
                              : bp_fail_memory(error);
    if (!status) {
        e->rows = rows;
        bp_bound_targets(bound, T, outputs);
        if (e->n_classes)
            count_classes(e, Y, T);
        for (size_t j = 0; j < e->n_targets; j++)
            measure_target(e, Y, T, j);
    }
    free(Y);
    free(T);
    return status;
}

bp_status bp_model_evaluate(const bp_model *model, const bp_kernel *kernel, const bp_dataset *data,
                            bp_evaluation *evaluation, bp_error *error)
{
    bp_bound *bound = NULL;
    bp_evaluation made = {0};
    if (!model || !data || !evaluation)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model, data and evaluation must not be NULL");
    bp_status status = bp_bind(&model->encoding, data, true, &bound, error);
    if (!status)
        status = allocate(&made, model, error);
    if (!status)
        status = measure(model, kernel, data, bound, &made, error);
    bp_bound_destroy(bound);
    if (status)
        bp_evaluation_clear(&made);
    else
        *evaluation = made;
    return status;
}
