/* commands.h: the commands, one file each, and their table. */
#ifndef BP_CLI_COMMANDS_H
#define BP_CLI_COMMANDS_H

#include "options.h"

const command *command_at(size_t i); /* the i-th, NULL past the last */
const command *find_command(const char *name);

int run_train(const options *o);
int run_predict(const options *o);
int run_evaluate(const options *o);
int run_convert(const options *o);
int run_cv(const options *o);
int run_show(const options *o);
int run_tutorial(const options *o);
int run_bench(const options *o);
int run_info(const options *o);

#endif
