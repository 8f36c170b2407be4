/* test_weights.c: how much rows count in training: what the source of a bound table carries. */
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* An encoding of the first table with weights by a column, by class, or both (NULL: none),
 * bound to a second. */
typedef struct weighting {
    const char *first, *column, *classes, *second, *expected;
    bp_binding binding;
    size_t line;
} weighting;

static bp_status make_encoding(const weighting *w, bp_encoding *e, bp_error *error)
{
    bp_dataset *data = table_of(w->first);
    bool balances = w->classes && strcmp(w->classes, "balanced") == 0;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, e, error), error);
    bp_status status = BP_OK;
    if (w->column)
        status = bp_encoding_weigh_rows(e, data, w->column, error);
    if (!status && w->classes)
        status = balances ? bp_encoding_balance(e, data, error)
                          : bp_encoding_weigh_classes(e, w->classes, error);
    bp_dataset_destroy(data);
    return status;
}

/* The rows' inputs, and their weights if they have any: 1 2 *0.5; … */
static printed print_weights(const bp_source *source)
{
    printed to = {.used = 0};
    char number[BP_NUMBER_SIZE];
    bp_real A[16];
    for (size_t i = 0; i < source->rows; i++) {
        source->fill(source->self, NULL, i, 1, A, 16, NULL, 0);
        for (size_t j = 0; j < source->inputs; j++)
            put(&to, "%s%s", j ? " " : "", bp_print_real(A[j], number));
        if (source->weights)
            put(&to, " *%s", bp_print_number(source->weights[i], number));
        put(&to, "; ");
    }
    return to;
}

static bp_status bind_and_print(const weighting *w, printed *found, bp_error *error)
{
    bp_dataset *second = table_of(w->second);
    bp_bound *bound = NULL;
    bp_encoding e;
    assert_ok(make_encoding(w, &e, error), error);
    bp_status status = bp_bind(&e, second, w->binding, &bound, error);
    if (!status) {
        bp_source source = bp_bound_source(bound);
        *found = print_weights(&source);
    } else {
        assert_null(bound);
        assert_string_equal(error->file, bp_dataset_name(second));
    }
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(second);
    return status;
}

/* Weights 3 1 2 and classes p q q: balanced, of 3 rows, 3 / (2·1) and 3 / (2·2) */
#define NAMED "a,w,y\n5,3,p\n6,1,q\n7,2,q\n"
#define PLAIN "5,3,p\n6,1,q\n7,2,q\n"
#define APART "3,5,p\n1,6,q\n2,7,q\n"

static const weighting weightings[] = {
    {NAMED, NULL, NULL, NAMED, "5 3; 6 1; 7 2; ", BP_BIND_TRAINING, 0},
    {NAMED, "w", NULL, NAMED, "5 *3; 6 *1; 7 *2; ", BP_BIND_TRAINING, 0},
    {NAMED, "2", NULL, NAMED, "5 *3; 6 *1; 7 *2; ", BP_BIND_TRAINING, 0},
    {NAMED, "w", NULL, "y,more,w,a\nq,1,0.5,7\np,1,0,8\n", "7 *0.5; 8 *0; ", BP_BIND_TRAINING, 0},
    {NAMED, "w", NULL, "7,0.5,p\n", "7 *0.5; ", BP_BIND_TRAINING, 0},
    {PLAIN, "1", NULL, PLAIN, "3 *5; 1 *6; 2 *7; ", BP_BIND_TRAINING, 0},
    {NAMED, NULL, "p=4", NAMED, "5 3 *4; 6 1 *1; 7 2 *1; ", BP_BIND_TRAINING, 0},
    {NAMED, NULL, "q=0.5,p=2e1", NAMED, "5 3 *20; 6 1 *0.5; 7 2 *0.5; ", BP_BIND_TRAINING, 0},
    {NAMED, NULL, "balanced", NAMED, "5 3 *1.5; 6 1 *0.75; 7 2 *0.75; ", BP_BIND_TRAINING, 0},
    {NAMED, "w", "balanced", NAMED, "5 *4.5; 6 *0.75; 7 *1.5; ", BP_BIND_TRAINING, 0},
    /* balanced by the first table, used on the second */
    {NAMED, "w", "balanced", "a,w,y\n1,2,q\n2,2,p\n", "1 *1.5; 2 *3; ", BP_BIND_TRAINING, 0},
    {"1,0\n2,1\n3,1\n4,1\n5,1\n", NULL, "balanced", "7,0\n8,1\n", "7 *2.5; 8 *0.625; ",
     BP_BIND_TRAINING, 0},
    /* names may hold =; numbers are classes by their text */
    {"1,a=b\n2,a\n", NULL, "a=b=3,a=2", "1,a\n2,a=b\n", "1 *2; 2 *3; ", BP_BIND_TRAINING, 0},
    {"1,0\n2,1\n", NULL, "1=7", "1,0\n2,1\n", "1 *1; 2 *7; ", BP_BIND_TRAINING, 0},
    /* only training takes weights; the column may be absent elsewhere, or hold anything */
    {NAMED, "w", "balanced", NAMED, "5; 6; 7; ", BP_BIND_TARGETS, 0},
    {NAMED, "w", NULL, "a,y\n8,p\n", "8; ", BP_BIND_TARGETS, 0},
    {NAMED, "w", NULL, "w,a,y\nmuch,8,p\n", "8; ", BP_BIND_TARGETS, 0},
    {NAMED, "w", NULL, "a\n8\n", "8; ", BP_BIND_INPUTS, 0},
    {PLAIN, "2", NULL, "8,?,p\n", "8; ", BP_BIND_TARGETS, 0},
    {PLAIN, "2", NULL, "8,p\n", "8; ", BP_BIND_TARGETS, 0},
    {PLAIN, "2", NULL, "8,0,p\n", "8; ", BP_BIND_INPUTS, 0},
    {PLAIN, "2", NULL, "8,p\n", "8; ", BP_BIND_INPUTS, 0},
    {PLAIN, "2", NULL, "8,0\n", "8; ", BP_BIND_INPUTS, 0}, /* the target absent: all the same */
    {PLAIN, "2", NULL, "8\n", "8; ", BP_BIND_INPUTS, 0},
    {APART, "1", NULL, "8,p\n", "8; ", BP_BIND_TARGETS, 0},
    {APART, "1", NULL, "8\n", "8; ", BP_BIND_INPUTS, 0},
    {APART, "1", NULL, "0,8,p\n", "8; ", BP_BIND_INPUTS, 0},
};

