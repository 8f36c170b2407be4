#include "data/array_file.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANEW "it was cut short, or is not what its header says: copy or write it anew"

/* ---- Headers ------------------------------------------------------------------------------ */

bp_status bp_array_read_header(bp_input *input, void *to, size_t size, bp_error *error)
{
    size_t got, needed = bp_input_offset(input) + size;
    bp_status status = bp_input_read(input, to, size, &got, error);
    if (status || got == size)
        return status;
    return bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(input), 0,
                      "the file ends at byte %zu, within its header; expected %zu bytes at least; "
                      "it was cut short: copy or write it anew",
                      bp_input_offset(input), needed);
}

bp_status bp_array_add_dimension(bp_array_header *header, const char *file, size_t byte,
                                 uint64_t size, bp_error *error)
{
    size_t before = header->rank ? header->count : 1;
    if (!size)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte %zu: dimension %zu has size 0; expected 1 or more, since an empty "
                          "array is no table",
                          byte, header->rank + 1);
    if (size > SIZE_MAX || !bp_multiply(before, (size_t)size, &header->count))
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "byte %zu: dimension %zu has size %llu; expected no more elements than a "
                          "file can have; write it anew",
                          byte, header->rank + 1, (unsigned long long)size);
    header->shape[header->rank++] = (size_t)size;
    return BP_OK;
}

/* "60000x28x28". The sizes' product fits, so that even 255 of them, most 1, make no longer text. */
enum { SHAPE_TEXT_SIZE = 600 };
static const char *shape_text(const bp_array_header *h, char text[SHAPE_TEXT_SIZE])
{
    size_t used = 0;
    for (size_t i = 0; i < h->rank; i++)
        used += (size_t)snprintf(text + used, SHAPE_TEXT_SIZE - used, "%s%zu", i ? "x" : "",
                                 h->shape[i]);
    return text;
}

/* ---- Where the cells are ------------------------------------------------------------------ */

typedef struct reader {
    bp_input *input;
    bp_array_header header;
    size_t rows, columns;
    size_t size; /* of the file, as the header has it */
    size_t row;  /* the next */
    bool begun;
    bp_part whole; /* all rows, where they are mapped or had to be read at once */
} reader;

/* The columns of an array in Fortran's order of three dimensions or more: column c has the indices
 * that count up to c, the last fastest; the steps are those of the first fastest. */
static size_t *find_columns(const reader *r)
{
    const bp_array_header *h = &r->header;
    size_t *at = bp_allocate(r->columns, sizeof *at);
    for (size_t c = 0; at && c < r->columns; c++) {
        size_t rest = c, step = r->columns;
        for (size_t i = h->rank - 1; i > 0; i--) { /* from the last, whose step is the largest */
            step /= h->shape[i];
            at[c] += rest % h->shape[i] * step * r->rows * h->element->size;
            rest /= h->shape[i];
        }
    }
    return at;
}

/* Makes a part of the elements where `place` says, in memory, a mapping or a file, which becomes
 * its own, also on failure. */
static bp_status make_part(const reader *r, bp_array place, bp_part *part, bp_error *error)
{
    const bp_array_header *h = &r->header;
    bool fortran = h->is_fortran, uneven = fortran && h->rank > 2;
    bp_array array = place;
    array.size = h->element->size;
    array.row_step = fortran ? array.size : array.size * r->columns;
    array.column_step = fortran ? array.size * r->rows : array.size;
    array.column_at = uneven ? find_columns(r) : NULL;
    array.load = h->is_big_endian ? h->element->big : h->element->little;
    if ((!uneven || array.column_at) && bp_part_of_array(&array, r->columns, part))
        return BP_OK;
    free(array.column_at);
    free(array.block);
    bp_mapping_release(&array.mapping);
    bp_access_release(&array.file);
    return bp_fail_memory(error);
}

/* ---- Bytes of the data -------------------------------------------------------------------- */

static bp_status fail_short(const reader *r, size_t end, bp_error *error)
{
    char text[SHAPE_TEXT_SIZE];
    return bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(r->input), 0,
                      "the file ends at byte %zu; expected %zu bytes, for %.80s of %s after a "
                      "header of %zu; " ANEW,
                      end, r->size, shape_text(&r->header, text), r->header.type, r->header.size);
}

