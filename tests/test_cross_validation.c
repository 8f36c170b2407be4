/* test_cross_validation.c: folds that see no more than they should, whatever the threads. */
#include "support.h"

#include "data/dataset_internal.h"
#include "data/split.h"
#include "model/model_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FOLDS = 12 };

static bp_dataset *read_table(const char *path)
{
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(bp_dataset_read(path, NULL, &data, &error), &error);
    return data;
}

static void clear(bp_evaluation *evaluations, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bp_evaluation_clear(&evaluations[i]);
}

/* ---- The same bits ------------------------------------------------------------------------ */

static void check_same_array(const double *a, const double *b, size_t n)
{
    assert_true((a == NULL) == (b == NULL));
    for (size_t i = 0; a && i < n; i++)
        assert_same_bits(a[i], b[i]);
}

static void check_same_scores(const bp_scores *a, const bp_scores *b, size_t n)
{
    assert_same_bits(a->accuracy, b->accuracy);
    assert_same_bits(a->balanced_accuracy, b->balanced_accuracy);
    assert_same_bits(a->log_loss, b->log_loss);
    assert_int_equal(a->n_roc_auc, b->n_roc_auc);
    check_same_array(a->precision, b->precision, n);
    check_same_array(a->recall, b->recall, n);
    check_same_array(a->f1, b->f1, n);
    check_same_array(a->roc_auc, b->roc_auc, a->n_roc_auc);
    check_same_array(a->r2, b->r2, n);
    check_same_array(a->rmse, b->rmse, n);
    check_same_array(a->mae, b->mae, n);
}

static void check_same(const bp_evaluation *a, const bp_evaluation *b)
{
    size_t n = a->n_classes + a->n_labels + a->n_targets;
    assert_true(a->rows > 0 && a->rows == b->rows);
    assert_true(a->n_classes == b->n_classes && a->n_targets == b->n_targets);
    assert_same_bits(a->loss, b->loss);
    if (a->n_classes)
        assert_memory_equal(a->confusion, b->confusion, n * n * sizeof *a->confusion);
    check_same_scores(&a->scores, &b->scores, n);
    check_same_scores(&a->baseline, &b->baseline, n);
}

static void test_threads(void **state)
{
    static const size_t threads[] = {1, 2, 3, 8};
    static const struct {
        const char *path, *kernel;
        size_t epochs, patience;
    } cases[] = {
        {"data/iris.csv", "loops", 6, 0},           {"data/iris.csv", "blas", 6, 0},
        {"data/wheat_seeds.csv", "auto", 6, 2},     {"data/winequality_red.csv", "loops", 2, 0},
        {"data/winequality_red.csv", "blas", 2, 0},
    };
    (void)state;
    bp_blas_set_threads(1);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bp_dataset *data = read_table(cases[c].path);
        bp_train_options train = bp_train_defaults();
        bp_evaluation found[4][6];
        bp_error error;
        train.epochs = cases[c].epochs;
        train.patience = cases[c].patience;
        train.kernel = bp_kernel_find(cases[c].kernel, NULL);
        bp_cv_options options = {.folds = 3, .repeats = 2, .validation = 0.1, .seed = 5};
        for (size_t t = 0; t < 4; t++) {
            options.threads = threads[t];
            assert_ok(bp_cross_validate(data, NULL, &train, &options, found[t], &error), &error);
            for (size_t i = 0; t && i < 6; i++)
                check_same(&found[0][i], &found[t][i]);
        }
        assert_true(found[0][0].loss != found[0][1].loss);
        assert_true(found[0][0].loss != found[0][3].loss); /* another repeat */
        for (size_t t = 0; t < 4; t++)
            clear(found[t], 6);
        bp_dataset_destroy(data);
    }
}

/* ---- What a fold sees --------------------------------------------------------------------- */

enum { ROWS = 40, COLUMNS = 3, OUTLIER = 11, FOLDS = 4 };

