#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void check_close(double actual, double expected, double rtol, double atol, const char *what,
                 const char *file, int line)
{
    rtol = fmax(rtol, LEAST_TOLERANCE);
    atol = fmax(atol, LEAST_TOLERANCE);
    if (isfinite(actual) && isfinite(expected) &&
        fabs(actual - expected) <= rtol * fabs(expected) + atol)
        return;
    print_error("%s is %.17g, expected %.17g within %g relative or %g\n", what, actual, expected,
                rtol, atol);
    _fail(file, line);
}

void check_same_bits(double actual, double expected, const char *what, const char *file, int line)
{
    if (memcmp(&actual, &expected, sizeof actual) == 0)
        return;
    print_error("%s is %.17g, expected the bits of %.17g\n", what, actual, expected);
    _fail(file, line);
}

void check_ok(bp_status status, const bp_error *error, const char *file, int line)
{
    if (status == BP_OK)
        return;
    print_error("%s: %s\n", bp_strerror(status), error ? error->message : "");
    _fail(file, line);
}

json_t *load_json(const char *path)
{
    json_error_t reason;
    json_t *loaded = json_load_file(path, 0, &reason);
    if (!loaded)
        fail_msg("%s: %s", path, reason.text);
    return loaded;
}

double *doubles_of_json(const json_t *array, size_t pad, double padding, size_t *rows,
                        size_t *columns, size_t *ld)
{
    *rows = json_array_size(array);
    *columns = json_array_size(json_array_get(array, 0));
    *ld = *columns + pad;
    double *values = malloc((*rows * *ld + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < *rows; i++)
        for (size_t j = 0; j < *ld; j++)
            values[i * *ld + j] =
                j < *columns ? json_number_value(json_array_get(json_array_get(array, i), j))
                             : padding;
    return values;
}

bp_real *matrix_of_json(const json_t *array, size_t pad, double padding, size_t *rows,
                        size_t *columns, size_t *ld)
{
    double *read = doubles_of_json(array, pad, padding, rows, columns, ld);
    bp_real *values = malloc((*rows * *ld + 1) * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < *rows * *ld; i++)
        values[i] = (bp_real)read[i];
    free(read);
    return values;
}

const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : P_tmpdir;
}

char *make_file(const void *bytes, size_t size)
{
    char *path = malloc(4096);
    assert_non_null(path);
    snprintf(path, 4096, "%s/bprop-test-XXXXXX", temporary_folder());
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, bytes, size) == (ssize_t)size);
    assert_int_equal(close(fd), 0);
    return path;
}

void remove_file(char *path)
{
    unlink(path);
    free(path);
}

void check_padding(const bp_real *values, size_t rows, size_t columns, size_t ld)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = columns; j < ld; j++)
            assert_same_bits(values[i * ld + j], PADDING);
}

void make_network(const size_t *sizes, size_t n_layers, const bp_activation *hidden,
                         const bp_activation *output, bp_network **network)
{
    const bp_activation *activations[MOST_LAYERS];
    bp_error error;
    for (size_t l = 0; l < n_layers; l++)
        activations[l] = l + 1 < n_layers ? hidden : output;
    assert_ok(bp_network_create(sizes, n_layers, activations, network, &error), &error);
}
