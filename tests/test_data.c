/* test_data.c: what an encoding decides about tables; its batches. */
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tables of arrays, and subsets -------------------------------------------------------- */

static void test_from_array_and_subset(void **state)
{
    static const double values[] = {1, 2, 99, 3, 4, 99, 5, 6, 99};
    static const size_t some[] = {2, 0, 2}, of_those[] = {1, 0}, beyond[] = {0, 3};
    bp_dataset *data = NULL, *part = NULL, *part_of_part = NULL;
    bp_error error;
    (void)state;
    assert_ok(bp_dataset_from_array("array", values, 3, 2, 3, &data, &error), &error);
    assert_ok(bp_dataset_subset(data, some, 3, &part, &error), &error);
    assert_ok(bp_dataset_subset(part, of_those, 2, &part_of_part, &error), &error);
    assert_string_equal(print_table(data).text, "(1|2)(3|4)(5|6)");
    assert_string_equal(print_table(part).text, "(5|6)(1|2)(5|6)");
    assert_string_equal(print_table(part_of_part).text, "(1|2)(5|6)");
    assert_string_equal(bp_dataset_name(part_of_part), "array");
    bp_dataset_destroy(part_of_part);
    part_of_part = NULL;
    assert_int_equal(bp_dataset_subset(data, beyond, 2, &part_of_part, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "row 3 of a table of 3 rows");
    assert_int_equal(bp_dataset_from_array("array", values, 3, 2, 1, &part_of_part, &error),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_dataset_from_array("array", values, 3, 0, 1, &part_of_part, &error),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(
        bp_dataset_from_array("array", values, SIZE_MAX / 2, 3, 3, &part_of_part, &error),
        BP_ERROR_SIZE);
    assert_null(part_of_part);
    bp_dataset_destroy(part);
    bp_dataset_destroy(data);
}

static void test_arrays_source(void **state)
{
    static const bp_real X[] = {1, 2, 99, 3, 4, 99}, T[] = {7, 8};
    static const size_t order[] = {9, 1, 0};
    const bp_arrays arrays = {2, 2, 1, X, 3, T, 1, NULL};
    bp_real A[8] = {0, 0, 55, 55, 0, 0, 55, 55}, targets[2] = {0};
    (void)state;
    bp_source source = bp_arrays_source(&arrays);
    source.fill(source.self, order, 1, 2, A, 4, targets, 1);
    static const bp_real expected[] = {3, 4, 55, 55, 1, 2, 55, 55};
    assert_memory_equal(A, expected, sizeof A);
    assert_true(targets[0] == 8 && targets[1] == 7);
    source.fill(source.self, NULL, 0, 2, NULL, 0, targets, 1);
    source.fill(source.self, NULL, 1, 1, A, 4, NULL, 0);
    assert_true(targets[0] == 7 && targets[1] == 8 && A[0] == 3);
}

/* ---- Deciding ----------------------------------------------------------------------------- */

static const struct {
    const char *text, *target;
    bp_task task;
    const char *expected;
} decisions[] = {
    /* which values of a target are classes */
    {"5,b\n5,a\n5,B\n", NULL, 0, "1 > 2 : B a b"},
    {"5,0\n5,1\n", NULL, 0, "1 > 2 : 0 1"},
    {"5,3\n5,1\n5,2\n5,2\n", NULL, 0, "1 > 2 : 1 2 3"},
    {"5,1\n5,-1\n", NULL, 0, "1 > 2 : -1 1"},
    {"5,100\n5,-7\n", NULL, 0, "1 > 2 : -7 100"},
    {"5,0\n5,\n5,1\n", NULL, 0, "1 > 2 : 0 1"},
    {"5,1.0\n5,1\n5,2e0\n", NULL, 0, "1 > 2 : 1 2"},
    {"5,3\n5,4\n5,5\n5,6\n5,7\n5,8\n", NULL, 0, "1 > 2"},
    {"5,-1\n5,0\n5,1\n", NULL, 0, "1 > 2"},
    {"5,0\n5,1\n5,21\n", NULL, 0, "1 > 2"},
    {"5,0.5\n5,1.5\n", NULL, 0, "1 > 2"},
    {"5,0\n5,1\n5,1.5\n", NULL, 0, "1 > 2"},
    {"5,1\n5,1\n", NULL, 0, "1 > 2"},
    {"5,?\n5,?\n", NULL, 0, "1 > 2"},
    /* the task asked for */
    {"5,0\n5,1\n", NULL, BP_TASK_REGRESSION, "1 > 2"},
    {"5,0.5\n5,1e16\n5,-1e-7\n", NULL, BP_TASK_CLASSIFICATION, "1 > 2 : -1e-07 0.5 1e+16"},
    {"5,9\n5,100\n5,10\n", NULL, BP_TASK_CLASSIFICATION, "1 > 2 : 9 10 100"},
    /* targets by name, by number, several */
    {"a,b,c\n1,2,3.5\n", "b", 0, "1 3 > 2"},
    {"a,b,c\n1,2,3.5\n", "c,a", 0, "2 > 3 1"},
    {"a,b,c\n1,2,3.5\n", "1", 0, "2 3 > 1"},
    {"1,2,3\n4,5,6\n", "3,1", 0, "2 > 3 1"},
    {"0,1,2\n1,0,2\n", "1,2", BP_TASK_REGRESSION, "3 > 1 2"},
    /* several targets of 0 and 1 are labels */
    {"0,1,2\n1,0,2\n", "1,2", 0, "3 > 1 2 labels"},
    {"0,1,2\n1,0,2\n", "2,1", BP_TASK_CLASSIFICATION, "3 > 2 1 labels"},
    {"5,0,1\n5,0,1\n", "2,3", 0, "1 > 2 3 labels"},
    {"5,0,1\n5,,1.0\n", "2,3", 0, "1 > 2 3 labels"},
    {"5,0,1\n5,1,2\n", "2,3", 0, "1 > 2 3"},
    {"5,0,1\n5,1,-1\n", "2,3", 0, "1 > 2 3"},
    {"5,0,0.5\n5,1,1\n", "2,3", 0, "1 > 2 3"},
    {"3,2,1\n5,6,7\n", "1", BP_TASK_REGRESSION, "2 3 > 1"},
    {"3,2,1\n5.5,6,7\n", "1", 0, "2 3 > 1"},
    {"a,a,b\n1,2,3.5\n", "2", 0, "1 3 > 2"},
    /* a text column becomes an input for each of its texts, in the alphabet's order */
    {"b,1,x,0\na,2,y,1\nb,3,x,1\nC,3,x,1\n", NULL, 0, "1=C 1=a 1=b 2 3=x 3=y > 4 : 0 1"},
    {"z,1\nz,0\n", NULL, 0, "1=z > 2 : 0 1"},
};

static void test_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
        bp_dataset *data = table_of(decisions[i].text);
        bp_encoding e;
        bp_error error;
        assert_ok(bp_encoding_decide(data, decisions[i].target, decisions[i].task, &e, &error),
                  &error);
        printed found = print_encoding(&e);
        assert_string_equal(found.text, decisions[i].expected);
        bp_encoding_clear(&e);
        bp_dataset_destroy(data);
    }
}

