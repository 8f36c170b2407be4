/* test_failing_reads.c: the system reads less than it is asked for, is interrupted, or fails; files
 * cannot be opened or mapped, or end too early. What is read in pieces is what is read at once; all
 * else is a clean error. */
#include "folder.h"
#include "table_files.h"
#include "tables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- The system, as it fails -------------------------------------------------------------- */

static struct {
    size_t most;          /* bytes that are read at once; 0: as many as are asked for */
    bool interrupts;      /* now and then a read is, with nothing read */
    size_t fails_at;      /* the call that fails, from 1; 0: none */
    bool unmapped;        /* no file can be mapped */
    size_t cells_fail_at; /* the call of pread() that fails, likewise */
    size_t cells;         /* calls of pread() */
    size_t calls;         /* of open() and read() */
    bool failed;
    unsigned random;
} system_;

static bool fails(void)
{
    if (++system_.calls != system_.fails_at)
        return false;
    system_.failed = true;
    errno = EIO;
    return true;
}

static bool is_interrupted(void)
{
    system_.random = system_.random * 1103515245 + 12345;
    errno = EINTR;
    return system_.interrupts && system_.random >> 16 & 1;
}

#ifdef __GLIBC__ /* whose names these are for files of 2 GiB and more */
#define __wrap_open  __wrap_open64
#define __real_open  __real_open64
#define __wrap_mmap  __wrap_mmap64
#define __real_mmap  __real_mmap64
#define __wrap_pread __wrap_pread64
#define __real_pread __real_pread64
#endif
int __real_open(const char *name, int flags, mode_t mode);
int __wrap_open(const char *name, int flags, mode_t mode);
ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
ssize_t __real_pread(int fd, void *to, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);

int __wrap_open(const char *name, int flags, mode_t mode)
{
    return fails() ? -1 : __real_open(name, flags, mode);
}

ssize_t __wrap_read(int fd, void *to, size_t size)
{
    if (is_interrupted() || fails())
        return -1;
    return __real_read(fd, to, system_.most && size > system_.most ? system_.most : size);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (system_.unmapped && fd >= 0) {
        errno = ENODEV;
        return MAP_FAILED;
    }
    return __real_mmap(at, size, protection, flags, fd, offset);
}

ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at)
{
    if (++system_.cells != system_.cells_fail_at)
        return __real_pread(fd, to, size, at);
    errno = EIO;
    return -1;
}

/* Ways in which a system may be slow, but not wrong. */
static const struct {
    size_t most;
    bool interrupts, unmapped;
} slow[] = {
    {0, false, false}, {1, false, false}, {1, false, true}, {3, true, false},
    {0, true, false},  {0, true, true},   {7, true, true},
};
enum { N_SLOW = sizeof slow / sizeof *slow };

static void be_slow(size_t i)
{
    memset(&system_, 0, sizeof system_);
    system_.most = slow[i].most;
    system_.interrupts = slow[i].interrupts;
    system_.unmapped = slow[i].unmapped;
}

static void be_well(void) { memset(&system_, 0, sizeof system_); }

static char untouched;
#define UNTOUCHED ((void *)&untouched)

/* ---- Tables ------------------------------------------------------------------------------- */

static bp_read_options how;
static char labels_path[8192];

static void take(const table_file *file)
{
    how = file->options;
    overwrite(path, file->bytes, file->size);
    if (file->labels) {
        snprintf(labels_path, sizeof labels_path, "%s", in_folder("labels"));
        overwrite(labels_path, file->labels, file->labels_size);
        how.labels = labels_path;
    }
}

static bp_dataset *read_well(const char *from)
{
    bp_dataset *data = NULL;
    bp_error error;
    be_well();
    assert_ok(bp_dataset_read(from, &how, &data, &error), &error);
    return data;
}

/* The same table, whatever the system does. */
static void check_slow(const char *from, const char *expected)
{
    for (size_t i = 0; i < N_SLOW; i++) {
        bp_dataset *data = NULL;
        bp_error error;
        be_slow(i);
        assert_ok(bp_dataset_read(from, &how, &data, &error), &error);
        be_well();
        assert_string_equal(print_table(data).text, expected);
        bp_dataset_destroy(data);
    }
}

static void check_error(const bp_error *error, bp_status status)
{
    assert_int_equal(status, BP_ERROR_FILE);
    assert_int_equal(error->status, status);
    if (!strstr(error->message, strerror(EIO)) || !error->file[0])
        fail_msg("%s: %s", error->file, error->message);
}

/* Each call fails once; each of the ways in turn, so that there are calls after the first. */
static void check_failing(const char *from)
{
    for (size_t i = 0; i < N_SLOW; i++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            bp_dataset *data = UNTOUCHED;
            bp_error error;
            be_slow(i);
            system_.fails_at = n;
            bp_status status = bp_dataset_read(from, &how, &data, &error);
            failed = system_.failed;
            be_well();
            if (!failed) {
                assert_ok(status, &error);
                bp_dataset_destroy(data);
                continue;
            }
            check_error(&error, status);
            assert_ptr_equal(data, UNTOUCHED);
        }
    }
}

