#include "data/split.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/dataset_internal.h"

#include <math.h>
#include <stdlib.h>

/* Of the rows with one value in the target column (NaN: of all rows), marks a part at random. */
static size_t mark(const bp_dataset *data, const size_t *order, size_t column, double value,
                   double fraction, bool *held)
{
    size_t members = 0, marked = 0;
    for (size_t i = 0; i < data->rows; i++)
        members += isnan(value) || bp_dataset_row(data, i)[column] == value;
    size_t wanted = (size_t)llround(fraction * (double)members);
    if (wanted == members && wanted)
        wanted--;
    for (size_t i = 0; i < data->rows && marked < wanted; i++)
        if (isnan(value) || bp_dataset_row(data, order[i])[column] == value) {
            held[order[i]] = true;
            marked++;
        }
    return marked;
}

/* Marks the rows to hold out; `order` is a shuffle of them all. */
static size_t mark_all(const bp_dataset *data, const bp_encoding *encoding, const size_t *order,
                       double fraction, bool *held)
{
    size_t column = encoding->targets[0].column, marked = 0;
    if (!encoding->classes)
        return mark(data, order, column, NAN, fraction, held);
    bool *done = held + data->rows; /* whose class has had its turn */
    for (size_t i = 0; i < data->rows; i++) {
        double value = bp_dataset_row(data, i)[column];
        if (done[i] || isnan(value)) /* binding will refuse a missing class */
            continue;
        for (size_t j = i; j < data->rows; j++)
            done[j] = done[j] || bp_dataset_row(data, j)[column] == value;
        marked += mark(data, order, column, value, fraction, held);
    }
    return marked;
}

static bp_status take(const bp_dataset *data, const bool *held, bool which, size_t *index,
                      bp_dataset **part, bp_error *error)
{
    size_t n = 0;
    for (size_t i = 0; i < data->rows; i++)
        if (held[i] == which)
            index[n++] = i;
    return bp_dataset_subset(data, index, n, part, error);
}

bp_status bp_split(const bp_dataset *data, const bp_encoding *encoding, double fraction,
                   uint64_t seed, bp_dataset **kept, bp_dataset **held_out, bp_error *error)
{
    bp_dataset *parts[2] = {NULL, NULL};
    size_t rows = data->rows;
    size_t *order = bp_allocate(rows, sizeof *order);
    bool *held = bp_allocate(rows, 2 * sizeof *held);
    bp_status status = order && held ? BP_OK : bp_fail_memory(error);
    if (!status) {
        bp_random random;
        bp_random_seed(&random, seed, BP_STREAM_SPLIT);
        for (size_t i = 0; i < rows; i++)
            order[i] = i;
        bp_random_shuffle(&random, order, rows);
        size_t n = mark_all(data, encoding, order, fraction, held);
        if (n == 0 || n == rows)
            status = bp_fail_at(error, BP_ERROR_ARGUMENT, data->name, 0,
                                "holding out %g of %zu rows leaves a part empty", fraction, rows);
    }
    if (!status)
        status = take(data, held, false, order, &parts[0], error);
    if (!status)
        status = take(data, held, true, order, &parts[1], error);
    free(order);
    free(held);
    if (status) {
        bp_dataset_destroy(parts[0]);
        return status;
    }
    *kept = parts[0];
    *held_out = parts[1];
    return BP_OK;
}
