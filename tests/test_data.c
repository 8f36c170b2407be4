/* test_data.c: tables out of CSV files, good and bad; what an encoding decides about them; its
 * batches; rows held out. Tables are small texts, results are printed and compared as texts. */
#include "support.h"

#include "base/error.h"
#include "data/dataset_internal.h"
#include "data/encoding.h"
#include "data/split.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text and its size without the final NUL: texts may hold NULs. */
#define BYTES(text) (text), sizeof(text) - 1

/* ---- Printing ----------------------------------------------------------------------------- */

typedef struct printed {
    char text[4096];
    size_t used;
} printed;

static void put(printed *to, const char *format, ...) BP_PRINTF(2, 3);
static void put(printed *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(to->text + to->used, sizeof to->text - to->used, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && to->used + (size_t)length < sizeof to->text);
    to->used += (size_t)length;
}

/* A number, 'a text', or ? for a missing value. */
static void put_cell(printed *to, const bp_dataset *data, size_t i, size_t c)
{
    char number[BP_NUMBER_SIZE];
    double value = bp_dataset_row(data, i)[c];
    if (isnan(value))
        put(to, "?");
    else if (data->column[c].is_text)
        put(to, "'%s'", data->column[c].words.words[(size_t)value].text);
    else
        put(to, "%s", bp_print_number(value, number));
}

/* <names>(row)(row)… */
static printed print_table(const bp_dataset *data)
{
    printed to = {.used = 0};
    for (size_t c = 0; c < data->columns && data->column[0].name; c++)
        put(&to, "%s%s%s", c ? "|" : "<", bp_dataset_column_name(data, c),
            c + 1 == data->columns ? ">" : "");
    for (size_t i = 0; i < bp_dataset_rows(data); i++)
        for (size_t c = 0; c < bp_dataset_columns(data); c++) {
            put(&to, c ? "|" : "(");
            put_cell(&to, data, i, c);
            put(&to, "%s", c + 1 == data->columns ? ")" : "");
        }
    return to;
}

/* Columns of the inputs (with their category) > columns of the targets : classes */
static printed print_encoding(const bp_encoding *e)
{
    printed to = {.used = 0};
    for (size_t i = 0; i < e->n_inputs; i++)
        put(&to, "%s%zu%s%s", i ? " " : "", e->inputs[i].column + 1,
            e->inputs[i].category ? "=" : "", e->inputs[i].category ? e->inputs[i].category : "");
    for (size_t i = 0; i < e->n_targets; i++)
        put(&to, "%s%zu", i ? " " : " > ", e->targets[i].column + 1);
    for (size_t i = 0; i < e->n_classes; i++)
        put(&to, "%s%s", i ? " " : " : ", e->classes[i]);
    return to;
}

/* ---- Reading CSV -------------------------------------------------------------------------- */

static bp_status read_bytes(const void *bytes, size_t size, bp_header header, char delimiter,
                            bp_dataset **data, bp_error *error)
{
    char *path = make_file(bytes, size);
    bp_read_options options = {.header = header, .delimiter = delimiter};
    bp_status status = bp_dataset_read(path, &options, data, error);
    assert_true(status == BP_OK || strcmp(error->file, path) == 0);
    remove_file(path);
    return status;
}

/* A table out of a good text; the caller's. */
static bp_dataset *table_of(const char *text)
{
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(read_bytes(text, strlen(text), BP_HEADER_AUTO, 0, &data, &error), &error);
    return data;
}

