/* test_scores.c: the figures of answers against scikit-learn's (reference/metrics.py), and where
 * they must be NaN or finite. */
#include "support.h"

#include "model/scores.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Against scikit-learn ----------------------------------------------------------------- */

static bp_answer kind_of(const char *name)
{
    static const char *const names[] = {"classes", "labels", "numbers"};
    static const bp_answer kinds[] = {BP_ANSWER_CLASS, BP_ANSWER_LABELS, BP_ANSWER_NUMBERS};
    size_t i = 0;
    while (strcmp(name, names[i]) != 0)
        assert_true(++i < 3);
    return kinds[i];
}

/* null stands for NaN. */
static void check_figure(const char *name, const char *figure, double actual,
                         const json_t *expected)
{
    bool right = json_is_null(expected)
                     ? isnan(actual)
                     : fabs(actual - json_number_value(expected)) <= 1e-12 * (1 + fabs(actual));
    if (!right)
        fail_msg("%s: %s is %.17g, expected %.17g", name, figure, actual,
                 json_number_value(expected));
}

static void check_figures(const char *name, const char *figure, const double *actual,
                          const json_t *expected)
{
    if (!actual != !expected)
        fail_msg("%s: %s is%s there", name, figure, actual ? "" : " not");
    for (size_t j = 0; j < json_array_size(expected); j++)
        check_figure(name, figure, actual[j], json_array_get(expected, j));
}

static void check_scores(const char *name, const bp_scores *s, const json_t *expected)
{
    const struct {
        const char *figure;
        double value;
    } single[] = {{"accuracy", s->accuracy},
                  {"balanced_accuracy", s->balanced_accuracy},
                  {"log_loss", s->log_loss}};
    const struct {
        const char *figure;
        const double *values;
    } several[] = {{"precision", s->precision},
                   {"recall", s->recall},
                   {"f1", s->f1},
                   {"roc_auc", s->roc_auc},
                   {"r2", s->r2},
                   {"rmse", s->rmse},
                   {"mae", s->mae}};
    for (size_t i = 0; i < 3; i++) {
        const json_t *figure = json_object_get(expected, single[i].figure);
        if (SINGLE && i == 2 && strcmp(name, "labels near 0 and 1") == 0) /* finer than floats */
            continue;
        if (figure)
            check_figure(name, single[i].figure, single[i].value, figure);
        else
            assert_true(isnan(single[i].value));
    }
    for (size_t i = 0; i < 7; i++)
        check_figures(name, several[i].figure, several[i].values,
                      json_object_get(expected, several[i].figure));
    assert_int_equal(s->n_roc_auc, json_array_size(json_object_get(expected, "roc_auc")));
}

/* The padding would be seen in every figure. */
enum { PAD = 2 };

static void check_case(const json_t *c)
{
    const char *name = json_string_value(json_object_get(c, "name"));
    size_t rows, n, ld;
    double *Y = doubles_of_json(json_object_get(c, "Y"), PAD, PADDING, &rows, &n, &ld);
    double *T = doubles_of_json(json_object_get(c, "T"), PAD, PADDING, &rows, &n, &ld);
    bp_answers answers = {
        kind_of(json_string_value(json_object_get(c, "kind"))), rows, n, Y, ld, T, ld};
    bp_evaluation e = {0};
    bp_error error;
    assert_ok(bp_answers_evaluate(&answers, NULL, &e, &error), &error);
    assert_int_equal(e.rows, rows);
    assert_int_equal(e.n_classes + e.n_labels + e.n_targets, n);
    check_scores(name, &e.scores, json_object_get(c, "scores"));
    check_scores(name, &e.baseline, json_object_get(c, "baseline"));
    bp_evaluation_clear(&e);
    assert_true(!e.confusion && !e.scores.f1 && !e.baseline.f1 && !e.scores.r2);
    free(Y), free(T);
}

