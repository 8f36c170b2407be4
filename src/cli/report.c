#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the character there has; 0: none, or it was cut. */
static size_t character_size(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, i = 1;
    if (first == 0x7f || first < ' ' || (first >= 0x80 && first < 0xc2))
        return 0;
    while (i < size && ((unsigned char)text[i] & 0xc0) == 0x80)
        i++;
    return i == size ? size : 0;
}

/* Makes a text one line, since what it quotes may hold anything, or be cut within a character. */
static void clean(char *text)
{
    for (size_t size; *text; text += size ? size : 1)
        if (!(size = character_size(text)))
            *text = '?';
}

bp_status fail(bp_error *error, bp_status status, const char *file, const char *format, ...)
{
    va_list arguments;
    *error = (bp_error){.status = status};
    size_t length = file ? strlen(file) : 0, most = sizeof error->file - 1;
    if (file)
        strcpy(error->file, file + (length > most ? length - most : 0));
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    clean(error->message);
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

bp_status flush_stdout(bp_error *error)
{
    bool failed = fflush(stdout) != 0;
    const char *reason = failed ? strerror(errno) : "";
    if (!failed && !ferror(stdout))
        return BP_OK;
    return fail(error, BP_ERROR_FILE, NULL, "standard output cannot be written%s%s",
                failed ? ": " : "", reason);
}

int print_json(json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!text) {
        fprintf(stderr, "bprop: out of memory\n");
        return EXIT_ERROR;
    }
    puts(text); /* main() reports what cannot be written */
    free(text);
    return EXIT_DONE;
}

void append_json(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}

void set_json(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
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
    bool class = bp_model_answers(model) == BP_ANSWER_CLASS;
    const char *name = class ? NULL : bp_model_output_name(model, j);
    if (name && *name)
        printable(name, text);
    else
        snprintf(text, 80, "column %zu", bp_model_target_column(model, j) + 1);
    return text;
}

/* ---- Evaluations -------------------------------------------------------------------------- */

/* The name of class, label or target j. */
static const char *output_label(const bp_model *model, size_t j, char text[80])
{
    return bp_model_answers(model) == BP_ANSWER_CLASS
               ? printable(bp_model_output_name(model, j), text)
               : target_label(model, j, text);
}

/* Rows of class i, or rows that have label i. */
static size_t count_rows(const bp_evaluation *e, size_t i)
{
    size_t rows = 0;
    if (e->n_labels)
        return e->confusion[i * 4 + 2] + e->confusion[i * 4 + 3];
    for (size_t j = 0; j < e->n_classes; j++)
        rows += e->confusion[i * e->n_classes + j];
    return rows;
}

/* What the baseline answers: "always no". */
static const char *baseline_label(const bp_model *model, const bp_evaluation *e, char text[100])
{
    char name[80];
    size_t most = 0;
    for (size_t i = 1; i < e->n_classes; i++)
        if (count_rows(e, i) > count_rows(e, most))
            most = i;
    if (e->n_classes)
        snprintf(text, 100, "always %s", printable(bp_model_output_name(model, most), name));
    else
        strcpy(text, "the majority of each label");
    return text;
}

static void print_target(FILE *file, const bp_evaluation *e, size_t j)
{
    const bp_scores *s = &e->scores, *of_mean = &e->baseline;
    if (isnan(s->r2[j]))
        fprintf(file, "R2 undefined (the target does not vary)");
    else
        fprintf(file, "R2 %.4f", s->r2[j]);
    fprintf(file, ", RMSE %.6g (of the mean: %.6g), MAE %.6g (of the mean: %.6g)", s->rmse[j],
            of_mean->rmse[j], s->mae[j], of_mean->mae[j]);
}

void print_summary(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    char label[100];
    if (!e->n_targets)
        fprintf(file, "accuracy %.4f (%s: %.4f)", e->scores.accuracy,
                baseline_label(model, e, label), e->baseline.accuracy);
    for (size_t j = 0; j < e->n_targets; j++) {
        fprintf(file, "%s", j ? "; " : "");
        print_target(file, e, j);
    }
}

/* "name: 0.9733 (label: 0.3333)" */
static void print_figure(FILE *file, const char *name, double value, const char *label,
                         double baseline, const char *undefined)
{
    fprintf(file, "%s: ", name);
    if (isfinite(value))
        fprintf(file, "%.4f", value);
    else
        fprintf(file, "undefined (%s)", undefined);
    if (isfinite(baseline))
        fprintf(file, " (%s: %.4f)", label, baseline);
    putc('\n', file);
}

/* A line a class, or a label; in parentheses the F1 of the baseline. */
static void print_rates(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    const bp_scores *s = &e->scores;
    char name[80];
    fprintf(file, "precision  recall      F1 (always)%s    rows\n", e->n_labels ? "  ROC AUC" : "");
    for (size_t j = 0; j < e->n_classes + e->n_labels; j++) {
        fprintf(file, "%9.4f %7.4f %7.4f (%.4f)", s->precision[j], s->recall[j], s->f1[j],
                e->baseline.f1[j]);
        if (e->n_labels && isfinite(s->roc_auc[j]))
            fprintf(file, "  %7.4f", s->roc_auc[j]);
        else if (e->n_labels)
            fprintf(file, "        -");
        fprintf(file, " %7zu  %s\n", count_rows(e, j), output_label(model, j, name));
    }
}