static const struct {
    const char *text;
    const char *table;
    bp_header header;
    char delimiter;
} good[] = {
    {"1,2\n3,4\n", "(1|2)(3|4)", 0, 0},
    {"1,2\n3,4", "(1|2)(3|4)", 0, 0},
    {"1,2\r\n3,4\r\n", "(1|2)(3|4)", 0, 0},
    {"\xef\xbb\xbf" "1,2\n", "(1|2)", 0, 0},
    {"\xef\xbb\xbf\"a\",b\n1,2\n", "<a|b>(1|2)", 0, 0},
    {"\n\r\n1,2\n\n \t\n3,4\n\n", "(1|2)(3|4)", 0, 0},
    {"7", "(7)", 0, 0},
    {"x", "('x')", 0, 0},
    {"+1.5,-0,1e3,.5,5.\n", "(1.5|-0|1000|0.5|5)", 0, 0},
    /* header lines */
    {"a,b\n1,2\n", "<a|b>(1|2)", 0, 0},
    {"a,b\n1,x\n", "<a|b>(1|'x')", 0, 0},
    {"a,b\n2,3\n", "<a|b>(2|3)", 0, 0},
    {"a,1\n2,3\n", "<a|1>(2|3)", BP_HEADER_YES, 0},
    {"1, \"x, y\"\n2, z\n", "(1|'x, y')(2|'z')", 0, 0},
    {"  1.0   2  a\n 3 4.5 b  \n", "(1|2|'a')(3|4.5|'b')", 0, 0},
    {",a\nx,1\n", "<|a>('x'|1)", 0, 0},
    {"a,b\nc,d\n", "('a'|'b')('c'|'d')", 0, 0},
    {"a,1\nb,2\n", "('a'|1)('b'|2)", 0, 0},
    {"?,1\n2,3\n", "(?|1)(2|3)", 0, 0},
    {"2019,2020\n1,2\n", "(2019|2020)(1|2)", 0, 0},
    {"2019,2020\n1,2\n", "<2019|2020>(1|2)", BP_HEADER_YES, 0},
    {"a,b\nc,d\n", "<a|b>('c'|'d')", BP_HEADER_YES, 0},
    {"a,b\nc,d\n", "('a'|'b')('c'|'d')", BP_HEADER_NO, 0},
    {"1,2\n", "(1|2)", BP_HEADER_NO, 0},
    /* quotes */
    {"\"a\",\"b \"\"c\"\"\"\n1,2\n", "<a|b \"c\">(1|2)", 0, 0},
    {"\"x,\ny\",1\n\"\r\nz\",2\r\n", "('x,\ny'|1)('\r\nz'|2)", 0, 0},
    {"\"1\",\"2\"\n", "(1|2)", 0, 0},
    {"\"\",1\nx,2\n\"\"\"\",3\n", "(?|1)('x'|2)('\"'|3)", 0, 0},
    {"\" a \",1\nx,2\n", "(' a '|1)('x'|2)", 0, 0},
    {"\"a\" \t,1\n\"b\" ,2 \n", "('a'|1)('b'|2)", 0, 0},
    {"x,5\" pipe\ny,6\" pipe\n", "('x'|'5\" pipe')('y'|'6\" pipe')", 0, 0},
    {"\"a;b;c\",1\nx,2\n", "('a;b;c'|1)('x'|2)", 0, 0},
    /* delimiters */
    {"1;2\n3;4\n", "(1|2)(3|4)", 0, 0},
    {"1\t\t3\n4\t5\t6\n", "(1|?|3)(4|5|6)", 0, 0},
    {"1|2\n", "(1|2)", 0, 0},
    {"1 2 3\n", "(1|2|3)", 0, 0},
    {"a b,c d\ne f,g h\n", "('a b'|'c d')('e f'|'g h')", 0, 0},
    {"\n\r\n1;2\n", "(1|2)", 0, 0},
    {"1:2\n", "(1|2)", 0, ':'},
    {"x1,5;a2,5\n", "('x1,5'|'a2,5')", 0, ';'},
    {"1;2;3,4\n", "('1;2;3'|4)", 0, ','},
    {" 1 ,\t2\t, x y \n", "(1|2|'x y')", 0, 0},
    /* missing values */
    {"1,x\n,\n?,NA\nna,N/A\nnan,NaN\nNULL,null\n", "(1|'x')(?|?)(?|?)(?|?)(?|?)(?|?)", 0, 0},
    {"-,x\nNone,y\nN.A.,z\nnull0,u\n", "('-'|'x')('None'|'y')('N.A.'|'z')('null0'|'u')", 0, 0},
    {"?\n?\n", "(?)(?)", 0, 0},
    {"\xc3\xa9t\xc3\xa9,1\n\xe2\x82\xac,2\n", "('\xc3\xa9t\xc3\xa9'|1)('\xe2\x82\xac'|2)", 0, 0},
    /* A blank first line says nothing about the delimiter */
    {"  \n1,2\n3,4\n", "(1|2)(3|4)", 0, 0},
    /* Dataset.h says "text above a column of numbers", not above a number */
    {"a,b\n?,x\n1,y\n", "<a|b>(?|'x')(1|'y')", 0, 0},
    /* A quote that is no cell's first character hides no delimiters */
    {"5\";b;c,d\n1;2;3\n", "<5\"|b|c,d>(1|2|3)", 0, 0},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(read_bytes(good[i].text, strlen(good[i].text), good[i].header,
                             good[i].delimiter, &data, &error), &error);
        printed table = print_table(data);
        assert_string_equal(table.text, good[i].table);
        bp_dataset_destroy(data);
    }
}