static void test_reference(void **state)
{
    json_t *cases = load_json("tests/reference/metrics.json"), *c;
    size_t i;
    (void)state;
    assert_int_equal(json_array_size(cases), 22);
    json_array_foreach(cases, i, c) check_case(c);
    json_decref(cases);
}

/* ---- By hand ------------------------------------------------------------------------------ */

/* Answers of `rows` rows of 2, evaluated. */
static bp_evaluation evaluate(bp_answer kind, size_t rows, const double (*Y)[2],
                              const double (*T)[2])
{
    bp_answers answers = {kind, rows, 2, Y[0], 2, T[0], 2};
    bp_evaluation e = {0};
    bp_error error;
    assert_ok(bp_answers_evaluate(&answers, NULL, &e, &error), &error);
    return e;
}

static void test_confusion(void **state)
{
    static const double Y[][2] = {{.9, .1}, {.2, .8}, {.3, .7}, {.6, .4}},
                        T[][2] = {{1, 0}, {1, 0}, {0, 1}, {1, 0}};
    static const size_t classes[] = {2, 1, 0, 1}; /* [actual][answered] */
    static const size_t labels[] = {1, 0, 1, 2,   /* 1 1 0 1 answered 1 0 0 1 */
                                    2, 1, 0, 1};  /* 0 0 1 0 answered 0 1 1 0 */
    (void)state;
    bp_evaluation e = evaluate(BP_ANSWER_CLASS, 4, Y, T);
    assert_memory_equal(e.confusion, classes, sizeof classes);
    bp_evaluation_clear(&e);
    e = evaluate(BP_ANSWER_LABELS, 4, Y, T);
    assert_memory_equal(e.confusion, labels, sizeof labels);
    bp_evaluation_clear(&e);
    e = evaluate(BP_ANSWER_NUMBERS, 4, Y, T);
    assert_null(e.confusion);
    bp_evaluation_clear(&e);
}

/* Targets whose squares are beyond doubles, above and below, score as those of their size do. */
static void test_sizes(void **state)
{
    static const double Y[][2] = {{1, 3}, {2, 5}, {4, 4}, {3, 8}},
                        T[][2] = {{1, 2}, {3, 5}, {4, 5}, {5, 9}};
    static const int sizes[] = {-1010, -540, -500, 400, 540, 1015};
    (void)state;
    bp_evaluation plain = evaluate(BP_ANSWER_NUMBERS, 4, Y, T);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double y[4][2], t[4][2];
        for (size_t k = 0; k < 8; k++) {
            y[k / 2][k % 2] = ldexp(Y[k / 2][k % 2], sizes[i]);
            t[k / 2][k % 2] = ldexp(T[k / 2][k % 2], sizes[i]);
        }
        bp_evaluation e =
            evaluate(BP_ANSWER_NUMBERS, 4, (const double(*)[2])y, (const double(*)[2])t);
        for (size_t j = 0; j < 2; j++) {
            assert_same_bits(e.scores.r2[j], plain.scores.r2[j]);
            assert_same_bits(ldexp(e.scores.rmse[j], -sizes[i]), plain.scores.rmse[j]);
            assert_same_bits(ldexp(e.scores.mae[j], -sizes[i]), plain.scores.mae[j]);
            assert_same_bits(ldexp(e.baseline.rmse[j], -sizes[i]), plain.baseline.rmse[j]);
        }
        bp_evaluation_clear(&e);
    }
    bp_evaluation_clear(&plain);
}

#ifdef BPROP_SINGLE
#define LEAST   FLT_MIN
#define EPSILON FLT_EPSILON
#else
#define LEAST   DBL_MIN
#define EPSILON DBL_EPSILON
#endif

