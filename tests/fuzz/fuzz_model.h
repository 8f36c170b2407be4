/* fuzz_model.h: what the fuzz targets of models share. */
#ifndef BP_TESTS_FUZZ_MODEL_H
#define BP_TESTS_FUZZ_MODEL_H

#include "fuzz.h"

/* A model that is saved and loaded is the same model: the same file again, the same answers for
 * `data` (NULL: not asked), all of them finite. */
void check_model(const bp_model *model, const bp_dataset *data);

/* A table of one row for a model; NULL if it is too wide to be worth it, or there can be none. The
 * caller's. */
bp_dataset *row_for(const bp_model *model);

#endif
