/* csv_record.h: the records of a CSV file (RFC 4180), one after another, cut into cells without a
 * copy: a buffer always holds a whole record, and cells are slices of it. */
#ifndef BP_DATA_CSV_RECORD_H
#define BP_DATA_CSV_RECORD_H

#include "data/window.h"

typedef struct bp_cell {
    char *text; /* into the buffer, not terminated; BP_NUMBER_PADDING bytes more may be read */
    size_t length;
} bp_cell;

typedef struct bp_records {
    bp_window window;
    char delimiter;
    size_t line, next_line; /* of the record at hand, of the one after it */
    bp_cell *cells;         /* of the record at hand, until the next */
    size_t n_cells, capacity;
} bp_records;

/* Begins; delimiter 0: one that fits the first line. What is inside *records is freed by
 * bp_records_end() in any case. */
bp_status bp_records_begin(bp_records *records, bp_input *input, char delimiter, bp_error *error);
void bp_records_end(bp_records *records);

/* The next record that is not blank; *more is false at the end of the file. */
bp_status bp_records_next(bp_records *records, bool *more, bp_error *error);

#endif
