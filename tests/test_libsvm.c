/* test_libsvm.c: tables out of LIBSVM files, good and bad, and back. */
#include "folder.h"
#include "tables.h"

#include "data/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const bp_read_options as_libsvm = {.format = "libsvm"};

static bp_status open_bytes(const void *bytes, size_t size, const bp_read_options *options,
                            const bp_encoding *encoding, bp_table_reader **reader, bp_error *error)
{
    bp_input *input;
    bp_status status = bp_input_of_bytes("file", bytes, size, &input, error);
    return status ? status : bp_table_reader_open(input, options, encoding, reader, error);
}

static bp_status read_memory(const void *bytes, size_t size, const bp_read_options *options,
                             const bp_encoding *encoding, bp_dataset **data, bp_error *error)
{
    bp_input *input;
    bp_status status = bp_input_of_bytes("file", bytes, size, &input, error);
    return status ? status : bp_dataset_read_input(input, options, encoding, data, error);
}

/* The label stands last. */
static const struct {
    const char *text, *table, *format;
} good[] = {
    {"1 1:2 2:3\n0 2:4\n", "(2|3|1)(0|4|0)", "LIBSVM, 2 indices"},
    {"+1 3:0.5\n-1 1:1e3\n", "(0|0|0.5|1)(1000|0|0|-1)", "LIBSVM, 3 indices"},
    {"2.5 1:1", "(1|2.5)", "LIBSVM, 1 indices"},
    {"1 1:2\r\n0 2:4\r\n", "(2|0|1)(0|4|0)", "LIBSVM, 2 indices"},
    {"1 1:2\r\n0 2:4\r", "(2|0|1)(0|4|0)", "LIBSVM, 2 indices"},
    {"\xef\xbb\xbf"
     "1 1:2\n",
     "(2|1)", "LIBSVM, 1 indices"},
    {"\n# a comment: 1 7:1\n \t\r\n1 1:2 # \xc3\xa9\n\n0#1:5\n", "(2|1)(0|0)", "LIBSVM, 1 indices"},
    {"  1\t1:2   2:3 \t\n", "(2|3|1)", "LIBSVM, 2 indices"},
    {"0\n1 2:7\n0\n", "(0|0|0)(0|7|1)(0|0|0)", "LIBSVM, 2 indices"},
    {"1\n2\n", "(1)(2)", "LIBSVM, 0 indices"},
    {"-0 1:-0 2:0 4:+0\n", "(-0|0|0|0|-0)", "LIBSVM, 4 indices"},
    {"1 01:.5 2:5. 3:5e-324 4:-1.7976931348623157e308\n",
     "(0.5|5|5e-324|-1.7976931348623157e+308|1)", "LIBSVM, 4 indices"},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(read_memory(good[i].text, strlen(good[i].text), &as_libsvm, NULL, &data, &error),
                  &error);
        assert_string_equal(print_table(data).text, good[i].table);
        assert_string_equal(bp_dataset_format(data), good[i].format);
        assert_null(bp_dataset_column_name(data, 0));
        bp_dataset_destroy(data);
    }
}

#define FORM               "; expected lines of the form 'label index:value index:value …'"
#define NO_NUMBER          " is not a finite decimal number"
#define INDEX              "' is not a whole number from 1 to 10000000"
#define VALUE(text, index) "value '" text "' of index " index NO_NUMBER ", such as 0.5 or 1e-3"
#define NOT_UTF8                                                                                   \
    " of the line: text that is not UTF-8; convert the file, such as by iconv -f LATIN1 -t UTF-8"
#define NUL " of the line: a NUL byte: this is not a text file in UTF-8"
#define CR  " of the line: a carriage return within a line; end lines with LF or CR LF"
#define LABELS                                                                                     \
    " is not one number; rows with several labels cannot be read from LIBSVM files, and a "        \
    "decimal "                                                                                     \
    "comma must be a point"
