/* test_npy.c: tables in NPY files, good and bad. */
#include "arrays.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Files -------------------------------------------------------------------------------- */

/* The magic, the version, the length, the dict. */
static void append_header(bytes *file, int version, const char *dict, size_t size)
{
    append(file, "\x93NUMPY", 6);
    append(file, (unsigned char[]){(unsigned char)version, 0}, 2);
    append_number(file, version == 1 ? "u2" : "u4", false, (double)size);
    append(file, dict, size);
}

static const struct {
    shape shape;
    const char *tuple, *text;
} shapes[] = {
    {{1, {5}}, "(5,)", "5"},
    {{2, {5, 1}}, "(5, 1)", "5x1"},
    {{2, {1, 9}}, "(1, 9)", "1x9"},
    {{2, {4, 3}}, "(4, 3)", "4x3"},
    {{3, {3, 2, 4}}, "(3, 2, 4)", "3x2x4"},
    {{4, {2, 3, 2, 3}}, "(2, 3, 2, 3)", "2x3x2x3"},
};

/* Orders and versions take turns with the shapes and types. */
static void check_array(const number_type *type, size_t s, char order, bool fortran, int version)
{
    bytes file = {.size = 0};
    char dict[200], format[100];
    int length =
        snprintf(dict, sizeof dict, "{'descr': '%c%s', 'fortran_order': %s, 'shape': %s, }  \n",
                 order, type->name, fortran ? "True" : "False", shapes[s].tuple);
    append_header(&file, version, dict, (size_t)length);
    append_array(&file, type, &shapes[s].shape, order == '>', fortran);
    snprintf(format, sizeof format, "NPY %d.0, %c%s, %s, %s order", version, order, type->name,
             shapes[s].text, fortran ? "Fortran" : "C");
    check_good(&file, print_array(type, &shapes[s].shape).text, format);
}

static void test_good(void **state)
{
    (void)state;
    for (size_t t = 0; t < n_number_types; t++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (int way = 0; way < 4; way++)
                check_array(&number_types[t], s, way & 1 ? '>' : '<', way & 2,
                            1 + (int)(t + s + (size_t)way) % 3);
    check_array(&number_types[0], 2, '|', false, 1);
    check_array(&number_types[1], 3, '|', true, 2);
}

static void test_booleans(void **state)
{
    static const char dict[] = "{'descr': '|b1', 'fortran_order': False, 'shape': (3, 2)}\n";
    bytes file = {.size = 0};
    (void)state;
    append_header(&file, 1, dict, sizeof dict - 1);
    append(&file, "\0\1\1\1\0\0", 6);
    check_good(&file, "(0|1)(1|1)(0|0)", "NPY 1.0, |b1, 3x2, C order");
}

/* What Python would read as the same. */
static void test_header(void **state)
{
    static const char *const dicts[] = {
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }",
        "{'descr':'<i2','fortran_order':False,'shape':(2,)}",
        "{'shape': (2,), 'fortran_order': False, 'descr': '<i2'}\n",
        "{\"shape\": (2,), 'fortran_order': False, \"descr\": \"<i2\"}",
        " \t{ 'shape' :\n ( 2 , ) , 'fortran_order'\r\n: False , 'descr' : '<i2' , } \n\n\t ",
        "{'descr': '<i2', 'fortran_order': True, 'shape': (2,1,)}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        bytes file = {.size = 0};
        bp_dataset *data = NULL;
        bp_error error;
        append_header(&file, 1, dicts[i], strlen(dicts[i]));
        append(&file, "\1\0\0\1", 4);
        assert_ok(read_array("x", file.at, file.size, &data, &error), &error);
        assert_string_equal(print_table(data).text, "(1)(256)");
        bp_dataset_destroy(data);
    }
}

/* ---- Bad files ---------------------------------------------------------------------------- */

#define ANEW                          "; write the file anew, such as by numpy.save()"
#define SYNTAX(byte, found, expected) "byte " byte ": found " found "; expected " expected ANEW
#define KEY(byte, found)                                                                           \
    "byte " byte ": " found "; expected descr, fortran_order and shape, once each" ANEW
