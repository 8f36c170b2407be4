/* train.c: bprop train DATA */
#include "commands.h"
#include "document.h"
#include "load.h"
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Everything that one run of the command holds. */
typedef struct run {
    const options *o;
    bp_train_options how;
    char model_path[PATH_MAX];
    bp_dataset *data;                   /* as read */
    bp_dataset *parts[2];               /* of a --validation fraction: trained on, held out */
    bp_dataset *other;                  /* of a --validation file */
    const bp_dataset *train, *held_out; /* of those; held_out NULL: none */
    bp_model *model;
    bool progress_line; /* a line that is written over stands on the terminal */
    double shown;       /* when it was last written, in seconds of training */
    bp_error *error;
} run;

/* ---- Before ------------------------------------------------------------------------------- */

/* "data/iris.csv" gives "iris.safetensors" in the current folder. */
static void default_model_path(const char *data, char *path, size_t size)
{
    const char *slash = strrchr(data, '/'), *name = slash ? slash + 1 : data;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    if (strcmp(data, "-") == 0 || length > size / 2)
        snprintf(path, size, "model.safetensors");
    else
        snprintf(path, size, "%.*s.safetensors", (int)length, name);
}

static bool is_file(const struct stat *there, const char *path)
{
    struct stat other;
    return stat(path, &other) == 0 && there->st_dev == other.st_dev &&
           there->st_ino == other.st_ino;
}

/* A model that cannot be written should be known before the training, not after: a regular file
 * needs a folder in which another can be made beside it. */
