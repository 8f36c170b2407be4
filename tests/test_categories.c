/* test_categories.c: columns that are text by wish, from the table that an encoding is made for to
 * those that are read for it. */
#include "tables.h"

#include <stdio.h>
#include <string.h>

static bp_dataset *read_but(const char *text, const char *ignored, const char *categorical,
                            bp_header header, const bp_encoding *encoding)
{
    const bp_read_options options = {
        .header = header, .categorical = categorical, .ignored = ignored};
    char *path = make_file(text, strlen(text));
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(bp_dataset_read_for(encoding, path, &options, &data, &error), &error);
    remove_file(path);
    return data;
}

static bp_dataset *read_with(const char *text, const char *categorical, bp_header header,
                             const bp_encoding *encoding)
{
    return read_but(text, NULL, categorical, header, encoding);
}

/* An encoding made for one table is bound to another that is read for it. */
typedef struct binding {
    const char *first, *categorical, *target, *second;
    bp_binding binding;
    bp_header header;
    size_t line;
    const char *expected; /* the rows, or the error's message */
} binding;

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

static bp_status bind_and_print(const binding *b, printed *found, bp_error *error)
{
    bp_dataset *first = read_with(b->first, b->categorical, BP_HEADER_AUTO, NULL);
    bp_bound *bound = NULL;
    bp_encoding e;
    assert_ok(bp_encoding_decide(first, b->target, BP_TASK_AUTO, &e, error), error);
    bp_dataset_destroy(first);
    bp_dataset *second = read_with(b->second, NULL, b->header, &e);
    bp_status status = bp_bind(&e, second, b->binding, &bound, error);
    if (!status) {
        bp_source source = bp_bound_source(bound);
        *found = print_source(&source, b->binding != BP_BIND_INPUTS);
    }
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(second);
    return status;
}

/* Inputs x=1 x=10A x=2 and a number; y is a number. */
#define NAMED "x,a,y\n1,5,0.5\n2,6,1.5\n10A,7,2.5\n"
#define PLAIN "1,5,0.5\n2,6,1.5\n10A,7,2.5\n"
/* The target in front, whose classes are 01 1 1.0, and a column of text alone. */
#define FRONT "1,u,5\n01,v,6\n1.0,v,7\n"

