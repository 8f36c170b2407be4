#include "data/split.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows by class ------------------------------------------------------------------------ */

/* All rows, those of a class together: by class, ascending, and within a class in a random order.
 * Behind the last class are those without one, which binding will refuse. */
typedef struct dealt {
    size_t *rows;
    double *class;      /* the distinct cells of the target column, */
    size_t *end;        /* and where in `rows` each class ends */
    size_t n, capacity; /* of classes */
} dealt;

static void free_dealt(dealt *d)
{
    free(d->rows);
    free(d->class);
    free(d->end);
}

/* The first class that is not below that. */
static size_t find_class(const dealt *d, double class)
{
    size_t low = 0, high = d->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (d->class[middle] < class)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Finds the classes of column c, and where they begin: in `end`, to be moved on. False if memory is
 * short. */
static bool find_classes(const bp_dataset *data, size_t c, dealt *d)
{
    for (size_t i = 0; i < data->rows; i++) {
        double class = bp_dataset_cell(data, i, c);
        size_t at = find_class(d, class), behind = d->n - at;
        if (isnan(class) || (behind && d->class[at] == class))
            continue;
        if (!bp_grow(&d->class, &d->capacity, d->n + 1, sizeof *d->class))
            return false;
        memmove(d->class + at + 1, d->class + at, behind * sizeof *d->class);
        d->class[at] = class;
        d->n++;
    }
    if (!(d->end = bp_allocate(d->n + 2, sizeof *d->end)))
        return false;
    for (size_t i = 0; i < data->rows; i++) {
        double class = bp_dataset_cell(data, i, c);
        d->end[isnan(class) ? d->n + 1 : find_class(d, class) + 1]++;
    }
    for (size_t k = 1; k <= d->n; k++)
        d->end[k] += d->end[k - 1];
    return true;
}

/* The rows of `order` class by class. False if memory is short. */
static bool group(const bp_dataset *data, size_t c, const size_t *order, dealt *d)
{
    if (!find_classes(data, c, d) || !(d->rows = bp_allocate(data->rows, sizeof *d->rows)))
        return false;
    for (size_t i = 0; i < data->rows; i++) {
        double class = bp_dataset_cell(data, order[i], c);
        d->rows[d->end[isnan(class) ? d->n : find_class(d, class)]++] = order[i];
    }
    return true;
}

/* In an order by the seed; where the answers are not classes, all rows are of one. What is inside
 * *dealt is the caller's. */
static bp_status deal(const bp_dataset *data, const bp_encoding *encoding, uint64_t seed,
                      uint32_t stream, dealt *dealt, bp_error *error)
{
    size_t n = data->rows, c;
    bp_status status = bp_encoding_find_target(encoding, data, 0, &c, error);
    if (status)
        return status;
    size_t *order = bp_allocate(n, sizeof *order);
    if (!order)
        return bp_fail_memory(error);
    bp_random random;
    bp_random_seed(&random, seed, stream);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    bp_random_shuffle(&random, order, n);
    struct dealt made = {0};
    bool good = true;
    if (encoding->classes) {
        good = group(data, c, order, &made);
        free(order);
    } else {
        made.rows = order;
        made.n = 1;
        good = (made.end = bp_allocate(1, sizeof *made.end));
        if (good)
            made.end[0] = n;
    }
    if (!good) {
        free_dealt(&made);
        return bp_fail_memory(error);
    }
    *dealt = made;
    return BP_OK;
}

/* ---- Taking rows apart -------------------------------------------------------------------- */

/* The rows whose number in `part_of_row` is `part`, or all the others. */
static bp_status take(const bp_dataset *data, const size_t *part_of_row, size_t part, bool others,
                      bp_dataset **taken, bp_error *error)
{
    size_t n = 0, count = 0;
    for (size_t i = 0; i < data->rows; i++)
        count += (part_of_row[i] != part) == others;
    size_t *index = bp_allocate(count, sizeof *index);
    if (!index)
        return bp_fail_memory(error);
    for (size_t i = 0; i < data->rows; i++)
        if ((part_of_row[i] != part) == others)
            index[n++] = i;
    return bp_dataset_subset_of(data, index, n, taken, error);
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

/* Gives the first rows of each class the part 1, the others have 0; returns how many. What is
 * rounded goes on from class to class, so that the sum is that of all rows; so does the row that a
 * class keeps for itself, to one that has another. A class of one row takes no part. */
static size_t mark(const dealt *dealt, double fraction, size_t *part_of_row)
{
    size_t marked = 0, owed = 0, shared = 0; /* rows of classes that have more than one */
    for (size_t k = 0, first = 0; k < dealt->n; first = dealt->end[k++]) {
        size_t members = dealt->end[k] - first, before = shared;
        if (members < 2)
            continue;
        shared += members;
        size_t wanted =
            (size_t)(llround(fraction * (double)shared) - llround(fraction * (double)before));
        if (wanted == members) {
            wanted--;
            owed++;
        } else if (owed && wanted + 1 < members) {
            wanted++;
            owed--;
        }
        for (size_t i = first; i < first + wanted; i++)
            part_of_row[dealt->rows[i]] = 1;
        marked += wanted;
    }
    return marked;
}

bp_status bp_split(const bp_dataset *data, const bp_encoding *encoding, double fraction,
                   uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error)
{
    dealt dealt;
    bp_status status = deal(data, encoding, seed, BP_STREAM_SPLIT, &dealt, error);
    if (status)
        return status;
    size_t *part_of_row = bp_allocate(data->rows, sizeof *part_of_row);
    if (!part_of_row)
        status = bp_fail_memory(error);
    else if (mark(&dealt, fraction, part_of_row) == 0)
        status = bp_fail_at(error, BP_ERROR_ARGUMENT, data->name, 0,
                            "holding out %g of %zu rows leaves a part empty", fraction, data->rows);
    free_dealt(&dealt); /* before the indices of the parts take as much */
    if (!status)
        status = bp_split_fold(data, part_of_row, 1, kept, held_out, error);
    free(part_of_row);
    return status;
}

bp_status bp_folds(const bp_dataset *data, const bp_encoding *encoding, size_t k, uint64_t seed,
                   size_t *fold_of_row, bp_error *error)
{
    dealt dealt;
    if (k < 2 || k > data->rows)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, data->name, 0,
                          "%zu folds of %zu rows; take from 2 folds to as many as there are rows",
                          k, data->rows);
    bp_status status = deal(data, encoding, seed, BP_STREAM_FOLDS, &dealt, error);
    if (status)
        return status;
    /* One after another, without starting anew at a class: even in each class and in all. */
    for (size_t i = 0; i < data->rows; i++)
        fold_of_row[dealt.rows[i]] = i % k;
    free_dealt(&dealt);
    return BP_OK;
}
