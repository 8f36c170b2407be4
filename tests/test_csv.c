/* test_csv.c: tables out of CSV files, good and bad. */
#include "tables.h"

#include "data/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text;
    const char *table;
    bp_header header;
    char delimiter;
} good[] = {
    {"1,2\n3,4\n", "(1|2)(3|4)", 0, 0},
    {"1,2\n3,4", "(1|2)(3|4)", 0, 0},
    {"1,2\r\n3,4\r\n", "(1|2)(3|4)", 0, 0},
    {"\xef\xbb\xbf"
     "1,2\n",
     "(1|2)", 0, 0},
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
    {"1\t2\n\t\n \n \t 3\n", "(1|2)(?|?)(?|3)", 0, 0}, /* a line of tabs is a row */
    {"1 2\tx\n 4\t \t5 \"6\t7\" \t\n", "(1|2|'x')(4|5|'6\t7')", 0, ' '},
    {"1\t\"a b\"\n\t\n2 \"\"\n", "(1|'a b')(2|?)", 0, ' '},
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
    /* What stands between two quotes of a quoted cell is quoted, too */
    {"\"a \"\";b\",1\nx,2\n", "('a \";b'|1)('x'|2)", 0, 0},
    {"\"a\"\"\n;\",1\nx,2\n", "('a\"\n;'|1)('x'|2)", 0, 0},
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(read_bytes(good[i].text, strlen(good[i].text), good[i].header, good[i].delimiter,
                             &data, &error),
                  &error);
        printed table = print_table(data);
        assert_string_equal(table.text, good[i].table);
        bp_dataset_destroy(data);
    }
}

#define HINT  "; if the first line holds names, --header yes"
#define COMMA "column 2: '4,5' has a decimal comma; write numbers with a point" CATEGORICAL
#define NOT_UTF8                                                                                   \
    "column 1: text that is not UTF-8; convert the file, such as by iconv -f LATIN1 -t UTF-8"
#define CATEGORICAL       "; --categorical takes a column as text"
#define CORRECT           "; correct it, or leave the cell empty if the value is missing" CATEGORICAL
#define MIXED             "is not a number, as other cells of this column are" CORRECT
#define MIXED_WITH(n, at) "is not a number, as '" n "' in line " at " is" CORRECT
#define RAGGED(n, m, delimiter)                                                                    \
    n " cells, where the first line has " m " (the delimiter is '" delimiter "'); make them equal"
#define EMPTY "the file is empty; expected a line of cells for each row"
#define OPEN  "a quoted cell of this record does not end; close its quote"
#define AFTER                                                                                      \
    "column 1: text after the closing quote of a cell; a quote inside a quoted cell is written "   \
    "twice"