#define RANKING                                                                                    \
    "' groups rows for ranking, which is not done here; expected index:value, so take it out of "  \
    "every line"
#define ZERO                                                                                       \
    "index 0, but indices count from 1; scikit-learn's dump_svmlight_file counts so with "         \
    "zero_based=False"
#define TEN   "1234567890"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
    const char *text;
    size_t size, line;
    const char *message;
} bad[] = {
    {BYTES(""), 0, "no rows in this file" FORM},
    {BYTES("\n \r\n"), 0, "no rows in this file" FORM},
    {BYTES("# 1 1:1\n"), 0, "no rows in this file" FORM},
    {BYTES("\xef\xbb\xbf"), 0, "no rows in this file" FORM},
    /* labels */
    {BYTES("1 1:2\nx 1:2\n"), 2, "label 'x'" NO_NUMBER FORM},
    {BYTES("1\n\nnan 1:2\n"), 3, "label 'nan'" NO_NUMBER FORM},
    {BYTES("+ 1:2\n"), 1, "label '+'" NO_NUMBER FORM},
    {BYTES("0x1 1:2\n"), 1, "label '0x1'" NO_NUMBER FORM},
    {BYTES("1,3 1:2\n"), 1, "label '1,3'" LABELS},
    {BYTES("1,5\n"), 1, "label '1,5'" LABELS},
    {BYTES("0 1:1\n 1:2 2:3\n"), 2,
     "no label before '1:2'; begin the line with a number, such as 0 where the label is not known"},
    /* indices */
    {BYTES("1 1:2\n1 0:2\n"), 2, "pair 1: " ZERO},
    {BYTES("1 1:2 x:3\n"), 1, "pair 2: index 'x" INDEX},
    {BYTES("1 -1:3\n"), 1, "pair 1: index '-1" INDEX},
    {BYTES("1 +1:3\n"), 1, "pair 1: index '+1" INDEX},
    {BYTES("1 1.0:3\n"), 1, "pair 1: index '1.0" INDEX},
    {BYTES("1 :3\n"), 1, "pair 1: index '" INDEX},
    {BYTES("1 2000000000:1\n"), 1, "pair 1: index '2000000000" INDEX},
    {BYTES("1 10000001:1\n"), 1, "pair 1: index '10000001" INDEX},
    {BYTES("1 4294967297:1\n"), 1, "pair 1: index '4294967297" INDEX},
    {BYTES("1 18446744073709551617:1\n"), 1, "pair 1: index '18446744073709551617" INDEX},
    {BYTES("1 " SIXTY TEN ":1\n"), 1, "pair 1: index '" SIXTY INDEX},
    {BYTES("1 1:1 1:2\n"), 1, "pair 2: index 1 after index 1; write each once, in ascending order"},
    {BYTES("1 3:1 4:0 2:2\n"), 1,
     "pair 3: index 2 after index 4; write each once, in ascending order"},
    {BYTES("1 qid:7 1:2\n"), 1, "pair 1: 'qid:7" RANKING},
    {BYTES("1 1:2 3\n"), 1, "pair 2: '3' has no colon; expected index:value, without blanks"},
    {BYTES("1 1 : 2\n"), 1, "pair 1: '1' has no colon; expected index:value, without blanks"},
    {BYTES("1,2,3\n"), 1, "label '1,2,3'" LABELS},
    /* values */
    {BYTES("1 1:2 7:\n"), 1, "pair 2: " VALUE("", "7")},
    {BYTES("1 1: 2\n"), 1, "pair 1: " VALUE("", "1")},
    {BYTES("1 1:nan\n"), 1, "pair 1: " VALUE("nan", "1")},
    {BYTES("1 1:-inf\n"), 1, "pair 1: " VALUE("-inf", "1")},
    {BYTES("1 1:1e999\n"), 1, "pair 1: " VALUE("1e999", "1")},
    {BYTES("1 1:0x10\n"), 1, "pair 1: " VALUE("0x10", "1")},
    {BYTES("1 1:1.2x\n"), 1, "pair 1: " VALUE("1.2x", "1")},
    {BYTES("1 1:1:2\n"), 1, "pair 1: " VALUE("1:2", "1")},
    {BYTES("1 1:0,5\n"), 1, "pair 1: " VALUE("0,5", "1")},
    /* no text files */
    {BYTES("1 1:2\n1 1:\0002\n"), 2, "byte 5" NUL},
    {BYTES("\0"), 1, "byte 1" NUL},
    {BYTES("1 1:2 # a\0b\n"), 1, "byte 10" NUL},
    {BYTES("1 1:\xe9\n"), 1, "byte 5" NOT_UTF8},
    {BYTES("1 1:2\n1 1:2 # caf\xe9\n"), 2, "byte 12" NOT_UTF8},
    {BYTES("\xff\xfe"
           "1\0 \0"),
     0,
     "expected text in UTF-8, but this is UTF-16; convert it, such as by iconv -f UTF-16 -t UTF-8"},
    {BYTES("PK\3\4\x14\0"), 0,
     "expected text in UTF-8, but this is a ZIP archive, as .xlsx, .npz and .pt files are; take "
     "the "
     "table out of it"},
    {BYTES("\x93NUMPY\1\0"), 0,
     "expected text in UTF-8, but this is an NPY file; --format npy reads it"},
    {BYTES("1 1:2\r0 1:3\r"), 1, "byte 6" CR},
    {BYTES("1 1:2 # a\r0 1:3\n"), 1, "byte 10" CR},
};

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t most = 1; most; most = most == 1 ? SIZE_MAX : 0) {
            bp_table_reader *reader = NULL;
            bp_dataset *data = NULL;
            bp_error error;
            assert_ok(open_bytes(bad[i].text, bad[i].size, &as_libsvm, NULL, &reader, &error),
                      &error);
            assert_int_equal(bp_table_reader_next(reader, most, &data, &error), BP_ERROR_FORMAT);
            assert_string_equal(error.message, bad[i].message);
            assert_int_equal(error.line, bad[i].line);
            assert_string_equal(error.file, "file");
            assert_null(data);
            bp_table_reader_close(reader);
        }
}

