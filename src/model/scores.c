/* scores.c: the figures of bp_scores. */
#include "model/scores.h"

#include "base/error.h"
#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const double *answer(const bp_answers *a, size_t i) { return a->Y + i * a->ldy; }

static const double *truth(const bp_answers *a, size_t i) { return a->T + i * a->ldt; }

/* ---- What was answered -------------------------------------------------------------------- */

static void count_classes(const bp_answers *a, size_t *confusion)
{
    for (size_t i = 0; i < a->rows; i++)
        confusion[bp_largest(truth(a, i), a->n) * a->n + bp_largest(answer(a, i), a->n)]++;
}

static void count_labels(const bp_answers *a, size_t *confusion)
{
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < a->n; j++)
            confusion[j * 4 + (truth(a, i)[j] == 1) * 2 + bp_is_label(answer(a, i)[j])]++;
}

/* Of one class in the confusion of n. */
typedef struct counts {
    size_t right, actual, answered;
} counts;

static counts counts_of(const size_t *confusion, size_t n, size_t class)
{
    counts c = {.right = confusion[class * n + class]};
    for (size_t j = 0; j < n; j++) {
        c.actual += confusion[class * n + j];
        c.answered += confusion[j * n + class];
    }
    return c;
}

static double share(size_t part, size_t whole) { return whole ? (double)part / (double)whole : 0; }

/* F1 = 2·precision·recall / (precision + recall) = 2·right / (actual + answered). */
static void rate(bp_scores *s, size_t j, counts c)
{
    s->precision[j] = share(c.right, c.answered);
    s->recall[j] = share(c.right, c.actual);
    s->f1[j] = 2 * share(c.right, c.actual + c.answered);
}

/* The mean recall over the classes that occur. */
static double balance(const size_t *confusion, size_t n)
{
    double sum = 0;
    size_t occur = 0;
    for (size_t j = 0; j < n; j++) {
        counts c = counts_of(confusion, n, j);
        sum += share(c.right, c.actual);
        occur += c.actual > 0;
    }
    return sum / (double)occur;
}

/* ---- The probabilities of what is so ------------------------------------------------------ */

/* The least that an output can be, and to what it is known next to 1. */
#ifdef BPROP_SINGLE
static const double LEAST = FLT_MIN, EPSILON = FLT_EPSILON;
#else
static const double LEAST = DBL_MIN, EPSILON = DBL_EPSILON;
#endif

static double surprise(double p) { return -log(fmax(p, LEAST)); }

/* The sum of the outputs of a row, by which they become probabilities; NaN where they cannot. */
static double total(const double *y, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += y[j] >= 0 ? y[j] : NAN;
    return sum > 0 && isfinite(sum) ? sum : NAN;
}

static double log_loss_of_classes(const bp_answers *a)
{
    double sum = 0;
    for (size_t i = 0; i < a->rows; i++) {
        double whole = total(answer(a, i), a->n);
        if (isnan(whole))
            return NAN;
        sum += surprise(answer(a, i)[bp_largest(truth(a, i), a->n)] / whole);
    }
    return sum / (double)a->rows;
}

/* Next to 1 an output is known to ε/2 only, so less than that cannot be its distance from 1. */
static double log_loss_of_labels(const bp_answers *a)
{
    double sum = 0;
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < a->n; j++) {
            double o = answer(a, i)[j];
            if (o < 0 || o > 1)
                return NAN;
            sum += truth(a, i)[j] == 1 ? surprise(o) : surprise(fmax(1 - o, EPSILON / 2));
        }
    return sum / ((double)a->rows * (double)a->n);
}

/* ---- Their order -------------------------------------------------------------------------- */

/* How sure an answer is that a row is positive, and whether it is. */
typedef struct ranked {
    double score;
    bool positive;
} ranked;

static int compare_scores(const void *a, const void *b)
{
    double x = ((const ranked *)a)->score, y = ((const ranked *)b)->score;
    return (x > y) - (x < y);
}

