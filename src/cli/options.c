/* options.c: the table of options, and all that is derived from it. */
#include "options.h"

#include "report.h"

#include <bprop/bprop.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Values ------------------------------------------------------------------------------- */

/* A kind of value: how its text is taken, from where to where, and what to say when it cannot be.
 */
typedef struct kind {
    bool (*set)(const struct kind *kind, const char *text, void *value);
    const char *expected;
    double least, below; /* of numbers; whole ones end where their type does */
} kind;

static bool set_text(const kind *kind, const char *text, void *value)
{
    (void)kind;
    *(const char **)value = text;
    return true;
}

static bool set_flag(const kind *kind, const char *text, void *value)
{
    (void)kind, (void)text;
    *(bool *)value = true;
    return true;
}

/* The program never leaves the C locale, so strtod and strtoull read what C writes. */
static bool set_whole(const kind *kind, const char *text, void *value)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || number > SIZE_MAX ||
        (double)number < kind->least)
        return false;
    *(uint64_t *)value = number;
    return true;
}

static bool set_whole_or_all(const kind *kind, const char *text, void *value)
{
    if (strcmp(text, "all") != 0)
        return set_whole(kind, text, value);
    *(uint64_t *)value = UINT64_MAX;
    return true;
}

bool parse_number(const char *text, double *value)
{
    char *end;
    double number = strtod(text, &end);
    if (strspn(text, "0123456789.eE+-") != strlen(text) || end == text || *end || !isfinite(number))
        return false;
    *value = number;
    return true;
}

static bool set_number(const kind *kind, const char *text, void *value)
{
    double number;
    if (!parse_number(text, &number) || number < kind->least || number >= kind->below)
        return false;
    *(double *)value = number;
    return true;
}

static bool set_character(const kind *kind, const char *text, void *value)
{
    (void)kind;
    if (strcmp(text, "auto") == 0)
        *(char *)value = '\0';
    else if (strcmp(text, "\\t") == 0)
        *(char *)value = '\t';
    else if (strlen(text) == 1 && !strchr("\"\r\n", *text))
        *(char *)value = *text;
    else
        return false;
    return true;
}

static const kind FLAG = {.set = set_flag};
static const kind TEXT = {.set = set_text};
static const kind CHOICE = {.set = set_text}; /* one of the option's `names` */
static const kind CHARACTER = {set_character, "auto, or one character (\\t is a tab)", 0, 0};
static const kind WHOLE = {set_whole, "a whole number, 0 or more", 0, 0};
static const kind COUNT = {set_whole, "a whole number, 1 or more", 1, 0};
static const kind SEVERAL = {set_whole, "a whole number, 2 or more", 2, 0};
static const kind COUNT_OR_ALL = {set_whole_or_all, "a whole number, 1 or more, or all", 1, 0};
static const kind POSITIVE = {set_number, "a number above 0", DBL_TRUE_MIN, INFINITY};
static const kind AMOUNT = {set_number, "a number, 0 or more", 0, INFINITY};
static const kind PART = {set_number, "a number from 0 to below 1", 0, 1};

/* ---- Names that the library knows --------------------------------------------------------- */

#define NAMES_OF(table)                                                                            \
    static const char *table##_names(size_t i)                                                     \
    {                                                                                              \
        return bp_##table##_at(i) ? bp_##table##_at(i)->name : NULL;                               \
    }

NAMES_OF(activation)
NAMES_OF(loss)
NAMES_OF(optimizer)
NAMES_OF(schedule)
NAMES_OF(kernel)

/* ---- Choices that the program offers ------------------------------------------------------- */

#define CHOICES_OF(name, ...)                                                                      \
    static const char *name##_choices(size_t i)                                                    \
    {                                                                                              \
        static const char *const choices[] = {__VA_ARGS__, NULL};                                  \
        return choices[i];                                                                         \
    }

CHOICES_OF(preset, "documents")
CHOICES_OF(task, "auto", "classification", "regression")
/* "auto", then those of the library */
static const char *format_choices(size_t i) { return i ? bp_format_name(i - 1) : "auto"; }

CHOICES_OF(header, "auto", "yes", "no")
CHOICES_OF(missing, "error", "mean", "drop")
CHOICES_OF(missing_later, "error", "drop")
CHOICES_OF(shuffle, "yes", "no")
CHOICES_OF(on_divergence, "stop", "keep")