#define TYPE(type, what)                                                                           \
    "byte 20: the type '" type "' is " what                                                        \
    "; expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 "                                       \
    "or f8; convert the array, such as by astype('<f8')"
#define DICT(type, order, shape)                                                                   \
    "{'descr': " type ", 'fortran_order': " order ", 'shape': " shape ", }\n"

/* Bytes of files as they are. */
static const struct {
    const char *bytes;
    size_t size;
    const char *message;
} raw[] = {
    {BYTES("\x93"), CUT("1", "8")},
    {BYTES("\x93NUM"), CUT("4", "8")},
    {BYTES("\x93NUMPY"), CUT("6", "8")},
    {BYTES("\x93NUMPY\x01"), CUT("7", "8")},
    {BYTES("\x93NUMPY\x01\x00"), CUT("8", "10")},
    {BYTES("\x93NUMPY\x01\x00v"), CUT("9", "10")},
    {BYTES("\x93NUMPY\x02\x00v\x00\x00"), CUT("11", "12")},
    {BYTES("\x93NUMPY\x01\x00v\x00"), CUT("10", "128")},
    {BYTES("\x93NUMPY\x01\x00v\x00{"), CUT("11", "128")},
    {BYTES("\x93NUMPY\x03\x00v\x00\x00\x00{"), CUT("13", "130")},
    {BYTES("\x93NUMPY\x00\x00\x01\x00{"),
     "byte 6: version 0.0; expected 1.0, 2.0 or 3.0; write the file anew, such as by numpy.save()"},
    {BYTES("\x93NUMPY\x04\x00\x01\x00\x00\x00{"),
     "byte 6: version 4.0; expected 1.0, 2.0 or 3.0; write the file anew, such as by numpy.save()"},
    {BYTES("\x93NUMPY\x01\x01\x01\x00{"),
     "byte 6: version 1.1; expected 1.0, 2.0 or 3.0; write the file anew, such as by numpy.save()"},
    {BYTES("\x93NUMPY\x02\x00\x01\x00\x10\x00{"),
     "byte 8: the header has 1048577 bytes; expected 1048576 at most; write the file anew, such as "
     "by numpy.save()"},
    {BYTES("\x93NUMPY\x03\x00\xff\xff\xff\xff{"),
     "byte 8: the header has 4294967295 bytes; expected 1048576 at most; write the file anew, such "
     "as by numpy.save()"},
    {BYTES("\x93NUMPY\x01\x00\x00\x00"), SYNTAX("10", "the end of the header", "the { of a dict")},
    {BYTES("PK\x03\x04\x14\x00\x00\x00\x00\x00"),
     "byte 0: a ZIP archive, as NPZ files are (numpy.savez), which is not read; unpack it, such as "
     "by unzip, and name one of the files in it"},
};

static void test_raw(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        bytes file = {.size = 0};
        append(&file, raw[i].bytes, raw[i].size);
        check_bad(&file, raw[i].message);
    }
}