/* The area under the ROC curve is the share of the pairs of a positive and a negative row in which
 * the positive has the higher score, equal ones counting half: Mann and Whitney's U / (p·q), with
 * U = Σ ranks of the positives − p(p+1)/2, and equal scores sharing the mean of their ranks. */
static double area(ranked *rows, size_t n)
{
    double ranks = 0, p = 0;
    qsort(rows, n, sizeof *rows, compare_scores);
    for (size_t i = 0, end; i < n; i = end) {
        size_t positives = 0;
        for (end = i; end < n && rows[end].score == rows[i].score; end++)
            positives += rows[end].positive;
        ranks += (double)positives * ((double)i + (double)end + 1) / 2; /* ranks i+1 … end */
        p += (double)positives;
    }
    double q = (double)n - p;
    return p > 0 && q > 0 ? (ranks - p * (p + 1) / 2) / (p * q) : NAN;
}

/* Of two classes the probability of the second orders the rows; where the outputs are none, their
 * difference. */
static double area_of_classes(const bp_answers *a, bool probabilities, ranked *rows)
{
    for (size_t i = 0; i < a->rows; i++) {
        const double *y = answer(a, i);
        rows[i] = (ranked){probabilities ? y[1] / (y[0] + y[1]) : y[1] - y[0], truth(a, i)[1] == 1};
    }
    return area(rows, a->rows);
}

static double area_of_label(const bp_answers *a, size_t j, ranked *rows)
{
    for (size_t i = 0; i < a->rows; i++)
        rows[i] = (ranked){answer(a, i)[j], truth(a, i)[j] == 1};
    return area(rows, a->rows);
}

/* ---- Their distance ----------------------------------------------------------------------- */

/* The second pass over numbers takes out what rounding did to the first. The sum of 0s and 1s is
 * exact; there it would only add roundings of its own, by which equal shares would differ. */
double bp_answers_mean(const bp_answers *a, size_t j)
{
    double mean = 0;
    for (int pass = 0; pass < (a->kind == BP_ANSWER_NUMBERS ? 2 : 1); pass++) {
        double sum = 0;
        for (size_t i = 0; i < a->rows; i++)
            sum += truth(a, i)[j] - mean;
        mean += sum / (double)a->rows;
    }
    return mean;
}

/* Σ x², of x/2ⁿ with the largest of them, so that no square overflows or vanishes. */
typedef struct square_sum {
    double sum;
    int n;
} square_sum;

static square_sum begin_squares(double largest)
{
    square_sum s = {0};
    if (isfinite(largest))
        frexp(largest, &s.n);
    return s;
}

static void add_square(square_sum *s, double x)
{
    x = ldexp(x, -s->n);
    s->sum += x * x;
}

static void measure_target(const bp_answers *a, size_t j, bp_scores *s)
{
    double rows = (double)a->rows, mean = bp_answers_mean(a, j);
    double absolutes = 0, furthest = 0, widest = 0;
    bool varies = false;
    for (size_t i = 0; i < a->rows; i++) {
        double t = truth(a, i)[j], d = fabs(answer(a, i)[j] - t);
        varies = varies || t != truth(a, 0)[j];
        absolutes += d;
        furthest = fmax(furthest, d);
        widest = fmax(widest, fabs(t - mean));
    }
    square_sum squares = begin_squares(furthest), spread = begin_squares(widest);
    for (size_t i = 0; i < a->rows; i++) {
        add_square(&squares, answer(a, i)[j] - truth(a, i)[j]);
        add_square(&spread, truth(a, i)[j] - mean);
    }
    s->r2[j] = varies ? 1 - ldexp(squares.sum / spread.sum, 2 * (squares.n - spread.n)) : NAN;
    s->rmse[j] = ldexp(sqrt(squares.sum / rows), squares.n);
    s->mae[j] = absolutes / rows;
}

/* ---- All of them, by kind ----------------------------------------------------------------- */