/* ---- The table ---------------------------------------------------------------------------- */

#define AT(member) offsetof(options, member)

enum {
    TRAINS = FOR_TRAIN | FOR_CV,
    READS_DATA = TRAINS | FOR_PREDICT | FOR_EVALUATE | FOR_CONVERT,
    COMPUTES = TRAINS | FOR_PREDICT | FOR_EVALUATE,
    REPORTS = TRAINS | FOR_EVALUATE | FOR_SHOW | FOR_BENCH | FOR_INFO,
    ALL_COMMANDS = ~0u >> 3,
    /* Beside commands: */
    CHANGES = 1 << 29,        /* may be another when a training goes on */
    HERE = 1 << 30 | CHANGES, /* is of this run alone: not kept in a checkpoint */
};

static const option table[] = {
    {NULL, 'o', "MODEL", &TEXT, AT(output), FOR_TRAIN | HERE, NULL,
     "file for the model, - for stdout; by default DATA's name with .safetensors "
     "(model.safetensors for -), here",
     NULL},
    {"preset", 0, "NAME", &CHOICE, AT(preset), FOR_TRAIN | FOR_PREDICT, NULL,
     "the settings of the founding document, and its lines on stdout: ", preset_choices},

    {"target", 0, "COLUMNS", &TEXT, AT(target), TRAINS, NULL,
     "names or numbers from 1, separated by commas (default: the last column)", NULL},
    {"task", 0, "TASK", &CHOICE, AT(task), TRAINS, "auto", "", task_choices},
    {"format", 0, "NAME", &CHOICE, AT(format), READS_DATA, "auto",
     "of data files, any of which may be gzipped: ", format_choices},
    {"labels", 0, "FILE", &TEXT, AT(labels), READS_DATA, NULL,
     "a second file of as many rows, whose columns stand behind DATA's: the targets of an IDX or "
     "NPY file",
     NULL},
    {"header", 0, "WHETHER", &CHOICE, AT(header), READS_DATA, "auto",
     "whether the first line holds names: ", header_choices},
    {"delimiter", 0, "CHARACTER", &CHARACTER, AT(delimiter), READS_DATA, "auto",
     "between the cells of a line: auto, or a character", NULL},
    {"missing", 0, "HOW", &CHOICE, AT(missing), TRAINS, "error",
     "missing values: an error, the column's mean instead, the row dropped: ", missing_choices},
    {"missing", 0, "HOW", &CHOICE, AT(missing), FOR_EVALUATE, "error",
     "missing values: as in training, or the row dropped: ", missing_later_choices},
    {"to", 0, "NAME", &CHOICE, AT(to), FOR_CONVERT, "auto",
     "format of OUT, by its extension, or csv: ", format_choices},
    {"categorical", 0, "COLUMNS", &TEXT, AT(categorical), TRAINS | FOR_CONVERT, NULL,
     "names or numbers of columns to take as text, even of numbers (default: none)", NULL},
    {"ignore", 0, "COLUMNS", &TEXT, AT(ignore), TRAINS, NULL,
     "names or numbers of columns that are no inputs, such as keys (default: none)", NULL},
    {"weight-column", 0, "COLUMN", &TEXT, AT(weight_column), TRAINS, NULL,
     "name or number of a column that says how much each row counts, from 0 (default: none)", NULL},
    {"class-weight", 0, "WEIGHTS", &TEXT, AT(class_weight), TRAINS, "none",
     "how much rows count by their class: none, balanced, or name=weight,…", NULL},
    {"scale", 0, "HOW", &CHOICE, AT(scale), TRAINS, "standard",
     "of numbers before they enter the network: ", bp_scaling_name},

    {"hidden", 0, "SIZES", &TEXT, AT(hidden), TRAINS, NULL,
     "of the hidden layers, separated by commas, or none (default: 16)", NULL},
    {"activation", 0, "NAMES", &TEXT, AT(activation), TRAINS, NULL,
     "of the hidden layers, one for all or one each (default: tanh): ", activation_names},
    {"output", 0, "NAME", &TEXT, AT(output_activation), TRAINS, "auto",
     "activation of the output layer: auto, or one of those", NULL},
    {"loss", 0, "NAME", &TEXT, AT(loss), TRAINS, "auto", "auto, ", loss_names},
    {"init", 0, "NAME", &TEXT, AT(init), TRAINS, "glorot",
     "the first weights: ", bp_initialization_name},
    {"init-from", 0, "FILE", &TEXT, AT(init_from), TRAINS, NULL,
     "the first weights: a model, or tensors 0.weight, 0.bias, 2.weight … in safetensors", NULL},

    {"optimizer", 0, "NAME", &TEXT, AT(optimizer), TRAINS, "adam", "", optimizer_names},
    {"learning-rate", 0, "NUMBER", &POSITIVE, AT(learning_rate), TRAINS, NULL,
     "size of the optimizer's steps (default: its own, said before training)", NULL},
    {"schedule", 0, "NAME", &CHOICE, AT(schedule), TRAINS, "constant",
     "of the learning rate: ", schedule_names},
    {"schedule-epochs", 0, "NUMBER", &COUNT, AT(schedule_epochs), TRAINS | CHANGES, NULL,
     "in which step and exponential halve the rate (default: 50), cosine ends (all), plateau waits "
     "(10)",
     NULL},
    {"warmup", 0, "EPOCHS", &WHOLE, AT(warmup), TRAINS, "0",
     "in which the learning rate climbs to its height, step by step", NULL},
    {"batch-size", 0, "ROWS", &COUNT_OR_ALL, AT(batch_size), TRAINS, NULL,
     "a number, or all (default: 32; all for rprop and lbfgs)", NULL},
    {"shuffle", 0, "WHETHER", &CHOICE, AT(shuffle), TRAINS, "yes",
     "rows in a new order each epoch: ", shuffle_choices},
    {"epochs", 0, "NUMBER", &WHOLE, AT(epochs), FOR_TRAIN | CHANGES, "200",
     "passes over the rows, those before --resume included", NULL},
    {"epochs", 0, "NUMBER", &WHOLE, AT(epochs), FOR_CV, "200", "passes over the rows", NULL},
    {"patience", 0, "EPOCHS", &WHOLE, AT(patience), TRAINS | CHANGES, "0",
     "stop when the loss of the held-out rows (without any: of training) has not fallen for so "
     "many epochs, and take the weights with the lowest; 0: off",
     NULL},
    {"min-delta", 0, "NUMBER", &AMOUNT, AT(min_delta), TRAINS | CHANGES, "0",
     "by more than how much it must fall to be waited for no longer", NULL},
    {"l2", 0, "NUMBER", &AMOUNT, AT(l2), TRAINS, NULL,
     "penalty: half of this times the sum of the squared weights, not the biases (default: 0; 0.01 "
     "for adamw, which shrinks the weights instead)",
     NULL},
    {"dropout", 0, "PART", &PART, AT(dropout), TRAINS, "0",
     "of the hidden neurons, which sit out a row in training", NULL},
    {"clip-norm", 0, "NUMBER", &AMOUNT, AT(clip_norm), TRAINS, "0",
     "the most that the norm of a batch's gradient may be; 0: any", NULL},
    {"folds", 0, "NUMBER", &SEVERAL, AT(folds), FOR_CV, "5",
     "parts of the rows, each of which tests a model trained on the others; the standard "
     "deviation of n folds' figures is √(Σ(x − mean)²/n)",
     NULL},
    {"repeats", 0, "NUMBER", &COUNT, AT(repeats), FOR_CV, "1",
     "of all folds, each time with the next seed", NULL},
    {"validation", 0, "PART", &TEXT, AT(validation), FOR_TRAIN | CHANGES, "0",
     "rows held out to measure the model on: a fraction of DATA, or a file", NULL},
    {"validation-labels", 0, "FILE", &TEXT, AT(validation_labels), FOR_TRAIN | CHANGES, NULL,
     "the --labels of a --validation file", NULL},
    {"validation", 0, "PART", &PART, AT(part), FOR_CV, "0",
     "of the rows that a fold trains on, held out for --patience", NULL},
    {"train-only", 0, "TENSORS", &TEXT, AT(train_only), TRAINS, NULL,
     "such as 2.bias or 2.weight,2.bias (default: all)", NULL},
    {"seed", 0, "NUMBER", &WHOLE, AT(seed), FOR_TRAIN, "1",
     "of the first weights, the shuffling, dropout and the held-out rows", NULL},
    {"seed", 0, "NUMBER", &WHOLE, AT(seed), FOR_CV, "1",
     "of the first weights, the shuffling, dropout, the held-out rows and the folds", NULL},
    {"on-divergence", 0, "WHAT", &CHOICE, AT(on_divergence), FOR_TRAIN | CHANGES, "stop",
     "when a loss is no finite number: stop without a model, or keep the best so far: ",
     on_divergence_choices},
    {"checkpoint", 0, "FILE", &TEXT, AT(checkpoint), FOR_TRAIN | HERE, NULL,
     "write all that --resume needs there: a model that can be used, too", NULL},
    {"checkpoint-every", 0, "EPOCHS", &COUNT, AT(checkpoint_every), FOR_TRAIN | HERE, "10",
     "how often; at the end and on an interrupt in any case", NULL},
    {"resume", 0, "FILE", &TEXT, AT(resume), FOR_TRAIN | HERE, NULL,
     "train on from a checkpoint, with the options it began with, on the same DATA (more epochs "
     "of a cosine schedule need its --schedule-epochs)",
     NULL},
    {"log", 0, "FILE", &TEXT, AT(log), FOR_TRAIN | HERE, NULL,
     "learning curve as CSV: epoch, losses, learning rate, seconds; - for stdout", NULL},

    {"kernel", 0, "NAME", &TEXT, AT(kernel), COMPUTES, "auto",
     "what computes the matrix products: ", kernel_names},
    {"threads", 0, "NUMBER", &COUNT, AT(threads), (COMPUTES & ~FOR_CV) | HERE, NULL,
     "that share the rows of large batches, and of large CSV files (default: one for each core)",
     NULL},
    {"threads", 0, "NUMBER", &COUNT, AT(threads), FOR_BENCH | HERE, NULL,
     "that share the rows of large batches (default: one for each core)", NULL},
    {"threads", 0, "NUMBER", &COUNT, AT(threads), FOR_CONVERT | HERE, NULL,
     "that share the rows of large CSV files (default: one for each core)", NULL},
    {"threads", 0, "NUMBER", &COUNT, AT(threads), FOR_CV, NULL,
     "folds that are trained at a time, each on one core, and threads that read a large CSV file "
     "(default: all cores)",
     NULL},
    {"deterministic", 0, NULL, &FLAG, AT(deterministic), (COMPUTES & ~FOR_CV) | CHANGES, NULL,
     "the same bits at any number of threads, which only --kernel blas and processors without AVX2 "
     "do not give in any case: there it takes one",
     NULL},
    {"deterministic", 0, NULL, &FLAG, AT(deterministic), FOR_CV, NULL,
     "changes nothing here: a fold takes one thread in any case", NULL},
    {"sizes", 0, "NUMBERS", &TEXT, AT(sizes), FOR_BENCH, "2,4,8,16,32,64,128,256,512",
     "inputs and neurons of each layer to measure, separated by commas", NULL},
    {"batch-size", 0, "ROWS", &COUNT, AT(batch_size), FOR_BENCH, "32", "of a training step", NULL},
    {"repeats", 0, "NUMBER", &COUNT, AT(repeats), FOR_BENCH, "5",
     "measurements of each, of which the median is shown", NULL},

    {"proba", 0, NULL, &FLAG, AT(proba), FOR_PREDICT, NULL,
     "after the answer, the network's output for each class or label", NULL},
    {"json", 0, NULL, &FLAG, AT(json), REPORTS | HERE, NULL,
     "one JSON object on stdout (train: one an epoch, a line each)", NULL},
    {"quiet", 'q', NULL, &FLAG, AT(quiet), TRAINS | FOR_CONVERT | HERE, NULL,
     "errors only on stderr", NULL},
    {"verbose", 'v', NULL, &FLAG, AT(verbose), TRAINS | HERE, NULL,
     "a line an epoch (cv: a fold) on stderr", NULL},
    {"help", 'h', NULL, &FLAG, AT(help), ALL_COMMANDS | HERE, NULL, "this text", NULL},
};
enum { N_OPTIONS = sizeof table / sizeof *table };
_Static_assert((int)N_OPTIONS <= (int)MOST_OPTIONS, "options.given has a place for each");

