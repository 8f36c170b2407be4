#include "report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bp_status fail(bp_error *error, bp_status status, const char *file, const char *format, ...)
{
    va_list arguments;
    *error = (bp_error){.status = status};
    if (file)
        snprintf(error->file, sizeof error->file, "%s", file);
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

bp_status fail_memory(bp_error *error)
{
    return fail(error, BP_ERROR_MEMORY, NULL, "out of memory");
}

const char *file_label(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

int report_error(const bp_error *error)
{
    fprintf(stderr, "bprop: ");
    if (error->file[0])
        fprintf(stderr, "%s:", file_label(error->file));
    if (error->line)
        fprintf(stderr, "%zu:", error->line);
    fprintf(stderr, "%s%s\n", error->file[0] ? " " : "", error->message);
    switch (error->status) {
    case BP_ERROR_ARGUMENT:
        return EXIT_USAGE;
    case BP_ERROR_DIVERGED:
        return EXIT_DIVERGED;
    default:
        return EXIT_ERROR;
    }
}

int print_json(json_t *object)
{
    bool done = object && json_dumpf(object, stdout, JSON_COMPACT) == 0;
    json_decref(object);
    if (done)
        putchar('\n');
    else if (!ferror(stdout)) { /* main() reports what cannot be written */
        fprintf(stderr, "bprop: out of memory\n");
        return EXIT_ERROR;
    }
    return EXIT_DONE;
}

json_t *json_finite(double value) { return isfinite(value) ? json_real(value) : json_null(); }

const char *printable(const char *name, char text[80])
{
    size_t i = 0;
    for (; name[i] && i < 79; i++)
        text[i] = (unsigned char)name[i] < ' ' || name[i] == 0x7f ? '?' : name[i];
    while (name[i] && i > 0 && ((unsigned char)name[i] & 0xc0) == 0x80)
        i--; /* not within a character */
    text[i] = '\0';
    return text;
}

const char *target_label(const bp_model *model, size_t j, char text[80])
{
    const char *name = bp_model_is_classification(model) ? NULL : bp_model_output_name(model, j);
    if (name)
        printable(name, text);
    else
        snprintf(text, 80, "column %zu", bp_model_target_column(model, j) + 1);
    return text;
}

/* ---- Evaluations -------------------------------------------------------------------------- */

static void print_confusion(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    size_t n = e->n_classes, most = 20;
    char text[80];
    if (n > most)
        return; /* wider than any screen; --json has it */
    fprintf(file, "confusion: a row is an actual class, a column the answer in the same order\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            fprintf(file, " %6zu", e->confusion[i * n + j]);
        fprintf(file, "  %s\n", printable(bp_model_output_name(model, i), text));
    }
}

void print_target_metrics(FILE *file, const bp_evaluation *e, size_t j)
{
    if (isfinite(e->r2[j]))
        fprintf(file, "R2 %.4f", e->r2[j]);
    else
        fprintf(file, "R2 undefined (the target does not vary)");
    fprintf(file, ", RMSE %.6g, MAE %.6g", e->rmse[j], e->mae[j]);
}

void print_evaluation(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    char label[80];
    fprintf(file, "rows: %zu\nloss: %.6g (%s%s)\n", e->rows, e->loss, bp_model_loss(model)->name,
            bp_model_targets_are_scaled(model) ? ", of scaled targets" : "");
    if (e->n_classes) {
        fprintf(file, "accuracy: %.4f\n", e->accuracy);
        print_confusion(file, model, e);
    }
    for (size_t j = 0; j < e->n_targets; j++) {
        if (e->n_targets > 1)
            fprintf(file, "%s: ", target_label(model, j, label));
        print_target_metrics(file, e, j);
        fprintf(file, "\n");
    }
}

static json_t *classes_to_json(const bp_model *model, size_t n)
{
    json_t *classes = json_array();
    for (size_t j = 0; j < n; j++)
        json_array_append_new(classes, json_string(bp_model_output_name(model, j)));
    return classes;
}

static json_t *confusion_to_json(const bp_evaluation *e)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < e->n_classes; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < e->n_classes; j++)
            json_array_append_new(row,
                                  json_integer((json_int_t)e->confusion[i * e->n_classes + j]));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* A number for one target, an array for several. */
static json_t *values_to_json(const double *values, size_t n)
{
    if (n == 1)
        return json_finite(values[0]);
    json_t *array = json_array();
    for (size_t j = 0; j < n; j++)
        json_array_append_new(array, json_finite(values[j]));
    return array;
}

json_t *evaluation_to_json(const bp_model *model, const bp_evaluation *e)
{
    json_t *object =
        json_pack("{s:I, s:o}", "rows", (json_int_t)e->rows, "loss", json_finite(e->loss));
    if (e->n_classes) {
        json_object_set_new(object, "accuracy", json_real(e->accuracy));
        json_object_set_new(object, "classes", classes_to_json(model, e->n_classes));
        json_object_set_new(object, "confusion", confusion_to_json(e));
    } else {
        json_object_set_new(object, "r2", values_to_json(e->r2, e->n_targets));
        json_object_set_new(object, "rmse", values_to_json(e->rmse, e->n_targets));
        json_object_set_new(object, "mae", values_to_json(e->mae, e->n_targets));
    }
    return object;
}
