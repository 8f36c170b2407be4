/* test_input.c: bytes in: of files, pipes and memory, gzipped or not. */
#include "support.h"

#include "base/input.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* "one,two\n", as gzip packs it. */
static const unsigned char packed_one[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0xcf, 0x4b, 0xd5,
    0x29, 0x29, 0xcf, 0xe7, 0x02, 0x00, 0x42, 0xd1, 0x3b, 0x5c, 0x08, 0x00, 0x00, 0x00};

/* All that an input of these bytes gives, as a text; or its error. */
static bp_status read_text(const void *bytes, size_t size, char text[100], bp_error *error)
{
    bp_input *input;
    unsigned char *all;
    size_t n;
    bp_status status = bp_input_of_bytes("data.gz", bytes, size, &input, error);
    if (status)
        return status;
    status = bp_input_unpack(input, error);
    if (!status)
        status = bp_input_read_block(input, SIZE_MAX, &all, &n, error);
    bp_input_close(input);
    if (status)
        return status;
    assert_true(n < 100);
    memcpy(text, all, n);
    text[n] = '\0';
    free(all);
    return BP_OK;
}

static void test_plain(void **state)
{
    static const char *const texts[] = {"", "a", "\x1e", "\x1f\x8c", "\x1f\x0b", "ab", "abc\n"};
    char text[100];
    bp_error error;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_ok(read_text(texts[i], strlen(texts[i]), text, &error), &error);
        assert_string_equal(text, texts[i]);
    }
}

