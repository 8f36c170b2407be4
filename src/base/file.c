#include "base/file.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bp_status fail_errno(bp_error *error, const char *path, const char *what)
{
    return bp_fail_at(error, BP_ERROR_FILE, path, 0, "%s: %s", what, strerror(errno));
}

bp_status bp_read_file(const char *path, unsigned char **bytes, size_t *size, bp_error *error)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rb");
    unsigned char *block = NULL;
    size_t capacity = 0, used = 0, got = 1;
    if (!file)
        return fail_errno(error, path, "cannot be opened");
    bp_status status = BP_OK;
    while (!status && got) {
        if (!bp_grow(&block, &capacity, used + 65536, 1)) {
            status = bp_fail_memory(error);
            break;
        }
        got = fread(block + used, 1, capacity - used, file);
        used += got;
        if (!got && ferror(file))
            status = fail_errno(error, path, "cannot be read");
    }
    if (!is_stdin)
        fclose(file);
    if (status) {
        free(block);
        return status;
    }
    *bytes = block;
    *size = used;
    return BP_OK;
}

/* Everything, or errno says why not. */
static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
    while (size) {
        ssize_t wrote = write(fd, bytes, size);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0) {
            bytes += wrote;
            size -= (size_t)wrote;
        }
    }
    return true;
}

static bp_status write_directly(const char *path, const unsigned char *bytes, size_t size,
                                bp_error *error)
{
    bool to_stdout = strcmp(path, "-") == 0;
    int fd = to_stdout ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(error, path, "cannot be opened for writing");
    bool wrote = write_all(fd, bytes, size);
    int reason = errno;
    if (!to_stdout && close(fd) && wrote) {
        wrote = false;
        reason = errno;
    }
    errno = reason;
    return wrote ? BP_OK
                 : fail_errno(error, to_stdout ? "standard output" : path, "cannot be written");
}

/* Opens a new file in the folder of `path`; its name goes to `name`. */
static int open_sibling(const char *path, char *name, size_t name_size)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    for (int i = 0; i < 100; i++) {
        int length =
            snprintf(name, name_size, "%.*s.bprop-%ld-%d.tmp", folder, path, (long)getpid(), i);
        if (length < 0 || (size_t)length >= name_size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* The rename itself must reach the disk. Not every file system lets a folder be synced. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 1;
    if (length >= sizeof folder)
        return;
    memcpy(folder, slash ? path : ".", length);
    folder[length] = '\0';
    int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bp_status bp_write_file(const char *path, const unsigned char *bytes, size_t size, bp_error *error)
{
    char real[PATH_MAX], sibling[PATH_MAX];
    struct stat existing;
    bool exists = stat(path, &existing) == 0;
    if (strcmp(path, "-") == 0 || (exists && !S_ISREG(existing.st_mode)))
        return write_directly(path, bytes, size, error);
    const char *target = exists && realpath(path, real) ? real : path; /* through a link */
    int fd = open_sibling(target, sibling, sizeof sibling);
    if (fd < 0)
        return fail_errno(error, path, "cannot be written");
    /* A file that is replaced keeps its permissions. */
    bool good = (!exists || fchmod(fd, existing.st_mode & 0777) == 0) &&
                write_all(fd, bytes, size) && fsync(fd) == 0;
    int reason = errno;
    if (close(fd) && good) {
        good = false;
        reason = errno;
    }
    if (good && rename(sibling, target)) {
        good = false;
        reason = errno;
    }
    if (!good) {
        unlink(sibling);
        errno = reason;
        return fail_errno(error, path, "cannot be written");
    }
    sync_folder(target);
    return BP_OK;
}