#define HINT     "; if the first line holds names, --header yes"
#define COMMA    "column 2: '4,5' has a decimal comma; write numbers with a point"
#define NOT_UTF8 "column 1: text that is not UTF-8; convert the file, such as by iconv -f LATIN1 -t UTF-8"
#define MIXED "is not a number, as other cells of this column are; correct it, or leave the cell " \
              "empty if the value is missing"
#define RAGGED(n, m, delimiter) \
    n " cells, where the first line has " m " (the delimiter is '" delimiter "'); make them equal"
#define EMPTY "the file is empty; expected a line of cells for each row"
#define OPEN "a quoted cell of this record does not end; close its quote"
#define AFTER \
    "column 1: text after the closing quote of a cell; a quote inside a quoted cell is written twice"
#define NUL "column 1: a NUL byte: this is not a text file"
#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
    const char *text;
    size_t size, line;
    const char *message;
    bp_header header;
    char delimiter;
} bad[] = {
    {BYTES(""), 0, EMPTY, 0, 0},
    {BYTES("\n\n \t\r\n"), 0, EMPTY, 0, 0},
    {BYTES("\xef\xbb\xbf"), 0, EMPTY, 0, 0},
    {BYTES("a,b\n"), 0, "no rows below the header line; --header no takes it as data",
     BP_HEADER_YES, 0},
    {BYTES("a,b\n\n\n"), 0, "no rows below the header line; --header no takes it as data",
     BP_HEADER_YES, 0},
    /* ragged rows */
    {BYTES("1,2\n3\n"), 2, RAGGED("1", "2", ","), 0, 0},
    {BYTES("1,2\n3,4,5\n"), 2, RAGGED("3", "2", ","), 0, 0},
    {BYTES("1,2\n3,4,\n"), 2, RAGGED("3", "2", ","), 0, 0},
    {BYTES("a,b\n1,2\n\n1,2,3"), 4, RAGGED("3", "2", ","), 0, 0},
    {BYTES("a;2\n\"x\ny\";2\nb\n"), 4, RAGGED("1", "2", ";"), 0, 0},
    {BYTES("1\n2,3\n"), 2, RAGGED("2", "1", ","), 0, 0},
    {BYTES("1 2\n3  4 5\n"), 2, RAGGED("3", "2", " "), 0, 0},
    {BYTES("1:2\r\n3:4\r\n5\r\n"), 3, RAGGED("1", "2", ":"), 0, ':'},
    /* columns that mix numbers and text */
    {BYTES("1,2\nx,4\n"), 2, "column 1: 'x' " MIXED, 0, 0},
    {BYTES("x\ny\n3\n"), 1, "column 1: 'x' " MIXED HINT, 0, 0},
    {BYTES("1\n?\nx\n"), 3, "column 1: 'x' " MIXED, 0, 0},
    {BYTES("a,b\n1,2\n1,x\n"), 3, "column 2 (b): 'x' " MIXED, 0, 0},
    {BYTES("a,b\n1,x\n1,y\n1,3\n"), 2, "column 2 (b): 'x' " MIXED, 0, 0},
    {BYTES("a\n1\n"), 1, "column 1: 'a' " MIXED HINT, BP_HEADER_NO, 0},
    {BYTES("\"a\nb\",1\nc,d\n"), 3, "column 2: 'd' " MIXED, 0, 0},
    {BYTES("1\r\n2\r\nx\r\n"), 3, "column 1: 'x' " MIXED, 0, 0},
    {BYTES("1\n" SIXTY TEN "\n"), 2, "column 1: '" SIXTY "' " MIXED, 0, 0},
    {BYTES(SIXTY TEN "\n1\nx\n"), 3, "column 1 (" SIXTY "): 'x' " MIXED, 0, 0},
    /* texts that are almost numbers */
    {BYTES("1\n1e999\n"), 2, "column 1: '1e999' " MIXED, 0, 0},
    {BYTES("1\n1.2x\n"), 2, "column 1: '1.2x' " MIXED, 0, 0},
    {BYTES("1\n0x10\n"), 2, "column 1: '0x10' " MIXED, 0, 0},
    {BYTES("1\n-inf\n"), 2, "column 1: '-inf' " MIXED, 0, 0},
    {BYTES("1\n1e\n"), 2, "column 1: '1e' " MIXED, 0, 0},
    {BYTES("1;2\n3;4,5\n"), 2, COMMA, 0, 0},
    {BYTES("1\t2\n3\t4,5\n"), 2, COMMA, 0, 0},
    {BYTES("1,5;4,5\n"), 1, "column 1: '1,5' has a decimal comma; write numbers with a point", 0, 0},
    {BYTES("5.1x,3\n4,5\n"), 1, "column 1: '5.1x' " MIXED HINT, 0, 0},
    {BYTES("1,2\n\xff\xfe,2\n"), 2, NOT_UTF8, 0, 0},
    {BYTES("1,2\n\xe2\x82,2\n"), 2, NOT_UTF8, 0, 0},
    {BYTES("1,2\n\"1,000\",2\n"), 2, "column 1: '1,000' " MIXED, 0, 0},
    {BYTES("1,2\n\" 1\",2\n"), 2, "column 1: ' 1' " MIXED, 0, 0},
    {BYTES("1\n\" \"\n"), 2, "column 1: ' ' " MIXED, 0, 0},
    {BYTES("1\n-\n"), 2, "column 1: '-' " MIXED, 0, 0},
    {BYTES("1\n\xd9\xa3\n"), 2, "column 1: '\xd9\xa3' " MIXED, 0, 0},
    /* quotes */
    {BYTES("\"a,b\n1,2\n"), 1, OPEN, 0, 0},
    {BYTES("1,2\n3,4\n\n5,\"6\n7,8\n"), 4, OPEN, 0, 0},
    {BYTES("x\n\"a\"\""), 2, OPEN, 0, 0},
    {BYTES("\""), 1, OPEN, 0, 0},
    {BYTES("\"a\"b,1\n"), 1, AFTER, 0, 0},
    {BYTES("x,y\n\"a\" \"b\",1\n"), 2, AFTER, 0, 0},
    {BYTES("\"a\nb\"\n\"a\nb\" c\n"), 3, AFTER, 0, 0},
    /* no text files */
    {BYTES("a\0b,1\n"), 1, NUL, 0, 0},
    {BYTES("x\ny\0z\n"), 2, "column 1 (x): a NUL byte: this is not a text file", 0, 0},
    {BYTES("\0"), 1, NUL, 0, 0},
    {BYTES("1\0,2\n"), 1, NUL, 0, 0},
    {BYTES("\xff\xfe" "1\0,\0" "2\0\n\0"), 1, NUL, 0, 0},
    {BYTES("a\0\nb\0\n"), 1, NUL, BP_HEADER_YES, 0},
    /* Said of a column of numbers too */
    {BYTES("1\n2\0\n"), 2, NUL, 0, 0},
    /* A message is one line (status.h) */
    {BYTES("1\n\"a\nb\"\n"), 2, "column 1: 'a?b' " MIXED, 0, 0},
};

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bp_dataset *data = (bp_dataset *)&data; /* must come through */
        bp_error error;
        bp_status status =
            read_bytes(bad[i].text, bad[i].size, bad[i].header, bad[i].delimiter, &data, &error);
        assert_int_equal(status, BP_ERROR_FORMAT);
        assert_string_equal(error.message, bad[i].message);
        assert_int_equal(error.line, bad[i].line);
        assert_int_equal(error.status, status);
        assert_ptr_equal(data, &data);
    }
}