/* Options that change nothing unless another one, or either of two, is there. */
static const struct {
    const char *name, *needs[2];
} idle_alone[] = {
    {"schedule-epochs", {"schedule"}},
    {"min-delta", {"patience", "schedule"}},
    {"validation-labels", {"validation"}},
    {"checkpoint-every", {"checkpoint"}},
};

/* Options that change nothing beside another one. */
static const struct {
    const char *name, *other;
} idle_beside[] = {
    {"init", "init-from"},
};

/* The founding document's program: what `--preset documents` sets before the command line does. */
static const char *const documents[][2] = {
    {"hidden", "2"},      {"activation", "sigmoid"},  {"output", "sigmoid"}, {"loss", "half_ssr"},
    {"optimizer", "sgd"}, {"learning-rate", "0.5"},   {"batch-size", "1"},   {"shuffle", "no"},
    {"epochs", "20"},     {"init", "uniform01"},      {"seed", "1"},         {"scale", "none"},
    {"kernel", "loops"},  {"task", "classification"},
};

/* ---- Parsing ------------------------------------------------------------------------------ */

static const option *find_long(const command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (table[i].name && (table[i].commands & command->bit) &&
            strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
            return &table[i];
    return NULL;
}

static const option *find_letter(const command *command, char letter)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (letter && table[i].letter == letter && (table[i].commands & command->bit))
            return &table[i];
    return NULL;
}

