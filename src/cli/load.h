/* load.h: what commands begin with: the kernel, the table, the model. */
#ifndef BP_CLI_LOAD_H
#define BP_CLI_LOAD_H

#include "options.h"

#include <bprop/bprop.h>

/* The kernel of --kernel. NULL, with the known ones in *error, for an unknown one. */
const bp_kernel *choose_kernel(const options *o, bp_error *error);

/* The threads that --threads and --deterministic mean for it. */
size_t threads_of(const options *o, const bp_kernel *kernel);

/* How a command reads its data: --format, --labels, --header, --delimiter, --missing and
 * --categorical. */
bp_read_options read_options_of(const options *o);

/* Reads a table so. */
bp_status load_table(const options *o, const char *path, bp_dataset **data, bp_error *error);

/* The same for a model, which knows the columns that are text. */
bp_status load_table_for(const options *o, const bp_model *model, const char *path,
                         bp_dataset **data, bp_error *error);

/* Kernel, model and table of a command with the arguments MODEL DATA. On failure *model may have
 * been made; the caller destroys both in any case. */
bp_status load_all(const options *o, const bp_kernel **kernel, bp_model **model, bp_dataset **data,
                   bp_error *error);

#endif
