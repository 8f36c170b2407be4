/* fuzz_model.h: what the fuzz targets of models share. */
#ifndef BP_TESTS_FUZZ_MODEL_H
#define BP_TESTS_FUZZ_MODEL_H

#include "fuzz.h"

/* What a user may wish for: a byte of flags, and lines for the target, the weight column and the
 * class weights. */
typedef struct wishes {
    bp_model_options options;
    char target[LINE_SIZE], weight[LINE_SIZE], classes[LINE_SIZE];
} wishes;

void take_wishes(taken *from, wishes *to);

/* A model of the table that has been trained for an epoch; NULL if it was refused, as it should be.
 * The caller's. */
bp_model *make_model(const wishes *asked, const bp_dataset *data);

/* Trains it on a table for an epoch. */
bp_status train_epoch(bp_model *model, const bp_dataset *data, bp_error *error);

/* A model that is saved and loaded is the same model: the same file again, the same answers for
 * `data` (NULL: not asked), all of them finite. */
void check_model(const bp_model *model, const bp_dataset *data);

/* A table of one row for a model; NULL if it is too wide to be worth it, or there can be none. The
 * caller's. */
bp_dataset *row_for(const bp_model *model);

#endif
