#define _XOPEN_SOURCE 700
#include "fuzz.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void require_that(bool holds, const char *condition, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

void require_that_ok(bp_status status, const bp_error *error, const char *file, int line)
{
    if (!status)
        return;
    fprintf(stderr, "%s:%d: %s: %s:%zu: %s\n", file, line, bp_strerror(status), error->file,
            error->line, error->message);
    abort();
}

void check_error(bp_status status, const bp_error *error, const char *path)
{
    size_t length = strlen(error->message);
    require(error->status == status);
    require(strcmp(bp_strerror(status), "unknown status") != 0);
    require(length > 0);
    require(bp_utf8_prefix(error->message, length) == length);
    for (const char *c = error->message; *c; c++)
        require((unsigned char)*c >= ' ' && *c != 0x7f);
    if (status == BP_ERROR_FORMAT)
        require(path ? strcmp(error->file, path) == 0 : error->file[0] != '\0');
}

/* ---- Taking the input apart ---------------------------------------------------------------- */

uint8_t take_byte(taken *from)
{
    if (!from->size)
        return 0;
    from->size--;
    return *from->at++;
}

const char *take_line(taken *from, char line[LINE_SIZE])
{
    const uint8_t *newline = from->size ? memchr(from->at, '\n', from->size) : NULL;
    size_t length = newline ? (size_t)(newline - from->at) : from->size;
    size_t kept = length < LINE_SIZE ? length : LINE_SIZE - 1;
    if (kept)
        memcpy(line, from->at, kept);
    line[kept] = '\0';
    length += newline != NULL;
    from->at += length;
    from->size -= length;
    return *line ? line : NULL;
}

bool take_part(taken *from, const char *line, taken *part)
{
    size_t length = strlen(line);
    for (size_t i = 0; i + length + 2 <= from->size; i++) {
        const uint8_t *at = from->at + i;
        if (at[0] != '\n' || memcmp(at + 1, line, length) != 0 || at[length + 1] != '\n')
            continue;
        *part = (taken){at + length + 2, from->size - i - length - 2};
        from->size = i + 1;
        return true;
    }
    return false;
}

/* ---- Files --------------------------------------------------------------------------------- */

static int descriptors[FILES]; /* 0: not made yet */

static int make_nameless(void)
{
    const char *folder = getenv("TMPDIR");
    char path[1000];
    snprintf(path, sizeof path, "%s/bprop-fuzz-XXXXXX", folder && *folder ? folder : P_tmpdir);
    int fd = mkstemp(path);
    require(fd > 0);
    unlink(path);
    return fd;
}

const char *file_of(int number, const void *bytes, size_t size)
{
    static char paths[FILES][32];
    int *fd = &descriptors[number];
    if (!*fd)
        *fd = make_nameless();
    require(ftruncate(*fd, 0) == 0);
    require(pwrite(*fd, bytes, size, 0) == (ssize_t)size);
    require(lseek(*fd, 0, SEEK_SET) == 0); /* where opening /dev/fd/N gives a copy of N */
    snprintf(paths[number], sizeof paths[number], "/dev/fd/%d", *fd);
    return paths[number];
}

uint8_t *bytes_of(int number, size_t *size)
{
    struct stat file;
    require(fstat(descriptors[number], &file) == 0);
    *size = (size_t)file.st_size;
    uint8_t *bytes = malloc(*size + 1);
    require(bytes && pread(descriptors[number], bytes, *size, 0) == (ssize_t)*size);
    return bytes;
}
