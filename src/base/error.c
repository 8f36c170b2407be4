#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *bp_strerror(bp_status status)
{
    static const char *const words[] = {
        [BP_OK] = "no error",
        [BP_ERROR_ARGUMENT] = "invalid argument",
        [BP_ERROR_MEMORY] = "out of memory",
        [BP_ERROR_SIZE] = "size out of range",
        [BP_ERROR_FILE] = "file cannot be read or written",
        [BP_ERROR_FORMAT] = "invalid file contents",
        [BP_ERROR_DIVERGED] = "training diverged",
        [BP_ERROR_CANCELLED] = "cancelled",
    };
    size_t i = (size_t)status;
    return i < sizeof words / sizeof *words ? words[i] : "unknown status";
}

const char *bp_version(void) { return BP_VERSION; }

/* Makes a text one line of UTF-8: what it quotes may hold anything, or be cut within a character.
 */
static void clean(char *text)
{
    char *to = text;
    for (size_t length = strlen(text), size; length; text += size, length -= size) {
        size = bp_utf8_character(text, length);
        if (size == 0 || (unsigned char)*text < ' ' || *text == 0x7f) {
            size = 1;
            *to++ = '?';
        } else {
            memmove(to, text, size);
            to += size;
        }
    }
    *to = '\0';
}

static void fill(bp_error *error, bp_status status, const char *file, size_t line,
                 const char *format, va_list arguments)
{
    if (!error)
        return;
    size_t length = strlen(file);
    size_t skip = length < sizeof error->file ? 0 : length - sizeof error->file + 1;
    bp_error made = {.status = status, .line = line};
    memcpy(made.file, file + skip, length - skip); /* the rest is zero */
    vsnprintf(made.message, sizeof made.message, format, arguments);
    clean(made.message);
    *error = made; /* last, since the arguments may point into *error */
}

bp_status bp_fail(bp_error *error, bp_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, "", 0, format, arguments);
    va_end(arguments);
    return status;
}

bp_status bp_fail_at(bp_error *error, bp_status status, const char *file, size_t line,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, file, line, format, arguments);
    va_end(arguments);
    return status;
}

bp_status bp_fail_memory(bp_error *error)
{
    return bp_fail(error, BP_ERROR_MEMORY, "out of memory");
}

const void *bp_find(const void *rows, size_t n, size_t row_size, const char *what, const char *name,
                    bp_error *error)
{
    const char *known[64];
    if (!name)
        name = "";
    size_t count = n < 64 ? n : 64;
    for (size_t i = 0; i < n; i++) {
        const char *row = (const char *)rows + i * row_size;
        const char *row_name;
        memcpy(&row_name, row, sizeof row_name); /* the row's first member */
        if (strcmp(row_name, name) == 0)
            return row;
        if (i < count)
            known[i] = row_name;
    }
    char list[400] = "";
    for (size_t i = 0, used = 0; i < count && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", known[i]);
    bp_fail(error, BP_ERROR_ARGUMENT, "unknown %s '%.60s'; known: %s", what, name, list);
    return NULL;
}