static bool is_choice(const option *option, const char *text)
{
    for (size_t i = 0; option->names(i); i++)
        if (strcmp(option->names(i), text) == 0)
            return true;
    return false;
}

/* The names an option takes, or what its kind expects. */
static const char *expected_of(const option *option, char text[200])
{
    if (option->kind != &CHOICE)
        return option->kind->expected;
    size_t used = (size_t)snprintf(text, 200, "one of ");
    for (size_t i = 0; option->names(i) && used < 150; i++)
        used += (size_t)snprintf(text + used, 200 - used, "%s%s", i ? ", " : "", option->names(i));
    return text;
}

static bp_status apply(const option *option, const char *shown, const char *text, options *o,
                       bp_error *error)
{
    char expected[200];
    bool good = option->kind != &CHOICE || is_choice(option, text);
    if (!good || !option->kind->set(option->kind, text, (char *)o + option->offset))
        return fail(error, BP_ERROR_ARGUMENT, NULL, "%s '%.60s': expected %s", shown, text,
                    expected_of(option, expected));
    o->given[option - table] = text;
    return BP_OK;
}

/* One option at argv[*i]: --name value, --name=value, -x value, -xvalue or a flag. */
static bp_status parse_option(const command *command, int argc, char *const *argv, int *i,
                              options *o, bp_error *error)
{
    const char *text = argv[*i], *value = NULL;
    const option *found;
    char shown[80];
    if (text[1] == '-') {
        size_t length = strcspn(text + 2, "=");
        found = find_long(command, text + 2, length);
        value = text[2 + length] ? text + 2 + length + 1 : NULL;
        snprintf(shown, sizeof shown, "--%.*s", length < 70 ? (int)length : 70, text + 2);
    } else {
        found = find_letter(command, text[1]);
        value = text[2] ? text + 2 : NULL;
        snprintf(shown, sizeof shown, "-%c", text[1]);
    }
    if (!found)
        return fail(error, BP_ERROR_ARGUMENT, NULL, "unknown option %s; see bprop %s --help", shown,
                    command->name);
    if (!found->argument && value)
        return fail(error, BP_ERROR_ARGUMENT, NULL, "%s takes no value", shown);
    if (found->argument && !value) {
        if (++*i == argc)
            return fail(error, BP_ERROR_ARGUMENT, NULL, "%s needs a value: %s", shown,
                        found->argument);
        value = argv[*i];
    }
    return apply(found, shown, value ? value : "yes", o, error);
}

