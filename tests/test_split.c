/* test_split.c: rows held out, and the folds of a cross-validation. */
#include "tables.h"

#include "data/split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Splitting ---------------------------------------------------------------------------- */

enum { ROWS = 60 }; /* of class 0: 36, of class 1: 23, of class 2: one, mixed */

static bp_dataset *numbered_rows(bp_encoding *e, bp_task task)
{
    double values[2 * ROWS];
    bp_dataset *data = NULL;
    for (size_t i = 0; i < ROWS; i++) {
        values[2 * i] = (double)i;
        values[2 * i + 1] = i == 7 ? 2 : i % 5 < 3 ? 0 : 1;
    }
    values[2 * 8 + 1] = 0; /* row 7 was one of class 0 */
    assert_ok(bp_dataset_from_array("rows", values, ROWS, 2, 2, &data, NULL), NULL);
    assert_ok(bp_encoding_decide(data, NULL, task, e, NULL), NULL);
    return data;
}

/* Both parts in the table's order, together all of its rows; counts[class] of those held out. */
static void check_parts(const bp_dataset *kept, const bp_dataset *held, size_t counts[3])
{
    bool seen[ROWS] = {false};
    const bp_dataset *parts[2] = {kept, held};
    counts[0] = counts[1] = counts[2] = 0;
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < bp_dataset_rows(parts[p]); i++) {
            double row[2];
            bp_dataset_load(parts[p], i, 0, 2, row);
            assert_true(i == 0 || row[0] > bp_dataset_cell(parts[p], i - 1, 0));
            assert_false(seen[(size_t)row[0]]);
            seen[(size_t)row[0]] = true;
            counts[(size_t)row[1]] += p;
        }
    assert_int_equal(bp_dataset_rows(kept) + bp_dataset_rows(held), ROWS);
}

static void test_split(void **state)
{
    static const struct {
        double fraction;
        size_t counts[3]; /* rounded; a class keeps a row */
        size_t rows;      /* of a regression */
    } cases[] = {
        {0.1, {4, 2, 0}, 6},     {0.25, {9, 6, 0}, 15}, {0.5, {18, 12, 0}, 30},
        {0.99, {35, 22, 0}, 59}, {0.02, {1, 0, 0}, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int task = BP_TASK_CLASSIFICATION; task <= BP_TASK_REGRESSION; task++) {
            size_t counts[3];
            bp_encoding e;
            bp_error error;
            bp_dataset *data = numbered_rows(&e, (bp_task)task), *kept, *held;
            assert_ok(bp_split(data, &e, cases[i].fraction, 1, &kept, &held, &error), &error);
            check_parts(kept, held, counts);
            if (task == BP_TASK_CLASSIFICATION)
                assert_memory_equal(counts, cases[i].counts, sizeof counts);
            else
                assert_int_equal(bp_dataset_rows(held), cases[i].rows);
            bp_dataset_destroy(kept);
            bp_dataset_destroy(held);
            bp_encoding_clear(&e);
            bp_dataset_destroy(data);
        }
}

/* Rows of their number and a class; the encoding is the caller's to clear, too. */
static bp_dataset *rows_of_classes(size_t n, const double *classes, bp_encoding *e)
{
    double values[100 * 2];
    bp_dataset *data = NULL;
    bp_error error;
    assert_true(n <= 100);
    for (size_t i = 0; i < n; i++)
        values[2 * i] = (double)i, values[2 * i + 1] = classes[i];
    assert_ok(bp_dataset_from_array("classes", values, n, 2, 2, &data, &error), &error);
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_CLASSIFICATION, e, &error), &error);
    return data;
}