#define NUL   "column 1: a NUL byte: this is not a text file in UTF-8"
#define CR    "a carriage return within a line; end lines with LF or CR LF"
#define OTHER "expected text in UTF-8, but this is "
#define UTF16 OTHER "UTF-16; convert it, such as by iconv -f UTF-16 -t UTF-8"
#define TEN   "abcdefghij"
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
    {BYTES("x\ny\n3\n"), 1, "column 1: 'x' " MIXED_WITH("3", "3") HINT, 0, 0},
    {BYTES("1\n?\nx\n"), 3, "column 1: 'x' " MIXED, 0, 0},
    {BYTES("a,b\n1,2\n1,x\n"), 3, "column 2 (b): 'x' " MIXED, 0, 0},
    {BYTES("a,b\n1,x\n1,y\n1,3\n"), 2, "column 2 (b): 'x' " MIXED_WITH("3", "4"), 0, 0},
    {BYTES("a\n1\n"), 1, "column 1: 'a' " MIXED_WITH("1", "2") HINT, BP_HEADER_NO, 0},
    {BYTES("\"a\nb\",1\nc,d\n"), 3, "column 2: 'd' " MIXED, 0, 0},
    {BYTES("1\r\n2\r\nx\r\n"), 3, "column 1: 'x' " MIXED, 0, 0},
    {BYTES("1\n" SIXTY TEN "\n"), 2, "column 1: '" SIXTY "' " MIXED, 0, 0},
    {BYTES(SIXTY TEN "\n1\nx\n"), 3, "column 1 (" SIXTY "): 'x' " MIXED, 0, 0},
    /* texts that are almost numbers */
    {BYTES("1\n1e999\n"), 2, "column 1: '1e999' is more than a double can hold" CORRECT, 0, 0},
    {BYTES("1\n1.2x\n"), 2, "column 1: '1.2x' " MIXED, 0, 0},
    {BYTES("1\n0x10\n"), 2, "column 1: '0x10' " MIXED, 0, 0},
    {BYTES("1\n-inf\n"), 2, "column 1: '-inf' " MIXED, 0, 0},
    {BYTES("1\n1e\n"), 2, "column 1: '1e' " MIXED, 0, 0},
    {BYTES("1;2\n3;4,5\n"), 2, COMMA, 0, 0},
    {BYTES("1\t2\n3\t4,5\n"), 2, COMMA, 0, 0},
    {BYTES("1,5;4,5\n"), 1,
     "column 1: '1,5' has a decimal comma; write numbers with a point" CATEGORICAL, 0, 0},
    {BYTES("5.1x,3\n4,5\n"), 1, "column 1: '5.1x' " MIXED_WITH("4", "2") HINT, 0, 0},
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
    {BYTES("x\ny\0z\n"), 2, "column 1 (x): a NUL byte: this is not a text file in UTF-8", 0, 0},
    {BYTES("\0"), 1, NUL, 0, 0},
    {BYTES("1\0,2\n"), 1, NUL, 0, 0},
    {BYTES("a\0\nb\0\n"), 1, NUL, BP_HEADER_YES, 0},
    /* Said of a column of numbers too */
    {BYTES("1\n2\0\n"), 2, NUL, 0, 0},
    /* Bytes that a crash left behind are told of as such, not as a row of too few cells */
    {BYTES("1,2\n3,4\n\0\0\0\0"), 3, NUL, 0, 0},
    {BYTES("1,2\n3,4\n\xff\xfe\n"), 3, NOT_UTF8, 0, 0},
    /* A message is one line (status.h) */
    {BYTES("1\n\"a\nb\"\n"), 2, "column 1: 'a?b' " MIXED, 0, 0},
    /* more that are almost numbers */
    {BYTES("1,2\n3,--5\n"), 2, "column 2: '--5' " MIXED, 0, 0},
    {BYTES("1,2\n3,4\"5\n"), 2, "column 2: '4\"5' " MIXED, 0, 0},
    {BYTES("1,2\n3,4e+\n"), 2, "column 2: '4e+' " MIXED, 0, 0},
    {BYTES("1,2\n3,.\n"), 2, "column 2: '.' " MIXED, 0, 0},
    {BYTES("1,2\n3,1_000\n"), 2, "column 2: '1_000' " MIXED, 0, 0},
    {BYTES("1,2\n3,1 000\n"), 2, "column 2: '1 000' " MIXED, 0, 0},
    {BYTES("1,2\n3,5%\n"), 2, "column 2: '5%' " MIXED, 0, 0},
    {BYTES("1,2\n3,Infinity\n"), 2, "column 2: 'Infinity' " MIXED, 0, 0},
    {BYTES("1,2\n3,nan(1)\n"), 2, "column 2: 'nan(1)' " MIXED, 0, 0},
    {BYTES("1,2\n3,TRUE\n"), 2, "column 2: 'TRUE' " MIXED, 0, 0},
    {BYTES("1,2\n3,\xc2\xa0"
           "4\n"),
     2,
     "column 2: '\xc2\xa0"
     "4' " MIXED,
     0, 0},
    {BYTES("1,2\n1,000,2\n"), 2, RAGGED("3", "2", ","), 0, 0},
    {BYTES("1,2\n3,4\n"), 2,
     "column 1 (1,2): '3,4' has a decimal comma; write numbers with a point, or, if commas delimit "
     "cells, --delimiter ," CATEGORICAL,
     0, ';'},
    {BYTES("1,2,\n3,4\n"), 2, RAGGED("2", "3", ","), 0, 0},
    {BYTES("1|2\n3\n"), 2, RAGGED("1", "2", "|"), 0, 0},
    {BYTES("1\t2\n3\n"), 2, RAGGED("1", "2", "\\t"), 0, 0},
    {BYTES("1,2\n\x1a"), 2, RAGGED("1", "2", ","), 0, 0},
    /* line ends of old */
    {BYTES("1\r2\r"), 1, "column 1: " CR, 0, 0},
    {BYTES("a,b\r1,2\r"), 1, "column 2: " CR, 0, 0},
    {BYTES("1,2\n3,4\r5,6\n"), 2, "column 2: " CR, 0, 0},
    {BYTES("1,2\r\r\n"), 1, "column 2: " CR, 0, 0},
    /* text, but not UTF-8 */
    {BYTES("\xff\xfe"
           "1\0,\0"
           "2\0\n\0"),
     0, UTF16, 0, 0},
    {BYTES("\xfe\xff\0"
           "1\0,\0"
           "2\0\n"),
     0, UTF16, 0, 0},
    {BYTES("\xff\xfe\0\0"
           "1\0\0\0"),
     0, OTHER "UTF-32; convert it, such as by iconv -f UTF-32 -t UTF-8", 0, 0},
    {BYTES("1\0,\0"
           "2\0\n\0"),
     1, NUL, 0, 0},
    {BYTES("caf\xe9,1\n"), 1, NOT_UTF8, 0, 0},
    {BYTES("1,a\n2,b\n3,\xc0\x80\n"), 3,
     "column 2: text that is not UTF-8; convert the file, such as by iconv -f LATIN1 -t UTF-8", 0,
     0},
    {BYTES("\xef\xbb\xbf\xef\xbb\xbf"
           "1,5\n2,3\n"),
     1,
     "column 1: '\xef\xbb\xbf"
     "1' " MIXED_WITH("2", "2") HINT,
     0, 0},
    {BYTES("\xef\xbb"), 1, NOT_UTF8, 0, 0},
    /* other files */
    {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), 0, OTHER "a PNG image; it holds no table", 0, 0},
    {BYTES("\xff\xd8\xff\xe0"), 0, OTHER "a JPEG image; it holds no table", 0, 0},
    {BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"), 0, OTHER "an Excel file; save it as CSV", 0, 0},
    {BYTES("\xfd"
           "7zXZ\0\0"),
     0, OTHER "packed by xz; unpack it", 0, 0},
    {BYTES("\x28\xb5\x2f\xfd\x24"), 0, OTHER "packed by zstd; unpack it", 0, 0},
    {BYTES("BZh91AY&SY\1\2"), 0, OTHER "packed by bzip2; unpack it", 0, 0},
    {BYTES("PAR1\x15"), 0, OTHER "a Parquet file; save the table as CSV or NPY", 0, 0},
    {BYTES("\x89HDF\r\n\x1a\n"), 0, OTHER "an HDF5 file; save the table as CSV or NPY", 0, 0},
    {BYTES("\x50\0\0\0\0\0\0\0{\"0.bias\":"), 0,
     OTHER "a safetensors file, such as a model; it holds no table", 0, 0},
    {BYTES("\x7f"
           "ELF\2\1\1\0"),
     1, NUL, 0, 0},
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

/* A text that begins as a word does, wherever it would go in the dictionary. */
static void test_word_and_nul(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 100; n++) {
        char text[110] = "x\ny\ny";
        memset(text + 6, 'z', n); /* text[5] is NUL */
        text[6 + n] = '\n';
        bp_dataset *data;
        bp_error error;
        assert_int_equal(read_bytes(text, 7 + n, 0, 0, &data, &error), BP_ERROR_FORMAT);
        assert_string_equal(error.message, NUL);
        assert_int_equal(error.line, 3);
    }
}