static void test_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof weightings / sizeof *weightings; i++) {
        printed found = {.used = 0};
        bp_error error;
        assert_ok(bind_and_print(&weightings[i], &found, &error), &error);
        assert_string_equal(found.text, weightings[i].expected);
    }
}

#define NO_WEIGHT "no column 'w', which the model needs; its header line begins with 'a'"

static const weighting misfits[] = {
    {NAMED, "w", NULL, "a,y\n7,p\n", NO_WEIGHT, BP_BIND_TRAINING, 0},
    {NAMED, "w", NULL, "a,w,y\n7,-1,p\n",
     "column 2 (w), row 1: the weight -1 is not a number from 0 up", BP_BIND_TRAINING, 0},
    {NAMED, "w", NULL, "a,w,y\n7,1,p\n8,?,p\n",
     "column 2 (w): the weight is missing; complete it, or train with --missing drop",
     BP_BIND_TRAINING, 3},
    {NAMED, "w", NULL, "a,w,y\n7,much,p\n",
     "column 2 (w): 'much' is not a number, which a weight must be", BP_BIND_TRAINING, 2},
    {NAMED, "w", "balanced", "a,w,y\n7,0,p\n8,-0,q\n",
     "the weights of all rows are 0, so that none counts", BP_BIND_TRAINING, 0},
    {NAMED, "w", NULL, "a,w,y\n7,1e308,p\n8,1e308,q\n",
     "the weights of the rows are too large to be added", BP_BIND_TRAINING, 0},
    {PLAIN, "2", NULL, "7,p\n",
     "2 columns, where the model was made for a table of 3, targets included, and weights",
     BP_BIND_TRAINING, 0},
    {PLAIN, "2", NULL, "7\n",
     "1 columns, where the model was made for a table of 3, targets included; the weights alone "
     "may be left out",
     BP_BIND_TARGETS, 0},
    /* the weights absent, or the target? */
    {APART, "1", NULL, "8,p\n",
     "2 columns, where the model takes 1, or 3 with the targets and the weights", BP_BIND_INPUTS,
     0},
};

static void test_weights_refused(void **state)
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

#define CLASS_LIST "expected none, balanced, or a list such as a=1,b=2.5"

/* What cannot be a weighting of the first table. */
static const struct {
    weighting w;
    bp_status status;
} refused[] = {
    {{NAMED, "v", NULL, NULL,
      "no column 'v'; give a name from the header line or a number from 1 to 3", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, "4", NULL, NULL,
      "no column '4'; give a name from the header line or a number from 1 to 3", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, "", NULL, NULL,
      "no column ''; give a name from the header line or a number from 1 to 3", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, "y", NULL, NULL,
      "column 3 (y) is a target; the weights of the rows need a column of their own", 0, 0},
     BP_ERROR_ARGUMENT},
    {{"u,1,p\nv,2,q\n", "1", NULL, NULL, "column 1: 'u' is not a number, which a weight must be",
      0, 1},
     BP_ERROR_FORMAT},
    {{"1,p\n2,q\n", "1", NULL, NULL,
      "no columns besides the target and the weights; there is nothing to learn from", 0, 0},
     BP_ERROR_FORMAT},
    {{"1,2.5\n2,3.5\n", NULL, "balanced", NULL,
      "class weights are for a classification by one column; this model answers with numbers", 0,
      0},
     BP_ERROR_ARGUMENT},
    {{"1,2.5\n2,3.5\n", NULL, "2.5=1", NULL,
      "class weights are for a classification by one column; this model answers with numbers", 0,
      0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "r=1", NULL, "no class 'r' to weigh; the classes are p, q", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "=1", NULL, "no class '' to weigh; the classes are p, q", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=1,p=1", NULL, "class weight 'p=1': this class has one already", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p", NULL, "class weight 'p': " CLASS_LIST, 0, 0}, BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "", NULL, "class weight '': " CLASS_LIST, 0, 0}, BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=1,", NULL, "class weight '': " CLASS_LIST, 0, 0}, BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=0", NULL, "class weight 'p=0': the weight is not a number above 0", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=-1", NULL, "class weight 'p=-1': the weight is not a number above 0", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=", NULL, "class weight 'p=': the weight is not a number above 0", 0, 0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=inf", NULL, "class weight 'p=inf': the weight is not a number above 0", 0,
      0},
     BP_ERROR_ARGUMENT},
    {{NAMED, NULL, "p=1,q=x", NULL, "class weight 'q=x': the weight is not a number above 0", 0,
      0},
     BP_ERROR_ARGUMENT},
};