static bp_status check_model_path(const run *r)
{
    char folder[PATH_MAX];
    struct stat there;
    bool exists = stat(r->model_path, &there) == 0;
    bool regular = !exists || S_ISREG(there.st_mode);
    if (regular && exists &&
        (is_file(&there, r->o->arguments[0]) || is_file(&there, r->o->validation)))
        return fail(r->error, BP_ERROR_ARGUMENT, r->model_path,
                    "this is the data; name another file for the model");
    strcpy(folder, r->model_path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    const char *needed = !regular ? r->model_path : slash ? folder : ".";
    if (exists && S_ISDIR(there.st_mode))
        errno = EISDIR;
    else if (*r->model_path && access(needed, regular ? W_OK | X_OK : W_OK) == 0)
        return BP_OK;
    return fail(r->error, BP_ERROR_FILE, r->model_path, "the model cannot be written here: %s",
                *r->model_path ? strerror(errno) : "the name is empty");
}

static bp_status choose_model_path(run *r)
{
    const options *o = r->o;
    if (!o->output)
        default_model_path(o->arguments[0], r->model_path, sizeof r->model_path);
    else if (strlen(o->output) >= sizeof r->model_path)
        return fail(r->error, BP_ERROR_ARGUMENT, NULL, "-o '%.60s…': this name is too long",
                    o->output);
    else
        strcpy(r->model_path, o->output);
    if (strcmp(r->model_path, "-") != 0)
        return check_model_path(r);
    if (!o->json && !o->preset)
        return BP_OK;
    return fail(r->error, BP_ERROR_ARGUMENT, NULL,
                "-o - and %s both want standard output; name a file for the model",
                o->json ? "--json" : "--preset documents");
}

static bp_status choose_training(run *r)
{
    const options *o = r->o;
    r->how = bp_train_defaults();
    r->how.learning_rate = o->learning_rate;
    r->how.epochs = o->epochs;
    r->how.batch_size = o->batch_size;
    r->how.train_only = o->train_only;
    r->how.seed = o->seed;
    r->how.file_order = strcmp(o->shuffle, "no") == 0;
    if (!(r->how.kernel = choose_kernel(o, r->error)) ||
        !(r->how.optimizer = bp_optimizer_find(o->optimizer, r->error)))
        return r->error->status;
    return choose_model_path(r);
}

static bp_status make_model(run *r)
{
    const options *o = r->o;
    bp_model_options how = {
        .target = o->target,
        .task = o->task,
        .scale = o->scale,
        .hidden = o->hidden,
        .activation = o->activation,
        .output = o->output_activation,
        .loss = o->loss,
        .init = o->init,
        .init_from = o->init_from,
        .fill_missing = strcmp(o->missing, "mean") == 0,
        .seed = o->seed,
    };
    bp_status status = load_table(o, o->arguments[0], &r->data, r->error);
    r->train = r->data;
    return status ? status : bp_model_create(r->data, &how, &r->model, r->error);
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
    if (!number) {
        bp_status status = load_table(r->o, part, &r->other, r->error);
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

static bool all_text(const bp_dataset *data)
{
    size_t c = 0;
    while (c < bp_dataset_columns(data) && bp_dataset_column_is_text(data, c))
        c++;
    return c == bp_dataset_columns(data);
}

static void describe_data(const run *r)
{
    bool header = bp_dataset_column_name(r->data, 0) != NULL;
    fprintf(stderr, "data: %s, %zu rows, %zu columns, %s\n", file_label(bp_dataset_name(r->data)),
            bp_dataset_rows(r->data), bp_dataset_columns(r->data),
            header ? "the first line holds their names" : "no header line");
    if (!header && all_text(r->data))
        fprintf(stderr,
                "      (all columns are text; if the first line holds names, --header yes)\n");
    if (bp_dataset_rows_dropped(r->data))
        fprintf(stderr, "      (%zu rows with missing values were dropped)\n",
                bp_dataset_rows_dropped(r->data));
}

static void describe_task(const run *r)
{
    const bp_model *model = r->model;
    size_t n = bp_model_n_outputs(model), shown = n < 6 ? n : 6;
    size_t column = bp_model_target_column(model, 0);
    const char *name = bp_dataset_column_name(r->data, column);
    char text[80];
    bool classes = bp_model_is_classification(model);
    if (classes)
        fprintf(stderr, "task: classification by column %zu%s%s%s, %zu classes:", column + 1,
                name ? " (" : "", name ? printable(name, text) : "", name ? ")" : "", n);
    else
        fprintf(stderr, "task: regression of");
    for (size_t j = 0; j < shown; j++)
        fprintf(stderr, "%s %s", j ? "," : "",
                classes ? printable(bp_model_output_name(model, j), text)
                        : target_label(model, j, text));
    fprintf(stderr, "%s\n", shown < n ? ", …" : "");
    if (bp_model_classes_are_numbers(model) && strcmp(r->o->task, "auto") == 0)
        fprintf(stderr, "      (numbers taken as names; if they are amounts, --task regression)\n");
}

static void describe_training(const run *r)
{
    const bp_network *network = bp_model_network(r->model);
    fprintf(stderr, "network: %zu inputs", bp_network_inputs(network));
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        bp_layer layer = bp_network_layer(network, l);
        fprintf(stderr, ", %zu %s", layer.n, layer.activation->name);
    }
    fprintf(stderr, "; %zu weights; loss %s\n", bp_network_n_parameters(network),
            bp_model_loss(r->model)->name);
    bp_layer last = bp_network_layer(network, bp_network_n_layers(network) - 1);
    if (!bp_model_is_classification(r->model) && strcmp(r->o->scale, "none") != 0 &&
        strcmp(last.activation->name, "identity") != 0)
        fprintf(stderr, "      (the targets are not scaled, since the outputs are not identity)\n");
    size_t rows = bp_dataset_rows(r->train);
    size_t batch = r->how.batch_size && r->how.batch_size < rows ? r->how.batch_size : rows;
    fprintf(stderr, "training: %s, learning rate %g, %zu rows in batches of %zu, %zu epochs",
            r->how.optimizer->name,
            r->how.learning_rate > 0 ? r->how.learning_rate : r->how.optimizer->learning_rate, rows,
            batch, r->how.epochs);
    if (r->held_out)
        fprintf(stderr, "; %zu rows held out", bp_dataset_rows(r->held_out));
    fprintf(stderr, "\n");
}

/* ---- Interrupts --------------------------------------------------------------------------- */

/* The signal that asked to stop; 0: none. The epoch at hand is finished and the model kept. Another
 * signal half a second later or more ends the program at once; one that comes with the first, as
 * timeout(1) sends it, does not. */
static volatile sig_atomic_t interrupted;
static struct timespec interrupted_at;

static void on_signal(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!interrupted) {
        interrupted_at = now;
        interrupted = number;
        return;
    }
    long long passed = (long long)(now.tv_sec - interrupted_at.tv_sec) * 1000000000 +
                       (now.tv_nsec - interrupted_at.tv_nsec);
    if (passed > 500000000) {
        signal(number, SIG_DFL);
        raise(number); /* delivered when this handler returns */
    }
}

static void catch_interrupts(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before, now = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigfillset(&now.sa_mask); /* one handler at a time */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &now, NULL); /* ignored, as under nohup, stays ignored */
    }
}

/* ---- During ------------------------------------------------------------------------------- */

