/* options.h: the command line. One table of options (options.c) and one of commands (commands.c):
 * the parsing, the help texts, the manual page and the completion come from them. */
#ifndef BP_CLI_OPTIONS_H
#define BP_CLI_OPTIONS_H

#include <bprop/status.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_OPTIONS = 80 }; /* rows of the table */

/* What the command line asks for. Members are set from the default texts of the table, then from
 * the preset, then from the command line. */
typedef struct options {
    const struct command *command;
    const char *arguments[2]; /* NULL where there is none */
    size_t n_arguments;
    bool help, json, quiet, verbose, proba;
    const char *output;
    const char *preset;
    const char *format, *labels, *validation_labels, *to;
    const char *target, *task, *header, *missing, *scale;
    const char *categorical, *ignore, *weight_column, *class_weight;
    char delimiter; /* 0: auto */
    const char *hidden, *activation, *output_activation, *loss, *init, *init_from;
    const char *optimizer, *shuffle, *validation, *train_only, *kernel;
    const char *schedule, *on_divergence;
    double learning_rate; /* 0: the optimizer's */
    double l2;            /* below 0: the optimizer's */
    double dropout, clip_norm, min_delta;
    uint64_t schedule_epochs, warmup; /* 0: the schedule's; none */
    uint64_t batch_size;              /* 0: the optimizer's; UINT64_MAX: all */
    uint64_t epochs, patience, seed;
    const char *log, *checkpoint, *resume;
    uint64_t checkpoint_every;
    bool deterministic;
    uint64_t threads; /* 0: one for each core */
    const char *sizes;
    uint64_t repeats, folds;
    double part;                     /* of cv: --validation */
    const char *given[MOST_OPTIONS]; /* what each row of the table was given; NULL: nothing */
} options;

/* Bits that say which commands take an option. */
enum {
    FOR_TRAIN = 1 << 0,
    FOR_PREDICT = 1 << 1,
    FOR_EVALUATE = 1 << 2,
    FOR_SHOW = 1 << 3,
    FOR_TUTORIAL = 1 << 4,
    FOR_BENCH = 1 << 5,
    FOR_INFO = 1 << 6,
    FOR_CV = 1 << 7,
    FOR_CONVERT = 1 << 8,
};

typedef struct command {
    const char *name;
    const char *arguments; /* as the usage line has them */
    size_t least, most;    /* how many */
    const char *summary;
    unsigned bit;
    int (*run)(const options *o); /* returns the exit status */
} command;

/* A row of the table of options. */
typedef struct option {
    const char *name;     /* NULL: none */
    char letter;          /* 0: none */
    const char *argument; /* NULL: a flag */
    const struct kind *kind;
    size_t offset; /* in options */
    unsigned commands;
    const char *fallback; /* the default, as a user would write it; NULL: none */
    const char *help;
    const char *(*names)(size_t i); /* the values it takes; NULL: told in `help` */
} option;

/* The i-th option that a command takes, NULL past the last. */
const option *option_at(const command *command, size_t i);

/* What an option is for, its values and its default. */
enum { DESCRIPTION_SIZE = 600 };
void describe_option(const option *option, char text[DESCRIPTION_SIZE]);

/* Parses argv[0 … argc−1], what follows the command's name. */
bp_status parse_options(const command *command, int argc, char *const *argv, options *o,
                        bp_error *error);

/* The options that a training was given and that its course depends on, as an object of texts by
 * name; the caller's. NULL if memory is short, or if a text is not UTF-8. */
json_t *options_to_json(const options *o);

/* The way back, for --resume: *o, as the command line has it, becomes the options that a training
 * began with, and those of the command line that may change, which `began` takes up, too; its texts
 * become *o's. An option of the command line that contradicts it is BP_ERROR_ARGUMENT. */
bp_status resume_options(json_t *began, options *o, bp_error *error);

/* Strict decimal, finite; false for anything else. */
bool parse_number(const char *text, double *value);

/* Prints what --help gives for a command, on stdout. */
void print_help(const command *command);

#endif