/* Only a table of text may end early. */
static void check_short(const table_file *file)
{
    bool text = strncmp(file->name, "csv", 3) == 0 || strncmp(file->name, "libsvm", 6) == 0;
    for (size_t size = 0; size < file->size; size++)
        for (size_t i = 0; i < N_SLOW; i++) {
            bp_dataset *data = UNTOUCHED;
            bp_error error = {0};
            overwrite(path, file->bytes, size);
            be_slow(i);
            if (!text)
                how.format = file->name[0] == 'n' ? "npy" : "idx";
            bp_status status = bp_dataset_read(path, &how, &data, &error);
            be_well();
            if (status) {
                assert_true(status == BP_ERROR_FORMAT ||
                            (how.categorical && status == BP_ERROR_ARGUMENT)); /* no such column */
                assert_true(error.message[0]);
                assert_ptr_equal(data, UNTOUCHED);
            } else if (text) {
                bp_dataset_destroy(data);
            } else {
                fail_msg("%s of %zu bytes is no table", file->name, size);
            }
        }
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TABLE_FILES; i++) {
        take(&table_files[i]);
        bp_dataset *data = read_well(path);
        const printed expected = print_table(data);
        check_slow(path, expected.text);
        check_failing(path);
        check_short(&table_files[i]);
        bp_dataset_destroy(data);
    }
}

#ifdef BP_HAVE_ZLIB
static void test_packed(void **state)
{
    char packed_path[8192];
    (void)state;
    for (size_t i = 0; i < N_TABLE_FILES; i++) {
        bp_error error;
        take(&table_files[i]);
        how.labels = NULL;
        bp_dataset *data = read_well(path);
        snprintf(packed_path, sizeof packed_path, "%s", in_folder("packed.csv.gz"));
        assert_ok(bp_dataset_write(data, packed_path, NULL, &error), &error);
        check_slow(packed_path, print_table(data).text);
        check_failing(packed_path);
        bp_dataset_destroy(data);
    }
}
#endif

/* Rows that are read as they are asked for: those that cannot be had are no missing cells. */
static void check_unread(bool drop_missing)
{
    const bp_read_options options = {.format = "npy", .drop_missing = drop_missing};
    char to[8192];
    bool failed = true;
    snprintf(to, sizeof to, "%s", in_folder("converted.csv"));
    for (size_t n = 1; failed; n++) {
        bp_conversion done;
        bp_error error;
        be_well();
        system_.unmapped = true;
        system_.cells_fail_at = n;
        bp_status status = bp_convert(path, &options, to, NULL, &done, &error);
        failed = system_.cells >= n;
        be_well();
        if (failed) {
            assert_int_equal(status, BP_ERROR_FILE);
            assert_non_null(strstr(error.message, "could not be read again"));
            assert_int_equal(access(to, F_OK), -1);
        } else {
            assert_ok(status, &error);
            assert_int_equal(done.rows, 5);
            assert_true(n > 5);
            remove(to);
        }
    }
}

static void test_conversion(void **state)
{
    static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    bp_dataset *table = NULL;
    bp_error error;
    (void)state;
    be_well();
    assert_ok(bp_dataset_from_array("table", values, 5, 2, 2, &table, &error), &error);
    assert_ok(bp_dataset_write(table, path, "npy", &error), &error);
    check_unread(false);
    check_unread(true);
    bp_dataset_destroy(table);
}

/* ---- Models ------------------------------------------------------------------------------- */

static bp_status load(bool checkpoint, bp_model **model, bp_train_state **state, bp_error *error)
{
    return checkpoint ? bp_model_load_checkpoint(path, model, state, error)
                      : bp_model_load(path, model, error);
}

static void check_load(bool checkpoint, const bp_model *expected)
{
    for (size_t i = 0; i < N_SLOW; i++) {
        bool failed = true;
        for (size_t n = 0; failed; n = n ? 2 * n : 1) { /* not each of thousands */
            bp_model *model = UNTOUCHED;
            bp_train_state *state = UNTOUCHED;
            bp_error error;
            be_slow(i);
            system_.fails_at = n;
            bp_status status = load(checkpoint, &model, &state, &error);
            failed = system_.failed || n == 0;
            be_well();
            if (n && failed) {
                check_error(&error, status);
                assert_ptr_equal(model, UNTOUCHED);
                assert_ptr_equal(state, UNTOUCHED);
                continue;
            }
            assert_ok(status, &error);
            check_same_model(model, expected);
            bp_model_destroy(model);
            if (checkpoint)
                bp_train_state_destroy(state);
        }
    }
}

static void test_models(void **state)
{
    bp_dataset *data = table_of("a,b,c\n1,x,2\n2,y,3\n3,x,5\n");
    bp_model *model = make_model(data, NULL);
    bp_train_options options = bp_train_defaults();
    bp_error error;
    (void)state;
    options.epochs = 3;
    assert_ok(bp_train_state_create(&options.state, &error), &error);
    assert_ok(bp_model_train(model, data, NULL, &options, &error), &error);
    assert_ok(bp_model_save(model, path, &error), &error);
    check_load(false, model);
    assert_ok(bp_model_save_checkpoint(model, options.state, path, &error), &error);
    check_load(true, model);
    bp_train_state_destroy(options.state);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_tables),
#ifdef BP_HAVE_ZLIB
        IN_FOLDER(test_packed),
#endif
        IN_FOLDER(test_conversion),
        IN_FOLDER(test_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