/* Records of every length, escapes included, meet the end of the first 256 KiB at every place. */
static void test_read_across_buffer(void **state)
{
    static const char special[] = "\"a\"\"b,\r\nc\"\"\",7\r\n";
    enum { BOUNDARY = 1 << 18, SIZE = BOUNDARY + 100 };
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    for (size_t before = 0; before <= sizeof special; before++) {
        size_t at = BOUNDARY - before;
        memset(text, 'x', at);
        memcpy(text + at - 3, ",1\n", 3);
        memcpy(text + at, special, sizeof special - 1);
        memcpy(text + at + sizeof special - 1, "y,8", 3);
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(read_bytes(text, at + sizeof special + 2, 0, 0, &data, &error), &error);
        assert_int_equal(data->rows, 3);
        const bp_dictionary *words = &data->column[0].words;
        assert_int_equal(strlen(bp_dictionary_first(words)->text), at - 3);
        assert_true(bp_dictionary_find(words, "a\"b,\r\nc\"", 8) != BP_NO_WORD);
        assert_true(bp_dictionary_find(words, "y", 1) != BP_NO_WORD);
        assert_true(bp_dataset_row(data, 1)[1] == 7 && bp_dataset_row(data, 2)[1] == 8);
        bp_dataset_destroy(data);
    }
    free(text);
}