static bp_status fail_long(const reader *r, bp_error *error)
{
    char text[SHAPE_TEXT_SIZE];
    return bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(r->input), 0,
                      "bytes follow the %zu of the file's array, %.80s of %s after a header of "
                      "%zu; expected the end; it was added to, or is not what its header says: "
                      "write it anew",
                      r->size, shape_text(&r->header, text), r->header.type, r->header.size);
}

static bp_status read_bytes(reader *r, size_t size, unsigned char **bytes, bp_error *error)
{
    unsigned char *block = NULL;
    size_t got;
    bp_status status = bp_input_read_block(r->input, size, &block, &got, error);
    if (status)
        return status;
    if (got == size) {
        *bytes = block;
        return BP_OK;
    }
    free(block);
    return fail_short(r, bp_input_offset(r->input), error);
}

/* After the last row, there must be nothing. */
static bp_status check_end(const reader *r, bp_error *error)
{
    unsigned char byte;
    size_t got;
    bp_status status = bp_input_read(r->input, &byte, 1, &got, error);
    return status || !got ? status : fail_long(r, error);
}

/* Finds the cells of a file in its place, if it is one: mapped, or, where the address space has no
 * room for that, read as they are asked for. */
static bool find_in_place(const reader *r, bp_array *place, size_t *size)
{
    *place = (bp_array){.file_at = r->header.size};
    if (bp_input_map(r->input, &place->mapping)) {
        place->bytes = place->mapping.bytes + r->header.size;
        *size = place->mapping.size;
        return true;
    }
    return bp_input_access(r->input, &place->file, size);
}

/* Leaves the cells in their place, where that can be; in Fortran's order all have to be read before
 * the first row is complete. */
static bp_status begin(reader *r, bp_error *error)
{
    bp_array place;
    unsigned char *block = NULL;
    size_t size;
    r->begun = true;
    if (find_in_place(r, &place, &size)) {
        if (size == r->size)
            return make_part(r, place, &r->whole, error);
        bp_mapping_release(&place.mapping);
        bp_access_release(&place.file);
        return size < r->size ? fail_short(r, size, error) : fail_long(r, error);
    }
    if (!r->header.is_fortran)
        return BP_OK;
    bp_status status = read_bytes(r, r->size - r->header.size, &block, error);
    if (!status)
        status = make_part(r, (bp_array){.bytes = block, .block = block}, &r->whole, error);
    return status ? status : check_end(r, error);
}

/* ---- Blocks of rows ----------------------------------------------------------------------- */

/* Rows out of the whole, copied. */
static bp_status copy_rows(const reader *r, size_t rows, bp_part *part, bp_error *error)
{
    size_t count;
    double *values = NULL;
    bp_status status = BP_OK;
    if (bp_multiply(rows, r->columns, &count))
        values = bp_allocate(count, sizeof *values);
    for (size_t i = 0; values && i < rows; i++)
        r->whole.load(r->whole.cells, r->row + i, 0, r->columns, values + i * r->columns);
    if (values)
        status = bp_part_check(&r->whole, bp_input_name(r->input), error);
    if (values && !status && bp_part_of_doubles(values, r->columns, part))
        return BP_OK;
    free(values);
    return status ? status : bp_fail_memory(error);
}

/* Rows out of the input. */
static bp_status read_rows(reader *r, size_t rows, bp_part *part, bp_error *error)
{
    unsigned char *block = NULL;
    bp_status status = read_bytes(r, rows * r->columns * r->header.element->size, &block, error);
    if (!status && r->row + rows == r->rows && (status = check_end(r, error)))
        free(block);
    return status ? status : make_part(r, (bp_array){.bytes = block, .block = block}, part, error);
}

static bp_status take_rows(reader *r, size_t rows, bp_part *part, bp_error *error)
{
    if (!r->whole.cells)
        return read_rows(r, rows, part, error);
    if (rows < r->rows)
        return copy_rows(r, rows, part, error);
    *part = r->whole;
    r->whole = (bp_part){0};
    return BP_OK;
}