/* The most classes that are inferred, 20, from a column that counts from 0 or 1. */
static void test_decide_many(void **state)
{
    (void)state;
    for (size_t n = 19; n <= 22; n++)
        for (size_t from = 0; from < 2; from++) {
            double values[44];
            bp_dataset *data = NULL;
            bp_encoding e;
            for (size_t i = 0; i < n; i++)
                values[2 * i] = 5, values[2 * i + 1] = (double)(from + i);
            assert_ok(bp_dataset_from_array("counts", values, n, 2, 2, &data, NULL), NULL);
            assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, NULL), NULL);
            assert_int_equal(e.n_classes, n <= 20 ? n : 0);
            bp_encoding_clear(&e);
            bp_dataset_destroy(data);
        }
}

#define NO_LABELS                                                                                  \
    "is neither 0 nor 1, which every target of a classification with several must be; name one "   \
    "target, or, for numbers, ask for a regression"

static const struct {
    const char *text, *target;
    bp_task task;
    bp_status status;
    size_t line;
    const char *message;
} refused[] = {
    {"a,b\n1,2\n", "c", 0, BP_ERROR_ARGUMENT, 0,
     "no column 'c'; give a name from the header line or a number from 1 to 2"},
    {"1,2\n", "3", 0, BP_ERROR_ARGUMENT, 0,
     "no column '3'; give a name from the header line or a number from 1 to 2"},
    {"1,2\n", "0", 0, BP_ERROR_ARGUMENT, 0,
     "no column '0'; give a name from the header line or a number from 1 to 2"},
    {"1,2\n", "1,", 0, BP_ERROR_ARGUMENT, 0,
     "no column ''; give a name from the header line or a number from 1 to 2"},
    {"1,2\n", "", 0, BP_ERROR_ARGUMENT, 0,
     "no column ''; give a name from the header line or a number from 1 to 2"},
    {"1,2\n", "18446744073709551617", 0, BP_ERROR_ARGUMENT, 0,
     "no column '18446744073709551617'; give a name from the header line or a number from 1 to 2"},
    {"a,a\n1,2\n", "a", 0, BP_ERROR_ARGUMENT, 0,
     "2 columns are named 'a'; name it by its number, 1 to 2"},
    {"a,b\n1,2\n", "b,b", 0, BP_ERROR_ARGUMENT, 0, "column 2 (b) is a target twice"},
    {"a,b\n1,2\n", "b,2", 0, BP_ERROR_ARGUMENT, 0, "column 2 (b) is a target twice"},
    {"1,2,3\n", "1,2", BP_TASK_CLASSIFICATION, BP_ERROR_ARGUMENT, 0,
     "column 2, row 1: '2' " NO_LABELS},
    {"a,b,c\n1,0,0\n1,1,0\n1,1,0.5\n", "b,c", BP_TASK_CLASSIFICATION, BP_ERROR_ARGUMENT, 0,
     "column 3 (c), row 3: '0.5' " NO_LABELS},
    {"1,0,u\n1,1,v\n", "2,3", BP_TASK_CLASSIFICATION, BP_ERROR_ARGUMENT, 0,
     "column 3, row 1: 'u' " NO_LABELS},
    {"1,0,u\n1,1,v\n", "2,3", 0, BP_ERROR_FORMAT, 1,
     "column 3: 'u' is not a number, which the target of a regression must be"},
    {"5,x\n6,x\n", NULL, 0, BP_ERROR_FORMAT, 0,
     "column 2 has 1 class; a classification needs two or more"},
    {"5,1\n6,1\n", NULL, BP_TASK_CLASSIFICATION, BP_ERROR_FORMAT, 0,
     "column 2 has 1 class; a classification needs two or more"},
    {"a,b\n5,\n6,x\n7,y\n", NULL, BP_TASK_REGRESSION, BP_ERROR_FORMAT, 3,
     "column 2 (b): 'x' is not a number, which the target of a regression must be"},
    {"1,x\n2,y\n", "1,2", 0, BP_ERROR_FORMAT, 1,
     "column 2: 'x' is not a number, which the target of a regression must be"},
    {"1\n0\n", NULL, 0, BP_ERROR_FORMAT, 0,
     "no columns besides the target; there is nothing to learn from"},
    {"1.5,2\n", "1,2", 0, BP_ERROR_FORMAT, 0,
     "no columns besides the target; there is nothing to learn from"},
};