/* y of two x, one row far outside. */
static bp_dataset *table_with_outlier(void)
{
    double values[ROWS][COLUMNS];
    bp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        values[i][0] = (double)(i * 7 % ROWS) / ROWS;
        values[i][1] = (double)(i * 11 % ROWS) / ROWS;
        values[i][2] = values[i][0] - 2 * values[i][1] + 0.5;
    }
    values[OUTLIER][0] = 1e6;
    values[OUTLIER][2] = -1e7;
    assert_ok(bp_dataset_from_array("rows", values[0], ROWS, COLUMNS, COLUMNS, &data, NULL), NULL);
    return data;
}

static double mean(const bp_dataset *data, size_t column)
{
    double sum = 0;
    for (size_t i = 0; i < bp_dataset_rows(data); i++)
        sum += bp_dataset_cell(data, i, column);
    return sum / (double)bp_dataset_rows(data);
}

/* What is answered without inputs is known from the training rows. */
static void check_baseline(const bp_evaluation *e, const bp_dataset *kept, const bp_dataset *tested)
{
    size_t c = bp_dataset_columns(kept) - 1, rows = bp_dataset_rows(tested);
    double answer = mean(kept, c), squares = 0;
    assert_int_equal(e->n_targets, 1);
    for (size_t i = 0; i < rows; i++)
        squares += pow(bp_dataset_cell(tested, i, c) - answer, 2);
    assert_close(e->baseline.rmse[0], sqrt(squares / (double)rows), 1e-12, 0);
}

/* One fold by hand. `leak`: scaling fitted to the whole table instead. */
static bp_evaluation by_hand(const bp_dataset *data, const bp_train_options *train, size_t f,
                             double validation, uint64_t seed, bool leak)
{
    size_t fold[ROWS];
    bp_dataset *kept = NULL, *tested = NULL, *fit = NULL, *held = NULL;
    bp_model_options how_made = bp_model_defaults();
    bp_train_options how = *train;
    bp_model *model = NULL;
    bp_evaluation found;
    bp_error error;
    how_made.seed = how.seed = seed;
    assert_ok(bp_model_create(data, &how_made, &model, &error), &error);
    assert_ok(bp_folds(data, &model->encoding, FOLDS, seed, fold, &error), &error);
    assert_ok(bp_split_fold(data, fold, f, &kept, &tested, &error), &error);
    if (validation > 0)
        assert_ok(bp_model_split(model, kept, validation, seed, &fit, &held, &error), &error);
    if (leak) {
        assert_ok(bp_encoding_scale(&model->encoding, model->scaling, true, data, &error), &error);
        model->scaling = NULL;
    }
    assert_ok(bp_model_train(model, fit ? fit : kept, held, &how, &error), &error);
    assert_ok(bp_model_evaluate_beside(model, NULL, 1, tested, kept, &found, &error), &error);
    check_baseline(&found, kept, tested);
    if (!leak)
        for (size_t c = 0; c < 2; c++)
            assert_close(model->encoding.inputs[c].shift, mean(fit ? fit : kept, c), 1e-12, 0);
    bp_model_destroy(model);
    bp_dataset_destroy(fit), bp_dataset_destroy(held);
    bp_dataset_destroy(kept), bp_dataset_destroy(tested);
    return found;
}

/* A fold is its training rows made to a model by hand, and that is another than one whose scaling
 * knows the test rows; so too with early stopping. */