/* Lines, cells and numbers of any length. */
static void test_malformed_at_length(void **state)
{
    enum { N = 600000 };
    static const struct {
        const char *before, *filling, *after;
        const char *message;
    } cases[] = {
        {"1,2\n", "1,", "1\n", RAGGED("300001", "2", ",")},
        {"1,2\n", ",,", "\n", RAGGED("600001", "2", ",")},
        {"1,2\n1,\"", "x\n", "2\n", OPEN},
        {"1,2\n3,", "11", "\n",
         "column 2: '111111111111111111111111111111111111111111111111111111111111' " MIXED},
        {"1,2\n3,\"", "ab", "\"\n",
         "column 2: '"
         "abababababababababababababababababababababababababababababab' " MIXED},
        {"1,2\n\"", "x,", "\"1,2\n", AFTER},
    };
    (void)state;
    char *text = malloc(N + 100);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t used = (size_t)sprintf(text, "%s", cases[i].before);
        for (size_t filled = 0; filled < N; filled += 2)
            memcpy(text + used + filled, cases[i].filling, 2);
        used += N;
        used += (size_t)sprintf(text + used, "%s", cases[i].after);
        bp_dataset *data = NULL;
        bp_error error;
        assert_int_equal(read_bytes(text, used, 0, 0, &data, &error), BP_ERROR_FORMAT);
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.line, 2);
        assert_null(data);
    }
    free(text);
}