static void test_decide_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        bp_dataset *data = table_of(refused[i].text);
        bp_encoding e = {.table_columns = 77};
        bp_error error;
        bp_status status = bp_encoding_decide(data, refused[i].target, refused[i].task, &e, &error);
        assert_int_equal(status, refused[i].status);
        assert_string_equal(error.message, refused[i].message);
        assert_string_equal(error.file, bp_dataset_name(data));
        assert_int_equal(error.line, refused[i].line);
        assert_int_equal(e.table_columns, 77);
        bp_dataset_destroy(data);
    }
}

/* Names and keys are no categories, amounts are no classes. */
static void test_decide_too_many(void **state)
{
    bp_encoding e;
    bp_error error;
    (void)state;
    for (int most = 1000; most <= 1001; most++) {
        char *text = malloc(1001 * 20);
        size_t used = 0;
        assert_non_null(text);
        for (int i = 0; i < most; i++)
            used += (size_t)sprintf(text + used, "n%d,%d.5\n", i, i);
        bp_dataset *data = table_of(text);
        bp_status inputs = bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, &error);
        assert_int_equal(inputs, most > 1000 ? BP_ERROR_FORMAT : BP_OK);
        if (!inputs)
            bp_encoding_clear(&e);
        else
            assert_string_equal(error.message,
                                "column 1 has 1001 different texts, too many to be "
                                "categories; if it is a name or a key, --ignore leaves it "
                                "out");
        bp_status classes = bp_encoding_decide(data, NULL, BP_TASK_CLASSIFICATION, &e, &error);
        assert_int_equal(classes, inputs);
        if (!classes)
            bp_encoding_clear(&e);
        else
            assert_string_equal(error.message, "column 2 has more than 1000 different numbers, too "
                                               "many for classes; is it a regression?");
        bp_dataset_destroy(data);
        free(text);
    }
}