static void print_confusion(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    size_t most = 20, columns = e->n_labels ? 4 : e->n_classes;
    char text[80];
    if (columns > most)
        return; /* wider than any screen; --json has it */
    fprintf(file, e->n_labels ? "confusion: rows without the label answered 0 and 1, then rows "
                                "with it\n"
                              : "confusion: a row is an actual class, a column the answer in the "
                                "same order\n");
    for (size_t i = 0; i < e->n_classes + e->n_labels; i++) {
        for (size_t j = 0; j < columns; j++)
            fprintf(file, " %6zu", e->confusion[i * columns + j]);
        fprintf(file, "  %s\n", output_label(model, i, text));
    }
}

static void print_answers(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    const bp_scores *s = &e->scores, *b = &e->baseline;
    char always[100];
    const char *shares = e->n_classes ? "the shares of the classes" : "the share of each label";
    baseline_label(model, e, always);
    print_figure(file, e->n_classes ? "accuracy" : "accuracy (every label right)", s->accuracy,
                 always, b->accuracy, "");
    print_figure(file, "balanced accuracy", s->balanced_accuracy, always, b->balanced_accuracy, "");
    print_figure(file, "log loss", s->log_loss, shares, b->log_loss,
                 "the outputs are not probabilities");
    if (e->n_classes == 2)
        print_figure(file, "ROC AUC", s->roc_auc[0], shares, b->roc_auc[0],
                     "one class alone occurs");
    print_rates(file, model, e);
    print_confusion(file, model, e);
}

void print_evaluation(FILE *file, const bp_model *model, const bp_evaluation *e)
{
    char label[80];
    fprintf(file, "rows: %zu\nloss: %.6g (%s%s)\n", e->rows, e->loss, bp_model_loss(model)->name,
            bp_model_targets_are_scaled(model) ? ", of scaled targets" : "");
    if (!e->n_targets)
        print_answers(file, model, e);
    for (size_t j = 0; j < e->n_targets; j++) {
        if (e->n_targets > 1)
            fprintf(file, "%s: ", target_label(model, j, label));
        print_target(file, e, j);
        fprintf(file, "\n");
    }
}

json_t *names_to_json(const bp_model *model, bool classes, size_t n)
{
    json_t *names = json_array();
    char label[80];
    for (size_t j = 0; j < n; j++) {
        const char *name = bp_model_output_name(model, j);
        append_json(&names, json_string(classes || name ? name : target_label(model, j, label)));
    }
    return names;
}

/* Row-major counts as an array of arrays. */
static json_t *counts_to_json(const size_t *counts, size_t rows, size_t columns)
{
    json_t *array = json_array();
    for (size_t i = 0; i < rows; i++) {
        json_t *row = json_array();
        for (size_t j = 0; j < columns; j++)
            append_json(&row, json_integer((json_int_t)counts[i * columns + j]));
        append_json(&array, row);
    }
    return array;
}

static json_t *confusion_to_json(const bp_evaluation *e)
{
    if (e->n_classes)
        return counts_to_json(e->confusion, e->n_classes, e->n_classes);
    json_t *array = json_array();
    for (size_t j = 0; j < e->n_labels; j++)
        append_json(&array, counts_to_json(e->confusion + 4 * j, 2, 2));
    return array;
}

static json_t *values_to_json(const double *values, size_t n)
{
    json_t *array = json_array();
    for (size_t j = 0; j < n; j++)
        append_json(&array, json_finite(values[j]));
    return array;
}

/* A number for one, an array for several. */
static json_t *one_or_more(const double *values, size_t n)
{
    return n == 1 ? json_finite(values[0]) : values_to_json(values, n);
}

/* Sets the figures of one answer, the model's or the baseline's. */
static void set_scores(json_t **object, const bp_evaluation *e, const bp_scores *s)
{
    if (e->n_targets) {
        set_json(object, "r2", one_or_more(s->r2, e->n_targets));
        set_json(object, "rmse", one_or_more(s->rmse, e->n_targets));
        set_json(object, "mae", one_or_more(s->mae, e->n_targets));
        return;
    }
    size_t n = e->n_classes + e->n_labels;
    set_json(object, "accuracy", json_finite(s->accuracy));
    set_json(object, "balanced_accuracy", json_finite(s->balanced_accuracy));
    set_json(object, "log_loss", json_finite(s->log_loss));
    if (s->n_roc_auc)
        set_json(object, "roc_auc", one_or_more(s->roc_auc, s->n_roc_auc));
    set_json(object, "precision", values_to_json(s->precision, n));
    set_json(object, "recall", values_to_json(s->recall, n));
    set_json(object, "f1", values_to_json(s->f1, n));
}

json_t *evaluation_to_json(const bp_model *model, const bp_evaluation *e)
{
    json_t *baseline = json_object(), *object = json_pack("{s:I, s:o}", "rows", (json_int_t)e->rows,
                                                          "loss", json_finite(e->loss));
    set_scores(&object, e, &e->scores);
    set_scores(&baseline, e, &e->baseline);
    if (!e->n_targets) {
        set_json(&object, e->n_classes ? "classes" : "labels",
                 names_to_json(model, e->n_classes, e->n_classes + e->n_labels));
        set_json(&object, "confusion", confusion_to_json(e));
    }
    set_json(&object, "baseline", baseline);
    return object;
}
