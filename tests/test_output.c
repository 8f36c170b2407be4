/* test_output.c: files that are whole or not there: through links, into pipes, under construction,
 * and where there is no room, no right, or no such place. */
#include "folder.h"

#include "base/output.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 300000, BUFFER = 65536 };
static unsigned char bytes[MOST];

static int fill_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST; i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    return 0;
}

static bp_status write_file(const char *path, const void *bytes, size_t size, bp_error *error)
{
    bp_output *output = NULL;
    bp_status status = bp_output_open(path, &output, error);
    if (status)
        return status;
    status = bp_output_write(output, bytes, size, error);
    if (!status)
        return bp_output_commit(output, error);
    bp_output_discard(output);
    return status;
}

static void save(const char *name, const void *contents, size_t size)
{
    bp_error error;
    assert_ok(write_file(name, contents, size, &error), &error);
}

static bp_output *begin(const char *name)
{
    bp_output *output = NULL;
    bp_error error;
    assert_ok(bp_output_open(name, &output, &error), &error);
    return output;
}

static void add(bp_output *output, const void *contents, size_t size)
{
    bp_error error;
    assert_ok(bp_output_write(output, contents, size, &error), &error);
}

static void commit(bp_output *output)
{
    bp_error error;
    assert_ok(bp_output_commit(output, &error), &error);
}

/* ---- Bytes -------------------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
    static const size_t sizes[] = {100000, 0, 1, BUFFER - 1, BUFFER, BUFFER + 1, MOST};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) { /* all but the first replace one */
        save(path, bytes, sizes[i]);
        check_contents(path, bytes, sizes[i]);
        assert_int_equal(count_files(), 1);
    }
}

/* In pieces: of one size, and growing, so that they end before, at and behind the buffer's end. */
static void test_pieces(void **state)
{
    static const size_t sizes[] = {1, 7, 4096, BUFFER - 1, BUFFER, BUFFER + 1};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t growth = 0; growth < 2; growth++) {
            bp_output *output = begin(path);
            size_t used = 0;
            for (size_t size = sizes[i]; used + size <= MOST; used += size, size += growth * 3)
                add(output, bytes + used, size);
            add(output, NULL, 0);
            commit(output);
            check_contents(path, bytes, used);
        }
    assert_int_equal(count_files(), 1);
}

/* ---- A file under construction ------------------------------------------------------------ */

/* The old file is there until the new one is. */
static void test_under_construction(void **state)
{
    int hidden = can_be_without_name() ? 0 : 1;
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        save(path, "old", 3);
        bp_output *output = begin(path);
        assert_int_equal(count_files(), 1 + hidden);
        add(output, bytes, MOST);
        assert_int_equal(count_files(), 1 + hidden);
        check_contents(path, "old", 3);
        if (kept)
            commit(output);
        else
            bp_output_discard(output);
        assert_int_equal(count_files(), 1);
        check_contents(path, kept ? bytes : (const void *)"old", kept ? MOST : 3);
    }
    bp_output_discard(NULL);
}

/* Two at once do not meet; the last to end stays. */
static void test_two_at_once(void **state)
{
    (void)state;
    bp_output *first = begin(path), *second = begin(path);
    add(first, "first", 5), add(second, "second", 6);
    commit(second);
    check_contents(path, "second", 6);
    commit(first);
    check_contents(path, "first", 5);
    assert_int_equal(count_files(), 1);
}

static void test_working_folder_changes(void **state)
{
    (void)state;
    int here = open(".", O_RDONLY);
    assert_int_equal(chdir(folder), 0);
    bp_output *output = begin("file");
    add(output, "new", 3);
    assert_int_equal(chdir("/"), 0);
    commit(output);
    assert_int_equal(fchdir(here), 0);
    close(here);
    check_contents(path, "new", 3);
}

/* A file that is replaced keeps its permissions (a private model stays private) and its owner; a
 * new one has those that the process gives. */
static void test_permissions(void **state)
{
    static const mode_t modes[] = {0600, 0644, 0777, 0400, 0444};
    struct stat before, after;
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        save(path, "old", 3);
        assert_int_equal(chmod(path, modes[i]), 0);
        if (geteuid() == 0 && chown(path, 1234, 4321))
            print_message("the owner cannot be changed here\n");
        assert_int_equal(stat(path, &before), 0);
        save(path, "new", 3);
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(after.st_mode & 07777, modes[i]);
        assert_int_equal(after.st_uid, before.st_uid);
        assert_int_equal(after.st_gid, before.st_gid);
        assert_int_equal(remove(path), 0);
    }
    mode_t mask = umask(027);
    save(path, "new", 3);
    umask(mask);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_mode & 07777, 0640);
}