static bp_status parse_arguments(const command *command, int argc, char *const *argv, options *o,
                                 bp_error *error)
{
    bool only_arguments = false;
    o->n_arguments = 0;
    for (int i = 0; i < argc; i++) {
        bp_status status = BP_OK;
        if (!only_arguments && strcmp(argv[i], "--") == 0)
            only_arguments = true;
        else if (!only_arguments && argv[i][0] == '-' && argv[i][1])
            status = parse_option(command, argc, argv, &i, o, error);
        else if (!*argv[i])
            status = fail(error, BP_ERROR_ARGUMENT, NULL,
                          "an argument is empty; see bprop %s --help", command->name);
        else if (o->n_arguments < command->most)
            o->arguments[o->n_arguments++] = argv[i];
        else
            status = fail(error, BP_ERROR_ARGUMENT, NULL,
                          "'%.60s' is one argument too many; see bprop %s --help", argv[i],
                          command->name);
        if (status)
            return status;
    }
    return BP_OK;
}

static void apply_defaults(const command *command, options *o)
{
    *o = (options){.command = command, .l2 = -1}; /* 0 means none, not the default */
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (table[i].fallback && (table[i].commands & command->bit))
            table[i].kind->set(table[i].kind, table[i].fallback, (char *)o + table[i].offset);
}

