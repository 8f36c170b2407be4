#include "data/part.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void load_array(const void *cells, size_t row, size_t first, size_t n, double *to)
{
    const bp_array *array = cells;
    const unsigned char *bytes = array->bytes + row * array->row_step;
    if (array->column_at)
        for (size_t j = 0; j < n; j++)
            array->load(bytes + array->column_at[first + j], 0, 1, to + j);
    else
        array->load(bytes + first * array->column_step, array->column_step, n, to);
}

static void destroy_array(void *cells)
{
    bp_array *array = cells;
    bp_mapping_release(&array->mapping);
    free(array->column_at);
    free(array->block);
    free(array);
}

bool bp_part_of_array(const bp_array *array, size_t columns, bp_part *part)
{
    bp_array *copy = bp_allocate(1, sizeof *copy);
    if (!copy)
        return false;
    *copy = *array;
    *part = (bp_part){columns, load_array, copy, destroy_array};
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

void bp_part_destroy(bp_part *part)
{
    if (part->cells)
        part->destroy(part->cells);
    *part = (bp_part){0};
}
