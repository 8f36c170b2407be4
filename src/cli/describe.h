/* describe.h: what a command that trains says of it before, on stderr. */
#ifndef BP_CLI_DESCRIBE_H
#define BP_CLI_DESCRIBE_H

#include "options.h"

#include <bprop/bprop.h>

/* Each a line or more. */
void describe_data(const bp_dataset *data);
void describe_task(const options *o, const bp_model *model, const bp_dataset *data);
void describe_network(const options *o, const bp_model *model);

/* The beginning of a line, "training: adam, learning rate 0.002"; and of a number of rows to train
 * on, "in batches of 32, 200 epochs". */
void describe_optimizer(const bp_train_options *how);
void describe_batches(const bp_train_options *how, size_t rows);

#endif
