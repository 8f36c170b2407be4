/* test_idx.c: tables in IDX files, good and bad. */
#include "arrays.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *format;
    unsigned char code;
} types[] = {
    {"u1", "unsigned bytes", 0x08},  {"i1", "signed bytes", 0x09}, {"i2", "16-bit integers", 0x0b},
    {"i4", "32-bit integers", 0x0c}, {"f4", "floats", 0x0d},       {"f8", "doubles", 0x0e},
};

static const struct {
    shape shape;
    const char *text;
} shapes[] = {
    {{1, {5}}, "5"},      {{1, {1}}, "1"},           {{2, {4, 3}}, "4x3"},
    {{2, {1, 9}}, "1x9"}, {{3, {3, 2, 4}}, "3x2x4"}, {{4, {2, 3, 2, 1}}, "2x3x2x1"},
};

static const number_type *find_numbers(const char *name)
{
    for (size_t i = 0; i < n_number_types; i++)
        if (strcmp(number_types[i].name, name) == 0)
            return &number_types[i];
    fail_msg("no numbers of type %s", name);
    return NULL;
}

static void append_header(bytes *file, unsigned char code, const shape *shape)
{
    append(file, (unsigned char[]){0, 0, code, (unsigned char)shape->rank}, 4);
    for (size_t i = 0; i < shape->rank; i++)
        append_number(file, "u4", true, (double)shape->sizes[i]);
}

static void test_good(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            const number_type *numbers = find_numbers(types[t].name);
            bytes file = {.size = 0};
            char format[100];
            append_header(&file, types[t].code, &shapes[s].shape);
            append_array(&file, numbers, &shapes[s].shape, true, false);
            snprintf(format, sizeof format, "IDX, %s, %s", types[t].format, shapes[s].text);
            check_good(&file, print_array(numbers, &shapes[s].shape).text, format);
        }
}

/* Bytes alone become 0 … 1 when they are scaled. */
static void test_is_byte(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        bytes file = {.size = 0};
        bp_dataset *data = NULL;
        bp_error error;
        append_header(&file, types[t].code, &shapes[2].shape);
        append_array(&file, find_numbers(types[t].name), &shapes[2].shape, true, false);
        assert_ok(read_array("x", file.at, file.size, &data, &error), &error);
        for (size_t c = 0; c < 3; c++)
            assert_int_equal(data->column[c].is_byte, types[t].code == 0x08);
        bp_dataset_destroy(data);
    }
}

/* The largest rank there is: sizes of 1, but for the first and the last. */
static void test_rank(void **state)
{
    bytes file = {.at = {0, 0, 8, 255}, .size = 4};
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    for (int i = 0; i < 255; i++)
        append_number(&file, "u4", true, i == 0 ? 2 : i == 254 ? 3 : 1);
    append(&file, "\1\2\3\4\5\6", 6);
    assert_ok(read_array("x", file.at, file.size, &data, &error), &error);
    assert_string_equal(print_table(data).text, "(1|2|3)(4|5|6)");
    bp_dataset_destroy(data);
}

#define TYPE(found)                                                                                \
    "byte 2: found " found "; expected the type of an IDX file: 08 (unsigned bytes), 09 (signed "  \
    "bytes), 0b (16-bit integers), 0c (32-bit integers), 0d (floats), 0e (doubles); write the "    \
    "file anew"
