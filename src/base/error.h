/* error.h: filling a bp_error, and looking names up in tables. */
#ifndef BP_BASE_ERROR_H
#define BP_BASE_ERROR_H

#include <bprop/status.h>

#if defined(__GNUC__)
#define BP_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define BP_PRINTF(text, first)
#endif

/* Each fills *error (if it is not NULL) and returns `status`, so that a function can
 * `return bp_fail(...)`. */
bp_status bp_fail(bp_error *error, bp_status status, const char *format, ...) BP_PRINTF(3, 4);
bp_status bp_fail_at(bp_error *error, bp_status status, const char *file, size_t line,
                     const char *format, ...) BP_PRINTF(5, 6);
bp_status bp_fail_memory(bp_error *error);

/* Finds a row by name in a table of `n` rows of `row_size` bytes, each of which begins with its
 * `const char *name`. NULL, with the known names in *error, if there is none; `what` says what
 * kind of thing the table holds. */
const void *bp_find(const void *rows, size_t n, size_t row_size, const char *what, const char *name,
                    bp_error *error);

#endif
