/* test_failing_writes.c: each call to the system that saving makes fails once, in turn. The save
 * fails with its reason, or does without that call; either way the file is the old one or the new
 * one, whole, nothing is beside it, and nothing stays open. */
#include "folder.h"

#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The system, as it fails -------------------------------------------------------------- */

static struct {
    bool on;
    bool unnamed; /* whether a file can be made without a name */
    int at;       /* the call that fails, counted from 0; -1: none */
    bool on_and_on;
    int reason;
    size_t room;  /* bytes that can still be written, then the disk is full */
    size_t piece; /* the most that is written at once */
    int calls;
    const char *failed; /* the name of the one that did, the first if there are more */
} system_;

static bool fails(const char *call)
{
    if (!system_.on)
        return false;
    int i = system_.calls++;
    if (system_.at < 0 || (system_.on_and_on ? i < system_.at : i != system_.at))
        return false;
    if (!system_.failed)
        system_.failed = call;
    errno = system_.reason;
    return true;
}

/* Linked with -Wl,--wrap: the library's calls come here. */
#ifdef __GLIBC__ /* whose names these are for files of 2 GiB and more */
#define __wrap_open   __wrap_open64
#define __wrap_openat __wrap_openat64
#define __real_open   __real_open64
#define __real_openat __real_openat64
#endif
#define WRAP(type, name, ...)                                                                      \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)
#define WRAP_SIMPLY(name, parameters, arguments)                                                   \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters { return fails(#name) ? -1 : __real_##name arguments; }

int __real_open(const char *name, int flags, mode_t mode);
int __wrap_open(const char *name, int flags, mode_t mode);
int __wrap_open(const char *name, int flags, mode_t mode)
{
    return fails("open") ? -1 : __real_open(name, flags, mode);
}

int __real_openat(int at, const char *name, int flags, mode_t mode);
int __wrap_openat(int at, const char *name, int flags, mode_t mode);
int __wrap_openat(int at, const char *name, int flags, mode_t mode)
{
    if (system_.on && !system_.unnamed && flags & O_RDWR && strcmp(name, ".") == 0) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return fails("openat") ? -1 : __real_openat(at, name, flags, mode);
}

