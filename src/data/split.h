/* split.h: rows held out, and the folds of a cross-validation. */
#ifndef BP_DATA_SPLIT_H
#define BP_DATA_SPLIT_H

#include "data/encoding.h"

/* Holds out round(fraction · rows) rows at random, 0 < fraction < 1; of a classification that
 * fraction of each class that has more than one row, but never all of them. Both parts keep the
 * table's order and borrow its rows. Errors: BP_ERROR_ARGUMENT if either part would be empty. */
bp_status bp_split(const bp_dataset *data, const bp_encoding *encoding, double fraction,
                   uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error);

/* Deals the rows at random over k folds, 2 ≤ k ≤ rows: fold_of_row[i] < k. The sizes of the folds
 * differ by 1 at most, and where answers are classes (not labels) so do the numbers of each class's
 * rows in them. So a class of fewer than k rows is missing in some folds, but two rows of it never
 * lie in one fold: the other folds together have a row of every class that has two. Errors:
 * BP_ERROR_ARGUMENT, BP_ERROR_MEMORY. */
bp_status bp_folds(const bp_dataset *data, const bp_encoding *encoding, size_t k, uint64_t seed,
                   size_t *fold_of_row, bp_error *error);

/* The rows of fold `fold`, held out, and those of all other folds, as bp_split(). */
bp_status bp_split_fold(const bp_dataset *data, const size_t *fold_of_row, size_t fold,
                        bp_dataset **kept, bp_dataset **held_out, bp_error *error);

#endif
