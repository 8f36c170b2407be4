/* csv_record.h: the records of a CSV file (RFC 4180), one after another, cut into cells without a
 * copy: a buffer always holds a whole record, and cells are slices of it. Or the lines that it
 * holds all at once, by several threads, as long as nothing but delimiters has a meaning in them.
 */
#ifndef BP_DATA_CSV_RECORD_H
#define BP_DATA_CSV_RECORD_H

#include "data/window.h"

typedef struct bp_cell {
    char *text; /* into the buffer, not terminated; BP_NUMBER_PADDING bytes more may be read */
    size_t length;
} bp_cell;

typedef struct bp_cells {
    bp_cell *at;
    size_t n, capacity;
} bp_cells;

typedef struct bp_records {
    bp_window window;
    char delimiter;
    size_t line, next_line; /* of the record at hand, of the one after it */
    bp_cells cells;         /* of the record at hand, until the next */
    char **lines; /* that bp_records_look() saw: where they begin, and where the last one ends */
    size_t n_lines, lines_capacity;
    bool leave; /* the lines in sight to bp_records_next() */
} bp_records;

/* Begins; delimiter 0: one that fits the first line. What is inside *records is freed by
 * bp_records_end() in any case. */
bp_status bp_records_begin(bp_records *records, bp_input *input, char delimiter, bp_error *error);
void bp_records_end(bp_records *records);

/* The next record that is not blank; *more is false at the end of the file. */
bp_status bp_records_next(bp_records *records, bool *more, bp_error *error);

/* The next lines, `most` at most, that are whole in the buffer, *n of them from line
 * records->next_line on. None if that was seen to be of no use. */
bp_status bp_records_look(bp_records *records, size_t most, size_t *n, bp_error *error);

/* Room for the cells of a line that has `n`, where *own was all zero at first; own->at is to be
 * freed. False if memory is short. */
bool bp_cells_make_room(bp_cells *own, size_t n);

/* Cuts line i of them into `own`. False for what bp_records_next() has to look at: quotes, nothing
 * but blanks, errors. Several threads may do so at once, each with an `own`. */
bool bp_records_cut(const bp_records *records, size_t i, bp_cells *own);

/* Takes the first n of those lines as read. With fewer than there were, bp_records_next() goes on
 * with the others. */
void bp_records_take(bp_records *records, size_t n);

#endif