static void test_encoding_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        bp_encoding e;
        bp_error error;
        assert_int_equal(make_encoding(&refused[i].w, &e, &error), refused[i].status);
        assert_string_equal(error.message, refused[i].w.expected);
        assert_int_equal(error.line, refused[i].w.line);
        bp_encoding_clear(&e);
    }
}

/* Rows of a subset have their own weights; classes are balanced in it alone, and one that it does
 * not have takes no part. */
static void test_weights_of_subset(void **state)
{
    static const size_t index[] = {3, 0, 1};
    bp_dataset *data = table_of("5,3,p\n6,1,q\n7,2,r\n8,4,q\n"), *part = NULL;
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_ok(bp_encoding_weigh_rows(&e, data, "2", &error), &error);
    assert_ok(bp_dataset_subset(data, index, 3, &part, &error), &error);
    assert_ok(bp_encoding_weigh_classes(&e, "p=9", &error), &error);
    assert_ok(bp_encoding_balance(&e, part, &error), &error); /* instead */
    assert_ok(bp_bind(&e, part, BP_BIND_TRAINING, &bound, &error), &error);
    bp_source source = bp_bound_source(bound);
    assert_string_equal(print_weights(&source).text, "8 *3; 5 *4.5; 6 *0.75; ");
    assert_true(e.class_weights[2] == 1);
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(part);
    bp_dataset_destroy(data);
}

/* The weight column may lie beside several targets, or between them: the width tells what a table
 * lacks. */
static void test_weight_among_targets(void **state)
{
    static const struct {
        const char *text;
        bp_binding binding;
        const char *expected;
    } cases[] = {
        {"2.5,7,3,3.5\n", BP_BIND_TRAINING, "7 *3; "},
        {"2.5,7,3.5\n", BP_BIND_TARGETS, "7; "},
        {"2.5,7,3.5\n", BP_BIND_INPUTS, "7; "},
        {"7\n", BP_BIND_INPUTS, "7; "},
    };
    bp_dataset *data = table_of("0.5,1,2,1.5\n0.5,1,2,1.5\n");
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, "1,4", BP_TASK_AUTO, &e, &error), &error);
    assert_ok(bp_encoding_weigh_rows(&e, data, "3", &error), &error);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *other = table_of(cases[i].text);
        bp_bound *bound = NULL;
        double T[2];
        assert_ok(bp_bind(&e, other, cases[i].binding, &bound, &error), &error);
        bp_source source = bp_bound_source(bound);
        assert_string_equal(print_weights(&source).text, cases[i].expected);
        if (cases[i].binding != BP_BIND_INPUTS) {
            bp_bound_targets(bound, T, 2);
            assert_true(T[0] == 2.5 && T[1] == 3.5);
        }
        bp_bound_destroy(bound);
        bp_dataset_destroy(other);
    }
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

/* Labels have no classes; a list of many is cut. */
static void test_class_lists(void **state)
{
    char text[2000] = "";
    bp_error error;
    bp_encoding e;
    (void)state;
    for (int i = 0; i < 60; i++)
        sprintf(text + strlen(text), "1,class %d\n", i);
    bp_dataset *many = table_of(text), *labels = table_of("1,0,1\n2,1,1\n");
    assert_ok(bp_encoding_decide(many, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_int_equal(bp_encoding_weigh_classes(&e, "x=1", &error), BP_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "the classes are class 0, class 1, class 10, "));
    assert_string_equal(error.message + strlen(error.message) - strlen(", …"), ", …");
    bp_encoding_clear(&e);
    assert_ok(bp_encoding_decide(labels, "2,3", BP_TASK_AUTO, &e, &error), &error);
    assert_int_equal(bp_encoding_balance(&e, labels, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "class weights are for a classification by one column; this "
                                       "model answers with labels");
    bp_encoding_clear(&e);
    bp_dataset_destroy(labels);
    bp_dataset_destroy(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_weights_refused),
        cmocka_unit_test(test_encoding_refuses),
        cmocka_unit_test(test_weights_of_subset),
        cmocka_unit_test(test_weight_among_targets),
        cmocka_unit_test(test_class_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