/* Many rows and one cell larger than the buffer, each cell compared. */
static void test_read_large(void **state)
{
    enum { ROWS = 30000, HUGE_CELL = 600000 };
    size_t used = 0;
    char *text = malloc(HUGE_CELL + ROWS * 40), cell[40];
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    assert_non_null(text);
    for (int i = 0; i < ROWS; i++) {
        used += (size_t)sprintf(text + used, "%d,\"word,%d\n\"\"\",%.17g\n", i, i % 1000, i / 7.0);
        if (i == ROWS / 2) {
            used += (size_t)sprintf(text + used, "-1,\"");
            memset(text + used, '\n', HUGE_CELL);
            used += HUGE_CELL + (size_t)sprintf(text + used + HUGE_CELL, "\",-1\n");
        }
    }
    assert_ok(read_bytes(text, used, BP_HEADER_AUTO, 0, &data, &error), &error);
    free(text);
    assert_int_equal(data->rows, ROWS + 1);
    assert_int_equal(data->column[1].words.n_words, 1001);
    for (int i = 0; i < ROWS; i++) {
        const double *row = bp_dataset_row(data, (size_t)i + (i > ROWS / 2));
        sprintf(cell, "word,%d\n\"", i % 1000);
        assert_same_bits(row[0], i);
        assert_string_equal(data->column[1].words.words[(size_t)row[1]].text, cell);
        assert_same_bits(row[2], i / 7.0);
    }
    size_t word = (size_t)bp_dataset_row(data, ROWS / 2 + 1)[1];
    assert_int_equal(strlen(data->column[1].words.words[word].text), HUGE_CELL);
    bp_dataset_destroy(data);
}

