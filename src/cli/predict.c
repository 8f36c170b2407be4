/* predict.c: bprop predict MODEL DATA */
#include "commands.h"
#include "document.h"
#include "load.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell of CSV, quoted where it must be. */
static void print_cell(const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void print_answer(const bp_model *model, const double *y, bool proba)
{
    size_t n = bp_model_n_outputs(model);
    bp_answer kind = bp_model_answers(model);
    bool numbers = kind == BP_ANSWER_NUMBERS;
    char text[BP_NUMBER_SIZE];
    if (kind == BP_ANSWER_CLASS)
        print_cell(bp_model_output_name(model, bp_largest(y, n)));
    for (size_t j = 0; kind == BP_ANSWER_LABELS && j < n; j++)
        printf("%s%d", j ? "," : "", bp_is_label(y[j]));
    for (size_t j = 0; (numbers || proba) && j < n; j++)
        printf("%s%s", !numbers || j ? "," : "",
               numbers ? bp_print_number(y[j], text) : bp_print_real((bp_real)y[j], text));
    putchar('\n');
}

static bp_status print_answers(const options *o, const bp_model *model, const bp_kernel *kernel,
                               const bp_dataset *data, bp_error *error)
{
    size_t rows = bp_dataset_rows(data), n = bp_model_n_outputs(model);
    double *Y = calloc(rows, n * sizeof *Y);
    if (!Y)
        return fail_memory(error);
    bp_status status = bp_model_predict(model, kernel, threads_of(o, kernel), data, Y, n, error);
    for (size_t i = 0; !status && i < rows; i++)
        print_answer(model, Y + i * n, o->proba);
    free(Y);
    return status;
}

/* The options that not every kind of answer has a use for. */
static bp_status check_options(const options *o, const bp_model *model, bp_error *error)
{
    bp_answer kind = bp_model_answers(model);
    if (kind == BP_ANSWER_NUMBERS && (o->proba || o->preset))
        return fail(error, BP_ERROR_ARGUMENT, NULL,
                    "this model answers with numbers; --proba and --preset documents are for "
                    "classes");
    if (o->proba && o->preset)
        return fail(error, BP_ERROR_ARGUMENT, NULL,
                    "--preset documents prints the outputs in its own way; leave --proba away");
    if (kind == BP_ANSWER_LABELS && o->preset)
        return fail(error, BP_ERROR_ARGUMENT, NULL,
                    "this model answers with labels; --preset documents is for classes");
    return BP_OK;
}

static bp_status predict(const options *o, bp_model **model, bp_dataset **data, bp_error *error)
{
    const bp_kernel *kernel;
    bp_status status = load_all(o, &kernel, model, data, error);
    if (!status)
        status = check_options(o, *model, error);
    if (status)
        return status;
    return o->preset ? print_document_predictions(*model, kernel, *data, error)
                     : print_answers(o, *model, kernel, *data, error);
}

int run_predict(const options *o)
{
    bp_error error;
    bp_model *model = NULL;
    bp_dataset *data = NULL;
    int exit_status = EXIT_DONE;
    if (predict(o, &model, &data, &error))
        exit_status = report_error(&error);
    bp_dataset_destroy(data);
    bp_model_destroy(model);
    return exit_status;
}
