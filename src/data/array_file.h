/* array_file.h: tables in files of one array: a header, the elements, and nothing else. It is what
 * NPY and IDX share. Rows are the first dimension; the others are flattened into columns, the last
 * fastest. Offsets in messages count the bytes of the file, from 0. */
#ifndef BP_DATA_ARRAY_FILE_H
#define BP_DATA_ARRAY_FILE_H

#include "data/format.h"

enum { BP_MOST_RANK = 255, BP_TYPE_TEXT_SIZE = 24 };

/* What a header says. */
typedef struct bp_array_header {
    const char *format; /* "NPY 1.0" */
    const char *order;  /* ", C order", for people, or "" */
    char type[BP_TYPE_TEXT_SIZE];
    const bp_element *element;
    bool is_big_endian;
    bool is_fortran; /* the first index is the fastest */
    bool is_boolean; /* bytes that are 0 or 1 */
    bool is_byte;    /* as bp_column has it */
    size_t rank, shape[BP_MOST_RANK], count;
    size_t size; /* of the header: the offset of the data */
} bp_array_header;

/* The next `size` bytes, which are of the header. */
bp_status bp_array_read_header(bp_input *input, void *to, size_t size, bp_error *error);

/* Adds a dimension, which stands at that byte: the rank, the shape and the count. */
bp_status bp_array_add_dimension(bp_array_header *header, const char *file, size_t byte,
                                 uint64_t size, bp_error *error);

/* An `open` of a format, once the header is read: what remains of the input is the data. */
bp_status bp_array_open(const bp_reading *reading, const bp_array_header *header, void **state,
                        bp_error *error);
bp_status bp_array_next(void *state, size_t most, bp_dataset **block, bp_error *error);
void bp_array_close(void *state);

/* What of writing is a format's own. */
typedef struct bp_array_style {
    const char *name; /* "NPY" */
    bool is_big_endian;
    size_t most; /* rows or columns that a header can count */
    /* A single column is one dimension. */
    bp_status (*write_header)(bp_output *output, const bp_element *element, size_t rows,
                              size_t columns, bp_error *error);
} bp_array_style;

/* The writing of a format, but for the style: in the narrowest type, in the order of
 * bp_element_at(), that holds every cell to the last bit, in bounded memory. */
bp_status bp_array_begin(bp_output *output, const bp_dataset *first, const bp_array_style *style,
                         void **state, bp_error *error);
bp_status bp_array_add(void *state, const bp_dataset *block, bp_error *error);
bp_status bp_array_finish(void *state, bp_error *error);
void bp_array_abandon(void *state);

#endif