/* What the content alone tells: of these names nothing is known. */
static void test_probe(void **state)
{
    static const struct {
        const char *text;
        bool is_libsvm;
    } cases[] = {
        {"1 1:2\n", true},
        {"\xef\xbb\xbf-1 3:0.5 7:1 # x\r\n", true},
        {"# scikit-learn\n\n0\n1\n1 5:2", true},
        {"1 0:2\n", true}, /* for the error that it is */
        {"2 qid:1 1:2\n", true},
        {"1 2 3\n", false},
        {"1\n2\n", false},
        {"1,2\n", false},
        {"12 10:30:00\n", false},
        {"12 10:30 x\n", false},
        {"a 1:2\n", false},
        {"2020-01-02 10:30\n", false},
        {"1:2\n", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            bp_format_libsvm.probe((const unsigned char *)cases[i].text, strlen(cases[i].text)),
            cases[i].is_libsvm);
}

/* Of a first line longer than what is looked at, the last token may be cut anywhere. */
static void test_probe_long_line(void **state)
{
    char text[BP_INPUT_AHEAD + 200];
    (void)state;
    for (size_t shift = 1; shift < 40; shift++) {
        size_t used = 0;
        memset(text, ' ', shift);
        used += shift + (size_t)sprintf(text + shift, "1");
        for (int index = 1; used < BP_INPUT_AHEAD; index++)
            used += (size_t)sprintf(text + used, " %d:-0.12345678e-1", index);
        assert_true(bp_format_libsvm.probe((const unsigned char *)text, BP_INPUT_AHEAD));
    }
}

/* Columns that a model was made for are there even if no row has them. */
static void test_read_for_model(void **state)
{
    static const struct {
        size_t columns;
        const char *table;
    } cases[] = {{5, "(2|0|0|0|1)"}, {2, "(2|1)"}, {1, "(2|1)"}, {SIZE_MAX, "(2|1)"}};
    static const char text[] = "1 1:2\n";
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bp_encoding encoding = {.table_columns = cases[i].columns};
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(read_memory(text, strlen(text), &as_libsvm, &encoding, &data, &error), &error);
        assert_string_equal(print_table(data).text, cases[i].table);
        bp_dataset_destroy(data);
    }
}