static const struct {
    const char *bytes;
    size_t size;
    const char *message;
} bad[] = {
    {BYTES("\x00\x00"), CUT("2", "4")},
    {BYTES("\x00\x00\x08"), CUT("3", "4")},
    {BYTES("\x00\x00\x08\x01"), CUT("4", "8")},
    {BYTES("\x00\x00\x08\x02\x00\x00\x00\x03\x00\x00\x00"), CUT("11", "12")},
    {BYTES("\x00\x00\x08\x03\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00"), CUT("14", "16")},
    {BYTES("\x00\x00\x00\x02"), TYPE("00")},
    {BYTES("\x00\x00\n\x01\x00\x00\x00\x01\x07"), TYPE("0a")},
    {BYTES("\x00\x00\x0f\x01\x00\x00\x00\x01\x07"), TYPE("0f")},
    {BYTES("\x00\x00\xfe\xff\x00\x00\x00\x01\x07"), TYPE("fe")},
    {BYTES("\x00\x00\x08\x00\x07"),
     "byte 3: the rank is 0; expected 1 dimension or more; write the file anew"},
    {BYTES("\x00\x00\x08\x01\x00\x00\x00\x00"),
     "byte 4: dimension 1 has size 0; expected 1 or more, since an empty array is no table"},
    {BYTES("\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x00"),
     "byte 8: dimension 2 has size 0; expected 1 or more, since an empty array is no table"},
    {BYTES("\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     HUGE_SIZE("12", "3", "4294967295")},
    {BYTES("\x00\x00\x0e\x02\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     HUGE_ARRAY("4294967295x4294967295 of doubles")},
    {BYTES("\x00\x00\x0e\x02@\x00\x00\x00\x80\x00\x00\x00\x01"),
     HUGE_ARRAY("1073741824x2147483648 of doubles")},
    {BYTES("\x00\x00\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
     TOO_WIDE("4294967295x4294967295 of unsigned bytes")},
    {BYTES("\x00\x00\x08\x02\x00\x00\x00\x01\x00\x98\x96\x82"),
     TOO_WIDE("1x10000002 of unsigned bytes")},
    {BYTES("\x00\x00\x08\x02\xff\xff\xff\xff\x00\x98\x96\x81\x01"),
     SHORT("13", "42949677244967307", "4294967295x10000001 of unsigned bytes", "12")},
    {BYTES("\x00\x00\x08\x01\x00\x00\x00\x03\x01\x02"),
     SHORT("10", "11", "3 of unsigned bytes", "8")},
    {BYTES("\x00\x00\x08\x01\x00\x00\x00\x03"), SHORT("8", "11", "3 of unsigned bytes", "8")},
    {BYTES("\x00\x00\x08\x01\x00\x00\x00\x03\x01\x02\x03\x04"),
     LONG("11", "3 of unsigned bytes", "8")},
    {BYTES("\x00\x00\x0c\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00"),
     SHORT("19", "20", "1x2 of 32-bit integers", "12")},
    {BYTES("\x00\x00\x0b\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00"),
     LONG("16", "1x2 of 16-bit integers", "12")},
    {BYTES("\x00\x00\x08\x01\x00\x00\x00\x01\x01\n"), LONG("9", "1 of unsigned bytes", "8")},
    {BYTES("\x00\x00\x0d\x02\x00\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00"
           "\x00\x00\x00\x7f\x80\x00\x00"),
     "column 2, row 2: infinity; expected finite numbers, or NaN for a missing one"},
    {BYTES("\x00\x00\x0e\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\xff\xf0\x00\x00\x00"
           "\x00\x00\x00"),
     "column 1, row 2: -infinity; expected finite numbers, or NaN for a missing one"},
    {BYTES("\x00\x00\x08\x01`\xea\x00\x00\x01\x02"),
     SHORT("10", "1625948168", "1625948160 of unsigned bytes", "8")},
    {BYTES("\x00\x00\x01\x00\x00\x00"), TYPE("01")},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bytes file = {.size = 0};
        append(&file, bad[i].bytes, bad[i].size);
        check_bad(&file, bad[i].message);
    }
}

static void test_damage(void **state)
{
    static const shape small = {3, {2, 3, 2}};
    (void)state;
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        bytes file = {.size = 0};
        append_header(&file, types[t].code, &small);
        append_array(&file, find_numbers(types[t].name), &small, true, false);
        check_damage(&file);
    }
}

/* Named as IDX, but of other contents. */
static void test_by_name(void **state)
{
    static const struct {
        const char *name, *message;
    } named[] = {
        {"x.idx", "byte 0: found 31 2c; expected 00 00, with which an IDX file begins; --format "
                  "names another format"},
        {"x.IDX3-ubyte.gz", "byte 0: found 31 2c; expected 00 00, with which an IDX file begins; "
                            "--format names another format"},
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

static void test_labels(void **state)
{
    char *path = make_file(BYTES("\0\0\x08\1\0\0\0\2\7\x09"));
    bp_read_options options = {.labels = path};
    bp_input *input;
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    assert_ok(
        bp_input_of_bytes("x", BYTES("\0\0\x08\3\0\0\0\2\0\0\0\1\0\0\0\2\1\2\3\4"), &input, &error),
        &error);
    assert_ok(bp_dataset_read_input(input, &options, NULL, &data, &error), &error);
    assert_string_equal(print_table(data).text, "(1|2|7)(3|4|9)");
    bp_dataset_destroy(data);
    remove_file(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),   cmocka_unit_test(test_is_byte),
        cmocka_unit_test(test_rank),   cmocka_unit_test(test_bad),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
