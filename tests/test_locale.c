/* test_locale.c: where the host has set a locale with a decimal comma, every file is read and
 * written as in any other. The program itself sets none. */
#include "folder.h"
#include "table_files.h"
#include "tables.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *comma; /* a locale that has one; NULL: none is installed */

static void set_comma(void)
{
    assert_non_null(setlocale(LC_ALL, comma));
    assert_string_equal(localeconv()->decimal_point, ",");
}

static void set_point(void) { assert_non_null(setlocale(LC_ALL, "C")); }

static void need_locale(void)
{
    if (!comma) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
}

static char *read_back(const char *name, size_t *size) { return slurp(in_folder(name), size); }

static void check_same_files(const char *a, const char *b)
{
    size_t n, m;
    char *x = read_back(a, &n), *y = read_back(b, &m);
    if (n != m || memcmp(x, y, n) != 0)
        fail_msg("%s and %s differ: '%.60s' and '%.60s'", a, b, x, y);
    free(x), free(y);
}

/* ---- Tables ------------------------------------------------------------------------------- */

static bp_dataset *read_file(const table_file *file)
{
    bp_read_options how = file->options;
    bp_dataset *data = NULL;
    bp_error error;
    overwrite(path, file->bytes, file->size);
    if (file->labels) {
        how.labels = in_folder("labels");
        overwrite(how.labels, file->labels, file->labels_size);
    }
    assert_ok(bp_dataset_read(path, &how, &data, &error), &error);
    return data;
}

/* In each format that can hold it; both ways must agree on which these are. */
static void write_all(const bp_dataset *data)
{
    for (size_t f = 0; bp_format_name(f); f++) {
        bp_error error;
        bp_status status = bp_dataset_write(data, in_folder("point"), bp_format_name(f), &error);
        set_comma();
        bp_status other = bp_dataset_write(data, in_folder("comma"), bp_format_name(f), &error);
        set_point();
        assert_int_equal(status, other);
        if (!status)
            check_same_files("point", "comma");
    }
}

static void test_tables(void **state)
{
    static const table_file fractions = {
        "fractions", BYTES("a;b;c\n0.1;-2.5e-3;x\n1e300;.5;y\n"), NULL, 0, {0}};
    (void)state;
    need_locale();
    for (size_t i = 0; i <= N_TABLE_FILES; i++) {
        const table_file *file = i < N_TABLE_FILES ? &table_files[i] : &fractions;
        bp_dataset *expected = read_file(file);
        const printed before = print_table(expected);
        set_comma();
        bp_dataset *data = read_file(file);
        assert_string_equal(print_table(data).text, before.text);
        set_point();
        write_all(data);
        bp_dataset_destroy(data);
        bp_dataset_destroy(expected);
    }
}

/* A comma is no point there either. */
static void test_no_comma(void **state)
{
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    need_locale();
    overwrite(path, BYTES("1,5;2\n2,5;3\n"));
    set_comma();
    bp_status status = bp_dataset_read(path, &(bp_read_options){.delimiter = ';'}, &data, &error);
    set_point();
    assert_int_equal(status, BP_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "decimal comma"));
}

/* The locale of the calling thread alone, and a number just above half-way between two doubles,
 * which strtod() has to look at. */
static void test_locale_of_thread(void **state)
{
    static const char line[] = "3.00000000000000022204460492503130808472633361816406250001\n";
    enum { ROWS = 8000, SIZE = sizeof line - 1 };
    (void)state;
    need_locale();
    char *text = malloc((size_t)ROWS * SIZE);
    assert_non_null(text);
    for (size_t i = 0; i < ROWS; i++)
        memcpy(text + i * SIZE, line, SIZE);
    overwrite(path, text, (size_t)ROWS * SIZE);
    free(text);
    locale_t with_comma = newlocale(LC_ALL_MASK, comma, (locale_t)0);
    assert_true(with_comma != (locale_t)0);
    locale_t before = uselocale(with_comma);
    bp_dataset *data = NULL;
    bp_error error;
    bp_status status = bp_dataset_read(path, &(bp_read_options){.threads = 3}, &data, &error);
    uselocale(before);
    freelocale(with_comma);
    assert_ok(status, &error);
    for (size_t i = 0; i < ROWS; i++)
        assert_same_bits(bp_dataset_cell(data, i, 0), 3 + 0x1p-51);
    bp_dataset_destroy(data);
}

/* ---- Models ------------------------------------------------------------------------------- */

static const char rows[] = "a,b,w,kind\n0.1,x,1.5,p\n2.5,y,0.25,q\n?,x,1,p\n-1.75,y,1,q\n3,x,2,q\n";

/* Makes, trains, saves and answers; the files are named after `name`. */
static void run(const bp_dataset *data, const char *name)
{
    bp_model_options made = bp_model_defaults();
    bp_train_options trained = bp_train_defaults();
    bp_model *model = NULL;
    bp_error error;
    char file[100];
    made.weight_column = "w";
    made.class_weight = "p=1.5,q=0.75";
    made.fill_missing = true;
    trained.epochs = 5;
    trained.dropout = 0.125;
    trained.learning_rate = 0.0375;
    assert_ok(bp_model_create(data, &made, &model, &error), &error);
    assert_ok(bp_train_state_create(&trained.state, &error), &error);
    assert_ok(bp_train_state_set_note(trained.state, "0.5", &error), &error);
    assert_ok(bp_model_train(model, data, NULL, &trained, &error), &error);
    snprintf(file, sizeof file, "%s.model", name);
    assert_ok(bp_model_save(model, in_folder(file), &error), &error);
    snprintf(file, sizeof file, "%s.checkpoint", name);
    assert_ok(bp_model_save_checkpoint(model, trained.state, in_folder(file), &error), &error);
    bp_train_state_destroy(trained.state);
    bp_model_destroy(model);
}

/* Goes on from a checkpoint. */
static void go_on(const bp_dataset *data, const char *from, const char *to)
{
    bp_train_options trained = bp_train_defaults();
    bp_model *model = NULL;
    bp_error error;
    trained.epochs = 8;
    trained.dropout = 0.125;
    trained.learning_rate = 0.0375;
    assert_ok(bp_model_load_checkpoint(in_folder(from), &model, &trained.state, &error), &error);
    assert_ok(bp_model_train(model, data, NULL, &trained, &error), &error);
    assert_ok(bp_model_save_checkpoint(model, trained.state, in_folder(to), &error), &error);
    bp_train_state_destroy(trained.state);
    bp_model_destroy(model);
}

static void test_models(void **state)
{
    bp_dataset *data = table_of(rows);
    (void)state;
    if (!comma)
        bp_dataset_destroy(data);
    need_locale();
    run(data, "point");
    go_on(data, "point.checkpoint", "point.later");
    set_comma();
    run(data, "comma");
    go_on(data, "comma.checkpoint", "comma.later");
    set_point();
    check_same_files("point.model", "comma.model");
    check_same_files("point.checkpoint", "comma.checkpoint");
    check_same_files("point.later", "comma.later");
    bp_dataset_destroy(data);
}

int main(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_tables),
        IN_FOLDER(test_no_comma),
        IN_FOLDER(test_locale_of_thread),
        IN_FOLDER(test_models),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names && !comma; i++)
        comma = setlocale(LC_ALL, names[i]) ? names[i] : NULL;
    set_point();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