/* Dicts, before some bytes of data. */
static const struct {
    const char *dict;
    size_t size; /* of the data, which are zeros, but for the last byte, which is 0x7c */
    const char *message;
} bad[] = {
    {"", 0, SYNTAX("10", "the end of the header", "the { of a dict")},
    {"\n", 0, SYNTAX("11", "the end of the header", "the { of a dict")},
    {"[1]", 0, SYNTAX("10", "'['", "the { of a dict")},
    {"{", 0, SYNTAX("11", "the end of the header", "a key in quotes, or the closing }")},
    {"{}", 0, KEY("11", "a } without the key 'descr'")},
    {"{,}", 0, SYNTAX("11", "','", "a key in quotes, or the closing }")},
    {"{'descr'", 0, SYNTAX("18", "the end of the header", "a colon after the key")},
    {"{'descr' '<f8'}", 0, SYNTAX("19", "'''", "a colon after the key")},
    {"{'descr: '<f8'}\n", 0, KEY("11", "an unknown key 'descr: '")},
    {"{descr: '<f8'}", 0, SYNTAX("11", "'d'", "a key in quotes, or the closing }")},
    {"{'descr': '<f8', 'fortran_order': False}", 0, KEY("49", "a } without the key 'shape'")},
    {"{'fortran_order': False, 'shape': (1, 2)}", 0, KEY("50", "a } without the key 'descr'")},
    {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}", 0,
     KEY("27", "a second key 'descr'")},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), 'x': 1}", 0,
     KEY("68", "an unknown key 'x'")},
    {"{'Descr': '<f8'}", 0, KEY("11", "an unknown key 'Descr'")},
    {"{'descr': '<f8' 'fortran_order': False}", 0, SYNTAX("26", "'''", "a comma or the closing }")},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}x", 0,
     SYNTAX("67", "'x'", "blanks up to the end of the header")},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}}", 0,
     SYNTAX("67", "'}'", "blanks up to the end of the header")},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)\n", 0,
     SYNTAX("67", "the end of the header", "a comma or the closing }")},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2),,}", 0,
     SYNTAX("67", "','", "a key in quotes, or the closing }")},
    {"{'d\xc3\xa9scr': '<f8'}", 0,
     SYNTAX("13", "the byte c3", "the closing quote of a string of plain ASCII characters")},
    {"{'de\\x73cr': '<f8'}", 0,
     SYNTAX("14", "'\\'", "the closing quote of a string of plain ASCII characters")},
    {DICT("'<f8", "False", "(1, 2)"), 0, TYPE("<f8, ", "floats of an unknown size")},
    {DICT("'<f8\"", "False", "(1, 2)"), 0, TYPE("<f8\", ", "floats of an unknown size")},
    {DICT("<f8", "False", "(1, 2)"), 0, SYNTAX("20", "'<'", "a type in quotes, such as '<f8'")},
    {DICT("''", "False", "(1, 2)"), 0, TYPE("", "without a byte order (<, >, or | for bytes)")},
    {DICT("'f8'", "False", "(1, 2)"), 0, TYPE("f8", "without a byte order (<, >, or | for bytes)")},
    {DICT("'=f8'", "False", "(1, 2)"), 0,
     TYPE("=f8", "without a byte order (<, >, or | for bytes)")},
    {DICT("'|f8'", "False", "(1, 2)"), 0,
     TYPE("|f8", "of more than a byte, but has no byte order (< or >)")},
    {DICT("'|O'", "False", "(1, 2)"), 0, TYPE("|O", "Python objects, and pickles are not read")},
    {DICT("'<U5'", "False", "(1, 2)"), 0, TYPE("<U5", "texts")},
    {DICT("'|S3'", "False", "(1, 2)"), 0, TYPE("|S3", "texts")},
    {DICT("'<c16'", "False", "(1, 2)"), 0, TYPE("<c16", "complex numbers")},
    {DICT("'<f16'", "False", "(1, 2)"), 0, TYPE("<f16", "floats of an unknown size")},
    {DICT("'<M8[ns]'", "False", "(1, 2)"), 0, TYPE("<M8[ns]", "dates")},
    {DICT("'<f3'", "False", "(1, 2)"), 0, TYPE("<f3", "floats of an unknown size")},
    {DICT("'<i3'", "False", "(1, 2)"), 0, TYPE("<i3", "integers of an unknown size")},
    {DICT("'<x8'", "False", "(1, 2)"), 0, TYPE("<x8", "not known")},
    {DICT("'|V8'", "False", "(1, 2)"), 0, TYPE("|V8", "raw bytes")},
    {DICT("'<f8 '", "False", "(1, 2)"), 0, TYPE("<f8 ", "floats of an unknown size")},
    {DICT("[('a', '<f8'), ('b', '<i4')]", "False", "(1, 2)"), 0, TYPE("[...]", "a structure")},
    {DICT("'<f8'", "false", "(1, 2)"), 0,
     SYNTAX("44", "'f'", "True or False, for Fortran's order or C's")},
    {DICT("'<f8'", "0", "(1, 2)"), 0,
     SYNTAX("44", "'0'", "True or False, for Fortran's order or C's")},
    {DICT("'<f8'", "Truer", "(1, 2)"), 0, SYNTAX("48", "'r'", "a comma or the closing }")},
    {DICT("'<f8'", "'True'", "(1, 2)"), 0,
     SYNTAX("44", "'''", "True or False, for Fortran's order or C's")},
    {DICT("'<f8'", "False", "()"), 8,
     "byte 60: the shape is (), of a single number; expected rows, such as (150,), or rows and "
     "columns, such as (150, 5)"},
    {DICT("'<f8'", "False", "2"), 8,
     SYNTAX("60", "'2'", "a shape in parentheses, such as (150, 5)")},
    {DICT("'<f8'", "False", "(2)"), 8, SYNTAX("62", "')'", "a comma after the first size")},
    {DICT("'<f8'", "False", "[2, 1]"), 8,
     SYNTAX("60", "'['", "a shape in parentheses, such as (150, 5)")},
    {DICT("'<f8'", "False", "(1, 2"), 8, SYNTAX("67", "'}'", "a size in digits")},
    {DICT("'<f8'", "False", "(1 2)"), 8, SYNTAX("63", "'2'", "a comma after the first size")},
    {DICT("'<f8'", "False", "(,)"), 8, SYNTAX("61", "','", "a size in digits")},
    {DICT("'<f8'", "False", "(1,,2)"), 8, SYNTAX("63", "','", "a size in digits")},
    {DICT("'<f8'", "False", "(-1, 2)"), 8, SYNTAX("61", "'-'", "a size in digits")},
    {DICT("'<f8'", "False", "(1, -2)"), 8, SYNTAX("64", "'-'", "a size in digits")},
    {DICT("'<f8'", "False", "(1.0, 2)"), 8, SYNTAX("62", "'.'", "a comma after the first size")},
    {DICT("'<f8'", "False", "(1e3, 2)"), 8, SYNTAX("62", "'e'", "a comma after the first size")},
    {DICT("'<f8'", "False", "(01, 2)"), 8, SYNTAX("61", "'0'", "a size without zeros before it")},
    {DICT("'<f8'", "False", "(2L, 1L)"), 8, SYNTAX("62", "'L'", "a comma after the first size")},
    {DICT("'<f8'", "False", "(0, 2)"), 0,
     "byte 61: dimension 1 has size 0; expected 1 or more, since an empty array is no table"},
    {DICT("'<f8'", "False", "(2, 0)"), 0,
     "byte 64: dimension 2 has size 0; expected 1 or more, since an empty array is no table"},
    {DICT("'<f8'", "False", "(18446744073709551616, 1)"), 8,
     "byte 61: a size of 20 digits; expected one that a file can have; write the file anew, such "
     "as by numpy.save()"},
    {DICT("'<f8'", "False", "(4294967296, 4294967296)"), 8, HUGE_SIZE("73", "2", "4294967296")},
    {DICT("'<f8'", "False", "(1152921504606846976, 2)"), 8,
     HUGE_ARRAY("1152921504606846976x2 of <f8")},
    {DICT("'<f8'", "False", "(1152921504606846976, 1)"), 8,
     SHORT("96", "9223372036854775896", "1152921504606846976x1 of <f8", "88")},
    {DICT("'<f8'", "True", "(1152921504606846976, 1)"), 8,
     SHORT("95", "9223372036854775895", "1152921504606846976x1 of <f8", "87")},
    {DICT("'<f8'", "False", "(2305843009213693951,)"), 8, HUGE_ARRAY("2305843009213693951 of <f8")},
    {DICT("'<f8'", "False", "(1, 1152921504606846976)"), 8,
     TOO_WIDE("1x1152921504606846976 of <f8")},
    {DICT("'<f8'", "False",
          "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
          "1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
          "1, 1, 1, 1, 1, 1, 1, )"),
     8, SYNTAX("253", "'1'", "the end of the shape, after 64 dimensions")},
    {DICT("'<f8'", "False", "(1, 2)"), 15, SHORT("85", "86", "1x2 of <f8", "70")},
    {DICT("'<f8'", "False", "(1, 2)"), 17, LONG("86", "1x2 of <f8", "70")},
    {DICT("'<f8'", "False", "(1, 2)"), 0, SHORT("70", "86", "1x2 of <f8", "70")},
    {DICT("'<f8'", "False", "(1, 2)"), 8, SHORT("78", "86", "1x2 of <f8", "70")},
    {DICT("'<f8'", "True", "(2, 2)"), 31, SHORT("100", "101", "2x2 of <f8", "69")},
    {DICT("'<f8'", "True", "(2, 2)"), 33, LONG("101", "2x2 of <f8", "69")},
    {DICT("'<f2'", "False", "(2, 3)"), 12,
     "column 3, row 2: infinity; expected finite numbers, or NaN for a missing one"},
    {DICT("'<f2'", "True", "(2, 3)"), 12,
     "column 3, row 2: infinity; expected finite numbers, or NaN for a missing one"},
    {DICT("'|b1'", "False", "(3, 2)"), 6,
     "column 2, row 3: a boolean of 124; expected 0 or 1; write numbers as numbers, such as |u1"},
    {DICT("'|b1'", "True", "(3, 2)"), 6,
     "column 2, row 3: a boolean of 124; expected 0 or 1; write numbers as numbers, such as |u1"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bytes file = {.size = 0};
        append_header(&file, 1, bad[i].dict, strlen(bad[i].dict));
        memset(file.at + file.size, 0, bad[i].size);
        file.size += bad[i].size;
        file.at[file.size - 1] = bad[i].size ? 0x7c : file.at[file.size - 1];
        check_bad(&file, bad[i].message);
    }
}