static void test_too_wide(void **state)
{
    bp_dataset *data = NULL;
    bp_error error;
    char *text = malloc(BP_MOST_COLUMNS);
    (void)state;
    assert_non_null(text);
    memset(text, ',', BP_MOST_COLUMNS);
    assert_int_equal(read_bytes(text, BP_MOST_COLUMNS, 0, 0, &data, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message,
                        "10000002 cells, more than the 10000001 columns that a table "
                        "may have; begin a line for each row");
    assert_int_equal(error.line, 1);
    assert_null(data);
    free(text);
}

/* No truncation and no changed byte does more than fail. */
static void test_damaged(void **state)
{
    static const char text[] = "\xef\xbb\xbf"
                               "a,\"b \"\"c\"\"\",\xc3\xa9\r\n-1.5e1,\"x,\ny\",\n\n?, z ,\"7\"";
    static const char bytes[] = " 0\";,|\t\r\nx.\xff";
    enum { SIZE = sizeof text - 1, N_BYTES = sizeof bytes };
    (void)state;
    for (size_t at = 0; at <= SIZE; at++)
        for (size_t b = 0; b < N_BYTES + (at < SIZE); b++) { /* the last cuts it off */
            char *copy = malloc(SIZE); /* to its last byte, so that a sanitizer sees one too many */
            size_t size = b < N_BYTES && at < SIZE ? SIZE : at;
            bp_input *input;
            bp_dataset *data = NULL;
            bp_error error;
            assert_non_null(copy);
            memcpy(copy, text, SIZE);
            if (size == SIZE && at < SIZE)
                copy[at] = bytes[b];
            assert_ok(bp_input_of_bytes("file", copy, size, &input, &error), &error);
            bp_status status = bp_dataset_read_input(input, NULL, NULL, &data, &error);
            assert_true(status == BP_OK || status == BP_ERROR_FORMAT);
            if (!status)
                print_table(data);
            bp_dataset_destroy(data);
            free(copy);
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
        assert_true(bp_dataset_cell(data, 1, 1) == 7 && bp_dataset_cell(data, 2, 1) == 8);
        bp_dataset_destroy(data);
    }
    free(text);
}

/* The blocks that a text comes in: of `most` rows, but for the last, even if more had to be read
 * before it was known what the first line is. */
static const struct {
    const char *text;
    size_t most;
    const char *blocks;
} in_blocks[] = {
    {"1\n2\n3\n", 2, "(1)(2); (3); "},
    {"a\nb\nc\n", 1, "('a'); ('b'); ('c'); "},
    {"a,1\nb,?\na,3\n", 1, "('a'|1); ('b'|?); ('a'|3); "},
    {"a,?\n?,u\n?,v\n?,u\n", 1, "('a'|?); (?|'u'); (?|'v'); (?|'u'); "},
    {"a,?\n?,u\n?,v\n?,u\n", 3, "('a'|?)(?|'u')(?|'v'); (?|'u'); "},
    {"a,b\n?,1\n?,2\n3,?\n", 2, "<a|b>(?|1)(?|2); <a|b>(3|?); "},
    {"a,b\n?,1\n?,2\nx,?\ny,3\n", 1, "<a|b>(?|1); <a|b>(?|2); <a|b>('x'|?); <a|b>('y'|3); "},
};

static void test_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof in_blocks / sizeof *in_blocks; i++) {
        const char *text = in_blocks[i].text;
        bp_input *input = NULL;
        bp_table_reader *reader = NULL;
        bp_dataset *block = NULL;
        bp_error error;
        printed blocks = {.used = 0};
        size_t rows = 0;
        assert_ok(bp_input_of_bytes("t", text, strlen(text), &input, &error), &error);
        assert_ok(bp_table_reader_open(input, NULL, NULL, &reader, &error), &error);
        for (;;) {
            assert_ok(bp_table_reader_next(reader, in_blocks[i].most, &block, &error), &error);
            if (!block)
                break;
            put(&blocks, "%s; ", print_table(block).text);
            assert_int_equal(bp_dataset_row_number(block, 0), rows + 1);
            rows += bp_dataset_rows(block);
            bp_dataset_destroy(block);
        }
        assert_string_equal(blocks.text, in_blocks[i].blocks);
        bp_table_reader_close(reader);
    }
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
        double row[3];
        bp_dataset_load(data, (size_t)i + (i > ROWS / 2), 0, 3, row);
        sprintf(cell, "word,%d\n\"", i % 1000);
        assert_same_bits(row[0], i);
        assert_string_equal(data->column[1].words.words[(size_t)row[1]].text, cell);
        assert_same_bits(row[2], i / 7.0);
    }
    size_t word = (size_t)bp_dataset_cell(data, ROWS / 2 + 1, 1);
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
    assert_true(bp_dataset_cell(data, 0, 0) == 1 && bp_dataset_cell(data, 1, 0) == 4);
    bp_dataset_destroy(data);
    remove_file(path);
}