WRAP_SIMPLY(fchown, (int fd, uid_t user, gid_t group), (fd, user, group))
WRAP_SIMPLY(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP_SIMPLY(linkat, (int a, const char *from, int b, const char *to, int flags),
            (a, from, b, to, flags))
WRAP_SIMPLY(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP_SIMPLY(unlinkat, (int at, const char *name, int flags), (at, name, flags))

int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    assert_true(fd >= 0);
    return fails("fsync") ? -1 : 0; /* nothing here is to outlive the machine */
}

WRAP(int, close, int fd)
{
    bool failing = fails("close");
    int reason = errno,
        closed = __real_close(fd); /* what cannot be closed is closed all the same */
    assert_int_equal(closed, 0);
    errno = reason;
    return failing ? -1 : 0;
}

WRAP(ssize_t, write, int fd, const void *bytes, size_t size)
{
    if (!system_.on)
        return __real_write(fd, bytes, size);
    if (fails("write"))
        return -1;
    if (size > system_.piece)
        size = system_.piece;
    if (size > system_.room)
        size = system_.room;
    if (size == 0) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t wrote = __real_write(fd, bytes, size);
    system_.room -= (size_t)wrote;
    return wrote;
}

/* ---- What is saved ------------------------------------------------------------------------ */

enum { SMALL, LARGE, N_MODELS }; /* one to be gathered, one of more bytes than are gathered */
static bp_model *models[N_MODELS];
static bp_train_state *states[N_MODELS];

/* As a model, or as a checkpoint. */
typedef struct saving {
    int model;
    bool checkpoint;
} saving;

static const saving savings[] = {{SMALL, false}, {LARGE, false}, {SMALL, true}, {LARGE, true}};
enum { N_SAVINGS = sizeof savings / sizeof *savings };

static bp_status save(const saving *s, bp_error *error)
{
    return s->checkpoint ? bp_model_save_checkpoint(models[s->model], states[s->model], path, error)
                         : bp_model_save(models[s->model], path, error);
}

static void healthy(void)
{
    memset(&system_, 0, sizeof system_);
    system_.at = -1;
    system_.room = system_.piece = SIZE_MAX;
    system_.unnamed = true;
}

static bp_status save_on(const saving *s, bp_error *error)
{
    system_.on = true;
    bp_status status = save(s, error);
    system_.on = false;
    return status;
}

static char *contents[N_SAVINGS];
static size_t sizes[N_SAVINGS];

static int make_models(void **state)
{
    static const char *const hidden[] = {[SMALL] = "3", [LARGE] = "100,100"};
    bp_dataset *data = read_table("data/two_class.csv");
    (void)state;
    healthy();
    for (int m = 0; m < N_MODELS; m++) {
        bp_model_options options = bp_model_defaults();
        bp_train_options training = bp_train_defaults();
        bp_error error;
        options.hidden = hidden[m];
        models[m] = make_model(data, &options);
        assert_ok(bp_train_state_create(&states[m], &error), &error);
        training.epochs = 1;
        training.state = states[m];
        assert_ok(bp_model_train(models[m], data, NULL, &training, &error), &error);
    }
    bp_dataset_destroy(data);
    assert_int_equal(make_folder(state), 0);
    for (size_t i = 0; i < N_SAVINGS; i++) {
        bp_error error;
        assert_ok(save(&savings[i], &error), &error);
        contents[i] = slurp(path, &sizes[i]);
    }
    return remove_folder(state);
}

static int free_models(void **state)
{
    (void)state;
    for (int m = 0; m < N_MODELS; m++) {
        bp_model_destroy(models[m]);
        bp_train_state_destroy(states[m]);
    }
    for (size_t i = 0; i < N_SAVINGS; i++)
        free(contents[i]);
    return 0;
}

static void set_old_file(bool there)
{
    remove(path);
    if (there)
        overwrite(path, "old", 3);
}

/* After a success the new file, after a failure the old one. */
static void check_file(size_t i, bool old, bp_status status)
{
    if (!status)
        check_contents(path, contents[i], sizes[i]);
    else if (old)
        check_contents(path, "old", 3);
    assert_int_equal(access(path, F_OK) == 0, !status || old);
}

static void check_message_of(int reason, const bp_error *error)
{
    char expected[200];
    snprintf(expected, sizeof expected, "cannot be written: %s", strerror(reason));
    assert_string_equal(error->file, path);
    if (strncmp(error->message, expected, strlen(expected)) != 0)
        fail_msg("'%s', expected '%s'", error->message, expected);
}

/* ---- One call fails ----------------------------------------------------------------------- */

/* All calls in their order; a save does without those that have a + behind them. The last three
 * bring a folder to the disk that has its new file already. */
static const struct {
    bool old, unnamed;
    int reason;
    const char *calls;
} plans[] = {
    {false, true, EIO,
     "open openat+ write fsync linkat close renameat openat+ fsync+ close+ close+"},
    {true, true, ENOSPC,
     "open openat+ fchown+ fchmod write fsync linkat close renameat openat+ fsync+ close+ close+"},
    {true, true, EINTR,
     "open openat+ fchown+ fchmod write+ fsync+ linkat close+ renameat openat+ fsync+ close+ "
     "close+"},
    {false, false, ENOSPC, "open openat write fsync close renameat openat+ fsync+ close+ close+"},
    {true, false, EIO,
     "open openat fchown+ fchmod write fsync close renameat openat+ fsync+ close+ close+"},
    {true, false, EINTR,
     "open openat fchown+ fchmod write+ fsync+ close+ renameat openat+ fsync+ close+ close+"},
};
enum { N_PLANS = sizeof plans / sizeof *plans };

static void fail_in_turn(size_t p, size_t i)
{
    char calls[300] = "";
    bool wrote = false;
    for (int at = 0;; at++) {
        bp_error error = {.status = BP_OK};
        healthy();
        system_.unnamed = plans[p].unnamed;
        system_.at = at;
        system_.reason = plans[p].reason;
        set_old_file(plans[p].old);
        bp_status status = save_on(&savings[i], &error);
        check_file(i, plans[p].old, status);
        assert_int_equal(count_files(), !status || plans[p].old);
        if (!system_.failed)
            break;
        if (status)
            check_message_of(plans[p].reason, &error);
        bool again = wrote && strcmp(system_.failed, "write") == 0; /* more than a buffer holds */
        wrote = wrote || strcmp(system_.failed, "write") == 0;
        if (again)
            continue;
        snprintf(calls + strlen(calls), sizeof calls - strlen(calls), "%s%s%s", at ? " " : "",
                 system_.failed, status ? "" : "+");
    }
    assert_string_equal(calls, plans[p].calls);
}

static void test_each_call(void **state)
{
    (void)state;
    for (size_t p = 0; p < N_PLANS; p++)
        for (size_t i = 0; i < N_SAVINGS; i++)
            fail_in_turn(p, i);
}

/* From some call on all fail: what has a name by then may keep it, but is not taken for the file.
 */
static void test_all_calls_from_one_on(void **state)
{
    (void)state;
    for (size_t p = 0; p < N_PLANS; p++)
        for (int at = 0, failed = 1; failed; at++) {
            bp_error error = {.status = BP_OK};
            healthy();
            system_.unnamed = plans[p].unnamed;
            system_.at = at;
            system_.on_and_on = true;
            system_.reason = EIO;
            set_old_file(plans[p].old);
            bp_status status = save_on(&savings[0], &error);
            check_file(0, plans[p].old, status);
            if (status)
                check_message_of(EIO, &error);
            failed = system_.failed != NULL;
        }
}

/* ---- Writes that are short, and a disk that fills ----------------------------------------- */

static void test_short_writes(void **state)
{
    static const size_t pieces[] = {1, 7, 4095, 65535};
    (void)state;
    for (size_t i = 0; i < N_SAVINGS; i++)
        for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
            bp_error error;
            if (pieces[k] == 1 && savings[i].model == LARGE)
                continue;
            healthy();
            system_.piece = pieces[k];
            set_old_file(true);
            assert_ok(save_on(&savings[i], &error), &error);
            check_file(i, true, BP_OK);
            assert_int_equal(count_files(), 1);
            assert_true(system_.calls >= (int)(sizes[i] / pieces[k]));
        }
}

