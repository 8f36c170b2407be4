/* train.c: bprop train DATA */
#include "commands.h"
#include "curve.h"
#include "describe.h"
#include "document.h"
#include "interrupt.h"
#include "load.h"
#include "paths.h"
#include "report.h"
#include "setup.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything that one run of the command holds. */
typedef struct run {
    options *o;
    bp_train_options how;
    char model_path[PATH_MAX];
    json_t *began; /* of --resume: the options that the checkpoint's training began with */
    bp_train_state *state;
    FILE *curve;                        /* of --log; NULL: none */
    bp_dataset *data;                   /* as read */
    bp_dataset *parts[2];               /* of a --validation fraction: trained on, held out */
    bp_dataset *other;                  /* of a --validation file */
    const bp_dataset *train, *held_out; /* of those; held_out NULL: none */
    bp_model *model;
    bool progress_line; /* a line that is written over stands on the terminal */
    double shown;       /* when it was last written, in seconds of training */
    double lowest;      /* loss of the held-out rows, and the epoch it was reached in */
    size_t lowest_epoch;
    double held_loss; /* the last */
    bool saved_last;  /* the checkpoint of the last epoch */
    bool failed;      /* something beside the training: `failure` says what */
    bp_error failure;
    bp_error *error;
} run;

/* ---- Before ------------------------------------------------------------------------------- */