/* ---- Links -------------------------------------------------------------------------------- */

/* The file that a link leads to is written, there or not yet; the links stay. */
static void test_through_links(void **state)
{
    static const struct {
        const char *link, *to;
    } links[] = {{"sub/up", "../file"}, {"far", "sub/up"}, {"near", "file"}};
    enum { N = sizeof links / sizeof *links };
    (void)state;
    assert_int_equal(mkdir(in_folder("sub"), 0700), 0);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(symlink(links[i].to, in_folder(links[i].link)), 0);
    assert_int_equal(symlink(path, in_folder("whole")), 0);
    for (size_t i = 0; i <= N; i++)
        for (int round = 0; round < 2; round++) { /* not there yet; there */
            const char *link = in_folder(i < N ? links[i].link : "whole");
            struct stat found;
            save(link, bytes + i, 5);
            check_contents(path, bytes + i, 5);
            assert_int_equal(lstat(link, &found), 0);
            assert_true(S_ISLNK(found.st_mode));
            assert_int_equal(count_files(), 5); /* file, sub, far, near, whole */
            if (round)
                assert_int_equal(remove(path), 0);
        }
    assert_int_equal(remove(in_folder("sub/up")), 0);
    assert_int_equal(remove(in_folder("sub")), 0); /* nothing else is in it */
}

/* ---- Names -------------------------------------------------------------------------------- */

static char *repeat(const char *begin_with, const char *piece, size_t length, const char *end_with)
{
    char *text = malloc(length + 100);
    assert_non_null(text);
    strcpy(text, begin_with);
    size_t used = strlen(text);
    for (; used + strlen(piece) + strlen(end_with) <= length; used += strlen(piece))
        strcpy(text + used, piece);
    strcpy(text + used, end_with);
    return text;
}

static void test_longest_names(void **state)
{
    (void)state;
    char *name = repeat("", "n", 255, ""), *way = repeat(folder, "/.", PATH_MAX - 1, "/file");
    save(in_folder(name), "new", 3);
    check_contents(in_folder(name), "new", 3);
    save(way, "new", 3);
    check_contents(path, "new", 3);
    assert_int_equal(count_files(), 2);
    free(name), free(way);
}

static void check_refused(const char *name, const char *message)
{
    bp_error error = {.line = 77};
    bp_output *output = (bp_output *)&error;
    assert_int_equal(write_file(name, "bytes", 5, &error), BP_ERROR_FILE);
    assert_int_equal(error.status, BP_ERROR_FILE);
    assert_int_equal(error.line, 0);
    assert_string_equal(error.message, message);
    assert_non_null(strstr(name, error.file)); /* its end, if it is long */
    assert_int_equal(write_file(name, "bytes", 5, NULL), BP_ERROR_FILE);
    if (strcmp(name, "/dev/full") != 0) { /* all others are known before anything is written */
        assert_int_equal(bp_output_open(name, &output, &error), BP_ERROR_FILE);
        assert_string_equal(error.message, message);
        assert_ptr_equal(output, &error);
    }
}

#define ABSENT   "cannot be written: No such file or directory; make its folder first"
#define A_FOLDER "cannot be written: Is a directory; name a file"
#define IN_FILE  "cannot be written: Not a directory; only a folder can have files in it"
#define TOO_LONG "cannot be written: File name too long; shorten its name"

static void test_refused(void **state)
{
    char *long_name = repeat("", "n", 256, ""), *long_path = repeat(folder, "/.", 2 * PATH_MAX, "");
    (void)state;
    assert_int_equal(symlink("missing/file", in_folder("nowhere")), 0);
    assert_int_equal(symlink("round", in_folder("round")), 0);
    assert_int_equal(symlink("/dev/fd/99999", in_folder("closed")), 0);
    save(in_folder("there"), "old", 3);
    check_refused("", "the name is empty; name a file");
    check_refused(folder, A_FOLDER);
    check_refused(in_folder("."), A_FOLDER);
    check_refused(in_folder("missing/file"), ABSENT);
    check_refused(in_folder("missing/"), ABSENT);
    check_refused(in_folder("nowhere"), ABSENT);
    check_refused(in_folder("there/"), IN_FILE);
    check_refused(in_folder("there/file"), IN_FILE);
    check_refused(in_folder("round"), "cannot be written: Too many levels of symbolic links");
    check_refused(in_folder("closed"), "cannot be written: Bad file descriptor");
    check_refused(in_folder(long_name), TOO_LONG);
    check_refused(long_path, TOO_LONG);
    check_refused("/dev/full",
                  "cannot be written: No space left on device; make room, or name another place");
    assert_int_equal(count_files(), 4);
    check_contents(in_folder("there"), "old", 3);
    free(long_name), free(long_path);
}

