/* test_array_writer.c: tables written to NPY and IDX files, and read back. */
#include "arrays.h"
#include "folder.h"

#include "base/random.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    const bp_format *format;
} formats[] = {{"npy", &bp_format_npy}, {"idx", &bp_format_idx}};
enum { N_FORMATS = sizeof formats / sizeof *formats };

static bp_dataset *table_from(const double *values, size_t rows, size_t columns)
{
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(bp_dataset_from_array("table", values, rows, columns, columns, &data, &error),
              &error);
    return data;
}

/* ---- Bytes -------------------------------------------------------------------------------- */

#define BLANKS "                                                          "
static const struct {
    double values[4];
    size_t rows, columns;
    const char *name, *bytes;
    size_t size;
} exact[] = {
    {{1, 2, 3, 255},
     2,
     2,
     "npy",
     BYTES("\x93NUMPY\1\0v\0{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }" BLANKS
           "\n\1\2\3\xff")},
    {{1, 2, 3, 256},
     4,
     1,
     "npy",
     BYTES("\x93NUMPY\1\0v\0{'descr': '<i2', 'fortran_order': False, 'shape': (4,), }" BLANKS
           "  \n\1\0\2\0\3\0\0\1")},
    {{1, 2, 3, -1.5},
     1,
     4,
     "npy",
     BYTES("\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), }" BLANKS
           "\n\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\xc0\xbf")},
    {{1, 2, 3, 255}, 2, 2, "idx", BYTES("\0\0\x08\2\0\0\0\2\0\0\0\2\1\2\3\xff")},
    {{1, 2, 3, 256}, 4, 1, "idx", BYTES("\0\0\x0b\1\0\0\0\4\0\1\0\2\0\3\1\0")},
    {{1, 2, 3, -1.5},
     1,
     4,
     "idx",
     BYTES("\0\0\x0d\2\0\0\0\1\0\0\0\4\x3f\x80\0\0\x40\0\0\0\x40\x40\0\0\xbf\xc0\0\0")},
};

static void test_bytes(void **state)
{
    bp_error error;
    (void)state;
    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        bp_dataset *data = table_from(exact[i].values, exact[i].rows, exact[i].columns);
        assert_ok(bp_dataset_write(data, path, exact[i].name, &error), &error);
        check_contents(path, exact[i].bytes, exact[i].size);
        bp_dataset_destroy(data);
    }
    assert_int_equal(count_files(), 1);
}

/* The narrowest type that holds both numbers. */
static const struct {
    double values[2];
    const char *name;
} types[] = {
    {{0, 255}, "u1"},
    {{-1, 127}, "i1"},
    {{-128, 0}, "i1"},
    {{-1, 128}, "i2"},
    {{0, 256}, "i2"},
    {{-129, 0}, "i2"},
    {{-32768, 32767}, "i2"},
    {{0, 32768}, "i4"},
    {{-2147483648.0, 2147483647}, "i4"},
    {{0, 2147483648}, "f4"},
    {{0, 2147483649}, "f8"},
    {{0, 0.5}, "f4"},
    {{-0.0, 1}, "f4"},
    {{NAN, 1}, "f4"},
    {{NAN, 16777217}, "f8"},
    {{0, 0.1}, "f8"},
    {{0, 0x1.fffffep127}, "f4"},
    {{0, 0x1p128}, "f8"},
    {{0, 0x1p-149}, "f4"},
    {{0, 0x1p-150}, "f8"},
    {{0x1p53, 0x1p53 + 2}, "f8"},
};

/* How the readers call those types. */
static const char *name_in(const char *format, const char *type)
{
    static const struct {
        const char *type, *npy, *idx;
    } names[] = {{"u1", "|u1", "unsigned bytes"},  {"i1", "|i1", "signed bytes"},
                 {"i2", "<i2", "16-bit integers"}, {"i4", "<i4", "32-bit integers"},
                 {"f4", "<f4", "floats"},          {"f8", "<f8", "doubles"}};
    size_t i = 0;
    while (strcmp(names[i].type, type) != 0)
        i++;
    return strcmp(format, "npy") == 0 ? names[i].npy : names[i].idx;
}

static void test_types(void **state)
{
    bp_error error;
    (void)state;
    for (size_t i = 0; i < N_FORMATS * (sizeof types / sizeof *types); i++) {
        const char *format = formats[i % N_FORMATS].name, *type = types[i / N_FORMATS].name;
        bp_dataset *data = table_from(types[i / N_FORMATS].values, 2, 1), *back = NULL;
        char expected[100];
        assert_ok(bp_dataset_write(data, path, format, &error), &error);
        assert_ok(bp_dataset_read(path, NULL, &back, &error), &error);
        snprintf(expected, sizeof expected, "%s, %s, 2%s",
                 strcmp(format, "npy") == 0 ? "NPY 1.0" : "IDX", name_in(format, type),
                 strcmp(format, "npy") == 0 ? ", C order" : "");
        assert_string_equal(bp_dataset_format(back), expected);
        bp_dataset_destroy(back);
        bp_dataset_destroy(data);
    }
}

/* ---- There and back ----------------------------------------------------------------------- */

/* Numbers of a kind: from 0, small integers, to 5, any bits. */
static double random_number(int kind, bp_random *random)
{
    static const double edges[] = {0, -0.0, NAN, 0x1p-1074, -0x1.fffffffffffffp1023, 0x1p-149};
    const size_t words = (size_t)1 << 32;
    uint64_t bits = (uint64_t)bp_random_below(random, words) << 32 | bp_random_below(random, words);
    double value;
    memcpy(&value, &bits, sizeof value);
    switch (kind) {
    case 0:
        return (double)(bits >> 56);
    case 1:
        return (double)(int16_t)bits;
    case 2:
        return (double)(int32_t)bits;
    case 3:
        return (double)(float)((double)(int64_t)bits * 0x1p-60);
    case 4:
        return edges[bits % (sizeof edges / sizeof *edges)];
    default:
        return isfinite(value) ? value : (double)bits;
    }
}

