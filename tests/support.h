/* support.h: what the tests share. They run in the top folder of the source: paths such as
 * "data/iris.csv" are relative to it. */
#ifndef BP_TESTS_SUPPORT_H
#define BP_TESTS_SUPPORT_H

/* cmocka.h wants these four before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bprop/bprop.h>
#include <jansson.h>

/* What agrees more closely than this in doubles need not in a build of single precision; and the
 * step of central differences there, in place of a smaller one. */
enum { SINGLE = sizeof(bp_real) == sizeof(float) };
#define LEAST_TOLERANCE (SINGLE ? 3e-5 : 0)
#define DIFFERENCE(h)   (SINGLE ? 4e-3 : (h))

/* |actual − expected| ≤ rtol·|expected| + atol. Fails on anything that is not finite, which
 * cmocka's own comparison lets pass. */
#define assert_close(actual, expected, rtol, atol)                                                \
    check_close((actual), (expected), (rtol), (atol), #actual, __FILE__, __LINE__)

/* The same bits, NaN included. */
#define assert_same_bits(actual, expected)                                                        \
    check_same_bits((actual), (expected), #actual, __FILE__, __LINE__)

/* BP_OK, else the error's message. */
#define assert_ok(status, error) check_ok((status), (error), __FILE__, __LINE__)

void check_close(double actual, double expected, double rtol, double atol, const char *what,
                 const char *file, int line);
void check_same_bits(double actual, double expected, const char *what, const char *file, int line);
void check_ok(bp_status status, const bp_error *error, const char *file, int line);

/* A JSON file under tests/; fails the test if it cannot be read. The caller's. */
json_t *load_json(const char *path);

/* The numbers of an array of arrays, row-major, with leading dimension `ld` and `padding` in the
 * elements beyond the columns; *rows and *columns receive its shape. The caller's to free. */
double *doubles_of_json(const json_t *array, size_t pad, double padding, size_t *rows,
                        size_t *columns, size_t *ld);
bp_real *matrix_of_json(const json_t *array, size_t pad, double padding, size_t *rows,
                        size_t *columns, size_t *ld);

/* What stands between the last column and the leading dimension: it must come through untouched,
 * and never enter a sum. */
#define PADDING 12345.5
void check_padding(const bp_real *values, size_t rows, size_t columns, size_t ld);

/* A network of n_layers ≤ MOST_LAYERS layers, one activation for the hidden ones and one for the outputs. */
enum { MOST_LAYERS = 8 };
void make_network(const size_t *sizes, size_t n_layers, const bp_activation *hidden,
                         const bp_activation *output, bp_network **network);

/* $TMPDIR, or the system's folder for temporary files. */
const char *temporary_folder(void);

/* A file of those bytes under the system's folder for temporary files; the path is the caller's to
 * free, remove_file() removes both. */
char *make_file(const void *bytes, size_t size);
void remove_file(char *path);

#endif
