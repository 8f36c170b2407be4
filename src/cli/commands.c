/* commands.c: the table of commands. */
#include "commands.h"

#include <string.h>

static const command commands[] = {
    {"train", "DATA", 1, 1, "Train a model on a table.", FOR_TRAIN, run_train},
    {"predict", "MODEL DATA", 2, 2, "Print a model's answer for each row of a table.", FOR_PREDICT,
     run_predict},
    {"evaluate", "MODEL DATA", 2, 2, "Measure a model's answers against a table's own.",
     FOR_EVALUATE, run_evaluate},
    {"cv", "DATA", 1, 1, "Cross-validate: measure a way to train, on rows it was not trained on.",
     FOR_CV, run_cv},
    {"convert", "IN OUT", 2, 2, "Write a table in another format.", FOR_CONVERT, run_convert},
    {"show", "MODEL", 1, 1, "Print a model's network, neuron by neuron.", FOR_SHOW, run_show},
    {"tutorial", "[TOPIC]", 0, 1, "Walk through backpropagation's worked examples.", FOR_TUTORIAL,
     run_tutorial},
    {"bench", "", 0, 0, "Compare loops, BLAS and bare matrix products on this machine.", FOR_BENCH,
     run_bench},
    {"info", "", 0, 0, "Print versions, the BLAS library and its state.", FOR_INFO, run_info},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

const command *command_at(size_t i) { return i < N_COMMANDS ? &commands[i] : NULL; }

const command *find_command(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