static void check_same(const bp_dataset *a, const bp_dataset *b)
{
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    for (size_t i = 0; i < a->rows; i++)
        for (size_t c = 0; c < a->columns; c++) {
            double x = bp_dataset_cell(a, i, c), y = bp_dataset_cell(b, i, c);
            if (!isnan(x) || !isnan(y))
                assert_same_bits(x, y);
        }
}

/* Writes the table in blocks of that many rows. */
static void write_blocks(const bp_format *format, const double *values, size_t rows, size_t columns,
                         size_t most)
{
    bp_output *output = NULL;
    void *writing = NULL;
    bp_error error;
    assert_ok(bp_output_open(path, &output, &error), &error);
    for (size_t i = 0; i < rows; i += most) {
        bp_dataset *block =
            table_from(values + i * columns, rows - i < most ? rows - i : most, columns);
        if (!writing)
            assert_ok(format->begin(output, block, &writing, &error), &error);
        assert_ok(format->add(writing, block, &error), &error);
        bp_dataset_destroy(block);
    }
    assert_ok(format->finish(writing, &error), &error);
    format->abandon(writing);
    assert_ok(bp_output_commit(output, &error), &error);
}

static void test_round_trip(void **state)
{
    static const size_t shapes[][2] = {{1, 1},     {7, 3},     {300, 1},  {1, 300},
                                       {20000, 1}, {5000, 11}, {2, 20000}};
    static const size_t blocks[] = {1, 2, 1000, 100000};
    bp_random random;
    (void)state;
    bp_random_seed(&random, 5, 0);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int kind = 0; kind < 6; kind++) {
            size_t rows = shapes[s][0], columns = shapes[s][1];
            double *values = malloc(rows * columns * sizeof *values);
            assert_non_null(values);
            for (size_t i = 0; i < rows * columns; i++)
                values[i] = random_number(i % 97 == 96 ? kind : kind / 2, &random);
            bp_dataset *data = table_from(values, rows, columns), *back = NULL;
            for (size_t f = 0; f < N_FORMATS; f++) {
                bp_error error;
                size_t most = blocks[((size_t)kind + f) % 4];
                write_blocks(formats[f].format, values, rows, columns, most);
                assert_ok(bp_dataset_read(path, NULL, &back, &error), &error);
                check_same(back, data);
                bp_dataset_destroy(back);
            }
            bp_dataset_destroy(data);
            free(values);
        }
    assert_int_equal(count_files(), 1);
}

/* ---- What cannot be written --------------------------------------------------------------- */

static void test_text(void **state)
{
    static const char *const messages[] = {
        "column 2 (kind): NPY cannot hold the text 'red', only numbers; write CSV, or leave the "
        "column out",
        "column 2 (kind): IDX cannot hold the text 'red', only numbers; write CSV, or leave the "
        "column out",
    };
    bp_dataset *data = table_of("width,kind\n1,?\n1,red\n2,blue\n");
    (void)state;
    for (size_t f = 0; f < N_FORMATS; f++) {
        bp_error error;
        assert_int_equal(bp_dataset_write(data, path, formats[f].name, &error), BP_ERROR_FORMAT);
        assert_string_equal(error.message, messages[f]);
        assert_int_equal(error.line, 3);
    }
    bp_dataset_destroy(data);
    assert_int_equal(count_files(), 0);
}

static void load_zeros(const void *cells, size_t row, size_t first, size_t n, double *to)
{
    (void)cells, (void)row, (void)first;
    memset(to, 0, n * sizeof *to);
}

/* IDX counts in 32 bits. */
static void test_too_many(void **state)
{
    bp_dataset *data = bp_dataset_with_columns("table", 1);
    bp_error error;
    (void)state;
    assert_non_null(data);
    data->parts[0] = (bp_part){.columns = 1, .load = load_zeros};
    data->rows = (size_t)1 << 32;
    assert_int_equal(bp_dataset_write(data, path, "idx", &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "more than 4294967295 rows, which IDX cannot count; write "
                                       "another format");
    data->rows = 1;
    data->columns = (size_t)1 << 32;
    assert_int_equal(bp_dataset_write(data, path, "idx", &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "4294967296 columns, more than IDX can count; write another "
                                       "format");
    data->columns = 1;
    bp_dataset_destroy(data);
    assert_int_equal(count_files(), 0);
}

/* The scratch file finds no room: bytes that would be a small file are a large one as doubles. */
static void test_no_room(void **state)
{
    enum { ROWS = 60000 };
    struct rlimit before, limit;
    char expected[200];
    bp_dataset *data = bp_dataset_with_columns("table", 1);
    (void)state;
    assert_non_null(data);
    data->parts[0] = (bp_part){.columns = 1, .load = load_zeros};
    data->rows = ROWS;
    snprintf(expected, sizeof expected,
             "the temporary file of the table cannot be written: %s; make room, or name another "
             "place",
             strerror(EFBIG));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (size_t f = 0; f < N_FORMATS; f++) {
        bp_error error = {.message = ""};
        bp_status status = bp_dataset_write(data, path, formats[f].name, &error);
        assert_int_equal(status, BP_ERROR_FILE);
        assert_string_equal(error.message, expected);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(count_files(), 0);
    bp_error error;
    assert_ok(bp_dataset_write(data, path, "idx", &error), &error);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_bytes), IN_FOLDER(test_types),    IN_FOLDER(test_round_trip),
        IN_FOLDER(test_text),  IN_FOLDER(test_too_many), IN_FOLDER(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
