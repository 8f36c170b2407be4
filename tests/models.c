#include "models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bp_dataset *read_table(const char *path)
{
    bp_dataset *data = NULL;
    bp_error error;
    assert_ok(bp_dataset_read(path, NULL, &data, &error), &error);
    return data;
}

bp_model *make_model(const bp_dataset *data, const bp_model_options *options)
{
    bp_model *model = NULL;
    bp_error error;
    assert_ok(bp_model_create(data, options, &model, &error), &error);
    return model;
}

bp_model *trained_model(const bp_dataset *data, const char *target, size_t epochs)
{
    bp_model_options options = bp_model_defaults();
    bp_train_options training = bp_train_defaults();
    bp_error error;
    options.target = target;
    training.epochs = epochs;
    bp_model *model = make_model(data, &options);
    assert_ok(bp_model_train(model, data, NULL, &training, &error), &error);
    return model;
}

double *answers(const bp_model *model, const bp_dataset *data)
{
    size_t n = bp_model_n_outputs(model);
    double *Y = malloc(bp_dataset_rows(data) * n * sizeof *Y);
    bp_error error;
    assert_non_null(Y);
    assert_ok(bp_model_predict(model, NULL, 1, data, Y, n, &error), &error);
    return Y;
}

void check_same_answers(const bp_model *a, const bp_dataset *x, const bp_model *b,
                        const bp_dataset *y)
{
    double *p = answers(a, x), *q = answers(b, y);
    assert_int_equal(bp_dataset_rows(x), bp_dataset_rows(y));
    assert_memory_equal(p, q, bp_dataset_rows(x) * bp_model_n_outputs(a) * sizeof *p);
    free(p), free(q);
}

char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

void overwrite(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

char *make_tensors(const char *header, const void *tensors, size_t n)
{
    size_t length = strlen(header);
    char *bytes = malloc(8 + length + n + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (char)(length >> 8 * i & 255);
    memcpy(bytes + 8, header, length);
    if (n)
        memcpy(bytes + 8 + length, tensors, n);
    char *path = make_file(bytes, 8 + length + n);
    free(bytes);
    return path;
}

void check_message(const bp_error *error, const char *expected)
{
    size_t length = strlen(expected), rest = strlen("…");
    if (length > rest && strcmp(expected + length - rest, "…") == 0)
        assert_memory_equal(error->message, expected, length - rest);
    else
        assert_string_equal(error->message, expected);
}

void describe(const bp_model *model, char *text, size_t size)
{
    const bp_network *network = bp_model_network(model);
    int used = snprintf(text, size, "%zu", bp_network_inputs(network));
    for (size_t l = 0; l < bp_network_n_layers(network); l++)
        used +=
            snprintf(text + used, size - (size_t)used, " %s %zu",
                     bp_network_layer(network, l).activation->name, bp_network_layer(network, l).n);
    snprintf(text + used, size - (size_t)used, " %s", bp_model_loss(model)->name);
}

void check_same_model(const bp_model *a, const bp_model *b)
{
    const bp_network *p = bp_model_network(a), *q = bp_model_network(b);
    size_t n = bp_network_n_parameters(p);
    char x[200], y[200];
    describe(a, x, sizeof x);
    describe(b, y, sizeof y);
    assert_string_equal(x, y);
    assert_int_equal(bp_model_answers(a), bp_model_answers(b));
    assert_int_equal(bp_network_n_parameters(q), n);
    assert_memory_equal(bp_network_parameters((bp_network *)p),
                        bp_network_parameters((bp_network *)q), n * sizeof(bp_real));
    for (size_t j = 0; j < bp_model_n_outputs(a); j++) {
        const char *name = bp_model_output_name(a, j), *other = bp_model_output_name(b, j);
        assert_true(name == other || strcmp(name, other) == 0);
        assert_int_equal(bp_model_target_column(a, j), bp_model_target_column(b, j));
    }
}