static void test_no_leak(void **state)
{
    static const struct {
        double validation;
        size_t patience;
    } cases[] = {{0, 0}, {0.3, 0}, {0.3, 2}};
    bp_dataset *data = table_with_outlier();
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bp_train_options train = bp_train_defaults();
        bp_evaluation found[2 * FOLDS];
        bp_error error;
        train.epochs = 5;
        train.batch_size = 4;
        train.learning_rate = 0.05;
        train.patience = cases[c].patience;
        bp_cv_options options = {.folds = FOLDS,
                                 .repeats = 2,
                                 .validation = cases[c].validation,
                                 .seed = 3,
                                 .threads = 2};
        assert_ok(bp_cross_validate(data, NULL, &train, &options, found, &error), &error);
        for (size_t i = 0; i < 2 * FOLDS; i++) {
            bp_evaluation same =
                by_hand(data, &train, i % FOLDS, cases[c].validation, 3 + i / FOLDS, false);
            bp_evaluation leaky =
                by_hand(data, &train, i % FOLDS, cases[c].validation, 3 + i / FOLDS, true);
            check_same(&found[i], &same);
            assert_true(found[i].scores.rmse[0] != leaky.scores.rmse[0]);
            bp_evaluation_clear(&same);
            bp_evaluation_clear(&leaky);
        }
        clear(found, 2 * FOLDS);
    }
    bp_dataset_destroy(data);
}

/* A class of one row, and a category of one: the fold that tests them learns nothing of them, and
 * nothing fails. */
static void test_rare(void **state)
{
    static const char text[] = "1,u,a\n2,u,b\n3,v,a\n4,v,b\n5,w,a\n6,u,b\n7,v,c\n";
    char *path = make_file(text, strlen(text));
    bp_dataset *data = read_table(path);
    bp_train_options train = bp_train_defaults();
    bp_evaluation found[7];
    bp_error error;
    size_t rows = 0;
    (void)state;
    train.epochs = 3;
    for (size_t folds = 2; folds <= 7; folds++) {
        bp_cv_options options = {.folds = folds, .repeats = 1, .seed = 1, .threads = 1};
        assert_ok(bp_cross_validate(data, NULL, &train, &options, found, &error), &error);
        rows = 0;
        for (size_t i = 0; i < folds; i++) {
            assert_int_equal(found[i].n_classes, 3);
            rows += found[i].rows;
        }
        assert_int_equal(rows, 7);
        clear(found, folds);
    }
    bp_dataset_destroy(data);
    remove_file(path);
}

/* NULL options are the defaults. */
static void test_defaults(void **state)
{
    bp_dataset *data = table_with_outlier();
    bp_cv_options defaults = bp_cv_defaults();
    bp_model_options model = bp_model_defaults();
    bp_train_options train = bp_train_defaults();
    bp_evaluation found[2][5];
    bp_error error;
    (void)state;
    assert_true(defaults.folds == 5 && defaults.repeats == 1 && defaults.validation == 0);
    assert_true(defaults.seed == 1 && defaults.threads == 1 && !defaults.progress);
    model.seed = 77; /* those of the cross-validation count */
    train.seed = 78;
    assert_ok(bp_cross_validate(data, NULL, NULL, NULL, found[0], &error), &error);
    assert_ok(bp_cross_validate(data, &model, &train, &defaults, found[1], &error), &error);
    for (size_t i = 0; i < 5; i++)
        check_same(&found[0][i], &found[1][i]);
    clear(found[0], 5);
    clear(found[1], 5);
    bp_dataset_destroy(data);
}

/* ---- Errors ------------------------------------------------------------------------------- */

/* Column 0 has values in the rows of fold `a` alone and column 1 in those of `b`, so that the folds
 * a and b have none of them to be trained on. */
static bp_dataset *table_with_gaps(size_t a, size_t b)
{
    bp_dataset *whole = table_with_outlier(), *data = NULL;
    double values[ROWS][COLUMNS];
    size_t fold[ROWS];
    bp_encoding e;
    assert_ok(bp_encoding_decide(whole, NULL, BP_TASK_REGRESSION, &e, NULL), NULL);
    assert_ok(bp_folds(whole, &e, FOLDS, 1, fold, NULL), NULL);
    for (size_t i = 0; i < ROWS; i++) {
        bp_dataset_load(whole, i, 0, COLUMNS, values[i]);
        if (fold[i] != a)
            values[i][0] = NAN;
        if (fold[i] != b)
            values[i][1] = NAN;
    }
    assert_ok(bp_dataset_from_array("gaps", values[0], ROWS, COLUMNS, COLUMNS, &data, NULL), NULL);
    bp_encoding_clear(&e);
    bp_dataset_destroy(whole);
    return data;
}