/* --resume: the model and the state of its training, and the options it began with. */
static bp_status resume(run *r)
{
    if (!r->o->resume)
        return bp_train_state_create(&r->state, r->error);
    bp_status status = bp_model_load_checkpoint(r->o->resume, &r->model, &r->state, r->error);
    if (status)
        return status;
    const char *note = bp_train_state_note(r->state);
    r->began = note ? json_loads(note, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (!json_is_object(r->began))
        return fail(r->error, BP_ERROR_FORMAT, r->o->resume,
                    "does not say with which options its training began; was it written by "
                    "another program?");
    status = resume_options(r->began, r->o, r->error);
    if (!status && r->o->epochs < bp_train_state_epoch(r->state))
        status =
            fail(r->error, BP_ERROR_ARGUMENT, NULL,
                 "%.200s has %zu epochs behind it, which --epochs %llu counts too; give a "
                 "larger number",
                 r->o->resume, bp_train_state_epoch(r->state), (unsigned long long)r->o->epochs);
    return status;
}

/* What a checkpoint tells about this run: the options it began with. */
static bp_status annotate(run *r)
{
    errno = 0;
    json_t *given = r->began ? json_incref(r->began) : options_to_json(r->o);
    if (!given && errno == ENOMEM)
        return fail_memory(r->error);
    if (!given)
        return fail(r->error, BP_ERROR_ARGUMENT, NULL,
                    "a checkpoint takes options in UTF-8 alone, and one of these is not");
    char *note = json_dumps(given, JSON_COMPACT);
    json_decref(given);
    bp_status status =
        note ? bp_train_state_set_note(r->state, note, r->error) : fail_memory(r->error);
    free(note);
    return status;
}

/* That of --resume has to be one for this table. */
static bp_status make_model(run *r)
{
    bp_model_options how = model_options_of(r->o);
    size_t column;
    bp_status status = load_table(r->o, r->o->arguments[0], &r->data, r->error);
    r->train = r->data;
    if (!status && !r->model)
        return bp_model_create(r->data, &how, &r->model, r->error);
    return status ? status : bp_model_find_target(r->model, r->data, 0, &column, r->error);
}

/* --validation is 0, a fraction, or a file. */
static bp_status hold_out(run *r)
{
    const char *part = r->o->validation;
    double fraction;
    bool number = parse_number(part, &fraction);
    if (!*part || (number && (fraction < 0 || fraction >= 1)))
        return fail(r->error, BP_ERROR_ARGUMENT, NULL,
                    "--validation '%.60s': expected a fraction from 0 to below 1, or a file", part);
    if (number && r->o->validation_labels)
        return fail(r->error, BP_ERROR_ARGUMENT, NULL,
                    "--validation-labels is of a --validation file; '%.60s' is a part of DATA",
                    part);
    if (!number) {
        options o = *r->o;
        o.labels = o.validation_labels;
        bp_status status = load_table_for(&o, r->model, part, &r->other, r->error);
        r->held_out = r->other;
        return status;
    }
    if (fraction == 0)
        return BP_OK;
    bp_status status = bp_model_split(r->model, r->data, fraction, r->o->seed, &r->parts[0],
                                      &r->parts[1], r->error);
    if (!status) {
        r->train = r->parts[0];
        r->held_out = r->parts[1];
    }
    return status;
}

/* ---- What was decided --------------------------------------------------------------------- */

static void describe(const run *r)
{
    size_t done = bp_train_state_epoch(r->state);
    describe_data(r->data);
    describe_task(r->o, r->model, r->data);
    describe_network(r->o, r->model);
    describe_training(&r->how, r->model, bp_dataset_rows(r->train));
    if (r->held_out)
        fprintf(stderr, "; %zu rows held out", bp_dataset_rows(r->held_out));
    fprintf(stderr, "\n");
    if (done)
        fprintf(stderr, "resumed: %s, after epoch %zu\n", r->o->resume, done);
}

/* ---- During ------------------------------------------------------------------------------- */

static void print_progress(run *r, const bp_progress *p)
{
    bool terminal = isatty(STDERR_FILENO) && !r->o->verbose;
    size_t every = p->epochs / 10 ? p->epochs / 10 : 1;
    bool due = terminal ? p->seconds >= r->shown + 0.1 : r->o->verbose || p->epoch % every == 0;
    if (!due && !p->last)
        return;
    r->shown = p->seconds;
    fprintf(stderr, "%sepoch %zu/%zu  loss %.6g", terminal ? "\r\033[K" : "", p->epoch, p->epochs,
            p->loss);
    if (r->held_out)
        fprintf(stderr, "  held out %.6g", p->validation_loss);
    fprintf(stderr, "  %.1f s%s", p->seconds, terminal ? "" : "\n");
    r->progress_line = terminal;
}

static bool checkpoint_due(const run *r, const bp_progress *p)
{
    return r->o->checkpoint && (p->last || interrupted() || p->epoch % r->o->checkpoint_every == 0);
}

static int print_epoch(run *r, const bp_progress *p)
{
    if (r->o->json)
        return print_json(json_pack("{s:I, s:o, s:f, s:f, s:o}", "epoch", (json_int_t)p->epoch,
                                    "loss", json_finite(p->loss), "seconds", p->seconds,
                                    "learning_rate", p->learning_rate, "validation_loss",
                                    json_finite(p->validation_loss)));
    if (r->o->preset)
        print_document_epoch(p, bp_model_loss(r->model));
    if (r->o->preset && p->last)
        print_document_layers(p->network, p->workspace, p->batch_rows - 1);
    return EXIT_DONE;
}

/* A failure beside the training, which has left good weights. */
static void keep_failure(run *r, bp_status status)
{
    r->failed = status != BP_OK;
    if (r->failed)
        r->failure = *r->error;
}

/* What fails here stops the training; `failed` keeps it apart from a wish to stop. */
static int on_epoch(const bp_progress *p, void *user)
{
    run *r = user;
    bool stop = interrupted() != 0;
    if (!(p->validation_loss >= r->lowest)) {
        r->lowest = p->validation_loss;
        r->lowest_epoch = p->epoch;
    }
    r->held_loss = p->validation_loss;
    bp_status status = print_epoch(r, p) ? fail_memory(r->error) : BP_OK;
    if (!status && r->o->log && !r->curve) /* only now: what cannot begin spoils no file */
        status = open_curve(r->o->log, p->epoch - 1, &r->curve, r->error);
    if (!status && r->curve)
        status = add_to_curve(r->curve, r->o->log, p, r->error);
    if (!status && checkpoint_due(r, p)) {
        status = bp_model_save_checkpoint(r->model, r->state, r->o->checkpoint, r->error);
        r->saved_last = p->last;
    }
    if (!r->o->quiet && !r->o->preset)
        print_progress(r, p);
    if (!status) /* who reads what is printed reads it now, and is missed if he is gone */
        status = flush_stdout(r->error);
    keep_failure(r, status);
    return r->failed || stop;
}

/* ---- After -------------------------------------------------------------------------------- */

static bp_status report_on(const run *r, const bp_dataset *rows, const char *which)
{
    bp_evaluation e;
    bp_status status =
        bp_model_evaluate(r->model, r->how.kernel, r->how.threads, rows, &e, r->error);
    if (status)
        return status;
    fprintf(stderr, "%s: ", which);
    print_summary(stderr, r->model, &e);
    fprintf(stderr, " on %zu rows\n", e.rows);
    bp_evaluation_clear(&e);
    return BP_OK;
}

static bp_status report(const run *r)
{
    bp_status status = report_on(r, r->train, "trained on");
    if (!status && r->held_out)
        status = report_on(r, r->held_out, "held out");
    if (!status && r->held_out && r->how.patience)
        fprintf(stderr,
                "      (these rows chose the epoch, which favours them; bprop cv measures on "
                "others)\n");
    if (!status && !r->held_out)
        fprintf(stderr, "no rows were held out; --validation 0.2 measures the model on rows it has "
                        "not seen\n");
    return status;
}

/* A loss of training in one batch of all rows is that of the weights before the step. */
static void describe_kept(const run *r, size_t kept)
{
    size_t rows = bp_dataset_rows(r->train);
    bp_train_options how = bp_train_settle(&r->how, bp_model_network(r->model), rows);
    bool began = !r->held_out && how.optimizer->step && how.batch_size >= rows;
    fprintf(stderr, "the weights are those %s epoch %zu%s, whose loss is the lowest\n",
            began ? "that" : "of", kept + began, began ? " began with" : "");
}

/* Why training ended, and with which weights, where that is not plain. */
static void describe_end(const run *r)
{
    size_t epoch = bp_train_state_epoch(r->state), kept = bp_train_state_kept_epoch(r->state);
    bp_train_end end = bp_train_state_end(r->state);
    if (end == BP_END_CONVERGED)
        fprintf(stderr, "%s has converged after epoch %zu\n", r->how.optimizer->name, epoch);
    if (end == BP_END_PATIENCE)
        fprintf(stderr, "stopped after epoch %zu: the loss of %s has not fallen%s for %zu epochs\n",
                epoch, r->held_out ? "the held-out rows" : "training",
                r->how.min_delta > 0 ? " by more than --min-delta" : "", r->how.patience);
    if (r->how.patience && kept < epoch)
        describe_kept(r, kept);
    if (!r->how.patience && !r->o->resume && r->held_loss > 1.05 * r->lowest)
        fprintf(stderr,
                "the held-out loss was lowest, %.6g, in epoch %zu; --patience 20 takes the weights "
                "of such an epoch\n",
                r->lowest, r->lowest_epoch);
}

/* Writes the model, then reports on it. `stopped` says how an interrupt was told, NULL: none. */
static bp_status finish(run *r, const char *stopped)
{
    bool talk = !r->o->quiet && !r->o->preset;
    bp_status status = bp_model_save(r->model, r->model_path, r->error);
    if (!status && stopped)
        fprintf(stderr, "bprop: %s; its model is kept%s\n", stopped,
                r->o->checkpoint ? ", and a checkpoint to --resume from" : "");
    if (!status && talk) {
        describe_end(r);
        status = report(r);
    }
    if (!status && !r->o->quiet)
        fprintf(stderr, "model: %s\n", r->model_path);
    return status;
}

/* After an error that leaves good weights: they are kept, and it stays an error. */
static bp_status finish_with(run *r, const bp_error *failure)
{
    bp_error first = *failure;
    if (!bp_model_save(r->model, r->model_path, r->error) && !r->o->quiet)
        fprintf(stderr, "model: %s, with the weights after epoch %zu\n", r->model_path,
                bp_train_state_kept_epoch(r->state));
    *r->error = first;
    return first.status;
}

/* What is no regular file is opened at once: it cannot be spoilt, and a pipe may wait for its
 * reader while an interrupt still ends the program. */
static bp_status prepare_curve(run *r)
{
    struct stat there;
    size_t epochs = bp_train_state_epoch(r->state);
    if (stat(r->o->log, &there) == 0 && !S_ISREG(there.st_mode))
        return open_curve(r->o->log, epochs, &r->curve, r->error);
    return check_curve(r->o->log, epochs, r->error);
}

static bp_status prepare(run *r)
{
    bp_status status = resume(r);
    if (!status)
        status = train_options_of(r->o, &r->how, r->error);
    if (!status)
        status = choose_paths(r->o, r->model_path, r->error);
    if (!status && r->o->checkpoint)
        status = annotate(r);
    if (!status)
        status = make_model(r);
    if (!status)
        status = hold_out(r);
    if (!status && r->o->log)
        status = prepare_curve(r);
    r->how.state = r->state;
    r->how.progress = on_epoch;
    r->how.user = r;
    return status;
}

/* Where no epoch told that it was the last: there was none, or lbfgs has converged after it, whose
 * state has weights of its own to go on from. Else those that were restored are not the state's. */
static bool last_checkpoint_due(const run *r)
{
    return r->o->checkpoint && !r->saved_last &&
           (bp_train_state_end(r->state) == BP_END_CONVERGED ||
            bp_train_state_kept_epoch(r->state) == bp_train_state_epoch(r->state));
}

static bp_status train(run *r)
{
    bp_status status = prepare(r);
    if (status)
        return status;
    if (!r->o->quiet && !r->o->preset)
        describe(r);
    catch_interrupts();
    status = bp_model_train(r->model, r->train, r->held_out, &r->how, r->error);
    if (!status && r->o->log && !r->curve) /* there was no epoch */
        keep_failure(r, open_curve(r->o->log, bp_train_state_epoch(r->state), &r->curve, r->error));
    if (!status && !r->failed && last_checkpoint_due(r))
        keep_failure(r, bp_model_save_checkpoint(r->model, r->state, r->o->checkpoint, r->error));
    if (r->progress_line)
        fprintf(stderr, "\n");
    if (r->failed)
        return finish_with(r, &r->failure);
    if (status == BP_ERROR_DIVERGED && r->how.keep_good)
        return finish_with(r, r->error);
    if (status && status != BP_ERROR_CANCELLED)
        return status;
    bp_error ended = *r->error;
    return finish(r, status ? ended.message : NULL);
}

int run_train(const options *given)
{
    bp_error error;
    options o = *given;
    run r = {.o = &o, .lowest = INFINITY, .error = &error};
    int exit_status = train(&r) ? report_error(&error) : EXIT_DONE;
    close_curve(r.curve);
    bp_model_destroy(r.model);
    bp_train_state_destroy(r.state);
    bp_dataset_destroy(r.parts[0]);
    bp_dataset_destroy(r.parts[1]);
    bp_dataset_destroy(r.other);
    bp_dataset_destroy(r.data);
    json_decref(r.began);
    return exit_status == EXIT_DONE && interrupted() ? 128 + interrupted() : exit_status;
}