/* --preset documents: the table above, as far as the command takes its options. */
static void apply_preset(const command *command, options *o)
{
    apply_defaults(command, o);
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        const option *option = find_long(command, documents[i][0], strlen(documents[i][0]));
        if (option)
            option->kind->set(option->kind, documents[i][1], (char *)o + option->offset);
    }
}

static bool is_given(const options *o, const char *name)
{
    const option *option = name ? find_long(o->command, name, strlen(name)) : NULL;
    return option && o->given[option - table];
}

/* Whether it is given, and not as it is without: --patience 0. */
static bool is_on(const options *o, const char *name)
{
    const option *option = name ? find_long(o->command, name, strlen(name)) : NULL;
    const char *given = option ? o->given[option - table] : NULL;
    return given && !(option->fallback && strcmp(given, option->fallback) == 0);
}

/* With --resume the other one may have been there when the training began. */
static bp_status check_idle(const options *o, bp_error *error)
{
    for (size_t i = 0; !o->resume && i < sizeof idle_alone / sizeof *idle_alone; i++) {
        const char *name = idle_alone[i].name, *const *needs = idle_alone[i].needs;
        if (is_given(o, name) && !is_on(o, needs[0]) && !is_on(o, needs[1]))
            return fail(error, BP_ERROR_ARGUMENT, NULL, "--%s changes nothing without --%s%s%s",
                        name, needs[0], needs[1] ? " or --" : "", needs[1] ? needs[1] : "");
    }
    for (size_t i = 0; i < sizeof idle_beside / sizeof *idle_beside; i++)
        if (is_given(o, idle_beside[i].name) && is_given(o, idle_beside[i].other))
            return fail(error, BP_ERROR_ARGUMENT, NULL, "--%s changes nothing beside --%s",
                        idle_beside[i].name, idle_beside[i].other);
    return BP_OK;
}

/* Standard input can be read once. */
static bp_status check_stdin(const options *o, bp_error *error)
{
    const char *second = o->command->bit == FOR_CONVERT ? NULL : o->arguments[1];
    const char *const inputs[] = {o->arguments[0],      second,    o->labels,   o->validation,
                                  o->validation_labels, o->resume, o->init_from};
    size_t wanted = 0;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        wanted += inputs[i] && strcmp(inputs[i], "-") == 0;
    if (wanted > 1)
        return fail(error, BP_ERROR_ARGUMENT, NULL,
                    "- is standard input, and only one of the files can be; name the rest");
    if (o->command->bit == FOR_CV && o->init_from && strcmp(o->init_from, "-") == 0)
        return fail(
            error, BP_ERROR_ARGUMENT, NULL,
            "each fold reads --init-from, and standard input can be read once; name a file");
    return BP_OK;
}

bp_status parse_options(const command *command, int argc, char *const *argv, options *o,
                        bp_error *error)
{
    *error = (bp_error){0};
    apply_defaults(command, o);
    bp_status status = parse_arguments(command, argc, argv, o, error);
    if (!status && o->preset) { /* the preset comes before the command line, so parse once more */
        apply_preset(command, o);
        status = parse_arguments(command, argc, argv, o, error);
    }
    if (!status && !o->help)
        status = check_idle(o, error);
    if (!status && !o->help)
        status = check_stdin(o, error);
    if (!status && !o->help && o->n_arguments < command->least)
        status = fail(error, BP_ERROR_ARGUMENT, NULL, "%s needs %s; see bprop %s --help",
                      command->name, command->arguments, command->name);
    return status;
}