static void print_progress(run *r, const bp_progress *p)
{
    bool terminal = isatty(STDERR_FILENO) && !r->o->verbose;
    size_t every = p->epochs / 10 ? p->epochs / 10 : 1;
    bool due = terminal ? p->seconds >= r->shown + 0.1 : r->o->verbose || p->epoch % every == 0;
    if (!due && p->epoch != p->epochs)
        return;
    r->shown = p->seconds;
    fprintf(stderr, "%sepoch %zu/%zu  loss %.6g", terminal ? "\r\033[K" : "", p->epoch, p->epochs,
            p->loss);
    if (r->held_out)
        fprintf(stderr, "  held out %.6g", p->validation_loss);
    fprintf(stderr, "  %.1f s%s", p->seconds, terminal ? "" : "\n");
    r->progress_line = terminal;
}

static int on_epoch(const bp_progress *p, void *user)
{
    run *r = user;
    int failed = EXIT_DONE;
    if (r->o->json)
        failed = print_json(json_pack("{s:I, s:o, s:f, s:f, s:o}", "epoch", (json_int_t)p->epoch,
                                      "loss", json_finite(p->loss), "seconds", p->seconds,
                                      "learning_rate", p->learning_rate, "validation_loss",
                                      json_finite(p->validation_loss)));
    else if (r->o->preset)
        print_document_epoch(p, bp_model_loss(r->model));
    if (r->o->preset && !r->o->json && p->epoch == p->epochs)
        print_document_layers(p->network, p->workspace, p->batch_rows - 1);
    if (!r->o->quiet && !r->o->preset)
        print_progress(r, p);
    if (ferror(stdout)) /* nobody reads what is printed: stop */
        failed = EXIT_ERROR;
    return failed || interrupted;
}

/* ---- After -------------------------------------------------------------------------------- */

static bp_status report_on(const run *r, const bp_dataset *rows, const char *which)
{
    bp_evaluation e;
    bp_status status = bp_model_evaluate(r->model, r->how.kernel, rows, &e, r->error);
    if (status)
        return status;
    fprintf(stderr, "%s: ", which);
    if (e.n_classes)
        fprintf(stderr, "accuracy %.4f", e.accuracy);
    for (size_t j = 0; j < e.n_targets; j++) {
        fprintf(stderr, "%s", j ? "; " : "");
        print_target_metrics(stderr, &e, j);
    }
    fprintf(stderr, " on %zu rows\n", e.rows);
    bp_evaluation_clear(&e);
    return BP_OK;
}

static bp_status report(const run *r)
{
    bp_status status = report_on(r, r->train, "trained on");
    if (!status && r->held_out)
        status = report_on(r, r->held_out, "held out");
    if (!status && !r->held_out)
        fprintf(stderr, "no rows were held out; --validation 0.2 measures the model on rows it has "
                        "not seen\n");
    return status;
}

/* Writes the model, then reports on it. */
static bp_status finish(run *r, bool talk)
{
    if (fflush(stdout))
        return fail(r->error, BP_ERROR_FILE, NULL, "standard output cannot be written: %s",
                    strerror(errno));
    bp_status status = bp_model_save(r->model, r->model_path, r->error);
    if (!status && talk)
        status = report(r);
    if (!status && !r->o->quiet)
        fprintf(stderr, "model: %s\n", r->model_path);
    return status;
}

static bp_status train(run *r)
{
    bp_status status = choose_training(r);
    if (!status)
        status = make_model(r);
    if (!status)
        status = hold_out(r);
    if (status)
        return status;
    bool talk = !r->o->quiet && !r->o->preset;
    if (talk) {
        describe_data(r);
        describe_task(r);
        describe_training(r);
    }
    r->how.progress = on_epoch;
    r->how.user = r;
    catch_interrupts();
    status = bp_model_train(r->model, r->train, r->held_out, &r->how, r->error);
    if (r->progress_line)
        fprintf(stderr, "\n");
    if (status == BP_ERROR_CANCELLED && interrupted) {
        fprintf(stderr, "bprop: %s; its model is kept\n", r->error->message);
        status = BP_OK;
    }
    if (status == BP_ERROR_CANCELLED && ferror(stdout))
        fail(r->error, BP_ERROR_FILE, NULL, "standard output cannot be written");
    return status ? status : finish(r, talk);
}

int run_train(const options *o)
{
    bp_error error;
    run r = {.o = o, .error = &error};
    int exit_status = train(&r) ? report_error(&error) : EXIT_DONE;
    bp_model_destroy(r.model);
    bp_dataset_destroy(r.parts[0]);
    bp_dataset_destroy(r.parts[1]);
    bp_dataset_destroy(r.other);
    bp_dataset_destroy(r.data);
    return exit_status == EXIT_DONE && interrupted ? 128 + (int)interrupted : exit_status;
}