static bool score_classes(const bp_answers *a, const size_t *confusion, bp_scores *s)
{
    size_t right = 0;
    for (size_t j = 0; j < a->n; j++) {
        rate(s, j, counts_of(confusion, a->n, j));
        right += confusion[j * a->n + j];
    }
    s->accuracy = share(right, a->rows);
    s->balanced_accuracy = balance(confusion, a->n);
    s->log_loss = log_loss_of_classes(a);
    if (a->n != 2)
        return true;
    s->n_roc_auc = 1;
    s->roc_auc = bp_allocate(1, sizeof *s->roc_auc);
    ranked *rows = bp_allocate(a->rows, sizeof *rows);
    if (s->roc_auc && rows)
        s->roc_auc[0] = area_of_classes(a, !isnan(s->log_loss), rows);
    free(rows);
    return s->roc_auc && rows;
}

static size_t count_right_rows(const bp_answers *a)
{
    size_t right = 0;
    for (size_t i = 0; i < a->rows; i++) {
        size_t j = 0;
        while (j < a->n && bp_is_label(answer(a, i)[j]) == (truth(a, i)[j] == 1))
            j++;
        right += j == a->n;
    }
    return right;
}

static bool score_labels(const bp_answers *a, const size_t *confusion, bp_scores *s)
{
    double balanced = 0;
    s->n_roc_auc = a->n;
    s->roc_auc = bp_allocate(a->n, sizeof *s->roc_auc);
    ranked *rows = bp_allocate(a->rows, sizeof *rows);
    for (size_t j = 0; s->roc_auc && rows && j < a->n; j++) {
        rate(s, j, counts_of(confusion + 4 * j, 2, 1));
        balanced += balance(confusion + 4 * j, 2);
        s->roc_auc[j] = area_of_label(a, j, rows);
    }
    s->accuracy = share(count_right_rows(a), a->rows);
    s->balanced_accuracy = balanced / (double)a->n;
    s->log_loss = log_loss_of_labels(a);
    free(rows);
    return s->roc_auc && rows;
}

static bool score_numbers(const bp_answers *a, const size_t *confusion, bp_scores *s)
{
    (void)confusion;
    s->accuracy = s->balanced_accuracy = s->log_loss = NAN;
    for (size_t j = 0; j < a->n; j++)
        measure_target(a, j, s);
    return true;
}

/* Which arrays of n values a kind has; how it counts and scores. */
typedef struct kind {
    bool rates;
    void (*count)(const bp_answers *answers, size_t *confusion);
    bool (*score)(const bp_answers *answers, const size_t *confusion, bp_scores *scores);
} kind;

static const kind kinds[] = {
    [BP_ANSWER_CLASS] = {true, count_classes, score_classes},
    [BP_ANSWER_LABELS] = {true, count_labels, score_labels},
    [BP_ANSWER_NUMBERS] = {false, NULL, score_numbers},
};

static bool allocate(bp_scores *s, bool rates, size_t n)
{
    double **arrays[2][3] = {{&s->r2, &s->rmse, &s->mae}, {&s->precision, &s->recall, &s->f1}};
    bool done = true;
    for (size_t i = 0; i < 3; i++)
        done = (*arrays[rates][i] = bp_allocate(n, sizeof(double))) && done;
    return done;
}

void bp_answers_count(const bp_answers *answers, size_t *confusion)
{
    if (kinds[answers->kind].count)
        kinds[answers->kind].count(answers, confusion);
}

bp_status bp_answers_score(const bp_answers *answers, const size_t *confusion, bp_scores *scores,
                           bp_error *error)
{
    const kind *kind = &kinds[answers->kind];
    *scores = (bp_scores){0};
    if (!allocate(scores, kind->rates, answers->n) || !kind->score(answers, confusion, scores))
        return bp_fail_memory(error);
    return BP_OK;
}

void bp_scores_clear(bp_scores *scores)
{
    double *arrays[] = {scores->precision, scores->recall, scores->f1, scores->roc_auc,
                        scores->r2,        scores->rmse,   scores->mae};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    *scores = (bp_scores){0};
}
