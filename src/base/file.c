#include "base/file.h"

#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