/* Rows have their numbers in the file, whatever was left out before them: also where the first line
 * turns out to be a row, or no row of those before it was known to be the last. */
static void test_row_numbers(void **state)
{
    static const struct {
        const char *text;
        size_t rows, numbers[4];
    } cases[] = {
        {"1,2\n3,4\n", 2, {1, 2}},
        {"x,y\n,1\n2,3\n?,4\n5,?\n6,7\n", 2, {2, 5}},
        {"?,u\n1,v\n,w\n2,v\n3,v\n", 3, {2, 4, 5}},
        {"u,v\n?,w\nu,?\nx,y\n", 2, {1, 4}}, /* a first line that is judged late */
        {"?,v\nz,w\nu,?\nx,y\n", 2, {2, 4}},
    };
    const bp_read_options options = {.drop_missing = true};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_file(cases[i].text, strlen(cases[i].text));
        bp_dataset *data = NULL, *last = NULL;
        bp_error error;
        assert_ok(bp_dataset_read(path, &options, &data, &error), &error);
        assert_int_equal(data->rows, cases[i].rows);
        for (size_t row = 0; row < data->rows; row++)
            assert_int_equal(bp_dataset_row_number(data, row), cases[i].numbers[row]);
        size_t end = data->rows - 1;
        assert_ok(bp_dataset_subset(data, &end, 1, &last, &error), &error);
        assert_int_equal(bp_dataset_row_number(last, 0), cases[i].numbers[end]);
        bp_dataset_destroy(last);
        bp_dataset_destroy(data);
        remove_file(path);
    }
}

/* What is ignored may hold anything and is missing, for which no row is left out. */
static void test_ignored(void **state)
{
    static const struct {
        const char *text, *ignored, *table;
        bool drop_missing;
        size_t dropped;
    } cases[] = {
        {"1,a\n2,7\n3,?\n", "2", "(1|?)(2|?)(3|?)", true, 0},
        {"id,x\nA1,1\n7,2\n?,3\nA1,?\n", "id", "<id|x>(?|1)(?|2)(?|3)(?|?)", false, 0},
        {"id,x\nA1,1\n7,2\n?,3\nA1,?\n", "id", "<id|x>(?|1)(?|2)(?|3)", true, 1},
        {"a,b\nc,d\n", "a", "<a|b>(?|'d')", false, 0}, /* a name makes a header */
        {"a,b,1,5\n\"x\ny\",b,2,\xff\n", "1,4", "(?|'b'|1|?)(?|'b'|2|?)", true, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bp_read_options options = {.ignored = cases[i].ignored,
                                         .drop_missing = cases[i].drop_missing};
        char *path = make_file(cases[i].text, strlen(cases[i].text));
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(bp_dataset_read(path, &options, &data, &error), &error);
        assert_string_equal(print_table(data).text, cases[i].table);
        assert_int_equal(bp_dataset_rows_dropped(data), cases[i].dropped);
        bp_dataset_destroy(data);
        bp_conversion done;
        assert_int_equal(bp_convert(path, &options, "-", NULL, &done, &error), BP_ERROR_ARGUMENT);
        remove_file(path);
    }
}

/* A name that will be asked for makes a header, as one that is asked for by `categorical` does. */
static void test_named(void **state)
{
    static const struct {
        const char *named, *table;
        bp_header header;
    } cases[] = {
        {NULL, "('a'|'b')('c'|'d')", 0}, {"b", "<a|b>('c'|'d')", 0},
        {"x,a", "<a|b>('c'|'d')", 0},    {"d", "('a'|'b')('c'|'d')", 0},
        {"2", "('a'|'b')('c'|'d')", 0},  {"b", "('a'|'b')('c'|'d')", BP_HEADER_NO},
    };
    static const char text[] = "a,b\nc,d\n";
    char *path = make_file(text, strlen(text));
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bp_read_options options = {.header = cases[i].header, .named = cases[i].named};
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(bp_dataset_read(path, &options, &data, &error), &error);
        assert_string_equal(print_table(data).text, cases[i].table);
        bp_dataset_destroy(data);
    }
    remove_file(path);
}