static void test_damage(void **state)
{
    static const char *const dicts[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
        "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3, 2)}",
        "{'descr': '|b1', 'fortran_order': True, 'shape': (24,)}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
        bytes file = {.size = 0};
        append_header(&file, 1 + (int)i, dicts[i], strlen(dicts[i]));
        append(&file, (unsigned char[24]){1}, 24);
        check_damage(&file);
    }
}

/* Rows are those of the file, also in blocks, for what is said later. */
static void test_row_numbers(void **state)
{
    static const char dict[] = "{'descr': '>f2', 'fortran_order': False, 'shape': (5, 2)}\n";
    bytes file = {.size = 0};
    bp_input *input;
    bp_table_reader *reader;
    bp_dataset *block = NULL;
    bp_error error;
    (void)state;
    append_header(&file, 1, dict, sizeof dict - 1);
    for (int i = 0; i < 10; i++)
        append_number(&file, "f2", true, i == 7 ? NAN : 1);
    assert_ok(bp_input_of_bytes("x", file.at, file.size, &input, &error), &error);
    assert_ok(bp_table_reader_open(input, NULL, NULL, &reader, &error), &error);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(bp_table_reader_next(reader, 3, &block, &error), &error);
        assert_int_equal(bp_dataset_row_number(block, 0), 1 + 3 * i);
        assert_int_equal(block->column[0].first_missing, 0);
        assert_int_equal(block->column[1].first_missing, i ? 4 : 0);
        bp_dataset_destroy(block);
    }
    bp_table_reader_close(reader);
}

