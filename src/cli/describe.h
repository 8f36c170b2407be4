/* describe.h: what a command that trains says of it before, on stderr. */
#ifndef BP_CLI_DESCRIBE_H
#define BP_CLI_DESCRIBE_H

#include "options.h"

#include <bprop/bprop.h>

/* Each a line or more. */
void describe_data(const bp_dataset *data);
void describe_dropped(const bp_dataset *data); /* if there were such rows */
void describe_task(const options *o, const bp_model *model, const bp_dataset *data);
void describe_network(const options *o, const bp_model *model);

/* The beginning of a line: "training: adam, learning rate 0.0016, 120 rows in batches of 32, 200
 * epochs", with the values that the defaults stand for. */
void describe_training(const bp_train_options *options, const bp_model *model, size_t rows);

#endif
