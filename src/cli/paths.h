/* paths.h: the files that training writes. */
#ifndef BP_CLI_PATHS_H
#define BP_CLI_PATHS_H

#include "options.h"

#include <limits.h>

/* Whether a file to be written is standard output. */
bool is_stdout(const char *path);

/* The model's file, that of -o or one named after the data. Checks that what is to be written can
 * be, that no two things go to one file, nor to one that is read, and one at most to stdout: that
 * should be known before the training, not after. */
bp_status choose_paths(const options *o, char model_path[PATH_MAX], bp_error *error);

#endif