/* The first fold that fails is named, whichever fails first, and nothing is written. */
static void test_failing_folds(void **state)
{
    static const struct {
        size_t a, b, repeats;
        const char *message;
    } cases[] = {
        {3, 1, 1, "fold 2: column 2: every value is missing; remove the column"},
        {1, 3, 1, "fold 2: column 1: every value is missing; remove the column"},
        {2, 3, 1, "fold 3: column 1: every value is missing; remove the column"},
        {2, 3, 3, "repeat 1, fold 3: column 1: every value is missing; remove the column"},
    };
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t threads = 1; threads <= 4; threads++) {
            bp_dataset *data = table_with_gaps(cases[c].a, cases[c].b);
            bp_model_options model = bp_model_defaults();
            bp_cv_options options = {
                .folds = FOLDS, .repeats = cases[c].repeats, .seed = 1, .threads = threads};
            bp_evaluation found[MOST_FOLDS], before[MOST_FOLDS];
            bp_error error;
            memset(found, 0x5a, sizeof found);
            memcpy(before, found, sizeof found);
            model.fill_missing = true;
            assert_int_equal(bp_cross_validate(data, &model, NULL, &options, found, &error),
                             BP_ERROR_FORMAT);
            assert_string_equal(error.message, cases[c].message);
            assert_string_equal(error.file, "gaps");
            assert_memory_equal(found, before, sizeof found);
            bp_dataset_destroy(data);
        }
}

static void test_divergence(void **state)
{
    bp_dataset *data = table_with_outlier();
    bp_train_options train = bp_train_defaults();
    bp_evaluation found[5];
    bp_error error;
    (void)state;
    train.optimizer = bp_optimizer_find("sgd", NULL);
    train.learning_rate = 1e200;
    assert_int_equal(bp_cross_validate(data, NULL, &train, NULL, found, &error), BP_ERROR_DIVERGED);
    assert_memory_equal(error.message, "fold 1: training diverged", 25);
    bp_dataset_destroy(data);
}