static const struct {
    const char *text, *categorical, *table;
    bp_header header;
    char delimiter;
} categorical[] = {
    {"1,2\n10A,3\n", "1", "('1'|2)('10A'|3)", 0, 0},
    {"10A,2\n1,3\n", "1", "('10A'|2)('1'|3)", 0, 0},
    {"1,2\n01,3\n1.0,4\n 1 ,5\n", "1", "('1'|2)('01'|3)('1.0'|4)('1'|5)", 0, 0},
    {"1,2\n?,3\n\"\",4\n7,5\n", "1", "('1'|2)(?|3)(?|4)('7'|5)", 0, 0},
    {"1,2\n3,4\n", "2,1", "('1'|'2')('3'|'4')", 0, 0},
    {"1,2\n3,4\n", "1,1", "('1'|2)('3'|4)", 0, 0},
    {"a,b\n1,x\n2,y\n", "2", "<a|b>(1|'x')(2|'y')", 0, 0}, /* it was text anyway */
    /* by name */
    {"floor,y\n10A,1\n2,2\n", "floor", "<floor|y>('10A'|1)('2'|2)", 0, 0},
    {"y,floor\n1,2\n2,10A\n", "floor", "<y|floor>(1|'2')(2|'10A')", 0, 0},
    {"2,1\n5,6\n", "1", "<2|1>(5|'6')", BP_HEADER_YES, 0}, /* the name rather than the number */
    {"2,1\n5,6\n", "1", "('2'|1)('5'|6)", 0, 0},
    {"2,1\n5,6\n", "1", "('2'|1)('5'|6)", BP_HEADER_NO, 0},
    /* a name that is found makes a header; categories tell nothing about one */
    {"grade,kind\n1,u\n2,v\n", "grade", "<grade|kind>('1'|'u')('2'|'v')", 0, 0},
    {"grade,2001\n1,4\n2,5\n", "grade", "<grade|2001>('1'|4)('2'|5)", 0, 0},
    {"10A,u\n1,v\n", "1", "('10A'|'u')('1'|'v')", 0, 0},
    {"b,7\na,8\n", "1", "('b'|7)('a'|8)", 0, 0},
    {"grade,y\n1,4\n2,5\n", "1", "<grade|y>('1'|4)('2'|5)", 0, 0},
    /* what is text has no decimal comma */
    {"1,5;2\n1,6;3\n", "1", "('1,5'|2)('1,6'|3)", 0, ';'},
};

static bp_status read_categorical(const char *text, const char *columns, bp_header header,
                                  char delimiter, bp_dataset **data, bp_error *error)
{
    const bp_read_options options = {
        .header = header, .delimiter = delimiter, .categorical = columns};
    char *path = make_file(text, strlen(text));
    bp_status status = bp_dataset_read(path, &options, data, error);
    assert_true(status == BP_OK || strcmp(error->file, path) == 0);
    remove_file(path);
    return status;
}

static void test_categorical(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof categorical / sizeof *categorical; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_ok(read_categorical(categorical[i].text, categorical[i].categorical,
                                   categorical[i].header, categorical[i].delimiter, &data, &error),
                  &error);
        assert_string_equal(print_table(data).text, categorical[i].table);
        bp_dataset_destroy(data);
    }
}

static void test_categorical_refused(void **state)
{
    static const struct {
        const char *text, *categorical;
        bp_header header;
        bp_status status;
        size_t line;
        const char *message;
    } cases[] = {
        {"1,2\n3,4\n", "3", 0, BP_ERROR_ARGUMENT, 0,
         "no column '3'; give a name from the header line or a number from 1 to 2"},
        {"a,b\n3,4\n", "c", 0, BP_ERROR_ARGUMENT, 0,
         "no column 'c'; give a name from the header line or a number from 1 to 2"},
        {"a,b\n3,4\n", "a,", 0, BP_ERROR_ARGUMENT, 0,
         "no column ''; give a name from the header line or a number from 1 to 2"},
        {"a,b\n3,4\n", "a", BP_HEADER_NO, BP_ERROR_ARGUMENT, 0,
         "no column 'a'; give a name from the header line or a number from 1 to 2"},
        {"a,a\n3,4\n", "a", 0, BP_ERROR_ARGUMENT, 0,
         "2 columns are named 'a'; name it by its number, 1 to 2"},
        {"1,2\n10A,x\n", "1", 0, BP_ERROR_FORMAT, 2, "column 2: 'x' " MIXED},
        {"1,2\n\xff,3\n", "1", 0, BP_ERROR_FORMAT, 2, NOT_UTF8},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        assert_int_equal(read_categorical(cases[i].text, cases[i].categorical, cases[i].header, 0,
                                          &data, &error),
                         cases[i].status);
        assert_string_equal(error.message, cases[i].message);
        assert_int_equal(error.line, cases[i].line);
        assert_null(data);
    }
}