static bp_status check_booleans(const bp_dataset *data, bp_error *error)
{
    bp_status status = BP_OK;
    double *row = bp_allocate(data->columns, sizeof *row);
    if (!row)
        return bp_fail_memory(error);
    for (size_t i = 0; !status && i < data->rows; i++) {
        bp_dataset_load(data, i, 0, data->columns, row);
        for (size_t c = 0; !status && c < data->columns; c++)
            if (row[c] > 1)
                status = bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                                    "column %zu, row %zu: a boolean of %g; expected 0 or 1; "
                                    "write numbers as numbers, such as |u1",
                                    c + 1, bp_dataset_row_number(data, i), row[c]);
    }
    free(row);
    return status;
}

/* What the type does not tell of the cells of a block; and how it was read. */
static bp_status complete(const reader *r, bp_dataset *data, bp_error *error)
{
    const bp_array_header *h = &r->header;
    char text[SHAPE_TEXT_SIZE];
    bp_status status = BP_OK;
    for (size_t c = 0; c < data->columns; c++)
        data->column[c].is_byte = h->is_byte;
    if (h->element->name[0] == 'f')
        status = bp_dataset_survey(data, error);
    else if (h->is_boolean)
        status = check_booleans(data, error);
    return status ? status
                  : bp_dataset_describe(data, error, "%s, %s, %s%s", h->format, h->type,
                                        shape_text(h, text), h->order);
}

bp_status bp_array_next(void *state, size_t most, bp_dataset **block, bp_error *error)
{
    reader *r = state;
    size_t rows = most < r->rows - r->row ? most : r->rows - r->row;
    bp_part part = {0};
    if (!rows) {
        *block = NULL;
        return BP_OK;
    }
    bp_status status = r->begun ? BP_OK : begin(r, error);
    if (!status)
        status = take_rows(r, rows, &part, error);
    if (status)
        return status;
    bp_dataset *made = bp_dataset_with_columns(bp_input_name(r->input), r->columns);
    if (!made) {
        bp_part_destroy(&part);
        return bp_fail_memory(error);
    }
    made->parts[0] = part;
    made->rows = rows;
    made->first_row = r->row;
    r->row += rows;
    status = complete(r, made, error);
    if (status)
        bp_dataset_destroy(made);
    else
        *block = made;
    return status;
}

/* ---- Opening ------------------------------------------------------------------------------ */

void bp_array_close(void *state)
{
    reader *r = state;
    bp_part_destroy(&r->whole);
    free(r);
}

/* *bytes of data, and not too many of them in a row. */
static bp_status check_size(const bp_array_header *h, const char *file, size_t *bytes,
                            bp_error *error)
{
    char text[SHAPE_TEXT_SIZE];
    if (!bp_multiply(h->count, h->element->size, bytes) || *bytes > SIZE_MAX - h->size)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "its header says %.80s of %s; expected no more bytes than a file can "
                          "have; write it anew",
                          shape_text(h, text), h->type);
    if (h->count / h->shape[0] > BP_MOST_COLUMNS)
        return bp_fail_at(error, BP_ERROR_FORMAT, file, 0,
                          "its header says %.80s of %s, a row for each index of the first "
                          "dimension; expected %d columns at most; reshape the array",
                          shape_text(h, text), h->type, BP_MOST_COLUMNS);
    return BP_OK;
}

bp_status bp_array_open(const bp_reading *reading, const bp_array_header *header, void **state,
                        bp_error *error)
{
    size_t bytes = 0;
    const char *file = bp_input_name(reading->input);
    if (reading->options->categorical)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, file, 0,
                          "categorical columns are of text files alone; this one is %s, of numbers",
                          header->format);
    bp_status status = check_size(header, file, &bytes, error);
    if (status)
        return status;
    reader *r = bp_allocate(1, sizeof *r);
    if (!r)
        return bp_fail_memory(error);
    r->input = reading->input;
    r->header = *header;
    r->header.is_fortran = header->is_fortran && header->rank > 1; /* else it is C's, too */
    r->rows = header->shape[0];
    r->columns = header->count / header->shape[0];
    r->size = header->size + bytes;
    *state = r;
    return BP_OK;
}