static const binding bindings[] = {
    {NAMED, "x", NULL, NAMED, BP_BIND_TARGETS, 0, 0,
     "1 0 0 5 > 0.5; 0 0 1 6 > 1.5; 0 1 0 7 > 2.5; "},
    /* only categories that are numbers, by name, in another order, and by position */
    {NAMED, "x", NULL, "x,a\n2,5\n1,6\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; 1 0 0 6; "},
    {NAMED, "x", NULL, "a,more,x\n5,8,2\n6,9,1\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; 1 0 0 6; "},
    {NAMED, "x", NULL, "2,5\n1,6\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; 1 0 0 6; "},
    /* columns that are not asked for may hold anything */
    {NAMED, "x", NULL, "id,a,x\nA1,5,2\n7,6,1\n\xff,5,2\n?,6,2\n", BP_BIND_INPUTS, 0, 0,
     "0 0 1 5; 1 0 0 6; 0 0 1 5; 0 0 1 6; "},
    {NAMED, "x", NULL, "2,5,1\n1,6,?\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; 1 0 0 6; "},
    {PLAIN, "1", NULL, "2,5\n1,6\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; 1 0 0 6; "},
    {PLAIN, "1", NULL, "2,5,3\n1,6,4\n", BP_BIND_TARGETS, 0, 0, "0 0 1 5 > 3; 1 0 0 6 > 4; "},
    {PLAIN, "1", NULL, "x,a\n2,5\n1,6\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; 1 0 0 6; "},
    {PLAIN, "1", NULL, "10A,5\n1,6\n", BP_BIND_INPUTS, 0, 0, "0 1 0 5; 1 0 0 6; "},
    {"0.5,1,5\n1.5,2,6\n2.5,10A,7\n", "2", "1", "2,5\n1,6\n", BP_BIND_INPUTS, 0, 0,
     "0 0 1 5; 1 0 0 6; "}, /* the positions shift by the target */
    /* the target is found by name where other columns stand in its place */
    {NAMED, "x", NULL, "a,x,z\n5,2,7\n", BP_BIND_INPUTS, 0, 0, "0 0 1 5; "},
    {"a,b,t\n1,2,7\n2,3,8\n", "t", NULL, "t,a,b\n7,1,2\n", BP_BIND_TARGETS, 0, 0, "1 2 > 1 0; "},
    {"a,b,t\n1,2,7\n2,3,8\n", "t", NULL, "z,a,b\n7,1,2\n", BP_BIND_INPUTS, 0, 0, "1 2; "},
    {"a,b,t\n1,2,7\n2,3,8\n", "t", NULL, "1,2\n", BP_BIND_INPUTS, 0, 0, "1 2; "},
    /* all names of the inputs make a header where nothing else would */
    {"x,z,y\n1,2,0.5\n3,4,0.7\n", "x,z", NULL, "z,x\n2,1\n", BP_BIND_INPUTS, 0, 0, "1 0 1 0; "},
    {"x,z,y\n1,2,0.5\n3,4,0.7\n", "x,z", NULL, "1,4\n", BP_BIND_INPUTS, 0, 0, "1 0 0 1; "},
    /* classes that are texts, some of which are the same number */
    {FRONT, "1", "1", FRONT, BP_BIND_TARGETS, 0, 0,
     "1 0 5 > 0 1 0; 0 1 6 > 1 0 0; 0 1 7 > 0 0 1; "},
    {FRONT, "1", "1", "1.0,u,5\n", BP_BIND_TARGETS, 0, 0, "1 0 5 > 0 0 1; "},
    {FRONT, "1", "1", "u,5\n", BP_BIND_INPUTS, 0, 0, "1 0 5; "},
    {FRONT, "1", "1", "7,u,5\n?,v,6\nx,u,7\n", BP_BIND_INPUTS, 0, 0, "1 0 5; 0 1 6; 1 0 7; "},
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

static const binding misfits[] = {
    {NAMED, "x", NULL, "x,a\n1,5\n3,6\n", BP_BIND_INPUTS, 0, 3,
     "column 1 (x): '3' is a category that the training data did not have"},
    {NAMED, "x", NULL, "x,a\n1.0,5\n", BP_BIND_INPUTS, 0, 2,
     "column 1 (x): '1.0' is a category that the training data did not have"},
    {PLAIN, "1", NULL, "1,5\n10B,6\n", BP_BIND_INPUTS, 0, 2,
     "column 1: '10B' is a category that the training data did not have"},
    {PLAIN, "1", NULL, "1,5\n?,6\n", BP_BIND_INPUTS, 0, 2,
     "column 1: the value is missing; complete it, or train with --missing mean"},
    {FRONT, "1", "1", "2,u,5\n", BP_BIND_TARGETS, 0, 1,
     "column 1: '2' is a class that the training data did not have"},
    /* text without being asked: what mixes with it is no category either */
    {"u,1.5\nv,2.5\n", NULL, NULL, "u,1\n7,2\n", BP_BIND_TARGETS, 0, 2,
     "column 1: '7' is a category that the training data did not have"},
    {NAMED, "x", NULL, "1,2,3,4\n", BP_BIND_INPUTS, 0, 0,
     "4 columns, where the model takes 2, or 3 with the targets"},
    {NAMED, "x", NULL, "x,b\n1,2\n", BP_BIND_INPUTS, BP_HEADER_YES, 0,
     "no column 'a', which the model needs; its header line begins with 'x'"},
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

/* Texts that are numbers are the texts of categories and classes, and no numbers. */
static void test_decide(void **state)
{
    static const struct {
        const char *text, *categorical, *target;
        bp_task task;
        const char *expected; /* the encoding, or the error's message */
    } cases[] = {
        {"1,5\n2,6\n10,7\n", "1", "2", 0, "1=1 1=10 1=2 > 2"},
        {"5.5,1\n6,2\n7,10\n", "2", NULL, 0, "1 > 2 : 1 10 2"},
        {"5.5,0.1\n6,0.2\n7,0.10\n", "2", NULL, 0, "1 > 2 : 0.1 0.10 0.2"},
        {"1,5.5\n2,6\n", "2", NULL, BP_TASK_REGRESSION,
         "column 2 is taken as text (--categorical), not as a number, which the target of a "
         "regression must be"},
        {"1,7,5.5\n2,8,x\n", "3", "2,3", BP_TASK_REGRESSION,
         "column 3: 'x' is not a number, which the target of a regression must be"},
        {"1,0,1\n2,1,0\n", "3", "2,3", BP_TASK_CLASSIFICATION,
         "column 3 is taken as text (--categorical), not as a number, which a label must be"},
        {"1,?,5\n2,?,6\n", "2", NULL, BP_TASK_REGRESSION,
         "column 2: every value is missing; remove the column"},
        {"1,?\n2,?\n", "2", NULL, 0, "column 2 has 0 class; a classification needs two or more"},
        {"1,?\n2,?\n", "2", NULL, BP_TASK_REGRESSION,
         "column 2 is taken as text (--categorical), not as a number, which the target of a "
         "regression must be"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = read_with(cases[i].text, cases[i].categorical, BP_HEADER_AUTO, NULL);
        bp_encoding e;
        bp_error error;
        if (bp_encoding_decide(data, cases[i].target, cases[i].task, &e, &error)) {
            assert_string_equal(error.message, cases[i].expected);
        } else {
            assert_string_equal(print_encoding(&e).text, cases[i].expected);
            assert_int_equal(bp_encoding_classes_are_text(&e), e.classes != NULL);
            bp_encoding_clear(&e);
        }
        bp_dataset_destroy(data);
    }
}

/* A table whose text is by wish where numbers are expected. */
static void test_text_for_numbers(void **state)
{
    bp_dataset *first = read_with("1,2,0.5\n3,4,0.7\n", NULL, 0, NULL);
    bp_dataset *second = read_with("1,2,0.5\n3,4,0.7\n", "2", 0, NULL);
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(first, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_int_equal(bp_bind(&e, second, BP_BIND_TARGETS, &bound, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "column 2 is taken as text (--categorical), not as a "
                                       "number, which the model expects");
    assert_int_equal(bp_encoding_weigh_rows(&e, second, "2", &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "column 2 is taken as text (--categorical), not as a "
                                       "number, which a weight must be");
    bp_encoding_clear(&e);
    bp_dataset_destroy(second);
    bp_dataset_destroy(first);
}

/* The weight column apart from the target: a table without it shifts what stands behind. */
static void test_with_weights(void **state)
{
    bp_dataset *first = read_with("9,1,5,p\n9,10A,6,q\n", "2", 0, NULL), *second;
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(first, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_ok(bp_encoding_weigh_rows(&e, first, "1", &error), &error);
    second = read_with("1,5,q\n1,6,p\n", NULL, 0, &e);
    assert_ok(bp_bind(&e, second, BP_BIND_TARGETS, &bound, &error), &error);
    bp_source source = bp_bound_source(bound);
    assert_string_equal(print_source(&source, true).text, "1 0 5 > 0 1; 1 0 6 > 1 0; ");
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(second);
    bp_dataset_destroy(first);
}

/* Without a category a missing cell is none of them, all of a column too. */
static void test_missing(void **state)
{
    bp_dataset *first = read_with("1,5,p\n?,6,q\n2,7,q\n", "1", 0, NULL), *second;
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(first, NULL, BP_TASK_AUTO, &e, &error), &error);
    e.fills = true;
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("none", &error), false, first, &error), &error);
    second = read_with("?,5\n,6\n", NULL, 0, &e);
    assert_ok(bp_bind(&e, second, BP_BIND_INPUTS, &bound, &error), &error);
    bp_source source = bp_bound_source(bound);
    assert_string_equal(print_source(&source, false).text, "0 0 5; 0 0 6; ");
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(second);
    bp_dataset_destroy(first);
}

/* Columns that are ignored are no inputs, and the last of the others is the target; they are
 * ignored wherever the model finds its columns, by name or by position. */
static void test_ignored(void **state)
{
    static const struct {
        const char *first, *ignored, *target, *encoded, *second, *rows;
    } cases[] = {
        {"id,x,y,note\nA1,1,0.5,u\n7,2,1.5,3\n", "id,note", NULL, "2 > 3",
         "note,y,x,id\n,7.5,1,A1\n8,6.5,2,\n", "1 > 7.5; 2 > 6.5; "},
        {"A1,1,0.5,u\n7,2,1.5,3\n", "4,1", NULL, "2 > 3", "A1,1,7.5,\n8,2,6.5,u\n",
         "1 > 7.5; 2 > 6.5; "},
        {"k,x,k,y\n1,u,2,0.5\n1,v,2,1.5\n", "1,3", "y", "2=u 2=v > 4", "y,x\n2.5,v\n",
         "0 1 > 2.5; "}, /* their names may be the same */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *first = read_but(cases[i].first, cases[i].ignored, NULL, BP_HEADER_AUTO, NULL);
        bp_bound *bound = NULL;
        bp_encoding e;
        bp_error error;
        assert_ok(bp_encoding_decide(first, cases[i].target, BP_TASK_REGRESSION, &e, &error),
                  &error);
        assert_string_equal(print_encoding(&e).text, cases[i].encoded);
        bp_dataset_destroy(first);
        bp_dataset *second = read_with(cases[i].second, NULL, BP_HEADER_AUTO, &e);
        assert_ok(bp_bind(&e, second, BP_BIND_TARGETS, &bound, &error), &error);
        bp_source source = bp_bound_source(bound);
        assert_string_equal(print_source(&source, true).text, cases[i].rows);
        bp_bound_destroy(bound);
        bp_encoding_clear(&e);
        bp_dataset_destroy(second);
    }
}

static void test_ignored_refused(void **state)
{
    bp_dataset *data = read_but("a,b,c\n1,2,3\n4,5,6\n", "b", NULL, BP_HEADER_AUTO, NULL);
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_int_equal(bp_encoding_decide(data, "b", BP_TASK_AUTO, &e, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "column 2 (b) is a target, and cannot be ignored");
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, &error), &error);
    assert_int_equal(bp_encoding_weigh_rows(&e, data, "b", &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message,
                        "column 2 (b) has the weights of the rows, and cannot be ignored");
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ignored),      cmocka_unit_test(test_ignored_refused),
        cmocka_unit_test(test_bind),         cmocka_unit_test(test_bind_refuses),
        cmocka_unit_test(test_decide),       cmocka_unit_test(test_text_for_numbers),
        cmocka_unit_test(test_with_weights), cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
