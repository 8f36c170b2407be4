#include "data/split.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- Rows by class ------------------------------------------------------------------------ */

/* A row in a random order of them. */
typedef struct dealt {
    double class; /* the cell of the target column; NaN: missing, which binding will refuse */
    size_t place; /* in the order */
    size_t row;
} dealt;

/* By class, missing ones last; within a class as the random order has them. */
static int compare(const void *a, const void *b)
{
    const dealt *x = a, *y = b;
    int missing = isnan(x->class) - isnan(y->class);
    int by_class = (x->class > y->class) - (x->class < y->class);
    int by_place = (x->place > y->place) - (x->place < y->place);
    return missing ? missing : by_class ? by_class : by_place;
}

/* All rows, those of a class together, each class in an order of its own by the seed; where the
 * answers are not classes, all rows are of one. *rows is the caller's. */
static bp_status deal(const bp_dataset *data, const bp_encoding *encoding, uint64_t seed,
                      uint32_t stream, dealt **rows, bp_error *error)
{
    size_t n = data->rows, column = encoding->targets[0].column;
    size_t *order = bp_allocate(n, sizeof *order);
    dealt *made = bp_allocate(n, sizeof *made);
    if (!order || !made) {
        free(order);
        free(made);
        return bp_fail_memory(error);
    }
    bp_random random;
    bp_random_seed(&random, seed, stream);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    bp_random_shuffle(&random, order, n);
    for (size_t i = 0; i < n; i++) {
        double class = encoding->classes ? bp_dataset_cell(data, order[i], column) : 0;
        made[i] = (dealt){class, i, order[i]};
    }
    qsort(made, n, sizeof *made, compare);
    free(order);
    *rows = made;
    return BP_OK;
}

/* ---- Taking rows apart -------------------------------------------------------------------- */

/* The rows whose number in `part_of_row` is `part`, or all the others. */
static bp_status take(const bp_dataset *data, const size_t *part_of_row, size_t part, bool others,
                      bp_dataset **taken, bp_error *error)
{
    size_t n = 0, *index = bp_allocate(data->rows, sizeof *index);
    if (!index)
        return bp_fail_memory(error);
    for (size_t i = 0; i < data->rows; i++)
        if ((part_of_row[i] != part) == others)
            index[n++] = i;
    bp_status status = bp_dataset_subset(data, index, n, taken, error);
    free(index);
    return status;
}

bp_status bp_split_fold(const bp_dataset *data, const size_t *fold_of_row, size_t fold,
                        bp_dataset **kept, bp_dataset **held_out, bp_error *error)
{
    bp_dataset *others = NULL, *held = NULL;
    bp_status status = take(data, fold_of_row, fold, true, &others, error);
    if (!status)
        status = take(data, fold_of_row, fold, false, &held, error);
    if (status) {
        bp_dataset_destroy(others);
        return status;
    }
    *kept = others;
    *held_out = held;
    return BP_OK;
}

/* Gives the first rows of each class the part 1, the rest 0; returns how many. A row without
 * a class is a class by itself, NaN not being equal to NaN, and so never in part 1. */
static size_t mark(const dealt *rows, size_t n, double fraction, size_t *part_of_row)
{
    size_t marked = 0;
    for (size_t first = 0, end; first < n; first = end) {
        end = first + 1;
        while (end < n && rows[end].class == rows[first].class)
            end++;
        size_t members = end - first, wanted = (size_t)llround(fraction * (double)members);
        if (wanted == members)
            wanted--;
        for (size_t i = first; i < end; i++)
            part_of_row[rows[i].row] = i - first < wanted;
        marked += wanted;
    }
    return marked;
}

bp_status bp_split(const bp_dataset *data, const bp_encoding *encoding, double fraction,
                   uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error)
{
    dealt *rows = NULL;
    size_t *part_of_row = bp_allocate(data->rows, sizeof *part_of_row);
    bp_status status = part_of_row ? deal(data, encoding, seed, BP_STREAM_SPLIT, &rows, error)
                                   : bp_fail_memory(error);
    if (!status && mark(rows, data->rows, fraction, part_of_row) == 0)
        status = bp_fail_at(error, BP_ERROR_ARGUMENT, data->name, 0,
                            "holding out %g of %zu rows leaves a part empty", fraction, data->rows);
    if (!status)
        status = bp_split_fold(data, part_of_row, 1, kept, held_out, error);
    free(part_of_row);
    free(rows);
    return status;
}

bp_status bp_folds(const bp_dataset *data, const bp_encoding *encoding, size_t k, uint64_t seed,
                   size_t *fold_of_row, bp_error *error)
{
    dealt *rows = NULL;
    if (k < 2 || k > data->rows)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, data->name, 0,
                          "%zu folds of %zu rows; take from 2 folds to as many as there are rows",
                          k, data->rows);
    bp_status status = deal(data, encoding, seed, BP_STREAM_FOLDS, &rows, error);
    /* One after another, without starting anew at a class: even in each class and in all. */
    for (size_t i = 0; !status && i < data->rows; i++)
        fold_of_row[rows[i].row] = i % k;
    free(rows);
    return status;
}