/* ---- Scaling ------------------------------------------------------------------------------ */

/* Columns: 1 2 3 4, constant, a text, a target 10 20 30 50; worked by hand. */
static const char numbers[] = "1,0.1,x,10\n2,0.1,y,20\n3,0.1,x,30\n4,0.1,x,50\n";

static void check_field(const bp_field *field, double shift, double scale)
{
    assert_close(field->shift, shift, 2e-15, 0);
    assert_close(field->scale, scale, 1e-15, 0);
}

static void test_scale(void **state)
{
    static const struct {
        const char *name;
        bool targets_too;
        double values[6]; /* shift and scale of column 1, of column 2, of the target */
    } cases[] = {
        {"standard", true, {2.5, 1.118033988749895, 0.1, 1, 27.5, 14.79019945774904}},
        {"standard", false, {2.5, 1.118033988749895, 0.1, 1, 0, 1}},
        {"minmax", true, {1, 3, 0.1, 1, 10, 40}},
        {"none", true, {0, 1, 0, 1, 0, 1}},
    };
    bp_dataset *data = table_of(numbers);
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, &error), &error);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *v = cases[i].values;
        const bp_scaling *scaling = bp_scaling_find(cases[i].name, &error);
        assert_ok(bp_encoding_scale(&e, scaling, cases[i].targets_too, data, &error), &error);
        check_field(&e.inputs[0], v[0], v[1]);
        check_field(&e.inputs[1], v[2], v[3]);
        check_field(&e.inputs[2], 0, 1); /* a category */
        check_field(&e.targets[0], v[4], v[5]);
    }
    assert_null(bp_scaling_find("log", &error));
    assert_string_equal(error.message, "unknown scaling 'log'; known: standard, minmax, none");
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* What rounding leaves of a constant column (ten times 0.1 is not 1) must not become its scale. */
static void test_scale_constant(void **state)
{
    double values[20];
    bp_dataset *data = NULL;
    bp_encoding e;
    (void)state;
    for (size_t i = 0; i < 10; i++)
        values[2 * i] = 0.1, values[2 * i + 1] = (double)i;
    assert_ok(bp_dataset_from_array("constant", values, 10, 2, 2, &data, NULL), NULL);
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, NULL), NULL);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(
            bp_encoding_scale(&e, bp_scaling_find(bp_scaling_name(i), NULL), true, data, NULL),
            NULL);
        check_field(&e.inputs[0], 0.1, 1);
    }
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* What differs by its rounding alone does not vary; what differs by more does. */
static void test_scale_rounded(void **state)
{
    static const struct {
        double values[3];
        bool varies;
    } cases[] = {
        {{0.3, 0.1 + 0.2, 0.3}, false}, {{1e15, 1e15, 1e15 + 0.125}, false},
        {{1e15, 1e15, 1e15 + 2}, true}, {{1e-300, 0, 1e-300}, true},
        {{-1, -1, -1 + 1e-12}, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t s = 0; s < 2; s++) {
            double values[6] = {0, 1, 0, 2, 0, 3};
            bp_dataset *data = NULL;
            bp_encoding e;
            for (size_t row = 0; row < 3; row++)
                values[2 * row] = cases[i].values[row];
            assert_ok(bp_dataset_from_array("rounded", values, 3, 2, 2, &data, NULL), NULL);
            assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, NULL), NULL);
            assert_ok(
                bp_encoding_scale(&e, bp_scaling_find(bp_scaling_name(s), NULL), true, data, NULL),
                NULL);
            assert_true((e.inputs[0].scale != 1) == cases[i].varies);
            bp_encoding_clear(&e);
            bp_dataset_destroy(data);
        }
}