/* ---- No right, no room -------------------------------------------------------------------- */

static void test_read_only_folder(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root writes anywhere */
    save(path, "old", 3);
    assert_int_equal(chmod(folder, 0500), 0);
    check_refused(path,
                  "cannot be written: Permission denied; name a place that may be written to");
    assert_int_equal(chmod(folder, 0300), 0); /* not listed, but written to */
    save(path, "newer", 5);
    assert_int_equal(chmod(folder, 0700), 0);
    check_contents(path, "newer", 5);
    assert_int_equal(count_files(), 1);
}

static struct rlimit usual;

static void limit_file_size(rlim_t most)
{
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    struct rlimit small = {.rlim_cur = most, .rlim_max = usual.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
}

static void unlimit_file_size(void)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    signal(SIGXFSZ, SIG_DFL);
}

#define TOO_LARGE                                                                                  \
    "cannot be written: File too large; raise the limit on a file's size (ulimit -f), or name "    \
    "another place"

/* When the bytes do not fit, whether it shows in the writing or only at the end, the old file is
 * still there and whole. */
static void test_too_large(void **state)
{
    static const size_t sizes[] = {4097, BUFFER, BUFFER + 1, MOST};
    bp_error error;
    (void)state;
    save(path, "old", 3);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        limit_file_size(4096);
        bp_status status = write_file(path, bytes, sizes[i], &error);
        unlimit_file_size();
        assert_int_equal(status, BP_ERROR_FILE);
        assert_string_equal(error.message, TOO_LARGE);
        assert_string_equal(error.file, path);
        check_contents(path, "old", 3);
        assert_int_equal(count_files(), 1);
    }
}

/* A file with a hole in it must not be ended as if it were whole, whoever overlooks the failure. */
static void test_failure_stays(void **state)
{
    bp_error error;
    (void)state;
    save(path, "old", 3);
    bp_output *output = begin(path);
    limit_file_size(4096);
    bp_status status = bp_output_write(output, bytes, MOST, NULL);
    unlimit_file_size();
    assert_int_equal(status, BP_ERROR_FILE);
    assert_int_equal(bp_output_write(output, bytes, 1, &error), BP_ERROR_FILE);
    assert_string_equal(error.message, TOO_LARGE);
    memset(&error, 0, sizeof error);
    assert_int_equal(bp_output_commit(output, &error), BP_ERROR_FILE);
    assert_string_equal(error.message, TOO_LARGE);
    check_contents(path, "old", 3);
    assert_int_equal(count_files(), 1);
}

/* ---- What is no regular file -------------------------------------------------------------- */

static void copy_slowly(int from, const char *to)
{
    char block[4096];
    struct timespec pause = {.tv_nsec = 200000};
    FILE *file = fopen(to, "wb");
    for (ssize_t n; (n = read(from, block, sizeof block)) > 0;) {
        fwrite(block, 1, (size_t)n, file);
        nanosleep(&pause, NULL);
    }
    fclose(file);
}

static volatile sig_atomic_t alarms;
static void count_alarm(int number) { alarms += number == SIGALRM; }

/* Signals that interrupt what waits. */
static void interrupt_every(int microseconds)
{
    struct sigaction action = {.sa_handler = count_alarm}; /* without SA_RESTART */
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    sigaction(SIGALRM, &action, NULL);
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* A standard output that is a pipe to a slow reader: all arrives, whatever comes between. */
static void check_pipe(const char *name, int flags)
{
    int ends[2], kept = dup(STDOUT_FILENO);
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    pid_t reader = fork();
    if (reader == 0) {
        close(ends[1]);
        copy_slowly(ends[0], in_folder("received"));
        _exit(0);
    }
    close(ends[0]);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_WRONLY | flags), 0);
    assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    close(ends[1]);
    bp_error error;
    alarms = 0;
    interrupt_every(1000);
    bp_status status = write_file(name, bytes, MOST, &error);
    interrupt_every(0);
    dup2(kept, STDOUT_FILENO), close(kept);
    assert_int_equal(waitpid(reader, NULL, 0), reader);
    assert_ok(status, &error);
    assert_true(alarms > 0);
    check_contents(in_folder("received"), bytes, MOST);
}