/* Named as NPY, but of other contents. */
static void test_by_name(void **state)
{
    static const struct {
        const char *name, *message;
    } named[] = {
        {"x.npy", "byte 0: found 31 2c 32 0a 33 2c; expected 93 4e 55 4d 50 59, with which an NPY "
                  "file begins; --format names another format"},
    };
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        assert_int_equal(read_array(named[i].name, BYTES("1,2\n3,4\n"), &data, &error),
                         BP_ERROR_FORMAT);
        assert_string_equal(error.message, named[i].message);
    }
}

static void test_categorical(void **state)
{
    static const char dict[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2)}\n";
    bytes file = {.size = 0};
    bp_read_options options = {.categorical = "1"};
    bp_input *input;
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    append_header(&file, 1, dict, sizeof dict - 1);
    append(&file, "\1\2", 2);
    assert_ok(bp_input_of_bytes("x", file.at, file.size, &input, &error), &error);
    assert_int_equal(bp_dataset_read_input(input, &options, NULL, &data, &error),
                     BP_ERROR_ARGUMENT);
    assert_string_equal(error.message,
                        "categorical columns are of text files alone; this one is NPY 1.0, of "
                        "numbers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_header),      cmocka_unit_test(test_raw),
        cmocka_unit_test(test_bad),         cmocka_unit_test(test_damage),
        cmocka_unit_test(test_row_numbers), cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_categorical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
