/* scores.h: how good answers are, whoever gave them: a model, or one that gives every row the
 * same. */
#ifndef BP_MODEL_SCORES_H
#define BP_MODEL_SCORES_H

#include <bprop/model.h>

/* Answers for `rows` ≥ 1 rows, and what is true. Of classes T holds a 1 for the actual class, else
 * 0; of labels 0 or 1 each. All finite. */
typedef struct bp_answers {
    bp_answer kind;
    size_t rows, n; /* n outputs */
    const double *Y;
    size_t ldy; /* ≥ n; 0: every row has the answer at Y */
    const double *T;
    size_t ldt;
} bp_answers;

/* Counts answers beside truth, added to *confusion: n×n of classes, n times 2×2 of labels. */
void bp_answers_count(const bp_answers *answers, size_t *confusion);

/* Measures them, given their confusion (of numbers: NULL). What is inside *scores is the caller's
 * in any case: bp_scores_clear(). BP_ERROR_MEMORY. */
bp_status bp_answers_score(const bp_answers *answers, const size_t *confusion, bp_scores *scores,
                           bp_error *error);
void bp_scores_clear(bp_scores *scores);

/* Both, of these answers and of the baseline, which is `constant`, n numbers, in every row (NULL:
 * the means of what is true), to an evaluation that is all 0; `loss` stays as it is. What is inside
 * *evaluation is the caller's in any case: bp_evaluation_clear(). BP_ERROR_MEMORY. */
bp_status bp_answers_evaluate(const bp_answers *answers, const double *constant,
                              bp_evaluation *evaluation, bp_error *error);

/* The mean of what is true, in column j: of classes and labels, their share, alike where as many
 * rows have them. */
double bp_answers_mean(const bp_answers *answers, size_t j);

#endif
