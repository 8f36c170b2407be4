#define _GNU_SOURCE /* O_TMPFILE, O_PATH */
#include "base/output.h"

#include "base/error.h"
#include "base/gzip.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined O_PATH
#define O_FOLDER O_PATH /* its files can be reached, also if it may not be listed */
#elif defined O_SEARCH
#define O_FOLDER O_SEARCH
#else
#define O_FOLDER O_RDONLY
#endif

enum { SIBLING_SIZE = 64, BUFFER_SIZE = 65536 };

struct bp_output {
    char path[PATH_MAX];        /* as the caller named it */
    char target[PATH_MAX];      /* where that leads */
    int fd;                     /* what is written to */
    int folder;                 /* of the target; -1: written as it comes */
    char sibling[SIBLING_SIZE]; /* its name in the folder; "": none, or none any more */
    int failure;                /* the errno of the first; 0: none */
    bp_gzip *gzip;              /* packs what comes; NULL: it stays as it is */
    size_t used;                /* bytes of the buffer */
    unsigned char buffer[BUFFER_SIZE];
};

/* ---- Errors ------------------------------------------------------------------------------- */

static const struct {
    int reason;
    const char *advice;
} advices[] = {
    {ENOSPC, "make room, or name another place"},
    {EDQUOT, "make room, or name another place"},
    {EFBIG, "raise the limit on a file's size (ulimit -f), or name another place"},
    {EACCES, "name a place that may be written to"},
    {EPERM, "name a place that may be written to"},
    {EROFS, "name a place that may be written to"},
    {ENOENT, "make its folder first"},
    {ENOTDIR, "only a folder can have files in it"},
    {EISDIR, "name a file"},
    {ENAMETOOLONG, "shorten its name"},
};

static bp_status fail_reason(const char *path, const char *what, int reason, bp_error *error)
{
    const char *advice = NULL;
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].reason == reason)
            advice = advices[i].advice;
    return bp_fail_at(error, BP_ERROR_FILE, path, 0, "%s: %s%s%s", what, strerror(reason),
                      advice ? "; " : "", advice ? advice : "");
}

static bp_status fail_output(const bp_output *output, bp_error *error)
{
    return fail_reason(output->path, "cannot be written", output->failure, error);
}

/* Remembers why it is not good; the first reason is the one that is told. */
static bool note(bp_output *output, bool good)
{
    if (!good && !output->failure)
        output->failure = errno;
    return good;
}

/* ---- Where a path leads ------------------------------------------------------------------- */

static char *name_in(char *path)
{
    char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The open descriptor that a path stands for; -1: it is another path. To follow it as a link would
 * end at a file that others have open, whose place no new file should take. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t length = strlen(folders[i]);
        if (strncmp(path, folders[i], length) != 0)
            continue;
        uint64_t number;
        if (bp_parse_whole(path + length, strlen(path + length), &number) && number < 1000000)
            return (int)number;
    }
    return -1;
}

/* Replaces a path by what it leads to, there or not; realpath() would want it to be there. */
static bool follow_links(char target[PATH_MAX])
{
    char link[PATH_MAX];
    for (int i = 0; i < 40 && descriptor_of(target) < 0; i++) {
        ssize_t length = readlink(target, link, sizeof link);
        if (length < 0)
            return true; /* no link, or what open() will tell of */
        size_t kept = *link == '/' ? 0 : (size_t)(name_in(target) - target);
        if (kept + (size_t)length >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return false;
        }
        memcpy(target + kept, link, (size_t)length);
        target[kept + (size_t)length] = '\0';
    }
    errno = ELOOP;
    return descriptor_of(target) >= 0;
}

/* ---- Files of a name and of none ---------------------------------------------------------- */

/* The target's folder, or -1. */
static int open_folder(char *target)
{
    char *name = name_in(target), first = *name;
    *name = '\0';
    int folder = open(*target ? target : ".", O_FOLDER | O_DIRECTORY | O_CLOEXEC);
    *name = first;
    return folder;
}

static void name_sibling(char sibling[SIBLING_SIZE])
{
    struct timespec now; /* a process that is killed may be followed by one of the same id */
    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(sibling, SIBLING_SIZE, ".bprop-%ld-%09ld.tmp", (long)getpid(), now.tv_nsec);
}