/* What is wrong with the table or the options is no fold's fault. */
static void test_refuses(void **state)
{
    static const struct {
        bp_cv_options options;
        const char *message;
    } cases[] = {
        {{1, 1, 0, 1, 1, NULL, NULL},
         "1 folds of 40 rows; take from 2 folds to as many as there are rows"},
        {{41, 1, 0, 1, 1, NULL, NULL},
         "41 folds of 40 rows; take from 2 folds to as many as there are rows"},
        {{5, 0, 0, 1, 1, NULL, NULL}, "0 repeats; take 1 or more"},
        {{5, 1, 1, 1, 1, NULL, NULL}, "validation is 1, not from 0 to below 1"},
        {{5, 1, -0.1, 1, 1, NULL, NULL}, "validation is -0.1, not from 0 to below 1"},
        {{5, 1, NAN, 1, 1, NULL, NULL}, "validation is nan, not from 0 to below 1"},
        {{5, 1, 0.001, 1, 1, NULL, NULL},
         "holding out 0.001 of 32 rows leaves a part empty"},
        {{5, SIZE_MAX, 0, 1, 1, NULL, NULL},
         "18446744073709551615 repeats of 5 folds are too many"},
    };
    bp_dataset *data = table_with_outlier();
    bp_evaluation found[5];
    bp_error error;
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        if (cases[c].options.repeats == SIZE_MAX && sizeof(size_t) != 8)
            continue;
        assert_true(bp_cross_validate(data, NULL, NULL, &cases[c].options, found, &error) != BP_OK);
        assert_string_equal(error.message, cases[c].message);
    }
    assert_int_equal(bp_cross_validate(NULL, NULL, NULL, NULL, found, &error), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_cross_validate(data, NULL, NULL, NULL, NULL, &error), BP_ERROR_ARGUMENT);
    bp_model_options model = {.target = "4"};
    assert_int_equal(bp_cross_validate(data, &model, NULL, NULL, found, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message,
                        "no column '4'; give a name from the header line or a number from 1 to 3");
    bp_dataset_destroy(data);
    static const double bad[] = {1, -1, 0, 2, 1, 1, 3, 1, 0, 4, 1, 1}; /* input, weight, class */
    assert_ok(bp_dataset_from_array("bad", bad, 4, 3, 3, &data, &error), &error);
    model = (bp_model_options){.weight_column = "2"};
    bp_cv_options folds = bp_cv_defaults();
    folds.folds = 2;
    assert_int_equal(bp_cross_validate(data, &model, NULL, &folds, found, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "column 2, row 1: the weight -1 is not a number from 0 up");
    bp_dataset_destroy(data);
}

/* ---- Progress ----------------------------------------------------------------------------- */

typedef struct watcher {
    bool inside; /* a call */
    bool wrong;  /* something was, on a thread that must not leave by longjmp() */
    size_t folds, epochs;
    size_t most_folds, most_epochs; /* the call of that number cancels; 0: none does */
} watcher;

static int on_epoch(const bp_progress *progress, void *user)
{
    watcher *w = user;
    w->wrong = w->wrong || w->inside || progress->epoch < 1 || progress->epoch > progress->epochs;
    w->inside = true;
    w->epochs++;
    w->inside = false;
    return w->epochs == w->most_epochs;
}

static int on_fold(const bp_cv_progress *p, void *user)
{
    watcher *w = user;
    bool in_order = p->repeat * 4 + p->fold == w->folds && p->repeats == 3 && p->folds == 4;
    w->wrong = w->wrong || w->inside || !in_order || p->evaluation->rows != ROWS / 4;
    w->inside = true;
    w->folds++;
    w->inside = false;
    return w->folds == w->most_folds;
}

static void test_progress(void **state)
{
    static const struct {
        size_t most_folds, most_epochs;
        const char *message; /* NULL: any */
    } cases[] = {
        {0, 0, NULL},
        {3, 0, "cross-validation was stopped after 3 of 12 folds"},
        {1, 0, "cross-validation was stopped after 1 of 12 folds"},
        {0, 1, "cross-validation was stopped after 0 of 12 folds"},
        {0, 30, NULL}, /* how many folds are done by then is up to the threads */
    };
    bp_dataset *data = table_with_outlier();
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t threads = 1; threads <= 3; threads++) {
            watcher w = {.most_folds = cases[c].most_folds, .most_epochs = cases[c].most_epochs};
            bp_train_options train = bp_train_defaults();
            bp_cv_options options = {.folds = 4,
                                     .repeats = 3,
                                     .seed = 1,
                                     .threads = threads,
                                     .progress = on_fold,
                                     .user = &w};
            bp_evaluation found[12];
            bp_error error;
            train.epochs = 10;
            train.progress = on_epoch;
            train.user = &w;
            bp_status status = bp_cross_validate(data, NULL, &train, &options, found, &error);
            assert_false(w.wrong);
            bool stops = cases[c].most_folds || cases[c].most_epochs;
            assert_int_equal(status, stops ? BP_ERROR_CANCELLED : BP_OK);
            if (cases[c].message)
                assert_string_equal(error.message, cases[c].message);
            if (cases[c].most_epochs) /* nothing is called after that */
                assert_int_equal(w.epochs, cases[c].most_epochs);
            if (cases[c].most_folds)
                assert_int_equal(w.folds, cases[c].most_folds);
            if (!stops) {
                assert_true(w.folds == 12 && w.epochs == 120);
                clear(found, 12);
            }
        }
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),       cmocka_unit_test(test_no_leak),
        cmocka_unit_test(test_rare),          cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_failing_folds), cmocka_unit_test(test_divergence),
        cmocka_unit_test(test_refuses),       cmocka_unit_test(test_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
