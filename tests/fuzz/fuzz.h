/* fuzz.h: what the fuzz targets share.
 *
 * A target is one file with one function, which is given bytes that nobody has looked at before.
 * With -Dfuzz=enabled it becomes a program of libFuzzer's (run.sh), and in every build a test that
 * replays what lies in corpus/ and regressions/ (replay.c). It looks for more than crashes: what is
 * refused must have a message, what is read must be sound, and what is written must read back. */
#ifndef BP_TESTS_FUZZ_H
#define BP_TESTS_FUZZ_H

#include <bprop/bprop.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The target; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Ends the process if the condition does not hold, which is a finding. */
#define require(condition) require_that((condition), #condition, __FILE__, __LINE__)
void require_that(bool holds, const char *condition, const char *file, int line);

/* A finding unless the status is BP_OK. */
#define require_ok(status, error) require_that_ok((status), (error), __FILE__, __LINE__)
void require_that_ok(bp_status status, const bp_error *error, const char *file, int line);

/* What every error must be: the status that was returned, and a message of one line of UTF-8; of
 * what is wrong in a file, one that names it: `path`, NULL if it may be any. */
void check_error(bp_status status, const bp_error *error, const char *path);

/* ---- Taking the input apart ---------------------------------------------------------------- */

/* The bytes not yet taken. */
typedef struct taken {
    const uint8_t *at;
    size_t size;
} taken;

/* The next byte, 0 after the last. */
uint8_t take_byte(taken *from);

/* The bytes up to a newline, which is taken too, as a text in `line`; NULL if there are none. What
 * is longer than its place is cut. */
enum { LINE_SIZE = 256 };
const char *take_line(taken *from, char line[LINE_SIZE]);

/* What stands behind the first line that is `line`; false, and nothing changed, if none is. What
 * remains of *from stands before it. */
bool take_part(taken *from, const char *line, taken *part);

/* ---- Files --------------------------------------------------------------------------------- */

/* The path of a file without a name that holds those bytes until the next call with that number;
 * run.sh sees to it that it lies in memory. */
enum { FILES = 3 };
const char *file_of(int number, const void *bytes, size_t size);

/* The bytes of that file; the caller's to free. */
uint8_t *bytes_of(int number, size_t *size);

#endif
