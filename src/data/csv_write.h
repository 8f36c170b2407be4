/* csv_write.h: how CSV files are written: the functions of the format (format.h). */
#ifndef BP_DATA_CSV_WRITE_H
#define BP_DATA_CSV_WRITE_H

#include "base/output.h"
#include "data/dataset_internal.h"

bp_status bp_csv_begin(bp_output *output, const bp_dataset *first, void **state, bp_error *error);
bp_status bp_csv_add(void *state, const bp_dataset *block, bp_error *error);
bp_status bp_csv_finish(void *state, bp_error *error);
void bp_csv_abandon(void *state);

#endif
