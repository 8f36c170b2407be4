/* status.h: how bprop reports what went wrong; and numbers as text.
 *
 * Everything that can fail returns a bp_status. Where a function also takes a bp_error *, that
 * structure belongs to the caller, may be NULL, and is written on failure only. On failure every
 * other output of the function is left as it was, unless its own comment says otherwise.
 *
 * A function that returns a bp_status believes nothing of its arguments but that pointers are NULL
 * or point to what they should: NULL is BP_ERROR_ARGUMENT where its comment does not say what it
 * stands for. The others are as cheap as they look, and check nothing. */
#ifndef BPROP_STATUS_H
#define BPROP_STATUS_H

#include <bprop/real.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef enum bp_status {
    BP_OK = 0,
    BP_ERROR_ARGUMENT,  /* a value outside its range, an unknown name, shapes that do not fit */
    BP_ERROR_MEMORY,    /* an allocation failed */
    BP_ERROR_SIZE,      /* a size that overflows size_t or that BLAS cannot take */
    BP_ERROR_FILE,      /* the system refused to open, read or write a file */
    BP_ERROR_FORMAT,    /* a file was read, but its contents are not what they should be */
    BP_ERROR_DIVERGED,  /* the loss stopped being a finite number */
    BP_ERROR_CANCELLED, /* the caller's own callback asked to stop */
} bp_status;

/* What went wrong, for people. `file` is empty and `line` 0 where the error has no such place. Of
 * options of reading and of models, messages give the program's names, which are the fields' with
 * -- before them, but for "--missing drop" and "--missing mean", drop_missing and fill_missing. */
typedef struct bp_error {
    bp_status status;
    char file[256];    /* as the caller named it; its end is kept if it is longer */
    size_t line;       /* 1-based line of `file` */
    char message[512]; /* what is wrong; what to do. UTF-8, one line, no final newline */
} bp_error;

/* A few words for each status; never NULL, static, thread-safe. */
const char *bp_strerror(bp_status status);

/* Memory of the host's. `allocate` gives a block of `bytes` > 0 that is aligned as malloc()'s are,
 * or NULL, which becomes BP_ERROR_MEMORY; `release` takes back what it gave, never NULL. What needs
 * more alignment, the matrices, bprop aligns within the block. Both are called on threads that call
 * the library, never on those that it starts, and never during a pass, a prediction or an epoch;
 * threads that call it at once for one network need functions that are thread-safe. */
typedef struct bp_allocator {
    void *(*allocate)(size_t bytes, void *user);
    void (*release)(void *block, void *user);
    void *user; /* for both */
} bp_allocator;

/* The library's version, "major.minor.patch"; static, thread-safe. */
const char *bp_version(void);

/* The processors that this process may use, 1 or more: what 0 threads stands for. Thread-safe. */
size_t bp_processors(void);

/* The size of a text that bp_print_number() fills. */
#define BP_NUMBER_SIZE 32

/* The shortest text that reads back as the same double, laid out as Python's repr() but without
 * its ".0" for whole numbers; "nan", "inf", "-inf". Whatever the locale. Returns `text`. */
char *bp_print_number(double value, char text[BP_NUMBER_SIZE]);

/* The same of a number of a matrix: the shortest text that reads back as the same bp_real. */
char *bp_print_real(bp_real value, char text[BP_NUMBER_SIZE]);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