/* Only the rows it is given count: those that are held out must not be known. */
static void test_scale_subset(void **state)
{
    static const size_t rows[] = {3, 1};
    bp_dataset *data = table_of(numbers), *part = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_dataset_subset(data, rows, 2, &part, &error), &error);
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, &error), &error);
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("standard", NULL), true, part, &error), &error);
    check_field(&e.inputs[0], 3, 1);
    check_field(&e.targets[0], 35, 15);
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("minmax", NULL), true, part, &error), &error);
    check_field(&e.inputs[0], 2, 2);
    check_field(&e.targets[0], 20, 30);
    bp_encoding_clear(&e);
    bp_dataset_destroy(part);
    bp_dataset_destroy(data);
}

/* A class is a name: it is never scaled. Sums that overflow are refused. */
static void test_scale_limits(void **state)
{
    bp_dataset *data = table_of("1e308,-1\n-1e308,1\n1e308,1\n");
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            bp_encoding_scale(&e, bp_scaling_find(bp_scaling_name(i), NULL), true, data, &error),
            BP_ERROR_FORMAT);
        assert_string_equal(error.message, "column 1 cannot be scaled: its numbers are too large "
                                           "for their mean, variance or range");
    }
    check_field(&e.inputs[0], 0, 1); /* as it was */
    e.inputs[0].column = 1;
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("standard", NULL), true, data, &error), &error);
    check_field(&e.targets[0], 0, 1);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* ---- Binding ------------------------------------------------------------------------------ */

/* Rows as the network gets them: inputs > targets; … */
static printed print_source(const bp_source *source, bool with_targets)
{
    printed to = {.used = 0};
    char number[BP_NUMBER_SIZE];
    bp_real A[16], T[16];
    for (size_t i = 0; i < source->rows; i++) {
        source->fill(source->self, NULL, i, 1, A, 16, T, 16);
        for (size_t j = 0; j < source->inputs; j++)
            put(&to, "%s%s", j ? " " : "", bp_print_real(A[j], number));
        for (size_t j = 0; with_targets && j < source->outputs; j++)
            put(&to, "%s%s", j ? " " : " > ", bp_print_real(T[j], number));
        put(&to, "; ");
    }
    return to;
}

/* An encoding made for one table is bound to another. */
typedef struct binding {
    const char *first, *target, *second;
    bool with_targets;
    size_t line;
    const char *expected; /* the rows, or the error's message */
} binding;

static bp_status bind_and_print(const binding *b, printed *found, bp_error *error)
{
    bp_dataset *first = table_of(b->first), *second = table_of(b->second);
    bp_bound *bound = (bp_bound *)found; /* must come through an error */
    bp_encoding e;
    assert_ok(bp_encoding_decide(first, b->target, BP_TASK_AUTO, &e, error), error);
    bp_dataset_destroy(first); /* no longer needed */
    bp_status status = bp_bind(&e, second, b->with_targets, &bound, error);
    if (!status) {
        bp_source source = bp_bound_source(bound);
        *found = print_source(&source, b->with_targets);
        bp_bound_destroy(bound);
    } else {
        assert_ptr_equal(bound, found);
        assert_string_equal(error->file, bp_dataset_name(second));
    }
    bp_encoding_clear(&e);
    bp_dataset_destroy(second);
    return status;
}

#define NAMED "a,t,y\n1.5,u,p\n2,v,q\n2,u,q\n"
#define PLAIN "1.5,u,p\n2,v,q\n2,u,q\n"

