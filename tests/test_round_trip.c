/* test_round_trip.c: tables of all sorts of cells, written and read back, the same to the bit. */
#include "folder.h"
#include "tables.h"

#include "base/memory.h"
#include "data/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state_of_random;

/* SplitMix64 */
static uint64_t next_random(void)
{
    uint64_t z = state_of_random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(size_t n) { return (size_t)(next_random() % n); }

/* Small numbers, the extremes, and bits as they come: most have 17 digits. */
static double any_number(void)
{
    static const double extremes[] = {
        0,       -0.0,   1,   5e-324, -5e-324,  2.2250738585072014e-308,
        1e308,   -1e308, 0.1, 1e16,   123456.5, 1.7976931348623157e308,
        1.0 / 3, 1e-5,   -1,  1e22,   1e23,     9007199254740993.0};
    uint64_t bits;
    double value;
    switch (below(3)) {
    case 0:
        return (double)below(100) - 50;
    case 1:
        return extremes[below(sizeof extremes / sizeof *extremes)];
    default:
        do {
            bits = next_random() >> (below(8) ? 0 : 12); /* some are subnormal */
            memcpy(&value, &bits, sizeof value);
        } while (!isfinite(value));
        return value;
    }
}

/* No number and no mark of a missing cell: there is an x in it. */
static const char *any_text(void)
{
    static const char *const pieces[] = {" ",  "\t", ",", ";",  "|",  "\"",           "\"\"",
                                         "\r", "\n", "1", "NA", "\\", "\xef\xbb\xbf", "\xc3\xa9",
                                         ":",  "#",  "'", "e5", "-",  "\x01"};
    static char text[100];
    size_t before = below(4), after = below(4);
    *text = '\0';
    for (size_t i = 0; i < before; i++)
        strcat(text, pieces[below(sizeof pieces / sizeof *pieces)]);
    strcat(text, "x");
    for (size_t i = 0; i < after; i++)
        strcat(text, pieces[below(sizeof pieces / sizeof *pieces)]);
    return text;
}

/* Columns of numbers and, if `texts`, of texts and with missing cells; 1 in `sparse` cells is not
 * 0. */
static bp_dataset *any_table(bool texts, size_t sparse)
{
    size_t rows = 1 + below(30), columns = 1 + below(8), number;
    bool named = texts && below(2);
    bp_dataset *made = bp_dataset_with_columns("table", columns);
    double *cells = bp_allocate(rows * columns, sizeof *cells);
    assert_true(made && cells && bp_part_of_doubles(cells, columns, &made->parts[0]));
    made->rows = rows;
    for (size_t c = 0; c < columns; c++) {
        bp_column *column = &made->column[c];
        bool is_text = texts && below(2);
        if (named) {
            const char *name = below(4) ? any_text() : "";
            column->name = bp_copy_text(name, strlen(name));
        }
        for (size_t i = 0; i < rows; i++) {
            double *cell = &cells[i * columns + c];
            *cell = below(sparse) ? 0 : any_number();
            if (texts && below(5) == 0) {
                *cell = NAN;
                column->first_missing = column->first_missing ? column->first_missing : i + 1;
            } else if (is_text) {
                const char *text = any_text();
                assert_true(bp_dictionary_add(&column->words, text, strlen(text), i + 1, &number));
                *cell = (double)number;
                column->is_text = true;
            }
        }
    }
    return made;
}

static const char *text_of(const bp_dataset *data, size_t c, double word)
{
    return data->column[c].words.words[(size_t)word].text;
}

/* Block after block of rows, as conversion does it. */
static void write_table(const bp_dataset *data, const bp_format *format, size_t most)
{
    bp_output *output;
    void *state = NULL;
    bp_error error;
    assert_ok(bp_output_open(path, &output, &error), &error);
    for (size_t first = 0, n; first < data->rows; first += n) {
        size_t index[30];
        bp_dataset *block;
        n = data->rows - first < most ? data->rows - first : most;
        for (size_t i = 0; i < n; i++)
            index[i] = first + i;
        assert_ok(bp_dataset_subset(data, index, n, &block, &error), &error);
        if (!state)
            assert_ok(format->begin(output, block, &state, &error), &error);
        assert_ok(format->add(state, block, &error), &error);
        bp_dataset_destroy(block);
    }
    assert_ok(format->finish(state, &error), &error);
    format->abandon(state);
    assert_ok(bp_output_commit(output, &error), &error);
}

static void check_block(const bp_dataset *data, size_t first, const bp_dataset *block)
{
    assert_int_equal(block->columns, data->columns);
    assert_true(first + block->rows <= data->rows);
    for (size_t c = 0; c < data->columns; c++) {
        const char *name = data->column[c].name;
        assert_int_equal(name == NULL, block->column[c].name == NULL);
        if (name)
            assert_string_equal(block->column[c].name, name);
        for (size_t i = 0; i < block->rows; i++) {
            double expected = bp_dataset_cell(data, first + i, c);
            double actual = bp_dataset_cell(block, i, c);
            if (isnan(expected)) {
                assert_true(isnan(actual) && block->column[c].first_missing);
            } else if (data->column[c].is_text) {
                assert_true(block->column[c].is_text);
                assert_string_equal(text_of(block, c, actual), text_of(data, c, expected));
            } else {
                assert_false(block->column[c].is_text);
                assert_same_bits(actual, expected);
            }
        }
    }
}

static void check_table(const bp_dataset *data, const bp_read_options *options, size_t most)
{
    bp_input *input;
    bp_table_reader *reader;
    bp_dataset *block;
    size_t rows = 0;
    bp_error error;
    assert_ok(bp_input_open(path, &input, &error), &error);
    assert_ok(bp_table_reader_open(input, options, NULL, &reader, &error), &error);
    for (;;) {
        assert_ok(bp_table_reader_next(reader, most, &block, &error), &error);
        if (!block)
            break;
        check_block(data, rows, block);
        rows += block->rows;
        bp_dataset_destroy(block);
    }
    assert_int_equal(rows, data->rows);
    bp_table_reader_close(reader);
}

/* Whether the first line can be told from the rows: it has names above a column of numbers. */
static bool header_is_seen(const bp_dataset *data)
{
    for (size_t c = 0; c < data->columns; c++) {
        if (!data->column[c].name)
            return true;
        for (size_t i = 0; i < data->rows && !data->column[c].is_text && *data->column[c].name; i++)
            if (!isnan(bp_dataset_cell(data, i, c)))
                return true;
    }
    return false;
}

static void test_csv(void **state)
{
    (void)state;
    for (state_of_random = 0; state_of_random < 400; state_of_random++) {
        uint64_t seed = state_of_random;
        bp_dataset *data = any_table(seed % 4 != 0, 1);
        const bp_read_options options = {.header =
                                             header_is_seen(data) ? BP_HEADER_AUTO : BP_HEADER_YES};
        static const size_t most[] = {1, 7, SIZE_MAX};
        for (size_t b = 0; b < 3; b++) {
            write_table(data, &bp_format_csv, most[b]);
            check_table(data, &options, most[2 - b]);
        }
        bp_dataset_destroy(data);
        state_of_random = seed;
    }
}

static void test_libsvm(void **state)
{
    static const bp_read_options options = {.format = "libsvm"};
    static const size_t most[] = {1, 7, SIZE_MAX};
    (void)state;
    for (state_of_random = 0; state_of_random < 400; state_of_random++) {
        uint64_t seed = state_of_random;
        bp_dataset *data = any_table(false, 1 + seed % 10);
        for (size_t b = 0; b < 3; b++) {
            write_table(data, &bp_format_libsvm, most[b]);
            check_table(data, &options, most[2 - b]);
        }
        bp_dataset_destroy(data);
        state_of_random = seed;
    }
}

/* The texts of a CSV file, and nothing more than they need. */
static void test_csv_bytes(void **state)
{
    static const struct {
        const char *read, *written;
    } cases[] = {
        {"a;b c\n1;2.50\n;1e5\n", "a,\"b c\"\n1,2.5\n,100000\n"},
        {"x\n?\n\"\"\"\"\n\"y\n\"\n", "x\nNA\n\"\"\"\"\n\"y\n\"\n"},
        {"?\n1\n", "NA\n1\n"},
        {"a,,c\n1,2,3\n", "a,\"\",c\n1,2,3\n"},
        {"\"\xef\xbb\xbfx\"\n1\n", "\"\xef\xbb\xbfx\"\n1\n"},
        {"\"PK\3\4\"\n1\n", "\"PK\3\4\"\n1\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = table_of(cases[i].read);
        bp_error error;
        assert_ok(bp_dataset_write(data, path, "csv", &error), &error);
        check_contents(path, cases[i].written, strlen(cases[i].written));
        bp_dataset_destroy(data);
    }
}

/* What is named so is gzipped, in whatever case; its format is that of the name before. */
static void test_gzipped(void **state)
{
    (void)state;
#ifdef BP_HAVE_ZLIB
    static const char *const names[] = {"x.csv.gz", "x.CSV.GZ", "x.npy.Gz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bp_dataset *data = table_of("1,2\n3,4\n"), *back = NULL;
        bp_error error;
        unsigned char begin[2] = {0};
        assert_ok(bp_dataset_write(data, in_folder(names[i]), NULL, &error), &error);
        FILE *file = fopen(in_folder(names[i]), "rb");
        assert_non_null(file);
        assert_int_equal(fread(begin, 1, 2, file), 2);
        fclose(file);
        assert_true(begin[0] == 0x1f && begin[1] == 0x8b);
        assert_ok(bp_dataset_read(in_folder(names[i]), NULL, &back, &error), &error);
        assert_int_equal(strncmp(bp_dataset_format(back), i < 2 ? "CSV" : "NPY", 3), 0);
        assert_string_equal(print_table(back).text, print_table(data).text);
        bp_dataset_destroy(back);
        bp_dataset_destroy(data);
    }
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_csv),
        IN_FOLDER(test_libsvm),
        IN_FOLDER(test_csv_bytes),
        IN_FOLDER(test_gzipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
