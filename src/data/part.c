#include "data/part.h"

#include "base/error.h"
#include "base/memory.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* ---- Arrays ------------------------------------------------------------------------------- */

typedef struct array_cells {
    bp_array array;
    atomic_long waits;  /* how often the process had waited for the disk, when last looked */
    atomic_int hurries; /* batches for which rows are still to be read ahead */
    atomic_bool failed; /* to load cells from a file that is not mapped */
} array_cells;

/* Cells at the next place of a file, in pieces. */
static bool load_piece(const bp_array *array, size_t at, size_t step, size_t n, double *to)
{
    unsigned char bytes[4096];
    size_t most = step == array->size ? sizeof bytes / array->size : 1;
    while (n) {
        size_t taken = n < most ? n : most;
        if (!bp_access_read(&array->file, at, bytes, taken * array->size))
            return false;
        array->load(bytes, array->size, taken, to);
        at += taken * step;
        to += taken;
        n -= taken;
    }
    return true;
}

/* As load_array(), of a file that is not mapped. */
static void load_file(const void *cells, size_t row, size_t first, size_t n, double *to)
{
    array_cells *c = (array_cells *)(uintptr_t)cells; /* to tell it that a load failed */
    const bp_array *array = &c->array;
    size_t at = array->file_at + row * array->row_step;
    bool good = true;
    for (size_t j = 0; array->column_at && j < n; j++)
        good = good && load_piece(array, at + array->column_at[first + j], array->size, 1, to + j);
    if (!array->column_at)
        good = load_piece(array, at + first * array->column_step, array->column_step, n, to);
    if (good)
        return;
    atomic_store(&c->failed, true);
    for (size_t j = 0; j < n; j++)
        to[j] = NAN;
}

static bool has_failed(const void *cells)
{
    return atomic_load(&((array_cells *)(uintptr_t)cells)->failed);
}

static void load_array(const void *cells, size_t row, size_t first, size_t n, double *to)
{
    const bp_array *array = &((const array_cells *)cells)->array;
    const unsigned char *bytes = array->bytes + row * array->row_step;
    if (array->column_at)
        for (size_t j = 0; j < n; j++)
            array->load(bytes + array->column_at[first + j], 0, 1, to + j);
    else
        array->load(bytes + first * array->column_step, array->column_step, n, to);
}

static long count_waits(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_majflt;
}

/* Of a file larger than memory most rows of a batch, which lie anywhere, have to come from the
 * disk: by themselves one after another, so asked for, all at a time. Where nothing had to wait
 * there is nothing to ask for. */
static void expect_rows(void *cells, const size_t *index, const size_t *rows, size_t n)
{
    enum { BATCHES = 1000 };
    array_cells *c = cells;
    long waits = count_waits();
    if (atomic_exchange(&c->waits, waits) != waits)
        atomic_store(&c->hurries, BATCHES);
    if (atomic_load(&c->hurries) <= 0)
        return;
    atomic_fetch_sub(&c->hurries, 1);
    for (size_t i = 0; i < n; i++)
        bp_mapping_expect(&c->array.mapping,
                          c->array.bytes + (index ? index[rows[i]] : rows[i]) * c->array.row_step,
                          c->array.row_step);
}

/* Rows in memory: all are asked for before the first is waited for, which gains nothing for one. */
static void fetch_rows(void *cells, const size_t *index, const size_t *rows, size_t n)
{
    const bp_array *array = &((const array_cells *)cells)->array;
    for (size_t i = 0; n > 1 && i < n; i++)
        bp_prefetch(array->bytes + (index ? index[rows[i]] : rows[i]) * array->row_step,
                    array->row_step);
}

static void destroy_array(void *cells)
{
    array_cells *c = cells;
    bp_mapping_release(&c->array.mapping);
    bp_access_release(&c->array.file);
    free(c->array.column_at);
    free(c->array.block);
    free(c);
}

bool bp_part_of_array(const bp_array *array, size_t columns, bp_part *part)
{
    array_cells *made = bp_allocate(1, sizeof *made);
    if (!made)
        return false;
    made->array = *array;
    atomic_init(&made->waits, count_waits());
    *part = (bp_part){.columns = columns,
                      .load = array->bytes ? load_array : load_file,
                      .has_failed = array->bytes ? NULL : has_failed,
                      .expect = array->mapping.bytes ? expect_rows
                                : array->bytes       ? fetch_rows
                                                     : NULL,
                      .cells = made,
                      .destroy = destroy_array};
    return true;
}

/* The machine's own doubles. */
static void load_doubles(const unsigned char *bytes, size_t step, size_t n, double *to)
{
    (void)step;
    memcpy(to, bytes, n * sizeof *to);
}

bool bp_part_of_doubles(double *block, size_t columns, bp_part *part)
{
    bp_array array = {.bytes = (const unsigned char *)block,
                      .row_step = columns * sizeof *block,
                      .column_step = sizeof *block,
                      .load = load_doubles,
                      .block = block};
    return bp_part_of_array(&array, columns, part);
}

bp_status bp_part_check(const bp_part *part, const char *name, bp_error *error)
{
    if (!part->has_failed || !part->has_failed(part->cells))
        return BP_OK;
    return bp_fail_at(error, BP_ERROR_FILE, name, 0,
                      "its rows could not be read again; leave the file as it is while it is in "
                      "use");
}

void bp_part_destroy(bp_part *part)
{
    if (part->cells)
        part->destroy(part->cells);
    *part = (bp_part){0};
}