static const binding bindings[] = {
    {NAMED, NULL, NAMED, true, 0, "1.5 1 0 > 1 0; 2 0 1 > 0 1; 2 1 0 > 0 1; "},
    {NAMED, NULL, "y,t,a\nq,v,7\np,u,8\n", true, 0, "7 0 1 > 0 1; 8 1 0 > 1 0; "},
    {NAMED, NULL, "y,more,t,a\nq,?,v,7\n", true, 0, "7 0 1 > 0 1; "},
    {NAMED, NULL, "t,a\nv,7\n", false, 0, "7 0 1; "},
    {NAMED, NULL, "t,a,y\nv,7,new\n", false, 0, "7 0 1; "},
    {NAMED, NULL, "7,v,p\n", true, 0, "7 0 1 > 1 0; "},
    {NAMED, NULL, "7,v\n", false, 0, "7 0 1; "},
    {PLAIN, NULL, "x,z,w\n7,v,q\n", true, 0, "7 0 1 > 0 1; "},
    {PLAIN, NULL, "7,v\n8,u\n", false, 0, "7 0 1; 8 1 0; "},
    {PLAIN, "1", "7,v,q\n", true, 0, "0 1 0 1 > 7; "},
    {PLAIN, "1", "v,q\n", false, 0, "0 1 0 1; "},
    {PLAIN, "1", "?,v,q\n", false, 0, "0 1 0 1; "},
    {PLAIN, "2", "7,q\n", false, 0, "7 0 1; "},
    {"1,2,3,4\n5,6,7,9\n", "4,2", "1,2,3,4\n", true, 0, "1 3 > 4 2; "},
    {"1,2,3,4\n5,6,7,9\n", "4,2", "8,9\n", false, 0, "8 9; "},
    {"7,-1\n8,1\n", NULL, "3,1\n3,-1\n", true, 0, "3 > 0 1; 3 > 1 0; "},
    {"7,0.1\n8,-0.1\n", NULL, "3,0.1\n", true, 0, "3 > 0.1; "},
    {"1,0,1\n5,1,1\n", "3,2", "7,0,1\n8,1,0\n", true, 0, "7 > 1 0; 8 > 0 1; "},
    {"1,0,1\n5,1,1\n", "3,2", "7,9,?\n", false, 0, "7; "},
    /* names that do not tell columns apart are not used */
    {"a,a,y\n1,2,3.5\n5,6,4.5\n", NULL, "a,a,y\n1,2,3.5\n", true, 0, "1 2 > 3.5; "},
    {"a,a\n1,2.5\n3,4.5\n", "2", "a,a\n1,2.5\n", true, 0, "1 > 2.5; "},
};

static void test_bind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bindings / sizeof *bindings; i++) {
        printed found = {.used = 0};
        bp_error error;
        assert_ok(bind_and_print(&bindings[i], &found, &error), &error);
        assert_string_equal(found.text, bindings[i].expected);
    }
}

#define GONE      "the value is missing; complete it, or train with --missing mean"
#define NO_TARGET "the value is missing; complete it, or leave such rows out with --missing drop"