static void test_read_refused(void **state)
{
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    assert_int_equal(bp_dataset_read("/nowhere/x.csv", NULL, &data, &error), BP_ERROR_FILE);
    assert_string_equal(error.file, "/nowhere/x.csv");
    assert_string_equal(error.message, "cannot be opened: No such file or directory");
    assert_int_equal(bp_dataset_read("/", NULL, &data, &error), BP_ERROR_FILE);
    assert_string_equal(error.message, "cannot be read: Is a directory");
    assert_int_equal(bp_dataset_read(NULL, NULL, &data, &error), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_dataset_read("data/iris.csv", NULL, NULL, NULL), BP_ERROR_ARGUMENT);
    assert_null(data);
    bp_dataset_destroy(NULL);
}

static const struct {
    const char *path;
    size_t rows, columns, inputs, classes;
} files[] = {
    {"data/iris.csv", 150, 5, 4, 3},
    {"data/wheat_seeds.csv", 210, 8, 7, 3},
    {"data/winequality_red.csv", 1599, 12, 11, 0},
    {"data/horse_colic.csv", 300, 28, 27, 2},
    {"data/two_class.csv", 10, 3, 2, 2},
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        bp_dataset *data = NULL;
        bp_encoding e;
        bp_error error;
        assert_ok(bp_dataset_read(files[i].path, NULL, &data, &error), &error);
        assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
        assert_string_equal(bp_dataset_name(data), files[i].path);
        assert_int_equal(data->rows, files[i].rows);
        assert_int_equal(data->columns, files[i].columns);
        assert_null(bp_dataset_column_name(data, 0));
        assert_int_equal(e.n_inputs, files[i].inputs);
        assert_int_equal(e.n_classes, files[i].classes);
        assert_int_equal(bp_encoding_outputs(&e), files[i].classes ? files[i].classes : 1);
        bp_encoding_clear(&e);
        bp_dataset_destroy(data);
    }
}

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
    assert_int_equal(bp_dataset_subset(data, beyond, 2, &part_of_part, &error),
                     BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "row 3 of a table of 3 rows");
    assert_int_equal(bp_dataset_from_array("array", values, 3, 2, 1, &part_of_part, &error),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_dataset_from_array("array", values, 3, 0, 1, &part_of_part, &error),
                     BP_ERROR_ARGUMENT);
    assert_int_equal(bp_dataset_from_array("array", values, SIZE_MAX / 2, 3, 3, &part_of_part,
                                           &error), BP_ERROR_SIZE);
    assert_null(part_of_part);
    bp_dataset_destroy(part);
    bp_dataset_destroy(data);
}