static void test_peek(void **state)
{
    enum { N = 3 * BP_INPUT_AHEAD };
    unsigned char *bytes = malloc(N), *copy = malloc(N);
    const unsigned char *ahead;
    size_t size, got, taken = 0;
    bp_input *input;
    bp_error error;
    (void)state;
    for (size_t i = 0; i < N; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    assert_ok(bp_input_of_bytes("x", bytes, N, &input, &error), &error);
    for (size_t step = 1; taken < N; step = step * 3 + 1) {
        assert_ok(bp_input_peek(input, &ahead, &size, &error), &error);
        assert_int_equal(size, N - taken < BP_INPUT_AHEAD ? N - taken : BP_INPUT_AHEAD);
        assert_memory_equal(ahead, bytes + taken, size);
        assert_ok(bp_input_read(input, copy + taken, step < N - taken ? step : N, &got, &error),
                  &error);
        assert_int_equal(got, step < N - taken ? step : N - taken);
        taken += got;
        assert_int_equal(bp_input_offset(input), taken);
    }
    assert_memory_equal(copy, bytes, N);
    bp_input_close(input);
    free(bytes);
    free(copy);
}

#ifdef BP_HAVE_ZLIB

/* "1,2\n" likewise. */
static const unsigned char packed_two[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00,
                                           0x02, 0xff, 0x33, 0xd4, 0x31, 0xe2, 0x02, 0x00,
                                           0x33, 0x42, 0x21, 0x55, 0x04, 0x00, 0x00, 0x00};

/* Both members, one after the other. */
static size_t pack(unsigned char bytes[100])
{
    memcpy(bytes, packed_one, sizeof packed_one);
    memcpy(bytes + sizeof packed_one, packed_two, sizeof packed_two);
    return sizeof packed_one + sizeof packed_two;
}

static void test_gzip(void **state)
{
    unsigned char bytes[100];
    char text[100];
    bp_error error;
    size_t size = pack(bytes);
    (void)state;
    assert_ok(read_text(bytes, size, text, &error), &error);
    assert_string_equal(text, "one,two\n1,2\n");
}

/* Every truncation but the one between members, and every byte that is another, is an error, or
 * changes none of what is unpacked (a flag or date in the header). */
static void test_gzip_damaged(void **state)
{
    unsigned char bytes[100];
    char text[100];
    bp_error error;
    size_t size = pack(bytes), harmless = 0;
    (void)state;
    for (size_t n = 1; n < size; n++)
        if (n != sizeof packed_one) {
            assert_int_equal(read_text(bytes, n, text, &error), BP_ERROR_FORMAT);
            assert_string_equal(error.file, "data.gz");
        }
    assert_int_equal(read_text(bytes, 5, text, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message,
                        "gzip: ends too early, after byte 5 of the packed file; get the file anew");
    for (size_t i = 2; i < size; i++) {
        pack(bytes);
        bytes[i] ^= 0x10;
        if (read_text(bytes, size, text, &error))
            continue;
        assert_string_equal(text, "one,two\n1,2\n");
        harmless++;
    }
    assert_in_range(harmless, 12, 14); /* dates and the like, and bits that only fill a byte */
}

static void test_gzip_trailing(void **state)
{
    unsigned char bytes[100];
    char text[100];
    bp_error error;
    size_t size = pack(bytes);
    (void)state;
    memcpy(bytes + size, "more", 4);
    assert_int_equal(read_text(bytes, size + 4, text, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "gzip: damaged after byte 54 of the packed file: incorrect "
                                       "header check; get the file anew");
}

#else

static void test_without_zlib(void **state)
{
    char text[100];
    bp_error error;
    (void)state;
    assert_int_equal(read_text(packed_one, sizeof packed_one, text, &error), BP_ERROR_FILE);
    assert_string_equal(error.message,
                        "gzipped, and this bprop was built without zlib; unpack it, as by gunzip");
}

#endif

/* A file is mapped whole, whatever was taken of it; a pipe, an empty file, memory and what is
 * packed are not. */
static void test_map(void **state)
{
    bp_input *input;
    bp_mapping mapping;
    bp_error error;
    char taken[2];
    size_t got;
    char *path = make_file("hello", 5), *empty = make_file("", 0);
    (void)state;
    assert_ok(bp_input_open(path, &input, &error), &error);
    assert_ok(bp_input_read(input, taken, 2, &got, &error), &error);
    assert_true(bp_input_map(input, &mapping));
    bp_input_close(input);
    assert_int_equal(mapping.size, 5);
    assert_memory_equal(mapping.bytes, "hello", 5);
    bp_mapping_release(&mapping);
    assert_null(mapping.bytes);
    assert_ok(bp_input_open(empty, &input, &error), &error);
    assert_false(bp_input_map(input, &mapping));
    bp_input_close(input);
    assert_ok(bp_input_of_bytes("x", "hello", 5, &input, &error), &error);
    assert_false(bp_input_map(input, &mapping));
    bp_input_close(input);
    remove_file(path);
    remove_file(empty);
}

/* Where a file cannot be mapped, its bytes are read at their place, as long as they are there. */
static void test_access(void **state)
{
    bp_input *input;
    bp_access access;
    bp_error error;
    char taken[3];
    size_t size, got;
    char *path = make_file("hello", 5);
    (void)state;
    assert_ok(bp_input_open(path, &input, &error), &error);
    assert_ok(bp_input_read(input, taken, 2, &got, &error), &error);
    assert_true(bp_input_access(input, &access, &size));
    bp_input_close(input);
    assert_int_equal(size, 5);
    assert_true(bp_access_read(&access, 1, taken, 3));
    assert_memory_equal(taken, "ell", 3);
    assert_false(bp_access_read(&access, 3, taken, 3));
    assert_int_equal(truncate(path, 0), 0);
    assert_false(bp_access_read(&access, 1, taken, 3));
    bp_access_release(&access);
    assert_ok(bp_input_of_bytes("x", "hello", 5, &input, &error), &error);
    assert_false(bp_input_access(input, &access, &size));
    bp_input_close(input);
    remove_file(path);
}

static void test_refused(void **state)
{
    bp_input *input;
    bp_error error;
    (void)state;
    assert_int_equal(bp_input_open("no such file", &input, &error), BP_ERROR_FILE);
    assert_string_equal(error.message, "cannot be opened: No such file or directory");
    assert_ok(bp_input_open("tests", &input, &error), &error);
    assert_int_equal(bp_input_unpack(input, &error), BP_ERROR_FILE);
    bp_input_close(input);
    assert_string_equal(error.message, "cannot be read: Is a directory");
}

/* A pipe that others made non-blocking, into which little is written at a time, is waited for. */
static void test_slow_pipe(void **state)
{
    static const char *const lines[] = {"1,2\n3,", "4\n5,6\n", "7,8\n"};
    const struct timespec moment = {.tv_nsec = 20000000};
    int ends[2], kept = dup(STDIN_FILENO);
    bp_dataset *data = NULL;
    bp_error error;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    for (size_t i = 0; writer == 0 && i < 3; i++) {
        nanosleep(&moment, NULL);
        if (write(ends[1], lines[i], strlen(lines[i])) < 0)
            _exit(1);
    }
    if (writer == 0)
        _exit(0);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]), close(ends[1]);
    bp_status status = bp_dataset_read("-", NULL, &data, &error);
    dup2(kept, STDIN_FILENO), close(kept);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_ok(status, &error);
    assert_int_equal(bp_dataset_rows(data), 4);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_peek),
#ifdef BP_HAVE_ZLIB
        cmocka_unit_test(test_gzip),          cmocka_unit_test(test_gzip_damaged),
        cmocka_unit_test(test_gzip_trailing),
#else
        cmocka_unit_test(test_without_zlib),
#endif
        cmocka_unit_test(test_map),           cmocka_unit_test(test_access),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_slow_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