static const char *cell_anywhere(size_t i)
{
    static const char *const cells[] = {"7",         "-1",         ".25",     "3.5 ",
                                        " 12.5",     "-0.125",     "1048576", "12345.75",
                                        "100000000", "-1234.0625", " \t42 ",  "0.0000152587890625"};
    return cells[(uint64_t)i * 2654435761 % 4294967291 % (sizeof cells / sizeof *cells)];
}

/* Cells of many lengths in lines of 1 to 80 of them, so that delimiters stand everywhere, some of
 * them quoted: each is as the text has it. */
static void test_cells_anywhere(void **state)
{
    enum { ROWS = 20 };
    (void)state;
    for (size_t columns = 1; columns <= 80; columns++) {
        char text[ROWS * 80 * 24];
        size_t used = 0;
        for (size_t i = 0; i < ROWS * columns; i++) {
            const char *cell = cell_anywhere(columns + i);
            const char *quote = i / 97 % 3 == 1 && !strchr(cell, ' ') ? "\"" : "";
            bool last = (i + 1) % columns == 0;
            used += (size_t)sprintf(text + used, "%s%s%s%s", quote, cell, quote,
                                    !last         ? ","
                                    : columns % 2 ? "\r\n"
                                                  : "\n");
        }
        bp_dataset *data;
        bp_error error = {0};
        assert_ok(read_bytes(text, used, BP_HEADER_NO, ',', &data, &error), &error);
        assert_int_equal(bp_dataset_columns(data), columns);
        assert_int_equal(bp_dataset_rows(data), ROWS);
        for (size_t i = 0; i < ROWS * columns; i++)
            assert_same_bits(bp_dataset_cell(data, i / columns, i % columns),
                             strtod(cell_anywhere(columns + i), NULL));
        bp_dataset_destroy(data);
    }
}

/* ---- Side by side ------------------------------------------------------------------------- */

enum { LONG_ROWS = 12000, LATE_WORD = 9301, LINES_BEFORE = 2 }; /* a blank line, and the names */

static double long_number(size_t i) { return (double)(i * 7919 % 100003) / 8 - 5000; }
static bool is_long_gap(size_t i) { return i > 6000 && i % 777 == 5; }
static const char *long_word(size_t i)
{
    static const char *const words[] = {"ash", "birch", "cherry", "dogwood"};
    return words[i >= LATE_WORD && i % 2 ? 3 : i % 3];
}

/* Half a megabyte: a number, a word, of which the last comes late, and a number with gaps. Here and
 * there is a cell in quotes, or an end of line by CR LF; a blank line follows row `blank`, and
 * `odd` stands in the place of row `odd_row`. */
static char *long_text(size_t blank, size_t odd_row, const char *odd)
{
    char *text = malloc(LONG_ROWS * 60), *at = text;
    assert_non_null(text);
    at += sprintf(at, "\nnumber,word,gaps\n");
    for (size_t i = 0; i < LONG_ROWS; i++) {
        const char *quote = i % 1999 == 17 ? "\"" : "";
        if (i == odd_row) {
            at += sprintf(at, "%s\n", odd);
            continue;
        }
        at += sprintf(at, "%.17g,%s%s%s,", long_number(i), quote, long_word(i), quote);
        if (is_long_gap(i))
            at += sprintf(at, "%s", i % 2 ? "" : "NA");
        else
            at += sprintf(at, "%zu", i);
        at += sprintf(at, "%s", i % 1009 == 3 ? "\r\n" : "\n");
        at += sprintf(at, "%s", i == blank ? " \n" : "");
    }
    return text;
}

