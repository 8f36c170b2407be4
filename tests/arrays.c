#include "arrays.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#ifdef BP_HAVE_ZLIB
#include <zlib.h>
#endif

/* ---- Bytes -------------------------------------------------------------------------------- */

void append(bytes *to, const void *from, size_t size)
{
    assert_true(size <= sizeof to->at - to->size);
    memcpy(to->at + to->size, from, size);
    to->size += size;
}

const number_type number_types[] = {
    {"u1", {0, 255, 1, 128, 127, 2, 254, 77}},
    {"i1", {0, -128, 1, 127, -1, 2, -127, 77}},
    {"u2", {0, 65535, 1, 32768, 258, 2, 256, 77}},
    {"i2", {0, -32768, 1, 32767, -1, 258, -256, 77}},
    {"u4", {0, 4294967295, 1, 2147483648, 16909060, 2, 256, 77}},
    {"i4", {0, -2147483648.0, 1, 2147483647, -1, 16909060, -256, 77}},
    {"u8", {0, 0x1p63, 1, 0x1p63 + 2048, 0x1p53, 0x0102030405060700, 256, 77}},
    {"i8", {0, -0x1p63, 1, 0x1p62, -1, 0x0102030405060700, -0x1p53, 77}},
    {"f2", {0, -65504, 1, 0x1p-24, -1.5, NAN, 0x1p-14, 0.0999755859375}},
    {"f4", {0, -0x1.fffffep127, 1, 0x1p-149, -1.5, NAN, 0x1.234566p-3, 77}},
    {"f8", {0, -0x1.fffffffffffffp1023, 1, 0x1p-1074, -1.5, NAN, 0.1, 77}},
};
const size_t n_number_types = sizeof number_types / sizeof *number_types;

static uint64_t bits_of_half(double value)
{
    static const struct {
        double value;
        uint64_t bits;
    } known[] = {{0, 0},         {-65504, 0xfbff},  {1, 0x3c00},        {0x1p-24, 1},
                 {-1.5, 0xbe00}, {0x1p-14, 0x0400}, {INFINITY, 0x7c00}, {0.0999755859375, 0x2e66}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].value == value)
            return known[i].bits;
    assert_true(isnan(value));
    return 0x7e00;
}

static uint64_t bits_of(const char *type, double value)
{
    float single = (float)value;
    uint32_t narrow;
    uint64_t bits;
    memcpy(&narrow, &single, sizeof narrow);
    memcpy(&bits, &value, sizeof bits);
    if (type[0] == 'f')
        return type[1] == '2' ? bits_of_half(value) : type[1] == '4' ? narrow : bits;
    return type[0] == 'i' ? (uint64_t)(int64_t)value : (uint64_t)value;
}

void append_number(bytes *to, const char *type, bool is_big_endian, double value)
{
    int size = type[1] - '0';
    uint64_t bits = bits_of(type, value);
    for (int i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)(bits >> 8 * (is_big_endian ? size - 1 - i : i));
        append(to, &byte, 1);
    }
}

static size_t count_of(const shape *shape)
{
    size_t count = 1;
    for (size_t i = 0; i < shape->rank; i++)
        count *= shape->sizes[i];
    return count;
}

/* The place in C's order of what is k-th in Fortran's. */
static size_t place_of(const shape *shape, size_t k)
{
    size_t index[4], place = 0;
    for (size_t i = 0; i < shape->rank; i++) {
        index[i] = k % shape->sizes[i];
        k /= shape->sizes[i];
    }
    for (size_t i = 0; i < shape->rank; i++)
        place = place * shape->sizes[i] + index[i];
    return place;
}

void append_array(bytes *to, const number_type *type, const shape *shape, bool is_big_endian,
                  bool is_fortran)
{
    for (size_t k = 0; k < count_of(shape); k++)
        append_number(to, type->name, is_big_endian,
                      type->numbers[(is_fortran ? place_of(shape, k) : k) % 8]);
}

printed print_array(const number_type *type, const shape *shape)
{
    printed to = {.used = 0};
    char number[BP_NUMBER_SIZE];
    size_t count = count_of(shape), columns = count / shape->sizes[0];
    for (size_t k = 0; k < count; k++) {
        double value = type->numbers[k % 8];
        put(&to, "%s%s%s", k % columns ? "|" : "(",
            isnan(value) ? "?" : bp_print_number(value, number),
            k % columns == columns - 1 ? ")" : "");
    }
    return to;
}

/* ---- Reading ------------------------------------------------------------------------------ */