/* Outputs that rule out what is so cost much, but not infinitely much. */
static void test_certainty(void **state)
{
    static const double wrong[][2] = {{0, 1}, {1, 0}}, T[][2] = {{1, 0}, {0, 1}};
    static const double zeros[][2] = {{0, 0}, {1, 0}}, large[][2] = {{1e308, 1e308}, {1, 0}};
    (void)state;
    bp_evaluation e = evaluate(BP_ANSWER_CLASS, 2, wrong, T);
    assert_close(e.scores.log_loss, -log(LEAST), 1e-15, 0);
    assert_same_bits(e.scores.roc_auc[0], 0);
    bp_evaluation_clear(&e);
    e = evaluate(BP_ANSWER_LABELS, 2, wrong, T);
    assert_close(e.scores.log_loss, -(log(LEAST) + log(EPSILON / 2)) / 2, 1e-15, 0);
    bp_evaluation_clear(&e);
    e = evaluate(BP_ANSWER_CLASS, 2, zeros, T); /* a row that sums to 0 */
    assert_true(isnan(e.scores.log_loss));
    bp_evaluation_clear(&e);
    e = evaluate(BP_ANSWER_CLASS, 2, large, T); /* or to infinity */
    assert_true(isnan(e.scores.log_loss));
    bp_evaluation_clear(&e);
}

/* The constant answer explains nothing, exactly; being right every time is no figure below 0. */
static void test_baseline_is_exact(void **state)
{
    static const double Y[][2] = {{1, 0}, {1, 0}, {1, 0}}, T[][2] = {{1, 0}, {1, 0}, {1, 0}};
    static const double numbers[][2] = {{.1, 7.3}, {.7, 7.1}, {.4, 1e9}};
    (void)state;
    bp_evaluation e = evaluate(BP_ANSWER_NUMBERS, 3, Y, numbers);
    assert_same_bits(e.baseline.r2[0], 0);
    assert_same_bits(e.baseline.r2[1], 0);
    bp_evaluation_clear(&e);
    e = evaluate(BP_ANSWER_CLASS, 3, Y, T);
    assert_same_bits(e.scores.log_loss, 0); /* not −0 */
    assert_same_bits(e.baseline.log_loss, 0);
    bp_evaluation_clear(&e);
}

/* Of classes with as many rows each the baseline answers the first. */
static void test_baseline_of_equals(void **state)
{
    enum { ROWS = 150, CLASSES = 3 };
    static double T[ROWS][CLASSES];
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        T[i][i / (ROWS / CLASSES)] = 1;
    bp_answers answers = {BP_ANSWER_CLASS, ROWS, CLASSES, T[0], CLASSES, T[0], CLASSES};
    bp_evaluation e = {0};
    bp_error error;
    assert_ok(bp_answers_evaluate(&answers, NULL, &e, &error), &error);
    assert_same_bits(e.baseline.f1[0], 0.5);
    assert_same_bits(e.baseline.f1[1], 0);
    assert_same_bits(e.baseline.f1[2], 0);
    bp_evaluation_clear(&e);
}

/* Against the definition, pair by pair: many rows, many ties. */
static void test_area_by_pairs(void **state)
{
    enum { ROWS = 500 };
    static double Y[ROWS][2], T[ROWS][2];
    double higher = 0, pairs = 0;
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        Y[i][1] = (double)(i * 7919 % 32) / 32;
        Y[i][0] = 1 - Y[i][1];
        T[i][1] = i * 104729 % 11 < 3 || i % 32 > 28;
        T[i][0] = 1 - T[i][1];
    }
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < ROWS; j++)
            if (T[i][1] == 1 && T[j][1] == 0) {
                higher += Y[i][1] > Y[j][1] ? 1 : Y[i][1] == Y[j][1] ? 0.5 : 0;
                pairs++;
            }
    assert_true(pairs > 10000 && higher > 0);
    bp_evaluation e = evaluate(BP_ANSWER_CLASS, ROWS, (const double(*)[2])Y, (const double(*)[2])T);
    assert_close(e.scores.roc_auc[0], higher / pairs, 1e-15, 0);
    assert_same_bits(e.baseline.roc_auc[0], 0.5);
    bp_evaluation_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_confusion),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_certainty),
        cmocka_unit_test(test_baseline_is_exact),
        cmocka_unit_test(test_baseline_of_equals),
        cmocka_unit_test(test_area_by_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