/* ---- Going on ----------------------------------------------------------------------------- */

json_t *options_to_json(const options *o)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < N_OPTIONS; i++) {
        bool kept = o->given[i] && (table[i].commands & HERE) != HERE;
        if (kept && json_object_set_new(object, table[i].name, json_string(o->given[i]))) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

/* The options that a training began with, as *o. */
static bp_status begin_again(const command *command, json_t *began, options *o, bp_error *error)
{
    const char *name, *preset = json_string_value(json_object_get(began, "preset"));
    json_t *value;
    bp_status status = BP_OK;
    apply_defaults(command, o);
    if (preset)
        apply_preset(command, o);
    json_object_foreach(began, name, value)
    {
        const option *option = find_long(command, name, strlen(name));
        if (!option || !json_is_string(value))
            return fail(error, BP_ERROR_FORMAT, NULL,
                        "the checkpoint's training began with an option '%.60s', which this bprop "
                        "does not know",
                        name);
        if (!status)
            status = apply(option, name, json_string_value(value), o, error);
    }
    return status;
}

bp_status resume_options(json_t *began, options *o, bp_error *error)
{
    options resumed;
    bp_status status = begin_again(o->command, began, &resumed, error);
    for (size_t i = 0; !status && i < N_OPTIONS; i++) {
        const char *now = o->given[i], *then = resumed.given[i];
        if (!now)
            continue;
        if (!then)
            then = table[i].fallback;
        if (table[i].commands & CHANGES) {
            status = apply(&table[i], "", now, &resumed, error);
            if (!status && (table[i].commands & HERE) != HERE && /* the next to go on has it too */
                json_object_set_new(began, table[i].name, json_string(now)))
                status = fail_memory(error);
        } else if (!then || strcmp(now, then) != 0)
            status = fail(error, BP_ERROR_ARGUMENT, NULL,
                          "--%s %.60s: the checkpoint's training began with%s %.60s; leave the "
                          "option away",
                          table[i].name, now, then ? "" : "out", then ? then : "it");
    }
    memcpy(resumed.arguments, o->arguments, sizeof resumed.arguments);
    resumed.n_arguments = o->n_arguments;
    if (!status)
        *o = resumed;
    return status;
}

/* ---- Help --------------------------------------------------------------------------------- */

const option *option_at(const command *command, size_t i)
{
    for (size_t row = 0; row < N_OPTIONS; row++)
        if ((table[row].commands & command->bit) && i-- == 0)
            return &table[row];
    return NULL;
}

void describe_option(const option *option, char text[DESCRIPTION_SIZE])
{
    size_t used = (size_t)snprintf(text, DESCRIPTION_SIZE, "%s", option->help);
    for (size_t i = 0; option->names && option->names(i) && used < DESCRIPTION_SIZE; i++)
        used += (size_t)snprintf(text + used, DESCRIPTION_SIZE - used, "%s%s", i ? ", " : "",
                                 option->names(i));
    if (option->fallback && used < DESCRIPTION_SIZE)
        snprintf(text + used, DESCRIPTION_SIZE - used, " (default: %s)", option->fallback);
}

static void print_option(const option *option)
{
    char head[64] = "", letter[8] = "    ", text[DESCRIPTION_SIZE];
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c%s", option->letter, option->name ? ", " : " ");
    snprintf(head, sizeof head, "%s%s%s%s%s", letter, option->name ? "--" : "",
             option->name ? option->name : "", option->argument && option->name ? " " : "",
             option->argument ? option->argument : "");
    describe_option(option, text);
    printf("  %-28s %s\n", head, text);
}

void print_help(const command *command)
{
    printf("usage: bprop %s%s%s [options]\n\n%s\n\noptions:\n", command->name,
           *command->arguments ? " " : "", command->arguments, command->summary);
    for (size_t i = 0; option_at(command, i); i++)
        print_option(option_at(command, i));
}
