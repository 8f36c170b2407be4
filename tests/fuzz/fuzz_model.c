#include "fuzz_model.h"

#include "model/model_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void take_wishes(taken *from, wishes *to)
{
    static const char *const tasks[] = {"auto", "classification", "regression", "auto"};
    static const char *const scales[] = {"standard", "minmax", "none", "standard"};
    uint8_t flags = take_byte(from);
    to->options = bp_model_defaults();
    to->options.task = tasks[flags & 3];
    to->options.scale = scales[flags >> 2 & 3];
    to->options.fill_missing = flags & 16;
    to->options.hidden = "2";
    to->options.target = take_line(from, to->target);
    to->options.weight_column = take_line(from, to->weight);
    to->options.class_weight = take_line(from, to->classes);
}

bp_status train_epoch(bp_model *model, const bp_dataset *data, bp_error *error)
{
    bp_train_options how = bp_train_defaults();
    how.epochs = 1;
    how.batch_size = 3;
    how.kernel = bp_kernel_find("loops", error);
    return bp_model_train(model, data, NULL, &how, error);
}

bp_model *make_model(const wishes *asked, const bp_dataset *data)
{
    bp_model *model = NULL;
    bp_error error;
    bp_status status = bp_model_create(data, &asked->options, &model, &error);
    if (!status)
        status = train_epoch(model, data, &error);
    if (!status)
        return model;
    check_error(status, &error, NULL);
    bp_model_destroy(model);
    return NULL;
}

/* ---- Asking a model -------------------------------------------------------------------------- */

/* The answers for all rows, NULL if they are refused. */
static double *answers(const bp_model *model, const bp_dataset *data)
{
    size_t n = bp_model_n_outputs(model);
    double *Y = calloc(bp_dataset_rows(data) * n, sizeof *Y);
    bp_error error;
    require(Y);
    bp_status status = bp_model_predict(model, bp_kernel_find("loops", &error), 1, data, Y, n, &error);
    if (status) {
        check_error(status, &error, bp_dataset_name(data));
        free(Y);
        return NULL;
    }
    for (size_t i = 0; i < bp_dataset_rows(data) * n; i++)
        require(isfinite(Y[i]));
    return Y;
}

void check_model(const bp_model *model, const bp_dataset *data)
{
    size_t size, size_again;
    bp_model *loaded = NULL;
    bp_error error;
    require_ok(bp_model_save(model, file_of(2, "", 0), &error), &error);
    uint8_t *bytes = bytes_of(2, &size);
    require_ok(bp_model_load(file_of(2, bytes, size), &loaded, &error), &error);
    require_ok(bp_model_save(loaded, file_of(2, "", 0), &error), &error);
    uint8_t *again = bytes_of(2, &size_again);
    require(size == size_again && memcmp(bytes, again, size) == 0);
    double *y = data ? answers(model, data) : NULL, *z = data ? answers(loaded, data) : NULL;
    require(!y == !z);
    if (y)
        require(memcmp(y, z, bp_dataset_rows(data) * bp_model_n_outputs(model) * sizeof *y) == 0);
    free(y), free(z), free(bytes), free(again);
    bp_model_destroy(loaded);
}

/* ---- Rows that a model takes ---------------------------------------------------------------- */

typedef struct row_text {
    char text[1 << 16];
    size_t used;
} row_text;

static void put(row_text *to, char c)
{
    if (to->used < sizeof to->text)
        to->text[to->used++] = c;
}

static void put_quoted(row_text *to, const char *text)
{
    put(to, '"');
    for (; *text; text++) {
        if (*text == '"')
            put(to, '"');
        put(to, *text);
    }
    put(to, '"');
}

/* What column c of a table for that encoding could hold. */
static void put_cell(row_text *to, const bp_encoding *e, size_t c)
{
    const char *text = e->classes && e->targets[0].column == c ? e->classes[0] : "1";
    for (size_t i = 0; i < e->n_inputs; i++)
        if (e->inputs[i].column == c && e->inputs[i].category)
            text = e->inputs[i].category;
    put_quoted(to, text);
}

bp_dataset *row_for(const bp_model *model)
{
    const bp_encoding *encoding = &model->encoding;
    const bp_read_options options = {.format = "csv", .header = BP_HEADER_NO, .delimiter = ','};
    row_text *row = calloc(1, sizeof *row);
    bp_dataset *data = NULL;
    bp_error error;
    require(row);
    for (size_t c = 0; c < encoding->table_columns && row->used < sizeof row->text; c++) {
        if (c)
            put(row, ',');
        put_cell(row, encoding, c);
    }
    const char *path = file_of(1, row->text, row->used);
    bp_status status = bp_model_read(model, path, &options, &data, &error);
    if (status)
        check_error(status, &error, path);
    free(row);
    return status ? NULL : data;
}
