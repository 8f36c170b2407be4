/* array_writer.c: files of one array. The header comes first, but tells what only the last row
 * settles: the number of rows, and the narrowest type that holds them all. Until then the cells lie
 * as doubles in a scratch file, if they are more than a few. */
#include "data/array_file.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct writer {
    const bp_array_style *style;
    bp_output *output;
    size_t rows, columns;
    unsigned fits; /* bit i: all cells so far fit in bp_element_at(i) */
    int scratch;   /* −1: none */
    double *cells; /* of whole rows, on their way to the scratch file or back */
    size_t n_cells, capacity;
} writer;

/* ---- The scratch file --------------------------------------------------------------------- */

static bp_status fail_scratch(const char *what, int reason, bp_error *error)
{
    return bp_fail(error, BP_ERROR_FILE,
                   "the temporary file of the table cannot be %s: %s; make room, or name another "
                   "place",
                   what, strerror(reason));
}

/* All of the cells at hand. */
static bp_status put_away(writer *w, bp_error *error)
{
    const unsigned char *bytes = (const unsigned char *)w->cells;
    size_t size = w->n_cells * sizeof *w->cells;
    bp_status status = w->scratch >= 0 ? BP_OK : bp_output_scratch(w->output, &w->scratch, error);
    while (!status && size) {
        ssize_t wrote = write(w->scratch, bytes, size);
        if (wrote == 0 || (wrote < 0 && errno != EINTR))
            status = fail_scratch("written", wrote ? errno : ENOSPC, error);
        bytes += wrote > 0 ? wrote : 0;
        size -= wrote > 0 ? (size_t)wrote : 0;
    }
    w->n_cells = 0;
    return status;
}

/* The next n ≤ capacity. */
static bp_status fetch(writer *w, size_t n, bp_error *error)
{
    unsigned char *bytes = (unsigned char *)w->cells;
    size_t size = n * sizeof *w->cells;
    while (size) {
        ssize_t got = read(w->scratch, bytes, size);
        if (got == 0 || (got < 0 && errno != EINTR))
            return fail_scratch("read", got ? errno : EIO, error);
        bytes += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    w->n_cells = n;
    return BP_OK;
}

/* ---- Rows in ------------------------------------------------------------------------------ */

static void narrow_choice(writer *w, const double *cells)
{
    uint64_t bits;
    const bp_element *element;
    for (unsigned i = 0; (element = bp_element_at(i)); i++)
        for (size_t c = 0; w->fits >> i & 1 && c < w->columns; c++)
            if (!element->pack(cells[c], &bits))
                w->fits &= ~(1U << i);
}

static bp_status check_block(const writer *w, const bp_dataset *block, bp_error *error)
{
    bp_status status = BP_OK;
    for (size_t c = 0; !status && c < w->columns; c++)
        status = bp_check_numbers(block, c, w->style->name, error);
    if (status)
        return status;
    if (block->rows > w->style->most - w->rows)
        return bp_fail_at(error, BP_ERROR_FORMAT, block->name, 0,
                          "more than %zu rows, which %s cannot count; write another format",
                          w->style->most, w->style->name);
    return BP_OK;
}

bp_status bp_array_add(void *state, const bp_dataset *block, bp_error *error)
{
    writer *w = state;
    bp_status status = check_block(w, block, error);
    for (size_t i = 0; !status && i < block->rows; i++) {
        if (w->capacity - w->n_cells < w->columns && (status = put_away(w, error)))
            break;
        double *row = w->cells + w->n_cells;
        bp_dataset_load(block, i, 0, w->columns, row);
        narrow_choice(w, row);
        w->n_cells += w->columns;
        w->rows++;
    }
    return status;
}

/* ---- The file out ------------------------------------------------------------------------- */

static const bp_element *narrowest(const writer *w)
{
    size_t i = 0;
    while (!(w->fits >> i & 1)) /* the widest fits always */
        i++;
    return bp_element_at(i);
}

/* The cells at hand become elements in their place, which is never behind that of the cell. */
static bp_status write_cells(writer *w, const bp_element *element, bp_error *error)
{
    unsigned char *bytes = (unsigned char *)w->cells;
    size_t size = element->size;
    uint64_t bits = 0;
    for (size_t k = 0; k < w->n_cells; k++) {
        element->pack(w->cells[k], &bits);
        if (w->style->is_big_endian)
            bp_put_big(bytes + k * size, bits, size);
        else
            bp_put_little(bytes + k * size, bits, size);
    }
    return bp_output_write(w->output, bytes, w->n_cells * size, error);
}

bp_status bp_array_finish(void *state, bp_error *error)
{
    writer *w = state;
    const bp_element *element = narrowest(w);
    bp_status status = w->style->write_header(w->output, element, w->rows, w->columns, error);
    if (status || w->scratch < 0)
        return status ? status : write_cells(w, element, error);
    status = put_away(w, error);
    if (!status && lseek(w->scratch, 0, SEEK_SET) < 0)
        status = fail_scratch("read", errno, error);
    size_t left = w->rows * w->columns;
    while (!status && left) {
        size_t n = left < w->capacity ? left : w->capacity;
        status = fetch(w, n, error);
        if (!status)
            status = write_cells(w, element, error);
        left -= n;
    }
    return status;
}

/* ---- Beginning and end -------------------------------------------------------------------- */

void bp_array_abandon(void *state)
{
    writer *w = state;
    if (w->scratch >= 0)
        close(w->scratch);
    free(w->cells);
    free(w);
}

bp_status bp_array_begin(bp_output *output, const bp_dataset *first, const bp_array_style *style,
                         void **state, bp_error *error)
{
    enum { CELLS = 1 << 14 };
    const bp_element *element;
    if (first->columns > style->most)
        return bp_fail_at(error, BP_ERROR_FORMAT, first->name, 0,
                          "%zu columns, more than %s can count; write another format",
                          first->columns, style->name);
    writer *w = bp_allocate(1, sizeof *w);
    if (!w)
        return bp_fail_memory(error);
    w->style = style;
    w->output = output;
    w->scratch = -1;
    w->columns = first->columns;
    w->capacity = w->columns < CELLS ? CELLS - CELLS % w->columns : w->columns;
    w->cells = bp_allocate(w->capacity, sizeof *w->cells);
    if (!w->cells) {
        bp_array_abandon(w);
        return bp_fail_memory(error);
    }
    for (unsigned i = 0; (element = bp_element_at(i)); i++)
        w->fits |= element->pack ? 1U << i : 0;
    *state = w;
    return BP_OK;
}