static bp_status read_long(char *text, size_t threads, size_t most, bp_dataset **blocks, size_t *n,
                           bp_error *error)
{
    bp_read_options how = {.threads = threads};
    bp_input *input;
    bp_table_reader *reader;
    assert_ok(bp_input_of_bytes("long.csv", text, strlen(text), &input, error), error);
    assert_ok(bp_table_reader_open(input, &how, NULL, &reader, error), error);
    *n = 0;
    bp_status status;
    while (!(status = bp_table_reader_next(reader, most, &blocks[*n], error)) && blocks[*n])
        ++*n;
    bp_table_reader_close(reader);
    free(text);
    return status;
}

static void check_long(const bp_dataset *data, size_t first)
{
    for (size_t i = 0; i < bp_dataset_rows(data); i++) {
        size_t row = first + i;
        assert_same_bits(bp_dataset_cell(data, i, 0), long_number(row));
        size_t word = (size_t)bp_dataset_cell(data, i, 1);
        assert_string_equal(data->column[1].words.words[word].text, long_word(row));
        if (is_long_gap(row))
            assert_true(isnan(bp_dataset_cell(data, i, 2)));
        else
            assert_same_bits(bp_dataset_cell(data, i, 2), (double)row);
    }
}

/* The same table, with the same line numbers, however many threads read it. */
static void test_side_by_side(void **state)
{
    (void)state;
    size_t gap = 0, n;
    bp_dataset *blocks[LONG_ROWS / 2999 + 2];
    bp_error error = {0};
    while (!is_long_gap(gap))
        gap++;
    for (size_t threads = 0; threads <= 9; threads += 3) {
        size_t blank = threads % 2 ? 3456 : 123, after = gap > blank;
        assert_ok(read_long(long_text(blank, SIZE_MAX, ""), threads, SIZE_MAX, blocks, &n, &error),
                  &error);
        assert_int_equal(n, 1);
        assert_int_equal(bp_dataset_rows(blocks[0]), LONG_ROWS);
        check_long(blocks[0], 0);
        assert_int_equal(blocks[0]->first_line, 1 + LINES_BEFORE);
        assert_int_equal(blocks[0]->column[1].words.words[3].line,
                         LATE_WORD + 1 + LINES_BEFORE + 1);
        assert_int_equal(blocks[0]->column[2].first_missing, gap + 1 + LINES_BEFORE + after);
        bp_dataset_destroy(blocks[0]);
    }
    assert_ok(read_long(long_text(5, SIZE_MAX, ""), 3, 2999, blocks, &n, &error), &error);
    assert_int_equal(n, LONG_ROWS / 2999 + 1);
    for (size_t b = 0, first = 0; b < n; b++) {
        check_long(blocks[b], first);
        assert_int_equal(blocks[b]->first_line, first + 1 + LINES_BEFORE + (b > 0));
        first += bp_dataset_rows(blocks[b]);
        bp_dataset_destroy(blocks[b]);
    }
}

static void test_mistakes_side_by_side(void **state)
{
    static const struct {
        const char *row;
        size_t line;
        const char *message;
    } odd[] = {
        {"x,ash,1", 9003, "column 1 (number): 'x' is not a number"},
        {"1,ash", 9003, "2 cells, where the first line has 3"},
        {"1,2,3", 3, "column 2 (word): 'ash' is not a number"},
        {"1,\"ash\" x,3", 9003, "column 2: text after the closing quote"},
        {"1,as\rh,3", 9003, "column 2: a carriage return within a line"},
        {"1,\xff,3", 9003, "column 2 (word): text that is not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        for (size_t threads = 1; threads <= 3; threads += 2) {
            size_t n;
            bp_dataset *blocks[2];
            bp_error error = {0};
            bp_status status = read_long(long_text(SIZE_MAX, 9000, odd[i].row), threads, SIZE_MAX,
                                         blocks, &n, &error);
            assert_int_equal(status, BP_ERROR_FORMAT);
            assert_int_equal(error.line, odd[i].line);
            if (strncmp(error.message, odd[i].message, strlen(odd[i].message)) != 0)
                fail_msg("%s", error.message);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_mistakes_side_by_side),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_cells_anywhere),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_word_and_nul),
        cmocka_unit_test(test_malformed_at_length),
        cmocka_unit_test(test_too_wide),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_read_across_buffer),
        cmocka_unit_test(test_read_large),
        cmocka_unit_test(test_read_refused),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_drop_missing),
        cmocka_unit_test(test_row_numbers),
        cmocka_unit_test(test_ignored),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_categorical),
        cmocka_unit_test(test_categorical_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
