/* dataset_internal.h: what a table is made of; for the readers of formats and the encoding. */
#ifndef BP_DATASET_INTERNAL_H
#define BP_DATASET_INTERNAL_H

#include <bprop/dataset.h>

#include "data/dictionary.h"
#include "data/part.h"

typedef struct bp_column {
    char *name;      /* NULL without a header line */
    bool is_text;    /* its cells are numbers of words, which may look like numbers if wished */
    bool is_byte;    /* its cells are bytes of an IDX file */
    bool is_ignored; /* no model is to take it, or the one it is read for does not; of a CSV file
                        no cell is looked at, and all are missing */
    bp_dictionary words;  /* of a text column */
    bool has_lines;       /* its cells stand in lines of text */
    const char *file;     /* that it stands in, of labels; NULL: the table's */
    size_t before;        /* columns of the table before those of that file */
    size_t first_missing; /* where the first missing cell is: its line, or else its row, from 1; 0:
                             none is missing */
} bp_column;

struct bp_dataset {
    const bp_dataset *parent; /* a subset's table, whose parts and columns it borrows, else NULL */
    size_t *index;            /* its rows among those of the parts; NULL: all of them */
    char *name;
    char *labels; /* the name of a second file, which columns stand in; NULL: none */
    char *format; /* how it was read, for people; NULL: not a file */
    size_t rows, columns;
    size_t first_row;    /* of the parts, among the rows of the file: not 0 in later blocks */
    size_t rows_dropped; /* that were left out for their missing cells; */
    size_t *dropped, dropped_capacity; /* where they were left out while the file was read, how many
                                          rows are before each, in no order; else NULL */
    bp_part *parts;                    /* side by side, `columns` together */
    size_t n_parts;
    bp_column *column; /* one a column */
    size_t first_line; /* of the first row, of text; 0: not known */
};

/* Each takes some 100 bytes wherever tables go, though a packed file, or one with an index alone in
 * a line, may claim a thousand with each of its own. */
enum { BP_MOST_COLUMNS = 10000001 };

/* An empty table of that name; NULL if memory is short. */
bp_dataset *bp_dataset_new(const char *name);

/* The same with columns, whose cells are to come: in one part, which is all zero. */
bp_dataset *bp_dataset_with_columns(const char *name, size_t columns);

/* As bp_dataset_subset(), of rows that are known to be there; the index becomes the subset's, or is
 * freed on failure. */
bp_status bp_dataset_subset_of(const bp_dataset *dataset, size_t *index, size_t rows,
                               bp_dataset **subset, bp_error *error);

/* Cells first … first + n − 1 of row i, NaN where missing. */
static inline void bp_dataset_load(const bp_dataset *data, size_t i, size_t first, size_t n,
                                   double *to)
{
    size_t row = data->index ? data->index[i] : i, taken;
    for (const bp_part *part = data->parts; n; part++) {
        if (first >= part->columns) {
            first -= part->columns;
            continue;
        }
        taken = part->columns - first < n ? part->columns - first : n;
        part->load(part->cells, row, first, taken, to);
        to += taken;
        n -= taken;
        first = 0;
    }
}

/* Rows rows[0 … n − 1] are to be loaded soon, in no order: see bp_part. */
static inline void bp_dataset_expect(const bp_dataset *data, const size_t *rows, size_t n)
{
    for (size_t p = 0; p < data->n_parts; p++)
        if (data->parts[p].expect)
            data->parts[p].expect(data->parts[p].cells, data->index, rows, n);
}

static inline double bp_dataset_cell(const bp_dataset *data, size_t i, size_t c)
{
    double cell;
    bp_dataset_load(data, i, c, 1, &cell);
    return cell;
}

/* The column of that name, if the columns are `named`, or else of that 1-based number.
 * BP_ERROR_ARGUMENT if there is none, or the name is not one column's alone. */
bp_status bp_find_column(const bp_dataset *data, const char *text, size_t length, bool named,
                         size_t *found, bp_error *error);

/* The word that is no number and stands first in the file; NULL: all of them are numbers, and text
 * by wish alone. */
const bp_word *bp_first_no_number(const bp_dictionary *words);

/* BP_ERROR_FORMAT: text column c is not of numbers, `which` (must be, …) what. */
bp_status bp_fail_text(const bp_dataset *data, size_t c, const char *which, bp_error *error);

/* BP_OK if column c has no texts, else BP_ERROR_FORMAT: a format of that name cannot hold them. */
bp_status bp_check_numbers(const bp_dataset *data, size_t c, const char *format, bp_error *error);

/* `status`, what came of looking at cells; but BP_ERROR_FILE if some could not be had, and were NaN
 * instead, as may be in a file that is not mapped. */
bp_status bp_dataset_check(const bp_dataset *data, bp_status status, bp_error *error);

/* Looks through the columns of numbers that have just been read: where cells are missing, and that
 * all others are finite, else BP_ERROR_FORMAT. */
bp_status bp_dataset_survey(bp_dataset *data, bp_error *error);

/* The first row whose cell in column c is missing; `rows` if there is none. */
size_t bp_dataset_first_missing(const bp_dataset *data, size_t c);

/* BP_ERROR_FORMAT: what stands in that row and column is missing. `what` is a value or a weight;
 * `advice`, what else than completing it may help. */
bp_status bp_fail_missing(const bp_dataset *data, size_t c, size_t row, const char *what,
                          const char *advice, bp_error *error);

/* Row i for people: its number, from 1, among those of the file. */
size_t bp_dataset_row_number(const bp_dataset *dataset, size_t i);

/* The file that a column stands in; for messages, with "column 3", or "column 3 (width)", which
 * counts the columns of that file. */
const char *bp_column_file(const bp_dataset *dataset, size_t c);
enum { BP_COLUMN_TEXT_SIZE = 100 };
const char *bp_column_text(const bp_dataset *dataset, size_t c, char text[BP_COLUMN_TEXT_SIZE]);

/* The same for a column that is known by number and name (NULL: none) alone. */
const char *bp_column_label(size_t c, const char *name, char text[BP_COLUMN_TEXT_SIZE]);

#endif
