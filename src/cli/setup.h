/* setup.h: from the options of the command line to those of the library. */
#ifndef BP_CLI_SETUP_H
#define BP_CLI_SETUP_H

#include "options.h"

#include <bprop/bprop.h>

/* The texts stay those of *o. */
bp_model_options model_options_of(const options *o);

/* All but progress, user and state; sets the threads of the BLAS library. */
bp_status train_options_of(const options *o, bp_train_options *how, bp_error *error);

#endif