static const binding misfits[] = {
    {NAMED, NULL, "a,y\n7,p\n", true, 0,
     "no column 't', which the model needs; its header line begins with 'a'"},
    {NAMED, NULL, "a,t\n7,u\n", true, 0,
     "no column 'y', which the model needs; its header line begins with 'a'"},
    {NAMED, NULL, "A,t\n7,u\n", false, 0,
     "no column 'a', which the model needs; its header line begins with 'A'"},
    {NAMED, NULL, "a,t,a\n7,u,8\n", false, 0,
     "2 columns are named 'a', of which the model needs one"},
    {PLAIN, NULL, "7,u\n", true, 0,
     "2 columns, where the model was made for a table of 3, targets included"},
    {PLAIN, NULL, "7,u,p,1\n", true, 0,
     "4 columns, where the model was made for a table of 3, targets included"},
    {PLAIN, NULL, "7\n", false, 0, "1 columns, where the model takes 2, or 3 with the targets"},
    {NAMED, NULL, "7,u,p,1\n", false, 0,
     "4 columns, where the model takes 2, or 3 with the targets"},
    {NAMED, NULL, "a,t,y\n7,u,p\n?,u,p\n", true, 3, "column 1 (a): " GONE " or drop"},
    {NAMED, NULL, "a,t\n7,u\n\n7,\n", false, 4, "column 2 (t): " GONE},
    {PLAIN, NULL, "7,u,p\n7,u,?\n", true, 2, "column 3: " NO_TARGET},
    {PLAIN, "1", "7,u,p\n?,u,p\n", true, 2, "column 1: " NO_TARGET},
    {NAMED, NULL, "a,t,y\n7,u,p\n7,u,r\n", true, 3,
     "column 3 (y): 'r' is a class that the training data did not have"},
    {"1,0\n1,1\n", NULL, "1,1\n1,2\n", true, 0,
     "column 2, row 2: 2 is a class that the training data did not have"},
    {NAMED, NULL, "a,t\n7,u\n7,w\n", false, 3,
     "column 2 (t): 'w' is a category that the training data did not have"},
    {PLAIN, NULL, "u,u\nv,v\n", false, 1, "column 1: 'u' is not a number, which the model expects"},
    {PLAIN, NULL, "7,8\n", false, 1, "column 2 holds numbers, where the model expects text"},
    {PLAIN, NULL, "\n7,u,8\n", true, 2, "column 3 holds numbers, where the model expects text"},
    {"1,0,1\n5,1,1\n", "2,3", "7,1,0\n7,0,1\n8,0,2\n", true, 0,
     "column 3, row 3: 2 is neither 0 nor 1, which a label must be"},
    {"1,0,1\n5,1,1\n", "2,3", "7,1,0\n7,0.5,9\n", true, 0,
     "column 2, row 2: 0.5 is neither 0 nor 1, which a label must be"},
    {"1,0,1\n5,1,1\n", "2,3", "7,1,0\n7,0,\n", true, 2, "column 3: " NO_TARGET},
    {"1,0,1\n5,1,1\n", "2,3", "7,1,no\n", true, 1,
     "column 3: 'no' is not a number, which the model expects"},
    {"1,0\n1,1\n", NULL, "1,x\n1,y\n", true, 1,
     "column 2: 'x' is not a number, which the model expects"},
};

static void test_bind_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
        printed found;
        bp_error error;
        assert_int_equal(bind_and_print(&misfits[i], &found, &error), BP_ERROR_FORMAT);
        assert_string_equal(error.message, misfits[i].expected);
        assert_int_equal(error.line, misfits[i].line);
    }
}

/* Missing values in rows that a subset does not have do not matter to it. */
static void test_bind_subset(void **state)
{
    static const size_t with[] = {2, 1}, without[] = {2, 0}, later[] = {0, 3};
    bp_dataset *data = table_of("1,p\n?,q\n3,q\n?,p\n"), *part = NULL;
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_ok(bp_dataset_subset(data, with, 2, &part, &error), &error);
    assert_int_equal(bp_bind(&e, part, true, &bound, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "column 1: " GONE " or drop");
    assert_int_equal(error.line, 2);
    bp_dataset_destroy(part);
    assert_ok(bp_dataset_subset(data, later, 2, &part, &error), &error);
    assert_int_equal(bp_bind(&e, part, true, &bound, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "column 1, row 4: " GONE " or drop");
    assert_int_equal(error.line, 0);
    bp_dataset_destroy(part);
    assert_ok(bp_dataset_subset(data, without, 2, &part, &error), &error);
    assert_ok(bp_bind(&e, part, true, &bound, &error), &error);
    bp_source source = bp_bound_source(bound);
    assert_string_equal(print_source(&source, true).text, "3 > 0 1; 1 > 1 0; ");
    bp_bound_destroy(bound);
    bp_bound_destroy(NULL);
    bp_dataset_destroy(part);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* expected: "none missing" (encoding.h) holds for tables of arrays too */
static void test_bind_missing_in_array(void **state)
{
    static const double values[] = {1, 2.5, NAN, 3.5};
    bp_dataset *data = NULL;
    bp_bound *bound = NULL;
    bp_encoding e;
    (void)state;
    assert_ok(bp_dataset_from_array("array", values, 2, 2, 2, &data, NULL), NULL);
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, NULL), NULL);
    assert_int_equal(bp_bind(&e, data, true, &bound, NULL), BP_ERROR_FORMAT);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* Scaling finds columns as binding does. */
static void test_scale_by_name(void **state)
{
    bp_dataset *first = table_of("a,b,y\n1,100,3.5\n3,300,4.5\n");
    bp_dataset *second = table_of("b,a,y\n100,1,3.5\n300,3,4.5\n");
    bp_encoding e;
    (void)state;
    assert_ok(bp_encoding_decide(first, NULL, BP_TASK_AUTO, &e, NULL), NULL);
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("standard", NULL), true, second, NULL), NULL);
    check_field(&e.inputs[0], 2, 1);
    check_field(&e.inputs[1], 200, 100);
    bp_encoding_clear(&e);
    bp_dataset_destroy(first);
    bp_dataset_destroy(second);
}

