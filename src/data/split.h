/* split.h: rows held out. */
#ifndef BP_DATA_SPLIT_H
#define BP_DATA_SPLIT_H

#include "data/encoding.h"

/* Holds out round(fraction · rows) rows at random, 0 < fraction < 1; of a classification that
 * fraction of each class, but never all of its rows. Both parts keep the table's order and borrow
 * its rows. Errors: BP_ERROR_ARGUMENT if either part would be empty. */
bp_status bp_split(const bp_dataset *data, const bp_encoding *encoding, double fraction,
                   uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error);

#endif