/* A new file under a name that it receives; -1, and no name, if there can be none. */
static int open_named(int folder, char sibling[SIBLING_SIZE], mode_t mode)
{
    int fd = -1;
    errno = EEXIST;
    for (int i = 0; i < 100 && fd < 0 && errno == EEXIST; i++) {
        name_sibling(sibling);
        fd = openat(folder, sibling, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    if (fd < 0)
        *sibling = '\0';
    return fd;
}

static void name_descriptor(int fd, char name[SIBLING_SIZE])
{
    snprintf(name, SIBLING_SIZE, "/proc/self/fd/%d", fd);
}

/* A new file without a name that can be given one; -1 where the system or its file system has no
 * such thing, or no /proc. */
static int open_unnamed(int folder, mode_t mode)
{
#ifdef O_TMPFILE
    char name[SIBLING_SIZE];
    struct stat there;
    int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    name_descriptor(fd, name);
    if (fd >= 0 && stat(name, &there) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
#else
    (void)folder, (void)mode;
#endif
    return -1;
}

/* Names a file that has none: not the target, since a link takes no other file's place. */
static bool give_name(bp_output *output)
{
    char name[SIBLING_SIZE];
    name_descriptor(output->fd, name);
    errno = EEXIST;
    for (int i = 0; i < 100 && errno == EEXIST; i++) {
        name_sibling(output->sibling);
        if (linkat(AT_FDCWD, name, output->folder, output->sibling, AT_SYMLINK_FOLLOW) == 0)
            return true;
    }
    *output->sibling = '\0';
    return false;
}

/* ---- Beginning ---------------------------------------------------------------------------- */

static bool open_directly(bp_output *output, int descriptor)
{
    output->fd = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
                                 : open(output->target, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    return output->fd >= 0;
}

static bool take_after(int fd, const struct stat *replaced)
{
    if (fchown(fd, replaced->st_uid, replaced->st_gid)) {
        /* then it belongs to who writes it */
    }
    return fchmod(fd, replaced->st_mode & 0777) == 0;
}

static bool open_beside(bp_output *output, const struct stat *replaced)
{
    output->folder = open_folder(output->target);
    if (output->folder < 0)
        return false;
    output->fd = open_unnamed(output->folder, 0666);
    if (output->fd < 0)
        output->fd = open_named(output->folder, output->sibling, 0666);
    return output->fd >= 0 && (!replaced || take_after(output->fd, replaced));
}

static bool begin(bp_output *output)
{
    struct stat there;
    if (strcmp(output->target, "-") == 0) {
        strcpy(output->path, "standard output");
        return open_directly(output, STDOUT_FILENO);
    }
    if (!follow_links(output->target))
        return false;
    int descriptor = descriptor_of(output->target);
    if (descriptor >= 0)
        return open_directly(output, descriptor);
    bool exists = stat(output->target, &there) == 0;
    if (!exists && errno != ENOENT)
        return false;
    if (exists && !S_ISREG(there.st_mode))
        return open_directly(output, -1);
    return open_beside(output, exists ? &there : NULL);
}

bp_status bp_output_open(const char *path, bp_output **output, bp_error *error)
{
    size_t length = strlen(path);
    if (!length)
        return bp_fail_at(error, BP_ERROR_FILE, path, 0, "the name is empty; name a file");
    if (length >= PATH_MAX)
        return fail_reason(path, "cannot be written", ENAMETOOLONG, error);
    bp_output *made = malloc(sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    made->fd = made->folder = -1;
    made->failure = 0, made->gzip = NULL, made->used = 0, *made->sibling = '\0';
    memcpy(made->path, path, length + 1);
    memcpy(made->target, path, length + 1);
    if (note(made, begin(made))) {
        *output = made;
        return BP_OK;
    }
    bp_status status = fail_output(made, error);
    bp_output_discard(made);
    return status;
}

/* ---- Bytes -------------------------------------------------------------------------------- */

/* Whether a write that failed is to be tried again: it was interrupted, or would have had to wait
 * for the reader of a pipe that others made non-blocking. */
static bool may_go_on(int fd)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return poll(&room, 1, -1) >= 0 || errno == EINTR;
    return errno == EINTR;
}

/* Everything, or errno says why not. */
static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
    const size_t most = 1 << 30; /* not every system takes 2 GiB or more at once */
    while (size) {
        ssize_t wrote = write(fd, bytes, size < most ? size : most);
        if (wrote == 0)
            errno = ENOSPC;
        if (wrote == 0 || (wrote < 0 && !may_go_on(fd)))
            return false;
        if (wrote > 0) {
            bytes += wrote;
            size -= (size_t)wrote;
        }
    }
    return true;
}

static bool flush(bp_output *output)
{
    size_t used = output->used;
    output->used = 0;
    return write_all(output->fd, output->buffer, used);
}

/* A bp_raw_write. */
static bool add(void *self, const void *bytes, size_t size)
{
    bp_output *output = self;
    if (size > BUFFER_SIZE - output->used && !flush(output))
        return false;
    if (size > BUFFER_SIZE)
        return write_all(output->fd, bytes, size);
    memcpy(output->buffer + output->used, bytes, size);
    output->used += size;
    return true;
}

bp_status bp_output_compress(bp_output *output, bp_error *error)
{
    return bp_gzip_begin(output->path, add, output, &output->gzip, error);
}

bp_status bp_output_write(bp_output *output, const void *bytes, size_t size, bp_error *error)
{
    if (size && !output->failure)
        note(output, output->gzip ? bp_gzip_write(output->gzip, bytes, size, false)
                                  : add(output, bytes, size));
    return output->failure ? fail_output(output, error) : BP_OK;
}

/* ---- Ending ------------------------------------------------------------------------------- */

/* To the disk; a pipe has none, and some file systems cannot say. */
static bool sync_to_disk(int fd)
{
    int failed;
    do
        failed = fsync(fd);
    while (failed && errno == EINTR);
    return !failed || errno == EINVAL || errno == ENOTSUP;
}

/* An interrupted close() has closed: what there was to fail is behind it since fsync(). */
static bool close_file(bp_output *output)
{
    int fd = output->fd;
    output->fd = -1;
    return close(fd) == 0 || errno == EINTR;
}

static bool take_place(bp_output *output)
{
    const char *name = name_in(output->target);
    if (renameat(output->folder, output->sibling, output->folder, name))
        return false;
    *output->sibling = '\0';
    return true;
}

/* The rename itself must reach the disk; that it could not is no reason to take it back. */
static void sync_folder(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        sync_to_disk(fd);
        close(fd);
    }
}

bp_status bp_output_commit(bp_output *output, bp_error *error)
{
    bool beside = output->folder >= 0;
    if (!output->failure)
        note(output, (!output->gzip || bp_gzip_write(output->gzip, NULL, 0, true)) &&
                         flush(output) && sync_to_disk(output->fd) &&
                         (!beside || *output->sibling || give_name(output)));
    note(output, close_file(output));
    if (!output->failure && beside && note(output, take_place(output)))
        sync_folder(output->folder);
    bp_status status = output->failure ? fail_output(output, error) : BP_OK;
    bp_output_discard(output);
    return status;
}

void bp_output_discard(bp_output *output)
{
    if (!output)
        return;
    if (output->fd >= 0)
        close(output->fd);
    bp_gzip_end(output->gzip);
    if (*output->sibling)
        unlinkat(output->folder, output->sibling, 0);
    if (output->folder >= 0)
        close(output->folder);
    free(output);
}

/* ---- Scratch files ------------------------------------------------------------------------ */

static const char *temporary_folder(void)
{
    const char *named = getenv("TMPDIR");
    return named && *named ? named : P_tmpdir;
}

/* Made with a name, it loses it at once. */
static int open_vanishing(int folder)
{
    char name[SIBLING_SIZE];
    int fd = open_unnamed(folder, 0600);
    if (fd < 0 && (fd = open_named(folder, name, 0600)) >= 0)
        unlinkat(folder, name, 0);
    return fd;
}

bp_status bp_output_scratch(const bp_output *output, int *fd, bp_error *error)
{
    bool beside = output->folder >= 0;
    const char *elsewhere = temporary_folder();
    int folder = beside ? output->folder : open(elsewhere, O_FOLDER | O_DIRECTORY | O_CLOEXEC);
    int made = folder >= 0 ? open_vanishing(folder) : -1, reason = errno;
    if (!beside && folder >= 0)
        close(folder);
    if (made < 0)
        return fail_reason(beside ? output->path : elsewhere,
                           beside ? "a temporary file cannot be made beside it"
                                  : "a temporary file cannot be made in it",
                           reason, error);
    *fd = made;
    return BP_OK;
}