bp_status read_array(const char *name, const void *from, size_t size, bp_dataset **data,
                     bp_error *error)
{
    bp_input *input;
    bp_status status = bp_input_of_bytes(name, from, size, &input, error);
    return status ? status : bp_dataset_read_input(input, NULL, NULL, data, error);
}

/* Reads in blocks, and prints them one after the other. */
static bp_status read_blocks(bp_input *input, size_t most, printed *table, bp_error *error)
{
    bp_table_reader *reader;
    bp_dataset *block = NULL;
    bp_status status = bp_table_reader_open(input, NULL, NULL, &reader, error);
    if (status)
        return status;
    while (!(status = bp_table_reader_next(reader, most, &block, error)) && block) {
        assert_in_range(bp_dataset_rows(block), 1, most);
        put(table, "%s", print_table(block).text);
        bp_dataset_destroy(block);
    }
    bp_table_reader_close(reader);
    return status;
}

/* Opens a file's bytes: in memory, or from a path. */
static bp_input *open_bytes(const bytes *file, const char *path)
{
    bp_input *input = NULL;
    bp_error error;
    if (path)
        assert_ok(bp_input_open(path, &input, &error), &error);
    else
        assert_ok(bp_input_of_bytes("memory", file->at, file->size, &input, &error), &error);
    return input;
}

/* At once, and in blocks of 1 row, 2 and so on. */
static void check_read(const bytes *file, const char *path, const char *table, const char *format)
{
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(bp_dataset_read_input(open_bytes(file, path), NULL, NULL, &data, &error), &error);
    assert_string_equal(print_table(data).text, table);
    assert_string_equal(bp_dataset_format(data), format);
    size_t rows = bp_dataset_rows(data);
    bp_dataset_destroy(data);
    for (size_t most = 1; most <= rows + 1; most++) {
        printed blocks = {.used = 0};
        assert_ok(read_blocks(open_bytes(file, path), most, &blocks, &error), &error);
        assert_string_equal(blocks.text, table);
    }
}

#ifdef BP_HAVE_ZLIB
static void pack(const bytes *file, bytes *packed)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)file->at,
                       .avail_in = (unsigned)file->size,
                       .next_out = packed->at,
                       .avail_out = sizeof packed->at};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed->size = stream.total_out;
    deflateEnd(&stream);
}
#endif

void check_good(const bytes *file, const char *table, const char *format)
{
    char *path = make_file(file->at, file->size);
    check_read(file, NULL, table, format);
    check_read(file, path, table, format);
    remove_file(path);
#ifdef BP_HAVE_ZLIB
    bytes packed;
    pack(file, &packed);
    check_read(&packed, NULL, table, format);
#endif
}

void check_bad(const bytes *file, const char *message)
{
    char *path = make_file(file->at, file->size);
    bp_dataset *data = NULL;
    for (int way = 0; way < 4; way++) {
        bp_error error = {.message = ""};
        printed ignored = {.used = 0};
        bp_input *input = open_bytes(file, way & 1 ? path : NULL);
        bp_status status = way & 2 ? read_blocks(input, 1, &ignored, &error)
                                   : bp_dataset_read_input(input, NULL, NULL, &data, &error);
        assert_string_equal(error.message, message);
        assert_int_equal(status, BP_ERROR_FORMAT);
        assert_string_equal(error.file, way & 1 ? path : "memory");
        assert_int_equal(error.line, 0);
        assert_null(data);
    }
    remove_file(path);
}

void check_damage(const bytes *file)
{
    bp_dataset *data = NULL;
    bp_error error;
    for (size_t size = 0; size < file->size; size++) {
        unsigned char *exact = malloc(size + 1); /* a sanitizer sees what is read beyond it */
        assert_non_null(exact);
        exact = realloc(exact, size ? size : 1);
        memcpy(exact, file->at, size);
        assert_int_equal(read_array("damaged", exact, size, &data, &error), BP_ERROR_FORMAT);
        free(exact);
    }
    bytes changed = *file;
    for (size_t i = 0; i < file->size; i++, changed = *file)
        for (int byte = 0; byte < 256; byte++) {
            changed.at[i] = (unsigned char)byte;
            bp_status status = read_array("damaged", changed.at, changed.size, &data, &error);
            if (status) {
                assert_int_equal(status, BP_ERROR_FORMAT);
                assert_true(strlen(error.message) > 0);
                continue;
            }
            assert_in_range(bp_dataset_rows(data) * bp_dataset_columns(data), 1, file->size);
            bp_dataset_destroy(data);
        }
}
