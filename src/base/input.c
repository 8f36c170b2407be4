#include "base/input.h"

#include "base/error.h"
#include "base/gzip.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct bp_input {
    char *name;
    int fd;                     /* −1: memory */
    bool is_own;                /* not standard input's */
    const unsigned char *bytes; /* of memory: those not yet taken */
    size_t n_bytes;
    bp_gunzip *gunzip;         /* NULL: not packed */
    size_t raw_start, raw_end; /* of the first bytes, looked at to tell whether they are packed */
    unsigned char raw[2];
    size_t offset;
    size_t ahead_start, ahead_end; /* unpacked, but not taken */
    unsigned char ahead[BP_INPUT_AHEAD];
};

/* ---- Bytes as they are in the file -------------------------------------------------------- */

static bp_status fail_errno(const char *name, const char *what, bp_error *error)
{
    return bp_fail_at(error, BP_ERROR_FILE, name, 0, "%s: %s", what, strerror(errno));
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Whether a read that failed is to be tried again: it was interrupted, or would have had to wait for
 * the writer of a pipe that others made non-blocking. */
static bool may_go_on(int fd)
{
    struct pollfd bytes = {.fd = fd, .events = POLLIN};
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return poll(&bytes, 1, -1) >= 0 || errno == EINTR;
    return errno == EINTR;
}

static bp_status read_descriptor(bp_input *input, unsigned char *to, size_t size, size_t *got,
                                 bp_error *error)
{
    enum { AT_MOST = 1 << 30 }; /* not every system takes more */
    ssize_t n;
    do
        n = read(input->fd, to, smaller(size, AT_MOST));
    while (n < 0 && may_go_on(input->fd));
    if (n < 0)
        return fail_errno(input->name, "cannot be read", error);
    *got = (size_t)n;
    return BP_OK;
}

/* Some bytes, none at the end only: a bp_raw_read. */
static bp_status read_raw(void *self, unsigned char *to, size_t size, size_t *got, bp_error *error)
{
    bp_input *input = self;
    if (input->raw_start < input->raw_end) {
        *got = smaller(size, input->raw_end - input->raw_start);
        memcpy(to, input->raw + input->raw_start, *got);
        input->raw_start += *got;
    } else if (input->fd >= 0) {
        return read_descriptor(input, to, size, got, error);
    } else {
        *got = smaller(size, input->n_bytes);
        memcpy(to, input->bytes, *got);
        input->bytes += *got;
        input->n_bytes -= *got;
    }
    return BP_OK;
}

/* ---- Opening ------------------------------------------------------------------------------ */

static bp_input *make(const char *name)
{
    bp_input *made = bp_allocate(1, sizeof *made);
    if (made && !(made->name = bp_copy_text(name, strlen(name)))) {
        free(made);
        return NULL;
    }
    if (made)
        made->fd = -1;
    return made;
}

bp_status bp_input_open(const char *path, bp_input **input, bp_error *error)
{
    bp_input *made = make(path);
    if (!made)
        return bp_fail_memory(error);
    made->is_own = strcmp(path, "-") != 0;
    made->fd = made->is_own ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (made->fd < 0) {
        bp_status status = fail_errno(path, "cannot be opened", error);
        bp_input_close(made);
        return status;
    }
    *input = made;
    return BP_OK;
}

bp_status bp_input_of_bytes(const char *name, const void *bytes, size_t size, bp_input **input,
                            bp_error *error)
{
    bp_input *made = make(name);
    if (!made)
        return bp_fail_memory(error);
    made->bytes = bytes;
    made->n_bytes = size;
    *input = made;
    return BP_OK;
}

void bp_input_close(bp_input *input)
{
    if (!input)
        return;
    bp_gunzip_end(input->gunzip);
    if (input->is_own && input->fd >= 0)
        close(input->fd);
    free(input->name);
    free(input);
}

const char *bp_input_name(const bp_input *input) { return input->name; }

size_t bp_input_offset(const bp_input *input) { return input->offset; }

bp_status bp_input_unpack(bp_input *input, bp_error *error)
{
    static const unsigned char mark[sizeof input->raw] = {0x1f, 0x8b};
    size_t got = 1;
    bp_status status = BP_OK;
    while (!status && got && input->raw_end < sizeof mark) {
        status =
            read_raw(input, input->raw + input->raw_end, sizeof mark - input->raw_end, &got, error);
        input->raw_end += status ? 0 : got;
        input->raw_start = input->raw_end; /* or read_raw() would take these */
    }
    input->raw_start = 0;
    /* One byte of the mark alone is a file that was cut short. */
    if (!status && input->raw_end && memcmp(input->raw, mark, input->raw_end) == 0)
        status = bp_gunzip_begin(input->name, read_raw, input, &input->gunzip, error);
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------ */

static bp_status read_some(bp_input *input, unsigned char *to, size_t size, size_t *got,
                           bp_error *error)
{
    return input->gunzip ? bp_gunzip_read(input->gunzip, to, size, got, error)
                         : read_raw(input, to, size, got, error);
}

/* Until all `size` bytes are there, or the input has ended. */
static bp_status read_fully(bp_input *input, unsigned char *to, size_t size, size_t *got,
                            bp_error *error)
{
    size_t some = 1;
    bp_status status = BP_OK;
    *got = 0;
    while (!status && some && *got < size) {
        status = read_some(input, to + *got, size - *got, &some, error);
        *got += status ? 0 : some;
    }
    return status;
}

bp_status bp_input_peek(bp_input *input, const unsigned char **bytes, size_t *size, bp_error *error)
{
    size_t have = input->ahead_end - input->ahead_start, got;
    memmove(input->ahead, input->ahead + input->ahead_start, have);
    input->ahead_start = 0;
    input->ahead_end = have;
    bp_status status =
        read_fully(input, input->ahead + have, sizeof input->ahead - have, &got, error);
    if (status)
        return status;
    input->ahead_end += got;
    *bytes = input->ahead;
    *size = input->ahead_end;
    return BP_OK;
}

bp_status bp_input_read(bp_input *input, void *to, size_t size, size_t *got, bp_error *error)
{
    size_t first = smaller(size, input->ahead_end - input->ahead_start), rest;
    if (first)
        memcpy(to, input->ahead + input->ahead_start, first);
    input->ahead_start += first;
    bp_status status = read_fully(input, (unsigned char *)to + first, size - first, &rest, error);
    if (status)
        return status;
    *got = first + rest;
    input->offset += *got;
    return BP_OK;
}

bp_status bp_input_read_block(bp_input *input, size_t size, unsigned char **block, size_t *got,
                              bp_error *error)
{
    enum { STEP = 1 << 20 };
    unsigned char *bytes = NULL;
    size_t capacity = 0, used = 0, step, some = 0;
    bp_status status = BP_OK;
    do {
        step = smaller(size - used, STEP);
        if (!bp_grow(&bytes, &capacity, used + step + 1, 1)) /* + 1: never NULL */
            status = bp_fail_memory(error);
        else
            status = bp_input_read(input, bytes + used, step, &some, error);
        used += status ? 0 : some;
    } while (!status && some == step && used < size);
    if (status) {
        free(bytes);
        return status;
    }
    *block = bytes;
    *got = used;
    return BP_OK;
}

/* ---- Mapping ------------------------------------------------------------------------------ */

/* Whether its bytes are those of a file that is there to be looked at, *size of them. */
static bool is_file(const bp_input *input, size_t *size)
{
    struct stat file;
    if (!input->is_own || input->gunzip || fstat(input->fd, &file) || !S_ISREG(file.st_mode) ||
        file.st_size <= 0 || (uint64_t)file.st_size > SIZE_MAX)
        return false;
    *size = (size_t)file.st_size;
    return true;
}

bool bp_input_map(const bp_input *input, bp_mapping *mapping)
{
    size_t size;
    if (!is_file(input, &size))
        return false;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, input->fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    *mapping = (bp_mapping){bytes, size};
    return true;
}

void bp_mapping_expect(const bp_mapping *mapping, const unsigned char *bytes, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (uintptr_t)bytes % page;
    const unsigned char *end = mapping->bytes + mapping->size;
    size_t left = (size_t)(end - bytes);
    /* It is but advice: without it, bytes come when they are looked at. */
    posix_madvise((void *)(uintptr_t)(bytes - before), before + smaller(size, left),
                  POSIX_MADV_WILLNEED);
}

void bp_mapping_release(bp_mapping *mapping)
{
    if (mapping->bytes)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    *mapping = (bp_mapping){0};
}

bool bp_input_access(const bp_input *input, bp_access *access, size_t *size)
{
    if (!is_file(input, size))
        return false;
    int fd = fcntl(input->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return false;
    *access = (bp_access){true, fd};
    return true;
}

bool bp_access_read(const bp_access *access, size_t at, void *to, size_t size)
{
    unsigned char *bytes = to;
    while (size) {
        ssize_t got = pread(access->fd, bytes, size, (off_t)at);
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got < 0)
            continue;
        bytes += got;
        at += (size_t)got;
        size -= (size_t)got;
    }
    return true;
}

void bp_access_release(bp_access *access)
{
    if (access->is_open)
        close(access->fd);
    *access = (bp_access){0};
}