static void test_options_refused(void **state)
{
    static const struct {
        bp_read_options options;
        const char *message;
    } cases[] = {
        {{.format = "libsvm", .categorical = "1"},
         "LIBSVM files have no columns of text, so none can be categorical"},
        {{.format = "libsvm", .labels = "y.csv"},
         "LIBSVM files have a label in each line; leave out the file of labels"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_int_equal(read_memory("1 1:2\n", 6, &cases[i].options, NULL, &data, &error),
                         BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, cases[i].message);
        assert_null(data);
    }
}

/* Blocks have the columns of the whole file, whether it is gone through twice or held. */
static void test_blocks(void **state)
{
    static const char text[] = "1 1:1\n\n2\n3 2:2 7:3 # x\n4 1:4\n5 5:5";
    bp_error error;
    (void)state;
    for (size_t most = 1; most < 7; most++)
        for (int mapped = 0; mapped < 2; mapped++) {
            bp_input *input;
            bp_table_reader *reader;
            bp_dataset *block;
            printed rows = {.used = 0};
            char *path_of_text = make_file(text, strlen(text));
            assert_ok(mapped ? bp_input_open(path_of_text, &input, &error)
                             : bp_input_of_bytes("x", text, strlen(text), &input, &error),
                      &error);
            assert_ok(bp_table_reader_open(input, &as_libsvm, NULL, &reader, &error), &error);
            for (;;) {
                assert_ok(bp_table_reader_next(reader, most, &block, &error), &error);
                if (!block)
                    break;
                assert_true(block->rows <= most);
                put(&rows, "%s", print_table(block).text);
                bp_dataset_destroy(block);
            }
            bp_table_reader_close(reader);
            remove_file(path_of_text);
            assert_string_equal(rows.text, "(1|0|0|0|0|0|0|1)(0|0|0|0|0|0|0|2)(0|2|0|0|0|0|3|3)"
                                           "(4|0|0|0|0|0|0|4)(0|0|0|0|5|0|0|5)");
        }
}

/* A file that grows between the two looks at it is refused, not cut. */
static void test_file_that_grows(void **state)
{
    enum { ROWS = 60000 }; /* more than is read at once */
    const char *path = in_folder("x");
    FILE *file = fopen(path, "w");
    bp_input *input;
    bp_table_reader *reader;
    bp_dataset *block;
    bp_error error;
    (void)state;
    assert_non_null(file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d 1:2 2:3\n", i);
    assert_int_equal(fflush(file), 0);
    assert_ok(bp_input_open(path, &input, &error), &error);
    assert_ok(bp_table_reader_open(input, &as_libsvm, NULL, &reader, &error), &error);
    assert_ok(bp_table_reader_next(reader, 10, &block, &error), &error);
    bp_dataset_destroy(block);
    fputs("1 3:1\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(bp_table_reader_next(reader, SIZE_MAX, &block, &error), BP_ERROR_FORMAT);
    assert_int_equal(error.line, ROWS + 1);
    assert_string_equal(error.message, "index 3, where a first look at the file found none above "
                                       "2: it has been changed meanwhile");
    bp_table_reader_close(reader);
}

/* Any run of cells of a row is the same as out of all of them. */
static void test_load_runs(void **state)
{
    static const char text[] = "9 2:1 3:2 6:3\n8\n7 1:1 7:4\n";
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    assert_ok(read_memory(text, strlen(text), &as_libsvm, NULL, &data, &error), &error);
    for (size_t i = 0; i < data->rows; i++)
        for (size_t first = 0; first < data->columns; first++)
            for (size_t n = 0; n <= data->columns - first; n++) {
                double all[8], run[9] = {[8] = 5};
                bp_dataset_load(data, i, 0, 8, all);
                run[n] = PADDING;
                bp_dataset_load(data, i, first, n, run);
                assert_memory_equal(run, all + first, n * sizeof *run);
                assert_true(run[n] == PADDING);
            }
    bp_dataset_destroy(data);
}

/* No truncation and no changed byte does more than fail; what is read is a table of such numbers.
 */
static void test_damaged(void **state)
{
    static const char text[] = "# c\n1 1:2 3:-4.5e1\r\n-1 2:7 10:1 # x\n";
    enum { SIZE = sizeof text - 1 };
    static const char bytes[] = " 0:#.-e\n\r\t,x\0\xff";
    (void)state;
    for (size_t at = 0; at <= SIZE; at++)
        for (size_t b = 0; b < sizeof bytes; b++) {
            char *copy = malloc(SIZE); /* to its last byte, so that a sanitizer sees one too many */
            bp_dataset *data = NULL;
            bp_error error;
            assert_non_null(copy);
            memcpy(copy, text, SIZE);
            if (b + 1 < sizeof bytes && at < SIZE)
                copy[at] = bytes[b];
            size_t size = b + 1 < sizeof bytes ? SIZE : at;
            bp_status status = read_memory(copy, size, &as_libsvm, NULL, &data, &error);
            assert_true(status == BP_OK || status == BP_ERROR_FORMAT);
            if (!status)
                print_table(data);
            bp_dataset_destroy(data);
            free(copy);
        }
}

static void test_write(void **state)
{
    static const struct {
        double cells[6]; /* two rows of three */
        const char *text;
    } cases[] = {
        {{1, 2, 0, 3, 4, 1}, "0 1:1 2:2\n1 1:3 2:4\n"},
        {{0, 0, 5, 0, 1e-5, -0.0}, "5 2:0\n-0 2:1e-05\n"},
        {{-0.0, 0.1, 5, 0, 0, 5e-324}, "5 1:-0 2:0.1\n5e-324\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(bp_dataset_from_array("x", cases[i].cells, 2, 3, 3, &data, &error), &error);
        assert_ok(bp_dataset_write(data, in_folder("x.svm"), NULL, &error), &error);
        check_contents(in_folder("x.svm"), cases[i].text, strlen(cases[i].text));
        bp_dataset_destroy(data);
    }
}

static void test_write_refused(void **state)
{
    static const struct {
        const char *text;
        size_t line;
        const char *message;
    } cases[] = {
        {"a,b\n1,x\n2,y\n", 2,
         "column 2 (b): LIBSVM cannot hold the text 'x', only numbers; write CSV, or leave the "
         "column out"},
        {"1,2\n3,\n", 2,
         "column 2: the value is missing; complete it, or write CSV, for LIBSVM cannot hold a "
         "missing cell"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = table_of(cases[i].text);
        bp_error error;
        assert_int_equal(bp_dataset_write(data, in_folder("x.svm"), NULL, &error), BP_ERROR_FORMAT);
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.line, cases[i].line);
        assert_string_equal(error.file, data->name);
        assert_int_equal(count_files(), 0);
        bp_dataset_destroy(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_probe_long_line),
        cmocka_unit_test(test_read_for_model),
        cmocka_unit_test(test_options_refused),
        IN_FOLDER(test_blocks),
        IN_FOLDER(test_file_that_grows),
        cmocka_unit_test(test_load_runs),
        cmocka_unit_test(test_damaged),
        IN_FOLDER(test_write),
        IN_FOLDER(test_write_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