static void test_arrays_source(void **state)
{
    static const double X[] = {1, 2, 99, 3, 4, 99}, T[] = {7, 8};
    static const size_t order[] = {9, 1, 0};
    const bp_arrays arrays = {2, 2, 1, X, 3, T, 1};
    double A[8] = {0, 0, 55, 55, 0, 0, 55, 55}, targets[2] = {0};
    (void)state;
    bp_source source = bp_arrays_source(&arrays);
    source.fill(source.self, order, 1, 2, A, 4, targets, 1);
    static const double expected[] = {3, 4, 55, 55, 1, 2, 55, 55};
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
    {"0,1,2\n1,0,2\n", "1,2", 0, "3 > 1 2"},
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
     "a classification has one target column, not 2"},
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
        bp_status status =
            bp_encoding_decide(data, refused[i].target, refused[i].task, &e, &error);
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
            assert_string_equal(error.message, "column 1 has 1001 different texts, too many to be "
                                               "categories; remove it if it is a name or a key");
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
        assert_ok(bp_encoding_scale(&e, bp_scaling_at(i), true, data, NULL), NULL);
        check_field(&e.inputs[0], 0.1, 1);
    }
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
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
    assert_ok(bp_encoding_scale(&e, bp_scaling_at(0), true, part, &error), &error);
    check_field(&e.inputs[0], 3, 1);
    check_field(&e.targets[0], 35, 15);
    assert_ok(bp_encoding_scale(&e, bp_scaling_at(1), true, part, &error), &error);
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
        assert_int_equal(bp_encoding_scale(&e, bp_scaling_at(i), true, data, &error),
                         BP_ERROR_FORMAT);
        assert_string_equal(error.message, "column 1 cannot be scaled: its numbers are too large "
                                           "for their mean and variance");
    }
    e.inputs[0].column = 1;
    assert_ok(bp_encoding_scale(&e, bp_scaling_at(0), true, data, &error), &error);
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
    double A[16], T[16];
    for (size_t i = 0; i < source->rows; i++) {
        source->fill(source->self, NULL, i, 1, A, 16, T, 16);
        for (size_t j = 0; j < source->inputs; j++)
            put(&to, "%s%s", j ? " " : "", bp_print_number(A[j], number));
        for (size_t j = 0; with_targets && j < source->outputs; j++)
            put(&to, "%s%s", j ? " " : " > ", bp_print_number(T[j], number));
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

#define GONE "the value is missing; complete it, or train with --missing mean or drop"

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
    {NAMED, NULL, "a,t,y\n7,u,p\n?,u,p\n", true, 3, "column 1 (a): " GONE},
    {NAMED, NULL, "a,t\n7,u\n\n7,\n", false, 4, "column 2 (t): " GONE},
    {PLAIN, NULL, "7,u,p\n7,u,?\n", true, 2, "column 3: " GONE},
    {PLAIN, "1", "7,u,p\n?,u,p\n", true, 2, "column 1: " GONE},
    {NAMED, NULL, "a,t,y\n7,u,p\n7,u,r\n", true, 3,
     "column 3 (y): 'r' is a class that the training data did not have"},
    {"1,0\n1,1\n", NULL, "1,1\n1,2\n", true, 0,
     "column 2, row 2: 2 is a class that the training data did not have"},
    {NAMED, NULL, "a,t\n7,u\n7,w\n", false, 3,
     "column 2 (t): 'w' is a category that the training data did not have"},
    {PLAIN, NULL, "u,u\nv,v\n", false, 1,
     "column 1: 'u' is not a number, which the model expects"},
    {PLAIN, NULL, "7,8\n", false, 1, "column 2 holds numbers, where the model expects text"},
    {PLAIN, NULL, "\n7,u,8\n", true, 2, "column 3 holds numbers, where the model expects text"},
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
    static const size_t with[] = {2, 1}, without[] = {2, 0};
    bp_dataset *data = table_of("1,p\n?,q\n3,q\n"), *part = NULL;
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_AUTO, &e, &error), &error);
    assert_ok(bp_dataset_subset(data, with, 2, &part, &error), &error);
    assert_int_equal(bp_bind(&e, part, true, &bound, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "column 1: " GONE);
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
    assert_ok(bp_encoding_scale(&e, bp_scaling_at(0), true, second, NULL), NULL);
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
    double A[4][3];
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, NULL), NULL);
    e.fills = true;
    assert_ok(bp_encoding_scale(&e, bp_scaling_find("minmax", NULL), true, data, NULL), NULL);
    assert_same_bits(e.inputs[0].fill, 4);
    check_field(&e.inputs[0], 1, 7);
    assert_ok(bp_bind(&e, data, true, &bound, NULL), NULL);
    bp_source source = bp_bound_source(bound);
    source.fill(source.self, NULL, 0, 4, A[0], 3, NULL, 0);
    const double expected[4][3] = {{0, 0, 1}, {3.0 / 7, 1, 0}, {2.0 / 7, 0, 0}, {1, 0, 1}};
    for (size_t i = 0; i < 12; i++)
        assert_same_bits(A[i / 3][i % 3], expected[i / 3][i % 3]);
    bp_bound_destroy(bound);
    assert_int_equal(bp_bind(&e, no_target, true, &bound, NULL), BP_ERROR_FORMAT);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
    bp_dataset_destroy(no_target);
}

