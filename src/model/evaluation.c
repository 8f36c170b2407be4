/* evaluation.c: how good a model's answers are, beside the best that one answer for all can be. */
#include "model/model_internal.h"
#include "model/scores.h"

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset_internal.h"

#include <stdlib.h>

void bp_evaluation_clear(bp_evaluation *evaluation)
{
    free(evaluation->confusion);
    bp_scores_clear(&evaluation->scores);
    bp_scores_clear(&evaluation->baseline);
    *evaluation = (bp_evaluation){0};
}

/* A confusion of n outputs, all 0, to *made; NULL of numbers, which have none. */
static bp_status make_confusion(bp_answer kind, size_t n, size_t **made, bp_error *error)
{
    size_t cells;
    *made = NULL;
    if (kind == BP_ANSWER_NUMBERS)
        return BP_OK;
    if (bp_multiply(n, kind == BP_ANSWER_CLASS ? n : 4, &cells))
        *made = bp_allocate(cells, sizeof **made);
    return *made ? BP_OK : bp_fail_memory(error);
}

static bp_status score_constant(const bp_answers *of_model, const double *constant,
                                bp_scores *scores, bp_error *error)
{
    size_t *confusion;
    bp_status status = make_confusion(of_model->kind, of_model->n, &confusion, error);
    if (status)
        return status;
    bp_answers answers = *of_model;
    answers.Y = constant;
    answers.ldy = 0;
    bp_answers_count(&answers, confusion);
    status = bp_answers_score(&answers, confusion, scores, error);
    free(confusion);
    return status;
}

/* The best that one answer for all can be: of classes and labels, their shares. */
static double *means_of(const bp_answers *answers)
{
    double *means = bp_allocate(answers->n, sizeof *means);
    for (size_t j = 0; means && j < answers->n; j++)
        means[j] = bp_answers_mean(answers, j);
    return means;
}

bp_status bp_answers_evaluate(const bp_answers *answers, const double *constant, bp_evaluation *e,
                              bp_error *error)
{
    size_t *counts[] = {
        [BP_ANSWER_CLASS] = &e->n_classes,
        [BP_ANSWER_LABELS] = &e->n_labels,
        [BP_ANSWER_NUMBERS] = &e->n_targets,
    };
    *counts[answers->kind] = answers->n;
    e->rows = answers->rows;
    bp_status status = make_confusion(answers->kind, answers->n, &e->confusion, error);
    if (status)
        return status;
    bp_answers_count(answers, e->confusion);
    status = bp_answers_score(answers, e->confusion, &e->scores, error);
    if (status)
        return status;
    double *own = constant ? NULL : means_of(answers);
    status = constant || own
                 ? score_constant(answers, constant ? constant : own, &e->baseline, error)
                 : bp_fail_memory(error);
    free(own);
    return status;
}

/* Of what is true in a table, to *means, the caller's. */
static bp_status find_means(const bp_model *model, const bp_dataset *data, double **means,
                            bp_error *error)
{
    size_t rows = bp_dataset_rows(data), n = bp_model_n_outputs(model);
    bp_bound *bound = NULL;
    double *T = bp_allocate(rows, n * sizeof *T);
    bp_status status =
        T ? bp_bind(&model->encoding, data, BP_BIND_TARGETS, &bound, error) : bp_fail_memory(error);
    if (!status) {
        bp_bound_targets(bound, T, n);
        bp_answers truth = {
            .kind = bp_model_answers(model), .rows = rows, .n = n, .T = T, .ldt = n};
        if (!(*means = means_of(&truth)))
            status = bp_fail_memory(error);
    }
    bp_bound_destroy(bound);
    free(T);
    return status;
}

static bp_status measure(const bp_model *model, const bp_kernel *kernel, size_t threads,
                         const bp_dataset *data, const bp_bound *bound, const double *constant,
                         bp_evaluation *e, bp_error *error)
{
    size_t rows = bp_dataset_rows(data), n = bp_model_n_outputs(model);
    double *Y = bp_allocate(rows, n * sizeof *Y), *T = bp_allocate(rows, n * sizeof *T);
    bp_status status =
        Y && T ? bp_model_answer(model, kernel, threads, bound, data, Y, n, &e->loss, error)
               : bp_fail_memory(error);
    if (!status) {
        bp_bound_targets(bound, T, n);
        bp_answers answers = {bp_model_answers(model), rows, n, Y, n, T, n};
        status = bp_answers_evaluate(&answers, constant, e, error);
    }
    free(Y);
    free(T);
    return status;
}

bp_status bp_model_evaluate_beside(const bp_model *model, const bp_kernel *kernel, size_t threads,
                                   const bp_dataset *data, const bp_dataset *others,
                                   bp_evaluation *evaluation, bp_error *error)
{
    bp_bound *bound = NULL;
    bp_evaluation made = {0};
    double *means = NULL;
    if (!model || !data || !evaluation)
        return bp_fail(error, BP_ERROR_ARGUMENT, "model, data and evaluation must not be NULL");
    if (!bp_dataset_rows(data))
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_dataset_name(data), 0,
                          "no rows to measure the model on");
    bp_status status = bp_bind(&model->encoding, data, BP_BIND_TARGETS, &bound, error);
    if (!status && others)
        status = find_means(model, others, &means, error);
    if (!status)
        status = measure(model, kernel, threads, data, bound, means, &made, error);
    bp_bound_destroy(bound);
    free(means);
    status = bp_dataset_check(data, status, error);
    if (status)
        bp_evaluation_clear(&made);
    else
        *evaluation = made;
    return status;
}

bp_status bp_model_evaluate(const bp_model *model, const bp_kernel *kernel, size_t threads,
                            const bp_dataset *data, bp_evaluation *evaluation, bp_error *error)
{
    return bp_model_evaluate_beside(model, kernel, threads, data, NULL, evaluation, error);
}
