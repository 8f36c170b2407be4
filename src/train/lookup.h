/* lookup.h: the tables of optimizers, one for each level of CPU. */
#ifndef BP_TRAIN_LOOKUP_H
#define BP_TRAIN_LOOKUP_H

#include <bprop/train.h>

#include "base/cpu.h"

BP_DECLARE_TABLES(bp_optimizers); /* rows: bp_optimizer */

extern const bp_table *const bp_optimizer_tables[]; /* by level */

#endif
