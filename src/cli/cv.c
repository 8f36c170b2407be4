/* cv.c: bprop cv DATA */
#include "commands.h"
#include "describe.h"
#include "interrupt.h"
#include "load.h"
#include "report.h"
#include "setup.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Everything that one run of the command holds. */
typedef struct run {
    const options *o;
    bp_dataset *data;
    bp_model *model; /* of the whole table; it is told of, and never trained */
    bp_model_options made;
    bp_train_options trained;
    bp_cv_options how;
    size_t n; /* evaluations: repeats × folds */
    bp_evaluation *evaluations;
    bool progress_line; /* a line that is written over stands on the terminal */
    bp_error *error;
} run;

/* ---- Before ------------------------------------------------------------------------------- */

static bp_status allocate(run *r)
{
    size_t rows = bp_dataset_rows(r->data);
    if (r->how.folds > rows)
        return fail(r->error, BP_ERROR_ARGUMENT, bp_dataset_name(r->data),
                    "--folds %zu: there are only %zu rows", r->how.folds, rows);
    if (r->how.repeats > SIZE_MAX / r->how.folds)
        return fail_memory(r->error);
    r->n = r->how.repeats * r->how.folds;
    r->evaluations = calloc(r->n, sizeof *r->evaluations);
    return r->evaluations ? BP_OK : fail_memory(r->error);
}

static bp_status prepare(run *r)
{
    const options *o = r->o;
    bp_status status = train_options_of(o, &r->trained, r->error);
    r->made = model_options_of(o);
    r->how = (bp_cv_options){
        .folds = (size_t)o->folds,
        .repeats = (size_t)o->repeats,
        .validation = o->part,
        .seed = o->seed,
        .threads = o->threads ? (size_t)o->threads : bp_processors(), /* of one fold each */
    };
    if (!status)
        status = load_table(o, o->arguments[0], &r->data, r->error);
    if (!status)
        status = bp_model_create(r->data, &r->made, &r->model, r->error);
    return status ? status : allocate(r);
}

static void describe(const run *r)
{
    size_t rows = bp_dataset_rows(r->data), folds = r->how.folds, least = rows / folds;
    size_t trained = (size_t)((double)(rows - least) * (1 - r->how.validation));
    size_t threads = r->how.threads < r->n ? r->how.threads : r->n;
    describe_data(r->data);
    describe_task(r->o, r->model, r->data);
    describe_network(r->o, r->model);
    describe_training(&r->trained, r->model, trained);
    fprintf(stderr, "\nfolds: %zu of %zu", folds, least);
    if (rows % folds)
        fprintf(stderr, " or %zu", least + 1);
    fprintf(stderr, " rows");
    if (r->how.repeats > 1)
        fprintf(stderr, ", %zu times", r->how.repeats);
    fprintf(stderr, ", %zu at a time", threads);
    if (r->how.validation > 0)
        fprintf(stderr, "; %g of the rows to train on held out", r->how.validation);
    fprintf(stderr, "\n");
}

/* ---- During ------------------------------------------------------------------------------- */

static int on_epoch(const bp_progress *p, void *user)
{
    (void)p, (void)user;
    return interrupted() != 0;
}

/* "repeat 2, fold 1", or "fold 1" where that is enough. */
static void print_fold(FILE *file, const bp_cv_options *how, size_t i)
{
    if (how->repeats > 1)
        fprintf(file, "repeat %zu, ", i / how->folds + 1);
    fprintf(file, "fold %zu", i % how->folds + 1);
}

static int on_fold(const bp_cv_progress *p, void *user)
{
    run *r = user;
    bool terminal = isatty(STDERR_FILENO) && !r->o->verbose;
    if (r->o->quiet)
        return interrupted() != 0;
    fprintf(stderr, "%s", terminal ? "\r\033[K" : "");
    print_fold(stderr, &r->how, p->repeat * p->folds + p->fold);
    fprintf(stderr, " of %zu  %.1f s%s", p->folds, p->seconds, terminal ? "" : "\n");
    r->progress_line = terminal;
    return interrupted() != 0;
}

/* ---- After -------------------------------------------------------------------------------- */

static int print_as_json(const run *r)
{
    json_t *object = json_object(), *folds = json_array();
    for (size_t i = 0; i < r->n; i++)
        append_json(&folds, evaluation_to_json(r->model, &r->evaluations[i]));
    set_json(&object, "folds", folds);
    set_means(&object, r->evaluations, r->n);
    return print_json(object);
}

static int print_as_text(const run *r)
{
    for (size_t i = 0; i < r->n; i++) {
        print_fold(stdout, &r->how, i);
        printf(": ");
        print_figures(stdout, &r->evaluations[i]);
        putchar('\n');
    }
    printf("mean ± standard deviation over %zu folds:\n", r->n);
    print_means(stdout, r->model, r->evaluations, r->n);
    return EXIT_DONE;
}

static bp_status cross_validate(run *r)
{
    bp_status status = prepare(r);
    if (status)
        return status;
    catch_interrupts();
    if (!r->o->quiet)
        describe(r);
    r->trained.progress = on_epoch;
    r->how.progress = on_fold;
    r->how.user = r;
    status = bp_cross_validate(r->data, &r->made, &r->trained, &r->how, r->evaluations, r->error);
    if (r->progress_line)
        fprintf(stderr, "\n");
    return status;
}

int run_cv(const options *o)
{
    bp_error error = {0};
    run r = {.o = o, .error = &error};
    int exit_status;
    if (cross_validate(&r))
        exit_status = report_error(&error);
    else
        exit_status = o->json ? print_as_json(&r) : print_as_text(&r);
    for (size_t i = 0; r.evaluations && i < r.n; i++)
        bp_evaluation_clear(&r.evaluations[i]);
    free(r.evaluations);
    bp_model_destroy(r.model);
    bp_dataset_destroy(r.data);
    bool stopped =
        interrupted() && (exit_status == EXIT_DONE || error.status == BP_ERROR_CANCELLED);
    return stopped ? 128 + interrupted() : exit_status;
}