static void test_standard_output(void **state)
{
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (i && access(names[i], W_OK) != 0)
            continue;
        check_pipe(names[i], 0);
        check_pipe(names[i], O_NONBLOCK);
    }
    assert_int_equal(count_files(), 1); /* received */
}

static void test_standard_output_fails(void **state)
{
    int kept = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
    bp_error errors[2];
    (void)state;
    fflush(stdout);
    dup2(full, STDOUT_FILENO), close(full);
    bp_status no_room = write_file("-", "bytes", 5, &errors[0]);
    close(STDOUT_FILENO);
    bp_status closed = write_file("-", "bytes", 5, &errors[1]);
    dup2(kept, STDOUT_FILENO), close(kept);
    assert_int_equal(no_room, BP_ERROR_FILE);
    assert_string_equal(errors[0].file, "standard output");
    assert_string_equal(
        errors[0].message,
        "cannot be written: No space left on device; make room, or name another place");
    assert_int_equal(closed, BP_ERROR_FILE);
    assert_string_equal(errors[1].file, "standard output");
    assert_string_equal(errors[1].message, "cannot be written: Bad file descriptor");
}

static void test_fifo(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    pid_t reader = fork();
    if (reader == 0) {
        copy_slowly(open(path, O_RDONLY), in_folder("received"));
        _exit(0);
    }
    save(path, bytes, MOST);
    assert_int_equal(waitpid(reader, NULL, 0), reader);
    check_contents(in_folder("received"), bytes, MOST);
    assert_int_equal(count_files(), 2);
}

/* A descriptor that goes to a regular file is gone on with: the file is not replaced. */
static void test_descriptor(void **state)
{
    static const char *const folders[] = {"/dev/fd", "/proc/self/fd"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char name[100];
        struct stat before, after;
        if (access(folders[i], X_OK) != 0)
            continue;
        save(path, "old\n", 4);
        int fd = open(path, O_WRONLY | O_APPEND);
        snprintf(name, sizeof name, "%s/%d", folders[i], fd);
        assert_int_equal(fstat(fd, &before), 0);
        save(name, "new\n", 4);
        assert_int_equal(write(fd, "more\n", 5), 5);
        close(fd);
        check_contents(path, "old\nnew\nmore\n", 13);
        assert_int_equal(stat(path, &after), 0);
        assert_true(before.st_ino == after.st_ino);
    }
    assert_int_equal(count_files(), 1);
}

/* ---- Scratch files ------------------------------------------------------------------------ */

static void check_scratch(const bp_output *output, int files)
{
    int fd = -1;
    char got[5];
    struct stat found;
    bp_error error;
    assert_ok(bp_output_scratch(output, &fd, &error), &error);
    assert_int_equal(count_files(), files);
    assert_int_equal(fstat(fd, &found), 0);
    assert_int_equal(found.st_nlink, 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    assert_int_equal(write(fd, "bytes", 5), 5);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(read(fd, got, 5), 5);
    assert_memory_equal(got, "bytes", 5);
    assert_int_equal(close(fd), 0);
    assert_int_equal(count_files(), files);
}

static void test_scratch(void **state)
{
    char *kept = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL;
    int fd = 77;
    bp_error error;
    (void)state;
    bp_output *beside = begin(path), *nowhere = begin("-");
    check_scratch(beside, count_files());
    commit(beside);
    setenv("TMPDIR", folder, 1);
    check_scratch(nowhere, 1);
    setenv("TMPDIR", in_folder("missing"), 1);
    assert_int_equal(bp_output_scratch(nowhere, &fd, &error), BP_ERROR_FILE);
    assert_string_equal(error.file, in_folder("missing"));
    assert_string_equal(error.message, "a temporary file cannot be made in it: No such file or "
                                       "directory; make its folder first");
    assert_int_equal(fd, 77);
    bp_output_discard(nowhere);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_round_trip),
        IN_FOLDER(test_pieces),
        IN_FOLDER(test_under_construction),
        IN_FOLDER(test_two_at_once),
        IN_FOLDER(test_working_folder_changes),
        IN_FOLDER(test_permissions),
        IN_FOLDER(test_through_links),
        IN_FOLDER(test_longest_names),
        IN_FOLDER(test_refused),
        IN_FOLDER(test_read_only_folder),
        IN_FOLDER(test_too_large),
        IN_FOLDER(test_failure_stays),
        IN_FOLDER(test_standard_output),
        IN_FOLDER(test_standard_output_fails),
        IN_FOLDER(test_fifo),
        IN_FOLDER(test_descriptor),
        IN_FOLDER(test_scratch),
    };
    return cmocka_run_group_tests(tests, fill_bytes, NULL);
}