/* With drop_missing a row with a missing cell might as well not be there, its texts included. */
static void test_drop_missing(void **state)
{
    static const char text[] = "x,kind\n1,a\n?,b\n3,\n4,c\n";
    const bp_read_options options = {.drop_missing = true};
    char *path = make_file(text, strlen(text));
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    assert_ok(bp_dataset_read(path, &options, &data, &error), &error);
    assert_int_equal(data->rows, 2);
    assert_int_equal(bp_dataset_rows_dropped(data), 2);
    assert_int_equal(data->column[1].words.n_words, 2);
    assert_true(bp_dataset_row(data, 0)[0] == 1 && bp_dataset_row(data, 1)[0] == 4);
    bp_dataset_destroy(data);
    remove_file(path);
}

/* Rows in a given order, scaled, into padded matrices; A or T left out. */
static void test_fill(void **state)
{
    static const size_t order[] = {9, 3, 0};
    bp_dataset *data = table_of(numbers);
    bp_bound *bound = NULL;
    bp_encoding e;
    bp_error error;
    double A[2 * 6], T[2 * 2];
    (void)state;
    assert_ok(bp_encoding_decide(data, NULL, BP_TASK_REGRESSION, &e, &error), &error);
    assert_ok(bp_encoding_scale(&e, bp_scaling_at(1), true, data, &error), &error);
    assert_ok(bp_bind(&e, data, true, &bound, &error), &error);
    bp_source source = bp_bound_source(bound);
    assert_true(source.rows == 4 && source.inputs == 4 && source.outputs == 1);
    for (size_t i = 0; i < 12; i++)
        A[i] = T[i % 4] = 55;
    source.fill(source.self, order, 1, 2, A, 6, T, 2); /* rows 3 and 0 */
    static const double expected[] = {1, 0, 1, 0, 55, 55, 0, 0, 1, 0, 55, 55};
    assert_memory_equal(A, expected, sizeof A);
    assert_true(T[0] == 1 && T[1] == 55 && T[2] == 0 && T[3] == 55);
    source.fill(source.self, NULL, 1, 2, NULL, 0, T, 2);
    assert_true(T[0] == 0.25 && T[1] == 55 && T[2] == 0.5 && T[3] == 55);
    source.fill(source.self, NULL, 1, 1, A, 6, NULL, 0);
    assert_true(A[0] == 1.0 / 3 && A[3] == 1 && A[4] == 55 && A[6] == 0);
    bp_bound_destroy(bound);
    bp_encoding_clear(&e);
    bp_dataset_destroy(data);
}

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
            const double *row = bp_dataset_row(parts[p], i);
            assert_true(i == 0 || row[0] > bp_dataset_row(parts[p], i - 1)[0]);
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
        {0.1, {4, 2, 0}, 6}, {0.25, {9, 6, 0}, 15}, {0.5, {18, 12, 0}, 30},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read), cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_read_across_buffer), cmocka_unit_test(test_read_large),
        cmocka_unit_test(test_read_refused), cmocka_unit_test(test_files),
        cmocka_unit_test(test_from_array_and_subset), cmocka_unit_test(test_arrays_source),
        cmocka_unit_test(test_decide), cmocka_unit_test(test_decide_many),
        cmocka_unit_test(test_decide_refuses), cmocka_unit_test(test_decide_too_many),
        cmocka_unit_test(test_scale), cmocka_unit_test(test_scale_constant),
        cmocka_unit_test(test_scale_subset),
        cmocka_unit_test(test_scale_limits), cmocka_unit_test(test_bind),
        cmocka_unit_test(test_bind_refuses), cmocka_unit_test(test_bind_subset),
        cmocka_unit_test(test_bind_missing_in_array), cmocka_unit_test(test_scale_by_name),
        cmocka_unit_test(test_fill_missing), cmocka_unit_test(test_drop_missing),
        cmocka_unit_test(test_fill), cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_seeds), cmocka_unit_test(test_split_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