/* With `fills`, a missing number enters as the mean of those there, scaled by them alone, and a
 * missing text as none of the categories; a missing target is still an error. */
static void test_fill_missing(void **state)
{
    bp_dataset *data = table_of("1,red,0.5\n?,blue,1.5\n3,?,2.5\n8,red,3.5\n");
    bp_dataset *no_target = table_of("1,red,0.5\n2,blue,?\n");
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_real A[4][3];
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, NULL), NULL);
    e.fills = true;
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("minmax", NULL), true, data, NULL), NULL);
    assert_same_bits(e.inputs[0].fill, 4);
    check_field(&e.inputs[0], 1, 7);
    assert_ok(bp_bind(&e, data, true, &bound, NULL), NULL);
    bp_source source = bp_bound_source(bound);
    source.fill(source.self, NULL, 0, 4, A[0], 3, NULL, 0);
    const bp_real expected[4][3] = {{0, 0, 1}, {3.0 / 7, 1, 0}, {2.0 / 7, 0, 0}, {1, 0, 1}};
    for (size_t i = 0; i < 12; i++)
        assert_same_bits(A[i / 3][i % 3], expected[i / 3][i % 3]);
    bp_bound_destroy(bound);
    assert_int_equal(bp_bind(&e, no_target, true, &bound, NULL), BP_ERROR_FORMAT);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
    bp_dataset_destroy(no_target);
}

/* Rows in a given order, scaled, into padded matrices; A or T left out. */
static void test_fill(void **state)
{
    static const size_t order[] = {9, 3, 0};
    bp_dataset *data = table_of(numbers);
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    bp_real A[2 * 6], T[2 * 2];
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, &error), &error);
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("minmax", NULL), true, data, &error), &error);
    assert_ok(bp_bind(&e, data, true, &bound, &error), &error);
    bp_source source = bp_bound_source(bound);
    assert_true(source.rows == 4 && source.inputs == 4 && source.outputs == 1);
    for (size_t i = 0; i < 12; i++)
        A[i] = T[i % 4] = 55;
    source.fill(source.self, order, 1, 2, A, 6, T, 2); /* rows 3 and 0 */
    static const bp_real expected[] = {1, 0, 1, 0, 55, 55, 0, 0, 1, 0, 55, 55};
    assert_memory_equal(A, expected, sizeof A);
    assert_true(T[0] == 1 && T[1] == 55 && T[2] == 0 && T[3] == 55);
    source.fill(source.self, NULL, 1, 2, NULL, 0, T, 2);
    assert_true(T[0] == 0.25 && T[1] == 55 && T[2] == 0.5 && T[3] == 55);
    source.fill(source.self, NULL, 1, 1, A, 6, NULL, 0);
    assert_true(A[0] == (bp_real)(1.0 / 3) && A[3] == 1 && A[4] == 55 && A[6] == 0);
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_array_and_subset),
        cmocka_unit_test(test_arrays_source),
        cmocka_unit_test(test_decide),
        cmocka_unit_test(test_decide_many),
        cmocka_unit_test(test_decide_refuses),
        cmocka_unit_test(test_decide_too_many),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_scale_constant),
        cmocka_unit_test(test_scale_rounded),
        cmocka_unit_test(test_scale_subset),
        cmocka_unit_test(test_scale_limits),
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_bind_refuses),
        cmocka_unit_test(test_bind_subset),
        cmocka_unit_test(test_bind_missing_in_array),
        cmocka_unit_test(test_scale_by_name),
        cmocka_unit_test(test_fill_missing),
        cmocka_unit_test(test_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