/* Of classes too small to give a share of a row each, the share of all rows, of some classes. */
static void test_split_small_classes(void **state)
{
    (void)state;
    double classes[40];
    bp_dataset *kept, *held;
    bp_encoding e;
    bp_error error;
    for (size_t i = 0; i < 40; i++)
        classes[i] = (double)(i % 20);
    bp_dataset *data = rows_of_classes(40, classes, &e);
    for (int tenths = 1; tenths < 5; tenths++) {
        size_t of_class[20] = {0};
        assert_ok(bp_split(data, &e, tenths / 10.0, 1, &kept, &held, &error), &error);
        assert_int_equal(bp_dataset_rows(held), 4 * tenths);
        for (size_t i = 0; i < bp_dataset_rows(held); i++)
            assert_int_equal(of_class[(size_t)bp_dataset_cell(held, i, 1)]++, 0);
        bp_dataset_destroy(kept), bp_dataset_destroy(held);
    }
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* The row that a class keeps for itself another one gives. */
static void test_split_kept_rows(void **state)
{
    (void)state;
    double classes[22];
    bp_dataset *kept, *held;
    bp_encoding e;
    bp_error error;
    for (size_t i = 0; i < 22; i++)
        classes[i] = i >= 2;
    bp_dataset *data = rows_of_classes(22, classes, &e);
    assert_ok(bp_split(data, &e, 0.8, 1, &kept, &held, &error), &error);
    assert_int_equal(bp_dataset_rows(held), 18); /* 1 of 2, 17 of 20 */
    bp_dataset_destroy(kept), bp_dataset_destroy(held);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* Classes of one row cannot give it, and take nothing from the share of the others. */
static void test_split_lone_classes(void **state)
{
    (void)state;
    double classes[100];
    bp_dataset *kept, *held;
    bp_encoding e;
    bp_error error;
    for (size_t i = 0; i < 100; i++)
        classes[i] = i < 50 ? (double)i : 50;
    for (size_t rows = 53; rows <= 100; rows += 47) {
        bp_dataset *data = rows_of_classes(rows, classes, &e);
        assert_ok(bp_split(data, &e, 0.25, 1, &kept, &held, &error), &error);
        assert_int_equal(bp_dataset_rows(held), rows == 53 ? 1 : 13); /* of 3 and of 50 */
        for (size_t i = 0; i < bp_dataset_rows(held); i++)
            assert_true(bp_dataset_cell(held, i, 1) == 50);
        bp_dataset_destroy(kept), bp_dataset_destroy(held);
        bp_encoding_clear(&e);
        bp_dataset_destroy(data);
    }
}

static void test_split_seeds(void **state)
{
    static const uint64_t seeds[] = {1, 1, 2};
    printed found[3];
    bp_encoding e;
    bp_dataset *data = numbered_rows(&e, BP_TASK_AUTO), *kept, *held;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_ok(bp_split(data, &e, 0.5, seeds[i], &kept, &held, NULL), NULL);
        found[i] = print_table(held);
        bp_dataset_destroy(kept);
        bp_dataset_destroy(held);
    }
    assert_string_equal(found[0].text, found[1].text);
    assert_string_not_equal(found[0].text, found[2].text);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

static void test_split_refuses(void **state)
{
    bp_dataset *data = table_of("1,p\n2,q\n3,r\n"), *kept = NULL, *held = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_int_equal(bp_split(data, &e, 0.5, 1, &kept, &held, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "holding out 0.5 of 3 rows leaves a part empty");
    bp_encoding_clear(&e);
    assert_ok(bp_encoding_decide(data, "1", BP_TASK_REGRESSION, &e, &error), &error);
    assert_int_equal(bp_split(data, &e, 0.1, 1, &kept, &held, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "holding out 0.1 of 3 rows leaves a part empty");
    assert_true(kept == NULL && held == NULL);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* ---- Folds -------------------------------------------------------------------------------- */

/* The most and the fewest of the numbers may differ by 1. */
static void check_even(const size_t *counts, size_t n)
{
    size_t least = counts[0], most = counts[0];
    for (size_t i = 1; i < n; i++) {
        least = counts[i] < least ? counts[i] : least;
        most = counts[i] > most ? counts[i] : most;
    }
    assert_true(most - least <= 1);
}

/* The folds are even, and so is every class of those below `classes` (0: no classes). */
static void check_folds(const bp_dataset *data, size_t column, size_t classes, const size_t *fold,
                        size_t k)
{
    size_t *counts = test_calloc((classes + 1) * k, sizeof *counts);
    for (size_t i = 0; i < bp_dataset_rows(data); i++) {
        assert_true(fold[i] < k);
        counts[classes * k + fold[i]]++;
        if (classes)
            counts[(size_t)bp_dataset_cell(data, i, column) * k + fold[i]]++;
    }
    for (size_t class = 0; class <= classes; class ++)
        check_even(counts + class * k, k);
    test_free(counts);
}

static void test_folds(void **state)
{
    static const struct {
        const char *path;
        bp_task task;
        size_t classes;
    } cases[] = {
        {"data/iris.csv", BP_TASK_AUTO, 3},
        {"data/wheat_seeds.csv", BP_TASK_CLASSIFICATION, 4},     /* numbered from 1 */
        {"data/winequality_red.csv", BP_TASK_CLASSIFICATION, 9}, /* 3 to 8, uneven */
        {"data/winequality_red.csv", BP_TASK_REGRESSION, 0},
    };
    static const size_t ks[] = {2, 3, 5, 7, 10, 150};
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        bp_encoding e;
        bp_error error;
        bp_dataset *data = NULL;
        assert_ok(bp_dataset_read(cases[c].path, NULL, &data, &error), &error);
        assert_ok(bp_encoding_decide(data, NULL, cases[c].task, &e, &error), &error);
        size_t *fold = test_calloc(bp_dataset_rows(data), sizeof *fold);
        for (size_t k = 0; k < sizeof ks / sizeof *ks; k++)
            for (uint64_t seed = 1; seed <= 3; seed++) {
                assert_ok(bp_folds(data, &e, ks[k], seed, fold, &error), &error);
                check_folds(data, e.targets[0].column, cases[c].classes, fold, ks[k]);
            }
        test_free(fold);
        bp_encoding_clear(&e);
        bp_dataset_destroy(data);
    }
}

/* Two rows of a class lie in two folds, so that each is trained on without the other. */
static void test_folds_of_few(void **state)
{
    bp_dataset *data = table_of("1,p\n2,q\n3,p\n4,r\n5,q\n6,q\n7,q\n");
    bp_encoding e;
    bp_error error;
    size_t fold[7];
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
    for (size_t k = 2; k <= 7; k++)
        for (uint64_t seed = 0; seed < 20; seed++) {
            assert_ok(bp_folds(data, &e, k, seed, fold, &error), &error);
            check_folds(data, 1, 3, fold, k);
            assert_true(fold[0] != fold[2]);
            assert_true(fold[1] != fold[4] || fold[4] != fold[5] || fold[5] != fold[6]);
        }
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

static void test_folds_seeds(void **state)
{
    static const uint64_t seeds[] = {1, 1, 2};
    size_t found[3][ROWS];
    bp_encoding e;
    (void)state;
    for (int task = BP_TASK_CLASSIFICATION; task <= BP_TASK_REGRESSION; task++) {
        bp_dataset *data = numbered_rows(&e, (bp_task)task);
        for (size_t i = 0; i < 3; i++)
            assert_ok(bp_folds(data, &e, 4, seeds[i], found[i], NULL), NULL);
        assert_memory_equal(found[0], found[1], sizeof *found);
        assert_memory_not_equal(found[0], found[2], sizeof *found);
        bp_encoding_clear(&e);
        bp_dataset_destroy(data);
    }
}

static void test_split_fold(void **state)
{
    size_t fold[ROWS], counts[3], all[3] = {0, 0, 0};
    bp_encoding e;
    bp_dataset *data = numbered_rows(&e, BP_TASK_AUTO), *kept, *held;
    (void)state;
    assert_ok(bp_folds(data, &e, 4, 1, fold, NULL), NULL);
    for (size_t f = 0; f < 4; f++) {
        assert_ok(bp_split_fold(data, fold, f, &kept, &held, NULL), NULL);
        check_parts(kept, held, counts);
        assert_int_equal(bp_dataset_rows(held), ROWS / 4);
        for (size_t i = 0; i < bp_dataset_rows(held); i++)
            assert_int_equal(fold[(size_t)bp_dataset_cell(held, i, 0)], f);
        for (size_t class = 0; class < 3; class ++)
            all[class] += counts[class];
        bp_dataset_destroy(kept);
        bp_dataset_destroy(held);
    }
    assert_true(all[0] == 36 && all[1] == 23 && all[2] == 1);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

static void test_folds_refuses(void **state)
{
    static const struct {
        size_t k;
        const char *message;
    } cases[] = {
        {0, "0 folds of 60 rows; take from 2 folds to as many as there are rows"},
        {1, "1 folds of 60 rows; take from 2 folds to as many as there are rows"},
        {61, "61 folds of 60 rows; take from 2 folds to as many as there are rows"},
    };
    size_t fold[ROWS];
    bp_encoding e;
    bp_error error;
    bp_dataset *data = numbered_rows(&e, BP_TASK_AUTO);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bp_folds(data, &e, cases[i].k, 1, fold, &error), BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, cases[i].message);
    }
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),           cmocka_unit_test(test_split_small_classes),
        cmocka_unit_test(test_split_kept_rows), cmocka_unit_test(test_split_lone_classes),
        cmocka_unit_test(test_split_seeds),     cmocka_unit_test(test_split_refuses),
        cmocka_unit_test(test_folds),           cmocka_unit_test(test_folds_of_few),
        cmocka_unit_test(test_folds_seeds),     cmocka_unit_test(test_split_fold),
        cmocka_unit_test(test_folds_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