static void test_full_disk(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAVINGS; i++)
        for (int unnamed = 0; unnamed < 2; unnamed++)
            for (size_t room = 0; room < sizes[i]; room += 1 + sizes[i] / 50) {
                bp_error error;
                healthy();
                system_.unnamed = unnamed;
                system_.room = room;
                set_old_file(true);
                assert_int_equal(save_on(&savings[i], &error), BP_ERROR_FILE);
                check_message_of(ENOSPC, &error);
                check_file(i, true, BP_ERROR_FILE);
                assert_int_equal(count_files(), 1);
            }
}

/* ---- Scratch files ------------------------------------------------------------------------ */

/* Where there is no file without a name, one loses it. */
static void test_scratch(void **state)
{
    static const int most_calls[] = {2, 1}; /* openat and unlinkat; openat */
    bp_output *output = NULL;
    bp_error error;
    (void)state;
    healthy();
    assert_ok(bp_output_open(path, &output, &error), &error);
    int before = count_files();
    for (int unnamed = 0; unnamed < 2; unnamed++) {
        int fd = -1;
        healthy();
        system_.unnamed = unnamed;
        system_.on = true;
        bp_status status = bp_output_scratch(output, &fd, &error);
        system_.on = false;
        assert_ok(status, &error);
        assert_int_equal(system_.calls, most_calls[unnamed]);
        assert_int_equal(count_files(), before);
        assert_int_equal(write(fd, "bytes", 5), 5);
        close(fd);
    }
    int fd = 77;
    system_.on = system_.on_and_on = true;
    system_.at = 0;
    system_.reason = EMFILE;
    bp_status status = bp_output_scratch(output, &fd, &error);
    system_.on = false;
    assert_int_equal(status, BP_ERROR_FILE);
    assert_string_equal(error.message,
                        "a temporary file cannot be made beside it: Too many open files");
    assert_int_equal(fd, 77);
    bp_output_discard(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_each_call),    IN_FOLDER(test_all_calls_from_one_on),
        IN_FOLDER(test_short_writes), IN_FOLDER(test_full_disk),
        IN_FOLDER(test_scratch),
    };
    return cmocka_run_group_tests(tests, make_models, free_models);
}
